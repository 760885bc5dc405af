//! Screening: whom the rules enrol, and the regression to the mean that comes of it.
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
use trialliance::cohort::CohortModel;
use trialliance::engine::Trial;
use trialliance::result::TruthKind;
use trialliance::stats::normal;

const N: u64 = 10_000;
const ARM: f64 = N as f64;

/// Pain of at least 40 at screening.
fn rule() -> Value {
    json!([{"variable": "pain_baseline", "at_least": 40}])
}

fn screened() -> Value {
    with(pain(N), "/cohort", json!({"of": "screened", "eligibility": rule()}))
}

fn correlation(trial: &Trial, one: &str, other: &str, arm: usize) -> f64 {
    let (x, y) = (of_arm(trial, column(trial, one), arm), of_arm(trial, column(trial, other), arm));
    pearson(&x, &y)
}

#[test]
fn numbers_of_the_screened_are_selected() {
    let trial = trial(&screened(), 0);
    let baseline = column(&trial, "pain_baseline");
    assert!(baseline.iter().all(|&value| value >= 40.0));
    // Above −.6 SD: mean and variance of the truncated normal law.
    let hazard = normal::density(0.6) / normal::cdf(0.6);
    let (shift, narrowing) = (hazard, 1.0 - 0.6 * hazard - hazard * hazard);
    near(mean(baseline), 52.0 + 20.0 * shift, 14.5 / (4.0 * ARM).sqrt());
    near(sd(baseline), 20.0 * narrowing.sqrt(), 14.5 / (8.0 * ARM).sqrt());
    // The outcome follows along its regression, half a standard deviation for one.
    let pain = of_arm(&trial, column(&trial, "pain"), 0);
    near(mean(&pain), 42.0 + 8.0 * shift, 16.0 / ARM.sqrt());
    near(sd(&pain), 16.0 * (1.0 - 0.25 * (1.0 - narrowing)).sqrt(), 16.0 / (2.0 * ARM).sqrt());
    let model = CohortModel::new(&read(&screened()), 1).unwrap();
    let (share, error) = model.screening.as_ref().unwrap().eligible;
    near(share, normal::cdf(0.6), error);
    let simulated = &model.enrolled[model.index("pain").unwrap()];
    near(simulated.mean[0], 42.0 + 8.0 * shift, 8.0 * narrowing.sqrt() / 95_000_f64.sqrt());
}

#[test]
fn numbers_of_the_enrolled_stay_what_they_are() {
    let mut scenario = pain(N);
    scenario["response"]["outcomes"]["pain"]["baseline"] = json!({"mean": 60, "sd": 13, "correlation": 0.5});
    scenario["cohort"] = json!({
        "covariates": [{"id": "age", "mean": 48, "sd": 12}],
        "correlation": [{"between": ["age", "pain_baseline"], "value": 0.3}],
        "eligibility": rule()});
    scenario["response"]["correlation"] = json!([{"between": ["age", "pain"], "value": 0.2}]);
    for instruments in [json!({}), json!({"pain": {"sem": 6}})] {
        let trial = trial(&with(scenario.clone(), "/observation/instruments", instruments), 0);
        let baseline = column(&trial, "pain_baseline");
        assert!(baseline.iter().all(|&value| value >= 40.0));
        near(mean(baseline), 60.0, 13.0 / (4.0 * ARM).sqrt());
        near(sd(baseline), 13.0, 13.0 / (8.0 * ARM).sqrt());
        for (arm, expected) in [42.0, 34.0, 30.1, 20.9].into_iter().enumerate() {
            let pain = of_arm(&trial, column(&trial, "pain"), arm);
            near(mean(&pain), expected, 16.0 / ARM.sqrt());
            near(sd(&pain), 16.0, 16.0 / (2.0 * ARM).sqrt());
            near(correlation(&trial, "pain_baseline", "pain", arm), 0.5, 0.75 / ARM.sqrt());
            near(correlation(&trial, "age", "pain_baseline", arm), 0.3, 0.91 / ARM.sqrt());
            near(correlation(&trial, "age", "pain", arm), 0.2, 0.96 / ARM.sqrt());
        }
        near(mean(column(&trial, "age")), 48.0, 12.0 / (4.0 * ARM).sqrt());
        near(sd(column(&trial, "age")), 12.0, 12.0 / (8.0 * ARM).sqrt());
    }
}

#[test]
fn a_rating_scale_is_screened_by_what_it_shows() {
    let mut scenario = pain(N);
    scenario["response"]["outcomes"]["pain"] = json!({
        "better": "lower", "control_mean": 4.2, "effects": {"alliance": 0, "ifc": 0, "interaction": 0},
        "sd": 1.6, "baseline": {"mean": 6, "sd": 1.3, "correlation": 0.5}});
    scenario["observation"]["instruments"] = json!({"pain": {"min": 0, "max": 10, "step": 1}});
    scenario["cohort"] =
        json!({"eligibility": [{"variable": "pain_baseline", "at_least": 4, "at_most": 10}]});
    let trial = trial(&scenario, 0);
    let baseline = column(&trial, "pain_baseline");
    assert!(baseline.iter().all(|&value| (4.0..=10.0).contains(&value)));
    assert!(baseline.contains(&4.0) && baseline.contains(&10.0));
    // Rounding adds a twelfth of a squared step, and hardly moves the mean.
    near(mean(baseline), 6.0, 1.35 / (4.0 * ARM).sqrt());
}

#[test]
fn several_rules_and_levels_select_together() {
    let mut scenario = pain(500);
    scenario["cohort"] = json!({
        "of": "screened",
        "covariates": [
            {"id": "risk", "law": "categorical", "levels": {"low": 0.31, "medium": 0.40, "high": 0.29}},
            {"id": "pcs", "law": "beta", "mean": 17, "sd": 10, "min": 0, "max": 52}],
        "correlation": [{"between": ["risk", "pcs"], "value": 0.5}],
        "eligibility": [
            {"variable": "risk", "any_of": ["medium", "high"]},
            {"variable": "pcs", "at_most": 40},
            {"variable": "pain_baseline", "at_least": 30, "at_most": 90}]});
    scenario["response"]["outcomes"]["pain"]["moderators"] = json!({"alliance": {"pcs": 0.3}});
    let trial = trial(&scenario, 0);
    assert!(column(&trial, "risk").iter().all(|&level| level > 0.0));
    assert!(column(&trial, "pcs").iter().all(|&value| value <= 40.0));
    // Moderators are centred on the enrolled, whose mean is simulated: so is the truth, and it is near.
    let result = run(&scenario, 1);
    let row = result.results.iter().find(|row| row.estimand == "alliance").unwrap();
    assert_eq!(row.truth.kind, TruthKind::Simulated);
    assert!((row.truth.value + 12.5).abs() < 0.05, "{:?}", row.truth);
}

#[test]
fn a_larger_trial_screens_on_where_a_smaller_one_stopped() {
    let sized = |n: u64| {
        let mut scenario =
            with(screened(), "/design", json!({"n_total": n, "assignment": {"method": "simple"}}));
        scenario["observation"]["missing"] = json!([{"rate": 0.1}]);
        trial(&scenario, 4)
    };
    let (small, large) = (sized(90), sized(700));
    for name in ["pain_baseline", "pain"] {
        let (one, other) = (column(&small, name), &column(&large, name)[..90]);
        assert!(one.iter().zip(other).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}");
    }
    assert_eq!(small.arms[..], large.arms[..90]);
    assert!(small.screened >= 90 && large.screened > small.screened);
}
