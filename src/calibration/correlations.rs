//! Correlations of all pairs within the arms, made to go together.
//!
//! Each correlation is that of the patients who have both values, so that together they need not be
//! those of any patients; and a covariate that is not normal leaves some correlations out of reach.
//! A correlation out of reach becomes the nearest within; then, if the matrix of the normal scores
//! is not positive definite, the nearest that is takes its place, a little shrunk so that rounding
//! does no harm; and if that leaves no room for what lies between therapists, all are shrunk until it
//! does. The largest changes are told.

use super::draft::Sheet;
use super::estimate::stated;
use super::variables::{Variable, Variables};
use super::within::Pair;
use crate::cohort::marginal::{Marginal, Range, Scale, latent, nearest_correlation, stated as on_scale};
use crate::cohort::not_normal;
use crate::scenario::{ByOutcome, Correlation, Scenario, resolve};
use crate::stats::eigen;
use serde_json::{Value, json};

/// The least eigenvalue that rounding to six digits cannot take away.
const LEAST_EIGENVALUE: f64 = 1e-4;

/// How far a nearest matrix is moved towards that without correlations.
const SHRINKAGE: f64 = 1e-3;

/// How near its limit a correlation out of reach is put.
const WITHIN: f64 = 0.99;

/// Most changes that are told one by one.
const MOST_TOLD: usize = 5;

/// The lists `cohort.correlation` and `response.correlation`.
pub(super) fn lists(arms: &[u8], variables: &Variables<'_>, sheet: &mut Sheet) -> [Vec<Value>; 2] {
    let all: Vec<&Variable<'_>> = variables.all().collect();
    let is_outcome =
        |variable: &Variable<'_>| variables.outcomes.iter().any(|one| one.outcome.name == variable.name);
    let own = |one: &Variable<'_>, other: &Variable<'_>| {
        let with = |outcome: &super::variables::OutcomeColumns<'_>| {
            outcome.outcome.name == other.name
                && outcome.baseline.as_ref().is_some_and(|baseline| baseline.name == one.name)
        };
        variables.outcomes.iter().any(with)
    };
    let mut lists = [Vec::new(), Vec::new()];
    for (position, other) in all.iter().enumerate() {
        for one in all[..position].iter().filter(|one| !own(one, other)) {
            let (list, place) = if is_outcome(other) { (1, "response") } else { (0, "cohort") };
            let pair = Pair::of(arms, one.values, other.values);
            let estimate = pair.estimate().named(
                format!("/{place}/correlation/{}/value", lists[list].len()),
                format!("correlation of {} and {}", one.name, other.name),
                format!("pooled within the arms, {} patients", pair.patients),
            );
            lists[list].push(json!({"between": [one.name, other.name], "value": sheet.add(estimate)}));
        }
    }
    lists
}

/// Changes what cannot be, and tells.
///
/// With R the correlations of the measured scores and D the intraclass correlations on the outcomes'
/// places of a diagonal, R − D must be positive definite: what lies between therapists has nothing to
/// do with baselines and covariates, so it must find room in what these leave.
pub(super) fn settle(scenario: &mut Scenario, sheet: &mut Sheet) {
    reach(scenario, sheet);
    let (names, mut scores) = measured(scenario);
    let iccs: Vec<f64> = names.iter().map(|name| icc(scenario, name).map_or(0.0, |icc| *icc)).collect();
    let without = |scores: &[Vec<f64>], kept: f64| -> Vec<Vec<f64>> {
        let entry = |row: usize, column: usize| match row == column {
            true => kept - iccs[row],
            false => scores[row][column],
        };
        (0..names.len()).map(|row| (0..names.len()).map(|column| entry(row, column)).collect()).collect()
    };
    let least = |matrix: &[Vec<f64>]| eigen::decompose(matrix).0.into_iter().fold(f64::INFINITY, f64::min);
    if least(&without(&scores, 1.0)) > LEAST_EIGENVALUE {
        return;
    }
    if least(&scores) <= LEAST_EIGENVALUE {
        scores = nearest_correlation(&scores);
        scores.iter_mut().flatten().for_each(|score| *score *= 1.0 - SHRINKAGE);
    }
    // The largest factor on correlations that leaves room.
    let factor = match least(&without(&scores, 0.0)) {
        lowest if lowest < SHRINKAGE - 1.0 => (SHRINKAGE - 1.0) / lowest,
        _ => 1.0,
    };
    let score = |one: &str, other: &str| -> Option<f64> {
        let place = |name: &str| names.iter().position(|known| known == name);
        Some(factor * scores[place(one)?][place(other)?])
    };
    let laws = Laws::of(scenario);
    let mut changes: Vec<(f64, String)> = Vec::new();
    each(scenario, &mut |one, other, value| {
        let Some(score) = score(one, other) else { return };
        let after = stated(on_scale(&laws.law(one), &laws.law(other), score, Scale::Pearson));
        changes.push(((after - *value).abs(), format!("{one} and {other} from {value} to {after}")));
        *value = after;
    });
    for name in &names {
        let Some(icc) = icc(scenario, name) else { continue };
        let after = stated(factor * *icc);
        changes.push(((after - *icc).abs(), format!("therapist and {name} (ICC) from {icc} to {after}")));
        *icc = after;
    }
    changes.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let told: Vec<String> = changes.into_iter().take(MOST_TOLD).map(|(_, words)| words).collect();
    sheet.note(format!(
        "the correlations of the data cannot all go together in a scenario; they were moved to the nearest that can, most \
         of all those of {}",
        told.join(", ")
    ));
}

/// Names of what is measured, and the correlations of its scores.
fn measured(scenario: &Scenario) -> (Vec<String>, Vec<Vec<f64>>) {
    let (names, matrix) = resolve::score_correlation(scenario);
    let kept: Vec<usize> = (0..names.len()).filter(|&place| !resolve::is_part(&names[place])).collect();
    let rows = kept.iter().map(|&row| kept.iter().map(|&column| matrix[row][column]).collect());
    (kept.iter().map(|&place| names[place].clone()).collect(), rows.collect())
}

/// The intraclass correlation of an outcome.
fn icc<'s>(scenario: &'s mut Scenario, outcome: &str) -> Option<&'s mut f64> {
    match scenario.design.therapists.as_mut()?.icc.as_mut()? {
        ByOutcome::Each(iccs) => iccs.get_mut(outcome),
        ByOutcome::All(_) => None,
    }
}

/// Puts correlations that two laws cannot have within their reach.
fn reach(scenario: &mut Scenario, sheet: &mut Sheet) {
    let laws = Laws::of(scenario);
    each(scenario, &mut |one, other, value| {
        let Err(Range { least, most }) = latent(&laws.law(one), &laws.law(other), *value, Scale::Pearson)
        else {
            return;
        };
        let after = stated(WITHIN * if *value < 0.0 { least } else { most });
        sheet.note(format!(
            "the correlation of {one} and {other} is {value}; their laws reach only {least:.3} to {most:.3}, so it is \
             stated as {after}"
        ));
        *value = after;
    });
}

/// The laws of covariates that are not normal, by name.
struct Laws(Vec<(String, Marginal)>);

impl Laws {
    fn of(scenario: &Scenario) -> Self {
        let covariates = scenario.cohort.covariates.iter();
        Laws(covariates.filter_map(|one| Some((one.id.clone(), not_normal(scenario, &one.id)?))).collect())
    }

    fn law(&self, name: &str) -> Marginal {
        let known = self.0.iter().find(|(known, _)| known == name).map(|(_, law)| law.clone());
        known.unwrap_or_else(|| Marginal::normal(0.0, 1.0))
    }
}

/// Shows each correlation that is stated.
fn each(scenario: &mut Scenario, change: &mut dyn FnMut(&str, &str, &mut f64)) {
    let mut lists = |entries: &mut Vec<Correlation>| {
        for entry in entries {
            if let [one, other] = entry.between.as_slice() {
                change(one, other, &mut entry.value);
            }
        }
    };
    lists(&mut scenario.cohort.correlation);
    lists(&mut scenario.response.correlation);
    for (name, outcome) in &mut scenario.response.outcomes {
        if let Some(baseline) = &mut outcome.baseline {
            change(&format!("{name}_baseline"), name, &mut baseline.correlation);
        }
    }
}
