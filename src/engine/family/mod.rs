//! The primary hypotheses judged together, trial by trial.
//!
//! A trial whose analysis gave no answer claims nothing of its hypotheses.

mod dunnett;

use crate::analysis::{DegreesOfFreedom, Fits};
use crate::decision::{Critical, Multiplicity, Rejected};
use crate::engine::plan::{PlannedAnalysis, place};
use crate::estimand::ARMS;
use crate::result::{FamilyHypothesis, FamilyResult, HypothesisId, TruthKind};
use crate::scenario::{Procedure, Scenario};
use crate::summary::FamilyCounts;
use dunnett::Dunnett;

/// What does not change from trial to trial.
#[derive(Debug)]
pub(super) struct Family {
    procedure: Procedure,
    rule: Rule,
    hypotheses: Vec<Hypothesis>,
    /// Those without an effect.
    true_nulls: Rejected,
}

/// How the hypotheses are judged.
#[derive(Debug)]
enum Rule {
    /// By p values, each by itself compared with a few levels.
    Levels(Multiplicity),
    /// By t statistics of one analysis together.
    Dunnett(Dunnett),
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
        fixed_sizes: Option<[f64; ARMS]>,
    ) -> Option<Self> {
        let stated = scenario.multiplicity.as_ref()?;
        let multiplicity = Multiplicity::new(stated, primary.len());
        let levels = multiplicity.as_ref().map(|multiplicity| multiplicity.levels(scenario.alpha));
        let mut true_nulls = 0;
        let mut hypotheses = Vec::new();
        for (number, id) in primary.iter().enumerate() {
            let [analysis, estimand] = place(analyses, id)?;
            let planned = &analyses[analysis];
            let truth = planned.truths.of(estimand);
            let claim = planned.estimator.analysis().claim();
            if truth.kind == TruthKind::Exact && !claim.is_right(truth.value) {
                true_nulls |= 1 << number;
            }
            let df = degrees_of_freedom(planned);
            // A graph can have many levels; hypotheses of one analysis have the same.
            let known = hypotheses.iter().find(|one: &&Hypothesis| one.analysis == analysis);
            let critical = match known {
                Some(known) => known.critical.clone(),
                None => levels.iter().flatten().map(|&level| critical(df, level)).collect(),
            };
            let levels = levels.iter().flatten().map(|&level| claim.level(level)).collect();
            hypotheses.push(Hypothesis { id: id.clone(), analysis, estimand, critical, levels });
        }
        let rule = match multiplicity {
            Some(multiplicity) => Rule::Levels(multiplicity),
            None if stated.procedure != Procedure::Dunnett => return None,
            None => {
                let planned = &analyses[hypotheses.first()?.analysis];
                let comparisons = hypotheses.iter().map(|one| one.estimand).collect();
                // The imbalance of covariates, by chance, moves the correlations.
                let sizes = fixed_sizes.filter(|_| planned.covariates.is_empty());
                let df = degrees_of_freedom(planned);
                Rule::Dunnett(Dunnett::new(scenario.alpha, comparisons, df, sizes))
            }
        };
        Some(Family { procedure: stated.procedure, rule, hypotheses, true_nulls })
    }

    /// Nothing yet.
    pub fn counts(&self) -> FamilyCounts {
        FamilyCounts::new(self.hypotheses.len())
    }

    /// Those that are judged together.
    pub fn hypotheses(&self) -> impl Iterator<Item = &HypothesisId> {
        self.hypotheses.iter().map(|one| &one.id)
    }

    /// The number of a hypothesis among those that are judged together.
    pub fn position(&self, hypothesis: &HypothesisId) -> Option<usize> {
        self.hypotheses.iter().position(|one| one.id == *hypothesis)
    }

    /// Judges so many trials, before those without an answer are left out.
    pub fn judge(&self, fits: &[Fits], trials: usize, counts: &mut FamilyCounts) {
        for trial in 0..trials {
            counts.count(self.rejected(fits, trial), self.true_nulls);
        }
    }

    /// The hypotheses that are rejected in a trial.
    pub fn rejected(&self, fits: &[Fits], trial: usize) -> Rejected {
        let below = |hypothesis: usize, level: usize| {
            let Hypothesis { analysis, estimand, critical, levels, .. } = &self.hypotheses[hypothesis];
            let fits = &fits[*analysis];
            if let Some(p) = fits.p.get(*estimand) {
                return fits.answers(trial) && p[trial] <= levels[level];
            }
            let (estimate, variance) = (fits.estimate[*estimand][trial], fits.variance[*estimand][trial]);
            let squared = critical[level].squared_test(fits.degrees_of_freedom[*estimand][trial]);
            fits.answers(trial) && estimate * estimate > squared * variance
        };
        match &self.rule {
            Rule::Levels(multiplicity) => multiplicity.reject(below),
            Rule::Dunnett(dunnett) => dunnett.reject(&fits[self.hypotheses[0].analysis], trial),
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

/// What t² has to exceed: at a level of 0, or one too small for numbers, nothing does.
fn critical(degrees_of_freedom: DegreesOfFreedom, level: f64) -> Critical {
    let known = if level > 0.0 { Critical::new(degrees_of_freedom, level, level) } else { None };
    let never = f64::INFINITY;
    known.unwrap_or(Critical::Constant { test: never, interval: never, degrees_of_freedom: f64::NAN })
}
