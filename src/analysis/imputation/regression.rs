//! A normal linear regression, and draws from what the data say of it.
//!
//! With the flat prior on coefficients and log σ, σ² is the residual sum of squares over χ² on n − q
//! degrees of freedom, and the coefficients are normal about least squares with covariance σ²(XᵀX)⁻¹.
//!
//! Source: Rubin (1987), "Multiple imputation for nonresponse in surveys", section 5.3.

use super::super::{Failure, MOST_COVARIATES, MOST_EARLIER_VISITS};
use crate::random::{ChiSquared, WordStream};

/// The largest number of predictors, the 1 of the intercept included.
pub(super) const MOST: usize = 1 + MOST_COVARIATES + MOST_EARLIER_VISITS;

/// What a patient's value is predicted by, the 1 of the intercept first.
pub(super) type Predictors = [f64; MOST];

/// Share of a sum of squares that must be left by the predictors before, or one tells nothing new.
const LEAST_LEFT: f64 = 1e-11;

/// A regression on the first so many predictors, fitted by least squares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Regression {
    predictors: usize,
    /// Cholesky's factor of the cross-products, the diagonal inverted.
    factor: [[f64; MOST]; MOST],
    coefficients: [f64; MOST],
    residual: f64,
    df: u64,
}

/// Coefficients and the residual standard deviation, drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub coefficients: [f64; MOST],
    pub sd: f64,
}

/// Sums of squares and products of patients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    predictors: usize,
    patients: u64,
    cross: [[f64; MOST]; MOST],
    right: [f64; MOST],
    squares: f64,
}

impl Sums {
    /// Of no patients yet.
    pub fn new(predictors: usize) -> Self {
        let (cross, right) = ([[0.0; MOST]; MOST], [0.0; MOST]);
        Sums { predictors, patients: 0, cross, right, squares: 0.0 }
    }

    /// One more patient.
    pub fn add(&mut self, x: &Predictors, value: f64) {
        for row in 0..self.predictors {
            for column in 0..=row {
                self.cross[row][column] += x[row] * x[column];
            }
            self.right[row] += x[row] * value;
        }
        self.squares += value * value;
        self.patients += 1;
    }

    /// Least squares.
    pub fn fit(&self) -> Result<Regression, Failure> {
        let count = self.predictors;
        if self.patients <= count as u64 {
            return Err(Failure::TooFewPatients);
        }
        let mut factor = [[0.0; MOST]; MOST];
        let mut half = [0.0; MOST];
        let mut residual = self.squares;
        for row in 0..count {
            for column in 0..row {
                let mut value = self.cross[row][column];
                for k in 0..column {
                    value -= factor[row][k] * factor[column][k];
                }
                factor[row][column] = value * factor[column][column];
            }
            let (mut pivot, mut projected) = (self.cross[row][row], self.right[row]);
            for k in 0..row {
                pivot -= factor[row][k] * factor[row][k];
                projected -= factor[row][k] * half[k];
            }
            if pivot.is_nan() || pivot <= LEAST_LEFT * self.cross[row][row] {
                return Err(Failure::Singular);
            }
            factor[row][row] = 1.0 / pivot.sqrt();
            half[row] = projected * factor[row][row];
            residual -= half[row] * half[row];
        }
        let mut fitted = Regression {
            predictors: count,
            factor,
            coefficients: half,
            // What rounding leaves of nothing is nothing.
            residual: residual.max(0.0),
            df: self.patients - count as u64,
        };
        fitted.coefficients = fitted.solve_transposed(half);
        Ok(fitted)
    }
}

impl Regression {
    /// L⁻ᵀb.
    fn solve_transposed(&self, mut b: [f64; MOST]) -> [f64; MOST] {
        for row in (0..self.predictors).rev() {
            for k in row + 1..self.predictors {
                b[row] -= self.factor[k][row] * b[k];
            }
            b[row] *= self.factor[row][row];
        }
        b
    }

    /// A draw from the posterior: two words for σ², then one for each coefficient.
    pub fn draw(&self, words: &mut WordStream) -> Drawn {
        let chi_squared = ChiSquared::new(self.df).sample(words.word(), words.word());
        let sd = (self.residual / chi_squared).sqrt();
        let mut deviations = [0.0; MOST];
        for deviation in &mut deviations[..self.predictors] {
            *deviation = sd * words.normal();
        }
        let mut coefficients = self.solve_transposed(deviations);
        for (drawn, fitted) in coefficients.iter_mut().zip(&self.coefficients) {
            *drawn += fitted;
        }
        Drawn { coefficients, sd }
    }
}

impl Drawn {
    /// What is expected with these predictors; those beyond the regression's own count nothing.
    pub fn mean(&self, x: &Predictors) -> f64 {
        self.coefficients.iter().zip(x).map(|(b, x)| b * x).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stage, Words};

    /// y = 2, 3, 7, 8 on x = −1.5, −0.5, 0.5, 1.5: slope 2.2, mean 5, residual sum of squares 1.8.
    fn fitted() -> Regression {
        let mut sums = Sums::new(2);
        for (x, y) in [(-1.5, 2.0), (-0.5, 3.0), (0.5, 7.0), (1.5, 8.0)] {
            let mut predictors = [0.0; MOST];
            predictors[..2].copy_from_slice(&[1.0, x]);
            sums.add(&predictors, y);
        }
        sums.fit().unwrap()
    }

    #[test]
    fn least_squares_by_hand() {
        let regression = fitted();
        assert!((regression.coefficients[0] - 5.0).abs() < 1e-14);
        assert!((regression.coefficients[1] - 2.2).abs() < 1e-14);
        assert!((regression.residual - 1.8).abs() < 1e-13 && regression.df == 2);
        let mut two = Sums::new(2);
        (0..2).for_each(|_| two.add(&[1.0; MOST], 1.0));
        assert_eq!(two.fit().unwrap_err(), Failure::TooFewPatients);
        two.add(&[1.0; MOST], 2.0);
        assert_eq!(two.fit().unwrap_err(), Failure::Singular);
    }

    #[test]
    fn draws_have_the_moments_of_the_posterior() {
        // With 30 patients: σ² is RSS/χ²₂₈ with mean RSS/26, and the slope a t on 28 degrees of
        // freedom with variance RSS/26 ÷ Σx². Bounds of 5 standard errors: 1 in a million seeds each.
        let mut sums = Sums::new(2);
        for k in 0..30 {
            let x = f64::from(k) - 14.5;
            let mut predictors = [0.0; MOST];
            predictors[..2].copy_from_slice(&[1.0, x]);
            sums.add(&predictors, 3.0 + 0.5 * x + if k % 2 == 0 { 2.0 } else { -2.0 });
        }
        let (regression, mut words) = (sums.fit().unwrap(), Words::new(1, Stage::Analysis, "test").of(0));
        let (count, squares_of_x) = (40_000, 2247.5);
        let (mut variances, mut slopes) = ([0.0; 2], [0.0; 2]);
        for _ in 0..count {
            let drawn = regression.draw(&mut words);
            let (variance, slope) = (drawn.sd * drawn.sd, drawn.coefficients[1] - regression.coefficients[1]);
            variances[0] += variance;
            variances[1] += variance * variance;
            slopes[0] += slope;
            slopes[1] += slope * slope;
        }
        let count = f64::from(count);
        let expected = regression.residual / 26.0;
        let mean = variances[0] / count;
        let error = ((variances[1] / count - mean * mean) / count).sqrt();
        assert!(((mean - expected) / error).abs() < 5.0, "{mean} {expected} {error}");
        let of_slope = expected / squares_of_x;
        assert!((slopes[0] / count / (of_slope / count).sqrt()).abs() < 5.0);
        // A t on 28 degrees of freedom has kurtosis 3.25.
        let z = (slopes[1] / count / of_slope - 1.0) / (2.25 / count).sqrt();
        assert!(z.abs() < 5.0, "{z}");
    }
}
