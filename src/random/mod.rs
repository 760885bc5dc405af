//! Randomness: named streams and the samplers that read them.
//!
//! In comes a name (seed, stage, variable, replicate); out come numbers. A
//! stream is named by what it is for, never by thread, block, shard or time, so
//! that replicate i of seed s is the same however the work is split, and a
//! change of the analysis leaves every patient as they were.
//!
//! The generator is xoshiro256++, several streams side by side ([`Lanes`]): where
//! patients are simulated the lanes are the four arms, of one trial or of eight,
//! in the engine that draws sufficient statistics they are replicates. Each
//! sampler is a pure function of 64-bit words, one call per position, which makes
//! the k-th patient of an arm the same for every size of the trial.
//!
//! Drawn values are pinned by tests: a change of any of them is a value change
//! and stands under its own heading in the CHANGELOG.

mod chi_squared;
mod lanes;
mod normal;
mod stream;
mod words;

pub use chi_squared::ChiSquared;
pub use lanes::{ABREAST, LANES, Lanes};
pub use normal::StandardNormal;
pub use stream::{Stage, StreamKey};
pub use words::{OfSeed, WordStream, Words};

/// Increment of the Weyl sequence in SplitMix64: 2⁶⁴ ÷ golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64: a bijection of 64-bit words that mixes well.
///
/// Source: Steele, Lea, Flood (2014), "Fast splittable pseudorandom number
/// generators", OOPSLA, with the constants of variant 13 by Stafford.
#[inline(always)]
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Further words for the rare position that needs more than its own: a
/// SplitMix64 sequence that starts at the position's word.
struct Continuation(u64);

impl Continuation {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    fn uniform(&mut self) -> f64 {
        open_uniform(self.next())
    }
}

/// A uniform number strictly between 0 and 1, from the upper 52 bits.
#[inline(always)]
fn open_uniform(word: u64) -> f64 {
    // 1.f − (1 − 2⁻⁵³): exact, never 0 and never 1.
    f64::from_bits(0x3ff0_0000_0000_0000 | (word >> 12)) - (1.0 - f64::EPSILON / 2.0)
}
