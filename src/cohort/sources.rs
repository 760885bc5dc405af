//! The patients' independent standard normal sources, drawn in columns.

use crate::assignment::Layout;
use crate::estimand::ARMS;
use crate::random::{ABREAST, Lanes, Stage, StandardNormal, StreamKey};
use crate::vector::widest;

/// Draws the source of one variable for every patient of a trial.
///
/// The four lanes of the generator are the four arms, so patient k of an arm has
/// the same draw for every size of the trial.
#[derive(Debug, Clone)]
pub struct SourceDraws {
    keys: [StreamKey; ARMS],
    pub(super) normal: StandardNormal,
}

/// Buffers of [`SourceDraws::draw`], reused from trial to trial.
#[derive(Debug, Clone)]
pub struct DrawBuffers {
    words: Vec<u64>,
    outside: Vec<u32>,
}

impl DrawBuffers {
    /// Buffers for the trials of this layout.
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        DrawBuffers { words: vec![0; layout.rows() * ARMS], outside: vec![0; layout.patients()] }
    }
}

impl SourceDraws {
    /// The draws of the variable called `name`.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        let keys = std::array::from_fn(|arm| StreamKey::new(seed, Stage::Patient, name, arm as u32));
        SourceDraws { keys, normal: StandardNormal::new() }
    }

    /// The generators of the trials from `first` on, those of an arm side by side.
    #[inline(always)]
    pub(super) fn abreast(&self, first: u64) -> Lanes<{ ARMS * ABREAST }> {
        Lanes::of_keys_and_replicates(&self.keys, first)
    }

    /// Fills `out` for one replicate, in the order of `layout`.
    pub fn draw(&self, replicate: u64, layout: &Layout, buffers: &mut DrawBuffers, out: &mut [f64]) {
        widest(
            #[inline(always)]
            || self.draw_here(replicate, layout, buffers, out),
        );
    }

    #[inline(always)]
    fn draw_here(&self, replicate: u64, layout: &Layout, buffers: &mut DrawBuffers, out: &mut [f64]) {
        let mut lanes = Lanes::of_keys(&self.keys, replicate);
        for row in buffers.words.chunks_exact_mut(ARMS) {
            row.copy_from_slice(&lanes.step());
        }
        // After the full rows only some arms have a patient: move their words together.
        let mut next = layout.full_rows() * ARMS;
        for row in layout.full_rows()..layout.rows() {
            for arm in (0..ARMS).filter(|&arm| row < layout.sizes()[arm]) {
                buffers.words[next] = buffers.words[row * ARMS + arm];
                next += 1;
            }
        }
        self.normal.fill(&buffers.words[..next], out, &mut buffers.outside);
    }
}
