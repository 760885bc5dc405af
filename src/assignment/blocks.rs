//! Random permuted blocks, within strata if there are any.
//!
//! A block holds each arm as often as the ratio says, or a multiple of it, in
//! random order; its size is drawn anew from the list each time (Matts, Lachin
//! 1988, Control. Clin. Trials 9:327). Each combination of the factors' levels is
//! a stratum with blocks of its own. Blocks are numbered in the order in which they begin, so that blocks
//! of different strata have different numbers.

use super::assigner::{Method, Places, Strata};
use crate::estimand::ARMS;
use crate::random::WordStream;
use crate::scenario::Assignment;

/// Numbers kept for a stratum: places of each arm that are left in its block, and the block's number.
const STRATUM: usize = ARMS + 1;

/// Random permuted blocks.
#[derive(Debug)]
pub(super) struct Blocks {
    ratio: [u64; ARMS],
    /// How often each size of block holds the ratio.
    multiples: Vec<u64>,
}

impl Blocks {
    /// Blocks of the stated sizes, else of once and twice the sum of the ratio.
    pub fn new(stated: &Assignment, ratio: [u64; ARMS]) -> Self {
        let whole: u64 = ratio.iter().sum();
        let sizes = stated.block_sizes.clone().unwrap_or_else(|| vec![whole, 2 * whole]);
        Blocks { ratio, multiples: sizes.iter().map(|size| size / whole).collect() }
    }
}

impl Method for Blocks {
    fn memory(&self, strata: &Strata) -> usize {
        STRATUM * strata.levels.iter().product::<usize>()
    }

    fn assign(&self, strata: &Strata, words: &mut WordStream, memory: &mut [u64], places: Places<'_>) {
        let mut begun = 0;
        for (patient, slot) in places.arms.iter_mut().enumerate() {
            let factors = strata.columns.iter().zip(&strata.levels);
            let stratum =
                factors.fold(0, |stratum, (column, levels)| stratum * levels + column[patient] as usize);
            let (place, block) = memory[stratum * STRATUM..][..STRATUM].split_at_mut(ARMS);
            let mut left = [0; ARMS];
            left.copy_from_slice(place);
            if left == [0; ARMS] {
                let size = words.below(self.multiples.len() as u64) as usize;
                left = self.ratio.map(|part| part * self.multiples.get(size).copied().unwrap_or(1));
                block[0] = begun;
                begun += 1;
            }
            let arm = words.one_of(left);
            left[arm] -= 1;
            place.copy_from_slice(&left);
            *slot = arm as u8;
            if let Some(slot) = places.blocks.get_mut(patient) {
                *slot = block[0] as u32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assigner::Assigner;
    use super::*;
    use crate::scenario::AssignmentMethod;

    fn assigner(sizes: Option<Vec<u64>>, ratio: [u64; ARMS]) -> Assigner {
        let stated =
            Assignment { method: AssignmentMethod::Blocks, block_sizes: sizes, ..Assignment::default() };
        Assigner::new(&stated, ratio, 1).expect("not fixed")
    }

    fn assigned(assigner: &Assigner, replicate: u64, strata: &Strata, patients: usize) -> Vec<u8> {
        let (mut memory, mut arms) = (vec![0; assigner.memory(strata)], vec![0; patients]);
        assigner.assign(replicate, strata, &mut memory, Places { arms: &mut arms, blocks: &mut [] });
        arms
    }

    fn counts(arms: impl Iterator<Item = u8>) -> [usize; ARMS] {
        let mut counts = [0; ARMS];
        arms.for_each(|arm| counts[usize::from(arm)] += 1);
        counts
    }

    #[test]
    fn every_block_is_balanced_in_the_ratio() {
        let blocks = assigner(Some(vec![12]), [2, 1, 1, 2]);
        let arms = assigned(&blocks, 0, &Strata::default(), 60);
        for block in arms.chunks(12) {
            assert_eq!(counts(block.iter().copied()), [4, 2, 2, 4]);
        }
    }

    #[test]
    fn strata_are_balanced_each_for_itself() {
        let blocks = assigner(None, [1; ARMS]);
        let column = |modulus: u32| (0..160_u32).map(|patient| (patient * 7 / 3) % modulus).collect();
        let strata = Strata { levels: vec![2, 3], columns: vec![column(2), column(3)] };
        let arms = assigned(&blocks, 4, &strata, 160);
        for one in 0..2 {
            for other in 0..3 {
                let inside = |patient: &usize| {
                    strata.columns[0][*patient] == one && strata.columns[1][*patient] == other
                };
                let counts = counts((0..160).filter(inside).map(|patient| arms[patient]));
                // No block is larger than 8: twice the ratio, of which at most 2 are ahead.
                let (least, most) = (counts.iter().min(), counts.iter().max());
                assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 2), "{counts:?}");
            }
        }
    }

    #[test]
    fn blocks_are_numbered_across_strata() {
        let (blocks, patients) = (assigner(Some(vec![4]), [1; ARMS]), 150);
        let column: Vec<u32> = (0..patients).map(|patient| (patient * patient / 3) % 2).collect();
        let strata = Strata { levels: vec![2], columns: vec![column.clone()] };
        let (mut arms, mut numbers) = (vec![0; patients as usize], vec![u32::MAX; patients as usize]);
        let places = Places { arms: &mut arms, blocks: &mut numbers };
        blocks.assign(4, &strata, &mut vec![0; blocks.memory(&strata)], places);
        assert_eq!(arms, assigned(&blocks, 4, &strata, patients as usize));
        let last = numbers.iter().max().copied().expect("patients");
        let mut incomplete = 0;
        for number in 0..=last {
            let inside: Vec<usize> =
                (0..numbers.len()).filter(|&patient| numbers[patient] == number).collect();
            assert!(inside.iter().all(|&patient| column[patient] == column[inside[0]]));
            match inside.len() {
                4 => assert_eq!(counts(inside.iter().map(|&patient| arms[patient])), [1; ARMS]),
                size => incomplete += usize::from(size > 0 && size < 4),
            }
        }
        // The last one of each stratum at most.
        assert!(incomplete <= 2 && last >= 150 / 4, "{incomplete} of {last}");
    }

    #[test]
    fn the_first_patients_have_the_same_arms_in_a_larger_trial() {
        let blocks = assigner(None, [1; ARMS]);
        let large = assigned(&blocks, 9, &Strata::default(), 200);
        assert_eq!(assigned(&blocks, 9, &Strata::default(), 60), large[..60]);
        assert_ne!(assigned(&blocks, 10, &Strata::default(), 60), large[..60]);
    }

    /// All 24 orders of a block are equally likely: χ² with 23 degrees of freedom over 24,000
    /// blocks, rejected above its 1 − 10⁻⁶ quantile, 69.5.
    #[test]
    fn every_order_of_a_block_is_equally_likely() {
        let arms = assigned(&assigner(Some(vec![4]), [1; ARMS]), 2, &Strata::default(), 96_000);
        let mut counts = std::collections::HashMap::new();
        arms.chunks(4).for_each(|block| *counts.entry(block.to_vec()).or_insert(0_u32) += 1);
        let deviation = |&count: &u32| (f64::from(count) - 1000.0) * (f64::from(count) - 1000.0) / 1000.0;
        let statistic: f64 = counts.values().map(deviation).sum();
        assert!(counts.len() == 24 && statistic < 69.5, "{statistic}");
    }

    /// Blackwell and Hodges's guesser (1957, Ann. Math. Stat. 28:449), who names an arm that is
    /// behind, is right 1/4 + 1/3 + 1/2 + 1 times in a block of four, 25/48 of all patients; when
    /// the sizes of blocks are not known, less often. Standard errors of the shares are below .002.
    #[test]
    fn random_sizes_are_harder_to_guess() {
        let guessed = |sizes: Vec<u64>| {
            let arms = assigned(&assigner(Some(sizes), [1; ARMS]), 3, &Strata::default(), 96_000);
            let (mut seen, mut right) = ([0_u32; ARMS], 0_u32);
            for &arm in &arms {
                let least = seen.iter().min().copied().unwrap_or(0);
                right += u32::from(seen.iter().position(|&count| count == least) == Some(usize::from(arm)));
                seen[usize::from(arm)] += 1;
            }
            f64::from(right) / arms.len() as f64
        };
        let fours = guessed(vec![4]);
        assert!((fours - 25.0 / 48.0).abs() < 0.01, "{fours}");
        let mixed = guessed(vec![4, 8, 12]);
        assert!(mixed > 0.25 && mixed < fours - 0.05, "{mixed}");
    }
}
