//! What each replicate's analyses said, one by one.
//!
//! In come a scenario and how to run it; out come estimates, replicate by replicate, in order. They are
//! those that the run's sums are made of: for looking at a distribution, and for holding the
//! export of one trial against the run.

use super::parallel::Pool;
use super::patients::virtual_patients::VirtualPatientsEngine;
use super::patients::virtual_trial::VirtualTrial;
use super::plan::{Plan, TruthsFrom};
use super::{RunOptions, check};
use crate::analysis::{BATCH, DegreesOfFreedom, Failure, Fits};
use crate::error::Result;
use crate::scenario::Scenario;
use crate::stats::student_t;

/// One estimand of one analysis of one replicate.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicateRow<'a> {
    /// The replicate, counted from 0.
    pub replicate: u64,
    /// The analysis.
    pub analysis: &'a str,
    /// The outcome.
    pub outcome: &'a str,
    /// The estimand.
    pub estimand: &'a str,
    /// Estimate, standard error and degrees of freedom, or why there are none.
    pub answer: std::result::Result<ReplicateAnswer, Failure>,
}

/// What an analysis said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplicateAnswer {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom of the t statistic.
    pub df: f64,
    /// p value: two-sided, unless the analysis has a test of its own.
    pub p: f64,
}

/// Batches that wait for their turn, at most.
const WAVE: u64 = 64;

/// Simulates patient by patient and tells what each replicate's analyses said.
///
/// # Errors
/// `Usage`, if there are no replicates; what `see` returns.
pub fn replicates(
    scenario: &Scenario,
    options: &RunOptions,
    see: &mut dyn FnMut(&ReplicateRow<'_>) -> Result<()>,
) -> Result<()> {
    check(options)?;
    let plan = Plan::new(scenario, TruthsFrom::Nowhere)?;
    let trial = VirtualTrial::new(scenario, plan.layout.clone(), options.seed, plan.settled.as_deref())?;
    let engine = VirtualPatientsEngine::new(&plan, trial);
    let pool = Pool::new(options.threads)?;
    let size = BATCH as u64;
    let batches = options.replicates.div_ceil(size);
    let trials_of = |batch: u64| size.min(options.replicates - batch * size) as usize;
    let mut first = 0;
    while first < batches {
        let last = (first + WAVE).min(batches);
        let fitted = pool.map(
            first..last,
            || engine.room(&plan),
            |room, number| {
                let mut fits = plan.fits();
                engine.fit(&plan, room, number * size, trials_of(number), &mut fits);
                fits
            },
        );
        for (number, fits) in (first..last).zip(fitted) {
            for trial in 0..trials_of(number) {
                tell(&plan, &fits, number * size + trial as u64, trial, see)?;
            }
        }
        first = last;
    }
    Ok(())
}

/// One replicate.
fn tell(
    plan: &Plan,
    fits: &[Fits],
    replicate: u64,
    trial: usize,
    see: &mut dyn FnMut(&ReplicateRow<'_>) -> Result<()>,
) -> Result<()> {
    let sizes = plan.layout.sizes().map(|size| size as f64);
    for (planned, fits) in plan.analyses.iter().zip(fits) {
        let known = match planned.estimator.analysis().degrees_of_freedom(&sizes) {
            DegreesOfFreedom::Constant(df) if !plan.sizes_vary => Some(df),
            _ => None,
        };
        let failed = !fits.answers(trial);
        for (number, estimand) in planned.estimands.iter().enumerate() {
            let answer = if failed {
                Err(fits.failure[trial])
            } else {
                let (estimate, se) = (fits.estimate[number][trial], fits.variance[number][trial].sqrt());
                let df = known.unwrap_or(fits.degrees_of_freedom[number][trial]);
                let own = fits.p.get(number).map(|p| p[trial]);
                let p = own.unwrap_or_else(|| student_t::p_value(estimate / se, df));
                Ok(ReplicateAnswer { estimate, se, df, p })
            };
            see(&ReplicateRow {
                replicate,
                analysis: &planned.id,
                outcome: &planned.outcome,
                estimand: &estimand.id,
                answer,
            })?;
        }
    }
    Ok(())
}
