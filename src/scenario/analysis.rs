//! Which analyses are made of the data.

use super::responder::{Responder, above_zero};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One analysis of one outcome.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisSpec {
    /// Its name in results. Default: the method, and `method-2`, `method-3` when repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[a-z][a-z0-9_-]*$"))]
    pub id: Option<String>,
    /// Which method, as listed by the registry of analyses.
    #[schemars(schema_with = "crate::analysis::registry::method_schema")]
    pub method: String,
    /// The outcome that is analysed.
    pub outcome: String,
    /// Covariates to adjust for: `baseline` is the analysed outcome's own baseline, others are
    /// covariates of the cohort; one with levels counts as one for each level after the first.
    /// Only for methods that adjust. Default: `["baseline"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8))]
    pub covariates: Option<Vec<String>>,
    /// For `moderation`: the covariate on which effects may depend, `baseline` or a covariate of
    /// the cohort. It is adjusted for, and not named in `covariates` again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moderator: Option<String>,
    /// For mixed models: how degrees of freedom are found. Default: `satterthwaite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<DfMethod>,
    /// For analyses of responders, as `risk_difference`: who counts as one. One of its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder: Option<Responder>,
    /// For linear models, as `ancova`: how standard errors are found. Default: `model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_errors: Option<StandardErrors>,
    /// For `lmm`: what differs between therapists at random. Default: `intercept`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub random_effects: Option<RandomEffects>,
    /// For `mmrm` and `multiple_imputation`: the outcomes at earlier visits, in order; `outcome` is
    /// the last. Default: all earlier visits of the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 7))]
    pub visits: Option<Vec<String>>,
    /// For `mmrm`: the pattern of the covariances between visits. Default: `unstructured`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariance: Option<CovariancePattern>,
    /// For stratified analyses, as `van_elteren`: the categorical covariates whose levels together make
    /// the strata, beside the other factor where that is averaged over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4))]
    pub strata: Option<Vec<String>>,
    /// For `mediation`: through what the context acts: the rating of the alliance, or another outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mediator: Option<String>,
    /// For `equivalence`, `noninferiority` and `bayes`: the margin, on the outcome's scale, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "above_zero")]
    pub margin: Option<f64>,
    /// For `bayes`: the normal prior of a benefit; without it, the prior is flat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<NormalPrior>,
    /// For analyses by resampling: how often. Default: 199 in simulated trials, 9,999 in `analyze`;
    /// `mediation` in simulated trials has limits without resampling, unless this is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 19, max = 1_000_000))]
    pub resamples: Option<u64>,
    /// For `multiple_imputation`: how missing outcomes are filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imputation: Option<Imputation>,
}

/// How standard errors of a linear model are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum StandardErrors {
    /// From one residual variance for all patients.
    #[default]
    Model,
    /// From squared residuals as they are (White).
    Hc0,
    /// The same, times N ÷ (N − p).
    Hc1,
    /// Squared residuals over 1 − leverage.
    Hc2,
    /// Squared residuals over (1 − leverage)².
    Hc3,
    /// Squared residuals over a power of 1 − leverage that grows with the leverage.
    Hc4,
    /// As `hc2`, with the degrees of freedom of Bell and McCaffrey.
    #[serde(rename = "hc2-bell-mccaffrey")]
    #[cfg_attr(feature = "program", value(name = "hc2-bell-mccaffrey"))]
    Hc2BellMcCaffrey,
}

/// What differs between therapists at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum RandomEffects {
    /// Their patients' mean.
    #[default]
    Intercept,
    /// Their patients' mean and the effect of the context, correlated.
    InterceptAndSlope,
    /// Their patients' mean and the effect of the context, independent of each other.
    IndependentSlope,
}

/// The pattern of the covariances between visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum CovariancePattern {
    /// Each variance and each covariance by itself.
    #[default]
    Unstructured,
    /// One variance; correlations that fall off by a power with the number of visits between.
    Ar1,
    /// One variance, one correlation.
    CompoundSymmetry,
}

/// A normal prior of a benefit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormalPrior {
    /// Its mean; positive is a benefit.
    pub mean: f64,
    /// Its standard deviation.
    #[schemars(schema_with = "above_zero")]
    pub sd: f64,
}

/// How missing outcomes are filled in.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Imputation {
    /// What is assumed of those who are missing. Default: `missing-at-random`.
    #[serde(default)]
    pub assumption: MissingAssumption,
    /// For `delta`: by how much those who are missing are worse off than imputed at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// How many completed data sets. Default: 20 in simulated trials, 100 in `analyze`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1000))]
    pub data_sets: Option<u64>,
}

/// What is assumed of patients whose outcome is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum MissingAssumption {
    /// Like patients of the same arm with the same covariates.
    #[default]
    MissingAtRandom,
    /// The same, but worse by `delta`.
    Delta,
    /// Like patients of the arm of both reference levels (jump to reference).
    JumpToReference,
}

impl AnalysisSpec {
    /// An analysis of which nothing is said but method and outcome.
    #[must_use]
    pub fn new(method: &str, outcome: &str) -> Self {
        AnalysisSpec { method: method.to_owned(), outcome: outcome.to_owned(), ..AnalysisSpec::default() }
    }

    /// The names that it has for variables beside its outcome, each field after the other.
    pub fn named(&self) -> impl Iterator<Item = &String> {
        let lists = [&self.covariates, &self.visits, &self.strata].into_iter().flatten().flatten();
        lists.chain(&self.moderator).chain(&self.mediator)
    }
}

/// How degrees of freedom (and standard errors) of a mixed model are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum DfMethod {
    /// By the uncertainty of the estimated variances.
    #[default]
    Satterthwaite,
    /// The same with the expected information, and standard errors that allow for it.
    KenwardRoger,
}
