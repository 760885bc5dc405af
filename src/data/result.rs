//! What is found in one trial, as data: the format `trialliance.analysis/1`.

use crate::scenario::Procedure;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format's name and version.
pub const ANALYSIS_SCHEMA: &str = "trialliance.analysis/1";

/// The analyses of one trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialAnalysis {
    /// `trialliance.analysis/1`.
    pub schema: String,
    /// `analyze`.
    pub command: String,
    /// The program's version.
    pub version: String,
    /// Who is in the data.
    pub data: DataDescription,
    /// What the columns mean.
    pub roles: Vec<Role>,
    /// Two-sided level of the tests.
    pub alpha: f64,
    /// How hypotheses are judged together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub multiplicity: Option<Procedure>,
    /// Level of the confidence intervals.
    pub confidence_level: f64,
    /// The analyses, by id.
    pub analyses: IndexMap<String, FittedAnalysis>,
    /// What each estimand is.
    pub estimands: IndexMap<String, String>,
    /// One row for each analysis and estimand.
    pub results: Vec<AnalyzedRow>,
    /// Tables of variance, for `anova` and `ancova`.
    pub anova: Vec<AnovaRow>,
    /// Variances of mixed models, by analysis.
    pub variance_components: IndexMap<String, VarianceComponents>,
    /// What could be checked of the assumptions.
    pub checks: Vec<Check>,
    /// What a careful reader should be told.
    pub warnings: Vec<String>,
}

/// Who is in the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataDescription {
    /// The file.
    pub source: String,
    /// Patients.
    pub n: u64,
    /// Patients in each arm.
    pub n_per_arm: IndexMap<String, u64>,
    /// Missing values by column.
    pub missing: IndexMap<String, u64>,
    /// Therapists, if there are any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub therapists: Option<u64>,
}

/// What a column means, and how that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// The role.
    pub role: String,
    /// The column.
    pub column: String,
    /// How it came to it.
    pub how: String,
}

/// One analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FittedAnalysis {
    /// The method's name in the registry.
    pub method: String,
    /// The outcome's column.
    pub outcome: String,
    /// What it does, in words.
    pub description: String,
    /// Covariates adjusted for.
    pub covariates: Vec<String>,
    /// The covariate that effects may depend on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moderator: Option<String>,
    /// Through what the context acts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mediator: Option<String>,
    /// Patients in whom all that it needs is there, by arm.
    pub n_analyzed: IndexMap<String, u64>,
}

/// What one analysis says of one estimand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnalyzedRow {
    /// The analysis.
    pub analysis: String,
    /// The outcome.
    pub outcome: String,
    /// The estimand.
    pub estimand: String,
    /// The estimate, a raw difference on the outcome's own scale.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom of the t statistic; null where it is normal.
    pub df: Option<f64>,
    /// Two-sided p value.
    pub p: f64,
    /// The p value adjusted for the hypotheses judged together; null for the others.
    pub p_adjusted: Option<f64>,
    /// Lower and upper limit of the confidence interval.
    pub ci: [f64; 2],
    /// Estimate ÷ within-arm SD with Hedges' correction; null where it means nothing.
    pub hedges_g: Option<f64>,
    /// +1 if a positive difference is a benefit, −1 if a negative one is, null if not stated.
    pub benefit_sign: Option<i8>,
}

/// A line of a table of variance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnovaRow {
    /// The analysis.
    pub analysis: String,
    /// The term, or `residuals`.
    pub term: String,
    /// The type of the sum of squares: 1, 2 or 3.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Degrees of freedom.
    pub df: f64,
    /// Sum of squares.
    pub sum_of_squares: f64,
    /// F statistic.
    pub f: Option<f64>,
    /// p value.
    pub p: Option<f64>,
    /// Partial η².
    pub partial_eta_squared: Option<f64>,
    /// Partial ω².
    pub partial_omega_squared: Option<f64>,
}

/// The variances of a mixed model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VarianceComponents {
    /// Between therapists.
    pub therapist: f64,
    /// Within therapists.
    pub residual: f64,
    /// Share that lies between therapists.
    pub icc: f64,
}

/// Something that was checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What about.
    pub code: String,
    /// The numbers, by name.
    pub values: IndexMap<String, f64>,
    /// The sentence for people.
    pub message: String,
}
