//! Linear mixed model with effects of each therapist, by restricted maximum likelihood.
//!
//! Cell means, covariates with common slopes, and an effect of each therapist, independent with
//! variance τ², beside the residuals with variance σ². A patient without a therapist has no such
//! effect, but the same residual: where their whole variance is that of the others, as in a scenario, standard errors are
//! too small among them and too large among the others. On request the effect of the context differs between therapists too ([`slope`]). Contrasts of
//! adjusted cell means have t statistics with Satterthwaite's degrees of freedom, or the standard errors
//! and degrees of freedom of Kenward and Roger. A variance of zero is where τ² cannot go below: such a fit
//! is counted, and equals least squares. Where the same numbers of patients see each therapist in every trial,
//! the random intercept with Satterthwaite's degrees of freedom is fitted without its patients ([`contrasts`]).
//!
//! Sources: Laird, Ware (1982), Biometrics 38:963; Fai, Cornelius (1996), J. Stat. Comput. Simul.
//! 54:363; Kenward, Roger (1997), Biometrics 53:983.

mod clusters;
mod contrasts;
mod inference;
mod reml;
mod slope;

use super::closed_form::{Normal, PowerFormula};
use super::matrix::by_covariates;
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, MOST_COVARIATES, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::{DfMethod, Field, RandomEffects};
use clusters::Clusters;
use contrasts::OfContrasts;
use inference::Inference;
use slope::{Pattern, SlopeWorker};
use std::sync::Arc;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "lmm",
    summary: "linear mixed model by REML: a random intercept for each therapist, on request a random slope, contrasts of adjusted cell means",
    reference: "Laird, Ware (1982), Biometrics 38:963; Fai, Cornelius (1996), J. Stat. Comput. Simul. 54:363; Kenward, Roger (1997), Biometrics 53:983",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::Df, Field::RandomEffects],
    needs: &[],
    needs_baseline: false,
    needs_therapists: true,
    allows_clusters: true,
    allows_unequal_variances: false,
    build: |context| {
        let model = Lmm {
            outcome: context.outcome,
            covariates: context.covariates.clone(),
            method: context.settings.df,
            random_effects: context.settings.random_effects,
        };
        match &context.therapists {
            Some(contrasts) if model.is_told_by_contrasts() => {
                Estimator::Moments(Box::new(OfContrasts::new(model, Arc::clone(contrasts))))
            }
            _ => Estimator::Patients(Box::new(model)),
        }
    },
};

/// Fewest degrees of freedom that are believed: with fewer, a critical value says nothing.
const LEAST_DF: f64 = 0.5;

/// The model of one outcome.
#[derive(Debug, Clone)]
pub struct Lmm {
    /// The outcome's index among the variables.
    pub outcome: usize,
    /// The covariates' indices among the variables, at most [`MOST_COVARIATES`].
    pub covariates: Vec<usize>,
    /// How degrees of freedom and standard errors are found.
    pub method: DfMethod,
    /// What differs between therapists at random.
    pub random_effects: RandomEffects,
}

impl Lmm {
    /// Whether contrasts between therapists, in a design that is the same in every trial, are all that it needs: there is
    /// one variance beside that of the residuals.
    fn is_told_by_contrasts(&self) -> bool {
        self.random_effects == RandomEffects::Intercept && self.method == DfMethod::Satterthwaite
    }
}

impl Analysis for Lmm {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Estimated { least: LEAST_DF, most: sizes.iter().sum() }
    }

    fn variables(&self) -> Vec<usize> {
        self.covariates.iter().copied().chain(std::iter::once(self.outcome)).collect()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn boundary(&self) -> Option<&'static str> {
        Some(match self.random_effects {
            RandomEffects::Intercept => "the therapists' variance was estimated as zero",
            RandomEffects::InterceptAndSlope => {
                "a variance of the therapists' effects was estimated as zero, or their correlation as 1 or −1,"
            }
            RandomEffects::IndependentSlope => "a variance of the therapists' effects was estimated as zero",
        })
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for a mixed model with estimated variances" }
    }
}

impl OfPatients for Lmm {
    fn worker(&self) -> Box<dyn Worker> {
        let pattern = match self.random_effects {
            RandomEffects::Intercept => return by_covariates!(self.covariates.len(), LmmWorker, self),
            RandomEffects::InterceptAndSlope => Pattern::Correlated,
            RandomEffects::IndependentSlope => Pattern::Independent,
        };
        by_covariates!(self.covariates.len(), SlopeWorker, (self.variables(), self.method, pattern))
    }
}

/// The model with buffers.
#[derive(Debug)]
struct LmmWorker<const N: usize> {
    /// Covariates and outcome.
    variables: Vec<usize>,
    method: DfMethod,
    clusters: Clusters<N>,
}

impl<const N: usize> Worker for LmmWorker<N> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        if patients.rows().len() < N {
            return Err(Failure::TooFewPatients);
        }
        self.clusters.record(patients, &self.variables);
        if self.clusters.count < 2 {
            return Err(Failure::TooFewTherapists);
        }
        fits.outcome_variance[0] = self.clusters.pooled_variance();
        let optimum = reml::maximise(&self.clusters)?;
        fits.boundary[0] = f64::from(u8::from(optimum.ratio == 0.0));
        fits.components = [optimum.ratio * optimum.residual, optimum.residual];
        let inference = Inference::new(&self.clusters, &optimum, self.method)?;
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let (estimate, variance, df) = inference.contrast(weights);
            fits.set(estimand, estimate, variance, df.clamp(LEAST_DF, self.clusters.patients));
        }
        Ok(())
    }
}

impl<const N: usize> LmmWorker<N> {
    fn new(model: &Lmm) -> Self {
        LmmWorker { variables: model.variables(), method: model.method, clusters: Clusters::new() }
    }
}
