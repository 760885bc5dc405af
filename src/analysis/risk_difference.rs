//! Shares of responders in the arms, and their differences.
//!
//! A contrast Σ w·p̂ of the arms' shares with Wald's variance Σ w²p̂(1 − p̂)/n for the test. The limits are
//! Newcombe's, made for any contrast: with Wilson's limits lₐ, uₐ of each share, the lower
//! limit lies √Σ w²(p̂ₐ − lₐ)² below the estimate, where for a negative weight p̂ₐ − lₐ gives way to
//! uₐ − p̂ₐ. For two arms that is his method 10.
//!
//! Sources: Wilson (1927), J. Am. Stat. Assoc. 22:209; Newcombe (1998), Stat. Med. 17:873; Zou, Donner
//! (2008), Stat. Med. 27:1693.

use super::closed_form::{Normal, PowerFormula};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::responders::Responders;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::Field;
use crate::stats::normal;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "risk_difference",
    summary: "differences of the shares of responders: Wald's test, Newcombe's limits",
    reference: "Newcombe (1998), Stat. Med. 17:873; Zou, Donner (2008), Stat. Med. 27:1693",
    design: Design::Trial,
    family: Family::RiskDifferences,
    takes: &[Field::Responder],
    needs: &[Field::Responder],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| {
        Estimator::Patients(Box::new(RiskDifference {
            responders: Responders::new(context),
            quantile: normal::quantile(0.5 + 0.5 * context.settings.confidence_level),
        }))
    },
};

/// Differences of shares for one outcome.
#[derive(Debug, Clone, Copy)]
pub struct RiskDifference {
    responders: Responders,
    /// Of the standard normal distribution, for the limits.
    quantile: f64,
}

impl Analysis for RiskDifference {
    fn degrees_of_freedom(&self, _: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(f64::INFINITY)
    }

    fn variables(&self) -> Vec<usize> {
        self.responders.variables_beside(&[])
    }

    fn outcome(&self) -> usize {
        self.responders.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for shares of responders" }
    }
}

impl OfPatients for RiskDifference {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(*self)
    }
}

/// Wilson's limits of a share.
fn wilson(share: f64, size: f64, quantile: f64) -> [f64; 2] {
    let squared = quantile * quantile;
    let centre = share + squared / (2.0 * size);
    let half = quantile * (share * (1.0 - share) / size + squared / (4.0 * size * size)).sqrt();
    let scale = 1.0 + squared / size;
    [(centre - half) / scale, (centre + half) / scale]
}

impl Worker for RiskDifference {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let (sizes, share) = self.responders.shares(patients)?;
        let limits: [[f64; 2]; ARMS] =
            std::array::from_fn(|arm| wilson(share[arm], sizes[arm], self.quantile));
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let (mut estimate, mut variance, mut below, mut above) = (0.0, 0.0, 0.0, 0.0);
            for arm in 0..ARMS {
                let (weight, share) = (weights[arm], share[arm]);
                estimate += weight * share;
                variance += weight * weight * share * (1.0 - share) / sizes[arm];
                let [low, high] = limits[arm].map(|limit| weight * (limit - share));
                below += low.min(high) * low.min(high);
                above += low.max(high) * low.max(high);
            }
            // Nobody or everybody responds in all arms compared: there is no error that could be told.
            if variance <= 0.0 {
                return Err(Failure::Separation);
            }
            fits.set(estimand, estimate, variance, f64::INFINITY);
            fits.set_limits(estimand, [estimate - below.sqrt(), estimate + above.sqrt()]);
        }
        Ok(())
    }
}
