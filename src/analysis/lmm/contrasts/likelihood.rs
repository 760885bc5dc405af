//! The restricted likelihood of trials side by side, by contrasts between therapists, and its maximum.
//!
//! M(λ) = S₀ + Σ r·zzᵀ are the products of covariates and outcome, R the residual sum of squares that M leaves: then
//! f(λ) = Σ log(1 + λd) + log|M_xx| + (N − 4 − p) log R, as [`reml`](super::super::reml) has it with the arms in M. Newton's
//! steps, kept within a bracket; each trial's are its own, whoever lies beside it.

use super::super::reml::{CLOSE, LARGEST, MOST_STEPS};
use super::elimination::{Elimination, Square};
use super::{LANES, Lanes};
use crate::observation::MOST_THERAPISTS;

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
pub(super) struct Likelihood<'a, const N: usize> {
    pub groups: &'a [Group],
    /// Σ zzᵀ by group.
    pub products: &'a [Square<N>; MOST_THERAPISTS],
    /// S₀.
    pub rest: Square<N>,
    /// N − 4 − p.
    pub left: f64,
}

/// What is known at one λ each.
pub(super) struct Point<const N: usize> {
    /// M with the covariates taken out.
    pub eliminated: Elimination<N>,
    /// What that makes of M′.
    pub first: Square<N>,
    /// R.
    pub sum_of_squares: Lanes,
    /// R′ and R″.
    pub residual: [Lanes; 2],
    /// First and second derivative of Σ log(1 + λd) + log|M_xx|.
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

/// Where it begins if nothing says how far above.
const FAR: f64 = 1.0;

impl<const N: usize> Likelihood<'_, N> {
    /// Everything at one λ each.
    #[inline(always)]
    pub fn at(&self, ratio: &Lanes) -> Point<N> {
        let mut weighted = self.rest;
        let (mut first, mut second) = ([[[0.0; LANES]; N]; N], [[[0.0; LANES]; N]; N]);
        let (mut of_log, mut of_log_twice) = ([0.0; LANES], [0.0; LANES]);
        for (group, products) in self.groups.iter().zip(self.products) {
            let (d, count) = (group.information, (group.until - group.from) as f64);
            let (mut r, mut dr) = ([0.0; LANES], [0.0; LANES]);
            for trial in 0..LANES {
                r[trial] = 1.0 / (1.0 + ratio[trial] * d);
                dr[trial] = d * r[trial];
                of_log[trial] += count * dr[trial];
                of_log_twice[trial] -= count * (dr[trial] * dr[trial]);
            }
            for row in 0..N {
                for column in 0..=row {
                    for trial in 0..LANES {
                        let shrunk = products[row][column][trial] * r[trial];
                        weighted[row][column][trial] += shrunk;
                        first[row][column][trial] -= shrunk * dr[trial];
                        second[row][column][trial] += 2.0 * shrunk * (dr[trial] * dr[trial]);
                    }
                }
            }
        }
        let eliminated = Elimination::new(&weighted);
        let (first, second) = (eliminated.of_both_sides(&first), eliminated.of_both_sides(&second));
        let Elimination { own, inverse, .. } = &eliminated;
        let outcome = N - 1;
        let mut residual = [first[outcome][outcome], second[outcome][outcome]];
        for row in 0..outcome {
            for trial in 0..LANES {
                let with_outcome = first[outcome][row][trial];
                residual[1][trial] -= 2.0 * (with_outcome * with_outcome) * inverse[row][trial];
                let relative = first[row][row][trial] * inverse[row][trial];
                of_log[trial] += relative;
                of_log_twice[trial] += second[row][row][trial] * inverse[row][trial] - relative * relative;
            }
            for column in 0..row {
                for trial in 0..LANES {
                    let both = first[row][column][trial];
                    of_log_twice[trial] -=
                        2.0 * (both * both) * (inverse[row][trial] * inverse[column][trial]);
                }
            }
        }
        let sum_of_squares = own[outcome];
        let (mut slope, mut curvature) = ([0.0; LANES], [0.0; LANES]);
        for trial in 0..LANES {
            let inverse = 1.0 / sum_of_squares[trial];
            let relative = residual[0][trial] * inverse;
            slope[trial] = of_log[trial] + self.left * relative;
            curvature[trial] =
                of_log_twice[trial] + self.left * (residual[1][trial] * inverse - relative * relative);
        }
        let determinant = [of_log, of_log_twice];
        Point { eliminated, first, sum_of_squares, residual, determinant, slope, curvature }
    }

    /// Where the search begins: where R and R′ at 0 are what they are expected to be. Without covariates, and where all
    /// contrasts have the same d, that is the maximum.
    #[inline(always)]
    fn start(&self, boundary: &Point<N>) -> Lanes {
        let (mut information, mut squared) = (0.0, 0.0);
        for group in self.groups {
            let all = (group.until - group.from) as f64 * group.information;
            information += all;
            squared += all * group.information;
        }
        let mut ratio = [0.0; LANES];
        for trial in 0..LANES {
            let relative = boundary.residual[0][trial] / boundary.sum_of_squares[trial];
            let start = -boundary.slope[trial] / (squared + relative * information);
            // Not a number where nothing is left, and negative where R′ is more than can be expected.
            let known = if start < 0.0 { FAR } else { start.min(LARGEST) };
            ratio[trial] = if known > LEAST_START { known } else { LEAST_START };
        }
        ratio
    }

    /// The maximum over λ ≥ 0, each trial's found without the others: one that is found waits.
    #[inline(always)]
    pub fn maximise(&self) -> Maximum {
        // f falls to the left of a minimum: at 0 it rises where the maximum is there.
        let boundary = self.at(&[0.0; LANES]);
        let mut ratio = self.start(&boundary);
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
