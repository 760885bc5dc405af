//! Covariates of every law, and what they correlate with, in whole trials.
//!
//! Unless stated otherwise a comparison fails beyond 5 standard errors, a false-alarm rate of 6e-7
//! each; seeds are fixed. The laws themselves are tested where they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::{Value, json};
use support::patients::*;
use trialliance::engine::Trial;
use trialliance::result::TruthKind;

/// Patients in each arm, and in all.
const N: u64 = 10_000;
const ALL: f64 = 4.0 * N as f64;

fn cohort(n: u64) -> Value {
    with(
        pain(n),
        "/cohort",
        json!({
            "covariates": [
                {"id": "age", "mean": 48, "sd": 12},
                {"id": "pcs", "law": "beta", "mean": 17, "sd": 10, "min": 0, "max": 52},
                {"id": "months", "law": "log_normal", "mean": 40, "sd": 50, "min": 3},
                {"id": "fear", "law": "gamma", "mean": 14, "sd": 8},
                {"id": "threshold", "law": "truncated_normal", "mean": 4.5, "sd": 1.8, "min": 0},
                {"id": "risk", "law": "categorical", "levels": {"low": 0.31, "medium": 0.40, "high": 0.29}},
                {"id": "visits", "law": "empirical", "values": [0, 1, 1, 2, 2, 3, 5, 8, 14]}],
            "correlation": [
                {"between": ["age", "months"], "value": 0.3},
                {"between": ["pcs", "fear"], "value": 0.5},
                {"between": ["pcs", "risk"], "value": 0.55},
                {"between": ["fear", "risk"], "value": 0.4},
                {"between": ["visits", "months"], "value": 0.25},
                {"between": ["pcs", "pain_baseline"], "value": 0.3},
                {"between": ["risk", "pain_baseline"], "value": 0.35},
                {"between": ["threshold", "pain_baseline"], "value": -0.2}]}),
    )
}

fn correlation(trial: &Trial, one: &str, other: &str) -> f64 {
    pearson(column(trial, one), column(trial, other))
}

#[test]
fn every_law_has_its_moments_and_every_pair_its_correlation() {
    let scenario = cohort(N);
    let trial = trial(&scenario, 0);
    for (name, expected, spread, tails) in [
        ("age", 48.0, 12.0, 1.0),
        ("pcs", 17.0, 10.0, 1.0),
        ("months", 40.0, 50.0, 8.0),
        ("fear", 14.0, 8.0, 1.6),
        ("threshold", 4.5, 1.8, 1.0),
        ("risk", 0.98, 0.774_338_4, 1.0),
        ("visits", 4.0, 4.242_640_7, 1.6),
    ] {
        let values = column(&trial, name);
        near(mean(values), expected, spread / ALL.sqrt());
        // The standard error of an SD is SD·√((kurtosis − 1) ÷ 4n); `tails` is √((kurtosis − 1) ÷ 2),
        // or more.
        near(sd(values), spread, tails * spread / (2.0 * ALL).sqrt());
    }
    for entry in scenario["cohort"]["correlation"].as_array().unwrap() {
        let names: Vec<&str> =
            entry["between"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        // Heavy tails make correlations less certain: three times as much is allowed for the log-normal.
        let tails = if names.contains(&"months") { 3.0 } else { 1.3 };
        near(correlation(&trial, names[0], names[1]), entry["value"].as_f64().unwrap(), tails / ALL.sqrt());
    }
    near(correlation(&trial, "age", "fear"), 0.0, 1.0 / ALL.sqrt());
    let (low, high) =
        column(&trial, "pcs").iter().fold((f64::MAX, 0.0_f64), |(l, h), &x| (l.min(x), h.max(x)));
    assert!(low >= 0.0 && high <= 52.0, "{low} {high}");
    assert!(column(&trial, "threshold").iter().all(|&value| value >= 0.0));
}

#[test]
fn spearman_s_scale_is_that_of_ranks() {
    let mut scenario = cohort(N);
    scenario["cohort"]["correlation_scale"] = json!("spearman");
    let trial = trial(&scenario, 0);
    let ranks = |name: &str| {
        let values = column(&trial, name);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let mut ranks = vec![0.0; values.len()];
        let mut start = 0;
        while start < order.len() {
            let same = order[start..].iter().take_while(|&&k| values[k] == values[order[start]]).count();
            let middle = start as f64 + (same - 1) as f64 / 2.0;
            order[start..start + same].iter().for_each(|&k| ranks[k] = middle);
            start += same;
        }
        ranks
    };
    for (one, other, expected) in [("age", "months", 0.3), ("pcs", "risk", 0.55), ("visits", "months", 0.25)]
    {
        let (x, y) = (ranks(one), ranks(other));
        near(pearson(&x, &y), expected, 1.3 / ALL.sqrt());
    }
}

#[test]
fn effects_are_larger_in_some_groups_and_on_average_as_stated() {
    let moderated = with(
        cohort(N),
        "/response/outcomes/pain/moderators",
        json!({"alliance": {"risk": {"low": -0.5, "medium": 0.0625, "high": 0.448_275_862_068_965_5}, "pcs": 0.2}}),
    );
    let (alliance, mcse, kind) = {
        let result = run(&moderated, 1);
        let row = result.results.iter().find(|row| row.estimand == "alliance_at_sham").unwrap();
        (row.truth.value, row.truth.mcse, row.truth.kind)
    };
    assert_eq!((alliance, mcse, kind), (-11.9, 0.0, TruthKind::Exact));
    let trial = trial(&moderated, 0);
    let (risk, pcs) = (column(&trial, "risk"), column(&trial, "pcs"));
    let benefit: Vec<f64> =
        column(&trial, "pain_if_sl").iter().zip(column(&trial, "pain_if_se")).map(|(s, e)| s - e).collect();
    for patient in 0..100 {
        let by_level = [-0.5, 0.0625, 0.448_275_862_068_965_5][risk[patient] as usize];
        let expected = 11.9 * (1.0 + by_level + 0.2 * (pcs[patient] - 17.0) / 10.0);
        assert!((benefit[patient] - expected).abs() < 1e-9, "{} for {expected}", benefit[patient]);
    }
    near(mean(&benefit), 11.9, sd(&benefit) / ALL.sqrt());
}

#[test]
fn levels_are_written_by_name_and_strata_balance_them() {
    let mut scenario = cohort(40);
    let design = scenario["design"].as_object_mut().unwrap();
    design.remove("n_per_arm");
    design.insert("n_total".to_owned(), json!(160));
    design
        .insert("assignment".to_owned(), json!({"method": "blocks", "block_sizes": [4], "strata": ["risk"]}));
    let trial = trial(&scenario, 0);
    let risk = trial.recorded.iter().find(|column| column.name == "risk").unwrap();
    assert_eq!(risk.levels.as_deref().unwrap(), ["low", "medium", "high"]);
    for level in 0..3 {
        let of_level = |arm: usize| {
            trial.arms.iter().zip(&risk.values).filter(|(a, r)| **a == arm && **r == f64::from(level)).count()
        };
        let counts: Vec<usize> = (0..4).map(of_level).collect();
        assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
    }
}

#[test]
fn a_law_leaves_the_draws_of_the_others_alone() {
    let mut plain = cohort(50);
    plain["cohort"]["correlation"] = json!([]);
    let mut skewed = plain.clone();
    skewed["cohort"]["covariates"][0] = json!({"id": "age", "law": "gamma", "mean": 48, "sd": 12});
    let (plain, skewed) = (trial(&plain, 2), trial(&skewed, 2));
    assert_ne!(column(&plain, "age"), column(&skewed, "age"));
    for name in ["pcs", "months", "risk", "pain_baseline", "pain"] {
        assert_eq!(column(&plain, name), column(&skewed, name), "{name}");
    }
}

/// Twelve patients of a pilot: the older, the more pain, with one who does not fit.
fn pilot() -> Value {
    let mut scenario = pain(N);
    scenario["cohort"] = json!({
        "covariates": [
            {"id": "bmi", "mean": 27, "sd": 4},
            {"id": "age", "law": "pilot", "values": [31, 35, 38, 42, 44, 47, 51, 55, 58, 63, 70, 74]},
            {"id": "pain0", "law": "pilot", "values": [30, 42, 35, 50, 48, 55, 52, 60, 58, 70, 66, 20]}],
        "correlation": [{"between": ["bmi", "age"], "value": 0.3}]});
    scenario["response"]["outcomes"]["pain"]["baseline"] = json!({"covariate": "pain0", "correlation": 0.5});
    scenario["response"]["correlation"] = json!([{"between": ["age", "pain"], "value": 0.25}]);
    scenario
}

#[test]
fn rows_of_a_pilot_are_drawn_whole_and_outcomes_hang_on_them() {
    let trial = trial(&pilot(), 0);
    let (ages, pains) = (column(&trial, "age"), column(&trial, "pain0"));
    let rows: std::collections::BTreeSet<(i64, i64)> =
        ages.iter().zip(pains).map(|(age, pain)| (*age as i64, *pain as i64)).collect();
    assert_eq!(rows.len(), 12);
    assert!(rows.contains(&(74, 20)) && rows.contains(&(31, 30)));
    for row in rows {
        let share =
            ages.iter().zip(pains).filter(|(a, p)| (**a as i64, **p as i64) == row).count() as f64 / ALL;
        near(share, 1.0 / 12.0, (11.0 / 144.0 / ALL).sqrt());
    }
    let outcome = of_arm(&trial, column(&trial, "pain"), 0);
    near(mean(&outcome), 42.0, 16.0 / (N as f64).sqrt());
    near(sd(&outcome), 16.0, 16.0 / (2.0 * N as f64).sqrt());
    near(correlation(&trial, "bmi", "age"), 0.3, 0.91 / ALL.sqrt());
    let with_outcome = |one: &str| {
        pearson(&of_arm(&trial, column(&trial, one), 0), &of_arm(&trial, column(&trial, "pain"), 0))
    };
    near(with_outcome("pain0"), 0.5, 0.75 / (N as f64).sqrt());
    near(with_outcome("age"), 0.25, 0.94 / (N as f64).sqrt());
}

#[test]
fn a_pilot_can_be_screened() {
    let mut scenario = pilot();
    scenario["cohort"]["of"] = json!("screened");
    scenario["cohort"]["eligibility"] = json!([{"variable": "pain_baseline", "at_least": 40}]);
    let trial = trial(&scenario, 0);
    assert!(column(&trial, "pain0").iter().all(|&value| value >= 40.0));
    assert!(!column(&trial, "age").contains(&74.0) && column(&trial, "age").contains(&35.0));
}
