//! Patients for tests: a plain trial of pain, changes to it, and what comes out.

use serde_json::{Value, json};
use trialliance::engine::{self, EngineChoice, RunOptions, Trial};
use trialliance::result::RunResult;
use trialliance::scenario::{self, Scenario};

/// Standard errors beyond which a comparison fails.
pub const FAR: f64 = 5.0;

/// A scenario from JSON; a test's scenario is never wrong.
pub fn read(value: &Value) -> Scenario {
    scenario::read(&value.to_string(), "test", &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// A trial of pain on 0-100 with so many patients in each arm.
pub fn pain(n: u64) -> Value {
    json!({
        "schema": "trialliance.scenario/1", "name": "test",
        "design": {"n_per_arm": {"SL": n, "AL": n, "SE": n, "AE": n}},
        "response": {"outcomes": {"pain": {
            "better": "lower", "control_mean": 42,
            "effects": {"alliance": 12.5, "ifc": 8.6, "interaction": 1.2}, "sd": 16,
            "baseline": {"mean": 52, "sd": 20, "correlation": 0.5}}}},
        "observation": {},
        "analyses": [{"method": "anova", "outcome": "pain"},
                     {"method": "ancova", "outcome": "pain", "covariates": ["baseline"]}]})
}

/// The scenario with one field set.
pub fn with(mut scenario: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    scenario.pointer_mut(parent).unwrap()[name] = value;
    scenario
}

/// So many replicates, patient by patient, whether or not they have answers.
pub fn run(scenario: &Value, replicates: u64) -> RunResult {
    let engine = EngineChoice::Patients;
    let options = RunOptions { replicates, engine, keep_going: true, ..RunOptions::default() };
    engine::run(&read(scenario), &options, &mut |_| {}).unwrap()
}

/// One replicate of seed 1.
pub fn trial(scenario: &Value, replicate: u64) -> Trial {
    engine::trial(&read(scenario), 1, replicate).unwrap()
}

/// A column of a trial, hidden or not.
pub fn column<'t>(trial: &'t Trial, name: &str) -> &'t [f64] {
    let all = trial.recorded.iter().chain(&trial.hidden);
    &all.clone().find(|column| column.name == name).unwrap().values
}

/// Values of one arm that are not missing.
pub fn of_arm(trial: &Trial, values: &[f64], arm: usize) -> Vec<f64> {
    let there = trial.arms.iter().zip(values).filter(|(one, value)| **one == arm && !value.is_nan());
    there.map(|(_, value)| *value).collect()
}

/// The mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation.
pub fn sd(values: &[f64]) -> f64 {
    let centre = mean(values);
    (values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

/// Fails if a value is far from what is expected.
#[track_caller]
pub fn near(value: f64, expected: f64, standard_error: f64) {
    let z = (value - expected) / standard_error;
    assert!(z.abs() < FAR, "{value} instead of {expected}: {z} standard errors");
}

/// Pearson's correlation.
pub fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let (x_mean, y_mean) = (mean(x), mean(y));
    let products: f64 = x.iter().zip(y).map(|(a, b)| (a - x_mean) * (b - y_mean)).sum();
    products / (sd(x) * sd(y) * (x.len() - 1) as f64)
}
