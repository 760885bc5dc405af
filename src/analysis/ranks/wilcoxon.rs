//! Wilcoxon's rank-sum test of two samples, and the probability of superiority.
//!
//! For each contrast of two samples (the arms with weights below and above zero, pooled as they
//! are): the estimate is θ̂ − ½, positive where the second level has the higher values. Its test is
//! Wilcoxon's, normal with ties and with the correction for continuity: the null is that both
//! samples have the same distribution. The interval is that of θ, without that null, by log odds (see
//! [`comparison`](super::comparison)). There is no interaction: θ is not additive.
//!
//! Where arms are pooled, as for main effects, what the other factor does is taken for chance: the test and the
//! standard error are a little too cautious. [`van_elteren`](super::van_elteren) keeps its levels apart.
//!
//! Sources: Wilcoxon (1945), Biometrics Bull. 1:80; Lehmann (1975), "Nonparametrics", section 1.5;
//! Brunner, Munzel (2000), Biom. J. 42:17.

use super::comparison::{Comparison, limits, samples};
use super::ties::Ties;
use crate::analysis::closed_form::{Normal, PowerFormula};
use crate::analysis::patients::{Patients, Worker};
use crate::analysis::registry::{Design, Entry};
use crate::analysis::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family, TWO_SAMPLES, WEIGHTS};
use crate::stats::normal;

/// The registry's line.
pub(in crate::analysis) const ENTRY: Entry = Entry {
    name: "wilcoxon",
    summary: "Wilcoxon's rank-sum test: probability that a value is higher under the second level, minus one half",
    reference: "Lehmann (1975), Nonparametrics, section 1.5; Brunner, Munzel (2000), Biom. J. 42:17",
    design: Design::Trial,
    family: Family::Superiority,
    takes: &[],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Patients(Box::new(Wilcoxon {
            outcome: context.outcome,
            miss: 1.0 - context.settings.confidence_level,
        }))
    },
};

/// Rank-sum tests of one outcome.
#[derive(Debug, Clone, Copy)]
pub struct Wilcoxon {
    outcome: usize,
    /// Share of intervals that miss.
    miss: f64,
}

impl Analysis for Wilcoxon {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Estimated { least: 1.0, most: sizes.iter().sum() }
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.outcome]
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for a rank test" }
    }
}

impl OfPatients for Wilcoxon {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(WilcoxonWorker { model: *self, ties: Ties::default() })
    }
}

/// The analysis with its buffers.
#[derive(Debug)]
struct WilcoxonWorker {
    model: Wilcoxon,
    ties: Ties,
}

/// Two-sided p value of the rank-sum test, normal with ties, with or without the correction for
/// continuity.
pub(super) fn p_value(comparison: &Comparison, is_corrected: bool) -> f64 {
    let correction = if is_corrected { 0.5 } else { 0.0 };
    let distance = (comparison.excess.abs() - correction).max(0.0);
    (2.0 * normal::sf(distance / comparison.null_variance.sqrt())).min(1.0)
}

impl Worker for WilcoxonWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let sizes = patients.sizes();
        if sizes.contains(&0.0) {
            return Err(Failure::Singular);
        }
        if sizes.iter().any(|&size| size < 2.0) {
            return Err(Failure::TooFewPatients);
        }
        self.ties.record(patients, self.model.outcome, &[]);
        for (estimand, contrast) in TWO_SAMPLES.into_iter().enumerate() {
            let comparison = Comparison::new(self.ties.all(), &samples(&WEIGHTS[contrast]));
            // All patients of both samples have the same value.
            if comparison.null_variance <= 0.0 {
                return Err(Failure::Singular);
            }
            let (superiority, uncertainty) = (comparison.superiority(), comparison.uncertainty());
            fits.set(estimand, superiority, uncertainty.variance, uncertainty.degrees_of_freedom());
            fits.set_limits(estimand, limits(superiority, &uncertainty, comparison.sizes, self.model.miss));
            fits.set_p(estimand, p_value(&comparison, true));
        }
        Ok(())
    }
}
