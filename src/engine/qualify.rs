//! Which scenarios the engine of sufficient statistics can do exactly.
//!
//! One list, one line per condition: what must hold, and what to say when it
//! does not. The engine is used only where it draws from the same distribution
//! as the engine of patients.

use super::plan::Plan;
use crate::estimand::ARMS;
use crate::scenario::{AssignmentMethod, Scenario};

/// One condition for drawing sufficient statistics.
struct Condition {
    holds: fn(&Scenario, &Plan) -> bool,
    otherwise: &'static str,
}

const CONDITIONS: &[Condition] = &[
    Condition {
        holds: |scenario, _| scenario.design.assignment.method == AssignmentMethod::Fixed,
        otherwise: "arm sizes are not fixed (/design/assignment/method)",
    },
    Condition {
        holds: |_, plan| plan.layout.patients() >= ARMS + plan.variables.len(),
        otherwise: "there are fewer residual degrees of freedom than variables (/design/n_per_arm)",
    },
];

/// Everything that prevents the engine of sufficient statistics.
pub(super) fn obstacles(scenario: &Scenario, plan: &Plan) -> Vec<&'static str> {
    CONDITIONS
        .iter()
        .filter(|condition| !(condition.holds)(scenario, plan))
        .map(|condition| condition.otherwise)
        .collect()
}
