//! Test the interaction, then choose the analysis: a strategy to be seen failing, not to be used.
//!
//! First the interaction is tested at alpha in the analysis of covariance. If it is significant, the effect of
//! each factor is reported by itself, at the other's reference level, and simple effects as estimated; if it is
//! not, the interaction is taken to be nil: main effects are reported, also for the simple ones. Each
//! comes with the standard error that belongs to it, as if it had been chosen before the data. So
//! standard errors are too small for what was done: coverage is lost, and with a real interaction that was
//! not found the estimates are biased.
//!
//! Source: Kahan (2013), BMC Med. Res. Methodol. 13:119.

use super::ancova::Ancova;
use super::closed_form::{Normal, PowerFormula};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;
use crate::stats::student_t;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "interaction_then_choose",
    summary: "for demonstration only: tests the interaction, then reports main or simple effects as if chosen before",
    reference: "Kahan (2013), BMC Med. Res. Methodol. 13:119",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        let model = Ancova::new(context);
        Estimator::Moments(Box::new(InteractionThenChoose { model, alpha: context.settings.alpha }))
    },
};

/// The strategy for one outcome.
#[derive(Debug, Clone)]
pub struct InteractionThenChoose {
    model: Ancova,
    alpha: f64,
}

/// Numbers of the estimands: the interaction, and of each factor the main effect, that at the other's
/// reference level, and that at its second level.
const INTERACTION: usize = 2;
const FACTORS: [[usize; 3]; 2] = [[0, 3, 4], [1, 5, 6]];

impl OfMoments for InteractionThenChoose {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        self.model.fit(moments, fits);
        let critical =
            student_t::isf(self.alpha / 2.0, self.model.residual_degrees_of_freedom(&moments.sizes));
        let copy = |fits: &mut Fits, from: usize, to: usize, trial: usize| {
            fits.estimate[to][trial] = fits.estimate[from][trial];
            fits.variance[to][trial] = fits.variance[from][trial];
        };
        for trial in 0..fits.trials {
            let (estimate, variance) = (fits.estimate[INTERACTION][trial], fits.variance[INTERACTION][trial]);
            let significant = estimate * estimate > critical * critical * variance;
            for [main, at_reference, at_second] in FACTORS {
                if significant {
                    copy(fits, at_reference, main, trial);
                } else {
                    copy(fits, main, at_reference, trial);
                    copy(fits, main, at_second, trial);
                }
            }
        }
    }
}

impl Analysis for InteractionThenChoose {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        self.model.degrees_of_freedom(sizes)
    }

    fn variables(&self) -> Vec<usize> {
        self.model.variables()
    }

    fn outcome(&self) -> usize {
        self.model.outcome
    }

    fn has_partial_eta_squared(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "what is tested is chosen by the data" }
    }
}
