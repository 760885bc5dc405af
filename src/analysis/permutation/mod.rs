//! Permutation test of each contrast, restricted to the randomisation that was used.
//!
//! **What is permuted.** Labels are dealt anew only as the randomisation could have dealt them: within
//! blocks where patients came in blocks (and so within their strata), else among all; the size of each
//! arm stays. A main effect permutes its factor's two levels among patients of the same level of the
//! other factor, a simple effect or `joint` the two arms that it compares. The null is that the
//! outcomes of these patients do not depend on the labels that are permuted, and then the test is
//! exact. The labels of all other patients stay as they are, which conditions on a part of the
//! randomisation and leaves the rest uniform.
//!
//! The interaction has no such test, as main effects would be permuted along: residuals of the model
//! without it are permuted among all four arms (Freedman and Lane). That is approximate: exact
//! only for main effects that are known, and close to it as arms grow.
//!
//! **Covariates.** The outcome's regression on them and on the groups within which labels are permuted
//! does not look at these labels, so its residuals are what they are under every permutation
//! (Rosenbaum); they are permuted in the outcome's place.
//!
//! **Statistic.** The contrast of mean residuals over the root of Σ w²s²/n, each arm with its own variance,
//! so that for large arms the test also holds where variances differ and means do not (Janssen). With B
//! permutations p = (1 + #{|t*| ≥ |t|})/(1 + B): it is a multiple of 1/(1 + B), and valid for each B.
//!
//! Estimates, standard errors and intervals are those of an analysis of covariance.
//!
//! Sources: Rosenberger, Lachin (2015), "Randomization in Clinical Trials", 2nd edition, chapter 6;
//! Freedman, Lane (1983), J. Bus. Econ. Stat. 1:292; Anderson, ter Braak (2003), J. Stat. Comput. Simul.
//! 73:85; Rosenbaum (2002), Stat. Sci. 17:286; Janssen (1997), Stat. Probab. Lett. 36:9; Phipson, Smyth
//! (2010), Stat. Appl. Genet. Mol. Biol. 9:39.

mod regression;
mod shuffle;

use super::closed_form::{Normal, PowerFormula};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, ESTIMANDS, Family, WEIGHTS};
use crate::random::{OfSeed, Stage, Words};
use crate::scenario::Field;
use regression::Regression;
use shuffle::Shuffle;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "permutation",
    summary: "permutation tests within blocks, as randomised: contrasts of adjusted means, p by permuted labels",
    reference: "Rosenberger, Lachin (2015), Randomization in Clinical Trials, chapter 6; Anderson, ter Braak (2003), J. Stat. Comput. Simul. 73:85",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::Resamples],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Patients(Box::new(Permutation {
            outcome: context.outcome,
            covariates: context.covariates.clone(),
            resamples: context.settings.resamples,
        }))
    },
};

/// Sets of arms among which labels are permuted.
type Groups = &'static [&'static [usize]];

/// Among whom each contrast's labels are permuted.
const GROUPS: [Groups; ESTIMANDS] = [
    &[&[0, 2], &[1, 3]],
    &[&[0, 1], &[2, 3]],
    &[&[0, 1, 2, 3]],
    &[&[0, 2]],
    &[&[1, 3]],
    &[&[0, 1]],
    &[&[2, 3]],
    &[&[0, 3]],
];

/// Names of the streams of permutations.
const STREAMS: [&str; ESTIMANDS] = [
    "permutation/main/context",
    "permutation/main/treatment",
    "permutation/interaction",
    "permutation/context/0",
    "permutation/context/1",
    "permutation/treatment/0",
    "permutation/treatment/1",
    "permutation/joint",
];

/// Permutation tests of one outcome.
#[derive(Debug, Clone)]
pub struct Permutation {
    outcome: usize,
    covariates: Vec<usize>,
    resamples: u64,
}

impl Analysis for Permutation {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(sizes.iter().sum::<f64>() - (ARMS + self.covariates.len()) as f64)
    }

    fn variables(&self) -> Vec<usize> {
        let mut variables = self.covariates.clone();
        variables.push(self.outcome);
        variables
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for a permutation test" }
    }
}

impl OfPatients for Permutation {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(PermutationWorker {
            model: self.clone(),
            regression: Regression::default(),
            shuffle: Shuffle::default(),
            order: Vec::new(),
            residuals: Vec::new(),
            streams: OfSeed::new(),
        })
    }
}

/// The tests with their buffers.
#[derive(Debug)]
struct PermutationWorker {
    model: Permutation,
    regression: Regression,
    shuffle: Shuffle,
    /// Block, place and arm of each patient, block by block.
    order: Vec<(u32, u32, u8)>,
    /// By place: arm after arm, in the order of enrolment.
    residuals: Vec<f64>,
    /// Each contrast's stream, for a seed.
    streams: OfSeed<[Words; ESTIMANDS]>,
}

impl Worker for PermutationWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let sizes = patients.sizes();
        if sizes.contains(&0.0) {
            return Err(Failure::Singular);
        }
        let df = sizes.iter().sum::<f64>() - (ARMS + self.model.covariates.len()) as f64;
        if sizes.iter().any(|&size| size < 2.0) || df < 1.0 {
            return Err(Failure::TooFewPatients);
        }
        self.regression.record(patients, &self.model.covariates, self.model.outcome);
        fits.outcome_variance[0] = self.regression.outcome_variance();
        self.list(patients);
        let adjusted = self.regression.within(df)?;
        let (seed, replicate) = patients.draws;
        let named = || STREAMS.map(|name| Words::new(seed, Stage::Analysis, name));
        let streams = self.streams.get(seed, named);
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let (estimate, variance) = adjusted.contrast(weights);
            fits.set(estimand, estimate, variance, df);
            self.regression.residuals(GROUPS[estimand], &mut self.residuals)?;
            self.shuffle.record(&self.order, &self.residuals, GROUPS[estimand]);
            let extreme =
                self.shuffle.count(weights, self.model.resamples, &mut streams[estimand].of(replicate));
            fits.set_p(estimand, (1 + extreme) as f64 / (1 + self.model.resamples) as f64);
        }
        Ok(())
    }
}

impl PermutationWorker {
    /// Patients block by block, within a block arm by arm.
    fn list(&mut self, patients: &Patients<'_>) {
        self.order.clear();
        for arm in 0..ARMS {
            for &row in patients.arm(arm) {
                let block = patients.blocks.get(row as usize).copied().unwrap_or(0);
                self.order.push((block, self.order.len() as u32, arm as u8));
            }
        }
        self.order.sort_unstable();
    }
}
