//! Multiple imputation of missing outcomes, analysed by analysis of covariance.
//!
//! All patients with complete covariates are in. In each arm the outcome is regressed on the covariates
//! and the outcomes at earlier visits; parameters are drawn from what the data say of them, and each
//! missing outcome from the regression with these (proper imputation). Several data sets completed so are
//! each analysed by analysis of covariance with the same covariates, and pooled by Rubin's rules with the
//! degrees of freedom of Barnard and Rubin. Where no outcome is missing, it is that analysis itself.
//!
//! Earlier visits are filled in one after the other, each by those before, which is exact for patients who
//! leave and do not come back. Gaps before a patient's last value are filled in first, visit by visit from
//! all others in turn (chained equations), [`FIRST_CYCLES`] rounds before the first data set and
//! [`LATER_CYCLES`] before each further one; then parameters are drawn as if there were none.
//!
//! What is assumed of those who are missing:
//! - `missing-at-random`: like patients of the same arm with the same covariates and earlier outcomes.
//! - `delta`: the same, but worse by `delta`, in all arms; only the outcome itself is shifted. A contrast
//!   moves by `delta` times the contrast of the shares who are missing, so arms that lose as many patients
//!   hardly show it. The `delta` at which a claim is lost is the tipping point.
//! - `jump-to-reference`: from the visit at which they leave, like patients of the arm of both reference
//!   levels. How far a patient was from the own arm's mean before carries over by the reference's
//!   regression. Rubin's variance is then that of missing at random and larger than the variance of the
//!   estimate over trials: its intervals cover too often and its tests claim too seldom.
//!
//! Rubin's variance is too large where arms are small, as the variance of each arm is drawn with few degrees of
//! freedom, and visits say more than the analysis uses: with two earlier visits and 35 % who leave, intervals at 95 %
//! cover 96.7 ± 0.2 % with 30 in each arm (by mice, imputing by arm in the same way, 97.5 ± 0.4 %), 95.6 ± 0.2 %
//! with 100 and 95.0 ± 0.3 % with 300. More data sets do not change this.
//!
//! Sources: Rubin (1987), "Multiple imputation for nonresponse in surveys", chapters 3 and 5; Barnard, Rubin
//! (1999), Biometrika 86:948; Schafer (1997), "Analysis of incomplete multivariate data", section 6.5 (gaps);
//! Carpenter, Roger, Kenward (2013), J. Biopharm. Stat. 23:1352 (jump to reference); Cro, Carpenter,
//! Kenward (2019), J. R. Stat. Soc. A 182:623 (its variance); Meng (1994), Stat. Sci. 9:538 (imputations that know
//! more than the analysis).

mod filling;
mod pooling;
mod regression;
mod worker;

pub use pooling::{Pooled, pool};

use super::ancova::Ancova;
use super::closed_form::{Normal, PowerFormula};
use super::patients::Worker;
use super::registry::{Context, Design, Entry, IN_THE_LOOP};
use super::{Analysis, DegreesOfFreedom, Estimator, OfPatients};
use crate::estimand::{ARMS, Family};
use crate::scenario::{Field, MissingAssumption};
use worker::ImputationWorker;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "multiple_imputation",
    summary: "multiple imputation by arm of missing outcomes, each completed data set analysed by analysis of covariance, pooled by Rubin's rules",
    reference: "Rubin (1987), Multiple imputation for nonresponse in surveys; Barnard, Rubin (1999), Biometrika 86:948",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::Visits, Field::Imputation],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| Estimator::Patients(Box::new(MultipleImputation::new(context))),
};

/// Rounds of chained equations before the first data set.
const FIRST_CYCLES: usize = 20;

/// Rounds of chained equations between data sets.
const LATER_CYCLES: usize = 10;

/// The arm of both reference levels.
const REFERENCE: usize = 0;

/// Multiple imputation of one outcome.
#[derive(Debug, Clone)]
pub struct MultipleImputation {
    outcome: usize,
    covariates: Vec<usize>,
    /// The outcome at earlier visits, in order.
    visits: Vec<usize>,
    /// Whether those who leave become like the reference arm.
    jumps: bool,
    /// What is added to an imputed outcome.
    shift: f64,
    data_sets: usize,
}

impl MultipleImputation {
    fn new(context: &Context) -> Self {
        let imputation = context.settings.imputation;
        let delta = imputation.delta.filter(|_| imputation.assumption == MissingAssumption::Delta);
        MultipleImputation {
            outcome: context.outcome,
            covariates: context.covariates.clone(),
            visits: context.visits.clone(),
            jumps: imputation.assumption == MissingAssumption::JumpToReference,
            shift: delta.map_or(0.0, |delta| -context.settings.benefit_sign * delta),
            data_sets: imputation.data_sets.unwrap_or(IN_THE_LOOP.data_sets).max(2) as usize,
        }
    }

    /// Degrees of freedom of the analysis of one completed data set.
    fn complete_df(&self, sizes: &[f64; ARMS]) -> f64 {
        sizes.iter().sum::<f64>() - (ARMS + self.covariates.len()) as f64
    }
}

impl Analysis for MultipleImputation {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Estimated { least: 1.0, most: self.complete_df(sizes).max(1.0) }
    }

    fn variables(&self) -> Vec<usize> {
        self.covariates.clone()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    /// A formula is asked for only where nothing is missing: then it is analysis of covariance.
    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        Ancova { outcome: self.outcome, covariates: self.covariates.clone() }.power(normal, weights, alpha)
    }
}

impl OfPatients for MultipleImputation {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(ImputationWorker::new(self))
    }
}
