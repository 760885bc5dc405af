//! A mean made more precise by controls: quantities of each trial whose mean is known to be 0.
//!
//! mean(Y) − β·mean(C) has the mean of Y whatever β is, and the least variance at the coefficients of the regression of
//! Y on C. Coefficients that are learned from the same trials bias it a little; so trials are summed up in two halves,
//! and each half is adjusted by what the other one taught: then it is unbiased, and the spread of Y − β·C within a half
//! is what it is with coefficients that are only estimates. A share of the trials with an answer is a ratio of two
//! means; it is linearised about the plain share. Source: Avramidis, Wilson (1993), "A splitting scheme for
//! control variates", Oper. Res. Lett. 14:187.

use super::measures::proportion_mcse;
use super::merge::{Merge, add_to};
use crate::analysis::Column;

/// Controls of each trial.
pub const CONTROLS: usize = 4;

/// Pairs of these.
const PAIRS: usize = CONTROLS * (CONTROLS + 1) / 2;

/// Trials below which nothing is adjusted: coefficients would be little more than chance.
pub const LEAST_TRIALS: f64 = 1024.0;

/// Claims, and trials without one, below which nothing is adjusted.
pub const LEAST_OF_EACH: f64 = 30.0;

/// Share of a control's variance that the ones before must leave, for it to be used.
const LEAST_LEFT: f64 = 1e-9;

/// Sums of one half of the trials.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct HalfSums {
    trials: f64,
    /// Trials with an answer, and those of them that claim an effect.
    answers: f64,
    claims: f64,
    controls: [f64; CONTROLS],
    /// Of each control in the trials with an answer, and in those that claim an effect.
    answered: [f64; CONTROLS],
    claimed: [f64; CONTROLS],
    /// Of products of two controls, packed.
    products: [f64; PAIRS],
}

/// Sums over trials, of every hypothesis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControlSums {
    hypotheses: Vec<[HalfSums; 2]>,
}

/// A share of trials, adjusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// The share.
    pub value: f64,
    /// Its Monte Carlo standard error.
    pub mcse: f64,
    /// How many times as many trials would give the plain share the same standard error.
    pub variance_ratio: f64,
}

impl ControlSums {
    /// Nothing yet, for so many hypotheses.
    #[must_use]
    pub fn new(hypotheses: usize) -> Self {
        ControlSums { hypotheses: vec![[HalfSums::default(); 2]; hypotheses] }
    }

    /// Adds the first `trials` of a batch to one half: 1 for an answer, else 0, the same for a claim, and the controls.
    pub fn add(
        &mut self,
        hypothesis: usize,
        half: usize,
        trials: usize,
        [answers, claims]: [&Column; 2],
        controls: &[Column; CONTROLS],
    ) {
        let sums = &mut self.hypotheses[hypothesis][half % 2];
        let mut to = *sums;
        to.trials += trials as f64;
        for trial in 0..trials {
            let (answer, claim) = (answers[trial], claims[trial]);
            to.answers += answer;
            to.claims += claim;
            let mut pair = 0;
            for a in 0..CONTROLS {
                let one = controls[a][trial];
                to.controls[a] += one;
                to.answered[a] += answer * one;
                to.claimed[a] += claim * one;
                for control in &controls[..=a] {
                    to.products[pair] += one * control[trial];
                    pair += 1;
                }
            }
        }
        *sums = to;
    }

    /// The share of trials with an answer that claim a hypothesis, adjusted.
    ///
    /// # Errors
    /// Why there is none.
    pub fn adjusted(&self, hypothesis: usize) -> Result<Adjusted, String> {
        let halves = &self.hypotheses[hypothesis];
        let sum = |of: fn(&HalfSums) -> f64| -> f64 { halves.iter().map(of).sum() };
        let (trials, answers, claims) =
            (sum(|half| half.trials), sum(|half| half.answers), sum(|half| half.claims));
        if answers < LEAST_TRIALS {
            return Err(format!("fewer than {LEAST_TRIALS} trials: too few to learn from"));
        }
        if claims < LEAST_OF_EACH || answers - claims < LEAST_OF_EACH {
            let which = if claims < LEAST_OF_EACH { "claim an effect" } else { "claim no effect" };
            return Err(format!("fewer than {LEAST_OF_EACH} trials {which}: too few to learn from"));
        }
        let (plain, answering) = (claims / answers, answers / trials);
        let (mut deviation, mut variance) = (0.0, 0.0);
        for (half, other) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
            let (mean, spread) = half.adjusted_by(plain, &other.coefficients(plain));
            let share = half.trials / trials;
            deviation += share * mean;
            variance += share * share * spread / half.trials;
        }
        let variance = variance / (answering * answering);
        let plain_mcse = proportion_mcse(claims, answers);
        Ok(Adjusted {
            value: plain + deviation / answering,
            mcse: variance.sqrt(),
            variance_ratio: plain_mcse * plain_mcse / variance,
        })
    }
}

impl HalfSums {
    /// Mean of two controls' products less the product of their means.
    fn covariance(&self, a: usize, b: usize) -> f64 {
        let product = self.products[crate::observation::packed(a, b)];
        product / self.trials - self.controls[a] * self.controls[b] / (self.trials * self.trials)
    }

    /// Coefficients of the regression on controls of claim − `plain` · answer; 0 for a control that the ones before tell.
    fn coefficients(&self, plain: f64) -> [f64; CONTROLS] {
        let mut factor = [[0.0; CONTROLS]; CONTROLS];
        let (mut solved, mut used) = ([0.0; CONTROLS], [false; CONTROLS]);
        for a in 0..CONTROLS {
            let own = self.covariance(a, a);
            let mut left = own;
            let mut with_claims = (self.claimed[a] - plain * self.answered[a]) / self.trials
                - self.controls[a] * (self.claims - plain * self.answers) / (self.trials * self.trials);
            for b in (0..a).filter(|&b| used[b]) {
                let mut shared = self.covariance(a, b);
                for c in 0..b {
                    shared -= factor[a][c] * factor[b][c];
                }
                factor[a][b] = shared / factor[b][b];
                left -= factor[a][b] * factor[a][b];
                with_claims -= factor[a][b] * solved[b];
            }
            used[a] = left > LEAST_LEFT * own && left.is_finite();
            if used[a] {
                factor[a][a] = left.sqrt();
                solved[a] = with_claims / factor[a][a];
            } else {
                factor[a] = [0.0; CONTROLS];
            }
        }
        let mut coefficients = [0.0; CONTROLS];
        for a in (0..CONTROLS).rev().filter(|&a| used[a]) {
            let above: f64 = (a + 1..CONTROLS).map(|b| factor[b][a] * coefficients[b]).sum();
            coefficients[a] = (solved[a] - above) / factor[a][a];
        }
        coefficients
    }

    /// Mean and variance between trials of claim − `plain` · answer − β · controls.
    fn adjusted_by(&self, plain: f64, coefficients: &[f64; CONTROLS]) -> (f64, f64) {
        let mut mean = self.claims - plain * self.answers;
        let mut square = self.claims * (1.0 - 2.0 * plain) + plain * plain * self.answers;
        for a in 0..CONTROLS {
            mean -= coefficients[a] * self.controls[a];
            square -= 2.0 * coefficients[a] * (self.claimed[a] - plain * self.answered[a]);
            for b in 0..CONTROLS {
                let product = self.products[crate::observation::packed(a, b)];
                square += coefficients[a] * coefficients[b] * product;
            }
        }
        let mean = mean / self.trials;
        (mean, ((square / self.trials - mean * mean) * self.trials / (self.trials - 1.0)).max(0.0))
    }

    fn merge(&mut self, after: &Self) {
        self.trials += after.trials;
        self.answers += after.answers;
        self.claims += after.claims;
        add_to(&mut self.controls, &after.controls);
        add_to(&mut self.answered, &after.answered);
        add_to(&mut self.claimed, &after.claimed);
        add_to(&mut self.products, &after.products);
    }
}

impl Merge for ControlSums {
    fn merge(&mut self, after: Self) {
        for (total, part) in self.hypotheses.iter_mut().zip(&after.hypotheses) {
            total.iter_mut().zip(part).for_each(|(total, part)| total.merge(part));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::BATCH;

    /// Halves of 640 trials each, in batches; `trial(i)` gives the claim and the controls.
    fn sums(trial: impl Fn(usize) -> (f64, [f64; CONTROLS])) -> ControlSums {
        let mut sums = ControlSums::new(1);
        for batch in 0..20 {
            let (mut claims, mut controls) = ([0.0; BATCH], [[0.0; BATCH]; CONTROLS]);
            for place in 0..BATCH {
                let (claim, of_trial) = trial(batch * BATCH + place);
                claims[place] = claim;
                controls.iter_mut().zip(of_trial).for_each(|(column, value)| column[place] = value);
            }
            sums.add(0, batch % 2, BATCH, [&[1.0; BATCH], &claims], &controls);
        }
        sums
    }

    #[test]
    fn a_control_that_tells_everything_leaves_no_variance() {
        let claim = |i: usize| f64::from(u8::from(i % 5 < 2));
        let of_trial =
            |i: usize| (claim(i), [claim(i) - 0.4, 0.0, 2.0 * (claim(i) - 0.4), (i % 7) as f64 - 3.0]);
        let Ok(adjusted) = sums(of_trial).adjusted(0) else { unreachable!() };
        assert!((adjusted.value - 0.4).abs() < 1e-12 && adjusted.mcse < 1e-6, "{adjusted:?}");
    }

    #[test]
    fn controls_that_tell_nothing_change_next_to_nothing() {
        let claim = |i: usize| f64::from(u8::from(i % 5 < 2));
        let of_trial = |i: usize| (claim(i), [(i % 7) as f64 - 3.0, (i % 3) as f64 - 1.0, 0.0, 0.0]);
        let Ok(adjusted) = sums(of_trial).adjusted(0) else { unreachable!() };
        assert!((adjusted.value - 0.4).abs() < 1e-3, "{adjusted:?}");
        assert!((adjusted.variance_ratio - 1.0).abs() < 0.01, "{adjusted:?}");
    }

    #[test]
    fn too_few_claims_teach_nothing() {
        let of_trial = |i: usize| (f64::from(u8::from(i < 29)), [0.0; CONTROLS]);
        assert!(
            sums(of_trial).adjusted(0).is_err_and(|why| why.contains("fewer than 30 trials claim an effect"))
        );
    }
}
