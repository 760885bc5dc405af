//! What is asked of a trial with interim looks.

use crate::decision::sequential::{Rule, Sides, Spending};
use crate::result::HypothesisId;
use crate::scenario::MultiplicitySpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct InterimRequest {
    /// Of which hypotheses.
    pub hypotheses: Vec<HypothesisId>,
    /// When the looks are: shares of the planned patients; the last is 1.
    pub at: Vec<f64>,
    /// Which claims the trial can make; two-sided unless stated, one-sided where it stops for futility.
    pub sides: Option<Sides>,
    /// How the critical values are chosen.
    pub rule: Rule,
    /// When the trial stops for futility.
    pub futility: FutilityRequest,
    /// Whether the critical values count on stopping for futility.
    pub binding: bool,
    /// How several hypotheses share the level; as the scenario says if not stated.
    pub multiplicity: Option<MultiplicitySpec>,
    /// What the trial changes for what it has seen.
    pub change: ChangeRequest,
}

/// When a trial stops for futility.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum FutilityRequest {
    /// Never.
    #[default]
    None,
    /// At or below these values of Z: one for each interim look, or one for all of them.
    At(Vec<f64>),
    /// Where the spending of the type II error puts it.
    Spending {
        /// How it is spent.
        spending: Spending,
        /// 1 less the type II error in all.
        power: f64,
    },
}

/// What a trial changes at an interim look.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ChangeRequest {
    /// Nothing: it stops or goes on.
    #[default]
    None,
    /// At the last interim look, the number of patients.
    Size(ResizeRequest),
    /// A factor of which nothing is to be hoped: later patients are in the arms without it.
    Drop {
        /// The factor's id.
        factor: String,
        /// At or below this Z of its main effect.
        bound: f64,
        /// Whether the patients planned for its arms go to the others.
        reallocate: bool,
    },
}

/// How the number of patients is chosen anew.
#[derive(Debug, Clone, PartialEq)]
pub struct ResizeRequest {
    /// For what.
    pub how: Resize,
    /// The power that is aimed at.
    pub power: f64,
    /// The most patients.
    pub most: u64,
    /// With `unblinded`: at a conditional power below this nothing is changed.
    pub promising: f64,
}

/// For what the number of patients is chosen anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Resize {
    /// For the variance of all patients, the arms unknown, and the planned effect
    Blinded,
    /// For the effect seen so far: conditional power
    Unblinded,
}
