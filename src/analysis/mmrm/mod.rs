//! Mixed model for repeated measures: the outcome at all visits together, by restricted maximum
//! likelihood.
//!
//! Each visit has its own cell means and its own slopes on the covariates; the values of one patient are
//! correlated, with a covariance of any kind (`unstructured`), one variance and correlations that fall
//! off with the number of visits between (`ar1`), or one variance and one correlation
//! (`compound-symmetry`, which may be negative). A patient who missed visits contributes the others. So
//! estimates are unbiased if what is missing depends on the covariates and on what was seen before, as
//! those of complete cases often are not. Contrasts are those of the last visit, with Satterthwaite's
//! degrees of freedom, or the standard errors and degrees of freedom of Kenward and Roger (the module
//! `inference` says which variant for `ar1`). Without missing visits, estimates, standard errors and
//! degrees of freedom of an unstructured covariance are those of an analysis of covariance.
//!
//! There are two ways to the same numbers: for any patterns of visits the maximum is searched with the information of all
//! effects at all visits (`maximum`, `inference`); where patients who miss a visit miss all later ones, as those who drop out
//! do, the likelihood falls apart into visits (`monotone`), which takes a tenth of the time. Kenward and Roger's corrections
//! are made in the first way only.
//!
//! Sources: Laird, Ware (1982), Biometrics 38:963; Mallinckrodt, Clark, David (2001), J. Biopharm. Stat.
//! 11:9; Fai, Cornelius (1996), J. Stat. Comput. Simul. 54:363; Kenward, Roger (1997), Biometrics 53:983.

mod covariance;
mod curvature;
mod dense;
mod inference;
mod information;
mod likelihood;
mod maximum;
mod monotone;
mod patterns;
mod shape;
mod square;
mod start;

use super::closed_form::{Normal, PowerFormula};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, MOST_EARLIER_VISITS, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::{CovariancePattern, DfMethod, Field};
use inference::Inference;
use maximum::Maximum;
use monotone::Monotone;
use patterns::Patterns;
use start::Start;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "mmrm",
    summary: "mixed model for repeated measures by REML: all visits together, contrasts of the four arm means at the last, adjusted for covariates with slopes of each visit's own",
    reference: "Mallinckrodt, Clark, David (2001), J. Biopharm. Stat. 11:9; Fai, Cornelius (1996), J. Stat. Comput. Simul. 54:363; Kenward, Roger (1997), Biometrics 53:983",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::Visits, Field::Covariance, Field::Df],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Patients(Box::new(Mmrm {
            outcome: context.outcome,
            visits: context.visits.clone(),
            covariates: context.covariates.clone(),
            covariance: context.settings.covariance,
            method: context.settings.df,
        }))
    },
};

/// Most visits that there is room for, the last one included.
const MOST_VISITS: usize = MOST_EARLIER_VISITS + 1;

/// Fewest degrees of freedom that are believed: with fewer, a critical value says nothing.
const LEAST_DF: f64 = 0.5;

/// The model of one outcome.
#[derive(Debug, Clone)]
pub struct Mmrm {
    /// The outcome's index among the variables: its last visit.
    pub outcome: usize,
    /// Those of the earlier visits, at most [`MOST_EARLIER_VISITS`].
    pub visits: Vec<usize>,
    /// The covariates' indices among the variables, at most [`super::MOST_COVARIATES`].
    pub covariates: Vec<usize>,
    /// The pattern of the covariance.
    pub covariance: CovariancePattern,
    /// How degrees of freedom and standard errors are found.
    pub method: DfMethod,
}

impl Analysis for Mmrm {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Estimated {
            least: LEAST_DF,
            most: most_df(sizes.iter().sum(), self.visits.len() + 1),
        }
    }

    fn variables(&self) -> Vec<usize> {
        self.covariates.clone()
    }

    fn any_of(&self) -> Vec<usize> {
        self.visits.iter().copied().chain(std::iter::once(self.outcome)).collect()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for a mixed model with estimated variances" }
    }
}

/// No more degrees of freedom than values.
fn most_df(patients: f64, visits: usize) -> f64 {
    patients * visits as f64
}

impl OfPatients for Mmrm {
    fn worker(&self) -> Box<dyn Worker> {
        match self.visits.len() {
            0 => Box::new(MmrmWorker::<1>::new(self)),
            1 => Box::new(MmrmWorker::<2>::new(self)),
            2 => Box::new(MmrmWorker::<3>::new(self)),
            3 => Box::new(MmrmWorker::<4>::new(self)),
            4 => Box::new(MmrmWorker::<5>::new(self)),
            5 => Box::new(MmrmWorker::<6>::new(self)),
            6 => Box::new(MmrmWorker::<7>::new(self)),
            _ => Box::new(MmrmWorker::<MOST_VISITS>::new(self)),
        }
    }
}

/// The model of V visits with buffers.
#[derive(Debug)]
struct MmrmWorker<const V: usize> {
    visits: Vec<usize>,
    covariates: Vec<usize>,
    pattern: CovariancePattern,
    method: DfMethod,
    patterns: Patterns<V>,
    start: Start<V>,
    maximum: Maximum<V>,
    inference: Inference<V>,
}

impl<const V: usize> Worker for MmrmWorker<V> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        self.patterns.record(patients, &self.covariates, &self.visits);
        let (count, variance) = self.patterns.at_last_visit();
        if count <= self.patterns.regressors as f64 {
            return Err(Failure::TooFewPatients);
        }
        fits.outcome_variance[0] = variance;
        let start = self.start.covariance(&self.patterns)?;
        let most = most_df(patients.rows().len() as f64, V);
        match self.start.seen(&self.patterns) {
            Some(seen) if self.method == DfMethod::Satterthwaite => {
                let monotone = Monotone::new(self.pattern, seen, &start)?;
                set_contrasts(fits, most, |weights| monotone.contrast(weights));
            }
            _ => {
                self.maximum.find(&self.patterns, &start)?;
                self.inference.fill(&self.patterns, &mut self.maximum, self.method)?;
                set_contrasts(fits, most, |weights| self.inference.contrast(weights));
            }
        }
        Ok(())
    }
}

/// Sets what is said of each estimand: estimate, squared standard error and degrees of freedom, of which there are no more
/// than `most`.
fn set_contrasts(fits: &mut Fits, most: f64, contrast: impl Fn(&[f64; ARMS]) -> (f64, f64, f64)) {
    for (estimand, weights) in WEIGHTS.iter().enumerate() {
        let (estimate, variance, df) = contrast(weights);
        fits.set(estimand, estimate, variance, df.clamp(LEAST_DF, most));
    }
}

impl<const V: usize> MmrmWorker<V> {
    fn new(model: &Mmrm) -> Self {
        let regressors = ARMS + model.covariates.len();
        // One visit has a variance and no correlation.
        let pattern = if V == 1 { CovariancePattern::Unstructured } else { model.covariance };
        MmrmWorker {
            visits: model.any_of(),
            covariates: model.covariates.clone(),
            pattern,
            method: model.method,
            patterns: Patterns::new(model.covariates.len()),
            start: Start::new(regressors),
            maximum: Maximum::new(pattern, regressors),
            inference: Inference::new(covariance::parameters(pattern, V), regressors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Complete, Recorded};
    use crate::random::{Stage, Words};

    const PATTERNS: [CovariancePattern; 3] =
        [CovariancePattern::Unstructured, CovariancePattern::Ar1, CovariancePattern::CompoundSymmetry];

    /// Columns of a baseline, another covariate and four visits; patients leave for good after a visit, more of them the later
    /// it is.
    fn columns(number: u64, patients: usize, correlation: f64) -> Vec<Vec<f64>> {
        let mut words = Words::new(7, Stage::Patient, "visits").of(number);
        let mut normal = || words.normal();
        let mut columns = vec![Vec::new(); 6];
        for _ in 0..patients {
            let (mut left, first, shared) = (false, normal(), normal());
            columns[0].push(first);
            columns[1].push(normal());
            for visit in 0..4 {
                let value = 50.0 + visit as f64 + 4.0 * first + 15.0 * (correlation * shared + normal());
                left |= visit > 0 && normal() > 1.3;
                columns[2 + visit].push(if left { f64::NAN } else { value });
            }
        }
        columns
    }

    /// What both ways say of each contrast of one trial.
    fn both_ways(model: &Mmrm, arms: &[u8], columns: &[Vec<f64>]) -> Vec<[(f64, f64, f64); 2]> {
        let mut complete = Complete::new(arms.len());
        let column = |variable: usize| columns[variable].as_slice();
        let recorded = Recorded { any_of: model.any_of(), ..Recorded::default() };
        complete.list(arms, &recorded, &column);
        let patients =
            Patients { complete: &complete, therapists: &[], blocks: &[], draws: (1, 0), column: &column };
        let MmrmWorker {
            visits,
            covariates,
            pattern,
            method,
            mut patterns,
            mut start,
            mut maximum,
            mut inference,
        } = MmrmWorker::<4>::new(model);
        patterns.record(&patients, &covariates, &visits);
        let covariance = start.covariance(&patterns).unwrap();
        let quick = Monotone::new(pattern, start.seen(&patterns).unwrap(), &covariance).unwrap();
        maximum.find(&patterns, &covariance).unwrap();
        inference.fill(&patterns, &mut maximum, method).unwrap();
        WEIGHTS.iter().map(|weights| [quick.contrast(weights), inference.contrast(weights)]).collect()
    }

    #[test]
    fn patients_who_leave_for_good_are_told_visit_by_visit_as_by_all_effects_together() {
        let arms: Vec<u8> = (0..90).map(|row| (row * 7 % 4) as u8).collect();
        let mut worst = [0.0_f64; 3];
        for number in 0..60 {
            let columns = columns(number, arms.len(), [0.0, 0.7, 3.0][number as usize % 3]);
            for (covariance, covariates) in
                PATTERNS.into_iter().flat_map(|pattern| [vec![], vec![0], vec![0, 1]].map(|x| (pattern, x)))
            {
                let method = DfMethod::Satterthwaite;
                let model = Mmrm { outcome: 5, visits: vec![2, 3, 4], covariates, covariance, method };
                for [quick, all] in both_ways(&model, &arms, &columns) {
                    let pairs = [(quick.0, all.0), (quick.1, all.1), (quick.2, all.2)];
                    for (worst, (quick, all)) in worst.iter_mut().zip(pairs) {
                        *worst = worst.max(((quick - all) / all.abs().max(1.0)).abs());
                    }
                }
            }
        }
        assert!(worst[0] < 1e-10 && worst[1] < 1e-10 && worst[2] < 1e-8, "{worst:?}");
    }
}
