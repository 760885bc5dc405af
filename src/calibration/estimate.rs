//! One estimated number, how uncertain it is, and how that is said.

use crate::scenario::{UncertainNumber, UncertaintyLaw};
use crate::stats::{normal, student_t};

/// Level of the intervals.
const MISS: f64 = 0.05;

/// The distribution of an estimate's error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Normal, approximately.
    Normal,
    /// Student's t with these degrees of freedom.
    T(f64),
}

/// A number of the scenario that was estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Where it stands in the scenario.
    pub pointer: String,
    /// What it is, for people.
    pub quantity: String,
    /// Its value, not rounded.
    pub value: f64,
    /// Its standard error, if there is one.
    pub se: Option<f64>,
    /// Limits between which it lies with 95 % confidence, if there are any.
    pub interval: Option<[f64; 2]>,
    /// The distribution of its error.
    pub distribution: Distribution,
    /// Patients whom it was estimated from.
    pub patients: u64,
    /// How, for the source: after the number and its error.
    pub how: String,
}

impl Estimate {
    /// An estimate with a standard error, and the interval that goes with it.
    pub(super) fn with_se(value: f64, se: f64, distribution: Distribution, patients: u64) -> Self {
        let quantile = match distribution {
            Distribution::Normal => normal::isf(MISS / 2.0),
            Distribution::T(df) => student_t::isf(MISS / 2.0, df),
        };
        let se = Some(se).filter(|se| se.is_finite() && *se > 0.0);
        Estimate {
            pointer: String::new(),
            quantity: String::new(),
            value,
            se,
            interval: se.map(|se| [value - quantile * se, value + quantile * se]),
            distribution,
            patients,
            how: String::new(),
        }
    }

    /// The same with limits of its own.
    pub(super) fn between(mut self, limits: Option<[f64; 2]>) -> Self {
        self.interval = limits.filter(|limits| limits.iter().all(|limit| limit.is_finite()));
        self
    }

    /// The same with its place and its words.
    pub(super) fn named(mut self, pointer: String, quantity: String, how: String) -> Self {
        (self.pointer, self.quantity, self.how) = (pointer, quantity, how);
        self
    }

    /// Its law as a prior, about the number that the scenario states.
    pub(super) fn law(&self, stated: f64) -> Option<UncertainNumber> {
        let (law, df) = match self.distribution {
            Distribution::Normal => (UncertaintyLaw::Normal, None),
            Distribution::T(df) => (UncertaintyLaw::T, Some(df)),
        };
        Some(UncertainNumber { law, mean: stated, sd: significant(self.se?, 4), df })
    }

    /// The value, its standard error and its interval, to the digits that the error supports.
    #[must_use]
    pub fn shown(&self) -> [String; 3] {
        let scale = self.se.or_else(|| self.interval.map(|[low, high]| 0.25 * (high - low)));
        let show = |value: f64| match scale {
            Some(scale) => to_error(value, scale),
            None => significant(value, 4).to_string(),
        };
        let interval = self.interval.map(|[low, high]| format!("{} to {}", show(low), show(high)));
        [show(self.value), self.se.map(show).unwrap_or_default(), interval.unwrap_or_default()]
    }

    /// What the scenario gives as its source, as in `pilot.csv: 42.1 (SE 1.9), 29 patients in SL`.
    pub(super) fn source(&self, file: &str) -> String {
        let told = match self.se {
            Some(se) => format!("{} (SE {})", to_error(self.value, se), to_error(se, se)),
            None => format!("{}", significant(self.value, 4)),
        };
        format!("{file}: {told}, {}", self.how)
    }
}

/// Rounded to so many significant digits.
pub(super) fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// As the scenario states numbers: to six significant digits, far below any standard error.
pub(super) fn stated(value: f64) -> f64 {
    significant(value, 6)
}

/// A number to the second digit of its standard error.
pub(super) fn to_error(value: f64, se: f64) -> String {
    let magnitude = libm::floor(libm::log10(se));
    let decimals = (1.0 - magnitude).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_to_two_digits_of_their_error() {
        let told = |value: f64, se: f64| to_error(value, se);
        assert_eq!((told(42.123, 1.94), told(1.94, 1.94)), ("42.1".to_owned(), "1.9".to_owned()));
        assert_eq!((told(-0.0001, 0.042), told(4213.4, 190.0)), ("0.000".to_owned(), "4213".to_owned()));
        assert_eq!(stated(42.123_456_789), 42.1235);
        assert_eq!(stated(0.0), 0.0);
    }

    #[test]
    fn a_mean_has_the_interval_of_students_t() {
        // R: 10 + qt(0.975, 4) * 2 is 15.5528902...
        let mean = Estimate::with_se(10.0, 2.0, Distribution::T(4.0), 5);
        let [low, high] = mean.interval.expect("an interval");
        assert!((high - 15.552_890_210_395_8).abs() < 1e-9 && (low + high - 20.0).abs() < 1e-12, "{high}");
    }
}
