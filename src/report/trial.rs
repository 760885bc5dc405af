//! One virtual trial as a data manager's CSV, and its dictionary.
//!
//! In comes a trial; out come the text of a CSV file (a row for each patient in
//! the order of enrolment, missing values as empty cells, numbers the shortest
//! that read back exactly) and a JSON document that says what each column is.

use super::digits::{fixed, whole};
use crate::assignment::balance::{Difference, counts, difference};
use crate::engine::{Trial, TrialColumn};
use crate::estimand::{ARMS, arm_ids};
use crate::result::ScenarioIdentity;
use crate::scenario::{Factor, Scenario, resolve};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The version of the dictionary's format.
pub const DICTIONARY_SCHEMA: &str = "trialliance.dictionary/1";

/// The columns that are written: recorded ones, and on request the hidden ones.
fn columns(trial: &Trial, reveal: bool) -> impl Iterator<Item = (&TrialColumn, bool)> {
    let hidden = trial.hidden.iter().filter(move |_| reveal).map(|column| (column, true));
    trial.recorded.iter().map(|column| (column, false)).chain(hidden)
}

/// The level of a factor that an arm has.
fn level(factors: &[Factor], factor: usize, arm: usize) -> &str {
    let index = if factor == 0 { arm / 2 } else { arm % 2 };
    factors.get(factor).and_then(|factor| factor.levels.get(index)).map_or("", String::as_str)
}

/// The trial as CSV.
#[must_use]
pub fn trial_csv(scenario: &Scenario, trial: &Trial, reveal: bool) -> String {
    let factors = &scenario.factors;
    let arms = arm_ids(factors);
    let assigned = !resolve::is_observational(scenario);
    let mut text = if assigned { "id,arm".to_owned() } else { "id".to_owned() };
    // Names and levels are lower-case letters, digits and `_`: nothing needs quotes.
    let names = factors.iter().filter(|_| assigned).map(|factor| factor.id.as_str());
    for name in names.chain(columns(trial, reveal).map(|(column, _)| column.name.as_str())) {
        let _ = write!(text, ",{name}");
    }
    text.push('\n');
    for (patient, &arm) in trial.arms.iter().enumerate() {
        let (context, treatment) = (level(factors, 0, arm), level(factors, 1, arm));
        let _ = match assigned {
            true => write!(text, "{},{},{context},{treatment}", patient + 1, arms[arm]),
            false => write!(text, "{}", patient + 1),
        };
        for (column, _) in columns(trial, reveal) {
            text.push(',');
            let value = column.values[patient];
            match column.levels.as_ref().and_then(|levels| levels.get(value as usize)) {
                _ if value.is_nan() => {}
                Some(level) => text.push_str(level),
                None => _ = write!(text, "{value}"),
            }
        }
        text.push('\n');
    }
    text
}

/// How the arms are balanced: sizes, standardised differences before treatment, and counts by
/// the levels of what assignment was stratified by.
fn balance(scenario: &Scenario, trial: &Trial) -> Value {
    let names = arm_ids(&scenario.factors);
    let by_arm = |counts: [u64; ARMS]| -> Value {
        names.iter().cloned().zip(counts.map(Value::from)).collect::<Map<String, Value>>().into()
    };
    let sizes = std::array::from_fn(|arm| trial.arms.iter().filter(|&&one| one == arm).count() as u64);
    let before = trial.recorded.iter().filter(|column| column.before_treatment);
    let differences = before.map(|column| {
        let Difference { context, treatment } = difference(&trial.arms, &column.values);
        let by_factor: Map<String, Value> = scenario
            .factors
            .iter()
            .zip([context, treatment])
            .map(|(factor, value)| (factor.id.clone(), json!(value)))
            .collect();
        (column.name.clone(), Value::from(by_factor))
    });
    let strata = &scenario.design.assignment.strata;
    let stratified = trial.recorded.iter().filter(|column| strata.contains(&column.name)).map(|column| {
        let counts = counts(&trial.arms, &column.values);
        let level = |level: usize| match &column.levels {
            Some(levels) => levels.get(level).cloned().unwrap_or_default(),
            None => level.to_string(),
        };
        let by_level: Map<String, Value> = counts
            .into_iter()
            .enumerate()
            .filter(|(_, counts)| counts.iter().any(|&count| count > 0))
            .map(|(number, counts)| (level(number), by_arm(counts)))
            .collect();
        (column.name.clone(), Value::from(by_level))
    });
    json!({
        "n_per_arm": by_arm(sizes),
        "standardised_differences": differences.collect::<Map<String, Value>>(),
        "strata": stratified.collect::<Map<String, Value>>(),
    })
}

/// One line on how the arms of a trial are balanced, for people.
#[must_use]
pub fn trial_balance(scenario: &Scenario, trial: &Trial) -> String {
    if resolve::is_observational(scenario) {
        return format!("{} patients in usual care", whole(trial.arms.len() as u64));
    }
    let names = arm_ids(&scenario.factors);
    let size = |arm: usize| trial.arms.iter().filter(|&&one| one == arm).count();
    let sizes: Vec<String> = (0..ARMS).map(|arm| format!("{} {}", names[arm], size(arm))).collect();
    let before = trial.recorded.iter().filter(|column| column.before_treatment);
    let differences = before.flat_map(|column| {
        let Difference { context, treatment } = difference(&trial.arms, &column.values);
        let factors = scenario.factors.iter().zip([context, treatment]);
        factors.map(|(factor, value)| (value, column.name.clone(), factor.id.clone())).collect::<Vec<_>>()
    });
    let largest = differences
        .filter(|(value, ..)| !value.is_nan())
        .max_by(|one, other| one.0.abs().total_cmp(&other.0.abs()));
    let difference = largest.map_or_else(String::new, |(value, column, factor)| {
        format!(
            "; the largest standardised difference before treatment is {}, of {column} between the levels of {factor}",
            fixed(value, 2)
        )
    });
    let screened = match trial.screened - trial.arms.len() as u64 {
        0 => String::new(),
        more => format!(" of {} screened", whole(more + trial.arms.len() as u64)),
    };
    format!("{} patients{screened}: {}{difference}", whole(trial.arms.len() as u64), sizes.join(", "))
}

/// What each column of the CSV is, as JSON.
#[must_use]
pub fn trial_dictionary(
    scenario: &Scenario,
    trial: &Trial,
    seed: u64,
    replicate: u64,
    reveal: bool,
) -> String {
    let mut entries = vec![json!({
        "name": "id", "label": "number of the patient in the order of enrolment", "type": "integer",
        "unit": null, "missing": 0, "hidden": false,
    })];
    let assigned = !resolve::is_observational(scenario);
    if assigned {
        entries.push(json!({
            "name": "arm", "label": "arm to which the patient was assigned", "type": "level",
            "levels": arm_ids(&scenario.factors), "unit": null, "missing": 0, "hidden": false,
        }));
    }
    for factor in scenario.factors.iter().filter(|_| assigned) {
        entries.push(json!({
            "name": factor.id, "label": format!("level of {}", factor.id), "type": "level",
            "levels": factor.levels, "unit": null, "missing": 0, "hidden": false,
        }));
    }
    for (column, hidden) in columns(trial, reveal) {
        let present = || column.values.iter().filter(|value| !value.is_nan());
        let missing = column.values.len() - present().count();
        let mut entry = json!({ "name": column.name, "label": column.label });
        match &column.levels {
            Some(levels) => {
                entry["type"] = "level".into();
                entry["levels"] = levels.clone().into();
            }
            None => {
                let whole = present().all(|value| value.fract() == 0.0);
                entry["type"] = if whole { "integer" } else { "number" }.into();
            }
        }
        entry["unit"] = column.unit.clone().into();
        entry["missing"] = missing.into();
        entry["hidden"] = hidden.into();
        entries.push(entry);
    }
    let dictionary = json!({
        "schema": DICTIONARY_SCHEMA,
        "command": "trial",
        "scenario": ScenarioIdentity::of(scenario),
        "seed": seed,
        "replicate": replicate,
        "version": env!("CARGO_PKG_VERSION"),
        "patients": trial.arms.len(),
        "screened": trial.screened,
        "balance": if assigned { balance(scenario, trial) } else { Value::Null },
        "columns": entries,
    });
    format!("{dictionary:#}\n")
}
