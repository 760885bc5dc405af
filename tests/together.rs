//! Several scenarios with the same random numbers: each point is what a run of its own would find.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use support::{ENGINES, embedded, scenario};
use trialliance::engine::{
    EngineChoice, RunOptions, Success, paired_successes, run, run_together, successes,
};
use trialliance::result::RunResult;
use trialliance::scenario::{Scenario, library, resolve};

fn options(engine: EngineChoice, replicates: u64) -> RunOptions {
    RunOptions { seed: 3, replicates, engine, threads: Some(2), keep_going: true, ..RunOptions::default() }
}

/// The scenario with so many patients in all.
fn of_size(scenario: &Scenario, total: u64) -> Scenario {
    let mut sized = scenario.clone();
    if let Some(sizes) = &mut sized.design.n_per_arm {
        let apportioned = resolve::apportion(total, resolve::arm_sizes(scenario));
        sizes.values_mut().zip(apportioned).for_each(|(size, n)| *size = n);
    } else if let Some(therapists) = &mut sized.design.therapists {
        therapists.caseload = Some(total / therapists.n);
    } else {
        sized.design.n_total = Some(total);
    }
    sized
}

/// What a result says, without why which engine.
fn said(mut result: RunResult) -> RunResult {
    result.engine_why = String::new();
    result
}

#[test]
fn every_size_has_the_result_of_its_own_run_to_the_last_bit() {
    for embedded in library::all() {
        let one = scenario(embedded.text);
        if resolve::is_observational(&one) {
            continue;
        }
        // With 61 patients arms differ in size; what is drawn for the largest contains it.
        let points = [80, 61, 96].map(|total| of_size(&one, total));
        for engine in [EngineChoice::Patients, EngineChoice::Auto] {
            let options = options(engine, 300);
            let together = run_together(&points, &options, &mut |_| {}).unwrap().results;
            for (point, result) in points.iter().zip(together) {
                let alone = run(point, &options, &mut |_| {}).unwrap();
                assert_eq!(said(result), said(alone), "{}", embedded.name);
            }
        }
    }
}

/// Ratios and ranks of arms that are pooled by their sizes have truths of the trial's own sizes.
#[test]
fn truths_that_weigh_arms_are_those_of_each_size() {
    let one = scenario(
        r#"{"schema": "trialliance.scenario/1", "name": "weighing",
        "design": {"n_per_arm": {"SL": 8, "AL": 8, "SE": 8, "AE": 24}},
        "response": {"outcomes": {"pain": {"better": "lower", "control_mean": 5, "sd": 2,
            "effects": {"alliance": 1, "ifc": 1, "interaction": 1.5},
            "baseline": {"mean": 6, "sd": 2, "correlation": 0.5}}}},
        "observation": {"instruments": {"pain": {"min": 0, "max": 10, "step": 1}}},
        "analyses": [{"method": "van_elteren", "outcome": "pain"}, {"method": "wilcoxon", "outcome": "pain"},
            {"method": "mantel_haenszel", "outcome": "pain", "responder": {"at_most": 3}},
            {"method": "odds_ratio", "outcome": "pain", "responder": {"at_most": 3}, "covariates": ["baseline"]},
            {"method": "proportional_odds", "outcome": "pain"}]}"#,
    );
    let points = [48, 61, 144].map(|total| of_size(&one, total));
    let options = options(EngineChoice::Patients, 64);
    let together = run_together(&points, &options, &mut |_| {}).unwrap().results;
    let truth = |result: &RunResult, row: usize| result.results[row].truth.value;
    assert_ne!(truth(&together[0], 0), truth(&together[2], 0));
    for (point, result) in points.iter().zip(together) {
        let alone = run(point, &options, &mut |_| {}).unwrap();
        // As text: what is not a number is not equal to itself.
        let [result, alone] = [result, alone].map(|result| serde_json::to_string(&said(result)).unwrap());
        assert!(result == alone, "{:?}", point.design.n_per_arm);
    }
}

/// Where patients are assigned one after the other, a larger trial begins as the smaller one.
#[test]
fn trials_whose_sizes_are_left_to_chance_are_nested_too() {
    for method in ["simple", "blocks", "urn"] {
        let one = scenario(&format!(
            r#"{{"schema": "trialliance.scenario/1", "name": "chance",
            "design": {{"n_total": 60, "assignment": {{"method": "{method}"}}}},
            "response": {{"outcomes": {{"pain": {{"arm_means": {{"SL": 50, "AL": 46, "SE": 43, "AE": 39}}, "sd": 20,
                "baseline": {{"mean": 55, "sd": 20, "correlation": 0.5}}}}}}}},
            "observation": {{"missing": [{{"rate": 0.1}}]}},
            "analyses": [{{"method": "ancova", "outcome": "pain"}}, {{"method": "wilcoxon", "outcome": "pain"}}]}}"#
        ));
        // In the ratio of the arms, by which truths of ranks weigh them.
        let points = [60, 44, 80].map(|total| of_size(&one, total));
        let options = options(EngineChoice::Auto, 300);
        let together = run_together(&points, &options, &mut |_| {}).unwrap();
        assert!(together.nested, "{method}");
        for (point, result) in points.iter().zip(together.results) {
            let alone = run(point, &options, &mut |_| {}).unwrap();
            assert_eq!(said(result), said(alone), "{method}");
        }
    }
}

#[test]
fn successes_are_the_claims_of_a_run() {
    for name in ["fuentes-2014-realistic-noise", "confirmatory", "therapist-clustered", "pragmatic-12-weeks"]
    {
        let one = embedded(name);
        let points = [96, 120].map(|total| of_size(&one, total));
        for engine in ENGINES.into_iter().take(1).chain([EngineChoice::Auto]) {
            let options = options(engine, 500);
            let runs = run_together(&points, &options, &mut |_| {}).unwrap().results;
            let primary = runs[0].primary.clone();
            let each = primary.iter().map(|one| Success::All(vec![one.clone()]));
            let criteria: Vec<Success> = each
                .chain([Success::All(primary.clone()), Success::Any(primary.clone())])
                .chain([
                    Success::Narrow(primary[0].clone(), f64::INFINITY),
                    Success::Narrow(primary[0].clone(), 0.0),
                ])
                .collect();
            let found = successes(&points, &criteria, &options, &mut |_| {}).unwrap();
            let of_points = vec![criteria.clone(); points.len()];
            let partner: Vec<usize> = (0..criteria.len()).collect();
            let paired = paired_successes(&points, &of_points, &partner, &options, &mut |_| {}).unwrap();
            assert_eq!((&paired.count, &paired.failures), (&found.count, &found.failures), "{name}");
            for (point, result) in runs.iter().enumerate() {
                let count = |share: Option<f64>| (500.0 * share.unwrap()).round() as u64;
                let expected: Vec<u64> = match &result.family {
                    Some(family) => {
                        let each = family.hypotheses.iter().map(|one| count(one.power.value));
                        each.chain([count(family.all.value), count(family.any.value)]).collect()
                    }
                    None => primary
                        .iter()
                        .map(|one| {
                            let mut rows = result.results.iter();
                            let row =
                                rows.find(|row| row.analysis == one.analysis && row.estimand == one.estimand);
                            count(row.unwrap().power_failures_as_no_claim.value)
                        })
                        .collect(),
                };
                let counted = &found.count[point];
                assert_eq!(counted[..expected.len()], expected, "{name}");
                let [each @ .., all, any, narrow, never] = counted.as_slice() else { panic!("{counted:?}") };
                assert!(all <= each.iter().min().unwrap() && any >= each.iter().max().unwrap());
                assert_eq!((*narrow + found.failures[point], *never), (500, 0), "{name}");
                assert!(paired.with_first[point].iter().zip(counted).all(|(both, one)| both <= one));
            }
            assert_eq!(paired.with_first[0], found.count[0]);
            assert!(found.with_first.is_empty());
        }
    }
}

/// Whoever asks for one hypothesis gets what a run finds of it, however the analysis comes to it: one that lets the
/// interaction choose needs the interaction.
#[test]
fn one_hypothesis_alone_is_claimed_as_often_as_in_a_run() {
    let methods = [
        "anova",
        "ancova",
        "change",
        "welch",
        "equivalence",
        "noninferiority",
        "bayes",
        "interaction_then_choose",
    ];
    for method in methods {
        let margin =
            if ["equivalence", "noninferiority"].contains(&method) { r#", "margin": 9"# } else { "" };
        let one = scenario(&format!(
            r#"{{"schema": "trialliance.scenario/1", "name": "one",
            "design": {{"n_per_arm": {{"SL": 30, "AL": 30, "SE": 30, "AE": 30}}}},
            "response": {{"outcomes": {{"pain": {{"better": "lower", "sd": 20,
                "arm_means": {{"SL": 50, "AL": 50, "SE": 50, "AE": 34}},
                "baseline": {{"mean": 55, "sd": 20, "correlation": 0.5}}}}}}}},
            "analyses": [{{"method": "{method}", "outcome": "pain"{margin}}}]}}"#
        ));
        for engine in ENGINES {
            let options = options(engine, 500);
            let result = run(&one, &options, &mut |_| {}).unwrap();
            for row in &result.results {
                let hypothesis = resolve::fitting(&one, &row.estimand).remove(0);
                let criterion = [Success::All(vec![hypothesis])];
                let found = successes(std::slice::from_ref(&one), &criterion, &options, &mut |_| {}).unwrap();
                let expected =
                    row.power_failures_as_no_claim.value.map(|share| (500.0 * share).round() as u64);
                assert_eq!(Some(found.count[0][0]), expected, "{method} {}", row.estimand);
            }
        }
    }
}

#[test]
fn threads_change_nothing() {
    let one = embedded("confirmatory");
    let points = [40, 64].map(|total| of_size(&one, total));
    let with = |threads| {
        let options = RunOptions { threads: Some(threads), ..options(EngineChoice::Auto, 1000) };
        run_together(&points, &options, &mut |_| {}).unwrap().results
    };
    assert_eq!(with(1), with(2));
}
