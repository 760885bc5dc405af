//! What a protocol says of the trial beside its numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Statements for the sample-size section of a protocol. Nothing here changes what is simulated; what is left out
/// appears there as not stated.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolStatements {
    /// Why the two are tried in one factorial trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factorial_rationale: Option<String>,
    /// Whether an interaction is expected, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_expected: Option<String>,
    /// What kind of difference is targeted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_difference_basis: Option<TargetDifferenceBasis>,
    /// Why this difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_difference_justification: Option<String>,
}

/// What kind of difference a trial is planned for (DELTA²).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetDifferenceBasis {
    /// One that matters to patients or others.
    Important,
    /// One that is to be expected from what is known.
    Realistic,
    /// One that matters and is to be expected.
    Both,
}

impl TargetDifferenceBasis {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            TargetDifferenceBasis::Important => "an important difference",
            TargetDifferenceBasis::Realistic => "a realistic difference",
            TargetDifferenceBasis::Both => "a difference both important and realistic",
        }
    }
}
