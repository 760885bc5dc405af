//! Two-way analysis of variance by cell means.
//!
//! Each estimand is a contrast of the four arm means with the pooled residual
//! variance. With equal weights over the other factor these are the type III
//! hypotheses, also when the arms differ in size.
//!
//! Source: Searle (1987), "Linear models for unbalanced data", chapter 4.

use super::blinded::Blinded;
use super::closed_form::{Normal, NormalTheory, PowerFormula};
use super::contrast::with_pooled_variance;
use super::registry::{Design, Entry};
use super::robust::robust;
use super::{Analysis, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "anova",
    summary: "analysis of variance: contrasts of the four arm means, pooled residual variance (type III)",
    reference: "Searle (1987), Linear models for unbalanced data, chapter 4",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::StandardErrors],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        robust(context, &[])
            .unwrap_or_else(|| Estimator::Moments(Box::new(Anova { outcome: context.outcome })))
    },
};

/// Analysis of variance of one outcome.
#[derive(Debug, Clone, Copy)]
pub struct Anova {
    /// The outcome's index among the variables.
    pub outcome: usize,
}

impl Anova {
    #[inline(always)]
    fn fit_here(&self, moments: &MomentsBatch, trials: usize, fits: &mut Fits) {
        moments.pooled_variance(self.outcome, trials, &mut fits.outcome_variance);
        let variance = fits.outcome_variance;
        fits.set_residual_variance(&variance);
        with_pooled_variance(&moments.mean[self.outcome], &variance, &moments.sizes, fits, trials);
    }
}

impl OfMoments for Anova {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        moments.widest(
            #[inline(always)]
            |trials| self.fit_here(moments, trials, fits),
        );
    }
}

impl Analysis for Anova {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(sizes.iter().sum::<f64>() - ARMS as f64)
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.outcome]
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
        Some(Box::new(Blinded { outcome: self.outcome, less: None, covariates: Vec::new() }))
    }

    fn power_of_benefit(
        &self,
        normal: &Normal,
        weights: &[f64; ARMS],
        alpha: f64,
        sign: f64,
    ) -> PowerFormula {
        normal.one_sided_power(self.outcome, &[], weights, (0.0, sign), alpha / 2.0)
    }

    fn narrow(&self, normal: &Normal, weights: &[f64; ARMS], most: f64, miss: f64) -> PowerFormula {
        normal.contrast_narrow(&[(self.outcome, 1.0)], weights, most, miss)
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        normal.contrast_power(&[(self.outcome, 1.0)], weights, alpha)
    }

    fn theory(&self, normal: &Normal) -> Result<NormalTheory, &'static str> {
        normal.theory_of_contrasts(&[(self.outcome, 1.0)])
    }
}
