//! Van Elteren's test: rank sums compared within strata.
//!
//! The main effect of a factor, stratified by the other factor's levels, alone or together with
//! covariates. With the rank sum W of the second level in each stratum, each weighted by 1/(N + 1), the
//! statistic is Σ (W − E W)/(N + 1) over the square root of its variance with ties, standard normal
//! under the null of equal distributions within strata; there is no correction for continuity. The
//! same weights give the estimate: the mean of the strata's θ̂ − ½ weighted by n₁n₂/(N + 1). A stratum
//! that lacks one of the two has no weight. The interval is as that of
//! [`wilcoxon`](super::wilcoxon), with the strata's variances added up.
//!
//! Sources: van Elteren (1960), Bull. Inst. Int. Stat. 37:351; Lehmann (1975), "Nonparametrics",
//! section 3.3.

use super::comparison::{Comparison, Samples, Uncertainty, limits};
use super::ties::Ties;
use crate::analysis::closed_form::{Normal, PowerFormula};
use crate::analysis::patients::{Patients, Worker};
use crate::analysis::registry::{Design, Entry};
use crate::analysis::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;
use crate::stats::normal;

/// The registry's line.
pub(in crate::analysis) const ENTRY: Entry = Entry {
    name: "van_elteren",
    summary: "van Elteren's test: each main effect by ranks within the levels of the other factor and further strata",
    reference: "van Elteren (1960), Bull. Inst. Int. Stat. 37:351; Lehmann (1975), Nonparametrics, section 3.3",
    design: Design::Trial,
    family: Family::StratifiedSuperiority,
    takes: &[Field::Strata],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Patients(Box::new(VanElteren {
            outcome: context.outcome,
            strata: context.strata.clone(),
            miss: 1.0 - context.settings.confidence_level,
        }))
    },
};

/// The arms that the main effect of each factor compares, at each level of the other factor.
const WITHIN: [[Samples; 2]; 2] = [
    [[Some(0), None, Some(1), None], [None, Some(0), None, Some(1)]],
    [[Some(0), Some(1), None, None], [None, None, Some(0), Some(1)]],
];

/// Stratified rank-sum tests of one outcome.
#[derive(Debug, Clone)]
pub struct VanElteren {
    outcome: usize,
    /// The variables whose values make strata, beside the other factor.
    strata: Vec<usize>,
    /// Share of intervals that miss.
    miss: f64,
}

impl Analysis for VanElteren {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Estimated { least: 1.0, most: sizes.iter().sum() }
    }

    fn variables(&self) -> Vec<usize> {
        let mut variables = self.strata.clone();
        variables.push(self.outcome);
        variables
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for a rank test" }
    }
}

impl OfPatients for VanElteren {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(VanElterenWorker { model: self.clone(), ties: Ties::default() })
    }
}

/// The analysis with its buffers.
#[derive(Debug)]
struct VanElterenWorker {
    model: VanElteren,
    ties: Ties,
}

/// Sums over strata.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Σ (W − E W)/(N + 1).
    excess: f64,
    /// Its variance under the null.
    null_variance: f64,
    /// Σ n₁n₂/(N + 1).
    weight: f64,
    /// Patients of both levels, in strata that have both.
    sizes: [f64; 2],
    /// Of Σ n₁n₂/(N + 1)·θ̂.
    uncertainty: Uncertainty,
}

impl Sums {
    fn add(&mut self, comparison: &Comparison) {
        let pairs = comparison.pairs();
        if pairs > 0.0 {
            let scale = 1.0 / (comparison.sizes[0] + comparison.sizes[1] + 1.0);
            self.excess += scale * comparison.excess;
            self.null_variance += scale * scale * comparison.null_variance;
            self.weight += scale * pairs;
            (0..2).for_each(|sample| self.sizes[sample] += comparison.sizes[sample]);
            self.uncertainty.add(scale * pairs, comparison.uncertainty());
        }
    }
}

impl Worker for VanElterenWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        if patients.sizes().contains(&0.0) {
            return Err(Failure::Singular);
        }
        self.ties.record(patients, self.model.outcome, &self.model.strata);
        for (estimand, within) in WITHIN.iter().enumerate() {
            let mut sums = Sums::default();
            for groups in self.ties.strata() {
                within.iter().for_each(|samples| sums.add(&Comparison::new(groups, samples)));
            }
            if sums.weight <= 0.0 {
                return Err(Failure::TooFewPatients);
            }
            // All patients of each stratum have the same value.
            if sums.null_variance <= 0.0 {
                return Err(Failure::Singular);
            }
            let superiority = sums.excess / sums.weight;
            let mut uncertainty = Uncertainty::default();
            uncertainty.add(1.0 / sums.weight, sums.uncertainty);
            let df = uncertainty.degrees_of_freedom().clamp(1.0, patients.rows().len() as f64);
            fits.set(estimand, superiority, uncertainty.variance, df);
            fits.set_limits(estimand, limits(superiority, &uncertainty, sums.sizes, self.model.miss));
            fits.set_p(estimand, 2.0 * normal::sf(sums.excess.abs() / sums.null_variance.sqrt()));
        }
        Ok(())
    }
}
