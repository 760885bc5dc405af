//! Power by formula of claims about adjusted means: in one direction, or that an effect lies within margins.
//!
//! Given the covariates' chance imbalance B, a contrast of adjusted means is normal about its truth with
//! variance σ²Σw²/n ÷ (1 − B), and its residual variance is σ²χ²/df, independent of it. So the power is an
//! expectation over B ~ Beta(p/2, (N − 4 − p + 1)/2) of the power at that variance.
//!
//! Sources: Shieh (2020), Psychometrika 85:101 (the imbalance); Phillips (1990), J. Pharmacokinet. Biopharm.
//! 18:137 (equivalence).

use super::closed_form::{Adjusted, Normal, PowerFormula};
use crate::estimand::ARMS;
use crate::stats::quadrature::GaussLegendre;
use crate::stats::{chi_squared, noncentral_t, normal, student_t};
use std::sync::LazyLock;

/// Nodes of the integral over the residual variance.
const NODES: usize = 96;

static RULE: LazyLock<GaussLegendre> = LazyLock::new(|| GaussLegendre::new(NODES));

/// Tail of the residual variance that is left out on either side.
const NOTHING: f64 = 1e-17;

impl Normal {
    /// Power of the one-sided t test at `level` that sign · contrast exceeds a bound.
    #[must_use]
    pub fn one_sided_power(
        &self,
        outcome: usize,
        covariates: &[usize],
        weights: &[f64; ARMS],
        (bound, sign): (f64, f64),
        level: f64,
    ) -> PowerFormula {
        let adjusted = match self.adjusted(outcome, covariates, weights) {
            Ok(adjusted) => adjusted,
            Err(none) => return none,
        };
        let df = adjusted.degrees_of_freedom;
        let critical = student_t::isf(level, df);
        let distance = sign * adjusted.truth - bound;
        let power =
            adjusted.over_imbalance(|variance| noncentral_t::sf(critical, df, distance / variance.sqrt()));
        PowerFormula::Exact {
            power, formula: formula(covariates, "noncentral t, N − 4 degrees of freedom")
        }
    }

    /// Power of two one-sided t tests, each at `level`, that a contrast lies within ± a margin.
    #[must_use]
    pub fn equivalence_power(
        &self,
        outcome: usize,
        covariates: &[usize],
        weights: &[f64; ARMS],
        margin: f64,
        level: f64,
    ) -> PowerFormula {
        let adjusted = match self.adjusted(outcome, covariates, weights) {
            Ok(adjusted) => adjusted,
            Err(none) => return none,
        };
        let Adjusted { degrees_of_freedom: df, truth, .. } = adjusted;
        let power = adjusted.over_imbalance(|variance| within(margin, truth, variance.sqrt(), df, level));
        PowerFormula::Exact {
            power,
            formula: formula(covariates, "normal estimate and χ² residual variance, integrated"),
        }
    }
}

fn formula(covariates: &[usize], plain: &'static str) -> &'static str {
    if covariates.is_empty() { plain } else { "averaged over the covariates' chance imbalance" }
}

/// P(|estimate| + t·SE < margin) for an estimate that is normal about `truth` with standard deviation `sd`.
fn within(margin: f64, truth: f64, sd: f64, df: f64, level: f64) -> f64 {
    let critical = student_t::isf(level, df);
    // At a standard error from here on nothing is left between the limits.
    let largest = margin / (critical * sd);
    let (low, high) =
        [chi_squared::quantile(NOTHING, df), chi_squared::isf(NOTHING, df)].map(|x| (x / df).sqrt()).into();
    let power_at = |ratio: f64| {
        let room = margin - critical * ratio * sd;
        let inside = normal::sf((-room - truth) / sd) - normal::sf((room - truth) / sd);
        2.0 * ratio * df * chi_squared::density(ratio * ratio * df, df) * inside.max(0.0)
    };
    let high: f64 = if high < largest { high } else { largest };
    if high <= low { 0.0 } else { RULE.integrate_composite(power_at, low, high, 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups of equal size; values by R's integration, 1e-8.
    #[test]
    fn equivalence_of_two_means() {
        for (n, margin, truth, sd, power) in [
            (60.0, 10.0, 0.0, 14.0, 0.975_224_275_930_229_8),
            (60.0, 10.0, 2.0, 14.0, 0.927_555_188_882_814_7),
            (120.0, 5.0, 0.0, 14.0, 0.734_586_259_724_129_7),
            (20.0, 1.0, 0.0, 1.0, 0.855_804_946_790_616_5),
        ] {
            let found = within(margin, truth, sd * libm::sqrt(2.0 / n), 2.0 * n - 2.0, 0.05);
            assert!((found - power).abs() < 1e-8, "{found} for {power}");
        }
    }
}
