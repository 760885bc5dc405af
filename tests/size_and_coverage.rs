//! How often does each analysis claim what is not so, and how often do its intervals cover the truth?
//!
//! The page `src/analysis/size_and_coverage.md` is made here. What CI runs is a smaller version of it with a
//! seed of its own: a share fails beyond 5 standard errors of its difference from the page, a false-alarm rate of
//! 6e-7 for each of some 500.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use support::patients::{FAR, pain, read, with};
use support::{simulate, value};
use trialliance::analysis::registry::{self, Context};
use trialliance::engine::EngineChoice;
use trialliance::result::{Measure, Row, RunResult};

const PAGE: &str = include_str!("../src/analysis/size_and_coverage.md");

/// Trials in each row of the page.
const IN_A_ROW: u64 = 20_000;

/// Trials in each row of the smaller version.
const IN_A_SMALL_ROW: u64 = 400;

/// Trials that analyses are tried in.
struct Setting {
    words: &'static str,
    /// Where what is claimed is not so, or just not.
    null: Value,
    /// Where the effects are large enough to be found.
    effects: Value,
}

fn effects(alliance: f64, ifc: f64, interaction: f64) -> Value {
    json!({"alliance": alliance, "ifc": ifc, "interaction": interaction})
}

/// Trials without effects, and the same with them.
fn of(words: &'static str, trial: Value, analyses: &Value) -> Setting {
    let trial = with(trial, "/analyses", analyses.clone());
    let [null, effects] = [effects(0.0, 0.0, 0.0), effects(8.0, 6.0, 4.0)]
        .map(|effects| with(trial.clone(), "/response/outcomes/pain/effects", effects));
    Setting { words, null, effects }
}

fn linear() -> Value {
    json!([
        {"method": "anova", "outcome": "pain"},
        {"method": "ancova", "outcome": "pain"},
        {"method": "change", "outcome": "pain"},
        {"method": "welch", "outcome": "pain"},
        {"method": "moderation", "outcome": "pain", "moderator": "baseline"},
        {"method": "interaction_then_choose", "outcome": "pain"},
        {"method": "bayes", "outcome": "pain"},
        {"method": "bayes", "outcome": "pain", "prior": {"mean": 0, "sd": 5}},
        {"method": "wilcoxon", "outcome": "pain"},
        {"method": "van_elteren", "outcome": "pain"},
        {"method": "aligned_rank", "outcome": "pain"},
        {"method": "permutation", "outcome": "pain", "resamples": 199},
    ])
}

fn robust() -> Value {
    let mut analyses = vec![json!({"method": "welch", "outcome": "pain"})];
    for method in ["anova", "ancova"] {
        analyses.push(json!({"method": method, "outcome": "pain"}));
        for errors in ["hc0", "hc1", "hc2", "hc3", "hc4", "hc2-bell-mccaffrey"] {
            analyses.push(json!({"method": method, "outcome": "pain", "standard_errors": errors}));
        }
    }
    Value::Array(analyses)
}

fn unequal() -> Value {
    let sizes = json!({"SL": 15, "AL": 30, "SE": 30, "AE": 45});
    let trial = with(pain(30), "/design/n_per_arm", sizes);
    with(trial, "/response/outcomes/pain/sd", json!({"SL": 24, "AL": 16, "SE": 16, "AE": 10}))
}

/// At the border of what is claimed not to be so.
fn at_the_margin() -> Setting {
    let analyses = json!([
        {"method": "equivalence", "outcome": "pain", "margin": 6},
        {"method": "noninferiority", "outcome": "pain", "margin": 6},
    ]);
    let trial = with(pain(60), "/analyses", analyses);
    let [null, effects] = [effects(-6.0, -6.0, -6.0), effects(1.0, 0.0, 0.0)]
        .map(|effects| with(trial.clone(), "/response/outcomes/pain/effects", effects));
    Setting { words: "60 in each arm, effects of a margin's size", null, effects }
}

/// Four visits with equal correlations; those with much pain at the start leave before others.
fn visited() -> Value {
    let visits = json!({"last_week": 12, "correlation": 0.7, "earlier": [
        {"id": "week_3", "week": 3, "effect": 0.5}, {"id": "week_6", "week": 6}, {"id": "week_9", "week": 9}]});
    let leave = json!([{"rate": {"SL": 0.4, "AL": 0.2, "SE": 0.3, "AE": 0.2}, "dropout": true,
                        "mechanism": "mar", "depends_on": "pain_baseline", "correlation": 0.6}]);
    with(with(pain(20), "/response/visits", visits), "/observation/missing", leave)
}

fn of_visits() -> Value {
    json!([
        {"method": "ancova", "outcome": "pain"},
        {"method": "mmrm", "outcome": "pain"},
        {"method": "mmrm", "outcome": "pain", "df": "kenward-roger"},
        {"method": "mmrm", "outcome": "pain", "covariance": "compound-symmetry"},
        {"method": "mmrm", "outcome": "pain", "covariance": "compound-symmetry", "df": "kenward-roger"},
        {"method": "mmrm", "outcome": "pain", "covariance": "ar1"},
    ])
}

fn of_therapists(layout: &str) -> Value {
    let mut trial = pain(40);
    trial["design"] = json!({"therapists": {"n": 16, "caseload": 10, "layout": layout, "icc": 0.05}});
    trial
}

fn clustered(layout: &str) -> Value {
    let mut analyses = json!([
        {"method": "lmm", "outcome": "pain"},
        {"method": "lmm", "outcome": "pain", "df": "kenward-roger"},
        {"method": "gee", "outcome": "pain"},
        {"method": "cluster_summary", "outcome": "pain"},
    ]);
    if layout == "crossed" {
        let slopes = json!([
            {"method": "lmm", "outcome": "pain", "random_effects": "intercept-and-slope"},
            {"method": "lmm", "outcome": "pain", "random_effects": "intercept-and-slope", "df": "kenward-roger"},
            {"method": "lmm", "outcome": "pain", "random_effects": "independent-slope"},
        ]);
        analyses.as_array_mut().unwrap().extend(slopes.as_array().unwrap().iter().cloned());
    }
    analyses
}

fn differing() -> Value {
    let mut trial = of_therapists("crossed");
    trial["design"]["therapists"]["context_effect_sd"] = json!(6);
    trial
}

fn responders() -> Value {
    let responder = json!({"at_most": 35});
    let one = |method: &str, covariates: Option<Value>| {
        let mut one = json!({"method": method, "outcome": "pain", "responder": responder});
        if let Some(covariates) = covariates {
            one["covariates"] = covariates;
        }
        one
    };
    Value::Array(vec![
        one("risk_difference", None),
        one("logistic", None),
        one("odds_ratio", Some(json!([]))),
        one("odds_ratio", Some(json!(["baseline"]))),
        one("risk_ratio", None),
        one("mantel_haenszel", None),
    ])
}

fn in_steps(n: u64) -> Value {
    let mut trial = pain(n);
    trial["observation"]["instruments"] = json!({"pain": {"min": 0, "max": 100, "step": 20}});
    trial
}

fn steps() -> Value {
    json!([
        {"method": "proportional_odds", "outcome": "pain", "covariates": []},
        {"method": "proportional_odds", "outcome": "pain"},
        {"method": "wilcoxon", "outcome": "pain"},
    ])
}

fn far_from_zero() -> Value {
    with(pain(30), "/response/outcomes/pain/baseline", json!({"mean": 60, "sd": 8, "correlation": 0.5}))
}

/// A third leaves, more of those who have more pain.
fn leaving(n: u64) -> Value {
    let mut trial = pain(n);
    trial["response"]["visits"] = json!({"last_week": 12, "correlation": 0.7,
        "earlier": [{"id": "week_4", "week": 4}, {"id": "week_8", "week": 8}]});
    trial["observation"]["missing"] = json!([{"rate": 0.33, "dropout": true, "mechanism": "mar",
        "depends_on": "pain_baseline", "correlation": 0.3}]);
    trial
}

fn filled_in() -> Value {
    json!([
        {"method": "ancova", "outcome": "pain"},
        {"method": "multiple_imputation", "outcome": "pain", "visits": []},
        {"method": "multiple_imputation", "outcome": "pain"},
        {"method": "multiple_imputation", "outcome": "pain", "imputation": {"data_sets": 100}},
    ])
}

/// Four fifths of the alliance's effect go through what is perceived, which is rated without error.
fn perceived() -> Value {
    let mut trial = pain(30);
    trial["response"]["delivery"] = json!({"residual_sd": 0.3, "direct_share": 0.2,
        "rating": {"id": "rating", "at_first_level": 78, "at_second_level": 104, "sem": 0}});
    trial
}

fn through() -> Value {
    json!([
        {"method": "mediation", "outcome": "pain", "mediator": "rating"},
        {"method": "mediation", "outcome": "pain", "mediator": "rating", "resamples": 199},
    ])
}

/// Ratings of the alliance that nobody assigned, and that go with the outcome for no other reason than its effect.
fn observed() -> Setting {
    let mut scenario: Value =
        serde_json::from_str(trialliance::scenario::library::find("ferreira-2013").unwrap().text).unwrap();
    for (pointer, value) in
        [("/sources", json!({})), ("/primary", json!([])), ("/response/correlation", json!([]))]
    {
        scenario = with(scenario, pointer, value);
    }
    scenario["design"]["therapists"]["icc"] = json!(0);
    scenario["response"]["delivery"]["rating"]["sem"] = json!(0);
    let with_effect = |alliance: f64| {
        with(scenario.clone(), "/response/outcomes/pain/effects", effects(alliance, 0.0, 0.0))
    };
    Setting {
        words: "`ferreira-2013` without what confounds, and ratings without error",
        null: with_effect(0.0),
        effects: with_effect(8.0),
    }
}

fn settings() -> Vec<Setting> {
    vec![
        of("12 in each arm", pain(12), &linear()),
        of("30 in each arm", pain(30), &linear()),
        of(
            "30 in each arm, baselines far from 0",
            far_from_zero(),
            &json!([{"method": "percent_change", "outcome": "pain"}]),
        ),
        of("arms of 15, 30, 30, 45 with SDs of 24, 16, 16, 10", unequal(), &robust()),
        at_the_margin(),
        of("20 in each arm, four visits with equal correlations, patients leave", visited(), &of_visits()),
        of("16 therapists with 10 patients, nested, ICC .05", of_therapists("nested"), &clustered("nested")),
        of(
            "16 therapists with 10 patients, crossed, ICC .05",
            of_therapists("crossed"),
            &clustered("crossed"),
        ),
        of(
            "the same, the context's effect with an SD of 6 between therapists",
            differing(),
            &clustered("crossed"),
        ),
        of("30 in each arm, responders by a threshold", pain(30), &responders()),
        of("60 in each arm, responders by a threshold", pain(60), &responders()),
        of("30 in each arm, six steps", in_steps(30), &steps()),
        of("30 in each arm, of whom a third leaves", leaving(30), &filled_in()),
        of("100 in each arm, of whom a third leaves", leaving(100), &filled_in()),
        of("30 in each arm: the indirect, the direct and the total effect", perceived(), &through()),
        observed(),
    ]
}

/// What is said of an analysis, its outcome apart. Brackets would be links in the documentation.
fn words(spec: &Value) -> String {
    let mut words = format!("`{}`", spec["method"].as_str().unwrap());
    for (name, what) in spec.as_object().unwrap() {
        if !["method", "id", "outcome", "responder"].contains(&name.as_str()) {
            let what =
                what.to_string().replace(['"', '{', '}', '[', ']'], "").replace(':', " ").replace(',', ", ");
            let _ = write!(words, ", {name} {}", if what.is_empty() { "none" } else { &what });
        }
    }
    words
}

/// The level of an analysis's tests, in per cent.
fn level(method: &str) -> f64 {
    let entry = registry::find(method).unwrap();
    100.0 * (entry.build)(&Context::default()).analysis().claim().level(0.05)
}

/// The main effects and the interaction, as far as the analysis has them.
fn first<'r>(result: &'r RunResult, id: &str) -> impl Iterator<Item = &'r Row> {
    let entry = registry::find(&result.analyses[id].method).unwrap();
    let id = id.to_owned();
    result.results.iter().filter(move |row| row.analysis == id).take(entry.family.factorial_effects())
}

/// Shares in per cent, with the largest of their standard errors.
fn cell<'r>(rows: impl Iterator<Item = &'r Measure>) -> String {
    let (mut shares, mut most) = (Vec::new(), 0.0_f64);
    for share in rows {
        shares.push(format!("{:.1}", 100.0 * value(share)));
        most = most.max(100.0 * share.mcse.unwrap());
    }
    format!("{} ±{most:.1}", shares.join(" / "))
}

/// One row of a table: what is said of an analysis, its level, what it claims and covers, and how often it fails.
struct Line {
    words: String,
    level: f64,
    claims: String,
    covers: String,
    unanswered: f64,
}

fn lines(setting: &Setting, seed: u64, replicates: u64) -> Vec<Line> {
    let [null, effects] = [&setting.null, &setting.effects].map(|trial| {
        let mut trial = trial.clone();
        for (number, analysis) in trial["analyses"].as_array_mut().unwrap().iter_mut().enumerate() {
            analysis["id"] = json!(format!("a{number}"));
        }
        simulate(&read(&trial), EngineChoice::Patients, seed, replicates)
    });
    let specs = setting.null["analyses"].as_array().unwrap().iter().enumerate();
    specs
        .map(|(number, spec)| {
            let id = format!("a{number}");
            let failed: u64 = effects.analyses[&id].failures.values().sum();
            Line {
                words: words(spec),
                level: level(spec["method"].as_str().unwrap()),
                claims: cell(first(&null, &id).map(|row| &row.power)),
                covers: cell(first(&effects, &id).map(|row| &row.coverage)),
                unanswered: 100.0 * failed as f64 / replicates as f64,
            }
        })
        .collect()
}

fn table(setting: &Setting, lines: &[Line]) -> String {
    let mut table = format!(
        "### {}\n\n| analysis | level | claimed under the null | covered | no answer |\n|---|--:|--:|--:|--:|\n",
        setting.words
    );
    for Line { words, level, claims, covers, unanswered } in lines {
        let _ = writeln!(table, "| {words} | {level} | {claims} | {covers} | {unanswered:.1} |");
    }
    table
}

#[test]
#[ignore = "some minutes: cargo test --release --test size_and_coverage -- --ignored"]
fn the_page_of_size_and_coverage_is_what_it_says() {
    let introduction = PAGE.split("### ").next().unwrap();
    let tables: Vec<String> =
        settings().iter().map(|setting| table(setting, &lines(setting, 1, IN_A_ROW))).collect();
    let text = format!("{introduction}{}", tables.join("\n"));
    if text != PAGE {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/analysis/size_and_coverage.md");
        std::fs::write(path, text).unwrap();
        panic!("the page was out of date and is written anew: look at the difference");
    }
}

/// Cells of the page by setting and analysis.
fn printed() -> HashMap<(String, String), Vec<String>> {
    let mut cells = HashMap::new();
    for part in PAGE.split("### ").skip(1) {
        let (words, rows) = part.split_once('\n').unwrap();
        for row in rows.lines().filter(|line| line.starts_with("| `")) {
            let row: Vec<String> =
                row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
            cells.insert((words.to_owned(), row[0].clone()), row[1..].to_vec());
        }
    }
    cells
}

/// Shares of a cell, not in per cent.
fn shares(cell: &str) -> Vec<f64> {
    let (shares, _) = cell.split_once(" ±").unwrap();
    shares.split(" / ").map(|share| share.parse::<f64>().unwrap() / 100.0).collect()
}

#[test]
fn a_smaller_version_says_the_same() {
    let printed = printed();
    let mut compared = 0;
    for setting in settings() {
        for line in lines(&setting, 2, IN_A_SMALL_ROW) {
            let place = (setting.words.to_owned(), line.words.clone());
            let page = printed.get(&place).unwrap_or_else(|| panic!("not on the page: {place:?}"));
            for (now, page) in [(&line.claims, &page[1]), (&line.covers, &page[2])] {
                for (now, page) in shares(now).into_iter().zip(shares(page)) {
                    // Shares of some hundred trials are not normal where they are small: half a trial more.
                    let n = IN_A_SMALL_ROW as f64;
                    let se = (page * (1.0 - page) / n).sqrt() + 0.5 / n;
                    assert!((now - page).abs() < FAR * se, "{place:?}: {now} instead of {page}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn every_analysis_is_on_the_page() {
    let printed = printed();
    for entry in registry::REGISTRY {
        let named = format!("`{}`", entry.name);
        let found = printed.keys().any(|(_, words)| words.split(',').next() == Some(&named));
        assert!(found, "{named} is not on the page");
    }
}
