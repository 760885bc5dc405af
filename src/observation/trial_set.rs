//! Sets of trials of a batch: who claims, who has an answer.

use super::BATCH;
use std::ops::{BitAnd, BitOr};

/// A set of trials of a batch, a bit each: both, either and how many are single operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrialSet(u64);

const _: () = assert!(BATCH == u64::BITS as usize, "a bit for each trial");

impl TrialSet {
    /// Of a whole batch.
    pub const ALL: TrialSet = TrialSet(u64::MAX);

    /// The first trials of a batch, all if there are no more.
    #[must_use]
    pub fn first(trials: usize) -> Self {
        TrialSet(u64::MAX.checked_shr((BATCH - trials.min(BATCH)) as u32).unwrap_or(0))
    }

    /// The trials in which something is so. `is_so` is asked of whole batches, also of trials that there are not.
    #[inline(always)]
    #[must_use]
    pub fn of(is_so: impl Fn(usize) -> bool) -> Self {
        let mut bits = 0;
        for trial in 0..BATCH {
            bits |= u64::from(is_so(trial)) << trial;
        }
        TrialSet(bits)
    }

    /// Whether a trial is in it.
    #[must_use]
    pub fn contains(self, trial: usize) -> bool {
        trial < BATCH && self.0 >> trial & 1 == 1
    }

    /// How many trials are in it.
    #[must_use]
    pub fn count(self) -> u64 {
        u64::from(self.0.count_ones())
    }
}

impl BitAnd for TrialSet {
    type Output = TrialSet;

    fn bitand(self, other: TrialSet) -> TrialSet {
        TrialSet(self.0 & other.0)
    }
}

impl BitOr for TrialSet {
    type Output = TrialSet;

    fn bitor(self, other: TrialSet) -> TrialSet {
        TrialSet(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_is_so() {
        let thirds = TrialSet::of(|trial| trial % 3 == 0);
        assert!(thirds.contains(63) && !thirds.contains(62) && !thirds.contains(66));
        assert_eq!([0, 1, 7, 64, 65].map(|n| TrialSet::first(n).count()), [0, 1, 7, 64, 64]);
        assert_eq!((thirds & TrialSet::first(7)).count(), 3);
        assert_eq!((thirds | TrialSet::first(7)).count(), 7 + 22 - 3);
        assert_eq!(TrialSet::ALL, TrialSet::first(BATCH));
    }
}
