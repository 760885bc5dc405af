//! Names of streams: which words belong to whom.

use super::{GOLDEN, mix};

/// The stage of the trial that a stream belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// A variable of each patient: its standard normal source.
    Patient,
    /// A variable's sufficient statistics: means and pooled cross-products.
    Statistics,
    /// The order in which patients are enrolled.
    Enrolment,
    /// Who comes into which arm and to which therapist.
    Assignment,
    /// How the pooled cross-products divide over the arms.
    Split,
    /// What an analysis draws itself: permutations, bootstrap samples, imputed values.
    Analysis,
    /// What is believed of a number before the trial.
    Prior,
    /// Where the points of a sweep lie.
    Sweep,
}

impl Stage {
    /// The stage's part of the name. Never change one: it would change drawn values.
    fn name(self) -> &'static str {
        match self {
            Stage::Patient => "patient",
            Stage::Statistics => "statistics",
            Stage::Split => "split",
            Stage::Enrolment => "enrolment",
            Stage::Assignment => "assignment",
            Stage::Analysis => "analysis",
            Stage::Prior => "prior",
            Stage::Sweep => "sweep",
        }
    }
}

/// One family of streams, one stream per replicate.
///
/// The key is the BLAKE3 hash of (seed, stage, variable, index), so any change
/// of the name gives an unrelated family. Within a family the four words of a
/// replicate's state are bijections of the replicate's number: no two replicates
/// share a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamKey([u64; 4]);

impl StreamKey {
    /// The family for `variable` in `stage`; `index` tells several families of one
    /// variable apart (one per arm, say).
    #[must_use]
    pub fn new(seed: u64, stage: Stage, variable: &str, index: u32) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"trialliance stream 1\0");
        hasher.update(&seed.to_le_bytes());
        hasher.update(stage.name().as_bytes());
        hasher.update(b"\0");
        hasher.update(variable.as_bytes());
        hasher.update(b"\0");
        hasher.update(&index.to_le_bytes());
        let hash = hasher.finalize();
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            let mut little = [0; 8];
            little.copy_from_slice(bytes);
            *word = u64::from_le_bytes(little);
        }
        StreamKey(words)
    }

    /// One of the generator's four state words for a replicate.
    #[inline(always)]
    pub(super) fn state_word(&self, word: usize, replicate: u64) -> u64 {
        mix(self.0[word].wrapping_add(replicate.wrapping_mul(GOLDEN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_name_counts() {
        let key = StreamKey::new(1, Stage::Patient, "pain", 0);
        assert_eq!(key, StreamKey::new(1, Stage::Patient, "pain", 0));
        assert_ne!(key, StreamKey::new(2, Stage::Patient, "pain", 0));
        assert_ne!(key, StreamKey::new(1, Stage::Statistics, "pain", 0));
        assert_ne!(key, StreamKey::new(1, Stage::Patient, "ppt", 0));
        assert_ne!(key, StreamKey::new(1, Stage::Patient, "pain", 1));
        assert!((0..4).all(|word| key.state_word(word, 0) != key.state_word(word, 1)));
    }
}
