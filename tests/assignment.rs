//! Assignment whose arm sizes are decided by chance, in whole trials.
//!
//! Unless stated otherwise a comparison with a closed form fails beyond 5 standard errors, a
//! false-alarm rate of 6e-7 each; seeds are fixed. The methods themselves are tested where they are.

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

/// The plain trial with a method that leaves the sizes of the arms to chance.
fn assigned(total: u64, assignment: Value) -> Value {
    let mut scenario = with(pain(2), "/design/assignment", assignment);
    let design = scenario["design"].as_object_mut().unwrap();
    design.remove("n_per_arm");
    design.insert("n_total".to_owned(), json!(total));
    scenario
}

fn counts(arms: &[usize]) -> [f64; 4] {
    std::array::from_fn(|arm| arms.iter().filter(|&&one| one == arm).count() as f64)
}

#[test]
fn simple_randomisation_leaves_sizes_to_the_binomial() {
    let mut scenario = assigned(60, json!({"method": "simple"}));
    scenario["design"]["ratio"] = json!({"SL": 2, "AL": 1, "SE": 1, "AE": 2});
    let trials = 3000;
    let sizes: Vec<f64> = (0..trials).map(|replicate| counts(&trial(&scenario, replicate).arms)[0]).collect();
    let (expected, spread) = (20.0, (60.0_f64 / 3.0 * 2.0 / 3.0).sqrt());
    near(mean(&sizes), expected, spread / (trials as f64).sqrt());
    near(sd(&sizes), spread, spread / (2.0 * trials as f64).sqrt());
}

#[test]
fn a_trial_is_the_replicate_of_a_run_under_every_method() {
    let therapists = json!({"n": 5, "icc": 0.05});
    for assignment in [
        json!({"method": "simple"}),
        json!({"method": "blocks"}),
        json!({"method": "blocks", "block_sizes": [4], "strata": ["therapist"]}),
        json!({"method": "minimisation", "strata": ["therapist"]}),
        json!({"method": "urn"}),
    ] {
        let scenario = with(assigned(60, assignment), "/design/therapists", therapists.clone());
        let result = run(&scenario, 2);
        let difference = |replicate| {
            let trial = trial(&scenario, replicate);
            let values = column(&trial, "pain");
            mean(&of_arm(&trial, values, 2)) - mean(&of_arm(&trial, values, 0))
        };
        let expected = (difference(0) + difference(1)) / 2.0;
        let estimate = value(&row(&result, "anova", "alliance_at_sham").mean_estimate);
        assert!((estimate - expected).abs() < 1e-11);
        assert_eq!(result.n_per_arm.values().sum::<u64>(), 60);
    }
}

/// At a fixed α each analysis keeps its size whatever the sizes of the arms, and the truth is met.
#[test]
fn analyses_keep_their_size_and_their_coverage() {
    for method in ["simple", "blocks", "urn"] {
        let null = with(
            assigned(48, json!({"method": method})),
            "/response/outcomes/pain/effects",
            json!({"alliance": 0, "ifc": 0, "interaction": 0}),
        );
        let replicates = 20_000;
        let result = run(&null, replicates);
        for analysis in ["anova", "ancova"] {
            for estimand in ["alliance", "interaction"] {
                let row = row(&result, analysis, estimand);
                let error = (0.05_f64 * 0.95 / replicates as f64).sqrt();
                near(value(&row.power), 0.05, error);
                near(value(&row.coverage), 0.95, error);
            }
        }
    }
}

/// Blocks within therapists balance arms within therapists: a therapist with 12 patients in blocks
/// of four has three of each arm, and the standard error is that without the therapists' share.
#[test]
fn blocks_within_therapists_take_the_therapists_out() {
    let stratified = json!({"method": "blocks", "block_sizes": [4], "strata": ["therapist"]});
    let scenario = with(assigned(96, stratified), "/design/therapists", json!({"n": 8, "icc": 0.3}));
    let trial = trial(&scenario, 3);
    let therapists = column(&trial, "therapist");
    for number in 1..=8 {
        let own: Vec<usize> = (0..96).filter(|&patient| therapists[patient] == f64::from(number)).collect();
        let arms: Vec<usize> = own.iter().map(|&patient| trial.arms[patient]).collect();
        assert_eq!(counts(&arms), [3.0; 4]);
    }
    let replicates = 20_000;
    let empirical = value(&row(&run(&scenario, replicates), "anova", "ifc").empirical_se);
    let expected = 256.0 * 0.7 / 24.0;
    near(empirical * empirical, expected, expected * (2.0 / replicates as f64).sqrt());
}

#[test]
fn a_larger_trial_contains_the_smaller_one() {
    for assignment in [json!({"method": "simple"}), json!({"method": "blocks"}), json!({"method": "urn"})] {
        let (small, large) =
            (trial(&assigned(50, assignment.clone()), 1), trial(&assigned(90, assignment), 1));
        assert_eq!(small.arms[..], large.arms[..50]);
        assert_eq!(column(&small, "pain")[..], column(&large, "pain")[..50]);
    }
}

#[test]
fn an_arm_without_enough_patients_is_a_failure_and_not_a_number() {
    let scenario = assigned(8, json!({"method": "simple"}));
    let result = run(&scenario, 2000);
    let row = row(&result, "ancova", "alliance");
    // The chance that some arm is empty with 8 patients is 1 − 4!·S(8,4)/4⁸ = .3775.
    near(row.failures as f64 / 2000.0, 0.377_471_9, (0.3775_f64 * 0.6225 / 2000.0).sqrt());
    assert!(row.power.value.is_some());
}
