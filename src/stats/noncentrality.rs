//! Which noncentrality has an observed statistic in a given tail: confidence limits of noncentrality
//! parameters, and so of standardised differences and of shares of variance.
//!
//! The distribution function falls steadily as the noncentrality grows, so at most one noncentrality gives
//! an observed statistic the probability that is asked for. Limits at level 1 − 2p are where the upper tail
//! has probability p and where the lower tail has it.
//!
//! Source: Steiger, Fouladi (1997), "Noncentrality interval estimation and the evaluation of statistical
//! models", in Harlow, Mulaik, Steiger, "What if there were no significance tests?", chapter 9.
//!
//! Relative error below 1e-11 for statistics within the range in which [`super::noncentral_t`] and
//! [`super::noncentral_f`] state theirs; the cost grows as theirs.

use super::root::enclosed;
use super::{noncentral_f, noncentral_t, normal};
use libm::{log, sqrt};

/// How a tail changes with the noncentrality: that of larger statistics grows.
#[derive(Clone, Copy)]
enum Tail {
    Grows,
    Falls,
}

/// Where the logarithm of a tail meets that of a probability, at `least` or above it.
///
/// The search goes from `start` in steps of `width`, then twice as long ones, and so on, until the place is
/// enclosed. Newton's steps on the logarithm can lead so far out that a single tail takes hours.
fn meet(way: Tail, [least, start]: [f64; 2], width: f64, p: f64, tail: impl Fn(f64) -> f64) -> f64 {
    // A tail of zero is as far out as can be told.
    let error = |noncentrality: f64| log(tail(noncentrality).max(f64::MIN_POSITIVE) / p);
    let too_large = error(start) > 0.0;
    let direction = match way {
        Tail::Grows if too_large => -1.0,
        Tail::Falls if !too_large => -1.0,
        _ => 1.0,
    };
    let (mut near, mut step) = (start, width);
    for _ in 0..60 {
        let far = (near + direction * step).max(least);
        if (error(far) > 0.0) != too_large {
            return enclosed(near.min(far), near.max(far), 1e-16 * width, error);
        }
        (near, step) = (far, 2.0 * step);
    }
    f64::NAN
}

/// Confidence limits of the noncentrality of a t statistic with `df` degrees of freedom.
///
/// The lower limit is the noncentrality at which a larger statistic has probability (1 − `level`)/2, the
/// upper one that at which a smaller one has it. NaN for a `level` outside (0, 1), invalid `df`, or a
/// statistic that is not finite.
#[must_use]
pub fn limits_of_t(t: f64, df: f64, level: f64) -> [f64; 2] {
    let p = 0.5 * (1.0 - level);
    if !(level > 0.0 && level < 1.0 && t.is_finite() && df > 0.0 && df.is_finite()) {
        return [f64::NAN; 2];
    }
    let width = sqrt(1.0 + 0.5 * t * t / df);
    // The upper limit of t is minus the lower one of −t.
    let lower = |t: f64| {
        let start = t - normal::isf(p) * width;
        meet(Tail::Grows, [f64::NEG_INFINITY, start], width, p, |ncp| noncentral_t::sf(t, df, ncp))
    };
    [lower(t), -lower(-t)]
}

/// Confidence limits of the noncentrality of an F statistic with `df1` and `df2` degrees of freedom.
///
/// As [`limits_of_t`], except that a noncentrality is never below zero. The lower limit is 0 where without any
/// noncentrality a larger F already has at least the probability that is asked for, the upper limit where a
/// smaller F has no more than that. An upper limit of 0 says that F is smaller than chance alone makes it but
/// in (1 − `level`)/2 of all trials, and not that the noncentrality is known to be 0.
#[must_use]
pub fn limits_of_f(f: f64, df1: f64, df2: f64, level: f64) -> [f64; 2] {
    let p = 0.5 * (1.0 - level);
    let central = [noncentral_f::sf(f, df1, df2, 0.0), noncentral_f::cdf(f, df1, df2, 0.0)];
    if !(level > 0.0 && level < 1.0 && f.is_finite() && central.iter().all(|tail| !tail.is_nan())) {
        return [f64::NAN; 2];
    }
    let observed = df1 * f.max(0.0);
    let width = sqrt(2.0 * df1 + 4.0 * observed + 2.0 * observed * observed / df2);
    let (middle, reach) = (observed - df1, normal::isf(p) * width);
    let lower = if central[0] >= p {
        0.0
    } else {
        let start = (middle - reach).max(0.0);
        meet(Tail::Grows, [0.0, start], width, p, |ncp| noncentral_f::sf(f, df1, df2, ncp))
    };
    let upper = if central[1] <= p {
        0.0
    } else {
        let start = (middle + reach).max(0.0);
        meet(Tail::Falls, [0.0, start], width, p, |ncp| noncentral_f::cdf(f, df1, df2, ncp))
    };
    [lower, upper]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(ours: f64, p: f64) {
        assert!((ours / p - 1.0).abs() < 1e-10, "{ours} for {p}");
    }

    #[test]
    fn limits_of_t_give_back_their_probability() {
        for df in [1.0, 2.5, 36.0, 113.0, 1e5] {
            for t in [-60.0, -3.6, -0.2, 0.0, 1e-9, 1.0, 2.83, 12.0, 100.0] {
                for level in [0.1, 0.8, 0.95, 0.999] {
                    let [lower, upper] = limits_of_t(t, df, level);
                    near(noncentral_t::sf(t, df, lower), 0.5 * (1.0 - level));
                    near(noncentral_t::cdf(t, df, upper), 0.5 * (1.0 - level));
                    assert!(lower < upper);
                    assert_eq!(limits_of_t(-t, df, level), [-upper, -lower]);
                }
            }
        }
    }

    #[test]
    fn limits_of_f_give_back_their_probability_or_are_zero() {
        let (mut zero, mut positive) = (0, 0);
        for (df1, df2) in [(1.0, 1.0), (1.0, 36.0), (3.0, 113.0), (8.0, 5.0), (2.0, 1e5)] {
            for f in [0.0, 1e-6, 0.02, 0.9, 1.0, 4.0, 5.0, 30.0] {
                for level in [0.1, 0.8, 0.95, 0.999] {
                    let p = 0.5 * (1.0 - level);
                    let [lower, upper] = limits_of_f(f, df1, df2, level);
                    for (limit, tail) in [
                        (lower, noncentral_f::sf(f, df1, df2, lower)),
                        (upper, noncentral_f::cdf(f, df1, df2, upper)),
                    ] {
                        if limit > 0.0 {
                            near(tail, p);
                            positive += 1;
                        } else {
                            assert_eq!(limit, 0.0);
                            zero += 1;
                        }
                    }
                    assert_eq!(lower == 0.0, noncentral_f::sf(f, df1, df2, 0.0) >= p);
                    assert_eq!(upper == 0.0, noncentral_f::cdf(f, df1, df2, 0.0) <= p);
                    assert!(lower <= upper);
                }
            }
        }
        assert!(zero > 50 && positive > 150, "{zero} {positive}");
    }

    /// Newton's method once went from such a place to noncentralities of 10¹⁷.
    #[test]
    fn few_degrees_of_freedom_and_large_statistics_take_no_longer() {
        let [lower, upper] = limits_of_t(1e4, 1.0, 0.999);
        near(noncentral_t::sf(1e4, 1.0, lower), 0.0005);
        near(noncentral_t::cdf(1e4, 1.0, upper), 0.0005);
        let [lower, upper] = limits_of_f(1e6, 1.0, 1.0, 0.95);
        near(noncentral_f::sf(1e6, 1.0, 1.0, lower), 0.025);
        near(noncentral_f::cdf(1e6, 1.0, 1.0, upper), 0.025);
    }

    /// With one degree of freedom F is t², and near its own noncentrality the other tail of t is nothing.
    #[test]
    fn f_with_one_degree_of_freedom_is_t_squared() {
        let of_t = limits_of_t(9.0, 40.0, 0.95);
        let of_f = limits_of_f(81.0, 1.0, 40.0, 0.95);
        for (t, f) in of_t.iter().zip(of_f) {
            assert!((t * t / f - 1.0).abs() < 1e-11, "{t} {f}");
        }
    }

    #[test]
    fn nothing_but_numbers_gives_limits() {
        for [lower, upper] in [
            limits_of_t(f64::NAN, 3.0, 0.95),
            limits_of_t(f64::INFINITY, 3.0, 0.95),
            limits_of_t(1.0, 0.0, 0.95),
            limits_of_t(1.0, 3.0, 1.0),
            limits_of_f(f64::NAN, 1.0, 3.0, 0.95),
            limits_of_f(1.0, 0.0, 3.0, 0.95),
            limits_of_f(1.0, 1.0, 3.0, 0.0),
        ] {
            assert!(lower.is_nan() && upper.is_nan());
        }
    }
}
