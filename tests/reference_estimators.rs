//! Do the analyses compute what R computes from the same patients?
//!
//! Six simulated data sets, balanced, unbalanced and heteroscedastic, fitted by R (the calls and
//! versions stand in each JSON file). Their patients are put into the engine's order, recorded as
//! the engine records them and analysed by the registry's analyses. Every estimate, standard error,
//! degree of freedom, p value and confidence limit of all eight estimands must agree to 1e-9
//! relative; R's numbers carry 15 digits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;
#[path = "support/two_by_two.rs"]
mod two_by_two;

use serde_json::Value;
use support::relative_difference;
use trialliance::analysis::registry::{self, Context};
use trialliance::analysis::{DegreesOfFreedom, Fits};
use trialliance::observation::{self, BATCH, Complete, MomentsBatch, Recorded};
use trialliance::stats::{noncentral_f, student_t};
use two_by_two::{
    AGE, BASELINE, COLUMNS, DATA_SETS, DataSet, ESTIMANDS, MALE, OUTCOME, PCS, SITES, Trial, of_moments,
};

const TOLERANCE: f64 = 1e-9;

/// R's names of what a covariate is in the data.
fn columns(name: &str) -> Vec<usize> {
    match name {
        "baseline" => vec![BASELINE],
        "pcs" => vec![PCS],
        "age" => vec![AGE],
        "sex" => vec![MALE],
        "site" => SITES.to_vec(),
        _ => panic!("{name} is in no model"),
    }
}

/// One model of one data set: the method and what R said of it.
struct Model<'a> {
    method: &'static str,
    covariates: Vec<usize>,
    contrasts: &'a Value,
    /// Residual degrees of freedom and standard deviation, where R reports them.
    residual: Option<(f64, f64)>,
    type3: Option<&'a Value>,
}

fn models(fitted: &Value) -> Vec<Model<'_>> {
    let linear = |key: &str, method| {
        let fit = &fitted[key];
        // One name is a text, several are a list.
        let names = match &fit["covariates"] {
            Value::Array(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
            name => vec![name.as_str().unwrap()],
        };
        Model {
            method,
            covariates: names.into_iter().flat_map(columns).collect(),
            contrasts: &fit["contrasts"],
            residual: Some((fit["df_residual"].as_f64().unwrap(), fit["sigma"].as_f64().unwrap())),
            type3: Some(&fit["type3"]["table"]),
        }
    };
    let factors = &fitted["ancova_with_factors"];
    let with_factors = Model {
        method: "ancova",
        covariates: ["baseline", "sex", "site"].into_iter().flat_map(columns).collect(),
        contrasts: &factors["contrasts"],
        residual: None,
        type3: Some(&factors["type3"]),
    };
    let plain = |key: &str, method| Model {
        method,
        covariates: Vec::new(),
        contrasts: &fitted[key]["contrasts"],
        residual: None,
        type3: None,
    };
    vec![
        linear("anova", "anova"),
        linear("ancova_1", "ancova"),
        linear("ancova_2", "ancova"),
        linear("ancova_3", "ancova"),
        with_factors,
        plain("change_score", "change"),
        plain("welch_contrasts", "welch"),
    ]
}

/// Compares numbers and counts the comparisons.
struct Comparison {
    place: String,
    count: usize,
    failures: Vec<String>,
}

impl Comparison {
    fn same(&mut self, what: &str, ours: f64, reference: &Value) {
        let theirs = reference.as_f64().unwrap_or_else(|| panic!("{}: no {what}", self.place));
        self.count += 1;
        let difference = relative_difference(ours, theirs);
        if difference.is_nan() || difference > TOLERANCE {
            self.failures.push(format!("{} {what}: {ours} for {theirs} ({difference:.1e})", self.place));
        }
    }
}

/// Two-sided p value of a t statistic: F with 1 and df degrees of freedom.
fn p_value(t: f64, degrees_of_freedom: f64) -> f64 {
    noncentral_f::sf(t * t, 1.0, degrees_of_freedom, 0.0)
}

fn compare(data_set: &DataSet, comparison: &mut Comparison) {
    let trial = Trial::read(data_set.patients);
    let batch = trial.record();
    let fitted: Value = serde_json::from_str(data_set.fitted).unwrap();
    assert_eq!(fitted["n"].as_u64().unwrap() as usize, trial.layout.patients());
    for model in models(&fitted) {
        let context = Context {
            outcome: OUTCOME,
            baseline: Some(BASELINE),
            covariates: model.covariates.clone(),
            ..Context::default()
        };
        let estimator = (registry::find(model.method).unwrap().build)(&context);
        let analysis = of_moments(&estimator);
        let mut fits = Fits::new(ESTIMANDS.len());
        analysis.fit(&batch, &mut fits);
        // The last trial of the batch: it must not matter where in the batch a trial stands.
        let last = BATCH - 1;
        for (estimand, name) in ESTIMANDS.iter().enumerate() {
            comparison.place = format!("{} {} {:?} {name}", data_set.name, model.method, model.covariates);
            let reference = &model.contrasts[name];
            let estimate = fits.estimate[estimand][last];
            assert_eq!(estimate.to_bits(), fits.estimate[estimand][0].to_bits());
            let se = fits.variance[estimand][last].sqrt();
            let df = match analysis.degrees_of_freedom(&batch.sizes) {
                DegreesOfFreedom::Constant(df) => df,
                DegreesOfFreedom::Estimated { least, most } => {
                    let df = fits.degrees_of_freedom[estimand][last];
                    assert!((least..=most).contains(&df), "{}: df {df}", comparison.place);
                    df
                }
            };
            comparison.same("estimate", estimate, &reference["estimate"]);
            comparison.same("SE", se, &reference["se"]);
            comparison.same("df", df, &reference["df"]);
            comparison.same("t", estimate / se, &reference["t"]);
            comparison.same("p", p_value(estimate / se, df), &reference["p"]);
            let half_width = student_t::isf(0.025, df) * se;
            comparison.same("lower limit", estimate - half_width, &reference["ci_lower"]);
            comparison.same("upper limit", estimate + half_width, &reference["ci_upper"]);
        }
        if let Some((df, sigma)) = model.residual {
            comparison.place = format!("{} {} {:?}", data_set.name, model.method, model.covariates);
            assert_eq!(analysis.degrees_of_freedom(&batch.sizes), DegreesOfFreedom::Constant(df));
            if model.covariates.is_empty() {
                comparison.same("sigma", fits.outcome_variance[last].sqrt(), &Value::from(sigma));
            }
        }
        if let Some(table) = model.type3 {
            // With equal weights over the other factor a contrast's t² is its type III F.
            for (estimand, term) in ["alliance", "ifc", "alliance:ifc"].iter().enumerate() {
                comparison.place = format!("{} {:?} type III {term}", data_set.name, model.covariates);
                let squared = fits.estimate[estimand][last].powi(2) / fits.variance[estimand][last];
                let df = table["Residuals"]["df"].as_f64().unwrap();
                comparison.same("F", squared, &table[term]["f"]);
                comparison.same("p", p_value(squared.sqrt(), df), &table[term]["p"]);
            }
        }
    }
}

#[test]
fn every_analysis_gives_r_s_numbers_for_the_same_patients() {
    let mut comparison = Comparison { place: String::new(), count: 0, failures: Vec::new() };
    for data_set in &DATA_SETS {
        compare(data_set, &mut comparison);
    }
    // 6 data sets × (7 models × 8 estimands × 7 numbers + 5 models × 3 terms × 2 + sigma).
    assert_eq!(comparison.count, 6 * (7 * 8 * 7 + 5 * 3 * 2 + 1));
    assert!(comparison.failures.is_empty(), "{}", comparison.failures.join("\n"));
}

#[test]
fn a_failed_analysis_is_seen_when_a_covariate_does_not_vary() {
    let mut trial = Trial::read(DATA_SETS[0].patients);
    trial.columns[BASELINE].fill(50.0);
    let context = Context { outcome: OUTCOME, covariates: vec![BASELINE], ..Context::default() };
    let estimator = (registry::find("ancova").unwrap().build)(&context);
    let analysis = of_moments(&estimator);
    let mut fits = Fits::new(ESTIMANDS.len());
    analysis.fit(&trial.record(), &mut fits);
    assert_eq!(fits.drop_failures().iter().sum::<u64>(), BATCH as u64);
}

/// The slope of a regression has the t statistic of the correlation: R's `cor.test`.
#[test]
fn the_slope_of_an_exposure_has_the_t_of_r_s_correlation_test() {
    let reference: Value =
        serde_json::from_str(include_str!("reference/linear_models/correlation.json")).unwrap();
    for data_set in &DATA_SETS {
        let trial = Trial::read(data_set.patients);
        let patients = trial.layout.patients();
        let context = Context { outcome: OUTCOME, exposure: Some(BASELINE), ..Context::default() };
        let estimator = (registry::find("exposure").unwrap().build)(&context);
        let analysis = of_moments(&estimator);
        let recorded = Recorded {
            variables: vec![BASELINE, OUTCOME],
            pairs: vec![(BASELINE, BASELINE), (OUTCOME, BASELINE), (OUTCOME, OUTCOME)],
            ..Recorded::default()
        };
        let mut batch = MomentsBatch::new([patients, 0, 0, 0], COLUMNS.len());
        let column = |v: usize| trial.columns[v].as_slice();
        observation::record_complete(
            column,
            &vec![0; patients],
            &recorded,
            &mut Complete::default(),
            &mut batch,
        );
        let mut fits = Fits::new(ESTIMANDS.len());
        analysis.fit(&batch, &mut fits);
        let found = &reference[data_set.name];
        let DegreesOfFreedom::Constant(df) = analysis.degrees_of_freedom(&batch.sizes) else {
            panic!("degrees of freedom are known");
        };
        let t = fits.estimate[0][0] / fits.variance[0][0].sqrt();
        assert_eq!(df, found["df"].as_f64().unwrap());
        for (ours, theirs) in [(t, "t"), (p_value(t, df), "p")] {
            let difference = relative_difference(ours, found[theirs].as_f64().unwrap());
            assert!(difference < TOLERANCE, "{} {theirs}: {ours}, {difference:.1e}", data_set.name);
        }
    }
}
