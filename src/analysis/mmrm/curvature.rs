//! Second derivatives of the restricted likelihood by the entries of the covariance.
//!
//! For two entries k and l of Σ, E_k having ones there and zeros elsewhere, every part of a second
//! derivative is Σ_P tr(E_k Ω_P E_l Y_P) with symmetric Y_P, but for two: the effects move with the
//! covariance (u_kᵀΦu_l, with Φ = M⁻¹ and u_k = Σ XᵀV⁻¹V_kV⁻¹r), and tr(ΦP_kΦP_l) with P_k = −∂M/∂θ_k,
//! which costs most by far. With complete data that is Σ_P tr(E_kΩE_lΩTΩ), and near it else: so much of
//! it is taken on the way to the maximum.

use super::covariance::{entries, entry};
use super::dense;
use super::likelihood::Likelihood;
use super::patterns::Patterns;
use super::square::{Square, add};

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curvature {
    /// Of the likelihood itself, without tr(ΦP_kΦP_l).
    Observed,
    /// The same with what stands for it.
    NearlyObserved,
    /// What is expected of it, with what stands for it: never negative, as no patient has a leverage
    /// above 1.
    NearlyExpected,
    /// What is expected of it, without tr(ΦP_kΦP_l).
    Expected,
}

/// Second derivatives in buffers that are used again.
#[derive(Debug)]
pub(super) struct ByEntries {
    /// Row by row, both triangles.
    pub matrix: Vec<f64>,
    /// u of each entry.
    moved: Vec<f64>,
    /// L⁻¹u.
    half: Vec<f64>,
}

impl ByEntries {
    pub fn new(visits: usize, regressors: usize) -> Self {
        let count = entries(visits);
        ByEntries {
            matrix: vec![0.0; count * count],
            moved: vec![0.0; visits * regressors],
            half: vec![0.0; count * visits * regressors],
        }
    }

    /// Second derivatives of f by all pairs of entries.
    #[inline(always)]
    pub fn fill<const V: usize>(
        &mut self,
        patterns: &Patterns<V>,
        likelihood: &Likelihood<V>,
        what: Curvature,
    ) {
        let count = entries(V);
        self.matrix.fill(0.0);
        for (pattern, part) in patterns.all().iter().zip(&likelihood.parts) {
            let mut inner = [[0.0; V]; V];
            let (of_count, of_residuals, of_fitted) = match what {
                Curvature::Observed => (-1.0, 2.0, 2.0),
                Curvature::NearlyObserved => (-1.0, 2.0, 1.0),
                Curvature::NearlyExpected => (1.0, 0.0, -1.0),
                Curvature::Expected => (1.0, 0.0, -2.0),
            };
            add(&mut inner, of_count * pattern.count, &part.precision);
            add(&mut inner, of_residuals, &part.residuals);
            add(&mut inner, of_fitted, &part.fitted);
            self.add_traces(&part.precision, &inner);
        }
        if matches!(what, Curvature::Observed | Curvature::NearlyObserved) {
            self.move_effects(patterns, likelihood);
        }
        for row in 0..count {
            for column in row + 1..count {
                self.matrix[row * count + column] = self.matrix[column * count + row];
            }
        }
    }

    /// Adds tr(E_k Ω E_l Y).
    #[inline(always)]
    fn add_traces<const V: usize>(&mut self, precision: &Square<V>, inner: &Square<V>) {
        let count = entries(V);
        for a in 0..V {
            for b in 0..=a {
                let line = &mut self.matrix[entry(a, b) * count..][..=entry(a, b)];
                let twice = if a == b { 0.5 } else { 1.0 };
                for c in 0..=a {
                    for d in 0..=c {
                        let number = entry(c, d);
                        if number > entry(a, b) {
                            continue;
                        }
                        let sum = precision[b][c] * inner[a][d]
                            + precision[b][d] * inner[a][c]
                            + precision[a][c] * inner[b][d]
                            + precision[a][d] * inner[b][c];
                        line[number] += if c == d { 0.5 * twice * sum } else { twice * sum };
                    }
                }
            }
        }
    }

    /// Takes away 2u_kᵀΦu_l.
    #[inline(always)]
    fn move_effects<const V: usize>(&mut self, patterns: &Patterns<V>, likelihood: &Likelihood<V>) {
        let (q, order, count) = (likelihood.regressors, likelihood.order(), entries(V));
        // With one pattern the residuals are orthogonal to the regressors.
        if patterns.all().len() == 1 {
            return;
        }
        for a in 0..V {
            for b in 0..=a {
                self.moved.fill(0.0);
                let factor = if a == b { 0.5 } else { 1.0 };
                for (number, part) in likelihood.parts[..patterns.all().len()].iter().enumerate() {
                    let left = &likelihood.left[number * q..][..q];
                    for visit in 0..V {
                        let (with_a, with_b) =
                            (factor * part.precision[visit][a], factor * part.precision[visit][b]);
                        let moved = &mut self.moved[visit * q..][..q];
                        for (moved, left) in moved.iter_mut().zip(left) {
                            *moved += with_a * left[b] + with_b * left[a];
                        }
                    }
                }
                let half = &mut self.half[entry(a, b) * order..][..order];
                dense::forward(order, &likelihood.factor, &self.moved, half);
            }
        }
        for row in 0..count {
            for column in 0..=row {
                let (one, other) =
                    (&self.half[row * order..][..order], &self.half[column * order..][..order]);
                self.matrix[row * count + column] -= 2.0 * dense::dot(one, other);
            }
        }
    }
}
