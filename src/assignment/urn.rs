//! Wei's urn: the further an arm is behind, the likelier it is next.
//!
//! The urn starts with so many balls of each arm; a ball is drawn and put back,
//! and balls of each other arm are added. Numbers of balls are multiplied by the
//! ratio (Wei 1978, Ann. Stat. 6:92, for several arms).

use super::assigner::{Method, Places, Strata};
use crate::estimand::ARMS;
use crate::random::WordStream;
use crate::scenario::Assignment;

/// The urn.
#[derive(Debug)]
pub(super) struct Urn {
    ratio: [u64; ARMS],
    start: u64,
    added: u64,
}

impl Urn {
    /// The urn that starts with, and gains, the stated numbers of balls: 1 where none is stated.
    pub fn new(stated: &Assignment, ratio: [u64; ARMS]) -> Self {
        Urn { ratio, start: stated.urn_start.unwrap_or(1), added: stated.urn_added.unwrap_or(1) }
    }
}

impl Method for Urn {
    fn memory(&self, _: &Strata) -> usize {
        0
    }

    fn assign(&self, _: &Strata, words: &mut WordStream, _: &mut [u64], places: Places<'_>) {
        let mut balls = self.ratio.map(|part| part * self.start);
        for slot in places.arms {
            // An urn that starts empty leaves the first patient to the ratio.
            let arm = words.one_of(if balls == [0; ARMS] { self.ratio } else { balls });
            for (other, balls) in balls.iter_mut().enumerate().filter(|(other, _)| *other != arm) {
                *balls += self.added * self.ratio[other];
            }
            *slot = arm as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assigner::Assigner;
    use super::*;
    use crate::scenario::AssignmentMethod;

    fn assigned(start: u64, added: u64, ratio: [u64; ARMS], replicate: u64, patients: usize) -> Vec<u8> {
        let stated = Assignment {
            method: AssignmentMethod::Urn,
            urn_start: Some(start),
            urn_added: Some(added),
            ..Assignment::default()
        };
        let mut arms = vec![0; patients];
        let assigner = Assigner::new(&stated, ratio, 1).expect("not fixed");
        assigner.assign(replicate, &Strata::default(), &mut [], Places { arms: &mut arms, blocks: &mut [] });
        arms
    }

    #[test]
    fn an_urn_that_starts_empty_never_gives_the_first_arm_twice() {
        let mut seen = [[0_u32; ARMS]; ARMS];
        for replicate in 0..12_000 {
            let arms = assigned(0, 1, [1; ARMS], replicate, 2);
            seen[usize::from(arms[0])][usize::from(arms[1])] += 1;
        }
        for (first, seconds) in seen.iter().enumerate() {
            for (second, &count) in seconds.iter().enumerate() {
                // 1,000 each, standard error 30.
                let expected = if first == second { 0 } else { 1000 };
                assert!(count.abs_diff(expected) < 151 && (count == 0) == (expected == 0), "{seen:?}");
            }
        }
    }

    #[test]
    fn without_added_balls_it_is_simple_randomisation_in_the_ratio() {
        let arms = assigned(3, 0, [2, 1, 1, 2], 0, 60_000);
        for (arm, share) in [2.0, 1.0, 1.0, 2.0].into_iter().enumerate() {
            let count = arms.iter().filter(|&&one| usize::from(one) == arm).count() as f64;
            let p = share / 6.0;
            assert!((count - 60_000.0 * p).abs() < 5.0 * (60_000.0 * p * (1.0 - p)).sqrt(), "{arm}: {count}");
        }
    }

    /// The difference of two arms' counts has in the limit (K − 1) ÷ (K + 1) of the variance that
    /// simple randomisation of K arms gives it: 1/3 for Wei's two arms, 3/5 for four (Wei, Smythe,
    /// Smith 1986, Ann. Stat. 14:265).
    #[test]
    fn counts_vary_less_than_by_simple_randomisation() {
        let n = 2000;
        let squares: f64 = (0..4000)
            .map(|replicate| {
                let arms = assigned(0, 1, [1; ARMS], replicate, n);
                let count = |arm: u8| arms.iter().filter(|&&one| one == arm).count() as f64;
                (count(0) - count(1)) * (count(0) - count(1))
            })
            .sum();
        let simple = 2.0 * n as f64 / 4.0;
        let ratio = squares / 4000.0 / simple;
        // Standard error of a variance: √(2/4000) of it; 5 of them, and a margin for n = 2,000.
        assert!((ratio - 0.6).abs() < 5.0 * 0.6 * 0.0224 + 0.005, "{ratio}");
    }
}
