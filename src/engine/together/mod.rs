//! Several scenarios with the same random numbers.
//!
//! In come scenarios that make points of one question: sizes of a trial, values of an assumption, designs to be
//! compared. All are simulated by one engine with one seed, so that what differs between points is what the
//! scenarios differ in. Points that differ in nothing but the number of patients are simulated in one pass: the
//! smaller trial is the first patients of the larger one ([`patients`](crate::engine::patients),
//! [`nested`](crate::engine::patients::nested)), or has the same standardised statistics. What is kept of the
//! trials is up to a [`Keeper`].

pub(super) mod looks;
mod needed;
pub(super) mod successes;
pub(super) mod tables;
pub(super) mod thresholds;

use crate::analysis::Fits;
use crate::engine::block::{BLOCK, Engine, Worker};
use crate::engine::parallel::Pool;
use crate::engine::patients::nested::{NestedVirtualPatients, VirtualRoom, is_looked_at_in_order, is_nested};
use crate::engine::patients::{PatientRows, PatientsEngine};
use crate::engine::plan::{Plan, TruthsFrom};
use crate::engine::qualify;
use crate::engine::statistics::{Drawn, StatisticsEngine};
use crate::engine::truths::Population;
use crate::engine::{EngineChoice, LARGEST_WAVE, Progress, RunOptions, check};
use crate::error::{Error, ErrorKind, Result};
use crate::observation::{BATCH, MomentsBatch};
use crate::scenario::Scenario;

/// Points that are simulated together.
#[derive(Debug)]
pub(super) struct Together {
    pub plans: Vec<Plan>,
    way: Way,
    pub engine_why: String,
}

/// How points are simulated.
#[derive(Debug)]
enum Way {
    /// Each by itself.
    Apart(Vec<Engine>),
    /// Sufficient statistics of several sizes, from the same draws.
    Statistics(Vec<StatisticsEngine>),
    /// The first patients of the largest trial.
    Patients(PatientsEngine),
    /// The same, with more than normal variables.
    VirtualPatients(Box<NestedVirtualPatients>),
}

/// What keeps what is wanted of the trials.
pub(super) trait Keeper: Send {
    /// What is kept of a block of replicates.
    type Kept: Send;

    /// Takes what the analyses of a point say of a batch of trials; the points of a batch come in order.
    fn take(&mut self, point: usize, plan: &Plan, fits: &mut [Fits], trials: usize);

    /// What was kept since the last call.
    fn block(&mut self) -> Self::Kept;
}

impl Together {
    /// Makes points ready. Without truths nothing but claims can be counted.
    pub fn new(points: &[Scenario], options: &RunOptions, with_truths: bool) -> Result<Self> {
        Self::with(points, options, with_truths, is_nested)
    }

    /// Makes looks at one trial ready: its first patients, and all of them. These need not be what a trial of that size
    /// alone would have: strata and minimisation go on from the patients before.
    pub fn of_looks(points: &[Scenario], options: &RunOptions) -> Result<Self> {
        Self::with(points, options, true, is_looked_at_in_order)
    }

    /// `is_nested` says whether the first patients of the largest trial make the smaller ones.
    fn with(
        points: &[Scenario],
        options: &RunOptions,
        with_truths: bool,
        is_nested: fn(&Scenario) -> bool,
    ) -> Result<Self> {
        check(options)?;
        let Some(first) = points.first() else {
            return Err(Error::new(ErrorKind::Usage, "there is nothing to simulate"));
        };
        let of_sizes = points.iter().all(|point| differ_in_size_only(first, point));
        let mut plans: Vec<Plan> = Vec::with_capacity(points.len());
        let common = if with_truths && of_sizes { Some(Population::new(first)?) } else { None };
        for point in points {
            let plan = match (&common, plans.first()) {
                _ if !with_truths => Plan::new(point, TruthsFrom::Nowhere),
                (Some(population), None) => Plan::new(point, TruthsFrom::Population(population)),
                (Some(population), Some(first)) => Plan::new(point, TruthsFrom::Same(first, population)),
                (None, _) => Plan::new(point, TruthsFrom::Population(&Population::new(point)?)),
            };
            plans.push(plan?);
        }
        let (statistics, engine_why) = choose(points, &plans, options)?;
        let seed = options.seed;
        let by_one = statistics && !plans.iter().any(|plan| plan.is_told_by_contrasts);
        let way = if by_one && of_sizes {
            Way::Statistics(plans.iter().map(|plan| StatisticsEngine::new(plan, seed)).collect())
        } else if statistics {
            let engines =
                plans.iter().zip(points).map(|(plan, point)| Engine::of_statistics(point, plan, seed));
            Way::Apart(engines.collect::<Result<_>>()?)
        } else if of_sizes && plans.len() > 1 && PatientsEngine::is_enough(&plans[0], first) {
            let sizes = plans.iter().map(|plan| plan.layout.sizes()).collect();
            Way::Patients(PatientsEngine::new(&plans[0], sizes, seed))
        } else if of_sizes && plans.len() > 1 && is_nested(first) {
            Way::VirtualPatients(Box::new(NestedVirtualPatients::new(first, &plans, seed)?))
        } else {
            let mut engines: Vec<Engine> = Vec::with_capacity(points.len());
            for (plan, point) in plans.iter_mut().zip(points) {
                // Trials that differ in size only have the shares of the first.
                if let Some(first) = engines.first().filter(|_| of_sizes && plan.settled.is_none()) {
                    plan.settled = first.settled();
                }
                engines.push(Engine::of_patients(point, plan, seed)?);
            }
            Way::Apart(engines)
        };
        Ok(Together { plans, way, engine_why })
    }

    /// Which engine simulates: `patients` or `statistics`.
    pub fn engine(&self) -> &'static str {
        match &self.way {
            Way::Apart(engines) => engines.first().map_or("patients", Engine::name),
            Way::Statistics(_) => "statistics",
            Way::Patients(_) | Way::VirtualPatients(_) => "patients",
        }
    }

    /// Whether the smaller trials are the first patients of the larger ones.
    pub fn is_nested(&self) -> bool {
        matches!(self.way, Way::Patients(_) | Way::VirtualPatients(_))
    }

    /// Simulates replicates `from..from + options.replicates`, and hands over what was kept of each block, in order.
    pub fn simulate<K: Keeper>(
        &self,
        options: &RunOptions,
        keeper: impl Fn() -> K + Sync + Send,
        mut take: impl FnMut(K::Kept) -> Result<()>,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<()> {
        let pool = Pool::new(options.threads)?;
        let blocks = options.replicates.div_ceil(BLOCK);
        let size = |number: u64| BLOCK.min(options.replicates - number * BLOCK);
        // Memory waits for merging: less of it where there are many points.
        let least = 2 * pool.threads() as u64;
        let most = (LARGEST_WAVE / self.plans.len() as u64).max(least);
        let (mut merged, mut done) = (0, 0);
        while merged < blocks {
            let wave = (done / BLOCK).clamp(least, most).min(blocks - merged);
            let kept = pool.map(
                merged..merged + wave,
                || (self.room(), keeper()),
                |(room, keeper), number| {
                    self.block(room, keeper, number * BLOCK, size(number));
                    keeper.block()
                },
            );
            for one in kept {
                take(one)?;
                done += size(merged);
                merged += 1;
            }
            progress(&Progress { done, total: options.replicates, largest_primary_mcse: None });
        }
        Ok(())
    }

    fn block<K: Keeper>(&self, room: &mut Room, keeper: &mut K, first: u64, replicates: u64) {
        let end = first + replicates;
        let mut next = first;
        while next < end {
            let trials = (end - next).min(BATCH as u64) as usize;
            self.batch(room, keeper, next, trials);
            next += trials as u64;
        }
    }

    fn batch<K: Keeper>(&self, room: &mut Room, keeper: &mut K, first: u64, trials: usize) {
        match (&self.way, room) {
            (Way::Apart(engines), Room::Apart(workers)) => {
                for (point, (engine, worker)) in engines.iter().zip(workers).enumerate() {
                    let plan = &self.plans[point];
                    engine.fit(plan, worker, first, trials);
                    keeper.take(point, plan, &mut worker.fits, trials);
                }
            }
            (Way::Statistics(engines), Room::Statistics { drawn, moments, fits }) => {
                engines[0].draw(drawn, first, trials);
                for (point, (engine, plan)) in engines.iter().zip(&self.plans).enumerate() {
                    moments.sizes = plan.layout.sizes().map(|size| size as f64);
                    engine.scale(plan, drawn, first, trials, moments);
                    plan.fit_moments(moments, fits);
                    keeper.take(point, plan, fits, trials);
                }
            }
            (Way::Patients(engine), Room::Patients { room, fits }) => {
                engine.simulate(room, first, trials);
                for (point, plan) in self.plans.iter().enumerate() {
                    plan.fit_moments(room.moments(point), fits);
                    keeper.take(point, plan, fits, trials);
                }
            }
            (Way::VirtualPatients(nested), Room::VirtualPatients { room, fits }) => {
                nested.fit(&self.plans, room, first, trials, fits);
                for (point, (plan, fits)) in self.plans.iter().zip(fits).enumerate() {
                    keeper.take(point, plan, fits, trials);
                }
            }
            // Room is made by `room`: each way has its own.
            _ => {}
        }
    }

    fn room(&self) -> Room {
        let first = &self.plans[0];
        match &self.way {
            Way::Apart(engines) => Room::Apart(
                engines.iter().zip(&self.plans).map(|(engine, plan)| engine.worker(plan)).collect(),
            ),
            Way::Statistics(engines) => Room::Statistics {
                drawn: Box::new(engines[0].drawn(first)),
                moments: first.moments(),
                fits: first.fits(),
            },
            Way::Patients(engine) => {
                Room::Patients { room: Box::new(engine.room(first)), fits: first.fits() }
            }
            Way::VirtualPatients(nested) => Room::VirtualPatients {
                room: Box::new(nested.room(&self.plans)),
                fits: self.plans.iter().map(Plan::fits).collect(),
            },
        }
    }
}

/// Buffers of one thread.
#[derive(Debug)]
enum Room {
    Apart(Vec<Worker>),
    Statistics { drawn: Box<Drawn>, moments: MomentsBatch, fits: Vec<Fits> },
    Patients { room: Box<PatientRows>, fits: Vec<Fits> },
    VirtualPatients { room: Box<VirtualRoom>, fits: Vec<Vec<Fits>> },
}

/// Whether sufficient statistics are drawn, and why: only where that is exact for every point.
fn choose(points: &[Scenario], plans: &[Plan], options: &RunOptions) -> Result<(bool, String)> {
    let points = points.iter().zip(plans);
    let mut obstacles = points.map(|(point, plan)| qualify::obstacles_with(point, plan.therapists.as_ref()));
    let obstacles = obstacles.find(|obstacles| !obstacles.is_empty());
    choose_by(obstacles, options)
}

/// The same by what prevents it at the first point where something does.
pub(super) fn choose_by(
    obstacles: Option<Vec<&'static str>>,
    options: &RunOptions,
) -> Result<(bool, String)> {
    match (options.engine, obstacles) {
        (EngineChoice::Patients, _) => Ok((false, "asked for".to_owned())),
        (EngineChoice::Statistics, None) => Ok((true, "asked for".to_owned())),
        (EngineChoice::Auto, None) => Ok((true, crate::engine::EXACT.to_owned())),
        (EngineChoice::Auto, Some(obstacles)) => Ok((false, obstacles.join("; "))),
        (EngineChoice::Statistics, Some(obstacles)) => Err(crate::engine::inexact(&obstacles)),
    }
}

/// Whether two scenarios are the same but for the numbers of patients.
fn differ_in_size_only(one: &Scenario, other: &Scenario) -> bool {
    let without_sizes = |scenario: &Scenario| {
        let mut scenario = scenario.clone();
        (scenario.design.n_per_arm, scenario.design.n_total) = (None, None);
        if let Some(therapists) = &mut scenario.design.therapists {
            (therapists.n, therapists.caseload) = (0, None);
        }
        scenario
    };
    one.design.n_per_arm.is_some() == other.design.n_per_arm.is_some()
        && without_sizes(one) == without_sizes(other)
}
