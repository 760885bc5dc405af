//! Regression of an outcome on an exposure that nobody assigned.
//!
//! Ordinary least squares of the outcome on the patients' rating of the context and
//! on covariates: with S the cross-products of covariates and exposure (last), the
//! slope is the last entry of S⁻¹Sᵧ and its variance s² times the last diagonal
//! entry of S⁻¹, on N − 1 − p degrees of freedom. Without assignment the slope is an
//! association; what it would be if ratings were changed is another number.
//!
//! Source: Searle (1971), "Linear models", chapter 3.

use super::ancova::{Ancova, MOST_COVARIATES};
use super::closed_form::{Normal, PowerFormula};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments, packed};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "exposure",
    summary: "regression of the outcome on the patients' rating of the context, adjusted for covariates",
    reference: "Searle (1971), Linear models, chapter 3",
    design: Design::Observational,
    family: Family::ExposureSlope,
    takes: &[Field::Covariates],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        let mut regressors = context.covariates.clone();
        regressors.extend(context.exposure);
        Estimator::Moments(Box::new(Exposure {
            model: Ancova { outcome: context.outcome, covariates: regressors },
        }))
    },
};

/// Regression of one outcome on the exposure.
#[derive(Debug, Clone)]
pub struct Exposure {
    /// The outcome, and all regressors, the exposure last.
    model: Ancova,
}

impl Exposure {
    fn residual_degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> f64 {
        sizes.iter().sum::<f64>() - 1.0 - self.model.covariates.len() as f64
    }

    fn fit_with<const P: usize>(&self, moments: &MomentsBatch, fits: &mut Fits) {
        let adjustment =
            self.model.adjust::<P>(moments, moments.trials, self.residual_degrees_of_freedom(&moments.sizes));
        let total = moments.sizes.iter().sum::<f64>() - 1.0;
        for trial in 0..moments.trials {
            (fits.estimate[0][trial], fits.variance[0][trial]) = adjustment.last_slope(trial);
            fits.outcome_variance[trial] =
                moments.pooled[packed(self.model.outcome, self.model.outcome)][trial] / total;
        }
        fits.trials = moments.trials;
    }
}

impl OfMoments for Exposure {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        match self.model.covariates.len() {
            // Without an exposure there is no answer: the estimates stay what they are, not numbers.
            0 => fits.trials = moments.trials,
            1 => self.fit_with::<1>(moments, fits),
            2 => self.fit_with::<2>(moments, fits),
            3 => self.fit_with::<3>(moments, fits),
            4 => self.fit_with::<4>(moments, fits),
            5 => self.fit_with::<5>(moments, fits),
            6 => self.fit_with::<6>(moments, fits),
            7 => self.fit_with::<7>(moments, fits),
            MOST_COVARIATES => self.fit_with::<MOST_COVARIATES>(moments, fits),
            _ => self.fit_with::<{ MOST_COVARIATES + 1 }>(moments, fits),
        }
    }
}

impl Analysis for Exposure {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(self.residual_degrees_of_freedom(sizes))
    }

    fn variables(&self) -> Vec<usize> {
        self.model.variables()
    }

    fn outcome(&self) -> usize {
        self.model.outcome
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for the slope of an exposure with a rating's limits" }
    }
}
