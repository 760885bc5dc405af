//! What is kept of each therapist: the sums of both levels of the context, and small matrices of two rows.

use crate::analysis::matrix::Matrix;
use crate::analysis::therapists::{Therapists, sizes};

/// A therapist's patients with either level of the context.
#[derive(Debug, Clone)]
pub(super) struct Pair<const N: usize> {
    /// How many.
    pub sizes: [f64; 2],
    /// Σ x of cells, covariates and outcome.
    pub sums: [[f64; N]; 2],
}

/// One trial, in a buffer that is used again.
#[derive(Debug)]
pub(super) struct Halves<const N: usize> {
    /// Patients.
    pub patients: f64,
    /// Σ xxᵀ over everyone.
    pub total: Matrix<N>,
    /// By therapist.
    pub pairs: Vec<Pair<N>>,
}

impl<const N: usize> Halves<N> {
    /// Nothing yet.
    pub fn new() -> Self {
        Halves { patients: 0.0, total: [[0.0; N]; N], pairs: Vec::new() }
    }

    /// Takes over what was recorded.
    pub fn take(&mut self, therapists: &Therapists<N>) {
        (self.patients, self.total) = (therapists.patients, therapists.total);
        self.pairs.clear();
        for cells in &therapists.cells {
            let of = sizes(cells);
            let sizes = [of[0] + of[1], of[2] + of[3]];
            if sizes != [0.0; 2] {
                let sum = |first: usize| std::array::from_fn(|k| cells[first][k] + cells[first + 1][k]);
                self.pairs.push(Pair { sizes, sums: [sum(0), sum(2)] });
            }
        }
    }

    /// Therapists who treated patients with both levels.
    pub fn with_both(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.sizes[0] > 0.0 && pair.sizes[1] > 0.0).count()
    }

    /// N − q: patients beyond fixed effects.
    pub fn left(&self) -> f64 {
        self.patients - (N - 1) as f64
    }
}

/// A symmetric matrix of two rows: its diagonal, and what stands beside it.
pub(super) type Symmetric = [f64; 3];

/// What Λ does to a therapist with D = diag(n₁, n₂) patients.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shrinkage {
    /// |I + ΛD|.
    pub determinant: f64,
    /// W = (I + ΛD)⁻¹, row by row.
    pub weight: [[f64; 2]; 2],
    /// P = DW.
    pub precision: Symmetric,
    /// K = WΛ.
    pub gain: Symmetric,
}

impl Shrinkage {
    #[inline(always)]
    pub fn new([first, second, both]: Symmetric, [n, m]: [f64; 2]) -> Self {
        let rest = first * second - both * both;
        let (a, d) = (1.0 + first * n, 1.0 + second * m);
        // Exact zeros where a level has no patients; never below 1 but for rounding.
        let determinant = 1.0 + first * n + second * m + rest * n * m;
        let inverse = 1.0 / determinant;
        let (row, column) = (-both * m * inverse, -both * n * inverse);
        Shrinkage {
            determinant,
            weight: [[d * inverse, row], [column, a * inverse]],
            precision: [n * d * inverse, m * a * inverse, n * row],
            gain: [(first + rest * m) * inverse, (second + rest * n) * inverse, both * inverse],
        }
    }

    /// Wᵀ times the two sums.
    #[inline(always)]
    pub fn shrunk<const N: usize>(&self, [x, y]: &[[f64; N]; 2]) -> [[f64; N]; 2] {
        let [[a, b], [c, d]] = self.weight;
        let mut shrunk = [[0.0; N]; 2];
        for k in 0..N {
            shrunk[0][k] = a * x[k] + c * y[k];
            shrunk[1][k] = b * x[k] + d * y[k];
        }
        shrunk
    }
}

/// tr(AE) for each of the three directions E in which a covariance changes.
#[inline(always)]
pub(super) fn traces([a, b, c]: Symmetric) -> [f64; 3] {
    [a, b, 2.0 * c]
}

/// tr(AEPE′) for each two of these directions.
#[inline(always)]
pub(super) fn pair_traces([a, b, c]: Symmetric, [p, q, r]: Symmetric) -> [[f64; 3]; 3] {
    let (first, second) = (p * c + r * a, r * b + q * c);
    [[a * p, c * r, first], [c * r, b * q, second], [first, second, 2.0 * r * c + q * a + p * b]]
}

/// tr(EWᵀA) for each of these directions.
#[inline(always)]
pub(super) fn weighted_traces(weight: &[[f64; 2]; 2], [a, b, c]: Symmetric) -> [f64; 3] {
    let [[w, x], [y, z]] = weight;
    [w * a + y * c, x * c + z * b, w * c + y * b + x * a + z * c]
}

/// The products of two vectors with each other.
#[inline(always)]
pub(super) fn squares<const N: usize>([x, y]: &[[f64; N]; 2]) -> Symmetric {
    let mut sums = [0.0; 3];
    for k in 0..N {
        sums[0] += x[k] * x[k];
        sums[1] += y[k] * y[k];
        sums[2] += x[k] * y[k];
    }
    sums
}
