//! Standard errors as priors.

use super::estimate::Estimate;
use crate::scenario::Scenario;
use serde_json::Value;

/// Gives the scenario a law for each estimate that has a standard error, about the number that it
/// states.
pub(super) fn add(scenario: &mut Scenario, estimates: &[Estimate]) {
    let Ok(value) = serde_json::to_value(&*scenario) else { return };
    for estimate in estimates {
        let stated = value.pointer(&estimate.pointer).and_then(Value::as_f64);
        if let Some(law) = stated.and_then(|stated| estimate.law(stated)) {
            scenario.uncertainty.insert(estimate.pointer.clone(), law);
        }
    }
}
