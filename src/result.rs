//! The result of a run, as data: what every output format is made from.
//!
//! Keys keep their order, numbers are the shortest that read back exactly, and
//! what is undefined is `null` beside a `why`. Nothing here depends on threads
//! or clocks except [`Timing`], which is written only when it is asked for.

use crate::scenario::{Procedure, Scenario, canonical};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the result format that this program writes.
pub const SCHEMA: &str = "trialliance.result/1";

/// What a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// The format and its version: `trialliance.result/1`.
    pub schema: String,
    /// The command that made it: `run`.
    pub command: String,
    /// Which scenario.
    pub scenario: ScenarioIdentity,
    /// The seed of all random streams.
    pub seed: u64,
    /// How many trials were simulated.
    pub replicates: u64,
    /// The version of the program.
    pub version: String,
    /// Which engine simulated them: `patients` or `statistics`.
    pub engine: String,
    /// Why this engine: asked for, or what qualified or prevented `statistics`.
    pub engine_why: String,
    /// The stopping rule, if the run stopped by precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// `observational` for a study without assignment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub design: Option<String>,
    /// How patients are assigned, where chance decides the sizes of the arms; `n_per_arm` is then
    /// what is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<String>,
    /// Patients in each arm.
    pub n_per_arm: IndexMap<String, u64>,
    /// Patients in all.
    pub n_total: u64,
    /// Two-sided significance level.
    pub alpha: f64,
    /// Confidence level of the intervals whose coverage is reported.
    pub confidence_level: f64,
    /// The hypotheses that the trial stands or falls with.
    pub primary: Vec<HypothesisId>,
    /// The outcomes, with what is needed to read their numbers.
    pub outcomes: IndexMap<String, OutcomeDescription>,
    /// The analyses, with what is needed to read their numbers.
    pub analyses: IndexMap<String, AnalysisDescription>,
    /// Definition of each estimand in words.
    pub estimands: IndexMap<String, String>,
    /// One row per analysis × estimand.
    pub results: Vec<Row>,
    /// The primary hypotheses judged together, if the scenario says how.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub family: Option<FamilyResult>,
    /// What a careful reader should be told.
    pub warnings: Vec<Warning>,
    /// Clock and machine, only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

impl RunResult {
    /// The row of a hypothesis, if there is one.
    #[must_use]
    pub fn row(&self, hypothesis: &HypothesisId) -> Option<&Row> {
        self.results.iter().find(|row| row.is_of(hypothesis))
    }
}

/// The scenario's name and the hash of everything in it that counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioIdentity {
    /// Its name.
    pub name: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// BLAKE3 of the canonical JSON after defaults and overrides, without title, notes and sources.
    pub hash: String,
}

impl ScenarioIdentity {
    /// Of this scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        ScenarioIdentity {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            hash: canonical::hash(scenario),
        }
    }
}

/// How a run by precision ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Precision {
    /// The largest Monte Carlo standard error allowed for a primary power.
    pub asked: f64,
    /// The largest one at the end.
    pub reached: f64,
    /// Whether it was reached before the limit of replicates.
    pub met: bool,
}

/// One hypothesis, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HypothesisId {
    /// The analysis.
    pub analysis: String,
    /// The outcome.
    pub outcome: String,
    /// The estimand.
    pub estimand: String,
}

impl HypothesisId {
    /// Whether it is the one of this analysis, outcome and estimand.
    #[must_use]
    pub fn is_of(&self, analysis: &str, outcome: &str, estimand: &str) -> bool {
        self.analysis == analysis && self.outcome == outcome && self.estimand == estimand
    }
}

impl std::fmt::Display for HypothesisId {
    /// As a full selector: `analysis/outcome/estimand`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.analysis, self.outcome, self.estimand)
    }
}

/// What a reader needs to know of an outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeDescription {
    /// What it is, for people.
    pub label: Option<String>,
    /// Its unit.
    pub unit: Option<String>,
    /// `lower`, `higher`, or null if the scenario does not say.
    pub better: Option<String>,
    /// +1 if a positive difference is a benefit, −1 if a negative one is, null if not stated.
    pub benefit_sign: Option<i8>,
}

/// What a reader needs to know of an analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisDescription {
    /// The method's name in the registry.
    pub method: String,
    /// The outcome.
    pub outcome: String,
    /// What it does, in words.
    pub description: String,
    /// Covariates adjusted for, by column name.
    pub covariates: Vec<String>,
    /// The covariate that effects may depend on, by column name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moderator: Option<String>,
    /// Through what the context acts, by column name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mediator: Option<String>,
    /// Who counts as a responder, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub responder: Option<String>,
    /// What else the scenario says of it, as it stands there.
    #[serde(skip_serializing_if = "IndexMap::is_empty", default)]
    pub options: IndexMap<String, serde_json::Value>,
    /// What its tests claim, where that is not a difference from 0: `power` is the share of trials that
    /// claim this.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claim: Option<String>,
    /// Trials in which it gave no answer, by the reason; empty if there are none.
    #[serde(skip_serializing_if = "IndexMap::is_empty", default)]
    pub failures: IndexMap<String, u64>,
    /// Trials in which a parameter was estimated at its bound, where that can happen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub boundary_fits: Option<u64>,
    /// What such a fit is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
}

/// The primary hypotheses judged together; a trial without an answer claims nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FamilyResult {
    /// The procedure.
    pub procedure: Procedure,
    /// Each hypothesis, with the share of trials that reject it.
    pub hypotheses: Vec<FamilyHypothesis>,
    /// Share of trials that reject at least one: disjunctive power.
    pub any: Measure,
    /// Share of trials that reject all: conjunctive power.
    pub all: Measure,
    /// Mean number of hypotheses that are rejected.
    pub mean_number: Measure,
    /// Share of trials that reject one that has no effect in the scenario.
    pub familywise_error: Measure,
}

/// One of several hypotheses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FamilyHypothesis {
    /// The analysis.
    pub analysis: String,
    /// The outcome.
    pub outcome: String,
    /// The estimand.
    pub estimand: String,
    /// Share of trials that reject it.
    pub power: Measure,
}

impl FamilyHypothesis {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> HypothesisId {
        HypothesisId {
            analysis: self.analysis.clone(),
            outcome: self.outcome.clone(),
            estimand: self.estimand.clone(),
        }
    }
}

/// The performance of one analysis for one estimand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The analysis.
    pub analysis: String,
    /// The outcome.
    pub outcome: String,
    /// The estimand.
    pub estimand: String,
    /// Whether it is one of the primary hypotheses.
    pub primary: bool,
    /// +1 if a positive difference is a benefit, −1 if a negative one is, null if not stated.
    pub benefit_sign: Option<i8>,
    /// The estimand's value in the scenario, as a raw difference on the outcome's scale.
    pub truth: Truth,
    /// Without assignment: what a regression finds without end, causal or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_associational: Option<Measure>,
    /// Where it is a difference of shares: in truth, patients to treat for one more to benefit, below 0 for one
    /// more to be harmed (for one more and one fewer responder, where no benefit is stated).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nnt: Option<Measure>,
    /// Mean of the estimates.
    pub mean_estimate: Measure,
    /// Mean of the estimates minus the truth.
    pub bias: Measure,
    /// Standard deviation of the estimates.
    pub empirical_se: Measure,
    /// Root of the mean of the squared standard errors that the analysis reported.
    pub model_se: Measure,
    /// Root of the mean of the squared half-widths of the confidence interval.
    #[serde(default)]
    pub half_width: Measure,
    /// Share of confidence intervals that contain the truth.
    pub coverage: Measure,
    /// Share of trials with p < alpha, among those whose analysis succeeded.
    pub power: Measure,
    /// The same more precisely, by control variates; only if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub power_adjusted: Option<AdjustedPower>,
    /// Share of trials with p < alpha among all, a failed analysis counting as no claim.
    pub power_failures_as_no_claim: Measure,
    /// Among significant trials, the share whose estimate has the wrong sign.
    pub type_s: Measure,
    /// Among significant trials, the mean of |estimate| ÷ |truth|.
    pub type_m: Measure,
    /// Standardised effect sizes.
    pub effect_size: EffectSize,
    /// The closed form's power when it is exact, else null.
    pub exact_power: Option<f64>,
    /// Power by formula instead of simulation.
    pub closed_form: ClosedForm,
    /// (simulated − closed form) ÷ Monte Carlo standard error at the closed form.
    pub closed_form_difference_in_mcse: Option<f64>,
    /// Trials in which the analysis gave no answer.
    pub failures: u64,
}

impl Row {
    /// Whether it is about this hypothesis.
    #[must_use]
    pub fn is_of(&self, hypothesis: &HypothesisId) -> bool {
        hypothesis.is_of(&self.analysis, &self.outcome, &self.estimand)
    }
}

/// A Monte Carlo number with its Monte Carlo standard error.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// The value; null if undefined.
    pub value: Option<f64>,
    /// Its Monte Carlo standard error; null if undefined.
    pub mcse: Option<f64>,
    /// Why it is undefined.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}

impl Measure {
    /// One that is not defined, and why.
    #[must_use]
    pub fn undefined(why: &str) -> Self {
        Measure { value: None, mcse: None, why: Some(why.to_owned()) }
    }
}

/// Power made more precise by the Gaussian twin of each trial, whose power is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct AdjustedPower {
    /// The value; null if undefined.
    pub value: Option<f64>,
    /// Its Monte Carlo standard error; null if undefined.
    pub mcse: Option<f64>,
    /// How many times as many trials would give the plain power this standard error; null if undefined.
    pub variance_ratio: Option<f64>,
    /// Why it is undefined.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}

/// The estimand's value in the scenario: of the outcome as measured, in all patients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Truth {
    /// The value; null if undefined.
    #[serde(deserialize_with = "number_or_nan")]
    #[schemars(with = "Option<f64>")]
    pub value: f64,
    /// Its Monte Carlo standard error: 0 when exact.
    #[serde(deserialize_with = "number_or_nan")]
    #[schemars(with = "Option<f64>")]
    pub mcse: f64,
    /// `exact`, `simulated` or `undefined`.
    pub kind: TruthKind,
    /// The same contrast of the outcome before its instrument rounds or limits it and before
    /// anything happens to the patient; null if undefined.
    #[serde(deserialize_with = "number_or_nan")]
    #[schemars(with = "Option<f64>")]
    pub latent: f64,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}

/// Reads null as what is no number.
fn number_or_nan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(from).map(|number| number.unwrap_or(f64::NAN))
}

/// How a truth was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TruthKind {
    /// From the scenario's numbers alone.
    Exact,
    /// From a large simulated population.
    Simulated,
    /// The scenario does not say what it is.
    Undefined,
}

/// Standardised effect sizes, averaged over replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EffectSize {
    /// Estimate ÷ pooled within-arm SD of the outcome, with Hedges' small-sample correction.
    pub hedges_g: Measure,
    /// Partial η² of the contrast, t² ÷ (t² + df).
    pub partial_eta_squared: Measure,
}

/// Power by formula.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedForm {
    /// The power; null if there is none.
    pub value: Option<f64>,
    /// Whether the formula holds exactly.
    pub kind: ClosedFormKind,
    /// The formula, or why there is none.
    pub why: String,
}

/// Whether a formula holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClosedFormKind {
    /// Exact under the scenario.
    Exact,
    /// An approximation.
    Approximate,
    /// There is none.
    None,
}

impl ClosedFormKind {
    /// As it is written in every format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClosedFormKind::Exact => "exact",
            ClosedFormKind::Approximate => "approximate",
            ClosedFormKind::None => "none",
        }
    }
}

/// Something a careful reader should be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// A stable name for scripts.
    pub code: String,
    /// The sentence for people.
    pub message: String,
}

/// Clock and machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timing {
    /// Seconds from the first replicate to the last.
    pub seconds: f64,
    /// Replicates per second.
    pub replicates_per_second: f64,
    /// Threads used.
    pub threads: usize,
}
