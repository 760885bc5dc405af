//! The noncentral t distribution: (Z + ncp) / √(χ²_df / df).
//!
//! df > 0 and finite, ncp finite; other values give NaN. By reflection, P(T ≤ x; ncp) = P(T ≥ −x; −ncp),
//! so only ncp > 0 is treated:
//!
//! - x > 0: two Poisson mixtures of incomplete beta functions, all terms positive in either tail (Lenth,
//!   1989, Applied Statistics 38, 185; Benton and Krishnamoorthy, 2003, Computational Statistics & Data
//!   Analysis 43, 249).
//! - x < 0: there the same series alternates in sign and cancels to nothing. The tail is instead the
//!   integral of Φ(−(ncp + |x| s)) over the density of s = √(χ²_df / df), which has one hump and no sign
//!   change; in ln s the trapezoidal rule converges faster than any power of the step.

use super::noncentral_beta::mixture;
use super::normal::{hazard, log_complement, log_sf, log_sum};
use super::root::{Coordinate, solve};
use super::special::{LOG_TWO_PI, stirling_error};
use super::student_t;
use super::tails::{Side, Target};
use core::f64::consts::LN_2;
use libm::{exp, expm1, hypot, log, sqrt};

/// Noncentralities below this change no probability: the central distribution is used.
const NO_NONCENTRALITY: f64 = 1e-100;

/// Beyond this multiple of √df the upper tail is a power of x.
const POWER_LAW: f64 = 1e100;

/// One tail as a logarithm, and the logarithm of |x| · density(x).
struct Point {
    side: Side,
    log_tail: f64,
    log_growth: f64,
}

impl Point {
    fn reflected(self) -> Self {
        Point { side: self.side.other(), ..self }
    }

    fn log_probability(&self, side: Side) -> f64 {
        if side == self.side { self.log_tail } else { log_complement(self.log_tail) }
    }
}

/// For x > 0, ncp > 0.
fn positive(x: f64, df: f64, ncp: f64) -> Point {
    let b = 0.5 * df;
    let mean = 0.5 * ncp * ncp;
    let scaled = x / sqrt(df);
    let (odds, beyond) = if scaled > POWER_LAW {
        (POWER_LAW * POWER_LAW, -df * (log(x / POWER_LAW) - 0.5 * log(df)))
    } else {
        (x * x / df, 0.0)
    };
    let side = if odds * (b + 1.0) <= mean + 1.5 { Side::Lower } else { Side::Upper };
    if odds == 0.0 {
        // x² underflows: P(0 < T ≤ x) is far below the rounding error of P(T ≤ 0) unless both underflow.
        return Point { side, log_tail: log_sf(ncp), log_growth: f64::NEG_INFINITY };
    }
    // Even and odd powers of ncp.
    let even = mixture(side, odds, 0.5, b, mean, 0.0);
    let odd = mixture(side, odds, 1.0, b, mean, 0.5);
    let half = log_sum(even.log_value(), odd.log_value()) - LN_2 + beyond;
    let log_tail = match side {
        Side::Lower => log_sum(log_sf(ncp), half),
        Side::Upper => half,
    };
    // Per log x² the halves grow at ½ (even + odd), per log x at twice that.
    let log_growth = log_sum(even.log_scale + log(even.rate), odd.log_scale + log(odd.rate)) + beyond;
    Point { side, log_tail, log_growth }
}

/// P(T ≤ −distance) for distance > 0, ncp > 0.
fn negative(distance: f64, df: f64, ncp: f64) -> Point {
    let c = 0.5 * df;
    let edge = POWER_LAW * sqrt(df);
    let (distance, beyond) =
        if distance > edge { (edge, -df * log(distance / edge)) } else { (distance, 0.0) };
    // With Φ(−z) taken as e^{−z²/2} the integrand in u = ln s has its mode where
    // (df + x²) s² + x ncp s = df.
    let product = distance * ncp;
    let s = 2.0 * df / (product + hypot(product, 2.0 * sqrt(df) * hypot(sqrt(df), distance)));
    let middle = log(s);
    let z = ncp + distance * s;
    let log_chi = |u: f64, square_less_one: f64| c * (2.0 * u - square_less_one);
    let reference = log_chi(middle, expm1(2.0 * middle)) + log_sf(z);
    let rate = hazard(z);
    let slope = distance * s;
    // Minus the second derivative at the middle. The step is also bounded by the strip |Im u| < π/4 in
    // which exp(−df e^{2u} / 2) stays bounded: the error is e^{−2π (π/4) / step}.
    let curvature = 2.0 * df * s * s + slope * rate + slope * slope * rate * (rate - z).max(0.0);
    let step = (0.6 / sqrt(curvature)).min(0.1);
    let (mut sum, mut growth) = (0.0, 0.0);
    for direction in [1.0, -1.0] {
        let mut k = if direction > 0.0 { 0.0 } else { 1.0 };
        let mut previous = 0.0;
        while k < 1e6 {
            let u = middle + direction * k * step;
            let square_less_one = expm1(2.0 * u);
            // For s² below the rounding of 1 the square root would return zero or noise.
            let s = if u < -1.0 { exp(u) } else { sqrt(1.0 + square_less_one) };
            let z = ncp + distance * s;
            let chi = log_chi(u, square_less_one) - reference;
            let term = exp(chi + log_sf(z));
            sum += term;
            growth += exp(chi - 0.5 * z * z) * s;
            if term <= previous && term < 1e-18 * sum {
                break;
            }
            previous = term;
            k += 1.0;
        }
    }
    // The density of ln s is 2 √(c / 2π) exp(c (2u − expm1(2u)) − stirling_error(c)).
    let log_scale = reference + LN_2 + 0.5 * (log(c) - LOG_TWO_PI) - stirling_error(c) + log(step) + beyond;
    Point {
        side: Side::Lower,
        log_tail: log_scale + log(sum),
        log_growth: log_scale + log(growth * distance) - 0.5 * LOG_TWO_PI,
    }
}

/// At x ≠ 0 or 0, for ncp ≠ 0; `log_growth` at 0 is −∞.
fn point(x: f64, df: f64, ncp: f64) -> Point {
    if ncp < 0.0 {
        return point(-x, df, -ncp).reflected();
    }
    if x > 0.0 {
        positive(x, df, ncp)
    } else if x < 0.0 {
        negative(-x, df, ncp)
    } else {
        Point { side: Side::Lower, log_tail: log_sf(ncp), log_growth: f64::NEG_INFINITY }
    }
}

/// Whether P(T ≤ x), for ncp > 0, is below the smallest number that there is: it is at most Φ(−ncp/2) + P(s > r) with
/// s = √(χ²_df / df) and r = ncp ÷ 2x, and P(s > r) at most exp(−df/2 · (r² − 1 − 2 ln r)) (Chernoff). The series would
/// take the longer to say so the larger ncp is.
pub(super) fn is_beyond(x: f64, df: f64, ncp: f64) -> bool {
    const LOG_NOTHING: f64 = 760.0;
    if ncp < 80.0 {
        return false;
    }
    let r = 0.5 * ncp / x;
    x <= 0.0 || (r > 1.0 && 0.5 * df * (r * r - 1.0 - 2.0 * log(r)) > LOG_NOTHING)
}

fn valid(df: f64, ncp: f64) -> bool {
    df > 0.0 && df.is_finite() && ncp.is_finite()
}

fn tail(x: f64, df: f64, ncp: f64, side: Side) -> f64 {
    if !valid(df, ncp) || x.is_nan() {
        return f64::NAN;
    }
    if x.is_infinite() {
        return if (x > 0.0) == (side == Side::Lower) { 1.0 } else { 0.0 };
    }
    if ncp.abs() < NO_NONCENTRALITY {
        return match side {
            Side::Lower => student_t::cdf(x, df),
            Side::Upper => student_t::sf(x, df),
        };
    }
    if is_beyond(x, df, ncp) {
        return if side == Side::Upper { 1.0 } else { 0.0 };
    }
    if is_beyond(-x, df, -ncp) {
        return if side == Side::Lower { 1.0 } else { 0.0 };
    }
    exp(point(x, df, ncp).log_probability(side))
}

fn inverse(p: f64, df: f64, ncp: f64, side: Side) -> f64 {
    if !valid(df, ncp) {
        return f64::NAN;
    }
    let target = match Target::within(p, side, (f64::NEG_INFINITY, f64::INFINITY)) {
        Ok(target) => target,
        Err(end) => return end,
    };
    if ncp.abs() < NO_NONCENTRALITY {
        return match side {
            Side::Lower => student_t::quantile(p, df),
            Side::Upper => student_t::isf(p, df),
        };
    }
    let log_target = log(target.probability);
    let sign = match target.side {
        Side::Lower => 1.0,
        Side::Upper => -1.0,
    };
    let at_zero = student_t::density(0.0, df) * exp(-0.5 * ncp * ncp);
    let start = ncp + target.normal_deviate() * sqrt(1.0 + 0.5 * ncp * ncp / df);
    solve(Coordinate::InverseHyperbolicSine, start, |x| {
        let point = point(x, df, ncp);
        let log_tail = point.log_probability(target.side);
        let slope = if x.abs() < 1e-100 {
            at_zero * exp(-log_tail)
        } else {
            // density · √(1 + x²) / tail.
            exp(point.log_growth - log_tail) * hypot(1.0, 1.0 / x)
        };
        (log_tail - log_target, sign * slope)
    })
}

/// Lower tail P(T ≤ x). Relative error below 1e-12, below 1e-10 where it is below 1e-6, for df up to 10⁶
/// and |ncp| up to 100. Beyond, the error grows to about 5e-12 at 10⁴ and the cost in proportion to |ncp|.
pub fn cdf(x: f64, df: f64, ncp: f64) -> f64 {
    tail(x, df, ncp, Side::Lower)
}

/// Upper tail P(T > x). Accuracy and cost as for [`cdf`].
pub fn sf(x: f64, df: f64, ncp: f64) -> f64 {
    tail(x, df, ncp, Side::Upper)
}

/// The point with lower-tail probability `p` in [0, 1]; ±∞ at the ends, NaN for other p. Newton's method
/// on the logarithm of the smaller tail against arsinh x. Relative error below 1e-12, except that near 0
/// the absolute error is limited by the rounding of the probability.
pub fn quantile(p: f64, df: f64, ncp: f64) -> f64 {
    inverse(p, df, ncp, Side::Lower)
}

/// The point with upper-tail probability `p` in [0, 1]; ±∞ at the ends, NaN for other p. As [`quantile`].
pub fn isf(p: f64, df: f64, ncp: f64) -> f64 {
    inverse(p, df, ncp, Side::Upper)
}

#[cfg(test)]
mod tests {
    use super::super::normal;
    use super::*;

    /// At the border of what is told without the series, both say nothing; far beyond it no series would end.
    #[test]
    fn what_is_as_good_as_certain_is_told_at_once() {
        let mut borders = 0;
        for df in [3.0, 30.0, 113.0, 4000.0] {
            for x in [0.01, 1.0, 1.98, 30.0] {
                let Some(ncp) = (80..4_000_000).map(f64::from).find(|&ncp| is_beyond(x, df, ncp)) else {
                    continue;
                };
                borders += 1;
                assert!(point(x, df, ncp).log_probability(Side::Lower) < -750.0, "{x} {df} {ncp}");
                assert_eq!((cdf(x, df, ncp), sf(x, df, ncp)), (0.0, 1.0));
                assert_eq!((cdf(-x, df, -ncp), sf(-x, df, -ncp)), (1.0, 0.0));
            }
        }
        assert!(borders > 12, "{borders}");
        assert_eq!((cdf(2.0, 100.0, 1e300), sf(-2.0, 100.0, 1e9), sf(2.0, 100.0, -1e9)), (0.0, 1.0, 0.0));
    }

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for (df, ncp) in [(1.0, 2.8), (7.5, -1.0), (113.0, 37.5), (1e5, 0.01)] {
            for p in [1e-40, 1e-9, 0.01, 0.5, 0.975] {
                let x = quantile(p, df, ncp);
                assert!((cdf(x, df, ncp) / p - 1.0).abs() < 1e-11, "{df} {ncp} {p}");
                assert!((cdf(x, df, ncp) + sf(x, df, ncp) - 1.0).abs() < 1e-15);
                assert!((isf(p, df, -ncp) / -x - 1.0).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn series_and_quadrature_meet_the_central_distribution() {
        for x in [-4.0, -0.3, 0.3, 4.0] {
            let near = cdf(x, 3.0, 1e-14) / student_t::cdf(x, 3.0);
            assert!((near - 1.0).abs() < 5e-14, "{x} {near}");
        }
        assert_eq!(sf(1.0, 3.0, 0.0), student_t::sf(1.0, 3.0));
    }

    #[test]
    fn at_zero_it_is_normal() {
        assert!((cdf(0.0, 3.0, 1.5) / normal::cdf(-1.5) - 1.0).abs() < 1e-15);
        assert!((cdf(-1e-18, 3.0, 1.5) / normal::cdf(-1.5) - 1.0).abs() < 1e-14);
        assert!((cdf(1e-300, 3.0, 1.5) / normal::cdf(-1.5) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(cdf(f64::INFINITY, 3.0, 1.0), 1.0);
        assert_eq!(sf(f64::NEG_INFINITY, 3.0, 1.0), 1.0);
        assert_eq!(quantile(0.0, 3.0, 1.0), f64::NEG_INFINITY);
        assert_eq!(isf(0.0, 3.0, 1.0), f64::INFINITY);
        assert!(cdf(1.0, 0.0, 1.0).is_nan() && isf(-1.0, 3.0, 1.0).is_nan());
        assert!(sf(1.0, 3.0, f64::NAN).is_nan() && sf(f64::NAN, 3.0, 1.0).is_nan());
    }
}
