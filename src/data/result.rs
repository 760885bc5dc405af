//! What is found in one trial, as data: the format `trialliance.analysis/1`.

use crate::analysis::Fits;
use crate::estimand::NumberNeeded;
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
    /// The analyses that gave an answer, by id.
    pub analyses: IndexMap<String, FittedAnalysis>,
    /// Why others gave none, by id.
    #[serde(skip_serializing_if = "IndexMap::is_empty", default)]
    pub no_answer: IndexMap<String, String>,
    /// What each estimand is.
    pub estimands: IndexMap<String, String>,
    /// One row for each analysis and estimand.
    pub results: Vec<AnalyzedRow>,
    /// Tables of variance, for `anova` and `ancova`.
    pub anova: Vec<AnovaRow>,
    /// Rank-sum tests in full, for `wilcoxon`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rank_sums: Vec<RankSumRow>,
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
    /// What its tests claim, where that is not a difference from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claim: Option<String>,
    /// The level that a p value must not exceed for a claim.
    pub level: f64,
    /// Through what the context acts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mediator: Option<String>,
    /// What else was said of it, as in a scenario.
    #[serde(skip_serializing_if = "IndexMap::is_empty", default)]
    pub options: IndexMap<String, serde_json::Value>,
    /// Patients in whom all that it needs is there, by arm.
    pub n_analyzed: IndexMap<String, u64>,
    /// Whether its t statistics are jointly t distributed; no part of the format.
    #[serde(skip)]
    pub has_common_variance: bool,
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
    /// p value: two-sided, unless the analysis claims something else.
    pub p: f64,
    /// The p value adjusted for the hypotheses judged together; null for the others.
    pub p_adjusted: Option<f64>,
    /// Lower and upper limit of the confidence interval.
    pub ci: [f64; 2],
    /// Estimate ÷ within-arm SD with Hedges' correction; null where it means nothing.
    pub hedges_g: Option<f64>,
    /// Limits, at `confidence_level`, of the population's difference ÷ within-arm SD, by the noncentral t
    /// distribution. They are exact for normal outcomes with one variance, and so not multiplied by Hedges'
    /// correction, which takes the bias from the estimate. Null in analyses whose standard error is not from the
    /// within-arm SD of the outcome itself (covariates, change scores, own variances, therapists): there the
    /// ratio has no noncentral t distribution. Null too where |t| is above 10⁴.
    #[serde(default)]
    pub hedges_g_ci: Option<[f64; 2]>,
    /// For a Bayesian analysis: the probability that the benefit is above the margin (0 without one).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub probability_above: Option<f64>,
    /// For a Bayesian analysis with a margin: the probability that the effect lies within ± the margin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub probability_within: Option<f64>,
    /// +1 if a positive difference is a benefit, −1 if a negative one is, null if not stated.
    pub benefit_sign: Option<i8>,
    /// Where the estimate is the logarithm of a ratio: the ratio.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ratio: Option<Ratio>,
    /// Where the estimate is a difference of shares: the number needed to treat.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nnt: Option<NumberNeeded>,
}

/// A ratio with its confidence interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ratio {
    /// Of what: `odds ratio` or `risk ratio`.
    pub of: String,
    /// The ratio.
    pub value: f64,
    /// Lower and upper limit.
    pub ci: [f64; 2],
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
    /// Partial η²: SS/(SS + residual SS).
    pub partial_eta_squared: Option<f64>,
    /// Limits of the population's share λ/(λ + N) by the noncentral F distribution, with λ its noncentrality
    /// and N the patients analysed, at `confidence_level` (some give these limits at 1 − 2α; here the level is
    /// that of all other intervals). Partial η² and ω² estimate the same share, so both have the same limits,
    /// and a small partial η² can lie outside of them, as it is biased upwards. An upper limit of 0 says that F
    /// is unusually small, not that the share is known to be 0. Null where df·F is above 10⁸.
    #[serde(default)]
    pub partial_eta_squared_ci: Option<[f64; 2]>,
    /// Partial ω²: (SS − df·s²)/(SS + (N − df)s²).
    pub partial_omega_squared: Option<f64>,
    /// Its limits: see `partial_eta_squared_ci`.
    #[serde(default)]
    pub partial_omega_squared_ci: Option<[f64; 2]>,
}

/// A rank-sum test in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RankSumRow {
    /// The analysis.
    pub analysis: String,
    /// The estimand.
    pub estimand: String,
    /// Mann and Whitney's statistic: pairs in which the second level is higher, half of those tied.
    pub u: f64,
    /// Two-sided p value, normal without the correction for continuity.
    pub p_uncorrected: f64,
    /// Exact two-sided p value given the values and their ties; null with more than 150 patients.
    pub p_exact: Option<f64>,
    /// Hodges and Lehmann's shift: the median difference of all pairs; null with too many of them.
    pub hodges_lehmann: Option<f64>,
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
    /// Of the context's effect, between therapists; the variance between therapists is then that of
    /// their means over both levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slope: Option<f64>,
    /// Covariance of that effect with the therapist's mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariance: Option<f64>,
}

impl VarianceComponents {
    /// Those of one fit, if it has any.
    #[must_use]
    pub(super) fn of(fits: &Fits) -> Option<Self> {
        let [therapist, residual] = fits.components;
        let [slope, covariance] =
            fits.slope_components.map(|value| Some(value).filter(|value| !value.is_nan()));
        let icc = therapist / (therapist + residual);
        (!icc.is_nan()).then_some(VarianceComponents { therapist, residual, icc, slope, covariance })
    }
}

/// Something that was checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What about: `equal_variances`, `normal_residuals`, `largest_residual`, `leverage`, `cooks_distance` or
    /// `caseloads`.
    pub code: String,
    /// The analysis whose assumption it is; absent for what concerns all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub analysis: Option<String>,
    /// The numbers, by name. `row` is a row of the file, the header being row 1.
    pub values: IndexMap<String, f64>,
    /// The sentence for people.
    pub message: String,
}
