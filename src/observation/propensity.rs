//! To whom something happens: an event, or a missing value.
//!
//! In come shares by arm and a variable on which they depend; out comes for each
//! patient whether it happens. Each patient has a standard normal propensity,
//! correlated with the variable, and it happens above a limit set by the arm's
//! share. So the share is kept whatever the correlation, where the variable is
//! normal (a probit model; Cox, Snell 1989, "Analysis of binary data", 1.5).

use crate::cohort::SourceDraws;
use crate::estimand::ARMS;
use crate::stats::normal;

/// The propensity for one thing.
#[derive(Debug, Clone)]
pub struct Propensity {
    /// Chance's part of it.
    pub draws: SourceDraws,
    /// Correlation with the variable on which it depends.
    pub correlation: f64,
}

/// What a propensity must exceed in each arm for the thing to happen.
pub type Limits = [f64; ARMS];

/// The limits for something that happens to these shares of the arms' patients.
#[must_use]
pub fn limits(shares: [f64; ARMS]) -> Limits {
    shares.map(normal::isf)
}

impl Propensity {
    /// Turns each patient's draw into the propensity. `standardised(i)` is the variable of patient i
    /// in standard deviations from its mean.
    #[inline]
    pub fn complete(&self, chance: &[f64], standardised: impl Fn(usize) -> f64, propensity: &mut [f64]) {
        if self.correlation == 0.0 {
            propensity.copy_from_slice(chance);
            return;
        }
        let rest = (1.0 - self.correlation * self.correlation).sqrt();
        for (patient, slot) in propensity.iter_mut().enumerate() {
            *slot = self.correlation * standardised(patient) + rest * chance[patient];
        }
    }
}

/// Whether it happens to a patient of an arm.
#[inline]
#[must_use]
pub fn happens(propensity: f64, arm: u8, limits: &Limits) -> bool {
    propensity > limits[usize::from(arm) % ARMS]
}
