//! The noncentral beta distribution (type I): Poisson mixture of beta distributions of shapes a + j, b,
//! with Poisson mean ncp / 2.
//!
//! a, b > 0 and finite, ncp ≥ 0 and finite; other values give NaN. It is the distribution of u / (1 + u)
//! where u = df1 F / df2, F noncentral F with df1 = 2a, df2 = 2b.

use super::poisson_mixture::{Mixture, product_mode};
use super::root::{Coordinate, solve};
use super::special::{beta_fraction, beta_tails, log_beta_prefactor, odds_start, point_of_odds};
use super::tails::{Side, Tails, Target};
use libm::{floor, log};

/// Σ Pois(offset + j; mean) · tail of the beta distribution of shapes shape + j, b at the odds.
pub(crate) fn mixture(side: Side, odds: f64, shape: f64, b: f64, mean: f64, offset: f64) -> Tails {
    let (x, y) = point_of_odds(odds);
    let mixture = Mixture {
        mean,
        offset,
        shape,
        ratio: |s: f64| x * ((s + b) / (s + 1.0)),
        // D(s) = x^s y^b / (s B(s, b)), DLMF 8.17.20.
        log_difference: |s: f64| log_beta_prefactor(s, b, x, y) - log(s),
    };
    let product = product_mode(mean, offset, shape, x * b, x);
    let poisson = floor((mean - offset).max(0.0));
    match side {
        Side::Lower => mixture.lower(poisson.min(product), |s| s / beta_fraction(s, b, x, y)),
        Side::Upper => mixture.upper(poisson.max(product), |s| s / beta_fraction(b, s, y, x)),
    }
}

/// Both tails at the odds; `mean` is half the noncentrality.
pub(crate) fn tails(odds: f64, a: f64, b: f64, mean: f64) -> Tails {
    if mean == 0.0 {
        return beta_tails(odds, a, b);
    }
    if odds <= 0.0 {
        return Tails::empty(Side::Lower);
    }
    if odds == f64::INFINITY {
        return Tails::empty(Side::Upper);
    }
    let side = if odds * (b + 1.0) <= a + mean + 1.0 { Side::Lower } else { Side::Upper };
    mixture(side, odds, a, b, mean, 0.0)
}

/// The odds that have the target probability.
pub(crate) fn odds_of_target(a: f64, b: f64, mean: f64, target: &Target) -> f64 {
    // Patnaik (1949): a central distribution of the same first two moments.
    let shape = (a + mean) * (a + mean) / (a + 2.0 * mean);
    let start = (a + mean) / shape * odds_start(shape, b, target);
    solve(Coordinate::Logarithm, start, |odds| tails(odds, a, b, mean).log_error(target))
}

fn valid(a: f64, b: f64, ncp: f64) -> bool {
    a > 0.0 && b > 0.0 && ncp >= 0.0 && a.is_finite() && b.is_finite() && ncp.is_finite()
}

fn tail(x: f64, a: f64, b: f64, ncp: f64, side: Side) -> f64 {
    if !valid(a, b, ncp) || x.is_nan() {
        return f64::NAN;
    }
    let x = x.clamp(0.0, 1.0);
    tails(x / (1.0 - x), a, b, 0.5 * ncp).probability(side)
}

fn inverse(p: f64, a: f64, b: f64, ncp: f64, side: Side) -> f64 {
    if !valid(a, b, ncp) {
        return f64::NAN;
    }
    let target = match Target::within(p, side, (0.0, 1.0)) {
        Ok(target) => target,
        Err(end) => return end,
    };
    let odds = odds_of_target(a, b, 0.5 * ncp, &target);
    point_of_odds(odds).0
}

/// Lower tail Σ Pois(j; ncp/2) I_x(a + j, b); 0 below 0 and 1 above 1. Accuracy as for
/// [`super::noncentral_f::cdf`].
pub fn cdf(x: f64, a: f64, b: f64, ncp: f64) -> f64 {
    tail(x, a, b, ncp, Side::Lower)
}

/// Upper tail Σ Pois(j; ncp/2) I_{1−x}(b, a + j); 1 below 0 and 0 above 1. Accuracy as for
/// [`super::noncentral_f::sf`].
pub fn sf(x: f64, a: f64, b: f64, ncp: f64) -> f64 {
    tail(x, a, b, ncp, Side::Upper)
}

/// The point with lower-tail probability `p` in [0, 1]; NaN for other p. Newton's method on the logarithm
/// of the smaller tail against the log odds.
pub fn quantile(p: f64, a: f64, b: f64, ncp: f64) -> f64 {
    inverse(p, a, b, ncp, Side::Lower)
}

/// The point with upper-tail probability `p` in [0, 1]; NaN for other p. As [`quantile`].
pub fn isf(p: f64, a: f64, b: f64, ncp: f64) -> f64 {
    inverse(p, a, b, ncp, Side::Upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for ncp in [1e-9, 2.0, 50.0] {
            for p in [1e-9, 0.01, 0.5, 0.8] {
                let x = quantile(p, 1.5, 4.0, ncp);
                assert!((cdf(x, 1.5, 4.0, ncp) / p - 1.0).abs() < 1e-12, "{ncp} {p}");
                assert!((cdf(x, 1.5, 4.0, ncp) + sf(x, 1.5, 4.0, ncp) - 1.0).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(cdf(0.0, 1.0, 1.0, 3.0), 0.0);
        assert_eq!(sf(1.0, 1.0, 1.0, 3.0), 0.0);
        assert_eq!(isf(1.0, 1.0, 1.0, 3.0), 0.0);
        assert!(cdf(0.5, 1.0, 1.0, -3.0).is_nan() && quantile(7.0, 1.0, 1.0, 3.0).is_nan());
    }
}
