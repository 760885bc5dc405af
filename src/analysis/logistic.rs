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
use super::patients::{Patients, Worker, write};
use super::registry::{Design, Entry};
use super::responders::Responders;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, MOST_COVARIATES, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "logistic",
    summary: "logistic regression: marginal differences of the shares of responders by g-computation",
    reference: "McCullagh, Nelder (1989), Generalized linear models, chapter 4; Ge et al. (2011), Drug Inf. J. 45:481",
    design: Design::Trial,
    family: Family::RiskDifferences,
    takes_covariates: true,
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| {
        Estimator::Patients(Box::new(Logistic {
            responders: Responders {
                outcome: context.outcome,
                baseline: context.baseline,
                responds: context.responds,
            },
            covariates: context.covariates.clone(),
        }))
    },
};

/// Cells and covariates.
const MOST: usize = ARMS + MOST_COVARIATES;

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
        let mut variables = self.covariates.clone();
        variables.extend(self.responders.variables().filter(|v| !self.covariates.contains(v)));
        variables
    }

    fn outcome(&self) -> usize {
        self.responders.outcome
    }

    fn has_partial_eta_squared(&self) -> bool {
        false
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for logistic regression" }
    }
}

impl OfPatients for Logistic {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(LogisticWorker { model: self.clone(), covariates: Vec::new(), responses: Vec::new() })
    }
}

/// The model with its data, patient by patient, arm after arm.
#[derive(Debug)]
struct LogisticWorker {
    model: Logistic,
    /// Covariates about their means, those of a patient side by side.
    covariates: Vec<f64>,
    responses: Vec<(usize, f64)>,
}

type Vector = [f64; MOST];
type Matrix = [Vector; MOST];

impl Worker for LogisticWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) {
        if let Err(failure) = self.try_fit(patients, fits) {
            fits.mark_failed(failure);
        }
    }
}

/// Probability of log odds.
fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

impl LogisticWorker {
    fn order(&self) -> usize {
        ARMS + self.model.covariates.len()
    }

    fn try_fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        self.record(patients)?;
        let (slopes, factor) = self.maximise()?;
        let order = self.order();
        // Mean probabilities in each arm, and how they change with the slopes.
        let mut share = [0.0; ARMS];
        let mut gradient = [[0.0; MOST]; ARMS];
        let count = self.responses.len() as f64;
        for patient in 0..self.responses.len() {
            let covariates = self.of(patient);
            let shift: f64 = covariates.iter().zip(&slopes[ARMS..]).map(|(x, b)| x * b).sum();
            for arm in 0..ARMS {
                let p = probability(slopes[arm] + shift);
                share[arm] += p / count;
                let weight = p * (1.0 - p) / count;
                gradient[arm][arm] += weight;
                for (k, x) in covariates.iter().enumerate() {
                    gradient[arm][ARMS + k] += weight * x;
                }
            }
        }
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let mut change = [0.0; MOST];
            let mut estimate = 0.0;
            for arm in 0..ARMS {
                estimate += weights[arm] * share[arm];
                for k in 0..order {
                    change[k] += weights[arm] * gradient[arm][k];
                }
            }
            let half = forward(&factor, change, order);
            let variance = half[..order].iter().map(|value| value * value).sum();
            write(fits, estimand, estimate, variance, f64::INFINITY);
        }
        fits.outcome_variance[0] = f64::NAN;
        Ok(())
    }

    fn of(&self, patient: usize) -> &[f64] {
        let count = self.model.covariates.len();
        &self.covariates[patient * count..(patient + 1) * count]
    }

    fn record(&mut self, patients: &Patients<'_>) -> Result<(), Failure> {
        let (count, all) = (self.model.covariates.len(), patients.rows.len());
        if patients.sizes().contains(&0.0) {
            return Err(Failure::Singular);
        }
        if all <= self.order() {
            return Err(Failure::TooFewPatients);
        }
        self.responses.clear();
        self.covariates.clear();
        self.covariates.resize(all * count, 0.0);
        for arm in 0..ARMS {
            let responses = &mut self.responses;
            self.model.responders.visit(patients, arm, |_, responds| {
                responses.push((arm, f64::from(u8::from(responds))));
            });
        }
        for (k, &variable) in self.model.covariates.iter().enumerate() {
            let column = patients.column(variable);
            let mean = patients.rows.iter().map(|&row| column[row as usize]).sum::<f64>() / all as f64;
            for (patient, &row) in patients.rows.iter().enumerate() {
                self.covariates[patient * count + k] = column[row as usize] - mean;
            }
        }
        Ok(())
    }

    /// Slopes at the maximum, and Cholesky's factor of the information there.
    fn maximise(&self) -> Result<(Vector, Matrix), Failure> {
        let order = self.order();
        let mut slopes = [0.0; MOST];
        for _ in 0..MOST_STEPS {
            let mut information = [[0.0; MOST]; MOST];
            let mut score = [0.0; MOST];
            for (patient, &(arm, response)) in self.responses.iter().enumerate() {
                let covariates = self.of(patient);
                let shift: f64 = covariates.iter().zip(&slopes[ARMS..]).map(|(x, b)| x * b).sum();
                let p = probability(slopes[arm] + shift);
                let (rest, weight) = (response - p, p * (1.0 - p));
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
            let factor = factor(&information, order).ok_or(Failure::Singular)?;
            let step = backward(&factor, forward(&factor, score, order), order);
            (0..order).for_each(|k| slopes[k] += step[k]);
            if slopes[..ARMS].iter().any(|slope| slope.abs() > SEPARATED) {
                return Err(Failure::Separation);
            }
            if step[..order].iter().all(|step| step.abs() <= CLOSE) {
                return Ok((slopes, factor));
            }
        }
        Err(Failure::NoConvergence)
    }
}

/// Cholesky's factor with an inverted diagonal.
fn factor(matrix: &Matrix, order: usize) -> Option<Matrix> {
    let mut factor = [[0.0; MOST]; MOST];
    for row in 0..order {
        for column in 0..row {
            let known: f64 = (0..column).map(|k| factor[row][k] * factor[column][k]).sum();
            factor[row][column] = (matrix[row][column] - known) * factor[column][column];
        }
        let known: f64 = (0..row).map(|k| factor[row][k] * factor[row][k]).sum();
        let pivot = matrix[row][row] - known;
        if pivot.is_nan() || pivot <= 1e-11 * matrix[row][row] {
            return None;
        }
        factor[row][row] = 1.0 / pivot.sqrt();
    }
    Some(factor)
}

fn forward(factor: &Matrix, mut b: Vector, order: usize) -> Vector {
    for row in 0..order {
        let known: f64 = (0..row).map(|k| factor[row][k] * b[k]).sum();
        b[row] = (b[row] - known) * factor[row][row];
    }
    b
}

fn backward(factor: &Matrix, mut b: Vector, order: usize) -> Vector {
    for row in (0..order).rev() {
        let known: f64 = (row + 1..order).map(|k| factor[k][row] * b[k]).sum();
        b[row] = (b[row] - known) * factor[row][row];
    }
    b
}
