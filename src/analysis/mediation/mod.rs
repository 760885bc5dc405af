//! Mediation: how much of the context's effect goes through what patients perceive, or another outcome.
//!
//! Two linear models, both factors coded 0 and 1, without an interaction: the mediator on context, treatment
//! and covariates, the outcome on the same and the mediator. With a the context's coefficient in the first
//! and b the mediator's in the second, the indirect effect is ab; the direct effect is the context's
//! coefficient in the second; without the mediator that model gives the total effect, which is the sum of
//! both. Effects are averages over the levels of the treatment, weighted as least squares does: equally
//! where the arms are equally large.
//!
//! The standard error of ab is √(a²s_b² + b²s_a²) (Sobel's, of first order; Aroian's has s_a²s_b² more),
//! and p comes from z = ab/SE. Where both paths are weak this test claims far too seldom. The limits of the
//! interval are not symmetric: they are percentiles of bootstrap samples, drawn within each arm, where
//! `resamples` are stated and in `analyze`; otherwise quantiles of the product of two normal variables with
//! the means a and b and these standard errors, which cost little in the loop. Samples in which a model
//! cannot be fitted are left out. All other answers have t statistics.
//!
//! What is estimated is an effect only under sequential ignorability: the context is assigned at random, and
//! nothing that is not adjusted for acts on both mediator and outcome. A trial that randomises the alliance
//! makes the first true and does nothing for the second: the path from mediator to outcome stays
//! observational. A mediator that is measured with error weakens path b, and what is lost there is taken
//! for direct.
//!
//! Sources: Baron, Kenny (1986), J. Pers. Soc. Psychol. 51:1173; Sobel (1982), Sociol. Methodol. 13:290;
//! MacKinnon et al. (2007), Behav. Res. Methods 39:384 (product of normal variables); Imai, Keele, Tingley
//! (2010), Psychol. Methods 15:309 (sequential ignorability); Davison, Hinkley (1997), "Bootstrap methods
//! and their application", section 5.3.1.

mod paths;
mod product;
mod worker;

use super::closed_form::{Normal, PowerFormula};
use super::matrix::by_covariates;
use super::patients::Worker;
use super::registry::{Context, Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, MOST_COVARIATES, OfPatients};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;
use worker::MediationWorker;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "mediation",
    summary: "mediation: the effect of the context through a mediator (product of coefficients, Sobel's test), and beside it",
    reference: "Sobel (1982), Sociol. Methodol. 13:290; MacKinnon et al. (2007), Behav. Res. Methods 39:384",
    design: Design::Trial,
    family: Family::Indirect,
    takes: &[Field::Covariates, Field::Mediator, Field::Resamples],
    needs: &[Field::Mediator],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| Estimator::Patients(Box::new(Mediation::new(context))),
};

/// Mediation of the context's effect on one outcome.
#[derive(Debug, Clone)]
pub struct Mediation {
    outcome: usize,
    mediator: usize,
    covariates: Vec<usize>,
    /// Bootstrap samples, if limits are found so.
    resamples: Option<u64>,
    /// Probability that an interval misses.
    miss: f64,
}

impl Mediation {
    fn new(context: &Context) -> Self {
        let settings = &context.settings;
        Mediation {
            outcome: context.outcome,
            mediator: context.mediator.unwrap_or_default(),
            covariates: context.covariates.clone(),
            resamples: settings.resamples_limits.then_some(settings.resamples),
            miss: 1.0 - settings.confidence_level,
        }
    }
}

impl Analysis for Mediation {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        // Of the mediator's model, or one fewer; a product's statistic is normal.
        DegreesOfFreedom::Estimated { least: 1.0, most: sizes.iter().sum::<f64>().max(1.0) }
    }

    fn variables(&self) -> Vec<usize> {
        let mut variables = self.covariates.clone();
        variables.extend([self.mediator, self.outcome]);
        variables
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for mediation" }
    }
}

impl OfPatients for Mediation {
    fn worker(&self) -> Box<dyn Worker> {
        by_covariates!(self.covariates.len(), MediationWorker, self)
    }
}
