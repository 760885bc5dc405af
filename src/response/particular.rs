//! What makes an effect differ between patients.
//!
//! In come the scenario's moderators of one effect; out come the variables that
//! they are and what each does, as a relative increase of the effect that is zero on
//! average among the enrolled.

use crate::cohort::{CohortModel, SourceDraws};
use crate::scenario::{Moderator, Outcome, Scenario, resolve};

/// What makes one effect differ between patients.
#[derive(Debug, Clone, Default)]
pub(super) struct ParticularEffect {
    /// Covariates by the index of the variable, and what they do.
    pub moderators: Vec<(usize, Modulation)>,
    pub heterogeneity: Option<(SourceDraws, f64)>,
    /// SD between therapists.
    pub therapists_sd: f64,
}

/// Relative increase of an effect by a covariate.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Modulation {
    /// By so much per unit above the mean.
    Slope { centre: f64, per_unit: f64 },
    /// By so much at each level, and the share of patients there.
    Levels { offsets: Vec<f64>, shares: Vec<f64> },
}

impl ParticularEffect {
    /// Whether the effect differs between patients.
    pub(super) fn differs(&self) -> bool {
        !self.moderators.is_empty() || self.heterogeneity.is_some() || self.therapists_sd > 0.0
    }

    /// Variance between patients of an effect with this mean, when moderators are independent.
    pub(super) fn variance(&self, mean: f64, cohort: &CohortModel) -> f64 {
        let moderated = self.moderators.iter().map(|(variable, modulation)| {
            mean * mean * modulation.variance(cohort.enrolled[*variable].sd[0])
        });
        let by_chance = self.heterogeneity.as_ref().map_or(0.0, |(_, sd)| sd * sd);
        moderated.sum::<f64>() + by_chance + self.therapists_sd * self.therapists_sd
    }
}

impl Modulation {
    pub(super) fn add(&self, mean: f64, covariate: &[f64], values: &mut [f64]) {
        match self {
            Modulation::Slope { centre, per_unit } => {
                for (value, x) in values.iter_mut().zip(covariate) {
                    *value += mean * (per_unit * (x - centre));
                }
            }
            Modulation::Levels { offsets, .. } => {
                for (value, level) in values.iter_mut().zip(covariate) {
                    *value += mean * offsets.get(*level as usize).copied().unwrap_or(0.0);
                }
            }
        }
    }

    /// The relative increase per unit, or at a level after the first beyond that at the first.
    pub(super) fn rise(&self, level_after_first: usize) -> f64 {
        match self {
            Modulation::Slope { per_unit, .. } => *per_unit,
            Modulation::Levels { offsets, .. } => {
                let offset = |level: usize| offsets.get(level).copied().unwrap_or(0.0);
                offset(level_after_first + 1) - offset(0)
            }
        }
    }

    /// Variance of the relative increase, for a covariate with this SD.
    fn variance(&self, sd: f64) -> f64 {
        match self {
            Modulation::Slope { per_unit, .. } => (per_unit * sd) * (per_unit * sd),
            Modulation::Levels { offsets, shares } => {
                offsets.iter().zip(shares).map(|(offset, share)| share * offset * offset).sum()
            }
        }
    }
}

/// What moderates one effect on an outcome.
pub(super) fn moderators(
    scenario: &Scenario,
    cohort: &CohortModel,
    outcome: &Outcome,
    effect: &str,
) -> Vec<(usize, Modulation)> {
    let stated = outcome.moderators.as_ref().and_then(|moderators| moderators.get(effect));
    let one = |(name, moderator): (&String, &Moderator)| {
        let column = resolve::column_of(scenario, name)?;
        let variable = cohort.index(&column)?;
        let moments = cohort.enrolled[variable];
        let modulation = match moderator {
            Moderator::Slope(slope) => {
                Modulation::Slope { centre: moments.mean[0], per_unit: slope / moments.sd[0] }
            }
            Moderator::Levels(stated) => {
                let levels = resolve::levels(scenario, &column)?;
                let offset = |level: &String| stated.get(level).copied().unwrap_or(0.0);
                Modulation::Levels {
                    offsets: levels.keys().map(offset).collect(),
                    shares: levels.values().copied().collect(),
                }
            }
        };
        moderator.acts().then_some((variable, modulation))
    };
    stated.into_iter().flatten().filter_map(one).collect()
}
