//! Effects that depend on a covariate, and the analysis that looks for it.
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
use support::{ENGINES, row, simulate, value};
use trialliance::engine::{self, Trial};
use trialliance::estimand::{ARMS, WEIGHTS, estimands};
use trialliance::result::{ClosedFormKind, RunResult, TruthKind};
use trialliance::stats::cholesky;

const REPLICATES: u64 = 20_000;
const N: u64 = 40;

/// The alliance's effect at sham, 11.9 mm, is 30 % larger for each SD of the baseline, 20 mm; what
/// both do together, 1.2 mm, is doubled.
fn by_baseline() -> Value {
    let scenario = with(
        pain(N),
        "/response/outcomes/pain/moderators",
        json!({"alliance": {"pain_baseline": 0.3}, "synergy": {"pain_baseline": 1}}),
    );
    with(scenario, "/analyses", json!([{"method": "moderation", "outcome": "pain", "moderator": "baseline"}]))
}

/// Benefit per mm of baseline of the alliance at sham, and of both beyond their sum.
const CONTEXT: f64 = 0.3 * 11.9 / 20.0;
const SYNERGY: f64 = 1.2 / 20.0;

/// What the estimands are, lower values being better.
const TRUTHS: [f64; 8] = [
    -(CONTEXT + SYNERGY / 2.0),
    -SYNERGY / 2.0,
    -SYNERGY,
    -CONTEXT,
    -(CONTEXT + SYNERGY),
    0.0,
    -SYNERGY,
    -(CONTEXT + SYNERGY),
];

fn names(moderator: &str) -> Vec<String> {
    let scenario = read(&pain(2));
    estimands(&scenario.factors).iter().map(|one| format!("{}_by_{moderator}", one.id)).collect()
}

#[test]
fn slopes_are_found_as_stated_with_the_error_that_they_should_have() {
    let result = run(&by_baseline(), REPLICATES);
    assert_eq!(result.analyses["moderation"].moderator.as_deref(), Some("pain_baseline"));
    assert_eq!(result.results.len(), 8);
    for ((name, truth), weights) in names("baseline").iter().zip(TRUTHS).zip(WEIGHTS) {
        let row = row(&result, "moderation", name);
        assert!((row.truth.value - truth).abs() < 1e-15 && row.truth.kind == TruthKind::Exact, "{row:?}");
        near(value(&row.bias), 0.0, row.bias.mcse.unwrap());
        near(value(&row.coverage), 0.95, (0.05 * 0.95 / REPLICATES as f64).sqrt());
        // Given the baselines a slope varies by σ² ÷ Σ(x − x̄)², on average by σ² ÷ (τ²(n − 3)), with
        // σ² = 16²(1 − .5²) left and τ = 20.
        let squared = weights.iter().map(|weight| weight * weight).sum::<f64>();
        let expected = squared * 192.0 / (400.0 * (N - 3) as f64);
        let se = value(&row.empirical_se);
        // Slopes have heavier tails than a normal distribution.
        near(se * se, expected, expected * (2.3 / REPLICATES as f64).sqrt());
        let model = value(&row.model_se);
        near(model * model, expected, expected * 0.002);
        assert!(row.effect_size.hedges_g.value.is_none() && row.effect_size.hedges_g.why.is_some());
    }
}

/// A limit that nobody reaches makes the program simulate what it could have worked out.
#[test]
fn the_simulated_truth_is_the_exact_one() {
    let far = json!({"pain": {"min": -1e6, "max": 1e6}});
    let result = run(&with(by_baseline(), "/observation/instruments", far), 2);
    for (name, truth) in names("baseline").iter().zip(TRUTHS) {
        let row = row(&result, "moderation", name);
        if truth == 0.0 {
            // The current's effect at the limited alliance is the same in everybody.
            assert_eq!((row.truth.value, row.truth.kind), (0.0, TruthKind::Exact), "{name}");
        } else {
            assert_eq!(row.truth.kind, TruthKind::Simulated);
            near(row.truth.value, truth, row.truth.mcse.max(1e-12));
        }
        assert!((row.truth.latent - truth).abs() < 1e-15);
    }
}

/// Three levels of a covariate, with and without effects that go with them.
fn by_group(moderators: &Value) -> Value {
    let mut scenario = with(
        pain(20),
        "/cohort",
        json!({"covariates": [
            {"id": "group", "law": "categorical", "levels": {"low": 0.3, "middle": 0.4, "high": 0.3}},
            {"id": "age", "law": "normal", "mean": 45, "sd": 12}]}),
    );
    scenario["response"]["outcomes"]["pain"]["moderators"] = moderators.clone();
    with(
        scenario,
        "/analyses",
        json!([
            {"method": "moderation", "id": "by", "outcome": "pain", "moderator": "group", "covariates": ["age", "baseline"]},
            {"method": "moderation", "id": "alone", "outcome": "pain", "moderator": "age", "covariates": []},
            {"method": "ancova", "outcome": "pain", "covariates": ["group", "baseline"]}
        ]),
    )
}

#[test]
fn levels_are_held_against_the_first() {
    let result = run(
        &by_group(&json!({"alliance": {"group": {"low": -0.4, "middle": 0.1, "high": 0.26666666666666666}}})),
        4000,
    );
    for (level, rise) in [("middle", 0.5), ("high", 0.4 + 0.26666666666666666)] {
        let name = |estimand: &str| format!("{estimand}_by_group_{level}");
        let truth = row(&result, "by", &name("alliance")).truth.value;
        assert!((truth + rise * 11.9).abs() < 1e-12, "{truth}");
        assert_eq!(row(&result, "by", &name("ifc")).truth.value, 0.0);
        let row = row(&result, "by", &name("alliance"));
        near(value(&row.bias), 0.0, row.bias.mcse.unwrap());
        // With about six patients in a cell none is sometimes missing: then nothing can be told.
        assert!(row.failures < 400, "{}", row.failures);
        near(value(&row.coverage), 0.95, 0.0036);
    }
    assert_eq!(result.results.len(), 16 + 8 + 8);
    assert!(
        result.estimands["alliance_by_group_high"].starts_with("change, from group low to high, of: main")
    );
}

/// Least squares on the whole design matrix: slopes in the order of its columns.
fn least_squares(columns: &[Vec<f64>], outcome: &[f64]) -> Vec<f64> {
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let cross: Vec<Vec<f64>> =
        columns.iter().map(|x| columns.iter().map(|y| product(x, y)).collect()).collect();
    let right: Vec<f64> = columns.iter().map(|x| product(x, outcome)).collect();
    cholesky::solve(&cross, &right).unwrap()
}

fn arm_columns(trial: &Trial) -> Vec<Vec<f64>> {
    (0..ARMS).map(|arm| trial.arms.iter().map(|&one| f64::from(u8::from(one == arm))).collect()).collect()
}

fn times(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(x, y)| x * y).collect()
}

/// From the patients that a data manager would hand over to the numbers of the report.
#[test]
fn the_run_s_estimates_are_those_of_its_patients() {
    let scenario =
        by_group(&json!({"alliance": {"group": {"low": -0.4, "middle": 0.1, "high": 0.26666666666666666}}}));
    let result = run(&scenario, 2);
    let mut sums = vec![[0.0; 3]; WEIGHTS.len()];
    for replicate in 0..2 {
        let trial = trial(&scenario, replicate);
        let (pain, group) = (column(&trial, "pain"), column(&trial, "group"));
        let level =
            |level: f64| group.iter().map(|&one| f64::from(u8::from(one == level))).collect::<Vec<_>>();
        let (second, third) = (level(1.0), level(2.0));
        let arms = arm_columns(&trial);
        let [age, baseline] = ["age", "pain_baseline"].map(|name| column(&trial, name).to_vec());
        let mut design = arms.clone();
        design.extend(arms.iter().map(|arm| times(arm, &second)));
        design.extend(arms.iter().map(|arm| times(arm, &third)));
        design.extend([age.clone(), baseline.clone()]);
        let by = least_squares(&design, pain);
        let mut design = arms.clone();
        design.extend(arms.iter().map(|arm| times(arm, &age)));
        let alone = least_squares(&design, pain);
        let mut design = arms.clone();
        design.extend([second, third, baseline]);
        let adjusted = least_squares(&design, pain);
        for (sums, weights) in sums.iter_mut().zip(WEIGHTS) {
            let contrast = |slopes: &[f64]| weights.iter().zip(slopes).map(|(w, b)| w * b).sum::<f64>();
            sums[0] += contrast(&by[8..12]);
            sums[1] += contrast(&alone[4..8]);
            sums[2] += contrast(&adjusted[..4]);
        }
    }
    let scenario = read(&scenario);
    for (estimand, [by, alone, adjusted]) in estimands(&scenario.factors).iter().zip(sums) {
        let of = |analysis: &str, suffix: &str| {
            2.0 * value(&row(&result, analysis, &format!("{}{suffix}", estimand.id)).mean_estimate)
        };
        for (ours, theirs) in
            [(of("by", "_by_group_high"), by), (of("alone", "_by_age"), alone), (of("ancova", ""), adjusted)]
        {
            assert!((ours - theirs).abs() < 1e-9 * theirs.abs().max(1.0), "{}: {ours} {theirs}", estimand.id);
        }
    }
}

fn two_engines(sd: Value) -> [RunResult; 2] {
    let mut scenario = with(pain(30), "/response/outcomes/pain/sd", sd);
    scenario["cohort"] = json!({"covariates": [{"id": "age", "law": "normal", "mean": 45, "sd": 12}]});
    scenario["response"]["correlation"] = json!([{"between": ["age", "pain"], "value": 0.4}]);
    scenario["analyses"] = json!([
        {"method": "moderation", "outcome": "pain", "moderator": "age"},
        {"method": "welch", "outcome": "pain"}]);
    ENGINES.map(|engine| simulate(&read(&scenario), engine, 7, REPLICATES))
}

#[test]
fn without_moderation_the_test_keeps_its_level_in_both_engines() {
    let [patients, statistics] = two_engines(json!(16));
    assert_eq!((patients.engine.as_str(), statistics.engine.as_str()), ("patients", "statistics"));
    for name in names("age") {
        let [one, other] = [&patients, &statistics].map(|result| row(result, "moderation", &name));
        for row in [one, other] {
            assert_eq!((row.truth.value, row.truth.kind), (0.0, TruthKind::Exact));
            assert_eq!((row.exact_power, row.closed_form.kind), (Some(0.05), ClosedFormKind::Exact));
            assert!(row.closed_form_difference_in_mcse.unwrap().abs() < FAR, "{name}");
            near(value(&row.bias), 0.0, row.bias.mcse.unwrap());
        }
        let mcse = one.empirical_se.mcse.unwrap().hypot(other.empirical_se.mcse.unwrap());
        near(value(&one.empirical_se), value(&other.empirical_se), mcse);
    }
}

/// With other spreads in the arms the slopes on what goes with the outcome differ too, whatever
/// the effects: slopes .4·SD ÷ 12.
#[test]
fn unequal_spreads_are_moderation() {
    for result in two_engines(json!({"SL": 12, "AL": 16, "SE": 20, "AE": 16})) {
        let row = row(&result, "moderation", "alliance_at_sham_by_age");
        near(row.truth.value, 0.4 * (20.0 - 12.0) / 12.0, row.truth.mcse);
        near(value(&row.bias), 0.0, row.bias.mcse.unwrap());
        assert_eq!(row.closed_form.value, None);
    }
}

#[test]
fn an_analysis_of_moderation_leaves_the_others_alone() {
    let scenario = with(
        pain(12),
        "/analyses",
        json!([{"method": "welch", "outcome": "pain"}, {"method": "ancova", "outcome": "pain"}]),
    );
    let mut more = scenario.clone();
    let analyses = more["analyses"].as_array_mut().unwrap();
    analyses.push(json!({"method": "moderation", "outcome": "pain", "moderator": "baseline"}));
    for engine in ENGINES {
        let [one, other] = [&scenario, &more].map(|scenario| simulate(&read(scenario), engine, 3, 300));
        assert_eq!(one.results, other.results[..16], "{engine:?}");
    }
}

#[test]
fn explain_tells_the_truth_of_moderation_once() {
    let mut scenario = by_baseline();
    let again = scenario["analyses"][0].clone();
    scenario["analyses"].as_array_mut().unwrap().push(again);
    let explained = engine::explained(&read(&scenario)).unwrap();
    assert_eq!(explained.moderations.len(), 1);
    let truths: Vec<f64> = explained.moderations[0].truths.iter().map(|(_, truth)| truth.value).collect();
    assert!(truths.iter().zip(TRUTHS).all(|(one, other)| (one - other).abs() < 1e-15));
}
