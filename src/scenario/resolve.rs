//! What a scenario's short forms stand for.
//!
//! In comes a scenario; out come the same numbers in arm order, for whatever
//! form they were stated in: sizes, means and standard deviations of the four
//! arms, ids of the analyses, covariates of an analysis. A checked scenario has
//! an answer to each; before the checks, what is missing is 0 or not a number.

use super::variables::{baseline_name, linked_covariate, shared_with};
use super::{
    AnalysisSpec, Better, Factor, Field, Law, Outcome, Rating, Scenario, ShareByArm, StandardDeviation,
};
use crate::analysis::registry::{self, Settings};
use crate::estimand::{ARMS, arm_ids, long_arm_ids};
use indexmap::IndexMap;

pub use super::effects::{
    EffectNames, Effects, arm_means, believers, effect_names, effect_parts, effects, mean_benefits, mediated,
    parts_of_effect, perception, truths,
};
pub use super::latent::score_correlation;
pub use super::latent_parts::{LatentPart, PartOf, is_part, latent_parts};
pub use super::measurement::{column_of, instrument_of, reliability, true_correlation};
pub use super::primary::{fitting, hypotheses, resolve_primary, unknown_selector};
pub use super::sizes::{
    apportion, arm_sizes, has_random_sizes, is_observational, lacks_values, ratio, sizes_vary,
};
pub use super::variables::DISPOSITION;
pub use super::visits::visits_before;

/// The word by which an analysis adjusts for the baseline of its own outcome.
pub const BASELINE: &str = "baseline";

/// The column that holds the number of each patient's therapist.
pub const THERAPIST: &str = "therapist";

/// The column that holds each patient's block of the randomisation.
pub const BLOCK: &str = "block";

/// The name of what both factors do together beyond the sum of their simple effects.
pub const SYNERGY: &str = "synergy";

/// The arm that an id names: `SL`, `AL`, `SE`, `AE` for the standard factors,
/// `level1_level2` for any.
#[must_use]
pub fn arm_index(factors: &[Factor], id: &str) -> Option<usize> {
    let position = |ids: [String; ARMS]| ids.iter().position(|arm| arm == id);
    position(arm_ids(factors)).or_else(|| position(long_arm_ids(factors)))
}

/// With partial nesting, the number of the context's level whose patients have therapists, while the others stand alone.
#[must_use]
pub fn only_with(scenario: &Scenario) -> Option<usize> {
    let level = scenario.design.therapists.as_ref()?.only_with.as_ref()?;
    scenario.factors.first()?.levels.iter().position(|known| known == level)
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

/// The levels of a categorical covariate with the share of patients at each; none for anything else.
#[must_use]
pub fn levels<'s>(scenario: &'s Scenario, name: &str) -> Option<&'s IndexMap<String, f64>> {
    let covariate = scenario.cohort.covariates.iter().find(|covariate| covariate.id == name)?;
    covariate.levels.as_ref().filter(|_| covariate.law == Law::Categorical)
}

/// A share of patients in each arm, in arm order.
#[must_use]
pub fn by_arm(scenario: &Scenario, share: &ShareByArm) -> [f64; ARMS] {
    match share {
        ShareByArm::All(share) => [*share; ARMS],
        ShareByArm::PerArm(shares) => {
            per_arm(&scenario.factors, shares).map(|share| share.unwrap_or(f64::NAN))
        }
    }
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
/// as stated, else `baseline` where a method for trials adjusts and it is not the moderator.
#[must_use]
pub fn covariates(analysis: &AnalysisSpec) -> Vec<String> {
    match &analysis.covariates {
        Some(stated) => stated.clone(),
        None if adjusts_by_default(analysis) => vec![BASELINE.to_owned()],
        None => Vec::new(),
    }
}

/// Whether the analysis adjusts for the baseline if nothing is said: in a trial, by methods that
/// adjust, unless the baseline is the moderator.
pub(super) fn adjusts_by_default(analysis: &AnalysisSpec) -> bool {
    let moderated = analysis.moderator.as_deref() == Some(BASELINE);
    registry::find(&analysis.method).is_some_and(|entry| {
        entry.takes(Field::Covariates) && entry.design == registry::Design::Trial && !moderated
    })
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

/// The column of the covariate that effects may depend on, for an analysis of that.
#[must_use]
pub fn moderator_column(scenario: &Scenario, analysis: &AnalysisSpec) -> Option<String> {
    let stated = analysis.moderator.as_ref()?;
    match stated.as_str() {
        BASELINE => baseline_column(scenario, &analysis.outcome),
        _ => Some(stated.clone()),
    }
}

/// What an analysis says beside its variables, defaults filled in.
#[must_use]
pub fn settings(scenario: &Scenario, analysis: &AnalysisSpec) -> Settings {
    let sign = scenario.response.outcomes.get(&analysis.outcome).map_or(1.0, Outcome::sign_of_benefit);
    Settings::new(analysis, sign, scenario.alpha, scenario.confidence_level(), registry::IN_THE_LOOP)
}

/// The outcomes at earlier visits that an analysis of visits looks at: as stated, else all of its outcome.
#[must_use]
pub fn earlier_visits(scenario: &Scenario, analysis: &AnalysisSpec) -> Vec<String> {
    if !registry::find(&analysis.method).is_some_and(|entry| entry.takes(Field::Visits)) {
        return Vec::new();
    }
    analysis.visits.clone().unwrap_or_else(|| visits_before(scenario, &analysis.outcome))
}

/// The rating, where an analysis takes it for the mediator.
#[must_use]
pub fn rating_as_mediator(scenario: &Scenario) -> Option<&Rating> {
    let rating = scenario.response.delivery.as_ref()?.rating.as_ref()?;
    let is_used = |analysis: &AnalysisSpec| analysis.mediator.as_ref() == Some(&rating.id);
    scenario.analyses.iter().any(is_used).then_some(rating)
}

/// +1 if a positive difference is a benefit in an analysis, −1 if a negative one is; none if the
/// scenario does not say what is better.
#[must_use]
pub fn benefit_sign(scenario: &Scenario, analysis: &AnalysisSpec) -> Option<i8> {
    let better = scenario.response.outcomes.get(&analysis.outcome).and_then(|outcome| outcome.better);
    match &analysis.responder {
        Some(responder) => responder.benefit_sign(better),
        None => better.map(Better::sign),
    }
}

/// How many columns code a covariate in an analysis: one, or one for each level after the first.
#[must_use]
pub fn coded_columns(scenario: &Scenario, column: &str) -> usize {
    levels(scenario, column).map_or(1, |levels| levels.len().saturating_sub(1).max(1))
}

/// The rating that is the exposure of a study without assignment.
#[must_use]
pub fn exposure(scenario: &Scenario) -> Option<&Rating> {
    let delivery = scenario.response.delivery.as_ref().filter(|_| is_observational(scenario));
    delivery.and_then(|delivery| delivery.rating.as_ref())
}

/// The column that holds the outcome's baseline: the covariate it is linked to, or
/// `OUTCOME_baseline`.
#[must_use]
pub fn baseline_column(scenario: &Scenario, outcome: &str) -> Option<String> {
    let stated = scenario.response.outcomes.get(outcome)?;
    stated.baseline.as_ref()?;
    if let Some(other) = shared_with(stated) {
        return baseline_column(scenario, other);
    }
    Some(linked_covariate(stated).map_or_else(|| baseline_name(outcome), str::to_owned))
}

/// The first outcome whose baseline a column holds.
#[must_use]
pub fn outcome_of_baseline<'s>(scenario: &'s Scenario, column: &str) -> Option<(&'s String, &'s Outcome)> {
    let own = |outcome: &str| baseline_column(scenario, outcome).as_deref() == Some(column);
    scenario.response.outcomes.iter().find(|(outcome, stated)| stated.visit.is_none() && own(outcome))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library::embedded;

    #[test]
    fn a_residual_sd_widens_by_the_baseline() {
        let scenario = embedded("fuentes-2014");
        let mut pain = scenario.response.outcomes["pain"].clone();
        assert_eq!(arm_sds(&scenario, &pain), [20.0; 4]);
        (pain.sd, pain.residual_sd) = (None, Some(8.3));
        assert!((arm_sds(&scenario, &pain)[0] - 20.0).abs() < 0.01);
    }

    #[test]
    fn arms_have_a_short_and_a_long_name() {
        let scenario = embedded("fuentes-2014");
        assert_eq!(arm_sizes(&scenario), [29, 30, 29, 29]);
        assert_eq!(arm_index(&scenario.factors, "SE"), Some(2));
        assert_eq!(arm_index(&scenario.factors, "enhanced_sham"), Some(2));
        assert_eq!(arm_index(&scenario.factors, "se"), None);
    }
}
