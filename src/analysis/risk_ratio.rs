//! Ratios of the arms' shares of responders, on the scale of logarithms.
//!
//! A contrast Σ w·log p̂ with the variance Σ w²(1 − p̂)/(n·p̂) by the delta method, Wald's test and limits. Of
//! two arms it is the log of the risk ratio, of a main effect the mean of the two at the other factor's
//! levels: the log of their geometric mean. An arm without responders has no ratio.
//!
//! Source: Katz et al. (1978), Biometrics 34:469.

use super::closed_form::{Normal, PowerFormula};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::responders::Responders;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "risk_ratio",
    summary: "ratios of the shares of responders, as logarithms: Wald's test and limits",
    reference: "Katz et al. (1978), Biometrics 34:469",
    design: Design::Trial,
    family: Family::RiskRatios,
    takes: &[Field::Responder],
    needs: &[Field::Responder],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| Estimator::Patients(Box::new(RiskRatio { responders: Responders::new(context) })),
};

/// Ratios of shares for one outcome.
#[derive(Debug, Clone, Copy)]
pub struct RiskRatio {
    responders: Responders,
}

impl Analysis for RiskRatio {
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

impl OfPatients for RiskRatio {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(*self)
    }
}

impl Worker for RiskRatio {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let (sizes, share) = self.responders.shares(patients)?;
        let log = share.map(libm::log);
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let (mut estimate, mut variance) = (0.0, 0.0);
            for arm in (0..ARMS).filter(|&arm| weights[arm] != 0.0) {
                estimate += weights[arm] * log[arm];
                variance += weights[arm] * weights[arm] * (1.0 - share[arm]) / (sizes[arm] * share[arm]);
            }
            // Nobody responds in an arm, or everybody in all: there is no ratio, or no error that could be told.
            if !estimate.is_finite() || variance <= 0.0 {
                return Err(Failure::Separation);
            }
            fits.set(estimand, estimate, variance, f64::INFINITY);
        }
        Ok(())
    }
}
