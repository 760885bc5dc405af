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
    limits: [f64; ARMS],
}

impl Propensity {
    /// The propensity for something that happens to these shares of the arms' patients.
    #[must_use]
    pub fn new(draws: SourceDraws, correlation: f64, shares: [f64; ARMS]) -> Self {
        Propensity { draws, correlation, limits: shares.map(normal::isf) }
    }

    /// Marks the patients to whom it happens. `chance` holds each patient's draw;
    /// `standardised(i)` the variable of patient i in standard deviations from its mean.
    #[inline]
    pub fn mark(
        &self,
        arms: &[u8],
        chance: &[f64],
        standardised: impl Fn(usize) -> f64,
        happens: &mut [bool],
    ) {
        let rest = (1.0 - self.correlation * self.correlation).sqrt();
        for (patient, slot) in happens.iter_mut().enumerate() {
            let propensity = if self.correlation == 0.0 {
                chance[patient]
            } else {
                self.correlation * standardised(patient) + rest * chance[patient]
            };
            *slot = propensity > self.limits[usize::from(arms[patient]) % ARMS];
        }
    }
}
