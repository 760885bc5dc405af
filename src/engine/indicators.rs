//! Levels as columns.
//!
//! A covariate with two levels is one column of 0 and 1. One with more is coded for
//! the analyses by a column for each level after the first: 1 in the patients who
//! have it, 0 in all others.

use crate::cohort::Variable;
use crate::scenario::{Scenario, resolve};

/// One level of a covariate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Indicator {
    /// The covariate's index among the variables.
    pub variable: usize,
    level: usize,
    name: String,
}

impl Indicator {
    /// Its column, as one of a patient's variables.
    pub fn variable(&self) -> Variable {
        Variable::not_normal(self.name.clone())
    }

    /// Writes its column.
    pub fn write(&self, levels: &[f64], out: &mut [f64]) {
        let here = self.level as f64;
        for (slot, &level) in out.iter_mut().zip(levels) {
            *slot = f64::from(u8::from(level == here));
        }
    }
}

/// The columns that a scenario's analyses need.
pub(super) fn indicators(scenario: &Scenario, variables: &[Variable]) -> Vec<Indicator> {
    let mut indicators: Vec<Indicator> = Vec::new();
    for analysis in &scenario.analyses {
        let moderator = resolve::moderator_column(scenario, analysis);
        for name in resolve::covariate_columns(scenario, analysis).into_iter().chain(moderator) {
            let levels = resolve::levels(scenario, &name).filter(|levels| levels.len() > 2);
            let variable = variables.iter().position(|variable| variable.name == name);
            let (Some(levels), Some(variable)) = (levels, variable) else { continue };
            if indicators.iter().all(|one| one.variable != variable) {
                let column = |(level, word): (usize, &String)| Indicator {
                    variable,
                    level,
                    name: format!("{name}={word}"),
                };
                indicators.extend(levels.keys().enumerate().skip(1).map(column));
            }
        }
    }
    indicators
}
