//! Who the patients are: their variables, and how these hang together.
//!
//! In comes the scenario; out come the numeric variables of a patient as
//! mixtures of independent standard normal sources, one source per variable.
//! Covariates and baselines come first, outcomes last, so that nothing before
//! treatment depends on anything after it. Nothing here knows of analyses.

mod abreast;
mod covariates;
mod enrolment;
pub mod marginal;
mod model;
pub mod pilot;
mod population;
mod recorded;
mod screening;
mod sources;

pub use abreast::{ROWS, Rows, SourceRows};
pub use covariates::{marginal, not_normal};
pub use model::{CohortColumns, CohortModel, NoCohort, PatientColumns};
pub use population::NoPopulation;
pub use recorded::{Recorded, RecordedOfScore};
pub use screening::Screening;
pub use sources::{DrawBuffers, SourceDraws};

use crate::estimand::ARMS;
use crate::scenario::{Law, Scenario, resolve};
use crate::stats::cholesky;

/// One numeric variable of the patients.
///
/// In arm a its value is mean\[a\] + sd\[a\] · Σ loadings\[k\]·z\[k\], where z are
/// independent standard normal sources, one per variable in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name: the column of the data.
    pub name: String,
    /// Mean in each arm.
    pub mean: [f64; ARMS],
    /// Standard deviation within each arm.
    pub sd: [f64; ARMS],
    /// How it mixes the sources up to and including its own; their squares sum to 1.
    pub loadings: Vec<f64>,
}

impl Variable {
    /// A variable that is no mixture of the sources.
    #[must_use]
    pub fn not_normal(name: String) -> Self {
        Variable { name, mean: [f64::NAN; ARMS], sd: [f64::NAN; ARMS], loadings: Vec::new() }
    }

    /// Whether its spread differs between arms.
    #[must_use]
    pub fn is_heteroscedastic(&self) -> bool {
        self.sd.iter().any(|&sd| sd != self.sd[0])
    }
}

/// All variables of a checked scenario: covariates, baselines, outcomes.
#[must_use]
pub fn variables(scenario: &Scenario) -> Vec<Variable> {
    let (names, correlation) = resolve::score_correlation(scenario);
    let factor = cholesky::factor(&correlation).unwrap_or_default();
    names
        .into_iter()
        .zip(factor)
        .map(|(name, loadings)| {
            let Moments { mean, sd } = moments(scenario, &name);
            Variable { name, mean, sd, loadings }
        })
        .collect()
}

/// Means and standard deviations of a variable in the four arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Mean in each arm.
    pub mean: [f64; ARMS],
    /// Standard deviation within each arm.
    pub sd: [f64; ARMS],
}

/// Means and standard deviations of a variable as the scenario states them.
#[must_use]
pub fn moments(scenario: &Scenario, name: &str) -> Moments {
    if let Some(outcome) = scenario.response.outcomes.get(name) {
        return Moments {
            mean: resolve::arm_means(scenario, outcome),
            sd: resolve::arm_sds(scenario, outcome),
        };
    }
    // Nobody measures these: they have no scale of their own.
    if name == resolve::DISPOSITION || resolve::is_part(name) {
        return Moments { mean: [0.0; ARMS], sd: [1.0; ARMS] };
    }
    // A checked scenario states both; NaN would show in every result at once.
    let (mean, sd) = stated(scenario, name).unwrap_or((f64::NAN, f64::NAN));
    Moments { mean: [mean; ARMS], sd: [sd; ARMS] }
}

fn stated(scenario: &Scenario, name: &str) -> Option<(f64, f64)> {
    if let Some(covariate) = scenario.cohort.covariates.iter().find(|covariate| covariate.id == name) {
        return match covariate.law {
            // Their own: levels and values have the moments that they have.
            Law::Pilot => covariate.values.as_deref().map(pilot::moments),
            Law::Categorical | Law::Empirical => {
                marginal(covariate)?.ok().map(|marginal| (marginal.mean(), marginal.sd()))
            }
            _ => Some((covariate.mean?, covariate.sd?)),
        };
    }
    let (_, outcome) = resolve::outcome_of_baseline(scenario, name)?;
    let baseline = outcome.baseline.as_ref()?;
    Some((baseline.mean?, baseline.sd?))
}
