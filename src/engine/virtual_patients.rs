//! The engine for trials whose patients are more than normal variables in four arms of fixed sizes.
//!
//! Each trial is simulated stage by stage and analysed by itself, since the
//! patients that an analysis can use differ from trial to trial.

use super::plan::{Plan, PlannedAnalysis};
use super::twin::{TwinRoom, Twins};
use super::virtual_trial::{TrialColumns, VirtualTrial};
use crate::analysis::{Complete, Estimator, Fits, OneTrial, TrialData, Worker};
use crate::estimand::ARMS;
use crate::observation::record;
use crate::summary::{ControlSums, hedges_correction};

/// What is the same for all trials.
#[derive(Debug, Clone)]
pub(super) struct VirtualPatientsEngine {
    pub trial: VirtualTrial,
    analyst: Analyst,
    /// Where power is to be adjusted by them.
    pub twins: Option<Twins>,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(super) struct Room {
    columns: TrialColumns,
    /// Columns that code levels.
    indicators: Vec<Vec<f64>>,
    desk: Desk,
    twins: Option<TwinRoom>,
}

impl VirtualPatientsEngine {
    pub(super) fn new(plan: &Plan, trial: VirtualTrial) -> Self {
        VirtualPatientsEngine { trial, analyst: Analyst::new(plan), twins: None }
    }

    /// The same, with twins of its trials.
    pub(super) fn with_twins(self, twins: Twins) -> Self {
        VirtualPatientsEngine { twins: Some(twins), ..self }
    }

    pub(super) fn room(&self, plan: &Plan) -> Room {
        Room {
            columns: self.trial.columns(),
            indicators: vec![vec![0.0; plan.layout.patients()]; plan.indicators.len()],
            desk: Desk::new(plan),
            twins: self.twins.as_ref().map(|twins| twins.room(plan)),
        }
    }

    /// Simulates and analyses replicates `first..first + trials`.
    pub(super) fn fit(&self, plan: &Plan, room: &mut Room, first: u64, trials: usize, fits: &mut [Fits]) {
        for trial in 0..trials {
            let Room { columns, indicators, desk, twins } = &mut *room;
            let replicate = first + trial as u64;
            self.trial.enact(replicate, columns);
            if let (Some(twins), Some(room)) = (&self.twins, &mut *twins) {
                twins.keep(&self.trial, columns, room);
            }
            self.trial.observe(replicate, columns);
            write_indicators(plan, &self.trial, columns, indicators);
            let column = |variable: usize| recorded(plan, &self.trial, columns, indicators, variable);
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
        fits.iter_mut().for_each(|fits| fits.trials = trials);
    }

    /// Adds the controls of a batch of trials to one half of the sums, if there are twins.
    pub(super) fn add_controls(
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
pub(super) fn recorded<'a>(
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

/// Whoever analyses the trials of a plan, one by one.
#[derive(Debug, Clone)]
pub(super) struct Analyst {
    /// Hedges' correction by degrees of freedom, where these differ between trials.
    corrections: Vec<f64>,
}

/// Their buffers.
#[derive(Debug)]
pub(super) struct Desk {
    trial: OneTrial,
    /// One trial's, one per analysis.
    one: Vec<Fits>,
    /// For the analyses that look at patients one by one.
    workers: Vec<Option<Box<dyn Worker>>>,
}

impl Desk {
    pub(super) fn new(plan: &Plan) -> Self {
        Desk {
            trial: OneTrial::new(plan.layout.patients(), plan.variables.len()),
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
        Analyst { corrections }
    }

    /// Analyses the patients of one trial, as they lie in the plan's layout; it becomes number `trial` of `fits`. `after` is
    /// told of each analysis its number and whom it analysed.
    pub(super) fn analyse(
        &self,
        plan: &Plan,
        data: &TrialData<'_>,
        desk: &mut Desk,
        trial: usize,
        fits: &mut [Fits],
        mut after: impl FnMut(usize, &Complete),
    ) {
        for (number, planned) in plan.analyses.iter().enumerate() {
            self.analyse_by(plan, number, planned, data, desk);
            fits[number].take_trial(trial, &desk.one[number]);
            after(number, desk.trial.complete());
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
        let Desk { trial, one, workers } = desk;
        let one = &mut one[number];
        // Where patients lie by arm and nothing is missing, whole rows are added up: the same
        // additions in the same order.
        if let (Estimator::Moments(analysis), false) = (&planned.estimator, plan.sizes_vary) {
            one.start();
            trial.moments.sizes = plan.layout.sizes().map(|size| size as f64);
            trial.moments.trials = 1;
            record(data.column, &plan.layout, &planned.recorded, &mut trial.moments, 0);
            analysis.fit(&trial.moments, one);
            return;
        }
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
