//! In whom everything is there.

use super::Recorded;
use crate::estimand::ARMS;
use crate::vector::widest;

/// Lists the patients in whom every one of the variables is there, and one at least of those of which
/// some may be missing, arm by arm.
#[derive(Debug, Clone, Default)]
pub struct Complete {
    /// Their rows.
    pub rows: Vec<u32>,
    /// Where each arm begins in `rows`, and where the last one ends.
    starts: [usize; ARMS + 1],
    /// By patient: whether everything is there.
    there: Vec<bool>,
    /// By patient: whether one of those is there of which some may be missing.
    some: Vec<bool>,
    /// Room for all patients in each arm.
    by_arm: Vec<u32>,
}

impl Complete {
    /// Room for so many patients.
    #[must_use]
    pub fn new(patients: usize) -> Self {
        Complete {
            rows: Vec::with_capacity(patients),
            starts: [0; ARMS + 1],
            there: Vec::with_capacity(patients),
            some: Vec::with_capacity(patients),
            by_arm: Vec::with_capacity(ARMS * patients),
        }
    }

    /// The rows of one arm.
    #[must_use]
    pub fn arm(&self, arm: usize) -> &[u32] {
        &self.rows[self.starts[arm]..self.starts[arm + 1]]
    }

    /// How many there are in each arm.
    #[must_use]
    pub fn sizes(&self) -> [f64; ARMS] {
        std::array::from_fn(|arm| (self.starts[arm + 1] - self.starts[arm]) as f64)
    }

    /// Makes the list.
    pub fn list<'c>(&mut self, arms: &[u8], recorded: &Recorded, column: &dyn Fn(usize) -> &'c [f64]) {
        widest(
            #[inline(always)]
            || self.list_here(arms, recorded, column),
        );
    }

    /// Without a branch that depends on who is missing: chance decides that, and half of the time it would be foreseen
    /// wrongly.
    #[inline(always)]
    fn list_here<'c>(&mut self, arms: &[u8], recorded: &Recorded, column: &dyn Fn(usize) -> &'c [f64]) {
        let Complete { rows, starts, there, some, by_arm } = self;
        there.clear();
        there.resize(arms.len(), true);
        for &variable in &recorded.variables {
            for (there, value) in there.iter_mut().zip(column(variable)) {
                *there &= !value.is_nan();
            }
        }
        if !recorded.any_of.is_empty() {
            some.clear();
            some.resize(arms.len(), false);
            for &variable in &recorded.any_of {
                for (some, value) in some.iter_mut().zip(column(variable)) {
                    *some |= !value.is_nan();
                }
            }
            there.iter_mut().zip(&*some).for_each(|(there, some)| *there &= *some);
        }
        // Each arm has room for all. Every patient is written; who does not belong there is overwritten by the next.
        let patients = arms.len();
        by_arm.resize(ARMS * patients, 0);
        let mut next: [usize; ARMS] = std::array::from_fn(|arm| arm * patients);
        for ((row, &arm), &there) in (0..).zip(arms).zip(&*there) {
            let next = &mut next[usize::from(arm) % ARMS];
            by_arm[*next] = row;
            *next += usize::from(there);
        }
        rows.clear();
        for (arm, next) in next.into_iter().enumerate() {
            starts[arm] = rows.len();
            rows.extend_from_slice(&by_arm[arm * patients..next]);
        }
        starts[ARMS] = rows.len();
    }

    /// Σ over the patients of each arm, in their order; the value is asked for by arm and row. Arms take turns: within one,
    /// each addition would have to wait for the one before.
    pub(super) fn sum_by_arm(&self, value: impl Fn(usize, usize) -> f64) -> [f64; ARMS] {
        let rows: [&[u32]; ARMS] = std::array::from_fn(|arm| self.arm(arm));
        let common = rows.iter().map(|rows| rows.len()).min().unwrap_or(0);
        let mut sums = [0.0; ARMS];
        for turn in 0..common {
            for arm in 0..ARMS {
                sums[arm] += value(arm, rows[arm][turn] as usize);
            }
        }
        for arm in 0..ARMS {
            rows[arm][common..].iter().for_each(|&row| sums[arm] += value(arm, row as usize));
        }
        sums
    }
}
