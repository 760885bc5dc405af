//! Non-inferiority: is no more than the margin lost?
//!
//! A one-sided t test of each contrast of adjusted cell means at alpha/2, against a benefit of −margin. Its
//! p value is at most alpha/2 just where the interval of level 1 − alpha leaves no greater loss.
//!
//! Source: ICH E9 (1998), "Statistical principles for clinical trials", section 3.3.2.

use super::ancova::Ancova;
use super::closed_form::{Normal, PowerFormula};
use super::registry::{Design, Entry};
use super::{Analysis, Claim, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;
use crate::stats::student_t;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "noninferiority",
    summary: "one-sided t tests of adjusted cell means, of whether no more than the margin is lost",
    reference: "ICH E9 (1998), Statistical principles for clinical trials, section 3.3.2",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::Margin],
    needs: &[Field::Margin],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        let (settings, model) = (&context.settings, Ancova::new(context));
        let (margin, benefit_sign) = (settings.margin, settings.benefit_sign);
        Estimator::Moments(Box::new(Noninferiority { model, margin, benefit_sign }))
    },
};

/// Non-inferiority tests of one outcome.
#[derive(Debug, Clone)]
pub struct Noninferiority {
    model: Ancova,
    margin: f64,
    benefit_sign: f64,
}

impl OfMoments for Noninferiority {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        self.model.fit_with_own_test(moments, fits, |estimate, se, df| {
            student_t::sf((self.benefit_sign * estimate + self.margin) / se, df)
        });
    }
}

impl Analysis for Noninferiority {
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
        Claim::Above { bound: -self.margin, benefit_sign: self.benefit_sign }
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        let claim = (-self.margin, self.benefit_sign);
        let Ancova { outcome, covariates } = &self.model;
        normal.one_sided_power(*outcome, covariates, weights, claim, alpha / 2.0)
    }
}
