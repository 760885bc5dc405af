//! Permutation tests: exact p values, their level, and the blocks that they keep to.
//!
//! Unless stated otherwise a comparison fails beyond 5 standard errors, a false-alarm rate of 6e-7
//! each; seeds are fixed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::{Value, json};
use support::patients::*;
use support::{ESTIMAND_IDS, relative_difference, row, value};
use trialliance::analysis::registry::{self, Context, Settings};
use trialliance::analysis::{Fits, OneTrial, TrialData, recorded};
use trialliance::data::{Asked, Dataset, Request, Roles, Table, TrialAnalysis, analyze};
use trialliance::estimand::ESTIMANDS;
use trialliance::result::RunResult;
use trialliance::scenario::AnalysisSpec;

const REPLICATES: u64 = 4_000;

fn permuted(scenario: Value) -> Value {
    with(
        scenario,
        "/analyses",
        json!([
            {"method": "permutation", "outcome": "pain", "covariates": []},
            {"method": "permutation", "id": "adjusted", "outcome": "pain", "covariates": ["baseline"]},
            {"method": "ancova", "outcome": "pain", "covariates": ["baseline"]}]),
    )
}

fn effects(scenario: Value, effects: Value) -> Value {
    with(scenario, "/response/outcomes/pain/effects", effects)
}

fn blocks(scenario: Value, n_total: u64) -> Value {
    let assignment = json!({"method": "blocks", "block_sizes": [4, 8]});
    with(scenario, "/design", json!({"n_total": n_total, "assignment": assignment}))
}

#[track_caller]
fn has_size(result: &RunResult, analysis: &str, estimands: &[&str]) {
    for estimand in estimands {
        let size = value(&row(result, analysis, estimand).power);
        let error = (0.05 * 0.95 / REPLICATES as f64).sqrt();
        assert!((size - 0.05).abs() < 5.0 * error, "{analysis} {estimand}: {size}");
    }
}

#[test]
fn the_level_is_kept_with_and_without_blocks() {
    let none = json!({"alliance": 0, "ifc": 0, "interaction": 0});
    // The other factor's effect does not matter.
    let one = json!({"alliance": 0, "ifc": 12, "interaction": 0});
    for scenario in [pain(8), blocks(pain(8), 32)] {
        let result = run(&permuted(effects(scenario.clone(), none.clone())), REPLICATES);
        for analysis in ["permutation", "adjusted"] {
            has_size(&result, analysis, &ESTIMAND_IDS);
        }
        let result = run(&permuted(effects(scenario, one.clone())), REPLICATES);
        for analysis in ["permutation", "adjusted"] {
            has_size(
                &result,
                analysis,
                &["alliance", "interaction", "alliance_at_sham", "alliance_at_active"],
            );
        }
    }
}

/// Estimates are those of the analysis of covariance, and so are intervals; power is close to it.
#[test]
fn estimates_are_adjusted_means() {
    let result = run(&permuted(pain(20)), REPLICATES);
    for estimand in ESTIMAND_IDS {
        let [ours, theirs] = ["adjusted", "ancova"].map(|analysis| row(&result, analysis, estimand));
        for (one, other) in [(&ours.mean_estimate, &theirs.mean_estimate), (&ours.model_se, &theirs.model_se)]
        {
            assert!(relative_difference(value(one), value(other)) < 1e-10);
        }
        assert_eq!(value(&ours.coverage), value(&theirs.coverage));
        assert_eq!((&ours.truth, ours.failures), (&theirs.truth, 0));
        // 199 permutations lose a little of what 9,999 would find.
        let lost = value(&theirs.power) - value(&ours.power);
        assert!(lost > -0.02 && lost < 0.035, "{estimand}: {lost}");
    }
}

const LEVELS: [(&str, &str); 4] =
    [("limited", "sham"), ("limited", "active"), ("enhanced", "sham"), ("enhanced", "active")];

const VALUES: [f64; 8] = [5.0, 2.5, 3.0, -1.0, 7.0, 6.0, 1.0, 1.5];

/// Arm and block of each of eight patients.
const PATIENTS: [(usize, usize); 8] = [(0, 1), (2, 1), (1, 1), (3, 1), (1, 2), (0, 2), (3, 2), (2, 2)];

fn eight(has_blocks: bool) -> String {
    let mut text = format!("alliance,ifc,{},pain\n", if has_blocks { "block" } else { "ward" });
    for ((arm, block), value) in PATIENTS.iter().zip(VALUES) {
        text += &format!("{},{},{block},{value}\n", LEVELS[*arm].0, LEVELS[*arm].1);
    }
    text
}

fn analyzed(text: &str, draws: (u64, u64), options: AnalysisSpec) -> TrialAnalysis {
    let table = Table::read(text.as_bytes()).unwrap();
    let request = Request {
        outcome: Some("pain".to_owned()),
        methods: vec!["permutation".to_owned()],
        options: AnalysisSpec { covariates: options.covariates.clone().or(Some(Vec::new())), ..options },
        ..Request::default()
    };
    let roles = Roles::find(&table, &request, None).unwrap();
    let data = Dataset::read(&table, &roles, None).unwrap();
    let asked = Asked { source: "test", alpha: 0.05, confidence_level: 0.95, draws, better: &|_| None };
    analyze(&data, &roles, &asked).unwrap()
}

/// |t| of a main effect with separate variances.
fn main_effect(arms: &[usize; 8], factor: usize) -> f64 {
    let (mut contrast, mut variance) = (0.0, 0.0);
    for arm in 0..4 {
        let of: Vec<f64> = (0..8).filter(|&k| arms[k] == arm).map(|k| VALUES[k]).collect();
        let sign = if (arm >> (1 - factor)) & 1 == 1 { 0.5 } else { -0.5 };
        contrast += sign * mean(&of);
        variance += 0.25 * sd(&of).powi(2) / of.len() as f64;
    }
    (contrast / variance.sqrt()).abs()
}

/// The p value over all ways to deal a factor's labels: within levels of the other factor and blocks.
fn enumerated(factor: usize, has_blocks: bool) -> f64 {
    let bit = 1 - factor;
    let as_it_is = PATIENTS.map(|(arm, _)| arm);
    let cell = |k: usize| ((PATIENTS[k].0 >> factor) & 1, if has_blocks { PATIENTS[k].1 } else { 0 });
    let observed = main_effect(&as_it_is, factor);
    let (mut extreme, mut all) = (0.0, 0.0);
    for labels in 0_usize..256 {
        let second = |k: usize| labels >> k & 1;
        let kept = (0..8).all(|one| {
            let count = |label: &dyn Fn(usize) -> usize| {
                (0..8).filter(|&k| cell(k) == cell(one)).map(label).sum::<usize>()
            };
            count(&second) == count(&|k| (PATIENTS[k].0 >> bit) & 1)
        });
        if kept {
            let arms = std::array::from_fn(|k| (PATIENTS[k].0 & !(1 << bit)) | second(k) << bit);
            all += 1.0;
            extreme += f64::from(u8::from(main_effect(&arms, factor) >= observed * (1.0 - 1e-9)));
        }
    }
    assert_eq!(all, if has_blocks { 16.0 } else { 36.0 });
    extreme / all
}

#[test]
fn p_values_of_eight_patients_are_those_of_all_permutations() {
    for has_blocks in [false, true] {
        let result = analyzed(&eight(has_blocks), (1, 0), AnalysisSpec::default());
        assert_eq!(result.roles.iter().any(|role| role.role == "block"), has_blocks);
        assert_eq!(result.warnings.iter().any(|warning| warning.contains("--block")), !has_blocks);
        for (factor, estimand) in ["alliance", "ifc"].into_iter().enumerate() {
            let p = result.results.iter().find(|row| row.estimand == estimand).unwrap().p;
            let share = enumerated(factor, has_blocks);
            // One of 10,000 is the trial itself.
            let expected = (1.0 + 9_999.0 * share) / 10_000.0;
            assert!(share > 0.05 && share < 1.0);
            near(p, expected, (share * (1.0 - share) / 9_999.0).sqrt());
        }
    }
}

#[test]
fn another_seed_permutes_otherwise_and_the_same_one_again() {
    let spec = || AnalysisSpec { resamples: Some(199), ..AnalysisSpec::default() };
    let p = |draws| {
        let result = analyzed(&eight(true), draws, spec());
        result.results.iter().map(|row| row.p).collect::<Vec<f64>>()
    };
    assert_eq!(p((1, 0)), p((1, 0)));
    assert!(p((1, 0)) != p((2, 0)) && p((1, 0)) != p((1, 1)));
    assert!(p((5, 7)).iter().all(|p| (p * 200.0 - (p * 200.0).round()).abs() < 1e-9 && *p >= 0.005));
}

/// Patients stratified by what their outcome goes with: whoever ignores that permutes labels in ways that the
/// randomisation could not have dealt. The differences that these show are too large, so the p values
/// are, and the test hardly ever claims anything; within blocks it has its level.
#[test]
fn whoever_ignores_the_blocks_is_wrong() {
    let scenario = with(
        pain(8),
        "/design",
        json!({"n_total": 48, "assignment": {"method": "blocks", "block_sizes": [4], "strata": ["risk"]}}),
    );
    let risk =
        json!({"covariates": [{"id": "risk", "law": "categorical", "levels": {"low": 0.5, "high": 0.5}}]});
    let scenario = with(scenario, "/cohort", risk);
    let together = json!([{"between": ["risk", "pain"], "value": 0.65}]);
    let scenario = with(scenario, "/response/correlation", together);
    let scenario = effects(scenario, json!({"alliance": 0, "ifc": 0, "interaction": 0}));
    let context =
        Context { settings: Settings { resamples: 199, ..Settings::default() }, ..Context::default() };
    let estimator = (registry::find("permutation").unwrap().build)(&context);
    let recorded = recorded(std::iter::once(estimator.analysis()));
    let (mut room, mut fits) = (OneTrial::new(48, 1), Fits::new(ESTIMANDS));
    let mut worker = estimator.worker().unwrap();
    let trials = 2_000;
    let mut claims = [[0.0; 2]; ESTIMANDS];
    for replicate in 0..trials {
        let trial = trial(&scenario, replicate);
        let arms: Vec<u8> = trial.arms.iter().map(|&arm| arm as u8).collect();
        let numbers: Vec<u32> = column(&trial, "block").iter().map(|&block| block as u32).collect();
        let outcome = column(&trial, "pain");
        for (way, blocks) in [&numbers[..], &[]].into_iter().enumerate() {
            let data = TrialData {
                arms: &arms,
                therapists: &[],
                blocks,
                draws: (1, replicate),
                column: &|_| outcome,
            };
            room.fit(&estimator, Some(worker.as_mut()), &recorded, &data, &mut fits);
            for (claims, p) in claims.iter_mut().zip(&fits.p) {
                claims[way] += f64::from(u8::from(p[0] <= 0.05)) / trials as f64;
            }
        }
    }
    let error = (0.05 * 0.95 / trials as f64).sqrt();
    for (estimand, [within, ignoring]) in ESTIMAND_IDS.iter().zip(claims) {
        // The interaction's test is approximate.
        assert!((within - 0.05).abs() < 5.0 * error, "{estimand}: {within}");
        assert!(ignoring < 0.05 - 5.0 * error, "{estimand}: {ignoring}");
    }
}

/// Arms of unequal spread and size, no difference of means: t with separate variances holds its level
/// about, where one variance for both would not.
#[test]
fn unequal_spreads_hardly_matter() {
    let sizes = json!({"SL": 15, "AL": 15, "SE": 45, "AE": 45});
    let scenario = with(pain(8), "/design/n_per_arm", sizes);
    let scenario = effects(scenario, json!({"alliance": 0, "ifc": 0, "interaction": 0}));
    let scenario =
        with(scenario, "/response/outcomes/pain/sd", json!({"SL": 24, "AL": 24, "SE": 10, "AE": 10}));
    let result = run(&permuted(scenario), REPLICATES);
    let size = |analysis: &str| value(&row(&result, analysis, "alliance").power);
    assert!((size("permutation") - 0.05).abs() < 0.015, "{}", size("permutation"));
    assert!(size("ancova") > 0.1, "{}", size("ancova"));
}
