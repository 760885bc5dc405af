//! How precise an analysis will be, told without knowing who is in which arm.
//!
//! The variance of the outcome is that about the mean of all patients, or about one regression line of all where the
//! analysis adjusts for covariates. The arms' effects are in it too, so it is somewhat too large; what it says does not
//! give an effect away.
//!
//! Source: Kieser, Friede (2003), Stat. Med. 22:3571 (the one-sample variance); Friede, Kieser (2011), Pharm. Stat. 10:8
//! (with covariates).

use super::ancova::MOST_COVARIATES;
use super::closed_form::{Normal, PowerFormula};
use super::contrast::weight_over_sizes;
use super::{Analysis, DegreesOfFreedom, Fits, MomentsBatch, OfMoments, packed};
use crate::estimand::{ARMS, WEIGHTS};

/// Most columns: covariates and the outcome.
const MOST: usize = MOST_COVARIATES + 1;

/// The precision of contrasts of arm means, blinded: each estimate is 0, with the variance that the contrast would have.
#[derive(Debug, Clone)]
pub(super) struct Blinded {
    /// The outcome's index among the variables.
    pub outcome: usize,
    /// A variable that is subtracted from it.
    pub less: Option<usize>,
    /// The covariates' indices, at most [`MOST_COVARIATES`].
    pub covariates: Vec<usize>,
}

impl Blinded {
    /// Cross-product of two columns about the means of all patients, of number `trial`.
    fn product(moments: &MomentsBatch, v: usize, w: usize, trial: usize) -> f64 {
        let patients: f64 = moments.sizes.iter().sum();
        let mean = |variable: usize| {
            let sum = |arm: usize| moments.sizes[arm] * moments.mean[variable][arm][trial];
            (0..ARMS).map(sum).sum::<f64>() / patients
        };
        let (mean_v, mean_w) = (mean(v), mean(w));
        let between: f64 = (0..ARMS)
            .map(|arm| {
                let (from_v, from_w) =
                    (moments.mean[v][arm][trial] - mean_v, moments.mean[w][arm][trial] - mean_w);
                moments.sizes[arm] * from_v * from_w
            })
            .sum();
        moments.pooled[packed(v, w)][trial] + between
    }

    /// Sum of squares that is left of the outcome, by eliminating one covariate after the other.
    fn residual(&self, moments: &MomentsBatch, trial: usize) -> f64 {
        let count = self.covariates.len();
        let variable = |column: usize| self.covariates.get(column).copied().unwrap_or(self.outcome);
        let product = |v: usize, w: usize| Self::product(moments, v, w, trial);
        let mut squares = [[0.0; MOST]; MOST];
        for row in 0..=count {
            for column in 0..=row {
                squares[row][column] = product(variable(row), variable(column));
            }
        }
        if let Some(less) = self.less {
            squares[count][count] += product(less, less) - 2.0 * product(self.outcome, less);
        }
        for pivot in 0..count {
            for row in pivot + 1..=count {
                let slope = squares[row][pivot] / squares[pivot][pivot];
                for column in pivot + 1..=row {
                    squares[row][column] -= slope * squares[column][pivot];
                }
            }
        }
        squares[count][count]
    }
}

impl OfMoments for Blinded {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        let patients: f64 = moments.sizes.iter().sum();
        let degrees_of_freedom = patients - (1 + self.covariates.len()) as f64;
        fits.trials = moments.trials;
        for trial in 0..moments.trials {
            let variance = self.residual(moments, trial) / degrees_of_freedom;
            fits.outcome_variance[trial] = variance;
            for (estimand, weights) in WEIGHTS.iter().enumerate() {
                fits.estimate[estimand][trial] = 0.0;
                fits.variance[estimand][trial] = variance * weight_over_sizes(weights, &moments.sizes);
            }
        }
    }
}

impl Analysis for Blinded {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(sizes.iter().sum::<f64>() - (1 + self.covariates.len()) as f64)
    }

    fn variables(&self) -> Vec<usize> {
        let mut variables = self.covariates.clone();
        variables.extend(self.less);
        variables.push(self.outcome);
        variables
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "it claims nothing" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Layout;
    use crate::observation::{Recorded, record};

    #[test]
    fn variances_are_those_without_arms() {
        let y = vec![3.0, 5.0, 4.0, 9.0, 6.0, 2.0, 8.0, 8.0, 7.0, 4.0, 1.0, 9.0];
        let x = vec![1.0, 4.0, 2.0, 6.0, 5.0, 1.0, 7.0, 5.0, 6.0, 2.0, 1.0, 8.0];
        let layout = Layout::new([3; ARMS]);
        let recorded =
            Recorded { variables: vec![0, 1], pairs: vec![(0, 0), (1, 0), (1, 1)], ..Recorded::default() };
        let mut batch = MomentsBatch::new(layout.sizes(), 2);
        record(|v| if v == 0 { &y } else { &x }, &layout, &recorded, &mut batch, 0);
        batch.trials = 1;
        let variance = |less: Option<usize>, covariates: Vec<usize>| {
            let mut fits = Fits::new(WEIGHTS.len());
            Blinded { outcome: 0, less, covariates }.fit(&batch, &mut fits);
            // A main effect compares halves of twelve patients.
            assert!((fits.variance[0][0] / (fits.outcome_variance[0] / 3.0) - 1.0).abs() < 1e-14);
            fits.outcome_variance[0]
        };
        let mean = |column: &[f64]| column.iter().sum::<f64>() / 12.0;
        let product = |a: &[f64], b: &[f64]| -> f64 {
            let (of_a, of_b) = (mean(a), mean(b));
            a.iter().zip(b).map(|(a, b)| (a - of_a) * (b - of_b)).sum()
        };
        let change: Vec<f64> = y.iter().zip(&x).map(|(y, x)| y - x).collect();
        let residual = product(&y, &y) - product(&x, &y) * product(&x, &y) / product(&x, &x);
        assert!((variance(None, vec![]) - product(&y, &y) / 11.0).abs() < 1e-12);
        assert!((variance(None, vec![1]) - residual / 10.0).abs() < 1e-12);
        assert!((variance(Some(1), vec![]) - product(&change, &change) / 11.0).abs() < 1e-12);
    }
}
