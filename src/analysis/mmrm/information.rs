//! tr(ΦP_kΦP_l), the costly part of the information about the covariance.
//!
//! P_k = Σ_P (Ω_P Σ_k Ω_P) ⊗ Σzzᵀ says how the information M of the effects falls when parameter k of
//! the covariance Σ grows, Σ_k being ∂Σ/∂θ_k. With Cholesky's factor L of M the trace is that of the
//! product of two matrices L⁻¹P_kL⁻ᵀ.

use super::dense;
use super::likelihood::Likelihood;
use super::patterns::Patterns;
use super::square::{Square, sandwich};

/// The matrices of all parameters, in buffers that are used again.
#[derive(Debug)]
pub(super) struct Information {
    order: usize,
    /// tr(ΦP_kΦP_l), row by row, both triangles.
    pub traces: Vec<f64>,
    /// L⁻¹P_kL⁻ᵀ, one after the other, as [`dense::whiten`] leaves them.
    white: Vec<f64>,
    matrix: Vec<f64>,
    half: Vec<f64>,
}

impl Information {
    /// Room for so many parameters.
    pub fn new(parameters: usize, order: usize) -> Self {
        Information {
            order,
            traces: vec![0.0; parameters * parameters],
            white: vec![0.0; parameters * order * (order + 1) / 2],
            matrix: vec![0.0; order * order],
            half: vec![0.0; 2 * order * order],
        }
    }

    /// All traces, `slopes` being ∂Σ/∂θ.
    #[inline(always)]
    pub fn fill<const V: usize>(
        &mut self,
        patterns: &Patterns<V>,
        likelihood: &Likelihood<V>,
        slopes: &[Square<V>],
    ) {
        let (order, q, count) = (self.order, likelihood.regressors, slopes.len());
        let packed = order * (order + 1) / 2;
        for (number, slope) in slopes.iter().enumerate() {
            self.matrix.fill(0.0);
            for (pattern, part) in patterns.all().iter().zip(&likelihood.parts) {
                let weights = sandwich(&part.precision, slope);
                for row in (0..V).filter(|row| pattern.has(1 << row)) {
                    for k in 0..q {
                        let line = &mut self.matrix[(row * q + k) * order..][..order];
                        let of_pattern = &pattern.regressors[k * q..][..q];
                        for column in 0..V {
                            let block = &mut line[column * q..][..q];
                            let weight = weights[row][column];
                            block.iter_mut().zip(of_pattern).for_each(|(to, z)| *to += weight * z);
                        }
                    }
                }
            }
            let white = &mut self.white[number * packed..][..packed];
            dense::whiten(order, &likelihood.factor, &self.matrix, &mut self.half, white);
            for earlier in 0..=number {
                let one = &self.white[number * packed..][..packed];
                let trace = dense::dot(one, &self.white[earlier * packed..][..packed]);
                self.traces[number * count + earlier] = trace;
                self.traces[earlier * count + number] = trace;
            }
        }
    }

    /// The entry in some row and column of the matrix of a parameter.
    pub fn white(&self, parameter: usize, row: usize, column: usize) -> f64 {
        let (row, column) = (row.max(column), row.min(column));
        let value = self.white[parameter * self.order * (self.order + 1) / 2 + row * (row + 1) / 2 + column];
        if row == column { value } else { value * core::f64::consts::FRAC_1_SQRT_2 }
    }
}
