//! The truths that the estimates of an analysis are held against.
//!
//! In come a scenario and what an analysis asks; out come the values of its estimands in the scenario's
//! population, of whatever kind: differences of means, of shares, ratios, slopes, what goes through a mediator.

pub(super) mod contrasts;
pub(super) mod exposure;
mod mediation;
pub(super) mod moderation;
mod percent_change;
mod potential;
mod ratios;
mod responders;
mod superiority;

use crate::analysis::registry::Context;
use crate::cohort::Variable;
use crate::engine::indicators::Indicator;
use crate::engine::patients::virtual_trial::{TrialColumns, VirtualTrial};
use crate::engine::qualify;
use crate::error::Result;
use crate::estimand::{ARMS, FACTORIAL, Family};
use crate::observation::ObservationModel;
use crate::response::OutcomeModel;
use crate::scenario::{AnalysisSpec, Scenario, resolve};
use contrasts::Truths;
use exposure::Slopes;
use potential::{Asked, Classes};

/// What an analysis asks.
pub(super) struct AskedTruths<'a> {
    pub scenario: &'a Scenario,
    pub spec: &'a AnalysisSpec,
    pub family: Family,
    /// The outcome's number.
    pub outcome: usize,
    pub moderator: Option<&'a str>,
    pub context: &'a Context,
    pub variables: &'a [Variable],
    pub indicators: &'a [Indicator],
    /// How many estimands there are.
    pub estimands: usize,
}

/// The truths of an analysis's estimands.
#[derive(Debug, Clone)]
pub(super) struct AnalysisTruths {
    pub truths: Truths,
    /// Why some of them are undefined.
    pub undefined: Option<String>,
    /// Without assignment: the slope that there is in the population, causal or not, and its Monte Carlo
    /// standard error.
    pub associational: Option<(f64, f64)>,
}

impl AnalysisTruths {
    /// Nothing is known of so many estimands.
    pub fn none(estimands: usize) -> Self {
        AnalysisTruths {
            truths: Truths::exact(vec![f64::NAN; estimands]),
            undefined: None,
            associational: None,
        }
    }
}

/// A large population, and what is known of it.
pub(super) struct Population {
    patients: VirtualTrial,
    /// Differences of means, by outcome.
    differences: Vec<Truths>,
    /// Without assignment there is one question, with an answer of its own.
    slopes: Vec<Slopes>,
}

impl Population {
    /// The population of a checked scenario.
    pub fn new(scenario: &Scenario) -> Result<Self> {
        let patients = contrasts::population(scenario)?;
        let slopes = exposure::slopes(scenario, &patients);
        let mut differences = contrasts::truths(scenario, &patients);
        differences.iter_mut().zip(&slopes).for_each(|(truths, slopes)| *truths = slopes.truths());
        Ok(Population { patients, differences, slopes })
    }

    /// What is recorded of its patients.
    pub fn observation(&self) -> &ObservationModel {
        &self.patients.observation
    }

    /// Whether the arms of an outcome differ in spread, by outcome.
    pub fn unequal_sds(&self) -> Vec<bool> {
        let unequal = |outcome: &OutcomeModel| outcome.total_sd.iter().any(|&sd| sd != outcome.total_sd[0]);
        self.patients.response.outcomes.iter().map(unequal).collect()
    }

    /// Whether patients without a therapist vary otherwise than those of one therapist do among each other, by outcome; false
    /// where all or none have therapists.
    pub fn stand_alone_otherwise(&self, scenario: &Scenario) -> Vec<bool> {
        let Some(with) = resolve::only_with(scenario).map(|level| level * (ARMS / 2)) else {
            return vec![false; self.differences.len()];
        };
        let differs = |(outcome, name): (&OutcomeModel, &String)| {
            let share = 1.0 - qualify::icc(scenario, name);
            let own = |arm: usize| outcome.total_sd[arm] * outcome.total_sd[arm];
            // Of variances of which one is stated as the other less a share, to three digits or so.
            (own(with) * share / own(ARMS / 2 - with) - 1.0).abs() > 0.01
        };
        self.patients.response.outcomes.iter().zip(scenario.response.outcomes.keys()).map(differs).collect()
    }

    /// Whether the effect of the context is not the same at both levels of the treatment, by outcome.
    pub fn interacts(&self) -> Vec<bool> {
        const INTERACTION: usize = FACTORIAL - 1;
        // Where nothing is assigned there is one effect.
        if !self.slopes.is_empty() {
            return vec![false; self.differences.len()];
        }
        let interacts = |(outcome, truths): (&OutcomeModel, &Truths)| {
            let truths = truths.clone().without_rounding(outcome.total_sd[0]);
            let mcse = truths.mcse.as_ref().map_or(0.0, |mcse| mcse[INTERACTION]);
            truths.value[INTERACTION].abs() > 4.0 * mcse
        };
        self.patients.response.outcomes.iter().zip(&self.differences).map(interacts).collect()
    }

    /// What is true of what an analysis asks.
    pub fn truths(&self, asked: &AskedTruths<'_>) -> AnalysisTruths {
        let AskedTruths { scenario, spec, outcome, context, .. } = *asked;
        let differences = |number: usize| self.differences.get(number).cloned();
        let mut undefined = None;
        let truths = match (asked.family, asked.moderator) {
            (Family::Moderation, Some(column)) => {
                moderation::truths(scenario, &self.patients, outcome, column)
            }
            (Family::RiskDifferences, _) => {
                responders::truths(&self.patients, outcome, context.baseline, context.settings.responds)
            }
            (Family::PercentChange, _) => {
                percent_change::truths(&self.patients, outcome, context.baseline.unwrap_or(usize::MAX))
            }
            (family, _) if family.ratio().is_some() => self.ratios(asked),
            (family @ (Family::Superiority | Family::StratifiedSuperiority), _) => superiority::Question {
                scenario,
                population: &self.patients,
                outcome,
                variable: &asked.variables[context.outcome],
                is_stratified: family == Family::StratifiedSuperiority,
                strata: &context.strata,
            }
            .truths(),
            (Family::Indirect, _) => {
                let mediator = spec.mediator.as_deref().unwrap_or_default();
                let (truths, why) =
                    mediation::truths(scenario, &self.patients, outcome, mediator, &differences);
                undefined = why;
                truths
            }
            _ => self.differences[outcome].clone(),
        };
        let associational = self.slopes.get(outcome).map(|slopes| slopes.associational);
        let unit = match asked.family {
            Family::PercentChange => 100.0,
            family if family.is_difference_of_means() => asked.variables[context.outcome].sd[0],
            _ => 1.0,
        };
        AnalysisTruths { truths: truths.without_rounding(unit), undefined, associational }
    }

    /// The truths of an analysis of ratios.
    fn ratios(&self, asked: &AskedTruths<'_>) -> Truths {
        let AskedTruths { variables, indicators, context, .. } = *asked;
        let first = variables.len() - indicators.len();
        let column = |variable: usize, columns: &TrialColumns, out: &mut [f64]| {
            let measured = &columns.cohort.patients.measured;
            match variable.checked_sub(first).map(|number| &indicators[number]) {
                Some(indicator) => indicator.write(&measured[indicator.variable], out),
                None => out.copy_from_slice(&measured[variable]),
            }
        };
        let classes = match asked.family {
            Family::ProportionalOdds => Classes::Values,
            _ => Classes::Response(context.settings.responds, context.baseline),
        };
        let asked_of = Asked {
            population: &self.patients,
            outcome: asked.outcome,
            classes,
            covariates: &context.covariates,
            strata: &context.strata,
            column: &column,
            sizes: resolve::arm_sizes(asked.scenario).map(|size| size as f64),
        };
        ratios::truths(asked.family, &asked_of)
    }
}
