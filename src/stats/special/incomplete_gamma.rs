//! Regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 − P(a, x), each computed directly
//! where it is the smaller one.

use super::super::root::{Coordinate, solve};
use super::super::tails::{Side, Tails, Target};
use super::stirling::negative_deviance;
use super::{LOG_TWO_PI, log_gamma, stirling_error};
use libm::{exp, log, sqrt};

/// More terms than any argument in the documented range needs; a stop, not a tolerance.
const MOST_TERMS: u32 = 10_000_000;

/// ln(x^a e^{−x} / Γ(a)), which is also the logarithm of x times the gamma density at x.
pub(crate) fn log_gamma_prefactor(a: f64, x: f64) -> f64 {
    0.5 * (log(a) - LOG_TWO_PI) + negative_deviance(a, x, x - a) - stirling_error(a)
}

/// 1 + x/(a+1) + x²/((a+1)(a+2)) + …, so that P(a, x) = x^a e^{−x} / Γ(a + 1) times it (DLMF 8.7.1).
pub(crate) fn gamma_series(a: f64, x: f64) -> f64 {
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut shape = a;
    for _ in 0..MOST_TERMS {
        shape += 1.0;
        term *= x / shape;
        sum += term;
        // Near x = a the terms fall slowly; what is left out is term · ratio / (1 − ratio).
        if term * x <= sum * 1e-17 * (shape - x) {
            break;
        }
    }
    sum
}

/// Legendre's continued fraction f in Q(a, x) = x^a e^{−x} / (Γ(a) f), for x not below about a
/// (DLMF 8.9.2, its even part), by the modified Lentz method.
pub(crate) fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut denominator_term = x + 1.0 - a;
    let mut fraction = denominator_term;
    let mut c = fraction;
    let mut d = 0.0;
    let mut n = 0.0;
    for _ in 0..MOST_TERMS {
        n += 1.0;
        let numerator = n * (a - n);
        denominator_term += 2.0;
        d = 1.0 / (denominator_term + numerator * d);
        c = denominator_term + numerator / c;
        let change = c * d;
        fraction *= change;
        if (change - 1.0).abs() <= 2.3e-16 {
            break;
        }
    }
    fraction
}

/// Both tails of the gamma distribution of shape `a` and scale 1, with growth per log x.
pub(crate) fn gamma_tails(a: f64, x: f64) -> Tails {
    if x <= 0.0 {
        return Tails::empty(Side::Lower);
    }
    if x == f64::INFINITY {
        return Tails::empty(Side::Upper);
    }
    let log_scale = log_gamma_prefactor(a, x);
    if x < a + 1.0 {
        let factor = gamma_series(a, x) / a;
        Tails { side: Side::Lower, log_scale, factor, rate: 1.0 }
    } else {
        let factor = 1.0 / gamma_fraction(a, x);
        Tails { side: Side::Upper, log_scale, factor, rate: 1.0 }
    }
}

/// A point near the quantile: Wilson and Hilferty's cube root (1931), or the leading power of the lower
/// tail where the cube root would be close to zero or negative.
pub(crate) fn gamma_start(a: f64, target: &Target) -> f64 {
    let root = 1.0 - 1.0 / (9.0 * a) + target.normal_deviate() / (3.0 * sqrt(a));
    if root > 0.3 {
        return a * root * root * root;
    }
    let log_lower = match target.side {
        Side::Lower => log(target.probability),
        Side::Upper => log(1.0 - target.probability),
    };
    let power = exp((log_lower + log_gamma(a + 1.0)) / a);
    power.clamp(f64::MIN_POSITIVE, 1e300)
}

/// The point of the gamma distribution of shape `a` and scale 1 that has the target probability.
pub(crate) fn gamma_quantile(a: f64, target: &Target) -> f64 {
    solve(Coordinate::Logarithm, gamma_start(a, target), |x| gamma_tails(a, x).log_error(target))
}

fn valid(a: f64, x: f64) -> bool {
    a > 0.0 && a.is_finite() && x >= 0.0
}

/// P(a, x) = γ(a, x) / Γ(a), for a > 0 finite and x ≥ 0; NaN otherwise.
///
/// Series (DLMF 8.7.1) below a + 1, the complement of the continued fraction above. Relative error about
/// 1e-13 for a up to 10⁶.
pub fn regularised_gamma_lower(a: f64, x: f64) -> f64 {
    if valid(a, x) { gamma_tails(a, x).probability(Side::Lower) } else { f64::NAN }
}

/// Q(a, x) = Γ(a, x) / Γ(a), for a > 0 finite and x ≥ 0; NaN otherwise.
///
/// Continued fraction (DLMF 8.9.2) from a + 1 on, the complement of the series below. Relative error
/// about 1e-13 for a up to 10⁶.
pub fn regularised_gamma_upper(a: f64, x: f64) -> f64 {
    if valid(a, x) { gamma_tails(a, x).probability(Side::Upper) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_one_is_exponential() {
        for x in [1e-10, 0.5, 1.9, 2.1, 30.0, 600.0] {
            assert!((regularised_gamma_upper(1.0, x) / exp(-x) - 1.0).abs() < 1e-13, "{x}");
            assert!((regularised_gamma_lower(1.0, x) / -libm::expm1(-x) - 1.0).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(regularised_gamma_lower(2.0, 0.0), 0.0);
        assert_eq!(regularised_gamma_upper(2.0, f64::INFINITY), 0.0);
        assert!(regularised_gamma_lower(0.0, 1.0).is_nan());
        assert!(regularised_gamma_upper(1.0, -1.0).is_nan());
        assert!(regularised_gamma_upper(1.0, f64::NAN).is_nan());
    }
}
