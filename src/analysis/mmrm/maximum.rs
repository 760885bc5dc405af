//! The maximum of the restricted likelihood.
//!
//! Steps are Newton's with the second derivatives that cost little (`NearlyObserved`); as they are nearly
//! the whole, a step leaves a few hundredths of the error. Where it leaves more, all of them are taken.
//! Where they are not positive definite, Fisher's scoring takes their place. A step that does not bring
//! the likelihood up is halved. The search ends when the next step is smaller than 1e-10 standard errors
//! of the parameters.

use super::covariance::{bend, covariance, entries, entry, near, parameters, slopes};
use super::curvature::{ByEntries, Curvature};
use super::dense;
use super::information::Information;
use super::likelihood::Likelihood;
use super::patterns::Patterns;
use super::square::{Square, product_trace};
use crate::analysis::Failure;
use crate::scenario::CovariancePattern;

/// Square of the last step, in standard errors.
pub(super) const CLOSE: f64 = 1e-20;

/// Square of a step from which on rounding may keep the search from coming closer.
pub(super) const NEARLY: f64 = 1e-13;

/// Square of a step from which on the likelihood is too flat to tell whether it goes up.
const FLAT: f64 = 1e-8;

/// Share of the square of a step that the next is expected to be below.
const QUICK: f64 = 1.0 / 16.0;

/// Steps, and halvings of one, after which the search has failed.
const MOST_STEPS: usize = 100;
const MOST_HALVINGS: usize = 30;

/// The search, with its buffers; after it, what is known of the maximum.
#[derive(Debug)]
pub(super) struct Maximum<const V: usize> {
    pattern: CovariancePattern,
    /// θ.
    theta: Vec<f64>,
    /// ∂Σ/∂θ.
    pub slopes: Vec<Square<V>>,
    pub likelihood: Likelihood<V>,
    pub information: Information,
    by_entries: ByEntries,
    gradient: Vec<f64>,
    step: Vec<f64>,
    /// Second derivatives of f by θ.
    curvature: Vec<f64>,
    factor: Vec<f64>,
    room: Vec<f64>,
    /// The inverse of half the second derivatives: the covariance of θ.
    pub covariance: Vec<f64>,
}

impl<const V: usize> Maximum<V> {
    pub fn new(pattern: CovariancePattern, regressors: usize) -> Self {
        let count = parameters(pattern, V);
        let vector = || vec![0.0; count];
        let matrix = || vec![0.0; count * count];
        Maximum {
            pattern,
            theta: vector(),
            slopes: vec![[[0.0; V]; V]; count],
            likelihood: Likelihood::new(regressors),
            information: Information::new(count, V * regressors),
            by_entries: ByEntries::new(V, regressors),
            gradient: vector(),
            step: vector(),
            curvature: matrix(),
            factor: matrix(),
            room: vector(),
            covariance: matrix(),
        }
    }

    /// Goes to the maximum, from near a covariance.
    #[inline(always)]
    pub fn find(&mut self, patterns: &Patterns<V>, start: &Square<V>) -> Result<(), Failure> {
        near(self.pattern, start, &mut self.theta);
        if !self.likelihood.evaluate(patterns, &covariance(self.pattern, &self.theta)) {
            return Err(Failure::Singular);
        }
        let (mut before, mut all) = (f64::INFINITY, false);
        for _ in 0..MOST_STEPS {
            let square = self.next_step(patterns, all)?;
            let stuck = square <= NEARLY && square > 0.5 * before;
            if square <= CLOSE || stuck {
                return if self.go(patterns, 1.0) { Ok(()) } else { Err(Failure::NoConvergence) };
            }
            all |= square > QUICK * before;
            before = square;
            self.go_up(patterns, square)?;
        }
        Err(Failure::NoConvergence)
    }

    /// Where to go, and the square of how far that is in standard errors of θ.
    #[inline(always)]
    fn next_step(&mut self, patterns: &Patterns<V>, all: bool) -> Result<f64, Failure> {
        slopes(self.pattern, &self.theta, &mut self.slopes);
        for (gradient, slope) in self.gradient.iter_mut().zip(&self.slopes) {
            *gradient = product_trace(slope, &self.likelihood.slope);
        }
        let first = if all { Curvature::Observed } else { Curvature::NearlyObserved };
        for what in [first, Curvature::NearlyExpected] {
            self.fill_curvature(patterns, what);
            self.step.iter_mut().zip(&self.gradient).for_each(|(step, gradient)| *step = -gradient);
            let count = self.theta.len();
            if dense::solve(count, &mut self.curvature, &mut self.factor, &mut self.step, &mut self.room) {
                let square: f64 = self.step.iter().zip(&self.gradient).map(|(s, g)| -s * g).sum();
                // f is twice as steep as the likelihood.
                return if square.is_finite() {
                    Ok(0.5 * square.max(0.0))
                } else {
                    Err(Failure::NoConvergence)
                };
            }
        }
        // Some covariance has no patients to tell it.
        Err(Failure::Singular)
    }

    /// Second derivatives by θ.
    #[inline(always)]
    fn fill_curvature(&mut self, patterns: &Patterns<V>, what: Curvature) {
        self.by_entries.fill(patterns, &self.likelihood, what);
        let (count, all) = (self.theta.len(), entries(V));
        if self.pattern == CovariancePattern::Unstructured {
            self.curvature.copy_from_slice(&self.by_entries.matrix);
        } else {
            for one in 0..count {
                for other in 0..count {
                    let mut sum = 0.0;
                    for (k, of_one) in by_entry(&self.slopes[one]) {
                        for (l, of_other) in by_entry(&self.slopes[other]) {
                            sum += of_one * of_other * self.by_entries.matrix[k * all + l];
                        }
                    }
                    if matches!(what, Curvature::Observed | Curvature::NearlyObserved) {
                        sum += bend(self.pattern, &self.theta, &self.likelihood.slope, (one, other));
                    }
                    self.curvature[one * count + other] = sum;
                }
            }
        }
        let sign = match what {
            Curvature::Observed => -1.0,
            Curvature::Expected => 1.0,
            Curvature::NearlyObserved | Curvature::NearlyExpected => return,
        };
        self.information.fill(patterns, &self.likelihood, &self.slopes);
        let traces = self.curvature.iter_mut().zip(&self.information.traces);
        traces.for_each(|(curvature, trace)| *curvature += sign * trace);
    }

    /// The step, or a half, a quarter, … of it, so that the likelihood goes up.
    #[inline(always)]
    fn go_up(&mut self, patterns: &Patterns<V>, square: f64) -> Result<(), Failure> {
        let before = self.likelihood.value;
        self.room.copy_from_slice(&self.theta);
        let mut share = 1.0;
        for _ in 0..MOST_HALVINGS {
            if self.go(patterns, share) && (square < FLAT || self.likelihood.value < before) {
                return Ok(());
            }
            self.theta.copy_from_slice(&self.room);
            share *= 0.5;
        }
        Err(Failure::NoConvergence)
    }

    /// Goes a share of the step. False if there is no likelihood there.
    #[inline(always)]
    fn go(&mut self, patterns: &Patterns<V>, share: f64) -> bool {
        self.theta.iter_mut().zip(&self.step).for_each(|(theta, step)| *theta += share * step);
        self.likelihood.evaluate(patterns, &covariance(self.pattern, &self.theta))
    }

    /// Covariance of θ at the maximum, by the observed or the expected information.
    #[inline(always)]
    pub fn fill_covariance(&mut self, patterns: &Patterns<V>, what: Curvature) -> Result<(), Failure> {
        slopes(self.pattern, &self.theta, &mut self.slopes);
        self.fill_curvature(patterns, what);
        let count = self.theta.len();
        dense::inverse_factor(count, &mut self.curvature, &mut self.factor).ok_or(Failure::NoConvergence)?;
        dense::inverse(count, &self.factor, &mut self.covariance);
        for row in 0..count {
            for column in 0..=row {
                let value = 2.0 * self.covariance[row * count + column];
                self.covariance[row * count + column] = value;
                self.covariance[column * count + row] = value;
            }
        }
        Ok(())
    }

    /// The same for the entries of Σ.
    pub fn covariance_of_entries(&self, into: &mut [f64]) {
        let (count, all) = (self.theta.len(), entries(V));
        into.fill(0.0);
        for one in 0..count {
            for other in 0..count {
                let weight = self.covariance[one * count + other];
                for (k, of_one) in by_entry(&self.slopes[one]) {
                    for (l, of_other) in by_entry(&self.slopes[other]) {
                        into[k * all + l] += weight * of_one * of_other;
                    }
                }
            }
        }
    }
}

/// Entries of a symmetric matrix that are not zero, with their numbers.
fn by_entry<const V: usize>(matrix: &Square<V>) -> impl Iterator<Item = (usize, f64)> + '_ {
    let all =
        (0..V).flat_map(move |row| (0..=row).map(move |column| (entry(row, column), matrix[row][column])));
    all.filter(|(_, value)| *value != 0.0)
}
