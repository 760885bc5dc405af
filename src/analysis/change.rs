//! Analysis of change scores: outcome minus baseline, by cell means.
//!
//! It is an analysis of variance of the difference. It wastes what the baseline
//! could tell unless the slope of outcome on baseline is 1, and is offered
//! because trials report it. Source: Vickers, Altman (2001), BMJ 323:1123.

use super::blinded::Blinded;
use super::closed_form::{Normal, NormalTheory, PowerFormula};
use super::contrast::with_pooled_variance;
use super::registry::{Design, Entry};
use super::{Analysis, BATCH, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments, packed};
use crate::estimand::{ARMS, Family};

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "change",
    summary: "analysis of change scores: outcome minus baseline, contrasts of the four arm means, pooled residual variance",
    reference: "Vickers, Altman (2001), BMJ 323:1123",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[],
    needs: &[],
    needs_baseline: true,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Moments(Box::new(Change {
            outcome: context.outcome,
            // A checked scenario has a baseline here; without one the data are asked for at an
            // index that does not exist, never silently taken from elsewhere.
            baseline: context.baseline.unwrap_or(usize::MAX),
        }))
    },
};

/// Analysis of the change of one outcome from its baseline.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// The outcome's index among the variables.
    pub outcome: usize,
    /// The baseline's index among the variables.
    pub baseline: usize,
}

impl Change {
    #[inline(always)]
    fn fit_here(&self, moments: &MomentsBatch, trials: usize, fits: &mut Fits) {
        moments.pooled_variance(self.outcome, trials, &mut fits.outcome_variance);
        let residual_df = moments.pooled_degrees_of_freedom();
        let outcome = &moments.pooled[packed(self.outcome, self.outcome)];
        let baseline = &moments.pooled[packed(self.baseline, self.baseline)];
        let product = &moments.pooled[packed(self.outcome, self.baseline)];
        let mut variance = [0.0; BATCH];
        for trial in 0..trials {
            variance[trial] = (outcome[trial] - 2.0 * product[trial] + baseline[trial]) / residual_df;
        }
        fits.set_residual_variance(&variance);
        let mut mean = [[0.0; BATCH]; ARMS];
        for (arm, column) in mean.iter_mut().enumerate() {
            for trial in 0..trials {
                column[trial] =
                    moments.mean[self.outcome][arm][trial] - moments.mean[self.baseline][arm][trial];
            }
        }
        with_pooled_variance(&mean, &variance, &moments.sizes, fits, trials);
    }
}

impl OfMoments for Change {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        moments.widest(
            #[inline(always)]
            |trials| self.fit_here(moments, trials, fits),
        );
    }
}

impl Analysis for Change {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(sizes.iter().sum::<f64>() - ARMS as f64)
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.outcome, self.baseline]
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn has_common_variance(&self) -> bool {
        true
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn spares_estimands(&self) -> bool {
        true
    }

    fn blinded(&self) -> Option<Box<dyn OfMoments>> {
        Some(Box::new(Blinded { outcome: self.outcome, less: Some(self.baseline), covariates: Vec::new() }))
    }

    fn narrow(&self, normal: &Normal, weights: &[f64; ARMS], most: f64, miss: f64) -> PowerFormula {
        normal.contrast_narrow(&[(self.outcome, 1.0), (self.baseline, -1.0)], weights, most, miss)
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        normal.contrast_power(&[(self.outcome, 1.0), (self.baseline, -1.0)], weights, alpha)
    }

    fn theory(&self, normal: &Normal) -> Result<NormalTheory, &'static str> {
        normal.theory_of_contrasts(&[(self.outcome, 1.0), (self.baseline, -1.0)])
    }
}
