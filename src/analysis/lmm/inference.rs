//! Standard errors and degrees of freedom of contrasts.
//!
//! With Φ = σ²M_XX⁻¹ the estimated covariance of the fixed effects, Satterthwaite's degrees of
//! freedom of a contrast l are 2(lᵀΦl)²/(gᵀAg), g the derivatives of lᵀΦl by the variances and A
//! the inverse of their observed information. Kenward and Roger add to Φ what estimating the
//! variances costs, and take the expected information; for one contrast their degrees of freedom
//! come down to 2/A₂.

use super::clusters::{Clusters, Group};
use super::reml::{Point, shrinkage};
use crate::analysis::Failure;
use crate::analysis::matrix::{
    Matrix, backward, dot, forward, product_trace, scaled, times, trace, unwhiten, whiten,
};
use crate::estimand::ARMS;
use crate::scenario::DfMethod;

/// What contrasts are made with.
#[derive(Debug)]
pub(super) struct Inference<'a, const N: usize> {
    point: &'a Point<N>,
    method: Method<N>,
}

#[derive(Debug)]
enum Method<const N: usize> {
    /// Covariance of (λ, σ²).
    Satterthwaite([[f64; 2]; 2]),
    KenwardRoger(Box<KenwardRoger<N>>),
}

/// Matrices of Kenward and Roger, by (τ², σ²).
#[derive(Debug)]
struct KenwardRoger<const N: usize> {
    /// Covariance of (τ², σ²).
    of_variances: [[f64; 2]; 2],
    /// P.
    slopes: [Matrix<N>; 2],
    /// Σ W(Q − PΦP), both triangles.
    correction: Matrix<N>,
}

impl<'a, const N: usize> Inference<'a, N> {
    /// For the maximum of the likelihood.
    pub fn new(clusters: &Clusters<N>, point: &'a Point<N>, method: DfMethod) -> Result<Self, Failure> {
        let method = match method {
            DfMethod::Satterthwaite => Method::Satterthwaite(observed(clusters, point)?),
            DfMethod::KenwardRoger => Method::KenwardRoger(Box::new(KenwardRoger::new(clusters, point)?)),
        };
        Ok(Inference { point, method })
    }

    /// Estimate, squared standard error and degrees of freedom of a contrast of the cells.
    pub fn contrast(&self, weights: &[f64; ARMS]) -> (f64, f64, f64) {
        let Point { factor, slopes, residual, first, .. } = self.point;
        let mut contrast = [0.0; N];
        contrast[..ARMS].copy_from_slice(weights);
        let estimate = dot(&contrast, slopes);
        let half = forward(factor, contrast);
        let unit = dot(&half, &half);
        let solved = backward(factor, half);
        match &self.method {
            Method::Satterthwaite(covariance) => {
                let variance = residual * unit;
                let by_ratio = -residual * dot(&solved, &times(first, &solved));
                let spread = quadratic(covariance, [by_ratio, unit]);
                (estimate, variance, 2.0 * variance * variance / spread)
            }
            Method::KenwardRoger(of) => {
                let solved = solved.map(|entry| residual * entry);
                let variance = residual * unit;
                let form = |matrix: &Matrix<N>| dot(&solved, &times(matrix, &solved));
                let slopes = [form(&of.slopes[0]), form(&of.slopes[1])];
                let spread = quadratic(&of.of_variances, slopes);
                let adjusted = variance + 2.0 * form(&of.correction);
                (estimate, adjusted, 2.0 * variance * variance / spread)
            }
        }
    }
}

fn quadratic(matrix: &[[f64; 2]; 2], [x, y]: [f64; 2]) -> f64 {
    matrix[0][0] * x * x + 2.0 * matrix[0][1] * x * y + matrix[1][1] * y * y
}

fn inverse([[a, b], [_, d]]: [[f64; 2]; 2]) -> Result<[[f64; 2]; 2], Failure> {
    let determinant = a * d - b * b;
    if determinant > 0.0 && a > 0.0 {
        Ok([[d / determinant, -b / determinant], [-b / determinant, a / determinant]])
    } else {
        Err(Failure::NoConvergence)
    }
}

/// Covariance of (λ, σ²) by the observed information. On the boundary λ is known, as it is for
/// whoever takes √λ for the parameter.
fn observed<const N: usize>(clusters: &Clusters<N>, point: &Point<N>) -> Result<[[f64; 2]; 2], Failure> {
    let left = clusters.left();
    let variance = point.residual;
    let by_variance = left / (variance * variance);
    if point.ratio == 0.0 {
        return Ok([[0.0; 2], [0.0, 2.0 / by_variance]]);
    }
    let [first, second] = point.residual_derivatives;
    let by_ratio = point.curvature_without_residual + second / variance;
    let covariance = inverse([[by_ratio, -first / (variance * variance)], [0.0, by_variance]])?;
    Ok(covariance.map(|row| row.map(|entry| 2.0 * entry)))
}

impl<const N: usize> KenwardRoger<N> {
    fn new(clusters: &Clusters<N>, point: &Point<N>) -> Result<Self, Failure> {
        let variance = point.residual;
        let (squared, cubed) = (variance * variance, variance * variance * variance);
        let r = |group: &Group<N>| shrinkage(point.ratio, group);
        let rest = |group: &Group<N>, power: i32| {
            let shrunk = (0..power).fold(1.0, |product, _| product * r(group));
            (1.0 - shrunk) / group.size
        };
        // X′V⁻¹ZZ′V⁻¹X and X′V⁻²X, negative.
        let of_therapists = scaled(&point.first, 1.0 / squared);
        let of_residual = scaled(&clusters.combine(1.0, |group| -rest(group, 2)), -1.0 / squared);
        let q = [
            scaled(&point.second, 0.5 / cubed),
            scaled(&clusters.combine(0.0, |group| r(group) * r(group) * r(group)), 1.0 / cubed),
            scaled(&clusters.combine(1.0, |group| -rest(group, 3)), 1.0 / cubed),
        ];
        // With Φ = σ²(LLᵀ)⁻¹, ΦA and ΦAΦB have the traces of whitened matrices.
        let white = |matrix: &Matrix<N>| scaled(&whiten(&point.factor, matrix), variance);
        let slopes = [of_therapists, of_residual];
        let white_slopes = [white(&slopes[0]), white(&slopes[1])];
        let white_q = [white(&q[0]), white(&q[1]), white(&q[2])];
        let alone = clusters.patients - clusters.sum(|group| group.size);
        let traces = [
            clusters.sum(|group| (group.size * r(group)) * (group.size * r(group))) / squared,
            clusters.sum(|group| group.size * r(group) * r(group)) / squared,
            (alone + clusters.sum(|group| group.size - 1.0 + r(group) * r(group))) / squared,
        ];
        let information = |pair: usize, (i, j): (usize, usize)| {
            0.5 * (traces[pair] - 2.0 * trace(&white_q[pair])
                + product_trace(&white_slopes[i], &white_slopes[j]))
        };
        let of_variances =
            inverse([[information(0, (0, 0)), information(1, (0, 1))], [0.0, information(2, (1, 1))]])?;
        // Q − PΦP is L(Q̃ − P̃P̃)Lᵀ ÷ σ² with whitened Q̃, P̃: kept whitened, then brought back.
        let mut correction = [[0.0; N]; N];
        for (pair, (i, j), weight) in [
            (0, (0, 0), of_variances[0][0]),
            (1, (0, 1), of_variances[0][1]),
            (1, (1, 0), of_variances[0][1]),
            (2, (1, 1), of_variances[1][1]),
        ] {
            for row in 0..N - 1 {
                for column in 0..N - 1 {
                    let product: f64 =
                        (0..N - 1).map(|k| white_slopes[i][row][k] * white_slopes[j][k][column]).sum();
                    correction[row][column] += weight * (white_q[pair][row][column] - product);
                }
            }
        }
        let correction = scaled(&unwhiten(&point.factor, &correction), 1.0 / variance);
        Ok(KenwardRoger { of_variances, slopes, correction })
    }
}
