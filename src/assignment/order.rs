//! The random order in which patients of arms of fixed sizes are enrolled.
//!
//! In comes the layout of the columns; out comes, for each patient in the order
//! of enrolment, the position in the columns. Arms come in random order, every
//! order of arms being equally likely; within an arm patients keep the order of
//! the columns, which changes nothing, as they are all drawn alike, and lets sums
//! over an arm's patients come out the same to the last bit in either order.

use super::Layout;
use crate::estimand::ARMS;
use crate::random::{Stage, Words};

/// Positions in the columns, in the order of enrolment of one replicate.
#[must_use]
pub fn enrolment_order(seed: u64, replicate: u64, layout: &Layout) -> Vec<usize> {
    let mut arms = vec![0_u8; layout.patients()];
    layout.write_arms(&mut arms);
    let mut positions: [Vec<usize>; ARMS] = Default::default();
    for (position, &arm) in arms.iter().enumerate() {
        positions[usize::from(arm) % ARMS].push(position);
    }
    Words::new(seed, Stage::Enrolment, "order").of(replicate).shuffle(&mut arms);
    let mut next = positions.map(Vec::into_iter);
    arms.iter().filter_map(|&arm| next[usize::from(arm) % ARMS].next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_enrolled_once_and_in_order_within_the_arm() {
        let layout = Layout::new([3, 5, 2, 4]);
        let mut arms = vec![0; 14];
        layout.write_arms(&mut arms);
        let order = enrolment_order(1, 7, &layout);
        for arm in 0..4 {
            let of_arm: Vec<usize> =
                order.iter().copied().filter(|&position| arms[position] == arm).collect();
            assert_eq!(of_arm.len(), layout.sizes()[usize::from(arm)]);
            assert!(of_arm.is_sorted());
        }
        assert_ne!(order, enrolment_order(1, 8, &layout));
    }

    /// All 24 orders of four arms are equally likely: χ² with 23 degrees of freedom over 24,000
    /// replicates, rejected above its 1 − 10⁻⁶ quantile, 69.5.
    #[test]
    fn every_order_of_arms_is_equally_likely() {
        let layout = Layout::new([1; 4]);
        let mut counts = std::collections::HashMap::new();
        for replicate in 0..24_000 {
            *counts.entry(enrolment_order(3, replicate, &layout)).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 24);
        let statistic: f64 = counts
            .values()
            .map(|&count| (f64::from(count) - 1000.0) * (f64::from(count) - 1000.0) / 1000.0)
            .sum();
        assert!(statistic < 69.5, "{statistic}");
    }
}
