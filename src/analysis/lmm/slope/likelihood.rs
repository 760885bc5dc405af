//! The restricted likelihood with two effects of each therapist.
//!
//! With S the sums of a therapist's patients by level, D their numbers and Λ the effects' relative
//! covariance, W = (I + ΛD)⁻¹, K = WΛ, P = DW: M = T − Σ SᵀKS holds the weighted cross-products of fixed
//! effects and outcome, R is the residual sum of squares, and minus twice the log-likelihood is but for a
//! constant
//!
//! f(λ) = Σ log|I + ΛD| + log|M_XX| + (N − q) log R.
//!
//! With c = WᵀS the derivatives by entries of Λ, in directions E, are M_E = −Σ cᵀEc and
//! M_EF = Σ cᵀ(EPF + FPE)c; all else follows. A likelihood costs a few hundred operations for each
//! therapist, whatever their patients. Source: Lindstrom, Bates (1988), J. Am. Stat. Assoc. 83:1014.

use super::halves::{Halves, Shrinkage, Symmetric, pair_traces, squares, traces};
use crate::analysis::matrix::{Matrix, backward, dot, factor, forward, product_trace};

/// Everything at one λ.
#[derive(Debug, Clone)]
pub(super) struct Point<const N: usize> {
    /// λ.
    pub covariance: Symmetric,
    /// f.
    pub value: f64,
    /// σ².
    pub residual: f64,
    /// Cholesky's factor of M_XX, the diagonal inverted.
    pub factor: Matrix<N>,
    /// Slopes on the fixed effects.
    pub slopes: [f64; N],
    /// L⁻¹(−M_E)L⁻ᵀ for each direction, both triangles.
    pub changes: [Matrix<N>; 3],
    /// The first derivatives of f.
    pub gradient: [f64; 3],
    /// The second derivatives of what R has no part in.
    pub without_residual: [[f64; 3]; 3],
    /// R_E ÷ R.
    pub residual_first: [f64; 3],
    /// R_EF ÷ R.
    pub residual_second: [[f64; 3]; 3],
}

/// Above this a product of determinants is turned into its logarithm.
const LARGE: f64 = 1e200;

impl<const N: usize> Point<N> {
    /// None where the fixed effects cannot be told apart.
    pub fn at(halves: &Halves<N>, covariance: Symmetric) -> Option<Self> {
        let outcome = N - 1;
        let left = halves.left();
        let mut weighted = halves.total;
        // One logarithm for many determinants.
        let (mut value, mut product) = (0.0, 1.0);
        for pair in &halves.pairs {
            let of = Shrinkage::new(covariance, pair.sizes);
            product *= of.determinant;
            if product > LARGE {
                value += libm::log(product);
                product = 1.0;
            }
            subtract(&mut weighted, &pair.sums, of.gain);
        }
        let factor = factor(&weighted)?;
        let half = forward(&factor, weighted[outcome]);
        let slopes = backward(&factor, half);
        let sum_of_squares = weighted[outcome][outcome] - dot(&half, &half);
        if sum_of_squares.is_nan() || sum_of_squares <= 1e-14 * halves.total[outcome][outcome] {
            return None;
        }
        let mut pivots = 1.0;
        for k in 0..N - 1 {
            pivots *= factor[k][k];
        }
        value += libm::log(product) - 2.0 * libm::log(pivots) + left * libm::log(sum_of_squares);
        let mut point = Point {
            covariance,
            value,
            residual: sum_of_squares / left,
            factor,
            slopes,
            changes: [[[0.0; N]; N]; 3],
            gradient: [0.0; 3],
            without_residual: [[0.0; 3]; 3],
            residual_first: [0.0; 3],
            residual_second: [[0.0; 3]; 3],
        };
        point.differentiate(halves);
        Some(point)
    }

    fn differentiate(&mut self, halves: &Halves<N>) {
        // u = (−b, 1): R = uᵀMu, and its derivatives follow as b is where R is smallest.
        let mut u = self.slopes.map(|slope| -slope);
        u[N - 1] = 1.0;
        let mut moved = [[0.0; N]; 3];
        for pair in &halves.pairs {
            let of = Shrinkage::new(self.covariance, pair.sizes);
            let shrunk = of.shrunk(&pair.sums);
            let [v, w] = shrunk.map(|sums| dot(&sums, &u));
            let white = shrunk.map(|sums| forward(&self.factor, sums));
            let of_residual = [v * v, w * w, v * w];
            add_squares(&mut self.changes, &white);
            for k in 0..N - 1 {
                moved[0][k] += v * white[0][k];
                moved[1][k] += w * white[1][k];
                moved[2][k] += w * white[0][k] + v * white[1][k];
            }
            let spread = squares(&white);
            // 2H − P: of log|M| and of log|I + ΛD|.
            let both = [0, 1, 2].map(|k| 2.0 * spread[k] - of.precision[k]);
            let second = pair_traces(both, of.precision);
            let of_residual_second = pair_traces(of_residual, of.precision);
            let (first, first_of_residual) = (traces(of.precision), traces(of_residual));
            for k in 0..3 {
                self.gradient[k] += first[k];
                self.residual_first[k] -= first_of_residual[k];
                for j in 0..3 {
                    self.without_residual[k][j] += second[k][j];
                    self.residual_second[k][j] += 2.0 * of_residual_second[k][j];
                }
            }
        }
        let left = halves.left();
        let scale = 1.0 / (left * self.residual);
        self.changes.iter_mut().for_each(mirror);
        for k in 0..3 {
            self.residual_first[k] *= scale;
            self.gradient[k] += left * self.residual_first[k];
            for row in 0..N - 1 {
                self.gradient[k] -= self.changes[k][row][row];
            }
            for j in 0..3 {
                self.without_residual[k][j] -= product_trace(&self.changes[k], &self.changes[j]);
                self.residual_second[k][j] =
                    scale * (self.residual_second[k][j] - 2.0 * dot(&moved[k], &moved[j]));
            }
        }
    }

    /// The second derivatives of f; of the likelihood at a fixed σ² if that is not to follow.
    pub fn curvature(&self, left: f64, with_residual: bool) -> [[f64; 3]; 3] {
        let follows = if with_residual { 1.0 } else { 0.0 };
        let mut curvature = self.without_residual;
        for k in 0..3 {
            for j in 0..3 {
                curvature[k][j] += left
                    * (self.residual_second[k][j]
                        - follows * self.residual_first[k] * self.residual_first[j]);
            }
        }
        curvature
    }
}

/// M − SᵀKS, the lower triangle.
#[inline(always)]
fn subtract<const N: usize>(matrix: &mut Matrix<N>, [x, y]: &[[f64; N]; 2], [k, l, both]: Symmetric) {
    for column in 0..N {
        let (of_x, of_y) = (k * x[column] + both * y[column], both * x[column] + l * y[column]);
        for row in column..N {
            matrix[row][column] -= x[row] * of_x + y[row] * of_y;
        }
    }
}

/// Adds cᵀEc for each direction, the lower triangle.
#[inline(always)]
fn add_squares<const N: usize>(changes: &mut [Matrix<N>; 3], [x, y]: &[[f64; N]; 2]) {
    let [first, second, both] = changes;
    for row in 0..N - 1 {
        for column in 0..=row {
            first[row][column] += x[row] * x[column];
            second[row][column] += y[row] * y[column];
            both[row][column] += x[row] * y[column] + y[row] * x[column];
        }
    }
}

fn mirror<const N: usize>(matrix: &mut Matrix<N>) {
    for row in 0..N {
        for column in 0..row {
            matrix[column][row] = matrix[row][column];
        }
    }
}
