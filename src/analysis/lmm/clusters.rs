//! What the likelihood needs of the patients: cross-products, in all and by size of cluster.
//!
//! With 1 for a patient of arm a, the covariates and the outcome as columns x, the likelihood
//! depends on the data through T = Σ xxᵀ over patients and, for each size n of a cluster,
//! S(n) = Σ ssᵀ over the clusters of that size, s being the cluster's sum of x.

use super::super::patients::Patients;
use crate::analysis::matrix::{Matrix, add_square};
use crate::analysis::therapists::pooled_variance;
use crate::assignment::NOBODY;
use crate::estimand::ARMS;

/// Clusters of one size.
#[derive(Debug, Clone)]
pub(super) struct Group<const N: usize> {
    /// Patients in each of them.
    pub size: f64,
    /// How many clusters.
    pub count: f64,
    /// Σ of the products of their sums.
    pub sums: Matrix<N>,
}

/// Cross-products of one trial, in buffers that are used again.
#[derive(Debug)]
pub(super) struct Clusters<const N: usize> {
    /// Patients.
    pub patients: f64,
    /// Clusters with a random effect.
    pub count: usize,
    /// Σ xxᵀ.
    pub total: Matrix<N>,
    /// By size of cluster.
    pub groups: Vec<Group<N>>,
    /// Sums of x by cluster, row by row.
    sums: Vec<[f64; N]>,
    /// Number of the group of clusters of each size, plus one.
    group_of_size: Vec<u32>,
}

impl<const N: usize> Clusters<N> {
    /// Nothing yet.
    pub fn new() -> Self {
        Clusters {
            patients: 0.0,
            count: 0,
            total: [[0.0; N]; N],
            groups: Vec::new(),
            sums: Vec::new(),
            group_of_size: Vec::new(),
        }
    }

    /// N − q: patients beyond fixed effects.
    pub fn left(&self) -> f64 {
        self.patients - (N - 1) as f64
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
        self.sums.clear();
        let mut total = [[0.0; N]; N];
        for arm in 0..ARMS {
            let rows = patients.arm(arm);
            total[arm][arm] = rows.len() as f64;
            for &row in rows {
                let mut x = [0.0; N];
                for k in 0..N - ARMS {
                    x[k] = columns[k][row as usize] - centre[k];
                    total[ARMS + k][arm] += x[k];
                    for j in 0..=k {
                        total[ARMS + k][ARMS + j] += x[k] * x[j];
                    }
                }
                if let Some(sums) = self.sums_of(patients, row) {
                    sums[arm] += 1.0;
                    for k in 0..N - ARMS {
                        sums[ARMS + k] += x[k];
                    }
                }
            }
        }
        self.total = total;
        self.group();
    }

    /// The sums of the cluster that a patient belongs to, if to any.
    #[inline(always)]
    fn sums_of(&mut self, patients: &Patients<'_>, row: u32) -> Option<&mut [f64; N]> {
        let therapist = *patients.therapists.get(row as usize)?;
        if therapist == NOBODY {
            return None;
        }
        let cluster = therapist as usize;
        if cluster >= self.sums.len() {
            self.sums.resize(cluster + 1, [0.0; N]);
        }
        self.sums.get_mut(cluster)
    }

    /// Adds up clusters of the same size.
    fn group(&mut self) {
        self.groups.clear();
        self.group_of_size.clear();
        self.group_of_size.resize(self.patients as usize + 1, 0);
        self.count = 0;
        for sums in &self.sums {
            let size: f64 = sums[..ARMS].iter().sum();
            if size == 0.0 {
                continue;
            }
            self.count += 1;
            let number = &mut self.group_of_size[size as usize];
            if *number == 0 {
                self.groups.push(Group { size, count: 0.0, sums: [[0.0; N]; N] });
                *number = self.groups.len() as u32;
            }
            let group = &mut self.groups[*number as usize - 1];
            group.count += 1.0;
            add_square(&mut group.sums, sums, 1.0);
        }
    }

    /// Variance of the outcome pooled over the arms.
    pub fn pooled_variance(&self) -> f64 {
        pooled_variance(&self.total, self.patients)
    }

    /// T plus the groups' sums, each times a factor that depends on the size of the clusters; without
    /// T where `of_total` is 0.
    pub fn combine(&self, of_total: f64, factor: impl Fn(&Group<N>) -> f64) -> Matrix<N> {
        let mut combined = [[0.0; N]; N];
        for row in 0..N {
            for column in 0..=row {
                combined[row][column] = of_total * self.total[row][column];
            }
        }
        for group in &self.groups {
            let factor = factor(group);
            for row in 0..N {
                for column in 0..=row {
                    combined[row][column] += factor * group.sums[row][column];
                }
            }
        }
        combined
    }

    /// Σ over clusters of a number that depends on their size.
    pub fn sum(&self, number: impl Fn(&Group<N>) -> f64) -> f64 {
        self.groups.iter().map(|group| group.count * number(group)).sum()
    }
}
