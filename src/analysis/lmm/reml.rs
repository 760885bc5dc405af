//! The restricted likelihood and its maximum.
//!
//! With λ = τ²/σ² and r = 1/(1 + λn) for a cluster of n, the inverse of a cluster's correlation
//! is I − λr·11ᵀ. So M(λ) = T − Σ λr·S(n) holds the weighted cross-products of fixed effects X and
//! outcome y, R(λ) = M_yy − M_yX M_XX⁻¹ M_Xy is the residual sum of squares, and with σ² profiled
//! out, σ² = R/(N − q), minus twice the log-likelihood is but for a constant
//!
//! f(λ) = Σ log(1 + λn) + log|M_XX| + (N − q) log R(λ).
//!
//! Its first two derivatives are closed; Newton's steps, kept within a bracket, find the zero of
//! the first to the last digits. Source: Harville (1977), J. Am. Stat. Assoc. 72:320.

use super::clusters::{Clusters, Group};
use crate::analysis::Failure;
use crate::analysis::matrix::{Matrix, backward, dot, factor, forward, product_trace, times, trace, whiten};

/// The maximum, or a point on the way to it.
#[derive(Debug, Clone)]
pub(super) struct Point<const N: usize> {
    /// λ.
    pub ratio: f64,
    /// σ².
    pub residual: f64,
    /// M′.
    pub first: Matrix<N>,
    /// M″.
    pub second: Matrix<N>,
    /// Cholesky's factor of M_XX, the diagonal inverted.
    pub factor: Matrix<N>,
    /// Slopes on the fixed effects.
    pub slopes: [f64; N],
    /// f′.
    pub slope: f64,
    /// f″.
    pub curvature: f64,
    /// R′ and R″.
    pub residual_derivatives: [f64; 2],
    /// The part of the second derivative of −2 log-likelihood by λ at fixed σ² that R has no part in.
    pub curvature_without_residual: f64,
}

/// 1/(1 + λn).
pub(super) fn shrinkage<const N: usize>(ratio: f64, group: &Group<N>) -> f64 {
    1.0 / (1.0 + ratio * group.size)
}

impl<const N: usize> Point<N> {
    /// Everything at one λ. None where the fixed effects cannot be told apart.
    fn at(clusters: &Clusters<N>, ratio: f64) -> Option<Self> {
        let outcome = N - 1;
        let left = clusters.left();
        let r = |group: &Group<N>| shrinkage(ratio, group);
        let weighted = clusters.combine(1.0, |group| -ratio * r(group));
        let first = clusters.combine(0.0, |group| -r(group) * r(group));
        let second = clusters.combine(0.0, |group| 2.0 * group.size * r(group) * r(group) * r(group));
        let factor = factor(&weighted)?;
        let half = forward(&factor, weighted[outcome]);
        let slopes = backward(&factor, half);
        let sum_of_squares = weighted[outcome][outcome] - dot(&half, &half);
        if sum_of_squares.is_nan() || sum_of_squares <= 1e-14 * clusters.total[outcome][outcome] {
            return None;
        }
        // u = (−b, 1): R = uᵀMu, and its derivatives follow as b is where R is smallest.
        let mut u = slopes.map(|slope| -slope);
        u[outcome] = 1.0;
        let of_first = times(&first, &u);
        let of_second = times(&second, &u);
        let residual_first = dot(&u, &of_first);
        let moved = forward(&factor, of_first);
        let residual_second = dot(&u, &of_second) - 2.0 * dot(&moved, &moved);
        let (white_first, white_second) = (whiten(&factor, &first), whiten(&factor, &second));
        let determinant_first = clusters.sum(|group| group.size * r(group)) + trace(&white_first);
        let determinant_second = -clusters.sum(|group| (group.size * r(group)) * (group.size * r(group)))
            + trace(&white_second)
            - product_trace(&white_first, &white_first);
        let relative = residual_first / sum_of_squares;
        Some(Point {
            ratio,
            residual: sum_of_squares / left,
            first,
            second,
            factor,
            slopes,
            slope: determinant_first + left * relative,
            curvature: determinant_second + left * (residual_second / sum_of_squares - relative * relative),
            residual_derivatives: [residual_first, residual_second],
            curvature_without_residual: determinant_second,
        })
    }
}

/// Newton's last step but one is at most so large relative to λ: as each squares the error, the
/// last is beyond what can be seen.
pub(super) const CLOSE: f64 = 1e-6;

/// Steps after which the search has failed; a handful is usual.
pub(super) const MOST_STEPS: usize = 200;

/// Where the search for a maximum away from 0 begins.
const FIRST: f64 = 0.05;

/// The largest λ that is tried.
pub(super) const LARGEST: f64 = 1e10;

/// The maximum over λ ≥ 0.
pub(super) fn maximise<const N: usize>(clusters: &Clusters<N>) -> Result<Point<N>, Failure> {
    let at = |ratio: f64| Point::at(clusters, ratio).ok_or(Failure::Singular);
    let boundary = at(0.0)?;
    // f falls to the left of a minimum: at 0 it rises where the maximum is there.
    if boundary.slope >= 0.0 {
        return Ok(boundary);
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    // Newton's step from 0 is too short where f bends upwards later; a first guess is better.
    let mut point = at(FIRST)?;
    for _ in 0..MOST_STEPS {
        if point.slope < 0.0 {
            low = point.ratio;
        } else {
            high = point.ratio;
        }
        let step = if point.curvature > 0.0 { -point.slope / point.curvature } else { f64::NAN };
        let next = point.ratio + step;
        if step.abs() <= CLOSE * point.ratio {
            return at(next.max(0.0));
        }
        let within = next > low && next < high && next <= 10.0 * point.ratio.max(FIRST);
        let next = match (within, high.is_finite()) {
            (true, _) => next,
            (false, true) => 0.5 * (low + high),
            (false, false) => 4.0 * point.ratio,
        };
        let closed = high.is_finite() && high - low <= f64::EPSILON * high;
        if next > LARGEST || next <= 0.0 || closed {
            return Err(Failure::NoConvergence);
        }
        point = at(next)?;
    }
    Err(Failure::NoConvergence)
}
