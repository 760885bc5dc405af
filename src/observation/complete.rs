//! In whom everything is there.

use super::Recorded;
use crate::estimand::ARMS;

/// Lists the patients in whom every one of the variables is there, and one at least of those of which
/// some may be missing, arm by arm.
#[derive(Debug, Clone, Default)]
pub struct Complete {
    /// Their rows.
    pub rows: Vec<u32>,
    /// Where each arm begins in `rows`, and where the last one ends.
    starts: [usize; ARMS + 1],
    found: Vec<u32>,
}

impl Complete {
    /// Room for so many patients.
    #[must_use]
    pub fn new(patients: usize) -> Self {
        Complete {
            rows: Vec::with_capacity(patients),
            starts: [0; ARMS + 1],
            found: Vec::with_capacity(patients),
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
        self.found.clear();
        self.found.extend(0..arms.len() as u32);
        for &variable in &recorded.variables {
            let values = column(variable);
            self.found.retain(|&row| !values[row as usize].is_nan());
        }
        if !recorded.any_of.is_empty() {
            let has = |row: u32, variable: &usize| !column(*variable)[row as usize].is_nan();
            self.found.retain(|&row| recorded.any_of.iter().any(|variable| has(row, variable)));
        }
        let arm_of = |row: u32| usize::from(arms[row as usize]) % ARMS;
        let mut sizes = [0; ARMS];
        self.found.iter().for_each(|&row| sizes[arm_of(row)] += 1);
        for arm in 0..ARMS {
            self.starts[arm + 1] = self.starts[arm] + sizes[arm];
        }
        self.rows.clear();
        self.rows.resize(self.found.len(), 0);
        let mut next = self.starts;
        for &row in &self.found {
            let slot = &mut next[arm_of(row)];
            self.rows[*slot] = row;
            *slot += 1;
        }
    }
}
