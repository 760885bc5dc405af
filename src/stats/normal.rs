//! The standard normal distribution.

use super::root::{Coordinate, solve};
use libm::{erf, erfc, exp, expm1, fma, log, log1p, sqrt};

const SQRT_HALF: f64 = core::f64::consts::FRAC_1_SQRT_2;
/// √½ − SQRT_HALF.
const SQRT_HALF_REST: f64 = -4.833_646_656_726_457e-17;
/// 1 / √(2π).
const INVERSE_SQRT_TWO_PI: f64 = 0.398_942_280_401_432_7;

/// Density φ(x) = exp(−x²/2) / √(2π). Relative error about x² · 1e-16.
pub fn density(x: f64) -> f64 {
    INVERSE_SQRT_TWO_PI * exp(-0.5 * x * x)
}

/// Lower tail Φ(x) = ½ erfc(−x / √2). Relative error a few units in the last place in both tails.
pub fn cdf(x: f64) -> f64 {
    sf(-x)
}

/// Upper tail 1 − Φ(x) = ½ erfc(x / √2). Relative error a few units in the last place in both tails.
pub fn sf(x: f64) -> f64 {
    let scaled = x * SQRT_HALF;
    let value = 0.5 * erfc(scaled);
    if !(2.0..40.0).contains(&x) {
        return value;
    }
    // Far out, the rounding of x / √2 alone would move the tail by x² · 1e-16; its first-order effect is
    // known, since erfc falls at the relative rate 2z + 1/z + ….
    let rest = fma(x, SQRT_HALF, -scaled) + x * SQRT_HALF_REST;
    value - value * rest * (2.0 * scaled + 1.0 / scaled)
}

/// Logarithm of the upper tail, also where the tail itself underflows: then by the asymptotic series of
/// Mills' ratio, 1/x − 1/x³ + 3/x⁵ − … (DLMF 7.12.1). Relative error of the tail about x² · 1e-16.
pub fn log_sf(x: f64) -> f64 {
    if x.is_nan() || x < 25.0 {
        return if x < -1.0 { log1p(-sf(-x)) } else { log(sf(x)) };
    }
    let inverse_square = 1.0 / (x * x);
    let mut term = 1.0;
    let mut correction = 0.0;
    for k in 1..10 {
        term *= -f64::from(2 * k - 1) * inverse_square;
        correction += term;
    }
    -0.5 * x * x + log(INVERSE_SQRT_TWO_PI / x) + log1p(correction)
}

/// The point with lower-tail probability `p` in [0, 1]; ±∞ at the ends, NaN outside.
///
/// Near the median by Newton's method on the error function, so that quantiles close to 0 keep their
/// relative accuracy; elsewhere on the logarithm of the smaller tail. Relative error a few units in the
/// last place.
pub fn quantile(p: f64) -> f64 {
    -isf(p)
}

/// The point with upper-tail probability `p` in [0, 1]; ±∞ at the ends, NaN outside. See [`quantile`].
pub fn isf(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::INFINITY;
    }
    if p == 1.0 {
        return f64::NEG_INFINITY;
    }
    if (p - 0.5).abs() < 0.25 {
        return near_median(0.5 - p);
    }
    if p > 0.5 { -far_upper(1.0 - p) } else { far_upper(p) }
}

/// The x with ½ erf(x / √2) = `excess`, |excess| < ¼.
fn near_median(excess: f64) -> f64 {
    let mut x = excess / INVERSE_SQRT_TWO_PI;
    for _ in 0..6 {
        let step = (0.5 * erf(x * SQRT_HALF) - excess) / density(x);
        // Halley's correction: the second derivative of the distribution function is −x times the first.
        x -= step / (1.0 + 0.5 * x * step);
        if step.abs() <= 1e-7 * x.abs() {
            break;
        }
    }
    x
}

/// The x with upper tail `p` in (0, ¼].
fn far_upper(p: f64) -> f64 {
    // Hastings' rational approximation (1955; Abramowitz and Stegun 26.2.23), within 4.5e-4.
    let t = sqrt(-2.0 * log(p));
    let start = t
        - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    solve(Coordinate::Logarithm, start, |x| {
        let tail = sf(x);
        if tail > 1e-300 {
            // The logarithm of a ratio near one keeps digits that the difference of logarithms loses.
            (log(tail / p), -x * density(x) / tail)
        } else {
            let log_tail = log_sf(x);
            (log_tail - log(p), -x * hazard(x))
        }
    })
}

/// φ(x) / (1 − Φ(x)), the hazard: finite where both underflow.
pub(crate) fn hazard(x: f64) -> f64 {
    if x < -38.0 { 0.0 } else { exp(log(INVERSE_SQRT_TWO_PI) - 0.5 * x * x - log_sf(x)) }
}

/// ln(e^a + e^b).
pub(crate) fn log_sum(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == f64::NEG_INFINITY { large } else { large + log1p(exp(small - large)) }
}

/// ln(1 − e^a) for a ≤ 0.
pub(crate) fn log_complement(a: f64) -> f64 {
    if a > -0.7 { log(-expm1(a)) } else { log1p(-exp(a)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for x in [-3.0, -0.1, 1e-20, 0.7, 4.0] {
            assert!((cdf(x) + sf(x) - 1.0).abs() < 1e-15);
            assert!((isf(sf(x)) - x).abs() < 1e-12 * x.abs().max(1e-3), "{x}");
        }
        assert!((quantile(0.5 + 1e-12) / (quantile(0.5 + 2e-12) / 2.0) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert_eq!(quantile(0.5), 0.0);
        assert_eq!(cdf(f64::INFINITY), 1.0);
        assert_eq!(sf(f64::INFINITY), 0.0);
        assert!(quantile(-0.1).is_nan() && isf(1.1).is_nan() && cdf(f64::NAN).is_nan());
    }

    #[test]
    fn logarithm_joins_at_twenty_five() {
        let below = log_sf(25.0 - 1e-9);
        let above = log_sf(25.0);
        assert!((below - above - 25.04e-9).abs() < 1e-10, "{below} {above}");
        assert!(log_sf(1e10) < -4e19);
    }
}
