//! The correlation of two variables that are made from correlated normal scores.
//!
//! In come two marginals and the correlation that they should have, on a stated
//! scale; out comes that of the scores from which they are made, or the range that
//! can be reached ("normal to anything": Cario, Nelson 1997, Northwestern
//! University technical report).

use super::hermite::coefficients;
use super::{Marginal, Shape, Steps, Transform};
use crate::stats::normal;
use crate::stats::quadrature::GaussLegendre;
use std::f64::consts::PI;

/// On which scale a correlation is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Pearson's, of the variables themselves.
    Pearson,
    /// Spearman's, of their ranks; ties share the middle rank.
    Spearman,
    /// That of the normal scores.
    Latent,
}

/// The correlations that two variables can have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

/// Correlations of scores beyond this are taken for it: expansions get long near 1.
const CLOSEST: f64 = 0.999;

/// Within this most correlations lie.
const CLOSE: f64 = 0.9;

/// Laws with up to so many steps are summed exactly; those with more are expanded.
const FEW: usize = 32;

/// The correlation of scores that gives two variables this correlation.
///
/// # Errors
/// The range that can be reached, if the correlation is not within it.
pub fn latent(a: &Marginal, b: &Marginal, target: f64, scale: Scale) -> Result<f64, Range> {
    match scale {
        Scale::Latent => return Ok(target),
        Scale::Pearson if a.is_normal() && b.is_normal() => return Ok(target),
        Scale::Pearson => {}
        Scale::Spearman => return latent_of_ranks(a, b, target),
    }
    let pair = Pair::new(a, b);
    if let Pair::Series(terms) = &pair
        && let &[slope] = terms.as_slice()
    {
        let r = target / slope;
        let most = slope.abs();
        return if r.abs() < 1.0 { Ok(r) } else { Err(Range { least: -most, most }) };
    }
    // Steep integrals near ±1 only where they are needed.
    for end in [CLOSE, CLOSEST] {
        let (low, high) = (pair.correlation(-end), pair.correlation(end));
        if (low..=high).contains(&target) {
            return Ok(pair.solve(target, (-end, low), (end, high)));
        }
    }
    Err(Range { least: pair.correlation(-CLOSEST), most: pair.correlation(CLOSEST) })
}

/// The correlation, on a scale, of two variables whose scores correlate by `latent`.
#[must_use]
pub fn stated(a: &Marginal, b: &Marginal, latent: f64, scale: Scale) -> f64 {
    match scale {
        Scale::Latent => latent,
        Scale::Pearson if a.is_normal() && b.is_normal() => latent,
        Scale::Pearson => correlation(a, b, latent),
        Scale::Spearman => match both_ranks(a, b) {
            Some((one, other)) => correlation(&one, &other, latent),
            None => 6.0 / PI * libm::asin(0.5 * latent),
        },
    }
}

/// Spearman's correlation of continuous laws is 6 ÷ π · arcsin(r ÷ 2) (Pearson 1907); with steps it
/// is Pearson's of the middle ranks, which are steps of another height.
fn latent_of_ranks(a: &Marginal, b: &Marginal, target: f64) -> Result<f64, Range> {
    match both_ranks(a, b) {
        Some((one, other)) => latent(&one, &other, target, Scale::Pearson),
        None => Ok(2.0 * libm::sin(PI / 6.0 * target)),
    }
}

/// The ranks of two laws of which at least one has steps.
fn both_ranks(a: &Marginal, b: &Marginal) -> Option<(Marginal, Marginal)> {
    let uniform = || Marginal::beta(0.5, (1.0_f64 / 12.0).sqrt(), 0.0, 1.0).ok();
    match (ranks(a), ranks(b)) {
        (None, None) => None,
        (one, other) => Some((one.or_else(uniform)?, other.or_else(uniform)?)),
    }
}

/// The middle ranks of a law with steps, as shares.
fn ranks(marginal: &Marginal) -> Option<Marginal> {
    let Shape::Steps(steps) = &marginal.shape else { return None };
    let mut below: Vec<f64> = steps.limits.iter().map(|limit| normal::cdf(*limit)).collect();
    below.insert(0, 0.0);
    below.push(1.0);
    let shares: Vec<f64> = below.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = below.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
    Some(Marginal::steps(middle, &shares))
}

/// Pearson's correlation of two variables whose scores correlate by `latent`.
#[must_use]
pub fn correlation(a: &Marginal, b: &Marginal, latent: f64) -> f64 {
    Pair::new(a, b).correlation(latent)
}

/// Two marginals, ready.
enum Pair<'m> {
    /// Coefficients of both, divided by the SDs, multiplied: Σ cₖrᵏ.
    Series(Vec<f64>),
    /// A law and one with few steps.
    Steps { law: Law<'m>, steps: &'m Steps, sds: f64 },
}

/// A law, tabulated where its values take long to find.
struct Law<'m> {
    mean: f64,
    shape: &'m Shape,
    table: Transform,
}

impl<'m> Law<'m> {
    fn new(marginal: &'m Marginal) -> Self {
        Law { mean: marginal.mean, shape: &marginal.shape, table: Transform::new(marginal) }
    }

    fn deviation(&self, score: f64) -> f64 {
        let mut value = [score];
        self.table.apply(&mut value);
        value[0] - self.mean
    }
}

impl<'m> Pair<'m> {
    fn new(a: &'m Marginal, b: &'m Marginal) -> Self {
        let few = |marginal: &'m Marginal| match &marginal.shape {
            Shape::Steps(steps) if steps.values.len() <= FEW => Some(steps),
            _ => None,
        };
        let sds = a.sd * b.sd;
        match (few(a), few(b)) {
            // A normal partner leaves one term of the series, and that is exact.
            _ if a.is_normal() || b.is_normal() => {}
            (_, Some(steps)) => return Pair::Steps { law: Law::new(a), steps, sds },
            (Some(steps), _) => return Pair::Steps { law: Law::new(b), steps, sds },
            _ => {}
        }
        let (a, b) = (coefficients(a), coefficients(b));
        Pair::Series(a.iter().zip(&b).skip(1).map(|(a, b)| a * b / sds).collect())
    }

    fn correlation(&self, r: f64) -> f64 {
        match self {
            // Horner's rule.
            Pair::Series(terms) => r * terms.iter().rev().fold(0.0, |sum, term| sum * r + term),
            Pair::Steps { law, steps, sds } => covariance_with_steps(law, steps, r) / sds,
        }
    }

    /// The correlation of scores at which it is the target, between two at which it is known.
    fn solve(&self, target: f64, low: (f64, f64), high: (f64, f64)) -> f64 {
        let ((mut low, mut high), (mut at_low, mut at_high)) =
            ((low.0, high.0), (low.1 - target, high.1 - target));
        // False position with Illinois's halving, which keeps the bracket.
        for _ in 0..200 {
            let r = (low * at_high - high * at_low) / (at_high - at_low);
            let value = self.correlation(r) - target;
            if value.abs() < 1e-12 || high - low < 1e-14 {
                return r;
            }
            if value < 0.0 {
                (low, at_low) = (r, value);
                at_high *= 0.5;
            } else {
                (high, at_high) = (r, value);
                at_low *= 0.5;
            }
        }
        0.5 * (low + high)
    }
}

/// Σ heights · E[(X − mean)·1(score above the limit)]; with r = sin θ its derivative by θ is
/// E[X′ | limit]·φ(limit)·cos θ, and integrated by parts it is a smooth integral over z.
fn covariance_with_steps(law: &Law<'_>, steps: &Steps, r: f64) -> f64 {
    let rest = ((1.0 - r) * (1.0 + r)).sqrt();
    let above = |z: f64| -> f64 {
        let heights = steps.limits.iter().zip(steps.values.windows(2));
        heights.map(|(limit, pair)| (pair[1] - pair[0]) * normal::cdf((r * z - limit) / rest)).sum()
    };
    let rule = GaussLegendre::new(20);
    let part = |from: f64, to: f64, value: &dyn Fn(f64) -> f64| {
        // Steep places are as narrow as rest ÷ r.
        let panels = (2.0 + 2.0 * (to - from) * (1.0 + r.abs() / rest)).min(4000.0) as usize;
        rule.integrate_composite(|z| value(z) * above(z) * normal::density(z), from, to, panels)
    };
    match law.shape {
        Shape::Steps(own) => {
            let ends: Vec<f64> = own.limits.iter().map(|limit| limit.clamp(-9.5, 9.5)).collect();
            let from = std::iter::once(-9.5).chain(ends.iter().copied());
            let to = ends.iter().copied().chain(std::iter::once(9.5));
            let pieces = from.zip(to).zip(&own.values);
            pieces.map(|((from, to), value)| part(from, to, &|_| value - law.mean)).sum()
        }
        _ => part(-9.5, 9.5, &|z| law.deviation(z)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64, within: f64) {
        assert!((value - expected).abs() < within, "{value} instead of {expected}");
    }

    const SOME: [f64; 6] = [-0.9, -0.5, -0.1, 0.2, 0.6, 0.95];

    #[test]
    fn log_normal_pairs_have_a_closed_form() {
        let a = Marginal::log_normal(10.0, 5.0, 0.0).expect("a law");
        let b = Marginal::log_normal(3.0, 4.0, -1.0).expect("a law");
        let (s, t) = (libm::log(1.25).sqrt(), libm::log(2.0).sqrt());
        for r in SOME {
            // exp(r·s·t) − 1 over the coefficients of variation, .5 and 1.
            near(correlation(&a, &b, r), libm::expm1(r * s * t) / 0.5, 1e-8);
        }
        let range = latent(&a, &b, -0.9, Scale::Pearson).expect_err("out of reach");
        near(range.least, libm::expm1(-CLOSEST * s * t) / 0.5, 1e-8);
    }

    #[test]
    fn uniform_pairs_have_a_closed_form() {
        let uniform = Marginal::beta(0.5, (1.0_f64 / 12.0).sqrt(), 0.0, 1.0).expect("a law");
        for r in SOME {
            near(correlation(&uniform, &uniform, r), 6.0 / PI * libm::asin(0.5 * r), 1e-8);
        }
    }

    #[test]
    fn halves_have_a_closed_form() {
        // Sheppard's: two median splits correlate by 2 ÷ π · arcsin r, and one with its score by
        // r·√(2 ÷ π).
        let half = Marginal::categorical(&[0.5, 0.5]);
        let normal = Marginal::normal(3.0, 2.0);
        for r in SOME {
            near(correlation(&half, &half, r), 2.0 / PI * libm::asin(r), 1e-9);
            near(correlation(&half, &normal, r), r * (2.0 / PI).sqrt(), 1e-12);
        }
        let uniform = Marginal::beta(0.5, (1.0_f64 / 12.0).sqrt(), 0.0, 1.0).expect("a law");
        for r in SOME {
            // E[U·1(Z > 0)] = ¼ + arcsin(r ÷ √2) ÷ (2π), as Φ(Z₁) is a probability of its own.
            let covariance = libm::asin(r / 2.0_f64.sqrt()) / (2.0 * PI);
            near(correlation(&uniform, &half, r), covariance / (0.5 / 12.0_f64.sqrt()), 1e-8);
        }
    }

    #[test]
    fn what_is_asked_for_is_obtained() {
        let laws = [
            Marginal::normal(0.0, 1.0),
            Marginal::gamma(17.0, 10.0, 0.0).expect("a law"),
            Marginal::beta(17.0, 10.0, 0.0, 52.0).expect("a law"),
            Marginal::categorical(&[0.31, 0.40, 0.29]),
            Marginal::empirical(&(0..200).map(|k| f64::from(k * k)).collect::<Vec<_>>()),
        ];
        for a in &laws {
            for b in &laws {
                for target in [-0.6, 0.05, 0.4] {
                    let r = latent(a, b, target, Scale::Pearson).expect("within reach");
                    near(correlation(a, b, r), target, 1e-10);
                }
            }
        }
    }

    #[test]
    fn ranks_of_continuous_laws_do_not_depend_on_the_law() {
        let (a, b) = (Marginal::normal(0.0, 1.0), Marginal::gamma(3.0, 4.0, 0.0).expect("a law"));
        let r = latent(&a, &b, 0.5, Scale::Spearman).expect("within reach");
        near(6.0 / PI * libm::asin(0.5 * r), 0.5, 1e-14);
        // Middle ranks of two halves correlate as the halves do.
        let half = Marginal::categorical(&[0.5, 0.5]);
        let r = latent(&half, &half, 0.5, Scale::Spearman).expect("within reach");
        near(2.0 / PI * libm::asin(r), 0.5, 1e-9);
        assert_eq!(latent(&half, &b, 0.4, Scale::Latent), Ok(0.4));
    }

    /// NumPy and SciPy 1.17: Gauss-Legendre quadrature over both scores, or over one and the
    /// conditional expectation of steps given it.
    #[test]
    fn correlations_meet_two_dimensional_quadrature() {
        let ok = |law: Result<Marginal, _>| law.map_err(|_: super::super::Unreachable| ()).expect("a law");
        let gamma = ok(Marginal::gamma(10.0, 4.0, 1.0));
        let beta = ok(Marginal::beta(20.0, 5.0, 0.0, 27.0));
        let peaks_at_both_ends = ok(Marginal::beta(0.3, 0.4, 0.0, 1.0));
        let t = ok(Marginal::student_t(5.0, 2.0, 5.0));
        let log_normal = ok(Marginal::log_normal(10.0, 4.0, 1.0));
        let (three, four) =
            (Marginal::categorical(&[0.5, 0.3, 0.2]), Marginal::categorical(&[0.1, 0.2, 0.3, 0.4]));
        let normal = Marginal::normal(0.0, 1.0);
        let squares = |k: u32| ((f64::from(k) + 0.5) / 300.0) * ((f64::from(k) + 0.5) / 300.0);
        let many = Marginal::empirical(&(0..300).map(squares).collect::<Vec<_>>());
        let mirrored = gamma.clone().mirrored();
        let u = &peaks_at_both_ends;
        let cases = [
            ("gamma, beta", &gamma, &beta, 0.7, 0.640_795_330_167),
            ("gamma, beta", &gamma, &beta, -0.6, -0.585_613_038_282),
            ("t, log-normal", &t, &log_normal, 0.95, 0.903_134_060_686),
            ("U-shaped, gamma", u, &gamma, 0.9, 0.788_002_240_433),
            ("U-shaped, U-shaped", u, u, 0.5, 0.386_416_071_869),
            ("U-shaped, U-shaped", u, u, 0.99, 0.977_562_565_19),
            ("three, four", &three, &four, 0.6, 0.467_242_265_328),
            ("three, four", &three, &four, 0.999, 0.768_221_279_57),
            ("three, four", &three, &four, -0.8, -0.698_891_954_684),
            ("gamma, three", &gamma, &three, 0.8, 0.706_800_103_956),
            ("gamma, three", &gamma, &three, -0.5, -0.413_884_356_218),
            ("normal, four", &normal, &four, 0.5, 0.454_766_739_815),
            ("mirrored gamma, beta", &mirrored, &beta, 0.7, 0.686_369_300_085),
            ("many, many", &many, &many, 0.5, 0.465_016_233_647),
            ("many, many", &many, &many, 0.9, 0.883_388_534_566),
        ];
        for (name, a, b, r, expected) in cases {
            // Near 1 the series of two laws with peaks at both ends is cut off too early.
            let within = if r == 0.99 { 1e-5 } else { 1e-10 };
            let error = (correlation(a, b, r) - expected).abs();
            assert!(error < within, "{name} {r}: {error:.1e}");
        }
        let ranks = [
            ("three, four", &three, &four, 0.6, 0.482_063_961_75),
            ("three, four", &three, &four, 0.999, 0.841_879_982_356),
            ("three, four", &three, &four, -0.8, -0.688_371_937_278),
            ("gamma, three", &gamma, &three, 0.8, 0.710_520_855_874),
            ("gamma, three", &gamma, &three, -0.5, -0.431_204_530_038),
        ];
        for (name, a, b, r, expected) in ranks {
            let error = (stated(a, b, r, Scale::Spearman) - expected).abs();
            assert!(error < 1e-10, "ranks of {name} {r}: {error:.1e}");
        }
    }
}
