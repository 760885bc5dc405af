//! The laws that a scenario names, as marginals.
//!
//! In comes a covariate; out comes its distribution, or why there is none with the
//! stated mean and standard deviation.

use super::marginal::{Marginal, Unreachable};
use crate::scenario::{Covariate, Law, Scenario};

/// The distribution of a covariate; none if what its law needs is not stated.
#[must_use]
pub fn marginal(covariate: &Covariate) -> Option<Result<Marginal, Unreachable>> {
    let Covariate { mean, sd, min, max, .. } = covariate;
    Some(match covariate.law {
        Law::Normal => Ok(Marginal::normal((*mean)?, (*sd)?)),
        Law::TruncatedNormal => Marginal::truncated_normal((*mean)?, (*sd)?, *min, *max),
        Law::LogNormal => Marginal::log_normal((*mean)?, (*sd)?, min.unwrap_or(0.0)),
        Law::Beta => Marginal::beta((*mean)?, (*sd)?, (*min)?, (*max)?),
        Law::Gamma => Marginal::gamma((*mean)?, (*sd)?, min.unwrap_or(0.0)),
        Law::Categorical => {
            let shares: Vec<f64> = covariate.levels.as_ref()?.values().copied().collect();
            Ok(Marginal::categorical(&shares))
        }
        // Its scores are made of its values, not of normal ones.
        Law::Pilot => {
            let (mean, sd) = super::pilot::moments(covariate.values.as_ref()?);
            Ok(Marginal::normal(mean, sd))
        }
        Law::Empirical => Ok(Marginal::empirical(covariate.values.as_ref()?)),
    })
}

/// The distribution of a variable that is made from normal scores and is not normal; none for any
/// other.
#[must_use]
pub fn not_normal(scenario: &Scenario, name: &str) -> Option<Marginal> {
    let covariate = scenario.cohort.covariates.iter().find(|covariate| covariate.id == name)?;
    marginal(covariate)?.ok().filter(|marginal| !marginal.is_normal())
}
