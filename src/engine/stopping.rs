//! When a run by precision stops.

use super::LARGEST_WAVE;
use super::block::BLOCK;
use super::plan::Plan;
use crate::analysis::{FAILURES, Failure};
use crate::error::{Error, ErrorKind, Result};
use crate::result::Precision;
use crate::summary::{AnalysisSums, wilson_mcse};

/// Replicates below which no run stops by precision: a handful of lucky trials says little.
const LEAST_REPLICATES: u64 = 1024;

/// Counts of claims for the primary hypotheses. They are whole numbers, so their
/// sums do not depend on order.
pub(super) struct Stopping {
    precision: Option<f64>,
    /// Analysis, estimand, claims so far.
    primary: Vec<(usize, usize, f64)>,
    /// Trials without an answer so far, by analysis and reason.
    failed: Vec<[u64; FAILURES]>,
}

impl Stopping {
    pub fn new(plan: &Plan, precision: Option<f64>) -> Self {
        let position = |hypothesis: &crate::result::HypothesisId| {
            let [analysis, estimand] = plan.place(hypothesis).ok()?;
            Some((analysis, estimand, 0.0))
        };
        Stopping {
            precision,
            primary: plan.primary.iter().filter_map(position).collect(),
            failed: vec![[0; FAILURES]; plan.analyses.len()],
        }
    }

    /// Adds a block's claims.
    pub fn count(&mut self, sums: &[AnalysisSums]) {
        for (analysis, estimand, claims) in &mut self.primary {
            *claims += sums[*analysis].claims(*estimand);
        }
        for (failed, sums) in self.failed.iter_mut().zip(sums) {
            failed.iter_mut().zip(sums.failed()).for_each(|(failed, more)| *failed += more);
        }
    }

    /// Stops a run in which most trials of an analysis give no answer: hours of that tell no more. A short run of
    /// `asked` trials is judged when it is finished, so that the same scenario is refused whatever its length.
    pub fn refuse_hopeless(&self, plan: &Plan, done: u64, asked: u64) -> Result<()> {
        let enough = done >= LEAST_REPLICATES.min(asked);
        let hopeless = |failed: &[u64; FAILURES]| 2 * failed.iter().sum::<u64>() > done;
        let Some(number) = self.failed.iter().position(hopeless).filter(|_| enough) else {
            return Ok(());
        };
        let failed = &self.failed[number];
        let message = format!(
            "{} gave no answer in {} of the first {done} trials: {}",
            plan.analyses[number].id,
            failed.iter().sum::<u64>(),
            Failure::reasons(|failure| failed[failure as usize])
        );
        Err(Error::new(ErrorKind::Scenario, message)
            .help("look at one trial with `trialliance trial`, change the analysis or the design, or go on with --keep-going"))
    }

    /// The largest Wilson-type Monte Carlo standard error among the primary powers.
    pub fn largest_mcse(&self, done: u64) -> Option<f64> {
        self.primary.iter().map(|&(_, _, claims)| wilson_mcse(claims, done as f64)).reduce(f64::max)
    }

    /// Whether the run may stop after `done` replicates.
    pub fn reached(&self, done: u64) -> bool {
        self.precision.is_some_and(|precision| {
            done >= LEAST_REPLICATES && self.largest_mcse(done).is_some_and(|mcse| mcse <= precision)
        })
    }

    /// Blocks to simulate next: growing, so that short runs report early and long ones
    /// seldom wait; with a precision not much beyond what it will take. Never decides
    /// which blocks count.
    pub fn wave(&self, done: u64, threads: usize) -> u64 {
        let least = 8 * threads as u64;
        let growing = (done / BLOCK).clamp(least, LARGEST_WAVE.max(least));
        match (self.precision, self.largest_mcse(done)) {
            (Some(precision), Some(mcse)) if done > 0 => {
                let ratio = mcse / precision;
                let still = done as f64 * (ratio * ratio - 1.0);
                growing.min((still.max(0.0) as u64).div_ceil(BLOCK) + least)
            }
            _ => growing,
        }
    }

    /// How a run by precision ended.
    pub fn outcome(&self, done: u64) -> Option<Precision> {
        let asked = self.precision?;
        let reached = self.largest_mcse(done)?;
        Some(Precision { asked, reached, met: self.reached(done) })
    }
}
