//! Trials of several sizes of which the smaller are the first patients of the largest.
//!
//! Patient k has the same draws whatever the size of the trial (the table in [`assignment`] says where), so the
//! largest trial is simulated once, and each size analyses its first patients: the fits are those of a run of
//! that size alone, to the last bit.
//!
//! [`assignment`]: crate::assignment

use super::virtual_patients::{Analyst, Desk, column_of, write_indicators};
use super::virtual_trial::{TrialColumns, VirtualTrial};
use crate::analysis::{Fits, TrialData};
use crate::assignment::Layout;
use crate::engine::plan::Plan;
use crate::error::Result;
use crate::estimand::ARMS;
use crate::scenario::{AssignmentMethod, Scenario, TherapistLayout, resolve};

/// Patients with anything more: each size is analysed by itself.
#[derive(Debug)]
pub(in crate::engine) struct NestedVirtualPatients {
    trial: VirtualTrial,
    sizes: Vec<Size>,
}

/// One of the sizes.
#[derive(Debug)]
struct Size {
    /// Where its patients lie among those of the largest, unless they are just the first of these.
    rows: Option<Vec<u32>>,
    patients: usize,
    analyst: Analyst,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(in crate::engine) struct VirtualRoom {
    columns: TrialColumns,
    indicators: Vec<Vec<f64>>,
    /// By size.
    desks: Vec<Desk>,
    /// The columns of patients who do not lie together.
    gathered: Gathered,
}

/// Columns of some of the patients.
#[derive(Debug, Default)]
struct Gathered {
    /// By variable; empty where nothing needs it.
    values: Vec<Vec<f64>>,
    arms: Vec<u8>,
    blocks: Vec<u32>,
}

/// Whether smaller trials of a checked scenario are contained in larger ones, all that analyses see included.
pub(in crate::engine) fn is_nested(scenario: &Scenario) -> bool {
    let assignment = &scenario.design.assignment;
    let in_order = match assignment.method {
        AssignmentMethod::Fixed | AssignmentMethod::Simple | AssignmentMethod::Urn => true,
        AssignmentMethod::Blocks => assignment.strata.is_empty(),
        AssignmentMethod::Minimisation => false,
    };
    in_order && scenario.design.therapists.is_none() && !resolve::is_observational(scenario)
}

/// Whether a checked trial can be looked at after its first patients: they are enrolled in the order of the columns, or
/// each arm's are all alike. Therapists have to see patients as these come, not one therapist after the other.
pub(in crate::engine) fn is_looked_at_in_order(scenario: &Scenario) -> bool {
    let therapists = scenario.design.therapists.as_ref();
    let as_they_come = therapists.is_none_or(|therapists| therapists.layout == TherapistLayout::Crossed);
    let in_order = resolve::has_random_sizes(scenario) && as_they_come;
    (in_order || is_nested(scenario)) && !resolve::is_observational(scenario)
}

impl NestedVirtualPatients {
    /// For plans of nested trials that differ in nothing but their sizes.
    pub fn new(scenario: &Scenario, plans: &[Plan], seed: u64) -> Result<Self> {
        let fixed = !resolve::has_random_sizes(scenario);
        let most = |of: fn(&Layout) -> usize| plans.iter().map(|plan| of(&plan.layout)).max().unwrap_or(0);
        let largest = match fixed {
            true => Layout::new([most(Layout::rows) as u64; ARMS]),
            false => Layout::in_order(most(Layout::patients)),
        };
        let trial = VirtualTrial::new(
            scenario,
            largest,
            seed,
            plans.first().and_then(|plan| plan.settled.as_deref()),
        )?;
        let size = |plan: &Plan| Size {
            rows: rows(&plan.layout).filter(|_| fixed),
            patients: plan.layout.patients(),
            analyst: Analyst::new(plan),
        };
        Ok(NestedVirtualPatients { trial, sizes: plans.iter().map(size).collect() })
    }

    pub fn room(&self, plans: &[Plan]) -> VirtualRoom {
        let (variables, patients) = (plans[0].variables.len(), self.trial.layout.patients());
        VirtualRoom {
            columns: self.trial.columns(),
            indicators: vec![vec![0.0; patients]; plans[0].indicators.len()],
            desks: plans.iter().map(Desk::new).collect(),
            gathered: Gathered {
                values: vec![Vec::with_capacity(patients); variables],
                ..Gathered::default()
            },
        }
    }

    /// Simulates and analyses a batch of trials; `fits` by size and analysis.
    pub fn fit(
        &self,
        plans: &[Plan],
        room: &mut VirtualRoom,
        first: u64,
        trials: usize,
        fits: &mut [Vec<Fits>],
    ) {
        for trial in 0..trials {
            self.trial.simulate(first + trial as u64, &mut room.columns);
            write_indicators(&plans[0], &self.trial, &room.columns, &mut room.indicators);
            for (number, plan) in plans.iter().enumerate() {
                self.analyse(plan, number, room, trial, &mut fits[number]);
            }
        }
        let sizes = self.sizes.iter().zip(plans).zip(&mut room.desks).zip(fits);
        sizes.for_each(|(((size, plan), desk), fits)| size.analyst.finish(plan, desk, trials, fits));
    }

    fn analyse(&self, plan: &Plan, number: usize, room: &mut VirtualRoom, trial: usize, fits: &mut [Fits]) {
        let VirtualRoom { columns, indicators, desks, gathered } = room;
        let Size { rows, patients, analyst } = &self.sizes[number];
        let of_largest = |variable: usize| column_of(plan, &self.trial, columns, indicators, variable);
        let draws = (self.trial.seed, columns.replicate);
        match rows {
            None => {
                let column = |variable: usize| &of_largest(variable)[..*patients];
                let blocks = &columns.blocks[..columns.blocks.len().min(*patients)];
                let arms = &columns.arms[..*patients];
                let therapists = &columns.therapists[..columns.therapists.len().min(*patients)];
                let data = TrialData { arms, therapists, blocks, draws, column: &column };
                analyst.analyse(plan, &data, &mut desks[number], trial, fits, |_, _| ());
            }
            Some(rows) => {
                for &variable in plan.recorded.variables.iter().chain(&plan.recorded.any_of) {
                    gather(rows, of_largest(variable), &mut gathered.values[variable]);
                }
                gather(rows, &columns.arms, &mut gathered.arms);
                let blocks = if columns.blocks.is_empty() { &[][..] } else { rows };
                gather(blocks, &columns.blocks, &mut gathered.blocks);
                let column = |variable: usize| gathered.values[variable].as_slice();
                let (arms, blocks) = (&gathered.arms, &gathered.blocks);
                let data = TrialData { arms, therapists: &[], blocks, draws, column: &column };
                analyst.analyse(plan, &data, &mut desks[number], trial, fits, |_, _| ());
            }
        }
    }
}

/// Where the patients of a layout lie in one with arms of equal size; none if they are its first ones.
fn rows(layout: &Layout) -> Option<Vec<u32>> {
    let full = layout.full_rows() * ARMS;
    if layout.tail_arms().is_empty() {
        return None;
    }
    let mut rows: Vec<u32> = (0..full as u32).collect();
    let mut next = [layout.full_rows(); ARMS];
    for &arm in layout.tail_arms() {
        let arm = usize::from(arm);
        rows.push((next[arm] * ARMS + arm) as u32);
        next[arm] += 1;
    }
    Some(rows)
}

fn gather<T: Copy>(rows: &[u32], from: &[T], to: &mut Vec<T>) {
    to.clear();
    to.extend(rows.iter().map(|&row| from[row as usize]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patients_of_unequal_arms_are_found_among_equal_ones() {
        assert_eq!(rows(&Layout::new([3; ARMS])), None);
        let first = [0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(rows(&Layout::new([2, 4, 2, 3])), Some([&first[..], &[9, 11, 13]].concat()));
    }
}
