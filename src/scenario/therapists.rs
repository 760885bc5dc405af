//! Who treats the patients, and what of the outcomes is the therapist's.

use super::cohort::is_default;
use super::outcome::NotNegative;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The therapists, and what belongs to each of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Therapists {
    /// How many.
    #[schemars(range(min = 2, max = 100_000))]
    pub n: u64,
    /// How therapists and arms go together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub layout: TherapistLayout,
    /// For `crossed` with the method `fixed`: whether each therapist treats the arms in the
    /// trial's proportions. If not, chance decides which arms a therapist's patients are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stratified: Option<bool>,
    /// Instead of sizes of the arms: patients of each therapist, divided over the arms by `ratio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub caseload: Option<u64>,
    /// Coefficient of variation of the caseloads. Default 0: as equal as possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 3.0))]
    pub caseload_cv: Option<f64>,
    /// Partial nesting: only patients with this level of the context have a therapist; the
    /// others stand alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_with: Option<String>,
    /// Share of the outcomes' within-arm variance that lies between therapists who do the same
    /// (the intraclass correlation): one number, or one by outcome. A part of the SD, not an
    /// addition to it; whatever the effects are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icc: Option<ByOutcome>,
    /// SD between therapists of the context's effect, as a benefit: how differently the same
    /// style works in their hands. One number, or one by outcome. It widens the arms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_effect_sd: Option<ByOutcome>,
}

/// How therapists and arms go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TherapistLayout {
    /// Each therapist treats patients of all four arms.
    #[default]
    Crossed,
    /// Each therapist is trained in one level of the context and treats both levels of the
    /// treatment: a split-plot trial.
    Nested,
    /// Each therapist treats patients of one arm only.
    NestedInArms,
}

/// A number for all outcomes, or one by outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ByOutcome {
    /// The same for every outcome.
    All(#[schemars(range(min = 0.0))] f64),
    /// By outcome; nothing is stated for those that are not named.
    Each(#[schemars(with = "std::collections::BTreeMap<String, NotNegative>")] IndexMap<String, f64>),
}

impl ByOutcome {
    /// The number for one outcome, if one is stated.
    #[must_use]
    pub fn of(&self, outcome: &str) -> Option<f64> {
        match self {
            ByOutcome::All(value) => Some(*value),
            ByOutcome::Each(values) => values.get(outcome).copied(),
        }
    }
}
