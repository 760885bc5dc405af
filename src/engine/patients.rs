//! The engine that simulates every patient of every trial.

use super::plan::Plan;
use crate::cohort::{DrawBuffers, SourceDraws};
use crate::observation::{self, MomentsBatch};
use crate::response::Revealer;

/// What is the same for all trials: how each needed column is made.
#[derive(Debug, Clone)]
pub(super) struct PatientsEngine {
    /// Sources to draw, by number.
    draws: Vec<(usize, SourceDraws)>,
    /// Recorded variables, by number.
    revealers: Vec<(usize, Revealer)>,
}

/// Columns of one trial, reused from trial to trial.
#[derive(Debug)]
pub(super) struct Columns {
    buffers: DrawBuffers,
    sources: Vec<Vec<f64>>,
    values: Vec<Vec<f64>>,
}

impl PatientsEngine {
    pub(super) fn new(plan: &Plan, seed: u64) -> Self {
        let revealers: Vec<_> =
            plan.recorded.variables.iter().map(|&v| (v, Revealer::new(&plan.variables[v]))).collect();
        let draws = plan
            .needed_sources()
            .into_iter()
            .map(|source| (source, SourceDraws::new(seed, &plan.variables[source].name)))
            .collect();
        PatientsEngine { draws, revealers }
    }

    /// Columns for the plan's trials; only what is drawn or recorded has room.
    pub(super) fn columns(&self, plan: &Plan) -> Columns {
        let patients = plan.layout.patients();
        let room = |wanted: &[usize]| {
            (0..plan.variables.len())
                .map(|v| vec![0.0; if wanted.contains(&v) { patients } else { 0 }])
                .collect()
        };
        Columns {
            buffers: DrawBuffers::new(&plan.layout),
            sources: room(&self.draws.iter().map(|&(source, _)| source).collect::<Vec<_>>()),
            values: room(&plan.recorded.variables),
        }
    }

    /// Simulates replicates `first..first + trials` into the batch.
    pub(super) fn simulate(
        &self,
        plan: &Plan,
        columns: &mut Columns,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        batch.trials = trials;
        let layout = &plan.layout;
        for trial in 0..trials {
            for (source, draws) in &self.draws {
                draws.draw(first + trial as u64, layout, &mut columns.buffers, &mut columns.sources[*source]);
            }
            for (variable, revealer) in &self.revealers {
                revealer.reveal(&columns.sources, layout, &mut columns.values[*variable]);
            }
            observation::record(|v| &columns.values[v], layout, &plan.recorded, batch, trial);
        }
    }
}
