//! Identities that hold for every scenario, whatever its numbers: parts add up, and what reaches a
//! patient through what they perceive is what the model says, patient by patient.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::patients::*;
use trialliance::engine::explained;
use trialliance::scenario::resolve;

/// Numbers of a delivery and of effects.
#[derive(Debug, Clone)]
struct Numbers {
    fidelity: f64,
    contamination: f64,
    direct_share: f64,
    sd: f64,
    of_delivery: bool,
    effects: [f64; 3],
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let effects = [-5.0..15.0, -5.0..15.0, -5.0..5.0];
    (0.6..1.0, 0.0..0.4, 0.0..1.0, 0.05..0.6, any::<bool>(), effects).prop_map(
        |(fidelity, contamination, direct_share, sd, of_delivery, effects)| Numbers {
            fidelity,
            contamination,
            direct_share,
            sd,
            of_delivery,
            effects,
        },
    )
}

impl Numbers {
    fn scenario(&self, delivery: bool) -> Value {
        let [context, treatment, synergy] = self.effects;
        let effects = json!({"alliance_at_sham": context, "ifc_at_limited": treatment, "synergy": synergy});
        let scenario = with(pain(12), "/response/outcomes/pain/effects", effects);
        let stated = json!({
            "fidelity": self.fidelity, "contamination": self.contamination,
            "direct_share": self.direct_share, "residual_sd": if delivery { self.sd } else { 0.0 },
            "effect_of": if self.of_delivery { "delivery" } else { "assignment" }});
        with(scenario, "/response/delivery", stated)
    }

    /// How much of a deviation of what is perceived reaches the effective dose.
    fn passed_on(&self) -> f64 {
        let mediated = 1.0 - self.direct_share;
        if self.of_delivery { mediated } else { mediated / (self.fidelity - self.contamination) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Pain moves by −(A + cS)·(what is passed on)·(what is perceived beyond the arm's mean), in every
    /// arm, and the difference between two levels of the context is the same for everybody.
    #[test]
    fn what_is_perceived_acts_through_the_context_s_effect(numbers in numbers()) {
        let (with_chance, without) = (trial(&numbers.scenario(true), 1), trial(&numbers.scenario(false), 1));
        let perceived = column(&with_chance, "perceived_alliance");
        let [context, _, synergy] = numbers.effects;
        for (arm, given) in [("sl", 0.0), ("al", 1.0), ("se", 0.0), ("ae", 1.0)] {
            let name = format!("pain_if_{arm}");
            for (patient, deviation) in perceived.iter().enumerate() {
                let moved = column(&with_chance, &name)[patient] - column(&without, &name)[patient];
                let expected = -(context + given * synergy) * numbers.passed_on() * deviation;
                prop_assert!((moved - expected).abs() < 1e-9, "{arm}: {moved} for {expected}");
            }
        }
        let [sl, se] = ["pain_if_sl", "pain_if_se"].map(|name| column(&with_chance, name));
        let benefits: Vec<f64> = sl.iter().zip(se).map(|(sl, se)| sl - se).collect();
        prop_assert!(benefits.iter().all(|benefit| (benefit - benefits[0]).abs() < 1e-9));
        let scenario = read(&numbers.scenario(true));
        for (level, estimand) in [(0, 3), (1, 4)] {
            let [indirect, direct] = resolve::mediated(&scenario, &scenario.response.outcomes["pain"])[level];
            let total = resolve::truths(&scenario, &scenario.response.outcomes["pain"])[estimand];
            prop_assert!((indirect + direct + total).abs() < 1e-9);
            let stated = context + level as f64 * synergy;
            let dose = if numbers.of_delivery { 1.0 } else { 1.0 / (numbers.fidelity - numbers.contamination) };
            let mediated = stated * (1.0 - numbers.direct_share) * dose * (numbers.fidelity - numbers.contamination);
            prop_assert!((indirect - mediated).abs() < 1e-9, "{indirect} {mediated}");
        }
        let truth = explained(&read(&numbers.scenario(true))).unwrap().outcomes[0].truths[3].value;
        prop_assert!((truth + benefits[0]).abs() < 1e-9, "{truth} {}", benefits[0]);
    }

    /// The parts of the change add up in every arm, and those of the variance to all of it.
    #[test]
    fn parts_add_up(numbers in numbers(), course in 0.0..8.0_f64, sd in 0.0..6.0_f64, cut in 20.0..45.0_f64, icc in 0.0..0.2_f64) {
        let mut scenario = numbers.scenario(true);
        scenario["response"]["outcomes"]["pain"]["natural_course"] = json!({"mean": course, "sd": sd});
        scenario["response"]["outcomes"]["pain"]["belief_effect"] = json!(3);
        scenario["response"]["blinding"] = json!({"believe_treated": {"SL": 0.4, "AL": 0.7, "SE": 0.5, "AE": 0.8}});
        scenario["cohort"] = json!({"of": "screened", "eligibility": [{"variable": "pain_baseline", "at_least": cut}]});
        scenario["design"]["therapists"] = json!({"n": 4, "icc": icc});
        let explained = explained(&read(&scenario)).unwrap();
        let (outcome, cohort) = (&explained.outcomes[0], &explained.cohort);
        let [before, after] = ["pain_baseline", "pain"].map(|name| cohort.index(name).unwrap());
        for (arm, parts) in outcome.parts.unwrap().iter().enumerate() {
            let change = cohort.enrolled[before].mean[0] - cohort.enrolled[after].mean[arm];
            prop_assert!((parts.total() - change).abs() < 1e-9, "{parts:?} {change}");
        }
        prop_assert!(outcome.spread.iter().all(|(_, variance)| *variance >= 0.0), "{:?}", outcome.spread);
    }
}
