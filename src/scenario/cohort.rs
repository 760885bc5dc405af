//! Who the patients are before treatment.

use super::outcome::Share;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The patients' covariates, how these hang together, and who of those screened is enrolled.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// Covariates measured before assignment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub covariates: Vec<Covariate>,
    /// Correlations among covariates and baselines; a pair that is not named is uncorrelated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20_000))]
    pub correlation: Vec<Correlation>,
    /// On which scale all correlations of the scenario are stated. It makes no difference
    /// between two normal variables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub correlation_scale: CorrelationScale,
    /// Whose means, standard deviations and correlations are stated, those of outcomes included;
    /// it makes a difference only with `eligibility`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of: Population,
    /// Who of the patients screened is enrolled, by what is measured at screening; every rule
    /// must be met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub eligibility: Vec<Eligibility>,
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
    /// Its distribution.
    #[serde(default, skip_serializing_if = "is_default")]
    pub law: Law,
    /// Its mean, whatever the law: of the variable itself, within its limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Its standard deviation, whatever the law: of the variable itself, within its limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sd: Option<f64>,
    /// The least value that it can have: for `truncated_normal` and `beta`; for `log_normal`
    /// and `gamma` where they start, 0 if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest value that it can have: for `truncated_normal` and `beta`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// For `categorical`: the levels in order and the share of patients with each; the
    /// shares sum to 1. In correlations the levels count as 0, 1, 2, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Share>>")]
    pub levels: Option<IndexMap<String, f64>>,
    /// For `empirical` and `pilot`: the values of which one is drawn for each patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 1_000_000))]
    pub values: Option<Vec<f64>>,
    /// Instead of `values`: a CSV file with a row for each patient, its path
    /// relative to the scenario's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// With `file`: the column; the covariate's id if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// The distribution of a covariate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// Normal.
    #[default]
    Normal,
    /// Normal, cut off below `min` and above `max`.
    TruncatedNormal,
    /// Its logarithm (of what lies above `min`) is normal: skewed to the right.
    LogNormal,
    /// Between `min` and `max`, skewed to either side.
    Beta,
    /// Above `min`, skewed to the right, less so than the log-normal.
    Gamma,
    /// One of several levels.
    Categorical,
    /// One of the values that were measured in other patients.
    Empirical,
    /// As in one of the patients of a pilot: all covariates of this law take their values from the
    /// same row, and so hang together as they did there.
    Pilot,
}

impl Law {
    /// Its name in scenarios.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Law::Normal => "normal",
            Law::TruncatedNormal => "truncated_normal",
            Law::LogNormal => "log_normal",
            Law::Beta => "beta",
            Law::Gamma => "gamma",
            Law::Categorical => "categorical",
            Law::Empirical => "empirical",
            Law::Pilot => "pilot",
        }
    }
}

/// On which scale correlations are stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorrelationScale {
    /// Pearson's correlation of the variables themselves.
    #[default]
    Pearson,
    /// Spearman's rank correlation.
    Spearman,
    /// Correlation of the normal scores from which the variables are made.
    Latent,
}

/// Whom stated numbers describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// The patients in the trial, as published baseline tables do.
    #[default]
    Enrolled,
    /// All who were screened, before `eligibility`.
    Screened,
}

/// One rule of eligibility.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// The variable as measured at screening: a covariate's id, or `NAME_baseline`.
    pub variable: String,
    /// Enrolled are patients with at least this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Enrolled are patients with at most this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// For a categorical covariate: the levels that are enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub any_of: Option<Vec<String>>,
}

/// The correlation of two variables within an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// The two variables: a covariate's id, an outcome's name, or
    /// `NAME_baseline` for the baseline of outcome NAME.
    #[schemars(length(min = 2, max = 2))]
    pub between: Vec<String>,
    /// The correlation, on the cohort's `correlation_scale` (Pearson's if not stated).
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub value: f64,
}

/// Whether a value is its type's default, and so not written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
