//! The beta distribution on [0, 1] with shapes a, b > 0 and finite; other shapes give NaN.
//!
//! A point close to 1 has lost the digits of 1 − x before it arrives here; where they matter, use the F
//! distribution, whose argument is a multiple of the odds x / (1 − x).

use super::special::{
    log_beta_prefactor, odds_of_target, point_of_odds, regularised_beta, regularised_beta_upper,
};
use super::tails::{Side, Target};
use libm::{exp, log, log1p};

fn valid(a: f64, b: f64) -> bool {
    a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite()
}

fn inverse(p: f64, a: f64, b: f64, side: Side) -> f64 {
    if !valid(a, b) {
        return f64::NAN;
    }
    let target = match Target::within(p, side, (0.0, 1.0)) {
        Ok(target) => target,
        Err(end) => return end,
    };
    let odds = odds_of_target(a, b, &target);
    point_of_odds(odds).0
}

/// Density x^{a−1} (1 − x)^{b−1} / B(a, b), in Loader's saddle-point form; 0 outside [0, 1], at the ends
/// its limit. Relative error about 1e-14, more where the density is below 1e-30.
pub fn density(x: f64, a: f64, b: f64) -> f64 {
    if !valid(a, b) || x.is_nan() {
        return f64::NAN;
    }
    if !(0.0..=1.0).contains(&x) {
        return 0.0;
    }
    if x == 0.0 || x == 1.0 {
        let (near, far) = if x == 0.0 { (a, b) } else { (b, a) };
        return if near < 1.0 {
            f64::INFINITY
        } else if near == 1.0 {
            far
        } else {
            0.0
        };
    }
    // The divisions inside: x · density may underflow where the density does not.
    exp(log_beta_prefactor(a, b, x, 1.0 - x) - log(x) - log1p(-x))
}

/// Lower tail I_x(a, b), the regularised incomplete beta function; 0 below 0 and 1 above 1.
/// Relative error below 1e-12 for shapes up to 10⁶.
pub fn cdf(x: f64, a: f64, b: f64) -> f64 {
    regularised_beta(x.clamp(0.0, 1.0), a, b)
}

/// Upper tail 1 − I_x(a, b) = I_{1−x}(b, a); 1 below 0 and 0 above 1.
/// Relative error below 1e-12 for shapes up to 10⁶.
pub fn sf(x: f64, a: f64, b: f64) -> f64 {
    regularised_beta_upper(x.clamp(0.0, 1.0), a, b)
}

/// The point with lower-tail probability `p` in [0, 1]; NaN for other p. Newton's method on the logarithm
/// of the smaller tail against the log odds. Relative error below 1e-12.
pub fn quantile(p: f64, a: f64, b: f64) -> f64 {
    inverse(p, a, b, Side::Lower)
}

/// The point with upper-tail probability `p` in [0, 1]; NaN for other p. As [`quantile`].
pub fn isf(p: f64, a: f64, b: f64) -> f64 {
    inverse(p, a, b, Side::Upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for (a, b) in [(0.3, 0.2), (2.0, 3.0), (30.0, 60.5), (1e5, 2.0)] {
            for p in [1e-9, 0.01, 0.5, 0.8] {
                let x = quantile(p, a, b);
                assert!((cdf(x, a, b) / p - 1.0).abs() < 1e-9, "{a} {b} {p}");
                assert!((cdf(x, a, b) + sf(x, a, b) - 1.0).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(cdf(-1.0, 2.0, 3.0), 0.0);
        assert_eq!(sf(2.0, 2.0, 3.0), 0.0);
        assert_eq!(quantile(1.0, 2.0, 3.0), 1.0);
        assert_eq!(isf(1.0, 2.0, 3.0), 0.0);
        assert_eq!(density(0.0, 1.0, 3.0), 3.0);
        assert!((density(0.5, 2.0, 2.0) - 1.5).abs() < 1e-14);
        assert!(cdf(0.5, -1.0, 3.0).is_nan() && quantile(2.0, 1.0, 1.0).is_nan());
        assert!(cdf(f64::NAN, 1.0, 1.0).is_nan() && density(0.5, 1.0, f64::INFINITY).is_nan());
    }
}
