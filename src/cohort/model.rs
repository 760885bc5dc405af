//! The cohort made ready: what patients are before treatment, and what is measured of it.
//!
//! In come a scenario and a seed; out come, for each replicate, the columns of
//! the patients: independent sources, true scores, and measured values before
//! treatment. Nothing here knows of arms beyond the order in which draws lie.
//!
//! Stated correlations are those of measured values. With reliabilities ρᵢ the
//! true scores correlate r ÷ √(ρᵢρⱼ) (Spearman 1904, Am. J. Psychol. 15:72), and
//! a measured value is mean + SD·(√ρ·true score + √(1 − ρ)·error).

use super::marginal::Transform;
use super::sources::{DrawBuffers, SourceDraws};
use super::{Moments, moments, not_normal};
use crate::assignment::Layout;
use crate::observation::Scale;
use crate::scenario::{Scenario, resolve};
use crate::stats::cholesky;
use crate::vector::add_scaled;

/// Everything about the cohort that is fixed before the first replicate.
#[derive(Debug, Clone)]
pub struct CohortModel {
    /// Names of the variables: covariates, baselines, disposition, outcomes.
    pub names: Vec<String>,
    /// Their means and standard deviations.
    pub moments: Vec<Moments>,
    /// Share of each variable's variance that is not error of measurement.
    pub reliability: Vec<f64>,
    /// How the true score of each variable mixes the sources up to its own.
    pub loadings: Vec<Vec<f64>>,
    /// How many variables there are before treatment; the rest are outcomes.
    pub before: usize,
    draws: Vec<SourceDraws>,
    errors: Vec<Option<SourceDraws>>,
    /// From scores to values, for variables that are not normal.
    transforms: Vec<Option<Transform>>,
    scales: Vec<Scale>,
}

/// The columns of one replicate, by variable.
#[derive(Debug, Clone)]
pub struct CohortColumns {
    /// Independent standard normal sources of the true scores.
    pub sources: Vec<Vec<f64>>,
    /// Errors of measurement, standardised; empty where there are none.
    pub errors: Vec<Vec<f64>>,
    /// Measured values of the variables before treatment.
    pub measured: Vec<Vec<f64>>,
    buffers: DrawBuffers,
}

impl CohortModel {
    /// The cohort of a checked scenario. None if its correlations cannot be.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64) -> Option<Self> {
        let (names, correlation) = resolve::score_correlation(scenario);
        let reliability: Vec<f64> = names.iter().map(|name| resolve::reliability(scenario, name)).collect();
        let loadings = cholesky::factor(&resolve::true_correlation(&correlation, &reliability))?;
        let error = |(name, &reliability): (&String, &f64)| {
            (reliability < 1.0).then(|| SourceDraws::new(seed, &format!("{name}/error")))
        };
        Some(CohortModel {
            before: names.len() - scenario.response.outcomes.len(),
            moments: names.iter().map(|name| moments(scenario, name)).collect(),
            draws: names.iter().map(|name| SourceDraws::new(seed, name)).collect(),
            errors: names.iter().zip(&reliability).map(error).collect(),
            transforms: names
                .iter()
                .map(|name| not_normal(scenario, name).map(|marginal| Transform::new(&marginal)))
                .collect(),
            scales: names.iter().map(|name| Scale::new(resolve::instrument_of(scenario, name))).collect(),
            names,
            reliability,
            loadings,
        })
    }

    /// Whether a variable is recorded as it is: then its mean is the stated one.
    #[must_use]
    pub fn is_exact(&self, variable: usize) -> bool {
        self.scales[variable].is_exact()
    }

    /// The index of a variable.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Columns for replicates of this layout.
    #[must_use]
    pub fn room(&self, layout: &Layout) -> CohortColumns {
        let room = |wanted: bool| vec![0.0; if wanted { layout.patients() } else { 0 }];
        CohortColumns {
            sources: self.names.iter().map(|_| room(true)).collect(),
            errors: self.errors.iter().map(|error| room(error.is_some())).collect(),
            measured: (0..self.names.len()).map(|variable| room(variable < self.before)).collect(),
            buffers: DrawBuffers::new(layout),
        }
    }

    /// Draws the patients of one replicate: sources and errors of all variables, and the
    /// measured values of those before treatment.
    pub fn draw(&self, replicate: u64, layout: &Layout, columns: &mut CohortColumns) {
        let CohortColumns { sources, errors, measured, buffers } = columns;
        for variable in 0..self.names.len() {
            self.draws[variable].draw(replicate, layout, buffers, &mut sources[variable]);
            if let Some(draws) = &self.errors[variable] {
                draws.draw(replicate, layout, buffers, &mut errors[variable]);
            }
        }
        for (variable, values) in measured.iter_mut().enumerate().take(self.before) {
            let reliability = self.reliability[variable];
            let (mean, sd) = match &self.transforms[variable] {
                // The score itself, which the law then turns into a value.
                Some(_) => (0.0, 1.0),
                None => (self.moments[variable].mean[0], self.moments[variable].sd[0]),
            };
            values.fill(mean);
            for (loading, source) in self.loadings[variable].iter().zip(&*sources) {
                add_scaled(sd * (reliability.sqrt() * loading), source, values);
            }
            add_scaled(sd * (1.0 - reliability).sqrt(), &errors[variable], values);
            if let Some(transform) = &self.transforms[variable] {
                transform.apply(values);
            }
            self.scales[variable].record(values);
        }
    }
}
