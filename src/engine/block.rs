//! One block of replicates: the unit of work, whoever does it.

use super::family::Family;
use super::patients::virtual_patients::{self, VirtualPatientsEngine};
use super::patients::virtual_trial::VirtualTrial;
use super::patients::{PatientRows, PatientsEngine};
use super::plan::Plan;
use super::statistics::therapists::{DrawnOfTherapists, TherapistStatistics};
use super::statistics::{Drawn, StatisticsEngine};
use super::twin::Twins;
use crate::analysis::Fits;
use crate::error::{Error, ErrorKind, Result};
use crate::observation::{BATCH, MomentsBatch, ObservationModel};
use crate::scenario::Scenario;
use crate::summary::{AnalysisSums, BlockSums, ControlSums, FamilyCounts, Merge};
use std::sync::Arc;

/// Replicates in a full block. Part of the definition of a result: changing it
/// changes the order of summation and so the last digits.
pub(super) const BLOCK: u64 = 256;

/// The engine that a run uses.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    /// Normal variables in arms of fixed sizes.
    Patients(PatientsEngine),
    /// Patients with anything more.
    VirtualPatients(Box<VirtualPatientsEngine>),
    Statistics(StatisticsEngine),
    /// The same where therapists differ.
    TherapistStatistics(TherapistStatistics),
}

/// Buffers of one thread. Nothing is allocated per replicate.
#[derive(Debug)]
pub(super) struct Worker {
    room: Room,
    /// One per analysis.
    pub(super) fits: Vec<Fits>,
    sums: Vec<BlockSums>,
}

/// What a block of trials, or several blocks, add up to.
#[derive(Debug, Clone, Default)]
pub(super) struct Simulated {
    /// By analysis.
    pub sums: Vec<AnalysisSums>,
    /// What is claimed of the primary hypotheses together, if that is asked for.
    pub family: Option<FamilyCounts>,
    /// Controls of power, if they are asked for.
    pub controls: Option<ControlSums>,
}

impl Merge for Simulated {
    fn merge(&mut self, after: Self) {
        self.sums.merge(after.sums);
        if let (Some(own), Some(after)) = (&mut self.family, &after.family) {
            own.add(after);
        }
        if let (Some(own), Some(after)) = (&mut self.controls, after.controls) {
            own.merge(after);
        }
    }
}

#[derive(Debug)]
enum Room {
    Patients(Box<PatientRows>),
    VirtualPatients(Box<virtual_patients::Room>),
    Statistics { drawn: Box<Drawn>, moments: MomentsBatch },
    TherapistStatistics { drawn: Box<DrawnOfTherapists>, moments: MomentsBatch },
}

impl Engine {
    /// The engine that simulates the patients of a scenario's trials: the short way where that gives the same values.
    ///
    /// # Errors
    /// As for [`VirtualTrial::new`].
    pub fn of_patients(scenario: &Scenario, plan: &Plan, seed: u64) -> Result<Engine> {
        if PatientsEngine::is_enough(plan, scenario) {
            return Ok(Engine::Patients(PatientsEngine::new(plan, vec![plan.layout.sizes()], seed)));
        }
        let trial = VirtualTrial::new(scenario, plan.layout.clone(), seed, plan.settled.as_deref())?;
        Ok(Engine::VirtualPatients(Box::new(VirtualPatientsEngine::new(plan, trial))))
    }

    /// What is recorded of its patients, with every share settled; none where nothing but values is.
    pub fn settled(&self) -> Option<Arc<ObservationModel>> {
        match self {
            Engine::VirtualPatients(engine) => Some(Arc::new(engine.trial.observation.clone())),
            _ => None,
        }
    }

    /// The engine of sufficient statistics, for a scenario that nothing keeps from it.
    ///
    /// # Errors
    /// `Unexpected` if something does.
    pub fn of_statistics(scenario: &Scenario, plan: &Plan, seed: u64) -> Result<Engine> {
        if !plan.is_told_by_contrasts {
            return Ok(Engine::Statistics(StatisticsEngine::new(plan, seed)));
        }
        let engine = TherapistStatistics::new(scenario, plan, seed).map(Engine::TherapistStatistics);
        engine.ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, "contrasts between therapists are not sufficient here")
        })
    }

    /// Its name in results.
    pub fn name(&self) -> &'static str {
        match self {
            Engine::Patients(_) | Engine::VirtualPatients(_) => "patients",
            Engine::Statistics(_) | Engine::TherapistStatistics(_) => "statistics",
        }
    }

    /// Buffers for one thread.
    pub fn worker(&self, plan: &Plan) -> Worker {
        Worker {
            room: match self {
                Engine::Patients(engine) => Room::Patients(Box::new(engine.room(plan))),
                Engine::VirtualPatients(engine) => Room::VirtualPatients(Box::new(engine.room(plan))),
                Engine::Statistics(engine) => {
                    Room::Statistics { drawn: Box::new(engine.drawn(plan)), moments: plan.moments() }
                }
                Engine::TherapistStatistics(engine) => {
                    Room::TherapistStatistics { drawn: Box::new(engine.drawn()), moments: plan.moments() }
                }
            },
            fits: plan.fits(),
            sums: plan.analyses.iter().map(|planned| BlockSums::new(planned.estimands.len())).collect(),
        }
    }

    /// Simulates replicates `first..first + replicates` and adds them up.
    pub fn block(&self, plan: &Plan, worker: &mut Worker, first: u64, replicates: u64) -> Simulated {
        let mut controls = self.twins().map(|twins| twins.sums(plan));
        // Blocks that follow each other are of different halves.
        let half = (first / BLOCK % 2) as usize;
        let mut counts = plan.family.as_ref().map(Family::counts);
        let end = first + replicates;
        let mut next = first;
        while next < end {
            let trials = (end - next).min(BATCH as u64) as usize;
            self.fit(plan, worker, next, trials);
            if let (Some(family), Some(counts)) = (&plan.family, &mut counts) {
                family.judge(&worker.fits, trials, counts);
            }
            if let (Engine::VirtualPatients(engine), Room::VirtualPatients(room)) = (self, &mut worker.room) {
                engine.add_controls(plan, room, &worker.fits, trials, half, &mut controls);
            }
            for ((planned, fits), sums) in plan.analyses.iter().zip(&mut worker.fits).zip(&mut worker.sums) {
                sums.add(fits, &planned.target);
            }
            next += trials as u64;
        }
        let sums = worker.sums.iter_mut().map(BlockSums::take).collect();
        Simulated { sums, family: counts, controls }
    }

    /// About how many nanoseconds a trial takes, where that is little; none where patients are simulated stage by stage.
    pub fn nanoseconds(&self, plan: &Plan) -> Option<f64> {
        let analyses = 50.0 * plan.analyses.len() as f64;
        match self {
            Engine::Patients(engine) => Some(analyses + 2.0 * engine.normals() as f64),
            Engine::Statistics(_) => Some(analyses),
            Engine::TherapistStatistics(_) => Some(5.0 * analyses),
            Engine::VirtualPatients(_) => None,
        }
    }

    /// Simulates 2^`level` blocks of so many replicates in all, from number `first` on, and merges them in pairs.
    pub fn node(
        &self,
        plan: &Plan,
        worker: &mut Worker,
        first: u64,
        level: u32,
        replicates: u64,
    ) -> Simulated {
        if level == 0 {
            let from = first * BLOCK;
            return self.block(plan, worker, from, BLOCK.min(replicates - from));
        }
        let mut node = self.node(plan, worker, first, level - 1, replicates);
        node.merge(self.node(plan, worker, first + (1 << (level - 1)), level - 1, replicates));
        node
    }

    /// The twins of its trials, if there are any.
    pub fn twins(&self) -> Option<&Twins> {
        match self {
            Engine::VirtualPatients(engine) => engine.twins.as_ref(),
            Engine::Patients(_) | Engine::Statistics(_) | Engine::TherapistStatistics(_) => None,
        }
    }

    /// Simulates replicates `first..first + trials`, a batch, and analyses these: the worker has the fits.
    pub fn fit(&self, plan: &Plan, worker: &mut Worker, first: u64, trials: usize) {
        match (self, &mut worker.room) {
            (Engine::VirtualPatients(engine), Room::VirtualPatients(room)) => {
                engine.fit(plan, room, first, trials, &mut worker.fits);
            }
            (Engine::Patients(engine), Room::Patients(room)) => {
                engine.simulate(room, first, trials);
                plan.fit_moments(room.moments(0), &mut worker.fits);
            }
            (Engine::Statistics(engine), Room::Statistics { drawn, moments }) => {
                engine.simulate(plan, drawn, first, trials, moments);
                plan.fit_moments(moments, &mut worker.fits);
            }
            (Engine::TherapistStatistics(engine), Room::TherapistStatistics { drawn, moments }) => {
                engine.simulate(drawn, first, trials, moments);
                plan.fit_moments(moments, &mut worker.fits);
            }
            // A worker is made by its engine. Without trials nothing would be counted.
            _ => worker.fits.iter_mut().for_each(|fits| fits.trials = 0),
        }
    }
}
