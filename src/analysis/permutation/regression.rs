//! Least squares on covariates and on the arms, or on what is known of the arms under a null.

use crate::analysis::contrast::weight_over_sizes;
use crate::analysis::matrix::{Matrix, add_square, backward, dot, factor, forward};
use crate::analysis::{Failure, MOST_COVARIATES, Patients};
use crate::estimand::{ARMS, WEIGHTS};

/// Room for the covariates, and the outcome last.
const ORDER: usize = MOST_COVARIATES + 1;

/// The outcome's place.
const OUTCOME: usize = MOST_COVARIATES;

/// The contrast of the interaction.
const INTERACTION: [f64; ARMS] = WEIGHTS[2];

/// Covariates and outcome of each patient, with means and cross-products. Covariates that there are
/// not are columns of their own that go with nothing.
#[derive(Debug, Default)]
pub(super) struct Regression {
    values: Vec<[f64; ORDER]>,
    /// How many covariates there are.
    covariates: usize,
    sizes: [f64; ARMS],
    mean: [[f64; ORDER]; ARMS],
    /// Cross-products about the arms' means.
    within: Matrix<ORDER>,
}

/// Slopes that are common to the arms.
#[derive(Debug)]
pub(super) struct Adjusted<'a> {
    regression: &'a Regression,
    factor: Matrix<ORDER>,
    slopes: [f64; ORDER],
    residual_variance: f64,
}

impl Regression {
    /// Looks at the patients of a trial, arm after arm.
    pub fn record(&mut self, patients: &Patients<'_>, covariates: &[usize], outcome: usize) {
        self.covariates = covariates.len();
        self.sizes = patients.sizes();
        self.values.clear();
        self.values.resize(patients.rows().len(), [0.0; ORDER]);
        let places = (0..covariates.len()).chain(std::iter::once(OUTCOME));
        for (place, &variable) in places.zip(covariates.iter().chain(std::iter::once(&outcome))) {
            let column = patients.column(variable);
            for (value, &row) in self.values.iter_mut().zip(patients.rows()) {
                value[place] = column[row as usize];
            }
        }
        self.within = [[0.0; ORDER]; ORDER];
        let mut first = 0;
        for arm in 0..ARMS {
            let values = &self.values[first..first + self.sizes[arm] as usize];
            first += values.len();
            let mut mean = [0.0; ORDER];
            values.iter().for_each(|value| (0..ORDER).for_each(|k| mean[k] += value[k]));
            mean.iter_mut().for_each(|sum| *sum /= self.sizes[arm]);
            for value in values {
                let deviation: [f64; ORDER] = std::array::from_fn(|k| value[k] - mean[k]);
                add_square(&mut self.within, &deviation, 1.0);
            }
            self.mean[arm] = mean;
        }
        for k in self.covariates..OUTCOME {
            self.within[k][k] = 1.0;
        }
    }

    /// Variance of the outcome about the arms' means.
    pub fn outcome_variance(&self) -> f64 {
        self.within[OUTCOME][OUTCOME] / (self.sizes.iter().sum::<f64>() - ARMS as f64)
    }

    /// Slopes within arms.
    pub fn within(&self, df: f64) -> Result<Adjusted<'_>, Failure> {
        let (factor, slopes, explained) = solve(&self.within)?;
        let residual_variance = (self.within[OUTCOME][OUTCOME] - explained) / df;
        Ok(Adjusted { regression: self, factor, slopes, residual_variance })
    }

    /// Residuals of the regression on covariates and on groups of arms, of two each, or, for one group of
    /// all arms, on both factors without interaction. Patients come arm after arm.
    pub fn residuals(&self, groups: &[&[usize]], residuals: &mut Vec<f64>) -> Result<(), Failure> {
        // Under the null the arms of a group differ by chance only: that goes into the cross-products.
        let mut cross = self.within;
        let inverse: [f64; ARMS] = self.sizes.map(|size| 1.0 / size);
        for group in groups {
            match group {
                [one, other] => {
                    let difference: [f64; ORDER] =
                        std::array::from_fn(|k| self.mean[*one][k] - self.mean[*other][k]);
                    add_square(&mut cross, &difference, 1.0 / (inverse[*one] + inverse[*other]));
                }
                _ => {
                    let interaction: [f64; ORDER] = std::array::from_fn(|k| {
                        (0..ARMS).map(|arm| INTERACTION[arm] * self.mean[arm][k]).sum()
                    });
                    add_square(&mut cross, &interaction, 1.0 / inverse.iter().sum::<f64>());
                }
            }
        }
        let (_, slopes, _) = solve(&cross)?;
        let adjusted = |values: &[f64; ORDER]| values[OUTCOME] - dot(&slopes, values);
        let mean: [f64; ARMS] = std::array::from_fn(|arm| adjusted(&self.mean[arm]));
        // Patients of other arms are not permuted: it does not matter what theirs are about.
        let mut fitted = mean;
        for group in groups {
            match group {
                [one, other] => {
                    let (n1, n2) = (self.sizes[*one], self.sizes[*other]);
                    let common = (n1 * mean[*one] + n2 * mean[*other]) / (n1 + n2);
                    (fitted[*one], fitted[*other]) = (common, common);
                }
                _ => {
                    let interaction: f64 = (0..ARMS).map(|arm| INTERACTION[arm] * mean[arm]).sum();
                    let share = interaction / inverse.iter().sum::<f64>();
                    (0..ARMS).for_each(|arm| fitted[arm] -= INTERACTION[arm] * share * inverse[arm]);
                }
            }
        }
        residuals.clear();
        let mut rest = self.values.iter();
        for arm in 0..ARMS {
            let of_arm = rest.by_ref().take(self.sizes[arm] as usize);
            residuals.extend(of_arm.map(|values| adjusted(values) - fitted[arm]));
        }
        Ok(())
    }
}

impl Adjusted<'_> {
    /// A contrast of adjusted means and its squared standard error.
    pub fn contrast(&self, weights: &[f64; ARMS]) -> (f64, f64) {
        let Regression { mean, sizes, .. } = self.regression;
        let mut difference: [f64; ORDER] =
            std::array::from_fn(|k| (0..ARMS).map(|arm| weights[arm] * mean[arm][k]).sum());
        let estimate = difference[OUTCOME] - dot(&self.slopes, &difference);
        difference[OUTCOME] = 0.0;
        let half = forward(&self.factor, difference);
        (estimate, self.residual_variance * (weight_over_sizes(weights, sizes) + dot(&half, &half)))
    }
}

/// Factor of the covariates' cross-products, slopes (0 for the outcome), and the sum of squares explained.
fn solve(cross: &Matrix<ORDER>) -> Result<(Matrix<ORDER>, [f64; ORDER], f64), Failure> {
    let factor = factor(cross).ok_or(Failure::Singular)?;
    let mut right = cross[OUTCOME];
    right[OUTCOME] = 0.0;
    let half = forward(&factor, right);
    Ok((factor, backward(&factor, half), dot(&half, &half)))
}
