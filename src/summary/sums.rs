//! The sums that are kept for each analysis and estimand.

use super::Merge;
use crate::analysis::{Column, Fits};
use crate::decision::Critical;
use crate::estimand::ESTIMANDS;

/// What the trials are held against.
#[derive(Debug, Clone)]
pub struct Target {
    /// The truth of each estimand.
    pub truth: [f64; ESTIMANDS],
    /// Critical values of the tests and intervals.
    pub critical: Critical,
}

/// Sums over trials for one estimand.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct EstimandSums {
    /// Powers 1 to 4 of estimate − truth.
    pub deviation: [f64; 4],
    /// Powers 1 and 2 of the squared standard error.
    pub variance: [f64; 2],
    /// Intervals that contain the truth.
    pub covered: f64,
    /// Trials that claim an effect.
    pub significant: f64,
    /// Of these, with the sign of the estimate against the truth's.
    pub wrong_sign: f64,
    /// Powers 1 and 2 of |estimate| over the trials that claim an effect.
    pub magnitude: [f64; 2],
    /// Powers 1 and 2 of estimate ÷ pooled standard deviation of the outcome.
    pub standardised: [f64; 2],
    /// Powers 1 and 2 of t²/(t² + df).
    pub eta_squared: [f64; 2],
}

/// Sums over trials for one analysis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AnalysisSums {
    /// Trials whose analysis gave an answer.
    pub(super) answered: u64,
    /// Trials whose analysis gave none.
    pub(super) failed: u64,
    pub(super) estimands: [EstimandSums; ESTIMANDS],
}

/// Partial sums side by side: the order of addition is fixed here, so vector
/// instructions of any width give the same bits.
const WIDTH: usize = 4;

type Partial = [f64; WIDTH];

impl AnalysisSums {
    /// Trials that claim an effect for estimand number `estimand`.
    #[must_use]
    pub fn claims(&self, estimand: usize) -> f64 {
        self.estimands[estimand].significant
    }

    /// Adds a batch of trials. Trials without an answer are counted apart.
    pub fn add(&mut self, fits: &mut Fits, target: &Target) {
        self.failed += fits.drop_failures();
        self.answered += fits.trials as u64;
        let trials = fits.trials;
        let mut inverse_sd = [0.0; crate::analysis::BATCH];
        for trial in 0..trials {
            inverse_sd[trial] = 1.0 / fits.outcome_variance[trial].sqrt();
        }
        for (estimand, sums) in self.estimands.iter_mut().enumerate() {
            let columns = Columns {
                estimate: &fits.estimate[estimand][..trials],
                variance: &fits.variance[estimand][..trials],
            };
            sums.add_moments(columns, target.truth[estimand]);
            match &target.critical {
                Critical::Constant { test, interval, degrees_of_freedom } => {
                    sums.add_claims(columns, target.truth[estimand], |_| (*test, *interval));
                    sums.add_effect_sizes(columns, &inverse_sd, |_| *degrees_of_freedom);
                }
                Critical::Estimated { test, interval } => {
                    let df = &fits.degrees_of_freedom[estimand];
                    let squared = |critical: f64| critical * critical;
                    sums.add_claims(columns, target.truth[estimand], |trial| {
                        (squared(test.at(df[trial])), squared(interval.at(df[trial])))
                    });
                    sums.add_effect_sizes(columns, &inverse_sd, |trial| df[trial]);
                }
            }
        }
    }
}

/// Estimates and squared standard errors of one estimand.
#[derive(Clone, Copy)]
struct Columns<'a> {
    estimate: &'a [f64],
    variance: &'a [f64],
}

impl EstimandSums {
    #[inline(always)]
    fn add_moments(&mut self, columns: Columns<'_>, truth: f64) {
        let mut sums = [Partial::default(); 6];
        each(columns, |lane, _, estimate, variance| {
            let deviation = estimate - truth;
            let squared = deviation * deviation;
            sums[0][lane] += deviation;
            sums[1][lane] += squared;
            sums[2][lane] += squared * deviation;
            sums[3][lane] += squared * squared;
            sums[4][lane] += variance;
            sums[5][lane] += variance * variance;
        });
        for (total, partial) in self.deviation.iter_mut().chain(&mut self.variance).zip(&sums) {
            *total += add_lanes(partial);
        }
    }

    #[inline(always)]
    fn add_claims(&mut self, columns: Columns<'_>, truth: f64, critical: impl Fn(usize) -> (f64, f64)) {
        let mut sums = [Partial::default(); 5];
        each(columns, |lane, trial, estimate, variance| {
            let (test, interval) = critical(trial);
            let deviation = estimate - truth;
            let covered = deviation * deviation <= interval * variance;
            let significant = estimate * estimate > test * variance;
            let wrong = significant & (estimate * truth < 0.0);
            let magnitude = if significant { estimate.abs() } else { 0.0 };
            sums[0][lane] += f64::from(u8::from(covered));
            sums[1][lane] += f64::from(u8::from(significant));
            sums[2][lane] += f64::from(u8::from(wrong));
            sums[3][lane] += magnitude;
            sums[4][lane] += magnitude * magnitude;
        });
        let totals = [&mut self.covered, &mut self.significant, &mut self.wrong_sign];
        for (total, partial) in totals.into_iter().chain(&mut self.magnitude).zip(&sums) {
            *total += add_lanes(partial);
        }
    }

    #[inline(always)]
    fn add_effect_sizes(
        &mut self,
        columns: Columns<'_>,
        inverse_sd: &Column,
        degrees_of_freedom: impl Fn(usize) -> f64,
    ) {
        let mut sums = [Partial::default(); 4];
        each(columns, |lane, trial, estimate, variance| {
            let standardised = estimate * inverse_sd[trial];
            let squared = estimate * estimate;
            let eta = squared / (squared + degrees_of_freedom(trial) * variance);
            sums[0][lane] += standardised;
            sums[1][lane] += standardised * standardised;
            sums[2][lane] += eta;
            sums[3][lane] += eta * eta;
        });
        for (total, partial) in self.standardised.iter_mut().chain(&mut self.eta_squared).zip(&sums) {
            *total += add_lanes(partial);
        }
    }

    fn merge(&mut self, after: &Self) {
        let add = |to: &mut [f64], from: &[f64]| {
            for (total, part) in to.iter_mut().zip(from) {
                *total += part;
            }
        };
        add(&mut self.deviation, &after.deviation);
        add(&mut self.variance, &after.variance);
        self.covered += after.covered;
        self.significant += after.significant;
        self.wrong_sign += after.wrong_sign;
        add(&mut self.magnitude, &after.magnitude);
        add(&mut self.standardised, &after.standardised);
        add(&mut self.eta_squared, &after.eta_squared);
    }
}

impl Merge for AnalysisSums {
    fn merge(&mut self, after: Self) {
        self.answered += after.answered;
        self.failed += after.failed;
        for (total, part) in self.estimands.iter_mut().zip(&after.estimands) {
            total.merge(part);
        }
    }
}

impl Merge for Vec<AnalysisSums> {
    fn merge(&mut self, after: Self) {
        for (total, part) in self.iter_mut().zip(after) {
            total.merge(part);
        }
    }
}

/// Calls `add(lane, trial, estimate, variance)` for every trial, lanes in turn.
#[inline(always)]
fn each(columns: Columns<'_>, mut add: impl FnMut(usize, usize, f64, f64)) {
    let trials = columns.estimate.len();
    let full = trials - trials % WIDTH;
    for first in (0..full).step_by(WIDTH) {
        for lane in 0..WIDTH {
            let trial = first + lane;
            add(lane, trial, columns.estimate[trial], columns.variance[trial]);
        }
    }
    for trial in full..trials {
        add(trial - full, trial, columns.estimate[trial], columns.variance[trial]);
    }
}

#[inline(always)]
fn add_lanes(partial: &Partial) -> f64 {
    (partial[0] + partial[1]) + (partial[2] + partial[3])
}
