//! Therapists and arms of one replicate's patients, in the order in which they are decided.
//!
//! In come the patients before treatment; out come the therapist and the arm of
//! each. With arms of fixed sizes the columns lie by arm already, and therapists
//! follow. Otherwise patients come one after the other: where assignment looks at
//! the therapist, who treats whom is decided first, else after the arms.

use crate::assignment::{Assigner, Places, Strata, TherapistAssignment};
use crate::cohort::{CohortColumns, CohortModel};
use crate::scenario::{AssignmentMethod, Scenario, resolve};

/// How therapists and arms are decided.
#[derive(Debug, Clone)]
pub(crate) struct Allocation {
    therapists: Option<TherapistAssignment>,
    assigner: Option<Assigner>,
    factors: Vec<Factor>,
    levels: Vec<usize>,
    /// Nothing is assigned: everybody has the first levels.
    is_observational: bool,
    /// Whether patients come in blocks.
    has_blocks: bool,
}

/// A factor that assignment looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Factor {
    Therapist,
    /// A categorical covariate, by the index of the variable.
    Covariate(usize),
}

/// Buffers of one thread.
#[derive(Debug, Clone)]
pub(crate) struct AllocationRoom {
    strata: Strata,
    memory: Vec<u64>,
}

impl Allocation {
    /// As a checked scenario states it.
    pub fn new(scenario: &Scenario, cohort: &CohortModel, seed: u64) -> Self {
        let assignment = &scenario.design.assignment;
        let therapists = TherapistAssignment::new(scenario, seed);
        let count = therapists.as_ref().map_or(0, TherapistAssignment::count);
        let factor = |name: &String| match name.as_str() {
            resolve::THERAPIST => Some((Factor::Therapist, count)),
            name => {
                let levels = resolve::levels(scenario, name)?.len();
                Some((Factor::Covariate(cohort.index(name)?), levels))
            }
        };
        let (factors, levels) = assignment.strata.iter().filter_map(factor).unzip();
        let assigner = Assigner::new(assignment, resolve::ratio(scenario), seed);
        let is_observational = resolve::is_observational(scenario);
        let has_blocks = assignment.method == AssignmentMethod::Blocks;
        Allocation { therapists, assigner, factors, levels, is_observational, has_blocks }
    }

    /// Arms as they lie in the columns, and for each patient a therapist of their own.
    pub fn one_each(scenario: &Scenario, patients: usize) -> Self {
        let therapists = scenario.design.therapists.as_ref();
        let therapists = therapists.map(|_| TherapistAssignment::one_each(patients));
        Allocation {
            therapists,
            assigner: None,
            factors: Vec::new(),
            levels: Vec::new(),
            is_observational: false,
            has_blocks: false,
        }
    }

    /// How many therapists there are.
    pub fn therapists(&self) -> usize {
        self.therapists.as_ref().map_or(0, TherapistAssignment::count)
    }

    /// Room for the block of each of so many patients; none where there are no blocks.
    pub fn blocks(&self, patients: usize) -> Vec<u32> {
        vec![0; if self.has_blocks { patients } else { 0 }]
    }

    /// Buffers for replicates of so many patients.
    pub fn room(&self, patients: usize) -> AllocationRoom {
        let columns = self.factors.iter().map(|_| vec![0; patients]).collect();
        let strata = Strata { levels: self.levels.clone(), columns };
        let memory = self.assigner.as_ref().map_or(0, |assigner| assigner.memory(&strata));
        AllocationRoom { strata, memory: vec![0; memory] }
    }

    /// Whether nothing is left to be decided in any replicate: arms are as the columns lie, and therapists follow.
    fn is_settled(&self) -> bool {
        let by_chance = self.therapists.as_ref().is_some_and(TherapistAssignment::is_by_chance);
        self.assigner.is_none() && !self.is_observational && !by_chance
    }

    /// Decides before the first replicate what is the same in all.
    pub fn settle(&self, arms: &[u8], therapists: &mut [u32]) {
        if self.is_settled() {
            self.treat(0, arms, therapists);
        }
    }

    /// Decides who treats whom and who is in which arm and block, unless that is settled.
    pub fn decide(
        &self,
        replicate: u64,
        cohort: &CohortColumns,
        room: &mut AllocationRoom,
        therapists: &mut [u32],
        places: Places<'_>,
    ) {
        if self.is_settled() {
            return;
        }
        let Places { arms, blocks } = places;
        if self.is_observational {
            arms.fill(0);
        }
        let Some(assigner) = &self.assigner else { return self.treat(replicate, arms, therapists) };
        let therapists_first = self.factors.contains(&Factor::Therapist);
        if therapists_first {
            self.treat(replicate, arms, therapists);
        }
        for (factor, column) in self.factors.iter().zip(&mut room.strata.columns) {
            match factor {
                Factor::Therapist => column.copy_from_slice(therapists),
                Factor::Covariate(variable) => {
                    let levels = cohort.patients.measured[*variable].iter();
                    column.iter_mut().zip(levels).for_each(|(slot, level)| *slot = *level as u32);
                }
            }
        }
        assigner.assign(replicate, &room.strata, &mut room.memory, Places { arms: &mut *arms, blocks });
        if !therapists_first {
            self.treat(replicate, arms, therapists);
        }
    }

    fn treat(&self, replicate: u64, arms: &[u8], therapists: &mut [u32]) {
        if let Some(assignment) = &self.therapists {
            assignment.assign(replicate, arms, therapists);
        }
    }
}
