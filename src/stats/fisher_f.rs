//! Fisher's F distribution with df1 and df2 degrees of freedom, both > 0 and finite; other values give
//! NaN.
//!
//! df1 x / df2 is the odds of a beta variable of shapes df1/2, df2/2: neither tail passes through a number
//! close to one.

use super::special::{beta_tails, log_beta_prefactor, odds_of_target, point_of_odds};
use super::tails::{Side, Target};
use libm::{exp, log};

pub(crate) fn valid(df1: f64, df2: f64) -> bool {
    df1 > 0.0 && df2 > 0.0 && df1.is_finite() && df2.is_finite()
}

fn tail(x: f64, df1: f64, df2: f64, side: Side) -> f64 {
    if !valid(df1, df2) || x.is_nan() {
        return f64::NAN;
    }
    beta_tails(x * (df1 / df2), 0.5 * df1, 0.5 * df2).probability(side)
}

fn inverse(p: f64, df1: f64, df2: f64, side: Side) -> f64 {
    if !valid(df1, df2) {
        return f64::NAN;
    }
    let target = match Target::within(p, side, (0.0, f64::INFINITY)) {
        Ok(target) => target,
        Err(end) => return end,
    };
    odds_of_target(0.5 * df1, 0.5 * df2, &target) * (df2 / df1)
}

/// Density; 0 below 0, and at 0 its limit (∞ for df1 < 2, 1 for df1 = 2). Beta density in Loader's
/// saddle-point form times d(odds)/dx. Relative error about 1e-14, more where it is below 1e-30.
pub fn density(x: f64, df1: f64, df2: f64) -> f64 {
    if !valid(df1, df2) || x.is_nan() {
        return f64::NAN;
    }
    if x < 0.0 || x == f64::INFINITY {
        return 0.0;
    }
    if x == 0.0 {
        return if df1 < 2.0 {
            f64::INFINITY
        } else if df1 == 2.0 {
            1.0
        } else {
            0.0
        };
    }
    let (lower, upper) = point_of_odds(x * (df1 / df2));
    // The division by x inside: x · density may underflow where the density does not.
    exp(log_beta_prefactor(0.5 * df1, 0.5 * df2, lower, upper) - log(x))
}

/// Lower tail I_u(df1/2, df2/2), u = df1 x / (df1 x + df2); 0 for x ≤ 0.
/// Relative error below 1e-12 for degrees of freedom up to 10⁶.
pub fn cdf(x: f64, df1: f64, df2: f64) -> f64 {
    tail(x, df1, df2, Side::Lower)
}

/// Upper tail I_{1−u}(df2/2, df1/2), u = df1 x / (df1 x + df2); 1 for x ≤ 0.
/// Relative error below 1e-12 for degrees of freedom up to 10⁶.
pub fn sf(x: f64, df1: f64, df2: f64) -> f64 {
    tail(x, df1, df2, Side::Upper)
}

/// The point with lower-tail probability `p` in [0, 1]; NaN for other p. Newton's method on the logarithm
/// of the smaller tail against ln x. Relative error below 1e-12.
pub fn quantile(p: f64, df1: f64, df2: f64) -> f64 {
    inverse(p, df1, df2, Side::Lower)
}

/// The point with upper-tail probability `p` in [0, 1]; NaN for other p. As [`quantile`].
pub fn isf(p: f64, df1: f64, df2: f64) -> f64 {
    inverse(p, df1, df2, Side::Upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for (df1, df2) in [(0.5, 0.5), (1.0, 30.0), (1e5, 2.0)] {
            for p in [1e-9, 0.01, 0.5, 0.975] {
                let x = isf(p, df1, df2);
                assert!((sf(x, df1, df2) / p - 1.0).abs() < 1e-12, "{df1} {df2} {p}");
                assert!((cdf(x, df1, df2) + sf(x, df1, df2) - 1.0).abs() < 1e-15);
                assert!((quantile(p, df2, df1) * x - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(cdf(0.0, 1.0, 2.0), 0.0);
        assert_eq!(sf(f64::INFINITY, 1.0, 2.0), 0.0);
        assert_eq!(quantile(1.0, 1.0, 2.0), f64::INFINITY);
        assert_eq!(density(0.0, 2.0, 5.0), 1.0);
        assert!((density(1.0, 2.0, 2.0) - 0.25).abs() < 1e-15);
        assert!(cdf(1.0, 0.0, 2.0).is_nan() && isf(-0.1, 1.0, 1.0).is_nan());
        assert!(density(1.0, 1.0, f64::NAN).is_nan());
    }
}
