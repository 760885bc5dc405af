//! The scenario with another effect, all else as planned.
//!
//! A main effect moves with the other main effect and the interaction fixed, an interaction with both main effects
//! fixed. A simple effect or the joint effect moves along the planned direction: all effects are multiplied.

use super::variants::Variants;
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, FACTORIAL, WEIGHTS, arm_ids, contrast, estimands};
use crate::result::HypothesisId;
use crate::scenario::{Override, Scenario, pointer, resolve};
use serde_json::{Map, Value};

/// Effects of an outcome that can be moved: those of the estimand of a hypothesis.
#[derive(Debug, Clone)]
pub struct MovedEffect {
    outcome: String,
    /// The number of the contrast.
    contrast: usize,
    /// The planned main effects and the interaction, as benefits.
    planned: [f64; FACTORIAL],
    /// The planned value of the contrast, as a benefit.
    pub planned_value: f64,
    /// How much of this is not one of the stated effects: what believing to be treated does.
    beyond: f64,
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
        let Some(number) = number_of_contrast(scenario, hypothesis) else {
            if resolve::is_observational(scenario) {
                let help = "set the effect that the scenario states, as in --set /response/outcomes/…=";
                return Err(
                    usage("nothing is assigned, so there is no effect of two factors".to_owned()).help(help)
                );
            }
            let names: Vec<String> = estimands(&scenario.factors).into_iter().map(|one| one.id).collect();
            return Err(usage(format!("{} is not an effect of the two factors", hypothesis.estimand))
                .help(format!("effects that can be moved are {}", names.join(", "))));
        };
        let Some(stated) = scenario.response.outcomes.get(outcome) else {
            return Err(usage(format!("there is no outcome {outcome}")));
        };
        if let Some(visit) = &stated.visit {
            let message = format!("effects on {outcome} follow from those on {}", visit.outcome);
            return Err(
                usage(message).help(format!("ask about {}, or set its effects with --set", visit.outcome))
            );
        }
        if resolve::perception(scenario).0 != [0.0, 1.0] {
            return Err(usage(
                "the scenario states effects of perfect delivery, of which a trial finds less".to_owned(),
            )
            .help(
                "state `effect_of: assignment` under /response/delivery, with the effects that a trial finds",
            ));
        }
        let sign = stated.sign_of_benefit();
        let benefit = resolve::truths(scenario, stated).map(|truth| sign * truth + 0.0);
        let [context, treatment, interaction] = resolve::parts_of_effect(scenario, stated);
        let half = interaction / 2.0;
        let of_parts = [context + half, treatment + half, interaction];
        let has_belief =
            stated.arm_means.is_none() && stated.belief_effect.is_some_and(|effect| effect != 0.0);
        let planned = if has_belief { of_parts } else { [benefit[0], benefit[1], benefit[2]] };
        let beyond = if has_belief { benefit[number] - value_of(number, planned) } else { 0.0 };
        let moved = MovedEffect {
            outcome: outcome.clone(),
            contrast: number,
            planned,
            planned_value: benefit[number],
            beyond,
            sign,
        };
        if number >= FACTORIAL && moved.planned_value == 0.0 {
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
        self.outcome != other.outcome
            || (self.contrast < FACTORIAL && other.contrast < FACTORIAL && self.contrast != other.contrast)
    }

    /// Whether moving it leaves the number at a pointer as it is.
    pub(super) fn keeps(&self, scenario: &Scenario, pointer: &str) -> bool {
        let names = pointer::names(pointer);
        let ["response", "outcomes", outcome, field, rest @ ..] =
            &names.iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            return true;
        };
        if *outcome != self.outcome {
            return true;
        }
        match (*field, rest) {
            // The average of all arms stays, no mean of one arm does.
            ("arm_means", _) => false,
            ("effects", [name]) if self.contrast < FACTORIAL => {
                let number = estimands(&scenario.factors).iter().position(|one| one.id == *name);
                let mut change = [0.0; FACTORIAL];
                change[self.contrast] = 1.0;
                // What both factors do beyond their sum is the interaction, by another name.
                value_of(number.unwrap_or(FACTORIAL - 1), change) == 0.0
            }
            ("effects", _) => false,
            _ => true,
        }
    }

    /// The fields that give these effects these values, as benefits; they are apart from each other.
    pub(super) fn all_together(moved: &[(MovedEffect, f64)], scenario: &Scenario) -> Vec<Override> {
        let mut fields: Vec<Override> = Vec::new();
        for (number, (one, benefit)) in moved.iter().enumerate() {
            let others = moved.iter().enumerate().filter(|(other, _)| *other != number);
            let others: Vec<(&MovedEffect, f64)> =
                others.map(|(_, (other, value))| (other, *value)).collect();
            for field in one.together_with(&others, scenario, *benefit) {
                // Two effects of one outcome set the same field to the same value.
                if fields.iter().all(|known| known.pointer != field.pointer) {
                    fields.push(field);
                }
            }
        }
        fields
    }

    /// The fields that give the effect this value, and `others` of the same outcome theirs.
    pub(super) fn together_with(
        &self,
        others: &[(&MovedEffect, f64)],
        scenario: &Scenario,
        benefit: f64,
    ) -> Vec<Override> {
        let Some(stated) = scenario.response.outcomes.get(&self.outcome) else { return Vec::new() };
        let mut effects = self.planned;
        for &(moved, benefit) in
            others.iter().chain([&(self, benefit)]).filter(|(moved, _)| moved.outcome == self.outcome)
        {
            // Where belief adds to it, the stated part is what moves.
            let stated = benefit - moved.beyond;
            match moved.contrast {
                main @ 0..FACTORIAL => effects[main] = stated,
                _ => effects
                    .iter_mut()
                    .for_each(|effect| *effect *= stated / (moved.planned_value - moved.beyond)),
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
    fn means(&self, planned: &[f64; ARMS], effects: [f64; FACTORIAL]) -> [f64; ARMS] {
        let change: [f64; FACTORIAL] = std::array::from_fn(|k| self.sign * (effects[k] - self.planned[k]));
        std::array::from_fn(|arm| {
            let (context, treatment) = ((arm / 2) as f64 - 0.5, (arm % 2) as f64 - 0.5);
            planned[arm] + change[0] * context + change[1] * treatment + change[2] * context * treatment
        })
    }
}

/// The benefit that a scenario states of what a hypothesis is about, whether or not it could be another; none where that is
/// no contrast of arm means, as what a covariate changes, or what a rating goes with.
pub(super) fn stated_benefit(scenario: &Scenario, hypothesis: &HypothesisId) -> Option<f64> {
    let stated = scenario.response.outcomes.get(&hypothesis.outcome)?;
    let number = number_of_contrast(scenario, hypothesis)?;
    // A sum with zero, so that no effect is 0 and not −0.
    Some(stated.sign_of_benefit() * resolve::truths(scenario, stated)[number] + 0.0)
}

/// Whether a hypothesis is about one of the eight contrasts of arm means.
pub(super) fn is_contrast(scenario: &Scenario, hypothesis: &HypothesisId) -> bool {
    number_of_contrast(scenario, hypothesis).is_some()
}

fn number_of_contrast(scenario: &Scenario, hypothesis: &HypothesisId) -> Option<usize> {
    let contrasts = estimands(&scenario.factors);
    let number = contrasts.iter().position(|one| one.id == hypothesis.estimand);
    number.filter(|_| !resolve::is_observational(scenario))
}

/// A contrast of arms with these main effects and interaction.
fn value_of(number: usize, [context, treatment, interaction]: [f64; FACTORIAL]) -> f64 {
    let arms: [f64; ARMS] = std::array::from_fn(|arm| {
        let (a, b) = ((arm / 2) as f64 - 0.5, (arm % 2) as f64 - 0.5);
        context * a + treatment * b + interaction * a * b
    });
    contrast(&WEIGHTS[number], &arms)
}

/// The scenario with this effect.
///
/// # Errors
/// As for any variant.
pub(super) fn with_effect(variants: Variants<'_>, moved: &MovedEffect, benefit: f64) -> Result<Scenario> {
    variants.with(&moved.overrides(variants.scenario, benefit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimand::ESTIMANDS;
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
        let before = moved("aberson-2x2", "b", 0.3);
        let again = moved("aberson-2x2", "b", 1.3);
        assert!((before[1] - 0.3).abs() < 1e-12 && (again[1] - 1.3).abs() < 1e-12, "{before:?}");
        assert!((before[0] - again[0]).abs() < 1e-12 && (before[2] - again[2]).abs() < 1e-12);
        // Part of what the current seems to do is belief: the whole is what is moved.
        for (estimand, number) in [("ifc", 1), ("alliance", 0)] {
            let believed = moved("unblinded", estimand, 15.0);
            assert!((believed[number] - 15.0).abs() < 1e-12, "{estimand}: {believed:?}");
        }
    }
}
