//! Where the change in each arm comes from.
//!
//! In come a scenario, its cohort and the name of one of its outcomes; out comes,
//! for each arm, the mean benefit since baseline as a sum of parts, before
//! anything is rounded or missing:
//!
//! change = natural course + regression to the mean + being treated + context·w(a) + treatment·c
//! + synergy·w(a)c + belief
//!
//! (see [`Effects`](super::Effects)). Regression to the mean is what selection by
//! the rules of eligibility gives back: how much less far the enrolled lie from
//! the screened on the outcome than on its baseline (Davis 1976, Am. J. Epidemiol.
//! 104:493). The natural course is as stated, and being treated is what the
//! control arm's change leaves over. The order is fixed, so the parts are what
//! they are whatever else is asked, and they add up to the total.

use crate::cohort::{CohortModel, Moments};
use crate::estimand::ARMS;
use crate::scenario::{Better, Scenario, resolve};

/// How many parts there are.
pub const PARTS: usize = 7;

/// The parts of the change in one arm, as benefits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// What would have happened anyway; with `being_treated` in it where the scenario does not
    /// tell the two apart.
    pub natural_course: f64,
    /// What selection by a high or low baseline gives back.
    pub regression_to_the_mean: f64,
    /// Response to being treated at all.
    pub being_treated: f64,
    /// The context.
    pub context: f64,
    /// The treatment itself.
    pub treatment: f64,
    /// What context and treatment do together beyond their sum.
    pub synergy: f64,
    /// Believing to be treated, beyond what the control arm believes.
    pub belief: f64,
}

impl Parts {
    /// The parts in their order.
    #[must_use]
    pub fn list(&self) -> [f64; PARTS] {
        [
            self.natural_course,
            self.regression_to_the_mean,
            self.being_treated,
            self.context,
            self.treatment,
            self.synergy,
            self.belief,
        ]
    }

    /// All parts together.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.list().iter().sum()
    }
}

/// The parts of the change in each arm; none without a baseline to change from, or without a
/// direction that is better.
#[must_use]
pub fn decompose(scenario: &Scenario, cohort: &CohortModel, name: &str) -> Option<[Parts; ARMS]> {
    let outcome = scenario.response.outcomes.get(name)?;
    let sign = f64::from(outcome.better.map(Better::sign)?);
    let baseline = cohort.index(&resolve::baseline_column(scenario, name)?)?;
    let after = cohort.index(name)?;
    let change = |of: &[Moments], arm: usize| sign * (of[after].mean[arm] - of[baseline].mean[arm]);
    let regression_to_the_mean = |arm: usize| match &cohort.screening {
        None => 0.0,
        // Stated contrasts are those of the enrolled, so what selection does is told in the control arm.
        Some(_) if cohort.is_traced_back() => change(&cohort.enrolled, 0) - change(&cohort.moments, 0),
        Some(_) => change(&cohort.enrolled, arm) - change(&cohort.moments, arm),
    };
    let benefits = resolve::mean_benefits(scenario, outcome);
    // With contamination the context acts in the control arm too.
    let course = change(&cohort.enrolled, 0) - regression_to_the_mean(0) - benefits[0][0];
    let natural_course = outcome.natural_course.map_or(course, |course| course.mean);
    Some(std::array::from_fn(|arm| {
        let [context, treatment, synergy, belief] = benefits[arm];
        Parts {
            natural_course,
            regression_to_the_mean: regression_to_the_mean(arm),
            being_treated: course - natural_course,
            context,
            treatment,
            synergy,
            belief,
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read};

    fn embedded(name: &str) -> (Scenario, CohortModel) {
        let scenario = read(library::find(name).expect("embedded").text, name, &[]).expect("valid");
        let cohort = CohortModel::new(&scenario, 1).expect("a cohort");
        (scenario, cohort)
    }

    #[test]
    fn the_parts_add_up_to_the_change_in_every_arm_of_every_scenario() {
        let mut decomposed = 0;
        for found in library::all() {
            let (scenario, cohort) = embedded(found.name);
            for (name, outcome) in &scenario.response.outcomes {
                let Some(parts) = decompose(&scenario, &cohort, name) else { continue };
                decomposed += 1;
                let column = resolve::baseline_column(&scenario, name).expect("a baseline");
                let before = cohort.enrolled[cohort.index(&column).expect("a variable")].mean[0];
                let after = cohort.enrolled[cohort.index(name).expect("a variable")].mean;
                let sign = f64::from(outcome.better.expect("a direction").sign());
                for (parts, mean) in parts.iter().zip(after) {
                    assert!((parts.total() - sign * (mean - before)).abs() < 1e-12, "{name} {parts:?}");
                }
            }
        }
        assert!(decomposed >= 9, "{decomposed}");
    }

    #[test]
    fn the_printed_reductions_of_fuentes_come_apart_as_published() {
        let (scenario, cohort) = embedded("fuentes-2014");
        let parts = decompose(&scenario, &cohort, "pain").expect("a baseline");
        for (parts, reduction) in parts.iter().zip([10.3, 18.3, 22.2, 31.4]) {
            assert!((parts.total() - reduction).abs() < 1e-12);
            assert!((parts.natural_course - 10.3).abs() < 1e-12 && parts.being_treated == 0.0);
        }
        assert!((parts[3].context - 11.9).abs() < 1e-12 && (parts[3].treatment - 8.0).abs() < 1e-12);
        assert!((parts[3].synergy - 1.2).abs() < 1e-12 && parts[3].belief == 0.0);
    }
}
