//! Names that other fields refer to.
//!
//! In comes a scenario; out come the names of what is measured before treatment
//! and of outcomes, and a finding for a name that is not among those allowed.

use crate::scenario::finding::Finding;
use crate::scenario::variables::baseline_name;
use crate::scenario::{Scenario, pointer, words};

/// Names of what is measured before treatment: covariates and baselines.
pub(super) fn before_treatment(scenario: &Scenario) -> Vec<String> {
    let covariates = scenario.cohort.covariates.iter().map(|covariate| covariate.id.clone());
    let outcomes = scenario.response.outcomes.iter();
    let baselines = outcomes
        .filter(|(_, outcome)| outcome.baseline.is_some() && outcome.visit.is_none())
        .map(|(name, _)| baseline_name(name));
    covariates.chain(baselines).collect()
}

/// Names of the outcomes.
pub(super) fn outcomes(scenario: &Scenario) -> Vec<String> {
    scenario.response.outcomes.keys().cloned().collect()
}

/// A field inside `at` whose name is none of the known names.
pub(super) fn unknown(name: &str, known: &[String], what: &str, at: &str) -> Option<Finding> {
    (!known.iter().any(|one| one == name)).then(|| {
        let found = format!("an unknown {what} {}", words::quoted(name));
        let finding = Finding::name(pointer::child(at, name), found, allowed(known, what));
        finding.maybe_help(words::did_you_mean(name, known))
    })
}

/// A value at `at` that is none of the known names.
pub(super) fn unknown_value(name: &str, known: &[String], what: &str, at: String) -> Option<Finding> {
    (!known.iter().any(|one| one == name)).then(|| {
        let finding = Finding::value(at, words::quoted(name), allowed(known, what));
        finding.maybe_help(words::did_you_mean(name, known))
    })
}

fn allowed(known: &[String], what: &str) -> String {
    if known.is_empty() { format!("a {what}, of which the scenario has none") } else { words::choice(known) }
}
