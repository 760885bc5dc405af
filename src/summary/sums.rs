//! The sums that are kept for each analysis and estimand.

use super::Merge;
use crate::analysis::{BATCH, Fits};
use crate::decision::Critical;
use crate::estimand::ESTIMANDS;
use crate::stats::student_t::CriticalValue;
use crate::vector::{FOUR, Four, widest};

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
    /// Intervals that miss the truth; trials that claim an effect; of these, with the sign
    /// of the estimate against the truth's.
    pub claims: [f64; 3],
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

impl AnalysisSums {
    /// Trials that claim an effect for estimand number `estimand`.
    #[must_use]
    pub fn claims(&self, estimand: usize) -> f64 {
        self.estimands[estimand].significant()
    }

    /// Adds a batch of trials. Trials without an answer are counted apart.
    pub fn add(&mut self, fits: &mut Fits, target: &Target) {
        widest(
            #[inline(always)]
            || self.add_here(fits, target),
        );
    }

    #[inline(always)]
    fn add_here(&mut self, fits: &mut Fits, target: &Target) {
        self.failed += fits.drop_failures();
        self.answered += fits.trials as u64;
        let trials = fits.trials;
        let mut inverse_sd = [0.0; BATCH];
        for trial in 0..trials {
            inverse_sd[trial] = 1.0 / fits.outcome_variance[trial].sqrt();
        }
        for (estimand, sums) in self.estimands.iter_mut().enumerate() {
            let columns = Columns {
                estimate: &fits.estimate[estimand][..trials],
                variance: &fits.variance[estimand][..trials],
                inverse_sd: &inverse_sd[..trials],
                truth: target.truth[estimand],
            };
            match &target.critical {
                Critical::Constant { test, interval, degrees_of_freedom } => {
                    let reference = Reference {
                        test: Four::all(*test),
                        interval: Four::all(*interval),
                        degrees_of_freedom: Four::all(*degrees_of_freedom),
                    };
                    sums.add(columns, |_| reference);
                }
                Critical::Estimated { test, interval } => {
                    let df = &fits.degrees_of_freedom[estimand][..trials];
                    let column = |critical: &CriticalValue| {
                        let mut squared = [0.0; BATCH];
                        for (slot, &df) in squared.iter_mut().zip(df) {
                            let value = critical.at(df);
                            *slot = value * value;
                        }
                        squared
                    };
                    let (test, interval) = (column(test), column(interval));
                    sums.add(columns, |load| Reference {
                        test: load.of(&test),
                        interval: load.of(&interval),
                        degrees_of_freedom: load.of(df),
                    });
                }
            }
        }
    }
}

/// What the trials of one estimand are summed from.
#[derive(Clone, Copy)]
struct Columns<'a> {
    estimate: &'a [f64],
    variance: &'a [f64],
    inverse_sd: &'a [f64],
    truth: f64,
}

/// Squared critical values and degrees of freedom of four trials.
#[derive(Clone, Copy)]
struct Reference {
    test: Four,
    interval: Four,
    degrees_of_freedom: Four,
}

/// Which trials are being added.
#[derive(Clone, Copy)]
enum Load {
    /// Four neighbours from here on.
    Four(usize),
    /// This one alone.
    One(usize),
}

impl Load {
    #[inline(always)]
    fn of(self, column: &[f64]) -> Four {
        match self {
            Load::Four(first) => Four::load(column, first),
            Load::One(trial) => Four::all(column[trial]),
        }
    }
}

/// Sums of four trials side by side: the order of addition is fixed here, so
/// vector instructions of any width give the same bits.
#[derive(Clone, Copy, Default)]
struct Partial {
    deviation: [Four; 4],
    variance: [Four; 2],
    claims: [Four; 3],
    magnitude: [Four; 2],
    standardised: [Four; 2],
    eta_squared: [Four; 2],
}

impl Partial {
    #[inline(always)]
    fn add(&mut self, columns: Columns<'_>, load: Load, reference: Reference) {
        let truth = Four::all(columns.truth);
        let estimate = load.of(columns.estimate);
        let variance = load.of(columns.variance);
        let deviation = estimate - truth;
        let squared = deviation * deviation;
        self.deviation[0] += deviation;
        self.deviation[1] += squared;
        self.deviation[2] += squared * deviation;
        self.deviation[3] += squared * squared;
        self.variance[0] += variance;
        self.variance[1] += variance * variance;
        let square = estimate * estimate;
        let significant = square.above(reference.test * variance);
        let wrong = Four::all(0.0).above(estimate * truth);
        let magnitude = significant * estimate.abs();
        self.claims[0] += squared.above(reference.interval * variance);
        self.claims[1] += significant;
        self.claims[2] += significant * wrong;
        self.magnitude[0] += magnitude;
        self.magnitude[1] += magnitude * magnitude;
        let standardised = estimate * load.of(columns.inverse_sd);
        let eta = square / (square + reference.degrees_of_freedom * variance);
        self.standardised[0] += standardised;
        self.standardised[1] += standardised * standardised;
        self.eta_squared[0] += eta;
        self.eta_squared[1] += eta * eta;
    }
}

impl EstimandSums {
    /// Intervals that miss the truth.
    pub fn missed(&self) -> f64 {
        self.claims[0]
    }

    /// Trials that claim an effect.
    pub fn significant(&self) -> f64 {
        self.claims[1]
    }

    /// Trials that claim an effect of the wrong sign.
    pub fn wrong_sign(&self) -> f64 {
        self.claims[2]
    }

    #[inline(always)]
    fn add(&mut self, columns: Columns<'_>, reference: impl Fn(Load) -> Reference) {
        let trials = columns.estimate.len();
        let full = trials - trials % FOUR;
        let mut partial = Partial::default();
        for first in (0..full).step_by(FOUR) {
            let load = Load::Four(first);
            partial.add(columns, load, reference(load));
        }
        self.collect(&partial, Four::sum);
        for trial in full..trials {
            let mut alone = Partial::default();
            alone.add(columns, Load::One(trial), reference(Load::One(trial)));
            self.collect(&alone, Four::first);
        }
    }

    #[inline(always)]
    fn collect(&mut self, partial: &Partial, part: impl Fn(Four) -> f64) {
        let add = |to: &mut [f64], from: &[Four]| {
            for (total, &four) in to.iter_mut().zip(from) {
                *total += part(four);
            }
        };
        add(&mut self.deviation, &partial.deviation);
        add(&mut self.variance, &partial.variance);
        add(&mut self.claims, &partial.claims);
        add(&mut self.magnitude, &partial.magnitude);
        add(&mut self.standardised, &partial.standardised);
        add(&mut self.eta_squared, &partial.eta_squared);
    }

    fn merge(&mut self, after: &Self) {
        let add = |to: &mut [f64], from: &[f64]| {
            for (total, part) in to.iter_mut().zip(from) {
                *total += part;
            }
        };
        add(&mut self.deviation, &after.deviation);
        add(&mut self.variance, &after.variance);
        add(&mut self.claims, &after.claims);
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
