//! What an analysis says of each trial in a batch.

use super::{BATCH, Column};

/// Estimates and their variances for a batch of trials, one column per estimand.
#[derive(Debug, Clone)]
pub struct Fits {
    /// Trials in the batch.
    pub trials: usize,
    /// Estimate of each estimand: `estimate[estimand][trial]`.
    pub estimate: Vec<Column>,
    /// Squared standard error of each estimate.
    pub variance: Vec<Column>,
    /// Degrees of freedom of each t statistic; filled only where they are estimated.
    pub degrees_of_freedom: Vec<Column>,
    /// Pooled within-arm variance of the outcome, the square of the standardiser.
    pub outcome_variance: Column,
}

impl Fits {
    /// An empty table for so many estimands.
    #[must_use]
    pub fn new(estimands: usize) -> Self {
        let columns = || vec![[f64::NAN; BATCH]; estimands];
        Fits {
            trials: 0,
            estimate: columns(),
            variance: columns(),
            degrees_of_freedom: columns(),
            outcome_variance: [f64::NAN; BATCH],
        }
    }

    /// How many estimands there are.
    #[must_use]
    pub fn estimands(&self) -> usize {
        self.estimate.len()
    }

    /// Drops the trials in which the analysis gave no answer (an estimate that is not
    /// finite, a variance that is not above zero) and tells how many they were.
    #[inline(always)]
    pub fn drop_failures(&mut self) -> u64 {
        let trials = self.trials;
        // Adding up what each trial lacks is quicker than asking each trial.
        let mut lacking = [0.0; BATCH];
        for (estimate, variance) in self.estimate.iter().zip(&self.variance) {
            let (estimate, variance) = (&estimate[..trials], &variance[..trials]);
            let lacking = &mut lacking[..trials];
            for trial in 0..trials {
                let fine = usable(estimate[trial], variance[trial]);
                lacking[trial] += if fine { 0.0 } else { 1.0 };
            }
        }
        if lacking.iter().all(|&count| count == 0.0) {
            return 0;
        }
        let mut kept = 0;
        for trial in 0..trials {
            if lacking[trial] == 0.0 {
                self.keep(trial, kept);
                kept += 1;
            }
        }
        self.trials = kept;
        (trials - kept) as u64
    }

    /// Makes the first trial one without an answer.
    pub fn mark_failed(&mut self) {
        self.estimate.iter_mut().for_each(|estimate| estimate[0] = f64::NAN);
    }

    /// Takes the first trial of another table as trial number `to`.
    pub fn take_trial(&mut self, to: usize, from: &Fits) {
        for estimand in 0..self.estimands() {
            self.estimate[estimand][to] = from.estimate[estimand][0];
            self.variance[estimand][to] = from.variance[estimand][0];
            self.degrees_of_freedom[estimand][to] = from.degrees_of_freedom[estimand][0];
        }
        self.outcome_variance[to] = from.outcome_variance[0];
    }

    fn keep(&mut self, from: usize, to: usize) {
        for estimand in 0..self.estimands() {
            self.estimate[estimand][to] = self.estimate[estimand][from];
            self.variance[estimand][to] = self.variance[estimand][from];
            self.degrees_of_freedom[estimand][to] = self.degrees_of_freedom[estimand][from];
        }
        self.outcome_variance[to] = self.outcome_variance[from];
    }
}

#[inline(always)]
fn usable(estimate: f64, variance: f64) -> bool {
    (estimate.abs() < f64::INFINITY) & (variance > 0.0) & (variance < f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_trials_are_counted_and_left_out() {
        let mut fits = Fits::new(8);
        fits.trials = 3;
        for estimand in 0..fits.estimands() {
            fits.estimate[estimand][..3].copy_from_slice(&[1.0, 2.0, 3.0]);
            fits.variance[estimand][..3].copy_from_slice(&[1.0, 1.0, 1.0]);
        }
        assert_eq!(fits.drop_failures(), 0);
        fits.variance[4][1] = 0.0;
        assert_eq!(fits.drop_failures(), 1);
        assert_eq!((fits.trials, fits.estimate[0][1]), (2, 3.0));
    }
}
