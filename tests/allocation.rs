//! Does a run allocate anything for a replicate or a patient?
//!
//! A counting allocator compares runs of 34 and of 48 blocks of 256 replicates on one thread. Both
//! come in four waves of blocks and leave two open nodes in the merge tree, so what a run, a wave or
//! a node allocates cancels, and the difference is 14 blocks. A block may allocate its sums; a
//! replicate or a patient nothing. Every analysis of the registry, both engines, equal and unequal
//! variances, small and large arms.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use allocation_counter::measure;
use support::{ENGINES, scenario, simulate};
use trialliance::analysis::registry::{self, Settings};
use trialliance::engine::EngineChoice;
use trialliance::scenario::{AnalysisSpec, ByOutcome, Field, Imputation, Responder, Scenario};

const BLOCK: u64 = 256;

/// Allocations of a run; only those of this thread are counted.
fn allocations(scenario: &Scenario, engine: EngineChoice, blocks: u64) -> u64 {
    let counted = measure(|| {
        let result = simulate(scenario, engine, 1, blocks * BLOCK);
        assert_eq!(result.replicates, blocks * BLOCK);
    });
    counted.count_total
}

/// Allocations of 14 more blocks, whatever a run allocates once.
fn of_14_blocks(scenario: &Scenario, engine: EngineChoice) -> u64 {
    // Tables that are made once per process are made before.
    allocations(scenario, engine, 1);
    allocations(scenario, engine, 48) - allocations(scenario, engine, 34)
}

/// The methods of trials.
fn of_trials() -> impl Iterator<Item = &'static registry::Entry> {
    registry::REGISTRY.iter().filter(|entry| entry.design == registry::Design::Trial)
}

/// An analysis with all that its method needs.
fn spec(method: &str) -> AnalysisSpec {
    let entry = registry::find(method).unwrap();
    let needs = |field| entry.needs(field);
    AnalysisSpec {
        moderator: needs(Field::Moderator).then(|| "baseline".to_owned()),
        responder: needs(Field::Responder).then(|| Responder { at_most: Some(35.0), ..Responder::default() }),
        strata: needs(Field::Strata).then(|| vec!["site".to_owned()]),
        mediator: needs(Field::Mediator).then(|| "function".to_owned()),
        margin: needs(Field::Margin).then_some(5.0),
        resamples: entry.takes(Field::Resamples).then_some(19),
        imputation: entry
            .takes(Field::Imputation)
            .then(|| Imputation { data_sets: Some(2), ..Imputation::default() }),
        ..AnalysisSpec::new(method, "pain")
    }
}

/// A trial of pain and whatever else its analyses look at.
fn trial(n: u64, sd: &str, analyses: &[AnalysisSpec]) -> Scenario {
    let asks = |field: Field| {
        let mut entries = analyses.iter().map(|spec| registry::find(&spec.method).unwrap());
        entries.any(|entry| entry.takes(field))
    };
    let needs_therapists = analyses.iter().any(|spec| registry::find(&spec.method).unwrap().needs_therapists);
    let mut value = serde_json::json!({
        "schema": "trialliance.scenario/1", "name": "trial",
        "design": {"n_per_arm": {"SL": n, "AL": n, "SE": n, "AE": n + 3}},
        "response": {"outcomes": {"pain": {
            "arm_means": {"SL": 40, "AL": 36, "SE": 33, "AE": 25},
            "sd": serde_json::from_str::<serde_json::Value>(sd).unwrap(),
            "baseline": {"mean": 52, "sd": 14, "correlation": 0.5}}}},
        "analyses": analyses,
    });
    if needs_therapists {
        value["design"]["therapists"] = serde_json::json!({"n": 5, "icc": 0.1});
    }
    if asks(Field::Strata) {
        value["cohort"]["covariates"] = serde_json::json!([
            {"id": "site", "law": "categorical", "levels": {"north": 0.5, "south": 0.5}}]);
    }
    if analyses.iter().any(|spec| spec.method == "proportional_odds") {
        value["observation"] =
            serde_json::json!({"instruments": {"pain": {"min": 0, "max": 100, "step": 10}}});
    }
    if asks(Field::Mediator) {
        value["response"]["outcomes"]["function"] = serde_json::json!({"arm_means":
            {"SL": 40, "AL": 36, "SE": 33, "AE": 25}, "sd": 10});
    }
    if asks(Field::Visits) {
        // Visits have shares of effects.
        let pain = value["response"]["outcomes"]["pain"].as_object_mut().unwrap();
        pain.remove("arm_means");
        for (name, stated) in [
            ("better", serde_json::json!("lower")),
            ("control_mean", serde_json::json!(40)),
            ("effects", serde_json::json!({"alliance": 9, "ifc": 6, "interaction": 4})),
        ] {
            pain.insert(name.to_owned(), stated);
        }
        value["response"]["visits"] = serde_json::json!({"last_week": 12, "outcomes": ["pain"],
            "earlier": [{"id": "week_4", "week": 4}, {"id": "week_8", "week": 8}], "correlation": 0.5});
    }
    if asks(Field::Imputation) && n > 5 {
        // Patients leave; with five in an arm too few would be left.
        let mut missing = vec![serde_json::json!({"rate": 0.1, "dropout": true, "outcomes": ["pain"]})];
        if n <= 20 {
            // And miss visits before. Filling in these takes minutes where arms are large.
            missing.push(serde_json::json!({"rate": 0.05, "outcomes": ["pain_week_4"]}));
        }
        value["observation"]["missing"] = missing.into();
    }
    if analyses.iter().any(|spec| spec.method == "proportional_odds") {
        value["observation"]["instruments"] = serde_json::json!({"pain": {"min": 0, "max": 100, "step": 10}});
    }
    scenario(&value.to_string())
}

fn one_analysis(method: &str, n: u64, sd: &str) -> Scenario {
    let mut spec = spec(method);
    if ["odds_ratio", "proportional_odds"].contains(&method) {
        // Profile likelihoods of patients one by one are slow; with covariates these methods are among
        // all analyses of the small trial below.
        spec.covariates = Some(Vec::new());
    }
    trial(n, sd, &[spec])
}

#[test]
fn a_run_allocates_per_block_and_neither_per_replicate_nor_per_patient() {
    for entry in of_trials() {
        let moments = entry.needs_moments_only(&Settings::default());
        let engines = if moments { &ENGINES[..] } else { &[EngineChoice::Patients] };
        for &engine in engines {
            for sd in ["12", r#"{"SL": 10, "AL": 12, "SE": 12, "AE": 15}"#] {
                // In arms of 12 hardly any trial fails: each reason that does occur is told by name, once.
                let [small, large] = [12, 60].map(|n| of_14_blocks(&one_analysis(entry.name, n, sd), engine));
                let place = format!("{} {engine:?} sd {sd}: {small}, {large}", entry.name);
                assert_eq!(small, large, "depends on patients: {place}");
                // One list per block and one of the analysis's sums, with room for another. An allocation
                // for each batch of 64 replicates would show as 56 more, one for each replicate as 3,584.
                assert!(small <= 14 * 3, "too many: {place}");
            }
        }
    }
}

#[test]
fn trials_told_by_contrasts_between_therapists_allocate_no_more() {
    let covariates = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    for (names, slope) in [(&[][..], 0.0), (&["baseline"], 0.0), (&["baseline"], 3.0)] {
        let analysis = AnalysisSpec { covariates: Some(covariates(names)), ..spec("lmm") };
        for engine in ENGINES {
            let of = |n| {
                let mut scenario = trial(n, "12", std::slice::from_ref(&analysis));
                if let Some(therapists) = &mut scenario.design.therapists {
                    therapists.context_effect_sd = Some(ByOutcome::All(slope));
                }
                of_14_blocks(&scenario, engine)
            };
            let [small, large] = [12, 60].map(of);
            let place = format!("{engine:?}, {names:?}, slopes {slope}");
            assert_eq!(small, large, "depends on patients: {place}");
            assert!(small <= 14 * 3, "too many: {place} {small}");
        }
    }
}

/// Everything that can happen to a patient at once.
fn eventful(n: u64) -> Scenario {
    let mut scenario = one_analysis("anova", n, "12");
    let all = trialliance::scenario::read(
        trialliance::scenario::library::find("confirmatory").unwrap().text,
        "confirmatory",
        &[],
    );
    scenario.observation = all.unwrap().observation;
    scenario.observation.events = serde_json::from_value(serde_json::json!([
        {"id": "rescue", "rate": 0.2, "depends_on": "pain", "correlation": 0.3, "effect_lost": 0.5,
         "benefits": {"pain": 3}}
    ]))
    .unwrap();
    scenario.response.delivery = serde_json::from_value(
        serde_json::json!({"disposition_sd": 0.3, "residual_sd": 0.2, "therapist_sd": 0.1}),
    )
    .unwrap();
    scenario.design.therapists =
        serde_json::from_value(serde_json::json!({"n": 5, "icc": 0.1, "context_effect_sd": 2})).unwrap();
    scenario
}

/// The same, with arms whose sizes are decided by chance.
fn assigned(n: u64, assignment: serde_json::Value) -> Scenario {
    let mut scenario = eventful(n);
    scenario.design.n_total = Some(4 * n);
    scenario.design.n_per_arm = None;
    scenario.design.assignment = serde_json::from_value(assignment).unwrap();
    scenario
}

#[test]
fn patients_to_whom_much_happens_are_not_allocated_either() {
    let fixed: fn(u64) -> Scenario = eventful;
    let simple: fn(u64) -> Scenario = |n| assigned(n, serde_json::json!({"method": "simple"}));
    let blocks: fn(u64) -> Scenario =
        |n| assigned(n, serde_json::json!({"method": "blocks", "strata": ["therapist"]}));
    let minimised: fn(u64) -> Scenario =
        |n| assigned(n, serde_json::json!({"method": "minimisation", "strata": ["therapist"]}));
    let urn: fn(u64) -> Scenario = |n| assigned(n, serde_json::json!({"method": "urn"}));
    let observed: fn(u64) -> Scenario = |n| {
        let mut scenario = support::embedded("ferreira-2013");
        scenario.design.n = Some(4 * n);
        scenario
    };
    for scenario in [fixed, simple, blocks, minimised, urn, observed] {
        let [small, large] = [8, 200].map(|n| of_14_blocks(&scenario(n), EngineChoice::Patients));
        assert_eq!(small, large, "depends on patients");
        assert!(small <= 14 * 3, "too many: {small}");
    }
}

#[test]
fn analyses_beyond_the_first_allocate_their_sums_per_block_and_nothing_else() {
    let first = spec("anova");
    let again = of_trials().map(|entry| AnalysisSpec {
        id: Some(format!("again-{}", entry.name.replace('_', "-"))),
        ..spec(entry.name)
    });
    // Arms without a responder are so rare that neither run warns of them.
    let all = trial(26, "12", &std::iter::once(first.clone()).chain(again).collect::<Vec<_>>());
    let mut one = all.clone();
    one.analyses.truncate(1);
    let [more, one] = [&all, &one].map(|all| of_14_blocks(all, EngineChoice::Patients));
    assert_eq!(more - one, 14 * of_trials().count() as u64);
}

#[test]
fn judging_hypotheses_together_allocates_its_counts_per_block_and_nothing_else() {
    let graph =
        serde_json::json!({"procedure": "graph", "transitions": [[0, 0.5, 0.5], [1, 0, 0], [0, 1, 0]]});
    let together = |mut scenario: Scenario, procedure: &serde_json::Value| {
        let comparisons = ["alliance_at_sham", "ifc_at_limited", "joint"];
        scenario.primary = comparisons.map(str::to_owned).to_vec();
        scenario.multiplicity = Some(serde_json::from_value(procedure.clone()).unwrap());
        scenario
    };
    for procedure in [graph, serde_json::json!({"procedure": "dunnett"})] {
        for method in ["anova", "ancova"] {
            let fixed: fn(&str, u64) -> Scenario = |method, n| one_analysis(method, n, "12");
            let varying: fn(&str, u64) -> Scenario = |method, n| {
                let mut scenario = eventful(n);
                scenario.analyses[0].method = method.to_owned();
                scenario
            };
            for (scenario, engine) in [
                (fixed, EngineChoice::Statistics),
                (fixed, EngineChoice::Patients),
                (varying, EngineChoice::Patients),
            ] {
                let of = |n| of_14_blocks(&together(scenario(method, n), &procedure), engine);
                // Sizes between which no run stops warning of an imprecise power.
                let [small, large] = [20, 50].map(of);
                assert_eq!(small, large, "{procedure} {method} {engine:?}");
                assert!(small <= 14 * 4, "too many: {procedure} {method} {engine:?} {small}");
            }
        }
    }
}

#[test]
fn the_counter_counts() {
    let counted = measure(|| drop(std::hint::black_box(vec![1_u8, 2, 3])));
    assert_eq!((counted.count_total, counted.count_current), (1, 0));
}
