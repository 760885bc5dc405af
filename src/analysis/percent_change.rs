//! Percentage change from baseline, by cell means. Better not used.
//!
//! 100 · (outcome − baseline) ÷ baseline, patient by patient, in an analysis of variance; patients whose baseline is
//! not above zero have none and are left out. It is offered because trials report it, not because it serves: it
//! mixes the outcome with the error of the baseline, is skewed, has no mean at all where baselines near zero
//! can occur, favours patients who began low, and has less power than an analysis of covariance of the outcome
//! itself.
//!
//! Source: Vickers (2001), BMC Med. Res. Methodol. 1:6.

use super::closed_form::{Normal, PowerFormula};
use super::contrast::CellMeans;
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "percent_change",
    summary: "analysis of percentage change from baseline, by cell means; ancova of the outcome serves better",
    reference: "Vickers (2001), BMC Med. Res. Methodol. 1:6",
    design: Design::Trial,
    family: Family::PercentChange,
    takes: &[],
    needs: &[],
    needs_baseline: true,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Patients(Box::new(PercentChange {
            outcome: context.outcome,
            baseline: context.baseline.unwrap_or(usize::MAX),
        }))
    },
};

/// 100 · (outcome − baseline) ÷ baseline; not a number unless the baseline is above zero.
#[must_use]
pub fn percent_change(outcome: f64, baseline: f64) -> f64 {
    if baseline > 0.0 { 100.0 * (outcome - baseline) / baseline } else { f64::NAN }
}

/// Percentage change of one outcome.
#[derive(Debug, Clone, Copy)]
pub struct PercentChange {
    outcome: usize,
    baseline: usize,
}

impl Analysis for PercentChange {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        // Patients without a percentage are left out, and how many is not known before.
        DegreesOfFreedom::Estimated { least: 1.0, most: sizes.iter().sum::<f64>() - ARMS as f64 }
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.outcome, self.baseline]
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for a ratio of two measurements" }
    }
}

impl OfPatients for PercentChange {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(*self)
    }
}

impl Worker for PercentChange {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let (outcome, baseline) = (patients.column(self.outcome), patients.column(self.baseline));
        let of_arm = |arm: usize| {
            let rows = patients.arm(arm).iter().map(|&row| row as usize);
            rows.map(|row| percent_change(outcome[row], baseline[row])).filter(|change| !change.is_nan())
        };
        let cells = CellMeans::new(of_arm)?;
        fits.outcome_variance[0] = cells.variance;
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let (estimate, variance) = cells.contrast(weights);
            fits.set(estimand, estimate, variance, cells.df());
        }
        Ok(())
    }
}
