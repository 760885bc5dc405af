//! The covariance of an outcome's values at the visits, and what it depends on.
//!
//! Everything else is done in the entries of the covariance Σ; a pattern says what they are as
//! functions of its parameters θ, and their first derivatives. `Unstructured` has the entries
//! themselves, `CompoundSymmetry` the covariance and what a variance has beyond it (the variances
//! between and within patients, the first of which may be below zero), both linear. `Ar1` has the
//! variance and the correlation of neighbouring visits; visits count by their numbers.

use super::square::Square;
use crate::scenario::CovariancePattern;

/// Entries of a covariance on and below the diagonal.
pub(super) const fn entries(visits: usize) -> usize {
    visits * (visits + 1) / 2
}

/// The number of an entry; row ≥ column.
pub(super) const fn entry(row: usize, column: usize) -> usize {
    row * (row + 1) / 2 + column
}

/// How many parameters a pattern has.
pub(super) fn parameters(pattern: CovariancePattern, visits: usize) -> usize {
    match pattern {
        CovariancePattern::Unstructured => entries(visits),
        CovariancePattern::Ar1 | CovariancePattern::CompoundSymmetry => 2,
    }
}

/// ρ^n, ρ^0 being 1.
fn power(base: f64, exponent: usize) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

/// Σ(θ); it need not be positive definite.
pub(super) fn covariance<const V: usize>(pattern: CovariancePattern, theta: &[f64]) -> Square<V> {
    let mut sigma = [[0.0; V]; V];
    for row in 0..V {
        for column in 0..=row {
            let value = match pattern {
                CovariancePattern::Unstructured => theta[entry(row, column)],
                CovariancePattern::CompoundSymmetry => theta[0] + if row == column { theta[1] } else { 0.0 },
                CovariancePattern::Ar1 => theta[0] * power(theta[1], row - column),
            };
            (sigma[row][column], sigma[column][row]) = (value, value);
        }
    }
    sigma
}

/// ∂Σ/∂θ, one parameter after the other.
pub(super) fn slopes<const V: usize>(pattern: CovariancePattern, theta: &[f64], slopes: &mut [Square<V>]) {
    for (number, slope) in slopes.iter_mut().enumerate() {
        for row in 0..V {
            for column in 0..=row {
                let apart = row - column;
                let value = match (pattern, number) {
                    (CovariancePattern::Unstructured, _) => f64::from(u8::from(entry(row, column) == number)),
                    (CovariancePattern::CompoundSymmetry, 0) => 1.0,
                    (CovariancePattern::CompoundSymmetry, _) => f64::from(u8::from(apart == 0)),
                    (CovariancePattern::Ar1, 0) => power(theta[1], apart),
                    (CovariancePattern::Ar1, _) if apart == 0 => 0.0,
                    (CovariancePattern::Ar1, _) => theta[0] * apart as f64 * power(theta[1], apart - 1),
                };
                (slope[row][column], slope[column][row]) = (value, value);
            }
        }
    }
}

/// Σ over entries of G times the second derivative of Σ by two parameters.
pub(super) fn bend<const V: usize>(
    pattern: CovariancePattern,
    theta: &[f64],
    weight: &Square<V>,
    (one, other): (usize, usize),
) -> f64 {
    if pattern != CovariancePattern::Ar1 || one + other == 0 {
        return 0.0;
    }
    let mut sum = 0.0;
    for row in 0..V {
        for column in 0..row {
            let apart = row - column;
            let second = match one + other {
                1 => apart as f64 * power(theta[1], apart - 1),
                _ if apart == 1 => 0.0,
                _ => theta[0] * (apart * (apart - 1)) as f64 * power(theta[1], apart - 2),
            };
            sum += 2.0 * weight[row][column] * second;
        }
    }
    sum
}

/// Largest correlation of neighbouring visits that a search begins with.
const LARGEST_CORRELATION: f64 = 0.95;

/// Parameters that come near a covariance.
pub(super) fn near<const V: usize>(pattern: CovariancePattern, sigma: &Square<V>, theta: &mut [f64]) {
    if pattern == CovariancePattern::Unstructured {
        for row in 0..V {
            for column in 0..=row {
                theta[entry(row, column)] = sigma[row][column];
            }
        }
        return;
    }
    let variance = (0..V).map(|visit| sigma[visit][visit]).sum::<f64>() / V as f64;
    let correlation =
        |row: usize, column: usize| sigma[row][column] / (sigma[row][row] * sigma[column][column]).sqrt();
    let (mut sum, mut pairs) = (0.0, 0.0);
    for row in 1..V {
        let first = if pattern == CovariancePattern::Ar1 { row - 1 } else { 0 };
        for column in first..row {
            sum += correlation(row, column);
            pairs += 1.0;
        }
    }
    // Compound symmetry ends at −1/(V − 1).
    let mean: f64 = sum / pairs;
    let correlation = mean.clamp(-0.5 / (V as f64 - 1.0), LARGEST_CORRELATION);
    match pattern {
        CovariancePattern::Ar1 => theta.copy_from_slice(&[variance, correlation]),
        _ => theta.copy_from_slice(&[variance * correlation, variance * (1.0 - correlation)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: [CovariancePattern; 3] =
        [CovariancePattern::Unstructured, CovariancePattern::Ar1, CovariancePattern::CompoundSymmetry];

    #[test]
    fn derivatives_are_those_of_the_covariance() {
        let sigma = [[9.0, 4.0, 2.0], [4.0, 10.0, 5.0], [2.0, 5.0, 12.0]];
        let weight = [[0.3, 0.1, -0.7], [0.1, 0.5, 0.4], [-0.7, 0.4, 0.2]];
        for pattern in PATTERNS {
            let count = parameters(pattern, 3);
            let mut theta = vec![0.0; count];
            near(pattern, &sigma, &mut theta);
            let at = |theta: &[f64]| {
                let mut slopes_there = vec![[[0.0; 3]; 3]; count];
                slopes(pattern, theta, &mut slopes_there);
                (covariance::<3>(pattern, theta), slopes_there)
            };
            let (_, slopes_here) = at(&theta);
            for one in 0..count {
                let step = 1e-5;
                let moved = |sign: f64| {
                    let mut moved = theta.clone();
                    moved[one] += sign * step;
                    at(&moved)
                };
                let ((above, slopes_above), (below, slopes_below)) = (moved(1.0), moved(-1.0));
                for row in 0..3 {
                    for column in 0..3 {
                        let slope = (above[row][column] - below[row][column]) / (2.0 * step);
                        assert!((slope - slopes_here[one][row][column]).abs() < 1e-8, "{pattern:?} {one}");
                    }
                }
                for other in 0..count {
                    let weighted = |slopes: &[Square<3>]| {
                        crate::analysis::mmrm::square::product_trace(&weight, &slopes[other])
                    };
                    let second = (weighted(&slopes_above) - weighted(&slopes_below)) / (2.0 * step);
                    let ours = bend(pattern, &theta, &weight, (one, other));
                    assert!((second - ours).abs() < 1e-7, "{pattern:?} {one} {other}: {second}, {ours}");
                }
            }
        }
    }

    #[test]
    fn a_covariance_of_its_pattern_is_found_again() {
        for (pattern, theta) in [
            (CovariancePattern::Ar1, vec![9.0, 0.6]),
            (CovariancePattern::CompoundSymmetry, vec![4.0, 5.0]),
            (CovariancePattern::Unstructured, vec![4.0, 1.0, 5.0, 0.5, 2.0, 6.0]),
        ] {
            let mut found = theta.clone();
            near(pattern, &covariance::<3>(pattern, &theta), &mut found);
            assert!(found.iter().zip(&theta).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?}");
        }
    }
}
