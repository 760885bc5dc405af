//! Therapists: who treats whom, and what patients of one therapist have in common.
//!
//! Standard errors of the effects are compared with their closed forms under each layout. Unless
//! stated otherwise a comparison fails beyond 5 standard errors, a false-alarm rate of 6e-7 each;
//! seeds are fixed.

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

/// Patients of an arm, of a trial with 16 therapists of 8 patients.
const N: u64 = 32;

/// The SD of pain within an arm.
const SD: f64 = 16.0;

fn treated(therapists: Value) -> Value {
    with(pain(N), "/design/therapists", therapists)
}

/// Compares the variance of an estimate with its closed form. Its standard error is that of normal
/// estimates, v·√(2/n).
#[track_caller]
fn has_variance(scenario: &Value, expected: &[(&str, f64)]) {
    let replicates = 20_000;
    let result = run(scenario, replicates);
    for &(estimand, variance) in expected {
        let empirical = value(&row(&result, "anova", estimand).empirical_se);
        near(empirical * empirical, variance, variance * (2.0 / replicates as f64).sqrt());
    }
}

/// A main effect weighs each arm's mean by ½: without therapists its variance is σ² ÷ n.
fn plain_variance() -> f64 {
    SD * SD / N as f64
}

#[test]
fn crossed_and_stratified_therapists_take_their_share_out_of_every_contrast() {
    let scenario = treated(json!({"n": 16, "icc": 0.2}));
    let within = plain_variance() * 0.8;
    has_variance(&scenario, &[("alliance", within), ("ifc", within), ("interaction", 4.0 * within)]);
}

#[test]
fn crossed_therapists_without_strata_come_by_chance() {
    let scenario = treated(json!({"n": 16, "icc": 0.2, "stratified": false}));
    // Of 128 patients in random order, 8 of each therapist: sampling without replacement.
    let expected = plain_variance() * (0.8 + 0.2 * 120.0 / 127.0);
    has_variance(&scenario, &[("alliance", expected), ("ifc", expected)]);
}

#[test]
fn nested_therapists_inflate_what_they_are_nested_in() {
    let scenario = treated(json!({"n": 16, "icc": 0.1, "layout": "nested"}));
    let within = plain_variance() * 0.9;
    // The design effect 1 + (m − 1)·ICC of 8 patients by therapist.
    let between = plain_variance() * (1.0 + 7.0 * 0.1);
    has_variance(&scenario, &[("alliance", between), ("ifc", within), ("interaction", 4.0 * within)]);
}

#[test]
fn therapists_nested_in_arms_inflate_everything() {
    let scenario = treated(json!({"n": 16, "icc": 0.1, "layout": "nested_in_arms"}));
    let between = plain_variance() * (1.0 + 7.0 * 0.1);
    has_variance(&scenario, &[("alliance", between), ("ifc", between), ("interaction", 4.0 * between)]);
}

#[test]
fn partial_nesting_inflates_one_level_only() {
    let scenario = treated(json!({"n": 8, "icc": 0.1, "layout": "nested", "only_with": "enhanced"}));
    let expected = plain_variance() * (0.5 + 0.5 * (1.0 + 7.0 * 0.1));
    has_variance(&scenario, &[("alliance", expected)]);
    let trial = trial(&scenario, 0);
    let therapists = column(&trial, "therapist");
    assert!(of_arm(&trial, therapists, 0).is_empty() && of_arm(&trial, therapists, 1).is_empty());
    assert_eq!(of_arm(&trial, therapists, 3).len(), N as usize);
}

#[test]
fn a_style_that_works_differently_in_their_hands_limits_what_more_patients_tell() {
    let scenario = treated(json!({"n": 16, "icc": 0.1, "context_effect_sd": 4}));
    let expected = plain_variance() * 0.9 + 16.0 / 16.0;
    has_variance(&scenario, &[("alliance", expected), ("ifc", plain_variance() * 0.9)]);
}

#[test]
fn size_under_the_null_and_an_icc_go_together() {
    let null = with(
        treated(json!({"n": 16, "icc": 0.1, "layout": "nested"})),
        "/response/outcomes/pain/effects",
        json!({"alliance": 0, "ifc": 0, "interaction": 0}),
    );
    let result = run(&null, 20_000);
    let size = |estimand| value(&row(&result, "anova", estimand).power);
    // Patients taken for independent: too many false claims about what therapists are nested in.
    assert!(size("alliance") > 0.10, "{}", size("alliance"));
    assert!(size("ifc") < 0.05, "{}", size("ifc"));
    assert!(result.warnings.iter().any(|warning| warning.code == "clustered"));
}

/// The intraclass correlation within arms by analysis of variance, therapists of equal caseloads.
fn icc(values: &[f64], therapists: &[f64]) -> (f64, f64) {
    let count = therapists.iter().fold(0.0_f64, |most, &therapist| most.max(therapist)) as usize;
    let caseload = (values.len() / count) as f64;
    let mut sums = vec![0.0; count];
    for (value, &therapist) in values.iter().zip(therapists) {
        sums[therapist as usize - 1] += value;
    }
    let grand = mean(values);
    let between: f64 =
        sums.iter().map(|sum| caseload * (sum / caseload - grand).powi(2)).sum::<f64>() / (count - 1) as f64;
    let deviation =
        |(value, &therapist): (&f64, &f64)| (value - sums[therapist as usize - 1] / caseload).powi(2);
    let within: f64 =
        values.iter().zip(therapists).map(deviation).sum::<f64>() / (values.len() - count) as f64;
    let icc = (between - within) / (between + (caseload - 1.0) * within);
    // Donner & Koval 1980, Biometrics 36:19.
    let spread = (1.0 - icc) * (1.0 + (caseload - 1.0) * icc);
    (icc, spread * (2.0 / (caseload * (caseload - 1.0) * (count - 1) as f64)).sqrt())
}

#[test]
fn the_intraclass_correlation_is_the_stated_one_for_each_outcome_however_measured() {
    let two = with(
        with(
            pain(10_000),
            "/response/outcomes/ppt",
            json!({"arm_means": {"SL": 4, "AL": 4, "SE": 4, "AE": 4},
            "sd": 1.2, "baseline": {"mean": 4, "sd": 1.5, "correlation": 0.6}}),
        ),
        "/response/correlation",
        json!([{"between": ["pain", "ppt"], "value": -0.4}]),
    );
    let null =
        with(two, "/response/outcomes/pain/effects", json!({"alliance": 0, "ifc": 0, "interaction": 0}));
    let noisy = with(null, "/observation/instruments", json!({"pain": {"sem": 6}}));
    let scenario = with(noisy, "/design/therapists", json!({"n": 2000, "icc": {"pain": 0.05, "ppt": 0.12}}));
    let trial = trial(&scenario, 0);
    let therapists = column(&trial, "therapist");
    for (outcome, stated, spread) in [("pain", 0.05, SD), ("ppt", 0.12, 1.2)] {
        let values = column(&trial, outcome);
        let (found, error) = icc(values, therapists);
        near(found, stated, error);
        // Patients of one therapist are alike, so the SD is known less well than of as many alone.
        near(sd(values), spread, spread * (4.0 / 80_000_f64).sqrt());
    }
    let correlation = pearson(column(&trial, "pain"), column(&trial, "ppt"));
    near(correlation, -0.4, 0.84 * (2.0 / 40_000_f64).sqrt());
}

#[test]
fn abilities_are_perceived_by_all_patients_of_a_therapist() {
    let ability = json!({"fidelity": 0.9, "contamination": 0.1, "therapist_sd": 0.3, "residual_sd": 0.2});
    let scenario =
        with(with(pain(10_000), "/response/delivery", ability), "/design/therapists", json!({"n": 2000}));
    let trial = trial(&scenario, 0);
    let (found, error) = icc(column(&trial, "perceived_alliance"), column(&trial, "therapist"));
    near(found, 0.09 / 0.13, error);
}

#[test]
fn caseloads_have_the_stated_spread_and_arms_are_balanced_within_therapists() {
    let scenario = with(pain(10_000), "/design/therapists", json!({"n": 40, "caseload_cv": 0.5}));
    let trial = trial(&scenario, 0);
    let mut counts = vec![[0.0_f64; 4]; 40];
    for (&arm, &therapist) in trial.arms.iter().zip(column(&trial, "therapist")) {
        counts[therapist as usize - 1][arm] += 1.0;
    }
    let caseloads: Vec<f64> = counts.iter().map(|arms| arms.iter().sum()).collect();
    let spread = sd(&caseloads) * (39.0_f64 / 40.0).sqrt() / mean(&caseloads);
    assert!((spread - 0.5).abs() < 1e-3, "{spread}");
    for arms in counts {
        let (least, most) =
            arms.iter().fold((f64::MAX, 0.0_f64), |(low, high), &n| (low.min(n), high.max(n)));
        assert!(most - least <= 1.0, "{arms:?}");
    }
}

#[test]
fn a_therapist_count_and_a_caseload_give_the_sizes_of_the_arms() {
    let mut scenario = with(pain(9), "/design/therapists", json!({"n": 16, "icc": 0.05, "caseload": 10}));
    scenario["design"].as_object_mut().unwrap().remove("n_per_arm");
    let trial = trial(&scenario, 0);
    for arm in 0..4 {
        assert_eq!(trial.arms.iter().filter(|&&one| one == arm).count(), 40);
    }
    let therapists = column(&trial, "therapist");
    for number in 1..=16 {
        assert_eq!(therapists.iter().filter(|&&therapist| therapist == f64::from(number)).count(), 10);
    }
}

#[test]
fn therapists_change_nothing_about_the_patients_but_their_outcomes() {
    let (plain, shared) = (trial(&pain(N), 5), trial(&treated(json!({"n": 16, "icc": 0.1})), 5));
    assert_eq!(column(&plain, "pain_baseline"), column(&shared, "pain_baseline"));
    assert_ne!(column(&plain, "pain"), column(&shared, "pain"));
    let idle = trial(&treated(json!({"n": 16, "icc": 0})), 5);
    assert_eq!(column(&plain, "pain"), column(&idle, "pain"));
}
