//! Simple randomisation: each patient by a draw of their own.

use super::assigner::{Method, Strata};
use super::words::WordStream;
use crate::estimand::ARMS;

/// Simple randomisation.
#[derive(Debug)]
pub(super) struct Simple {
    /// Whole numbers to which the chances of the arms are proportional.
    pub ratio: [u64; ARMS],
}

impl Method for Simple {
    fn memory(&self, _: &Strata) -> usize {
        0
    }

    fn assign(&self, _: &Strata, words: &mut WordStream, _: &mut [u64], arms: &mut [u8]) {
        arms.iter_mut().for_each(|arm| *arm = words.one_of(self.ratio) as u8);
    }
}
