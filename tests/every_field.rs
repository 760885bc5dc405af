//! Every field of the format at once: read, written, run, explained, exported.
//!
//! The scenario is held against the JSON Schema: a field that is new in the format and absent from
//! it fails, apart from the few that cannot stand beside the others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use trialliance::engine::{self, EngineChoice, RunOptions};
use trialliance::report;
use trialliance::result::TruthKind;
use trialliance::scenario::{self, Scenario, canonical, explain, schema};

const TEXT: &str = include_str!("complete/every_field.json");
const PILOT: &str = include_str!("complete/pilot.csv");

/// Fields that exclude others in the scenario: a study without assignment, sizes by arm or by
/// therapist, and fields of other layouts and methods.
const ELSEWHERE: [&str; 8] = [
    "kind",
    "n_per_arm",
    "caseload",
    "stratified",
    "best_probability",
    "urn_start",
    "urn_added",
    "random_effects",
];

fn complete() -> Scenario {
    let files = |file: &str| match file {
        "pilot.csv" => Ok(PILOT.to_owned()),
        other => Err(format!("no file {other}")),
    };
    scenario::read_with_files(TEXT, "every-field", &[], &files).unwrap_or_else(|error| panic!("{error}"))
}

/// Names of fields anywhere in a JSON value.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                found.insert(name.clone());
                names(inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// Names of the fields that a schema describes.
fn described(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                found.extend(properties.keys().cloned());
            }
            object.values().for_each(|inner| described(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|item| described(item, found)),
        _ => {}
    }
}

#[test]
fn the_scenario_has_every_field_of_the_format() {
    let (mut there, mut known) = (BTreeSet::new(), BTreeSet::new());
    names(&serde_json::from_str(TEXT).unwrap(), &mut there);
    described(&schema::scenario_schema(), &mut known);
    let absent: Vec<&String> =
        known.iter().filter(|name| !there.contains(*name) && !ELSEWHERE.contains(&name.as_str())).collect();
    assert!(known.len() > 90, "{}", known.len());
    assert_eq!(absent, [""; 0], "fields that no complete scenario shows");
}

#[test]
fn written_and_read_again_it_is_the_same_trial() {
    let scenario = complete();
    let written = canonical::canonical(&scenario).to_string();
    let again = scenario::read(&written, "again", &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(canonical::hash(&again), canonical::hash(&scenario));
    assert_eq!(canonical::canonical(&again).to_string(), written);
    let [one, other] = [&scenario, &again].map(|scenario| engine::trial(scenario, 1, 0).unwrap());
    assert_eq!(one.arms, other.arms);
    for (one, other) in one.recorded.iter().zip(&other.recorded) {
        assert_eq!(one.name, other.name);
        assert!(
            one.values.iter().zip(&other.values).all(|(a, b)| a.to_bits() == b.to_bits()),
            "{}",
            one.name
        );
    }
}

#[test]
fn it_runs_and_is_told_in_words() {
    let scenario = complete();
    let run = |threads| {
        let options = RunOptions { replicates: 600, threads: Some(threads), ..RunOptions::default() };
        engine::run(&scenario, &options, &mut |_| {}).unwrap()
    };
    let result = run(1);
    assert_eq!(serde_json::to_string(&result).unwrap(), serde_json::to_string(&run(2)).unwrap());
    assert_eq!(result.engine, "patients");
    assert_eq!(result.results.len(), 15 * 8 + 2 + 5);
    for row in &result.results {
        // Now and then an arm has no responder, and logistic regression no answer.
        assert!(row.failures < 30 && row.power.value.is_some() && row.power.mcse.is_some(), "{row:?}");
        if row.truth.kind == TruthKind::Undefined {
            // Rescue takes away a part of the effect, whatever it goes through.
            assert!(row.analysis == "mediation" && row.truth.why.is_some() && row.bias.value.is_none());
            continue;
        }
        let (bias, mcse) = (row.bias.value.unwrap(), row.empirical_se.value.unwrap());
        assert!(bias.abs() < mcse, "{} {}: {bias}", row.analysis, row.estimand);
    }
    let statistics = RunOptions { engine: EngineChoice::Statistics, ..RunOptions::default() };
    let refused = engine::run(&scenario, &statistics, &mut |_| {}).unwrap_err().message;
    for why in [
        "not fixed",
        "not normal",
        "screened",
        "one therapist",
        "perceive",
        "heavy tails",
        "differ between",
        "believe",
        "rounds",
        "happens",
        "missing",
    ] {
        assert!(refused.contains(why), "{why}: {refused}");
    }
    let explained = engine::explained(&scenario).unwrap();
    let rows = explain::explain(TEXT, &[], &scenario).unwrap();
    let text = report::explanation(&scenario, &explained, &rows);
    for words in [
        "random permuted blocks by risk",
        "9 therapists each trained in one level of style",
        "only of patients with warm style",
        "height: as in one of 5 patients of a pilot",
        "pain_baseline from 3 to 9",
        "Without any treatment pain would have improved by 0.4 points",
        "heavy tails",
        "a skewness of -0.5",
        "by risk -20 % with low and +30 % with high",
        "Measured in week 8 and before that at week_2",
        "30 % in plain_blunt",
        "rescue medication happens to 10 %",
        "Through what patients perceive, and past it",
        "what therapists convey by nature (the gift)",
    ] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "{words} in\n{text}");
    }
}
