//! The engine for trials whose patients are more than normal variables in four arms of fixed sizes.
//!
//! Each trial is simulated stage by stage and analysed by itself, since the
//! patients that an analysis can use differ from trial to trial.

use super::virtual_trial::{TrialColumns, VirtualTrial};
use crate::analysis::{Complete, Estimator, Fits, OneTrial, TrialData, Worker, recorded};
use crate::engine::plan::{Plan, PlannedAnalysis};
use crate::engine::twin::{TwinRoom, Twins};
use crate::estimand::ARMS;
use crate::observation::{MomentsBatch, Recorded, record};
use crate::summary::{ControlSums, hedges_correction};

/// What is the same for all trials.
#[derive(Debug, Clone)]
pub(in crate::engine) struct VirtualPatientsEngine {
    pub trial: VirtualTrial,
    analyst: Analyst,
    /// Where power is to be adjusted by them.
    pub twins: Option<Twins>,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(in crate::engine) struct Room {
    columns: TrialColumns,
    /// Columns that code levels.
    indicators: Vec<Vec<f64>>,
    desk: Desk,
    twins: Option<TwinRoom>,
}

impl VirtualPatientsEngine {
    pub(in crate::engine) fn new(plan: &Plan, trial: VirtualTrial) -> Self {
        VirtualPatientsEngine { trial, analyst: Analyst::new(plan), twins: None }
    }

    /// The same, with twins of its trials.
    pub(in crate::engine) fn with_twins(self, twins: Twins) -> Self {
        VirtualPatientsEngine { twins: Some(twins), ..self }
    }

    pub(in crate::engine) fn room(&self, plan: &Plan) -> Room {
        Room {
            columns: self.trial.columns(),
            indicators: vec![vec![0.0; plan.layout.patients()]; plan.indicators.len()],
            desk: Desk::new(plan),
            twins: self.twins.as_ref().map(|twins| twins.room(plan)),
        }
    }

    /// Simulates and analyses replicates `first..first + trials`.
    pub(in crate::engine) fn fit(
        &self,
        plan: &Plan,
        room: &mut Room,
        first: u64,
        trials: usize,
        fits: &mut [Fits],
    ) {
        for trial in 0..trials {
            let Room { columns, indicators, desk, twins } = &mut *room;
            let replicate = first + trial as u64;
            self.trial.enact(replicate, columns);
            if let (Some(twins), Some(room)) = (&self.twins, &mut *twins) {
                twins.keep(&self.trial, columns, room);
            }
            self.trial.observe(replicate, columns);
            write_indicators(plan, &self.trial, columns, indicators);
            let column = |variable: usize| column_of(plan, &self.trial, columns, indicators, variable);
            let data = TrialData {
                arms: &columns.arms,
                therapists: &columns.therapists,
                blocks: &columns.blocks,
                draws: (self.trial.seed, columns.replicate),
                column: &column,
            };
            self.analyst.analyse(plan, &data, desk, trial, fits, |number, complete| {
                if let (Some(of), Some(room)) = (&self.twins, &mut *twins) {
                    of.fit(plan, number, columns, complete, room, trial);
                }
            });
        }
        self.analyst.finish(plan, &mut room.desk, trials, fits);
    }

    /// Adds the controls of a batch of trials to one half of the sums, if there are twins.
    pub(in crate::engine) fn add_controls(
        &self,
        plan: &Plan,
        room: &mut Room,
        fits: &[Fits],
        trials: usize,
        half: usize,
        sums: &mut Option<ControlSums>,
    ) {
        if let (Some(twins), Some(room), Some(sums)) = (&self.twins, &mut room.twins, sums) {
            twins.add(plan, room, fits, trials, half, sums);
        }
    }
}

/// Writes the columns that code levels.
pub(super) fn write_indicators(
    plan: &Plan,
    trial: &VirtualTrial,
    columns: &TrialColumns,
    indicators: &mut [Vec<f64>],
) {
    for (indicator, column) in plan.indicators.iter().zip(indicators) {
        indicator.write(trial.recorded(columns, indicator.variable), column);
    }
}

/// The column of a variable of the plan: recorded, or one that codes levels.
pub(super) fn column_of<'a>(
    plan: &Plan,
    trial: &VirtualTrial,
    columns: &'a TrialColumns,
    indicators: &'a [Vec<f64>],
    variable: usize,
) -> &'a [f64] {
    match variable.checked_sub(plan.variables.len() - indicators.len()) {
        None => trial.recorded(columns, variable),
        Some(indicator) => &indicators[indicator],
    }
}

/// Whether an analysis waits for a batch of trials: it needs moments, and of the same patients in every trial.
fn is_by_batch(plan: &Plan, planned: &PlannedAnalysis) -> bool {
    matches!(planned.estimator, Estimator::Moments(_)) && !plan.sizes_vary
}

/// Whoever analyses the trials of a plan, one by one.
#[derive(Debug, Clone)]
pub(super) struct Analyst {
    /// Hedges' correction by degrees of freedom, where these differ between trials.
    corrections: Vec<f64>,
    /// What is recorded of each trial for the analyses of a whole batch.
    recorded: Recorded,
}

/// Their buffers.
#[derive(Debug)]
pub(super) struct Desk {
    trial: OneTrial,
    /// Of a batch of trials, for the analyses that need no more.
    moments: MomentsBatch,
    /// One trial's, one per analysis.
    one: Vec<Fits>,
    /// For the analyses that look at patients one by one.
    workers: Vec<Option<Box<dyn Worker>>>,
}

impl Desk {
    pub(super) fn new(plan: &Plan) -> Self {
        let (patients, variables) = (plan.layout.patients(), plan.variables.len());
        let mut arms = vec![0; patients];
        plan.layout.write_arms(&mut arms);
        Desk {
            trial: match plan.sizes_vary {
                true => OneTrial::new(patients, variables),
                false => OneTrial::of_everyone(&arms, variables),
            },
            moments: plan.moments(),
            one: plan.fits(),
            workers: plan.analyses.iter().map(|planned| planned.estimator.worker()).collect(),
        }
    }
}

impl Analyst {
    pub(super) fn new(plan: &Plan) -> Self {
        let corrections = match plan.sizes_vary {
            true => (0..=plan.layout.patients()).map(|df| hedges_correction(df as f64)).collect(),
            false => Vec::new(),
        };
        let by_batch = plan.analyses.iter().filter(|planned| is_by_batch(plan, planned));
        let recorded = recorded(by_batch.map(|planned| planned.estimator.analysis()));
        Analyst { corrections, recorded }
    }

    /// Analyses the patients of one trial, as they lie in the plan's layout; it becomes number `trial` of `fits`, of some
    /// analyses only when the batch is finished. `after` is told of each analysis its number and whom it analysed.
    pub(super) fn analyse(
        &self,
        plan: &Plan,
        data: &TrialData<'_>,
        desk: &mut Desk,
        trial: usize,
        fits: &mut [Fits],
        mut after: impl FnMut(usize, &Complete),
    ) {
        // Where patients lie by arm and nothing is missing, whole rows are added up: the same additions in the same
        // order as for patients who are listed.
        record(data.column, &plan.layout, &self.recorded, &mut desk.moments, trial);
        for (&variable, contrasts) in self.recorded.between.iter().zip(plan.therapists.iter().cycle()) {
            let patients = (data.arms, data.therapists);
            contrasts.record(variable, (data.column)(variable), patients, &mut desk.moments, trial);
        }
        for (number, planned) in plan.analyses.iter().enumerate() {
            if !is_by_batch(plan, planned) {
                self.analyse_by(plan, number, planned, data, desk);
                fits[number].take_trial(trial, &desk.one[number]);
            }
            after(number, desk.trial.complete());
        }
    }

    /// Analyses what was recorded of a batch of trials.
    pub(super) fn finish(&self, plan: &Plan, desk: &mut Desk, trials: usize, fits: &mut [Fits]) {
        desk.moments.trials = trials;
        for (planned, fits) in plan.analyses.iter().zip(fits) {
            match &planned.estimator {
                Estimator::Moments(analysis) if is_by_batch(plan, planned) => {
                    analysis.fit(&desk.moments, fits)
                }
                _ => fits.trials = trials,
            }
        }
    }

    fn analyse_by(
        &self,
        plan: &Plan,
        number: usize,
        planned: &PlannedAnalysis,
        data: &TrialData<'_>,
        desk: &mut Desk,
    ) {
        let Desk { trial, one, workers, .. } = desk;
        let one = &mut one[number];
        let worker = workers[number].as_deref_mut().map(|worker| worker as &mut dyn Worker);
        let sizes = trial.fit(&planned.estimator, worker, &planned.recorded, data, one);
        if plan.sizes_vary {
            // The correction differs between trials, so it goes into the standardiser.
            let pooled = sizes.iter().sum::<f64>() - ARMS as f64;
            let correction = self.corrections.get(pooled as usize).copied().unwrap_or(1.0);
            one.outcome_variance[0] /= correction * correction;
        }
    }
}
