//! The answer: boundaries, what becomes of the trials, and what their estimates are worth.

use super::request::Resize;
use crate::planning::Made;
use crate::result::{HypothesisId, Measure, OutcomeDescription, Warning};
use crate::scenario::Procedure;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A trial with interim looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interim {
    /// The format and its version: `trialliance.interim/1`.
    pub schema: String,
    /// The command that made it: `interim`.
    pub command: String,
    /// What made it.
    #[serde(flatten)]
    pub made: Made,
    /// The level of all hypotheses together: two-sided, or that of a benefit alone.
    pub alpha: f64,
    /// Which claims the trial can make: 1 of a benefit, 2 of a difference in either direction.
    pub sides: u8,
    /// How the critical values are chosen, in words.
    pub boundaries_by: String,
    /// When the trial stops for futility, in words.
    pub futility_by: Option<String>,
    /// Whether the critical values count on stopping for futility.
    pub binding: bool,
    /// How several hypotheses share the level.
    pub multiplicity: Option<Procedure>,
    /// Confidence of the intervals.
    pub confidence_level: f64,
    /// Patients as planned.
    pub n_total: u64,
    /// The most patients that a trial may take.
    pub n_most: u64,
    /// The looks.
    pub looks: Vec<Look>,
    /// The hypotheses.
    pub hypotheses: Vec<InterimHypothesis>,
    /// The boundaries of every level that a hypothesis may have, the smallest level first.
    pub boundaries: Vec<LevelBoundaries>,
    /// What the trial changes for what it has seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub change: Option<ChangeDescription>,
    /// The outcomes, with what is needed to read their numbers.
    pub outcomes: IndexMap<String, OutcomeDescription>,
    /// What becomes of the trials with the effects as planned, and where the hypotheses' effects are zero.
    pub effects: Vec<UnderEffects>,
    /// Why trials without the effects were not simulated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why_no_null: Option<String>,
    /// What a careful reader should be told.
    pub warnings: Vec<Warning>,
}

impl Interim {
    /// What the level is about, in words: a trial with two sides claims harm too.
    pub(crate) fn what_is_claimed(&self) -> &'static str {
        claimed(self.sides)
    }
}

/// What a trial of so many sides claims, in words.
pub(super) fn claimed(sides: u8) -> &'static str {
    if sides == 1 { "a benefit" } else { "an effect in either direction" }
}

/// When a look is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// Its number, from 1.
    pub look: u64,
    /// Patients by then.
    pub n_total: u64,
    /// The same over those of the trial as planned.
    pub information: f64,
}

/// A hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InterimHypothesis {
    /// Which.
    #[serde(flatten)]
    pub id: HypothesisId,
    /// The planned benefit; null if it is not one of the effects of the two factors.
    pub planned: Option<f64>,
    /// The level that it starts with; null if it has none before another hypothesis is claimed.
    pub level: Option<f64>,
    /// What is left of it after a factor was dropped; null if nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_dropping: Option<String>,
}

/// Boundaries at a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelBoundaries {
    /// The level, of both sides together if there are two.
    pub level: f64,
    /// Look by look.
    pub looks: Vec<Boundary>,
    /// By the look at which a factor is dropped: the critical values of the later looks; null where nothing can be claimed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub after_dropping: Vec<Vec<Option<f64>>>,
}

/// The boundary of a look, in units of Z, positive for a benefit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Boundary {
    /// A benefit is claimed from here on, with two sides harm down from its negative; null where nothing can be claimed.
    pub critical: Option<f64>,
    /// The one-sided level that belongs to it alone.
    pub nominal_level: f64,
    /// The level spent by then.
    pub alpha_spent: f64,
    /// The trial stops for futility down from here; null where it does not.
    pub futility: Option<f64>,
}

/// What a trial changes for what it has seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ChangeDescription {
    /// The number of patients.
    Size {
        /// For what.
        how: Resize,
        /// The power that is aimed at.
        power: f64,
        /// With `unblinded`: at a conditional power below this nothing is changed.
        promising: f64,
        /// The numbers that it may choose.
        sizes: Vec<u64>,
    },
    /// A factor that is dropped.
    Drop {
        /// The factor.
        factor: String,
        /// At or below this Z of its main effect.
        bound: f64,
        /// Whether the patients planned for its arms go to the others.
        reallocate: bool,
    },
}

/// What becomes of the trials under some effects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnderEffects {
    /// `planned`, or `none` where the effects that the hypotheses are about are 0.
    pub effects: String,
    /// Trials that end at each look.
    pub stops: Vec<Measure>,
    /// Trials that end before the last look.
    pub early: Measure,
    /// The mean number of patients.
    pub n_expected: Measure,
    /// The same by formula; null where there is none.
    pub n_expected_by_formula: Option<f64>,
    /// Trials that take the most patients, where the trial chooses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub n_most: Option<Measure>,
    /// Trials that go on without the factor, by the look at which they give it up. A trial in which nothing is left ends.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dropped: Vec<Measure>,
    /// Of several hypotheses: trials that claim any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub any: Option<Measure>,
    /// Trials that claim all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub all: Option<Measure>,
    /// One row for each hypothesis.
    pub results: Vec<InterimRow>,
}

/// One hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InterimRow {
    /// Which.
    #[serde(flatten)]
    pub id: HypothesisId,
    /// The true benefit.
    pub truth: Option<f64>,
    /// Look by look.
    pub looks: Vec<RowLook>,
    /// Trials that claim a benefit.
    pub benefit: Measure,
    /// Trials that claim harm; null if the trial claims none.
    pub harm: Measure,
    /// Trials that claim either: the type I error where there is no effect.
    pub claim: Measure,
    /// Claims of a benefit, by formula for normal Z; null where there is none.
    pub benefit_by_formula: Option<f64>,
    /// Any claim, by formula.
    pub claim_by_formula: Option<f64>,
    /// Claims of a benefit by one look at the end of the trial as planned, where several hypotheses share the level alike.
    pub fixed_benefit: Measure,
    /// Any claim by one look at the end.
    pub fixed_claim: Measure,
    /// Claims of what is left after a factor was dropped, among the claims.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_dropping: Option<Measure>,
    /// How estimates fare when the trial has ended.
    pub estimates: Vec<EstimateAfter>,
    /// Trials without an answer when they ended; they claim nothing.
    pub failures: u64,
}

/// One hypothesis at one look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowLook {
    /// The look, from 1.
    pub look: u64,
    /// Trials that claim a benefit here.
    pub benefit: Measure,
    /// The same by formula.
    pub benefit_by_formula: Option<f64>,
    /// Trials that claim harm here; null if the trial claims none.
    pub harm: Measure,
    /// Trials that stop for futility here; null where the trial does not.
    pub futility: Measure,
    /// The same by formula.
    pub futility_by_formula: Option<f64>,
    /// Mean of the plain estimates of the trials that claim a benefit here, as a benefit.
    pub mean_estimate: Measure,
}

/// How an estimate fares when the trial has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EstimateAfter {
    /// `plain`: as if the end had been planned; `stage_wise`: median-unbiased by the stage-wise ordering; `weighted`: that
    /// of the combination of stages.
    pub estimator: String,
    /// Mean of the estimates less the truth, as benefits.
    pub bias: Measure,
    /// The bias by formula, for normal estimates.
    pub bias_by_formula: Option<f64>,
    /// Root of the mean squared error.
    pub root_mean_square_error: Measure,
    /// Share of intervals that contain the truth.
    pub coverage: Measure,
    /// The coverage by formula.
    pub coverage_by_formula: Option<f64>,
    /// Share of estimates above the truth: a half for a median-unbiased one.
    pub above_truth: Measure,
}
