//! Several hypotheses judged together: do the procedures reject what they should?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::{Value, json};
use support::patients::{FAR, near, pain, read, with};
use support::{ENGINES, TWO_BY_TWO, linear_models, relative_difference, row, simulate, value};
use trialliance::decision::{Multiplicity, Procedure};
use trialliance::engine::EngineChoice;
use trialliance::scenario::{Override, library};

const REPLICATES: u64 = 20_000;

const PROCEDURES: [(Procedure, &str); 5] = [
    (Procedure::Bonferroni, "bonferroni"),
    (Procedure::Sidak, "sidak"),
    (Procedure::Holm, "holm"),
    (Procedure::Hochberg, "hochberg"),
    (Procedure::Hommel, "hommel"),
];

/// R's `p.adjust` (and 1 − (1 − p)^m) on the p values of analyses of covariance: three, four and eight at
/// a time, on six data sets.
#[test]
fn adjusted_p_values_are_those_of_r() {
    let mut count = 0;
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        for (family, values) in
            fitted["multiplicity"].as_object().unwrap().iter().filter(|(key, _)| *key != "call")
        {
            let raw = values["raw"].as_object().unwrap();
            let p: Vec<f64> = raw.values().map(|p| p.as_f64().unwrap()).collect();
            for (procedure, key) in PROCEDURES {
                let adjusted = Multiplicity::new(&procedure.into(), p.len()).unwrap().adjusted(&p);
                for ((hypothesis, _), ours) in raw.iter().zip(adjusted) {
                    let theirs = values[key][hypothesis].as_f64().unwrap();
                    let difference = relative_difference(ours, theirs);
                    assert!(difference < 1e-9, "{name} {family} {key} {hypothesis}: {ours} for {theirs}");
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 6 * (3 + 4 + 8) * 5);
}

/// Holm rejects whatever Bonferroni does, Hochberg whatever Holm does, Hommel whatever Hochberg does.
#[test]
fn each_procedure_rejects_what_a_weaker_one_does() {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for _ in 0..20_000 {
        let count = 1 + (uniform() * 6.0) as usize;
        let p: Vec<f64> = (0..count).map(|_| 0.1 * uniform()).collect();
        let reject = |procedure: Procedure| {
            let of = Multiplicity::new(&procedure.into(), count).unwrap();
            let levels = of.levels(0.05);
            of.reject(|h, level| p[h] <= levels[level])
        };
        let chain =
            [Procedure::Bonferroni, Procedure::Holm, Procedure::Hochberg, Procedure::Hommel, Procedure::None];
        for pair in chain.windows(2) {
            let (weak, strong) = (reject(pair[0]), reject(pair[1]));
            assert_eq!(weak & !strong, 0, "{pair:?} {p:?}");
        }
    }
}

fn trial(procedure: Value, effects: [f64; 3], n: u64) -> Value {
    let [alliance, ifc, interaction] = effects;
    let scenario = with(
        pain(n),
        "/response/outcomes/pain/effects",
        json!({"alliance": alliance, "ifc": ifc, "interaction": interaction}),
    );
    with(scenario, "/multiplicity", procedure)
}

#[test]
fn without_a_procedure_each_hypothesis_has_its_own_power() {
    let scenario = read(&trial(json!({"procedure": "none"}), [4.0, 3.0, 6.0], 100));
    for engine in ENGINES {
        let result = simulate(&scenario, engine, 5, REPLICATES);
        let family = result.family.as_ref().unwrap();
        let powers: Vec<f64> = family
            .hypotheses
            .iter()
            .map(|one| {
                let alone = &row(&result, &one.analysis, &one.estimand).power;
                assert_eq!(value(alone), value(&one.power));
                value(&one.power)
            })
            .collect();
        // The three contrasts are orthogonal; their tests share no more than the error's variance,
        // estimated with 396 degrees of freedom: nearly independent.
        let all: f64 = powers.iter().product();
        let any: f64 = 1.0 - powers.iter().map(|power| 1.0 - power).product::<f64>();
        let near_enough = |measure: &trialliance::result::Measure, expected: f64| {
            let gap = (value(measure) - expected).abs();
            assert!(gap < 0.005 + FAR * measure.mcse.unwrap(), "{gap} {expected}");
        };
        near_enough(&family.all, all);
        near_enough(&family.any, any);
        near(value(&family.mean_number), powers.iter().sum(), 1e-9);
        assert!(family.familywise_error.value.is_none() && family.familywise_error.why.is_some());
    }
}

#[test]
fn family_wise_error_is_kept_under_global_and_partial_nulls() {
    for effects in [[0.0; 3], [20.0, 0.0, 0.0]] {
        for (procedure, _) in PROCEDURES {
            let stated = json!({"procedure": serde_json::to_value(procedure).unwrap()});
            let result =
                simulate(&read(&trial(stated, effects, 40)), EngineChoice::Statistics, 9, REPLICATES);
            let error = &result.family.as_ref().unwrap().familywise_error;
            let (found, mcse) = (value(error), error.mcse.unwrap());
            // Tests that share one estimate of variance: Šidák, Hochberg and Hommel keep the level too.
            assert!(found < 0.05 + FAR * mcse, "{procedure:?} {effects:?}: {found}");
            // Step by step the others' alpha is used up; at once it is not.
            let least = match (procedure, effects[0] == 0.0) {
                (Procedure::Bonferroni | Procedure::Sidak, false) => 0.028,
                _ => 0.042,
            };
            assert!(found > least, "{procedure:?} {effects:?}: {found}");
        }
        let none = simulate(
            &read(&trial(json!({"procedure": "none"}), effects, 40)),
            EngineChoice::Statistics,
            9,
            REPLICATES,
        );
        assert!(value(&none.family.unwrap().familywise_error) > 0.09);
    }
}

#[test]
fn sequences_stop_and_hand_on() {
    let with_primary = |procedure: Value| {
        let scenario = trial(procedure, [6.0, 0.0, 6.0], 60);
        read(&with(scenario, "/primary", json!(["anova/alliance", "anova/ifc", "anova/interaction"])))
    };
    let run = |procedure: Value| {
        simulate(&with_primary(procedure), EngineChoice::Statistics, 2, REPLICATES).family.unwrap()
    };
    let powers = |procedure: Value| -> Vec<f64> {
        run(procedure).hypotheses.iter().map(|one| value(&one.power)).collect()
    };
    let alone = powers(json!({"procedure": "none"}));
    let sequence = powers(json!({"procedure": "fixed-sequence"}));
    // The first has all of alpha; the last is reached only through a false claim.
    assert_eq!(sequence[0], alone[0]);
    assert!(sequence[1] < 0.05 && sequence[2] < 0.05);
    let fallback = powers(json!({"procedure": "fallback", "weights": [0.6, 0.0, 0.4]}));
    assert!(fallback[0] < alone[0] && fallback[2] > 3.0 * sequence[2]);
    assert_eq!(run(json!({"procedure": "holm"})), run(json!({"procedure": "holm"})));
}

#[test]
fn a_trial_without_an_answer_claims_nothing() {
    // Half of the patients are lost: some trials of so few have no degrees of freedom left.
    let mut scenario = trial(json!({"procedure": "holm"}), [0.0; 3], 2);
    scenario["observation"] = json!({"missing": [{"outcomes": ["pain"], "rate": 0.5}]});
    let scenario = read(&scenario);
    let options = trialliance::engine::RunOptions { replicates: 500, keep_going: true, ..Default::default() };
    let result = trialliance::engine::run(&scenario, &options, &mut |_| {}).unwrap();
    let failed: u64 = result.analyses["anova"].failures.values().sum();
    assert!(failed > 100, "{failed}");
    assert!(value(&result.family.unwrap().any) <= 1.0 - failed as f64 / 500.0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let wrong = |stated: &str, pointer: &str, found: &str| {
        let set = Override::parse(&format!("/multiplicity={stated}")).unwrap();
        let text = library::find("fuentes-2014").unwrap().text;
        let error = trialliance::scenario::read(text, "fuentes-2014", &[set]).expect_err("must be refused");
        let problem = &error.problems[0];
        assert_eq!((problem.pointer.as_str(), problem.found.as_str()), (pointer, found));
    };
    let weights = "/multiplicity/weights";
    wrong(r#"{"procedure": "holm", "weights": [1]}"#, weights, "`weights`");
    wrong(r#"{"procedure": "fallback", "weights": [1]}"#, weights, "1 of them");
    wrong(
        r#"{"procedure": "fallback", "weights": [0.5, 0.2, 0.2]}"#,
        weights,
        "weights that sum to 0.8999999999999999",
    );
    wrong(r#"{"procedure": "homl"}"#, "/multiplicity/procedure", "text \"homl\"");
}
