//! Regularised incomplete beta function I_x(a, b) and its complement, each computed directly where it is
//! the smaller one.
//!
//! Inside, the point is given by its odds x / (1 − x): x and y = 1 − x then both keep all digits, which a
//! point close to one would not.

use super::super::root::{Coordinate, solve};
use super::super::tails::{Side, Tails, Target};
use super::stirling::{log_beta, negative_deviance};
use super::{LOG_TWO_PI, stirling_error};
use libm::{exp, log, sqrt};

/// More terms than any argument in the documented range needs; a stop, not a tolerance.
const MOST_TERMS: u32 = 10_000_000;

/// ln(x^a y^b / B(a, b)), x + y = 1, which is also the logarithm of odds times their density.
///
/// Loader's saddle-point form; x (a + b) − a is taken as b x − a y, which cancels less.
pub(crate) fn log_beta_prefactor(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let total = a + b;
    let excess = b * x - a * y;
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    0.5 * (log(small) + log(large / total) - LOG_TWO_PI) + (stirling_error(total) - stirling_error(large))
        - stirling_error(small)
        + negative_deviance(a, total * x, excess)
        + negative_deviance(b, total * y, -excess)
}

/// The continued fraction f in I_x(a, b) = x^a y^b / (B(a, b) f), for x up to about (a + 1) / (a + b + 2):
/// the even part of DLMF 8.17.22, as in Didonato and Morris (1992, ACM TOMS 18, 360, equation 9), by the
/// modified Lentz method. About √max(a, b) terms at worst.
pub(crate) fn beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let lean = a * y - b * x + 1.0;
    let mut fraction = a * lean / (a + 1.0);
    let mut c = fraction;
    let mut d = 0.0;
    let mut m = 0.0;
    let mut inverse_before = 1.0 / (a + 1.0);
    for _ in 0..MOST_TERMS {
        m += 1.0;
        // Here and below: 1 / (a + 2m − 1) and 1 / (a + 2m + 1).
        let pull = m * (b - m) * x * inverse_before;
        let numerator = (a + m - 1.0) * (a + b + m - 1.0) * x * inverse_before * pull;
        let inverse_after = 1.0 / (a + 2.0 * m + 1.0);
        let denominator = m + pull + (a + m) * (lean + m * (1.0 + y)) * inverse_after;
        inverse_before = inverse_after;
        d = 1.0 / (denominator + numerator * d);
        c = denominator + numerator / c;
        let change = c * d;
        fraction *= change;
        if (change - 1.0).abs() <= 2.3e-16 {
            break;
        }
    }
    fraction
}

/// x and 1 − x, where x / (1 − x) is the given odds.
pub(crate) fn point_of_odds(odds: f64) -> (f64, f64) {
    // Neither overflows nor cancels, also where the odds are extreme.
    let x = if odds < 1.0 { odds / (1.0 + odds) } else { 1.0 / (1.0 + 1.0 / odds) };
    (x, 1.0 / (1.0 + odds))
}

/// Both tails of the beta distribution at the given odds, with growth per log odds.
pub(crate) fn beta_tails(odds: f64, a: f64, b: f64) -> Tails {
    if odds <= 0.0 {
        return Tails::empty(Side::Lower);
    }
    if odds == f64::INFINITY {
        return Tails::empty(Side::Upper);
    }
    let (x, y) = point_of_odds(odds);
    beta_tails_at(x, y, a, b)
}

/// Both tails of the beta distribution at x = 1 − y inside (0, 1), with growth per log odds.
fn beta_tails_at(x: f64, y: f64, a: f64, b: f64) -> Tails {
    let log_scale = log_beta_prefactor(a, b, x, y);
    let (side, fraction) = if x * (b + 1.0) <= (a + 1.0) * y {
        (Side::Lower, beta_fraction(a, b, x, y))
    } else {
        (Side::Upper, beta_fraction(b, a, y, x))
    };
    Tails { side, log_scale, factor: 1.0 / fraction, rate: 1.0 }
}

/// Odds near the quantile: Paulson's cube-root approximation to the variance ratio (1942), or the leading
/// power of a tail where that has no solution.
pub(crate) fn odds_start(a: f64, b: f64, target: &Target) -> f64 {
    let z = target.normal_deviate();
    let (va, vb) = (1.0 / (9.0 * a), 1.0 / (9.0 * b));
    // ((1 − vb) w − (1 − va))² = z² (vb w² + va), w the cube root of the variance ratio.
    let quadratic = (1.0 - vb) * (1.0 - vb) - z * z * vb;
    let linear = (1.0 - va) * (1.0 - vb);
    let constant = (1.0 - va) * (1.0 - va) - z * z * va;
    let discriminant = linear * linear - quadratic * constant;
    if quadratic > 0.1 && discriminant >= 0.0 {
        let w = (linear + z.signum() * sqrt(discriminant)) / quadratic;
        if w > 0.3 {
            return a / b * w * w * w;
        }
    }
    let log_b = log_beta(a, b);
    let log_odds = match target.side {
        Side::Lower => (log(target.probability * a) + log_b) / a,
        Side::Upper => -(log(target.probability * b) + log_b) / b,
    };
    exp(log_odds).clamp(1e-300, 1e300)
}

/// The odds at which the beta distribution has the target probability.
pub(crate) fn odds_of_target(a: f64, b: f64, target: &Target) -> f64 {
    solve(Coordinate::Logarithm, odds_start(a, b, target), |odds| beta_tails(odds, a, b).log_error(target))
}

fn tail(x: f64, a: f64, b: f64, side: Side) -> f64 {
    let positive = a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite();
    if !positive || !(0.0..=1.0).contains(&x) {
        return f64::NAN;
    }
    // Not by way of the odds: for large shapes the rounding of x / (1 − x) would be felt.
    let tails = if x == 0.0 {
        Tails::empty(Side::Lower)
    } else if x == 1.0 {
        Tails::empty(Side::Upper)
    } else {
        beta_tails_at(x, 1.0 - x, a, b)
    };
    tails.probability(side)
}

/// I_x(a, b) = ∫₀ˣ t^{a−1} (1 − t)^{b−1} dt / B(a, b), for a, b > 0 finite and x in [0, 1]; NaN otherwise.
///
/// Continued fraction below about the mean, complement of the other tail above. Relative error about
/// 1e-13 for a, b up to 10⁶, beyond what the rounding of x itself moves.
pub fn regularised_beta(x: f64, a: f64, b: f64) -> f64 {
    tail(x, a, b, Side::Lower)
}

/// 1 − I_x(a, b) = I_{1−x}(b, a), for a, b > 0 finite and x in [0, 1]; NaN otherwise.
///
/// Continued fraction above about the mean, complement of the other tail below; accuracy as for
/// [`regularised_beta`].
pub fn regularised_beta_upper(x: f64, a: f64, b: f64) -> f64 {
    tail(x, a, b, Side::Upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_and_powers() {
        for x in [1e-300, 1e-3, 0.3, 0.9] {
            assert!((regularised_beta(x, 1.0, 1.0) / x - 1.0).abs() < 1e-13, "{x}");
            assert!((regularised_beta(x, 2.0, 1.0) - x * x).abs() <= 1e-15 * x * x * 100.0, "{x}");
        }
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(regularised_beta(0.0, 2.0, 3.0), 0.0);
        assert_eq!(regularised_beta(1.0, 2.0, 3.0), 1.0);
        assert_eq!(regularised_beta_upper(1.0, 2.0, 3.0), 0.0);
        assert!(regularised_beta(1.5, 2.0, 3.0).is_nan());
        assert!(regularised_beta(0.5, 0.0, 3.0).is_nan());
        assert!(regularised_beta(f64::NAN, 1.0, 3.0).is_nan());
    }
}
