//! The law of a variable on which something depends, and the limit that keeps a share whatever that law.
//!
//! In comes what is known of the variable, in standard deviations from its mean: how it rises with a standard
//! normal score, or its values in many patients. Out comes the limit L that a propensity
//! U = ρT + √(1 − ρ²)·E exceeds with a stated probability, E being standard normal and apart from the variable T:
//! the zero of Σ pₖ Φ((ρtₖ − L) ÷ √(1 − ρ²)) − share over the values tₖ with their shares pₖ.

use crate::stats::normal;
use crate::stats::root::enclosed;
use libm::sqrt;

/// Scores beyond which nobody is looked for: one patient in 10¹⁸.
pub const REACH: f64 = 9.0;

/// Cells of the scores, of equal width. Where the variable rises without steps, a cell stands for the value in its
/// middle: shares are then within 1e-6 of the stated ones.
const CELLS: u32 = 4096;

/// Steps of which each is found exactly; with more of them they are finer than the cells.
pub const MOST_STEPS: f64 = 20_000.0;

/// How often a cell is halved to find a step: to the rounding of the score.
const HALVINGS: u32 = 45;

/// Values that a law has at most, if it comes from patients. Those of more are put together in groups of neighbours, of
/// equal size.
const MOST_VALUES: usize = 2048;

/// How far beyond its furthest values a limit is looked for, so that rounding does not hide it.
const MARGIN: f64 = 1e-6;

/// The distribution of one variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    /// Values in standard deviations from the mean, in ascending order, and the share of patients with each.
    values: Vec<(f64, f64)>,
}

impl Law {
    /// The law of a variable that never falls as a standard normal score rises; in steps, if it has any and not
    /// too many of them.
    #[must_use]
    pub fn of_score(value: impl Fn(f64) -> f64, has_steps: bool) -> Self {
        let mut law = Law { values: Vec::new() };
        let end = |cell: u32| REACH * (2.0 * f64::from(cell) / f64::from(CELLS) - 1.0);
        let halvings = if has_steps { HALVINGS } else { 0 };
        let mut low = (end(0), value(end(0)));
        for cell in 0..CELLS {
            let high = (end(cell + 1), value(end(cell + 1)));
            law.add_cell(&value, low, high, halvings);
            low = high;
        }
        law
    }

    /// The law of what some patients have; what is not a number is left out.
    #[must_use]
    pub fn of_patients(mut values: Vec<f64>) -> Self {
        values.retain(|value| !value.is_nan());
        values.sort_unstable_by(f64::total_cmp);
        let one = 1.0 / values.len() as f64;
        let mut law = Law { values: Vec::new() };
        values.iter().for_each(|&value| law.add(value, one));
        if law.values.len() > MOST_VALUES {
            law.values.clear();
            for group in values.chunks(values.len().div_ceil(MOST_VALUES)) {
                let count = group.len() as f64;
                law.add(group.iter().sum::<f64>() / count, count * one);
            }
        }
        law
    }

    /// Adds the scores between two, with the values there.
    fn add_cell(&mut self, value: &impl Fn(f64) -> f64, low: (f64, f64), high: (f64, f64), halvings: u32) {
        let middle = 0.5 * low.0 + 0.5 * high.0;
        let has_inside = middle > low.0 && middle < high.0;
        if low.1 == high.1 || halvings == 0 || !has_inside {
            let at = if low.1 == high.1 { low.1 } else { value(middle) };
            self.add(at, normal::cdf(high.0) - normal::cdf(low.0));
            return;
        }
        let middle = (middle, value(middle));
        self.add_cell(value, low, middle, halvings - 1);
        self.add_cell(value, middle, high, halvings - 1);
    }

    /// Adds patients with a value that is not below any before.
    fn add(&mut self, value: f64, share: f64) {
        match self.values.last_mut() {
            Some((last, of_last)) if *last == value => *of_last += share,
            _ => self.values.push((value, share)),
        }
    }

    /// The limit above which the propensities of this share of the patients lie, when they correlate by so much with
    /// the variable. Not a number if the law is of nobody.
    #[must_use]
    pub fn limit(&self, share: f64, correlation: f64) -> f64 {
        let of_normal = normal::isf(share);
        if correlation == 0.0 || !of_normal.is_finite() {
            return of_normal;
        }
        let rest = sqrt(1.0 - correlation * correlation);
        let (Some((first, _)), Some((last, _))) = (self.values.first(), self.values.last()) else {
            return f64::NAN;
        };
        let ends = [correlation * first, correlation * last];
        let low = ends[0].min(ends[1]) + rest * of_normal - MARGIN;
        let high = ends[0].max(ends[1]) + rest * of_normal + MARGIN;
        let above = |limit: f64| {
            let of = |(value, share): &(f64, f64)| share * normal::sf((limit - correlation * value) / rest);
            self.values.iter().map(of).sum::<f64>()
        };
        enclosed(low, high, 1e-13, |limit| above(limit) - share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libm::{exp, floor};

    /// The share above a limit, by the distribution functions of the steps and of the rest.
    fn share_on_scale(limit: f64, correlation: f64) -> f64 {
        let (mean, sd, rest) = (8.5, 2.0, sqrt(1.0 - correlation * correlation));
        let at = |step: i32| {
            let below = |bound: f64| normal::cdf((bound - mean) / sd);
            let value = f64::from(step);
            let low = if step == 0 { 0.0 } else { below(value - 0.5) };
            let high = if step == 10 { 1.0 } else { below(value + 0.5) };
            (high - low) * normal::sf((limit - correlation * (value - mean) / sd) / rest)
        };
        (0..=10).map(at).sum()
    }

    #[test]
    fn limits_on_a_scale_keep_the_share_to_the_last_digits() {
        let shown = |score: f64| {
            let value = floor(8.5 + 2.0 * score + 0.5).clamp(0.0, 10.0);
            (value - 8.5) / 2.0
        };
        let law = Law::of_score(shown, true);
        assert_eq!(law.values.len(), 11);
        for (share, correlation) in [(0.2, 0.7), (0.05, -0.95), (0.9, 0.3), (1e-6, 0.7), (0.2, 0.999)] {
            let limit = law.limit(share, correlation);
            let found = share_on_scale(limit, correlation);
            assert!((found / share - 1.0).abs() < 1e-9, "{share} {correlation}: {found}");
        }
        // What a normal variable's limit makes of it.
        assert!((share_on_scale(normal::isf(0.2), 0.7) - 0.155).abs() < 0.001);
    }

    #[test]
    fn a_smooth_law_is_found_by_quadrature() {
        use crate::stats::quadrature::GaussLegendre;
        let skewed = |score: f64| (exp(0.83 * score) - 1.41) / 1.41;
        let law = Law::of_score(skewed, false);
        let rule = GaussLegendre::new(30);
        for (share, correlation) in [(0.2, 0.7), (0.1, -0.6), (0.02, 0.9)] {
            let limit = law.limit(share, correlation);
            let rest = sqrt(1.0 - correlation * correlation);
            let at = |z: f64| normal::density(z) * normal::sf((limit - correlation * skewed(z)) / rest);
            let found = rule.integrate_composite(at, -9.0, 9.0, 200);
            assert!((found - share).abs() < 1e-6, "{share} {correlation}: {found}");
        }
    }

    #[test]
    fn of_a_normal_variable_it_is_the_normal_limit() {
        let law = Law::of_score(|score| score, false);
        for share in [0.01, 0.2, 0.5, 0.97] {
            assert!((law.limit(share, 0.6) - normal::isf(share)).abs() < 1e-5);
        }
        assert_eq!(law.limit(0.0, 0.6), f64::INFINITY);
        assert_eq!(law.limit(1.0, 0.6), f64::NEG_INFINITY);
        assert_eq!(law.limit(0.3, 0.0), normal::isf(0.3));
    }

    #[test]
    fn patients_in_groups_keep_the_share_and_nobody_has_no_limit() {
        let few = Law::of_patients(vec![1.0, -1.0, f64::NAN, 1.0, -1.0]);
        assert_eq!(few.values, [(-1.0, 0.5), (1.0, 0.5)]);
        let scores: Vec<f64> = (1..100_000).map(|k| normal::quantile(f64::from(k) / 1e5)).collect();
        let law = Law::of_patients(scores);
        assert!(law.values.len() <= MOST_VALUES);
        assert!((law.limit(0.2, 0.9) - normal::isf(0.2)).abs() < 1e-4);
        assert!(Law::of_patients(Vec::new()).limit(0.2, 0.5).is_nan());
    }
}
