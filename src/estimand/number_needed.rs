//! How many patients are to be treated for one more to benefit.
//!
//! In comes a difference of shares with its limits; out comes its reciprocal. Where the interval of the difference
//! contains 0, that of the number needed goes through infinity: from so many to benefit, over a treatment that
//! makes no difference, to so many to harm.
//!
//! Source: Altman (1998), BMJ 317:1309.

use super::ARMS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number needed to treat with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NumberNeeded {
    /// Patients to treat for one more to benefit, below 0 for one more to be harmed (for one more and one fewer
    /// responder, where it is not stated what a benefit is); null if it is infinite.
    pub value: Option<f64>,
    /// The reciprocals of the difference's limits, that of the best first; null if infinite.
    pub ci: [Option<f64>; 2],
    /// Whether the interval leads from the first limit through infinity to the second.
    pub through_infinity: bool,
    /// In words.
    pub words: String,
}

/// Whether a contrast of shares is the difference of two shares, or of two means of shares.
#[must_use]
pub fn has_number_needed(weights: &[f64; ARMS]) -> bool {
    weights.iter().filter(|weight| **weight > 0.0).sum::<f64>() == 1.0
}

fn reciprocal(difference: f64) -> Option<f64> {
    Some(1.0 / difference).filter(|number| number.is_finite())
}

/// A number of patients, with one decimal as far as that matters.
fn patients(number: f64) -> String {
    if number.abs() < 99.95 { format!("{:.1}", number.abs()) } else { format!("{:.0}", number.abs()) }
}

impl NumberNeeded {
    /// Of a difference of shares with its limits, a benefit having this sign if that is stated.
    #[must_use]
    pub fn new(difference: f64, limits: [f64; 2], benefit_sign: Option<i8>) -> Self {
        let sign = f64::from(benefit_sign.unwrap_or(1));
        let [one, other] = limits.map(|limit| sign * limit);
        let (worst, best) = (one.min(other), one.max(other));
        let [value, first, second] = [sign * difference, best, worst].map(reciprocal);
        let through_infinity = worst <= 0.0 && best >= 0.0;
        let [to_benefit, to_harm] = match benefit_sign {
            Some(_) => ["to benefit", "to harm"],
            None => ["for one more responder", "for one fewer responder"],
        };
        let kind = |number: f64| if number > 0.0 { to_benefit } else { to_harm };
        let shown = |number: Option<f64>| number.map(patients);
        let interval = if through_infinity {
            let ends = [(first, to_benefit), (second, to_harm)];
            let [first, second] = ends.map(|(end, what)| shown(end).map(|end| format!("{end} {what}")));
            let ends = [first, Some("∞".to_owned()), second];
            ends.into_iter().flatten().collect::<Vec<_>>().join(" to ")
        } else {
            let mut ends = [first, second].map(|end| end.unwrap_or(f64::INFINITY).abs());
            ends.sort_by(f64::total_cmp);
            ends.map(patients).join(" to ")
        };
        let words = match value {
            Some(value) => format!("NNT {} {} ({interval})", patients(value), kind(value)),
            None => format!("NNT ∞ ({interval})"),
        };
        NumberNeeded { value, ci: [first, second], through_infinity, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimand::WEIGHTS;

    /// Altman's example: a difference of 10 % with limits of -5 and 25 %.
    #[test]
    fn the_interval_goes_through_infinity_where_the_difference_can_be_none() {
        let one = NumberNeeded::new(0.1, [-0.05, 0.25], Some(1));
        assert_eq!((one.value, one.ci, one.through_infinity), (Some(10.0), [Some(4.0), Some(-20.0)], true));
        assert_eq!(one.words, "NNT 10.0 to benefit (4.0 to benefit to ∞ to 20.0 to harm)");
        let fewer = NumberNeeded::new(-0.25, [-0.5, -0.125], Some(-1));
        assert_eq!(
            (fewer.ci, fewer.words.as_str()),
            ([Some(2.0), Some(8.0)], "NNT 4.0 to benefit (2.0 to 8.0)")
        );
        let harm = NumberNeeded::new(-0.25, [-0.5, -0.005], Some(1));
        assert_eq!(harm.ci, [Some(-200.0), Some(-2.0)]);
        assert_eq!(harm.words, "NNT 4.0 to harm (2.0 to 200)");
        let none = NumberNeeded::new(0.0, [-0.1, 0.0], None);
        assert_eq!((none.value, none.ci), (None, [None, Some(-10.0)]));
        assert_eq!(none.words, "NNT ∞ (∞ to 10.0 for one fewer responder)");
    }

    #[test]
    fn a_difference_of_differences_needs_no_number() {
        let counts = WEIGHTS.iter().filter(|weights| has_number_needed(weights)).count();
        assert!(counts == 7 && !has_number_needed(&WEIGHTS[2]));
    }
}
