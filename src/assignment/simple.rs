//! Simple randomisation: each patient by a draw of their own.

use super::assigner::{Method, Places, Strata};
use crate::estimand::ARMS;
use crate::random::WordStream;

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

    fn assign(&self, _: &Strata, words: &mut WordStream, _: &mut [u64], places: Places<'_>) {
        places.arms.iter_mut().for_each(|arm| *arm = words.one_of(self.ratio) as u8);
    }
}
