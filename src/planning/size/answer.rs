//! The answer, as data.

use super::{Needs, SizeOf};
use crate::planning::Made;
use crate::result::{HypothesisId, Measure, Warning};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format of the answer.
pub(super) const SCHEMA: &str = "trialliance.size/1";

/// The question, as the answer repeats it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizeQuestion {
    /// Of which hypotheses.
    pub hypotheses: Vec<HypothesisId>,
    /// What of these.
    pub needs: Needs,
    /// The probability to be reached.
    pub target: f64,
    /// If it is that of narrow intervals: half of the largest width.
    pub half_width: Option<f64>,
    /// Monte Carlo confidence of the answer.
    pub confidence: f64,
    /// What grows.
    pub size_of: SizeOf,
    /// Two-sided significance level.
    pub alpha: f64,
}

/// A size with what was found there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizeFound {
    /// The number that was sought: patients in all, of each therapist, or therapists.
    pub size: u64,
    /// Patients in all.
    pub n_total: u64,
    /// Patients in each arm, expected where chance decides; empty where nothing is assigned.
    pub n_per_arm: IndexMap<String, u64>,
    /// The simulated probability; of several, the smallest.
    pub power: Measure,
    /// Its one-sided lower limit at the confidence asked for.
    pub at_least: f64,
    /// The confidence asked for.
    pub confidence: f64,
}

/// The smallest size by formula.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FormulaSize {
    /// The number that was sought; null if there is no formula.
    pub size: Option<u64>,
    /// Patients in all.
    pub n_total: Option<u64>,
    /// Power there; of several hypotheses the smallest.
    pub power: Option<f64>,
    /// The formula, or why there is none.
    pub why: String,
}

/// The answer's size with random numbers that had no part in finding it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Confirmation {
    /// Their seed.
    pub seed: u64,
    /// The probability that is to reach the target; of several, the smallest.
    pub power: Measure,
}

/// One size of the search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizePoint {
    /// The number that is sought.
    pub size: u64,
    /// Patients in all.
    pub n_total: u64,
    /// The simulated probability of each criterion: one for each hypothesis, or one for all or any of them.
    pub power: Vec<Measure>,
    /// The same by formula; null where there is none.
    pub by_formula: Vec<Option<f64>>,
    /// Whether this size and all larger ones were shown to reach the target.
    pub shown: bool,
}

/// Patients to enrol so that enough remain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dropout {
    /// Share of patients who will be lost.
    pub share: f64,
    /// Patients in all, after they are lost.
    pub n_analysed: u64,
    /// Patients to enrol.
    pub n_enrolled: u64,
}

/// How many patients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizeAnswer {
    /// The format and its version: `trialliance.size/1`.
    pub schema: String,
    /// The command that made it: `size`.
    pub command: String,
    /// What made it.
    #[serde(flatten)]
    pub made: Made,
    /// What was asked.
    pub question: SizeQuestion,
    /// The smallest size that was shown to reach the target; null if there is none.
    pub answer: Option<SizeFound>,
    /// Why there is none.
    pub why: Option<String>,
    /// The smallest size from which on every estimate reaches the target, without any confidence.
    pub estimate: Option<SizeFound>,
    /// The smallest size by formula.
    pub closed_form: FormulaSize,
    /// The answer with other random numbers.
    pub confirmation: Option<Confirmation>,
    /// Patients to enrol, where a dropout was stated that the scenario does not simulate.
    pub dropout: Option<Dropout>,
    /// The sizes of the search, in ascending order.
    pub points: Vec<SizePoint>,
    /// What a careful reader should be told.
    pub warnings: Vec<Warning>,
}
