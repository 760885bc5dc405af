//! What the slope of an outcome on a rating is, without assignment.
//!
//! In come a scenario and a large population in usual care; out come two slopes
//! per point of the rating. The causal one is what the outcome would change if what
//! patients perceive were changed by as much: effect · what is passed on ÷ points
//! per unit, exact. The associational one is what a regression on the rating finds
//! without end: confounded by what makes patients both perceive more and fare
//! better, weakened by the rating's error, bent by its ceiling; simulated.

use super::contrasts::{CHUNKS, LAST, Truths};
use crate::engine::patients::virtual_trial::VirtualTrial;
use crate::observation::Purpose;
use crate::scenario::{Scenario, resolve};

/// The two slopes of one outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine) struct Slopes {
    pub causal: f64,
    /// With its Monte Carlo standard error.
    pub associational: (f64, f64),
}

impl Slopes {
    /// The causal one as the truth of the one estimand.
    pub fn truths(&self) -> Truths {
        Truths::exact(vec![self.causal])
    }
}

/// By outcome; none for a trial.
pub(in crate::engine) fn slopes(scenario: &Scenario, population: &VirtualTrial) -> Vec<Slopes> {
    let Some(rating) = resolve::exposure(scenario) else { return Vec::new() };
    let points = rating.at_second_level - rating.at_first_level;
    let (_, passed_on) = resolve::perception(scenario);
    let associational = simulate(population);
    let one = |(outcome, associational)| {
        let outcome: &crate::scenario::Outcome = outcome;
        let sign = outcome.sign_of_benefit();
        let [effect, ..] = resolve::parts_of_effect(scenario, outcome);
        Slopes { causal: sign * effect * passed_on / points, associational }
    };
    scenario.response.outcomes.values().zip(associational).map(one).collect()
}

/// Least squares over the population, with the standard error of a slope whose residuals may be of
/// unequal spread (White 1980, Econometrica 48:817).
fn simulate(population: &VirtualTrial) -> Vec<(f64, f64)> {
    let mut columns = population.columns();
    let outcomes = columns.outcomes.len();
    let (mut ratings, mut values): (Vec<f64>, Vec<Vec<f64>>) = (Vec::new(), vec![Vec::new(); outcomes]);
    for chunk in 0..CHUNKS {
        population.draw(LAST - chunk, &mut columns);
        population.record_as(Purpose::Truth, 0, &mut columns);
        population.rate(LAST - chunk, &mut columns);
        ratings.extend_from_slice(&columns.rating);
        values.iter_mut().zip(&columns.outcomes).for_each(|(all, chunk)| all.extend_from_slice(chunk));
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let centre = mean(&ratings);
    let squares: f64 = ratings.iter().map(|x| (x - centre) * (x - centre)).sum();
    let slope = |values: &Vec<f64>| {
        let middle = mean(values);
        let products: f64 = ratings.iter().zip(values).map(|(x, y)| (x - centre) * (y - middle)).sum();
        let slope = products / squares;
        let residual = |(x, y): (&f64, &f64)| {
            let scaled = (x - centre) * (y - middle - slope * (x - centre));
            scaled * scaled
        };
        (slope, ratings.iter().zip(values).map(residual).sum::<f64>().sqrt() / squares)
    };
    values.iter().map(slope).collect()
}
