//! Fills in, analyses and pools, trial after trial.

use super::super::ancova::Ancova;
use super::super::patients::{Patients, Worker};
use super::super::{
    Analysis, BATCH, Column, Failure, Fits, MomentsBatch, OfMoments, Recorded, packed, recorded,
};
use super::MultipleImputation;
use super::filling::Filling;
use super::pooling::pool;
use crate::estimand::{ARMS, ESTIMANDS};
use crate::observation::record_listed;

/// Buffers for one trial after the other.
#[derive(Debug)]
pub(super) struct ImputationWorker {
    model: MultipleImputation,
    filling: Filling,
    /// The outcome, by row, with what was filled in.
    completed: Vec<f64>,
    /// The analysis of completed data; its variables are the covariates and then the outcome.
    ancova: Ancova,
    all: Recorded,
    of_outcome: Recorded,
    /// Of completed data sets, side by side like trials of a batch.
    moments: MomentsBatch,
    fits: Fits,
    estimates: [Vec<f64>; ESTIMANDS],
    variances: [Vec<f64>; ESTIMANDS],
}

impl Worker for ImputationWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let sizes = patients.sizes();
        if sizes.contains(&0.0) {
            return Err(Failure::Singular);
        }
        let complete_df = self.model.complete_df(&sizes);
        if complete_df < 1.0 {
            return Err(Failure::TooFewPatients);
        }
        self.moments.sizes = sizes;
        self.completed.clear();
        self.completed.extend_from_slice(patients.column(self.model.outcome));
        self.estimates.iter_mut().chain(&mut self.variances).for_each(Vec::clear);
        let data_sets = if self.filling.read(patients)? { self.model.data_sets } else { 1 };
        let mut outcome_variance = 0.0;
        for first in (0..data_sets).step_by(BATCH) {
            let count = BATCH.min(data_sets - first);
            for number in 0..count {
                if data_sets > 1 {
                    self.filling.fill(patients, &mut self.completed)?;
                }
                self.record(patients, number, first == 0 && number == 0);
            }
            outcome_variance += self.analyse(count)? / data_sets as f64;
        }
        fits.outcome_variance[0] = outcome_variance;
        for (estimand, (estimates, variances)) in self.estimates.iter().zip(&self.variances).enumerate() {
            match (estimates.as_slice(), variances.as_slice()) {
                ([estimate], [variance]) => fits.set(estimand, *estimate, *variance, complete_df),
                _ => {
                    let pooled = pool(estimates, variances, complete_df);
                    fits.set(estimand, pooled.estimate, pooled.total, pooled.df);
                }
            }
        }
        Ok(())
    }
}

/// The first data set's number in all of a batch.
fn copy_first(column: &mut Column) {
    let first = column[0];
    column.fill(first);
}

impl ImputationWorker {
    pub fn new(model: &MultipleImputation) -> Self {
        let outcome = model.covariates.len();
        let ancova = Ancova { outcome, covariates: (0..outcome).collect() };
        let all = recorded(std::iter::once(&ancova as &dyn Analysis));
        let of_outcome = Recorded {
            variables: vec![outcome],
            pairs: all.pairs.iter().filter(|(v, w)| *v == outcome || *w == outcome).copied().collect(),
            ..Recorded::default()
        };
        let room = || std::array::from_fn(|_| Vec::with_capacity(model.data_sets));
        ImputationWorker {
            filling: Filling::new(model),
            completed: Vec::new(),
            ancova,
            all,
            of_outcome,
            moments: MomentsBatch::new([0; ARMS], outcome + 1),
            fits: Fits::new(ESTIMANDS),
            estimates: room(),
            variances: room(),
            model: model.clone(),
        }
    }

    /// Records a completed data set; the covariates, which are the same in all, only with the first.
    fn record(&mut self, patients: &Patients<'_>, number: usize, is_first: bool) {
        let ImputationWorker { model, completed, moments, all, of_outcome, .. } = self;
        let column = |variable: usize| match model.covariates.get(variable) {
            Some(&covariate) => patients.column(covariate),
            None => completed.as_slice(),
        };
        if !is_first {
            return record_listed(column, of_outcome, patients.complete, moments, number);
        }
        record_listed(column, all, patients.complete, moments, number);
        for v in 0..model.covariates.len() {
            moments.mean[v].iter_mut().for_each(copy_first);
            (0..=v).for_each(|w| copy_first(&mut moments.pooled[packed(v, w)]));
        }
    }

    /// Analyses so many completed data sets. The sum of the outcome's variances.
    fn analyse(&mut self, count: usize) -> Result<f64, Failure> {
        self.moments.trials = count;
        self.ancova.fit(&self.moments, &mut self.fits);
        if !(0..count).all(|number| self.fits.answers(number)) {
            return Err(Failure::Singular);
        }
        for estimand in 0..ESTIMANDS {
            self.estimates[estimand].extend_from_slice(&self.fits.estimate[estimand][..count]);
            self.variances[estimand].extend_from_slice(&self.fits.variance[estimand][..count]);
        }
        Ok(self.fits.outcome_variance[..count].iter().sum())
    }
}
