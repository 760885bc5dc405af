//! Roles of the columns, with any number of outcomes.

use crate::data::{How, Request, Roles, Table};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::scenario::resolve::{self, BASELINE};
use crate::scenario::{AnalysisSpec, Scenario, words};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The outcomes; those of the scenario's analyses, if not stated.
    pub outcomes: Vec<String>,
    /// `OUTCOME=COLUMN`, or with one outcome the column alone.
    pub baselines: Vec<String>,
    /// Covariates.
    pub covariates: Vec<String>,
    /// The column of the context, or `COLUMN=REFERENCE,SECOND`.
    pub context: Option<String>,
    /// The column of the treatment, or `COLUMN=REFERENCE,SECOND`.
    pub treatment: Option<String>,
    /// The column of the therapist.
    pub therapist: Option<String>,
}

impl Columns {
    /// Finds the roles of a table's columns. `like` is a scenario whose names are followed.
    ///
    /// # Errors
    /// `Usage`, if a role that is needed has no column, or a column that is named does not exist.
    pub fn roles(&self, table: &Table, like: Option<&Scenario>) -> Result<Roles> {
        if let Some(like) = like.filter(|like| resolve::is_observational(like)) {
            let message =
                format!("the scenario {} assigns nothing, and data of arms are calibrated", like.name);
            return Err(Error::new(ErrorKind::Usage, message).help("say --outcome and leave out --scenario"));
        }
        let outcomes = match like.filter(|_| self.outcomes.is_empty()) {
            Some(like) => outcomes_of(like)?,
            None => self.outcomes.clone(),
        };
        let baselines = self.baselines(&outcomes)?;
        let asked = if outcomes.is_empty() { vec![None] } else { outcomes.iter().map(Some).collect() };
        let found: Vec<Result<Roles>> = asked
            .into_iter()
            .map(|outcome| Roles::find(table, &self.request(table, outcome, &baselines, like), like))
            .collect();
        let mut roles = merged(found)?;
        // One column `baseline` is that of the outcome it was stated for.
        if outcomes.len() > 1 && !baselines.is_empty() {
            without_guesses(&mut roles, &baselines);
        }
        for (role, column, how) in &mut roles.stated {
            let asked = match role.as_str() {
                "outcome" => self.outcomes.contains(column),
                "covariate" => self.covariates.contains(column),
                BASELINE => baselines.iter().any(|(_, stated)| stated == column),
                _ => true,
            };
            if *how == How::Asked && !asked {
                *how = How::Scenario;
            }
        }
        Ok(roles)
    }

    fn request(
        &self,
        table: &Table,
        outcome: Option<&String>,
        baselines: &[(String, String)],
        like: Option<&Scenario>,
    ) -> Request {
        let stated = baselines.iter().find(|(of, _)| Some(of) == outcome).map(|(_, column)| column.clone());
        let of_scenario = || {
            let column = resolve::baseline_column(like?, outcome?)?;
            table.place(&column).map(|_| column)
        };
        let mut covariates = self.covariates.clone();
        for column in like.filter(|_| self.outcomes.is_empty()).map(covariates_of).unwrap_or_default() {
            if !covariates.contains(&column) {
                covariates.push(column);
            }
        }
        Request {
            outcome: outcome.cloned(),
            baseline: stated.or_else(of_scenario),
            options: AnalysisSpec { covariates: Some(covariates), ..AnalysisSpec::default() },
            context: self.context.clone(),
            treatment: self.treatment.clone(),
            therapist: self.therapist.clone(),
            ..Request::default()
        }
    }

    /// Outcomes with the baselines stated for them.
    fn baselines(&self, outcomes: &[String]) -> Result<Vec<(String, String)>> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut problems = Vec::new();
        for stated in &self.baselines {
            let (outcome, column) = match (stated.split_once('='), outcomes) {
                (Some((outcome, column)), _) => (outcome, column),
                (None, [only]) => (only.as_str(), stated.as_str()),
                (None, _) => {
                    let allowed = "OUTCOME=COLUMN, as there are several outcomes";
                    problems.push(Problem::new("--baseline", words::quoted(stated), allowed));
                    continue;
                }
            };
            if !outcomes.iter().any(|known| known == outcome) {
                let found = format!("no outcome {}", words::quoted(outcome));
                let problem = Problem::new("--baseline", found, words::choice(outcomes));
                problems.push(match words::did_you_mean(outcome, outcomes) {
                    Some(help) => problem.help(help),
                    None => problem,
                });
            } else if pairs.iter().any(|(known, _)| known == outcome) {
                let found = format!("a second baseline of {}", words::quoted(outcome));
                problems.push(Problem::new("--baseline", found, "one baseline for each outcome"));
            } else {
                pairs.push((outcome.to_owned(), column.to_owned()));
            }
        }
        if problems.is_empty() { Ok(pairs) } else { Err(unclear(problems)) }
    }
}

fn unclear(problems: Vec<Problem>) -> Error {
    Error::new(ErrorKind::Usage, "the columns' roles are not clear").problems(problems)
}

/// The outcomes of a scenario's analyses.
fn outcomes_of(like: &Scenario) -> Result<Vec<String>> {
    let mut outcomes: Vec<String> = Vec::new();
    for analysis in &like.analyses {
        let stated = like.response.outcomes.get(&analysis.outcome);
        if stated.is_some_and(|stated| stated.visit.is_some()) {
            let message = format!(
                "the scenario {} analyses {}, an outcome at an earlier visit: visits are not calibrated",
                like.name, analysis.outcome
            );
            return Err(Error::new(ErrorKind::Usage, message).help("say which outcomes, by --outcome"));
        }
        if !outcomes.contains(&analysis.outcome) {
            outcomes.push(analysis.outcome.clone());
        }
    }
    Ok(outcomes)
}

/// What a scenario's analyses adjust for or moderate by, baselines apart.
fn covariates_of(like: &Scenario) -> Vec<String> {
    let of = |analysis| {
        let columns = resolve::covariate_columns(like, analysis).into_iter();
        columns.chain(resolve::moderator_column(like, analysis)).collect::<Vec<_>>()
    };
    let is_covariate = |column: &String| like.cohort.covariates.iter().any(|known| known.id == *column);
    let is_baseline = |column: &String| resolve::outcome_of_baseline(like, column).is_some();
    like.analyses.iter().flat_map(of).filter(|column| is_covariate(column) && !is_baseline(column)).collect()
}

/// The roles for one outcome after the other as one, or everything that is wrong with any.
fn merged(found: Vec<Result<Roles>>) -> Result<Roles> {
    let mut all: Option<Roles> = None;
    let mut problems: Vec<Problem> = Vec::new();
    for one in found {
        match one {
            Err(error) if error.problems.is_empty() => return Err(error),
            Err(error) => {
                let new = error.problems.into_iter().filter(|problem| !problems.contains(problem));
                problems.extend(new.collect::<Vec<_>>());
            }
            Ok(one) => match &mut all {
                None => all = Some(one),
                Some(all) => {
                    all.analyses.extend(one.analyses);
                    all.baselines.extend(one.baselines);
                    let new = one.stated.into_iter().filter(|entry| !all.stated.contains(entry));
                    all.stated.extend(new.collect::<Vec<_>>());
                }
            },
        }
    }
    match all {
        Some(all) if problems.is_empty() => Ok(all),
        _ => Err(unclear(problems)),
    }
}

/// Takes back a baseline that was found by its bare name for an outcome that was not named with it.
fn without_guesses(roles: &mut Roles, stated: &[(String, String)]) {
    let guessed =
        |outcome: &String, column: &String| column == BASELINE && !stated.iter().any(|(of, _)| of == outcome);
    for analysis in &mut roles.analyses {
        let Some(covariates) = &mut analysis.covariates else { continue };
        let outcome = analysis.outcome.clone();
        covariates.retain(|column| !guessed(&outcome, column));
        if covariates.is_empty() && analysis.method == "ancova" {
            analysis.method = "anova".to_owned();
        }
    }
    roles.baselines.retain(|(outcome, column)| !guessed(outcome, column));
    let baselines = &roles.baselines;
    roles.stated.retain(|(role, column, how)| {
        role != BASELINE || *how == How::Asked || baselines.iter().any(|(_, known)| known == column)
    });
}
