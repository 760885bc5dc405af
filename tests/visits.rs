//! Visits: what is measured when, how visits hang together, and who has left by then.
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
use support::{row, value};
use trialliance::engine::Trial;
use trialliance::scenario::canonical;

const N: u64 = 10_000;
const ARM: f64 = N as f64;

fn visited(n: u64, pattern: &str, correlation: f64) -> Value {
    let scenario = with(
        pain(n),
        "/response/visits",
        json!({
            "last_week": 12,
            "earlier": [
                {"id": "week_4", "week": 4, "course": 0.5, "effect": 1.2, "baseline_correlation": 0.6},
                {"id": "week_8", "week": 8, "course": 0.9, "effect": 1.1}],
            "correlation": correlation, "correlation_pattern": pattern}),
    );
    with(scenario, "/response/outcomes/pain/natural_course", json!({"mean": 4, "sd": 5}))
}

fn correlation(trial: &Trial, one: &str, other: &str) -> f64 {
    let (x, y) = (of_arm(trial, column(trial, one), 0), of_arm(trial, column(trial, other), 0));
    pearson(&x, &y)
}

#[test]
fn visits_have_shares_of_course_and_effects_and_the_stated_correlations() {
    for (pattern, r, expected) in [
        ("exchangeable", 0.7, [0.7, 0.7, 0.7]),
        ("ar1", 0.95, [0.95_f64.powi(4), 0.95_f64.powi(8), 0.95_f64.powi(4)]),
    ] {
        let mut scenario =
            with(visited(N, pattern, r), "/design/therapists", json!({"n": 4000, "icc": 0.05}));
        scenario["observation"]["instruments"] = json!({"pain": {"sem": 5}});
        let trial = trial(&scenario, 0);
        // The control arm goes from 52 to 42; alliance at sham 11.9 of it, and more early on.
        for (name, control, effect) in
            [("pain_week_4", 47.0, 1.2 * 11.9), ("pain_week_8", 43.0, 1.1 * 11.9), ("pain", 42.0, 11.9)]
        {
            let [limited, enhanced] = [0, 2].map(|arm| of_arm(&trial, column(&trial, name), arm));
            // Ten patients of each therapist, two or three of each arm, with an ICC of .05.
            near(mean(&limited), control, 1.1 * 16.0 / ARM.sqrt());
            near(mean(&limited) - mean(&enhanced), effect, 16.0 * (2.0 / ARM).sqrt());
            near(sd(&limited), 16.0, 1.1 * 16.0 / (2.0 * ARM).sqrt());
        }
        let pairs = [("pain_week_4", "pain_week_8"), ("pain_week_4", "pain"), ("pain_week_8", "pain")];
        for ((one, other), expected) in pairs.into_iter().zip(expected) {
            near(correlation(&trial, one, other), expected, 1.1 * (1.0 - expected * expected) / ARM.sqrt());
        }
        near(correlation(&trial, "pain_baseline", "pain_week_4"), 0.6, 0.7 / ARM.sqrt());
        near(correlation(&trial, "pain_baseline", "pain"), 0.5, 0.8 / ARM.sqrt());
    }
}

#[test]
fn patients_who_leave_stay_away_and_leave_in_proportion_to_time() {
    let dropout = json!([{"rate": 0.3, "dropout": true, "mechanism": "mar", "depends_on": "pain_baseline",
                          "correlation": 0.4}]);
    let trial = trial(&with(visited(N, "exchangeable", 0.7), "/observation/missing", dropout), 0);
    let [early, middle, last] = ["pain_week_4", "pain_week_8", "pain"].map(|name| column(&trial, name));
    for patient in 0..early.len() {
        assert!(!early[patient].is_nan() || middle[patient].is_nan());
        assert!(!middle[patient].is_nan() || last[patient].is_nan());
    }
    for (values, expected) in [(early, 0.1), (middle, 0.2), (last, 0.3)] {
        let gone = values.iter().filter(|value| value.is_nan()).count() as f64 / values.len() as f64;
        near(gone, expected, (expected * (1.0 - expected) / (4.0 * ARM)).sqrt());
    }
    let baseline = column(&trial, "pain_baseline");
    let left: Vec<f64> =
        baseline.iter().zip(last).filter(|(_, last)| last.is_nan()).map(|(baseline, _)| *baseline).collect();
    assert!(mean(&left) > 55.0, "{}", mean(&left));
}

#[test]
fn a_visit_is_analysed_by_its_name() {
    let mut scenario = visited(30, "exchangeable", 0.7);
    scenario["analyses"] = json!([
        {"method": "ancova", "outcome": "pain", "covariates": ["baseline"]},
        {"method": "ancova", "id": "early", "outcome": "pain_week_4", "covariates": ["baseline"]}]);
    scenario["primary"] = json!(["early/alliance"]);
    let result = run(&scenario, 2000);
    let truth = |analysis| row(&result, analysis, "alliance").truth.value;
    assert!((truth("early") + 1.2 * 12.5).abs() < 1e-12 && truth("ancova") == -12.5);
    // ANCOVA is exact for a common slope, whatever the visit.
    let early = row(&result, "early", "alliance");
    assert!(early.exact_power.is_some());
    near(value(&early.coverage), 0.95, (0.05_f64 * 0.95 / 2000.0).sqrt());
}

#[test]
fn what_visits_add_is_not_written_and_counts_in_the_fingerprint() {
    let scenario = read(&visited(30, "ar1", 0.95));
    let written = canonical::canonical(&scenario);
    let outcomes: Vec<&String> = written["response"]["outcomes"].as_object().unwrap().keys().collect();
    assert_eq!(outcomes, ["pain"]);
    let again = trialliance::scenario::read(&written.to_string(), "again", &[]).unwrap();
    assert_eq!(canonical::hash(&again), canonical::hash(&scenario));
    let other = read(&visited(30, "ar1", 0.94));
    assert_ne!(canonical::hash(&other), canonical::hash(&scenario));
}

#[test]
fn wrong_visits_are_refused() {
    let refused = |pointer: &str, value: Value| {
        let text = with(visited(30, "ar1", 0.95), pointer, value).to_string();
        let error = trialliance::scenario::read(&text, "test", &[]).expect_err("must be refused");
        error.problems.into_iter().map(|problem| (problem.pointer, problem.found)).collect::<Vec<_>>()
    };
    let one = |pointer: &str, found: &str| vec![(pointer.to_owned(), found.to_owned())];
    assert_eq!(refused("/response/visits/last_week", json!(8)), one("/response/visits/earlier/1/week", "8"));
    assert_eq!(
        refused("/response/visits/correlation", json!(-0.2)),
        one("/response/visits/correlation", "-0.2")
    );
    assert_eq!(
        refused("/response/visits/outcomes", json!(["pian"])),
        one("/response/visits/outcomes/0", "`pian`")
    );
    let earlier = json!([{"id": "baseline", "week": 2}]);
    assert_eq!(
        refused("/response/visits/earlier", earlier),
        one("/response/visits/earlier/0/id", "`pain_baseline`, a name that is taken")
    );
    let twins = json!([{"id": "early", "week": 2}, {"id": "early", "week": 3}]);
    assert_eq!(
        refused("/response/visits/earlier", twins),
        one("/response/visits/earlier/1/id", "`pain_early`, a name that is taken")
    );
    let text = with(pain(30), "/observation/missing", json!([{"rate": 0.1, "dropout": true}])).to_string();
    let error = trialliance::scenario::read(&text, "test", &[]).expect_err("must be refused");
    assert_eq!(error.problems[0].found, "`dropout` without `/response/visits`");
}
