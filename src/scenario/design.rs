//! How many patients, and how they come into the four arms.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sizes of the arms and the method of assignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// Patients in each of the four arms. Arms are named `SL`, `AL`, `SE`, `AE`
    /// (sham or active × limited or enhanced) for the standard factors, or
    /// `level1_level2` (as in `limited_sham`) for any factors.
    #[schemars(with = "std::collections::BTreeMap<String, ArmSize>")]
    pub n_per_arm: IndexMap<String, u64>,
    /// How patients are assigned to the arms.
    #[serde(default)]
    pub assignment: Assignment,
}

/// The number of patients in one arm.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
struct ArmSize(#[schemars(range(min = 2, max = 1_000_000))] u64);

/// The method of assignment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Which method.
    #[serde(default)]
    pub method: AssignmentMethod,
}

/// Methods of assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentMethod {
    /// Exactly `n_per_arm` patients in each arm, in random order.
    #[default]
    Fixed,
}
