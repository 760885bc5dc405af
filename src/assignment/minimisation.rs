//! Minimisation with a random element.
//!
//! For each arm that the patient could have, the imbalance is the sum over the
//! factors of the range of the arms' counts among patients of the same level,
//! counts being divided by the ratio. The arm with the least imbalance is given
//! with the stated probability, one of the others otherwise; arms that are equally
//! good share by the ratio (Pocock, Simon 1975, Biometrics 31:103).

use super::assigner::{Method, Places, Strata};
use crate::estimand::ARMS;
use crate::random::WordStream;
use crate::scenario::Assignment;

/// Probability of an arm with the least imbalance, where none is stated.
const BEST_PROBABILITY: f64 = 0.8;

/// Minimisation.
#[derive(Debug)]
pub(super) struct Minimisation {
    ratio: [u64; ARMS],
    best_probability: f64,
}

impl Minimisation {
    pub fn new(stated: &Assignment, ratio: [u64; ARMS]) -> Self {
        Minimisation { ratio, best_probability: stated.best_probability.unwrap_or(BEST_PROBABILITY) }
    }

    /// The imbalance that each arm would give.
    fn imbalances(&self, strata: &Strata, counts: &[u64], patient: usize) -> [f64; ARMS] {
        let mut imbalances = [0.0; ARMS];
        for place in places(strata, patient) {
            for (given, imbalance) in imbalances.iter_mut().enumerate() {
                let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
                for arm in 0..ARMS {
                    let count = counts[place + arm] + u64::from(arm == given);
                    let scaled = count as f64 / self.ratio[arm] as f64;
                    (least, most) = (least.min(scaled), most.max(scaled));
                }
                *imbalance += most - least;
            }
        }
        imbalances
    }
}

/// Where the counts of the patient's level stand, factor by factor.
fn places(strata: &Strata, patient: usize) -> impl Iterator<Item = usize> {
    let mut start = 0;
    strata.columns.iter().zip(&strata.levels).map(move |(column, levels)| {
        let place = (start + column[patient] as usize) * ARMS;
        start += levels;
        place
    })
}

impl Method for Minimisation {
    fn memory(&self, strata: &Strata) -> usize {
        ARMS * strata.levels.iter().sum::<usize>()
    }

    fn assign(&self, strata: &Strata, words: &mut WordStream, memory: &mut [u64], to: Places<'_>) {
        for (patient, slot) in to.arms.iter_mut().enumerate() {
            let imbalances = self.imbalances(strata, memory, patient);
            let least = imbalances.into_iter().fold(f64::INFINITY, f64::min);
            // Sums of quotients of the same counts may differ by rounding alone.
            let best = imbalances.map(|imbalance| imbalance <= least + 1e-9);
            let wanted = words.happens(self.best_probability) || best == [true; ARMS];
            let weight = |arm: usize| if best[arm] == wanted { self.ratio[arm] } else { 0 };
            let arm = words.one_of::<ARMS>(std::array::from_fn(weight));
            places(strata, patient).for_each(|place| memory[place + arm] += 1);
            *slot = arm as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assigner::Assigner;
    use super::*;
    use crate::scenario::AssignmentMethod;

    fn strata(patients: u32) -> Strata {
        // Two factors whose levels follow no simple order.
        let column = |factor: u32, levels: u32| {
            (0..patients).map(|patient| (patient * (7 + factor) + patient * patient) / 3 % levels).collect()
        };
        Strata { levels: vec![3, 2], columns: vec![column(0, 3), column(1, 2)] }
    }

    fn assigned(best_probability: f64, replicate: u64, patients: u32) -> Vec<u8> {
        let stated = Assignment {
            method: AssignmentMethod::Minimisation,
            best_probability: Some(best_probability),
            ..Assignment::default()
        };
        let (assigner, strata) = (Assigner::new(&stated, [1; ARMS], 1).expect("not fixed"), strata(patients));
        let (mut memory, mut arms) = (vec![0; assigner.memory(&strata)], vec![0; patients as usize]);
        assigner.assign(replicate, &strata, &mut memory, Places { arms: &mut arms, blocks: &mut [] });
        arms
    }

    /// The largest difference of two arms' counts among patients of one level.
    fn imbalance(arms: &[u8]) -> f64 {
        let strata = strata(arms.len() as u32);
        let mut worst = 0.0_f64;
        for (column, levels) in strata.columns.iter().zip(&strata.levels) {
            for level in 0..*levels as u32 {
                let mut counts = [0.0_f64; ARMS];
                let of_level = arms.iter().zip(column).filter(|(_, own)| **own == level);
                of_level.for_each(|(arm, _)| counts[usize::from(*arm)] += 1.0);
                let range =
                    counts.iter().fold((f64::MAX, 0.0_f64), |(low, high), &n| (low.min(n), high.max(n)));
                worst = worst.max(range.1 - range.0);
            }
        }
        worst
    }

    fn mean_imbalance(best_probability: f64) -> f64 {
        (0..400).map(|replicate| imbalance(&assigned(best_probability, replicate, 160))).sum::<f64>() / 400.0
    }

    #[test]
    fn levels_are_balanced_far_better_than_by_simple_randomisation() {
        // A best arm that is no likelier than by chance: about 1 in 4 with four equal arms.
        let (minimised, usual, by_chance) = (mean_imbalance(1.0), mean_imbalance(0.8), mean_imbalance(0.25));
        assert!(minimised < 2.5, "{minimised}");
        assert!(usual < 4.5, "{usual}");
        assert!(by_chance > 9.0, "{by_chance}");
    }

    #[test]
    fn the_random_element_keeps_assignment_unpredictable() {
        // With certainty only ties leave a choice; with .8, one patient in five has another arm.
        let strata = strata(4000);
        let method = Minimisation { ratio: [1; ARMS], best_probability: 0.8 };
        let arms = assigned(0.8, 7, 4000);
        let mut counts = vec![0; method.memory(&strata)];
        let (mut decided, mut best) = (0_u32, 0_u32);
        for (patient, &arm) in arms.iter().enumerate() {
            let imbalances = method.imbalances(&strata, &counts, patient);
            let least = imbalances.into_iter().fold(f64::INFINITY, f64::min);
            if imbalances.iter().any(|&imbalance| imbalance > least + 1e-9) {
                decided += 1;
                best += u32::from(imbalances[usize::from(arm)] <= least + 1e-9);
            }
            places(&strata, patient).for_each(|place| counts[place + usize::from(arm)] += 1);
        }
        let share = f64::from(best) / f64::from(decided);
        // 5 standard errors.
        assert!((share - 0.8).abs() < 5.0 * (0.16 / f64::from(decided)).sqrt(), "{share} of {decided}");
    }
}
