//! Exact power of the tests that a claim may be about, and the patients that a power needs.

use crate::analysis::{Normal, PowerFormula};
use crate::estimand::standardised::noncentrality;
use crate::estimand::{ARMS, WEIGHTS};
use crate::stats::{fisher_f, noncentral_f};

/// Most patients in all for whom a power is worked out.
pub const MOST_PATIENTS: u64 = 1_000_000;

/// Power of the F test of an effect of size `f` with `df1` degrees of freedom among `groups` equal
/// groups of `patients` in all: noncentral F with N − groups degrees of freedom and noncentrality N·f².
#[must_use]
pub fn f_test_power(f: f64, df1: f64, groups: f64, patients: f64, alpha: f64) -> f64 {
    let df2 = patients - groups;
    let critical = fisher_f::isf(alpha, df1, df2);
    noncentral_f::sf(critical, df1, df2, noncentrality(f, patients))
}

/// What is made of the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Adjustment {
    /// Nothing.
    None,
    /// It is a covariate that correlates so with the outcome within arms.
    Covariate(f64),
    /// It is subtracted.
    Change(f64),
}

/// A test whose power has a closed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// Of a contrast, by its place among the estimands; its value is in standard deviations of the
    /// outcome within arms.
    Contrast {
        /// Its place.
        index: usize,
        /// Its value.
        d: f64,
        /// What is made of the baseline.
        adjustment: Adjustment,
    },
    /// Of any difference among the four arms, by Cohen's f.
    AnyDifference {
        /// Cohen's f of the four means.
        f: f64,
    },
    /// Of the difference of two arms, in a trial that has only these.
    TwoArmsAlone {
        /// The difference in standard deviations.
        d: f64,
    },
}

impl Test {
    /// Its power.
    #[must_use]
    pub fn power(&self, sizes: [u64; ARMS], alpha: f64) -> f64 {
        let sizes = sizes.map(|size| size as f64);
        let patients: f64 = sizes.iter().sum();
        match *self {
            Test::AnyDifference { f } => f_test_power(f, 3.0, ARMS as f64, patients, alpha),
            // The patients of the claim are all in the two arms.
            Test::TwoArmsAlone { d } => f_test_power(d.abs() / 2.0, 1.0, 2.0, patients, alpha),
            Test::Contrast { index, d, adjustment } => {
                let weights = &WEIGHTS[index];
                let length: f64 = weights.iter().map(|weight| weight * weight).sum();
                // Means with this contrast and no other: their parts are proportional to its weights.
                let outcome: [f64; ARMS] = std::array::from_fn(|arm| d * weights[arm] / length);
                let correlation = match adjustment {
                    Adjustment::None => 0.0,
                    Adjustment::Covariate(r) | Adjustment::Change(r) => r,
                };
                let within = vec![vec![1.0, correlation], vec![correlation, 1.0]];
                let normal = Normal {
                    sizes,
                    mean: vec![outcome, [0.0; ARMS]],
                    covariance: std::array::from_fn(|_| within.clone()),
                };
                let formula = match adjustment {
                    Adjustment::None => normal.contrast_power(&[(0, 1.0)], weights, alpha),
                    Adjustment::Covariate(_) => normal.adjusted_power(0, &[1], weights, alpha),
                    Adjustment::Change(_) => normal.contrast_power(&[(0, 1.0), (1, -1.0)], weights, alpha),
                };
                match formula {
                    PowerFormula::Exact { power, .. } | PowerFormula::Approximate { power, .. } => power,
                    PowerFormula::None { .. } => f64::NAN,
                }
            }
        }
    }

    /// Fewest patients in all, in equal arms, with at least the power `target`; none if more than
    /// [`MOST_PATIENTS`] are needed.
    #[must_use]
    pub fn patients_for(&self, target: f64, alpha: f64) -> Option<u64> {
        let step = if matches!(self, Test::TwoArmsAlone { .. }) { 2 } else { ARMS as u64 };
        patients_for(step, target, |total| {
            self.power(crate::scenario::resolve::apportion(total, [1; ARMS]), alpha)
        })
    }
}

/// Fewest patients in all, in steps of `step`, at which a power that grows with them reaches `target`.
pub fn patients_for(step: u64, target: f64, power: impl Fn(u64) -> f64) -> Option<u64> {
    // One patient in each arm leaves no degrees of freedom.
    let (mut low, mut high) = (1, 2);
    while power(high * step) < target {
        (low, high) = (high, high * 2);
        if high * step > 2 * MOST_PATIENTS {
            return None;
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if power(middle * step) < target { low = middle } else { high = middle }
    }
    Some(high * step).filter(|patients| *patients <= MOST_PATIENTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimand::ESTIMANDS;
    use crate::estimand::standardised::{d_of_f, f_of_d};

    #[test]
    fn the_noncentrality_of_f_gives_the_program_s_own_exact_power() {
        for index in 0..ESTIMANDS {
            for (f, arm) in [(0.05, 100), (0.27, 13), (0.5, 5), (1.3, 3)] {
                let d = d_of_f(f, &WEIGHTS[index]);
                assert!((f_of_d(d, &WEIGHTS[index]) - f).abs() < 1e-15);
                let test = Test::Contrast { index, d, adjustment: Adjustment::None };
                let (own, by_f) =
                    (test.power([arm; 4], 0.05), f_test_power(f, 1.0, 4.0, 4.0 * arm as f64, 0.05));
                assert!((own - by_f).abs() < 1e-12, "{index} {f} {arm}: {own} {by_f}");
            }
        }
    }

    #[test]
    fn the_fewest_patients_are_the_fewest() {
        for f in [0.1, 0.27, 0.4, 1.5] {
            let test = Test::AnyDifference { f };
            let total = test.patients_for(0.8, 0.05).expect("few enough");
            assert!(test.power([total / 4; 4], 0.05) >= 0.8);
            assert!(total == 8 || test.power([total / 4 - 1; 4], 0.05) < 0.8);
        }
        assert_eq!(Test::TwoArmsAlone { d: 1e-4 }.patients_for(0.8, 0.05), None);
    }

    #[test]
    fn a_baseline_that_says_nothing_costs_power_and_one_that_says_much_gives_it() {
        let power = |adjustment| Test::Contrast { index: 0, d: 0.54, adjustment }.power([13; 4], 0.05);
        assert!(power(Adjustment::Covariate(0.0)) < power(Adjustment::None));
        assert!(power(Adjustment::Covariate(0.7)) > power(Adjustment::None));
        // The difference from a baseline with r = ½ has the outcome's own variance.
        assert!((power(Adjustment::Change(0.5)) - power(Adjustment::None)).abs() < 1e-12);
    }
}
