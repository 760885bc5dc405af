//! Patients in the order of a value, those with the same value together.
//!
//! In come values with their arms; out come, for each value from the lowest up, how many patients of
//! each arm have it. Ranks, and all that is made of them, follow from these counts alone: so they
//! are the same to the last bit in whatever order patients come.

use crate::analysis::Patients;
use crate::estimand::ARMS;

/// How many patients of each arm have the same value.
pub(super) type Tied = [u32; ARMS];

/// Patients sorted into groups of the same value, stratum by stratum.
#[derive(Debug, Default)]
pub(super) struct Ties {
    /// Value, row and arm of each patient.
    sorted: Vec<(f64, u32, u8)>,
    groups: Vec<Tied>,
    /// Where each stratum's groups end.
    ends: Vec<usize>,
}

impl Ties {
    /// Sorts patients by the outcome within strata, one for each combination of these columns' values.
    pub fn record(&mut self, patients: &Patients<'_>, outcome: usize, strata: &[usize]) {
        let column = patients.column(outcome);
        self.sorted.clear();
        for arm in 0..ARMS {
            let of_arm = patients.arm(arm).iter();
            self.sorted.extend(of_arm.map(|&row| (column[row as usize], row, arm as u8)));
        }
        let stratum = |one: u32, other: u32| {
            let mut orders = strata.iter().map(|&variable| {
                let levels = patients.column(variable);
                levels[one as usize].total_cmp(&levels[other as usize])
            });
            orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        };
        self.sorted.sort_unstable_by(|one, other| stratum(one.1, other.1).then(one.0.total_cmp(&other.0)));
        self.group(|one, other| stratum(one, other).is_ne());
    }

    /// Sorts values, each with its arm.
    pub fn sort(&mut self, values: impl Iterator<Item = (f64, u8)>) {
        self.sorted.clear();
        self.sorted.extend(values.map(|(value, arm)| (value, 0, arm)));
        self.sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        self.group(|_, _| false);
    }

    /// Puts neighbours with the same value together; `differ` tells whether two rows' strata do.
    fn group(&mut self, differ: impl Fn(u32, u32) -> bool) {
        self.groups.clear();
        self.ends.clear();
        // At most as many as patients, so that no later trial needs more room.
        self.groups.reserve(self.sorted.len());
        self.ends.reserve(self.sorted.len());
        let mut before: Option<(f64, u32)> = None;
        for &(value, row, arm) in &self.sorted {
            let other = before.is_some_and(|(_, earlier)| differ(earlier, row));
            if other {
                self.ends.push(self.groups.len());
            }
            if other || before.is_none_or(|(earlier, _)| earlier != value) {
                self.groups.push([0; ARMS]);
            }
            if let Some(last) = self.groups.last_mut() {
                last[usize::from(arm) % ARMS] += 1;
            }
            before = Some((value, row));
        }
        self.ends.push(self.groups.len());
    }

    /// The groups of all patients in one stratum.
    pub fn all(&self) -> &[Tied] {
        &self.groups
    }

    /// The groups of each stratum.
    pub fn strata(&self) -> impl Iterator<Item = &[Tied]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.groups[start..end])
    }
}
