//! Does the engine of sufficient statistics draw what patients of therapists would say?
//!
//! Variances have closed forms; everything else is held against trials of patients. Each comparison fails beyond 5
//! standard errors, a false-alarm rate of 6e-7; there are some 3,500 of them, 2.1e-3 in all, and seeds are fixed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::patients::{near, pain, with};
use support::{row, simulate, value};
use trialliance::engine::{self, EngineChoice, RunOptions};
use trialliance::result::{Measure, RunResult};
use trialliance::scenario::Scenario;

const SD: f64 = 16.0;

/// Therapists of 8 patients, mixed models beside plain analyses, adjusted for the baseline and not.
fn treated(therapists: Value) -> Value {
    let all = json!([
        {"method": "lmm", "outcome": "pain", "covariates": []},
        {"method": "anova", "outcome": "pain"},
        {"method": "lmm", "id": "adjusted", "outcome": "pain", "covariates": ["baseline"]},
        {"method": "ancova", "outcome": "pain", "covariates": ["baseline"]},
        {"method": "change", "outcome": "pain"},
    ]);
    with(with(pain(32), "/design/therapists", therapists), "/analyses", all)
}

/// Pain at two visits, which share therapists, and an outcome whose therapists' levels are others.
fn of_outcomes(therapists: Value) -> Value {
    let earlier = json!({"id": "week_6", "week": 6, "course": 0.5, "effect": 1.2});
    let visits = json!({"last_week": 12, "earlier": [earlier], "correlation": 0.6, "outcomes": ["pain"]});
    let mood = json!({"better": "higher", "control_mean": 20, "effects": {"alliance": 3, "ifc": 0, "interaction": 0},
                      "sd": 8});
    let age = json!({"id": "age", "mean": 45, "sd": 12});
    let correlations = json!([
        {"between": ["age", "pain"], "value": -0.3},
        {"between": ["pain", "mood"], "value": -0.4},
    ]);
    let both = json!(["baseline", "age"]);
    let analyses = json!([
        {"method": "lmm", "outcome": "pain", "covariates": both},
        {"method": "lmm", "id": "early", "outcome": "pain_week_6", "covariates": ["baseline"]},
        {"method": "lmm", "id": "mood", "outcome": "mood", "covariates": ["age"]},
        {"method": "ancova", "outcome": "pain", "covariates": both},
    ]);
    [
        ("/design/therapists", therapists),
        ("/response/visits", visits),
        ("/response/outcomes/mood", mood),
        ("/cohort", json!({"covariates": [age]})),
        ("/response/correlation", correlations),
        ("/analyses", analyses),
        ("/primary", json!(["lmm/alliance"])),
    ]
    .into_iter()
    .fold(pain(32), |scenario, (at, what)| with(scenario, at, what))
}

fn scenario(scenario: &Value) -> Scenario {
    support::scenario(&scenario.to_string())
}

/// Crossed, nested in one factor, in both; alike and uneven; arms of different size; no variance at all; styles that work
/// better in some hands; several outcomes.
fn designs() -> Vec<Value> {
    let mut designs: Vec<Value> = [
        json!({"n": 16, "icc": 0.2}),
        json!({"n": 16, "icc": 0.1, "layout": "nested"}),
        json!({"n": 16, "icc": 0.1, "layout": "nested_in_arms"}),
        json!({"n": 12, "icc": 0.1, "caseload_cv": 0.6}),
        json!({"n": 10, "icc": 0.05, "caseload_cv": 0.5, "layout": "nested"}),
        json!({"n": 16, "icc": 0.0}),
        json!({"n": 16, "icc": 0.1, "context_effect_sd": 8}),
        json!({"n": 10, "icc": 0.1, "context_effect_sd": 6, "caseload_cv": 0.5}),
        json!({"n": 12, "context_effect_sd": 6, "layout": "nested"}),
    ]
    .into_iter()
    .map(treated)
    .collect();
    let sizes = json!({"SL": 20, "AL": 41, "SE": 32, "AE": 27});
    let slopes = json!({"n": 9, "icc": 0.15, "context_effect_sd": 5});
    designs.push(with(treated(json!({"n": 9, "icc": 0.15})), "/design/n_per_arm", sizes.clone()));
    designs.push(with(treated(slopes), "/design/n_per_arm", sizes));
    let of_both = json!({"pain": 0.1, "mood": 0.2});
    designs.push(of_outcomes(json!({"n": 8, "icc": of_both, "caseload_cv": 0.4})));
    designs.push(of_outcomes(
        json!({"n": 16, "icc": of_both, "layout": "nested", "context_effect_sd": {"pain": 6}}),
    ));
    // Some of the context reaches those who were to have none of it, and not all of it the others.
    let delivery = json!({"fidelity": 0.8, "contamination": 0.3, "effect_of": "delivery"});
    let slopes = json!({"n": 12, "icc": 0.1, "context_effect_sd": 8, "caseload_cv": 0.4});
    designs.push(with(treated(slopes), "/response/delivery", delivery));
    // Hardly more patients than therapists.
    let each = json!({"SL": 10, "AL": 10, "SE": 10, "AE": 10});
    designs.push(with(treated(json!({"n": 20, "icc": 0.3})), "/design/n_per_arm", each));
    designs
}

#[track_caller]
fn same(what: &str, one: &Measure, other: &Measure) {
    let (Some(a), Some(b)) = (one.value, other.value) else {
        assert_eq!(one.value, other.value, "{what}");
        return;
    };
    let squared = |measure: &Measure| measure.mcse.map_or(0.0, |mcse| mcse * mcse);
    let error = (squared(one) + squared(other)).sqrt();
    assert!((a - b).abs() <= 5.0 * error + 1e-12, "{what}: {a} and {b}, standard error {error}");
}

fn compare(name: &str, patients: &RunResult, statistics: &RunResult) {
    assert_eq!((patients.engine.as_str(), statistics.engine.as_str()), ("patients", "statistics"));
    for (one, other) in patients.results.iter().zip(&statistics.results) {
        let what = |measure: &str| format!("{name} {} {} {measure}", one.analysis, one.estimand);
        same(&what("power"), &one.power, &other.power);
        same(&what("mean estimate"), &one.mean_estimate, &other.mean_estimate);
        same(&what("empirical SE"), &one.empirical_se, &other.empirical_se);
        same(&what("model SE"), &one.model_se, &other.model_se);
        same(&what("coverage"), &one.coverage, &other.coverage);
        same(&what("half-width"), &one.half_width, &other.half_width);
    }
    let n = patients.replicates as f64;
    for (id, by_patients) in &patients.analyses {
        let Some(at_bound) = by_patients.boundary_fits else { continue };
        let [p, q] = [at_bound, statistics.analyses[id].boundary_fits.unwrap()].map(|fits| fits as f64 / n);
        near(p - q, 0.0, ((p * (1.0 - p) + q * (1.0 - q)) / n).sqrt().max(1e-9));
    }
}

#[test]
fn both_engines_draw_from_the_same_distribution() {
    for (number, design) in designs().iter().enumerate() {
        let scenario = scenario(design);
        let by = |engine, seed| simulate(&scenario, engine, seed, 20_000);
        compare(
            &format!("design {number}"),
            &by(EngineChoice::Patients, 1),
            &by(EngineChoice::Statistics, 2),
        );
    }
}

#[test]
fn the_statistics_are_chosen_where_they_are_exact() {
    for design in designs() {
        let result = simulate(&scenario(&design), EngineChoice::Auto, 1, 256);
        assert_eq!(result.engine, "statistics", "{design}");
    }
    // Analyses of the arms alone have no use for contrasts, and are as exact.
    let plain = with(designs()[1].clone(), "/analyses", json!([{"method": "anova", "outcome": "pain"}]));
    assert_eq!(simulate(&scenario(&plain), EngineChoice::Auto, 1, 256).engine, "statistics");
}

/// Variances of contrasts of arms' means, σ²Σw²/n and τ² times what therapists move of them.
#[test]
fn estimates_have_the_variance_that_therapists_give_them() {
    let replicates = 400_000_u64;
    let (n, therapists) = (32.0, 16.0);
    let plain = SD * SD / n;
    for (layout, share) in [("nested", 8.0), ("nested_in_arms", 8.0)] {
        let design = treated(json!({"n": 16, "icc": 0.1, "layout": layout}));
        let result = simulate(&scenario(&design), EngineChoice::Statistics, 3, replicates);
        // The design effect of 8 patients by therapist: between them σ² of means is τ² + σ²/8.
        assert_eq!(4.0 * n / therapists, share);
        let between = plain * (0.9 + share * 0.1);
        let ifc = if layout == "nested" { 0.9 * plain } else { between };
        for (estimand, variance) in [("alliance", between), ("ifc", ifc)] {
            for analysis in ["anova", "lmm"] {
                let empirical = value(&row(&result, analysis, estimand).empirical_se);
                let error = variance * (2.0 / replicates as f64).sqrt();
                near(empirical * empirical, variance, error);
            }
        }
        // Balanced: both analyses estimate the same, and the mixed model knows how well.
        let of = |analysis: &str| row(&result, analysis, "alliance");
        let difference = value(&of("lmm").mean_estimate) - value(&of("anova").mean_estimate);
        assert!(difference.abs() < 1e-10, "{difference}");
    }
}

/// Therapists who all treat two patients of each arm: levels cancel, and styles that work better in some hands, with an SD
/// of ψ, add ψ²/16 to the variance of the alliance.
///
/// The slope of the baseline x is estimated from N − 4 deviations within arms, whose directions are all as likely. With s²
/// the mean variance of the outcome given x along them, it adds s²Σw²/n ÷ (N − 6): s² is that of the patients' own, and of
/// τ² and ψ² the shares that the therapists' columns have in these directions, 16 (8 − 1/2) and 16 (4 − 1/4) of 124.
#[test]
fn styles_that_differ_between_therapists_add_their_variance() {
    let replicates = 400_000_u64;
    let (icc, slope, r) = (0.1, 8.0, 0.5);
    let design = treated(json!({"n": 16, "icc": icc, "context_effect_sd": slope}));
    let result = simulate(&scenario(&design), EngineChoice::Statistics, 5, replicates);
    let per_arm = 1.0 / 32.0;
    let own = SD * SD * (1.0 - icc);
    let given_baseline = SD * SD * (1.0 - icc - r * r);
    let of_style = slope * slope / 16.0;
    let along = given_baseline + (120.0 * SD * SD * icc + 60.0 * slope * slope) / 124.0;
    let adjusted = per_arm * (given_baseline + along / 122.0);
    for (analysis, estimand, variance) in [
        ("anova", "ifc", per_arm * own),
        ("anova", "alliance", per_arm * own + of_style),
        ("lmm", "alliance", per_arm * own + of_style),
        ("ancova", "ifc", adjusted),
        ("ancova", "alliance", adjusted + of_style),
    ] {
        let empirical = value(&row(&result, analysis, estimand).empirical_se);
        near(empirical * empirical, variance, variance * (2.0 / replicates as f64).sqrt());
    }
}

#[test]
fn a_result_is_the_same_whatever_the_threads() {
    let scenario = scenario(&designs()[3]);
    let run = |threads, replicates| {
        let options = RunOptions { threads: Some(threads), replicates, ..RunOptions::default() };
        let mut result = engine::run(&scenario, &options, &mut |_| {}).unwrap();
        result.timing = None;
        serde_json::to_string(&result).unwrap()
    };
    assert_eq!(run(1, 3000), run(2, 3000));
}

/// Outcomes, baselines and covariates that have nothing to do with each other: what hangs together by more than numbers
/// alone would not show whether these are an analysis's own.
fn of_unrelated() -> Vec<Value> {
    let second = |baseline: Value| {
        json!({"better": "higher", "control_mean": 20, "effects": {"alliance": 3, "ifc": 0, "interaction": 0},
               "sd": 8, "baseline": baseline})
    };
    let mood = second(json!({"mean": 20, "sd": 8, "correlation": 0.6}));
    let own = |outcome: &str| json!({"method": "lmm", "id": outcome, "outcome": outcome, "covariates": ["baseline"]});
    let both = json!([own("pain"), own("mood")]);
    let plain = json!([{"method": "anova", "outcome": "pain"},
                       {"method": "ancova", "outcome": "pain", "covariates": ["age"]},
                       {"method": "lmm", "outcome": "pain", "covariates": []}]);
    let age = json!({"covariates": [{"id": "age", "mean": 45, "sd": 12}]});
    let of_two = |therapists: Value| {
        let design = with(treated(therapists), "/response/outcomes/mood", mood.clone());
        with(design, "/analyses", both.clone())
    };
    let with_age = |therapists: Value| {
        with(with(treated(therapists), "/cohort", age.clone()), "/analyses", plain.clone())
    };
    vec![
        of_two(json!({"n": 16, "icc": 0.1})),
        of_two(json!({"n": 16, "context_effect_sd": {"pain": 6}})),
        of_two(json!({"n": 12, "icc": {"mood": 0.1}, "context_effect_sd": {"mood": 3}, "caseload_cv": 0.5})),
        with_age(json!({"n": 16, "icc": 0.1, "layout": "nested"})),
        with_age(json!({"n": 16, "icc": 0.0})),
    ]
}

/// A point of a curve or a sweep has the analyses that it is asked about, and is the run of its scenario all the same.
#[test]
fn other_analyses_leave_an_analysis_as_it_was() {
    let plain = |mut design: Value| {
        design.as_object_mut().unwrap().remove("primary");
        design
    };
    for (number, design) in designs().into_iter().chain(of_unrelated()).map(plain).enumerate() {
        for engine in support::ENGINES {
            let rows = |design: &Value, id: &str| {
                let result = simulate(&scenario(design), engine, 9, 300);
                let of_it = result.results.iter().filter(|row| row.analysis == id);
                let rows: Vec<String> = of_it.map(|row| serde_json::to_string(row).unwrap()).collect();
                assert_eq!(rows.len(), 8, "design {number}: {id}");
                rows.join("\n").replace("\"primary\":true", "\"primary\":false")
            };
            for analysis in design["analyses"].as_array().unwrap() {
                let id = analysis.get("id").unwrap_or(&analysis["method"]).as_str().unwrap();
                let alone = with(design.clone(), "/analyses", json!([analysis]));
                assert!(rows(&alone, id) == rows(&design, id), "design {number}, {engine:?}: {id}");
            }
        }
    }
}

/// Designs that are compared share their random numbers, with therapists or without: where these are alike, so are the
/// arms' means.
#[test]
fn therapists_who_are_alike_leave_means_as_they_were() {
    let design = with(
        treated(json!({"n": 16, "icc": 0.0})),
        "/analyses",
        json!([{"method": "anova", "outcome": "pain"}]),
    );
    let mut without = design.clone();
    without["design"].as_object_mut().unwrap().remove("therapists");
    let [one, other] =
        [design, without].map(|design| simulate(&scenario(&design), EngineChoice::Statistics, 4, 1000));
    for (one, other) in one.results.iter().zip(&other.results) {
        let difference = value(&one.mean_estimate) - value(&other.mean_estimate);
        assert!(difference.abs() < 1e-10, "{difference}");
    }
}

#[test]
fn what_is_not_exact_is_refused_and_said() {
    let exact = designs()[0].clone();
    let refused = |scenario_: Value| {
        let options = RunOptions { engine: EngineChoice::Statistics, ..RunOptions::default() };
        engine::run(&scenario(&scenario_), &options, &mut |_| {}).unwrap_err().message
    };
    let therapists = "patients of one therapist have something in common";
    let one_by_one = "an analysis looks at patients one by one";
    let arm_by_arm = "an analysis looks at each arm's variance";
    for (at, what, why) in [
        ("/design/therapists/stratified", json!(false), therapists),
        ("/analyses/0/df", json!("kenward-roger"), one_by_one),
        ("/analyses/0/random_effects", json!("intercept-and-slope"), one_by_one),
        ("/analyses/1/method", json!("permutation"), one_by_one),
        ("/analyses/1/method", json!("welch"), arm_by_arm),
    ] {
        let message = refused(with(exact.clone(), at, what));
        assert!(message.contains(why), "{at}: {message}");
    }
    let partial = json!({"n": 8, "icc": 0.1, "layout": "nested", "only_with": "enhanced"});
    assert!(refused(treated(partial)).contains(therapists));
    // Analyses other than of arms and therapists, where therapists are alike, still are what keeps it away.
    let alike = with(designs()[5].clone(), "/analyses/0/df", json!("kenward-roger"));
    assert!(refused(alike).contains(one_by_one));
    // Slopes take more of the residuals than levels do.
    let few = with(designs().pop().unwrap(), "/design/therapists/context_effect_sd", json!(4));
    let message = refused(few);
    assert!(message.contains("than variables and therapists"), "{message}");
    assert!(!message.contains(one_by_one) && !message.contains(therapists), "{message}");
}
