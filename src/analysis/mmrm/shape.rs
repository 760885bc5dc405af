//! Covariances of one variance and one correlation, where patients who miss a visit miss all later ones.
//!
//! Told by the visits before, visit t has a variance σ²e_t, and the same coefficient h_t of each of the visits that
//! tell it: of the last one (`ar1`: h = ρ, e = 1 − ρ²), or of all (`compound-symmetry`: h = ρ/(1 + (t − 2)ρ),
//! e = 1 − (t − 1)ρh, t counting from 1). So, in the words of [`super::monotone`],
//!
//! f = N log σ² + Σ_t m_t log e_t + R/σ², with R = Σ_t (a_t − 2h_t b_t + h_t² c_t)/e_t,
//!
//! m_t = n_t − q, N = Σ m_t, and a, b, c sums of W_t over visit t and those that tell it. For each ρ the best σ² is R/N:
//! what is left is a search for one number.

use super::covariance::near;
use super::maximum::{CLOSE, NEARLY};
use super::monotone::{Moved, Regressions};
use super::square::Square;
use super::start::Seen;
use crate::analysis::Failure;
use crate::scenario::CovariancePattern;

/// Steps after which the search has failed: halving alone would have come to neighbouring numbers.
const MOST_STEPS: usize = 100;

/// The maximum of the restricted likelihood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shaped<const V: usize> {
    pub regressions: Regressions<V>,
    pattern: CovariancePattern,
    /// σ² and ρ.
    variance: f64,
    correlation: f64,
    /// The covariance of log σ² and ρ.
    covariance: [[f64; 2]; 2],
}

/// A function of ρ with its first two derivatives.
type Function = [f64; 3];

/// Sums of W at one visit.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    left: f64,
    a: f64,
    b: f64,
    c: f64,
}

/// What the likelihood is made of at one ρ.
#[derive(Debug, Clone, Copy, Default)]
struct Likelihood {
    /// R.
    residuals: Function,
    /// Σ m log e, but for its value.
    logs: [f64; 2],
}

impl<const V: usize> Shaped<V> {
    /// Searched from near a covariance.
    pub fn new(pattern: CovariancePattern, seen: &[Seen<V>; V], start: &Square<V>) -> Result<Self, Failure> {
        let sums: [Sums; V] = std::array::from_fn(|visit| Sums::new(pattern, &seen[visit], visit));
        let total: f64 = sums.iter().map(|sums| sums.left).sum();
        let mut correlation = first_correlation(pattern, start);
        let (mut low, mut high) = match pattern {
            CovariancePattern::CompoundSymmetry => (-1.0 / (V as f64 - 1.0), 1.0),
            _ => (-1.0, 1.0),
        };
        let mut before = f64::INFINITY;
        for _ in 0..MOST_STEPS {
            let here = Likelihood::at(pattern, &sums, correlation);
            let [residuals, slope, bend] = here.residuals;
            let ratio = slope / residuals;
            let gradient = total * ratio + here.logs[0];
            let curvature = total * (bend / residuals - ratio * ratio) + here.logs[1];
            if !(gradient.is_finite() && residuals > 0.0) {
                return Err(Failure::NoConvergence);
            }
            // Twice as steep as the likelihood.
            let square = 0.5 * gradient * gradient / curvature;
            let next = correlation - gradient / curvature;
            let stuck = square <= NEARLY && square > 0.5 * before;
            if curvature > 0.0 && (square <= CLOSE || stuck) && next > low && next < high {
                return Ok(Self::at(pattern, &sums, total, next));
            }
            if gradient > 0.0 {
                high = correlation
            } else {
                low = correlation
            }
            before = if curvature > 0.0 { square } else { f64::INFINITY };
            correlation =
                if curvature > 0.0 && next > low && next < high { next } else { 0.5 * (low + high) };
        }
        Err(Failure::NoConvergence)
    }

    fn at(pattern: CovariancePattern, sums: &[Sums; V], total: f64, correlation: f64) -> Self {
        let likelihood = Likelihood::at(pattern, sums, correlation);
        let [residuals, slope, bend] = likelihood.residuals;
        let variance = residuals / total;
        // Second derivatives of f, the first parameter being log σ².
        let (of_both, of_correlation) = (-slope / variance, likelihood.logs[1] + bend / variance);
        let determinant = total * of_correlation - of_both * of_both;
        let entry = |numerator: f64| 2.0 * numerator / determinant;
        let covariance = [[entry(of_correlation), entry(-of_both)], [entry(-of_both), entry(total)]];
        let mut regressions = Regressions { coefficients: [[0.0; V]; V], variances: [0.0; V] };
        for visit in 0..V {
            let (h, e) = told(pattern, visit, correlation);
            regressions.variances[visit] = variance * e[0];
            regressions.coefficients[visit][first(pattern, visit)..visit].fill(h[0]);
        }
        Shaped { regressions, pattern, variance, correlation, covariance }
    }

    /// gᵀAg for a contrast: g how its variance moves with the parameters, A their covariance.
    pub fn spread(&self, moved: &Moved<V>) -> f64 {
        let mut by_correlation = 0.0;
        for visit in 1..V {
            let (h, e) = told(self.pattern, visit, self.correlation);
            let before: f64 = moved.by_earlier[first(self.pattern, visit)..visit].iter().sum();
            let by_coefficients = moved.by_later[visit] * before;
            by_correlation += h[1] * by_coefficients + self.variance * e[1] * moved.by_variance[visit];
        }
        let v = moved.variance;
        let [[of_variance, of_both], [_, of_correlation]] = self.covariance;
        v * v * of_variance
            + 2.0 * v * by_correlation * of_both
            + by_correlation * by_correlation * of_correlation
    }
}

impl Sums {
    fn new<const V: usize>(pattern: CovariancePattern, seen: &Seen<V>, visit: usize) -> Self {
        let products = &seen.residual;
        let tell = first(pattern, visit)..visit;
        let mut sums = Sums { left: seen.left, a: products[visit][visit], b: 0.0, c: 0.0 };
        for row in tell.clone() {
            sums.b += products[visit][row];
            sums.c += products[row][tell.clone()].iter().sum::<f64>();
        }
        sums
    }
}

impl Likelihood {
    fn at<const V: usize>(pattern: CovariancePattern, sums: &[Sums; V], correlation: f64) -> Self {
        let mut likelihood = Likelihood::default();
        for (visit, Sums { left, a, b, c }) in sums.iter().enumerate() {
            let ([h, h1, h2], [e, e1, e2]) = told(pattern, visit, correlation);
            let half = h * c - b;
            let q = [a + h * (half - b), 2.0 * h1 * half, 2.0 * (c * h1 * h1 + half * h2)];
            let inverse = 1.0 / e;
            let (r1, r2) = (e1 * inverse, e2 * inverse);
            let [residuals, slope, bend] = &mut likelihood.residuals;
            *residuals += q[0] * inverse;
            *slope += (q[1] - q[0] * r1) * inverse;
            *bend += (q[2] - 2.0 * q[1] * r1 + q[0] * (2.0 * r1 * r1 - r2)) * inverse;
            likelihood.logs[0] += left * r1;
            likelihood.logs[1] += left * (r2 - r1 * r1);
        }
        likelihood
    }
}

/// The first of the visits that tell one.
fn first(pattern: CovariancePattern, visit: usize) -> usize {
    if pattern == CovariancePattern::Ar1 { visit.saturating_sub(1) } else { 0 }
}

/// h and e of a visit, the first being number 0.
fn told(pattern: CovariancePattern, visit: usize, correlation: f64) -> (Function, Function) {
    let rho = correlation;
    if visit == 0 {
        return ([0.0; 3], [1.0, 0.0, 0.0]);
    }
    if pattern == CovariancePattern::Ar1 {
        return ([rho, 1.0, 0.0], [(1.0 - rho) * (1.0 + rho), -2.0 * rho, -2.0]);
    }
    let before = visit as f64;
    let inverse = 1.0 / (1.0 + (before - 1.0) * rho);
    let (square, cube) = (inverse * inverse, inverse * inverse * inverse);
    let e = (1.0 - rho) * (1.0 + before * rho) * inverse;
    let slope = -before * rho * (2.0 + (before - 1.0) * rho) * square;
    ([rho * inverse, square, -2.0 * (before - 1.0) * cube], [e, slope, -2.0 * before * cube])
}

/// The correlation from which the search goes.
fn first_correlation<const V: usize>(pattern: CovariancePattern, start: &Square<V>) -> f64 {
    let mut theta = [0.0; 2];
    near(pattern, start, &mut theta);
    match pattern {
        CovariancePattern::CompoundSymmetry => theta[0] / (theta[0] + theta[1]),
        _ => theta[1],
    }
}
