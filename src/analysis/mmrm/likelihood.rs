//! The restricted likelihood at one covariance, with its first derivatives.
//!
//! With Ω_P the inverse of Σ's rows and columns of the visits of pattern P (zeros elsewhere) and n_P
//! patients, the information of the effects is M = Σ_P Ω_P ⊗ Σzzᵀ, and minus twice the log-likelihood
//! is but for a constant
//!
//! f = Σ_P n_P log|Σ_PP| + log|M| + Σ_P tr(Ω_P R_P),
//!
//! R_P being the cross-products of residuals. With T_P the sum over patients of the covariance of their
//! fitted values, the derivative of f by Σ is G = Σ_P (n_P Ω_P − Ω_P(R_P + T_P)Ω_P). Sources: Harville
//! (1977), J. Am. Stat. Assoc. 72:320; Jennrich, Schluchter (1986), Biometrics 42:805.

use super::dense;
use super::patterns::Patterns;
use super::square::{Square, add, add_scaled, inverse, product_trace, sandwich};

/// What a pattern adds.
#[derive(Debug, Clone)]
pub(super) struct Part<const V: usize> {
    /// Ω.
    pub precision: Square<V>,
    /// ΩRΩ.
    pub residuals: Square<V>,
    /// ΩTΩ.
    pub fitted: Square<V>,
}

/// The likelihood at one covariance, in buffers that are used again.
#[derive(Debug)]
pub(super) struct Likelihood<const V: usize> {
    /// Regressors at each visit.
    pub regressors: usize,
    /// Σ.
    pub sigma: Square<V>,
    /// f.
    pub value: f64,
    /// G.
    pub slope: Square<V>,
    /// One part for each pattern.
    pub parts: Vec<Part<V>>,
    /// The inverse of Cholesky's lower factor of M.
    pub factor: Vec<f64>,
    /// Effects, visit after visit.
    pub effects: Vec<f64>,
    /// Σ zr'Ω, one after the other for each pattern, regressor by regressor.
    pub left: Vec<[f64; V]>,
    matrix: Vec<f64>,
    covariance: Vec<f64>,
    weighted: Vec<f64>,
    half: Vec<f64>,
}

impl<const V: usize> Likelihood<V> {
    /// Room for all patterns.
    pub fn new(regressors: usize) -> Self {
        let order = V * regressors;
        let nothing = Part { precision: [[0.0; V]; V], residuals: [[0.0; V]; V], fitted: [[0.0; V]; V] };
        let patterns = (1 << V) - 1;
        Likelihood {
            regressors,
            sigma: [[0.0; V]; V],
            value: f64::NAN,
            slope: [[0.0; V]; V],
            parts: vec![nothing; patterns],
            factor: vec![0.0; order * order],
            effects: vec![0.0; order],
            left: vec![[0.0; V]; patterns * regressors],
            matrix: vec![0.0; order * order],
            covariance: vec![0.0; order * order],
            weighted: vec![0.0; order],
            half: vec![0.0; order],
        }
    }

    /// Effects at all visits.
    pub fn order(&self) -> usize {
        V * self.regressors
    }

    /// Everything at one covariance. False if it is not positive definite, or the effects cannot be told
    /// apart.
    #[inline(always)]
    pub fn evaluate(&mut self, patterns: &Patterns<V>, sigma: &Square<V>) -> bool {
        self.sigma = *sigma;
        let Some(of_visits) = self.invert(patterns) else { return false };
        self.weigh(patterns);
        let order = self.order();
        let Some(of_effects) = dense::inverse_factor(order, &mut self.matrix, &mut self.factor) else {
            return false;
        };
        dense::forward(order, &self.factor, &self.weighted, &mut self.half);
        dense::backward(order, &self.factor, &self.half, &mut self.effects);
        dense::inverse(order, &self.factor, &mut self.covariance);
        self.value = of_visits + of_effects + self.residuals(patterns);
        self.value.is_finite()
    }

    /// Ω of each pattern; Σ n log|Σ|.
    #[inline(always)]
    fn invert(&mut self, patterns: &Patterns<V>) -> Option<f64> {
        let mut logs = [0.0; V];
        for visit in 0..V {
            logs[visit] = libm::log(self.sigma[visit][visit]);
        }
        let mut sum = 0.0;
        for (pattern, part) in patterns.all().iter().zip(&mut self.parts) {
            let (precision, determinant) = inverse(&self.sigma, pattern.visits)?;
            part.precision = precision;
            let visits = (0..V).filter(|visit| pattern.has(1 << visit));
            sum += pattern.count * (libm::log(determinant) + visits.map(|visit| logs[visit]).sum::<f64>());
        }
        Some(sum)
    }

    /// The lower triangle of M, and what the outcome weighs.
    #[inline(always)]
    fn weigh(&mut self, patterns: &Patterns<V>) {
        let (q, order) = (self.regressors, self.order());
        self.matrix[..order * order].fill(0.0);
        self.weighted.fill(0.0);
        for (pattern, part) in patterns.all().iter().zip(&self.parts) {
            for row in (0..V).filter(|row| pattern.has(1 << row)) {
                for k in 0..q {
                    let line = &mut self.matrix[(row * q + k) * order..][..order];
                    let of_pattern = &pattern.regressors[k * q..][..q];
                    for column in 0..=row {
                        let weight = part.precision[row][column];
                        let block = &mut line[column * q..][..q];
                        block.iter_mut().zip(of_pattern).for_each(|(to, z)| *to += weight * z);
                    }
                    let outcome = part.precision[row].iter().zip(&pattern.products[k]);
                    self.weighted[row * q + k] += outcome.map(|(weight, y)| weight * y).sum::<f64>();
                }
            }
        }
    }

    /// Cross-products of residuals and covariances of fitted values, pattern by pattern; G; Σ tr(ΩR).
    #[inline(always)]
    fn residuals(&mut self, patterns: &Patterns<V>) -> f64 {
        let (q, order) = (self.regressors, self.order());
        self.slope = [[0.0; V]; V];
        let mut sum = 0.0;
        for (number, (pattern, part)) in patterns.all().iter().zip(&mut self.parts).enumerate() {
            let mut residuals = pattern.squares;
            let left = &mut self.left[number * q..][..q];
            for k in 0..q {
                // Σ zrᵀ, r being y − Bᵀz.
                let mut of_residual = pattern.products[k];
                for (j, z) in pattern.regressors[k * q..][..q].iter().enumerate() {
                    for visit in 0..V {
                        of_residual[visit] -= z * self.effects[visit * q + j];
                    }
                }
                for visit in 0..V {
                    let effect = self.effects[visit * q + k];
                    for other in 0..V {
                        // S − WᵀB − Bᵀ(W − ZB), in one sum.
                        residuals[other][visit] -= pattern.products[k][other] * effect;
                        residuals[visit][other] -= effect * of_residual[other];
                    }
                }
                let mut weighted = [0.0; V];
                for visit in 0..V {
                    add_scaled(&mut weighted, of_residual[visit], &part.precision[visit]);
                }
                left[k] = weighted;
            }
            let mut fitted = [[0.0; V]; V];
            for row in (0..V).filter(|row| pattern.has(1 << row)) {
                for column in (0..=row).filter(|column| pattern.has(1 << column)) {
                    let mut trace = 0.0;
                    for k in 0..q {
                        let line = (row * q + k) * order + column * q;
                        // Of a diagonal block the lower triangle is there.
                        let width = if row == column { k + 1 } else { q };
                        let products = self.covariance[line..line + width].iter();
                        let products = products.zip(&pattern.regressors[k * q..]).map(|(c, z)| c * z);
                        let all: f64 = products.sum();
                        trace += if row == column {
                            2.0 * all - self.covariance[line + k] * pattern.regressors[k * q + k]
                        } else {
                            all
                        };
                    }
                    (fitted[row][column], fitted[column][row]) = (trace, trace);
                }
            }
            sum += product_trace(&part.precision, &residuals);
            part.residuals = sandwich(&part.precision, &residuals);
            part.fitted = sandwich(&part.precision, &fitted);
            add(&mut self.slope, pattern.count, &part.precision);
            add(&mut self.slope, -1.0, &part.residuals);
            add(&mut self.slope, -1.0, &part.fitted);
        }
        sum
    }
}
