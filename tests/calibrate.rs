//! Does `calibrate` find in the data of a trial what is in it, and is its scenario one to work with?
//!
//! Large virtual trials of known scenarios are calibrated: each number must lie within 5 of its
//! standard errors of the truth. That is wrong by chance in one of 1.7 million cases each, and about
//! 60 numbers are held so: a false alarm in 30,000 (seeds are fixed). Over many small trials the mean
//! squared error must be the mean squared standard error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::Value;
use support::calibrated::{columns, embedded, estimate, exported, of_text, settings};
use support::{TWO_BY_TWO, linear_models, reference, relative_difference};
use trialliance::calibration::{Calibration, Clustering, Estimate, Settings};
use trialliance::data::{Dataset, Request, Roles, Table};
use trialliance::scenario::{self, Better};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/");

/// How many standard errors an estimate may lie from the truth.
const FAR: f64 = 5.0;

/// An estimate's distance from the truth in its standard errors.
fn distance(fitted: &Calibration, pointer: &str, truth: f64) -> f64 {
    let estimate = estimate(fitted, pointer);
    (estimate.value - truth) / estimate.se.unwrap()
}

#[track_caller]
fn near(fitted: &Calibration, pointer: &str, truth: f64) {
    let far = distance(fitted, pointer, truth);
    let Estimate { value, se, .. } = estimate(fitted, pointer);
    assert!(far.abs() < FAR, "{pointer}: {value} (SE {se:?}) for {truth}, {far:.2} standard errors off");
}

#[track_caller]
fn same(ours: f64, theirs: f64, tolerance: f64, place: &str) {
    let difference = relative_difference(ours, theirs);
    assert!(difference < tolerance, "{place}: {ours} for {theirs} ({difference:.1e})");
}

#[test]
fn means_spreads_and_correlations_are_those_of_r() {
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        let text = std::fs::read_to_string(format!("{DATA}{name}.csv")).unwrap();
        let without_therapists = text.replacen("therapist", "room", 1);
        let ours = of_text(&without_therapists, &columns(&["outcome"], &[]), &settings());
        let by_arm = Settings { sd_per_arm: true, ..settings() };
        let by_arm = of_text(&without_therapists, &columns(&["outcome"], &[]), &by_arm);
        for (arm, cell) in [
            ("SL", "limited_sham"),
            ("AL", "limited_active"),
            ("SE", "enhanced_sham"),
            ("AE", "enhanced_active"),
        ] {
            let theirs = |field: &str| fitted["cells"][cell][field].as_f64().unwrap();
            let mean = estimate(&ours, &format!("/response/outcomes/outcome/arm_means/{arm}"));
            same(mean.value, theirs("mean"), 1e-12, name);
            assert_eq!(mean.patients as f64, theirs("n"));
            let sigma = fitted["anova"]["sigma"].as_f64().unwrap();
            same(mean.se.unwrap(), sigma / theirs("n").sqrt(), 1e-9, name);
            let sd = estimate(&by_arm, &format!("/response/outcomes/outcome/sd/{arm}"));
            same(sd.value, theirs("sd"), 1e-12, name);
            let mean = estimate(&by_arm, &format!("/response/outcomes/outcome/arm_means/{arm}"));
            same(mean.se.unwrap(), theirs("sd") / theirs("n").sqrt(), 1e-12, name);
        }
        let number = |model: &str, field: &str| fitted[model][field].as_f64().unwrap();
        let sd = estimate(&ours, "/response/outcomes/outcome/sd");
        same(sd.value, number("anova", "sigma"), 1e-12, name);
        // The share of the residual sum of squares that the baseline explains.
        let squares = |model: &str| number(model, "sigma").powi(2) * number(model, "df_residual");
        let explained = 1.0 - squares("ancova_1") / squares("anova");
        let slope = fitted["ancova_1"]["slopes"]["baseline"]["estimate"].as_f64().unwrap();
        let r = estimate(&ours, "/response/outcomes/outcome/baseline/correlation").value;
        same(r.powi(2), explained, 1e-9, name);
        assert_eq!(r.signum(), slope.signum());
    }
}

/// The mixed models of R adjust for the baseline.
#[test]
fn variances_between_therapists_are_those_of_r() {
    for (name, on_boundary) in [
        ("therapists_crossed_n160", true),
        ("therapists_crossed_uneven_n152", false),
        ("therapists_nested_n160", false),
        ("therapists_nested_no_variance_n160", false),
        ("therapists_nested_uneven_n137", true),
    ] {
        let theirs: Value = serde_json::from_str(&reference(&format!("mixed_models/{name}.json"))).unwrap();
        let fit = &theirs["random_intercept"][if on_boundary { "lmer" } else { "newton" }];
        let bytes = std::fs::read(format!("{DATA}{name}.csv")).unwrap();
        let table = Table::read(&bytes).unwrap();
        let request = Request { outcome: Some("outcome".to_owned()), ..Request::default() };
        let roles = Roles::find(&table, &request, None).unwrap();
        let data = Dataset::read(&table, &roles, None).unwrap();
        let [outcome, baseline] = ["outcome", "baseline"].map(|column| data.index(column).unwrap());
        let ours = Clustering::fit(&data, outcome, &[baseline]).unwrap();
        let number = |field: &str| fit[field].as_f64().unwrap();
        let tolerance = if on_boundary { 1e-9 } else { 1e-8 };
        same(ours.between, number("var_therapist"), tolerance, name);
        same(ours.within, number("var_residual"), tolerance, name);
        let icc = number("var_therapist") / (number("var_therapist") + number("var_residual"));
        same(ours.icc(), icc, tolerance, name);
        assert_eq!(ours.therapists() as u64, theirs["n_therapists"].as_u64().unwrap());
        if !on_boundary {
            // Expected and observed information are not the same thing, but they are near each other.
            for (k, variance) in [ours.covariance[0][0], ours.covariance[1][1]].into_iter().enumerate() {
                let observed = fit["se_variance_observed_information"][k].as_f64().unwrap();
                let ratio = variance.sqrt() / observed;
                assert!((0.7..1.4).contains(&ratio), "{name} {k}: {ratio}");
            }
        }
    }
}

/// Without covariates and with therapists who all treat alike, REML's variances are those of the mean
/// squares (Searle, Casella, McCulloch 1992, section 4.8).
#[test]
fn the_intraclass_correlation_is_that_of_mean_squares_in_a_balanced_trial() {
    let sizes = r#"/design/n_per_arm={"SL": 40, "AL": 40, "SE": 40, "AE": 40}"#;
    let scenario = embedded("therapist-clustered", &[sizes, r#"/design/therapists={"n": 8, "icc": 0.2}"#]);
    let text = exported(&scenario, 3, 0);
    let fitted = of_text(&text, &columns(&["pain"], &[]), &settings());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let place = |name: &str, reader: &mut csv::Reader<&[u8]>| {
        reader.headers().unwrap().iter().position(|column| column == name).unwrap()
    };
    let places = ["arm", "therapist", "pain"].map(|name| place(name, &mut reader));
    let rows: Vec<(String, String, f64)> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let cell = |k: usize| record[places[k]].to_owned();
            (cell(0), cell(1), cell(2).parse().unwrap())
        })
        .collect();
    let mean = |of: &dyn Fn(&(String, String, f64)) -> bool| {
        let values: Vec<f64> = rows.iter().filter(|row| of(row)).map(|row| row.2).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let grand = mean(&|_| true);
    let sum =
        |part: &dyn Fn(&(String, String, f64)) -> f64| rows.iter().map(|row| part(row).powi(2)).sum::<f64>();
    let of_arm = |row: &(String, String, f64)| mean(&|other| other.0 == row.0);
    let of_therapist = |row: &(String, String, f64)| mean(&|other| other.1 == row.1);
    let between = sum(&|row| of_therapist(row) - grand);
    let rest = sum(&|row| row.2 - of_arm(row) - of_therapist(row) + grand);
    let therapists = scenario.design.therapists.as_ref().unwrap().n as f64;
    let caseload = rows.len() as f64 / therapists;
    // Crossed and even, or the sums of squares would not be those of two factors.
    assert_eq!(caseload, 20.0);
    let mean_squares = [between / (therapists - 1.0), rest / (rows.len() as f64 - 4.0 - (therapists - 1.0))];
    let variance = (mean_squares[0] - mean_squares[1]) / caseload;
    assert!(variance > 0.0);
    let icc = estimate(&fitted, "/design/therapists/icc/pain").value;
    same(icc, variance / (variance + mean_squares[1]), 1e-9, "ICC");
    let sd = estimate(&fitted, "/response/outcomes/pain/sd").value;
    same(sd, (variance + mean_squares[1]).sqrt(), 1e-9, "SD");
}

#[test]
fn a_large_trial_gives_its_scenario_back() {
    let n = r#"/design/n_per_arm={"SL": 2000, "AL": 2500, "SE": 2000, "AE": 1500}"#;
    let truth = embedded("fuentes-2014", &[n]);
    let text = exported(&truth, 11, 0);
    let fitted = of_text(&text, &columns(&["pain", "ppt"], &[]), &settings());
    for (name, outcome) in &truth.response.outcomes {
        let at = |field: &str| format!("/response/outcomes/{name}/{field}");
        let means = scenario::resolve::arm_means(&truth, outcome);
        for (arm, mean) in ["SL", "AL", "SE", "AE"].iter().zip(means) {
            near(&fitted, &at(&format!("arm_means/{arm}")), mean);
        }
        near(&fitted, &at("sd"), scenario::resolve::arm_sds(&truth, outcome)[0]);
        let baseline = outcome.baseline.as_ref().unwrap();
        near(&fitted, &at("baseline/mean"), baseline.mean.unwrap());
        near(&fitted, &at("baseline/sd"), baseline.sd.unwrap());
        near(&fitted, &at("baseline/correlation"), baseline.correlation);
    }
    let sizes = fitted.scenario.design.n_per_arm.as_ref().unwrap();
    assert_eq!(sizes.values().copied().collect::<Vec<_>>(), [2000, 2500, 2000, 1500]);
    // Once more: the calibrated scenario's own trials give it back.
    let again = of_text(&exported(&fitted.scenario, 12, 0), &columns(&["pain", "ppt"], &[]), &settings());
    let value = serde_json::to_value(&fitted.scenario).unwrap();
    for estimate in &fitted.estimates {
        near(&again, &estimate.pointer, value.pointer(&estimate.pointer).unwrap().as_f64().unwrap());
    }
    assert_eq!(again.scenario.analyses, fitted.scenario.analyses);
    assert_eq!(again.scenario.factors, truth.factors);
}

#[test]
fn therapists_missing_outcomes_and_covariates_come_back() {
    let set = [
        r#"/design/n_per_arm={"SL": 1000, "AL": 1000, "SE": 1000, "AE": 1000}"#,
        r#"/design/therapists={"n": 250, "icc": 0.1}"#,
        r#"/cohort={"covariates": [{"id": "age", "mean": 45, "sd": 13},
            {"id": "risk", "law": "categorical", "levels": {"high": 0.3, "low": 0.7}},
            {"id": "months", "law": "log_normal", "mean": 40, "sd": 50}],
            "correlation": [{"between": ["age", "pain_baseline"], "value": 0.2},
                            {"between": ["risk", "pain_baseline"], "value": -0.3}]}"#,
        r#"/observation={"missing": [{"rate": {"SL": 0.05, "AL": 0.1, "SE": 0.2, "AE": 0.3}}]}"#,
        r#"/response/correlation=[{"between": ["months", "pain"], "value": 0.25}]"#,
    ];
    let truth = embedded("therapist-clustered", &set);
    let text = exported(&truth, 21, 0);
    let asked = Settings { better: vec![(None, Better::Lower)], ..settings() };
    let fitted = of_text(&text, &columns(&["pain"], &["age", "risk", "months"]), &asked);
    let pain = &truth.response.outcomes["pain"];
    near(&fitted, "/design/therapists/icc/pain", 0.1);
    near(&fitted, "/response/outcomes/pain/sd", scenario::resolve::arm_sds(&truth, pain)[0]);
    near(&fitted, "/response/outcomes/pain/control_mean", scenario::resolve::arm_means(&truth, pain)[0]);
    let effects = scenario::resolve::effects(&truth.factors, pain).unwrap();
    near(
        &fitted,
        "/response/outcomes/pain/effects/alliance",
        effects.context_at_reference + 0.5 * effects.interaction,
    );
    near(
        &fitted,
        "/response/outcomes/pain/effects/ifc",
        effects.treatment_at_reference + 0.5 * effects.interaction,
    );
    near(&fitted, "/response/outcomes/pain/effects/interaction", effects.interaction);
    for (arm, rate) in [("SL", 0.05), ("AL", 0.1), ("SE", 0.2), ("AE", 0.3)] {
        near(&fitted, &format!("/observation/missing/0/rate/{arm}"), rate);
    }
    near(&fitted, "/cohort/covariates/0/mean", 45.0);
    near(&fitted, "/cohort/covariates/0/sd", 13.0);
    let covariates = &fitted.scenario.cohort.covariates;
    let risk = covariates[1].levels.as_ref().unwrap();
    assert_eq!(risk.keys().collect::<Vec<_>>(), ["high", "low"]);
    // A share of 4,000: 5 standard errors.
    assert!((risk["high"] - 0.3).abs() < FAR * (0.21_f64 / 4000.0).sqrt());
    assert_eq!((covariates[2].law.name(), covariates[2].values.as_ref().unwrap().len()), ("empirical", 4000));
    let of_pair = |one: &str, other: &str| {
        let lists = [
            ("cohort", &fitted.scenario.cohort.correlation),
            ("response", &fitted.scenario.response.correlation),
        ];
        let mut found = lists.iter().flat_map(|(place, list)| {
            list.iter()
                .enumerate()
                .map(move |(index, entry)| (format!("/{place}/correlation/{index}/value"), entry))
        });
        found.find(|(_, entry)| entry.between == [one, other]).expect("the pair").0
    };
    for (one, other, r) in [
        ("age", "pain_baseline", 0.2),
        ("risk", "pain_baseline", -0.3),
        ("months", "pain", 0.25),
        ("age", "risk", 0.0),
        ("months", "pain_baseline", 0.0),
    ] {
        // Skewness makes a correlation err more than in normal variables: the distance is told apart.
        let pointer = of_pair(one, other);
        let far = distance(&fitted, &pointer, r);
        let allowed = if one == "months" { 2.0 * FAR } else { FAR };
        assert!(far.abs() < allowed, "{one} and {other}: {far}");
    }
    let therapists = fitted.scenario.design.therapists.as_ref().unwrap();
    assert_eq!((therapists.n, therapists.caseload_cv, therapists.stratified), (250, None, None));
    // The distribution of the skewed covariate is kept in the scenario's own trials.
    let again = of_text(&exported(&fitted.scenario, 22, 0), &columns(&["pain"], &["months"]), &settings());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let months = |fitted: &Calibration, index: usize| {
        mean(fitted.scenario.cohort.covariates[index].values.as_ref().unwrap())
    };
    assert!((months(&again, 0) - months(&fitted, 2)).abs() < FAR * 50.0 / 4000.0_f64.sqrt() * 1.5);
}

/// The mean squared error of an estimate over small trials, divided by its mean squared standard error.
///
/// It is 1 with a standard deviation of about √(2/trials): χ² with 400 degrees of freedom is more than
/// 5 of these off in one of 340,000 cases, for each of 14 numbers.
fn mean_square(trials: &[Calibration], pointer: &str, truth: f64) -> f64 {
    let found: Vec<&Estimate> = trials.iter().map(|fitted| estimate(fitted, pointer)).collect();
    let errors: f64 = found.iter().map(|estimate| (estimate.value - truth).powi(2)).sum();
    errors / found.iter().map(|estimate| estimate.se.unwrap().powi(2)).sum::<f64>()
}

#[test]
fn standard_errors_are_those_of_repeated_trials() {
    const TRIALS: u64 = 400;
    let truth = embedded(
        "fuentes-2014-realistic-noise",
        &[r#"/design/n_per_arm={"SL": 30, "AL": 30, "SE": 40, "AE": 30}"#],
    );
    let pain = &truth.response.outcomes["pain"];
    let trials: Vec<Calibration> = (0..TRIALS)
        .map(|replicate| of_text(&exported(&truth, 31, replicate), &columns(&["pain"], &[]), &settings()))
        .collect();
    let baseline = pain.baseline.as_ref().unwrap();
    let bound = FAR * (2.0 / TRIALS as f64).sqrt();
    for (pointer, number) in [
        ("arm_means/SE", scenario::resolve::arm_means(&truth, pain)[2]),
        ("sd", scenario::resolve::arm_sds(&truth, pain)[0]),
        ("baseline/mean", baseline.mean.unwrap()),
        ("baseline/correlation", baseline.correlation),
    ] {
        let pointer = format!("/response/outcomes/pain/{pointer}");
        let square = mean_square(&trials, &pointer, number);
        assert!((square - 1.0).abs() < bound, "{pointer}: {square} for 1 ± {bound}");
    }
}

/// Therapists who are crossed with the arms, and therapists who are trained in one style.
#[test]
fn standard_errors_know_of_therapists() {
    const TRIALS: u64 = 400;
    for layout in ["crossed", "nested"] {
        let therapists = format!(
            r#"/design/therapists={{"n": 40, "icc": 0.15, "layout": "{layout}", "caseload_cv": 0.5}}"#
        );
        let sizes = r#"/design/n_per_arm={"SL": 60, "AL": 50, "SE": 60, "AE": 50}"#;
        let truth = embedded("therapist-clustered", &[&therapists, sizes]);
        let pain = &truth.response.outcomes["pain"];
        let effects = scenario::resolve::effects(&truth.factors, pain).unwrap();
        let asked = Settings { better: vec![(None, Better::Lower)], ..settings() };
        let trials: Vec<Calibration> = (0..TRIALS)
            .map(|replicate| of_text(&exported(&truth, 41, replicate), &columns(&["pain"], &[]), &asked))
            .collect();
        let bound = FAR * (2.0 / TRIALS as f64).sqrt();
        let alliance = effects.context_at_reference + 0.5 * effects.interaction;
        let ifc = effects.treatment_at_reference + 0.5 * effects.interaction;
        for (pointer, number) in [
            ("/response/outcomes/pain/control_mean", scenario::resolve::arm_means(&truth, pain)[0]),
            ("/response/outcomes/pain/effects/alliance", alliance),
            ("/response/outcomes/pain/effects/ifc", ifc),
            ("/response/outcomes/pain/sd", scenario::resolve::arm_sds(&truth, pain)[0]),
            ("/design/therapists/icc/pain", 0.15),
        ] {
            let square = mean_square(&trials, pointer, number);
            assert!((square - 1.0).abs() < bound, "{layout} {pointer}: {square} for 1 ± {bound}");
        }
    }
}
