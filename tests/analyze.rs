//! Does `analyze` tell of a file of data what R tells, and what the run told of the same patients?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use assert_cmd::Command;
use serde_json::{Value, json};
use std::path::Path;
use support::{TWO_BY_TWO, linear_models, reference, relative_difference};
use trialliance::analysis::registry::{Design, Entry, REGISTRY};
use trialliance::data::{Asked, Dataset, Request, Roles, Table, TrialAnalysis, analyze};
use trialliance::scenario::AnalysisSpec;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/");

fn program() -> Command {
    Command::cargo_bin("trialliance").unwrap()
}

fn analyzed(name: &str, request: &Request) -> TrialAnalysis {
    let bytes = std::fs::read(format!("{DATA}{name}.csv")).unwrap();
    let table = Table::read(&bytes).unwrap();
    let roles = Roles::find(&table, request, None).unwrap();
    let data = Dataset::read(&table, &roles, None).unwrap();
    let asked = Asked { source: name, alpha: 0.05, confidence_level: 0.95, draws: (1, 0), better: &|_| None };
    analyze(&data, &roles, &asked).unwrap()
}

fn request(methods: &[&str], covariates: &[&str]) -> Request {
    Request {
        outcome: Some("outcome".to_owned()),
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        options: AnalysisSpec {
            covariates: Some(covariates.iter().map(|&name| name.to_owned()).collect()),
            ..AnalysisSpec::default()
        },
        ..Request::default()
    }
}

#[track_caller]
fn same(ours: f64, theirs: &Value, tolerance: f64, place: &str) {
    let theirs = theirs.as_f64().unwrap_or_else(|| panic!("{place}: no reference"));
    let difference = relative_difference(ours, theirs);
    assert!(difference < tolerance, "{place}: {ours} for {theirs} ({difference:.1e})");
}

#[test]
fn estimates_of_a_file_are_those_of_r() {
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        let models = [
            ("ancova", "ancova_1", vec![]),
            ("welch", "welch_contrasts", vec![]),
            ("change", "change_score", vec![]),
            ("ancova", "ancova_with_factors", vec!["sex", "site"]),
        ];
        for (method, key, covariates) in models {
            let result = analyzed(name, &request(&[method], &covariates));
            assert_eq!(result.results.len(), 8);
            for row in &result.results {
                let estimand = match row.estimand.as_str() {
                    "joint" => "enhanced_active_minus_limited_sham",
                    estimand => estimand,
                };
                let theirs = &fitted[key]["contrasts"][estimand];
                let place = format!("{name} {key} {estimand}");
                same(row.estimate, &theirs["estimate"], 1e-9, &place);
                same(row.se, &theirs["se"], 1e-9, &place);
                same(row.df.unwrap(), &theirs["df"], 1e-9, &place);
                same(row.p, &theirs["p"], 1e-9, &place);
                same(row.ci[0], &theirs["ci_lower"], 1e-9, &place);
                same(row.ci[1], &theirs["ci_upper"], 1e-9, &place);
            }
        }
    }
}

#[test]
fn tables_of_variance_are_those_of_r() {
    let mut count = 0;
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        let result = analyzed(name, &request(&["ancova"], &[]));
        for (kind, key) in [(1, "type1_covariates_first"), (2, "type2"), (3, "type3")] {
            let table = &fitted["ancova_1"][key]["table"];
            for row in result.anova.iter().filter(|row| row.kind == kind) {
                let theirs = &table[if row.term == "residuals" { "Residuals" } else { &row.term }];
                let place = format!("{name} {key} {}", row.term);
                same(row.sum_of_squares, &theirs["ss"], 1e-9, &place);
                same(row.df, &theirs["df"], 1e-15, &place);
                if let (Some(f), Some(p)) = (row.f, row.p) {
                    same(f, &theirs["f"], 1e-9, &place);
                    same(p, &theirs["p"], 1e-9, &place);
                }
                count += 1;
            }
        }
        let check = &result.checks.iter().find(|check| check.code == "equal_variances").unwrap().values;
        let theirs = &fitted["assumptions"]["brown_forsythe"];
        same(check["f"], &theirs["f"], 1e-9, name);
        same(check["p"], &theirs["p"], 1e-9, name);
    }
    assert_eq!(count, 6 * 3 * 5);
}

#[test]
fn mixed_models_of_a_file_are_those_of_lme4() {
    let fitted: Value = serde_json::from_str(&reference("mixed_models/therapists_nested_n160.json")).unwrap();
    let lmer = &fitted["random_intercept"]["lmer"];
    let result = analyzed("therapists_nested_n160", &request(&[], &[]));
    assert_eq!(result.analyses["lmm"].covariates, ["baseline"]);
    // lmer stops short of the last digits.
    let components = &result.variance_components["lmm"];
    same(components.therapist, &lmer["var_therapist"], 1e-5, "therapists");
    same(components.residual, &lmer["var_residual"], 1e-6, "residual");
    let alliance = &result.results[0];
    same(alliance.se, &lmer["satterthwaite"]["alliance"]["se"], 1e-6, "SE");
    same(alliance.df.unwrap(), &lmer["satterthwaite"]["alliance"]["df"], 1e-4, "df");
}

/// What `run` recorded of a replicate and what `analyze` finds in its export, as lines of a CSV.
fn both_ways(scenario: &str, replicate: usize, folder: &Path) -> [Vec<String>; 2] {
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let run = |words: &[&str]| program().args(words).assert().success();
    run(&["run", scenario, "-q", "--replicates", "30", "--replicates-out", &file("all.csv")]);
    run(&["trial", scenario, "--replicate", &replicate.to_string(), "--output", &file("one.csv")]);
    let (one, found, number) = (file("one.csv"), file("found.csv"), replicate.to_string());
    let words = ["analyze", &one, "--scenario", scenario, "--replicate", &number, "--imputations", "20"];
    run(&[&words[..], &["-f", "csv", "-o", &found]].concat());
    let lines = |name: &str, start: &str, skip: usize, take: usize| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with(start) && !line.starts_with("analysis,"))
            .map(|line| line.split(',').skip(skip).take(take).collect::<Vec<_>>().join(","))
            .collect();
        lines.sort();
        lines
    };
    // Analysis, outcome, estimand, estimate, SE, df, p: every digit of them.
    [lines("all.csv", &format!("{replicate},"), 1, 7), lines("found.csv", "", 0, 7)]
}

#[test]
fn an_exported_replicate_has_the_run_s_estimates_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    for scenario in [
        "fuentes-2014",
        "therapist-clustered",
        "psychosocial-moderation",
        "confirmatory",
        "pragmatic-12-weeks",
        "consultation-acupuncture",
        "script-or-gift",
    ] {
        let [recorded, found] = both_ways(scenario, 17, folder.path());
        assert!(recorded.len() >= 8, "{scenario}");
        assert_eq!(recorded, found, "{scenario}");
    }
}

/// Every method that needs nothing else said of it, run beside the scenario's own and of the exported trial.
#[test]
fn further_methods_of_a_run_are_those_of_analyze() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = |words: &[&str]| program().args(words).assert().success();
    let plain = |entry: &&Entry| {
        entry.design == Design::Trial
            && entry.needs.is_empty()
            && !entry.needs_therapists
            && !["anova", "mmrm", "proportional_odds"].contains(&entry.name)
    };
    let methods: Vec<&str> = REGISTRY.iter().filter(plain).map(|entry| entry.name).collect();
    let (all, one, found, joined) = (file("all.csv"), file("one.csv"), file("found.csv"), methods.join(","));
    let words = ["--analyze-with", &joined, "--replicates-out", &all, "-q", "--replicates", "8"];
    run(&[&["run", "fuentes-2014-realistic-noise"][..], &words].concat());
    run(&["trial", "fuentes-2014-realistic-noise", "--replicate", "5", "-o", &one]);
    let words = ["--better", "lower", "--resamples", "199", "--replicate", "5", "-f", "csv", "-o", &found];
    run(&[&["analyze", &one, "--outcome", "pain", "--method", &joined][..], &words].concat());
    let lines = |path: &str, start: &str, skip: usize| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        let cells = text
            .lines()
            .filter(|line| line.starts_with(start))
            .map(|line| line.split(',').skip(skip).take(7));
        let cells: Vec<Vec<&str>> = cells.map(Iterator::collect).collect();
        cells.iter().filter(|cells| methods.contains(&cells[0])).map(|cells| cells.join(",")).collect()
    };
    let recorded = lines(&all, "5,", 1);
    assert!(recorded.len() > 50 && methods.len() > 8, "{methods:?}");
    assert_eq!(recorded, lines(&found, "", 0));
}

#[test]
fn a_mixed_model_too() {
    let folder = tempfile::tempdir().unwrap();
    let text = trialliance::scenario::library::find("therapist-clustered").unwrap().text;
    let text = text.replace(
        r#""method": "anova""#,
        r#""method": "lmm", "covariates": ["baseline"], "df": "kenward-roger""#,
    );
    let path = folder.path().join("clustered.json");
    std::fs::write(&path, text).unwrap();
    let [recorded, found] = both_ways(path.to_str().unwrap(), 3, folder.path());
    assert!(recorded.iter().any(|line| line.starts_with("lmm,")));
    assert_eq!(recorded, found);
}

/// Where a small caseload is rounded to nobody, the file knows fewer therapists than the scenario.
#[test]
fn a_mixed_model_with_a_therapist_who_sees_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let text = trialliance::scenario::library::find("therapist-clustered").unwrap().text;
    let text = text.replace(r#""icc": "#, r#""caseload_cv": 2.5, "icc": "#);
    let path = folder.path().join("uneven.json");
    std::fs::write(&path, text).unwrap();
    let [recorded, found] = both_ways(path.to_str().unwrap(), 3, folder.path());
    let patients = std::fs::read_to_string(folder.path().join("one.csv")).unwrap();
    let mut lines = patients.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let place = lines.next().unwrap().iter().position(|name| *name == "therapist").unwrap();
    let seen: std::collections::BTreeSet<&str> = lines.map(|cells| cells[place]).collect();
    assert!((4..16).contains(&seen.len()), "{seen:?}");
    assert!(recorded.iter().any(|line| line.starts_with("lmm,")));
    assert_eq!(recorded, found);
}

/// Data that are no trial of the scenario are fitted from their patients, as without it.
#[test]
fn other_data_than_the_scenario_s_trial_are_fitted_from_patients() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let output = |words: &[&str]| {
        let output = program().args(words).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let exported = output(&["trial", "therapist-clustered"]);
    let lines: Vec<&str> = exported.lines().collect();
    let without = |column: usize| -> Vec<String> {
        let kept = |line: &&str| {
            let cells: Vec<&str> = line.split(',').collect();
            [&cells[..column], &cells[column + 1..]].concat().join(",")
        };
        lines.iter().map(kept).collect()
    };
    // Of patient 5: id, arm, alliance, ifc, therapist, baseline, pain.
    let changed = |column: usize, value: &str| -> Vec<String> {
        let mut cells: Vec<&str> = lines[5].split(',').collect();
        cells[column] = value;
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        lines[5] = cells.join(",");
        lines
    };
    let analysed = |lines: &[String], with_scenario: bool| -> Vec<String> {
        let path = file("patients.csv");
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        let stated =
            ["--outcome", "pain", "--method", "lmm", "--covariates", "baseline", "--better", "lower"];
        let said = if with_scenario { &["--scenario", "therapist-clustered"][..] } else { &stated };
        let found = output(&[&["analyze", &path, "-f", "csv"], said].concat());
        found.lines().filter(|line| line.starts_with("lmm,")).map(str::to_owned).collect()
    };
    let whole = changed(0, "5");
    assert_ne!(analysed(&whole, true), analysed(&whole, false));
    for (what, lines) in [
        ("a patient less", whole[..whole.len() - 1].to_vec()),
        ("another therapist", changed(4, "17")),
        ("a colleague's patient", changed(4, "16")),
        ("nobody's patient", changed(4, "NA")),
        ("a missing outcome", changed(6, "NA")),
        ("a missing baseline", changed(5, "NA")),
    ] {
        let [with, without] = [true, false].map(|with_scenario| analysed(&lines, with_scenario));
        assert!(with.len() == 8 && with == without, "{what}");
    }
    // Without its column there are no therapists, and no mixed model.
    let path = file("patients.csv");
    std::fs::write(&path, without(4).join("\n")).unwrap();
    let words = ["analyze", &path, "--scenario", "therapist-clustered"];
    let told = program().args(words).assert().success().get_output().stdout.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("lmm gives no answer: fewer than two therapists"), "{told}");
}

/// Patients who leave and patients who miss a visit, and all assumptions about them.
#[test]
fn imputed_values_too() {
    let folder = tempfile::tempdir().unwrap();
    let imputing = |id: &str, imputation: Value| {
        json!({"method": "multiple_imputation", "id": id, "outcome": "pain",
        "imputation": imputation})
    };
    let scenario = json!({
        "schema": "trialliance.scenario/1", "name": "imputing",
        "design": {"n_per_arm": {"SL": 30, "AL": 29, "SE": 31, "AE": 30}},
        "response": {
            "outcomes": {"pain": {"control_mean": 42, "sd": 16, "better": "lower",
                "effects": {"alliance": 12, "ifc": 8, "interaction": 1},
                "baseline": {"mean": 52, "sd": 20, "correlation": 0.5}}},
            "visits": {"last_week": 12, "correlation": 0.6,
                "earlier": [{"id": "week_4", "week": 4}, {"id": "week_8", "week": 8}]}},
        "observation": {"missing": [{"rate": 0.2, "dropout": true}, {"rate": 0.1, "outcomes": ["pain_week_4"]}]},
        "analyses": [imputing("random", json!({})),
            imputing("worse", json!({"assumption": "delta", "delta": 5})),
            imputing("jump", json!({"assumption": "jump-to-reference"}))]});
    let path = folder.path().join("imputing.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    let [recorded, found] = both_ways(path.to_str().unwrap(), 11, folder.path());
    assert_eq!(recorded.len(), 3 * 8);
    assert_eq!(recorded, found);
}

/// Both kinds of limits, and bootstrap samples of the replicate's own.
#[test]
fn mediation_too() {
    let folder = tempfile::tempdir().unwrap();
    let text = trialliance::scenario::library::find("script-or-gift").unwrap().text;
    let mut scenario: Value = serde_json::from_str(text).unwrap();
    let rating = scenario["response"]["delivery"]["rating"]["id"].clone();
    scenario["analyses"] = json!([
        {"method": "mediation", "outcome": "pain", "mediator": rating},
        {"method": "mediation", "id": "drawn", "outcome": "pain", "mediator": rating, "resamples": 199}]);
    for other in ["sources", "multiplicity", "primary"] {
        scenario.as_object_mut().unwrap().remove(other);
    }
    let path = folder.path().join("through.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    let [recorded, found] = both_ways(path.to_str().unwrap(), 5, folder.path());
    assert_eq!(recorded.len(), 2 * 5);
    assert_eq!(recorded, found);
    // The limits of bootstrap samples: those of the replicate, and of no other.
    let lines = |replicate: &str| {
        let one = folder.path().join("one.csv");
        let words = ["--scenario", path.to_str().unwrap(), "--replicate", replicate, "-f", "csv"];
        let output = program().arg("analyze").arg(one).args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let drawn = |text: &str| text.lines().find(|line| line.starts_with("drawn,")).unwrap().to_owned();
    assert_eq!(drawn(&lines("5")), drawn(&lines("5")));
    assert_ne!(drawn(&lines("5")), drawn(&lines("6")));
}

/// What cannot be filled in or gone through is told with the option and what to do.
#[test]
fn filling_in_and_mediation_ask_for_what_they_need() {
    let visits = format!("{DATA}imputation_visits_n124.csv");
    let wrong = |words: &[&str], told: &[&str]| {
        let output =
            program().args(["analyze", &visits, "--outcome", "outcome"]).args(words).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!output.status.success() && told.iter().all(|told| text.contains(told)), "{words:?}: {text}");
    };
    let imputing = ["--method", "multiple_imputation"];
    wrong(&[&imputing[..], &["--missing", "delta"]].concat(), &["--delta", "--missing delta --delta 5"]);
    wrong(&[&imputing[..], &["--delta", "5"]].concat(), &["5 without --missing delta"]);
    wrong(&[&imputing[..], &["--missing", "delta", "--delta", "5"]].concat(), &["--better"]);
    wrong(
        &[&imputing[..], &["--visits", "week_4,outcome"]].concat(),
        &["--visits", "`outcome`, which is the outcome"],
    );
    wrong(&[&imputing[..], &["--visits", "week_5"]].concat(), &["no column `week_5`"]);
    wrong(&["--method", "mediation"], &["--mediator", "through what the context acts"]);
    wrong(&["--method", "mediation", "--mediator", "baseline"], &["--mediator", "another column"]);
    wrong(&["--method", "ancova", "--imputations", "50"], &["--imputation", "multiple_imputation"]);
}

#[test]
fn what_else_knows_of_therapists_too() {
    let folder = tempfile::tempdir().unwrap();
    let text = trialliance::scenario::library::find("therapist-clustered").unwrap().text;
    let lone = text
        .replace(r#""caseload": 10, "layout": "crossed""#, r#""only_with": "enhanced""#)
        .replace("/design/therapists/caseload", "/design/therapists/only_with")
        .replace(r#""design": {"#, r#""design": {"n_per_arm": {"SL": 40, "AL": 40, "SE": 40, "AE": 40},"#);
    for (name, text, slope) in [("crossed", text, "independent-slope"), ("lone", &lone, "intercept")] {
        let own = if slope == "intercept" { slope } else { "intercept-and-slope" };
        let text = text
            .replace(
                "\n  ],\n  \"primary\"",
                &format!(
                    r#",
                    {{"id": "lmm-slope", "method": "lmm", "covariates": ["baseline"],
                      "random_effects": "{own}", "outcome": "pain"}}],
                    "primary""#
                ),
            )
            .replace(r#""method": "anova""#, r#""method": "gee", "covariates": ["baseline"]"#)
            .replace(r#""method": "ancova""#, r#""method": "cluster_summary""#)
            .replace(
                r#"{"method": "lmm", "outcome""#,
                &format!(
                    r#"{{"method": "lmm", "df": "kenward-roger", "random_effects": "{slope}", "outcome""#
                ),
            );
        let path = folder.path().join(format!("{name}.json"));
        std::fs::write(&path, text).unwrap();
        let [recorded, found] = both_ways(path.to_str().unwrap(), 3, folder.path());
        for id in ["lmm,", "cluster_summary,", "gee,", "lmm-slope,"] {
            assert!(recorded.iter().any(|line| line.starts_with(id)), "{id}");
        }
        assert_eq!(recorded, found, "{name}");
    }
}

/// The slope's variance and the reason why there is none are told.
#[test]
fn random_slopes_of_a_file() {
    let crossed = format!("{DATA}therapists_crossed_uneven_n152.csv");
    let words = ["--outcome", "outcome", "--method", "lmm", "--random-effects", "intercept-and-slope"];
    let output = program().args(["analyze", &crossed]).args(words).output().unwrap();
    // Lines are wrapped where they are long.
    let text = String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Variance of the context's effect between therapists 50.4"), "{text}");
    let nested = std::fs::read_to_string(format!("{DATA}therapists_nested_n160.csv")).unwrap();
    told(&nested, &words, 4, &["one level", "`intercept` is the model"]);
}

#[test]
fn ranks_and_permutations_too() {
    let folder = tempfile::tempdir().unwrap();
    let analyses = serde_json::json!([
        {"method": "permutation", "outcome": "pain", "covariates": ["baseline", "risk"], "resamples": 199},
        {"method": "wilcoxon", "outcome": "pain"},
        {"method": "van_elteren", "outcome": "pain", "strata": ["risk"]},
        {"method": "aligned_rank", "outcome": "pain"}]);
    for scenario in ["psychosocial-moderation", "fuentes-2014-realistic-noise"] {
        let text = trialliance::scenario::library::find(scenario).unwrap().text;
        let mut value: Value = serde_json::from_str(text).unwrap();
        let has_risk = value["cohort"]["covariates"].is_array();
        value["analyses"] = analyses.clone();
        if !has_risk {
            value["analyses"][0]["covariates"] = serde_json::json!(["baseline"]);
            value["analyses"][2].as_object_mut().unwrap().remove("strata");
        }
        for other in ["sources", "multiplicity", "primary"] {
            value.as_object_mut().unwrap().remove(other);
        }
        let path = folder.path().join("ranks.json");
        std::fs::write(&path, value.to_string()).unwrap();
        let [recorded, found] = both_ways(path.to_str().unwrap(), 23, folder.path());
        assert_eq!(recorded.len(), 8 + 7 + 2 + 3, "{scenario}");
        assert_eq!(recorded, found, "{scenario}");
        let exported = std::fs::read_to_string(folder.path().join("one.csv")).unwrap();
        let header: Vec<&str> = exported.lines().next().unwrap().split(',').collect();
        assert_eq!(header.contains(&"block"), has_risk);
    }
}

#[test]
fn p_values_are_adjusted_where_it_is_asked_for() {
    let name = "two_by_two_n117_29_30_29_29";
    let fitted = linear_models(name);
    let run = |words: &[&str]| -> Value {
        let file = format!("{DATA}{name}.csv");
        let output = program()
            .args(["analyze", &file, "--outcome", "outcome", "-f", "json"])
            .args(words)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let holm = run(&["--adjust", "holm"]);
    assert_eq!(holm["multiplicity"], "holm");
    for row in holm["results"].as_array().unwrap() {
        let theirs = &fitted["multiplicity"]["three_factorial"]["holm"][row["estimand"].as_str().unwrap()];
        match theirs.is_null() {
            true => assert!(row["p_adjusted"].is_null()),
            false => same(row["p_adjusted"].as_f64().unwrap(), theirs, 1e-9, "holm"),
        }
    }
    assert!(run(&[])["results"].as_array().unwrap().iter().all(|row| row["p_adjusted"].is_null()));
}

/// Sixteen patients: four in each arm.
fn small() -> String {
    let mut text = "id,alliance,ifc,age,site,baseline,pain\n".to_owned();
    let levels = [("limited", "sham"), ("limited", "active"), ("enhanced", "sham"), ("enhanced", "active")];
    for k in 0..16_usize {
        let (alliance, ifc) = levels[k % 4];
        let (age, baseline) = (30 + (k * 7) % 23, 50 + (k * 11) % 17);
        let pain = 40 - 5 * (k % 4) + (k * 5) % 9;
        text += &format!("{},{alliance},{ifc},{age},{},{baseline},{pain}\n", k + 1, ["A", "B"][k / 4 % 2]);
    }
    text
}

/// Exit code and standard error of `analyze` on a text.
fn wrong(text: &str, words: &[&str]) -> (i32, String) {
    let output = program().args(["analyze", "-"]).args(words).write_stdin(text).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[track_caller]
fn told(text: &str, words: &[&str], code: i32, parts: &[&str]) {
    let (found, message) = wrong(text, words);
    let flat = message.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(found, code, "{message}");
    for part in parts {
        assert!(flat.contains(part), "no {part:?} in {message}");
    }
}

const PAIN: [&str; 2] = ["--outcome", "pain"];

#[test]
fn what_is_wrong_is_told_with_row_and_column() {
    let text = small();
    assert_eq!(wrong(&text, &PAIN).0, 0);
    told(&text, &["--outcome", "pian"], 2, &["no column `pian`", "did you mean `pain`"]);
    told(&text, &[], 2, &["--outcome", "no outcome"]);
    told(&text, &["--outcome", "pain", "--covariates", "aeg"], 2, &["no column `aeg`", "did you mean `age`"]);
    told(&text, &["--outcome", "pain", "--method", "ancvoa"], 2, &["did you mean `ancova`"]);
    told(&text, &["--outcome", "pain", "--method", "lmm"], 2, &["--therapist", "who treated a patient"]);
    told(&text, &["--outcome", "pain", "--method", "moderation"], 2, &["--moderator"]);
    told(&text, &["--outcome", "pain", "--alpha", "1.5"], 2, &["--alpha is 1.5"]);
    told(&text.replace("ifc", "device"), &PAIN, 2, &["no column `ifc`", "say --ifc COLUMN"]);
    told(
        &text.replace("sham", "off"),
        &PAIN,
        4,
        &["row 2, column ifc", "`off`", "--ifc ifc=REFERENCE,SECOND"],
    );
    let cell = |from: &str, to: &str| text.replacen(from, to, 1);
    told(
        &cell(",30,", ",3o,"),
        &["--outcome", "pain", "--covariates", "age"],
        4,
        &["row 2, column age", "`3o`"],
    );
    told(&cell(",50,", ",\"50,5\","), &PAIN, 4, &["row 2, column baseline", "decimal point"]);
    told(&cell("2,limited", "1,limited"), &PAIN, 4, &["row 3, column id", "the patient `1` of row 2 again"]);
    told(&cell(",A,", ","), &PAIN, 4, &["row 2", "6 cells", "7, as in the header"]);
    told(&text.replace("id,", "pain,"), &PAIN, 4, &["row 1, column pain", "a second time"]);
    told(" \n", &PAIN, 4, &["there is nothing in the file"]);
    told(text.lines().next().unwrap(), &PAIN, 4, &["there are no patients"]);
    let missing = program().args(["analyze", "no-such.csv", "--outcome", "y"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(4));
}

#[test]
fn data_that_do_not_answer_say_why() {
    let text = small();
    let without = |word: &str| {
        text.lines().filter(|line| !line.contains(word)).map(|line| format!("{line}\n")).collect::<String>()
    };
    told(&without("enhanced,active"), &PAIN, 4, &["ancova gives no answer", "no patient in AE"]);
    let set = |column: usize, value: &dyn Fn(usize, &[&str]) -> String| -> String {
        let lines = text.lines().enumerate().map(|(row, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            let new = if row == 0 { cells[column].to_owned() } else { value(row, &cells) };
            cells[column] = &new;
            cells.join(",") + "\n"
        });
        lines.collect()
    };
    told(&set(6, &|_, _| "40".to_owned()), &PAIN, 4, &["pain is the same in all patients"]);
    told(&set(5, &|_, _| "50".to_owned()), &PAIN, 4, &["baseline is the same in all patients"]);
    let same = set(3, &|_, cells| cells[5].to_owned());
    let words = ["--outcome", "pain", "--covariates", "age"];
    told(&same, &words, 4, &["age is told completely by baseline (collinear)"]);
    let many: Vec<String> = (0..9).map(|k| format!("x{k}")).collect();
    let wide: String = text
        .lines()
        .enumerate()
        .map(|(row, line)| {
            let cell = |k: usize| if row == 0 { many[k].clone() } else { ((row * (k + 2)) % 13).to_string() };
            format!("{line},{}\n", (0..9).map(cell).collect::<Vec<_>>().join(","))
        })
        .collect();
    let all = ["--outcome", "pain", "--covariates", &many.join(",")];
    told(&wide, &all, 4, &["it adjusts for 10 columns", "at most 8 are allowed"]);
    let few: String = text.lines().take(6).map(|line| format!("{line}\n")).collect();
    told(&few, &words, 4, &["no more patients than parameters"]);
    let one = text.replace("site", "therapist").replace(",B,", ",A,");
    told(&one, &PAIN, 4, &["lmm gives no answer: fewer than two therapists"]);
}

#[test]
fn other_spellings_of_the_same_data_give_the_same_numbers() {
    let text = small();
    let numbers = |text: &str, words: &[&str]| {
        let output =
            program().args(["analyze", "-", "-f", "csv"]).args(words).write_stdin(text).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = numbers(&text, &PAIN);
    assert_eq!(plain.lines().count(), 9);
    assert_eq!(plain, numbers(&format!("\u{feff}{}", text.replace('\n', "\r\n")), &PAIN));
    assert_eq!(plain, numbers(&text.replace(',', ";"), &PAIN));
    assert_eq!(plain, numbers(&text.replace(",A,", ",\"A\n1\","), &PAIN));
    assert_eq!(plain, numbers(&(text.clone() + ",,,,,,\n\n"), &PAIN));
    let renamed = text.replace("limited", "usual").replace("enhanced", "warm").replace("alliance", "style");
    assert_eq!(plain, numbers(&renamed, &["--outcome", "pain", "--alliance", "style=usual,warm"]));
    // A decimal comma where semicolons separate the cells.
    let halves = text.replace(",50,", ",50.5,");
    assert_eq!(numbers(&halves, &PAIN), numbers(&halves.replace(',', ";").replace("50.5", "50,5"), &PAIN));
}

#[test]
fn missing_values_are_counted_and_said() {
    let text = small().replacen(",40\n", ",NA\n", 1).replacen(",51,", ",.,", 1);
    let output =
        program().args(["analyze", "-", "-f", "json"]).args(PAIN).write_stdin(text).output().unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["schema"], "trialliance.analysis/1");
    let missing: u64 =
        result["data"]["missing"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    let used: u64 = result["analyses"]["ancova"]["n_analyzed"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert!(missing >= 1 && used == 16 - missing);
    assert!(result["warnings"][0].as_str().unwrap().contains(&format!("{used} of 16 patients")));
}

#[test]
fn every_format_says_the_same_and_no_conclusion_denies_an_effect() {
    let text = small();
    for format in ["text", "json", "csv", "markdown", "html"] {
        let output = program()
            .args(["analyze", "-", "-f", format])
            .args(PAIN)
            .write_stdin(text.clone())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && printed.contains("alliance_at_sham"), "{format}");
        assert!(!printed.contains("no effect of") && !printed.contains("has no effect"), "{format}");
    }
    let later = text.replace("age", "wai");
    let output = program()
        .args(["analyze", "-", "--covariates", "wai"])
        .args(PAIN)
        .write_stdin(later)
        .output()
        .unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("measured after randomisation"));
}

/// What `analyze` prints of a text.
fn printed(text: &str, words: &[&str]) -> String {
    let output =
        program().args(["analyze", "-", "--outcome", "y"]).args(words).write_stdin(text).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// So many patients in each arm, whose outcomes differ by `effect` between levels of ifc.
fn with_effect(per_arm: usize, effect: f64) -> String {
    let mut text = "alliance,ifc,y\n".to_owned();
    for k in 0..4 * per_arm {
        let (context, treatment) = (["limited", "enhanced"][k % 2], k / 2 % 2);
        let y = (k / 4 * 7 % per_arm) as f64 / per_arm as f64 + effect * treatment as f64;
        text += &format!("{context},{},{y}\n", ["sham", "active"][treatment]);
    }
    text
}

#[test]
fn one_patient_in_an_arm_has_no_spread_and_decides_an_effect_alone() {
    let mut text = "alliance,ifc,y\n".to_owned();
    let cells = [("limited", "sham"), ("limited", "active"), ("enhanced", "sham")];
    for k in 0..12 {
        let (context, treatment) = cells[k % 3];
        text += &format!("{context},{treatment},{}\n", 40 + (k * 5) % 9);
    }
    text += "enhanced,active,33\n";
    let printed = printed(&text, &["--method", "anova"]);
    assert!(!printed.contains("NaN"), "{printed}");
    assert!(printed.contains("AE 1 33") && printed.contains('–'), "{printed}");
    assert!(printed.contains("a patient decides an estimate alone"), "{printed}");
    assert!(!printed.contains("no patient steers"), "{printed}");
}

#[test]
fn conclusions_are_true_of_wide_and_narrow_intervals() {
    let none = "does not show that there is no effect: it speaks only against effects beyond these limits";
    for per_arm in [5, 20_000] {
        let text = printed(&with_effect(per_arm, 0.0), &["--better", "higher"]);
        assert_eq!(text.matches(none).count(), 3, "{text}");
        assert!(text.contains("anything from a harm of") && text.contains("to a benefit of"), "{text}");
    }
    let clear = printed(&with_effect(50, 0.5), &["--better", "higher"]);
    assert!(
        clear.contains("ifc (y, anova): 0.5000, a benefit; the data go with anything from 0."),
        "{clear}"
    );
    assert_eq!(clear.matches(none).count(), 2);
}

/// The test and the interval may have different levels, or the test be one of several.
#[test]
fn conclusions_say_why_test_and_interval_disagree() {
    let text = with_effect(50, 0.1);
    let wider = printed(&text, &["--better", "higher", "--confidence", "0.9995"]);
    assert!(
        wider.contains("a benefit, told apart from 0 at the level 0.05, but not by the 99.95 % interval"),
        "{wider}"
    );
    let narrower = printed(&text, &["--alpha", "0.001", "--confidence", "0.95"]);
    assert!(narrower.contains("not told apart from 0 at the level 0.001; the data go with"), "{narrower}");
    let together = printed(&text, &["--alpha", "0.02", "--adjust", "bonferroni"]);
    assert!(together.contains("not told apart from 0 once the hypotheses are judged together"), "{together}");
}

#[test]
fn limits_of_effect_sizes_are_in_every_format() {
    let text = with_effect(50, 0.1);
    let csv = printed(&text, &["-f", "csv"]);
    assert!(csv.starts_with("analysis,outcome,estimand,estimate,se,df,p,ci_lower,ci_upper,hedges_g,p_adjusted,hedges_g_ci_lower,hedges_g_ci_upper "));
    let json: Value = serde_json::from_str(&printed(&text, &["-f", "json"])).unwrap();
    let limits = &json["results"][1]["hedges_g_ci"];
    let row = csv.split(' ').nth(2).unwrap();
    assert!(row.ends_with(&format!(",{},{}", limits[0], limits[1])), "{row} {limits}");
    let (g, low, high) = (json["results"][1]["hedges_g"].as_f64().unwrap(), &limits[0], &limits[1]);
    let shown = format!("{g:.2} ({:.2} to {:.2})", low.as_f64().unwrap(), high.as_f64().unwrap());
    for format in ["text", "markdown", "html"] {
        let found = printed(&text, &["-f", format]);
        assert!(found.contains(&shown), "{format}: no {shown} in {found}");
    }
    let chance = printed(&with_effect(50, 0.0), &[]);
    assert!(
        chance.contains("0.000 to 0.000") && chance.contains("that does not show that the share is 0"),
        "{chance}"
    );
}

/// A million rows in seconds, not minutes; the time itself is not asserted.
#[test]
fn a_million_rows_are_read() {
    let mut text = "alliance,ifc,y\n".to_owned();
    for k in 0..1_000_000_u32 {
        let alliance = ["limited", "enhanced"][(k % 2) as usize];
        let ifc = ["sham", "active"][(k / 2 % 2) as usize];
        text += &format!("{alliance},{ifc},{}\n", k.wrapping_mul(2_654_435_761) >> 12);
    }
    let output =
        program().args(["analyze", "-", "--outcome", "y", "-f", "json"]).write_stdin(text).output().unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["data"]["n"], 1_000_000);
    // Too many for a test of normality.
    let checks = result["checks"].as_array().unwrap();
    let normal = checks.iter().find(|check| check["code"] == "normal_residuals").unwrap();
    assert!(normal["values"]["w"].is_null() && normal["values"]["skewness"].is_number());
    assert!(normal["message"].as_str().unwrap().contains("no test of normality among more than 5000"));
}

/// Everybody responds in one arm of the second outcome, so its odds ratio is nothing that ends.
const SEPARATED: &str = "alliance,ifc,pain,well
limited,sham,50,0\nlimited,sham,61,1\nlimited,sham,57,0
limited,active,41,1\nlimited,active,52,0\nlimited,active,44,1
enhanced,sham,40,1\nenhanced,sham,44,0\nenhanced,sham,49,1
enhanced,active,30,1\nenhanced,active,43,1\nenhanced,active,36,1\n";

#[test]
fn an_analysis_without_an_answer_does_not_silence_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.csv");
    std::fs::write(&file, SEPARATED).unwrap();
    let call = |methods: &str, format: &str| {
        let words = ["--outcome", "well", "--method", methods, "--format", format];
        program().arg("analyze").arg(&file).args(words).output().unwrap()
    };
    let answer = call("odds_ratio,anova,risk_difference", "json");
    assert_eq!(answer.status.code(), Some(0), "{}", String::from_utf8_lossy(&answer.stderr));
    let result: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let given: Vec<&String> = result["analyses"].as_object().unwrap().keys().collect();
    assert_eq!(given, ["anova", "risk_difference"]);
    assert!(result["results"].as_array().unwrap().iter().all(|row| row["analysis"] != "odds_ratio"));
    let why = result["no_answer"]["odds_ratio"].as_str().unwrap();
    assert!(why.contains("AE"), "{why}");
    assert_eq!(result["warnings"][0], format!("odds_ratio gives no answer: {why}"));
    // The others say what they say alone.
    let alone: Value = serde_json::from_slice(&call("anova", "json").stdout).unwrap();
    let own = |all: &Value| -> Vec<Value> {
        let rows = all["results"].as_array().unwrap().iter();
        rows.filter(|row| row["analysis"] == "anova").cloned().collect()
    };
    assert_eq!(own(&result), own(&alone));
    assert!(alone.get("no_answer").is_none());
    // CSV has no place for warnings.
    let csv = call("odds_ratio,anova", "csv");
    assert!(String::from_utf8_lossy(&csv.stderr).contains("odds_ratio gives no answer"));
    for format in ["text", "markdown", "html"] {
        let text = String::from_utf8(call("odds_ratio,anova", format).stdout).unwrap();
        assert!(text.contains("gives no answer"), "{format}: {text}");
    }
    // Nothing at all is a failure.
    let none = call("odds_ratio", "json");
    assert_eq!((none.status.code(), none.stdout.len()), (Some(4), 0));
}

#[test]
fn a_study_without_arms_is_refused_for_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("study.csv");
    assert!(program().args(["trial", "ferreira-2013", "-o"]).arg(&file).output().unwrap().status.success());
    let answer = program().arg("analyze").arg(&file).args(["--scenario", "ferreira-2013"]).output().unwrap();
    assert_eq!(answer.status.code(), Some(2));
    let error = String::from_utf8(answer.stderr).unwrap();
    assert!(error.contains("assigns nothing") && !error.contains("no column"), "{error}");
}
