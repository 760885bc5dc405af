//! Do simulated trials behave as theory says they must, and do the two engines agree?
//!
//! False alarms. Every comparison is a z value held against `LIMIT` = 6.7. Proportions with a known
//! p₀ use the signed root of the deviance, √(2n·KL(p̂‖p₀)): by Chernoff's bound it passes 6.7 with
//! probability at most 2·exp(−6.7²/2) = 3.6e-10 for every n and p₀, also where the normal
//! approximation fails. For the rest (means, standard deviations, differences of the engines) the
//! normal tail is 2.1e-11; the same 3.6e-10 is budgeted for what is not quite normal. Each test
//! states its number of comparisons; together they are 1,760 (384 + 384 + 144 + 128 + 360 + 232 +
//! 128), so with fresh seeds a correct program would fail in fewer than 1,760 × 3.6e-10 = 6.4e-7 of
//! runs. Seeds are fixed: what passes once always passes, until a value changes.
//!
//! Where moments do not exist they are not compared: with 2 patients in each arm and 2 covariates
//! the inverse of the covariates' cross-products (4 degrees of freedom) has no variance, and
//! Hedges' g on 4 degrees of freedom no fourth moment.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{ENGINES, ESTIMAND_IDS, embedded, row, scenario, simulate, value};
use trialliance::engine::EngineChoice;
use trialliance::estimand::{ARMS, WEIGHTS};
use trialliance::result::{Measure, Row, RunResult};
use trialliance::scenario::Scenario;

const LIMIT: f64 = 6.7;

/// Replicates of the quick tests; the slow ones take 10⁶.
const QUICK: u64 = 100_000;

/// Comparisons made and failed.
#[derive(Default)]
struct Check {
    count: usize,
    failures: Vec<String>,
}

impl Check {
    fn z(&mut self, what: impl FnOnce() -> String, z: f64) {
        self.count += 1;
        if z.is_nan() || z.abs() >= LIMIT {
            self.failures.push(format!("{}: z = {z:.2}", what()));
        }
    }

    /// A proportion against its known value.
    fn proportion(&mut self, what: &str, row: &Row, measure: &Measure, known: f64, trials: u64) {
        let z = deviance_root(value(measure), known, trials as f64);
        self.z(|| format!("{}/{} {what} {} for {known}", row.analysis, row.estimand, value(measure)), z);
    }

    /// A measure against its known value, by its own Monte Carlo standard error.
    fn known(&mut self, what: &str, row: &Row, measure: &Measure, known: f64) {
        let z = (value(measure) - known) / measure.mcse.unwrap();
        self.z(|| format!("{}/{} {what} {} for {known}", row.analysis, row.estimand, value(measure)), z);
    }

    /// The same measure from the two engines.
    fn agree(&mut self, what: &str, row: &Row, a: &Measure, b: &Measure) {
        let spread = a.mcse.unwrap().hypot(b.mcse.unwrap());
        let z = (value(a) - value(b)) / spread;
        self.z(
            || format!("{}/{} {what}: engines {} and {}", row.analysis, row.estimand, value(a), value(b)),
            z,
        );
    }

    fn finish(self, expected: usize) {
        assert!(
            self.failures.is_empty(),
            "{} of {}:\n{}",
            self.failures.len(),
            self.count,
            self.failures.join("\n")
        );
        assert_eq!(self.count, expected, "state the number of comparisons");
    }
}

/// √(2n·KL(p̂‖p₀)) with the sign of p̂ − p₀.
fn deviance_root(observed: f64, known: f64, trials: f64) -> f64 {
    let part = |p: f64, q: f64| if p == 0.0 { 0.0 } else { p * (p / q).ln() };
    let divergence = part(observed, known) + part(1.0 - observed, 1.0 - known);
    (2.0 * trials * divergence.max(0.0)).sqrt().copysign(observed - known)
}

fn both_engines(scenario: &Scenario, seed: u64, replicates: u64) -> [RunResult; 2] {
    ENGINES.map(|engine| simulate(scenario, engine, seed, replicates))
}

fn by_arm(values: [f64; ARMS]) -> Value {
    json!({"SL": values[0], "AL": values[1], "SE": values[2], "AE": values[3]})
}

fn counts(sizes: [u64; ARMS]) -> Value {
    json!({"SL": sizes[0], "AL": sizes[1], "SE": sizes[2], "AE": sizes[3]})
}

const SD: f64 = 10.0;
const BASELINE_SD: f64 = 8.0;
const CORRELATION: f64 = 0.6;

/// One outcome with a baseline and a covariate; all four methods and an ANCOVA with two covariates.
///
/// age correlates with the baseline and not with the outcome given the baseline.
fn all_methods(sizes: [u64; ARMS], means: [f64; ARMS], sd: &Value) -> Scenario {
    scenario(
        &json!({
            "schema": "trialliance.scenario/1",
            "name": "all-methods",
            "design": {"n_per_arm": counts(sizes)},
            "cohort": {
                "covariates": [{"id": "age", "mean": 45, "sd": 13}],
                "correlation": [{"between": ["age", "pain_baseline"], "value": 0.5}],
            },
            "response": {
                "outcomes": {"pain": {
                    "arm_means": by_arm(means), "sd": sd,
                    "baseline": {"mean": 50, "sd": BASELINE_SD, "correlation": CORRELATION},
                }},
                "correlation": [{"between": ["age", "pain"], "value": 0.3}],
            },
            "analyses": [
                {"method": "anova", "outcome": "pain"},
                {"method": "ancova", "outcome": "pain"},
                {"id": "ancova-two", "method": "ancova", "outcome": "pain", "covariates": ["baseline", "age"]},
                {"method": "change", "outcome": "pain"},
                {"method": "welch", "outcome": "pain"},
            ],
        })
        .to_string(),
    )
}

const EXACT: [&str; 4] = ["anova", "ancova", "ancova-two", "change"];

/// Variance of an estimate per unit of Σw²/n where all arms have the standard deviation `SD`;
/// for ANCOVA residual variance × (1 + p/(N − 4 − p − 1)), the mean of 1 + dᵀS⁻¹d·n/Σw².
fn unit_variance(analysis: &str, patients: f64) -> f64 {
    let residual = SD * SD * (1.0 - CORRELATION * CORRELATION);
    match analysis {
        "anova" | "welch" => SD * SD,
        "ancova" => residual * (1.0 + 1.0 / (patients - 6.0)),
        // age tells nothing beyond the baseline, so the residual variance is the same.
        "ancova-two" => residual * (1.0 + 2.0 / (patients - 7.0)),
        "change" => SD * SD + BASELINE_SD * BASELINE_SD - 2.0 * CORRELATION * SD * BASELINE_SD,
        other => panic!("{other}"),
    }
}

fn weight_over_sizes(estimand: usize, sizes: [u64; ARMS]) -> f64 {
    (0..ARMS).map(|arm| WEIGHTS[estimand][arm].powi(2) / sizes[arm] as f64).sum()
}

/// Everything that theory knows of a design with equal variances.
fn against_theory(check: &mut Check, result: &RunResult, sizes: [u64; ARMS]) {
    let patients = sizes.iter().sum::<u64>() as f64;
    for analysis in EXACT {
        for (estimand, name) in ESTIMAND_IDS.iter().enumerate() {
            let row = row(result, analysis, name);
            assert_eq!(row.failures, 0);
            check.proportion("power", row, &row.power, row.exact_power.unwrap(), result.replicates);
            check.proportion("coverage", row, &row.coverage, 0.95, result.replicates);
            let se = (unit_variance(analysis, patients) * weight_over_sizes(estimand, sizes)).sqrt();
            check.known("mean", row, &row.mean_estimate, row.truth.value);
            check.known("empirical SE", row, &row.empirical_se, se);
            check.known("model SE", row, &row.model_se, se);
            check.known("Hedges g", row, &row.effect_size.hedges_g, row.truth.value / SD);
        }
    }
}

/// Measures of one row that both engines must agree on.
fn engines_agree(check: &mut Check, results: &[RunResult; 2], what: &[&str]) {
    for (a, b) in results[0].results.iter().zip(&results[1].results) {
        for &measure in what {
            let of = |row: &'_ Row| -> Measure {
                match measure {
                    "mean" => row.mean_estimate.clone(),
                    "empirical SE" => row.empirical_se.clone(),
                    "model SE" => row.model_se.clone(),
                    "coverage" => row.coverage.clone(),
                    "power" => row.power.clone(),
                    "type M" => row.type_m.clone(),
                    "Hedges g" => row.effect_size.hedges_g.clone(),
                    "partial η²" => row.effect_size.partial_eta_squared.clone(),
                    other => panic!("{other}"),
                }
            };
            let (a_measure, b_measure) = (of(a), of(b));
            if a_measure.value.is_some() || b_measure.value.is_some() {
                check.agree(measure, a, &a_measure, &b_measure);
            }
        }
    }
}

#[test]
fn power_coverage_and_standard_errors_are_those_of_theory_when_arms_differ_in_size() {
    let sizes = [10, 40, 20, 30];
    let mut check = Check::default();
    for (engine, seed) in ENGINES.into_iter().zip([101, 102]) {
        let scenario = all_methods(sizes, [0.0, 1.0, 2.0, 6.0], &json!(SD));
        against_theory(&mut check, &simulate(&scenario, engine, seed, QUICK), sizes);
    }
    check.finish(2 * 4 * 8 * 6);
}

#[test]
fn three_patients_in_each_arm_behave_as_theory_says() {
    let sizes = [3; ARMS];
    let mut check = Check::default();
    for (engine, seed) in ENGINES.into_iter().zip([103, 104]) {
        let scenario = all_methods(sizes, [0.0, 5.0, 5.0, 30.0], &json!(SD));
        let result = simulate(&scenario, engine, seed, QUICK);
        against_theory(&mut check, &result, sizes);
    }
    check.finish(2 * 4 * 8 * 6);
}

#[test]
fn two_patients_in_each_arm_and_two_covariates_keep_their_power_and_coverage() {
    let scenario = all_methods([2; ARMS], [0.0, 10.0, 20.0, 50.0], &json!(SD));
    let mut check = Check::default();
    let results = both_engines(&scenario, 105, QUICK);
    for result in &results {
        for analysis in EXACT {
            for estimand in ESTIMAND_IDS {
                let row = row(result, analysis, estimand);
                assert_eq!(row.failures, 0);
                check.proportion("power", row, &row.power, row.exact_power.unwrap(), QUICK);
                check.proportion("coverage", row, &row.coverage, 0.95, QUICK);
            }
        }
    }
    // Of welch nothing is known exactly with so few patients.
    for estimand in ESTIMAND_IDS {
        let [a, b] = [0, 1].map(|engine: usize| row(&results[engine], "welch", estimand));
        check.agree("power", a, &a.power, &b.power);
        check.agree("coverage", a, &a.coverage, &b.coverage);
    }
    check.finish(2 * 4 * 8 * 2 + 8 * 2);
}

#[test]
fn nothing_is_claimed_in_more_than_5_percent_of_null_trials() {
    let scenario = embedded("null");
    let mut check = Check::default();
    for (engine, seed) in ENGINES.into_iter().zip([106, 107]) {
        let result = simulate(&scenario, engine, seed, QUICK);
        for row in result.results.iter() {
            if row.analysis == "welch" {
                // Satterthwaite's approximation errs by a few (1/ν)², ν = 28 for the smallest arm:
                // less than .002 of size. Beyond that only chance is allowed.
                let beyond = |share: f64, nominal: f64| nominal + (share - nominal).clamp(-0.002, 0.002);
                let (size, coverage) = (value(&row.power), value(&row.coverage));
                check.proportion("size", row, &row.power, beyond(size, 0.05), QUICK);
                check.proportion("coverage", row, &row.coverage, beyond(coverage, 0.95), QUICK);
            } else {
                check.proportion("size", row, &row.power, 0.05, QUICK);
                check.proportion("coverage", row, &row.coverage, 0.95, QUICK);
            }
        }
    }
    check.finish(2 * 4 * 8 * 2);
}

#[test]
fn the_engines_agree_where_the_arms_differ_in_spread() {
    let sizes = [12, 25, 15, 8];
    let sd = [5.0, 10.0, 15.0, 25.0];
    let means = [0.0, 4.0, 8.0, 20.0];
    let results = both_engines(&all_methods(sizes, means, &by_arm(sd)), 108, QUICK);
    let mut check = Check::default();
    let all = ["mean", "empirical SE", "model SE", "coverage", "power", "type M", "Hedges g", "partial η²"];
    engines_agree(&mut check, &results, &all);
    // Welch has no partial η².
    assert_eq!(check.count, 4 * 8 * 8 + 8 * 7);
    let freedom = sizes.iter().sum::<u64>() as f64 - 4.0;
    let pooled = (0..ARMS).map(|arm| (sizes[arm] as f64 - 1.0) * sd[arm] * sd[arm]).sum::<f64>() / freedom;
    for result in &results {
        for (estimand, name) in ESTIMAND_IDS.iter().enumerate() {
            let parts = (0..ARMS).map(|arm| (WEIGHTS[estimand][arm] * sd[arm]).powi(2) / sizes[arm] as f64);
            let true_se = parts.sum::<f64>().sqrt();
            let (welch, anova) = (row(result, "welch", name), row(result, "anova", name));
            check.known("empirical SE", welch, &welch.empirical_se, true_se);
            check.known("model SE", welch, &welch.model_se, true_se);
            let pooled_se = (pooled * weight_over_sizes(estimand, sizes)).sqrt();
            check.known("model SE", anova, &anova.model_se, pooled_se);
            assert!(anova.exact_power.is_none() && welch.exact_power.is_none());
        }
    }
    check.finish(4 * 8 * 8 + 8 * 7 + 2 * 8 * 3);
}

#[test]
fn the_engines_agree_on_the_trial_that_was_printed_with_realistic_noise() {
    let results = both_engines(&embedded("fuentes-2014-realistic-noise"), 111, QUICK);
    let mut check = Check::default();
    let all = ["empirical SE", "model SE", "coverage", "type M", "Hedges g", "partial η²"];
    engines_agree(&mut check, &results, &all);
    // Five analyses; welch has no partial η².
    check.finish(5 * 8 * 6 - 8);
}

/// Two outcomes; the second one's baseline-like covariate predicts the first through the response
/// correlation.
fn correlated_outcomes() -> Scenario {
    scenario(
        &json!({
            "schema": "trialliance.scenario/1",
            "name": "correlated-outcomes",
            "design": {"n_per_arm": counts([14, 15, 16, 17])},
            "cohort": {
                "covariates": [{"id": "ppt0", "mean": 4, "sd": 1.5}],
                "correlation": [{"between": ["ppt0", "pain_baseline"], "value": -0.2}],
            },
            "response": {
                "outcomes": {
                    "pain": {
                        "arm_means": by_arm([40.0, 36.0, 30.0, 24.0]), "sd": SD,
                        "baseline": {"mean": 50, "sd": BASELINE_SD, "correlation": 0.5},
                    },
                    "ppt": {
                        "arm_means": by_arm([4.0, 4.2, 4.5, 5.5]), "sd": 2,
                        "baseline": {"covariate": "ppt0", "correlation": 0.7},
                    },
                },
                "correlation": [
                    {"between": ["pain", "ppt0"], "value": -0.4},
                    {"between": ["pain", "ppt"], "value": -0.3},
                    {"between": ["ppt", "pain_baseline"], "value": -0.35},
                ],
            },
            "analyses": [
                {"id": "pain", "method": "ancova", "outcome": "pain", "covariates": ["baseline", "ppt0"]},
                {"id": "ppt", "method": "ancova", "outcome": "ppt", "covariates": ["baseline"]},
            ],
            "confidence_level": 0.9,
        })
        .to_string(),
    )
}

#[test]
fn response_correlations_enter_the_analysis_as_they_are_stated() {
    let mut check = Check::default();
    let sizes = [14, 15, 16, 17];
    let patients: u64 = sizes.iter().sum();
    // R² of two predictors with correlations a and b with the outcome and c with each other.
    let explained = |a: f64, b: f64, c: f64| (a * a + b * b - 2.0 * a * b * c) / (1.0 - c * c);
    let pain = SD * SD * (1.0 - explained(0.5, -0.4, -0.2)) * (1.0 + 2.0 / (patients as f64 - 7.0));
    let ppt = 4.0 * (1.0 - 0.49) * (1.0 + 1.0 / (patients as f64 - 6.0));
    for (engine, seed) in ENGINES.into_iter().zip([109, 110]) {
        let result = simulate(&correlated_outcomes(), engine, seed, QUICK);
        for (analysis, unit) in [("pain", pain), ("ppt", ppt)] {
            for (estimand, name) in ESTIMAND_IDS.iter().enumerate() {
                let row = row(&result, analysis, name);
                let se = (unit * weight_over_sizes(estimand, sizes)).sqrt();
                check.known("empirical SE", row, &row.empirical_se, se);
                check.known("model SE", row, &row.model_se, se);
                check.proportion("power", row, &row.power, row.exact_power.unwrap(), QUICK);
                check.proportion("coverage", row, &row.coverage, 0.9, QUICK);
            }
        }
    }
    check.finish(2 * 2 * 8 * 4);
}

/// The same at ten times the replicates, and the embedded scenarios' engines against each other:
/// `cargo test --release --test calibration -- --ignored`
#[test]
#[ignore = "slow: a million replicates each"]
fn a_million_replicates_agree_with_theory_and_between_engines() {
    let mut check = Check::default();
    for (sizes, means) in [
        ([10, 40, 20, 30], [0.0, 1.0, 2.0, 6.0]),
        ([3; ARMS], [0.0, 5.0, 5.0, 30.0]),
        ([29, 30, 29, 29], [0.0, 3.0, 4.0, 7.0]),
    ] {
        for (engine, seed) in ENGINES.into_iter().zip([201, 202]) {
            let scenario = all_methods(sizes, means, &json!(SD));
            against_theory(&mut check, &simulate(&scenario, engine, seed, 1_000_000), sizes);
        }
    }
    let known = check.count;
    assert_eq!(known, 3 * 2 * 4 * 8 * 6);
    let robust = ["mean", "empirical SE", "model SE", "coverage", "Hedges g", "partial η²"];
    for name in ["fuentes-2014", "fuentes-2014-realistic-noise", "sceptical", "aberson-2x2"] {
        let results = both_engines(&embedded(name), 203, 1_000_000);
        engines_agree(&mut check, &results, &robust);
    }
    let compared = check.count;
    check.finish(compared);
}

#[test]
fn the_engine_chosen_by_itself_is_the_one_of_sufficient_statistics() {
    let result = simulate(&embedded("null"), EngineChoice::Auto, 1, 100);
    assert_eq!(result.engine, "statistics");
}
