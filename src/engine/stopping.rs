//! When a run by precision stops.

use super::LARGEST_WAVE;
use super::block::BLOCK;
use super::plan::Plan;
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
}

impl Stopping {
    pub fn new(plan: &Plan, precision: Option<f64>) -> Self {
        let position = |hypothesis: &crate::result::HypothesisId| {
            let analysis = plan.analyses.iter().position(|planned| planned.id == hypothesis.analysis)?;
            let mut estimands = plan.analyses[analysis].estimands.iter();
            let estimand = estimands.position(|estimand| estimand.id == hypothesis.estimand)?;
            Some((analysis, estimand, 0.0))
        };
        Stopping { precision, primary: plan.primary.iter().filter_map(position).collect() }
    }

    /// Adds a block's claims.
    pub fn count(&mut self, sums: &[AnalysisSums]) {
        for (analysis, estimand, claims) in &mut self.primary {
            *claims += sums[*analysis].claims(*estimand);
        }
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
