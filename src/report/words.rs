//! The result in two or three plain sentences.

use super::digits::{exact, fixed, percent};
use crate::result::{Row, RunResult};

/// Below this power, exaggeration is worth a sentence.
const LOW_POWER: f64 = 0.8;

/// One sentence per primary hypothesis.
pub(super) fn summary(result: &RunResult) -> Vec<String> {
    result.results.iter().filter(|row| row.primary).map(|row| sentence(result, row)).collect()
}

fn sentence(result: &RunResult, row: &Row) -> String {
    let of = format!("{} ({}, {})", row.estimand, row.outcome, row.analysis);
    if row.truth.value == 0.0 {
        return format!(
            "{of}: the scenario has no such effect; {} of trials would claim one all the same.",
            percent(&row.power)
        );
    }
    let unit = result.outcomes.get(&row.outcome).and_then(|outcome| outcome.unit.as_ref());
    let effect = format!(
        "{}{}, {}",
        exact(row.truth.value),
        unit.map_or_else(String::new, |unit| format!(" {unit}")),
        direction(row)
    );
    format!(
        "{of}: a true effect of {effect}, would be found in {} of trials{}.",
        percent(&row.power),
        errors(row)
    )
}

fn direction(row: &Row) -> &'static str {
    match row.benefit_sign.map(|sign| f64::from(sign) * row.truth.value > 0.0) {
        Some(true) => "a benefit",
        Some(false) => "a harm",
        None => "direction of benefit not stated",
    }
}

/// How wrong the trials are that find it, where that is worth saying.
fn errors(row: &Row) -> String {
    let low = row.power.value.is_some_and(|power| power < LOW_POWER);
    match (low, row.type_m.value, row.type_s.value) {
        (true, Some(times), Some(wrong)) if wrong >= 0.001 => format!(
            "; these show it {} times too large on average, and {} % of them with the wrong sign",
            fixed(times, 1),
            fixed(100.0 * wrong, 1)
        ),
        (true, Some(times), _) => format!("; these show it {} times too large on average", fixed(times, 1)),
        _ => String::new(),
    }
}
