//! What a scenario's short forms stand for.
//!
//! In comes a scenario; out come the same numbers in arm order, for whatever
//! form they were stated in: sizes, means and standard deviations of the four
//! arms, ids of the analyses, covariates of an analysis. A checked scenario has
//! an answer to each; before the checks, what is missing is 0 or not a number.

use super::variables::{baseline_name, linked_covariate};
use super::{AnalysisSpec, Better, Factor, Outcome, Scenario, StandardDeviation};
use crate::analysis::registry;
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS, arm_ids, estimands, long_arm_ids};
use indexmap::IndexMap;

pub use super::primary::resolve_primary;
pub use super::variables::within_arm_correlation;

/// The word by which an analysis adjusts for the baseline of its own outcome.
pub const BASELINE: &str = "baseline";

/// The name of what both factors do together beyond the sum of their simple effects.
pub const SYNERGY: &str = "synergy";

/// The arm that an id names: `SL`, `AL`, `SE`, `AE` for the standard factors,
/// `level1_level2` for any.
#[must_use]
pub fn arm_index(factors: &[Factor], id: &str) -> Option<usize> {
    let position = |ids: [String; ARMS]| ids.iter().position(|arm| arm == id);
    position(arm_ids(factors)).or_else(|| position(long_arm_ids(factors)))
}

/// A map by arm id as four entries in arm order.
pub(super) fn per_arm<T: Copy>(factors: &[Factor], map: &IndexMap<String, T>) -> [Option<T>; ARMS] {
    let mut entries = [None; ARMS];
    for (id, value) in map {
        if let Some(entry) = arm_index(factors, id).and_then(|arm| entries.get_mut(arm)) {
            *entry = Some(*value);
        }
    }
    entries
}

/// Patients in each arm, in arm order.
#[must_use]
pub fn arm_sizes(scenario: &Scenario) -> [u64; ARMS] {
    per_arm(&scenario.factors, &scenario.design.n_per_arm).map(Option::unwrap_or_default)
}

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
        (Some(control), Some(effects)) => {
            let sign = f64::from(outcome.better.map_or(1, Better::sign));
            let (context, treatment) = (effects.context_at_reference, effects.treatment_at_reference);
            let benefits = [0.0, treatment, context, context + treatment + effects.interaction];
            benefits.map(|benefit| control + sign * benefit)
        }
        _ => [f64::NAN; ARMS],
    }
}

/// The true value of each estimand, as a raw difference on the outcome's own scale, in the
/// order of [`estimands`].
///
/// Where the scenario states effects they are used as stated: through the arm means, 12.5
/// would come back as 12.499999999999998.
#[must_use]
pub fn truths(scenario: &Scenario, outcome: &Outcome) -> [f64; ESTIMANDS] {
    let Some(effects) = effects(&scenario.factors, outcome).filter(|_| outcome.arm_means.is_none()) else {
        let means = arm_means(scenario, outcome);
        return WEIGHTS.map(|weights| {
            let parts: [f64; ARMS] = std::array::from_fn(|arm| weights[arm] * means[arm]);
            let (sum, size) = (parts.iter().sum::<f64>(), parts.iter().map(|part| part.abs()).sum::<f64>());
            // Means of .1, .2, .2, .3 have no interaction, though the sum leaves 3e-17.
            if sum.abs() <= 1e-14 * size { 0.0 } else { sum }
        });
    };
    let Effects { context_at_reference: context, treatment_at_reference: treatment, interaction } = effects;
    let names = effect_names(&scenario.factors).main;
    let main = |name: &str, simple: f64| {
        let stated = outcome.effects.as_ref().and_then(|effects| effects.get(name)).copied();
        stated.unwrap_or(simple + interaction / 2.0)
    };
    let (main_context, main_treatment) = (main(&names[0], context), main(&names[1], treatment));
    let sign = f64::from(outcome.better.map_or(1, Better::sign));
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

/// Standard deviations of an outcome within the four arms, in arm order.
#[must_use]
pub fn arm_sds(scenario: &Scenario, outcome: &Outcome) -> [f64; ARMS] {
    match (&outcome.sd, outcome.residual_sd, &outcome.baseline) {
        (Some(StandardDeviation::Common(sd)), ..) => [*sd; ARMS],
        (Some(StandardDeviation::PerArm(sds)), ..) => {
            per_arm(&scenario.factors, sds).map(|sd| sd.unwrap_or(f64::NAN))
        }
        (None, Some(residual), Some(baseline)) => {
            [residual / libm::sqrt(1.0 - baseline.correlation * baseline.correlation); ARMS]
        }
        _ => [f64::NAN; ARMS],
    }
}

/// The ids of all analyses, in order: as stated, else the method, and `method-2`
/// for the second analysis by that method.
#[must_use]
pub fn analysis_ids(scenario: &Scenario) -> Vec<String> {
    let analyses = &scenario.analyses;
    let id = |(index, analysis): (usize, &AnalysisSpec)| {
        let earlier = analyses.iter().take(index).filter(|one| one.method == analysis.method).count();
        match (&analysis.id, earlier) {
            (Some(id), _) => id.clone(),
            (None, 0) => analysis.method.clone(),
            (None, earlier) => format!("{}-{}", analysis.method, earlier + 1),
        }
    };
    analyses.iter().enumerate().map(id).collect()
}

/// The covariates that an analysis adjusts for, as the scenario names them:
/// as stated, else `baseline` where the method adjusts.
#[must_use]
pub fn covariates(analysis: &AnalysisSpec) -> Vec<String> {
    match &analysis.covariates {
        Some(stated) => stated.clone(),
        None if takes_covariates(analysis) => vec![BASELINE.to_owned()],
        None => Vec::new(),
    }
}

/// Whether the analysis's method adjusts for covariates.
pub(super) fn takes_covariates(analysis: &AnalysisSpec) -> bool {
    registry::find(&analysis.method).is_some_and(|entry| entry.takes_covariates)
}

/// The columns that an analysis adjusts for: [`covariates`] with `baseline` replaced by
/// the column that holds it.
#[must_use]
pub fn covariate_columns(scenario: &Scenario, analysis: &AnalysisSpec) -> Vec<String> {
    let column = |name: String| match name.as_str() {
        BASELINE => baseline_column(scenario, &analysis.outcome).unwrap_or(name),
        _ => name,
    };
    covariates(analysis).into_iter().map(column).collect()
}

/// The column that holds the outcome's baseline: the covariate it is linked to, or
/// `OUTCOME_baseline`.
#[must_use]
pub fn baseline_column(scenario: &Scenario, outcome: &str) -> Option<String> {
    let stated = scenario.response.outcomes.get(outcome)?;
    stated.baseline.as_ref()?;
    Some(linked_covariate(stated).map_or_else(|| baseline_name(outcome), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library;

    fn fuentes() -> Scenario {
        let text = library::find("fuentes-2014").expect("embedded").text;
        crate::scenario::read(text, "fuentes-2014", &[]).expect("valid")
    }

    #[test]
    fn fuentes_main_effects_give_the_printed_arm_means() {
        let scenario = fuentes();
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
        let scenario = fuentes();
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
        let scenario = fuentes();
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
        let scenario = fuentes();
        let mut pain = scenario.response.outcomes["pain"].clone();
        let means = [("SL", 0.1), ("AL", 0.2), ("SE", 0.2), ("AE", 0.3)];
        pain.arm_means = Some(means.into_iter().map(|(arm, mean)| (arm.to_owned(), mean)).collect());
        assert_eq!(truths(&scenario, &pain)[2], 0.0);
    }

    #[test]
    fn a_residual_sd_widens_by_the_baseline() {
        let scenario = fuentes();
        let mut pain = scenario.response.outcomes["pain"].clone();
        assert_eq!(arm_sds(&scenario, &pain), [20.0; 4]);
        (pain.sd, pain.residual_sd) = (None, Some(8.3));
        assert!((arm_sds(&scenario, &pain)[0] - 20.0).abs() < 0.01);
    }

    #[test]
    fn arms_have_a_short_and_a_long_name() {
        let scenario = fuentes();
        assert_eq!(arm_sizes(&scenario), [29, 30, 29, 29]);
        assert_eq!(arm_index(&scenario.factors, "SE"), Some(2));
        assert_eq!(arm_index(&scenario.factors, "enhanced_sham"), Some(2));
        assert_eq!(arm_index(&scenario.factors, "se"), None);
    }
}
