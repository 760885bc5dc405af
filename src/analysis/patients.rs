//! The patients of one trial, for analyses that need more than moments.

use super::{Complete, Failure, Fits};
use crate::estimand::ARMS;

/// The largest number of earlier visits that an analysis looks at beside its outcome.
pub const MOST_EARLIER_VISITS: usize = 7;

/// The patients in whom all that an analysis needs is there, arm by arm.
///
/// Within an arm they are in the order of enrolment. So the sums of an analysis do not depend on
/// how the arms are mixed, and a trial that was exported and read again gives the same bits.
#[derive(Clone, Copy)]
pub struct Patients<'a> {
    /// Their rows in the columns.
    pub complete: &'a Complete,
    /// Number of each patient's therapist, or [`crate::assignment::NOBODY`]; empty without
    /// therapists.
    pub therapists: &'a [u32],
    /// The block of the randomisation that each patient came in, blocks of different strata being
    /// different; empty where patients were not assigned in blocks.
    pub blocks: &'a [u32],
    /// What the analysis's own random numbers are named by: the seed and the replicate.
    pub draws: (u64, u64),
    /// The column of a variable.
    pub column: &'a dyn Fn(usize) -> &'a [f64],
}

impl std::fmt::Debug for Patients<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Patients").field("complete", self.complete).finish_non_exhaustive()
    }
}

impl<'a> Patients<'a> {
    /// The rows of one arm.
    #[must_use]
    pub fn arm(&self, arm: usize) -> &'a [u32] {
        self.complete.arm(arm)
    }

    /// The rows of all arms, one after the other.
    #[must_use]
    pub fn rows(&self) -> &'a [u32] {
        &self.complete.rows
    }

    /// How many patients are in each arm.
    #[must_use]
    pub fn sizes(&self) -> [f64; ARMS] {
        self.complete.sizes()
    }

    /// The column of a variable, by row.
    #[must_use]
    pub fn column(&self, variable: usize) -> &'a [f64] {
        (self.column)(variable)
    }

    /// The mean of a column over these patients.
    #[must_use]
    pub fn mean(&self, column: &[f64]) -> f64 {
        let rows = self.rows();
        rows.iter().map(|&row| column[row as usize]).sum::<f64>() / rows.len() as f64
    }

    /// Fills `values` with deviations of variables from their means, those of a patient side by side.
    pub fn record_centred(&self, variables: &[usize], values: &mut Vec<f64>) {
        let (rows, count) = (self.rows(), variables.len());
        values.clear();
        values.resize(rows.len() * count, 0.0);
        for (k, &variable) in variables.iter().enumerate() {
            let column = self.column(variable);
            let mean = self.mean(column);
            for (patient, &row) in rows.iter().enumerate() {
                values[patient * count + k] = column[row as usize] - mean;
            }
        }
    }
}

/// Fits trial after trial, with buffers of its own: nothing is allocated once they are large enough.
pub trait Worker: std::fmt::Debug + Send {
    /// Estimates every estimand of one trial, as the first of `fits`.
    ///
    /// # Errors
    ///
    /// Why this trial has no answer; whoever calls marks it so.
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure>;
}
