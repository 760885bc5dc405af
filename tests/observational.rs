//! Patients to whom nothing is assigned: what a regression on their ratings finds, and what it means.
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
use support::{row, value};
use trialliance::result::RunResult;

const REPLICATES: u64 = 20_000;

/// A study in which the rating is what is perceived, on a scale of 40 points from one level to the
/// other: .5 SD are 20 points.
fn study(rating: Value, confounding: f64) -> Value {
    let mut scenario = pain(2);
    scenario["design"] = json!({"kind": "observational", "n": 120});
    scenario["response"]["delivery"] = json!({
        "fidelity": 1, "contamination": 0.5, "disposition_sd": 0.4, "residual_sd": 0.3,
        "effect_of": "delivery", "rating": rating});
    scenario["response"]["correlation"] = json!([{"between": ["disposition", "pain"], "value": confounding}]);
    scenario["analyses"] = json!([
        {"method": "exposure", "outcome": "pain"},
        {"method": "exposure", "id": "adjusted", "outcome": "pain", "covariates": ["baseline"]}]);
    scenario
}

fn exact_rating() -> Value {
    json!({"id": "rating", "at_first_level": 60, "at_second_level": 100})
}

fn slope<'r>(result: &'r RunResult, analysis: &str) -> &'r trialliance::result::Row {
    row(result, analysis, "exposure_slope")
}

/// Simple effect of the alliance 11.9 mm for 40 points.
const CAUSAL: f64 = -11.9 / 40.0;

#[test]
fn without_confounding_and_error_the_association_is_the_effect() {
    let result = run(&study(exact_rating(), 0.0), REPLICATES);
    assert_eq!((result.results.len(), result.design.as_deref()), (2, Some("observational")));
    for analysis in ["exposure", "adjusted"] {
        let row = slope(&result, analysis);
        assert!((row.truth.value - CAUSAL).abs() < 1e-15);
        near(value(&row.bias), 0.0, row.bias.mcse.unwrap());
        near(value(&row.coverage), 0.95, (0.05_f64 * 0.95 / REPLICATES as f64).sqrt());
        let associational = row.truth_associational.as_ref().unwrap();
        near(value(associational), CAUSAL, associational.mcse.unwrap());
    }
    // Given the ratings, the slope varies by σ² ÷ Σ(x − x̄)²; on average over normal ratings by
    // σ² ÷ (τ²(n − 3)), with τ = 20 points and the SD of pain 16.
    let expected = 256.0 / (400.0 * 117.0);
    let se = value(&slope(&result, "exposure").empirical_se);
    near(se * se, expected, expected * (2.1 / REPLICATES as f64).sqrt());
}

#[test]
fn the_rating_s_error_attenuates_and_its_ceiling_bends() {
    let noisy = json!({"id": "rating", "at_first_level": 60, "at_second_level": 100, "sem": 10});
    let row = |result: &RunResult| slope(result, "exposure").truth_associational.clone().unwrap();
    let found = row(&run(&study(noisy, 0.0), 1));
    // The reliability 400 ÷ 500 of the rating.
    near(value(&found), 0.8 * CAUSAL, found.mcse.unwrap());
    let ceiling = json!({"id": "rating", "at_first_level": 60, "at_second_level": 100, "max": 90});
    let scenario = study(ceiling, 0.0);
    assert!(column(&trial(&scenario, 0), "rating").iter().all(|&rating| rating <= 90.0));
    let bent = row(&run(&scenario, 1));
    // Ratings cut off at a half SD above their mean say more per point.
    assert!(value(&bent) < 1.05 * CAUSAL, "{bent:?}");
}

#[test]
fn whoever_perceives_readily_and_fares_better_makes_an_effect_of_nothing() {
    let mut scenario = study(exact_rating(), -0.3);
    scenario["response"]["outcomes"]["pain"]["effects"] = json!({"alliance": 0, "ifc": 0, "interaction": 0});
    let result = run(&scenario, REPLICATES);
    let row = slope(&result, "exposure");
    assert_eq!(row.truth.value, 0.0);
    // Covariance of rating and pain: 40·.4 points by −.3·16 mm; variance of the rating 400.
    let expected = 40.0 * 0.4 * (-0.3 * 16.0) / 400.0;
    let associational = row.truth_associational.as_ref().unwrap();
    near(value(associational), expected, associational.mcse.unwrap());
    near(value(&row.bias), expected, row.bias.mcse.unwrap());
    assert!(value(&row.power) > 0.7, "{:?}", row.power);
    assert!(result.warnings.iter().any(|warning| warning.code == "confounded"));
    assert!(!result.warnings.iter().any(|warning| warning.code == "missing_outcomes"));
}

#[test]
fn the_data_have_no_arms_and_the_trial_is_the_replicate() {
    let scenario = study(exact_rating(), 0.0);
    let result = run(&scenario, 2);
    let of_trial = |replicate| {
        let trial = trial(&scenario, replicate);
        let (x, y) = (column(&trial, "rating"), column(&trial, "pain"));
        let (x_mean, y_mean) = (mean(x), mean(y));
        let products: f64 = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
        products / x.iter().map(|x| (x - x_mean) * (x - x_mean)).sum::<f64>()
    };
    let expected = (of_trial(0) + of_trial(1)) / 2.0;
    let estimate = value(&slope(&result, "exposure").mean_estimate);
    assert!((estimate - expected).abs() < 1e-12, "{estimate} {expected}");
    let csv = trialliance::report::trial_csv(&read(&scenario), &trial(&scenario, 0), false);
    assert_eq!(csv.lines().next(), Some("id,pain_baseline,pain,rating"));
}

#[test]
fn what_belongs_to_trials_is_refused() {
    let refused = |scenario: &Value| {
        let error =
            trialliance::scenario::read(&scenario.to_string(), "test", &[]).expect_err("must be refused");
        error.problems.into_iter().map(|problem| (problem.pointer, problem.found)).collect::<Vec<_>>()
    };
    let one = |pointer: &str, found: &str| vec![(pointer.to_owned(), found.to_owned())];
    let mut scenario = study(exact_rating(), 0.0);
    scenario["analyses"][0]["method"] = json!("anova");
    assert_eq!(refused(&scenario), one("/analyses/0/method", "`anova` in a study without assignment"));
    let mut scenario = study(exact_rating(), 0.0);
    scenario["design"] = json!({"kind": "observational", "n": 120, "n_total": 100});
    assert_eq!(refused(&scenario), one("/design/n_total", "`n_total` in a study without assignment"));
    let mut scenario = study(exact_rating(), 0.0);
    scenario["response"]["delivery"] = json!({"disposition_sd": 0.4});
    assert_eq!(refused(&scenario), one("/response/delivery", "no exposure that differs between patients"));
    let mut scenario = pain(30);
    scenario["analyses"][0]["method"] = json!("exposure");
    assert_eq!(refused(&scenario), one("/analyses/0/method", "`exposure` in a trial"));
}

/// Eight covariates beside the exposure are as many as can be stated, and all are adjusted for:
/// with the confounder's causes among them the slope is nearly the causal one.
#[test]
fn as_many_covariates_as_can_be_stated_are_adjusted_for() {
    let mut scenario = study(exact_rating(), 0.0);
    let covariates: Vec<Value> = (0..8).map(|k| json!({"id": format!("x{k}"), "mean": 0, "sd": 1})).collect();
    let names: Vec<String> = (0..8).map(|k| format!("x{k}")).collect();
    scenario["cohort"] = json!({
        "covariates": covariates,
        "correlation": [{"between": ["x7", "disposition"], "value": 0.9}]});
    scenario["response"]["correlation"] = json!([{"between": ["x7", "pain"], "value": 0.5},
                                                 {"between": ["disposition", "pain"], "value": 0.45}]);
    scenario["analyses"][1]["covariates"] = json!(names);
    let result = run(&scenario, 4000);
    let bias = |analysis| slope(&result, analysis).bias.clone();
    assert!(value(&bias("exposure")) > 0.2, "{:?}", bias("exposure"));
    // The confounder acts through the last covariate alone: .45 = .9·.5.
    near(value(&bias("adjusted")), 0.0, bias("adjusted").mcse.unwrap());
}
