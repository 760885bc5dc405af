//! Does `lmm` give what REML gives, solved to machine precision and by lme4?
//!
//! Five simulated data sets with 16 therapists, nested and crossed, even and uneven caseloads. Where
//! the therapists' variance is above zero, estimates, standard errors and degrees of freedom by
//! Satterthwaite and by Kenward and Roger agree with a Newton solution of the likelihood within
//! 1e-6 (estimates, standard errors) and 1e-4 (degrees of freedom) relative, in fact within 1e-9; on
//! the boundary, with lmer, which is least squares.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::Value;
use support::relative_difference;
use trialliance::analysis::registry::{self, Context, Settings};
use trialliance::analysis::{Complete, Fits, Patients, Recorded};
use trialliance::scenario::DfMethod;

const ESTIMANDS: [&str; 8] = [
    "alliance",
    "ifc",
    "interaction",
    "alliance_at_sham",
    "alliance_at_active",
    "ifc_at_limited",
    "ifc_at_enhanced",
    "enhanced_active_minus_limited_sham",
];

macro_rules! data_sets {
    ($($name:literal),*) => {
        [$((
            $name,
            include_str!(concat!("reference/data/", $name, ".csv")),
            include_str!(concat!("reference/mixed_models/", $name, ".json")),
        )),*]
    };
}

const DATA_SETS: [(&str, &str, &str); 5] = data_sets![
    "therapists_crossed_n160",
    "therapists_crossed_uneven_n152",
    "therapists_nested_n160",
    "therapists_nested_uneven_n137",
    "therapists_nested_no_variance_n160"
];

/// Arms, therapists, baseline and outcome of each patient.
struct Trial {
    arms: Vec<u8>,
    therapists: Vec<u32>,
    columns: [Vec<f64>; 2],
}

fn read(text: &str) -> Trial {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|&field| field == name).unwrap();
    let mut trial = Trial { arms: Vec::new(), therapists: Vec::new(), columns: [Vec::new(), Vec::new()] };
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let level = |name: &str, second: &str| u8::from(fields[column(name)] == second);
        trial.arms.push(2 * level("alliance", "enhanced") + level("ifc", "active"));
        trial.therapists.push(fields[column("therapist")][1..].parse().unwrap());
        for (values, name) in trial.columns.iter_mut().zip(["baseline", "outcome"]) {
            values.push(fields[column(name)].parse().unwrap());
        }
    }
    trial
}

fn fit(trial: &Trial, df: DfMethod) -> Fits {
    let context = Context {
        outcome: 1,
        covariates: vec![0],
        settings: Settings { df, ..Settings::default() },
        ..Context::default()
    };
    let estimator = (registry::find("lmm").unwrap().build)(&context);
    let column = |variable: usize| trial.columns[variable].as_slice();
    let mut complete = Complete::new(trial.arms.len());
    let recorded = Recorded { variables: vec![0, 1], ..Recorded::default() };
    complete.list(&trial.arms, &recorded, &column);
    let patients = Patients {
        complete: &complete,
        therapists: &trial.therapists,
        blocks: &[],
        draws: (1, 0),
        column: &column,
    };
    let mut fits = Fits::new(ESTIMANDS.len());
    estimator.worker().unwrap().fit(&patients, &mut fits);
    fits
}

#[test]
fn random_intercepts_by_reml() {
    let mut worst = [0.0_f64; 3];
    let mut interior = 0;
    for (name, patients, fitted) in &DATA_SETS {
        let fitted: Value = serde_json::from_str(fitted).unwrap();
        let fitted = &fitted["random_intercept"];
        let trial = read(patients);
        let boundary = fitted["newton"]["var_therapist"].as_f64().unwrap() <= 0.0;
        interior += usize::from(!boundary);
        for (method, key) in
            [(DfMethod::Satterthwaite, "satterthwaite"), (DfMethod::KenwardRoger, "kenward_roger")]
        {
            let fits = fit(&trial, method);
            assert_eq!(fits.boundary[0], f64::from(u8::from(boundary)), "{name}");
            let reference = &fitted[if boundary { "lmer" } else { "newton" }][key];
            if reference.is_null() {
                continue;
            }
            for (estimand, contrast) in ESTIMANDS.iter().enumerate() {
                let number = |what: &str| reference[contrast][what].as_f64().unwrap();
                let ours = [
                    fits.estimate[estimand][0],
                    fits.variance[estimand][0].sqrt(),
                    fits.degrees_of_freedom[estimand][0],
                ];
                for (k, what) in ["estimate", "se", "df"].into_iter().enumerate() {
                    let difference = relative_difference(ours[k], number(what));
                    worst[k] = worst[k].max(difference);
                    let tolerance = [1e-6, 1e-6, 1e-4][k];
                    assert!(
                        difference < tolerance,
                        "{name} {key} {contrast} {what}: {} for {}",
                        ours[k],
                        number(what)
                    );
                }
            }
        }
    }
    assert!(interior >= 2, "{interior}");
    eprintln!("largest relative differences of estimates, SE, df: {worst:?}");
}
