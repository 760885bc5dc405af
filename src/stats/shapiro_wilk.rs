//! Shapiro and Wilk's test of whether a sample comes from a normal distribution.
//!
//! W compares the square of the best linear estimate of the standard deviation, from the ordered values,
//! with the sum of squares; it is near 1 for a normal sample. Weights and p values are Royston's
//! approximations for 3 to 5000 values. Source: Royston (1995), Applied Statistics 44:547 (algorithm
//! AS R94); Shapiro, Wilk (1965), Biometrika 52:591.

use super::normal;
use core::f64::consts::PI;
use libm::{asin, exp, log, sqrt};

/// The sizes for which the approximations were made.
pub const SIZES: std::ops::RangeInclusive<usize> = 3..=5000;

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShapiroWilk {
    /// The statistic, at most 1.
    pub w: f64,
    /// Probability of as small a W, or a smaller one, in a normal sample.
    pub p: f64,
}

/// Of values in any order; none for a number of values outside [`SIZES`], or if they are all the same or
/// one is not a number.
#[must_use]
pub fn shapiro_wilk(values: &[f64]) -> Option<ShapiroWilk> {
    if !SIZES.contains(&values.len()) {
        return None;
    }
    let mut ordered = values.to_vec();
    ordered.sort_by(f64::total_cmp);
    let count = ordered.len();
    let range = ordered[count - 1] - ordered[0];
    if !(range > 0.0 && range.is_finite()) {
        return None;
    }
    let mean = ordered.iter().sum::<f64>() / count as f64;
    // Per unit of range, so that squares neither overflow nor underflow.
    ordered.iter_mut().for_each(|value| *value = (*value - mean) / range);
    let weights = weights(count);
    let (mut product, mut of_weights) = (0.0, 0.0);
    for (k, weight) in weights.iter().enumerate() {
        product += weight * (ordered[count - 1 - k] - ordered[k]);
        of_weights += 2.0 * weight * weight;
    }
    let of_values: f64 = ordered.iter().map(|value| value * value).sum();
    // 1 − W as a product keeps its digits where W is near 1.
    let length = sqrt(of_weights * of_values);
    let short_of_one = ((length - product) * (length + product) / (of_weights * of_values)).max(0.0);
    Some(ShapiroWilk { w: 1.0 - short_of_one, p: p_value(short_of_one, count) })
}

/// Weights of the largest values, from the largest inwards; those of the smallest are their negatives.
fn weights(count: usize) -> Vec<f64> {
    if count == 3 {
        return vec![core::f64::consts::FRAC_1_SQRT_2];
    }
    let n = count as f64;
    // Blom's expected values of the ordered normal values.
    let expected: Vec<f64> =
        (0..count / 2).map(|k| normal::isf((k as f64 + 1.0 - 0.375) / (n + 0.25))).collect();
    let squares = 2.0 * expected.iter().map(|m| m * m).sum::<f64>();
    let (length, inverse_root) = (sqrt(squares), 1.0 / sqrt(n));
    let outermost = [
        polynomial(&[0.0, 0.221_157, -0.147_981, -2.071_19, 4.434_685, -2.706_056], inverse_root),
        polynomial(&[0.0, 0.042_981, -0.293_762, -1.752_461, 5.682_633, -3.582_633], inverse_root),
    ];
    // One weight at each end has its own correction, two for more than five values.
    let corrected = if count > 5 { 2 } else { 1 };
    let mut weights: Vec<f64> = expected.iter().map(|m| m / length).collect();
    let (mut left, mut free) = (squares, 1.0);
    for k in 0..corrected {
        weights[k] += outermost[k];
        left -= 2.0 * expected[k] * expected[k];
        free -= 2.0 * weights[k] * weights[k];
    }
    // The others share what is left of the length 1.
    let scale = sqrt(free / left);
    weights.iter_mut().zip(&expected).skip(corrected).for_each(|(weight, m)| *weight = m * scale);
    weights
}

/// From 1 − W, whose logarithm is about normal.
fn p_value(short_of_one: f64, count: usize) -> f64 {
    let n = count as f64;
    if count == 3 {
        // Exact: W is at least 3/4.
        return (6.0 / PI * (asin(sqrt(1.0 - short_of_one)) - PI / 3.0)).clamp(0.0, 1.0);
    }
    let y = log(short_of_one);
    let (y, mean, sd) = if count <= 11 {
        let bound = polynomial(&[-2.273, 0.459], n);
        if y >= bound {
            return 0.0;
        }
        (
            -log(bound - y),
            polynomial(&[0.544, -0.399_78, 0.025_054, -6.714e-4], n),
            exp(polynomial(&[1.3822, -0.778_57, 0.062_767, -0.002_032_2], n)),
        )
    } else {
        let x = log(n);
        (
            y,
            polynomial(&[-1.5861, -0.310_82, -0.083_751, 0.003_891_5], x),
            exp(polynomial(&[-0.4803, -0.082_676, 0.003_030_2], x)),
        )
    };
    normal::sf((y - mean) / sd)
}

/// Coefficients in rising order.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_order_nor_scale_nor_place_matters() {
        let values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0];
        let here = shapiro_wilk(&values).unwrap();
        for (factor, shift) in [(1e-150, 0.0), (1e150, 0.0), (-2.0, 100.0)] {
            let moved: Vec<f64> = values.iter().rev().map(|value| factor * value + shift).collect();
            let there = shapiro_wilk(&moved).unwrap();
            assert!((here.w - there.w).abs() < 1e-12 && (here.p - there.p).abs() < 1e-11);
        }
    }

    #[test]
    fn too_few_too_many_equal_or_missing_values_have_no_test() {
        assert_eq!(shapiro_wilk(&[1.0, 2.0]), None);
        assert_eq!(shapiro_wilk(&vec![1.0; 5001]), None);
        assert_eq!(shapiro_wilk(&[2.0; 10]), None);
        assert_eq!(shapiro_wilk(&[1.0, f64::NAN, 3.0, 4.0]), None);
        assert_eq!(shapiro_wilk(&[1.0, f64::INFINITY, 3.0, 4.0]), None);
    }

    #[test]
    fn the_normal_order_statistics_themselves_are_as_normal_as_can_be() {
        let values: Vec<f64> = (0..100).map(|k| normal::quantile((f64::from(k) + 0.625) / 100.25)).collect();
        let found = shapiro_wilk(&values).unwrap();
        assert!(found.w > 0.998 && found.p > 0.999, "{found:?}");
    }
}
