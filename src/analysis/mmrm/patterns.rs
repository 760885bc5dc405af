//! What the likelihood needs of the patients: cross-products by pattern of visits.
//!
//! Every visit has the same regressors z, one for each cell and the covariates. So the likelihood
//! depends on the patients who were there at the same visits only through Σ zzᵀ, Σ zyᵀ and Σ yyᵀ over
//! them, y being the outcome at the visits. There are at most 2^V − 1 patterns, however many patients.

use super::square::{Square, add_scaled};
use crate::analysis::{MOST_COVARIATES, Patients};
use crate::estimand::ARMS;

/// Patients who were there at the same visits.
#[derive(Debug, Clone)]
pub(super) struct Pattern<const V: usize> {
    /// Bit v is set if they were there at visit v.
    pub visits: usize,
    /// How many they are.
    pub count: f64,
    /// Σ zzᵀ, row by row, both triangles.
    pub regressors: Vec<f64>,
    /// Σ zyᵀ, row by row.
    pub products: Vec<[f64; V]>,
    /// Σ yyᵀ, both triangles.
    pub squares: Square<V>,
}

impl<const V: usize> Pattern<V> {
    /// Of nobody yet.
    pub fn new(regressors: usize) -> Self {
        Pattern {
            visits: 0,
            count: 0.0,
            regressors: vec![0.0; regressors * regressors],
            products: vec![[0.0; V]; regressors],
            squares: [[0.0; V]; V],
        }
    }

    /// Forgets its patients.
    pub fn clear(&mut self, visits: usize) {
        (self.visits, self.count, self.squares) = (visits, 0.0, [[0.0; V]; V]);
        self.regressors.fill(0.0);
        self.products.fill([0.0; V]);
    }

    /// Adds the patients of another pattern.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        let sums = self.regressors.iter_mut().chain(self.products.as_flattened_mut());
        let others = other.regressors.iter().chain(other.products.as_flattened());
        sums.zip(others).for_each(|(sum, other)| *sum += other);
        let sums = self.squares.as_flattened_mut().iter_mut();
        sums.zip(other.squares.as_flattened()).for_each(|(sum, other)| *sum += other);
    }

    /// Whether they were there until they left for good.
    pub fn is_monotone(&self) -> bool {
        self.visits & (self.visits + 1) == 0
    }

    /// Whether they were there at all of these visits.
    pub fn has(&self, visits: usize) -> bool {
        self.visits & visits == visits
    }
}

/// The patterns of one trial, in buffers that are used again.
#[derive(Debug)]
pub(super) struct Patterns<const V: usize> {
    /// Regressors z.
    pub regressors: usize,
    /// How many patterns there are; the rest of `slots` is room.
    count: usize,
    slots: Vec<Pattern<V>>,
    /// Number of the pattern of each set of visits, plus one; 0 where nobody has it.
    slot_of: Vec<u32>,
}

impl<const V: usize> Patterns<V> {
    /// Room for all patterns.
    pub fn new(covariates: usize) -> Self {
        let regressors = ARMS + covariates;
        Patterns {
            regressors,
            count: 0,
            slots: vec![Pattern::new(regressors); (1 << V) - 1],
            slot_of: vec![0; 1 << V],
        }
    }

    /// Those that occur.
    pub fn all(&self) -> &[Pattern<V>] {
        &self.slots[..self.count]
    }

    /// Records one trial; the last visit comes last.
    pub fn record(&mut self, patients: &Patients<'_>, covariates: &[usize], visits: &[usize]) {
        self.slot_of.fill(0);
        self.count = 0;
        let (q, rows) = (self.regressors, patients.rows());
        let mut outcomes: [&[f64]; V] = [&[]; V];
        outcomes.iter_mut().zip(visits).for_each(|(slot, &visit)| *slot = patients.column(visit));
        let mut columns: [&[f64]; MOST_COVARIATES] = [&[]; MOST_COVARIATES];
        columns.iter_mut().zip(covariates).for_each(|(slot, &covariate)| *slot = patients.column(covariate));
        let columns = &columns[..q - ARMS];
        // Deviations from a mean keep the squares small; contrasts of cells do not change.
        let centre = outcomes.map(|column| mean(rows, column));
        let mut middle = [0.0; MOST_COVARIATES];
        middle.iter_mut().zip(columns).for_each(|(middle, column)| *middle = mean(rows, column));
        for arm in 0..ARMS {
            for &row in patients.arm(arm) {
                let row = row as usize;
                let (mut there, mut y) = (0, [0.0; V]);
                for visit in 0..V {
                    let value = outcomes[visit][row];
                    if !value.is_nan() {
                        there |= 1 << visit;
                        y[visit] = value - centre[visit];
                    }
                }
                let pattern = self.pattern(there);
                pattern.count += 1.0;
                pattern.regressors[arm * q + arm] += 1.0;
                add_scaled(&mut pattern.products[arm], 1.0, &y);
                for visit in 0..V {
                    add_scaled(&mut pattern.squares[visit], y[visit], &y);
                }
                let mut x = [0.0; MOST_COVARIATES];
                for k in 0..columns.len() {
                    x[k] = columns[k][row] - middle[k];
                    let line = &mut pattern.regressors[(ARMS + k) * q..][..q];
                    line[arm] += x[k];
                    for j in 0..=k {
                        line[ARMS + j] += x[k] * x[j];
                    }
                    add_scaled(&mut pattern.products[ARMS + k], x[k], &y);
                }
            }
        }
        for pattern in &mut self.slots[..self.count] {
            for row in 0..q {
                for column in 0..row {
                    pattern.regressors[column * q + row] = pattern.regressors[row * q + column];
                }
            }
        }
    }

    /// The pattern of these visits.
    #[inline(always)]
    fn pattern(&mut self, there: usize) -> &mut Pattern<V> {
        let mut number = self.slot_of[there] as usize;
        if number == 0 {
            self.count += 1;
            number = self.count;
            self.slot_of[there] = number as u32;
            self.slots[number - 1].clear(there);
        }
        &mut self.slots[number - 1]
    }

    /// How many patients were there at the last visit, and the variance of the outcome then, pooled
    /// over the arms.
    pub fn at_last_visit(&self) -> (f64, f64) {
        let q = self.regressors;
        let (mut count, mut sums, mut squares) = ([0.0; ARMS], [0.0; ARMS], 0.0);
        for pattern in self.all().iter().filter(|pattern| pattern.has(1 << (V - 1))) {
            squares += pattern.squares[V - 1][V - 1];
            for arm in 0..ARMS {
                count[arm] += pattern.regressors[arm * q + arm];
                sums[arm] += pattern.products[arm][V - 1];
            }
        }
        let between: f64 = count.iter().zip(sums).map(|(count, sum)| sum * sum / count).sum();
        let patients: f64 = count.iter().sum();
        (patients, (squares - between) / (patients - ARMS as f64))
    }
}

/// The mean of what is there.
fn mean(rows: &[u32], column: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for &row in rows {
        let value = column[row as usize];
        if !value.is_nan() {
            sum += value;
            count += 1.0;
        }
    }
    sum / count
}
