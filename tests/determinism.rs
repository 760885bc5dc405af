//! Does a number depend on nothing but the scenario and the seed?
//!
//! Not on threads, waves or the number of replicates; not on which other analyses are made; not on
//! an uncorrelated outcome beside it; and patient k of an arm not on how many come after. All
//! comparisons are of bits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use support::{ENGINES, embedded, scenario, simulate};
use trialliance::assignment::Layout;
use trialliance::cohort::{DrawBuffers, SourceDraws};
use trialliance::engine::{EngineChoice, Progress, RunOptions, run};
use trialliance::estimand::ARMS;
use trialliance::result::{Row, RunResult};
use trialliance::scenario::Scenario;

/// Every field of every row, as bits: numbers are written so that they read back exactly.
fn json(result: &RunResult) -> String {
    serde_json::to_string(result).unwrap()
}

fn rows_of(result: &RunResult, analysis: &str) -> String {
    let rows: Vec<&Row> = result.results.iter().filter(|row| row.analysis == analysis).collect();
    assert!(!rows.is_empty(), "no analysis {analysis}");
    serde_json::to_string(&rows).unwrap()
}

fn with_threads(
    scenario: &Scenario,
    engine: EngineChoice,
    threads: usize,
    precision: Option<f64>,
) -> RunResult {
    let options = RunOptions {
        seed: 5,
        replicates: 20_000,
        precision,
        engine,
        threads: Some(threads),
        keep_going: false,
        control_variate: false,
    };
    run(scenario, &options, &mut |_| {}).unwrap()
}

/// Unequal arms, a covariate, two outcomes; which analyses is left open.
fn two_outcomes(second_outcome: &str, correlation: &str, analyses: &str) -> Scenario {
    scenario(&format!(
        r#"{{
        "schema": "trialliance.scenario/1", "name": "two-outcomes",
        "design": {{"n_per_arm": {{"SL": 7, "AL": 12, "SE": 9, "AE": 10}}}},
        "cohort": {{"covariates": [{{"id": "age", "mean": 45, "sd": 13}}]}},
        "response": {{
            "outcomes": {{
                "pain": {{"arm_means": {{"SL": 40, "AL": 36, "SE": 33, "AE": 25}}, "sd": 12,
                    "baseline": {{"mean": 52, "sd": 14, "correlation": 0.5}}}}
                {second_outcome}
            }},
            "correlation": [{{"between": ["age", "pain"], "value": 0.2}} {correlation}]
        }},
        "analyses": [{analyses}]
    }}"#
    ))
}

const ANALYSES_OF_PAIN: [&str; 5] = [
    r#"{"id": "anova", "method": "anova", "outcome": "pain"}"#,
    r#"{"id": "ancova", "method": "ancova", "outcome": "pain"}"#,
    r#"{"id": "ancova-age", "method": "ancova", "outcome": "pain", "covariates": ["baseline", "age"]}"#,
    r#"{"id": "change", "method": "change", "outcome": "pain"}"#,
    r#"{"id": "welch", "method": "welch", "outcome": "pain"}"#,
];
const IDS: [&str; 5] = ["anova", "ancova", "ancova-age", "change", "welch"];

#[test]
fn the_result_is_the_same_for_1_2_and_8_threads() {
    for engine in ENGINES {
        let scenario = embedded("fuentes-2014-realistic-noise");
        let alone = json(&with_threads(&scenario, engine, 1, None));
        for threads in [2, 8] {
            assert!(alone == json(&with_threads(&scenario, engine, threads, None)), "{engine:?} {threads}");
        }
    }
}

/// Waves differ with the threads, so the same shape of waves is not enough: the claims of a
/// prefix, seen through progress and a smaller run, must be those of the larger run.
#[test]
fn a_short_run_is_the_beginning_of_a_long_one() {
    let scenario = embedded("fuentes-2014-realistic-noise");
    for engine in ENGINES {
        let mut seen: Vec<Progress> = Vec::new();
        let options =
            RunOptions { seed: 5, replicates: 10_000, engine, threads: Some(1), ..RunOptions::default() };
        run(&scenario, &options, &mut |progress| seen.push(*progress)).unwrap();
        assert!(seen.len() > 1, "one wave only");
        for progress in &seen {
            let short = RunOptions { replicates: progress.done, ..options.clone() };
            let mut last = None;
            run(&scenario, &short, &mut |progress| last = Some(*progress)).unwrap();
            let last = last.unwrap();
            assert_eq!(
                (last.done, last.largest_primary_mcse),
                (progress.done, progress.largest_primary_mcse)
            );
        }
    }
}

#[test]
fn a_run_stopped_by_precision_is_the_run_of_that_many_replicates() {
    let scenario = embedded("sceptical");
    for engine in ENGINES {
        let stopped = with_threads(&scenario, engine, 2, Some(0.006));
        let mut plain = simulate(&scenario, engine, 5, stopped.replicates);
        assert!(stopped.replicates < 20_000 && stopped.precision.is_some());
        plain.precision.clone_from(&stopped.precision);
        assert!(json(&stopped) == json(&plain), "{engine:?}");
    }
}

/// Claims can only be added, at most one for each replicate more, within and across batches of 64
/// and blocks of 256.
#[test]
fn an_incomplete_last_block_is_counted_as_it_is() {
    let scenario = embedded("aberson-2x2");
    for engine in ENGINES {
        let (mut replicates_before, mut claims_before) = (0, vec![0.0; 8]);
        for replicates in [2, 3, 63, 64, 65, 128, 129, 255, 256, 257, 512, 513, 1000] {
            let result = simulate(&scenario, engine, 5, replicates);
            assert_eq!(result.replicates, replicates);
            let powers = result.results.iter().map(|row| row.power.value.unwrap());
            let claims: Vec<f64> = powers.map(|power| power * replicates as f64).collect();
            for (now, before) in claims.iter().zip(&claims_before) {
                assert!((now - now.round()).abs() < 1e-9, "{engine:?} {replicates}: {now}");
                let added = now - before;
                let most = (replicates - replicates_before) as f64;
                assert!((-1e-9..=most + 1e-9).contains(&added), "{engine:?} {replicates}: {added}");
            }
            (replicates_before, claims_before) = (replicates, claims);
        }
    }
}

#[test]
fn other_analyses_leave_an_analysis_as_it_was() {
    for engine in ENGINES {
        let all = simulate(&two_outcomes("", "", &ANALYSES_OF_PAIN.join(",")), engine, 9, 3000);
        for (id, analysis) in IDS.iter().zip(ANALYSES_OF_PAIN) {
            let alone = simulate(&two_outcomes("", "", analysis), engine, 9, 3000);
            let without_primary = |text: String| text.replace("\"primary\":true", "\"primary\":false");
            let (alone, together) = (rows_of(&alone, id), rows_of(&all, id));
            assert!(without_primary(alone) == without_primary(together), "{engine:?} {id}");
        }
    }
}

const UNCORRELATED: &str = r#", "ppt": {"arm_means": {"SL": 4, "AL": 4, "SE": 4, "AE": 5}, "sd": 2}"#;
const UNEQUAL: &str = r#", "ppt": {"arm_means": {"SL": 4, "AL": 4, "SE": 4, "AE": 5},
    "sd": {"SL": 1, "AL": 2, "SE": 2, "AE": 3}}"#;
const WITH_BASELINE: &str = r#", "ppt": {"arm_means": {"SL": 4, "AL": 4, "SE": 4, "AE": 5}, "sd": 2,
    "baseline": {"mean": 4, "sd": 2, "correlation": 0.7}}"#;

#[test]
fn analysing_an_outcome_with_unequal_variances_leaves_the_others_as_they_were() {
    for engine in ENGINES {
        let pain = ANALYSES_OF_PAIN.join(",");
        let before = simulate(&two_outcomes(UNEQUAL, "", &pain), engine, 9, 3000);
        let analyses = format!(r#"{pain}, {{"id": "ppt", "method": "welch", "outcome": "ppt"}}"#);
        let after = simulate(&two_outcomes(UNEQUAL, "", &analyses), engine, 9, 3000);
        for id in IDS {
            assert!(rows_of(&before, id) == rows_of(&after, id), "{engine:?} {id}");
        }
    }
}

#[test]
fn a_second_outcome_leaves_the_first_as_it_was() {
    let analyses = ANALYSES_OF_PAIN.join(",");
    let more = format!(r#"{analyses}, {{"id": "ppt", "method": "welch", "outcome": "ppt"}}"#);
    let correlated = r#", {"between": ["pain", "ppt"], "value": 0.4}"#;
    for engine in ENGINES {
        let alone = simulate(&two_outcomes("", "", &analyses), engine, 9, 3000);
        // The first outcome comes first, so it stays the same even when the second depends on it.
        for correlation in ["", correlated] {
            let both = simulate(&two_outcomes(UNCORRELATED, correlation, &more), engine, 9, 3000);
            for id in IDS {
                assert!(rows_of(&alone, id) == rows_of(&both, id), "{engine:?} {id}");
            }
        }
    }
}

#[test]
fn patients_stay_the_same_beside_a_second_outcome_with_baseline_or_unequal_variances() {
    let analyses = ANALYSES_OF_PAIN.join(",");
    let engine = EngineChoice::Patients;
    let alone = simulate(&two_outcomes("", "", &analyses), engine, 9, 3000);
    for second in [WITH_BASELINE, UNEQUAL] {
        let both = simulate(&two_outcomes(second, "", &analyses), engine, 9, 3000);
        for id in IDS {
            assert!(rows_of(&alone, id) == rows_of(&both, id), "{id}");
        }
    }
}

/// Draws of one replicate, by arm and patient.
fn draws(seed: u64, name: &str, replicate: u64, sizes: [u64; ARMS]) -> [Vec<u64>; ARMS] {
    let layout = Layout::new(sizes);
    let mut out = vec![0.0; layout.patients()];
    let mut buffers = DrawBuffers::new(&layout);
    SourceDraws::new(seed, name).draw(replicate, &layout, &mut buffers, &mut out);
    let mut arms: [Vec<u64>; ARMS] = Default::default();
    let full = layout.full_rows() * ARMS;
    for (position, value) in out.iter().enumerate() {
        let arm =
            if position < full { position % ARMS } else { usize::from(layout.tail_arms()[position - full]) };
        arms[arm].push(value.to_bits());
    }
    arms
}

#[test]
fn a_larger_trial_contains_the_smaller_one_arm_by_arm() {
    let largest = draws(3, "pain", 17, [60; ARMS]);
    let sizes = [[20; ARMS], [50; ARMS], [2, 50, 20, 31], [60, 2, 2, 2], [3, 4, 5, 6], [1, 1, 1, 60]];
    for sizes in sizes {
        let arms = draws(3, "pain", 17, sizes);
        for arm in 0..ARMS {
            assert_eq!(arms[arm].len() as u64, sizes[arm]);
            assert_eq!(arms[arm], largest[arm][..arms[arm].len()], "{sizes:?} arm {arm}");
        }
    }
}

#[test]
fn another_seed_replicate_or_name_gives_other_patients() {
    let sizes = [50; ARMS];
    let first = draws(3, "pain", 17, sizes);
    for other in [draws(4, "pain", 17, sizes), draws(3, "pain", 18, sizes), draws(3, "ppt", 17, sizes)] {
        for (a, b) in first.iter().flatten().zip(other.iter().flatten()) {
            assert_ne!(a, b);
        }
    }
}

#[test]
fn precision_stops_at_the_same_replicate_for_1_and_2_threads_and_is_reached() {
    for name in ["sceptical", "fuentes-2014-realistic-noise", "aberson-2x2"] {
        for engine in ENGINES {
            let asked = 0.004;
            let alone = with_threads(&embedded(name), engine, 1, Some(asked));
            for threads in [2, 8] {
                let shared = with_threads(&embedded(name), engine, threads, Some(asked));
                assert!(json(&alone) == json(&shared), "{name} {engine:?} {threads}");
            }
            let precision = alone.precision.as_ref().unwrap();
            assert!(precision.met && precision.reached <= asked && alone.replicates < 20_000);
            for row in alone.results.iter().filter(|row| row.primary) {
                assert!(row.power.mcse.unwrap() <= asked * 1.001, "{name} {}", row.estimand);
            }
            // One block less would not have been enough, unless the least number of replicates held it back.
            let before = simulate(&embedded(name), engine, 5, alone.replicates - 256);
            let largest = before
                .results
                .iter()
                .filter(|row| row.primary)
                .map(|row| row.power.mcse.unwrap())
                .fold(0.0, f64::max);
            assert!(largest > asked * 0.999 || alone.replicates <= 1024, "{name}: {largest}");
        }
    }
}

#[test]
fn another_seed_gives_other_numbers() {
    for engine in ENGINES {
        let [a, b] = [5, 6].map(|seed| simulate(&embedded("null"), engine, seed, 1000));
        for (a, b) in a.results.iter().zip(&b.results) {
            assert_ne!(a.mean_estimate.value, b.mean_estimate.value);
            assert_ne!(a.empirical_se.value, b.empirical_se.value);
        }
    }
}

#[test]
fn the_two_engines_are_not_the_same_draws() {
    let [a, b] = ENGINES.map(|engine| simulate(&embedded("null"), engine, 5, 1000));
    assert_ne!(a.results[0].mean_estimate.value, b.results[0].mean_estimate.value);
}
