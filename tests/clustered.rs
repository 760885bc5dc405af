//! Patients of one therapist have something in common: do `lmm`, `gee` and `cluster_summary` know?
//!
//! Unless stated otherwise a comparison fails beyond 5 Monte Carlo standard errors, a false-alarm rate
//! of 6e-7 each; seeds are fixed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use std::fmt::Write as _;
use support::patients::*;
use support::{row, value};
use trialliance::result::{RunResult, Warning};
use trialliance::stats::noncentral_f;

const REPLICATES: u64 = 10_000;

fn scenario(design: Value, effects: [f64; 3], sd: f64, analyses: Value) -> Value {
    let [alliance, ifc, interaction] = effects;
    json!({
        "schema": "trialliance.scenario/1", "name": "clustered", "design": design,
        "response": {"outcomes": {"y": {
            "better": "higher", "control_mean": 50,
            "effects": {"alliance": alliance, "ifc": ifc, "interaction": interaction}, "sd": sd}}},
        "analyses": analyses})
}

fn mixed() -> Value {
    json!([{"method": "lmm", "outcome": "y", "covariates": []},
           {"method": "lmm", "id": "kr", "outcome": "y", "covariates": [], "df": "kenward-roger"},
           {"method": "anova", "outcome": "y"}])
}

/// Two-sided power of a t test.
fn power(noncentrality: f64, df: f64) -> f64 {
    let critical = noncentral_f::isf(0.05, 1.0, df, 0.0);
    noncentral_f::sf(critical, 1.0, df, noncentrality * noncentrality)
}

fn share(probability: f64) -> f64 {
    (probability * (1.0 - probability) / REPLICATES as f64).sqrt()
}

/// With equal caseloads and the current allocated within each therapist, its effect is a difference within
/// therapists: t with N − 16 − 2 degrees of freedom but for the trials on the boundary, in which a few
/// more are taken.
#[test]
fn effects_within_therapists_have_the_power_of_a_t_test() {
    let design = json!({"therapists": {"n": 16, "caseload": 10, "layout": "nested", "icc": 0.12}});
    let result = run(&scenario(design, [6.0, 5.0, 4.0], 14.0, mixed()), REPLICATES);
    for analysis in ["lmm", "kr"] {
        let effect = |name: &str, expected: f64| {
            let found = row(&result, analysis, name);
            near(value(&found.power), expected, share(expected));
            near(value(&found.coverage), 0.95, share(0.95));
            near(value(&found.bias), 0.0, found.bias.mcse.unwrap());
        };
        let se = 14.0 * (0.88_f64 * 4.0 / 160.0).sqrt();
        effect("ifc", power(5.0 / se, 142.0));
        effect("interaction", power(4.0 / (2.0 * se), 142.0));
    }
    // An analysis of variance leaves the therapists in the error and finds less.
    let blind = value(&row(&result, "anova", "ifc").power);
    assert!(value(&row(&result, "lmm", "ifc").power) > blind + 0.02, "{blind}");
}

/// The alliance differs between therapists: t with 16 − 2 degrees of freedom on therapists' means.
/// Where the variance is estimated at zero more are taken, so the test is a little too eager with a
/// small ICC; with .12 that is rare.
#[test]
fn effects_between_therapists_have_the_power_of_a_t_test_of_their_means() {
    let design = json!({"therapists": {"n": 16, "caseload": 10, "layout": "nested", "icc": 0.12}});
    let result = run(&scenario(design, [6.0, 5.0, 4.0], 14.0, mixed()), REPLICATES);
    let se = 14.0 * ((1.0 + 9.0 * 0.12) * 4.0 / 160.0_f64).sqrt();
    let expected = power(6.0 / se, 14.0);
    for analysis in ["lmm", "kr"] {
        let found = value(&row(&result, analysis, "alliance").power);
        assert!((found - expected).abs() < 0.01 + FAR * share(expected), "{analysis}: {found}, {expected}");
    }
    let boundary = result.analyses["lmm"].boundary_fits.unwrap() as f64 / REPLICATES as f64;
    assert!((0.02..0.05).contains(&boundary), "{boundary}");
    assert!(result.analyses["anova"].boundary_fits.is_none());
}

/// Formulas of generalised least squares (Tian, Esserman, Tong, Li: H2x2Factorial) for patients who are
/// allocated by chance. They take the variances for known and, for the current, z for t: what they say
/// is up to .02 too much here.
#[test]
fn power_is_near_that_of_generalised_least_squares() {
    let reference: Value = serde_json::from_str(include_str!("reference/power/clustered_2x2.json")).unwrap();
    for design in reference["designs"].as_array().unwrap() {
        let number = |name: &str| design[name].as_f64().unwrap();
        let therapists = json!({"n": design["therapists"], "layout": "nested", "icc": design["icc"],
                                "caseload_cv": design["cv_caseload"]});
        let total = number("therapists") * number("mean_caseload");
        let trial = json!({"n_total": total, "assignment": {"method": "simple"}, "therapists": therapists});
        let effects = ["alliance_effect", "ifc_effect", "interaction"].map(number);
        let result = run(&scenario(trial, effects, number("total_sd"), mixed()), 4000);
        for (estimand, name) in
            [("alliance", "alliance_marginal_t"), ("ifc", "ifc_marginal"), ("interaction", "interaction")]
        {
            let expected = design["power"][name].as_f64().unwrap();
            let found = value(&row(&result, "lmm", estimand).power);
            let chance = 4.5 * (expected * (1.0 - expected) / 4000.0).sqrt();
            assert!(
                (-0.02 - chance..=chance).contains(&(found - expected)),
                "{estimand}: {found}, {expected}"
            );
        }
    }
}

/// Only the enhanced arms have therapists: the others' patients stand alone, with no variance between
/// therapists to be found among them.
#[test]
fn patients_without_a_therapist_stand_alone() {
    let design = json!({
        "n_per_arm": {"SL": 40, "AL": 40, "SE": 40, "AE": 40},
        "therapists": {"n": 8, "only_with": "enhanced", "icc": 0.1}});
    let result = run(&scenario(design, [0.0; 3], 14.0, mixed()), REPLICATES);
    let size = |analysis: &str| value(&row(&result, analysis, "alliance").power);
    assert!((size("kr") - 0.05).abs() < 0.015, "{}", size("kr"));
    assert!(size("anova") > 0.065, "{}", size("anova"));
    near(value(&row(&result, "lmm", "ifc").coverage), 0.95, share(0.95));
    // Who stands alone varies by the whole variance, the model gives them what is left within therapists: of three
    // halves of 14² and three of 0.9 · 14² it has the mean for both, and whoever reads the result is told.
    let ratio = |estimand: &str| {
        let row = row(&result, "lmm", estimand);
        value(&row.model_se) / value(&row.empirical_se)
    };
    let expected = |own: f64| ((1.0 + 0.9) / 2.0 / own).sqrt();
    let chance = 4.5 / (2.0 * REPLICATES as f64).sqrt();
    for (estimand, own) in [("ifc_at_limited", 1.0), ("ifc_at_enhanced", 0.9)] {
        assert!((ratio(estimand) - expected(own)).abs() < chance, "{estimand}: {}", ratio(estimand));
    }
    let warned = |id: &str| {
        let of = |warning: &&Warning| warning.code == "unequal_variances" && warning.message.starts_with(id);
        result.warnings.iter().filter(of).count()
    };
    assert_eq!((warned("lmm "), warned("gee "), warned("anova ")), (1, 0, 0));
}

/// Warnings of what therapists do are about outcomes to which they do it, and about variances that differ where the model
/// has one.
#[test]
fn therapists_are_warned_of_where_they_matter() {
    let codes = |therapists: Value, sds: [f64; 4]| -> Vec<String> {
        let mut trial = scenario(
            json!({"n_per_arm": {"SL": 40, "AL": 40, "SE": 40, "AE": 40}, "therapists": therapists}),
            [0.0; 3],
            14.0,
            mixed(),
        );
        let of_y = trial["response"]["outcomes"]["y"].as_object_mut().unwrap();
        of_y["sd"] = json!({"SL": sds[0], "AL": sds[1], "SE": sds[2], "AE": sds[3]});
        let result = run(&trial, 300);
        let of_design = |code: &&String| ["unequal_variances", "clustered"].contains(&code.as_str());
        let all: Vec<String> = result.warnings.into_iter().map(|warning| warning.code).collect();
        all.iter().filter(of_design).cloned().collect()
    };
    let partial = json!({"n": 8, "only_with": "enhanced", "icc": 0.19});
    // What is left within therapists is what those without one have: 14² · 0.81 = 12.6².
    assert_eq!(codes(partial.clone(), [12.6, 12.6, 14.0, 14.0]), ["unequal_variances", "clustered"]);
    assert_eq!(codes(partial, [14.0; 4]), ["unequal_variances", "unequal_variances", "clustered"]);
    let elsewhere = json!({"n": 8, "only_with": "enhanced", "icc": {"y": 0}});
    assert!(codes(elsewhere, [14.0; 4]).is_empty());
}

/// Summaries of therapists are t tests, and with equal caseloads so are the estimating equations, but for
/// residuals that are enlarged: by m ÷ (m − 1) in each group of m therapists, and so t by its root. Power is
/// that of a t test of the therapists' contrasts.
#[test]
fn summaries_and_estimating_equations_are_t_tests_of_therapists() {
    let analyses = json!([{"method": "gee", "outcome": "y", "covariates": []},
                          {"method": "cluster_summary", "outcome": "y", "covariates": []}]);
    let (sd, icc, of_style) = (14.0_f64, 0.12, 5.0_f64);
    let within = sd * sd * (1.0 - icc) * 4.0 / 160.0;
    let between = sd * sd * icc * 4.0 / 16.0;
    for (layout, df, group) in [("crossed", 15.0, 16.0), ("nested", 14.0, 8.0)] {
        let mut therapists = json!({"n": 16, "caseload": 10, "layout": layout, "icc": icc});
        // How the style differs between therapists widens what is compared between them or within.
        let of_alliance = match layout {
            "crossed" => {
                therapists["context_effect_sd"] = json!(of_style);
                within + of_style * of_style / 16.0
            }
            _ => within + between,
        };
        let trial = scenario(json!({"therapists": therapists}), [6.0, 5.0, 4.0], sd, analyses.clone());
        let result = run(&trial, REPLICATES);
        for (estimand, effect, variance) in
            [("alliance", 6.0, of_alliance), ("ifc", 5.0, within), ("interaction", 4.0, 4.0 * within)]
        {
            let noncentrality = effect * effect / variance;
            let critical = noncentral_f::isf(0.05, 1.0, df, 0.0);
            for (analysis, enlarged) in [("cluster_summary", 1.0), ("gee", group / (group - 1.0))] {
                let found = row(&result, analysis, estimand);
                let expected = noncentral_f::sf(critical * enlarged, 1.0, df, noncentrality);
                near(value(&found.power), expected, share(expected));
                let covered = 1.0 - noncentral_f::sf(critical * enlarged, 1.0, df, 0.0);
                near(value(&found.coverage), covered, share(covered));
                near(value(&found.bias), 0.0, found.bias.mcse.unwrap());
            }
        }
    }
}

fn with_slopes() -> Value {
    json!([{"method": "lmm", "outcome": "y", "covariates": []},
           {"method": "lmm", "id": "slope", "outcome": "y", "covariates": [],
            "random_effects": "intercept-and-slope"},
           {"method": "lmm", "id": "slope-kr", "outcome": "y", "covariates": [],
            "random_effects": "intercept-and-slope", "df": "kenward-roger"},
           {"method": "lmm", "id": "independent", "outcome": "y", "covariates": [],
            "random_effects": "independent-slope"},
           {"method": "gee", "outcome": "y", "covariates": []},
           {"method": "cluster_summary", "outcome": "y", "covariates": []}])
}

/// The style works better in some hands: its effect is a mean over 16 therapists, each with a difference of
/// their own, and a paired t test has 15 degrees of freedom. The model with a random intercept alone takes
/// patients for the unit. Where the slope's variance is estimated at zero more degrees of freedom are taken,
/// so the test is a little too eager.
#[test]
fn a_random_slope_keeps_the_level_where_the_style_differs_between_therapists() {
    let design = json!({"therapists": {"n": 16, "caseload": 10, "icc": 0.12, "context_effect_sd": 8}});
    let null = run(&scenario(design.clone(), [0.0; 3], 14.0, with_slopes()), REPLICATES);
    let (blind, _) = size(&null, "lmm");
    assert!(blind > 0.12, "{blind}");
    for analysis in ["slope", "slope-kr", "independent"] {
        let (found, mcse) = size(&null, analysis);
        assert!((found - 0.05).abs() < 0.01 + FAR * mcse, "{analysis}: {found}");
        assert!(null.analyses[analysis].failures.is_empty(), "{analysis}");
    }
    let result = run(&scenario(design, [8.0, 5.0, 4.0], 14.0, with_slopes()), REPLICATES);
    let within = 14.0 * 14.0 * 0.88 * 4.0 / 160.0_f64;
    let expected = power(8.0 / (within + 64.0 / 16.0).sqrt(), 15.0);
    for analysis in ["slope", "slope-kr", "independent"] {
        let found = row(&result, analysis, "alliance");
        let power = value(&found.power);
        assert!((power - expected).abs() < 0.01 + FAR * share(expected), "{analysis}: {power}, {expected}");
        let coverage = value(&found.coverage);
        assert!((coverage - 0.95).abs() < 0.01 + FAR * share(0.95), "{analysis}: {coverage}");
        near(value(&found.bias), 0.0, found.bias.mcse.unwrap());
        near(value(&row(&result, analysis, "ifc").coverage), 0.95, share(0.95));
    }
    let boundary = result.analyses["slope"].boundary_fits.unwrap();
    assert!(boundary > 0 && boundary < REPLICATES, "{boundary}");
    assert_eq!(result.analyses["cluster_summary"].boundary_fits, None);
}

fn null(layout: &str, therapists: u64, icc: f64) -> Value {
    let design = json!({"therapists": {"n": therapists, "caseload": 12, "layout": layout, "icc": icc}});
    let mut analyses = mixed();
    let more = json!([{"method": "gee", "outcome": "y", "covariates": []},
                      {"method": "cluster_summary", "outcome": "y", "covariates": []}]);
    analyses.as_array_mut().unwrap().extend(more.as_array().unwrap().iter().cloned());
    scenario(design, [0.0; 3], 14.0, analyses)
}

fn size(result: &RunResult, analysis: &str) -> (f64, f64) {
    let power = &row(result, analysis, "alliance").power;
    (value(power), power.mcse.unwrap())
}

/// A smaller version of the table below.
#[test]
fn few_therapists_do_not_make_kenward_and_roger_claim_too_much() {
    for therapists in [4, 8] {
        let result = run(&null("nested", therapists, 0.05), REPLICATES);
        let (kenward_roger, mcse) = size(&result, "kr");
        assert!(kenward_roger < 0.05 + FAR * mcse, "{therapists}: {kenward_roger}");
        assert!(size(&result, "anova").0 > 0.07, "{therapists}");
    }
}

fn cell(result: &RunResult, analysis: &str) -> String {
    let (size, mcse) = size(result, analysis);
    format!("{:.1} ±{:.1}", 100.0 * size, 100.0 * mcse)
}

/// Share of the trials on the boundary, in per cent.
fn boundary(result: &RunResult, analysis: &str) -> f64 {
    result.analyses[analysis].boundary_fits.unwrap() as f64 / (IN_A_ROW as f64 / 100.0)
}

/// Trials in each row of the tables.
const IN_A_ROW: u64 = 20_000;

/// Writes `src/analysis/few_therapists.md`: type I error of the alliance with few therapists.
#[test]
#[ignore = "some minutes: cargo test --release --test clustered -- --ignored"]
fn the_tables_of_few_therapists_are_what_they_say() {
    let numbers = [4, 6, 8, 12, 16, 24, 40];
    let mut alike = "| layout | therapists | ICC | `anova` | `lmm`, Satterthwaite | `lmm`, Kenward–Roger | `gee` | `cluster_summary` | variance at zero |\n\
                     |---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for layout in ["nested", "crossed"] {
        for therapists in numbers {
            for icc in [0.0, 0.01, 0.03, 0.05, 0.12] {
                let result = run(&null(layout, therapists, icc), IN_A_ROW);
                let sizes = ["anova", "lmm", "kr", "gee", "cluster_summary"].map(|id| cell(&result, id));
                let _ = writeln!(
                    alike,
                    "| {layout} | {therapists} | {icc} | {} | {:.0} |",
                    sizes.join(" | "),
                    boundary(&result, "lmm")
                );
            }
        }
    }
    let mut differing = "| therapists | SD of the effect | `lmm`, intercept | slope, Satterthwaite | slope, Kenward–Roger | slope, independent | `gee` | `cluster_summary` | slope on the boundary |\n\
                         |--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for therapists in numbers {
        for sd in [0, 2, 4, 8] {
            let design = json!({"therapists": {"n": therapists, "caseload": 12, "layout": "crossed",
                                               "icc": 0.05, "context_effect_sd": sd}});
            let result = run(&scenario(design, [0.0; 3], 14.0, with_slopes()), IN_A_ROW);
            let ids = ["lmm", "slope", "slope-kr", "independent", "gee", "cluster_summary"];
            let sizes = ids.map(|id| cell(&result, id));
            let _ = writeln!(
                differing,
                "| {therapists} | {sd} | {} | {:.0} |",
                sizes.join(" | "),
                boundary(&result, "slope")
            );
        }
    }
    let page = include_str!("../src/analysis/few_therapists.md");
    let mut texts = page.split("| layout |");
    let first = texts.next().unwrap();
    let between = texts.next().and_then(|rest| rest.split_once("\n\n")).map_or("", |(_, rest)| rest);
    let between = between.split("| therapists |").next().unwrap();
    let text = format!("{first}{alike}\n{between}{differing}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/analysis/few_therapists.md");
    if text != page {
        std::fs::write(path, text).unwrap();
        panic!("the page was out of date and is written anew: look at the difference");
    }
}
