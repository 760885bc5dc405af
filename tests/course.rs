//! What would have happened anyway, being treated at all, and the shape of chance.
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
use trialliance::engine::explained;

const N: u64 = 10_000;
const ARM: f64 = N as f64;

fn with_parts(scenario: Value, parts: &[(&str, Value)]) -> Value {
    parts.iter().fold(scenario, |scenario, (field, value)| {
        with(scenario, &format!("/response/outcomes/pain/{field}"), value.clone())
    })
}

fn kurtosis(values: &[f64]) -> f64 {
    let (centre, spread) = (mean(values), sd(values));
    values.iter().map(|value| ((value - centre) / spread).powi(4)).sum::<f64>() / values.len() as f64
}

fn skewness(values: &[f64]) -> f64 {
    let (centre, spread) = (mean(values), sd(values));
    values.iter().map(|value| ((value - centre) / spread).powi(3)).sum::<f64>() / values.len() as f64
}

#[test]
fn parts_of_the_spread_are_not_added_to_it() {
    let parts = [("natural_course", json!({"mean": 4, "sd": 6})), ("sham_response_sd", json!(5))];
    let scenario = with_parts(pain(N), &parts);
    let trial = trial(&scenario, 0);
    let pain = of_arm(&trial, column(&trial, "pain"), 0);
    near(mean(&pain), 42.0, 16.0 / ARM.sqrt());
    near(sd(&pain), 16.0, 16.0 / (2.0 * ARM).sqrt());
    // 52 − 42 in the control arm: 4 without treatment, 6 by being treated at all.
    let untreated = column(&trial, "pain_if_untreated");
    near(mean(untreated), 48.0, 16.0 / (4.0 * ARM).sqrt());
    let response: Vec<f64> = untreated.iter().zip(column(&trial, "pain_if_sl")).map(|(u, s)| u - s).collect();
    near(mean(&response), 6.0, 5.0 / (4.0 * ARM).sqrt());
    near(sd(&response), 5.0, 5.0 / (8.0 * ARM).sqrt());
    // What is normal stays with the statistics engine.
    let result = trialliance::engine::run(&read(&scenario), &Default::default(), &mut |_| {}).unwrap();
    assert_eq!(result.engine, "statistics");
}

#[test]
fn the_parts_of_the_change_add_up_with_selection_and_without() {
    let parts = [("natural_course", json!({"mean": 4, "sd": 6}))];
    let scenario = with_parts(pain(50), &parts);
    let rule = json!([{"variable": "pain_baseline", "at_least": 30}]);
    let cases = [
        (json!({}), 0.0),
        (json!({"eligibility": rule}), f64::NAN),
        (json!({"of": "screened", "eligibility": rule}), f64::NAN),
    ];
    for (cohort, expected) in cases {
        let mut scenario = with(scenario.clone(), "/cohort", cohort);
        scenario["response"]["outcomes"]["pain"]["baseline"] =
            json!({"mean": 52, "sd": 14, "correlation": 0.5});
        let explained = explained(&read(&scenario)).unwrap();
        let (outcome, cohort) = (&explained.outcomes[0], &explained.cohort);
        let [before, after] = ["pain_baseline", "pain"].map(|name| cohort.index(name).unwrap());
        for (arm, parts) in outcome.parts.unwrap().iter().enumerate() {
            let total = cohort.enrolled[before].mean[0] - cohort.enrolled[after].mean[arm];
            assert!((parts.total() - total).abs() < 1e-12);
            let regression = parts.regression_to_the_mean;
            assert!(if expected == 0.0 { regression == 0.0 } else { regression > 0.5 }, "{regression}");
            assert_eq!(parts.natural_course, 4.0);
        }
    }
}

/// Of those with 30 or more, the mean is 52 and the SD 14. By the regression of the outcome on the
/// baseline, 16 · .5 ÷ 14, so much of the selection is not in the outcome.
#[test]
fn regression_to_the_mean_is_the_same_expected_and_simulated() {
    let mut scenario = pain(N);
    scenario["response"]["outcomes"]["pain"]["baseline"] = json!({"mean": 52, "sd": 14, "correlation": 0.5});
    scenario["cohort"] = json!({"eligibility": [{"variable": "pain_baseline", "at_least": 30}]});
    let explained = explained(&read(&scenario)).unwrap();
    let cohort = &explained.cohort;
    let baseline = cohort.index("pain_baseline").unwrap();
    let beyond = 52.0 - cohort.moments[baseline].mean[0];
    let expected = beyond * (1.0 - 0.5 * 16.0 / 14.0);
    let told = explained.outcomes[0].parts.unwrap()[0].regression_to_the_mean;
    assert!((told - expected).abs() < 1e-9, "{told} {expected}");
    let screening = cohort.screening.as_ref().unwrap();
    let simulated = screening.simulated[baseline].mean[0] - cohort.moments[baseline].mean[0];
    near(simulated, beyond, 14.0 / (screening.patients as f64).sqrt());
}

#[test]
fn heavy_tails_and_skewness_keep_mean_and_spread() {
    let plain = trial(&pain(N), 0);
    for (shape, skew, tails) in [
        (json!({"t_degrees_of_freedom": 10}), 0.0, 4.0),
        (json!({"skewness": 1.2}), 1.2, 3.0 + 1.5 * 1.44),
        (json!({"skewness": -1.2}), -1.2, 3.0 + 1.5 * 1.44),
    ] {
        // Without a baseline all of the outcome is its own source.
        let mut scenario = with_parts(pain(N), &[("residual_shape", shape)]);
        scenario["response"]["outcomes"]["pain"].as_object_mut().unwrap().remove("baseline");
        scenario["analyses"] = json!([{"method": "anova", "outcome": "pain"}]);
        let trial = trial(&scenario, 0);
        let pain = column(&trial, "pain_if_sl");
        let all = 4.0 * ARM;
        near(mean(pain), 42.0, 16.0 / all.sqrt());
        near(sd(pain), 16.0, 16.0 * ((tails - 1.0) / (4.0 * all)).sqrt());
        // Standard errors of third and fourth moments of these laws are below 8 and 40 of √n.
        near(skewness(pain), skew, 8.0 / all.sqrt());
        near(kurtosis(pain), tails, 40.0 / all.sqrt());
        assert_eq!(trial.arms, plain.arms);
    }
}
