//! Which patient is in which arm.
//!
//! In come the sizes of the arms or the patients to assign; out come the order in
//! which patients lie in every column, the arm of each, and who treats them.
//! Nothing here knows what would happen to them.
//!
//! A larger trial contains a smaller one of the same seed where this table says so;
//! otherwise the two share random numbers and no more.
//!
//! | method | what is the same in a larger trial |
//! |---|---|
//! | `fixed` | patient k of each arm |
//! | `simple`, `urn` | patient k in the order of enrolment, with their arm |
//! | `blocks` | the same, without strata or while patients' strata are the same |
//! | `blocks` by therapist | nothing: who treats whom depends on the size |
//! | `minimisation` | patient k, with their arm, while the levels are the same |
//!
//! An interim look is at the first patients of one trial, whatever a smaller trial would have: with strata,
//! minimisation and an urn too, and with therapists who get their patients as these come. Where arms have fixed
//! sizes it is at the first patients of each arm.
//!
//! With therapists N grows by larger caseloads: the number of therapists stays, so patient k can
//! come to another therapist, whose own draws are the same. Screening goes on where the smaller
//! trial stopped.

mod assigner;
pub mod balance;
mod blocks;
mod minimisation;
mod order;
mod simple;
mod therapists;
mod urn;

pub use assigner::{Assigner, Places, Strata};
pub use order::enrolment_order;
pub use therapists::{NOBODY, TherapistAssignment};

use crate::estimand::ARMS;
use crate::scenario::{Scenario, resolve};

/// The order of patients in a column when the sizes of the arms are fixed.
///
/// Patients lie in rows of four, one of each arm, until the smallest arm is
/// full; then come the rest, row by row. Patient k of an arm has the same draws
/// for every size of the trial, so a larger trial contains the smaller one arm
/// by arm. The random order of enrolment carries no information for analyses
/// that do not use it, so it is not drawn here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    sizes: [usize; ARMS],
    full_rows: usize,
    tail_arms: Vec<u8>,
}

impl Layout {
    /// The layout for arms of these sizes.
    #[must_use]
    pub fn new(sizes: [u64; ARMS]) -> Self {
        let sizes = sizes.map(|size| size as usize);
        let (smallest, largest) =
            sizes.iter().fold((usize::MAX, 0), |(low, high), &n| (low.min(n), high.max(n)));
        let tail_arms = (smallest..largest)
            .flat_map(|row| (0..ARMS).filter(move |&arm| row < sizes[arm]))
            .map(|arm| arm as u8)
            .collect();
        Layout { sizes, full_rows: smallest, tail_arms }
    }

    /// The order of patients in the columns of a checked scenario's trials: by arm where the sizes of the arms are fixed,
    /// else the order of enrolment.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let sizes = resolve::arm_sizes(scenario);
        match resolve::has_random_sizes(scenario) || resolve::is_observational(scenario) {
            true => Layout::in_order(sizes.iter().sum::<u64>() as usize),
            false => Layout::new(sizes),
        }
    }

    /// The layout for so many of a kind that has no arms: position k is the k-th of them.
    #[must_use]
    pub fn in_order(count: usize) -> Self {
        Layout::new(std::array::from_fn(|lane| ((count + ARMS - 1 - lane) / ARMS) as u64))
    }

    /// Writes the arm of each patient, in the order of the columns.
    pub fn write_arms(&self, arms: &mut [u8]) {
        let (rows, tail) = arms.split_at_mut(self.full_rows * ARMS);
        for row in rows.chunks_exact_mut(ARMS) {
            for (arm, slot) in row.iter_mut().enumerate() {
                *slot = arm as u8;
            }
        }
        tail.copy_from_slice(&self.tail_arms);
    }

    /// Patients in each arm.
    #[must_use]
    pub fn sizes(&self) -> [usize; ARMS] {
        self.sizes
    }

    /// Patients in all.
    #[must_use]
    pub fn patients(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// Rows that hold one patient of each arm.
    #[must_use]
    pub fn full_rows(&self) -> usize {
        self.full_rows
    }

    /// Arms of the patients after the full rows, row by row.
    #[must_use]
    pub fn tail_arms(&self) -> &[u8] {
        &self.tail_arms
    }

    /// Rows in all, the largest arm's size.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.sizes.iter().copied().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_four_then_the_rest() {
        let layout = Layout::new([2, 4, 2, 3]);
        assert_eq!(layout.patients(), 11);
        assert_eq!(layout.full_rows(), 2);
        assert_eq!(layout.tail_arms(), [1, 3, 1]);
        assert_eq!(layout.rows(), 4);
    }
}
