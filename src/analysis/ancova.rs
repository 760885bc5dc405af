//! Analysis of covariance: cell means adjusted for covariates with common slopes.
//!
//! With the within-arm cross-products S of covariates x and outcome y, the
//! slopes are b = Sₓₓ⁻¹Sₓᵧ, the residual sum of squares Sᵧᵧ − bᵀSₓᵧ on N − 4 − p
//! degrees of freedom, and a contrast w of the adjusted means is
//! Σ w(ȳ − bᵀx̄) with variance s²(Σ w²/n + dᵀSₓₓ⁻¹d), d = Σ w·x̄.
//!
//! Source: Searle (1987), "Linear models for unbalanced data", chapter 6.

use super::blinded::Blinded;
use super::closed_form::{Normal, NormalTheory, PowerFormula};
use super::contrast::{contrast, weight_over_sizes};
use super::registry::{Context, Design, Entry};
use super::robust::robust;
use super::{Analysis, BATCH, Column, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments, packed};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "ancova",
    summary: "analysis of covariance: contrasts of the four arm means, adjusted for covariates with common slopes",
    reference: "Searle (1987), Linear models for unbalanced data, chapter 6",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::StandardErrors],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        robust(context, &context.covariates)
            .unwrap_or_else(|| Estimator::Moments(Box::new(Ancova::new(context))))
    },
};

/// The largest number of covariates.
pub const MOST_COVARIATES: usize = 8;

/// The part of a covariate's sum of squares that is to be left by the covariates before it. Less is the error of sums of
/// rounded numbers: these covariates tell it completely.
const COLLINEAR: f64 = 1e-12;

/// Analysis of covariance of one outcome.
#[derive(Debug, Clone)]
pub struct Ancova {
    /// The outcome's index among the variables.
    pub outcome: usize,
    /// The covariates' indices among the variables, at most [`MOST_COVARIATES`].
    pub covariates: Vec<usize>,
}

impl OfMoments for Ancova {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        // The number of covariates is fixed at compile time, so that small loops are unrolled
        // and nothing is allocated.
        match self.covariates.len() {
            0 => self.fit_with::<0>(moments, fits),
            1 => self.fit_with::<1>(moments, fits),
            2 => self.fit_with::<2>(moments, fits),
            3 => self.fit_with::<3>(moments, fits),
            4 => self.fit_with::<4>(moments, fits),
            5 => self.fit_with::<5>(moments, fits),
            6 => self.fit_with::<6>(moments, fits),
            7 => self.fit_with::<7>(moments, fits),
            _ => self.fit_with::<MOST_COVARIATES>(moments, fits),
        }
    }
}

impl Analysis for Ancova {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(self.residual_degrees_of_freedom(sizes))
    }

    fn variables(&self) -> Vec<usize> {
        let mut variables = self.covariates.clone();
        variables.push(self.outcome);
        variables
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn has_common_variance(&self) -> bool {
        true
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn spares_estimands(&self) -> bool {
        true
    }

    fn blinded(&self) -> Option<Box<dyn OfMoments>> {
        Some(Box::new(Blinded { outcome: self.outcome, less: None, covariates: self.covariates.clone() }))
    }

    fn power_of_benefit(
        &self,
        normal: &Normal,
        weights: &[f64; ARMS],
        alpha: f64,
        sign: f64,
    ) -> PowerFormula {
        normal.one_sided_power(self.outcome, &self.covariates, weights, (0.0, sign), alpha / 2.0)
    }

    fn narrow(&self, normal: &Normal, weights: &[f64; ARMS], most: f64, miss: f64) -> PowerFormula {
        normal.adjusted_narrow(self.outcome, &self.covariates, weights, most, miss)
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        normal.adjusted_power(self.outcome, &self.covariates, weights, alpha)
    }

    fn theory(&self, normal: &Normal) -> Result<NormalTheory, &'static str> {
        normal.theory_of_adjusted(self.outcome, &self.covariates)
    }
}

/// The covariates' cross-products, factored, with slopes, for each trial.
pub(super) struct Adjustment<const P: usize> {
    /// L of the cross-products' factorisation LDLᵀ, below its diagonal of ones.
    factor: [[Column; P]; P],
    /// Inverse of D.
    inverse: [Column; P],
    slope: [Column; P],
    residual_variance: Column,
}

impl Ancova {
    /// Of a context's outcome and covariates.
    pub(super) fn new(context: &Context) -> Self {
        Ancova { outcome: context.outcome, covariates: context.covariates.clone() }
    }

    /// Fits, with a p value of each estimand from its estimate, standard error and degrees of freedom.
    pub(super) fn fit_with_own_test(
        &self,
        moments: &MomentsBatch,
        fits: &mut Fits,
        p: impl Fn(f64, f64, f64) -> f64,
    ) {
        self.fit(moments, fits);
        let df = self.residual_degrees_of_freedom(&moments.sizes);
        fits.p.resize(fits.estimands(), [f64::NAN; BATCH]);
        for estimand in 0..fits.estimands() {
            for trial in 0..fits.trials {
                let (estimate, variance) = (fits.estimate[estimand][trial], fits.variance[estimand][trial]);
                fits.p[estimand][trial] = p(estimate, variance.sqrt(), df);
            }
        }
    }

    pub(super) fn residual_degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> f64 {
        sizes.iter().sum::<f64>() - (ARMS + self.covariates.len()) as f64
    }

    fn fit_with<const P: usize>(&self, moments: &MomentsBatch, fits: &mut Fits) {
        moments.widest(
            #[inline(always)]
            |trials| self.fit_here::<P>(moments, trials, fits),
        );
    }

    #[inline(always)]
    fn fit_here<const P: usize>(&self, moments: &MomentsBatch, trials: usize, fits: &mut Fits) {
        let adjustment = self.adjust::<P>(moments, trials, self.residual_degrees_of_freedom(&moments.sizes));
        moments.pooled_variance(self.outcome, trials, &mut fits.outcome_variance);
        fits.set_residual_variance(&adjustment.residual_variance);
        let mut imbalance = [[0.0; BATCH]; P];
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            if !fits.wants(estimand) {
                continue;
            }
            let scale = weight_over_sizes(weights, &moments.sizes);
            let estimate = &mut fits.estimate[estimand];
            contrast(weights, &moments.mean[self.outcome], estimate, trials);
            for (covariate, column) in imbalance.iter_mut().enumerate() {
                contrast(weights, &moments.mean[self.covariates[covariate]], column, trials);
                for trial in 0..trials {
                    estimate[trial] -= adjustment.slope[covariate][trial] * column[trial];
                }
            }
            let variance = &mut fits.variance[estimand];
            for trial in 0..trials {
                let distance = adjustment.squared_distance(&imbalance, trial);
                variance[trial] = adjustment.residual_variance[trial] * (scale + distance);
            }
        }
        fits.trials = trials;
    }

    /// Slopes and residual variance by the factorisation Sₓₓ = LDLᵀ, which asks for no root. A singular matrix gives
    /// NaN, which is counted as a failure.
    #[inline(always)]
    pub(super) fn adjust<const P: usize>(
        &self,
        moments: &MomentsBatch,
        trials: usize,
        degrees_of_freedom: f64,
    ) -> Adjustment<P> {
        let covariates: [usize; P] = std::array::from_fn(|k| self.covariates[k]);
        let cross = |v: usize, w: usize| &moments.pooled[packed(v, w)];
        let outcome = cross(self.outcome, self.outcome);
        let per_degree = 1.0 / degrees_of_freedom;
        let mut out = Adjustment {
            factor: [[[0.0; BATCH]; P]; P],
            inverse: [[0.0; BATCH]; P],
            slope: [[0.0; BATCH]; P],
            residual_variance: [0.0; BATCH],
        };
        for trial in 0..trials {
            // L, and L times D.
            let (mut factor, mut scaled) = ([[0.0; P]; P], [[0.0; P]; P]);
            let (mut inverse, mut projected, mut own_slope) = ([0.0; P], [0.0; P], [0.0; P]);
            let mut residual = outcome[trial];
            for row in 0..P {
                for column in 0..row {
                    let mut value = cross(covariates[row], covariates[column])[trial];
                    for k in 0..column {
                        value -= scaled[row][k] * factor[column][k];
                    }
                    scaled[row][column] = value;
                    factor[row][column] = value * inverse[column];
                }
                let squares = cross(covariates[row], covariates[row])[trial];
                let mut pivot = squares;
                projected[row] = cross(covariates[row], self.outcome)[trial];
                for k in 0..row {
                    pivot -= scaled[row][k] * factor[row][k];
                    projected[row] -= factor[row][k] * projected[k];
                }
                inverse[row] = if pivot > COLLINEAR * squares { 1.0 / pivot } else { f64::NAN };
                own_slope[row] = projected[row] * inverse[row];
                residual -= projected[row] * own_slope[row];
            }
            out.residual_variance[trial] = residual * per_degree;
            for row in (0..P).rev() {
                let mut value = own_slope[row];
                for k in row + 1..P {
                    value -= factor[k][row] * out.slope[k][trial];
                }
                out.slope[row][trial] = value;
            }
            for row in 0..P {
                out.inverse[row][trial] = inverse[row];
                for column in 0..row {
                    out.factor[row][column][trial] = factor[row][column];
                }
            }
        }
        out
    }
}

impl<const P: usize> Adjustment<P> {
    /// The last covariate's slope and its variance.
    pub(super) fn last_slope(&self, trial: usize) -> (f64, f64) {
        (self.slope[P - 1][trial], self.residual_variance[trial] * self.inverse[P - 1][trial])
    }

    /// dᵀSₓₓ⁻¹d by forward substitution.
    #[inline(always)]
    fn squared_distance(&self, imbalance: &[Column; P], trial: usize) -> f64 {
        let mut solved = [0.0; P];
        let mut distance = 0.0;
        for row in 0..P {
            solved[row] = imbalance[row][trial];
            for k in 0..row {
                solved[row] -= self.factor[row][k][trial] * solved[k];
            }
            distance += solved[row] * solved[row] * self.inverse[row][trial];
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Layout;
    use crate::observation::{Recorded, record};

    #[test]
    fn covariates_that_tell_each_other_give_no_answer_however_sums_are_rounded() {
        let layout = Layout::new([5; ARMS]);
        let recorded = Recorded {
            variables: vec![0, 1, 2, 3],
            pairs: (0..4).flat_map(|v| (0..=v).map(move |w| (v, w))).collect(),
            ..Recorded::default()
        };
        let ancova = Ancova { outcome: 3, covariates: vec![0, 1, 2] };
        let mut moments = MomentsBatch::new([5; ARMS], 4);
        moments.trials = BATCH;
        for trial in 0..BATCH {
            let number = |k: usize| ((k * k + 7 * trial) % 23) as f64 / 3.0;
            let x: Vec<f64> = (0..20).map(number).collect();
            let z: Vec<f64> = (0..20).map(|k| number(3 * k + 1)).collect();
            // Only half of the trials have a third covariate that says something new.
            let of_both = |k: usize| 0.1 * x[k] - 0.7 * z[k] + (trial as f64) / 7.0;
            let own = |k: usize| if trial % 2 == 0 { 0.0 } else { number(5 * k + 2) };
            let both: Vec<f64> = (0..20).map(|k| of_both(k) + own(k)).collect();
            let outcome: Vec<f64> = (0..20).map(|k| number(7 * k + 3)).collect();
            let columns = [&x, &z, &both, &outcome];
            record(|v| columns[v], &layout, &recorded, &mut moments, trial);
        }
        let mut fits = Fits::new(WEIGHTS.len());
        ancova.fit(&moments, &mut fits);
        for trial in 0..BATCH {
            assert_eq!(fits.answers(trial), trial % 2 == 1, "{trial}");
        }
    }
}
