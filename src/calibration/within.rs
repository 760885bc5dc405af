//! Means, spreads and correlations within the arms.
//!
//! Patients in whom a value is missing are left out of what needs it. Standard errors: of an SD
//! s/√(2·df); of a correlation pooled over arms (1 − r²)/√(df − 2), Fisher's z with as many
//! patients as there are degrees of freedom and one more. Source: Fisher (1925), "Statistical
//! methods for research workers", sections 35 and 36.

use super::estimate::{Distribution, Estimate};
use crate::estimand::ARMS;
use crate::stats::{chi_squared, normal};

/// Sizes, means and standard deviations of a column in the four arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Patients in whom it was measured.
    pub sizes: [f64; ARMS],
    /// Means.
    pub means: [f64; ARMS],
    /// Standard deviations.
    pub sds: [f64; ARMS],
    /// Standard deviation pooled over the arms.
    pub pooled: f64,
    /// Degrees of freedom of that.
    pub df: f64,
}

impl Spread {
    /// Of the values that are there.
    #[must_use]
    pub fn of(arms: &[u8], values: &[f64]) -> Self {
        let there = || arms.iter().zip(values).filter(|(_, value)| !value.is_nan());
        let (mut sizes, mut sums, mut squares) = ([0.0; ARMS], [0.0; ARMS], [0.0; ARMS]);
        for (&arm, value) in there() {
            sizes[usize::from(arm) % ARMS] += 1.0;
            sums[usize::from(arm) % ARMS] += value;
        }
        let means: [f64; ARMS] = std::array::from_fn(|arm| sums[arm] / sizes[arm]);
        for (&arm, value) in there() {
            let arm = usize::from(arm) % ARMS;
            squares[arm] += (value - means[arm]) * (value - means[arm]);
        }
        let df = sizes.iter().sum::<f64>() - ARMS as f64;
        Spread {
            sizes,
            means,
            sds: std::array::from_fn(|arm| (squares[arm] / (sizes[arm] - 1.0)).sqrt()),
            pooled: (squares.iter().sum::<f64>() / df).sqrt(),
            df,
        }
    }
}

/// A column whatever the arm: how many values, their mean and standard deviation.
pub(super) fn overall(values: &[f64]) -> (f64, f64, f64) {
    let there = || values.iter().filter(|value| !value.is_nan());
    let n = there().count() as f64;
    let mean = there().sum::<f64>() / n;
    let squares: f64 = there().map(|value| (value - mean) * (value - mean)).sum();
    (n, mean, (squares / (n - 1.0)).sqrt())
}

/// A standard deviation with so many degrees of freedom, and the limits that χ² gives.
pub(super) fn sd(value: f64, df: f64, patients: f64) -> Estimate {
    let limit = |tail: f64| value * (df / chi_squared::isf(tail, df)).sqrt();
    let estimate = Estimate::with_se(value, value / (2.0 * df).sqrt(), Distribution::Normal, patients as u64);
    estimate.between(Some([limit(0.025), limit(0.975)]))
}

/// The correlation of two columns within the arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The correlation, pooled over the arms.
    pub correlation: f64,
    /// Patients in whom both were measured.
    pub patients: f64,
    /// Degrees of freedom of each column's spread.
    pub df: f64,
}

impl Pair {
    /// Of the patients in whom both are there.
    #[must_use]
    pub fn of(arms: &[u8], one: &[f64], other: &[f64]) -> Self {
        let both = |column: &[f64]| -> Vec<f64> {
            let with = column.iter().zip(one.iter().zip(other));
            with.map(|(value, (a, b))| if a.is_nan() || b.is_nan() { f64::NAN } else { *value }).collect()
        };
        let (one, other) = (both(one), both(other));
        let means = [Spread::of(arms, &one).means, Spread::of(arms, &other).means];
        let (mut products, mut patients) = ([0.0; 3], 0.0);
        let mut seen = [false; ARMS];
        for (&arm, (a, b)) in arms.iter().zip(one.iter().zip(&other)).filter(|(_, (a, _))| !a.is_nan()) {
            let arm = usize::from(arm) % ARMS;
            let (a, b) = (a - means[0][arm], b - means[1][arm]);
            products[0] += a * a;
            products[1] += a * b;
            products[2] += b * b;
            patients += 1.0;
            seen[arm] = true;
        }
        Pair {
            correlation: products[1] / (products[0] * products[2]).sqrt(),
            patients,
            df: patients - seen.iter().filter(|seen| **seen).count() as f64,
        }
    }

    /// With its standard error, and the limits that Fisher's z gives.
    pub(super) fn estimate(&self) -> Estimate {
        let r = self.correlation;
        let of_z = 1.0 / (self.df - 2.0).sqrt();
        let half = normal::isf(0.025) * of_z;
        let z = libm::atanh(r);
        let estimate = Estimate::with_se(r, (1.0 - r * r) * of_z, Distribution::Normal, self.patients as u64);
        estimate.between(Some([libm::tanh(z - half), libm::tanh(z + half)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooled_within_arms_means_after_the_arms_means() {
        // The arms' means differ, but within each the columns go together perfectly.
        let arms = [0, 0, 1, 1, 2, 2, 3, 3];
        let x = [0.0, 2.0, 10.0, 14.0, 3.0, 5.0, 7.0, 9.0];
        let y = [5.0, 4.0, 2.0, 0.0, 9.0, 8.0, 1.0, 0.0];
        let pair = Pair::of(&arms, &x, &y);
        assert!((pair.correlation + 1.0).abs() < 1e-15);
        assert_eq!((pair.patients, pair.df), (8.0, 4.0));
        let spread = Spread::of(&arms, &x);
        assert_eq!(spread.means, [1.0, 12.0, 4.0, 8.0]);
        // (2 + 8 + 2 + 2) ÷ 4.
        assert!((spread.pooled - 3.5_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn missing_values_are_left_out_of_pairs() {
        let arms = [0, 0, 0, 1, 1, 2, 2, 3, 3];
        let x = [1.0, 2.0, 3.0, 1.0, 4.0, 2.0, 1.0, 0.0, 5.0];
        let y = [2.0, f64::NAN, 1.0, 3.0, 5.0, 1.0, 2.0, 2.0, 3.0];
        let without = |column: &[f64]| -> Vec<f64> {
            column.iter().enumerate().filter(|(row, _)| *row != 1).map(|(_, value)| *value).collect()
        };
        let pair = Pair::of(&arms, &x, &y);
        assert_eq!(pair.patients, 8.0);
        let complete = Pair::of(&[0, 0, 1, 1, 2, 2, 3, 3], &without(&x), &without(&y));
        assert_eq!(pair.correlation, complete.correlation);
    }
}
