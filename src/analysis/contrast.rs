//! Contrasts of four means, trial by trial: what the analyses of means share.

use super::{BATCH, Column, Failure, Fits};
use crate::estimand::{self, ARMS, WEIGHTS};

/// Σ w²/n: the variance of a contrast of means per unit of residual variance.
#[must_use]
pub(super) fn weight_over_sizes(weights: &[f64; ARMS], sizes: &[f64; ARMS]) -> f64 {
    weights.iter().zip(sizes).map(|(weight, size)| weight * weight / size).sum()
}

/// Means of the arms of one trial, and the variance about them.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellMeans {
    /// Patients in each arm.
    pub sizes: [f64; ARMS],
    /// Their means.
    pub mean: [f64; ARMS],
    /// Variance within arms, pooled.
    pub variance: f64,
}

impl CellMeans {
    /// Of values by arm.
    pub fn new<I: Iterator<Item = f64>>(of_arm: impl Fn(usize) -> I) -> Result<Self, Failure> {
        let sizes: [f64; ARMS] = std::array::from_fn(|arm| of_arm(arm).count() as f64);
        if sizes.contains(&0.0) {
            return Err(Failure::Singular);
        }
        let mean: [f64; ARMS] = std::array::from_fn(|arm| of_arm(arm).sum::<f64>() / sizes[arm]);
        let squares =
            |arm: usize| of_arm(arm).map(|value| (value - mean[arm]) * (value - mean[arm])).sum::<f64>();
        let squares: f64 = (0..ARMS).map(squares).sum();
        let mut cells = CellMeans { sizes, mean, variance: f64::NAN };
        if cells.df() < 1.0 {
            return Err(Failure::TooFewPatients);
        }
        cells.variance = squares / cells.df();
        Ok(cells)
    }

    /// Degrees of freedom of the variance.
    pub fn df(&self) -> f64 {
        self.sizes.iter().sum::<f64>() - ARMS as f64
    }

    /// A contrast of the means and its squared standard error.
    pub fn contrast(&self, weights: &[f64; ARMS]) -> (f64, f64) {
        let estimate = estimand::contrast(weights, &self.mean);
        (estimate, self.variance * weight_over_sizes(weights, &self.sizes))
    }
}

/// Σ weights · arm means.
#[inline(always)]
pub(super) fn contrast(weights: &[f64; ARMS], mean: &[Column; ARMS], out: &mut Column, trials: usize) {
    let [m0, m1, m2, m3] = mean;
    // Into a column of its own, which the compiler knows to overlap with nothing.
    let mut sum = [0.0; BATCH];
    for trial in 0..trials.min(BATCH) {
        sum[trial] =
            weights[0] * m0[trial] + weights[1] * m1[trial] + weights[2] * m2[trial] + weights[3] * m3[trial];
    }
    out[..trials].copy_from_slice(&sum[..trials]);
}

/// Every estimand from four means with one residual variance.
#[inline(always)]
pub(super) fn with_pooled_variance(
    mean: &[Column; ARMS],
    variance: &Column,
    sizes: &[f64; ARMS],
    fits: &mut Fits,
    trials: usize,
) {
    for (estimand, weights) in WEIGHTS.iter().enumerate() {
        if !fits.wants(estimand) {
            continue;
        }
        let scale = weight_over_sizes(weights, sizes);
        contrast(weights, mean, &mut fits.estimate[estimand], trials);
        for trial in 0..trials {
            fits.variance[estimand][trial] = scale * variance[trial];
        }
    }
    fits.trials = trials;
}
