//! What would happen to the patients in each arm.

use super::Correlation;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outcomes and how they hang together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Outcomes by name, in the order in which they are reported.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 100))]
    pub outcomes: IndexMap<String, Outcome>,
    /// Within-arm correlations of outcomes with other outcomes, with other outcomes'
    /// baselines and with covariates; a pair that is not named is uncorrelated.
    /// An outcome's correlation with its own baseline stands in `baseline`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20_000))]
    pub correlation: Vec<Correlation>,
}

/// One outcome: its four means and its spread.
///
/// The means are given either as `arm_means`, or as `control_mean` and `effects`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its unit, as in `mm` or `kg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Which direction is good for the patient. Needed for `effects`; without it the
    /// direction of benefit is reported as not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
    /// Means of the four arms on the outcome's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, f64>>")]
    pub arm_means: Option<IndexMap<String, f64>>,
    /// Mean of the arm with both reference levels (limited + sham) on the outcome's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_mean: Option<f64>,
    /// Effects as benefits (positive helps). Either the two main effects, each averaged
    /// over the other factor, and the interaction (difference of differences):
    /// `{alliance, ifc, interaction}`; or the simple effects at the reference level and
    /// what comes on top: `{alliance_at_sham, ifc_at_limited, synergy}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, f64>>")]
    pub effects: Option<IndexMap<String, f64>>,
    /// Standard deviation of the outcome within an arm: one number, or one for each arm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<StandardDeviation>,
    /// Instead of `sd`: the standard deviation given the outcome's own baseline,
    /// which is sd·√(1 − correlation²).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub residual_sd: Option<f64>,
    /// The same measurement before treatment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
}

/// Which direction is good for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// A lower value is better, as for pain.
    Lower,
    /// A higher value is better, as for a pressure pain threshold.
    Higher,
}

impl Better {
    /// +1 if a positive difference is a benefit, −1 if a negative one is.
    #[must_use]
    pub fn sign(self) -> i8 {
        match self {
            Better::Lower => -1,
            Better::Higher => 1,
        }
    }
}

/// Standard deviation within an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum StandardDeviation {
    /// The same in every arm.
    Common(#[schemars(extend("exclusiveMinimum" = 0.0))] f64),
    /// One for each arm.
    PerArm(#[schemars(with = "std::collections::BTreeMap<String, PositiveNumber>")] IndexMap<String, f64>),
}

/// A number above zero.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
struct PositiveNumber(#[schemars(extend("exclusiveMinimum" = 0.0))] f64);

/// The outcome's own measurement before treatment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Mean in the enrolled population; together with `sd`, unless `covariate` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Standard deviation in the enrolled population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sd: Option<f64>,
    /// Instead of `mean` and `sd`: the id of the cohort's covariate that is this baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariate: Option<String>,
    /// Correlation of baseline and outcome within an arm.
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub correlation: f64,
}
