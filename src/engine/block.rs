//! One block of replicates: the unit of work, whoever does it.

use super::patients::{Columns, PatientsEngine};
use super::plan::Plan;
use super::statistics::{Drawn, StatisticsEngine};
use crate::analysis::Fits;
use crate::observation::{BATCH, MomentsBatch};
use crate::summary::{AnalysisSums, BlockSums};

/// Replicates in a full block. Part of the definition of a result: changing it
/// changes the order of summation and so the last digits.
pub(super) const BLOCK: u64 = 256;

/// The engine that a run uses.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Patients(PatientsEngine),
    Statistics(StatisticsEngine),
}

/// Buffers of one thread. Nothing is allocated per replicate.
#[derive(Debug)]
pub(super) struct Worker {
    room: Room,
    moments: MomentsBatch,
    fits: Fits,
    /// One per analysis.
    sums: Vec<BlockSums>,
}

#[derive(Debug)]
enum Room {
    Patients(Columns),
    Statistics(Box<Drawn>),
}

impl Engine {
    /// Buffers for one thread.
    pub fn worker(&self, plan: &Plan) -> Worker {
        Worker {
            room: match self {
                Engine::Patients(engine) => Room::Patients(engine.columns(plan)),
                Engine::Statistics(engine) => Room::Statistics(Box::new(engine.drawn(plan))),
            },
            moments: MomentsBatch::new(plan.layout.sizes(), plan.variables.len()),
            fits: Fits::new(),
            sums: vec![BlockSums::default(); plan.analyses.len()],
        }
    }

    /// Simulates replicates `first..first + replicates` and adds them up, per analysis.
    pub fn block(&self, plan: &Plan, worker: &mut Worker, first: u64, replicates: u64) -> Vec<AnalysisSums> {
        let end = first + replicates;
        let mut next = first;
        while next < end {
            let trials = (end - next).min(BATCH as u64) as usize;
            self.simulate(plan, worker, next, trials);
            for (planned, sums) in plan.analyses.iter().zip(&mut worker.sums) {
                planned.analysis.fit(&worker.moments, &mut worker.fits);
                sums.add(&mut worker.fits, &planned.target);
            }
            next += trials as u64;
        }
        worker.sums.iter_mut().map(BlockSums::take).collect()
    }

    fn simulate(&self, plan: &Plan, worker: &mut Worker, first: u64, trials: usize) {
        match (self, &mut worker.room) {
            (Engine::Patients(engine), Room::Patients(columns)) => {
                engine.simulate(plan, columns, first, trials, &mut worker.moments);
            }
            (Engine::Statistics(engine), Room::Statistics(drawn)) => {
                engine.simulate(plan, drawn, first, trials, &mut worker.moments);
            }
            // A worker is made by its engine. Without trials nothing would be counted.
            _ => worker.moments.trials = 0,
        }
    }
}
