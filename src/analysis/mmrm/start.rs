//! Where the search for the covariance begins.
//!
//! The outcome at each visit is regressed on the regressors and the visits before, in the patients who
//! were there at all of them. If nobody comes back who has left (monotone patterns), the restricted
//! likelihood falls apart into those of these regressions, and what is put together of them is its
//! maximum. Source: Anderson (1957), J. Am. Stat. Assoc. 52:200, for the likelihood; with its effects
//! integrated out each regression keeps all degrees of freedom but those of the regressors. What these regressions
//! have seen is kept: with such patterns nothing else is needed ([`super::monotone`]).

use super::dense;
use super::patterns::{Pattern, Patterns};
use super::square::{Square, add_scaled, inverse};
use crate::analysis::Failure;
use crate::estimand::ARMS;

/// Share of an outcome's variation below which nothing of it is left to be explained.
const LEAST_LEFT: f64 = 1e-13;

/// The patients who were there at a visit and at all before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<const V: usize> {
    /// How many they are beyond the regressors.
    pub left: f64,
    /// Cross-products of what the regressors leave of the outcome, at visits up to this one.
    pub residual: Square<V>,
    /// The inverse of that at the visits before; zeros elsewhere.
    pub inverse: Square<V>,
    /// Slopes of this visit on these, and what they leave of its variance.
    pub slopes: [f64; V],
    pub variance: f64,
    /// Means of the cells at visits up to this one, by visit.
    pub means: [[f64; ARMS]; V],
    /// Their covariance per unit of variance: the cells' part of the inverse of Σ zzᵀ.
    pub cells: Square<ARMS>,
}

impl<const V: usize> Seen<V> {
    const NOTHING: Self = Seen {
        left: 0.0,
        residual: [[0.0; V]; V],
        inverse: [[0.0; V]; V],
        slopes: [0.0; V],
        variance: 0.0,
        means: [[0.0; ARMS]; V],
        cells: [[0.0; ARMS]; ARMS],
    };
}

/// Room for sums over patterns, and for matrices of the regressors.
#[derive(Debug)]
pub(super) struct Start<const V: usize> {
    /// By visit, as far as it was told by those before.
    seen: [Seen<V>; V],
    is_told: [bool; V],
    sums: Pattern<V>,
    matrix: Vec<f64>,
    factor: Vec<f64>,
    half: Vec<[f64; V]>,
}

impl<const V: usize> Start<V> {
    pub fn new(regressors: usize) -> Self {
        Start {
            seen: [Seen::NOTHING; V],
            is_told: [false; V],
            sums: Pattern::new(regressors),
            matrix: vec![0.0; regressors * regressors],
            factor: vec![0.0; regressors * regressors],
            half: vec![[0.0; V]; regressors],
        }
    }

    /// A positive definite covariance.
    pub fn covariance(&mut self, patterns: &Patterns<V>) -> Result<Square<V>, Failure> {
        let q = patterns.regressors;
        let mut sigma = [[0.0; V]; V];
        for visit in 0..V {
            let earlier = (1 << visit) - 1;
            self.add_up(patterns, earlier | 1 << visit);
            // Patients beyond the regressors and the visits before.
            let enough = self.sums.count > (q + visit + 1) as f64;
            self.is_told[visit] = enough && self.extend(&mut sigma, visit)?;
            if self.is_told[visit] {
                continue;
            }
            // A visit by itself, where too few were there before.
            self.add_up(patterns, 1 << visit);
            if self.sums.count <= q as f64 {
                return Err(Failure::TooFewPatients);
            }
            let residual = self.residual().ok_or(Failure::Singular)?;
            sigma[visit] = [0.0; V];
            sigma.iter_mut().for_each(|row| row[visit] = 0.0);
            sigma[visit][visit] = residual[visit][visit] / (self.sums.count - q as f64);
            if sigma[visit][visit].is_nan() || residual[visit][visit] <= self.least(visit) {
                return Err(Failure::Singular);
            }
        }
        Ok(sigma)
    }

    /// What was seen at each visit, where patients who miss a visit miss all later ones, and enough of them were there to
    /// tell each visit by those before.
    pub fn seen(&self, patterns: &Patterns<V>) -> Option<&[Seen<V>; V]> {
        let is_monotone = patterns.all().iter().all(|pattern| pattern.is_monotone());
        (is_monotone && self.is_told == [true; V]).then_some(&self.seen)
    }

    /// Sums over the patients who were there at some visits.
    fn add_up(&mut self, patterns: &Patterns<V>, visits: usize) {
        self.sums.clear(visits);
        for pattern in patterns.all().iter().filter(|pattern| pattern.has(visits)) {
            self.sums.add(pattern);
        }
    }

    fn least(&self, visit: usize) -> f64 {
        LEAST_LEFT * self.sums.squares[visit][visit]
    }

    /// Cross-products of what the regressors leave of the outcome at the visits. None if the regressors
    /// cannot be told apart.
    fn residual(&mut self) -> Option<Square<V>> {
        let q = self.half.len();
        self.matrix.copy_from_slice(&self.sums.regressors);
        dense::inverse_factor(q, &mut self.matrix, &mut self.factor)?;
        let mut residual = self.sums.squares;
        for row in 0..q {
            let mut half = [0.0; V];
            for k in 0..=row {
                add_scaled(&mut half, self.factor[row * q + k], &self.sums.products[k]);
            }
            self.half[row] = half;
        }
        for half in &self.half {
            for visit in 0..V {
                add_scaled(&mut residual[visit], -half[visit], half);
            }
        }
        Some(residual)
    }

    /// Means of the cells at each visit and their covariance per unit of variance, from the regressors' factor.
    fn cells(&self) -> ([[f64; ARMS]; V], Square<ARMS>) {
        let q = self.half.len();
        let (mut means, mut cells) = ([[0.0; ARMS]; V], [[0.0; ARMS]; ARMS]);
        for (row, half) in self.half.iter().enumerate() {
            let line = &self.factor[row * q..][..q.min(ARMS)];
            for (one, &of_one) in line.iter().enumerate() {
                for visit in 0..V {
                    means[visit][one] += of_one * half[visit];
                }
                for (other, &of_other) in line.iter().enumerate() {
                    cells[one][other] += of_one * of_other;
                }
            }
        }
        (means, cells)
    }

    /// Adds a visit to the covariance of those before; false if the regressors cannot be told apart.
    fn extend(&mut self, sigma: &mut Square<V>, visit: usize) -> Result<bool, Failure> {
        let Some(residual) = self.residual() else { return Ok(false) };
        let (solved, _) = inverse(&residual, (1 << visit) - 1).ok_or(Failure::Singular)?;
        let mut slopes = [0.0; V];
        for earlier in 0..visit {
            add_scaled(&mut slopes, residual[visit][earlier], &solved[earlier]);
        }
        let explained: f64 = (0..visit).map(|earlier| slopes[earlier] * residual[earlier][visit]).sum();
        let left = residual[visit][visit] - explained;
        if left.is_nan() || left <= self.least(visit) {
            return Err(Failure::Singular);
        }
        let degrees_of_freedom = self.sums.count - self.half.len() as f64;
        let mut variance = left / degrees_of_freedom;
        let (means, cells) = self.cells();
        self.seen[visit] =
            Seen { left: degrees_of_freedom, residual, inverse: solved, slopes, variance, means, cells };
        for row in 0..visit {
            let covariance: f64 = (0..visit).map(|column| sigma[row][column] * slopes[column]).sum();
            (sigma[row][visit], sigma[visit][row]) = (covariance, covariance);
            variance += slopes[row] * covariance;
        }
        sigma[visit][visit] = variance;
        Ok(true)
    }
}
