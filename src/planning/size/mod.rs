//! How many patients: the smallest size with the power, or the precision, that is asked for.
//!
//! Sizes are tested from the largest downwards, each at the same level, until the first at which the trials do not
//! show that the target is reached. If some size in the sequence misses the target, the first such size is passed
//! with probability at most 1 − confidence, and only then can the answer miss it: no correction for
//! the number of sizes is needed (a fixed sequence: Maurer, Hothorn, Lehmacher 1995, Biometrie in der
//! chemisch-pharmazeutischen Industrie 6:3). A run with other random numbers is shown beside the answer and never changes it.

mod answer;
mod search;

pub use answer::{Confirmation, Dropout, FormulaSize, SizeAnswer, SizeFound, SizePoint, SizeQuestion};

use super::request::{Needs, Range};
use super::size_of::SizeOf;
use super::variants::Variants;
use crate::engine::{Progress, RunOptions, Success};
use crate::error::{Error, ErrorKind, Result};
use crate::result::HypothesisId;
use crate::scenario::Scenario;
use search::Search;

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// The probability of claims.
    Power(f64),
    /// The probability that an interval is at most ± this wide.
    HalfWidth {
        /// Half of the width.
        most: f64,
        /// The probability.
        probability: f64,
    },
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeRequest {
    /// Of which hypotheses.
    pub hypotheses: Vec<HypothesisId>,
    /// What of these.
    pub needs: Needs,
    /// What is to be reached.
    pub target: Target,
    /// With which Monte Carlo confidence.
    pub confidence: f64,
    /// What grows.
    pub size_of: SizeOf,
    /// Where to look; found where nothing is stated.
    pub range: Range<u64>,
    /// Share of patients who will be lost, where the scenario does not simulate that.
    pub dropout: Option<f64>,
}

/// Finds the smallest size.
///
/// # Errors
/// `Usage` for a question that has no meaning: a probability not between alpha and 1, an empty range, a step that
/// never keeps the ratio of the arms; `Scenario` if the scenario cannot have a size that is to be tried.
pub fn size(
    variants: Variants<'_>,
    request: &SizeRequest,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<SizeAnswer> {
    request.check(variants.scenario)?;
    let search = Search { variants, request, criteria: request.criteria(), options };
    search.answer(progress)
}

impl SizeRequest {
    fn check(&self, scenario: &Scenario) -> Result<()> {
        let usage = |about: String, message: String, help: &str| {
            Err(Error::new(ErrorKind::Usage, message).about(about).help(help))
        };
        self.size_of.check(scenario, "--of")?;
        let (option, target) = match self.target {
            Target::Power(power) => ("--power", power),
            Target::HalfWidth { most, probability } => {
                if !(most > 0.0 && most.is_finite()) {
                    let message = "the half-width of an interval is a number above 0".to_owned();
                    return usage(format!("--half-width {most}"), message, "on the outcome's own scale");
                }
                ("--probability", probability)
            }
        };
        let is_power = matches!(self.target, Target::Power(_));
        let least = if is_power { scenario.alpha } else { 0.0 };
        if !(target > least && target < 1.0) {
            let message = if is_power {
                format!("the power to be reached is a number above alpha, which is {least}, and below 1")
            } else {
                "the probability to be reached is a number above 0 and below 1".to_owned()
            };
            return usage(format!("{option} {target}"), message, "as in 0.8 or 0.9");
        }
        if !(self.confidence >= 0.5 && self.confidence < 1.0) {
            let message = "the Monte Carlo confidence is a number from 0.5 and below 1".to_owned();
            return usage(format!("--confidence {}", self.confidence), message, "as in 0.99");
        }
        if let Some(share) = self.dropout {
            if !(share > 0.0 && share < 1.0) {
                let message =
                    "the share of patients who will be lost is a number above 0 and below 1".to_owned();
                return usage(format!("--dropout {share}"), message, "as in 0.1");
            }
            if !scenario.observation.missing.is_empty() {
                let message =
                    "the scenario already simulates missing outcomes: dropout would count twice".to_owned();
                return usage(
                    format!("--dropout {share}"),
                    message,
                    "leave --dropout away: the sizes are those of patients to enrol",
                );
            }
        }
        Ok(())
    }

    fn criteria(&self) -> Vec<Success> {
        match (self.target, self.needs) {
            (Target::HalfWidth { most, .. }, _) => {
                self.hypotheses.iter().map(|one| Success::Narrow(one.clone(), most)).collect()
            }
            (_, Needs::Each) => self.hypotheses.iter().map(|one| Success::All(vec![one.clone()])).collect(),
            (_, Needs::All) => vec![Success::All(self.hypotheses.clone())],
            (_, Needs::Any) => vec![Success::Any(self.hypotheses.clone())],
        }
    }

    /// Half of the largest width, where an interval is to be narrow.
    fn half_width(&self) -> Option<f64> {
        match self.target {
            Target::Power(_) => None,
            Target::HalfWidth { most, .. } => Some(most),
        }
    }

    fn probability(&self) -> f64 {
        match self.target {
            Target::Power(probability) | Target::HalfWidth { probability, .. } => probability,
        }
    }
}
