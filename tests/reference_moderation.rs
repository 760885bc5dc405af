//! Does `moderation` compute what ordinary least squares on the whole design matrix gives?
//!
//! The reference fits the same six data sets with every column written out, by mpmath with 50
//! digits (`reference/moderation/reference.py`). Ours never sees a patient, only cross-products arm
//! by arm. Moderators: a number, a number with a covariate, two levels, three levels. Every
//! estimate, standard error, degree of freedom, t and p must agree to 1e-9 relative.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;
#[path = "support/two_by_two.rs"]
mod two_by_two;

use serde_json::Value;
use support::relative_difference;
use trialliance::analysis::registry::{self, Context};
use trialliance::analysis::{DegreesOfFreedom, FAILURES, Fits};
use trialliance::observation::{BATCH, packed};
use trialliance::stats::noncentral_f;
use two_by_two::{AGE, BASELINE, DATA_SETS, ESTIMANDS, MALE, OUTCOME, PCS, SITES, Trial, of_moments};

const TOLERANCE: f64 = 1e-9;

fn columns(name: &Value) -> Vec<usize> {
    match name.as_str().unwrap() {
        "baseline" => vec![BASELINE],
        "pcs" => vec![PCS],
        "age" => vec![AGE],
        "sex" => vec![MALE],
        "site" => SITES.to_vec(),
        other => panic!("{other} is in no model"),
    }
}

#[test]
fn moderation_is_least_squares_with_all_interactions() {
    let reference: Value =
        serde_json::from_str(include_str!("reference/moderation/two_by_two.json")).unwrap();
    let (mut count, mut failures) = (0, Vec::new());
    for data_set in &DATA_SETS {
        let batch = Trial::read(data_set.patients).record();
        for model in reference[data_set.name].as_array().unwrap() {
            let context = Context {
                outcome: OUTCOME,
                moderator: columns(&model["moderator"]),
                covariates: model["covariates"].as_array().unwrap().iter().flat_map(columns).collect(),
                ..Context::default()
            };
            let estimator = (registry::find("moderation").unwrap().build)(&context);
            let analysis = of_moments(&estimator);
            let mut fits = Fits::new(context.moderator.len() * ESTIMANDS.len());
            analysis.fit(&batch, &mut fits);
            assert_eq!(fits.clone().drop_failures(), [0; FAILURES]);
            let DegreesOfFreedom::Constant(df) = analysis.degrees_of_freedom(&batch.sizes) else {
                panic!("degrees of freedom are known");
            };
            assert_eq!(df, model["fit"]["df"].as_f64().unwrap(), "{} {}", data_set.name, model["moderator"]);
            for (column, contrasts) in model["fit"]["contrasts"].as_array().unwrap().iter().enumerate() {
                for (contrast, name) in ESTIMANDS.iter().enumerate() {
                    let estimand = column * ESTIMANDS.len() + contrast;
                    let (estimate, se) =
                        (fits.estimate[estimand][BATCH - 1], fits.variance[estimand][BATCH - 1].sqrt());
                    let t = estimate / se;
                    let p = noncentral_f::sf(t * t, 1.0, df, 0.0);
                    for (what, ours) in [("estimate", estimate), ("se", se), ("t", t), ("p", p)] {
                        let theirs = contrasts[*name][what].as_f64().unwrap();
                        let difference = relative_difference(ours, theirs);
                        count += 1;
                        if difference.is_nan() || difference > TOLERANCE {
                            let place =
                                format!("{} by {} {column} {name}", data_set.name, model["moderator"]);
                            failures.push(format!("{place} {what}: {ours} for {theirs}"));
                        }
                    }
                }
            }
        }
    }
    // 6 data sets × (3 moderators with one column and 1 with two) × 8 estimands × 4 numbers.
    assert_eq!(count, 6 * 5 * 8 * 4);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_cannot_be_told_is_a_failure() {
    let mut trial = Trial::read(DATA_SETS[3].patients);
    let fails = |trial: &Trial, moderator: Vec<usize>, covariates: Vec<usize>| {
        let context = Context { outcome: OUTCOME, moderator, covariates, ..Context::default() };
        let estimator = (registry::find("moderation").unwrap().build)(&context);
        let analysis = of_moments(&estimator);
        let mut fits = Fits::new(context.moderator.len() * ESTIMANDS.len());
        analysis.fit(&trial.record(), &mut fits);
        fits.drop_failures().iter().sum::<u64>() == BATCH as u64
    };
    assert!(!fails(&trial, vec![PCS], vec![AGE]));
    // A covariate that is the moderator on another scale.
    trial.columns[AGE] = trial.columns[PCS].iter().map(|x| 3.0 * x - 1.0).collect();
    assert!(fails(&trial, vec![PCS], vec![AGE]));
    // Nobody at the first level.
    trial.columns[SITES[0]] = trial.columns[SITES[1]].iter().map(|x| 1.0 - x).collect();
    assert!(fails(&trial, SITES.to_vec(), vec![BASELINE]));
    trial.columns[PCS].fill(7.0);
    assert!(fails(&trial, vec![PCS], vec![BASELINE]));
}

/// R compares ANCOVA with and without slopes of their own in the arms; both residual sums of squares
/// must be ours.
#[test]
fn slopes_of_their_own_explain_what_r_says_they_do() {
    for data_set in &DATA_SETS {
        let fitted: Value = serde_json::from_str(data_set.fitted).unwrap();
        let fit = &fitted["ancova_1"];
        let number = |value: &Value| value.as_f64().unwrap();
        let batch = Trial::read(data_set.patients).record();
        let context = Context { outcome: OUTCOME, moderator: vec![BASELINE], ..Context::default() };
        let estimator = (registry::find("moderation").unwrap().build)(&context);
        let analysis = of_moments(&estimator);
        let mut fits = Fits::new(ESTIMANDS.len());
        analysis.fit(&batch, &mut fits);
        // The variance of a difference of two slopes is s²(1/S + 1/S).
        let squares = &batch.by_arm[packed(BASELINE, BASELINE)];
        let of_difference = fits.variance[3][0] / (1.0 / squares[0][0] + 1.0 / squares[2][0]);
        let (df_common, df_own) = (number(&fit["df_residual"]), number(&fit["slope_homogeneity"]["df2"]));
        let common = number(&fit["sigma"]).powi(2) * df_common;
        let f = (common / (of_difference * df_own) - 1.0) * df_own / (df_common - df_own);
        // A difference of two nearly equal sums of squares keeps fewer digits.
        let difference = relative_difference(f, number(&fit["slope_homogeneity"]["f"]));
        assert!(difference < 1e-8, "{}: {f}, {difference:.1e}", data_set.name);
    }
}
