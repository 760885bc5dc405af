//! How variables are measured, as the scenario states it.
//!
//! In come a scenario and the name of a variable; out come its column, its
//! instrument, and how much of its variance is not error of measurement.

use super::resolve::baseline_column;
use super::variables::baseline_name;
use super::{Instrument, Scenario};
use crate::cohort;

/// The column of a variable that a rule or a moderator names: a covariate, or `NAME_baseline`
/// under the name of the covariate that it is linked to.
#[must_use]
pub fn column_of(scenario: &Scenario, name: &str) -> Option<String> {
    let known = |column: &str| {
        scenario.cohort.covariates.iter().any(|covariate| covariate.id == column)
            || scenario.response.outcomes.contains_key(column)
    };
    if known(name) {
        return Some(name.to_owned());
    }
    let own = |outcome: &&String| baseline_name(outcome) == name;
    baseline_column(scenario, scenario.response.outcomes.keys().find(own)?)
}

/// The instrument that measures a variable: an outcome, or the baseline of one.
#[must_use]
pub fn instrument_of<'s>(scenario: &'s Scenario, name: &str) -> Option<&'s Instrument> {
    let instruments = &scenario.observation.instruments;
    let measures = |outcome: &&String| {
        *outcome == name
            || baseline_name(outcome) == name
            || baseline_column(scenario, outcome).as_deref() == Some(name)
    };
    instruments.keys().find(measures).and_then(|outcome| instruments.get(outcome))
}

/// Share of a variable's variance that is not error of measurement: 1 without an instrument.
#[must_use]
pub fn reliability(scenario: &Scenario, name: &str) -> f64 {
    let Some(instrument) = instrument_of(scenario, name) else { return 1.0 };
    match (instrument.sem, instrument.reliability) {
        (Some(sem), _) => {
            // With unequal SDs the arm with the least leaves the least room for errors.
            let sd = cohort::moments(scenario, name).sd.into_iter().fold(f64::INFINITY, f64::min);
            1.0 - (sem / sd) * (sem / sd)
        }
        (None, reliability) => reliability.unwrap_or(1.0),
    }
}

/// Correlations of true scores from those of measured values and their reliabilities.
#[must_use]
pub fn true_correlation(measured: &[Vec<f64>], reliability: &[f64]) -> Vec<Vec<f64>> {
    let entry = |row: usize, column: usize| match row == column {
        true => 1.0,
        false => measured[row][column] / (reliability[row] * reliability[column]).sqrt(),
    };
    let row = |row| (0..measured.len()).map(|column| entry(row, column)).collect();
    (0..measured.len()).map(row).collect()
}
