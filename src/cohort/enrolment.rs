//! Who of the patients screened is enrolled.
//!
//! In come rules and the candidates' measured values; out comes which candidates
//! meet every rule. Regression to the mean is not put in anywhere: it arises,
//! because a high measured value is partly chance.

use crate::scenario::{Eligibility, Scenario, resolve};

/// One rule, ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The variable's index.
    pub variable: usize,
    low: f64,
    high: f64,
    /// The levels enrolled, for a categorical variable.
    levels: Option<Vec<bool>>,
}

impl Rule {
    /// A rule of a checked scenario whose variables have these names.
    #[must_use]
    pub fn new(scenario: &Scenario, rule: &Eligibility, names: &[String]) -> Option<Self> {
        let name = resolve::column_of(scenario, &rule.variable)?;
        let variable = names.iter().position(|known| *known == name)?;
        let levels = rule.any_of.as_ref().and_then(|enrolled| {
            let levels = resolve::levels(scenario, &name)?;
            Some(levels.keys().map(|level| enrolled.contains(level)).collect())
        });
        let low = rule.at_least.unwrap_or(f64::NEG_INFINITY);
        let high = rule.at_most.unwrap_or(f64::INFINITY);
        Some(Rule { variable, low, high, levels })
    }

    /// Whether a patient with this measured value is enrolled.
    #[inline]
    #[must_use]
    pub fn admits(&self, value: f64) -> bool {
        match &self.levels {
            Some(levels) => levels.get(value as usize).copied().unwrap_or(false),
            None => self.low <= value && value <= self.high,
        }
    }
}

/// The limits of a rule on the value before the instrument rounds it: with a step of 1, a
/// recorded 4 begins at 3.5.
#[must_use]
pub(super) fn limits(scenario: &Scenario, rule: &Eligibility) -> (Option<f64>, Option<f64>) {
    let instrument = resolve::column_of(scenario, &rule.variable)
        .and_then(|column| resolve::instrument_of(scenario, &column));
    let Some(step) = instrument.and_then(|instrument| instrument.step) else {
        return (rule.at_least, rule.at_most);
    };
    // What the instrument cannot show beyond is shown at its limit.
    let at_least = rule.at_least.filter(|low| instrument.and_then(|i| i.min).is_none_or(|min| *low > min));
    let at_most = rule.at_most.filter(|high| instrument.and_then(|i| i.max).is_none_or(|max| *high < max));
    let origin = instrument.and_then(|instrument| instrument.min).unwrap_or(0.0);
    let lowest = |bound: f64| origin + step * (((bound - origin) / step).ceil() - 0.5);
    let highest = |bound: f64| origin + step * (((bound - origin) / step).floor() + 0.5);
    (at_least.map(lowest), at_most.map(highest))
}
