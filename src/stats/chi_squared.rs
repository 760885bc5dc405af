//! The χ² distribution: twice a gamma variable of shape df / 2.
//!
//! df > 0 and finite; anything else gives NaN. For large df expect the conditioning of the problem: a
//! relative error of x is magnified by about √df.

use super::special::{gamma_quantile, gamma_tails, log_gamma_prefactor};
use super::tails::{Side, Target};
use libm::{exp, log};

fn valid(df: f64) -> bool {
    df > 0.0 && df.is_finite()
}

fn tail(x: f64, df: f64, side: Side) -> f64 {
    if !valid(df) || x.is_nan() {
        return f64::NAN;
    }
    gamma_tails(0.5 * df, 0.5 * x).probability(side)
}

fn inverse(p: f64, df: f64, side: Side) -> f64 {
    if !valid(df) {
        return f64::NAN;
    }
    let target = match Target::within(p, side, (0.0, f64::INFINITY)) {
        Ok(target) => target,
        Err(end) => return end,
    };
    2.0 * gamma_quantile(0.5 * df, &target)
}

/// Density (x/2)^{df/2} e^{−x/2} / (x Γ(df/2)); 0 below 0, and at 0 its limit (∞ for df < 2).
/// Relative error about 1e-14, more where the density is below 1e-30.
pub fn density(x: f64, df: f64) -> f64 {
    if !valid(df) || x.is_nan() {
        return f64::NAN;
    }
    if x < 0.0 || x == f64::INFINITY {
        return 0.0;
    }
    if x == 0.0 {
        return if df < 2.0 {
            f64::INFINITY
        } else if df == 2.0 {
            0.5
        } else {
            0.0
        };
    }
    // The division by x inside: x · density may underflow where the density does not.
    exp(log_gamma_prefactor(0.5 * df, 0.5 * x) - log(x))
}

/// Lower tail P(df/2, x/2), the regularised incomplete gamma function; 0 for x ≤ 0.
/// Relative error below 1e-12 for df up to 10⁶.
pub fn cdf(x: f64, df: f64) -> f64 {
    tail(x, df, Side::Lower)
}

/// Upper tail Q(df/2, x/2), the regularised incomplete gamma function; 1 for x ≤ 0.
/// Relative error below 1e-12 for df up to 10⁶.
pub fn sf(x: f64, df: f64) -> f64 {
    tail(x, df, Side::Upper)
}

/// The point with lower-tail probability `p` in [0, 1]; NaN for other p. Newton's method on the logarithm
/// of the smaller tail against ln x. Relative error below 1e-12.
pub fn quantile(p: f64, df: f64) -> f64 {
    inverse(p, df, Side::Lower)
}

/// The point with upper-tail probability `p` in [0, 1]; NaN for other p. As [`quantile`].
pub fn isf(p: f64, df: f64) -> f64 {
    inverse(p, df, Side::Upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for df in [0.5, 2.0, 7.3, 1e4] {
            for p in [1e-12, 0.01, 0.5, 0.975] {
                let x = quantile(p, df);
                assert!((cdf(x, df) / p - 1.0).abs() < 1e-11, "{df} {p}");
                assert!((cdf(x, df) + sf(x, df) - 1.0).abs() < 1e-15);
                assert!((isf(1.0 - p, df) / x - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn density_of_two_degrees_of_freedom_is_exponential() {
        for x in [0.0, 0.3, 2.0, 50.0] {
            assert!((density(x, 2.0) / (0.5 * exp(-0.5 * x)) - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(cdf(0.0, 3.0), 0.0);
        assert_eq!(sf(-1.0, 3.0), 1.0);
        assert_eq!(cdf(f64::INFINITY, 3.0), 1.0);
        assert_eq!(quantile(0.0, 3.0), 0.0);
        assert_eq!(isf(0.0, 3.0), f64::INFINITY);
        assert_eq!(density(0.0, 1.0), f64::INFINITY);
        assert!(cdf(1.0, 0.0).is_nan() && quantile(1.2, 3.0).is_nan() && sf(f64::NAN, 1.0).is_nan());
    }
}
