//! Does `mmrm` give what REML gives, solved to machine precision?
//!
//! Two simulated trials of four visits with dropout and visits missed in between. Estimates, standard
//! errors and degrees of freedom of the eight contrasts at the last visit, by Satterthwaite and by
//! Kenward and Roger, agree with a Newton solution of the likelihood within 1e-11 relative.
//! `unstructured` is nlme's `gls` with corSymm and varIdent, `compound-symmetry` lme4's random intercept
//! of each patient, `ar1` `gls` with corAR1.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::Value;
use std::collections::HashMap;
use support::{CONTRASTS, reference, relative_difference};
use trialliance::analysis::registry::{self, Context, Settings};
use trialliance::analysis::{
    Complete, Failure, Fits, OneTrial, Patients, Recorded, TrialData, Worker, recorded,
};
use trialliance::scenario::{CovariancePattern, DfMethod};

const METHODS: [(DfMethod, &str); 2] =
    [(DfMethod::Satterthwaite, "satterthwaite"), (DfMethod::KenwardRoger, "kenward_roger")];

const DATA_SETS: [&str; 2] = ["longitudinal_dropout_n117", "longitudinal_dropout_n78"];

/// Arms, and the baseline and four visits of each patient.
#[derive(Clone)]
struct Trial {
    arms: Vec<u8>,
    columns: Vec<Vec<f64>>,
}

/// The values have 15 digits.
const TOLERANCE: f64 = 1e-11;

const BASELINE: usize = 0;
const OUTCOME: usize = 4;

fn read(name: &str) -> Trial {
    let text = reference(&format!("data/{name}.csv"));
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|&field| field == name).unwrap();
    let mut trial = Trial { arms: Vec::new(), columns: vec![Vec::new(); OUTCOME + 1] };
    let mut rows: HashMap<String, usize> = HashMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let level = |name: &str, second: &str| u8::from(fields[column(name)] == second);
        let row = *rows.entry(fields[column("id")].to_owned()).or_insert_with(|| {
            trial.arms.push(2 * level("alliance", "enhanced") + level("ifc", "active"));
            trial.columns.iter_mut().for_each(|column| column.push(f64::NAN));
            trial.arms.len() - 1
        });
        let visit: usize = fields[column("visit")].parse().unwrap();
        trial.columns[visit][row] = fields[column("outcome")].parse().unwrap_or(f64::NAN);
    }
    trial
}

fn worker(covariance: CovariancePattern, df: DfMethod, covariates: Vec<usize>) -> Box<dyn Worker> {
    let context = Context {
        outcome: OUTCOME,
        covariates,
        visits: vec![1, 2, 3],
        settings: Settings { df, covariance, ..Settings::default() },
        ..Context::default()
    };
    (registry::find("mmrm").unwrap().build)(&context).worker().unwrap()
}

fn fit(trial: &Trial, worker: &mut dyn Worker) -> Fits {
    let column = |variable: usize| trial.columns[variable].as_slice();
    let mut complete = Complete::new(trial.arms.len());
    let recorded = Recorded { variables: vec![BASELINE], any_of: vec![1, 2, 3, 4], ..Recorded::default() };
    complete.list(&trial.arms, &recorded, &column);
    let patients =
        Patients { complete: &complete, therapists: &[], blocks: &[], draws: (1, 0), column: &column };
    let mut fits = Fits::new(CONTRASTS.len());
    fits.start();
    if let Err(failure) = worker.fit(&patients, &mut fits) {
        fits.mark_failed(failure);
    }
    fits
}

fn fitted(trial: &Trial, covariance: CovariancePattern, df: DfMethod) -> Fits {
    fit(trial, worker(covariance, df, vec![BASELINE]).as_mut())
}

/// Estimate, standard error, degrees of freedom.
fn answers(fits: &Fits, estimand: usize) -> [f64; 3] {
    [fits.estimate[estimand][0], fits.variance[estimand][0].sqrt(), fits.degrees_of_freedom[estimand][0]]
}

fn compare(name: &str, covariance: CovariancePattern, reference: &Value) -> [f64; 3] {
    compare_trial((&read(name), name), covariance, &METHODS, reference)
}

fn compare_trial(
    (trial, name): (&Trial, &str),
    covariance: CovariancePattern,
    methods: &[(DfMethod, &str)],
    reference: &Value,
) -> [f64; 3] {
    let mut worst = [0.0_f64; 3];
    for &(df, key) in methods {
        let fits = fitted(trial, covariance, df);
        assert!(fits.answers(0), "{name} {covariance:?}: {:?}", fits.failure[0]);
        for (estimand, contrast) in CONTRASTS.iter().enumerate() {
            for (k, what) in ["estimate", "se", "df"].into_iter().enumerate() {
                let theirs = reference[key][contrast][what].as_f64().unwrap();
                let ours = answers(&fits, estimand)[k];
                let difference = relative_difference(ours, theirs);
                worst[k] = worst[k].max(difference);
                let place = format!("{name} {covariance:?} {key} {contrast} {what}");
                assert!(difference < TOLERANCE, "{place}: {ours} for {theirs} ({difference:.1e})");
            }
        }
    }
    worst
}

#[test]
fn unstructured_covariances_and_random_intercepts_by_reml() {
    for name in DATA_SETS {
        let values: Value = serde_json::from_str(&reference(&format!("mixed_models/{name}.json"))).unwrap();
        let newton = &values["mmrm"]["newton"]["contrasts"]["visit_4"];
        let unstructured = compare(name, CovariancePattern::Unstructured, newton);
        let newton = &values["random_intercept_patient"]["newton"];
        let symmetry = compare(name, CovariancePattern::CompoundSymmetry, newton);
        eprintln!("largest relative differences of {name}: {unstructured:?}, {symmetry:?}");
    }
}

/// The reference values of `ar1` are of multiple precision: nothing but rounding is left.
#[test]
fn first_order_autoregression_by_reml() {
    let values: Value = serde_json::from_str(&reference("mixed_models/longitudinal_ar1.json")).unwrap();
    for name in DATA_SETS {
        let worst = compare(name, CovariancePattern::Ar1, &values[name]);
        eprintln!("largest relative differences of {name}: {worst:?}");
        let gls = &values[name]["gls"];
        let [estimate, se, _] = answers(&fitted(&read(name), CovariancePattern::Ar1, METHODS[0].0), 0);
        assert!(relative_difference(estimate, gls["alliance"].as_f64().unwrap()) < 1e-6);
        assert!(relative_difference(se, gls["alliance_se"].as_f64().unwrap()) < 1e-6);
    }
}

/// Patients who leave for good are fitted in another way, visit by visit. The reference values do not know that: they are
/// of all effects together, of multiple precision.
#[test]
fn patients_who_leave_for_good_by_reml() {
    let values: Value = serde_json::from_str(&reference("mixed_models/longitudinal_monotone.json")).unwrap();
    let names = ["unstructured", "ar1", "compound_symmetry"];
    for name in DATA_SETS {
        let mut trial = read(name);
        for row in 0..trial.arms.len() {
            let missed = (1..=OUTCOME).find(|&visit| trial.columns[visit][row].is_nan());
            for visit in missed.unwrap_or(OUTCOME + 1)..=OUTCOME {
                trial.columns[visit][row] = f64::NAN;
            }
        }
        for (covariance, key) in PATTERNS.into_iter().zip(names) {
            let worst = compare_trial((&trial, name), covariance, &METHODS[..1], &values[name][key]);
            eprintln!("largest relative differences of {name} {key}: {worst:?}");
        }
    }
}

/// Patients in whom every visit is there, or the same with visits before the last filled in by chance.
fn complete(trial: &Trial) -> Trial {
    let there = |&row: &usize| trial.columns.iter().all(|column| !column[row].is_nan());
    let rows: Vec<usize> = (0..trial.arms.len()).filter(there).collect();
    Trial {
        arms: rows.iter().map(|&row| trial.arms[row]).collect(),
        columns: trial.columns.iter().map(|column| rows.iter().map(|&row| column[row]).collect()).collect(),
    }
}

/// An identity: with complete data every visit has all regressors, and the others tell nothing of the
/// last one's effects. Degrees of freedom are N − 4 − p, and there is nothing to correct.
#[test]
fn without_missing_visits_it_is_an_analysis_of_covariance() {
    for name in DATA_SETS {
        let trial = complete(&read(name));
        for covariates in [vec![], vec![BASELINE]] {
            let context = Context { outcome: OUTCOME, covariates: covariates.clone(), ..Context::default() };
            let ancova = (registry::find("ancova").unwrap().build)(&context);
            let column = |variable: usize| trial.columns[variable].as_slice();
            let data =
                TrialData { arms: &trial.arms, therapists: &[], blocks: &[], draws: (1, 0), column: &column };
            let mut fits = Fits::new(CONTRASTS.len());
            let recorded = recorded(std::iter::once(ancova.analysis()));
            OneTrial::new(trial.arms.len(), OUTCOME + 1).fit(&ancova, None, &recorded, &data, &mut fits);
            let left = (trial.arms.len() - 4 - covariates.len()) as f64;
            for (df, _) in METHODS {
                let ours =
                    fit(&trial, worker(CovariancePattern::Unstructured, df, covariates.clone()).as_mut());
                for estimand in 0..CONTRASTS.len() {
                    let [estimate, se, df] = answers(&ours, estimand);
                    assert!(relative_difference(estimate, fits.estimate[estimand][0]) < 1e-11);
                    assert!(relative_difference(se, fits.variance[estimand][0].sqrt()) < 1e-12);
                    assert!(relative_difference(df, left) < 1e-11, "{df} for {left}");
                }
            }
        }
    }
}

#[test]
fn nothing_depends_on_the_scale_of_the_outcome_or_on_the_trial_before() {
    let trial = read(DATA_SETS[0]);
    let other = read(DATA_SETS[1]);
    for covariance in PATTERNS {
        for (df, _) in METHODS {
            let plain = fitted(&trial, covariance, df);
            let mut used = worker(covariance, df, vec![BASELINE]);
            fit(&other, used.as_mut());
            let again = fit(&trial, used.as_mut());
            for scale in [1e-60, 1e60] {
                let mut scaled = trial.clone();
                let shifted = |y: &mut f64| *y = (*y + 7.0) * scale;
                scaled.columns[1..].iter_mut().flatten().for_each(shifted);
                let scaled = fitted(&scaled, covariance, df);
                for estimand in 0..CONTRASTS.len() {
                    let ([b, se, df], [c, sf, dg]) = (answers(&plain, estimand), answers(&scaled, estimand));
                    assert!(relative_difference(b * scale, c) < 1e-10, "{covariance:?} {b} {c}");
                    assert!(
                        relative_difference(se * scale, sf) < 1e-10 && relative_difference(df, dg) < 1e-10
                    );
                    assert_eq!(answers(&plain, estimand), answers(&again, estimand));
                }
            }
        }
    }
}

const PATTERNS: [CovariancePattern; 3] =
    [CovariancePattern::Unstructured, CovariancePattern::Ar1, CovariancePattern::CompoundSymmetry];

#[test]
fn what_cannot_be_fitted_is_named() {
    let trial = read(DATA_SETS[0]);
    let failure = |change: &dyn Fn(&mut Trial)| {
        let mut changed = trial.clone();
        change(&mut changed);
        PATTERNS.map(|covariance| {
            let fits = fitted(&changed, covariance, DfMethod::Satterthwaite);
            (!fits.answers(0)).then_some(fits.failure[0])
        })
    };
    let all = |failure| [Some(failure); 3];
    // Nobody of an arm at the second visit.
    let absent = |trial: &mut Trial| {
        let rows = (0..trial.arms.len()).filter(|&row| trial.arms[row] == 2).collect::<Vec<_>>();
        rows.into_iter().for_each(|row| trial.columns[2][row] = f64::NAN);
    };
    assert_eq!(failure(&absent), all(Failure::Singular));
    // Nobody at the last visit.
    assert_eq!(failure(&|trial| trial.columns[4].fill(f64::NAN)), all(Failure::TooFewPatients));
    // A visit that repeats another; the baseline in every patient the same.
    let repeated = |trial: &mut Trial| trial.columns[3] = trial.columns[4].clone();
    assert_eq!(failure(&repeated), all(Failure::Singular));
    assert_eq!(failure(&|trial| trial.columns[0].fill(50.0)), all(Failure::Singular));
    // Nobody at both of two visits: their covariance cannot be told, and the two other patterns do not ask.
    let apart = |trial: &mut Trial| {
        for row in 0..trial.arms.len() {
            trial.columns[if row % 2 == 0 { 2 } else { 3 }][row] = f64::NAN;
        }
    };
    assert_eq!(failure(&apart), [Some(Failure::Singular), None, None]);
}
