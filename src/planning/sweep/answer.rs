//! The answer of a sweep, as data.

use crate::planning::Made;
use crate::result::{ClosedForm, Measure, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Power over points, and the swing of each field alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sweep {
    /// The format and its version: `trialliance.sweep/1`.
    pub schema: String,
    /// The command that made it: `sweep`.
    pub command: String,
    /// What made it.
    #[serde(flatten)]
    pub made: Made,
    /// How the points lie: `grid` or `latin hypercube`.
    pub layout: String,
    /// Two-sided significance level of the scenario as it stands.
    pub alpha: f64,
    /// What is varied.
    pub varied: Vec<VariedField>,
    /// What is claimed, in the order in which each point tells its powers.
    pub claims: Vec<Claimed>,
    /// The points.
    pub points: Vec<SweepPoint>,
    /// The scenario as it stands.
    pub as_planned: SweepPoint,
    /// The swing of each field alone, by claim, the largest first.
    pub tornado: Vec<Swing>,
    /// What a careful reader should be told.
    pub warnings: Vec<Warning>,
}

/// A field that is varied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VariedField {
    /// Its name, as it was asked for.
    pub name: String,
    /// What it is, for people.
    pub label: String,
    /// Its value in the scenario as it stands; null if none is stated.
    pub planned: Value,
}

/// What is claimed: a hypothesis, or `any` or `all` of those asked about in the same trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claimed {
    /// The analysis; null for several hypotheses.
    pub analysis: Option<String>,
    /// The outcome; null for several hypotheses.
    pub outcome: Option<String>,
    /// The estimand, or `any` or `all`.
    pub estimand: String,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweepPoint {
    /// The values of the fields, in their order.
    pub values: Vec<Value>,
    /// Patients in all.
    pub n_total: u64,
    /// Trials in which an analysis that is looked at gave no answer.
    pub failures: u64,
    /// The powers.
    pub results: Vec<PointPower>,
}

/// A power.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PointPower {
    /// Of which claim.
    #[serde(flatten)]
    pub claimed: Claimed,
    /// Share of trials that claim it; a trial without an answer claims nothing.
    pub power: Measure,
    /// The same by formula.
    pub closed_form: ClosedForm,
}

/// What one field does to one power, all else as planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Swing {
    /// The field.
    pub field: String,
    /// The power of which claim.
    #[serde(flatten)]
    pub claimed: Claimed,
    /// At its lowest number, or the first value that is listed of something else.
    pub first: End,
    /// At its highest number, or the value that differs most from the first.
    pub second: End,
    /// Power at the second minus power at the first, in the same trials.
    pub difference: Measure,
}

/// Power at one end of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct End {
    /// The field's value.
    pub value: Value,
    /// Patients in all.
    pub n_total: u64,
    /// Trials in which an analysis that is looked at gave no answer.
    pub failures: u64,
    /// The power.
    pub power: Measure,
    /// The same by formula.
    pub closed_form: ClosedForm,
}

/// What was counted at a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The point's number, from 0.
    pub point: usize,
    /// Trials with each claim.
    pub counts: Vec<u64>,
    /// Trials in which an analysis that is looked at gave no answer.
    pub failures: u64,
}
