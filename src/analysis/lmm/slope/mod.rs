//! The model with a random slope: the effect of the context differs between therapists.
//!
//! Beside the intercept each therapist has a slope on the context, coded −½ and +½, with a variance of
//! its own; the two are correlated, or independent of each other. The restricted likelihood is maximised
//! where their covariance matrix is one; a maximum at which it is singular is a fit on the boundary, and
//! counted. Where fewer than two therapists treat patients with both levels there is no slope apart from
//! the intercept.

mod halves;
mod inference;
mod likelihood;
mod pattern;
mod search;

pub(super) use pattern::Pattern;

use super::LEAST_DF;
use crate::analysis::patients::{Patients, Worker};
use crate::analysis::therapists::Therapists;
use crate::analysis::{Failure, Fits};
use crate::estimand::WEIGHTS;
use crate::scenario::DfMethod;
use halves::Halves;
use inference::{Inference, White};

/// The model with buffers.
#[derive(Debug)]
pub(super) struct SlopeWorker<const N: usize> {
    /// Covariates and outcome.
    variables: Vec<usize>,
    method: DfMethod,
    pattern: Pattern,
    therapists: Therapists<N>,
    halves: Halves<N>,
    white: Vec<White<N>>,
}

impl<const N: usize> SlopeWorker<N> {
    pub fn new((variables, method, pattern): (Vec<usize>, DfMethod, Pattern)) -> Self {
        let (therapists, halves) = (Therapists::new(false), Halves::new());
        SlopeWorker { variables, method, pattern, therapists, halves, white: Vec::new() }
    }
}

impl<const N: usize> Worker for SlopeWorker<N> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        if patients.rows().len() < N {
            return Err(Failure::TooFewPatients);
        }
        self.therapists.record(patients, &self.variables);
        self.halves.take(&self.therapists);
        if self.halves.pairs.len() < 2 {
            return Err(Failure::TooFewTherapists);
        }
        if self.halves.with_both() < 2 {
            return Err(Failure::OneStyleEach);
        }
        fits.outcome_variance[0] = self.therapists.pooled_variance();
        let (theta, point) = search::maximise(&self.halves, self.pattern)?;
        fits.boundary[0] = f64::from(u8::from(self.pattern.is_boundary(theta)));
        let of_residual = point.covariance.map(|relative| relative * point.residual);
        let [intercept, slope, both] = pattern::of_intercept_and_slope(of_residual);
        fits.components = [intercept, point.residual];
        fits.slope_components = [slope, both];
        let inference =
            Inference::new(&self.halves, self.pattern, theta, &point, self.method, &mut self.white)?;
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let (estimate, variance, df) = inference.contrast(weights);
            fits.set(estimand, estimate, variance, df.clamp(LEAST_DF, self.halves.patients));
        }
        Ok(())
    }
}
