//! The restricted likelihood of trials side by side, by contrasts between therapists, and its maximum.
//!
//! f(λ) = Σ log(1 + λd) + (N − 4) log R(λ), R(λ) = Σ z²r + S₀, as [`reml`](super::super::reml) has it with matrices. Newton's
//! steps, kept within a bracket; each trial's are its own, whoever lies beside it.

use super::super::reml::{CLOSE, LARGEST, MOST_STEPS};
use crate::observation::MOST_THERAPISTS;

/// Trials that are fitted side by side; it divides the batch.
pub(super) const LANES: usize = 8;

/// One number of each.
pub(super) type Lanes = [f64; LANES];

/// Contrasts that have the same part of the variance between therapists.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub information: f64,
    /// The contrasts.
    pub from: usize,
    pub until: usize,
    /// By estimand: Σ (wᵀc)²/d.
    pub moving: Vec<f64>,
}

/// f of trials side by side.
pub(super) struct Likelihood<'a> {
    pub groups: &'a [Group],
    /// Σ z² by group.
    pub squares: &'a [Lanes; MOST_THERAPISTS],
    /// S₀.
    pub rest: Lanes,
    pub left: f64,
}

/// What is known at one λ each.
pub(super) struct Point {
    /// R.
    pub sum_of_squares: Lanes,
    /// R′ and R″.
    pub residual: [Lanes; 2],
    /// First and second derivative of Σ log(1 + λd).
    pub determinant: [Lanes; 2],
    /// f′ and f″.
    slope: Lanes,
    curvature: Lanes,
}

/// Where the likelihoods are largest.
pub(super) struct Maximum {
    pub ratio: Lanes,
    /// Whether there is a maximum.
    pub found: [bool; LANES],
}

/// How far above zero the search begins at least.
const LEAST_START: f64 = 1e-3;

impl Likelihood<'_> {
    /// Everything at one λ each.
    #[inline(always)]
    pub fn at(&self, ratio: &Lanes) -> Point {
        let mut sum_of_squares = self.rest;
        let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
        let (mut of_log, mut of_log_twice) = ([0.0; LANES], [0.0; LANES]);
        for (group, squares) in self.groups.iter().zip(self.squares) {
            let (d, count) = (group.information, (group.until - group.from) as f64);
            for trial in 0..LANES {
                let r = 1.0 / (1.0 + ratio[trial] * d);
                let (shrunk, dr) = (squares[trial] * r, d * r);
                sum_of_squares[trial] += shrunk;
                first[trial] -= shrunk * dr;
                second[trial] += 2.0 * shrunk * (dr * dr);
                of_log[trial] += count * dr;
                of_log_twice[trial] -= count * (dr * dr);
            }
        }
        let (mut slope, mut curvature) = ([0.0; LANES], [0.0; LANES]);
        for trial in 0..LANES {
            let inverse = 1.0 / sum_of_squares[trial];
            let relative = first[trial] * inverse;
            slope[trial] = of_log[trial] + self.left * relative;
            curvature[trial] =
                of_log_twice[trial] + self.left * (second[trial] * inverse - relative * relative);
        }
        Point {
            sum_of_squares,
            residual: [first, second],
            determinant: [of_log, of_log_twice],
            slope,
            curvature,
        }
    }

    /// Where the search begins: the maximum if all contrasts had their mean d.
    #[inline(always)]
    fn start(&self) -> Lanes {
        let (mut count, mut information, mut between) = (0.0, 0.0, [0.0; LANES]);
        for (group, squares) in self.groups.iter().zip(self.squares) {
            let own = (group.until - group.from) as f64;
            count += own;
            information += own * group.information;
            for trial in 0..LANES {
                between[trial] += squares[trial];
            }
        }
        let mut ratio = [0.0; LANES];
        for trial in 0..LANES {
            let of_means = between[trial] * (self.left - count) / (count * self.rest[trial]);
            let start = (of_means - 1.0) * count / information;
            // Not a number where nothing is left.
            ratio[trial] = if start > LEAST_START { start.min(LARGEST) } else { LEAST_START };
        }
        ratio
    }

    /// The maximum over λ ≥ 0, each trial's found without the others: one that is found waits.
    #[inline(always)]
    pub fn maximise(&self) -> Maximum {
        // f falls to the left of a minimum: at 0 it rises where the maximum is there.
        let boundary = self.at(&[0.0; LANES]);
        let mut ratio = self.start();
        let (mut low, mut high) = ([0.0; LANES], [f64::INFINITY; LANES]);
        let mut found = [false; LANES];
        let mut failed = [false; LANES];
        for trial in 0..LANES {
            found[trial] = boundary.slope[trial] >= 0.0;
            failed[trial] = boundary.slope[trial].is_nan();
            ratio[trial] = if found[trial] { 0.0 } else { ratio[trial] };
        }
        for _ in 0..MOST_STEPS {
            if (0..LANES).all(|trial| found[trial] | failed[trial]) {
                break;
            }
            let Point { slope, curvature, .. } = self.at(&ratio);
            for trial in 0..LANES {
                let now = ratio[trial];
                let step = -slope[trial] / curvature[trial];
                low[trial] = if slope[trial] < 0.0 { now } else { low[trial] };
                high[trial] = if slope[trial] < 0.0 { high[trial] } else { now };
                let bends = curvature[trial] > 0.0;
                let next = now + step;
                let close = bends & (step.abs() <= CLOSE * now);
                let within = bends & (next > low[trial]) & (next < high[trial]) & (next <= 10.0 * now);
                let halved = 0.5 * (low[trial] + high[trial]);
                let bounded = high[trial] < f64::INFINITY;
                let safe = if bounded { halved } else { 4.0 * now };
                let next = if within | close { next } else { safe };
                let goes_on = !(found[trial] | failed[trial]);
                let closed = bounded & (high[trial] - low[trial] <= f64::EPSILON * high[trial]);
                let lost = next.is_nan() | (next <= 0.0) | (next > LARGEST) | (closed & !close);
                failed[trial] |= goes_on & lost;
                found[trial] |= goes_on & close & !lost;
                ratio[trial] = if goes_on & !lost { next } else { now };
            }
        }
        Maximum { ratio, found }
    }
}
