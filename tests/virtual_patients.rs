//! Patients with more than normal variables: what is measured, lost, perceived and believed.
//!
//! Simulated quantities are compared with closed forms. Unless stated otherwise a comparison fails
//! beyond 5 standard errors, a false-alarm rate of 6e-7 each; seeds are fixed, so a failure is a
//! change of the program and not of luck.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::{Value, json};
use support::patients::*;
use trialliance::engine::{self, RunOptions};
use trialliance::result::{RunResult, TruthKind};
use trialliance::scenario;
use trialliance::stats::normal;

fn truth(result: &RunResult, estimand: &str) -> (f64, f64, TruthKind) {
    let row = result.results.iter().find(|row| row.estimand == estimand).unwrap();
    (row.truth.value, row.truth.mcse, row.truth.kind)
}

fn rating_scale() -> Value {
    json!({"pain": {"min": 0, "max": 100, "step": 10, "sem": 8}})
}

#[test]
fn a_trial_is_the_replicate_of_a_run() {
    let rounded = with(pain(12), "/observation/instruments", rating_scale());
    let lossy = with(rounded.clone(), "/observation/missing", json!([{"rate": 0.2}]));
    for scenario in [pain(12), rounded, lossy] {
        let result = run(&scenario, 2);
        let row = result.results.iter().find(|row| row.estimand == "alliance_at_sham").unwrap();
        let difference = |replicate| {
            let trial = trial(&scenario, replicate);
            let values = column(&trial, "pain");
            mean(&of_arm(&trial, values, 2)) - mean(&of_arm(&trial, values, 0))
        };
        let expected = (difference(0) + difference(1)) / 2.0;
        assert!((row.mean_estimate.value.unwrap() - expected).abs() < 1e-11);
    }
}

#[test]
fn a_feature_leaves_the_draws_of_the_others_alone() {
    let plain = trial(&pain(40), 3);
    let perceived = with(pain(40), "/response/delivery", json!({"residual_sd": 0.3}));
    let lossy = trial(&with(perceived.clone(), "/observation/missing", json!([{"rate": 0.2}])), 3);
    let perceived = trial(&perceived, 3);
    assert_eq!(plain.arms, perceived.arms);
    assert_eq!(column(&plain, "pain_baseline"), column(&lossy, "pain_baseline"));
    assert_ne!(column(&plain, "pain"), column(&perceived, "pain"));
    for (lost, kept) in column(&lossy, "pain").iter().zip(column(&perceived, "pain")) {
        assert!(lost.is_nan() || lost == kept);
    }
    let exact = trial(&with(pain(40), "/observation/instruments", json!({"pain": {"min": 0, "step": 1}})), 3);
    for (shown, value) in column(&exact, "pain").iter().zip(column(&plain, "pain")) {
        assert!((shown - value).abs() <= 0.5 || *shown == 0.0);
    }
}

#[test]
fn measurement_error_is_a_part_of_the_stated_spread() {
    let n = 50_000;
    let noisy = with(pain(n), "/observation/instruments", json!({"pain": {"sem": 9}}));
    let trial = trial(&noisy, 0);
    let (before, after) = (column(&trial, "pain_baseline"), column(&trial, "pain"));
    near(sd(before), 20.0, 20.0 / (2.0 * 4.0 * n as f64).sqrt());
    let (x, y) = (of_arm(&trial, before, 1), of_arm(&trial, after, 1));
    near(sd(&y), 16.0, 16.0 / (2.0 * n as f64).sqrt());
    let centre = mean(&y);
    let products: Vec<f64> = x.iter().zip(&y).map(|(x, y)| (x - 52.0) * (y - centre)).collect();
    near(mean(&products) / (20.0 * 16.0), 0.5, (1.0 - 0.25) / (n as f64).sqrt());
}

/// Mean of a normal value on a scale: Σ over steps of its share, by the normal distribution function.
fn mean_on_scale(mean: f64, sd: f64) -> f64 {
    (1..=10).map(|step| 10.0 * normal::sf((10.0 * f64::from(step) - 5.0 - mean) / sd)).sum()
}

#[test]
fn the_truth_on_a_rating_scale_is_that_of_the_normal_distribution() {
    let result = run(&with(pain(20), "/observation/instruments", rating_scale()), 2);
    let means = [42.0, 42.0 - 8.0, 42.0 - 11.9, 42.0 - 21.1].map(|mean| mean_on_scale(mean, 16.0));
    for (estimand, expected) in [
        ("alliance", (means[2] + means[3] - means[0] - means[1]) / 2.0),
        ("interaction", means[3] - means[2] - means[1] + means[0]),
        ("joint", means[3] - means[0]),
    ] {
        let (value, mcse, kind) = truth(&result, estimand);
        assert_eq!(kind, TruthKind::Simulated);
        near(value, expected, mcse);
    }
    let row = &result.results[0];
    assert_eq!(row.truth.latent, -12.5);
    assert!(row.exact_power.is_none() && row.closed_form.why.contains("/observation/instruments"));
}

#[test]
fn shares_of_missing_values_are_the_stated_ones() {
    let n = 50_000;
    let reasons = [
        json!({"rate": 0.12}),
        json!({"rate": 0.12, "mechanism": "mar", "depends_on": "pain_baseline", "correlation": 0.4}),
        json!({"rate": 0.12, "mechanism": "mnar", "depends_on": "pain", "correlation": -0.6}),
        json!({"rate": {"SL": 0.3, "AL": 0.1, "SE": 0.2, "AE": 0}}),
    ];
    for (number, reason) in reasons.into_iter().enumerate() {
        let trial = trial(&with(pain(n), "/observation/missing", json!([reason])), 0);
        for arm in 0..4 {
            let expected = if number == 3 { [0.3, 0.1, 0.2, 0.0][arm] } else { 0.12 };
            let share = 1.0 - of_arm(&trial, column(&trial, "pain"), arm).len() as f64 / n as f64;
            near(share, expected, (expected * (1.0 - expected) / n as f64).sqrt().max(1e-12));
        }
        // Who is lost: a value above the mean of the variable on which it depends is lost more
        // often with a positive correlation, less often with a negative one.
        let on = if number == 2 { "pain_if_sl" } else { "pain_baseline" };
        let lost: Vec<f64> = (column(&trial, on).iter().zip(column(&trial, "pain")).zip(&trial.arms))
            .filter(|((_, pain), arm)| pain.is_nan() && **arm == 0)
            .map(|((value, _), _)| *value)
            .collect();
        // Mean of a normal variable given a correlated one beyond its upper 12 %: r φ(z)/.12.
        let beyond = normal::density(normal::isf(0.12)) / 0.12;
        let (centre, spread) = if number == 2 { (42.0, 16.0) } else { (52.0, 20.0) };
        let expected = centre + [0.0, 0.4, -0.6, 0.0][number] * spread * beyond;
        near(mean(&lost), expected, spread / (lost.len() as f64).sqrt());
    }
}

/// Share of patients in whom pain is missing, by arm.
fn lost(scenario: &Value) -> [f64; 4] {
    let trial = trial(scenario, 0);
    let pain = column(&trial, "pain");
    std::array::from_fn(|arm| {
        let all = trial.arms.iter().filter(|one| **one == arm).count() as f64;
        1.0 - of_arm(&trial, pain, arm).len() as f64 / all
    })
}

#[test]
fn shares_are_the_stated_ones_whatever_the_law_of_what_they_depend_on() {
    let n = 25_000;
    let ceiling = |baseline: &str, eligibility: Value| {
        let mut scenario = pain(n);
        scenario["response"]["outcomes"]["pain"] = json!({"better": "lower", "control_mean": 6,
            "effects": {"alliance": 1, "ifc": 1, "interaction": 0}, "sd": 2,
            "baseline": {"mean": 8.5, "sd": 2, "correlation": 0.5}});
        scenario["observation"] = json!({"instruments": {"pain": {"min": 0, "max": 10, "step": 1}},
            "missing": [{"rate": {"SL": 0.2, "AL": 0.05, "SE": 0.2, "AE": 0.5}, "mechanism": "mar",
                         "depends_on": baseline, "correlation": 0.7}]});
        scenario["cohort"] = eligibility;
        scenario
    };
    let covariate = |covariate: Value| {
        let reason = json!([{"rate": {"SL": 0.2, "AL": 0.05, "SE": 0.2, "AE": 0.5}, "mechanism": "mar",
                             "depends_on": "x", "correlation": 0.7}]);
        with(with(pain(n), "/cohort", json!({"covariates": [covariate]})), "/observation/missing", reason)
    };
    let log_normal = json!({"id": "x", "law": "log_normal", "mean": 8, "sd": 8});
    let levels = json!({"id": "x", "law": "categorical", "levels": {"a": 0.85, "b": 0.15}});
    let pilot = json!({"id": "x", "law": "pilot", "values": [0, 0, 0, 0, 0, 0, 0, 1, 2, 9]});
    let screened = json!({"of": "screened", "eligibility": [{"variable": "pain_baseline", "at_least": 8}]});
    let enrolled = json!({"covariates": [{"id": "x", "mean": 55, "sd": 8}],
                          "eligibility": [{"variable": "x", "at_least": 40}]});
    let selected = with(covariate(json!({"id": "x"})), "/cohort", enrolled);
    let cases = [
        ("a scale that ends", ceiling("pain_baseline", json!({}))),
        ("a log-normal covariate", covariate(log_normal)),
        ("levels", covariate(levels)),
        ("a pilot's values", covariate(pilot)),
        ("screened patients", ceiling("pain_baseline", screened)),
        ("enrolled patients", selected),
    ];
    for (what, scenario) in cases {
        for (arm, (share, rate)) in lost(&scenario).into_iter().zip([0.2, 0.05, 0.2, 0.5]).enumerate() {
            // What is simulated of the law comes from 65,536 patients.
            let of_law = 1.0 / 65_536.0;
            let error = (rate * (1.0 - rate) * (1.0 / n as f64 + of_law)).sqrt();
            assert!((share - rate).abs() < FAR * error, "{what}, arm {arm}: {share} for {rate}");
        }
    }
}

#[test]
fn shares_that_depend_on_an_outcome_that_is_not_normal_are_the_stated_ones() {
    let n = 25_000;
    let reason = json!([{"rate": 0.2, "mechanism": "mnar", "depends_on": "pain", "correlation": 0.8}]);
    let missing = |scenario: Value| with(scenario, "/observation/missing", reason.clone());
    let rescue = json!([{"id": "rescue", "rate": 0.4, "depends_on": "pain", "correlation": 0.9,
                         "benefits": {"pain": 60}}]);
    let tails = with(pain(n), "/response/outcomes/pain/residual_shape", json!({"skewness": 4}));
    let tails = with(tails, "/response/outcomes/pain/baseline/correlation", json!(0.1));
    let skewed_event = with(missing(tails.clone()), "/observation/events", rescue.clone());
    let believed = with(pain(n), "/response/outcomes/pain/belief_effect", json!(60));
    let believed = with(believed, "/response/blinding", json!({"believe_treated": 0.1}));
    let cases = [
        ("a skewed outcome", missing(tails)),
        ("rescue medication", with(missing(pain(n)), "/observation/events", rescue)),
        ("both", skewed_event),
        ("belief", missing(believed)),
    ];
    for (what, scenario) in cases {
        let error = (0.2 * 0.8 * (1.0 / n as f64 + 1.0 / 65_536.0_f64)).sqrt();
        for (arm, share) in lost(&scenario).into_iter().enumerate() {
            assert!((share - 0.2).abs() < FAR * error, "{what}, arm {arm}: {share}");
        }
        let trial = trial(&scenario, 0);
        if trial.hidden.iter().chain(&trial.recorded).any(|column| column.name == "rescue") {
            let happens = mean(column(&trial, "rescue"));
            near(happens, 0.4, (0.24 * (0.25 / n as f64 + 1.0 / 65_536.0_f64)).sqrt());
        }
    }
}

#[test]
fn events_change_the_truth_as_their_strategy_says() {
    let event = |strategy: &str| {
        let mut event = json!({"id": "rescue", "rate": {"SL": 0.3, "AL": 0, "SE": 0, "AE": 0},
            "benefits": {"pain": 10}, "strategy": strategy});
        if strategy == "composite" {
            event["composite_values"] = json!({"pain": 100});
        }
        run(&with(pain(200), "/observation/events", json!([event])), 2_000)
    };
    // Rescue medication lowers pain by 10 in 30 % of the control arm.
    let policy = event("treatment_policy");
    let (value, mcse, _) = truth(&policy, "alliance_at_sham");
    near(value, -11.9 + 3.0, mcse);
    let composite = event("composite");
    let (value, mcse, _) = truth(&composite, "alliance_at_sham");
    near(value, -11.9 - 0.3 * (100.0 - 42.0), mcse);
    let hypothetical = event("hypothetical");
    assert_eq!(truth(&hypothetical, "alliance_at_sham"), (-11.9, 0.0, TruthKind::Exact));
    for result in [policy, composite, hypothetical] {
        for row in result.results.iter().filter(|row| row.analysis == "anova") {
            near(row.bias.value.unwrap(), 0.0, row.bias.mcse.unwrap());
        }
    }
}

#[test]
fn a_stopped_treatment_loses_its_effect() {
    let stopped = json!([{"id": "stopped", "rate": 0.25, "effect_lost": 1}]);
    let result = run(&with(pain(50), "/observation/events", stopped), 2);
    let (value, mcse, _) = truth(&result, "joint");
    near(value, -21.1 * 0.75, mcse);
}

#[test]
fn an_effect_of_delivery_shrinks_with_fidelity_and_contamination() {
    let delivery =
        json!({"fidelity": 0.8, "contamination": 0.1, "disposition_sd": 0.3, "effect_of": "delivery"});
    let mut scenario = with(pain(50_000), "/response/delivery", delivery);
    scenario = with(
        scenario,
        "/response/outcomes/pain/effects",
        json!({"alliance_at_sham": 20, "ifc_at_limited": 8, "synergy": 4}),
    );
    let result = run(
        &with(scenario.clone(), "/design/n_per_arm", json!({"SL": 20, "AL": 20, "SE": 20, "AE": 20})),
        4_000,
    );
    for (estimand, expected) in
        [("alliance_at_sham", -14.0), ("alliance_at_active", -16.8), ("ifc_at_limited", -8.4)]
    {
        let (value, mcse, kind) = truth(&result, estimand);
        assert_eq!((mcse, kind), (0.0, TruthKind::Exact));
        assert!((value - expected).abs() < 1e-12, "{estimand} {value}");
        let row = result.results.iter().find(|row| row.estimand == estimand).unwrap();
        near(row.bias.value.unwrap(), 0.0, row.bias.mcse.unwrap());
    }
    // 20·.3 on top of the SD of 16 with sham, 24·.3 with the current.
    let trial = trial(&scenario, 0);
    for (arm, extra) in [(0, 6.0), (1, 7.2), (2, 6.0), (3, 7.2_f64)] {
        let expected = (256.0 + extra * extra).sqrt();
        let error = expected / (2.0 * 50_000.0_f64).sqrt();
        near(sd(&of_arm(&trial, column(&trial, "pain"), arm)), expected, error);
    }
}

#[test]
fn effects_that_differ_between_patients_keep_their_mean_and_widen_their_arms() {
    let n = 50_000;
    let mut scenario = with(pain(n), "/response/outcomes/pain/effect_sd", json!({"ifc": 9}));
    scenario["response"]["outcomes"]["pain"]["moderators"] = json!({"alliance": {"pain_baseline": 0.5}});
    let trial = trial(&scenario, 0);
    let pain = column(&trial, "pain");
    for (arm, expected) in [(0, 42.0), (1, 34.0), (2, 30.1), (3, 20.9)] {
        near(mean(&of_arm(&trial, pain, arm)), expected, 20.0 / (n as f64).sqrt());
    }
    near(sd(&of_arm(&trial, pain, 0)), 16.0, 16.0 / (2.0 * n as f64).sqrt());
    near(sd(&of_arm(&trial, pain, 1)), (256.0_f64 + 81.0).sqrt(), 18.4 / (2.0 * n as f64).sqrt());
    // The benefit of the context rises by half of it for each SD of the baseline.
    let (limited, enhanced) = (column(&trial, "pain_if_sl"), column(&trial, "pain_if_se"));
    for ((baseline, limited), enhanced) in column(&trial, "pain_baseline").iter().zip(limited).zip(enhanced) {
        let expected = 11.9 * (1.0 + 0.5 * (baseline - 52.0) / 20.0);
        assert!((limited - enhanced - expected).abs() < 1e-10);
    }
}

#[test]
fn an_effect_moderated_by_a_bounded_measure_has_no_exact_truth() {
    // Half of the patients are at the ceiling of the moderator, so its mean lies below the
    // stated one by 1 ÷ √(2π) of its SD, which is −E[min(Z, 0)].
    let mut scenario = pain(20);
    scenario["response"]["outcomes"]["ppt"] = json!({"better": "higher",
        "arm_means": {"SL": 4, "AL": 4, "SE": 4, "AE": 4}, "sd": 1,
        "baseline": {"mean": 4, "sd": 1, "correlation": 0.5}});
    scenario["response"]["outcomes"]["pain"]["moderators"] = json!({"ifc": {"ppt_baseline": 0.5}});
    scenario["observation"]["instruments"] = json!({"ppt": {"max": 4}});
    let (value, mcse, kind) = truth(&run(&scenario, 2), "ifc_at_limited");
    assert_eq!(kind, TruthKind::Simulated);
    near(value, -8.0 * (1.0 - 0.5 / (2.0 * std::f64::consts::PI).sqrt()), mcse);
}

#[test]
fn a_belief_comes_on_top_of_the_effects() {
    let mut scenario = with(
        pain(50_000),
        "/response/blinding",
        json!({"believe_treated": {"SL": 0.4, "AL": 0.7, "SE": 0.4, "AE": 0.9}}),
    );
    scenario["response"]["outcomes"]["pain"]["belief_effect"] = json!(10);
    let small = with(scenario.clone(), "/design/n_per_arm", json!({"SL": 9, "AL": 9, "SE": 9, "AE": 9}));
    let (value, _, _) = truth(&run(&small, 2), "ifc");
    assert!((value + 8.6 + (3.0 + 5.0) / 2.0).abs() < 1e-12, "{value}");
    let trial = trial(&scenario, 0);
    let active = of_arm(&trial, column(&trial, "pain"), 1);
    near(mean(&active), 42.0 - 8.0 - 3.0, 16.7 / 50_000.0_f64.sqrt());
    near(sd(&active), (256.0_f64 + 21.0).sqrt(), 16.7 / 100_000.0_f64.sqrt());
}

#[test]
fn the_size_of_the_tests_holds_on_a_rating_scale_with_losses() {
    let mut scenario = with(pain(60), "/observation/instruments", rating_scale());
    scenario["observation"]["missing"] = json!([{"rate": 0.15}]);
    scenario["response"]["outcomes"]["pain"]["effects"] = json!({"alliance": 0, "ifc": 0, "interaction": 0});
    let result = run(&scenario, 20_000);
    for row in &result.results {
        assert_eq!((row.truth.value, row.failures), (0.0, 0));
        near(row.power.value.unwrap(), 0.05, (0.05 * 0.95 / 20_000.0_f64).sqrt());
        near(row.coverage.value.unwrap(), 0.95, (0.05 * 0.95 / 20_000.0_f64).sqrt());
    }
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let text = trialliance::scenario::library::find("confirmatory").unwrap().text;
    let scenario = scenario::read(text, "confirmatory", &[]).unwrap();
    let of = |threads| {
        let options = RunOptions { replicates: 700, threads: Some(threads), ..RunOptions::default() };
        serde_json::to_string(&engine::run(&scenario, &options, &mut |_| {}).unwrap()).unwrap()
    };
    assert_eq!(of(1), of(3));
}
