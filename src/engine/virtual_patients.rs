//! The engine for trials whose patients are more than normal variables in four arms of fixed sizes.
//!
//! Each trial is simulated stage by stage and analysed by itself, since the
//! patients that an analysis can use differ from trial to trial.

use super::plan::{Plan, PlannedAnalysis};
use super::virtual_trial::{TrialColumns, VirtualTrial};
use crate::analysis::{DegreesOfFreedom, Fits};
use crate::estimand::ESTIMANDS;
use crate::observation::{MomentsBatch, record, record_complete};
use crate::summary::hedges_correction;

/// What is the same for all trials.
#[derive(Debug, Clone)]
pub(super) struct VirtualPatientsEngine {
    pub trial: VirtualTrial,
    /// Hedges' correction by degrees of freedom, where these differ between trials.
    corrections: Vec<f64>,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(super) struct Room {
    columns: TrialColumns,
    moments: MomentsBatch,
    one: Fits,
    complete: Vec<u32>,
    /// One per analysis.
    pub fits: Vec<Fits>,
}

impl VirtualPatientsEngine {
    pub(super) fn new(plan: &Plan, trial: VirtualTrial) -> Self {
        let corrections = match plan.sizes_vary {
            true => (0..=plan.layout.patients()).map(|df| hedges_correction(df as f64)).collect(),
            false => Vec::new(),
        };
        VirtualPatientsEngine { trial, corrections }
    }

    pub(super) fn room(&self, plan: &Plan) -> Room {
        Room {
            columns: self.trial.columns(),
            moments: MomentsBatch::new(plan.layout.sizes(), plan.variables.len()),
            one: Fits::new(),
            complete: Vec::with_capacity(plan.layout.patients()),
            fits: vec![Fits::new(); plan.analyses.len()],
        }
    }

    /// Simulates and analyses replicates `first..first + trials`.
    pub(super) fn fit(&self, plan: &Plan, room: &mut Room, first: u64, trials: usize) {
        for trial in 0..trials {
            self.trial.simulate(first + trial as u64, &mut room.columns);
            for (number, planned) in plan.analyses.iter().enumerate() {
                self.analyse(plan, planned, room);
                room.fits[number].take_trial(trial, &room.one);
            }
        }
        room.fits.iter_mut().for_each(|fits| fits.trials = trials);
    }

    fn analyse(&self, plan: &Plan, planned: &PlannedAnalysis, room: &mut Room) {
        let Room { columns, moments, one, complete, .. } = room;
        let column = |variable| self.trial.recorded(columns, variable);
        // Where patients lie by arm and nothing is missing, whole rows are added up: the same
        // additions in the same order.
        if plan.sizes_vary {
            record_complete(column, &columns.arms, &planned.recorded, complete, moments);
        } else {
            moments.trials = 1;
            record(column, &plan.layout, &planned.recorded, moments, 0);
        }
        planned.analysis.fit(moments, one);
        if !plan.sizes_vary {
            return;
        }
        let pooled = moments.pooled_degrees_of_freedom();
        if let DegreesOfFreedom::Constant(df) = planned.analysis.degrees_of_freedom(&moments.sizes) {
            (0..ESTIMANDS).for_each(|estimand| one.degrees_of_freedom[estimand][0] = df);
        }
        // Too few patients left for the critical values, or for any.
        if one.degrees_of_freedom.iter().any(|column| column[0].is_nan() || column[0] < 1.0) {
            one.mark_failed();
            return;
        }
        // The correction differs between trials, so it goes into the standardiser.
        let correction = self.corrections.get(pooled as usize).copied().unwrap_or(1.0);
        one.outcome_variance[0] /= correction * correction;
    }
}
