//! Is the exact power that a result reports the exact power?
//!
//! Eleven 2×2 designs computed by SciPy and mpmath (`exact_power.json`; its note says how): ANOVA
//! by noncentral F, ANCOVA with one and three covariates integrated over the covariates' chance
//! imbalance; and published answers (the textbook's .598, Aberson's table). Read from the
//! `exact_power` of a run, so the whole way from scenario to result is checked. Tolerance: 1e-8
//! relative; published answers to their printed digits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{embedded, relative_difference, row, scenario, simulate};
use trialliance::engine::EngineChoice;
use trialliance::stats::{noncentral_f, student_t};

const TOLERANCE: f64 = 1e-8;

const REFERENCE: &str = include_str!("reference/power/exact_power.json");

/// Arms as the file and as scenarios name them.
const ARMS: [(&str, &str); 4] =
    [("limited_sham", "SL"), ("limited_active", "AL"), ("enhanced_sham", "SE"), ("enhanced_active", "AE")];

fn reference() -> Value {
    serde_json::from_str(REFERENCE).unwrap()
}

/// A design of the file, with three standard normal covariates that predict nothing.
fn design(design: &Value, analyses: &Value) -> String {
    let by_arm = |key: &str| -> Value {
        ARMS.iter().map(|&(long, short)| (short.to_owned(), design[key][long].clone())).collect()
    };
    let covariates: Vec<Value> = ["x", "y", "z"].map(|id| json!({"id": id, "mean": 0, "sd": 1})).to_vec();
    json!({
        "schema": "trialliance.scenario/1",
        "name": "design",
        "design": {"n_per_arm": by_arm("n")},
        "cohort": {"covariates": covariates},
        "response": {"outcomes": {"outcome": {"arm_means": by_arm("means"), "sd": design["sd"]}}},
        "alpha": design["alpha"],
        "analyses": analyses,
    })
    .to_string()
}

/// The file's name of each model, and the analysis that it is.
const MODELS: [(&str, &str, &[&str]); 3] = [
    ("anova", "anova", &[]),
    ("ancova_1_covariates", "ancova", &["x"]),
    ("ancova_3_covariates", "ancova", &["x", "y", "z"]),
];

#[test]
fn anova_and_ancova_power_is_that_of_the_reference_in_every_design() {
    let reference = reference();
    let mut compared = 0;
    let mut failures = Vec::new();
    for entry in reference["two_by_two"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let present: Vec<_> = MODELS.iter().filter(|(model, ..)| entry.get(model).is_some()).collect();
        let analyses: Value = present
            .iter()
            .map(|(model, method, covariates)| {
                let mut analysis = json!({"id": model, "method": method, "outcome": "outcome"});
                if !covariates.is_empty() {
                    analysis["covariates"] = json!(covariates);
                }
                analysis
            })
            .collect();
        let result = simulate(&scenario(&design(entry, &analyses)), EngineChoice::Patients, 1, 1);
        for (model, ..) in present {
            for (estimand, expected) in entry[model].as_object().unwrap() {
                let ours = match estimand.as_str() {
                    "enhanced_active_minus_limited_sham" => row(&result, model, "joint"),
                    same => row(&result, model, same),
                };
                let power = expected["power"].as_f64().unwrap();
                let exact = ours.exact_power.unwrap_or_else(|| panic!("{name} {model}: no exact power"));
                let truth = expected["truth"].as_f64().unwrap();
                assert!((ours.truth.value - truth).abs() <= 1e-12 * truth.abs().max(1.0));
                compared += 1;
                let difference = relative_difference(exact, power);
                if difference.is_nan() || difference > TOLERANCE {
                    failures
                        .push(format!("{name} {model} {estimand}: {exact} for {power} ({difference:.1e})"));
                }
            }
        }
    }
    // Eleven designs with three models each, but two patients per arm have ANOVA only.
    assert_eq!(compared, (11 * 3 - 2) * 8);
    assert!(failures.is_empty(), "{} of {compared}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_predictive_covariate_has_the_power_of_its_residual_sd() {
    // Correlation .6 and SD 10 leave a residual SD of 8: the same power as SD 8 and a covariate
    // that predicts nothing.
    let means = json!({"SL": 0, "AL": 3, "SE": 4, "AE": 8});
    let text = |sd: f64, correlation: f64| {
        json!({
            "schema": "trialliance.scenario/1", "name": "residual",
            "design": {"n_per_arm": {"SL": 12, "AL": 15, "SE": 11, "AE": 14}},
            "response": {"outcomes": {"outcome": {"arm_means": means, "sd": sd,
                "baseline": {"mean": 50, "sd": 7, "correlation": correlation}}}},
            "analyses": [{"method": "ancova", "outcome": "outcome"}],
        })
        .to_string()
    };
    let predictive = simulate(&scenario(&text(10.0, 0.6)), EngineChoice::Statistics, 1, 1);
    let idle = simulate(&scenario(&text(8.0, 0.0)), EngineChoice::Statistics, 1, 1);
    for (a, b) in predictive.results.iter().zip(&idle.results) {
        assert!(relative_difference(a.exact_power.unwrap(), b.exact_power.unwrap()) < 1e-12);
    }
}

#[test]
fn the_power_of_a_two_group_t_test_is_that_of_the_reference() {
    let reference = reference();
    let tests = reference["t_test"].as_array().unwrap();
    assert_eq!(tests.len(), 4);
    for test in tests {
        let number = |key: &str| test[key].as_f64().unwrap();
        let (n1, n2) = (number("n1"), number("n2"));
        let df = n1 + n2 - 2.0;
        let standardised = number("difference") / number("sd");
        let noncentrality = standardised * standardised / (1.0 / n1 + 1.0 / n2);
        let critical = student_t::isf(number("alpha") / 2.0, df);
        let power = noncentral_f::sf(critical * critical, 1.0, df, noncentrality);
        assert!(relative_difference(power, number("two_sided")) <= TOLERANCE, "{power} for {test}");
    }
}

#[test]
fn the_textbook_design_has_power_598_for_main_effects_and_interaction() {
    let reference = reference();
    let textbook = &reference["two_by_two"][0];
    let text = design(textbook, &json!([{"method": "anova", "outcome": "outcome"}]));
    let result = simulate(&scenario(&text), EngineChoice::Statistics, 1, 1);
    for estimand in ["alliance", "ifc", "interaction"] {
        let power = row(&result, "anova", estimand).exact_power.unwrap();
        assert!((power - 0.597_865_5).abs() < 5e-8, "{estimand}: {power}");
    }
}

#[test]
fn aberson_s_table_is_reproduced_with_100_and_250_per_cell() {
    let published = [(100, [0.897_507_2, 0.421_020_4]), (250, [0.999_185_2, 0.796_049_6])];
    for (per_cell, [a, b]) in published {
        let mut scenario = embedded("aberson-2x2");
        for n in scenario.design.n_per_arm.iter_mut().flat_map(|sizes| sizes.values_mut()) {
            *n = per_cell;
        }
        let result = simulate(&scenario, EngineChoice::Statistics, 1, 1);
        for (estimand, power) in [("a", a), ("b", b), ("interaction", b)] {
            let exact = row(&result, "anova", estimand).exact_power.unwrap();
            assert!((exact - power).abs() < 5e-8, "{estimand} at {per_cell}: {exact} for {power}");
        }
    }
}
