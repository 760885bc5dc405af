//! Independent xoshiro256++ generators side by side.

use super::StreamKey;

/// Generators side by side for the four arms of a trial.
pub const LANES: usize = 4;

/// Trials whose generators step together, where patients are simulated in rows: as many as the widest vectors hold.
pub const ABREAST: usize = 8;

/// Independent xoshiro256++ generators that step together.
///
/// Held word by word across the lanes, so that a step is the same few operations
/// on neighbouring words: the compiler turns it into vector instructions where
/// there are any, with the same values everywhere.
///
/// Source: Blackman, Vigna (2021), "Scrambled linear pseudorandom number
/// generators", ACM Trans. Math. Softw. 47(4):36.
#[derive(Debug, Clone)]
pub struct Lanes<const WIDTH: usize = LANES> {
    state: [[u64; WIDTH]; 4],
}

impl<const WIDTH: usize> Lanes<WIDTH> {
    /// The streams of one replicate, one per key.
    #[inline(always)]
    #[must_use]
    pub fn of_keys(keys: &[StreamKey; WIDTH], replicate: u64) -> Self {
        Self::new(|lane, word| keys[lane].state_word(word, replicate))
    }

    /// The streams of successive replicates of one key.
    #[inline(always)]
    #[must_use]
    pub fn of_replicates(key: &StreamKey, first: u64) -> Self {
        Self::new(|lane, word| key.state_word(word, first.wrapping_add(lane as u64)))
    }

    /// The streams of successive replicates of several keys, those of a key side by side.
    #[inline(always)]
    #[must_use]
    pub fn of_keys_and_replicates<const KEYS: usize>(keys: &[StreamKey; KEYS], first: u64) -> Self {
        let replicates = WIDTH / KEYS;
        Self::new(|lane, word| {
            keys[lane / replicates].state_word(word, first.wrapping_add((lane % replicates) as u64))
        })
    }

    #[inline(always)]
    fn new(state_word: impl Fn(usize, usize) -> u64) -> Self {
        let mut state = [[0; WIDTH]; 4];
        for (word, row) in state.iter_mut().enumerate() {
            for (lane, slot) in row.iter_mut().enumerate() {
                *slot = state_word(lane, word);
            }
        }
        Lanes { state }
    }

    /// Writes the next word of each lane. Meant for many lanes, where a loop over them is
    /// what the compiler vectorises.
    #[inline(always)]
    pub fn step_into(&mut self, out: &mut [u64; WIDTH]) {
        let [s0, s1, s2, s3] = &mut self.state;
        for lane in 0..WIDTH {
            out[lane] = s0[lane].wrapping_add(s3[lane]).rotate_left(23).wrapping_add(s0[lane]);
            let (t2, t3) = (s2[lane] ^ s0[lane], s3[lane] ^ s1[lane]);
            let shifted = s1[lane] << 17;
            s1[lane] ^= t2;
            s0[lane] ^= t3;
            s2[lane] = t2 ^ shifted;
            s3[lane] = t3.rotate_left(45);
        }
    }
}

impl Lanes<LANES> {
    /// The next word of each of four lanes.
    #[inline(always)]
    pub fn step(&mut self) -> [u64; LANES] {
        // Whole rows at a time, one operation after the other: a loop over so few lanes is
        // unrolled, the lanes are kept apart, and the step takes twice the instructions.
        let [s0, s1, s2, s3] = self.state;
        let out = add(rotate_left::<23>(add(s0, s3)), s0);
        let (t2, t3) = (xor(s2, s0), xor(s3, s1));
        self.state = [xor(s0, t3), xor(s1, t2), xor(t2, s1.map(|word| word << 17)), rotate_left::<45>(t3)];
        out
    }
}

#[inline(always)]
fn add(a: [u64; LANES], b: [u64; LANES]) -> [u64; LANES] {
    std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
}

#[inline(always)]
fn xor(a: [u64; LANES], b: [u64; LANES]) -> [u64; LANES] {
    std::array::from_fn(|lane| a[lane] ^ b[lane])
}

#[inline(always)]
fn rotate_left<const BITS: u32>(words: [u64; LANES]) -> [u64; LANES] {
    words.map(|word| word.rotate_left(BITS))
}

#[cfg(test)]
mod tests {
    use super::super::Stage;
    use super::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    #[test]
    fn each_lane_is_the_published_generator() {
        let keys = [0, 1, 2, 3].map(|arm| StreamKey::new(7, Stage::Patient, "pain", arm));
        let mut lanes = Lanes::of_keys(&keys, 11);
        let mut published = keys.map(|key| {
            let mut seed = [0; 32];
            for (word, bytes) in seed.chunks_exact_mut(8).enumerate() {
                bytes.copy_from_slice(&key.state_word(word, 11).to_le_bytes());
            }
            Xoshiro256PlusPlus::from_seed(seed)
        });
        for _ in 0..1000 {
            let ours = lanes.step();
            for (lane, generator) in published.iter_mut().enumerate() {
                assert_eq!(ours[lane], generator.next_u64());
            }
        }
    }

    #[test]
    fn replicates_of_several_keys_lie_key_by_key() {
        let keys = [0, 1, 2, 3].map(|arm| StreamKey::new(7, Stage::Patient, "pain", arm));
        let mut together = Lanes::<{ LANES * ABREAST }>::of_keys_and_replicates(&keys, 100);
        let mut alone = Lanes::of_keys(&keys, 103);
        for _ in 0..3 {
            let mut words = [0; LANES * ABREAST];
            together.step_into(&mut words);
            assert_eq!([words[3], words[11], words[19], words[27]], alone.step());
        }
    }

    #[test]
    fn successive_replicates_lie_side_by_side() {
        let key = StreamKey::new(7, Stage::Statistics, "pain", 0);
        let mut together = Lanes::<16>::of_replicates(&key, 100);
        let mut alone = Lanes::<LANES>::of_replicates(&key, 102);
        for _ in 0..3 {
            let mut words = [0; 16];
            together.step_into(&mut words);
            assert_eq!(words[2..6], alone.step());
        }
    }
}
