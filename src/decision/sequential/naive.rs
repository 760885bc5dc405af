//! How the plain estimate fares after stopping.
//!
//! A trial that stopped early for a large effect has met with a large effect: the estimate Z/√t of the drift,
//! unbiased at a planned time, is biased when the data choose the time, and its interval misses more or less
//! often than it says. Mean, variance and coverage follow exactly from the densities at the looks.
//!
//! Source: Whitehead (1986), Biometrika 73:573; Jennison, Turnbull (2000), sections 8.2 and 8.3.

use super::boundaries::Boundaries;
use super::passage::{Moments, Passage};
use crate::stats::normal;
use libm::sqrt;

/// The plain estimate of the drift under a true drift: divided by √(full information), of the effect.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveEstimate {
    /// Its mean.
    pub mean: f64,
    /// Its mean less the true drift.
    pub bias: f64,
    /// Its variance.
    pub variance: f64,
    /// Its mean in the trials that stop at each look: NaN where none does.
    pub mean_by_look: Vec<f64>,
}

impl Boundaries {
    /// How the estimate Z/√t is distributed under a drift, if the trial always stops for futility.
    #[must_use]
    pub fn naive_estimate(&self, drift: f64) -> NaiveEstimate {
        let passage = self.followed().serving(drift);
        let (mut mean, mut square) = (0.0, 0.0);
        let mut mean_by_look = Vec::with_capacity(self.looks());
        for look in 0..self.looks() {
            let time = passage.time(look);
            let stopped = stopped(&passage, look, drift, look + 1 == self.looks());
            mean += stopped.first / time;
            square += stopped.second / (time * time);
            mean_by_look.push(stopped.first / (stopped.probability * time));
        }
        NaiveEstimate { mean, bias: mean - drift, variance: square - mean * mean, mean_by_look }
    }

    /// The probability that the plain interval, Z/√t ± q/√t with the normal quantile q of its level, covers the
    /// true drift, if the trial always stops for futility.
    #[must_use]
    pub fn naive_coverage(&self, drift: f64, level: f64) -> f64 {
        let passage = self.followed().serving(drift);
        let quantile = normal::isf(0.5 * (1.0 - level));
        let mut covered = 0.0;
        for look in 0..self.looks() {
            let mean = drift * sqrt(passage.time(look));
            let (least, most) = (mean - quantile, mean + quantile);
            let (lower, upper) = passage.bounds(look);
            // The last look stops everywhere.
            let (lower, upper) = if look + 1 == self.looks() { (mean, mean) } else { (lower, upper) };
            covered +=
                passage.above(look, upper.max(least), drift) - passage.above(look, upper.max(most), drift);
            covered +=
                passage.below(look, lower.min(most), drift) - passage.below(look, lower.min(least), drift);
        }
        covered
    }
}

/// The trials that stop at a look.
fn stopped(passage: &Passage, look: usize, drift: f64, last: bool) -> Moments {
    if last {
        return passage.moments_above(look, f64::NEG_INFINITY, drift);
    }
    let (lower, upper) = passage.bounds(look);
    let (below, above) =
        (passage.moments_below(look, lower, drift), passage.moments_above(look, upper, drift));
    Moments {
        probability: below.probability + above.probability,
        first: below.first + above.first,
        second: below.second + above.second,
    }
}
