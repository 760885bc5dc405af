//! From the patients that a scenario describes to the patients who are screened.
//!
//! In comes a scenario; out come means, standard deviations and correlations of
//! its variables among all who are screened. Without eligibility these are the
//! stated ones. With it, published numbers are those of the enrolled, a selected
//! group: their spread is narrower and their mean beyond that of the screened.
//!
//! One rule on one normal variable b selects in closed form: the regression of any
//! other variable on b and its residual variance are the same before and after
//! (Pearson 1903, Phil. Trans. A 200:1; Lawley 1943, Proc. R. Soc. Edinb. A 62:28),
//! so with k the ratio of b's variances before and after
//!
//! r′ᵢⱼ = (rᵢⱼ + (k − 1) rᵢ_b rⱼ_b) ÷ (sᵢsⱼ), σ′ᵢ = σᵢsᵢ, sᵢ² = 1 + (k − 1) rᵢ_b²,
//!
//! and every mean moves along its regression on b.

use super::enrolment::limits;
use super::marginal::{Unreachable, parent_of_truncated};
use super::{Moments, moments, not_normal};
use crate::estimand::ARMS;
use crate::scenario::{Law, Population, Scenario, resolve};

/// The variables of those screened, as measured but before rounding and limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Screened {
    /// Names, in the order of the patient's variables.
    pub names: Vec<String>,
    /// Means and standard deviations by arm.
    pub moments: Vec<Moments>,
    /// Correlations on the scale of normal scores.
    pub correlation: Vec<Vec<f64>>,
}

/// Why the screened population cannot be found.
#[derive(Debug, Clone, PartialEq)]
pub enum NoPopulation {
    /// No normal population has enrolled patients with these moments.
    Unreachable {
        /// The variable that selects.
        name: String,
        /// What is out of reach.
        why: Unreachable,
    },
    /// The rules are not one rule on one normal variable among normal variables.
    NotOneNormalRule,
}

impl Screened {
    /// The screened population of a scenario whose parts fit each other.
    ///
    /// # Errors
    /// If the scenario states the moments of the enrolled and they cannot be traced back.
    pub fn new(scenario: &Scenario) -> Result<Self, NoPopulation> {
        let (names, correlation) = resolve::score_correlation(scenario);
        let moments = names.iter().map(|name| moments(scenario, name)).collect();
        let stated = Screened { names, moments, correlation };
        if scenario.cohort.eligibility.is_empty() || scenario.cohort.of == Population::Screened {
            return Ok(stated);
        }
        stated.before_selection(scenario)
    }

    /// Takes the stated moments as those of the enrolled.
    fn before_selection(mut self, scenario: &Scenario) -> Result<Self, NoPopulation> {
        let [rule] = scenario.cohort.eligibility.as_slice() else {
            return Err(NoPopulation::NotOneNormalRule);
        };
        let column = resolve::column_of(scenario, &rule.variable);
        let selecting = column.and_then(|column| self.names.iter().position(|name| *name == column));
        let pilot = scenario.cohort.covariates.iter().any(|covariate| covariate.law == Law::Pilot);
        let normal = !pilot && self.names.iter().all(|name| not_normal(scenario, name).is_none());
        let Some(selecting) = selecting.filter(|_| normal) else {
            return Err(NoPopulation::NotOneNormalRule);
        };
        let Moments { mean: [mean, ..], sd: [sd, ..] } = self.moments[selecting];
        let (low, high) = limits(scenario, rule);
        let (parent_mean, parent_sd) = parent_of_truncated(mean, sd, low, high)
            .map_err(|why| NoPopulation::Unreachable { name: self.names[selecting].clone(), why })?;
        let widening = parent_sd * parent_sd / (sd * sd) - 1.0;
        let shift = (parent_mean - mean) / sd;
        let with = self.correlation[selecting].clone();
        let factors: Vec<f64> = with.iter().map(|r| (1.0 + widening * r * r).sqrt()).collect();
        for (row, moments) in self.moments.iter_mut().enumerate() {
            for arm in 0..ARMS {
                moments.mean[arm] += with[row] * moments.sd[arm] * shift;
                moments.sd[arm] *= factors[row];
            }
            for column in (0..with.len()).filter(|&column| column != row) {
                let selected = self.correlation[row][column] + widening * with[row] * with[column];
                self.correlation[row][column] = selected / (factors[row] * factors[column]);
            }
        }
        Ok(self)
    }
}
