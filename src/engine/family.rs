//! The primary hypotheses judged together, trial by trial.
//!
//! A trial whose analysis gave no answer claims nothing of its hypotheses.

use super::plan::PlannedAnalysis;
use crate::analysis::{DegreesOfFreedom, Fits};
use crate::decision::{Critical, Multiplicity, Rejected};
use crate::result::{FamilyHypothesis, FamilyResult, HypothesisId, TruthKind};
use crate::scenario::{Procedure, Scenario};
use crate::summary::FamilyCounts;

/// What does not change from trial to trial.
#[derive(Debug)]
pub(super) struct Family {
    procedure: Procedure,
    multiplicity: Multiplicity,
    hypotheses: Vec<Hypothesis>,
    /// Those without an effect.
    true_nulls: Rejected,
}

#[derive(Debug)]
struct Hypothesis {
    id: HypothesisId,
    /// Numbers of the analysis and of the estimand among its own.
    analysis: usize,
    estimand: usize,
    /// By level.
    critical: Vec<Critical>,
    /// For p values that the analysis has of its own.
    levels: Vec<f64>,
}

impl Family {
    /// The family of a scenario that states how it is judged.
    pub fn new(
        scenario: &Scenario,
        analyses: &[PlannedAnalysis],
        primary: &[HypothesisId],
        degrees_of_freedom: impl Fn(&PlannedAnalysis) -> DegreesOfFreedom,
    ) -> Option<Self> {
        let stated = scenario.multiplicity.as_ref()?;
        let multiplicity = Multiplicity::new(stated.procedure, primary.len(), stated.weights.as_deref());
        let levels = multiplicity.levels(scenario.alpha);
        let mut true_nulls = 0;
        let mut hypotheses = Vec::new();
        for (number, id) in primary.iter().enumerate() {
            let analysis = analyses.iter().position(|planned| planned.id == id.analysis)?;
            let planned = &analyses[analysis];
            let estimand = planned.estimands.iter().position(|estimand| estimand.id == id.estimand)?;
            let truth = planned.truths.of(estimand);
            let claim = planned.estimator.analysis().claim();
            if truth.kind == TruthKind::Exact && !claim.is_right(truth.value) {
                true_nulls |= 1 << number;
            }
            let df = degrees_of_freedom(planned);
            let critical: Option<Vec<Critical>> = levels
                .iter()
                .map(|&level| Critical::new(df, level.max(f64::MIN_POSITIVE), level.max(f64::MIN_POSITIVE)))
                .collect();
            hypotheses.push(Hypothesis {
                id: id.clone(),
                analysis,
                estimand,
                critical: critical?,
                levels: levels.iter().map(|&level| claim.level(level)).collect(),
            });
        }
        Some(Family { procedure: stated.procedure, multiplicity, hypotheses, true_nulls })
    }

    /// Nothing yet.
    pub fn counts(&self) -> FamilyCounts {
        FamilyCounts::new(self.hypotheses.len())
    }

    /// Judges so many trials, before those without an answer are left out.
    pub fn judge(&self, fits: &[Fits], trials: usize, counts: &mut FamilyCounts) {
        for trial in 0..trials {
            let rejected = self.multiplicity.reject(|hypothesis, level| {
                let Hypothesis { analysis, estimand, critical, levels, .. } = &self.hypotheses[hypothesis];
                let fits = &fits[*analysis];
                if let Some(p) = fits.p.get(*estimand) {
                    return fits.answers(trial) && p[trial] <= levels[level];
                }
                let (estimate, variance) = (fits.estimate[*estimand][trial], fits.variance[*estimand][trial]);
                let squared = match &critical[level] {
                    Critical::Constant { test, .. } => *test,
                    Critical::Estimated { test, .. } => {
                        let value = test.at(fits.degrees_of_freedom[*estimand][trial]);
                        value * value
                    }
                };
                fits.answers(trial) && estimate * estimate > squared * variance
            });
            counts.count(rejected, self.true_nulls);
        }
    }

    /// The result as data.
    pub fn result(&self, counts: &FamilyCounts) -> FamilyResult {
        let hypotheses =
            self.hypotheses.iter().zip(counts.each()).map(|(hypothesis, power)| FamilyHypothesis {
                analysis: hypothesis.id.analysis.clone(),
                outcome: hypothesis.id.outcome.clone(),
                estimand: hypothesis.id.estimand.clone(),
                power,
            });
        FamilyResult {
            procedure: self.procedure,
            hypotheses: hypotheses.collect(),
            any: counts.any(),
            all: counts.all(),
            mean_number: counts.mean_number(),
            familywise_error: counts.familywise_error(self.true_nulls),
        }
    }
}
