//! The truth of each estimand: the mean contrast of the outcome as measured.
//!
//! Exact where the model is linear. With Bᵢ(a, c) the benefit of patient i (see
//! [`Effects`](crate::response::Effects)), every deviation from the arm's mean has
//! mean zero unless an effect and what is perceived go together, so the contrast
//! of potential outcomes is the contrast of the stated means; the residual is the
//! same in every arm and cancels. Rounding, limits and events are not linear: then
//! the truth is the mean over a large population of patients with all four
//! potential outcomes, with its own Monte Carlo standard error. That population
//! has streams of its own, the same for every seed of a run.

use crate::assignment::Layout;
use crate::engine::patients::virtual_trial::{TrialColumns, VirtualTrial};
use crate::error::Result;
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS};
use crate::result::{Truth, TruthKind};
use crate::scenario::{Scenario, resolve};

/// Why a ratio has no truth.
const UNDEFINED: &str = "not defined in the population: an arm in which nobody or everybody responds, covariates that \
                         tell who does, or more values than the analysis takes";

/// The truths of an analysis's estimands.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct Truths {
    /// Of the outcome as measured.
    pub value: Vec<f64>,
    /// Monte Carlo standard errors; none if exact.
    pub mcse: Option<Vec<f64>>,
    /// Before rounding, limits and events.
    pub latent: Vec<f64>,
}

/// Patients of an arm in a chunk.
const ARM: u64 = 1024;

/// Chunks of patients: 262,144 patients in all.
pub(in crate::engine) const CHUNKS: u64 = 64;

/// What sums over all of them, and searches that end, may leave of nothing.
const ROUNDING: f64 = 1e-10;

/// Seed of the population's streams.
const SEED: u64 = 0x7275_7468;

/// Chunks are numbered from the end, where no run's replicates reach.
pub(in crate::engine) const LAST: u64 = u64::MAX;

/// The population in which truths without a formula are found.
pub(in crate::engine) fn population(scenario: &Scenario) -> Result<VirtualTrial> {
    VirtualTrial::population(scenario, Layout::new([ARM; ARMS]), SEED)
}

/// The truths of the differences of means, for all outcomes of a checked scenario, in order.
pub(in crate::engine) fn truths(scenario: &Scenario, population: &VirtualTrial) -> Vec<Truths> {
    let outcomes = scenario.response.outcomes.values();
    let latent: Vec<[f64; ESTIMANDS]> = outcomes.map(|outcome| resolve::truths(scenario, outcome)).collect();
    let linear: Vec<bool> = (0..latent.len()).map(|number| population.is_linear(number)).collect();
    let simulated = linear.contains(&false).then(|| simulate(population));
    let one = |(number, latent): (usize, [f64; ESTIMANDS])| match &simulated {
        Some(simulated) if !linear[number] => {
            let contrasts = &simulated[number];
            Truths { value: contrasts.means(), mcse: Some(contrasts.mcses()), latent: latent.to_vec() }
        }
        _ => Truths::exact(latent.to_vec()),
    };
    latent.into_iter().enumerate().map(one).collect()
}

impl Truths {
    /// What is true whatever is measured.
    pub fn exact(value: Vec<f64>) -> Self {
        Truths { latent: value.clone(), mcse: None, value }
    }

    /// The same where what rounding leaves of nothing is nothing: an effect has a sign, and can be found or not. The unit is
    /// that in which truths are a few, or less.
    pub fn without_rounding(mut self, unit: f64) -> Self {
        let is_nothing = |value: f64| value.abs() <= ROUNDING * unit;
        self.latent.iter_mut().filter(|value| is_nothing(**value)).for_each(|value| *value = 0.0);
        let mut none = vec![0.0; self.value.len()];
        let mcse = self.mcse.as_mut().unwrap_or(&mut none);
        // A difference that is 0 by chance keeps its error.
        for (value, mcse) in
            self.value.iter_mut().zip(mcse).filter(|(value, mcse)| is_nothing(**value) && is_nothing(**mcse))
        {
            (*value, *mcse) = (0.0, 0.0);
        }
        self
    }

    /// All truths, as results report them.
    pub fn all(&self) -> Vec<Truth> {
        (0..self.value.len()).map(|estimand| self.of(estimand)).collect()
    }

    /// The truth of one estimand, as results report it.
    pub fn of(&self, estimand: usize) -> Truth {
        let mcse = self.mcse.as_ref().map_or(0.0, |mcse| mcse[estimand]);
        Truth {
            value: self.value[estimand],
            mcse,
            // Without any error all patients were alike.
            kind: match self.value[estimand] {
                value if !value.is_finite() => TruthKind::Undefined,
                _ if mcse > 0.0 || mcse.is_nan() => TruthKind::Simulated,
                _ => TruthKind::Exact,
            },
            latent: self.latent[estimand],
            why: (!self.value[estimand].is_finite()).then(|| UNDEFINED.to_owned()),
        }
    }
}

/// Sums of the contrasts of patients who are seen in all four arms.
#[derive(Debug, Clone, Default)]
pub(super) struct Contrasts {
    patients: f64,
    /// Of each contrast and of its square.
    sums: [[f64; 2]; ESTIMANDS],
}

impl Contrasts {
    /// Adds patients by what they have in each arm.
    pub fn add(&mut self, potential: [&[f64]; ARMS]) {
        self.patients += potential[0].len() as f64;
        for (weights, [sum, squares]) in WEIGHTS.iter().zip(&mut self.sums) {
            for patient in 0..potential[0].len() {
                let contrast: f64 = (0..ARMS).map(|arm| weights[arm] * potential[arm][patient]).sum();
                *sum += contrast;
                *squares += contrast * contrast;
            }
        }
    }

    /// Mean contrasts.
    pub fn means(&self) -> Vec<f64> {
        self.sums.iter().map(|[sum, _]| sum / self.patients).collect()
    }

    /// Their Monte Carlo standard errors.
    pub fn mcses(&self) -> Vec<f64> {
        self.sums.iter().map(|[sum, squares]| mean_and_mcse(*sum, *squares, self.patients).1).collect()
    }
}

/// The mean of so many patients' values and its Monte Carlo standard error, from their sum and that of their squares.
pub(in crate::engine) fn mean_and_mcse(sum: f64, squares: f64, count: f64) -> (f64, f64) {
    let mean = sum / count;
    (mean, ((squares / count - mean * mean).max(0.0) / count).sqrt())
}

/// Contrasts over the population, by outcome.
fn simulate(population: &VirtualTrial) -> Vec<Contrasts> {
    let mut columns = population.columns();
    let mut potential: [Vec<Vec<f64>>; ARMS] = std::array::from_fn(|_| columns.outcomes.clone());
    let mut all = vec![Contrasts::default(); columns.outcomes.len()];
    for chunk in 0..CHUNKS {
        draw_potential(population, LAST - chunk, &mut columns, &mut potential);
        for (number, contrasts) in all.iter_mut().enumerate() {
            contrasts.add(std::array::from_fn(|arm| potential[arm][number].as_slice()));
        }
    }
    all
}

/// All four potential outcomes of a chunk's patients.
fn draw_potential(
    population: &VirtualTrial,
    chunk: u64,
    columns: &mut TrialColumns,
    potential: &mut [Vec<Vec<f64>>; ARMS],
) {
    population.draw(chunk, columns);
    for (arm, values) in potential.iter_mut().enumerate() {
        population.potential(arm, columns);
        for (values, outcome) in values.iter_mut().zip(&columns.outcomes) {
            values.copy_from_slice(outcome);
        }
    }
}
