//! Student's t distribution with df > 0 degrees of freedom; df = ∞ is the normal distribution. Other
//! values give NaN.

mod critical_value;

pub use critical_value::CriticalValue;

use super::normal;
use super::root::{Coordinate, solve};
use super::special::{beta_tails, log_beta, odds_start};
use super::tails::{Side, Tails, Target};
use libm::{exp, log, log1p, sqrt};

/// Beyond these, |t| / √df is squared to zero or infinity, while the tail, by then exactly a power of t,
/// can still be a fair number: 1e-100 at |t| = 1e199 for half a degree of freedom.
const POWER_LAW: (f64, f64) = (1e-100, 1e100);

/// P(|T| ≤ t) and P(|T| > t) for t ≥ 0, with growth per log t².
fn two_sided(t: f64, df: f64) -> Tails {
    let scaled = t / sqrt(df);
    if scaled > POWER_LAW.0 && scaled < POWER_LAW.1 {
        return beta_tails(t * t / df, 0.5, 0.5 * df);
    }
    if t == 0.0 {
        return Tails::empty(Side::Lower);
    }
    if t == f64::INFINITY {
        return Tails::empty(Side::Upper);
    }
    let edge = if scaled < 1.0 { POWER_LAW.0 } else { POWER_LAW.1 };
    let at_edge = beta_tails(edge * edge, 0.5, 0.5 * df);
    let power = match at_edge.side {
        Side::Lower => 1.0,
        Side::Upper => -df,
    };
    Tails {
        // Not log(scaled / edge): for df < 1 `scaled` may overflow.
        log_scale: at_edge.log_scale + power * (log(t / edge) - 0.5 * log(df)),
        ..at_edge
    }
}

fn upper_tail(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df == f64::INFINITY {
        return normal::sf(t);
    }
    let beyond = 0.5 * two_sided(t.abs(), df).probability(Side::Upper);
    if t >= 0.0 { beyond } else { 1.0 - beyond }
}

/// Density (1 + t²/df)^{−(df+1)/2} / (√df B(½, df/2)). Relative error about 1e-15 times
/// (1 + |ln density|).
pub fn density(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df == f64::INFINITY {
        return normal::density(t);
    }
    let scaled = (t / sqrt(df)).abs();
    let log_stretch = if scaled < POWER_LAW.1 { log1p(t * t / df) } else { 2.0 * log(t.abs()) - log(df) };
    exp(-0.5 * (df + 1.0) * log_stretch - log_beta(0.5, 0.5 * df) - 0.5 * log(df))
}

/// Lower tail, ½ I_u(df/2, ½) for t ≤ 0 with u = df / (df + t²). Relative error below 1e-12 for df up to
/// 10⁶, below 1e-10 where it is below 1e-6.
pub fn cdf(t: f64, df: f64) -> f64 {
    upper_tail(-t, df)
}

/// Upper tail, ½ I_u(df/2, ½) for t ≥ 0 with u = df / (df + t²). Relative error below 1e-12 for df up to
/// 10⁶, below 1e-10 where it is below 1e-6.
pub fn sf(t: f64, df: f64) -> f64 {
    upper_tail(t, df)
}

/// Probability of a value at least as far from 0 on either side: the two-sided p value of `t`.
pub fn p_value(t: f64, df: f64) -> f64 {
    (2.0 * sf(t.abs(), df)).min(1.0)
}

/// The point with lower-tail probability `p` in [0, 1]; ±∞ at the ends, NaN for other p. See [`isf`].
pub fn quantile(p: f64, df: f64) -> f64 {
    -isf(p, df)
}

/// The point with upper-tail probability `p` in [0, 1]; ±∞ at the ends, NaN for other p.
///
/// Newton's method on the logarithm of the smaller of P(|T| ≤ t) and P(|T| > t) against ln |t|, so that
/// quantiles near 0 keep their relative accuracy too. Relative error below 1e-12.
pub fn isf(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df == f64::INFINITY {
        return normal::isf(p);
    }
    if p == 0.5 {
        return 0.0;
    }
    let (tail, sign) = if p < 0.5 { (p, 1.0) } else { (1.0 - p, -1.0) };
    if tail == 0.0 {
        return sign * f64::INFINITY;
    }
    let target = Target::new(2.0 * tail, Side::Upper);
    let start = sqrt(df) * sqrt(odds_start(0.5, 0.5 * df, &target));
    let root = solve(Coordinate::Logarithm, start, |t| {
        let (error, per_log_odds) = two_sided(t, df).log_error(&target);
        (error, 2.0 * per_log_odds)
    });
    sign * root
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::PI;

    #[test]
    fn one_degree_of_freedom_is_cauchy() {
        for t in [1e-200, 0.3, 1.0, 50.0] {
            assert!((cdf(t, 1.0) - (0.5 + libm::atan(t) / PI)).abs() < 1e-15);
            assert!((density(t, 1.0) * PI * (1.0 + t * t) - 1.0).abs() < 1e-14);
        }
        assert!((sf(1e250, 1.0) * PI * 1e250 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn tails_add_to_one_and_round_trip() {
        for df in [0.5, 2.0, 30.5, 1e6, f64::INFINITY] {
            for p in [1e-9, 0.025, 0.4, 0.8] {
                let t = quantile(p, df);
                assert!((cdf(t, df) / p - 1.0).abs() < 1e-12, "{df} {p}");
                assert!((cdf(t, df) + sf(t, df) - 1.0).abs() < 1e-15);
            }
        }
        assert_eq!(isf(1e-178, 0.128), f64::INFINITY);
        let near_median = quantile(0.5 + 1e-14, 5.0) * density(0.0, 5.0);
        assert!((near_median / ((0.5 + 1e-14) - 0.5) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!(quantile(0.0, 3.0), f64::NEG_INFINITY);
        assert_eq!(isf(0.0, 3.0), f64::INFINITY);
        assert_eq!(isf(0.5, 3.0), 0.0);
        assert_eq!(cdf(0.0, 3.0), 0.5);
        assert_eq!(cdf(f64::INFINITY, 3.0), 1.0);
        assert_eq!(density(f64::INFINITY, 3.0), 0.0);
        assert!(cdf(1.0, -1.0).is_nan() && quantile(1.5, 3.0).is_nan() && sf(f64::NAN, 3.0).is_nan());
    }
}
