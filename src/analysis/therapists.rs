//! Sums and cross-products of the patients, by therapist and arm.
//!
//! With 1 for a patient of arm a, the covariates and the outcome as columns x, these are Σ x over the
//! patients whom a therapist treated in each arm, and Σ xxᵀ over everyone or by therapist. What a model
//! with effects of therapists, or a summary of them, needs of the data is in them.

use super::matrix::{Matrix, add_square};
use super::patients::Patients;
use crate::assignment::NOBODY;
use crate::estimand::ARMS;

/// Sums and cross-products of one trial, in buffers that are used again.
#[derive(Debug)]
pub(super) struct Therapists<const N: usize> {
    /// Patients.
    pub patients: f64,
    /// Σ xxᵀ over all of them.
    pub total: Matrix<N>,
    /// Σ x by therapist and arm; a therapist who treated nobody has zeros.
    pub cells: Vec<[[f64; N]; ARMS]>,
    /// Σ xxᵀ by therapist, where asked for.
    pub products: Vec<Matrix<N>>,
    /// x of each patient without a therapist.
    pub lone: Vec<[f64; N]>,
    with_products: bool,
}

impl<const N: usize> Therapists<N> {
    /// Nothing yet.
    pub fn new(with_products: bool) -> Self {
        Therapists {
            patients: 0.0,
            total: [[0.0; N]; N],
            cells: Vec::new(),
            products: Vec::new(),
            lone: Vec::new(),
            with_products,
        }
    }

    /// Records one trial; `variables` are the covariates and the outcome.
    pub fn record(&mut self, patients: &Patients<'_>, variables: &[usize]) {
        self.patients = patients.rows().len() as f64;
        // As many as there are columns beside the cells; the rest of the array is never looked at.
        let mut columns: [&[f64]; N] = [&[]; N];
        for (slot, &variable) in columns.iter_mut().zip(variables) {
            *slot = patients.column(variable);
        }
        // Deviations from a mean keep the squares small; contrasts of cells do not change.
        let mut centre = [0.0; N];
        for k in 0..N - ARMS {
            centre[k] = patients.mean(columns[k]);
        }
        self.cells.clear();
        self.products.clear();
        self.lone.clear();
        self.total = [[0.0; N]; N];
        for arm in 0..ARMS {
            for &row in patients.arm(arm) {
                let mut x = [0.0; N];
                x[arm] = 1.0;
                for k in 0..N - ARMS {
                    x[ARMS + k] = columns[k][row as usize] - centre[k];
                }
                add_square(&mut self.total, &x, 1.0);
                let Some(therapist) = therapist_of(patients, row) else {
                    self.lone.push(x);
                    continue;
                };
                self.make_room(therapist);
                let sums = &mut self.cells[therapist][arm];
                (0..N).for_each(|k| sums[k] += x[k]);
                if self.with_products {
                    add_square(&mut self.products[therapist], &x, 1.0);
                }
            }
        }
    }

    fn make_room(&mut self, therapist: usize) {
        if therapist >= self.cells.len() {
            self.cells.resize(therapist + 1, [[0.0; N]; ARMS]);
            if self.with_products {
                self.products.resize(therapist + 1, [[0.0; N]; N]);
            }
        }
    }

    /// Variance of the outcome pooled over the arms.
    pub fn pooled_variance(&self) -> f64 {
        pooled_variance(&self.total, self.patients)
    }
}

/// Variance of the outcome pooled over the arms, of so many patients' Σ xxᵀ.
pub(super) fn pooled_variance<const N: usize>(total: &Matrix<N>, patients: f64) -> f64 {
    let outcome = N - 1;
    let between: f64 = (0..ARMS).map(|arm| total[outcome][arm] * total[outcome][arm] / total[arm][arm]).sum();
    (total[outcome][outcome] - between) / (patients - ARMS as f64)
}

/// Patients in each arm, of the sums of one therapist.
pub(super) fn sizes<const N: usize>(cells: &[[f64; N]; ARMS]) -> [f64; ARMS] {
    std::array::from_fn(|arm| cells[arm][arm])
}

fn therapist_of(patients: &Patients<'_>, row: u32) -> Option<usize> {
    let therapist = *patients.therapists.get(row as usize)?;
    (therapist != NOBODY).then_some(therapist as usize)
}
