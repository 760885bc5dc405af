//! Contrasts of four means, trial by trial: what the analyses of means share.

use super::{BATCH, Column, Fits};
use crate::estimand::{ARMS, WEIGHTS};

/// Σ w²/n: the variance of a contrast of means per unit of residual variance.
#[must_use]
pub(super) fn weight_over_sizes(weights: &[f64; ARMS], sizes: &[f64; ARMS]) -> f64 {
    weights.iter().zip(sizes).map(|(weight, size)| weight * weight / size).sum()
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
        let scale = weight_over_sizes(weights, sizes);
        contrast(weights, mean, &mut fits.estimate[estimand], trials);
        for trial in 0..trials {
            fits.variance[estimand][trial] = scale * variance[trial];
        }
    }
    fits.trials = trials;
}
