//! One trial, analysed by itself.

use super::{Complete, DegreesOfFreedom, Estimator, Failure, Fits, MomentsBatch, Patients, Recorded, Worker};
use crate::estimand::ARMS;
use crate::observation::record_complete;

/// Buffers for trials that are analysed one by one.
#[derive(Debug)]
pub struct OneTrial {
    /// Moments of the patients who can be used.
    pub moments: MomentsBatch,
    complete: Complete,
    /// Whether all patients are analysed in every trial: they are then listed once.
    of_everyone: bool,
}

/// A trial's data.
#[derive(Clone, Copy)]
pub struct TrialData<'a> {
    /// Each patient's arm.
    pub arms: &'a [u8],
    /// Each patient's therapist, or [`crate::assignment::NOBODY`]; empty without therapists.
    pub therapists: &'a [u32],
    /// Each patient's block of the randomisation; empty where there are none.
    pub blocks: &'a [u32],
    /// The seed and the replicate, for analyses that draw.
    pub draws: (u64, u64),
    /// The column of a variable; not a number where it is missing.
    pub column: &'a dyn Fn(usize) -> &'a [f64],
}

impl std::fmt::Debug for TrialData<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TrialData").field("patients", &self.arms.len()).finish_non_exhaustive()
    }
}

impl OneTrial {
    /// Room for so many patients and variables.
    #[must_use]
    pub fn new(patients: usize, variables: usize) -> Self {
        OneTrial {
            moments: MomentsBatch::new([0; ARMS], variables),
            complete: Complete::new(patients),
            of_everyone: false,
        }
    }

    /// The same for trials in which nothing is missing and patients are in these arms.
    #[must_use]
    pub fn of_everyone(arms: &[u8], variables: usize) -> Self {
        let mut trial = OneTrial { of_everyone: true, ..Self::new(arms.len(), variables) };
        trial.complete.list(arms, &Recorded::default(), &|_| &[]);
        trial
    }

    /// Who was analysed last, where patients are listed for that.
    #[must_use]
    pub fn complete(&self) -> &Complete {
        &self.complete
    }

    /// Analyses the patients in whom all that the analysis needs is there, as the first of `fits`, and
    /// tells how many they are in each arm. `worker` is the analysis's own, if it has one.
    pub fn fit(
        &mut self,
        estimator: &Estimator,
        worker: Option<&mut dyn Worker>,
        recorded: &Recorded,
        data: &TrialData<'_>,
        fits: &mut Fits,
    ) -> [f64; ARMS] {
        fits.start();
        let OneTrial { moments, complete, of_everyone } = self;
        let sizes = match (estimator, worker) {
            (Estimator::Moments(analysis), _) => {
                record_complete(data.column, data.arms, recorded, complete, moments);
                if let Some(contrasts) = analysis.between() {
                    for &variable in &recorded.between {
                        moments.between[variable] = contrasts.columns();
                        let patients = (data.arms, data.therapists);
                        contrasts.record(variable, (data.column)(variable), patients, moments, 0);
                    }
                }
                analysis.fit(moments, fits);
                moments.sizes
            }
            (Estimator::Patients(_), Some(worker)) => {
                if !*of_everyone {
                    complete.list(data.arms, recorded, data.column);
                }
                // Its own closure, as the columns may live longer than the list.
                let column = |variable: usize| (data.column)(variable);
                let TrialData { therapists, blocks, draws, .. } = *data;
                let patients = Patients { complete, therapists, blocks, draws, column: &column };
                if let Err(failure) = worker.fit(&patients, fits) {
                    fits.mark_failed(failure);
                }
                patients.sizes()
            }
            (Estimator::Patients(_), None) => {
                fits.mark_failed(Failure::default());
                [0.0; ARMS]
            }
        };
        if let DegreesOfFreedom::Constant(df) = estimator.analysis().degrees_of_freedom(&sizes) {
            fits.degrees_of_freedom.iter_mut().for_each(|column| column[0] = df);
            // Too few patients left for the critical values, or for any.
            if df.is_nan() || df < 1.0 {
                fits.mark_failed(Failure::TooFewPatients);
            }
        } else if fits.answers(0) && fits.degrees_of_freedom.iter().any(|column| column[0].is_nan()) {
            fits.mark_failed(Failure::TooFewPatients);
        }
        sizes
    }
}
