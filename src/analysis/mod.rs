//! What a trial statistician does with the data of a trial.
//!
//! In come the moments of the recorded variables for a batch of trials
//! ([`MomentsBatch`]) or, for analyses that need more, the patients of one trial
//! ([`Patients`]); out come estimate, variance and degrees of freedom for
//! each estimand and trial ([`Fits`]). An analysis sees only what a statistician
//! would be handed: never the truth, the scenario's parameters or the random
//! streams.
//!
//! A new analysis is one file with one [`Analysis`] and one line in
//! [`registry`].
//!
#![doc = include_str!("size_and_coverage.md")]
//!
#![doc = include_str!("few_therapists.md")]

mod ancova;
mod anova;
mod bayes;
mod blinded;
mod caution;
mod change;
mod claim;
mod claim_power;
mod closed_form;
mod cluster_summary;
mod contrast;
mod cumulative;
mod equivalence;
mod exposure;
mod fits;
mod gee;
mod imputation;
mod interaction_then_choose;
mod lmm;
mod log_odds;
mod logistic;
mod mantel_haenszel;
mod matrix;
mod mediation;
mod mmrm;
mod moderation;
mod noninferiority;
mod odds_ratio;
mod one_trial;
mod patients;
mod percent_change;
mod permutation;
mod profile;
mod proportional_odds;
mod ranks;
pub mod registry;
mod responders;
mod risk_difference;
mod risk_ratio;
mod robust;
mod therapists;
mod welch;

pub use ancova::MOST_COVARIATES;
pub use caution::{Caution, caution};
pub use claim::Claim;
pub use closed_form::{Normal, NormalTheory, PowerFormula};
pub(crate) use cumulative::{Cumulative, MOST_CATEGORIES, Observations};
pub use fits::{FAILURES, Failure, Fits};
pub use imputation::{Pooled, pool};
pub(crate) use mantel_haenszel::PAIRS;
pub use moderation::MOST_COLUMNS;
pub use one_trial::{OneTrial, TrialData};
pub use patients::{MOST_EARLIER_VISITS, Patients, Worker};
pub use percent_change::percent_change;
pub(crate) use profile::Maximum;
pub(crate) use proportional_odds::Levels;
pub use ranks::{MOST_EXACT, RankSum};
pub use responders::Responds;

use crate::estimand::ARMS;
pub use crate::observation::{
    BATCH, Column, Complete, MomentsBatch, Recorded, TherapistContrasts, TrialSet, packed,
};

/// Degrees of freedom of an analysis's t statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DegreesOfFreedom {
    /// Known before the data.
    Constant(f64),
    /// Estimated from each trial's data for each estimand, between these bounds.
    Estimated {
        /// The smallest possible.
        least: f64,
        /// The largest possible.
        most: f64,
    },
}

/// What is known of an analysis before the data.
pub trait Analysis: std::fmt::Debug + Send + Sync {
    /// Degrees of freedom of its t statistics when so many patients are analysed in each arm.
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom;

    /// Variables that it needs, as indices into the trial's variables: who lacks one is left out.
    fn variables(&self) -> Vec<usize>;

    /// Further variables, of which a patient may lack some but not all; empty if there are none.
    fn any_of(&self) -> Vec<usize> {
        Vec::new()
    }

    /// What its tests can claim.
    fn claim(&self) -> Claim {
        Claim::Difference
    }

    /// The variable whose pooled within-arm standard deviation standardises effect sizes.
    fn outcome(&self) -> usize;

    /// Pairs of variables whose cross-products it needs arm by arm, not only pooled.
    fn by_arm(&self) -> Vec<(usize, usize)> {
        Vec::new()
    }

    /// The contrasts between therapists of its variables, where it needs these in place of patients.
    fn between(&self) -> Option<&TherapistContrasts> {
        None
    }

    /// Within ± of what effects count as none, where posterior probabilities are told.
    fn region_of_practical_equivalence(&self) -> Option<f64> {
        None
    }

    /// What a fit at the bound of a parameter is, in words, where there are such fits; they are counted.
    fn boundary(&self) -> Option<&'static str> {
        None
    }

    /// Whether partial η² = t²/(t² + df) means something for it.
    fn has_partial_eta_squared(&self) -> bool {
        false
    }

    /// Whether its t statistics, given the covariates, are those of a linear model with one variance: then
    /// they are jointly t distributed, and the variances of the contrasts give their correlations.
    fn has_common_variance(&self) -> bool {
        false
    }

    /// Whether adding constants to the outcome by arm moves its estimates by their contrast and changes nothing
    /// else: then trials with another effect need not be simulated again.
    fn follows_shifts(&self) -> bool {
        false
    }

    /// How precise it will be, told without knowing who is in which arm: an analysis whose estimates are 0, with the
    /// variances that its own would have.
    fn blinded(&self) -> Option<Box<dyn OfMoments>> {
        None
    }

    /// Whether it leaves out estimands that nobody asks for ([`Fits::wants`]): each of its estimates is found without the
    /// others.
    fn spares_estimands(&self) -> bool {
        false
    }

    /// Power by formula to claim that sign · contrast is above 0, for analyses of which one is known.
    fn power_of_benefit(
        &self,
        normal: &Normal,
        weights: &[f64; ARMS],
        alpha: f64,
        sign: f64,
    ) -> PowerFormula {
        let _ = (normal, weights, alpha, sign);
        PowerFormula::None { why: "no formula is known for claims in one direction" }
    }

    /// The probability by formula that the confidence interval of the contrast `weights` is at most ± `most` wide, where it
    /// misses with probability `miss`.
    fn narrow(&self, normal: &Normal, weights: &[f64; ARMS], most: f64, miss: f64) -> PowerFormula {
        let _ = (normal, weights, most, miss);
        PowerFormula::None { why: "no formula is known for the width of its intervals" }
    }

    /// What is known of its estimates in normal data given the covariates, or why nothing is.
    fn theory(&self, normal: &Normal) -> Result<NormalTheory, &'static str> {
        let _ = normal;
        Err(
            "only of anova, ancova and change with model-based standard errors is the power of a normal trial known by trial",
        )
    }

    /// Power by formula for the contrast `weights` when the trial's variables are normal.
    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula;
}

/// An analysis that needs no more than means and cross-products.
pub trait OfMoments: Analysis {
    /// Estimates every estimand of every trial in the batch.
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits);
}

/// An analysis that looks at patients one by one.
pub trait OfPatients: Analysis {
    /// Someone to do it, with buffers of their own.
    fn worker(&self) -> Box<dyn Worker>;
}

/// An analysis, made ready for one outcome.
#[derive(Debug)]
pub enum Estimator {
    /// From moments.
    Moments(Box<dyn OfMoments>),
    /// From patients.
    Patients(Box<dyn OfPatients>),
}

impl Estimator {
    /// What is known of it before the data.
    #[must_use]
    pub fn analysis(&self) -> &dyn Analysis {
        match self {
            Estimator::Moments(analysis) => analysis.as_ref(),
            Estimator::Patients(analysis) => analysis.as_ref(),
        }
    }

    /// Someone to look at patients, if it needs to.
    #[must_use]
    pub fn worker(&self) -> Option<Box<dyn Worker>> {
        match self {
            Estimator::Moments(_) => None,
            Estimator::Patients(analysis) => Some(analysis.worker()),
        }
    }
}

/// All pairs (v, w) of some variables with v ≥ w.
fn pairs(variables: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    let below = |&v: &usize| variables.iter().filter(move |&&w| w <= v).map(move |&w| (v, w));
    variables.iter().flat_map(below)
}

/// What the analyses need to see, and nothing more.
#[must_use]
pub fn recorded<'a>(analyses: impl Iterator<Item = &'a dyn Analysis>) -> Recorded {
    let mut recorded = Recorded::default();
    for analysis in analyses {
        let variables = analysis.variables();
        recorded.pairs.extend(pairs(&variables));
        recorded.by_arm.extend(analysis.by_arm());
        if analysis.between().is_some() {
            recorded.between.extend(&variables);
        }
        recorded.variables.extend(variables);
        recorded.any_of.extend(analysis.any_of());
    }
    recorded.variables.sort_unstable();
    recorded.variables.dedup();
    recorded.pairs.sort_unstable_by_key(|&(v, w)| packed(v, w));
    recorded.pairs.dedup();
    recorded.by_arm.sort_unstable();
    recorded.by_arm.dedup();
    recorded.between.sort_unstable();
    recorded.between.dedup();
    recorded
}
