//! Contrasts of arm means without the assumption of equal variances.
//!
//! Each arm has its own variance; the degrees of freedom of each contrast are
//! Welch and Satterthwaite's. Source: Welch (1938), Biometrika 29:350;
//! Satterthwaite (1946), Biometrics Bull. 2:110.

use super::closed_form::{Normal, PowerFormula};
use super::contrast::contrast;
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments, packed};
use crate::estimand::{ARMS, Family, WEIGHTS};

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "welch",
    summary: "contrasts of the four arm means with each arm's own variance, Welch–Satterthwaite degrees of freedom",
    reference: "Welch (1938), Biometrika 29:350; Satterthwaite (1946), Biometrics Bull. 2:110",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| Estimator::Moments(Box::new(Welch { outcome: context.outcome })),
};

/// Welch contrasts of one outcome.
#[derive(Debug, Clone, Copy)]
pub struct Welch {
    /// The outcome's index among the variables.
    pub outcome: usize,
}

impl Welch {
    #[inline(always)]
    fn fit_here(&self, moments: &MomentsBatch, trials: usize, fits: &mut Fits) {
        moments.pooled_variance(self.outcome, trials, &mut fits.outcome_variance);
        let squares = &moments.by_arm[packed(self.outcome, self.outcome)];
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            contrast(weights, &moments.mean[self.outcome], &mut fits.estimate[estimand], trials);
            let shares: [f64; ARMS] = std::array::from_fn(|arm| {
                weights[arm] * weights[arm] / (moments.sizes[arm] * (moments.sizes[arm] - 1.0))
            });
            let inverse_df = moments.sizes.map(|size| 1.0 / (size - 1.0));
            for trial in 0..trials {
                let (mut variance, mut spread) = (0.0, 0.0);
                for arm in 0..ARMS {
                    let part = shares[arm] * squares[arm][trial];
                    variance += part;
                    spread += part * part * inverse_df[arm];
                }
                fits.variance[estimand][trial] = variance;
                fits.degrees_of_freedom[estimand][trial] = variance * variance / spread;
            }
        }
        fits.trials = trials;
    }
}

impl OfMoments for Welch {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        moments.widest(
            #[inline(always)]
            |trials| self.fit_here(moments, trials, fits),
        );
    }
}

impl Analysis for Welch {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        let smallest = sizes.iter().copied().fold(f64::INFINITY, f64::min);
        DegreesOfFreedom::Estimated { least: smallest - 1.0, most: sizes.iter().sum::<f64>() - ARMS as f64 }
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.outcome]
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn by_arm(&self) -> Vec<(usize, usize)> {
        vec![(self.outcome, self.outcome)]
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        normal.welch_power(self.outcome, weights, alpha)
    }
}
