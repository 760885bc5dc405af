//! Which scenarios the engine of sufficient statistics can do exactly.
//!
//! One line per condition: what must hold, and what to say when it
//! does not. The engine is used only where it draws from the same distribution
//! as the engine of patients.

use crate::estimand::ARMS;
use crate::observation::Scale;
use crate::scenario::{AssignmentMethod, Delivery, Outcome, Scenario, Strategy, resolve};

/// One condition for drawing sufficient statistics.
struct Condition {
    holds: fn(&Scenario) -> bool,
    otherwise: &'static str,
}

const CONDITIONS: &[Condition] = &[
    Condition {
        holds: |scenario| scenario.design.assignment.method == AssignmentMethod::Fixed,
        otherwise: "arm sizes are not fixed (/design/assignment/method)",
    },
    Condition {
        holds: |scenario| {
            let patients: u64 = resolve::arm_sizes(scenario).iter().sum();
            let (names, _) = resolve::within_arm_correlation(scenario);
            patients as usize >= ARMS + names.len()
        },
        otherwise: "there are fewer residual degrees of freedom than variables (/design/n_per_arm)",
    },
    Condition {
        holds: |scenario| !scenario.response.delivery.is_some_and(|delivery| varies(&delivery)),
        otherwise: "what patients perceive of the context varies (/response/delivery)",
    },
    Condition {
        holds: |scenario| outcomes(scenario).all(|outcome| !differs_between_patients(outcome)),
        otherwise: "effects differ between patients (/response/outcomes/*/effect_sd, moderators)",
    },
    Condition {
        holds: |scenario| {
            outcomes(scenario).all(|outcome| outcome.belief_effect.is_none_or(|effect| effect == 0.0))
        },
        otherwise: "what patients believe to receive acts on an outcome (/response/outcomes/*/belief_effect)",
    },
    Condition {
        holds: |scenario| {
            scenario
                .observation
                .instruments
                .values()
                .all(|instrument| Scale::new(Some(instrument)).is_exact())
        },
        otherwise: "an instrument rounds or has limits (/observation/instruments)",
    },
    Condition {
        holds: |scenario| scenario.observation.events.is_empty(),
        otherwise: "something happens to patients after assignment (/observation/events)",
    },
    Condition {
        holds: |scenario| scenario.observation.missing.is_empty(),
        otherwise: "outcomes are missing (/observation/missing)",
    },
];

/// How the obstacle of too few patients ends.
const FEW_PATIENTS: &str = "(/design/n_per_arm)";

/// Everything that prevents the engine of sufficient statistics.
pub(super) fn obstacles(scenario: &Scenario) -> Vec<&'static str> {
    CONDITIONS
        .iter()
        .filter(|condition| !(condition.holds)(scenario))
        .map(|condition| condition.otherwise)
        .collect()
}

/// What keeps the power of an analysis from having a formula: all of the above except too few
/// patients.
pub(super) fn formula_obstacles(scenario: &Scenario) -> Vec<&'static str> {
    obstacles(scenario).into_iter().filter(|obstacle| !obstacle.ends_with(FEW_PATIENTS)).collect()
}

/// Whether patients are nothing but normal variables in arms of fixed sizes, measured without
/// error: then the short way through the patients' engine gives the same values.
pub(super) fn is_plain(scenario: &Scenario) -> bool {
    formula_obstacles(scenario).is_empty() && scenario.observation.instruments.is_empty()
}

/// Whether the number of patients that an analysis can use differs between trials.
pub(super) fn sizes_vary(scenario: &Scenario) -> bool {
    let observation = &scenario.observation;
    !observation.missing.is_empty()
        || observation.events.iter().any(|event| event.strategy == Strategy::Hypothetical)
}

fn outcomes(scenario: &Scenario) -> impl Iterator<Item = &Outcome> {
    scenario.response.outcomes.values()
}

fn varies(delivery: &Delivery) -> bool {
    delivery.disposition_sd > 0.0 || delivery.residual_sd > 0.0
}

fn differs_between_patients(outcome: &Outcome) -> bool {
    let slopes =
        outcome.moderators.iter().flat_map(|effects| effects.values()).flat_map(|slopes| slopes.values());
    outcome.effect_sd.iter().flat_map(|sds| sds.values()).any(|&sd| sd > 0.0)
        || slopes.into_iter().any(|&slope| slope != 0.0)
}
