//! What the columns mean: as asked for, as the scenario says, or by their names.

use super::table::Table;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::scenario::resolve::{self, BASELINE, THERAPIST};
use crate::scenario::{AnalysisSpec, Factor, Scenario, standard_factors, words};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The outcome's column.
    pub outcome: Option<String>,
    /// Its baseline's column.
    pub baseline: Option<String>,
    /// Columns to adjust for beside the baseline.
    pub covariates: Vec<String>,
    /// The column of the context, or `COLUMN=REFERENCE,SECOND`.
    pub context: Option<String>,
    /// The column of the treatment, or `COLUMN=REFERENCE,SECOND`.
    pub treatment: Option<String>,
    /// The column of the therapist.
    pub therapist: Option<String>,
    /// The column on which effects may depend.
    pub moderator: Option<String>,
    /// Methods; by default what fits the columns, or the scenario's analyses.
    pub methods: Vec<String>,
    /// How degrees of freedom of mixed models are found.
    pub df: Option<crate::scenario::DfMethod>,
    /// Who counts as a responder; by default whose outcome is 1.
    pub responder: Option<crate::scenario::Responder>,
}

/// How a column came to its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was asked for.
    Asked,
    /// The scenario names it.
    Scenario,
    /// It has the name.
    Name,
}

impl How {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            How::Asked => "as asked for",
            How::Scenario => "as in the scenario",
            How::Name => "by its name",
        }
    }
}

/// A factor's column and how its levels are written there, the reference first.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorColumn {
    /// The column.
    pub column: String,
    /// How the levels are written.
    pub levels: [String; 2],
}

/// What the columns mean.
#[derive(Debug, Clone)]
pub struct Roles {
    /// The factors, with the names that estimands have.
    pub factors: Vec<Factor>,
    /// Context and treatment.
    pub arms: [FactorColumn; 2],
    /// The therapist's column.
    pub therapist: Option<String>,
    /// The analyses. Their outcomes and covariates are columns; `baseline` is replaced.
    pub analyses: Vec<AnalysisSpec>,
    /// The baseline of each outcome that has one.
    pub baselines: Vec<(String, String)>,
    /// Role, column, how.
    pub stated: Vec<(String, String, How)>,
}

impl Roles {
    /// Finds the roles of a table's columns.
    ///
    /// # Errors
    /// `Usage`, if a role that is needed has no column, or a column that is named does not exist.
    pub fn find(table: &Table, request: &Request, scenario: Option<&Scenario>) -> Result<Self> {
        let mut finder = Finder { table, problems: Vec::new(), stated: Vec::new() };
        let factors = scenario.map_or_else(standard_factors, |scenario| scenario.factors.clone());
        let arms = [
            finder.factor("alliance", &factors[0], request.context.as_deref()),
            finder.factor("ifc", &factors[1], request.treatment.as_deref()),
        ];
        let therapist = finder.optional(THERAPIST, request.therapist.as_deref(), &[THERAPIST.to_owned()]);
        let mut baselines = Vec::new();
        let analyses = match scenario {
            Some(scenario) if request.outcome.is_none() && request.methods.is_empty() => {
                finder.of_scenario(scenario, &mut baselines)
            }
            _ => finder.of_request(request, scenario, therapist.is_some(), &mut baselines),
        };
        let Finder { problems, stated, .. } = finder;
        match (problems.is_empty(), arms) {
            (true, [Some(context), Some(treatment)]) => {
                Ok(Roles { factors, arms: [context, treatment], therapist, analyses, baselines, stated })
            }
            _ => Err(Error::new(ErrorKind::Usage, "the columns' roles are not clear").problems(problems)),
        }
    }
}

struct Finder<'t> {
    table: &'t Table,
    problems: Vec<Problem>,
    stated: Vec<(String, String, How)>,
}

impl Finder<'_> {
    /// A column that must exist.
    fn column(&mut self, option: &str, name: &str) -> Option<String> {
        if self.table.place(name).is_some() {
            return Some(name.to_owned());
        }
        let header = &self.table.header;
        let problem =
            Problem::new(option, format!("no column {}", words::quoted(name)), words::choice(header));
        self.problems.push(match words::did_you_mean(name, header) {
            Some(help) => problem.help(help),
            None => problem,
        });
        None
    }

    fn state(&mut self, role: &str, column: &str, how: How) {
        self.stated.push((role.to_owned(), column.to_owned(), how));
    }

    fn optional(&mut self, role: &str, asked: Option<&str>, names: &[String]) -> Option<String> {
        if let Some(name) = asked {
            let column = self.column(&format!("--{role}"), name)?;
            self.state(role, &column, How::Asked);
            return Some(column);
        }
        let found = names.iter().find(|name| self.table.place(name).is_some())?;
        self.state(role, found, How::Name);
        Some(found.clone())
    }

    fn factor(&mut self, option: &str, factor: &Factor, asked: Option<&str>) -> Option<FactorColumn> {
        let levels = || -> Option<[String; 2]> { factor.levels.clone().try_into().ok() };
        let Some(asked) = asked else {
            if self.table.place(&factor.id).is_none() {
                let found = format!("no column {}", words::quoted(&factor.id));
                let allowed = format!("the column that says which {} a patient had", factor.id);
                self.problems.push(Problem::new(format!("--{option}"), found, allowed).help(format!(
                    "say --{option} COLUMN, or --{option} COLUMN={}",
                    factor.levels.join(",")
                )));
                return None;
            }
            self.state(&factor.id, &factor.id, How::Name);
            return Some(FactorColumn { column: factor.id.clone(), levels: levels()? });
        };
        let (name, stated) =
            asked.split_once('=').map_or((asked, None), |(name, stated)| (name, Some(stated)));
        let column = self.column(&format!("--{option}"), name)?;
        self.state(&factor.id, &column, How::Asked);
        let Some(stated) = stated else { return Some(FactorColumn { column, levels: levels()? }) };
        let parts: Vec<String> = stated.split(',').map(|level| level.trim().to_owned()).collect();
        match <[String; 2]>::try_from(parts) {
            Ok(levels) if levels[0] != levels[1] && levels.iter().all(|level| !level.is_empty()) => {
                Some(FactorColumn { column, levels })
            }
            _ => {
                let found = words::quoted(stated);
                let allowed = "two different levels with a comma between, the reference first".to_owned();
                self.problems.push(Problem::new(format!("--{option}"), found, allowed));
                None
            }
        }
    }

    /// The scenario's analyses, with columns in the place of names.
    fn of_scenario(
        &mut self,
        scenario: &Scenario,
        baselines: &mut Vec<(String, String)>,
    ) -> Vec<AnalysisSpec> {
        let mut analyses = Vec::new();
        for (spec, id) in scenario.analyses.iter().zip(resolve::analysis_ids(scenario)) {
            let Some(outcome) = self.column("the scenario's outcome", &spec.outcome) else { continue };
            let baseline = resolve::baseline_column(scenario, &outcome);
            let new = baselines.iter().all(|(known, _)| *known != outcome);
            let there = |baseline: &String| new && self.table.place(baseline).is_some();
            if let Some(baseline) = baseline.filter(there) {
                self.state(&format!("baseline of {outcome}"), &baseline, How::Scenario);
                baselines.push((outcome.clone(), baseline));
            }
            let covariates = resolve::covariate_columns(scenario, spec);
            let covariates =
                covariates.iter().filter_map(|name| self.column("the scenario's covariate", name)).collect();
            let moderator = resolve::moderator_column(scenario, spec)
                .and_then(|name| self.column("the scenario's moderator", &name));
            analyses.push(AnalysisSpec {
                id: Some(id),
                method: spec.method.clone(),
                outcome,
                covariates: Some(covariates),
                moderator,
                df: spec.df,
                responder: spec.responder,
            });
        }
        for analysis in &analyses {
            if self.stated.iter().all(|(role, column, _)| role != "outcome" || *column != analysis.outcome) {
                self.stated.push(("outcome".to_owned(), analysis.outcome.clone(), How::Scenario));
            }
        }
        analyses
    }

    fn of_request(
        &mut self,
        request: &Request,
        scenario: Option<&Scenario>,
        has_therapists: bool,
        baselines: &mut Vec<(String, String)>,
    ) -> Vec<AnalysisSpec> {
        let only = scenario.and_then(|scenario| scenario.response.outcomes.keys().next());
        let Some(name) = request.outcome.as_ref().or(only) else {
            let found = "no outcome".to_owned();
            self.problems.push(Problem::new("--outcome", found, words::choice(&self.table.header)));
            return Vec::new();
        };
        let Some(outcome) = self.column("--outcome", name) else { return Vec::new() };
        let how = if request.outcome.is_some() { How::Asked } else { How::Scenario };
        self.state("outcome", &outcome, how);
        let usual = [format!("{outcome}_baseline"), BASELINE.to_owned()];
        let baseline = self.optional(BASELINE, request.baseline.as_deref(), &usual);
        baselines.extend(baseline.iter().map(|baseline| (outcome.clone(), baseline.clone())));
        let mut covariates: Vec<String> = baseline.iter().cloned().collect();
        for name in &request.covariates {
            let column = if name == BASELINE { baseline.clone() } else { self.column("--covariates", name) };
            covariates.extend(column.filter(|column| !covariates.contains(column)));
        }
        for column in covariates.clone().iter().filter(|column| Some(*column) != baseline.as_ref()) {
            self.state("covariate", column, How::Asked);
        }
        let moderator = match request.moderator.as_deref() {
            Some(BASELINE) => baseline.clone(),
            Some(name) => self.column("--moderator", name),
            None => None,
        };
        if let Some(moderator) = &moderator {
            self.state("moderator", moderator, How::Asked);
        }
        let methods = match (request.methods.is_empty(), has_therapists, covariates.is_empty()) {
            (false, ..) => request.methods.clone(),
            (true, true, _) => vec!["lmm".to_owned()],
            (true, false, true) => vec!["anova".to_owned()],
            (true, false, false) => vec!["ancova".to_owned()],
        };
        methods
            .into_iter()
            .filter_map(|method| {
                self.analysis(request, &method, &outcome, &covariates, moderator.as_ref(), has_therapists)
            })
            .collect()
    }

    /// One method on the columns that it can use.
    fn analysis(
        &mut self,
        request: &Request,
        method: &str,
        outcome: &str,
        covariates: &[String],
        moderator: Option<&String>,
        has_therapists: bool,
    ) -> Option<AnalysisSpec> {
        use crate::analysis::Responds;
        use crate::analysis::registry::{self, Design};
        use crate::estimand::Family;
        let of_trials: Vec<&str> = registry::REGISTRY
            .iter()
            .filter(|entry| entry.design == Design::Trial)
            .map(|entry| entry.name)
            .collect();
        let Some(entry) = registry::find(method).filter(|entry| entry.design == Design::Trial) else {
            let problem = Problem::new("--method", words::quoted(method), words::choice(&of_trials));
            self.problems.push(match words::did_you_mean(method, &of_trials) {
                Some(help) => problem.help(help),
                None => problem,
            });
            return None;
        };
        let mut lacks = |option: &str, what: &str| {
            let problem = Problem::new(format!("--{option}"), "nothing", format!("{what}, for `{method}`"));
            self.problems.push(problem);
        };
        let moderated = entry.family == Family::Moderation;
        if entry.needs_therapists && !has_therapists {
            lacks("therapist", "the column that says who treated a patient");
        }
        if moderated && moderator.is_none() {
            lacks("moderator", "the covariate on which effects may depend");
        }
        let improves = request
            .responder
            .is_some_and(|responder| responder.rule(1.0).is_some_and(Responds::needs_baseline));
        let needs_baseline = entry.needs_baseline || (improves && entry.family == Family::RiskDifferences);
        if needs_baseline && self.stated.iter().all(|(role, ..)| role != BASELINE) {
            lacks("baseline", "the column of the outcome before treatment");
        }
        let adjusted = covariates.iter().filter(|column| !moderated || Some(*column) != moderator);
        Some(AnalysisSpec {
            id: Some(method.to_owned()),
            method: method.to_owned(),
            outcome: outcome.to_owned(),
            covariates: Some(if entry.takes_covariates { adjusted.cloned().collect() } else { Vec::new() }),
            moderator: moderator.filter(|_| moderated).cloned(),
            df: request.df.filter(|_| entry.needs_therapists),
            responder: request.responder.filter(|_| entry.family == Family::RiskDifferences),
        })
    }
}
