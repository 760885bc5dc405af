//! Equivalence: does an effect lie between −margin and margin?
//!
//! Two one-sided t tests of each contrast of adjusted cell means, both at alpha; the p value is the larger one.
//! It is at most alpha just where the interval of level 1 − 2·alpha lies within the margins.
//!
//! Source: Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657.

use super::ancova::Ancova;
use super::closed_form::{Normal, PowerFormula};
use super::registry::{Design, Entry};
use super::{Analysis, Claim, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;
use crate::stats::student_t;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "equivalence",
    summary: "two one-sided t tests of adjusted cell means, of whether the effect lies within the margin",
    reference: "Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::Margin],
    needs: &[Field::Margin],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        let model = Ancova::new(context);
        Estimator::Moments(Box::new(Equivalence { model, margin: context.settings.margin }))
    },
};

/// Equivalence tests of one outcome.
#[derive(Debug, Clone)]
pub struct Equivalence {
    model: Ancova,
    margin: f64,
}

impl OfMoments for Equivalence {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        self.model.fit_with_own_test(moments, fits, |estimate, se, df| {
            student_t::sf((self.margin - estimate.abs()) / se, df)
        });
    }
}

impl Analysis for Equivalence {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        self.model.degrees_of_freedom(sizes)
    }

    fn variables(&self) -> Vec<usize> {
        self.model.variables()
    }

    fn outcome(&self) -> usize {
        self.model.outcome
    }

    fn claim(&self) -> Claim {
        Claim::Within { margin: self.margin }
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        normal.equivalence_power(self.model.outcome, &self.model.covariates, weights, self.margin, alpha)
    }
}
