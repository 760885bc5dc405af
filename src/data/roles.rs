//! What the columns mean: as asked for, as the scenario says, or by their names.

use super::table::Table;
use super::visits::{Visits, wrong_visits};
use crate::analysis::Responds;
use crate::analysis::registry::{self, Design, Entry};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::scenario::resolve::{self, BASELINE, BLOCK, THERAPIST};
use crate::scenario::{AnalysisSpec, Factor, Field, MissingAssumption, Scenario, standard_factors, words};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The outcome's column.
    pub outcome: Option<String>,
    /// Its baseline's column.
    pub baseline: Option<String>,
    /// The column of the context, or `COLUMN=REFERENCE,SECOND`.
    pub context: Option<String>,
    /// The column of the treatment, or `COLUMN=REFERENCE,SECOND`.
    pub treatment: Option<String>,
    /// The column of the therapist.
    pub therapist: Option<String>,
    /// The column of the block that a patient was assigned in.
    pub block: Option<String>,
    /// Methods; by default what fits the columns, or the scenario's analyses.
    pub methods: Vec<String>,
    /// The columns of the outcome, where the file has a row for each visit.
    pub visits: Option<Visits>,
    /// All that may be said of an analysis; each method gets what it takes. Covariates come beside the
    /// baseline; without a responder, it is who has the outcome 1.
    pub options: AnalysisSpec,
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
    /// Its visit says so.
    Visit,
}

impl How {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            How::Asked => "as asked for",
            How::Scenario => "as in the scenario",
            How::Name => "by its name",
            How::Visit => "by its visit",
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
    /// The column of the block of the randomisation.
    pub block: Option<String>,
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
    /// `Usage`, if a role that is needed has no column, a column that is named does not exist, or the scenario is of a
    /// study without arms.
    pub fn find(table: &Table, request: &Request, scenario: Option<&Scenario>) -> Result<Self> {
        if let Some(study) = scenario.filter(|scenario| resolve::is_observational(scenario)) {
            let message = format!(
                "the scenario {} assigns nothing, and data are analysed by arms: its analyses (as exposure) are of \
                 simulated studies only",
                study.name
            );
            return Err(Error::new(ErrorKind::Usage, message).help(
                "`trialliance run` with --replicates-out tells what they find in each simulated study",
            ));
        }
        let mut finder = Finder { table, problems: Vec::new(), stated: Vec::new() };
        let factors = scenario.map_or_else(standard_factors, |scenario| scenario.factors.clone());
        let arms = [
            finder.factor("alliance", &factors[0], request.context.as_deref()),
            finder.factor("ifc", &factors[1], request.treatment.as_deref()),
        ];
        let therapist = finder.optional(THERAPIST, request.therapist.as_deref(), &[THERAPIST.to_owned()]);
        let block = finder.optional(BLOCK, request.block.as_deref(), &[BLOCK.to_owned()]);
        let mut baselines = Vec::new();
        let analyses = match scenario {
            Some(scenario)
                if request.outcome.is_none() && request.methods.is_empty() && request.visits.is_none() =>
            {
                let mut analyses = finder.of_scenario(scenario, &mut baselines);
                analyses.iter_mut().for_each(|spec| repeat_as_asked(spec, &request.options));
                analyses
            }
            _ => finder.of_request(request, scenario, therapist.is_some(), &mut baselines),
        };
        let Finder { problems, stated, .. } = finder;
        match (problems.is_empty(), arms) {
            (true, [Some(context), Some(treatment)]) => {
                let arms = [context, treatment];
                Ok(Roles { factors, arms, therapist, block, analyses, baselines, stated })
            }
            _ => Err(Error::new(ErrorKind::Usage, "the columns' roles are not clear").problems(problems)),
        }
    }
}

/// A shift where one is assumed, and only there.
fn imputation_problems(all: &AnalysisSpec) -> Vec<Problem> {
    let imputation = all.imputation.unwrap_or_default();
    let mut problems = Vec::new();
    match (imputation.assumption == MissingAssumption::Delta, imputation.delta) {
        (true, None) => {
            let allowed = "how much worse those who are missing are, with --missing delta".to_owned();
            problems
                .push(Problem::new("--delta", "nothing", allowed).help("as in --missing delta --delta 5"));
        }
        (false, Some(delta)) => {
            let found = format!("{delta} without --missing delta");
            problems.push(Problem::new("--delta", found, "both, or neither".to_owned()));
        }
        _ => {}
    }
    problems
}

/// How often data are drawn again, or filled in, as asked for beside a scenario.
fn repeat_as_asked(spec: &mut AnalysisSpec, asked: &AnalysisSpec) {
    let takes = |field: Field| registry::find(&spec.method).is_some_and(|entry| entry.takes(field));
    if takes(Field::Resamples) {
        spec.resamples = asked.resamples.or(spec.resamples);
    }
    if let (true, Some(data_sets)) = (takes(Field::Imputation), asked.imputation.and_then(|of| of.data_sets))
    {
        spec.imputation.get_or_insert_default().data_sets = Some(data_sets);
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
            let mut columns = |role: &str, names: &[String]| -> Vec<String> {
                names.iter().filter_map(|name| self.column(&format!("the scenario's {role}"), name)).collect()
            };
            let covariates = columns("covariate", &resolve::covariate_columns(scenario, spec));
            let moderator = resolve::moderator_column(scenario, spec);
            let moderator = moderator.and_then(|name| columns("moderator", &[name]).pop());
            let visits = resolve::earlier_visits(scenario, spec);
            let visits = (!visits.is_empty()).then(|| columns("earlier visit", &visits));
            let strata = spec.strata.as_ref().map(|names| columns("stratum", names));
            let mediator = spec.mediator.clone().and_then(|name| columns("mediator", &[name]).pop());
            analyses.push(AnalysisSpec {
                id: Some(id),
                outcome,
                covariates: Some(covariates),
                moderator,
                visits,
                strata,
                mediator,
                ..spec.clone()
            });
        }
        for analysis in &analyses {
            if self.stated.iter().all(|(role, column, _)| role != "outcome" || *column != analysis.outcome) {
                self.stated.push(("outcome".to_owned(), analysis.outcome.clone(), How::Scenario));
            }
            for visit in analysis.visits.iter().flatten() {
                let role = format!("earlier visit of {}", analysis.outcome);
                if self.stated.iter().all(|(stated, column, _)| *stated != role || column != visit) {
                    self.stated.push((role, visit.clone(), How::Scenario));
                }
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
        let last = request.visits.as_ref().map(|visits| &visits.last);
        let Some(name) = last.or(request.outcome.as_ref()).or(only) else {
            let found = "no outcome".to_owned();
            self.problems.push(Problem::new("--outcome", found, words::choice(&self.table.header)));
            return Vec::new();
        };
        let Some(outcome) = self.column("--outcome", name) else { return Vec::new() };
        let how = match (last, &request.outcome) {
            (Some(_), _) => How::Visit,
            (None, Some(_)) => How::Asked,
            (None, None) => How::Scenario,
        };
        self.state("outcome", &outcome, how);
        let stem = request.outcome.as_ref().unwrap_or(&outcome);
        let usual = [format!("{stem}_baseline"), BASELINE.to_owned()];
        let mut baseline = self.optional(BASELINE, request.baseline.as_deref(), &usual);
        if let (None, None, Some(visits)) = (&baseline, &request.baseline, &request.visits) {
            baseline.clone_from(&visits.before);
            baseline.iter().for_each(|column| self.state(BASELINE, column, How::Visit));
        }
        baselines.extend(baseline.iter().map(|baseline| (outcome.clone(), baseline.clone())));
        let mut covariates: Vec<String> = baseline.iter().cloned().collect();
        for name in request.options.covariates.iter().flatten() {
            let column = if name == BASELINE { baseline.clone() } else { self.column("--covariates", name) };
            covariates.extend(column.filter(|column| !covariates.contains(column)));
        }
        for column in covariates.clone().iter().filter(|column| Some(*column) != baseline.as_ref()) {
            self.state("covariate", column, How::Asked);
        }
        let moderator = match request.options.moderator.as_deref() {
            Some(BASELINE) => baseline.clone(),
            Some(name) => self.column("--moderator", name),
            None => None,
        };
        let mut columns = |option: &str, names: &Option<Vec<String>>| {
            let found = |name: &String| self.column(option, name);
            names.as_ref().map(|names| names.iter().filter_map(found).collect::<Vec<String>>())
        };
        let visits = columns("--visits", &request.options.visits);
        let of_rows = request.visits.as_ref().map(|visits| &visits.earlier);
        let of_rows = of_rows.filter(|earlier| visits.is_none() && !earlier.is_empty());
        let strata = columns("--strata", &request.options.strata);
        let mediator = request.options.mediator.as_ref().and_then(|name| self.column("--mediator", name));
        if let Some(column) = mediator.as_ref().filter(|one| **one == outcome || covariates.contains(one)) {
            let found = format!("{}, which is the outcome or a covariate", words::quoted(column));
            self.problems.push(Problem::new("--mediator", found, "another column".to_owned()));
        }
        let visible = [("moderator", &moderator), ("mediator", &mediator)];
        for (role, column) in visible.into_iter().filter_map(|(role, column)| Some((role, column.as_ref()?)))
        {
            self.state(role, column, How::Asked);
        }
        for (role, column) in [("earlier visit", &visits), ("stratum", &strata)] {
            column.iter().flatten().for_each(|column| self.state(role, column, How::Asked));
        }
        of_rows.into_iter().flatten().for_each(|column| self.state("earlier visit", column, How::Visit));
        let visits = visits.or_else(|| of_rows.cloned());
        let methods = match (request.methods.is_empty(), has_therapists, covariates.is_empty()) {
            (false, ..) => request.methods.clone(),
            (true, ..) if visits.is_some() => vec!["mmrm".to_owned()],
            (true, true, _) => vec!["lmm".to_owned()],
            (true, false, true) => vec!["anova".to_owned()],
            (true, false, false) => vec!["ancova".to_owned()],
        };
        let all = AnalysisSpec {
            outcome,
            covariates: Some(covariates),
            moderator,
            visits,
            strata,
            mediator,
            ..request.options.clone()
        };
        let entries: Vec<&Entry> = methods.iter().filter_map(|method| self.method(method)).collect();
        if entries.iter().any(|entry| entry.takes(Field::Visits)) {
            let [earlier, covariates] =
                [&all.visits, &all.covariates].map(|names| names.as_deref().unwrap_or_default());
            self.problems.extend(wrong_visits(earlier, &all.outcome, covariates));
        }
        let mut asked = request.options.clone();
        asked.covariates = asked.covariates.filter(|names| !names.is_empty());
        for field in Field::ALL.into_iter().filter(|field| field.is_stated(&asked)) {
            if entries.iter().all(|entry| !entry.takes(field)) && !entries.is_empty() {
                let taking: Vec<&str> = registry::taking(field).collect();
                let found = format!("an option that none of {} takes", words::list(&methods));
                let option = format!("--{}", field.name().replace('_', "-"));
                let allowed = format!("it only with {}", words::choice(&taking));
                self.problems.push(Problem::new(option, found, allowed));
            }
        }
        entries.into_iter().filter_map(|entry| self.analysis(entry, &all, has_therapists)).collect()
    }

    /// A method for trials by its name.
    fn method(&mut self, name: &str) -> Option<&'static Entry> {
        let found = registry::find(name).filter(|entry| entry.design == Design::Trial);
        if found.is_none() {
            let of_trials: Vec<&str> = registry::of_design(Design::Trial).collect();
            let problem = Problem::new("--method", words::quoted(name), words::choice(&of_trials));
            self.problems.push(match words::did_you_mean(name, &of_trials) {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
        found
    }

    /// One method with all that it takes of what was asked for.
    fn analysis(
        &mut self,
        entry: &'static Entry,
        all: &AnalysisSpec,
        has_therapists: bool,
    ) -> Option<AnalysisSpec> {
        let mut lacks = |option: &str, what: &str| {
            let problem =
                Problem::new(format!("--{option}"), "nothing", format!("{what}, for `{}`", entry.name));
            self.problems.push(problem);
        };
        if entry.needs_therapists && !has_therapists {
            lacks("therapist", "the column that says who treated a patient");
        }
        // Without a rule, who has the outcome 1 responds.
        for field in entry.needs.iter().filter(|field| **field != Field::Responder) {
            if !field.is_stated(all) {
                lacks(&field.name().replace('_', "-"), field.meaning());
            }
        }
        if entry.needs_visits() && all.visits.is_none() {
            lacks("visits", "the columns of the outcome at earlier visits");
        }
        let rule = all.responder.and_then(|responder| responder.rule(1.0));
        let improves = entry.takes(Field::Responder) && rule.is_some_and(Responds::needs_baseline);
        if (entry.needs_baseline || improves) && self.stated.iter().all(|(role, ..)| role != BASELINE) {
            lacks("baseline", "the column of the outcome before treatment");
        }
        if entry.takes(Field::Imputation) {
            self.problems.extend(imputation_problems(all));
        }
        let mut spec =
            AnalysisSpec { id: Some(entry.name.to_owned()), method: entry.name.to_owned(), ..all.clone() };
        for field in Field::ALL.into_iter().filter(|field| !entry.takes(*field)) {
            field.clear(&mut spec);
        }
        let moderator = spec.moderator.clone();
        let covariates = spec.covariates.get_or_insert_default();
        covariates.retain(|column| Some(column) != moderator.as_ref());
        Some(spec)
    }
}
