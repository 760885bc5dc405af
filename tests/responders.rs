//! Who responds: shares of patients and their differences.
//!
//! Unless stated otherwise a comparison with a closed form fails beyond 5 standard errors, a
//! false-alarm rate of 6e-7 each; seeds are fixed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::{Value, json};
use support::patients::*;
use support::{reference, relative_difference, row, value};
use trialliance::data::{Asked, Dataset, Request, Roles, Table, TrialAnalysis, analyze};
use trialliance::estimand::{ARMS, WEIGHTS, estimands};
use trialliance::scenario::AnalysisSpec;
use trialliance::stats::normal;

const REPLICATES: u64 = 20_000;

fn analyzed(name: &str, method: &str, covariates: &[&str]) -> TrialAnalysis {
    let text = reference(&format!("data/{name}.csv"));
    // The baseline is adjusted for where it is asked for, and not by its name.
    let table = Table::read(text.replacen("baseline,outcome", "before,outcome", 1).as_bytes()).unwrap();
    let request = Request {
        outcome: Some("responder".to_owned()),
        methods: vec![method.to_owned()],
        options: AnalysisSpec {
            covariates: Some(covariates.iter().map(|name| (*name).to_owned()).collect()),
            ..AnalysisSpec::default()
        },
        ..Request::default()
    };
    let roles = Roles::find(&table, &request, None).unwrap();
    let data = Dataset::read(&table, &roles, None).unwrap();
    let asked = Asked { source: name, alpha: 0.05, confidence_level: 0.95, draws: (1, 0), better: &|_| None };
    analyze(&data, &roles, &asked).unwrap()
}

#[track_caller]
fn same(ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    assert!(relative_difference(ours, theirs) < 1e-8, "{ours} for {theirs}");
}

const DATA_SETS: [&str; 2] = ["responder_n60", "responder_n117"];

/// R's risk difference of two arms with Wald's standard error and Newcombe's limits.
#[test]
fn differences_of_two_arms_are_those_of_r() {
    for name in DATA_SETS {
        let fitted: Value = serde_json::from_str(&reference(&format!("responders/{name}.json"))).unwrap();
        let theirs = &fitted["risk_difference"]["joint"];
        let result = analyzed(name, "risk_difference", &[]);
        let joint = result.results.iter().find(|row| row.estimand == "joint_risk_difference").unwrap();
        same(joint.estimate, &theirs["estimate"]);
        same(joint.se, &theirs["wald_se"]);
        same(joint.ci[0], &theirs["newcombe_lower"]);
        same(joint.ci[1], &theirs["newcombe_upper"]);
        // Without covariates the model of four cells predicts the shares as they are.
        let logistic = analyzed(name, "logistic", &[]);
        for (one, other) in result.results.iter().zip(&logistic.results) {
            assert!(
                (one.estimate - other.estimate).abs() < 1e-12 && relative_difference(one.se, other.se) < 1e-9
            );
        }
    }
}

/// Maximum likelihood and the delta method with 50 digits, the whole design matrix written out.
#[test]
fn g_computation_with_covariates() {
    let g_computation: Value = serde_json::from_str(&reference("responders/g_computation.json")).unwrap();
    let mut count = 0;
    for name in DATA_SETS {
        for model in g_computation[name].as_array().unwrap() {
            let names: Vec<&str> =
                model["covariates"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
            let named: Vec<&str> =
                names.iter().map(|&one| if one == "baseline" { "before" } else { one }).collect();
            for row in analyzed(name, "logistic", &named).results {
                let theirs = &model["contrasts"][row.estimand.trim_end_matches("_risk_difference")];
                same(row.estimate, &theirs["estimate"]);
                same(row.se, &theirs["se"]);
                count += 1;
            }
        }
    }
    assert_eq!(count, 2 * 2 * 8);
}

fn trial_of(responder: Value, n: u64) -> Value {
    with(
        pain(n),
        "/analyses",
        json!([
            {"method": "risk_difference", "outcome": "pain", "responder": responder},
            {"method": "logistic", "outcome": "pain", "responder": responder, "covariates": ["baseline"]}]),
    )
}

/// Shares of responders in the arms, of normal outcomes.
fn shares(probability: impl Fn(f64) -> f64) -> [f64; ARMS] {
    // Means of pain after treatment: 42, less 8, 11.9 and 21.1.
    [42.0, 34.0, 30.1, 20.9].map(probability)
}

#[track_caller]
fn truths_are(scenario: &Value, shares: [f64; ARMS]) {
    let result = run(scenario, 2);
    for (estimand, weights) in estimands(&read(scenario).factors).iter().zip(WEIGHTS) {
        let expected: f64 = weights.iter().zip(shares).map(|(weight, share)| weight * share).sum();
        let name = format!("{}_risk_difference", estimand.id);
        for analysis in ["risk_difference", "logistic"] {
            let truth = &row(&result, analysis, &name).truth;
            near(truth.value, expected, truth.mcse);
        }
    }
}

#[test]
fn truths_are_the_shares_of_normal_outcomes() {
    truths_are(&trial_of(json!({"at_most": 30}), 10), shares(|mean| normal::cdf((30.0 - mean) / 16.0)));
    truths_are(&trial_of(json!({"at_least": 30}), 10), shares(|mean| normal::cdf((mean - 30.0) / 16.0)));
    // The change has variance 16² + 20² − 2·.5·16·20.
    let sd = (256.0_f64 + 400.0 - 320.0).sqrt();
    truths_are(&trial_of(json!({"improvement": 20}), 10), shares(|mean| normal::cdf((32.0 - mean) / sd)));
    // Pain of at most .7 times the baseline of 52, which is hardly ever below 0.
    let sd = (256.0_f64 + 0.49 * 400.0 - 2.0 * 0.7 * 0.5 * 320.0).sqrt();
    let share = |mean: f64| normal::cdf((0.7 * 52.0 - mean) / sd);
    let result = run(&trial_of(json!({"improvement_percent": 30}), 10), 2);
    let truth = row(&result, "risk_difference", "joint_risk_difference").truth.value;
    assert!((truth - (share(20.9) - share(42.0))).abs() < 0.005, "{truth}");
}

#[test]
fn coverage_bias_and_size_are_as_they_should_be() {
    let result = run(&trial_of(json!({"at_most": 30}), 60), REPLICATES);
    for analysis in ["risk_difference", "logistic"] {
        for name in ["alliance", "interaction", "ifc_at_limited", "joint"] {
            let row = row(&result, analysis, &format!("{name}_risk_difference"));
            near(value(&row.bias), 0.0, row.bias.mcse.unwrap());
            // Limits of shares are approximate: within one point of the level.
            assert!(
                (value(&row.coverage) - 0.95).abs() < 0.01,
                "{analysis} {name}: {}",
                value(&row.coverage)
            );
            assert!(row.failures == 0 && row.effect_size.hedges_g.value.is_none());
        }
    }
    let gain = |analysis: &str| value(&row(&result, analysis, "alliance_risk_difference").empirical_se);
    assert!(gain("logistic") < 0.97 * gain("risk_difference"));
    let null = with(
        trial_of(json!({"at_most": 40}), 60),
        "/response/outcomes/pain/effects",
        json!({"alliance": 0, "ifc": 0, "interaction": 0}),
    );
    let result = run(&null, REPLICATES);
    for analysis in ["risk_difference", "logistic"] {
        let size = value(&row(&result, analysis, "alliance_risk_difference").power);
        assert!((size - 0.05).abs() < 0.01, "{analysis}: {size}");
    }
}

#[test]
fn what_separates_is_counted_and_said() {
    let rare = run(&trial_of(json!({"at_most": 0}), 8), 500);
    let failures = &rare.analyses["logistic"].failures;
    assert!(failures["separation"] > 100, "{failures:?}");
    let answered = |analysis: &str| 500 - rare.analyses[analysis].failures.values().sum::<u64>();
    assert!(answered("risk_difference") > answered("logistic"));
}
