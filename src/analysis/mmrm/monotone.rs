//! Patients who miss a visit and all later ones: the restricted likelihood visit by visit.
//!
//! The values of a patient are independent once each visit is told by those before: y_t − Σ φ_ts y_s has a variance
//! d_t. With A the triangle of ones and −φ, an inverse covariance is AᵀD⁻¹A, and that of a patient who leaves is made of
//! its first rows. So the information of the effects is (A ⊗ I)ᵀ diag(Z_t/d_t) (A ⊗ I), Z_t being Σ zzᵀ over the
//! patients at visit t, and minus twice the restricted log-likelihood is but for a constant
//!
//! f = Σ_t (n_t − q) log d_t + Q_t/d_t, with Q_t = W_tt − 2 Σ φ_ts W_ts + Σ φ_ts φ_tr W_sr,
//!
//! W_t being the cross-products at visits up to t of what the regressors leave in the patients at visit t. A
//! contrast l of the effects at the last visit has the variance v = Σ_t c_t² d_t lᵀZ_t⁻¹l, c the last row of
//! A⁻¹. That takes no matrix of all effects: the rest of the house finds the same numbers for any patterns of
//! visits.
//!
//! Source: Anderson (1957), J. Am. Stat. Assoc. 52:200, for likelihoods that fall apart so.

use super::shape::Shaped;
use super::square::{Square, add_scaled, form};
use super::start::Seen;
use crate::analysis::Failure;
use crate::estimand::ARMS;
use crate::scenario::CovariancePattern;

/// A covariance as regressions of each visit on those before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Regressions<const V: usize> {
    /// φ, below the diagonal.
    pub coefficients: Square<V>,
    /// d.
    pub variances: [f64; V],
}

/// The variance of a contrast, and how it moves with them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved<const V: usize> {
    /// v.
    pub variance: f64,
    /// ∂v/∂φ_sr: the product of the number of s and that of r.
    pub by_later: [f64; V],
    pub by_earlier: [f64; V],
    /// ∂v/∂d.
    pub by_variance: [f64; V],
}

/// What is uncertain about them.
#[derive(Debug, Clone, Copy)]
enum Spread<const V: usize> {
    /// Each coefficient and each variance by itself.
    Free,
    /// All by two parameters.
    Shaped(Shaped<V>),
}

/// The maximum of the restricted likelihood, and what contrasts of the cells at the last visit are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Monotone<'a, const V: usize> {
    seen: &'a [Seen<V>; V],
    regressions: Regressions<V>,
    spread: Spread<V>,
    /// A⁻¹.
    carried: Square<V>,
    /// Means of the cells at the last visit.
    means: [f64; ARMS],
}

impl<'a, const V: usize> Monotone<'a, V> {
    /// The maximum, searched from near a covariance.
    pub fn new(
        pattern: CovariancePattern,
        seen: &'a [Seen<V>; V],
        start: &Square<V>,
    ) -> Result<Self, Failure> {
        let (regressions, spread) = match pattern {
            CovariancePattern::Unstructured => (free(seen), Spread::Free),
            pattern => {
                let shaped = Shaped::new(pattern, seen, start)?;
                (shaped.regressions, Spread::Shaped(shaped))
            }
        };
        let coefficients = &regressions.coefficients;
        let mut carried = [[0.0; V]; V];
        let mut means = [[0.0; ARMS]; V];
        for visit in 0..V {
            carried[visit][visit] = 1.0;
            means[visit] = seen[visit].means[visit];
            for earlier in 0..visit {
                let coefficient = coefficients[visit][earlier];
                let row = carried[earlier];
                add_scaled(&mut carried[visit], coefficient, &row);
                for cell in 0..ARMS {
                    // Those who left before this visit tell the earlier one's mean too.
                    let told = means[earlier][cell] - seen[visit].means[earlier][cell];
                    means[visit][cell] += coefficient * told;
                }
            }
        }
        Ok(Monotone { seen, regressions, spread, carried, means: means[V - 1] })
    }

    /// Estimate, squared standard error and Satterthwaite's degrees of freedom of a contrast.
    pub fn contrast(&self, weights: &[f64; ARMS]) -> (f64, f64, f64) {
        let estimate = weights.iter().zip(&self.means).map(|(weight, mean)| weight * mean).sum();
        let moved = self.moved(weights);
        let spread = match &self.spread {
            Spread::Free => self.free_spread(&moved),
            Spread::Shaped(shaped) => shaped.spread(&moved),
        };
        (estimate, moved.variance, 2.0 * moved.variance * moved.variance / spread)
    }

    fn moved(&self, weights: &[f64; ARMS]) -> Moved<V> {
        let last = &self.carried[V - 1];
        let mut moved = Moved {
            variance: 0.0,
            by_later: last.map(|carried| 2.0 * carried),
            by_earlier: [0.0; V],
            by_variance: [0.0; V],
        };
        for visit in 0..V {
            let by_carried = last[visit] * form(&self.seen[visit].cells, weights);
            let part = by_carried * self.regressions.variances[visit];
            moved.by_variance[visit] = by_carried * last[visit];
            moved.variance += part * last[visit];
            for later in visit..V {
                moved.by_earlier[later] += part * self.carried[later][visit];
            }
        }
        moved
    }

    /// gᵀAg, each visit's coefficients having the covariance d_tW⁻¹ and its variance 2d_t²/(n_t − q).
    fn free_spread(&self, moved: &Moved<V>) -> f64 {
        let mut spread = 0.0;
        for (visit, seen) in self.seen.iter().enumerate() {
            let variance = self.regressions.variances[visit];
            let mut square = 0.0;
            for row in 0..visit {
                for column in 0..visit {
                    square += moved.by_earlier[row] * seen.inverse[row][column] * moved.by_earlier[column];
                }
            }
            let (by_later, by_variance) = (moved.by_later[visit], variance * moved.by_variance[visit]);
            spread += variance * by_later * by_later * square + 2.0 * by_variance * by_variance / seen.left;
        }
        spread
    }
}

/// The maximum without any pattern: each visit's own regression.
fn free<const V: usize>(seen: &[Seen<V>; V]) -> Regressions<V> {
    let mut coefficients = [[0.0; V]; V];
    let mut variances = [0.0; V];
    for (visit, seen) in seen.iter().enumerate() {
        coefficients[visit] = seen.slopes;
        variances[visit] = seen.variance;
    }
    Regressions { coefficients, variances }
}
