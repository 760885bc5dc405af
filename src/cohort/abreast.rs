//! The patients' sources in several trials at once, some rows at a time.
//!
//! Patient k of an arm has one source in each of the trials. Their numbers lie side by side, so that whatever is
//! done with them next (mixing them, adding them up) is the same operation on neighbouring numbers, and the sum
//! over the patients of one trial does not have to wait for its own last addition. The numbers are those of
//! [`SourceDraws::draw`].

use super::SourceDraws;
use crate::estimand::ARMS;
use crate::random::{ABREAST, Lanes};
use crate::vector::widest;

/// Rows at a time: 4 kB of each variable, so that all lie close to the processor, however large the trial.
pub const ROWS: usize = 16;

/// A number of some patients of each arm in each of the trials: `rows[arm][patient][trial]`.
pub type Rows = [[[f64; ABREAST]; ROWS]; ARMS];

/// The source of one variable in trials abreast.
#[derive(Debug, Clone)]
pub struct SourceRows {
    draws: SourceDraws,
    /// Those of an arm side by side.
    lanes: Lanes<{ ARMS * ABREAST }>,
    words: [[[u64; ABREAST]; ROWS]; ARMS],
    outside: [u32; ROWS * ABREAST],
}

impl SourceRows {
    /// At the first row of the first trials.
    #[must_use]
    pub fn new(draws: SourceDraws) -> Self {
        SourceRows {
            lanes: draws.abreast(0),
            draws,
            words: [[[0; ABREAST]; ROWS]; ARMS],
            outside: [0; ROWS * ABREAST],
        }
    }

    /// Goes to the first row of the trials from number `first` on.
    pub fn start(&mut self, first: u64) {
        widest(
            #[inline(always)]
            || self.lanes = self.draws.abreast(first),
        );
    }

    /// Draws so many rows, at most [`ROWS`]: the next ones.
    pub fn draw(&mut self, rows: usize, out: &mut Rows) {
        widest(
            #[inline(always)]
            || self.draw_here(rows.min(ROWS), out),
        );
    }

    #[inline(always)]
    fn draw_here(&mut self, rows: usize, out: &mut Rows) {
        for row in 0..rows {
            let mut words = [0; ARMS * ABREAST];
            self.lanes.step_into(&mut words);
            for arm in 0..ARMS {
                self.words[arm][row] = words.as_chunks().0[arm];
            }
        }
        for (words, out) in self.words.iter().zip(out) {
            let (words, out) = (words[..rows].as_flattened(), out[..rows].as_flattened_mut());
            self.draws.normal.fill(words, out, &mut self.outside);
        }
    }
}
