//! The scenario with another effect, all else as planned.
//!
//! A main effect moves with the other main effect and the interaction fixed, an interaction with both main effects
//! fixed. A simple effect or the joint effect moves along the planned direction: all effects are multiplied.

use super::variants::Variants;
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS, arm_ids, contrast, estimands};
use crate::result::HypothesisId;
use crate::scenario::{Better, Override, Scenario, resolve};
use serde_json::{Map, Value};

/// Effects of an outcome that can be moved: those of the estimand of a hypothesis.
#[derive(Debug, Clone)]
pub struct MovedEffect {
    outcome: String,
    /// The number of the contrast.
    contrast: usize,
    /// The planned main effects and the interaction, as benefits.
    planned: [f64; 3],
    /// The planned value of the contrast, as a benefit.
    pub planned_value: f64,
    pub(super) sign: f64,
}

impl MovedEffect {
    /// The effect that a hypothesis is about.
    ///
    /// # Errors
    /// `Usage` if it is not one of the eight contrasts of arm means, or if it moves along a planned
    /// direction that there is not, as the planned effect is 0.
    pub fn of(scenario: &Scenario, hypothesis: &HypothesisId) -> Result<Self> {
        let outcome = &hypothesis.outcome;
        let usage = |message: String| {
            Error::new(ErrorKind::Usage, message).about(format!("--estimand {}", hypothesis.estimand))
        };
        let contrasts = estimands(&scenario.factors);
        let number = contrasts.iter().position(|one| one.id == hypothesis.estimand);
        let number = number.filter(|_| !resolve::is_observational(scenario));
        let Some(number) = number else {
            let names: Vec<String> = contrasts.into_iter().map(|one| one.id).collect();
            return Err(usage(format!("{} is not an effect of the two factors", hypothesis.estimand))
                .help(format!("effects that can be moved are {}", names.join(", "))));
        };
        let Some(stated) = scenario.response.outcomes.get(outcome) else {
            return Err(usage(format!("there is no outcome {outcome}")));
        };
        let sign = f64::from(stated.better.map_or(1, Better::sign));
        let means = resolve::arm_means(scenario, stated);
        let value = |number: usize| sign * contrast(&WEIGHTS[number], &means);
        let moved = MovedEffect {
            outcome: outcome.clone(),
            contrast: number,
            planned: [value(0), value(1), value(2)],
            planned_value: value(number) + 0.0,
            sign,
        };
        if number >= 3 && moved.planned_value == 0.0 {
            return Err(usage(format!(
                "{} is 0 in the scenario, so there is no direction in which it could be made larger",
                hypothesis.estimand
            ))
            .help("state effects, or ask about a main effect or the interaction"));
        }
        Ok(moved)
    }

    /// The fields that give the effect this value, as a benefit.
    #[must_use]
    pub fn overrides(&self, scenario: &Scenario, benefit: f64) -> Vec<Override> {
        self.together_with(&[], scenario, benefit)
    }

    /// Whether both can be moved at once: in different outcomes, or as two of the main effects and the interaction,
    /// which move alone.
    pub(super) fn is_apart_from(&self, other: &MovedEffect) -> bool {
        self.outcome != other.outcome || (self.contrast < 3 && other.contrast < 3 && self.contrast != other.contrast)
    }

    /// The fields that give the effect this value, and `others` of the same outcome theirs.
    pub(super) fn together_with(&self, others: &[(&MovedEffect, f64)], scenario: &Scenario, benefit: f64) -> Vec<Override> {
        let Some(stated) = scenario.response.outcomes.get(&self.outcome) else { return Vec::new() };
        let mut effects = self.planned;
        for &(moved, benefit) in others.iter().chain([&(self, benefit)]).filter(|(moved, _)| moved.outcome == self.outcome) {
            match moved.contrast {
                main @ 0..3 => effects[main] = benefit,
                _ => effects.iter_mut().for_each(|effect| *effect *= benefit / moved.planned_value),
            }
        }
        let at = |field: &str| {
            let outcome = self.outcome.replace('~', "~0").replace('/', "~1");
            format!("/response/outcomes/{outcome}/{field}")
        };
        if stated.arm_means.is_some() {
            let means = resolve::arm_means(scenario, stated);
            let by_arm: Map<String, Value> = arm_ids(&scenario.factors)
                .into_iter()
                .zip(self.means(&means, effects))
                .map(|(arm, mean)| (arm, Value::from(mean)))
                .collect();
            return vec![Override { pointer: at("arm_means"), value: by_arm.into() }];
        }
        let names = resolve::effect_names(&scenario.factors).main;
        let stated: Map<String, Value> = names.into_iter().zip(effects.map(Value::from)).collect();
        vec![Override { pointer: at("effects"), value: stated.into() }]
    }

    /// Arm means with these main effects and interaction. What moves the average of all arms stays, for a main effect and
    /// the interaction; the reference arm's mean stays where all effects are multiplied.
    fn means(&self, planned: &[f64; ARMS], effects: [f64; 3]) -> [f64; ARMS] {
        let change: [f64; 3] = std::array::from_fn(|k| self.sign * (effects[k] - self.planned[k]));
        std::array::from_fn(|arm| {
            let (context, treatment) = ((arm / 2) as f64 - 0.5, (arm % 2) as f64 - 0.5);
            planned[arm] + change[0] * context + change[1] * treatment + change[2] * context * treatment
        })
    }
}

/// The scenario with this effect.
///
/// # Errors
/// As for any variant.
pub(super) fn with_effect(variants: Variants<'_>, moved: &MovedEffect, benefit: f64) -> Result<Scenario> {
    variants.with(&moved.overrides(variants.scenario, benefit))
}

const _: () = assert!(ESTIMANDS > 3);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library::embedded;

    fn moved(name: &str, estimand: &str, benefit: f64) -> [f64; ESTIMANDS] {
        let scenario = embedded(name);
        let analysis = resolve::analysis_ids(&scenario)[0].clone();
        let outcome = scenario.analyses[0].outcome.clone();
        let hypothesis = HypothesisId { analysis, outcome: outcome.clone(), estimand: estimand.to_owned() };
        let moved = MovedEffect::of(&scenario, &hypothesis).unwrap();
        let text = crate::scenario::library::find(name).unwrap().text;
        let changed = crate::scenario::read(text, name, &moved.overrides(&scenario, benefit)).unwrap();
        resolve::truths(&changed, &changed.response.outcomes[&outcome]).map(|truth| moved.sign * truth)
    }

    #[test]
    fn a_main_effect_moves_alone_and_a_simple_one_with_all() {
        let [alliance, ifc, interaction, ..] = moved("fuentes-2014", "alliance", 5.0);
        assert_eq!([alliance, ifc, interaction], [5.0, 8.6, 1.2]);
        let [alliance, ifc, interaction, ..] = moved("fuentes-2014", "interaction", 4.0);
        assert_eq!([alliance, ifc, interaction], [12.5, 8.6, 4.0]);
        let all = moved("fuentes-2014", "joint", 21.1 / 2.0);
        assert!((all[7] - 21.1 / 2.0).abs() < 1e-12 && (all[0] - 6.25).abs() < 1e-12, "{all:?}");
        // Arm means: .85, .85 / 0, .60.
        let before = moved("aberson-2x2", "ifc", 0.3);
        let again = moved("aberson-2x2", "ifc", 1.3);
        assert!((before[1] - 0.3).abs() < 1e-12 && (again[1] - 1.3).abs() < 1e-12, "{before:?}");
        assert!((before[0] - again[0]).abs() < 1e-12 && (before[2] - again[2]).abs() < 1e-12);
    }
}
