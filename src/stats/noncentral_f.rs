//! The noncentral F distribution: (χ²_{df1}(ncp) / df1) / (χ²_{df2} / df2).
//!
//! df1, df2 > 0 and finite, ncp ≥ 0 and finite; other values give NaN. The power of an F test at level α is
//! `sf(fisher_f::isf(α, df1, df2), df1, df2, ncp)`.

use super::fisher_f;
use super::noncentral_beta::{odds_of_target, tails};
use super::noncentral_t::is_beyond;
use super::tails::{Side, Target};
use libm::sqrt;

fn valid(df1: f64, df2: f64, ncp: f64) -> bool {
    fisher_f::valid(df1, df2) && ncp >= 0.0 && ncp.is_finite()
}

fn tail(x: f64, df1: f64, df2: f64, ncp: f64, side: Side) -> f64 {
    if !valid(df1, df2, ncp) || x.is_nan() {
        return f64::NAN;
    }
    // F is at least (Z + √ncp)² ÷ df1 s².
    if is_beyond(sqrt(df1 * x.max(0.0)), df2, sqrt(ncp)) {
        return if side == Side::Upper { 1.0 } else { 0.0 };
    }
    tails(x * (df1 / df2), 0.5 * df1, 0.5 * df2, 0.5 * ncp).probability(side)
}

fn inverse(p: f64, df1: f64, df2: f64, ncp: f64, side: Side) -> f64 {
    if !valid(df1, df2, ncp) {
        return f64::NAN;
    }
    let target = match Target::within(p, side, (0.0, f64::INFINITY)) {
        Ok(target) => target,
        Err(end) => return end,
    };
    odds_of_target(0.5 * df1, 0.5 * df2, 0.5 * ncp, &target) * (df2 / df1)
}

/// Lower tail Σ Pois(j; ncp/2) I_u(df1/2 + j, df2/2), u = df1 x / (df1 x + df2); 0 for x ≤ 0.
/// Relative error below 1e-12 (1e-10 where it is below 1e-6) for degrees of freedom up to 10⁶ and ncp up
/// to 10⁴; the cost grows with √ncp.
pub fn cdf(x: f64, df1: f64, df2: f64, ncp: f64) -> f64 {
    tail(x, df1, df2, ncp, Side::Lower)
}

/// Upper tail Σ Pois(j; ncp/2) I_{1−u}(df2/2, df1/2 + j), u = df1 x / (df1 x + df2); 1 for x ≤ 0.
/// Accuracy and cost as for [`cdf`].
pub fn sf(x: f64, df1: f64, df2: f64, ncp: f64) -> f64 {
    tail(x, df1, df2, ncp, Side::Upper)
}

/// The point with lower-tail probability `p` in [0, 1]; NaN for other p. Newton's method on the logarithm
/// of the smaller tail against ln x, from Patnaik's approximation.
pub fn quantile(p: f64, df1: f64, df2: f64, ncp: f64) -> f64 {
    inverse(p, df1, df2, ncp, Side::Lower)
}

/// The point with upper-tail probability `p` in [0, 1]; NaN for other p. As [`quantile`].
pub fn isf(p: f64, df1: f64, df2: f64, ncp: f64) -> f64 {
    inverse(p, df1, df2, ncp, Side::Upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for (df1, df2, ncp) in [(1.0, 36.8, 7.8), (3.0, 2.0, 1e4), (20.0, 1e5, 0.3)] {
            for p in [1e-9, 0.01, 0.5, 0.975] {
                let x = isf(p, df1, df2, ncp);
                assert!((sf(x, df1, df2, ncp) / p - 1.0).abs() < 1e-11, "{df1} {df2} {ncp} {p}");
                assert!((cdf(x, df1, df2, ncp) + sf(x, df1, df2, ncp) - 1.0).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn what_is_as_good_as_certain_is_told_at_once() {
        for (x, df1, df2) in [(3.9, 1.0, 113.0), (4.0, 1.0, 20.0), (2.7, 3.0, 400.0)] {
            let border =
                (80..100_000).map(f64::from).find(|&root| is_beyond(sqrt(df1 * x), df2, root)).unwrap();
            let below = tails(x * (df1 / df2), 0.5 * df1, 0.5 * df2, 0.5 * border * border);
            assert!(below.probability(Side::Lower) < 1e-300, "{x} {df1} {df2} {border}");
            assert_eq!((cdf(x, df1, df2, 1e300), sf(x, df1, df2, 1e300)), (0.0, 1.0));
        }
    }

    #[test]
    fn without_noncentrality_it_is_fisher_f() {
        assert_eq!(sf(2.5, 3.0, 17.0, 0.0), fisher_f::sf(2.5, 3.0, 17.0));
        let near = sf(2.5, 3.0, 17.0, 1e-13) / fisher_f::sf(2.5, 3.0, 17.0);
        assert!((near - 1.0).abs() < 2e-13);
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(cdf(0.0, 1.0, 2.0, 3.0), 0.0);
        assert_eq!(sf(-1.0, 1.0, 2.0, 3.0), 1.0);
        assert_eq!(cdf(f64::INFINITY, 1.0, 2.0, 3.0), 1.0);
        assert_eq!(quantile(0.0, 1.0, 2.0, 3.0), 0.0);
        assert!(cdf(1.0, 1.0, 2.0, -1.0).is_nan() && isf(1.1, 1.0, 2.0, 3.0).is_nan());
        assert!(sf(1.0, 1.0, 2.0, f64::INFINITY).is_nan());
    }
}
