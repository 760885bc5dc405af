//! Assignment of patients one after the other, in the order of enrolment.
//!
//! In come the levels of the factors that assignment looks at; out comes the arm
//! of each patient. The first patients of a trial have the same arms whatever its
//! size, as long as their levels are the same.

use super::{blocks, minimisation, simple, urn};
use crate::estimand::ARMS;
use crate::random::{Stage, WordStream, Words};
use crate::scenario::{Assignment, AssignmentMethod};
use std::fmt::Debug;
use std::sync::Arc;

/// What assignment looks at beside the arms of earlier patients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Strata {
    /// How many levels each factor has.
    pub levels: Vec<usize>,
    /// The level of each patient, factor by factor.
    pub columns: Vec<Vec<u32>>,
}

/// Where each patient of a replicate is put.
#[derive(Debug)]
pub struct Places<'a> {
    /// The arm of each patient.
    pub arms: &'a mut [u8],
    /// The block of each patient; empty where there are no blocks.
    pub blocks: &'a mut [u32],
}

/// One method of assignment.
pub(super) trait Method: Debug + Send + Sync {
    /// How many numbers it keeps in mind.
    fn memory(&self, strata: &Strata) -> usize;

    /// Writes the arm of each patient; `memory` comes as zeros.
    fn assign(&self, strata: &Strata, words: &mut WordStream, memory: &mut [u64], places: Places<'_>);
}

/// A method of assignment, ready.
#[derive(Debug, Clone)]
pub struct Assigner {
    method: Arc<dyn Method>,
    words: Words,
}

impl Assigner {
    /// The stated method for arms in this ratio; none for arms of fixed sizes.
    #[must_use]
    pub fn new(stated: &Assignment, ratio: [u64; ARMS], seed: u64) -> Option<Self> {
        let method: Arc<dyn Method> = match stated.method {
            AssignmentMethod::Fixed => return None,
            AssignmentMethod::Simple => Arc::new(simple::Simple { ratio }),
            AssignmentMethod::Blocks => Arc::new(blocks::Blocks::new(stated, ratio)),
            AssignmentMethod::Minimisation => Arc::new(minimisation::Minimisation::new(stated, ratio)),
            AssignmentMethod::Urn => Arc::new(urn::Urn::new(stated, ratio)),
        };
        Some(Assigner { method, words: Words::new(seed, Stage::Assignment, "arms") })
    }

    /// How many numbers the method keeps in mind.
    #[must_use]
    pub fn memory(&self, strata: &Strata) -> usize {
        self.method.memory(strata)
    }

    /// Writes the arm of each patient of one replicate, in the order of enrolment, and the block.
    pub fn assign(&self, replicate: u64, strata: &Strata, memory: &mut [u64], places: Places<'_>) {
        memory.fill(0);
        self.method.assign(strata, &mut self.words.of(replicate), memory, places);
    }
}
