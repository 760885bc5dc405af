//! The loop over replicates.
//!
//! In come a checked scenario and how many replicates of which seed; out comes a
//! [`RunResult`]. The engine drives the way through the house: it makes a plan
//! once (columns, analyses, truths, critical values), simulates blocks of
//! replicates by one of two exact engines, and merges their sums in the order of
//! the blocks. It knows no clock, file or terminal; whoever calls it is told of
//! progress between waves of blocks.
//!
//! | where | what |
//! |---|---|
//! | `plan`, `qualify`, `truths`, `family` | what is fixed before the first replicate |
//! | `patients`, `statistics` | the two engines |
//! | `block`, `parallel`, `stopping` | the loop |
//! | `assemble`, `warnings`, `advice` | from sums to the result |
//! | `together` | many scenarios with the same random numbers, for the planner's questions |
//! | `replicates`, `trial`, `explained`, `twin` | each replicate by itself, one trial, none yet, and control variates |
//!
//! Replicate i of seed s is the same whatever the threads, the order or the
//! number of replicates.

mod advice;
mod assemble;
mod block;
mod explained;
mod family;
mod indicators;
mod parallel;
mod patients;
mod plan;
mod qualify;
mod replicates;
mod statistics;
mod stopping;
mod together;
mod trial;
mod truths;
mod twin;
mod warnings;

use crate::error::{Error, ErrorKind, Result};
use crate::result::RunResult;
use crate::scenario::Scenario;
use crate::summary::MergeTree;
pub use advice::{IMPRECISE, imprecise_power, imprecise_primary};
pub use assemble::{described_outcomes, formula_narrow, formula_powers, is_claim_right};
pub use explained::{Explained, ExplainedModeration, ExplainedOutcome, Recorded, explained};
pub use qualify::qualifies_for_statistics;
pub use replicates::{ReplicateAnswer, ReplicateRow, replicates};
pub use together::looks::{Conductor, Looked, Looks, WHY_PATIENTS, degrees_of_freedom, look};
pub use together::successes::{
    Success, Successes, engine_for_all, paired_successes, successes, successes_side_by_side,
};
pub use together::tables::{Runs, run_together};
pub use together::thresholds::{AllThresholds, FormulaAt, Thresholds, claim_thresholds, obstacles_to_shift};
pub use trial::{Trial, TrialColumn, trial};
pub use warnings::uncertainty_not_used;

use assemble::Finished;
use block::{BLOCK, Engine, Simulated};
use parallel::Pool;
use patients::virtual_patients::VirtualPatientsEngine;
use patients::virtual_trial::VirtualTrial;
use plan::{Plan, TruthsFrom};
use stopping::Stopping;
use truths::Population;
use twin::Twins;

/// How to run a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOptions {
    /// Seed of all random streams.
    pub seed: u64,
    /// Number of replicates; with `precision` the largest number.
    pub replicates: u64,
    /// Stop at the first block boundary where every primary power has a Monte Carlo
    /// standard error up to this.
    pub precision: Option<f64>,
    /// Which engine.
    pub engine: EngineChoice,
    /// Number of threads; by default one per processor. Changes nothing but the time.
    pub threads: Option<usize>,
    /// Go on although most trials of an analysis give no answer.
    pub keep_going: bool,
    /// Also adjust power by the Gaussian twin of each trial; an error where there is none. Only [`run`] does so.
    pub control_variate: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            seed: 1,
            replicates: 10_000,
            precision: None,
            engine: EngineChoice::Auto,
            threads: None,
            keep_going: false,
            control_variate: false,
        }
    }
}

/// Which engine to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// `statistics` where it is exact, else `patients`.
    #[default]
    Auto,
    /// Every patient of every replicate.
    Patients,
    /// Sufficient statistics; an error where that is not exact.
    Statistics,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Replicates done.
    pub done: u64,
    /// Replicates to do, at most.
    pub total: u64,
    /// The largest Monte Carlo standard error among the primary powers so far.
    pub largest_primary_mcse: Option<f64>,
}

/// Most blocks between two reports of progress; bounds the memory that waits for merging.
const LARGEST_WAVE: u64 = 1024;

/// Simulates a scenario and summarises what its analyses conclude.
///
/// # Errors
///
/// `Usage` if there are no replicates, the precision is not above zero, or the
/// engine asked for does not fit the scenario; `Scenario` if most trials of an analysis
/// give no answer.
pub fn run(
    scenario: &Scenario,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<RunResult> {
    check(options)?;
    let plan = Plan::new(scenario, TruthsFrom::Population(&Population::new(scenario)?))?;
    let (engine, why) = choose(scenario, &plan, options)?;
    let nanoseconds = engine.nanoseconds(&plan).map(|each| each * options.replicates as f64);
    let pool = Pool::for_work(options.threads, nanoseconds)?;
    let mut stopping = Stopping::new(&plan, options.precision);
    let mut tree = MergeTree::new();
    let blocks = options.replicates.div_ceil(BLOCK);
    let (mut merged, mut done) = (0, 0);
    while merged < blocks && !stopping.reached(done) {
        let wave = stopping.wave(done, pool.threads()).min(blocks - merged);
        let level = level(merged, wave, pool.threads(), options.precision);
        let nodes = wave >> level;
        // What does not fill a node is merged here, block by block.
        let first = merged + (nodes << level);
        let place = |number: u64| match number.checked_sub(nodes) {
            None => (merged + (number << level), level),
            Some(block) => (first + block, 0),
        };
        let results = pool.map(
            0..nodes + (merged + wave - first),
            || engine.worker(&plan),
            |worker, number| {
                let (block, level) = place(number);
                (level, engine.node(&plan, worker, block, level, options.replicates))
            },
        );
        for (level, node) in results {
            if stopping.reached(done) {
                break;
            }
            stopping.count(&node.sums);
            tree.push_node(level, node);
            merged += 1 << level;
            done = options.replicates.min(merged * BLOCK);
        }
        if !options.keep_going {
            stopping.refuse_hopeless(&plan, done, options.replicates)?;
        }
        let largest_primary_mcse = stopping.largest_mcse(done);
        progress(&Progress { done, total: options.replicates, largest_primary_mcse });
    }
    let Simulated { sums, family, controls } = tree.total().unwrap_or_default();
    let finished = Finished {
        scenario,
        options,
        plan: &plan,
        engine: engine.name(),
        engine_why: why,
        sums: &sums,
        family: family.as_ref(),
        controls: engine.twins().zip(controls.as_ref()),
        replicates: done,
        precision: stopping.outcome(done),
    };
    Ok(finished.result())
}

/// Level of the nodes in the tree of blocks that a thread makes by itself: 2^level blocks, merged. More than one where there
/// are many for each thread, as what is merged afterwards, one after the other, is what more threads do not make
/// quicker. One where the run stops as soon as it can.
fn level(merged: u64, wave: u64, threads: usize, precision: Option<f64>) -> u32 {
    const LEVEL: u32 = 3;
    let many = wave >= threads as u64 * (1 << (2 * LEVEL));
    // The tree's shape is kept by whole nodes only.
    if precision.is_none() && many && merged.is_multiple_of(1 << LEVEL) { LEVEL } else { 0 }
}

fn check(options: &RunOptions) -> Result<()> {
    if options.replicates == 0 {
        return Err(Error::new(ErrorKind::Usage, "the number of replicates is 0; at least 1 is needed"));
    }
    match options.precision {
        Some(precision) if !(precision > 0.0 && precision < 0.5) => Err(Error::new(
            ErrorKind::Usage,
            format!("the precision is {precision}; a number above 0 and below 0.5 is needed"),
        )
        .help("it is the largest Monte Carlo standard error of a power, as in 0.001")),
        _ => Ok(()),
    }
}

/// The engine for this run, and why.
fn choose(scenario: &Scenario, plan: &Plan, options: &RunOptions) -> Result<(Engine, String)> {
    let obstacles = qualify::obstacles_with(scenario, plan.therapists.as_ref());
    let patients = || Engine::of_patients(scenario, plan, options.seed);
    if options.control_variate {
        return with_twins(scenario, plan, options, obstacles);
    }
    let statistics = || Engine::of_statistics(scenario, plan, options.seed);
    match options.engine {
        EngineChoice::Patients => Ok((patients()?, "asked for".to_owned())),
        EngineChoice::Auto if obstacles.is_empty() => Ok((statistics()?, EXACT.to_owned())),
        EngineChoice::Auto => Ok((patients()?, obstacles.join("; "))),
        EngineChoice::Statistics if obstacles.is_empty() => Ok((statistics()?, "asked for".to_owned())),
        EngineChoice::Statistics => Err(inexact(&obstacles)),
    }
}

/// The engine whose trials have twins, and why it is not that of sufficient statistics.
fn with_twins(
    scenario: &Scenario,
    plan: &Plan,
    options: &RunOptions,
    obstacles: Vec<&'static str>,
) -> Result<(Engine, String)> {
    let useless = |message: &str| {
        Error::new(ErrorKind::Usage, format!("a control variate is of no use here: {message}"))
            .help("run without --control-variate")
    };
    if options.engine == EngineChoice::Statistics {
        return Err(useless("the statistics engine simulates the Gaussian trial itself"));
    }
    if plan.formula_obstacles.is_empty() {
        return Err(useless(
            "the trial is Gaussian as it is, so that the power of anova, ancova and change is known by formula",
        ));
    }
    let trial = VirtualTrial::new(scenario, plan.layout.clone(), options.seed, plan.settled.as_deref())?;
    let twins = Twins::new(scenario, plan, &trial)?;
    let engine = VirtualPatientsEngine::new(plan, trial).with_twins(twins);
    let why = match options.engine {
        EngineChoice::Patients => "asked for".to_owned(),
        _ => obstacles.join("; "),
    };
    Ok((Engine::VirtualPatients(Box::new(engine)), why))
}

/// Why sufficient statistics are drawn.
const EXACT: &str =
    "normal variables, fixed arm sizes, nothing rounded or missing: sufficient statistics are exact";

/// Why they are not, although asked for.
fn inexact(obstacles: &[&str]) -> Error {
    let message = format!("the statistics engine is not exact for this scenario: {}", obstacles.join("; "));
    Error::new(ErrorKind::Usage, message).help("use --engine patients or --engine auto")
}
