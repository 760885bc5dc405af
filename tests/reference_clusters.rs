//! Do `gee` and `cluster_summary` give what other programs compute from the same patients?
//!
//! `gee`: estimates and standard errors of statsmodels, degrees of freedom by dense matrices of all patients
//! (`reference/mixed_models/gee.py`), within 1e-8 relative. `cluster_summary`: R's lm and t.test
//! (`reference/mixed_models/cluster_summary.R`) within 1e-9. Each with therapists crossed and nested, and where
//! the patients of one style have none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;
#[path = "support/therapists.rs"]
mod therapists;

use serde_json::Value;
use support::relative_difference;
use therapists::{DATA_SETS, ESTIMANDS, Trial, fit, read};
use trialliance::analysis::registry::Context;
use trialliance::analysis::{Failure, Fits};
use trialliance::assignment::NOBODY;

/// Patients of the limited style have no therapist.
fn partly_nested(mut trial: Trial) -> Trial {
    for (therapist, &arm) in trial.therapists.iter_mut().zip(&trial.arms) {
        *therapist = if arm < 2 { NOBODY } else { *therapist };
    }
    trial
}

/// Each therapist's patients of each arm have one of their own.
fn nested_in_arms(mut trial: Trial) -> Trial {
    for (therapist, &arm) in trial.therapists.iter_mut().zip(&trial.arms) {
        *therapist = 4 * *therapist + u32::from(arm);
    }
    trial
}

fn adjusted() -> Context {
    Context { covariates: vec![0], ..Context::default() }
}

/// The largest relative difference.
#[track_caller]
fn compare(fits: &Fits, reference: &Value, tolerance: f64, place: &str) -> f64 {
    let mut worst = 0.0_f64;
    for (estimand, contrast) in ESTIMANDS.iter().enumerate() {
        let ours = [
            fits.estimate[estimand][0],
            fits.variance[estimand][0].sqrt(),
            fits.degrees_of_freedom[estimand][0],
        ];
        for (ours, what) in ours.into_iter().zip(["estimate", "se", "df"]) {
            let theirs = reference[contrast][what].as_f64().unwrap();
            let difference = relative_difference(ours, theirs);
            assert!(difference < tolerance, "{place} {contrast} {what}: {ours} for {theirs}");
            worst = worst.max(difference);
        }
    }
    worst
}

#[test]
fn estimating_equations() {
    let reference: Value = serde_json::from_str(include_str!("reference/mixed_models/gee.json")).unwrap();
    let mut worst = 0.0_f64;
    for (name, patients, _) in &DATA_SETS {
        for (key, trial) in
            [("exchangeable", read(patients)), ("exchangeable_lone", partly_nested(read(patients)))]
        {
            let fits = fit(&trial, "gee", adjusted());
            let place = format!("{name} {key}");
            worst = worst.max(compare(&fits, &reference[name][key]["mancl_derouen"], 1e-8, &place));
            assert_eq!(fits.boundary[0], 0.0);
        }
    }
    eprintln!("gee: {worst:e}");
}

#[test]
fn summaries_of_therapists() {
    let reference: Value =
        serde_json::from_str(include_str!("reference/mixed_models/cluster_summary.json")).unwrap();
    let mut worst = 0.0_f64;
    for (name, patients, fitted) in &DATA_SETS {
        for (way, trial) in [
            ("therapists", read(patients)),
            ("in_arms", nested_in_arms(read(patients))),
            ("lone", partly_nested(read(patients))),
        ] {
            for (key, context) in [("adjusted", adjusted()), ("unadjusted", Context::default())] {
                let fits = fit(&trial, "cluster_summary", context);
                let place = format!("{name} {way} {key}");
                worst = worst.max(compare(&fits, &reference[name][key][way], 1e-9, &place));
            }
        }
        // With as many patients of both arms, therapists' means as they are.
        let fitted: Value = serde_json::from_str(fitted).unwrap();
        if let Some(of_means) = fitted.get("therapist_means_t").filter(|_| name.ends_with("n160")) {
            let fits = fit(&read(patients), "cluster_summary", Context::default());
            for (ours, what) in [
                (fits.estimate[0][0], "estimate"),
                (fits.variance[0][0].sqrt(), "se"),
                (fits.degrees_of_freedom[0][0], "df"),
            ] {
                assert!(relative_difference(ours, of_means[what].as_f64().unwrap()) < 1e-9, "{name} {what}");
            }
        }
    }
    eprintln!("cluster_summary: {worst:e}");
}

/// Therapists who cannot be compared give no answer, and the reason.
#[test]
fn too_few_therapists_are_told() {
    let mut two = read(DATA_SETS[2].1);
    // One therapist for each style.
    for (therapist, &arm) in two.therapists.iter_mut().zip(&two.arms) {
        *therapist = u32::from(arm / 2);
    }
    for method in ["gee", "cluster_summary"] {
        let fits = fit(&two, method, adjusted());
        assert!(!fits.answers(0), "{method}");
        assert_eq!(fits.failure[0], Failure::TooFewTherapists, "{method}");
    }
    two.therapists.fill(NOBODY);
    for method in ["gee", "cluster_summary", "lmm"] {
        assert_eq!(fit(&two, method, adjusted()).failure[0], Failure::TooFewTherapists, "{method}");
    }
}
