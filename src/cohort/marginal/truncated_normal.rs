//! The normal law within limits, with a stated mean and standard deviation.
//!
//! In units of the stated SD from the stated mean, its density on [A, B] is
//! proportional to exp(λx − τx²/2), τ > 0: an exponential family, so λ and τ are
//! where a convex function, ln ∫ exp(λx − τx²/2)dx + τ/2, is least, and Newton's
//! method finds them. The SD can be no larger than at τ = 0, an exponential law.

use super::{Marginal, Quantile, Unreachable, within_reach};
use crate::stats::normal;
use crate::stats::quadrature::GaussLegendre;

/// The parent's mean + the parent's SD · a normal deviate within its limits.
#[derive(Debug)]
struct TruncatedNormal {
    parent_mean: f64,
    parent_sd: f64,
    /// The parent's tails beyond the limits, and what lies within.
    below: f64,
    above: f64,
    within: f64,
    limits: (f64, f64),
}

impl Quantile for TruncatedNormal {
    fn at(&self, score: f64) -> f64 {
        let lower = self.below + normal::cdf(score) * self.within;
        let upper = self.above + normal::sf(score) * self.within;
        let deviate = if lower < upper { normal::quantile(lower) } else { normal::isf(upper) };
        (self.parent_mean + self.parent_sd * deviate).max(self.limits.0).min(self.limits.1)
    }
}

/// Largest share of the SD at which the law would be exponential: nearer than this its parent is too
/// far away to be found with full accuracy.
const NEARLY_EXPONENTIAL: f64 = 0.999;

impl Marginal {
    /// Normal within limits; `mean` and `sd` are those within.
    ///
    /// # Errors
    /// If the mean is not within the limits, or the SD is too large for them.
    pub fn truncated_normal(
        mean: f64,
        sd: f64,
        min: Option<f64>,
        max: Option<f64>,
    ) -> Result<Self, Unreachable> {
        let limits = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
        let (parent_mean, parent_sd) = parent_of_truncated(mean, sd, min, max)?;
        let (alpha, beta) = ((limits.0 - parent_mean) / parent_sd, (limits.1 - parent_mean) / parent_sd);
        let (below, above) = (normal::cdf(alpha), normal::sf(beta));
        // The difference of the smaller tails loses the fewest digits.
        let within = if alpha > 0.0 { normal::sf(alpha) - above } else { normal::cdf(beta) - below };
        let law = TruncatedNormal { parent_mean, parent_sd, below, above, within, limits };
        Ok(Marginal::smooth(mean, sd, law))
    }
}

/// Mean and standard deviation of the normal law that has this mean and standard deviation within
/// limits.
///
/// # Errors
/// If the mean is not within the limits, or the SD is too large for them.
pub fn parent_of_truncated(
    mean: f64,
    sd: f64,
    min: Option<f64>,
    max: Option<f64>,
) -> Result<(f64, f64), Unreachable> {
    let limits = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
    if mean <= limits.0 || mean >= limits.1 {
        let allowed = match (min, max) {
            (Some(min), Some(max)) => format!("a mean between {min} and {max}"),
            (Some(min), None) => format!("a mean above {min}"),
            _ => format!("a mean below {}", limits.1),
        };
        return Err(Unreachable::mean(allowed));
    }
    let reaches = [mean - limits.0, limits.1 - mean];
    within_reach(sd, reaches.into_iter().filter(|reach| reach.is_finite()).fold(0.0, f64::max))?;
    let most = NEARLY_EXPONENTIAL * largest_sd(mean, limits);
    if sd > most {
        return Err(Unreachable::sd(format!("an SD below {most:.6} with this mean and these limits")));
    }
    let (lambda, tau) = Family { low: (limits.0 - mean) / sd, high: (limits.1 - mean) / sd }.solve();
    Ok((mean + sd * lambda / tau, sd / tau.sqrt()))
}

/// The SD of the exponential law with this mean within the limits.
fn largest_sd(mean: f64, limits: (f64, f64)) -> f64 {
    match (limits.0.is_finite(), limits.1.is_finite()) {
        (true, false) => mean - limits.0,
        (false, true) => limits.1 - mean,
        (false, false) => f64::INFINITY,
        (true, true) => {
            let width = limits.1 - limits.0;
            let family = Family { low: 0.0, high: 1.0 };
            let target = (mean - limits.0) / width;
            let (mut low, mut high) = (-1e4, 1e4);
            for _ in 0..200 {
                let middle = 0.5 * (low + high);
                if family.moments(middle, 0.0).mean < target { low = middle } else { high = middle }
            }
            width * family.moments(0.5 * (low + high), 0.0).variance.sqrt()
        }
    }
}

/// Densities proportional to exp(λx − τx²/2) between two limits.
struct Family {
    low: f64,
    high: f64,
}

struct Moments {
    /// ln ∫ exp(λx − τx²/2)dx.
    log_total: f64,
    mean: f64,
    variance: f64,
    /// E x², Cov(x, x²), Var(x²).
    square: f64,
    covariance: f64,
    variance_of_square: f64,
}

impl Family {
    /// By quadrature over where the density is above e⁻⁴⁰ of its peak.
    fn moments(&self, lambda: f64, tau: f64) -> Moments {
        let mode = if tau > 0.0 { lambda / tau } else { lambda * f64::INFINITY };
        let mode = if mode.is_nan() { 0.0 } else { mode }.clamp(self.low, self.high);
        let slope = (lambda - tau * mode).abs();
        let root = (slope * slope + 80.0 * tau).sqrt();
        // From slope·w + τw²/2 = 40, written so that τ may be 0.
        let reach = if slope + root > 0.0 { 80.0 / (slope + root) } else { f64::INFINITY };
        let (from, to) = (self.low.max(mode - reach), self.high.min(mode + reach));
        let density = |x: f64| libm::exp((x - mode) * (lambda - 0.5 * tau * (x + mode)));
        let rule = GaussLegendre::new(20);
        let integral = |f: &dyn Fn(f64) -> f64| rule.integrate_composite(|x| f(x) * density(x), from, to, 12);
        let total = integral(&|_| 1.0);
        let mean = integral(&|x| x) / total;
        let square = integral(&|x| x * x) / total;
        Moments {
            log_total: libm::log(total) + mode * (lambda - 0.5 * tau * mode),
            mean,
            square,
            variance: integral(&|x| (x - mean) * (x - mean)) / total,
            covariance: integral(&|x| (x - mean) * (x * x - square)) / total,
            variance_of_square: integral(&|x| (x * x - square) * (x * x - square)) / total,
        }
    }

    /// λ and τ at which mean and variance are 0 and 1.
    fn solve(&self) -> (f64, f64) {
        let (mut lambda, mut tau) = (0.0, 1.0);
        for _ in 0..200 {
            let now = self.moments(lambda, tau);
            let (of_lambda, of_tau) = (now.mean, 0.5 - 0.5 * now.square);
            if of_lambda.abs() < 1e-14 && of_tau.abs() < 1e-14 {
                break;
            }
            // Newton's step for the least of ln total + τ/2.
            let (a, b, d) = (now.variance, -0.5 * now.covariance, 0.25 * now.variance_of_square);
            let determinant = a * d - b * b;
            let step =
                ((d * of_lambda - b * of_tau) / determinant, (a * of_tau - b * of_lambda) / determinant);
            let objective = |lambda: f64, tau: f64| self.moments(lambda, tau).log_total + 0.5 * tau;
            let before = now.log_total + 0.5 * tau;
            let mut length = 1.0;
            let decrease = of_lambda * step.0 + of_tau * step.1;
            // Near the end the objective is flat to the last bit, and full steps are right.
            while tau - length * step.1 <= 0.0
                || (decrease > 1e-10
                    && objective(lambda - length * step.0, tau - length * step.1)
                        > before - 1e-4 * length * decrease)
            {
                length *= 0.5;
                if length < 1e-12 {
                    break;
                }
            }
            (lambda, tau) = (lambda - length * step.0, tau - length * step.1);
        }
        (lambda, tau)
    }
}
