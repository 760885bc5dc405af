//! What an analysis says of each trial in a batch.

use super::{BATCH, Column, TrialSet};

/// Why an analysis gave no answer for a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Failure {
    /// An arm without patients, a variable that does not vary, columns that repeat each other, or
    /// an outcome that is explained completely.
    #[default]
    Singular,
    /// Fewer patients than parameters.
    TooFewPatients,
    /// Fewer than two therapists, in all or among those who are compared.
    TooFewTherapists,
    /// No maximum of the likelihood was found.
    NoConvergence,
    /// Responders and others are told apart completely, so that odds are infinite.
    Separation,
    /// Fewer than two therapists who deliver both levels of the context.
    OneStyleEach,
    /// More different values than an outcome in steps can have.
    TooManyValues,
}

/// How many kinds of failures there are.
pub const FAILURES: usize = 7;

impl Failure {
    /// All kinds, in the order in which they are counted.
    pub const ALL: [Failure; FAILURES] = [
        Failure::Singular,
        Failure::TooFewPatients,
        Failure::TooFewTherapists,
        Failure::NoConvergence,
        Failure::Separation,
        Failure::OneStyleEach,
        Failure::TooManyValues,
    ];

    /// Its name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Failure::Singular => "singular",
            Failure::TooFewPatients => "too_few_patients",
            Failure::TooFewTherapists => "too_few_therapists",
            Failure::NoConvergence => "no_convergence",
            Failure::Separation => "separation",
            Failure::OneStyleEach => "one_style_each",
            Failure::TooManyValues => "too_many_values",
        }
    }

    /// Why there was no answer, each reason that occurred with its count.
    #[must_use]
    pub fn reasons(count: impl Fn(Failure) -> u64) -> String {
        let counted = Self::ALL.into_iter().map(|failure| (failure, count(failure)));
        let told = counted
            .filter(|(_, count)| *count > 0)
            .map(|(failure, count)| format!("{} ({count})", failure.meaning()));
        told.collect::<Vec<_>>().join("; ")
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Failure::Singular => {
                "an empty arm, a variable that does not vary, or columns that repeat each other"
            }
            Failure::TooFewPatients => "no more patients than parameters",
            Failure::TooFewTherapists => "fewer than two therapists, in all or among those who are compared",
            Failure::NoConvergence => "no maximum of the likelihood found",
            Failure::Separation => {
                "an arm in which nobody or everybody responds, or covariates that tell who does"
            }
            Failure::OneStyleEach => {
                "fewer than two therapists with patients at both levels of the context, so that a slope cannot be \
                 told from the intercept: `intercept` is the model of therapists who deliver one level each"
            }
            Failure::TooManyValues => {
                "more than 20 different values of the outcome: put them in classes, or compare means by anova or welch"
            }
        }
    }
}

/// Estimates and their variances for a batch of trials, one column per estimand.
#[derive(Debug, Clone)]
pub struct Fits {
    /// Estimands that nobody asks for; an analysis may leave these out.
    spared: Vec<bool>,
    /// Trials in the batch.
    pub trials: usize,
    /// Estimate of each estimand: `estimate[estimand][trial]`.
    pub estimate: Vec<Column>,
    /// Squared standard error of each estimate.
    pub variance: Vec<Column>,
    /// Degrees of freedom of each t statistic; filled only where they are estimated.
    pub degrees_of_freedom: Vec<Column>,
    /// Lower and upper limits of intervals that are not estimate ± t·SE; empty where they are.
    pub limits: [Vec<Column>; 2],
    /// p values of tests that are not |estimate ÷ SE| against t; empty where they are.
    pub p: Vec<Column>,
    /// Pooled within-arm variance of the outcome, the square of the standardiser.
    pub outcome_variance: Column,
    /// Residual variance, where estimates have it times a number that the outcome does not decide as their variances; empty
    /// unless it is asked for ([`Fits::ask_residual_variance`]).
    pub residual_variance: Vec<Column>,
    /// Variances between and within therapists in the first trial, where the analysis has them.
    pub components: [f64; 2],
    /// Variance of the context's effect between therapists in the first trial, and its covariance with
    /// their intercept, where the analysis has them.
    pub slope_components: [f64; 2],
    /// 1 where a variance was estimated at its bound of zero, else 0.
    pub boundary: Column,
    /// Why there is no answer, where there is none.
    pub failure: [Failure; BATCH],
}

impl Fits {
    /// An empty table for so many estimands.
    #[must_use]
    pub fn new(estimands: usize) -> Self {
        let columns = || vec![[f64::NAN; BATCH]; estimands];
        Fits {
            spared: vec![false; estimands],
            trials: 0,
            estimate: columns(),
            variance: columns(),
            degrees_of_freedom: columns(),
            limits: [Vec::new(), Vec::new()],
            p: Vec::new(),
            outcome_variance: [f64::NAN; BATCH],
            residual_variance: Vec::new(),
            components: [f64::NAN; 2],
            slope_components: [f64::NAN; 2],
            boundary: [0.0; BATCH],
            failure: [Failure::default(); BATCH],
        }
    }

    /// How many estimands there are.
    #[must_use]
    pub fn estimands(&self) -> usize {
        self.estimate.len()
    }

    /// Whether an estimand is asked for.
    #[inline(always)]
    #[must_use]
    pub fn wants(&self, estimand: usize) -> bool {
        !self.spared[estimand]
    }

    /// Asks for these estimands only.
    pub fn want_only(&mut self, estimands: &[usize]) {
        self.spared.iter_mut().enumerate().for_each(|(one, spared)| *spared = !estimands.contains(&one));
    }

    /// Asks for the residual variance too.
    pub fn ask_residual_variance(&mut self) {
        self.residual_variance = vec![[f64::NAN; BATCH]];
    }

    /// Sets it, where it is asked for.
    #[inline(always)]
    pub fn set_residual_variance(&mut self, variance: &Column) {
        self.residual_variance.iter_mut().for_each(|column| *column = *variance);
    }

    /// Drops the trials in which the analysis gave no answer (an estimate that is not
    /// finite, a variance that is not above zero) and tells how many they were of each kind.
    #[inline(always)]
    pub fn drop_failures(&mut self) -> [u64; FAILURES] {
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
            return [0; FAILURES];
        }
        let (mut kept, mut failures) = (0, [0; FAILURES]);
        for trial in 0..trials {
            if lacking[trial] == 0.0 {
                self.keep(trial, kept);
                kept += 1;
            } else {
                failures[self.failure[trial] as usize] += 1;
            }
        }
        self.trials = kept;
        failures
    }

    /// Makes ready for one trial, of which nothing is known yet.
    pub fn start(&mut self) {
        (self.trials, self.boundary[0], self.failure[0]) = (1, 0.0, Failure::default());
    }

    /// Makes the first trial one without an answer, of which nothing is left from the trial before.
    pub fn mark_failed(&mut self, failure: Failure) {
        self.failure[0] = failure;
        let [lower, upper] = &mut self.limits;
        let told =
            [&mut self.estimate, &mut self.variance, &mut self.degrees_of_freedom, lower, upper, &mut self.p];
        told.into_iter().flatten().for_each(|column| column[0] = f64::NAN);
    }

    /// Sets what is said of an estimand in the first trial.
    pub fn set(&mut self, estimand: usize, estimate: f64, variance: f64, degrees_of_freedom: f64) {
        self.estimate[estimand][0] = estimate;
        self.variance[estimand][0] = variance;
        self.degrees_of_freedom[estimand][0] = degrees_of_freedom;
    }

    /// Sets the limits of an estimand's interval in the first trial.
    pub fn set_limits(&mut self, estimand: usize, limits: [f64; 2]) {
        let estimands = self.estimands();
        for (columns, limit) in self.limits.iter_mut().zip(limits) {
            columns.resize(estimands, [f64::NAN; BATCH]);
            columns[estimand][0] = limit;
        }
    }

    /// Sets the p value of an estimand's own test in the first trial.
    pub fn set_p(&mut self, estimand: usize, p: f64) {
        self.p.resize(self.estimands(), [f64::NAN; BATCH]);
        self.p[estimand][0] = p;
    }

    /// Takes the first trial of another table as trial number `to`.
    pub fn take_trial(&mut self, to: usize, from: &Fits) {
        let own = self.limits.iter_mut().chain(std::iter::once(&mut self.p));
        for (columns, from) in own.zip(from.limits.iter().chain(std::iter::once(&from.p))) {
            columns.resize(from.len(), [f64::NAN; BATCH]);
            columns.iter_mut().zip(from).for_each(|(column, from)| column[to] = from[0]);
        }
        for estimand in 0..self.estimands() {
            self.estimate[estimand][to] = from.estimate[estimand][0];
            self.variance[estimand][to] = from.variance[estimand][0];
            self.degrees_of_freedom[estimand][to] = from.degrees_of_freedom[estimand][0];
        }
        self.outcome_variance[to] = from.outcome_variance[0];
        for (column, from) in self.residual_variance.iter_mut().zip(&from.residual_variance) {
            column[to] = from[0];
        }
        self.boundary[to] = from.boundary[0];
        self.failure[to] = from.failure[0];
    }

    /// Whether there is an answer for every estimand of a trial that is asked for.
    #[must_use]
    pub fn answers(&self, trial: usize) -> bool {
        let mut both = self.estimate.iter().zip(&self.variance).zip(&self.spared);
        both.all(|((estimate, variance), spared)| *spared || usable(estimate[trial], variance[trial]))
    }

    /// The trials in which every estimand that is asked for has an answer; what it says beyond the trials of the batch means
    /// nothing.
    #[inline(always)]
    #[must_use]
    pub fn answered(&self) -> TrialSet {
        let mut answered = TrialSet::ALL;
        let columns = self.estimate.iter().zip(&self.variance).zip(&self.spared);
        for ((estimate, variance), _) in columns.filter(|(_, spared)| !**spared) {
            let fine = TrialSet::of(
                #[inline(always)]
                |trial| usable(estimate[trial], variance[trial]),
            );
            answered = answered & fine;
        }
        answered
    }

    fn keep(&mut self, from: usize, to: usize) {
        let own = self.limits.iter_mut().flatten().chain(&mut self.p);
        own.for_each(|column| column[to] = column[from]);
        for estimand in 0..self.estimands() {
            self.estimate[estimand][to] = self.estimate[estimand][from];
            self.variance[estimand][to] = self.variance[estimand][from];
            self.degrees_of_freedom[estimand][to] = self.degrees_of_freedom[estimand][from];
        }
        self.outcome_variance[to] = self.outcome_variance[from];
        self.residual_variance.iter_mut().for_each(|column| column[to] = column[from]);
        self.boundary[to] = self.boundary[from];
    }
}

// Beside the largest number: beside infinity the compiler looks at the bits, which takes several operations.
#[inline(always)]
fn usable(estimate: f64, variance: f64) -> bool {
    (estimate.abs() <= f64::MAX) & (variance > 0.0) & (variance <= f64::MAX)
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
        assert_eq!(fits.drop_failures(), [0; FAILURES]);
        fits.variance[4][1] = 0.0;
        fits.failure[1] = Failure::NoConvergence;
        assert_eq!(fits.drop_failures(), [0, 0, 0, 1, 0, 0, 0]);
        assert_eq!((fits.trials, fits.estimate[0][1]), (2, 3.0));
    }
}
