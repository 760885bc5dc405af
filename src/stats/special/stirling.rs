//! The gamma function split into Stirling's formula and its error, so that ratios of gamma functions of
//! large arguments keep their digits (C. Loader, "Fast and accurate computation of binomial
//! probabilities", 2000).
//!
//! `exp(lgamma(a + b) − lgamma(a) − lgamma(b))` with a, b near 10⁶ subtracts numbers near 10⁷ and so
//! loses nine digits. In Loader's form the large parts cancel on paper.

use super::LOG_TWO_PI;
use libm::{lgamma_r, log, log1p};

/// Logarithm of the gamma function, ln Γ(x), for x > 0; NaN otherwise.
///
/// Accuracy: that of `libm` (about one unit in the last place away from the zeros at 1 and 2).
pub fn log_gamma(x: f64) -> f64 {
    if x > 0.0 { lgamma_r(x).0 } else { f64::NAN }
}

/// Error of Stirling's formula, δ(a) = ln Γ(a + 1) − (a + ½) ln a + a − ½ ln 2π, for a > 0; NaN
/// otherwise.
///
/// The asymptotic series in 1/a (DLMF 5.11.1) from a = 10 on, the definition below, where no term
/// exceeds 25 and the absolute error stays below 1e-14.
pub fn stirling_error(a: f64) -> f64 {
    if a.is_nan() || a <= 0.0 {
        return f64::NAN;
    }
    if a < 10.0 {
        return lgamma_r(a + 1.0).0 - (a + 0.5) * log(a) + a - 0.5 * LOG_TWO_PI;
    }
    // B₂ₖ / (2k (2k − 1)), k = 1 … 8.
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
    ];
    let inverse = 1.0 / a;
    let inverse_square = inverse * inverse;
    SERIES.iter().rev().fold(0.0, |sum, term| sum * inverse_square + term) * inverse
}

/// ln(1 + t) − t without cancellation near 0, for t > −1 (−∞ at −1, NaN below).
///
/// Near 0: with r = t / (2 + t), ln(1 + t) = 2 artanh r, hence
/// ln(1 + t) − t = r (2 r² (1/3 + r²/5 + …) − t). Relative error a few units in the last place.
pub fn log1p_minus(t: f64) -> f64 {
    if t.is_nan() || t.abs() > 0.5 {
        return log1p(t) - t;
    }
    let r = t / (2.0 + t);
    let square = r * r;
    let mut power = square;
    let mut sum = 0.0;
    let mut odd = 3.0;
    loop {
        let term = power / odd;
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
        power *= square;
        odd += 2.0;
    }
    r * (2.0 * sum - t)
}

/// shape · (ln(mean / shape) − (mean − shape) / shape): minus Loader's deviance term "bd0".
///
/// `excess` is mean − shape, passed in because the caller often knows it with more digits than the
/// subtraction would leave.
pub(crate) fn negative_deviance(shape: f64, mean: f64, excess: f64) -> f64 {
    let relative = excess / shape;
    if relative > -0.5 {
        shape * log1p_minus(relative)
    } else {
        // 1 + relative would round away a small mean.
        shape * log(mean / shape) - excess
    }
}

/// ln(e^{−mean} mean^k / Γ(k + 1)) for k ≥ 0, not necessarily whole, and mean > 0.
pub(crate) fn log_poisson(k: f64, mean: f64) -> f64 {
    if k == 0.0 {
        return -mean;
    }
    negative_deviance(k, mean, mean - k) - stirling_error(k) - 0.5 * (LOG_TWO_PI + log(k))
}

/// Logarithm of the beta function, ln B(a, b), for a, b > 0; NaN otherwise.
///
/// In Loader's form: relative error of B itself near 1e-15 times (1 + |ln B|), also where a and b
/// differ by many orders of magnitude.
pub fn log_beta(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a <= 0.0 || b <= 0.0 {
        return f64::NAN;
    }
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let total = small + large;
    let ratio = small / large;
    0.5 * (LOG_TWO_PI - log(small) + log1p(ratio)) + stirling_error(small) + stirling_error(large)
        - stirling_error(total)
        + small * (log(ratio) - log1p(ratio))
        - large * log1p(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stirling_error_joins_at_ten() {
        let below = stirling_error(10.0 - 1e-9);
        let above = stirling_error(10.0);
        assert!((below - above).abs() < 2e-12, "{below} {above}");
        assert!(stirling_error(0.0).is_nan());
    }

    #[test]
    fn log_beta_of_known_values() {
        assert!((log_beta(1.0, 1.0)).abs() < 1e-14);
        assert!((log_beta(2.0, 3.0) - log(1.0 / 12.0)).abs() < 1e-14);
        assert!((log_beta(0.5, 0.5) - log(core::f64::consts::PI)).abs() < 1e-14);
        assert!(log_beta(0.0, 1.0).is_nan() && log_gamma(-1.0).is_nan());
    }

    #[test]
    fn log1p_minus_keeps_digits_near_zero() {
        let t = 1e-8;
        assert!((log1p_minus(t) / (-0.5 * t * t * (1.0 - 2.0 * t / 3.0)) - 1.0).abs() < 1e-15);
        assert!((log1p_minus(0.5) - (log1p(0.5) - 0.5)).abs() < 1e-15);
    }
}
