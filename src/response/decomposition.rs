//! Where the change in each arm comes from.
//!
//! In come a scenario and the name of one of its outcomes; out comes, for each arm, the mean
//! benefit since baseline as a sum of parts, before anything is measured:
//!
//! change = course + context·w(a) + treatment·c + synergy·w(a)c + belief
//!
//! (see [`Effects`](super::Effects)). The course is what the control arm changes
//! without any of the others: natural course and response to being treated
//! together. The order is fixed, so the parts are what they are whatever else is
//! asked, and they add up to the total.

use crate::estimand::ARMS;
use crate::scenario::{Better, Scenario, resolve};

/// The parts of the change in one arm, as benefits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// Natural course and response to being treated.
    pub course: f64,
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
    /// All parts together.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.course + self.context + self.treatment + self.synergy + self.belief
    }
}

/// The parts of the change in each arm; none without a baseline to change from, or without a
/// direction that is better.
#[must_use]
pub fn decompose(scenario: &Scenario, name: &str) -> Option<[Parts; ARMS]> {
    let outcome = scenario.response.outcomes.get(name)?;
    let column = resolve::baseline_column(scenario, name)?;
    let sign = f64::from(outcome.better.map(Better::sign)?);
    let before = crate::cohort::moments(scenario, &column).mean[0];
    let control = sign * (resolve::arm_means(scenario, outcome)[0] - before);
    let benefits = resolve::mean_benefits(scenario, outcome);
    // With contamination the context acts in the control arm too.
    let course = control - benefits[0][0];
    Some(benefits.map(|[context, treatment, synergy, belief]| Parts {
        course,
        context,
        treatment,
        synergy,
        belief,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read};

    #[test]
    fn the_parts_add_up_to_the_change_in_every_arm_of_every_scenario() {
        let mut decomposed = 0;
        for embedded in library::all() {
            let scenario = read(embedded.text, embedded.name, &[]).expect("valid");
            for (name, outcome) in &scenario.response.outcomes {
                let Some(parts) = decompose(&scenario, name) else { continue };
                decomposed += 1;
                let column = resolve::baseline_column(&scenario, name).expect("a baseline");
                let before = crate::cohort::moments(&scenario, &column).mean[0];
                let sign = f64::from(outcome.better.expect("a direction").sign());
                for (parts, mean) in parts.iter().zip(resolve::arm_means(&scenario, outcome)) {
                    assert!((parts.total() - sign * (mean - before)).abs() < 1e-12, "{name} {parts:?}");
                }
            }
        }
        assert!(decomposed >= 9, "{decomposed}");
    }

    #[test]
    fn the_printed_reductions_of_fuentes_come_apart_as_published() {
        let scenario = read(library::find("fuentes-2014").expect("embedded").text, "t", &[]).expect("valid");
        let parts = decompose(&scenario, "pain").expect("a baseline");
        for (parts, reduction) in parts.iter().zip([10.3, 18.3, 22.2, 31.4]) {
            assert!((parts.total() - reduction).abs() < 1e-12);
            assert!((parts.course - 10.3).abs() < 1e-12);
        }
        assert!((parts[3].context - 11.9).abs() < 1e-12 && (parts[3].treatment - 8.0).abs() < 1e-12);
        assert!((parts[3].synergy - 1.2).abs() < 1e-12 && parts[3].belief == 0.0);
    }
}
