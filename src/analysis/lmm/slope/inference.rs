//! Standard errors and degrees of freedom of contrasts, with two effects of each therapist.
//!
//! As with a random intercept alone: Satterthwaite's degrees of freedom come from the observed
//! information of the parameters θ and σ², those that are at the boundary being taken for known;
//! those of Kenward and Roger, and their standard errors, from the expected information of all the
//! variances and the covariance, also at the boundary. lmerTest and pbkrtest do the same.
//!
//! Everything is whitened by Cholesky's factor L of M_XX: with l̃ = L⁻¹l a contrast has the variance
//! σ²·l̃ᵀl̃, and with z = L⁻¹cᵀl̃ for each therapist all forms of Kenward and Roger are sums over
//! therapists of products of two numbers.

use super::halves::{Halves, Shrinkage, Symmetric, pair_traces, squares, traces, weighted_traces};
use super::likelihood::Point;
use super::pattern::{MOST, Pattern};
use super::search::by_parameters;
use crate::analysis::Failure;
use crate::analysis::matrix::{Matrix, backward, dot, factor, forward, product_trace};
use crate::estimand::ARMS;
use crate::scenario::DfMethod;

/// Parameters of Λ, σ², and a row that is not looked at.
const ROOM: usize = MOST + 2;

/// The place of σ² among the parameters.
const RESIDUAL: usize = MOST;

/// A therapist at the maximum.
#[derive(Debug, Clone)]
pub(super) struct White<const N: usize> {
    shrinkage: Shrinkage,
    /// L⁻¹cᵀ.
    sums: [[f64; N]; 2],
}

/// What contrasts are made with.
#[derive(Debug)]
pub(super) struct Inference<'a, const N: usize> {
    point: &'a Point<N>,
    method: Method<'a, N>,
}

#[derive(Debug)]
enum Method<'a, const N: usize> {
    /// Derivatives of λ by θ, and Cholesky's factor of the information of (θ, log σ²), halved.
    Satterthwaite { first: [[f64; 3]; MOST], information: Matrix<ROOM> },
    /// Covariance of the linear parameters of Λ and of σ², in units of σ⁴.
    KenwardRoger { basis: &'static [[f64; 3]], of_variances: [[f64; ROOM]; ROOM], white: &'a [White<N>] },
}

impl<'a, const N: usize> Inference<'a, N> {
    /// For the maximum of the likelihood; `white` is a buffer.
    pub fn new(
        halves: &Halves<N>,
        pattern: Pattern,
        theta: [f64; MOST],
        point: &'a Point<N>,
        method: DfMethod,
        white: &'a mut Vec<White<N>>,
    ) -> Result<Self, Failure> {
        let method = match method {
            DfMethod::Satterthwaite => {
                let first = pattern.first(theta);
                Method::Satterthwaite { first, information: observed(halves, pattern, theta, point)? }
            }
            DfMethod::KenwardRoger => {
                white.clear();
                white.extend(halves.pairs.iter().map(|pair| {
                    let shrinkage = Shrinkage::new(point.covariance, pair.sizes);
                    let sums = shrinkage.shrunk(&pair.sums).map(|sums| forward(&point.factor, sums));
                    White { shrinkage, sums }
                }));
                let basis = pattern.basis();
                let of_variances = expected(halves, basis, point, white)?;
                Method::KenwardRoger { basis, of_variances, white }
            }
        };
        Ok(Inference { point, method })
    }

    /// Estimate, squared standard error and degrees of freedom of a contrast of the cells.
    pub fn contrast(&self, weights: &[f64; ARMS]) -> (f64, f64, f64) {
        let Point { factor, slopes, residual, changes, .. } = self.point;
        let mut contrast = [0.0; N];
        contrast[..ARMS].copy_from_slice(weights);
        let estimate = dot(&contrast, slopes);
        let half = forward(factor, contrast);
        let unit = dot(&half, &half);
        let moved = [0, 1, 2].map(|k| whole_times(&changes[k], &half));
        let forms = [0, 1, 2].map(|k| dot(&half, &moved[k]));
        match &self.method {
            Method::Satterthwaite { first, information } => {
                let by = |theta: usize| (0..3).map(|k| first[theta][k] * forms[k]).sum();
                let gradient = [by(0), by(1), by(2), unit, 0.0];
                let solved = forward(information, gradient);
                (estimate, residual * unit, unit * unit / dot(&solved, &solved))
            }
            Method::KenwardRoger { basis, of_variances, white } => {
                let (spread, more) = self.kenward_roger(basis, of_variances, white, &half, &moved, &forms);
                (estimate, residual * (unit + 2.0 * more), 2.0 * unit * unit / spread)
            }
        }
    }

    /// The variance of l̃ᵀl̃, and what estimated variances add to it: Σ w(Q − PΦP).
    fn kenward_roger(
        &self,
        basis: &[[f64; 3]],
        of_variances: &[[f64; ROOM]; ROOM],
        white: &[White<N>],
        half: &[f64; N],
        moved: &[[f64; N]; 3],
        forms: &[f64; 3],
    ) -> (f64, f64) {
        let unit = dot(half, half);
        let covariance = &self.point.covariance;
        let along =
            |direction: &[f64; 3], of: &[f64; 3]| -> f64 { (0..3).map(|k| direction[k] * of[k]).sum() };
        let mut sums = Sums { residual: unit, ..Sums::default() };
        for one in white {
            let [v, w] = [0, 1].map(|level| dot(&one.sums[level], half));
            sums.add(&one.shrinkage, [v * v, w * w, v * w], covariance);
        }
        let mut vectors = [[0.0; N]; ROOM];
        let mut slopes = [0.0; ROOM];
        for k in 0..N {
            vectors[RESIDUAL][k] = half[k] - (0..3).map(|e| covariance[e] * moved[e][k]).sum::<f64>();
        }
        slopes[RESIDUAL] = dot(half, &vectors[RESIDUAL]);
        for (i, direction) in basis.iter().enumerate() {
            vectors[i] = std::array::from_fn(|k| (0..3).map(|e| direction[e] * moved[e][k]).sum());
            slopes[i] = along(direction, forms);
        }
        let q = |i: usize, j: usize| sums.of(basis, i, j);
        let (mut spread, mut more) = (0.0, 0.0);
        for i in 0..=RESIDUAL {
            for j in 0..=RESIDUAL {
                spread += of_variances[i][j] * slopes[i] * slopes[j];
                more += of_variances[i][j] * (q(i, j) - dot(&vectors[i], &vectors[j]));
            }
        }
        (spread, more)
    }
}

/// Sums over therapists of tr(cᵀXcB) for the X that Kenward and Roger's Q are made of, B being what
/// the therapists' squares were made with.
#[derive(Debug, Default)]
struct Sums {
    /// X = EPF.
    pairs: [[f64; 3]; 3],
    /// X = EWᵀ.
    mixed: [f64; 3],
    /// tr B − Σ of X = Λ + K.
    residual: f64,
}

impl Sums {
    fn add(&mut self, of: &Shrinkage, squares: Symmetric, covariance: &Symmetric) {
        let pairs = pair_traces(squares, of.precision);
        let mixed = weighted_traces(&of.weight, squares);
        for k in 0..3 {
            self.mixed[k] += mixed[k];
            for j in 0..3 {
                self.pairs[k][j] += pairs[k][j];
            }
            self.residual -= traces(squares)[k] * (covariance[k] + of.gain[k]);
        }
    }

    /// For two parameters.
    fn of(&self, basis: &[[f64; 3]], i: usize, j: usize) -> f64 {
        match (basis.get(i), basis.get(j)) {
            (Some(one), Some(other)) => {
                let along = |k: usize| -> f64 { (0..3).map(|l| other[l] * self.pairs[k][l]).sum() };
                (0..3).map(|k| one[k] * along(k)).sum()
            }
            (Some(one), None) | (None, Some(one)) => (0..3).map(|k| one[k] * self.mixed[k]).sum(),
            (None, None) => self.residual,
        }
    }
}

/// The matrix, of which both triangles are there, times a vector.
fn whole_times<const N: usize>(matrix: &Matrix<N>, vector: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|row| dot(&matrix[row], vector))
}

/// Cholesky's factor of half the observed information of (θ, log σ²), parameters at the boundary apart.
fn observed<const N: usize>(
    halves: &Halves<N>,
    pattern: Pattern,
    theta: [f64; MOST],
    point: &Point<N>,
) -> Result<Matrix<ROOM>, Failure> {
    let (left, first) = (halves.left(), pattern.first(theta));
    let hessian = by_parameters(&point.curvature(left, false), &first, &pattern.second(point.gradient));
    let free = pattern.free(theta);
    let mut information = [[0.0; ROOM]; ROOM];
    for i in 0..MOST {
        information[i][i] = 1.0;
        if !free[i] {
            continue;
        }
        for j in (0..=i).filter(|&j| free[j]) {
            information[i][j] = hessian[i][j];
        }
        information[RESIDUAL][i] = -left * (0..3).map(|k| first[i][k] * point.residual_first[k]).sum::<f64>();
    }
    information[RESIDUAL][RESIDUAL] = left;
    factor(&information).ok_or(Failure::NoConvergence)
}

/// Covariance of the linear parameters of Λ and of σ² by the expected information, in units of σ⁴.
fn expected<const N: usize>(
    halves: &Halves<N>,
    basis: &[[f64; 3]],
    point: &Point<N>,
    white: &[White<N>],
) -> Result<[[f64; ROOM]; ROOM], Failure> {
    let covariance = &point.covariance;
    let mut changes = [[[0.0; N]; N]; ROOM];
    for row in 0..N - 1 {
        for column in 0..N - 1 {
            let of = [0, 1, 2].map(|k| point.changes[k][row][column]);
            let along = |direction: &[f64; 3]| -> f64 { (0..3).map(|k| direction[k] * of[k]).sum() };
            let one = if row == column { 1.0 } else { 0.0 };
            changes[RESIDUAL][row][column] = one - along(covariance);
            for (i, direction) in basis.iter().enumerate() {
                changes[i][row][column] = along(direction);
            }
        }
    }
    // Traces of Q and of the covariances themselves: W′W′ of the residual, W′PW of both.
    let mut q = Sums { residual: (N - 1) as f64, ..Sums::default() };
    let mut v = Sums { residual: halves.patients, ..Sums::default() };
    for White { shrinkage: of, sums } in white {
        q.add(of, squares(sums), covariance);
        let pairs = pair_traces(of.precision, of.precision);
        let mixed = weighted_traces(&of.weight, of.precision);
        let [[a, b], [c, d]] = of.weight;
        v.residual -= 2.0 - (a * a + 2.0 * b * c + d * d);
        for k in 0..3 {
            v.mixed[k] += mixed[k];
            (0..3).for_each(|j| v.pairs[k][j] += pairs[k][j]);
        }
    }
    let mut information = [[0.0; ROOM]; ROOM];
    for i in 0..=RESIDUAL {
        if i < RESIDUAL && i >= basis.len() {
            information[i][i] = 1.0;
            continue;
        }
        for j in (0..=i).filter(|&j| j < basis.len() || j == RESIDUAL) {
            let products = product_trace(&changes[i], &changes[j]);
            information[i][j] = 0.5 * (v.of(basis, i, j) - 2.0 * q.of(basis, i, j) + products);
        }
    }
    let factor = factor(&information).ok_or(Failure::NoConvergence)?;
    let mut inverse = [[0.0; ROOM]; ROOM];
    for i in (0..=RESIDUAL).filter(|&i| i < basis.len() || i == RESIDUAL) {
        let mut column = [0.0; ROOM];
        column[i] = 1.0;
        inverse[i] = backward(&factor, forward(&factor, column));
    }
    Ok(inverse)
}
