//! The engine that simulates every patient of every trial.

use super::plan::Plan;
use crate::assignment::Layout;
use crate::cohort::{DrawBuffers, SourceDraws};
use crate::observation::{self, MomentsBatch};
use crate::response::Revealer;

/// What is the same for all trials: how each needed column is made.
#[derive(Debug, Clone)]
pub(super) struct PatientsEngine {
    layout: Layout,
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
    /// For the plan's trials, or for larger ones in which these are contained.
    pub(super) fn new(plan: &Plan, layout: Layout, seed: u64) -> Self {
        let revealers: Vec<_> =
            plan.recorded.variables.iter().map(|&v| (v, Revealer::new(&plan.variables[v]))).collect();
        let draws = plan
            .needed_sources()
            .into_iter()
            .map(|source| (source, SourceDraws::new(seed, &plan.variables[source].name)))
            .collect();
        PatientsEngine { layout, draws, revealers }
    }

    /// Columns for one trial; only what is drawn or recorded has room.
    pub(super) fn columns(&self, plan: &Plan) -> Columns {
        let patients = self.layout.patients();
        let room = |wanted: &[usize]| {
            (0..plan.variables.len())
                .map(|v| vec![0.0; if wanted.contains(&v) { patients } else { 0 }])
                .collect()
        };
        Columns {
            buffers: DrawBuffers::new(&self.layout),
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
        for trial in 0..trials {
            self.trial(columns, first + trial as u64);
            observation::record(|v| columns.column(v), &self.layout, &plan.recorded, batch, trial);
        }
    }

    /// Simulates the patients of one replicate.
    pub(super) fn trial(&self, columns: &mut Columns, replicate: u64) {
        for (source, draws) in &self.draws {
            draws.draw(replicate, &self.layout, &mut columns.buffers, &mut columns.sources[*source]);
        }
        for (variable, revealer) in &self.revealers {
            revealer.reveal(&columns.sources, &self.layout, &mut columns.values[*variable]);
        }
    }
}

impl Columns {
    /// The values of a recorded variable.
    pub(super) fn column(&self, variable: usize) -> &[f64] {
        &self.values[variable]
    }
}
