//! The patients of one trial, for analyses that need more than moments.

use super::{Column, Fits};
use crate::estimand::ARMS;

/// The patients in whom all that an analysis needs is there, arm by arm.
///
/// Within an arm they are in the order of enrolment. So the sums of an analysis do not depend on
/// how the arms are mixed, and a trial that was exported and read again gives the same bits.
#[derive(Clone, Copy)]
pub struct Patients<'a> {
    /// Rows of the columns.
    pub rows: &'a [u32],
    /// Where each arm begins in `rows`, and where the last one ends.
    pub starts: &'a [usize; ARMS + 1],
    /// Number of each patient's therapist, or [`crate::assignment::NOBODY`]; empty without
    /// therapists.
    pub therapists: &'a [u32],
    /// The column of a variable.
    pub column: &'a dyn Fn(usize) -> &'a [f64],
}

impl std::fmt::Debug for Patients<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Patients").field("starts", self.starts).finish_non_exhaustive()
    }
}

impl<'a> Patients<'a> {
    /// The rows of one arm.
    #[must_use]
    pub fn arm(&self, arm: usize) -> &'a [u32] {
        &self.rows[self.starts[arm]..self.starts[arm + 1]]
    }

    /// How many patients are in each arm.
    #[must_use]
    pub fn sizes(&self) -> [f64; ARMS] {
        std::array::from_fn(|arm| (self.starts[arm + 1] - self.starts[arm]) as f64)
    }

    /// The column of a variable, by row.
    #[must_use]
    pub fn column(&self, variable: usize) -> &'a [f64] {
        (self.column)(variable)
    }
}

/// Lists the patients in whom every one of the variables is there, arm by arm.
#[derive(Debug, Clone, Default)]
pub struct Complete {
    /// Their rows.
    pub rows: Vec<u32>,
    /// Where each arm begins in `rows`, and where the last one ends.
    pub starts: [usize; ARMS + 1],
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

    /// Makes the list.
    pub fn list<'c>(&mut self, arms: &[u8], variables: &[usize], column: &dyn Fn(usize) -> &'c [f64]) {
        self.found.clear();
        self.found.extend(0..arms.len() as u32);
        for &variable in variables {
            let values = column(variable);
            self.found.retain(|&row| !values[row as usize].is_nan());
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

/// Fits trial after trial, with buffers of its own: nothing is allocated once they are large enough.
pub trait Worker: std::fmt::Debug + Send {
    /// Estimates every estimand of one trial, as the first of `fits`.
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits);
}

/// Writes one estimand of the first trial.
pub(super) fn write(fits: &mut Fits, estimand: usize, estimate: f64, variance: f64, degrees_of_freedom: f64) {
    let set = |columns: &mut Vec<Column>, value: f64| columns[estimand][0] = value;
    set(&mut fits.estimate, estimate);
    set(&mut fits.variance, variance);
    set(&mut fits.degrees_of_freedom, degrees_of_freedom);
}
