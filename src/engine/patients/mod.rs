//! The engine that simulates every patient of every trial.
//!
//! Trials abreast, row by row: a few rows of patients at a time go all the way from their draws to the sums, so that
//! however many patients a trial has, what is at work lies close to the processor. So are trials of normal variables in
//! arms of fixed sizes made; all others one after the other ([`virtual_patients`]).

mod allocation;
pub(super) mod nested;
mod shares;
pub(super) mod virtual_patients;
pub(super) mod virtual_trial;

use crate::cohort::{ROWS, Rows, SourceDraws, SourceRows};
use crate::engine::plan::Plan;
use crate::estimand::ARMS;
use crate::observation::{MomentsBatch, Nesting, RunningSums};
use crate::random::ABREAST;
use crate::response::Revealer;
use crate::scenario::Scenario;

/// What is the same for all trials: how each needed column is made, and at which sizes trials are looked at.
#[derive(Debug, Clone)]
pub(super) struct PatientsEngine {
    nesting: Nesting,
    /// Sources to draw, by number.
    draws: Vec<(usize, SourceDraws)>,
    /// Recorded variables, by number.
    revealers: Vec<(usize, Revealer)>,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(super) struct PatientRows {
    /// By number of the draws.
    drawn: Vec<SourceRows>,
    /// By source, and by variable.
    sources: Vec<Rows>,
    values: Vec<Rows>,
    running: RunningSums,
    /// Moments of a batch of trials, by size.
    batches: Vec<MomentsBatch>,
}

impl PatientsEngine {
    /// Whether it is enough for a plan: nothing but normal variables measured without error.
    pub(super) fn is_enough(plan: &Plan, scenario: &Scenario) -> bool {
        plan.formula_obstacles.is_empty()
            && scenario.observation.instruments.is_empty()
            && plan.needs_moments_only()
    }

    /// For trials with arms of these sizes, which may be those of the plan or any others: the smaller trials are the
    /// first patients of the largest, as patient k has the same draws whatever the size (the table in
    /// [`assignment`](crate::assignment) says where). What is recorded is, to the last bit, what trials of that size
    /// alone would record.
    pub(super) fn new(plan: &Plan, sizes: Vec<[usize; ARMS]>, seed: u64) -> Self {
        let draws = |source: usize| (source, SourceDraws::new(seed, &plan.variables[source].name));
        let reveal = |&v: &usize| (v, Revealer::new(&plan.variables[v]));
        PatientsEngine {
            nesting: Nesting::new(&plan.recorded, sizes),
            draws: plan.needed_sources().into_iter().map(draws).collect(),
            revealers: plan.recorded.variables.iter().map(reveal).collect(),
        }
    }

    /// Normal numbers that a trial takes.
    pub(super) fn normals(&self) -> usize {
        self.draws.len() * self.nesting.rows() * ARMS
    }

    /// Buffers for one thread.
    pub(super) fn room(&self, plan: &Plan) -> PatientRows {
        let variables = plan.variables.len();
        let rows = vec![[[[0.0; ABREAST]; ROWS]; ARMS]; variables];
        PatientRows {
            drawn: self.draws.iter().map(|(_, draws)| SourceRows::new(draws.clone())).collect(),
            sources: rows.clone(),
            values: rows,
            running: self.nesting.running_sums(),
            batches: self.nesting.batches(variables),
        }
    }

    /// Simulates replicates `first..first + trials`.
    pub(super) fn simulate(&self, room: &mut PatientRows, first: u64, trials: usize) {
        for to in (0..trials).step_by(ABREAST) {
            self.trials_abreast(room, first + to as u64);
            self.nesting.record(&mut room.running, to, &mut room.batches);
        }
        room.batches.iter_mut().for_each(|batch| batch.trials = trials);
    }

    fn trials_abreast(&self, room: &mut PatientRows, first: u64) {
        let PatientRows { drawn, sources, values, running, .. } = room;
        drawn.iter_mut().for_each(|source| source.start(first));
        for from in (0..self.nesting.rows()).step_by(ROWS) {
            let rows = ROWS.min(self.nesting.rows() - from);
            for ((source, _), drawn) in self.draws.iter().zip(&mut *drawn) {
                drawn.draw(rows, &mut sources[*source]);
            }
            for (variable, revealer) in &self.revealers {
                revealer.reveal(sources, rows, &mut values[*variable]);
            }
            self.nesting.add(values, from, rows, running);
        }
    }
}

impl PatientRows {
    /// The moments of the simulated trials at one of the sizes.
    pub(super) fn moments(&self, size: usize) -> &MomentsBatch {
        &self.batches[size]
    }
}
