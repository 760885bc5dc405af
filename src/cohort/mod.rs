//! Who the patients are: their variables, and how these hang together.
//!
//! In comes the scenario; out come the numeric variables of a patient as
//! mixtures of independent standard normal sources, one source per variable.
//! Covariates and baselines come first, outcomes last, so that nothing before
//! treatment depends on anything after it. Nothing here knows of analyses.

mod sources;

pub use sources::{DrawBuffers, SourceDraws};

use crate::estimand::ARMS;
use crate::scenario::{Scenario, resolve};
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
    /// Whether its spread differs between arms.
    #[must_use]
    pub fn is_heteroscedastic(&self) -> bool {
        self.sd.iter().any(|&sd| sd != self.sd[0])
    }
}

/// All variables of a checked scenario: covariates, baselines, outcomes.
#[must_use]
pub fn variables(scenario: &Scenario) -> Vec<Variable> {
    let (names, correlation) = resolve::within_arm_correlation(scenario);
    let factor = cholesky::factor(&correlation).unwrap_or_default();
    names
        .into_iter()
        .zip(factor)
        .map(|(name, loadings)| {
            let (mean, sd) = location_and_spread(scenario, &name);
            Variable { name, mean, sd, loadings }
        })
        .collect()
}

/// Means and standard deviations of a variable in the four arms.
fn location_and_spread(scenario: &Scenario, name: &str) -> ([f64; ARMS], [f64; ARMS]) {
    let outcomes = &scenario.response.outcomes;
    if let Some(outcome) = outcomes.get(name) {
        return (resolve::arm_means(scenario, outcome), resolve::arm_sds(scenario, outcome));
    }
    let covariate = scenario.cohort.covariates.iter().find(|covariate| covariate.id == name);
    let stated = covariate.map(|covariate| (covariate.mean, covariate.sd)).or_else(|| {
        let own = |outcome: &str| resolve::baseline_column(scenario, outcome).as_deref() == Some(name);
        let (_, outcome) = outcomes.iter().find(|(outcome, _)| own(outcome))?;
        let baseline = outcome.baseline.as_ref()?;
        Some((baseline.mean?, baseline.sd?))
    });
    // A checked scenario states both; NaN would show in every result at once.
    let (mean, sd) = stated.unwrap_or((f64::NAN, f64::NAN));
    ([mean; ARMS], [sd; ARMS])
}
