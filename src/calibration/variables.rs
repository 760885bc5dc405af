//! Which columns become which variables of the scenario.

use super::names::Names;
use crate::data::{Dataset, Roles};
use crate::scenario::Scenario;

/// A column of the data and its name in the scenario.
#[derive(Debug, Clone)]
pub(super) struct Variable<'d> {
    pub column: String,
    pub name: String,
    pub values: &'d [f64],
}

/// An outcome with its baseline, if it has one.
#[derive(Debug, Clone)]
pub(super) struct OutcomeColumns<'d> {
    pub outcome: Variable<'d>,
    pub baseline: Option<Variable<'d>>,
    /// Its index among the data's variables.
    pub index: usize,
}

/// Everything that is measured.
#[derive(Debug, Clone)]
pub(super) struct Variables<'d> {
    pub outcomes: Vec<OutcomeColumns<'d>>,
    pub covariates: Vec<Variable<'d>>,
}

impl<'d> Variables<'d> {
    /// Names of a scenario that is to be followed are kept as they are.
    pub fn of(data: &'d Dataset, roles: &Roles, names: &mut Names, like: Option<&Scenario>) -> Self {
        let values =
            |column: &str| data.index(column).map_or(&[][..], |index| data.columns[index].as_slice());
        let mut outcomes: Vec<OutcomeColumns<'_>> = Vec::new();
        for analysis in &roles.analyses {
            let column = &analysis.outcome;
            if outcomes.iter().any(|known| known.outcome.column == *column) {
                continue;
            }
            let known = like.is_some_and(|scenario| scenario.response.outcomes.contains_key(column));
            let given = names.give(column, |name| Some(baseline_name(name)));
            let name = if known { column.clone() } else { given };
            let baseline = roles.baselines.iter().find(|(outcome, _)| outcome == column);
            outcomes.push(OutcomeColumns {
                baseline: baseline.map(|(_, baseline)| Variable {
                    column: baseline.clone(),
                    name: baseline_name(&name),
                    values: values(baseline),
                }),
                outcome: Variable { column: column.clone(), name, values: values(column) },
                index: data.index(column).unwrap_or(0),
            });
        }
        let mut covariates: Vec<Variable<'_>> = Vec::new();
        for column in covariate_columns(roles) {
            let known =
                like.is_some_and(|scenario| scenario.cohort.covariates.iter().any(|one| one.id == column));
            let given = names.give(&column, |_| None);
            let name = if known { column.clone() } else { given };
            covariates.push(Variable { values: values(&column), name, column });
        }
        Variables { outcomes, covariates }
    }

    /// The name in the scenario of a column that an analysis of `outcome` adjusts for.
    pub fn adjusted(&self, outcome: &str, column: &str) -> String {
        let is = |variable: &Variable<'_>| variable.column == column;
        let own = self.outcomes.iter().find(|one| one.outcome.column == outcome);
        if own.is_some_and(|own| own.baseline.as_ref().is_some_and(is)) {
            return crate::scenario::resolve::BASELINE.to_owned();
        }
        let baselines = self.outcomes.iter().filter_map(|one| one.baseline.as_ref());
        let found = baselines.chain(&self.covariates).find(|variable| is(variable));
        found.map_or_else(|| column.to_owned(), |variable| variable.name.clone())
    }

    /// Covariates, baselines and outcomes, in this order.
    pub fn all(&self) -> impl Iterator<Item = &Variable<'d>> {
        let baselines = self.outcomes.iter().filter_map(|one| one.baseline.as_ref());
        self.covariates.iter().chain(baselines).chain(self.outcomes.iter().map(|one| &one.outcome))
    }
}

/// The name of an outcome's baseline.
fn baseline_name(outcome: &str) -> String {
    format!("{outcome}_baseline")
}

/// What the analyses adjust for or moderate by, baselines apart, each once.
pub(super) fn covariate_columns(roles: &Roles) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let of_analyses = roles.analyses.iter();
    for column in of_analyses.flat_map(|one| one.covariates.iter().flatten().chain(&one.moderator)) {
        let is_baseline = roles.baselines.iter().any(|(_, baseline)| baseline == column);
        if !is_baseline && !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    columns
}
