//! What the arms do to an outcome, as the scenario states it.
//!
//! In come a scenario and one of its outcomes; out come the effects in the one
//! coding that the rest of the program uses, the means of the four arms, and the
//! truth of each estimand before anything is measured.

use super::resolve::{SYNERGY, by_arm, per_arm};
use super::{EffectOf, Factor, Outcome, Scenario};
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS, contrast, estimands};

/// The names of an outcome's three effects, in either coding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectNames {
    /// Main effects of context and treatment, each averaged over the other factor, and
    /// the difference of differences.
    pub main: [String; 3],
    /// Simple effects of context and treatment at the other's reference level, and what
    /// both together do on top.
    pub simple: [String; 3],
}

/// The names of an outcome's effects, after the factors and their levels.
#[must_use]
pub fn effect_names(factors: &[Factor]) -> EffectNames {
    let estimands = estimands(factors);
    let name = |index: usize| estimands[index].id.clone();
    EffectNames { main: [name(0), name(1), name(2)], simple: [name(3), name(5), SYNERGY.to_owned()] }
}

/// The effects of an outcome as benefits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effects {
    /// Simple effect of the context at the reference level of the treatment.
    pub context_at_reference: f64,
    /// Simple effect of the treatment at the reference level of the context.
    pub treatment_at_reference: f64,
    /// Difference of differences: what both do together beyond the sum of the two.
    pub interaction: f64,
}

/// An outcome's effects, whichever way they are coded; none if it states arm means.
#[must_use]
pub fn effects(factors: &[Factor], outcome: &Outcome) -> Option<Effects> {
    let stated = outcome.effects.as_ref()?;
    let names = effect_names(factors);
    let three = |names: &[String; 3]| {
        Some([*stated.get(&names[0])?, *stated.get(&names[1])?, *stated.get(&names[2])?])
    };
    if let Some([context, treatment, interaction]) = three(&names.main) {
        let half = interaction / 2.0;
        return Some(Effects {
            context_at_reference: context - half,
            treatment_at_reference: treatment - half,
            interaction,
        });
    }
    let [context_at_reference, treatment_at_reference, interaction] = three(&names.simple)?;
    Some(Effects { context_at_reference, treatment_at_reference, interaction })
}

/// Means of the four arms on the outcome's own scale, in arm order.
#[must_use]
pub fn arm_means(scenario: &Scenario, outcome: &Outcome) -> [f64; ARMS] {
    if let Some(means) = &outcome.arm_means {
        return per_arm(&scenario.factors, means).map(|mean| mean.unwrap_or(f64::NAN));
    }
    match (outcome.control_mean, effects(&scenario.factors, outcome)) {
        (Some(control), Some(_)) => {
            let sign = outcome.sign_of_benefit();
            mean_benefits(scenario, outcome).map(|[context, treatment, synergy, belief]| {
                control + sign * (context + treatment + synergy + belief)
            })
        }
        _ => [f64::NAN; ARMS],
    }
}

/// What each arm does on average, as benefits: through the context, the treatment, both beyond
/// their sum, and belief beyond the control arm's.
#[must_use]
pub fn mean_benefits(scenario: &Scenario, outcome: &Outcome) -> [[f64; 4]; ARMS] {
    let (level, _) = perception(scenario);
    let [context, treatment, synergy] = parts_of_effect(scenario, outcome);
    let believers = believers(scenario);
    let belief = outcome.belief_effect.unwrap_or(0.0);
    std::array::from_fn(|arm| {
        let (level, given) = (level[arm / 2], (arm % 2) as f64);
        [
            context * level,
            treatment * given,
            synergy * level * given,
            belief * (believers[arm] - believers[0]),
        ]
    })
}

/// Mean of the context's effective dose at its two levels, and how much of a deviation of what
/// a patient perceives is passed on to it.
///
/// Stated effects are those of assignment unless the scenario says that they are those of
/// perfect delivery; then fidelity and contamination make less of them in a trial.
#[must_use]
pub fn perception(scenario: &Scenario) -> ([f64; 2], f64) {
    let Some(delivery) = &scenario.response.delivery else { return ([0.0, 1.0], 0.0) };
    let mediated = 1.0 - delivery.direct_share;
    match delivery.effect_of {
        EffectOf::Assignment => ([0.0, 1.0], mediated / (delivery.fidelity - delivery.contamination)),
        EffectOf::Delivery => {
            let direct = delivery.direct_share;
            ([mediated * delivery.contamination, mediated * delivery.fidelity + direct], mediated)
        }
    }
}

/// The effect of the context at the two levels of the treatment, as benefits: what passes through
/// what patients perceive (the natural indirect effect) and what does not (the natural direct
/// effect). All of it is direct without `delivery`.
///
/// What is perceived differs between the levels by fidelity − contamination, and the effect is a
/// product of the two, so both effects are the same whichever level the other path is held at
/// (Pearl 2001, Proc. 17th Conf. Uncertainty in Artificial Intelligence 411; no interaction of
/// assignment and mediator).
#[must_use]
pub fn mediated(scenario: &Scenario, outcome: &Outcome) -> [[f64; 2]; 2] {
    let [context, _, synergy] = parts_of_effect(scenario, outcome);
    let (level, passed_on) = perception(scenario);
    let dose = level[1] - level[0];
    let through = scenario
        .response
        .delivery
        .as_ref()
        .map_or(0.0, |delivery| passed_on * (delivery.fidelity - delivery.contamination));
    [context, context + synergy].map(|effect| [effect * through, effect * (dose - through)])
}

/// Share of patients who believe to have the second level of the treatment, by arm.
#[must_use]
pub fn believers(scenario: &Scenario) -> [f64; ARMS] {
    let stated = scenario.response.blinding.as_ref().map(|blinding| &blinding.believe_treated);
    stated.map_or([0.0; ARMS], |stated| by_arm(scenario, stated))
}

/// The names of what an outcome's effects are made of: context, treatment, synergy.
#[must_use]
pub fn effect_parts(factors: &[Factor]) -> [String; 3] {
    let EffectNames { main: [context, treatment, _], simple: [_, _, synergy] } = effect_names(factors);
    [context, treatment, synergy]
}

/// What the two levels do at the other's reference level and beyond their sum, as benefits:
/// as stated, else from the arm means.
#[must_use]
pub fn parts_of_effect(scenario: &Scenario, outcome: &Outcome) -> [f64; 3] {
    let stated = effects(&scenario.factors, outcome).filter(|_| outcome.arm_means.is_none());
    match stated {
        Some(effects) => [effects.context_at_reference, effects.treatment_at_reference, effects.interaction],
        None => {
            let sign = outcome.sign_of_benefit();
            let [sl, al, se, ae] = arm_means(scenario, outcome);
            [sign * (se - sl), sign * (al - sl), sign * (ae - al - se + sl)]
        }
    }
}

/// The true value of each estimand, as a raw difference on the outcome's own scale, in the
/// order of [`estimands`].
///
/// Where the scenario states effects they are used as stated: through the arm means, 12.5
/// would come back as 12.499999999999998.
#[must_use]
pub fn truths(scenario: &Scenario, outcome: &Outcome) -> [f64; ESTIMANDS] {
    let as_stated = effects(&scenario.factors, outcome).filter(|_| {
        outcome.arm_means.is_none() && perception(scenario).0 == [0.0, 1.0] && outcome.belief_effect.is_none()
    });
    let Some(effects) = as_stated else {
        let means = arm_means(scenario, outcome);
        return WEIGHTS.map(|weights| contrast(&weights, &means));
    };
    let Effects { context_at_reference: context, treatment_at_reference: treatment, interaction } = effects;
    let names = effect_names(&scenario.factors).main;
    let main = |name: &str, simple: f64| {
        let stated = outcome.effects.as_ref().and_then(|effects| effects.get(name)).copied();
        stated.unwrap_or(simple + interaction / 2.0)
    };
    let (main_context, main_treatment) = (main(&names[0], context), main(&names[1], treatment));
    let sign = outcome.sign_of_benefit();
    [
        main_context,
        main_treatment,
        interaction,
        context,
        main_context + interaction / 2.0,
        treatment,
        main_treatment + interaction / 2.0,
        main_context + main_treatment,
    ]
    // A sum with zero, so that no effect is 0 and not −0.
    .map(|benefit| sign * benefit + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library::embedded;

    #[test]
    fn fuentes_main_effects_give_the_printed_arm_means() {
        let scenario = embedded("fuentes-2014");
        let pain = &scenario.response.outcomes["pain"];
        let means = arm_means(&scenario, pain);
        for (mean, reduction) in means.iter().zip([10.3, 18.3, 22.2, 31.4]) {
            assert!((52.0 - mean - reduction).abs() < 1e-12, "{means:?}");
        }
        assert!((means[2] - means[0] + 11.9).abs() < 1e-12, "alliance at sham");
        assert!((means[3] - means[0] + 21.1).abs() < 1e-12, "joint");
        let ppt = arm_means(&scenario, &scenario.response.outcomes["ppt"]);
        for (mean, gain) in ppt.iter().zip([0.3, 1.2, 1.7, 2.0]) {
            assert!((mean - 4.5 - gain).abs() < 1e-12, "{ppt:?}");
        }
    }

    #[test]
    fn both_codings_say_the_same() {
        let scenario = embedded("fuentes-2014");
        let mut pain = scenario.response.outcomes["pain"].clone();
        let means = arm_means(&scenario, &pain);
        let simple = [("alliance_at_sham", 11.9), ("ifc_at_limited", 8.0), ("synergy", 1.2)];
        pain.effects = Some(simple.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        for (one, other) in arm_means(&scenario, &pain).iter().zip(means) {
            assert!((one - other).abs() < 1e-12);
        }
    }

    #[test]
    fn truths_are_the_stated_effects_and_agree_with_the_arm_means() {
        let scenario = embedded("fuentes-2014");
        let pain = &scenario.response.outcomes["pain"];
        let stated = truths(&scenario, pain);
        assert_eq!(stated, [-12.5, -8.6, -1.2, -11.9, -13.1, -8.0, -9.2, -21.1]);
        let means = arm_means(&scenario, pain);
        for (weights, truth) in WEIGHTS.iter().zip(stated) {
            let contrast: f64 = weights.iter().zip(means).map(|(weight, mean)| weight * mean).sum();
            assert!((contrast - truth).abs() < 1e-12);
        }
    }

    #[test]
    fn rounding_makes_no_effect() {
        let scenario = embedded("fuentes-2014");
        let mut pain = scenario.response.outcomes["pain"].clone();
        let means = [("SL", 0.1), ("AL", 0.2), ("SE", 0.2), ("AE", 0.3)];
        pain.arm_means = Some(means.into_iter().map(|(arm, mean)| (arm.to_owned(), mean)).collect());
        assert_eq!(truths(&scenario, &pain)[2], 0.0);
    }
}
