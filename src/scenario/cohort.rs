//! Who the patients are before treatment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The patients' covariates and how these hang together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// Numeric covariates measured before assignment, normally distributed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub covariates: Vec<Covariate>,
    /// Correlations among covariates and baselines; a pair that is not named is uncorrelated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20_000))]
    pub correlation: Vec<Correlation>,
}

/// One covariate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Covariate {
    /// Its name: a column of the data, and a word for `covariates` of an analysis.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub id: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Mean in the enrolled population.
    pub mean: f64,
    /// Standard deviation in the enrolled population.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sd: f64,
}

/// The correlation of two variables within an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// The two variables: a covariate's id, an outcome's name, or
    /// `NAME_baseline` for the baseline of outcome NAME.
    #[schemars(length(min = 2, max = 2))]
    pub between: Vec<String>,
    /// Pearson's correlation.
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub value: f64,
}

/// Whether a value is its type's default, and so not written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
