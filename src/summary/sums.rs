//! The sums that are kept for each analysis and estimand.

use super::merge::{Merge, add_to};
use crate::analysis::{BATCH, Column, FAILURES, Fits};
use crate::decision::Critical;
use crate::stats::student_t::CriticalValue;
use crate::vector::widest;

/// What the trials are held against.
#[derive(Debug, Clone)]
pub struct Target {
    /// The truth of each estimand.
    pub truth: Vec<f64>,
    /// The level of p values, where the analysis has its own.
    pub level: f64,
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
    /// Powers 1 and 2 of the squared half-width of the interval.
    pub half_width: [f64; 2],
}

/// Sums over trials for one analysis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AnalysisSums {
    /// Trials whose analysis gave an answer.
    pub(super) answered: u64,
    /// Trials whose analysis gave none, by the reason.
    pub(super) failed: [u64; FAILURES],
    /// Trials in which a variance was estimated at its bound of zero.
    pub(super) boundary: f64,
    pub(super) estimands: Vec<EstimandSums>,
}

impl AnalysisSums {
    /// Trials that claim an effect for estimand number `estimand`.
    #[must_use]
    pub fn claims(&self, estimand: usize) -> f64 {
        self.estimands[estimand].significant()
    }

    /// Trials whose analysis gave no answer, by the reason, in the order of [`Failure::ALL`].
    ///
    /// [`Failure::ALL`]: crate::analysis::Failure::ALL
    #[must_use]
    pub fn failed(&self) -> [u64; FAILURES] {
        self.failed
    }

    /// Trials in which a variance was estimated at its bound of zero.
    #[must_use]
    pub fn boundary(&self) -> u64 {
        self.boundary as u64
    }
}

/// The sums of one block while it is being simulated.
///
/// Sums are kept in lanes side by side and added up once, at the end of the block.
/// The order of addition is fixed here, so vector instructions of any width give
/// the same bits.
#[derive(Debug, Clone)]
pub struct BlockSums {
    answered: u64,
    failed: [u64; FAILURES],
    boundary: f64,
    estimands: Vec<EstimandLanes>,
}

impl BlockSums {
    /// Nothing yet, for so many estimands.
    #[must_use]
    pub fn new(estimands: usize) -> Self {
        BlockSums {
            answered: 0,
            failed: [0; FAILURES],
            boundary: 0.0,
            estimands: vec![EstimandLanes::default(); estimands],
        }
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
        add_to(&mut self.failed, &fits.drop_failures());
        self.boundary += fits.boundary[..fits.trials].iter().sum::<f64>();
        self.answered += fits.trials as u64;
        let trials = fits.trials;
        let mut inverse_sd = [0.0; BATCH];
        for trial in 0..trials {
            inverse_sd[trial] = 1.0 / fits.outcome_variance[trial].sqrt();
        }
        for (estimand, lanes) in self.estimands.iter_mut().enumerate() {
            let columns = Columns {
                estimate: &fits.estimate[estimand][..trials],
                variance: &fits.variance[estimand][..trials],
                inverse_sd: &inverse_sd[..trials],
                truth: target.truth[estimand],
            };
            let limits = [0, 1].map(|k| fits.limits[k].get(estimand));
            let p = fits.p.get(estimand);
            match &target.critical {
                critical if p.is_some() || limits[0].is_some() => {
                    let (mut test, mut interval, df) = by_trial(critical, fits, estimand);
                    if let Some(p) = p {
                        test = claiming(p, target.level);
                    }
                    if limits[0].is_some() {
                        interval = missing_limits(limits, target.truth[estimand]);
                    }
                    lanes.add(&columns, |trial| test[trial], |trial| interval[trial], |trial| df[trial]);
                    lanes.add_half_widths(&squared_half_widths(fits, estimand, critical)[..trials]);
                }
                Critical::Constant { test, interval, degrees_of_freedom } => {
                    lanes.add(&columns, |_| *test, |_| *interval, |_| *degrees_of_freedom);
                    lanes.squared_interval = *interval;
                }
                Critical::Estimated { test, interval } => {
                    let df = &fits.degrees_of_freedom[estimand][..trials];
                    let test = squared_critical(test, df);
                    let interval = interval.as_ref().map_or(test, |interval| squared_critical(interval, df));
                    lanes.add(&columns, |trial| test[trial], |trial| interval[trial], |trial| df[trial]);
                    lanes.add_half_widths(&half_widths(fits, estimand, || interval)[..trials]);
                }
            }
        }
    }

    /// The block's sums, leaving nothing behind for the next block.
    pub fn take(&mut self) -> AnalysisSums {
        let sums = AnalysisSums {
            answered: self.answered,
            failed: self.failed,
            boundary: self.boundary,
            estimands: self.estimands.iter().map(EstimandLanes::collect).collect(),
        };
        (self.answered, self.failed, self.boundary) = (0, [0; FAILURES], 0.0);
        self.estimands.fill(EstimandLanes::default());
        sums
    }
}

/// Squared half-widths of the intervals of an estimand, by trial; not a number where a limit is lacking.
pub(crate) fn squared_half_widths(fits: &Fits, estimand: usize, critical: &Critical) -> Column {
    let squared_critical = || {
        let (_, interval, _) = by_trial(critical, fits, estimand);
        interval
    };
    half_widths(fits, estimand, squared_critical)
}

/// The same by squared critical values, which are asked for where intervals have no limits of their own.
#[inline(always)]
fn half_widths(fits: &Fits, estimand: usize, squared_critical: impl FnOnce() -> Column) -> Column {
    let mut squared = [0.0; BATCH];
    let trials = fits.trials;
    if let [Some(lower), Some(upper)] = [0, 1].map(|k| fits.limits[k].get(estimand)) {
        for trial in 0..trials {
            let half_width = 0.5 * (upper[trial] - lower[trial]);
            squared[trial] = half_width * half_width;
        }
        return squared;
    }
    if fits.limits.iter().any(|limits| limits.get(estimand).is_some()) {
        return [f64::NAN; BATCH];
    }
    let critical = squared_critical();
    for trial in 0..trials {
        squared[trial] = critical[trial] * fits.variance[estimand][trial];
    }
    squared
}

/// Squared critical values of the test and of the interval, and degrees of freedom, by trial.
fn by_trial(critical: &Critical, fits: &Fits, estimand: usize) -> (Column, Column, Column) {
    match critical {
        Critical::Constant { test, interval, degrees_of_freedom } => {
            ([*test; BATCH], [*interval; BATCH], [*degrees_of_freedom; BATCH])
        }
        Critical::Estimated { test, interval } => {
            let df = fits.degrees_of_freedom[estimand];
            let test = squared_critical(test, &df[..fits.trials]);
            let interval =
                interval.as_ref().map_or(test, |interval| squared_critical(interval, &df[..fits.trials]));
            (test, interval, df)
        }
    }
}

/// The squared critical value that a test by its p value amounts to: any estimate exceeds it if there
/// is a claim, none if there is not.
fn claiming(p: &Column, level: f64) -> Column {
    p.map(|p| if p <= level { -1.0 } else { f64::INFINITY })
}

/// The squared critical value that an interval with these limits amounts to: none is exceeded if the
/// truth lies within, any is if it does not.
fn missing_limits([lower, upper]: [Option<&Column>; 2], truth: f64) -> Column {
    let mut critical = [f64::INFINITY; BATCH];
    for (trial, slot) in critical.iter_mut().enumerate() {
        let within = lower.is_none_or(|lower| lower[trial] <= truth)
            && upper.is_none_or(|upper| truth <= upper[trial]);
        if !within {
            *slot = -1.0;
        }
    }
    critical
}

#[inline(always)]
fn squared_critical(critical: &CriticalValue, degrees_of_freedom: &[f64]) -> Column {
    let mut squared = [0.0; BATCH];
    critical.fill(degrees_of_freedom, &mut squared[..degrees_of_freedom.len()]);
    for value in &mut squared {
        *value *= *value;
    }
    squared
}

/// What the trials of one estimand are summed from.
struct Columns<'a> {
    estimate: &'a [f64],
    variance: &'a [f64],
    inverse_sd: &'a [f64],
    truth: f64,
}

/// Sums side by side: each addition would have to wait for the one before.
const LANES: usize = 16;

type Lanes<const SUMS: usize> = [[f64; LANES]; SUMS];

/// Lanes of the sums in [`EstimandSums`].
#[derive(Debug, Clone, Default)]
struct EstimandLanes {
    /// Powers of estimate − truth, then of the squared standard error.
    moments: Lanes<6>,
    /// Claims, then powers of their magnitude.
    claims: Lanes<5>,
    /// Powers of the standardised estimate, then of partial η².
    sizes: Lanes<4>,
    /// Powers of the squared half-width, where the critical value differs between trials.
    half_width: Lanes<2>,
    /// The squared critical value of the interval, where it is the same for all.
    squared_interval: f64,
}

impl EstimandLanes {
    /// Adds the trials of one batch; squared critical values and degrees of freedom by trial.
    #[inline(always)]
    fn add(
        &mut self,
        columns: &Columns<'_>,
        test: impl Fn(usize) -> f64,
        interval: impl Fn(usize) -> f64,
        degrees_of_freedom: impl Fn(usize) -> f64,
    ) {
        let Columns { estimate, variance, inverse_sd, truth } = *columns;
        let EstimandLanes { moments, claims, sizes, .. } = self;
        for first in (0..estimate.len()).step_by(LANES) {
            let lanes = (estimate.len() - first).min(LANES);
            let (estimate, variance) = (&estimate[first..][..lanes], &variance[first..][..lanes]);
            let inverse_sd = &inverse_sd[first..][..lanes];
            for lane in 0..lanes {
                let (estimate, variance) = (estimate[lane], variance[lane]);
                let (deviation, square) = (estimate - truth, estimate * estimate);
                let squared = deviation * deviation;
                moments[0][lane] += deviation;
                moments[1][lane] += squared;
                moments[2][lane] += squared * deviation;
                moments[3][lane] += squared * squared;
                moments[4][lane] += variance;
                moments[5][lane] += variance * variance;
                let significant = one_if(square > test(first + lane) * variance);
                let magnitude = significant * estimate.abs();
                claims[0][lane] += one_if(squared > interval(first + lane) * variance);
                claims[1][lane] += significant;
                claims[2][lane] += significant * one_if(estimate * truth < 0.0);
                claims[3][lane] += magnitude;
                claims[4][lane] += magnitude * magnitude;
                let standardised = estimate * inverse_sd[lane];
                let eta_squared = square / (square + degrees_of_freedom(first + lane) * variance);
                sizes[0][lane] += standardised;
                sizes[1][lane] += standardised * standardised;
                sizes[2][lane] += eta_squared;
                sizes[3][lane] += eta_squared * eta_squared;
            }
        }
    }

    #[inline(always)]
    fn add_half_widths(&mut self, squared: &[f64]) {
        for squared in squared.chunks(LANES) {
            for (lane, one) in squared.iter().enumerate() {
                self.half_width[0][lane] += one;
                self.half_width[1][lane] += one * one;
            }
        }
    }

    /// The totals.
    fn collect(&self) -> EstimandSums {
        let [d1, d2, d3, d4, v1, v2] = self.moments.map(add_up);
        let [missed, significant, wrong_sign, m1, m2] = self.claims.map(add_up);
        let [s1, s2, e1, e2] = self.sizes.map(add_up);
        // With one critical value for all, half-widths are standard errors times this.
        let [w1, w2] = self.half_width.map(add_up);
        let factor = self.squared_interval;
        EstimandSums {
            half_width: [w1 + factor * v1, w2 + factor * factor * v2],
            deviation: [d1, d2, d3, d4],
            variance: [v1, v2],
            claims: [missed, significant, wrong_sign],
            magnitude: [m1, m2],
            standardised: [s1, s2],
            eta_squared: [e1, e2],
        }
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

    fn merge(&mut self, after: &Self) {
        add_to(&mut self.deviation, &after.deviation);
        add_to(&mut self.variance, &after.variance);
        add_to(&mut self.claims, &after.claims);
        add_to(&mut self.magnitude, &after.magnitude);
        add_to(&mut self.standardised, &after.standardised);
        add_to(&mut self.eta_squared, &after.eta_squared);
        add_to(&mut self.half_width, &after.half_width);
    }
}

#[inline(always)]
fn one_if(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

/// Adds up lanes, halving them until one is left.
#[inline(always)]
fn add_up(mut lanes: [f64; LANES]) -> f64 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

impl Merge for AnalysisSums {
    fn merge(&mut self, after: Self) {
        self.answered += after.answered;
        add_to(&mut self.failed, &after.failed);
        self.boundary += after.boundary;
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
