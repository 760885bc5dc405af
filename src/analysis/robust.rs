//! Linear models whose standard errors do not assume equal variances.
//!
//! A contrast of adjusted cell means is Σ cᵢyᵢ, with cᵢ = w/n − (Σ w·x̄)ᵀSₓₓ⁻¹dᵢ for a patient of an arm with
//! weight w and size n, dᵢ the deviations of the covariates from the arm's means. Its variance is taken for
//! Σ cᵢ²eᵢ²ωᵢ, e the residuals and ω a correction for the leverages h = 1/n + dᵀSₓₓ⁻¹d: 1 (HC0), N/(N − q) (HC1),
//! 1/(1 − h) (HC2), 1/(1 − h)² (HC3), 1/(1 − h)^min(4, Nh/q) (HC4), q being the number of coefficients.
//! The t statistics have N − q degrees of freedom, or those of Bell and McCaffrey, by which HC2 has the first two
//! moments that it would have under equal variances: (Σc²)²/tr, with a = c²/(1 − h) and orthonormal columns z
//! tr = Σ a²(1 − 2h) + ‖Σ a·zzᵀ‖².
//!
//! Sources: White (1980), Econometrica 48:817; MacKinnon, White (1985), J. Econom. 29:305; Cribari-Neto (2004),
//! Comput. Stat. Data Anal. 45:215; Bell, McCaffrey (2002), Surv. Methodol. 28:169.

use super::closed_form::{Normal, PowerFormula};
use super::matrix::{Matrix, add_square, backward, by_covariates, dot, factor, forward, squared_norm};
use super::patients::{Patients, Worker};
use super::registry::Context;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, MOST_COVARIATES, OfPatients};
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS};
use crate::scenario::StandardErrors;

/// A linear model of cells and covariates for one outcome.
#[derive(Debug, Clone)]
struct Robust {
    outcome: usize,
    covariates: Vec<usize>,
    errors: StandardErrors,
}

/// The model of cells and covariates with the standard errors that are asked for; none where these are the
/// model's own.
pub(super) fn robust(context: &Context, covariates: &[usize]) -> Option<Estimator> {
    let errors = context.settings.standard_errors;
    let model = Robust { outcome: context.outcome, covariates: covariates.to_vec(), errors };
    (errors != StandardErrors::Model).then(|| Estimator::Patients(Box::new(model)))
}

impl Analysis for Robust {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        let all = sizes.iter().sum::<f64>();
        match self.errors {
            StandardErrors::Hc2BellMcCaffrey => DegreesOfFreedom::Estimated { least: LEAST_DF, most: all },
            _ => DegreesOfFreedom::Constant(all - (ARMS + self.covariates.len()) as f64),
        }
    }

    fn variables(&self) -> Vec<usize> {
        self.covariates.iter().copied().chain(std::iter::once(self.outcome)).collect()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for standard errors from squared residuals" }
    }
}

impl OfPatients for Robust {
    fn worker(&self) -> Box<dyn Worker> {
        by_covariates!(self.covariates.len(), RobustWorker, self)
    }
}

/// Fewest degrees of freedom that are believed.
const LEAST_DF: f64 = 0.5;

/// Leverage beyond which a patient is fitted exactly, and tells nothing of the variance.
const WHOLE: f64 = 1.0 - 1e-9;

/// The model with its data. Of the matrices' rows the first are not used: cells are orthogonal to
/// deviations from their means, so only covariates need to be solved for.
#[derive(Debug)]
struct RobustWorker<const N: usize> {
    variables: Vec<usize>,
    errors: StandardErrors,
    /// Deviations of covariates and outcome from the arm's means, those of a patient side by side.
    deviations: Vec<[f64; N]>,
}

impl<const N: usize> Worker for RobustWorker<N> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let solved = self.solve(patients, fits)?;
        let all = self.deviations.len() as f64;
        let coefficients = (N - 1) as f64;
        // Σ w·x̄ solved, by contrast.
        let carried: [[f64; N]; ESTIMANDS] = std::array::from_fn(|estimand| {
            let mut carried = [0.0; N];
            for (arm, weight) in WEIGHTS[estimand].iter().enumerate() {
                (ARMS..N - 1).for_each(|k| carried[k] += weight * solved.means[arm][k]);
            }
            backward(&solved.factor, forward(&solved.factor, carried))
        });
        let mut variance = [0.0; ESTIMANDS];
        let mut squares = [0.0; ESTIMANDS];
        let mut spread = [0.0; ESTIMANDS];
        let mut outer = [[[0.0; N]; N]; ESTIMANDS];
        let bell_mccaffrey = self.errors == StandardErrors::Hc2BellMcCaffrey;
        let rows = (0..ARMS).flat_map(|arm| patients.arm(arm).iter().map(move |_| arm));
        for (arm, deviation) in rows.zip(&self.deviations) {
            let size = solved.sizes[arm];
            let mut x = *deviation;
            x[N - 1] = 0.0;
            let residual = deviation[N - 1] - dot(&solved.slopes, &x);
            // z: the columns of the model, made orthonormal.
            let mut z = forward(&solved.factor, x);
            z[arm] = 1.0 / size.sqrt();
            let leverage = dot(&z, &z);
            if leverage > WHOLE {
                return Err(Failure::Singular);
            }
            let rest = 1.0 - leverage;
            let correction = match self.errors {
                StandardErrors::Model | StandardErrors::Hc0 => 1.0,
                StandardErrors::Hc1 => all / (all - coefficients),
                StandardErrors::Hc2 | StandardErrors::Hc2BellMcCaffrey => 1.0 / rest,
                StandardErrors::Hc3 => 1.0 / (rest * rest),
                StandardErrors::Hc4 => libm::exp(-libm::log(rest) * (all * leverage / coefficients).min(4.0)),
            };
            let squared = correction * residual * residual;
            for estimand in 0..ESTIMANDS {
                let share = WEIGHTS[estimand][arm] / size - dot(&carried[estimand], &x);
                let share = share * share;
                variance[estimand] += share * squared;
                if bell_mccaffrey {
                    let a = share / rest;
                    squares[estimand] += share;
                    spread[estimand] += a * a * (1.0 - 2.0 * leverage);
                    add_square(&mut outer[estimand], &z, a);
                }
            }
        }
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let adjusted = |arm: usize| {
                let mut means = solved.means[arm];
                let outcome = means[N - 1];
                means[N - 1] = 0.0;
                outcome - dot(&solved.slopes, &means)
            };
            let estimate: f64 = (0..ARMS).map(|arm| weights[arm] * adjusted(arm)).sum();
            let df = if bell_mccaffrey {
                let df = squares[estimand] * squares[estimand]
                    / (spread[estimand] + squared_norm(&outer[estimand]));
                df.clamp(LEAST_DF, all)
            } else {
                all - coefficients
            };
            fits.set(estimand, estimate, variance[estimand], df);
        }
        Ok(())
    }
}

/// Means of the arms, and the covariates' cross-products solved.
struct Solved<const N: usize> {
    sizes: [f64; ARMS],
    /// By arm; covariates and outcome stand where they do in the matrices.
    means: [[f64; N]; ARMS],
    factor: Matrix<N>,
    slopes: [f64; N],
}

impl<const N: usize> RobustWorker<N> {
    fn new(model: &Robust) -> Self {
        RobustWorker { variables: model.variables(), errors: model.errors, deviations: Vec::new() }
    }

    /// Means, deviations from them, slopes.
    fn solve(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<Solved<N>, Failure> {
        let sizes = patients.sizes();
        if sizes.contains(&0.0) {
            return Err(Failure::Singular);
        }
        let all: f64 = sizes.iter().sum();
        if all < N as f64 {
            return Err(Failure::TooFewPatients);
        }
        self.deviations.clear();
        self.deviations.resize(all as usize, [0.0; N]);
        let mut means = [[0.0; N]; ARMS];
        for (k, &variable) in self.variables.iter().enumerate() {
            let column = patients.column(variable);
            let mut next = 0;
            for (arm, means) in means.iter_mut().enumerate() {
                let rows = patients.arm(arm);
                let mean = rows.iter().map(|&row| column[row as usize]).sum::<f64>() / sizes[arm];
                means[ARMS + k] = mean;
                for &row in rows {
                    self.deviations[next][ARMS + k] = column[row as usize] - mean;
                    next += 1;
                }
            }
        }
        let mut cross = [[0.0; N]; N];
        (0..ARMS).for_each(|arm| cross[arm][arm] = 1.0);
        for deviation in &self.deviations {
            for row in ARMS..N {
                for column in ARMS..=row {
                    cross[row][column] += deviation[row] * deviation[column];
                }
            }
        }
        let factor = factor(&cross).ok_or(Failure::Singular)?;
        let slopes = backward(&factor, forward(&factor, cross[N - 1]));
        fits.outcome_variance[0] = cross[N - 1][N - 1] / (all - ARMS as f64);
        Ok(Solved { sizes, means, factor, slopes })
    }
}
