//! Logistic regression, and what it says of shares of responders.
//!
//! Cells and covariates with common slopes on the scale of log odds, by maximum likelihood (Newton's
//! steps). What is told is the marginal difference of shares: each patient's probability is predicted in
//! every arm with their own covariates and averaged over all patients (g-computation), with a standard
//! error by the delta method, the covariates taken as fixed. So with and without covariates
//! the estimand is the same, which an odds ratio's is not.
//!
//! Sources: McCullagh, Nelder (1989), "Generalized linear models", chapter 4; Ge et al. (2011), Drug
//! Inf. J. 45:481.

use super::closed_form::{Normal, PowerFormula};
use super::matrix::{Matrix, backward, by_covariates, dot, factor, forward};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::responders::Responders;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, MOST_COVARIATES, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "logistic",
    summary: "logistic regression: marginal differences of the shares of responders by g-computation",
    reference: "McCullagh, Nelder (1989), Generalized linear models, chapter 4; Ge et al. (2011), Drug Inf. J. 45:481",
    design: Design::Trial,
    family: Family::RiskDifferences,
    takes: &[Field::Covariates, Field::Responder],
    needs: &[Field::Responder],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| {
        Estimator::Patients(Box::new(Logistic {
            responders: Responders::new(context),
            covariates: context.covariates.clone(),
        }))
    },
};

/// Newton's steps after which there is no maximum.
const MOST_STEPS: usize = 40;

/// The largest step at the end, in log odds.
const CLOSE: f64 = 1e-10;

/// Log odds beyond which a model only separates responders from the others.
const SEPARATED: f64 = 30.0;

/// Logistic regression of one outcome.
#[derive(Debug, Clone)]
pub struct Logistic {
    responders: Responders,
    covariates: Vec<usize>,
}

impl Analysis for Logistic {
    fn degrees_of_freedom(&self, _: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(f64::INFINITY)
    }

    fn variables(&self) -> Vec<usize> {
        self.responders.variables_beside(&self.covariates)
    }

    fn outcome(&self) -> usize {
        self.responders.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for logistic regression" }
    }
}

impl OfPatients for Logistic {
    fn worker(&self) -> Box<dyn Worker> {
        by_covariates!(self.covariates.len(), LogisticWorker, self)
    }
}

/// The model with its data, arm after arm.
#[derive(Debug)]
struct LogisticWorker<const N: usize> {
    model: Logistic,
    /// Covariates about their means, those of a patient side by side.
    covariates: Vec<f64>,
    responses: Vec<Response>,
}

/// What a patient says; without covariates, all who say the same.
#[derive(Debug, Clone, Copy)]
struct Response {
    arm: usize,
    responds: f64,
    patients: f64,
}

impl<const N: usize> Worker for LogisticWorker<N> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        self.record(patients)?;
        let (slopes, factor) = self.maximise()?;
        // Mean probabilities in each arm, and how they change with the slopes.
        let mut share = [0.0; ARMS];
        let mut gradient = [[0.0; N]; ARMS];
        let count = patients.rows().len() as f64;
        for (patient, response) in self.responses.iter().enumerate() {
            let part = response.patients / count;
            let covariates = self.of(patient);
            let shift: f64 = covariates.iter().zip(&slopes[ARMS..N - 1]).map(|(x, b)| x * b).sum();
            for arm in 0..ARMS {
                let p = probability(slopes[arm] + shift);
                share[arm] += part * p;
                let weight = part * (p * (1.0 - p));
                gradient[arm][arm] += weight;
                for (k, x) in covariates.iter().enumerate() {
                    gradient[arm][ARMS + k] += weight * x;
                }
            }
        }
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let mut change = [0.0; N];
            let mut estimate = 0.0;
            for arm in 0..ARMS {
                estimate += weights[arm] * share[arm];
                for k in 0..N - 1 {
                    change[k] += weights[arm] * gradient[arm][k];
                }
            }
            let half = forward(&factor, change);
            let variance = dot(&half, &half);
            fits.set(estimand, estimate, variance, f64::INFINITY);
        }
        Ok(())
    }
}

/// Probability of log odds.
fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

impl<const N: usize> LogisticWorker<N> {
    fn new(model: &Logistic) -> Self {
        LogisticWorker { model: model.clone(), covariates: Vec::new(), responses: Vec::new() }
    }

    fn of(&self, patient: usize) -> &[f64] {
        let count = self.model.covariates.len();
        &self.covariates[patient * count..(patient + 1) * count]
    }

    fn record(&mut self, patients: &Patients<'_>) -> Result<(), Failure> {
        if patients.sizes().contains(&0.0) {
            return Err(Failure::Singular);
        }
        if patients.rows().len() < N {
            return Err(Failure::TooFewPatients);
        }
        self.responses.clear();
        for arm in 0..ARMS {
            let of_arm = self.model.responders.of_arm(patients, arm);
            if self.model.covariates.is_empty() {
                let responders: f64 = of_arm.sum();
                let others = patients.arm(arm).len() as f64 - responders;
                for (responds, patients) in [(0.0, others), (1.0, responders)] {
                    self.responses.push(Response { arm, responds, patients });
                }
            } else {
                self.responses.extend(of_arm.map(|responds| Response { arm, responds, patients: 1.0 }));
            }
        }
        patients.record_centred(&self.model.covariates, &mut self.covariates);
        Ok(())
    }

    /// Slopes at the maximum, and Cholesky's factor of the information there.
    fn maximise(&self) -> Result<([f64; N], Matrix<N>), Failure> {
        let mut slopes = [0.0; N];
        for _ in 0..MOST_STEPS {
            let mut information = [[0.0; N]; N];
            let mut score = [0.0; N];
            for (patient, &Response { arm, responds, patients }) in self.responses.iter().enumerate() {
                let covariates = self.of(patient);
                let shift: f64 = covariates.iter().zip(&slopes[ARMS..N - 1]).map(|(x, b)| x * b).sum();
                let p = probability(slopes[arm] + shift);
                let (rest, weight) = (patients * (responds - p), patients * (p * (1.0 - p)));
                score[arm] += rest;
                information[arm][arm] += weight;
                for (k, x) in covariates.iter().enumerate() {
                    score[ARMS + k] += rest * x;
                    information[ARMS + k][arm] += weight * x;
                    for (j, y) in covariates[..=k].iter().enumerate() {
                        information[ARMS + k][ARMS + j] += weight * x * y;
                    }
                }
            }
            let factor = factor(&information).ok_or(Failure::Singular)?;
            let step = backward(&factor, forward(&factor, score));
            (0..N - 1).for_each(|k| slopes[k] += step[k]);
            if slopes[..ARMS].iter().any(|slope| slope.abs() > SEPARATED) {
                return Err(Failure::Separation);
            }
            if step.iter().all(|step| step.abs() <= CLOSE) {
                return Ok((slopes, factor));
            }
        }
        Err(Failure::NoConvergence)
    }
}
