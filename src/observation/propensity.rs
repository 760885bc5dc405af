//! To whom something happens: an event, or a missing value.
//!
//! In come shares by arm and a variable on which they depend; out comes for each
//! patient whether it happens. Each patient has a standard normal propensity,
//! correlated with the variable, and it happens above a limit set by the arm's
//! share (a probit model; Cox, Snell 1989, "Analysis of binary data", 1.5). Where
//! the variable is normal, so is the propensity, whatever the correlation. Where it
//! is not (steps, limits, skewness, selected patients), the limit comes from the
//! variable's own [`Law`]: at the normal one, a share of 0.2 was 0.155 on a scale
//! that ends where many patients are.

use super::law::Law;
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

/// What is known of the variable on which something depends.
#[derive(Debug, Clone, PartialEq)]
pub enum Laws {
    /// It is normal.
    Normal,
    /// The same law in every arm.
    Same(Law),
    /// A law for each arm.
    ByArm([Law; ARMS]),
}

impl Propensity {
    /// The limits for something that happens to these shares of the arms' patients.
    #[must_use]
    pub fn limits(&self, shares: [f64; ARMS], laws: &Laws) -> Limits {
        match laws {
            Laws::Normal => shares.map(normal::isf),
            Laws::Same(law) if shares.iter().all(|&share| share == shares[0]) => {
                [law.limit(shares[0], self.correlation); ARMS]
            }
            Laws::Same(law) => shares.map(|share| law.limit(share, self.correlation)),
            Laws::ByArm(laws) => std::array::from_fn(|arm| laws[arm].limit(shares[arm], self.correlation)),
        }
    }

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
