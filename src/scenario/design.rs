//! How many patients, and how they come into the four arms.

use super::cohort::is_default;
use super::therapists::Therapists;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sizes of the arms, the method of assignment, and who treats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// A trial, or patients in usual care to whom nothing is assigned.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: DesignKind,
    /// For the kind `observational`: patients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 8, max = 4_000_000))]
    pub n: Option<u64>,
    /// For the method `fixed`: patients in each of the four arms. Arms are named `SL`, `AL`,
    /// `SE`, `AE` (sham or active × limited or enhanced) for the standard factors, or
    /// `level1_level2` (as in `limited_sham`) for any factors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, ArmSize>>")]
    pub n_per_arm: Option<IndexMap<String, u64>>,
    /// For every other method: patients in all; the sizes of the arms are random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 8, max = 4_000_000))]
    pub n_total: Option<u64>,
    /// With `n_total`: whole numbers to which the arms' sizes are proportional; equal if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, RatioPart>>")]
    pub ratio: Option<IndexMap<String, u64>>,
    /// How patients are assigned to the arms.
    #[serde(default)]
    pub assignment: Assignment,
    /// Who treats the patients; without it each patient stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub therapists: Option<Therapists>,
}

/// The kind of study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DesignKind {
    /// Patients are assigned to the four arms.
    #[default]
    Trial,
    /// All patients have the first levels of both factors, as in usual care, and what they
    /// perceive of the context has causes of its own.
    Observational,
}

/// The number of patients in one arm.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
struct ArmSize(#[schemars(range(min = 2, max = 1_000_000))] u64);

/// A part of an allocation ratio.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
struct RatioPart(#[schemars(range(min = 1, max = 1000))] u64);

/// The method of assignment. Beside `method`, each field belongs to the methods it names.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Which method.
    #[serde(default)]
    pub method: AssignmentMethod,
    /// `blocks`: the sizes of which one is drawn for each block, each a multiple of the sum
    /// of the ratio. Default: once and twice that sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100), inner(range(min = 2, max = 10_000)))]
    pub block_sizes: Option<Vec<u64>>,
    /// `blocks`: categorical covariates, or `therapist`, within whose levels blocks are kept
    /// apart. `minimisation`: the factors to balance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub strata: Vec<String>,
    /// `minimisation`: probability of the arm that gives the least imbalance. Default: 0.8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 1.0))]
    pub best_probability: Option<f64>,
    /// `urn`: balls of each arm at the start. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub urn_start: Option<u64>,
    /// `urn`: balls of each other arm that are added after an assignment. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub urn_added: Option<u64>,
}

/// Methods of assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentMethod {
    /// Exactly `n_per_arm` patients in each arm, in random order.
    #[default]
    Fixed,
    /// Each patient by a draw of their own.
    Simple,
    /// Random permuted blocks, within strata if there are any.
    Blocks,
    /// Minimisation with a random element (Pocock and Simon).
    Minimisation,
    /// Wei's urn.
    Urn,
}

impl AssignmentMethod {
    /// Its name in scenarios.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AssignmentMethod::Fixed => "fixed",
            AssignmentMethod::Simple => "simple",
            AssignmentMethod::Blocks => "blocks",
            AssignmentMethod::Minimisation => "minimisation",
            AssignmentMethod::Urn => "urn",
        }
    }
}
