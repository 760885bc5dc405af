//! Random words without an end, for what is decided one after the other.
//!
//! In comes the name of a stream and a replicate; out comes an iterator of 64-bit
//! words, and from these whole numbers below a bound, shares and orders.

use super::{LANES, Lanes, Stage, StandardNormal, StreamKey};

/// What is made of a seed, kept until another seed comes.
#[derive(Debug)]
pub struct OfSeed<T>(Option<(u64, T)>);

impl<T> OfSeed<T> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        OfSeed(None)
    }

    /// What `make` makes of this seed, made anew only if the last one was another.
    pub fn get(&mut self, seed: u64, make: impl FnOnce() -> T) -> &T {
        let known = self.0.take().filter(|(of, _)| *of == seed);
        &self.0.insert(known.unwrap_or_else(|| (seed, make()))).1
    }
}

impl<T> Default for OfSeed<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The words of one name, for every replicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    keys: [StreamKey; LANES],
}

/// The words of one replicate, without an end.
#[derive(Debug, Clone)]
pub struct WordStream {
    lanes: Lanes,
    ready: [u64; LANES],
    next: usize,
}

impl Words {
    /// The words called `name` in a stage.
    #[must_use]
    pub fn new(seed: u64, stage: Stage, name: &str) -> Self {
        Words { keys: std::array::from_fn(|lane| StreamKey::new(seed, stage, name, lane as u32)) }
    }

    /// The words of one replicate.
    #[must_use]
    pub fn of(&self, replicate: u64) -> WordStream {
        WordStream { lanes: Lanes::of_keys(&self.keys, replicate), ready: [0; LANES], next: LANES }
    }
}

impl WordStream {
    /// The next word.
    pub fn word(&mut self) -> u64 {
        if self.next == LANES {
            self.ready = self.lanes.step();
            self.next = 0;
        }
        self.next += 1;
        self.ready[self.next - 1]
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        StandardNormal::new().sample(self.word())
    }

    /// A whole number below `bound`, each equally likely (Lemire 2019, ACM Trans. Model. Comput.
    /// Simul. 29:3); 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.word()) * u128::from(bound);
            // The threshold is below the bound: most words need no division.
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg().checked_rem(bound).unwrap_or(0) {
                return (product >> 64) as u64;
            }
        }
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        // 53 bits: the words' grid of numbers from 0 up to but not 1.
        ((self.word() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }

    /// One of several, in proportion to their weights; the first if all are 0.
    pub fn one_of<const COUNT: usize>(&mut self, weights: [u64; COUNT]) -> usize {
        let mut left = self.below(weights.iter().sum());
        let chosen = weights.iter().position(|&weight| {
            let here = left < weight;
            left = left.saturating_sub(weight);
            here
        });
        chosen.unwrap_or(0)
    }

    /// Fisher and Yates's shuffle: every order is equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_shares() {
        let mut words = Words::new(1, Stage::Assignment, "test").of(0);
        let mut counts = [0_u32; 4];
        (0..60_000).for_each(|_| counts[words.one_of([2, 1, 0, 3])] += 1);
        // 5 standard errors of a count of 60,000 with a share of 1/2 are 612.
        for (count, expected) in counts.into_iter().zip([20_000, 10_000, 0, 30_000]) {
            assert!(count.abs_diff(expected) <= if expected == 0 { 0 } else { 612 }, "{counts:?}");
        }
        assert_eq!(words.one_of([0; 4]), 0);
        let happened = (0..40_000).filter(|_| words.happens(0.25)).count();
        assert!(happened.abs_diff(10_000) < 433, "{happened}");
    }
}
