//! Standard errors and degrees of freedom of contrasts at the last visit.
//!
//! Satterthwaite's degrees of freedom of a contrast l are 2(lᵀΦl)²/(gᵀAg), g the derivatives of lᵀΦl by
//! the parameters of the covariance and A the inverse of their observed information. Kenward and Roger
//! add to Φ twice Φ Σ W_ij(Q_ij − P_iΦP_j) Φ, W being the inverse of the expected information and
//! Q_ij = XᵀV⁻¹V_iV⁻¹V_jV⁻¹X; for one contrast their degrees of freedom come down to 2(lᵀΦl)²/(gᵀWg). If
//! the covariance is not linear in its parameters (`ar1`) they have a further term with its second
//! derivatives, which depends on what is taken for parameters. It is left out, as it is zero for the
//! others: so nothing depends on the choice of parameters.

use super::covariance::{entries, entry};
use super::curvature::Curvature;
use super::maximum::Maximum;
use super::patterns::Patterns;
use super::square::{Square, form, sandwich};
use crate::analysis::Failure;
use crate::estimand::ARMS;
use crate::scenario::DfMethod;

type Cells = Square<ARMS>;

/// What contrasts of the cells at the last visit are made with, in buffers that are used again.
#[derive(Debug)]
pub(super) struct Inference<const V: usize> {
    /// Means of the cells.
    means: [f64; ARMS],
    /// Their covariance Φ.
    covariance: Cells,
    /// ΦP_kΦ, for each parameter of the covariance.
    slopes: Vec<Cells>,
    /// Covariance of the parameters.
    of_parameters: Vec<f64>,
    /// What Kenward and Roger add to Φ; zero else.
    correction: Cells,
    /// L⁻¹P_kL⁻ᵀw of each parameter and cell, w being the cell's column of L⁻¹.
    moved: Vec<f64>,
    /// Covariance of the entries of Σ.
    of_entries: Vec<f64>,
}

impl<const V: usize> Inference<V> {
    pub fn new(parameters: usize, regressors: usize) -> Self {
        Inference {
            means: [0.0; ARMS],
            covariance: [[0.0; ARMS]; ARMS],
            slopes: vec![[[0.0; ARMS]; ARMS]; parameters],
            of_parameters: vec![0.0; parameters * parameters],
            correction: [[0.0; ARMS]; ARMS],
            moved: vec![0.0; parameters * ARMS * V * regressors],
            of_entries: vec![0.0; entries(V) * entries(V)],
        }
    }

    /// For the maximum of the likelihood.
    #[inline(always)]
    pub fn fill(
        &mut self,
        patterns: &Patterns<V>,
        maximum: &mut Maximum<V>,
        method: DfMethod,
    ) -> Result<(), Failure> {
        let what = match method {
            DfMethod::Satterthwaite => Curvature::Observed,
            DfMethod::KenwardRoger => Curvature::Expected,
        };
        maximum.fill_covariance(patterns, what)?;
        self.of_parameters.copy_from_slice(&maximum.covariance);
        let likelihood = &maximum.likelihood;
        let (q, order) = (likelihood.regressors, likelihood.order());
        // The cells of the last visit: of L⁻¹ the last rows are all that is not zero in their columns.
        let last = order - q;
        let w = |row: usize, cell: usize| likelihood.factor[row * order + last + cell];
        for one in 0..ARMS {
            self.means[one] = likelihood.effects[last + one];
            for other in 0..ARMS {
                self.covariance[one][other] = (last..order).map(|row| w(row, one) * w(row, other)).sum();
            }
        }
        for parameter in 0..self.slopes.len() {
            for cell in 0..ARMS {
                let moved = &mut self.moved[(parameter * ARMS + cell) * order..][..order];
                for (row, moved) in moved.iter_mut().enumerate() {
                    let products =
                        (last..order).map(|k| maximum.information.white(parameter, row, k) * w(k, cell));
                    *moved = products.sum();
                }
                for other in 0..ARMS {
                    self.slopes[parameter][cell][other] =
                        (last..order).map(|row| moved[row] * w(row, other)).sum();
                }
            }
        }
        self.correction = [[0.0; ARMS]; ARMS];
        if method == DfMethod::KenwardRoger {
            self.correct(patterns, maximum);
        }
        Ok(())
    }

    /// Φ Σ W_ij(Q_ij − P_iΦP_j) Φ.
    fn correct(&mut self, patterns: &Patterns<V>, maximum: &Maximum<V>) {
        let likelihood = &maximum.likelihood;
        let (q, order, parameters) = (likelihood.regressors, likelihood.order(), self.slopes.len());
        for i in 0..parameters {
            for j in 0..parameters {
                let weight = self.of_parameters[i * parameters + j];
                for one in 0..ARMS {
                    let moved = &self.moved[(i * ARMS + one) * order..][..order];
                    for other in 0..ARMS {
                        let with = &self.moved[(j * ARMS + other) * order..][..order];
                        self.correction[one][other] -= weight * super::dense::dot(moved, with);
                    }
                }
            }
        }
        maximum.covariance_of_entries(&mut self.of_entries);
        let last = order - q;
        // Φ's columns of the cells: L⁻ᵀw.
        let phi = |row: usize, cell: usize| -> f64 {
            let products = last.max(row)..order;
            products
                .map(|k| likelihood.factor[k * order + row] * likelihood.factor[k * order + last + cell])
                .sum()
        };
        for cell in 0..ARMS {
            for row in 0..order {
                self.moved[cell * order + row] = phi(row, cell);
            }
        }
        for (pattern, part) in patterns.all().iter().zip(&likelihood.parts) {
            let weights = sandwich(&part.precision, &self.inner(&part.precision));
            for one in 0..ARMS {
                for other in 0..ARMS {
                    let mut sum = 0.0;
                    for row in (0..V).filter(|row| pattern.has(1 << row)) {
                        for k in 0..q {
                            let mut weighted = 0.0;
                            for column in 0..V {
                                let phi = &self.moved[other * order + column * q..][..q];
                                let of_pattern = pattern.regressors[k * q..][..q].iter();
                                let products: f64 = of_pattern.zip(phi).map(|(z, phi)| z * phi).sum();
                                weighted += weights[row][column] * products;
                            }
                            sum += self.moved[one * order + row * q + k] * weighted;
                        }
                    }
                    self.correction[one][other] += sum;
                }
            }
        }
    }

    /// Σ W_kl E_kΩE_l over entries k and l of Σ.
    fn inner(&self, precision: &Square<V>) -> Square<V> {
        let all = entries(V);
        let mut inner = [[0.0; V]; V];
        for a in 0..V {
            for b in 0..V {
                let k = entry(a.max(b), a.min(b));
                for c in 0..V {
                    for d in 0..V {
                        let l = entry(c.max(d), c.min(d));
                        inner[a][d] += self.of_entries[k * all + l] * precision[b][c];
                    }
                }
            }
        }
        inner
    }

    /// Estimate, squared standard error and degrees of freedom of a contrast.
    pub fn contrast(&self, weights: &[f64; ARMS]) -> (f64, f64, f64) {
        let form = |matrix: &Cells| form(matrix, weights);
        let estimate = self.means.iter().zip(weights).map(|(mean, weight)| mean * weight).sum();
        let variance = form(&self.covariance);
        let count = self.slopes.len();
        let mut spread = 0.0;
        for (i, of_i) in self.slopes.iter().enumerate() {
            let slope = form(of_i);
            for (j, of_j) in self.slopes.iter().enumerate() {
                spread += slope * self.of_parameters[i * count + j] * form(of_j);
            }
        }
        (estimate, variance + 2.0 * form(&self.correction), 2.0 * variance * variance / spread)
    }
}
