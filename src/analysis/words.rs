//! Random words for what an analysis draws itself.
//!
//! One stream by its name and replicate, one word after the other, so that `analyze` draws for an
//! exported replicate what the run drew.

use crate::random::{Lanes, Stage, StandardNormal, StreamKey};

/// A stream of 64-bit words.
#[derive(Debug, Clone)]
pub(super) struct Words {
    lanes: Lanes<1>,
    normal: StandardNormal,
}

impl Words {
    /// The stream of a purpose; `index` tells several of one purpose apart. `draws` are seed and
    /// replicate.
    pub fn new(purpose: &str, index: u32, (seed, replicate): (u64, u64)) -> Self {
        let key = StreamKey::new(seed, Stage::Analysis, purpose, index);
        Words { lanes: Lanes::of_replicates(&key, replicate), normal: StandardNormal::new() }
    }

    /// The next word.
    pub fn word(&mut self) -> u64 {
        let mut out = [0];
        self.lanes.step_into(&mut out);
        out[0]
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        let word = self.word();
        self.normal.sample(word)
    }

    /// A whole number from 0 to `count` − 1, each as likely as the others but for a part in 2⁶⁴ ÷ count.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.word()) * count as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_named_by_all_that_they_are_for() {
        let first = |purpose: &str, index, draws| Words::new(purpose, index, draws).word();
        let one = first("imputation", 0, (1, 0));
        assert_eq!(one, first("imputation", 0, (1, 0)));
        for other in [
            first("mediation", 0, (1, 0)),
            first("imputation", 1, (1, 0)),
            first("imputation", 0, (2, 0)),
            first("imputation", 0, (1, 1)),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn numbers_below_a_count_are_equally_frequent() {
        // χ² of 7 categories on 6 degrees of freedom; beyond 35 by chance in 4 of a million seeds.
        let mut words = Words::new("test", 0, (1, 0));
        let mut counts = [0.0_f64; 7];
        (0..70_000).for_each(|_| counts[words.below(7)] += 1.0);
        let squared: f64 = counts.iter().map(|count| (count - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(squared < 35.0, "{squared}");
    }
}
