//! Odds ratios, risk ratios, common odds ratios, proportional odds, and numbers needed to treat.
//!
//! Unless stated otherwise a comparison with a closed form fails beyond 5 standard errors, a
//! false-alarm rate of 6e-7 each; seeds are fixed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::{Value, json};
use support::patients::*;
use support::{reference, relative_difference, row, value};
use trialliance::data::{Asked, Dataset, Request, Roles, Table, TrialAnalysis, analyze};
use trialliance::error::Error;
use trialliance::estimand::{ARMS, WEIGHTS, estimands};
use trialliance::report::{AnalysisFormat, Format, render, render_analysis};
use trialliance::result::TruthKind;
use trialliance::scenario::{self, AnalysisSpec, Better, Responder};
use trialliance::stats::{cholesky, normal};

const REPLICATES: u64 = 20_000;
const SIZES: [&str; 2] = ["n60", "n117"];

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn analyzed(file: &str, outcome: &str, method: &str, options: AnalysisSpec) -> Result<TrialAnalysis, Error> {
    let text = reference(&format!("data/{file}.csv"));
    // The baseline is adjusted for where it is asked for, and not by its name.
    let table = Table::read(text.replacen(",baseline,", ",before,", 1).as_bytes()).unwrap();
    let request = Request {
        outcome: Some(outcome.to_owned()),
        methods: vec![method.to_owned()],
        options,
        ..Request::default()
    };
    let roles = Roles::find(&table, &request, None)?;
    let data = Dataset::read(&table, &roles, None)?;
    let better = |_: &str| Some(Better::Higher);
    let asked = Asked { source: file, alpha: 0.05, confidence_level: 0.95, draws: (1, 0), better: &better };
    analyze(&data, &roles, &asked)
}

fn adjusted_for(names: &Value) -> AnalysisSpec {
    let column = |name: &Value| name.as_str().unwrap().replace("baseline", "before");
    let names: Vec<String> = names.as_array().unwrap().iter().map(column).collect();
    AnalysisSpec { covariates: Some(names), ..AnalysisSpec::default() }
}

#[track_caller]
fn close(ours: f64, theirs: &Value, tolerance: f64, place: &str) {
    let theirs = theirs.as_f64().unwrap_or_else(|| panic!("{place}: no reference"));
    let difference = relative_difference(ours, theirs);
    assert!(difference < tolerance, "{place}: {ours} for {theirs} ({difference:.1e})");
}

fn read_json(name: &str) -> Value {
    serde_json::from_str(&reference(&format!("responders/{name}.json"))).unwrap()
}

/// Wald's standard error, likelihood-ratio test and profile limits, with and without covariates.
#[test]
fn odds_ratios_are_those_of_r() {
    let fitted = read_json("ratios");
    for size in SIZES {
        for model in fitted[size]["odds_ratio"].as_array().unwrap() {
            let file = format!("responder_{size}");
            let result =
                analyzed(&file, "responder", "odds_ratio", adjusted_for(&model["covariates"])).unwrap();
            assert_eq!(result.results.len(), 8);
            for row in &result.results {
                let theirs = &model["contrasts"][row.estimand.trim_end_matches("_log_odds_ratio")];
                let place = format!("{size} {} {}", model["covariates"], row.estimand);
                for (ours, key) in [
                    (row.estimate, "estimate"),
                    (row.se, "se"),
                    (row.p, "p"),
                    (row.ci[0], "lower"),
                    (row.ci[1], "upper"),
                ] {
                    close(ours, &theirs[key], 1e-8, &format!("{place} {key}"));
                }
                let ratio = row.ratio.as_ref().unwrap();
                assert_eq!((ratio.of.as_str(), ratio.value), ("odds ratio", libm::exp(row.estimate)));
                assert_eq!(ratio.ci, row.ci.map(libm::exp));
            }
        }
        // The product term of a model in 0 and 1, from another call of glm.
        let other = read_json(&format!("responder_{size}"));
        let model = &other["logistic_interaction"];
        let result =
            analyzed(&format!("responder_{size}"), "responder", "odds_ratio", AnalysisSpec::default())
                .unwrap();
        for (name, key) in [("interaction", "a:b"), ("alliance_at_sham", "a"), ("ifc_at_limited", "b")] {
            let row =
                result.results.iter().find(|row| row.estimand == format!("{name}_log_odds_ratio")).unwrap();
            close(row.estimate, &model["coefficients"][key]["estimate"], 1e-8, key);
            close(row.se, &model["coefficients"][key]["se"], 1e-8, key);
            if key == "a:b" {
                close(row.p, &model["lr_interaction"]["p"], 1e-8, key);
            }
        }
    }
}

#[test]
fn risk_ratios_are_those_of_r() {
    let fitted = read_json("ratios");
    for size in SIZES {
        let file = format!("responder_{size}");
        let result = analyzed(&file, "responder", "risk_ratio", AnalysisSpec::default()).unwrap();
        for row in &result.results {
            let theirs = &fitted[size]["risk_ratio"][row.estimand.trim_end_matches("_log_risk_ratio")];
            close(row.estimate, &theirs["estimate"], 1e-8, &row.estimand);
            close(row.se, &theirs["se"], 1e-8, &row.estimand);
        }
        let joint = result.results.iter().find(|row| row.estimand == "joint_log_risk_ratio").unwrap();
        let theirs = &read_json(&file)["risk_difference"]["joint"];
        close(joint.ratio.as_ref().unwrap().value, &theirs["risk_ratio"], 1e-8, "risk ratio");
        close(joint.se, &theirs["log_rr_se"], 1e-8, "SE of its log");
    }
}

/// Over the other factor, and over the other factor and the sites.
#[test]
fn common_odds_ratios_are_those_of_r() {
    let fitted = read_json("ratios");
    for size in SIZES {
        let file = format!("responder_{size}");
        for (key, strata) in [("plain", None), ("site", Some(strings(&["site"])))] {
            let options = AnalysisSpec { strata, ..AnalysisSpec::default() };
            let result = analyzed(&file, "responder", "mantel_haenszel", options).unwrap();
            assert_eq!(result.results.len(), 2);
            for (row, factor) in result.results.iter().zip(["alliance", "ifc"]) {
                assert_eq!(row.estimand, format!("{factor}_common_log_odds_ratio"));
                let theirs = &fitted[size]["mantel_haenszel"][key][factor];
                let [ratio, place] = [row.ratio.as_ref().unwrap(), row.ratio.as_ref().unwrap()];
                close(ratio.value, &theirs["common_or"], 1e-8, &place.of);
                close(ratio.ci[0], &theirs["lower"], 1e-8, "lower");
                close(ratio.ci[1], &theirs["upper"], 1e-8, "upper");
                close(row.p, &theirs["p"], 1e-8, "p");
            }
            if key == "plain" {
                let theirs = &read_json(&file)["mantel_haenszel"];
                let row = &result.results[0];
                let ratio = row.ratio.as_ref().unwrap();
                close(ratio.value, &theirs["common_or"], 1e-8, "common odds ratio");
                close(ratio.ci[0], &theirs["or_lower"], 1e-8, "lower");
                close(ratio.ci[1], &theirs["or_upper"], 1e-8, "upper");
                close(row.p, &theirs["p"], 1e-8, "p without correction");
            }
        }
    }
}

/// Seven and eleven values; 30 digits, and R's polr as far as its numerical derivatives go.
#[test]
fn proportional_odds_of_an_outcome_in_steps() {
    let (digits, polr) = (read_json("proportional_odds"), read_json("ratios"));
    for size in SIZES {
        let other = polr[size]["proportional_odds"].as_array().unwrap();
        for (model, of_r) in digits[size].as_array().unwrap().iter().zip(other) {
            assert_eq!(model["covariates"], of_r["covariates"]);
            let file = format!("global_effect_{size}");
            let options = adjusted_for(&model["covariates"]);
            let result = analyzed(&file, "global_effect", "proportional_odds", options).unwrap();
            assert_eq!(result.results.len(), 8);
            for row in &result.results {
                let estimand = row.estimand.trim_end_matches("_cumulative_log_odds_ratio");
                let (theirs, of_r) = (&model["contrasts"][estimand], &of_r["contrasts"][estimand]);
                let place = format!("{size} {} {estimand}", model["covariates"]);
                close(row.estimate, &theirs["estimate"], 1e-8, &place);
                close(row.se, &theirs["se"], 1e-8, &place);
                close(row.ci[0], &theirs["lower"], 1e-8, &place);
                close(row.ci[1], &theirs["upper"], 1e-8, &place);
                let p = 2.0 * normal::sf(theirs["chi2"].as_f64().unwrap().sqrt());
                close(row.p, &json!(p), 1e-8, &place);
                assert!((row.estimate - of_r["estimate"].as_f64().unwrap()).abs() < 1e-5, "{place}");
                close(row.se, &of_r["se"], 1e-4, &place);
                let chi2 = of_r["chi2"].as_f64().unwrap();
                assert!((theirs["chi2"].as_f64().unwrap() - chi2).abs() < 1e-6, "{place}");
            }
        }
    }
}

#[test]
fn numbers_needed_are_reciprocals_of_differences_and_of_their_limits() {
    for size in SIZES {
        let file = format!("responder_{size}");
        let theirs = &read_json(&file)["risk_difference"]["joint"];
        let result = analyzed(&file, "responder", "risk_difference", AnalysisSpec::default()).unwrap();
        let of = |name: &str| {
            let name = format!("{name}_risk_difference");
            result.results.iter().find(|row| row.estimand == name).unwrap().nnt.clone()
        };
        let joint = of("joint").unwrap();
        close(joint.value.unwrap(), &theirs["nnt"], 1e-8, "NNT");
        let limit = |name: &str| json!(1.0 / theirs[name].as_f64().unwrap());
        close(joint.ci[0].unwrap(), &limit("newcombe_upper"), 1e-8, "to benefit");
        close(joint.ci[1].unwrap(), &limit("newcombe_lower"), 1e-8, "through infinity or not");
        assert_eq!(joint.through_infinity, theirs["newcombe_lower"].as_f64().unwrap() < 0.0);
        assert_eq!(of("interaction"), None);
    }
}

// ---- truths ----

fn three(responder: Value, n: u64) -> Value {
    let one = |method: &str, more: Value| {
        let mut one = json!({"method": method, "outcome": "pain", "responder": responder});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let analyses = json!([
        one("odds_ratio", json!({"covariates": []})),
        one("risk_ratio", json!({})),
        one("mantel_haenszel", json!({})),
        one("risk_difference", json!({})),
    ]);
    with(pain(n), "/analyses", analyses)
}

/// Means of pain after treatment: 42, less 8, 11.9 and 21.1.
const MEANS: [f64; ARMS] = [42.0, 34.0, 30.1, 20.9];

fn log_odds(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// log ΣR ÷ ΣS of strata with these weights and shares, for arms of equal size.
fn common(strata: &[(f64, [f64; ARMS])], pairs: [[usize; 2]; 2]) -> f64 {
    let mut sums = [0.0; 2];
    for (weight, share) in strata {
        for [first, second] in pairs {
            sums[0] += weight * share[second] * (1.0 - share[first]);
            sums[1] += weight * share[first] * (1.0 - share[second]);
        }
    }
    (sums[0] / sums[1]).ln()
}

const PAIRS: [(&str, [[usize; 2]; 2]); 2] = [("alliance", [[0, 2], [1, 3]]), ("ifc", [[0, 1], [2, 3]])];

#[test]
fn truths_are_ratios_of_the_shares_of_normal_outcomes() {
    let scenario = three(json!({"at_most": 30}), 10);
    let result = run(&scenario, 2);
    let share = MEANS.map(|mean| normal::cdf((30.0 - mean) / 16.0));
    for (estimand, weights) in estimands(&read(&scenario).factors).iter().zip(WEIGHTS) {
        let contrast =
            |of: fn(f64) -> f64| weights.iter().zip(share).map(|(weight, p)| weight * of(p)).sum::<f64>();
        let odds = &row(&result, "odds_ratio", &format!("{}_log_odds_ratio", estimand.id)).truth;
        near(odds.value, contrast(log_odds), odds.mcse);
        let risk = &row(&result, "risk_ratio", &format!("{}_log_risk_ratio", estimand.id)).truth;
        near(risk.value, contrast(f64::ln), risk.mcse);
        let difference = row(&result, "risk_difference", &format!("{}_risk_difference", estimand.id));
        match (&difference.nnt, estimand.id.as_str()) {
            (None, "interaction") => {}
            (Some(nnt), _) => assert_eq!(value(nnt), 1.0 / difference.truth.value),
            (None, other) => panic!("no number needed for {other}"),
        }
    }
    for (factor, pairs) in PAIRS {
        let truth = &row(&result, "mantel_haenszel", &format!("{factor}_common_log_odds_ratio")).truth;
        near(truth.value, common(&[(1.0, share)], pairs), truth.mcse);
        assert!(truth.kind == TruthKind::Simulated && truth.mcse < 0.01);
    }
}

/// What logistic regression tends to if it is wrong: the outcome is normal, so that the probit of responding is
/// linear in the baseline. Scores are integrated over a grid of baselines.
fn limit_with_baseline(cut: f64) -> [f64; ARMS] {
    let order = ARMS + 1;
    let mut slopes = vec![0.0; order];
    let rest = 192.0_f64.sqrt();
    for _ in 0..30 {
        let (mut score, mut information) = (vec![0.0; order], vec![vec![0.0; order]; order]);
        for step in -800..=800 {
            let z = f64::from(step) / 100.0;
            for (arm, mean) in MEANS.into_iter().enumerate() {
                // A slope of .5 · 16 ÷ 20, and 20 mm to a standard deviation.
                let responds = normal::cdf((cut - mean - 8.0 * z) / rest);
                let p = 1.0 / (1.0 + (-slopes[arm] - slopes[ARMS] * z).exp());
                let weight = normal::density(z) / 100.0;
                for (a, x) in [(arm, 1.0), (ARMS, z)] {
                    score[a] += weight * (responds - p) * x;
                    for (b, y) in [(arm, 1.0), (ARMS, z)] {
                        information[a][b] += weight * p * (1.0 - p) * x * y;
                    }
                }
            }
        }
        let change = cholesky::solve(&information, &score).unwrap();
        slopes.iter_mut().zip(change).for_each(|(slope, change)| *slope += change);
    }
    std::array::from_fn(|arm| slopes[arm])
}

#[test]
fn with_covariates_the_truth_is_what_the_model_tends_to() {
    let analyses = json!([{"method": "odds_ratio", "outcome": "pain", "responder": {"at_most": 30}, "covariates": ["baseline"]}]);
    let scenario = with(pain(10), "/analyses", analyses);
    let result = run(&scenario, 2);
    let limit = limit_with_baseline(30.0);
    for (estimand, weights) in estimands(&read(&scenario).factors).iter().zip(WEIGHTS) {
        let expected: f64 = weights.iter().zip(limit).map(|(weight, slope)| weight * slope).sum();
        let truth = &row(&result, "odds_ratio", &format!("{}_log_odds_ratio", estimand.id)).truth;
        near(truth.value, expected, truth.mcse);
        assert!(truth.mcse > 0.001 && truth.mcse < 0.02, "{}", truth.mcse);
        assert!((truth.latent - truth.value).abs() < 1e-12);
    }
    // Given the baseline an effect is larger than in all patients together, whom it does not tell apart.
    let marginal = log_odds(normal::cdf((30.0 - 20.9) / 16.0)) - log_odds(normal::cdf((30.0 - 42.0) / 16.0));
    assert!(row(&result, "odds_ratio", "joint_log_odds_ratio").truth.value > 1.15 * marginal);
}

/// Three groups in whom the alliance does more or less.
fn by_group(n: u64, analyses: Value) -> Value {
    let mut scenario = with(
        pain(n),
        "/cohort",
        json!({"covariates": [
            {"id": "group", "law": "categorical", "levels": {"low": 0.3, "middle": 0.4, "high": 0.3}},
            {"id": "age", "law": "normal", "mean": 45, "sd": 12}]}),
    );
    scenario["response"]["outcomes"]["pain"]["moderators"] =
        json!({"alliance": {"group": {"low": -0.6, "middle": 0, "high": 0.6}}});
    scenario["response"]["correlation"] = json!([{"between": ["age", "pain"], "value": -0.4}]);
    with(scenario, "/analyses", analyses)
}

#[test]
fn the_common_odds_ratio_of_strata_is_that_of_their_shares() {
    let analyses = json!([{"method": "mantel_haenszel", "outcome": "pain", "responder": {"at_most": 30}, "strata": ["group"]}]);
    let result = run(&by_group(10, analyses), 2);
    let strata = [(0.3, -0.6), (0.4, 0.0), (0.3, 0.6)].map(|(weight, more)| {
        let mut means = MEANS;
        (2..ARMS).for_each(|arm| means[arm] -= 11.9 * more);
        (weight, means.map(|mean| normal::cdf((30.0 - mean) / 16.0)))
    });
    for (factor, pairs) in PAIRS {
        let truth = &row(&result, "mantel_haenszel", &format!("{factor}_common_log_odds_ratio")).truth;
        near(truth.value, common(&strata, pairs), truth.mcse);
    }
}

/// With many patients estimates gather about the truths: models that are not quite right, arms of unequal size,
/// covariates with levels, strata, an outcome in steps.
#[test]
fn large_trials_find_the_truths() {
    let responder = json!({"improvement": 15});
    let mut scenario = by_group(
        1500,
        json!([
            {"method": "odds_ratio", "outcome": "pain", "responder": responder, "covariates": ["baseline", "group", "age"]},
            {"method": "mantel_haenszel", "outcome": "pain", "responder": responder, "strata": ["group"]},
            {"method": "proportional_odds", "outcome": "pain", "covariates": ["age", "group"]},
            {"method": "proportional_odds", "id": "plain", "outcome": "pain", "covariates": []}]),
    );
    scenario["design"]["n_per_arm"] = json!({"SL": 3000, "AL": 1500, "SE": 1500, "AE": 1000});
    scenario["observation"]["instruments"] = json!({"pain": {"min": 0, "max": 100, "step": 10}});
    let result = run(&scenario, 60);
    for row in &result.results {
        let (bias, mcse) = (value(&row.bias), row.bias.mcse.unwrap());
        // Maximum likelihood is biased by some thousandths at these sizes.
        near(bias, 0.0, mcse + 0.001);
        assert!(mcse < 0.025 && row.failures == 0, "{} {mcse}", row.estimand);
        let steps = row.analysis == "plain" || row.analysis == "proportional_odds";
        assert_eq!(row.truth.latent.is_nan(), steps);
    }
    // Lower pain is better, so more of the alliance makes lower values likelier.
    let shift = row(&result, "plain", "alliance_cumulative_log_odds_ratio");
    assert!(shift.truth.value < -0.5 && shift.benefit_sign == Some(-1));
    let text = render(&result, Format::Text, "again").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("in the log odds of responding (an improvement by at least 15) (odds ratio"),
        "{text}"
    );
}

#[test]
fn what_has_no_ratio_is_undefined_and_says_why() {
    let result = run(&three(json!({"at_most": -1000}), 10), 4);
    for (analysis, estimand) in
        [("odds_ratio", "joint_log_odds_ratio"), ("mantel_haenszel", "ifc_common_log_odds_ratio")]
    {
        let row = row(&result, analysis, estimand);
        assert!(row.truth.value.is_nan() && row.truth.why.as_ref().unwrap().contains("nobody or everybody"));
        assert_eq!(row.failures, 4);
        assert_eq!(result.analyses[analysis].failures["separation"], 4);
    }
    let difference = row(&result, "risk_difference", "joint_risk_difference");
    let nnt = difference.nnt.as_ref().unwrap();
    assert!(nnt.value.is_none() && nnt.why.as_ref().unwrap().contains("no number of patients"));
    let written = render(&result, Format::Json, "again");
    assert!(written.contains("\"value\": null") && !written.contains("NaN"));
    let again: trialliance::result::RunResult = serde_json::from_str(&written).unwrap();
    assert_eq!(render(&again, Format::Json, "again"), written);
    for format in [Format::Text, Format::Csv, Format::Markdown] {
        assert!(!render(&result, format, "again").contains("NaN"));
    }
}

// ---- behaviour ----

#[test]
fn coverage_and_size_are_as_they_should_be() {
    let null = json!({"alliance": 0, "ifc": 0, "interaction": 0});
    let there = run(&three(json!({"at_most": 30}), 60), REPLICATES);
    let absent =
        run(&with(three(json!({"at_most": 40}), 60), "/response/outcomes/pain/effects", null), REPLICATES);
    for (analysis, names) in [
        (
            "odds_ratio",
            &["alliance_log_odds_ratio", "interaction_log_odds_ratio", "joint_log_odds_ratio"][..],
        ),
        ("risk_ratio", &["alliance_log_risk_ratio", "joint_log_risk_ratio"]),
        ("mantel_haenszel", &["alliance_common_log_odds_ratio", "ifc_common_log_odds_ratio"]),
    ] {
        for name in names {
            let there = row(&there, analysis, name);
            // Limits for large samples are approximate: within one point of the level.
            assert!((value(&there.coverage) - 0.95).abs() < 0.01, "{name}: {}", value(&there.coverage));
            assert!(there.failures == 0 && there.effect_size.hedges_g.value.is_none());
            let absent = row(&absent, analysis, name);
            let size = value(&absent.power);
            assert!((size - 0.05).abs() < 0.01, "{name}: {size}");
            if analysis == "odds_ratio" {
                // A test at 5 % and its interval say the same.
                assert!((1.0 - value(&absent.coverage) - size).abs() < 0.002, "{name}");
            }
        }
    }
    // In the largest share of trials the common odds ratio and the mean of two are nearly the same.
    let [one, other] =
        [("odds_ratio", "ifc_log_odds_ratio"), ("mantel_haenszel", "ifc_common_log_odds_ratio")]
            .map(|(analysis, name)| value(&row(&there, analysis, name).power));
    assert!((one - other).abs() < 0.03, "{one} {other}");
}

/// Σ w²/(n·p(1 − p)) and Σ w²(1 − p)/(n·p), which hold for many patients.
#[test]
fn standard_errors_are_those_of_large_samples() {
    let result = run(&three(json!({"at_most": 30}), 1000), 2000);
    let scenario = read(&three(json!({"at_most": 30}), 10));
    let share = MEANS.map(|mean| normal::cdf((30.0 - mean) / 16.0));
    for (estimand, weights) in estimands(&scenario.factors).iter().zip(WEIGHTS) {
        for (analysis, name, of) in [
            ("odds_ratio", "log_odds_ratio", (|p| 1.0 / (p * (1.0 - p))) as fn(f64) -> f64),
            ("risk_ratio", "log_risk_ratio", |p| (1.0 - p) / p),
        ] {
            let expected: f64 = weights.iter().zip(share).map(|(w, p)| w * w * of(p) / 1000.0).sum();
            let row = row(&result, analysis, &format!("{}_{name}", estimand.id));
            assert!((value(&row.model_se) / expected.sqrt() - 1.0).abs() < 0.01, "{}", row.estimand);
            // Beyond 5 standard errors and the .2 % by which a formula for large samples is off.
            near(
                value(&row.empirical_se),
                expected.sqrt(),
                row.empirical_se.mcse.unwrap() + 0.0004 * expected.sqrt(),
            );
        }
    }
}

/// What rounding leaves of nothing is no effect, with a sign that could be wrong.
#[test]
fn an_effect_that_is_not_there_has_a_truth_of_nothing() {
    let scenario = json!({
        "schema": "trialliance.scenario/1", "name": "nothing",
        "design": {"n_per_arm": {"SL": 30, "AL": 40, "SE": 60, "AE": 60}},
        "response": {"outcomes": {"pain": {"better": "lower", "control_mean": 5, "sd": 2.2,
            "effects": {"alliance": 0, "ifc": 0.9, "interaction": 0},
            "baseline": {"mean": 6, "sd": 1.5, "correlation": 0.5}}}},
        "observation": {"instruments": {"pain": {"min": 0, "max": 10, "step": 1, "sem": 0.7}}},
        "analyses": [
            {"method": "proportional_odds", "outcome": "pain"},
            {"method": "odds_ratio", "outcome": "pain", "responder": {"at_most": 4}, "covariates": ["baseline"]},
            {"method": "percent_change", "outcome": "pain"}],
        "primary": ["proportional_odds/alliance_cumulative_log_odds_ratio", "odds_ratio/alliance_log_odds_ratio"],
        "multiplicity": {"procedure": "holm"}});
    let result = run(&scenario, 256);
    let nothing = |row: &&trialliance::result::Row| {
        row.estimand.starts_with("alliance") || row.estimand.starts_with("interaction")
    };
    assert!(result.results.iter().filter(nothing).count() > 9);
    for row in result.results.iter().filter(nothing) {
        assert_eq!((row.truth.value, row.truth.mcse), (0.0, 0.0), "{} {}", row.analysis, row.estimand);
        assert_eq!((row.type_s.value, row.type_m.value), (None, None));
    }
    assert!(result.results.iter().any(|row| row.estimand.starts_with("ifc") && row.truth.value.abs() > 0.1));
    let family = result.family.unwrap();
    assert_eq!(family.familywise_error.value, family.any.value);
}

#[test]
fn proportional_odds_keep_their_level_and_use_what_a_cut_throws_away() {
    let analyses = json!([
        {"method": "proportional_odds", "outcome": "pain", "covariates": ["baseline"]},
        {"method": "odds_ratio", "outcome": "pain", "responder": {"at_most": 40}, "covariates": ["baseline"]}]);
    let mut scenario = with(pain(40), "/analyses", analyses);
    scenario["observation"]["instruments"] = json!({"pain": {"min": 0, "max": 100, "step": 10}});
    scenario["response"]["outcomes"]["pain"]["effects"] = json!({"alliance": 0, "ifc": 6, "interaction": 0});
    let replicates = 4000;
    let result = run(&scenario, replicates);
    let mcse = (0.05 * 0.95 / replicates as f64).sqrt();
    for (analysis, suffix) in
        [("proportional_odds", "cumulative_log_odds_ratio"), ("odds_ratio", "log_odds_ratio")]
    {
        let null = row(&result, analysis, &format!("alliance_{suffix}"));
        // Likelihood-ratio tests of 160 patients claim a little too often: allow half a point beyond chance.
        near(value(&null.power), 0.05, mcse + 0.001);
        let there = row(&result, analysis, &format!("ifc_{suffix}"));
        near(value(&there.coverage), 0.95, mcse + 0.001);
        assert_eq!(null.failures, 0);
    }
    let power = |analysis: &str, suffix: &str| value(&row(&result, analysis, &format!("ifc_{suffix}")).power);
    let [steps, cut] =
        [power("proportional_odds", "cumulative_log_odds_ratio"), power("odds_ratio", "log_odds_ratio")];
    assert!(steps > cut + 0.1, "{steps} {cut}");
}

#[test]
fn small_trials_fail_with_a_reason_or_not_at_all() {
    let analyses = json!([
        {"method": "odds_ratio", "outcome": "pain", "responder": {"at_most": 20}, "covariates": ["baseline"]},
        {"method": "proportional_odds", "outcome": "pain", "covariates": ["baseline"]}]);
    let mut scenario = with(pain(6), "/analyses", analyses);
    scenario["observation"]["instruments"] = json!({"pain": {"min": 0, "max": 100, "step": 20}});
    let result = run(&scenario, 4000);
    for (analysis, counts) in [
        ("odds_ratio", &result.analyses["odds_ratio"].failures),
        ("steps", &result.analyses["proportional_odds"].failures),
    ] {
        let others: u64 =
            counts.iter().filter(|(name, _)| *name != "separation").map(|(_, count)| count).sum();
        // Whoever has a maximum has limits too.
        assert_eq!(others, 0, "{analysis}: {counts:?}");
    }
    assert!(result.analyses["odds_ratio"].failures["separation"] > 1000);
}

// ---- words ----

#[test]
fn analyze_tells_ratios_numbers_needed_and_few_events() {
    let result = analyzed("responder_n117", "responder", "odds_ratio", AnalysisSpec::default()).unwrap();
    let text = render_analysis(&result, AnalysisFormat::Text);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "odds ratio (95 % interval)",
        "2.13 (1.01 to 4.58)",
        "alliance_log_odds_ratio (responder, odds_ratio): odds ratio 2.13, a benefit",
        "not told apart from 1; the data go with",
    ] {
        assert!(flat.contains(words), "{words} in\n{text}");
    }
    assert!(result.warnings.iter().all(|warning| !warning.contains("few events")));
    let result = analyzed("responder_n117", "responder", "risk_difference", AnalysisSpec::default()).unwrap();
    let text = render_analysis(&result, AnalysisFormat::Text);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("NNT 5.6 to benefit ("), "{text}");
    let rare = AnalysisSpec {
        responder: Some(Responder { at_most: Some(12.0), ..Responder::default() }),
        ..AnalysisSpec::default()
    };
    let result = analyzed("responder_n117", "outcome", "risk_difference", rare).unwrap();
    assert!(
        result.warnings.iter().any(|warning| warning.contains("rests on few events")),
        "{:?}",
        result.warnings
    );
}

#[test]
fn an_outcome_without_steps_is_refused_with_advice() {
    let error =
        analyzed("responder_n117", "outcome", "proportional_odds", AnalysisSpec::default()).unwrap_err();
    assert!(error.message.contains("more than 20 different values"), "{}", error.message);
    let analyses = json!([{"method": "proportional_odds", "outcome": "pain"}]);
    let plain = with(pain(10), "/analyses", analyses);
    let fine =
        with(plain.clone(), "/observation/instruments", json!({"pain": {"min": 0, "max": 100, "step": 1}}));
    for (wrong, found) in [(plain, "which is not recorded in steps"), (fine, "which can have 101 values")] {
        let error = scenario::read(&wrong.to_string(), "test", &[]).unwrap_err();
        let problem = &error.problems[0];
        assert_eq!(problem.found, format!("`pain`, {found}"));
        assert!(problem.allowed.contains("at most 20 values"), "{}", problem.allowed);
    }
}

#[test]
fn analyze_says_in_which_arms_nobody_or_everybody_responds() {
    let all = AnalysisSpec {
        responder: Some(Responder { at_most: Some(-10.0), ..Responder::default() }),
        ..AnalysisSpec::default()
    };
    for method in ["risk_difference", "logistic", "odds_ratio", "risk_ratio", "mantel_haenszel"] {
        let error = analyzed("responder_n60", "outcome", method, all.clone()).unwrap_err();
        let told = format!("{method} gives no answer: nobody responds in SL, AL, SE, AE");
        assert!(error.to_string().contains(&told), "{error}");
    }
}
