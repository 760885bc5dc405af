//! The truth of moderation: how each effect, in each patient, goes with a covariate.
//!
//! In come a scenario, its population and a covariate; out come, for each contrast of
//! the four potential outcomes, its slope on the covariate as measured or, with
//! levels, its mean at each level minus its mean at the first. Exact where the
//! outcome is recorded as it is and nothing but this covariate moderates effects:
//! then a patient's contrast is linear in the covariate, and the rest of it is
//! independent of the covariate. Else the least-squares slope over the population,
//! with the standard error of White (1980), Econometrica 48:817.

use super::contrasts::{CHUNKS, LAST, Truths};
use crate::engine::patients::virtual_trial::VirtualTrial;
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS, contrast};
use crate::scenario::{Scenario, resolve};
use crate::stats::cholesky;

/// Difference of sums of a few potential outcomes, relative to these, that is taken for rounding.
const ROUNDING: f64 = 1e-13;

/// The truths of an analysis of moderation of outcome number `outcome` by the covariate in `column`.
pub(in crate::engine) fn truths(
    scenario: &Scenario,
    population: &VirtualTrial,
    outcome: usize,
    column: &str,
) -> Truths {
    let columns = resolve::coded_columns(scenario, column);
    // A checked scenario has the covariate.
    let Some(covariate) = population.cohort.index(column) else {
        return Truths::exact(vec![f64::NAN; columns * ESTIMANDS]);
    };
    let exact = population.response.moderated_benefit(outcome, covariate, columns);
    let sign = population.response.outcomes[outcome].sign;
    let latent = exact.map(|rises| {
        let of =
            |rise: &[f64; ARMS]| WEIGHTS.map(|weights| contrast(&weights, &rise.map(|rise| sign * rise)));
        rises.iter().flat_map(of).collect::<Vec<f64>>()
    });
    match latent {
        Some(latent) if population.observation.is_exact(outcome) => Truths::exact(latent),
        latent => simulate(population, outcome, covariate, columns, latent),
    }
}

/// All potential outcomes of the population, beside the columns that code the covariate.
struct Patients {
    /// Each patient's 1, then the columns.
    regressors: Vec<Vec<f64>>,
    latent: [Vec<f64>; ARMS],
    measured: [Vec<f64>; ARMS],
}

fn simulate(
    population: &VirtualTrial,
    outcome: usize,
    covariate: usize,
    columns: usize,
    latent: Option<Vec<f64>>,
) -> Truths {
    let patients = Patients::draw(population, outcome, covariate, columns);
    let fit = |potential: &[Vec<f64>; ARMS]| -> (Vec<f64>, Vec<f64>) {
        let fits = WEIGHTS.map(|weights| patients.regress(&weights, potential, columns));
        (0..columns).flat_map(|column| fits.iter().map(move |fit| fit[column])).unzip()
    };
    let (value, mcse) = fit(&patients.measured);
    let latent = latent.unwrap_or_else(|| fit(&patients.latent).0);
    Truths { value, mcse: Some(mcse), latent }
}

impl Patients {
    fn draw(population: &VirtualTrial, outcome: usize, covariate: usize, columns: usize) -> Self {
        let mut room = population.columns();
        let mut patients = Patients {
            regressors: vec![Vec::new(); 1 + columns],
            latent: [const { Vec::new() }; ARMS],
            measured: [const { Vec::new() }; ARMS],
        };
        for chunk in 0..CHUNKS {
            population.draw(LAST - chunk, &mut room);
            let values = &room.cohort.patients.measured[covariate];
            patients.regressors[0].extend(values.iter().map(|_| 1.0));
            if columns == 1 {
                patients.regressors[1].extend_from_slice(values);
            } else {
                for (level, column) in patients.regressors.iter_mut().enumerate().skip(1) {
                    column.extend(values.iter().map(|&value| f64::from(u8::from(value == level as f64))));
                }
            }
            for arm in 0..ARMS {
                population.latent(arm, &mut room);
                patients.latent[arm].extend_from_slice(&room.outcomes[outcome]);
                population.potential(arm, &mut room);
                patients.measured[arm].extend_from_slice(&room.outcomes[outcome]);
            }
        }
        patients
    }

    /// Whether a contrast is the same in all patients but for rounding: then it goes with nothing.
    fn are_alike(&self, effect: &[f64], potential: &[Vec<f64>; ARMS]) -> bool {
        let largest = |values: &[f64]| values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let size = potential.iter().map(|values| largest(values)).fold(0.0, f64::max);
        effect.iter().all(|one| (one - effect[0]).abs() <= ROUNDING * size)
    }

    /// Slopes of each patient's contrast on the columns, with their standard errors.
    fn regress(
        &self,
        weights: &[f64; ARMS],
        potential: &[Vec<f64>; ARMS],
        columns: usize,
    ) -> Vec<(f64, f64)> {
        let order = 1 + columns;
        let effect: Vec<f64> = (0..self.regressors[0].len())
            .map(|patient| (0..ARMS).map(|arm| weights[arm] * potential[arm][patient]).sum())
            .collect();
        if self.are_alike(&effect, potential) {
            return vec![(0.0, 0.0); columns];
        }
        let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let cross: Vec<Vec<f64>> =
            self.regressors.iter().map(|x| self.regressors.iter().map(|y| product(x, y)).collect()).collect();
        let right: Vec<f64> = self.regressors.iter().map(|x| product(x, &effect)).collect();
        let nothing = || vec![(f64::NAN, f64::NAN); columns];
        let Some(slope) = cholesky::solve(&cross, &right) else { return nothing() };
        // Row `column` of the inverse gives each patient's share in the slope.
        let unit = |column: usize| (0..order).map(|k| f64::from(u8::from(k == column))).collect::<Vec<_>>();
        let inverse = |column: usize| cholesky::solve(&cross, &unit(column)).unwrap_or_default();
        let one = |column: usize| {
            let row = inverse(column);
            let mut squares = 0.0;
            for (patient, &effect) in effect.iter().enumerate() {
                let (mut fitted, mut share) = (0.0, 0.0);
                for k in 0..order {
                    let x = self.regressors[k][patient];
                    fitted += slope[k] * x;
                    share += row[k] * x;
                }
                squares += (share * (effect - fitted)) * (share * (effect - fitted));
            }
            (slope[column], squares.sqrt())
        };
        (1..order).map(one).collect()
    }
}
