//! The largest of several dependent |t| statistics with one common estimate of variance.
//!
//! Tⱼ = Xⱼ/s with standard normal Xⱼ, correlated as λᵢλⱼ, and independent s = √(χ²/df). So it is where
//! several arms are compared with one: λⱼ = √(nⱼ/(nⱼ + n₀)). With Xⱼ = λⱼZ + √(1 − λⱼ²)Eⱼ they are
//! independent given s and the common part Z; what is left is an integral over these two. Both integrands
//! are smooth on the whole line (the one over s in ln s), where the trapezoidal rule is accurate to rounding
//! as soon as its step is short against the integrand's width (Trefethen, Weideman 2014, SIAM Rev. 56:385).
//!
//! Source: Dunnett (1955), J. Am. Stat. Assoc. 50:1096. Asks for df > 0, ∞ included, and |λⱼ| < 1; anything
//! else gives NaN.

use super::special::log_gamma_prefactor;
use super::{normal, student_t};
use libm::{exp, log, log1p, sqrt};

/// Terms below this share of the sum are left out.
const NEGLIGIBLE: f64 = 1e-18;

/// P(max |Tⱼ| > t) for t ≥ 0: the adjusted p value of a comparison with |T| = t. Relative error below 1e-12.
pub fn sf(t: f64, df: f64, loadings: &[f64]) -> f64 {
    if t.is_nan() || t < 0.0 || df.is_nan() || df <= 0.0 || !loadings.iter().all(|l| l.abs() < 1.0) {
        return f64::NAN;
    }
    if loadings.len() < 2 {
        return if loadings.is_empty() { 0.0 } else { student_t::p_value(t, df) };
    }
    if t == 0.0 {
        return 1.0;
    }
    if t == f64::INFINITY {
        return 0.0;
    }
    if df == f64::INFINITY {
        return of_normals(t, loadings);
    }
    // In x = ln s the density of s is proportional to exp(df·x − df·e²ˣ/2): a hump of standard deviation
    // 1/√(2df), with a left tail of rate df. The tail probability moves it to where e²ˣ = df/(df + t²).
    let step = (0.5 / sqrt(2.0 * df)).min(0.1);
    let peak = -0.5 * log1p(t * t / df);
    let term = |x: f64| {
        let s = exp(x);
        let density = 2.0 * exp(log_gamma_prefactor(0.5 * df, 0.5 * df * s * s));
        density * of_normals(t * s, loadings)
    };
    let mut sum = term(peak);
    for direction in [-step, step] {
        for k in 1..100_000 {
            let next = term(peak + direction * f64::from(k));
            sum += next;
            if next <= NEGLIGIBLE * sum {
                break;
            }
        }
    }
    (step * sum).min(1.0)
}

/// P(max |Xⱼ| > x) for the standard normal Xⱼ, x > 0: 1 − Π(1 − qⱼ(z)), averaged over z.
fn of_normals(x: f64, loadings: &[f64]) -> f64 {
    // The transform of φ(z)ΠΦ(aⱼz) with aⱼ² = λⱼ²/(1 − λⱼ²) falls as a Gaussian of variance 1 + Σaⱼ².
    let squares: f64 = loadings.iter().map(|l| l * l / (1.0 - l * l)).sum();
    let step = 0.7 / sqrt(1.0 + squares);
    // Beyond, φ(z) is negligible against 2Φ(−x).
    let last = (sqrt(76.0 + x * x) / step) as u32;
    let any = |z: f64| {
        let (mut outside, mut q, mut before) = (0.0, 0.0, f64::NAN);
        for &loading in loadings {
            // Arms of one size are told once.
            if loading != before {
                let rest = 1.0 / sqrt((1.0 - loading) * (1.0 + loading));
                q = normal::sf((x + loading * z) * rest) + normal::sf((x - loading * z) * rest);
                before = loading;
            }
            outside += q * (1.0 - outside);
        }
        outside
    };
    let term = |k: u32| {
        let z = step * f64::from(k);
        normal::density(z) * any(z)
    };
    // The integrand is even.
    step * (term(0) + 2.0 * (1..=last).map(term).sum::<f64>())
}

/// The t ≥ 0 that max |Tⱼ| exceeds with probability `p` in [0, 1]: the critical value at two-sided level `p`.
/// Relative error below 1e-11.
pub fn isf(p: f64, df: f64, loadings: &[f64]) -> f64 {
    let many = loadings.len() as f64;
    if many < 2.0 || p == 0.0 || p == 1.0 {
        return student_t::isf(0.5 * p, df);
    }
    if sf(1.0, df, loadings).is_nan() || !(0.0..1.0).contains(&p) {
        return f64::NAN;
    }
    // One alone and Bonferroni's inequality enclose it; in between the secant does well.
    let error = |t: f64| log(sf(t, df, loadings) / p);
    let (mut low, mut high) = (student_t::isf(0.5 * p, df), student_t::isf(0.5 * p / many, df));
    let (mut before, mut at_before) = (low, error(low));
    let (mut t, mut at_t) = (high, error(high));
    for _ in 0..100 {
        if at_t == 0.0 || at_t.is_nan() {
            break;
        }
        let secant = t - at_t * (t - before) / (at_t - at_before);
        let next = if secant > low && secant < high { secant } else { 0.5 * low + 0.5 * high };
        (before, at_before) = (t, at_t);
        t = next;
        if (t - before).abs() <= 1e-9 * t {
            break;
        }
        at_t = error(t);
        if at_t > 0.0 { low = t } else { high = t }
    }
    t
}

/// Loadings that give these correlations of two or three statistics exactly, in the order (1,2), (1,3),
/// (2,3); signs do not matter to |t|. `None` if there are none: then no one common part explains the
/// correlations.
#[must_use]
pub fn loadings(correlations: &[f64]) -> Option<[f64; 3]> {
    let found = match *correlations {
        [] => [0.0; 3],
        [r] => [sqrt(r.abs()), sqrt(r.abs()), 0.0],
        [r, s, u] => [sqrt(r * s / u), sqrt(r * u / s), sqrt(s * u / r)],
        _ => return None,
    };
    // Close to 1 the integrand is a step.
    found.iter().all(|&loading| loading < 0.999).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(computed: f64, expected: f64, tolerance: f64) {
        assert!((computed / expected - 1.0).abs() < tolerance, "{computed} for {expected}");
    }

    #[test]
    fn without_correlation_of_normals_it_is_sidak() {
        for x in [0.1, 1.0, 2.5, 8.0, 30.0] {
            let one = 2.0 * normal::sf(x);
            near(sf(x, f64::INFINITY, &[0.0; 3]), -libm::expm1(3.0 * log1p(-one)), 1e-13);
        }
    }

    /// Gauss–Legendre quadrature with 60 nodes in each of many panels of s and z, by SciPy; the first also by
    /// mpmath with 17 digits. Other loadings, degrees of freedom and tails than in the files of R.
    #[test]
    fn tails_agree_with_another_quadrature() {
        let values: [(f64, f64, &[f64], f64); 6] = [
            (2.5, 20.0, &[0.7, 0.7, 0.7], 0.05457228364948931),
            (1.2, 3.0, &[0.2, 0.6, 0.95], 0.5841246789766695),
            (6.0, 8.0, &[0.6, 0.75, 0.5], 0.0008819272373582905),
            (2.3, 113.0, &[0.72, 0.7, 0.69], 0.06101863684667358),
            (3.0, 1.0, &[0.7, 0.5, 0.8], 0.3215915305521202),
            (9.0, 36.0, &[0.7, 0.6], 1.915581193802675e-10),
        ];
        for (t, df, loadings, value) in values {
            near(sf(t, df, loadings), value, 1e-12);
        }
    }

    #[test]
    fn quantiles_return() {
        for df in [1.0, 3.0, 38.0, 1e4, f64::INFINITY] {
            for p in [0.9, 0.05, 1e-6] {
                for loadings in [&[0.7, 0.7, 0.7][..], &[0.2, 0.6, 0.95], &[0.0, 0.9]] {
                    let t = isf(p, df, loadings);
                    near(sf(t, df, loadings), p, 1e-10);
                }
            }
        }
    }

    #[test]
    fn loadings_give_back_the_correlations() {
        let [a, b, c] = loadings(&[0.3, 0.4, 0.55]).unwrap();
        assert!((a * b - 0.3).abs() < 1e-15 && (a * c - 0.4).abs() < 1e-15 && (b * c - 0.55).abs() < 1e-15);
        // 0.1 between two that both go closely with the third.
        assert!(loadings(&[0.1, 0.6, 0.7]).is_none());
        assert!(loadings(&[-0.1, 0.6, 0.7]).is_none());
        assert_eq!(loadings(&[-0.25]).unwrap()[..2], [0.5, 0.5]);
    }

    #[test]
    fn ends_and_invalid_arguments() {
        assert_eq!((sf(0.0, 5.0, &[0.5; 3]), sf(f64::INFINITY, 5.0, &[0.5; 3])), (1.0, 0.0));
        assert_eq!((isf(0.0, 5.0, &[0.5; 3]), isf(1.0, 5.0, &[0.5; 3])), (f64::INFINITY, 0.0));
        assert!(sf(-1.0, 5.0, &[0.5; 3]).is_nan() && sf(1.0, 0.0, &[0.5; 3]).is_nan());
        assert!(sf(1.0, 5.0, &[1.0, 0.5]).is_nan() && isf(1.5, 5.0, &[0.5; 3]).is_nan());
    }
}
