//! Does `lmm` give what REML gives, solved to machine precision and by lme4?
//!
//! Five simulated data sets with 16 therapists, nested and crossed, even and uneven caseloads. Where
//! the therapists' variance is above zero, estimates, standard errors and degrees of freedom by
//! Satterthwaite and by Kenward and Roger agree with a Newton solution of the likelihood within
//! 1e-6 (estimates, standard errors) and 1e-4 (degrees of freedom) relative, in fact within 1e-9; on
//! the boundary, with lmer, which is least squares. With Satterthwaite's degrees of freedom the model is fitted in two
//! ways, from the patients and from contrasts between therapists. Without covariates both agree with lme4 and lmerTest as
//! far as these go.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;
#[path = "support/therapists.rs"]
mod therapists;

use serde_json::Value;
use std::sync::Arc;
use support::relative_difference;
use therapists::{DATA_SETS, ESTIMANDS, Trial, read};
use trialliance::analysis::registry::{self, Context, Settings};
use trialliance::analysis::{Estimator, Fits, MomentsBatch, packed};
use trialliance::observation::TherapistContrasts;
use trialliance::scenario::{DfMethod, RandomEffects};

fn fit(trial: &Trial, df: DfMethod, random_effects: RandomEffects) -> Fits {
    let settings = Settings { df, random_effects, ..Settings::default() };
    therapists::fit(trial, "lmm", Context { covariates: vec![0], settings, ..Context::default() })
}

/// Holds what is said of the first trial against reference values, by contrast, and keeps the largest relative differences
/// of estimates, standard errors and degrees of freedom.
#[track_caller]
fn agree(fits: &Fits, reference: &Value, place: &str, worst: &mut [f64; 3]) {
    for (estimand, contrast) in ESTIMANDS.iter().enumerate() {
        let ours = [
            fits.estimate[estimand][0],
            fits.variance[estimand][0].sqrt(),
            fits.degrees_of_freedom[estimand][0],
        ];
        for (k, what) in ["estimate", "se", "df"].into_iter().enumerate() {
            let theirs = reference[contrast][what].as_f64().unwrap();
            let difference = relative_difference(ours[k], theirs);
            worst[k] = worst[k].max(difference);
            let tolerance = [1e-6, 1e-6, 1e-4][k];
            assert!(difference < tolerance, "{place} {contrast} {what}: {} for {theirs}", ours[k]);
        }
    }
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
            let reference = &fitted[if boundary { "lmer" } else { "newton" }][key];
            let by_contrasts = (method == DfMethod::Satterthwaite).then(|| fit_contrasts(&trial, vec![0]));
            for fits in std::iter::once(fit(&trial, method, RandomEffects::Intercept)).chain(by_contrasts) {
                assert_eq!(fits.boundary[0], f64::from(u8::from(boundary)), "{name}");
                if !reference.is_null() {
                    agree(&fits, reference, &format!("{name} {key}"), &mut worst);
                }
            }
        }
    }
    assert!(interior >= 2, "{interior}");
    eprintln!("largest relative differences of estimates, SE, df: {worst:?}");
}

const WITHOUT_COVARIATES: &str = include_str!("reference/mixed_models/random_intercept.json");

/// What the analysis says from contrasts between therapists.
fn fit_contrasts(trial: &Trial, covariates: Vec<usize>) -> Fits {
    let arm = |k: usize| usize::from(trial.arms[k]);
    let patients = trial.arms.len();
    let count = trial.therapists.iter().max().unwrap() + 1;
    let (mut cells, mut sizes) = (vec![[0; 4]; count as usize], [0; 4]);
    for k in 0..patients {
        cells[trial.therapists[k] as usize][arm(k)] += 1;
        sizes[arm(k)] += 1;
    }
    let contrasts = Arc::new(TherapistContrasts::new(&cells, sizes).unwrap());
    // Arm by arm, as rows of four are not at hand where the arms differ in size.
    let mut moments = MomentsBatch::new(sizes, 2);
    moments.trials = 1;
    for (variable, column) in trial.columns.iter().enumerate() {
        for a in 0..4 {
            let of_arm = (0..patients).filter(|&k| arm(k) == a).map(|k| column[k]);
            moments.mean[variable][a][0] = of_arm.sum::<f64>() / sizes[a] as f64;
        }
        moments.between[variable] = contrasts.columns();
        contrasts.record(variable, column, (&trial.arms, &trial.therapists), &mut moments, 0);
    }
    for (v, w) in [(0, 0), (1, 0), (1, 1)] {
        let deviation =
            |variable: usize, k: usize| trial.columns[variable][k] - moments.mean[variable][arm(k)][0];
        moments.pooled[packed(v, w)][0] = (0..patients).map(|k| deviation(v, k) * deviation(w, k)).sum();
    }
    let context = Context { outcome: 1, covariates, therapists: Some(contrasts), ..Context::default() };
    let Estimator::Moments(analysis) = (registry::find("lmm").unwrap().build)(&context) else {
        panic!("contrasts are not enough");
    };
    let mut fits = Fits::new(ESTIMANDS.len());
    analysis.fit(&moments, &mut fits);
    fits
}

/// lmer stops within some 1e-8 of the maximum, and lmerTest differentiates numerically.
#[test]
fn random_intercepts_without_covariates_by_lme4() {
    let reference: Value = serde_json::from_str(WITHOUT_COVARIATES).unwrap();
    let (mut worst, mut inside) = ([0.0_f64; 3], 0);
    for (name, patients, _) in &DATA_SETS {
        let trial = read(patients);
        let reference = &reference[name];
        let settings = Settings { df: DfMethod::Satterthwaite, ..Settings::default() };
        let of_patients = therapists::fit(&trial, "lmm", Context { settings, ..Context::default() });
        let boundary = reference["var_therapist"].as_f64().unwrap() < 1e-6;
        inside += usize::from(!boundary);
        for fits in [of_patients, fit_contrasts(&trial, Vec::new())] {
            assert_eq!(fits.boundary[0], f64::from(u8::from(boundary)), "{name}");
            agree(&fits, &reference["contrasts"], name, &mut worst);
        }
    }
    assert!(inside >= 2, "{inside}");
    eprintln!("largest relative differences of estimates, SE, df: {worst:?}");
}

/// Minus twice the restricted log-likelihood as lme4 has it, the fixed effects estimated, by dense linear
/// algebra: nothing of the fitted model is used.
fn criterion(trial: &Trial, [intercept, slope, both, residual]: [f64; 4]) -> f64 {
    let n = trial.arms.len();
    let context = |i: usize| if trial.arms[i] >= 2 { 0.5 } else { -0.5 };
    let mut v = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in (0..n).filter(|&j| trial.therapists[i] == trial.therapists[j]) {
            let (a, b) = (context(i), context(j));
            v[i][j] = intercept + (a + b) * both + a * b * slope + if i == j { residual } else { 0.0 };
        }
    }
    let (logarithm, v) = cholesky(v);
    // Columns of the fixed effects and the outcome, divided by the factor.
    let columns: Vec<Vec<f64>> = (0..6)
        .map(|k| {
            let mut column: Vec<f64> = (0..n)
                .map(|i| match k {
                    0..4 => f64::from(u8::from(usize::from(trial.arms[i]) == k)),
                    _ => trial.columns[k - 4][i],
                })
                .collect();
            for i in 0..n {
                for j in 0..i {
                    column[i] -= v[i][j] * column[j];
                }
                column[i] /= v[i][i];
            }
            column
        })
        .collect();
    let product = |one: usize, other: usize| -> f64 {
        columns[one].iter().zip(&columns[other]).map(|(x, y)| x * y).sum()
    };
    let products = (0..6).map(|i| (0..6).map(|j| product(i, j)).collect()).collect();
    let (of_all, factor) = cholesky(products);
    let rest = factor[5][5] * factor[5][5];
    let of_fixed = of_all - rest.ln();
    logarithm + of_fixed + rest + (n - 5) as f64 * (2.0 * std::f64::consts::PI).ln()
}

/// The logarithm of the determinant, and Cholesky's factor.
fn cholesky(mut matrix: Vec<Vec<f64>>) -> (f64, Vec<Vec<f64>>) {
    let mut logarithm = 0.0;
    for i in 0..matrix.len() {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let value = matrix[i][j] - sum;
            matrix[i][j] = if i == j { value.sqrt() } else { value / matrix[j][j] };
        }
        logarithm += 2.0 * matrix[i][i].ln();
    }
    (logarithm, matrix)
}

/// Random slopes: where the maximum is a covariance, as a Newton solution has it; where the unconstrained one
/// is not, as lmer, which stops at about 1e-7 of the maximum. The likelihood at our maximum, by dense linear
/// algebra, is at least that of lmer.
#[test]
fn random_slopes_by_reml() {
    let (mut worst, mut on_boundary) = ([[0.0_f64; 3]; 2], [0; 2]);
    for (name, patients, fitted) in &DATA_SETS[..2] {
        let fitted: Value = serde_json::from_str(fitted).unwrap();
        let trial = read(patients);
        for (random_effects, key) in [
            (RandomEffects::InterceptAndSlope, "random_slope"),
            (RandomEffects::IndependentSlope, "random_slope_uncorrelated"),
        ] {
            let (newton, lmer) = (&fitted[key]["newton"], &fitted[key]["lmer"]);
            let number = |what: &str| newton[what].as_f64().unwrap_or(0.0);
            let (intercept, slope) = (number("var_intercept"), number("var_slope"));
            let boundary = intercept <= 0.0 || slope <= 0.0 || number("cov").powi(2) >= intercept * slope;
            on_boundary[usize::from(boundary)] += 1;
            for (method, way) in
                [(DfMethod::Satterthwaite, "satterthwaite"), (DfMethod::KenwardRoger, "kenward_roger")]
            {
                let fits = fit(&trial, method, random_effects);
                assert_eq!(fits.boundary[0], f64::from(u8::from(boundary)), "{name} {key}");
                let ([between, residual], [of_slope, both]) = (fits.components, fits.slope_components);
                let reached = criterion(&trial, [between, of_slope, both, residual]);
                let theirs = lmer["reml_criterion"].as_f64().unwrap();
                assert!((reached - theirs) < 1e-9 && theirs - reached < 1e-6, "{reached} for {theirs}");
                if !boundary {
                    for (ours, what) in
                        [(between, "var_intercept"), (of_slope, "var_slope"), (residual, "var_residual")]
                    {
                        assert!(relative_difference(ours, number(what)) < 1e-8, "{what} {ours}");
                    }
                }
                let reference = if boundary { &lmer[way] } else { &newton[way] };
                if reference.is_null() {
                    continue;
                }
                agree(&fits, reference, &format!("{name} {key} {way}"), &mut worst[usize::from(boundary)]);
            }
        }
    }
    assert_eq!(on_boundary, [2, 2]);
    eprintln!("largest relative differences of estimates, SE, df: inside, on the boundary {worst:?}");
}
