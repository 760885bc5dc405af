//! Moderation: whether effects depend on a covariate.
//!
//! A linear model in which each arm has a mean and a slope of its own on the
//! moderator, and other covariates have common slopes. Within arm a, with
//! cross-products S of moderator m, covariates z and outcome y, everything is first
//! freed of m: slopes b = Sₘₘ⁻¹Sₘ. and what is left, R = S.. − S.ₘb. Added up over the
//! arms, R gives the slopes of the covariates, c = R_zz⁻¹R_zy, and the residual sum
//! of squares R_yy − cᵀR_zy on N − 4 − 4M − p degrees of freedom, M the number of
//! columns that code the moderator. The outcome's slope in arm a is bᵧ − Σ c·b_z, and
//! a contrast w of these has the variance s²(Σ w²Sₘₘ⁻¹ + dᵀR_zz⁻¹d), d = Σ w·b_z.
//! It is ordinary least squares with all interactions of arm and moderator, by the
//! theorem of Frisch, Waugh and Lovell.
//!
//! Source: Aiken, West (1991), "Multiple regression: testing and interpreting
//! interactions"; Searle (1987), "Linear models for unbalanced data", chapter 6.

use super::ancova::MOST_COVARIATES;
use super::closed_form::{Normal, PowerFormula};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments, packed, pairs};
use crate::estimand::{ARMS, ESTIMANDS, Family, WEIGHTS};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "moderation",
    summary: "moderation: how the effects change with a covariate, which has slopes of its own in each arm",
    reference: "Aiken, West (1991), Multiple regression: testing and interpreting interactions",
    design: Design::Trial,
    family: Family::Moderation,
    takes: &[Field::Covariates, Field::Moderator],
    needs: &[Field::Moderator],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Moments(Box::new(Moderation {
            outcome: context.outcome,
            moderator: context.moderator.clone(),
            covariates: context.covariates.clone(),
        }))
    },
};

/// The largest number of columns that code a moderator: one less than its levels.
pub const MOST_COLUMNS: usize = 7;

/// Moderator, covariates and outcome.
const MOST: usize = MOST_COLUMNS + MOST_COVARIATES + 1;

/// Share of a sum of squares that must be left when other columns are taken out of a column, or
/// it is taken for one that tells nothing new: far above what rounding leaves, far below chance.
const LEAST_LEFT: f64 = 1e-10;

/// Moderation of the effects on one outcome.
#[derive(Debug, Clone)]
pub struct Moderation {
    /// The outcome's index among the variables.
    pub outcome: usize,
    /// The moderator's columns, as indices among the variables, at most [`MOST_COLUMNS`].
    pub moderator: Vec<usize>,
    /// The covariates' indices among the variables, at most [`MOST_COVARIATES`].
    pub covariates: Vec<usize>,
}

/// Row by row, the lower triangle filled.
type Matrix = [[f64; MOST]; MOST];

/// One arm, freed of the moderator.
struct Arm {
    /// Slopes of covariates and outcome on the moderator's columns.
    slope: [[f64; MOST_COLUMNS]; MOST],
    /// Diagonal of the inverse of the moderator's cross-products.
    inverse: [f64; MOST_COLUMNS],
}

impl Moderation {
    fn residual_degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> f64 {
        let parameters = ARMS * (1 + self.moderator.len()) + self.covariates.len();
        sizes.iter().sum::<f64>() - parameters as f64
    }

    /// All estimands of one trial. None where they cannot be told: a moderator that is the same in
    /// all patients of an arm, columns that repeat each other, or too few patients.
    fn fit_trial(&self, moments: &MomentsBatch, trial: usize, fits: &mut Fits) -> Option<()> {
        let (columns, covariates) = (self.moderator.len(), self.covariates.len());
        let outcome = columns + covariates;
        let variable = |k: usize| match k.checked_sub(columns) {
            None => self.moderator[k],
            Some(k) => self.covariates.get(k).copied().unwrap_or(self.outcome),
        };
        let mut left: Matrix = [[0.0; MOST]; MOST];
        let mut total = [0.0; MOST];
        let mut arms: [Option<Arm>; ARMS] = [const { None }; ARMS];
        for (arm, slot) in arms.iter_mut().enumerate() {
            let mut cross: Matrix = [[0.0; MOST]; MOST];
            for row in 0..=outcome {
                for column in 0..=row {
                    cross[row][column] = moments.by_arm[packed(variable(row), variable(column))][arm][trial];
                }
                total[row] += cross[row][row];
            }
            *slot = Some(free_of_moderator(&mut cross, columns, outcome)?);
            for row in columns..=outcome {
                for column in columns..=row {
                    left[row][column] += cross[row][column];
                }
            }
        }
        factor(&mut left, &total, columns, outcome, outcome)?;
        let residual = left[outcome][outcome] / self.residual_degrees_of_freedom(&moments.sizes);
        let of_covariates = solve_transposed(&left, columns, outcome);
        for moderator in 0..columns {
            for (contrast, weights) in WEIGHTS.iter().enumerate() {
                let (mut estimate, mut scale) = (0.0, 0.0);
                let mut imbalance = [0.0; MOST];
                for (weight, arm) in weights.iter().zip(arms.iter().flatten()) {
                    estimate += weight * arm.slope[outcome][moderator];
                    scale += weight * weight * arm.inverse[moderator];
                    for covariate in columns..outcome {
                        let slope = arm.slope[covariate][moderator];
                        estimate -= weight * of_covariates[covariate] * slope;
                        imbalance[covariate] += weight * slope;
                    }
                }
                let distance = squared_distance(&left, imbalance, columns, outcome);
                let estimand = moderator * ESTIMANDS + contrast;
                fits.estimate[estimand][trial] = estimate;
                fits.variance[estimand][trial] = residual * (scale + distance);
            }
        }
        Some(())
    }
}

/// Takes the moderator's columns, which come first, out of all that follow.
fn free_of_moderator(cross: &mut Matrix, columns: usize, outcome: usize) -> Option<Arm> {
    let mut total = [0.0; MOST];
    (0..=outcome).for_each(|k| total[k] = cross[k][k]);
    factor(cross, &total, 0, columns, outcome)?;
    let mut arm = Arm { slope: [[0.0; MOST_COLUMNS]; MOST], inverse: [0.0; MOST_COLUMNS] };
    for row in columns..=outcome {
        for k in (0..columns).rev() {
            let later: f64 = (k + 1..columns).map(|j| cross[j][k] * arm.slope[row][j]).sum();
            arm.slope[row][k] = (cross[row][k] - later) / cross[k][k];
        }
    }
    for k in 0..columns {
        // Column k of the inverse factor; the squares of its entries add up to the diagonal.
        let mut column = [0.0; MOST_COLUMNS];
        for row in k..columns {
            let earlier: f64 = (k..row).map(|j| cross[row][j] * column[j]).sum();
            column[row] = (f64::from(u8::from(row == k)) - earlier) / cross[row][row];
            arm.inverse[k] += column[row] * column[row];
        }
    }
    Some(arm)
}

/// Cholesky's factor of rows `first..end`; what is left of the rows up to `last` stays in their diagonal.
fn factor(matrix: &mut Matrix, total: &[f64; MOST], first: usize, end: usize, last: usize) -> Option<()> {
    (first..end).try_for_each(|pivot| eliminate(matrix, total, pivot, last))
}

/// One step of Cholesky's factorisation, column `pivot` of all rows up to `last`. None if less than
/// nearly nothing of its sum of squares is left.
fn eliminate(matrix: &mut Matrix, total: &[f64; MOST], pivot: usize, last: usize) -> Option<()> {
    let left = matrix[pivot][pivot];
    // An empty arm has nothing, or no number: that is not enough either.
    if left.is_nan() || left <= LEAST_LEFT * total[pivot] {
        return None;
    }
    let root = left.sqrt();
    matrix[pivot][pivot] = root;
    for row in pivot + 1..=last {
        matrix[row][pivot] /= root;
    }
    for row in pivot + 1..=last {
        for column in pivot + 1..=row {
            matrix[row][column] -= matrix[row][pivot] * matrix[column][pivot];
        }
    }
    Some(())
}

/// Slopes of the outcome on the covariates.
fn solve_transposed(factor: &Matrix, first: usize, outcome: usize) -> [f64; MOST] {
    let mut slope = [0.0; MOST];
    for row in (first..outcome).rev() {
        let later: f64 = (row + 1..outcome).map(|k| factor[k][row] * slope[k]).sum();
        slope[row] = (factor[outcome][row] - later) / factor[row][row];
    }
    slope
}

/// dᵀR⁻¹d by forward substitution.
fn squared_distance(factor: &Matrix, mut d: [f64; MOST], first: usize, outcome: usize) -> f64 {
    let mut distance = 0.0;
    for row in first..outcome {
        let earlier: f64 = (first..row).map(|k| factor[row][k] * d[k]).sum();
        d[row] = (d[row] - earlier) / factor[row][row];
        distance += d[row] * d[row];
    }
    distance
}

impl OfMoments for Moderation {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        for trial in 0..moments.trials {
            if self.fit_trial(moments, trial, fits).is_none() {
                fits.estimate.iter_mut().for_each(|estimate| estimate[trial] = f64::NAN);
            }
        }
        moments.pooled_variance(self.outcome, moments.trials, &mut fits.outcome_variance);
        fits.trials = moments.trials;
    }
}

impl Analysis for Moderation {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(self.residual_degrees_of_freedom(sizes))
    }

    fn variables(&self) -> Vec<usize> {
        let all = self.moderator.iter().chain(&self.covariates);
        all.copied().chain(std::iter::once(self.outcome)).collect()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn by_arm(&self) -> Vec<(usize, usize)> {
        pairs(&self.variables()).collect()
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn power(&self, normal: &Normal, _: &[f64; ARMS], alpha: f64) -> PowerFormula {
        // Here all patients respond alike, so that only unequal spreads make slopes differ.
        if normal.has_equal_variances(self.outcome) {
            PowerFormula::Exact { power: alpha, formula: "no effect depends on the moderator: alpha" }
        } else {
            PowerFormula::None { why: "no formula for slopes with unequal variances" }
        }
    }
}
