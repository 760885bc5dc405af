//! Who responds.
//!
//! In come an outcome and its baseline; out comes whether a patient counts as a responder: beyond
//! a threshold, or better than before by so much or by such a part.

use super::registry::Context;
use super::{Failure, Patients};
use crate::estimand::ARMS;

/// When a patient counts as a responder, on the outcome's own scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Responds {
    /// The outcome is 1.
    #[default]
    IsOne,
    /// The outcome is at most this.
    AtMost(f64),
    /// The outcome is at least this.
    AtLeast(f64),
    /// The outcome has changed from its baseline by at least so much in the direction of the sign.
    ChangedBy {
        /// How much.
        least: f64,
        /// +1 for a rise, −1 for a fall.
        sign: f64,
    },
    /// The outcome has changed from its baseline by at least this part of it.
    ChangedByPart {
        /// Which part.
        least: f64,
        /// +1 for a rise, −1 for a fall.
        sign: f64,
    },
}

impl Responds {
    /// Whether the baseline matters.
    #[must_use]
    pub fn needs_baseline(self) -> bool {
        matches!(self, Responds::ChangedBy { .. } | Responds::ChangedByPart { .. })
    }

    /// Whether a patient responds.
    #[must_use]
    pub fn says(self, outcome: f64, baseline: f64) -> bool {
        match self {
            Responds::IsOne => outcome == 1.0,
            Responds::AtMost(most) => outcome <= most,
            Responds::AtLeast(least) => outcome >= least,
            Responds::ChangedBy { least, sign } => sign * (outcome - baseline) >= least,
            Responds::ChangedByPart { least, sign } => sign * (outcome - baseline) >= least * baseline.abs(),
        }
    }
}

/// Responders of one outcome.
#[derive(Debug, Clone, Copy)]
pub(super) struct Responders {
    pub outcome: usize,
    /// Only where it matters.
    baseline: Option<usize>,
    responds: Responds,
}

impl Responders {
    /// As an analysis is asked for them.
    pub fn new(context: &Context) -> Self {
        let (outcome, baseline, responds) = (context.outcome, context.baseline, context.settings.responds);
        Responders { outcome, baseline: baseline.filter(|_| responds.needs_baseline()), responds }
    }

    /// Other variables and those that decide it, each once.
    pub fn variables_beside(&self, others: &[usize]) -> Vec<usize> {
        let own = self.baseline.into_iter().chain(std::iter::once(self.outcome));
        others.iter().copied().chain(own.filter(|variable| !others.contains(variable))).collect()
    }

    /// Patients in each arm, and the share of them who respond.
    pub fn shares(&self, patients: &Patients<'_>) -> Result<([f64; ARMS], [f64; ARMS]), Failure> {
        let sizes = patients.sizes();
        if sizes.contains(&0.0) {
            return Err(Failure::Singular);
        }
        Ok((sizes, std::array::from_fn(|arm| self.of_arm(patients, arm).sum::<f64>() / sizes[arm])))
    }

    /// Whether each patient of an arm responds: 1 or 0, in their order.
    pub fn of_arm<'p>(&self, patients: &Patients<'p>, arm: usize) -> impl Iterator<Item = f64> + 'p {
        let (responds, outcome) = (self.responds, patients.column(self.outcome));
        let baseline = self.baseline.map(|baseline| patients.column(baseline));
        patients.arm(arm).iter().map(move |&row| {
            let before = baseline.map_or(0.0, |baseline| baseline[row as usize]);
            f64::from(u8::from(responds.says(outcome[row as usize], before)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_by_a_third_counts_from_the_baseline() {
        let third = Responds::ChangedByPart { least: 0.3, sign: -1.0 };
        assert!(third.says(42.0, 60.0) && !third.says(43.0, 60.0));
        let by = Responds::ChangedBy { least: 20.0, sign: -1.0 };
        assert!(by.says(40.0, 60.0) && !by.says(41.0, 60.0));
        assert!(Responds::AtMost(30.0).says(30.0, 0.0) && Responds::AtLeast(5.0).says(5.0, 0.0));
    }
}
