//! How uncertain the numbers of a scenario are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The law of a number that is not certain. Values that its field does not allow are left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UncertainNumber {
    /// Which law.
    pub law: UncertaintyLaw,
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation; for `t` the scale, by which Student's t is multiplied.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sd: f64,
    /// For `t`: the degrees of freedom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 1_000_000.0))]
    pub df: Option<f64>,
}

/// The laws of uncertain numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UncertaintyLaw {
    /// Normal.
    Normal,
    /// Mean and scale with Student's t: of a mean whose SD was estimated, too.
    T,
}

impl UncertainNumber {
    /// The law in words, as in `normal, mean 42.1, SD 1.9`.
    #[must_use]
    pub fn words(&self) -> String {
        let UncertainNumber { law, mean, sd, df } = self;
        match (law, df) {
            (UncertaintyLaw::T, Some(df)) => {
                format!("Student's t with {df} degrees of freedom, mean {mean}, scale {sd}")
            }
            _ => format!("normal, mean {mean}, SD {sd}"),
        }
    }
}
