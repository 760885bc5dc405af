//! How much of an outcome's variance lies between therapists, by REML, and what it does to means.
//!
//! The variances τ² (between therapists) and σ² (within) are those of the analysis `lmm`; their
//! covariance is the inverse of the expected information of the restricted likelihood, which also
//! holds where τ² is 0. With V = τ²G + σ²I, G having 1 where two patients share a therapist, X the
//! arms and P = V⁻¹ − V⁻¹X(X′V⁻¹X)⁻¹X′V⁻¹, it is ½ tr(P·∂V/∂i·P·∂V/∂j). The intraclass correlation
//! and the SD follow by the delta method.
//!
//! Source: Searle, Casella, McCulloch (1992), "Variance components", sections 6.6 and 3.8.

use crate::analysis::registry::{self, Context};
use crate::analysis::{Fits, OneTrial, TrialData, Worker, recorded};
use crate::data::Dataset;
use crate::estimand::{ARMS, ESTIMANDS};
use crate::stats::cholesky;

/// A matrix by arm.
type ByArm = [[f64; ARMS]; ARMS];

/// The variances of an outcome between and within therapists.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// Variance between therapists, τ².
    pub between: f64,
    /// Variance within therapists, σ².
    pub within: f64,
    /// Covariance of the two estimates.
    pub covariance: [[f64; 2]; 2],
    /// Patients of each therapist in each arm in whom the outcome was measured.
    counts: Vec<[f64; ARMS]>,
    /// Such patients in each arm, those without a therapist included.
    sizes: [f64; ARMS],
}

impl Clustering {
    /// Fits cell means, slopes on `covariates` and a random intercept for each therapist. The
    /// covariance is that of a model without covariates.
    ///
    /// # Errors
    /// Why there is no fit, in words.
    pub fn fit(data: &Dataset, outcome: usize, covariates: &[usize]) -> Result<Self, String> {
        let [between, within] = components(data, outcome, covariates)?;
        let mut counts = vec![[0.0; ARMS]; data.therapist_names.len()];
        let mut sizes = [0.0; ARMS];
        let there = |row: &usize| !data.columns[outcome][*row].is_nan();
        for row in (0..data.arms.len()).filter(there) {
            let arm = usize::from(data.arms[row]) % ARMS;
            sizes[arm] += 1.0;
            let therapist = data.therapists.get(row).and_then(|&number| counts.get_mut(number as usize));
            therapist.into_iter().for_each(|counts| counts[arm] += 1.0);
        }
        counts.retain(|counts| counts.iter().sum::<f64>() > 0.0);
        let mut fitted = Clustering { between, within, covariance: [[f64::NAN; 2]; 2], counts, sizes };
        if let Some(covariance) = fitted.information().and_then(inverse) {
            fitted.covariance = covariance;
        }
        Ok(fitted)
    }

    /// Therapists of patients in whom the outcome was measured.
    #[must_use]
    pub fn therapists(&self) -> usize {
        self.counts.len()
    }

    /// Patients in whom it was measured.
    #[must_use]
    pub fn patients(&self) -> f64 {
        self.sizes.iter().sum()
    }

    /// Whether some therapist treats patients of several arms.
    pub(super) fn shares_therapists(&self) -> bool {
        self.counts.iter().any(|counts| counts.iter().filter(|&&count| count > 0.0).count() > 1)
    }

    /// The intraclass correlation.
    #[must_use]
    pub fn icc(&self) -> f64 {
        self.between / (self.between + self.within)
    }

    /// Its standard error.
    #[must_use]
    pub fn icc_se(&self) -> f64 {
        let total = self.between + self.within;
        self.delta([self.within / (total * total), -self.between / (total * total)])
    }

    /// The standard deviation within an arm, between and within therapists together.
    #[must_use]
    pub fn sd(&self) -> f64 {
        (self.between + self.within).sqrt()
    }

    /// Its standard error.
    #[must_use]
    pub fn sd_se(&self) -> f64 {
        self.delta([0.5 / self.sd(); 2])
    }

    fn delta(&self, [one, other]: [f64; 2]) -> f64 {
        let [[a, b], [_, d]] = self.covariance;
        (a * one * one + 2.0 * b * one * other + d * other * other).sqrt()
    }

    /// The covariance of the arms' means: σ²/n on the diagonal, and what shared therapists add.
    #[must_use]
    pub fn covariance_of_means(&self) -> ByArm {
        let sizes = &self.sizes;
        std::array::from_fn(|a| {
            std::array::from_fn(|b| {
                let shared: f64 = self.counts.iter().map(|counts| counts[a] * counts[b]).sum();
                let own = if a == b { self.within / sizes[a] } else { 0.0 };
                own + self.between * shared / (sizes[a] * sizes[b])
            })
        })
    }

    /// The expected information about (τ², σ²).
    fn information(&self) -> Option<[[f64; 2]; 2]> {
        let (variance, ratio) = (self.within, self.between / self.within);
        let size = |counts: &[f64; ARMS]| counts.iter().sum::<f64>();
        let shrunk = |counts: &[f64; ARMS]| 1.0 / (1.0 + ratio * size(counts));
        let over = |factor: &dyn Fn(&[f64; ARMS]) -> f64| -> f64 { self.counts.iter().map(factor).sum() };
        // Σ over therapists of a factor times nₐ·n_b, beside a multiple of the arms' sizes.
        let products = |of_sizes: f64, scale: f64, factor: &dyn Fn(&[f64; ARMS]) -> f64| -> Vec<Vec<f64>> {
            let entry = |a: usize, b: usize| {
                let own = if a == b { of_sizes * self.sizes[a] } else { 0.0 };
                scale * (own + over(&|counts| factor(counts) * counts[a] * counts[b]))
            };
            (0..ARMS).map(|a| (0..ARMS).map(|b| entry(a, b)).collect()).collect()
        };
        // (1 − rᵏ)/n: what V⁻ᵏ lacks of σ⁻²ᵏ.
        let rest = |counts: &[f64; ARMS], power: i32| {
            (1.0 - (0..power).fold(1.0, |product, _| product * shrunk(counts))) / size(counts)
        };
        let [first, second, third] = [1, 2, 3].map(|power| libm::pow(variance, -f64::from(power)));
        let fixed = products(1.0, first, &|counts| -rest(counts, 1));
        let slopes = [
            products(0.0, second, &|counts| shrunk(counts) * shrunk(counts)),
            products(1.0, second, &|counts| -rest(counts, 2)),
        ];
        let cubed = |counts: &[f64; ARMS]| shrunk(counts) * shrunk(counts) * shrunk(counts);
        let curvatures = [
            products(0.0, third, &|counts| cubed(counts) * size(counts)),
            products(0.0, third, &cubed),
            products(1.0, third, &|counts| -rest(counts, 3)),
        ];
        let traces = [
            second * over(&|counts| (size(counts) * shrunk(counts)) * (size(counts) * shrunk(counts))),
            second * over(&|counts| size(counts) * shrunk(counts) * shrunk(counts)),
            second * (self.sizes.iter().sum::<f64>() + over(&|counts| shrunk(counts) * shrunk(counts) - 1.0)),
        ];
        // Φ·M column by column.
        let solved = |matrix: &[Vec<f64>]| -> Option<Vec<Vec<f64>>> {
            (0..ARMS)
                .map(|b| cholesky::solve(&fixed, &matrix.iter().map(|row| row[b]).collect::<Vec<f64>>()))
                .collect()
        };
        let trace = |columns: &[Vec<f64>]| (0..ARMS).map(|k| columns[k][k]).sum::<f64>();
        let product_trace = |one: &[Vec<f64>], other: &[Vec<f64>]| -> f64 {
            (0..ARMS).flat_map(|a| (0..ARMS).map(move |b| (a, b))).map(|(a, b)| one[a][b] * other[b][a]).sum()
        };
        let white = [solved(&slopes[0])?, solved(&slopes[1])?];
        let entry = |which: usize, i: usize, j: usize| -> Option<f64> {
            let curvature = trace(&solved(&curvatures[which])?);
            Some(0.5 * (traces[which] - 2.0 * curvature + product_trace(&white[i], &white[j])))
        };
        let mixed = entry(1, 0, 1)?;
        Some([[entry(0, 0, 0)?, mixed], [mixed, entry(2, 1, 1)?]])
    }
}

/// τ² and σ² by the analysis `lmm`.
fn components(data: &Dataset, outcome: usize, covariates: &[usize]) -> Result<[f64; 2], String> {
    let entry = registry::find("lmm").ok_or("there is no mixed model")?;
    let context = Context { outcome, covariates: covariates.to_vec(), ..Context::default() };
    let estimator = (entry.build)(&context);
    let mut worker = estimator.worker();
    let mut fits = Fits::new(ESTIMANDS);
    let mut room = OneTrial::new(data.arms.len(), data.names.len());
    let recorded = recorded(std::iter::once(estimator.analysis()));
    let column = |variable: usize| data.columns[variable].as_slice();
    let trial = TrialData {
        arms: &data.arms,
        therapists: &data.therapists,
        blocks: &[],
        draws: (0, 0),
        column: &column,
    };
    let worker = worker.as_deref_mut().map(|worker| worker as &mut dyn Worker);
    room.fit(&estimator, worker, &recorded, &trial, &mut fits);
    if fits.answers(0) { Ok(fits.components) } else { Err(fits.failure[0].meaning().to_owned()) }
}

fn inverse([[a, b], [_, d]]: [[f64; 2]; 2]) -> Option<[[f64; 2]; 2]> {
    let determinant = a * d - b * b;
    let regular = determinant > 1e-9 * a * d;
    regular.then(|| [[d / determinant, -b / determinant], [-b / determinant, a / determinant]])
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNEVEN: [[f64; 2]; 2] =
        [[39.728171140339036, -9.84920446629174], [-9.849204466291738, 20.76047642627592]];

    fn balanced(between: f64, within: f64, counts: Vec<[f64; ARMS]>) -> Clustering {
        let sizes = std::array::from_fn(|arm| counts.iter().map(|counts| counts[arm]).sum());
        let mut fitted = Clustering { between, within, covariance: [[f64::NAN; 2]; 2], counts, sizes };
        fitted.covariance = fitted.information().and_then(inverse).expect("regular");
        fitted
    }

    /// Balanced, the mean squares are independent with variances 2(σ² + nτ²)²/df and 2σ⁴/df: Searle's
    /// formulas.
    #[test]
    fn balanced_designs_have_closed_forms() {
        let crossed = vec![[3.0; ARMS]; 10];
        let nested: Vec<[f64; ARMS]> =
            (0..10).map(|k| if k < 5 { [6.0, 6.0, 0.0, 0.0] } else { [0.0, 0.0, 6.0, 6.0] }).collect();
        for (counts, df) in [(crossed, 9.0), (nested, 8.0)] {
            for between in [0.0, 2.0, 30.0] {
                let fitted = balanced(between, 20.0, counts.clone());
                let n = 12.0;
                let left = 120.0 - 4.0 - df;
                let mean_square = 20.0 + n * between;
                let of_between = 2.0 * mean_square * mean_square / df;
                let of_within = 2.0 * 20.0 * 20.0 / left;
                let expected =
                    [[(of_between + of_within) / (n * n), -of_within / n], [-of_within / n, of_within]];
                for (row, expected) in fitted.covariance.iter().zip(expected) {
                    for (entry, expected) in row.iter().zip(expected) {
                        assert!((entry / expected - 1.0).abs() < 1e-12, "{between}: {entry} {expected}");
                    }
                }
                let icc = fitted.icc();
                let relative =
                    2.0 * (1.0 - icc) * (1.0 - icc) * (1.0 + (n - 1.0) * icc) * (1.0 + (n - 1.0) * icc)
                        / (n * n);
                let searle = (relative * (1.0 / df + 1.0 / left)).sqrt();
                assert!((fitted.icc_se() / searle - 1.0).abs() < 1e-12, "{} {searle}", fitted.icc_se());
            }
        }
    }

    /// The formulas with matrices of 11 by 11, by NumPy 2.
    #[test]
    fn uneven_designs_agree_with_whole_matrices() {
        let counts = vec![[2.0, 0.0, 1.0, 1.0], [1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]];
        let mut fitted = Clustering {
            between: 3.0,
            within: 7.0,
            covariance: [[f64::NAN; 2]; 2],
            counts,
            // One patient of the last arm has no therapist.
            sizes: [3.0, 3.0, 2.0, 3.0],
        };
        fitted.covariance = fitted.information().and_then(inverse).expect("regular");
        for (row, expected) in fitted.covariance.iter().zip(UNEVEN) {
            for (entry, expected) in row.iter().zip(expected) {
                assert!((entry / expected - 1.0).abs() < 1e-10, "{entry} {expected}");
            }
        }
        let means = fitted.covariance_of_means();
        assert!((means[0][0] - (7.0 / 3.0 + 3.0 * 5.0 / 9.0)).abs() < 1e-14);
        assert!((means[0][3] - 3.0 * 3.0 / 9.0).abs() < 1e-14);
    }
}
