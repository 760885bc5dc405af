//! From sums over trials to measures with their Monte Carlo standard errors, and what formulas say beside.

use super::answer::{EstimateAfter, InterimRow, RowLook, UnderEffects};
use super::design::{Change, Design};
use super::tally::{EstimateSums, OfHypothesis, Tally};
use crate::decision::sequential::{Boundaries, Sides};
use crate::result::Measure;
use crate::summary::proportion;
use libm::sqrt;

const ONE_SIDED: &str = "the trial claims benefits only";
const TOO_FEW: &str = "fewer than two trials had an answer";

/// By formula: the boundaries of a hypothesis whose level stays, and its drift.
#[derive(Debug, Clone, Copy)]
pub(super) struct Formula<'a> {
    pub boundaries: &'a Boundaries,
    pub drift: f64,
    /// The true benefit of which the drift is that.
    pub benefit: f64,
}

pub(super) struct Told<'a> {
    pub design: &'a Design,
    pub confidence: f64,
    pub effects: &'a str,
    pub truth: &'a [f64],
    /// By hypothesis.
    pub formulas: &'a [Option<Formula<'a>>],
}

/// The mean of numbers whose powers were summed; one number tells no standard error.
fn mean(count: f64, [sum, squares]: [f64; 2]) -> Measure {
    let mean = sum / count;
    let variance = (squares / count - mean * mean).max(0.0);
    Measure { value: Some(mean), mcse: (count >= 2.0).then(|| sqrt(variance / count)), why: None }
}

impl Told<'_> {
    pub fn of(&self, tally: &Tally) -> UnderEffects {
        let trials = tally.trials;
        let share = |count: u64| proportion(count as f64, trials as f64);
        let several = self.design.hypotheses > 1;
        let looks = self.design.looks.len();
        let ended_early: u64 = tally.stopped[..looks - 1].iter().sum();
        let is_resized = matches!(self.design.change, Change::Size(_));
        let drops = matches!(self.design.change, Change::Drop(_));
        let single = if several { None } else { self.formulas.first().copied().flatten() };
        let expected = |formula: Formula<'_>| {
            formula.boundaries.exits(formula.drift).expected_information() * self.design.planned() as f64
        };
        let rows = tally.of.iter().enumerate();
        UnderEffects {
            effects: self.effects.to_owned(),
            stops: tally.stopped.iter().map(|&count| share(count)).collect(),
            early: share(ended_early),
            n_expected: mean(trials as f64, tally.patients),
            n_expected_by_formula: single.map(expected),
            n_most: is_resized.then(|| share(tally.largest)),
            dropped: if drops {
                tally.dropped[..looks - 1].iter().map(|&count| share(count)).collect()
            } else {
                Vec::new()
            },
            any: several.then(|| share(tally.any)),
            all: several.then(|| share(tally.all)),
            results: rows.map(|(number, of)| self.row(number, of, trials)).collect(),
        }
    }

    fn row(&self, number: usize, of: &OfHypothesis, trials: u64) -> InterimRow {
        let share = |count: u64| proportion(count as f64, trials as f64);
        let sum = |column: usize| of.ended.iter().map(|counts| counts[column]).sum::<u64>();
        let (benefit, harm) = (sum(0), sum(1));
        let two_sided = self.design.plan.sides == Sides::Two;
        // A procedure has bounds for futility at the same looks whatever the level.
        let bounds =
            self.design.conduct.levels().first().map(|level| level.boundaries.futility()).unwrap_or_default();
        let formula = self.formulas[number];
        let exits = formula.map(|formula| formula.boundaries.exits(formula.drift));
        let last = of.ended.len() - 1;
        let look = |(look, counts): (usize, &[u64; 3])| {
            let [claims, estimates, squares] = of.claimed[look];
            RowLook {
                look: look as u64 + 1,
                benefit: share(counts[0]),
                benefit_by_formula: exits.as_ref().map(|exits| exits.benefit[look]),
                harm: if two_sided { share(counts[1]) } else { Measure::undefined(ONE_SIDED) },
                futility: match bounds.get(look) {
                    Some(bound) if bound.is_finite() => share(counts[2]),
                    _ => Measure::undefined("the trial does not stop for futility here"),
                },
                futility_by_formula: exits.as_ref().filter(|_| look < last).map(|exits| exits.no_claim[look]),
                mean_estimate: match claims >= 2.0 {
                    true => mean(claims, [estimates, squares]),
                    false => Measure::undefined("fewer than two trials claim a benefit here"),
                },
            }
        };
        let truth = self.truth[number];
        InterimRow {
            id: self.design.statistics[number].clone(),
            truth: Some(truth).filter(|truth| truth.is_finite()),
            looks: of.ended.iter().enumerate().map(look).collect(),
            benefit: share(benefit),
            harm: if two_sided { share(harm) } else { Measure::undefined(ONE_SIDED) },
            claim: share(benefit + harm),
            benefit_by_formula: exits.as_ref().map(crate::decision::sequential::Exits::power),
            claim_by_formula: exits.as_ref().map(crate::decision::sequential::Exits::rejection),
            fixed_benefit: share(of.fixed[0]),
            fixed_claim: share(of.fixed[0] + of.fixed[1]),
            after_dropping: matches!(self.design.change, Change::Drop(_)).then(|| share(of.after_dropping)),
            estimates: self.estimates(of, formula),
            failures: of.failures,
        }
    }

    fn estimates(&self, of: &OfHypothesis, formula: Option<Formula<'_>>) -> Vec<EstimateAfter> {
        let mut plain = estimate("plain", &of.plain, TOO_FEW);
        if let Some(Formula { boundaries, drift, benefit }) = formula.filter(|one| one.drift != 0.0) {
            let bias = boundaries.naive_estimate(drift).bias;
            plain.bias_by_formula = Some(bias / drift * benefit);
        }
        plain.coverage_by_formula =
            formula.map(|formula| formula.boundaries.naive_coverage(formula.drift, self.confidence));
        let adjusted = match self.design.change {
            Change::Nothing if self.design.is_plain() => estimate("stage_wise", &of.adjusted, TOO_FEW),
            Change::Size(_) => estimate("weighted", &of.adjusted, TOO_FEW),
            Change::Nothing => estimate(
                "stage_wise",
                &EstimateSums::default(),
                "with several hypotheses the look at which the trial ends is decided by all of them",
            ),
            Change::Drop(_) => estimate(
                "stage_wise",
                &EstimateSums::default(),
                "after a factor was dropped the hypothesis is another",
            ),
        };
        vec![plain, adjusted]
    }
}

fn estimate(name: &str, sums: &EstimateSums, why: &str) -> EstimateAfter {
    let trials = sums.trials;
    let defined =
        |measure: &dyn Fn() -> Measure| if trials >= 2.0 { measure() } else { Measure::undefined(why) };
    let share = |count: f64| proportion(count, trials);
    let [sum, squares, fourth] = sums.error;
    let root_mean_square_error = || {
        let square = squares / trials;
        let root = sqrt(square);
        // The delta method for the mean of squared errors. Their spread is taken from the trials: after an early stop errors
        // are far from normal, and with a normal's the standard error came out at little more than half of what it is.
        let spread = sqrt((fourth / trials - square * square).max(0.0));
        let mcse = if root > 0.0 { spread / (2.0 * root * sqrt(trials)) } else { 0.0 };
        Measure { value: Some(root), mcse: Some(mcse), why: None }
    };
    EstimateAfter {
        estimator: name.to_owned(),
        bias: defined(&|| mean(trials, [sum, squares])),
        bias_by_formula: None,
        root_mean_square_error: defined(&root_mean_square_error),
        coverage: defined(&|| share(sums.covered)),
        coverage_by_formula: None,
        above_truth: defined(&|| share(sums.above)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_root_mean_square_error_is_that_of_squares() {
        // Errors of −1, 1 and 3 as often: squares of 1, 1 and 9 have a mean of 11/3 and a variance of 128/9.
        let sums = EstimateSums { trials: 300.0, error: [300.0, 1100.0, 8300.0], ..EstimateSums::default() };
        let found = estimate("plain", &sums, TOO_FEW).root_mean_square_error;
        let root = sqrt(11.0 / 3.0);
        assert!((found.value.unwrap() - root).abs() < 1e-12, "{found:?}");
        let expected = sqrt(128.0 / 9.0 / 300.0) / (2.0 * root);
        assert!((found.mcse.unwrap() - expected).abs() < 1e-12, "{found:?} {expected}");
        // Errors that are always the same leave no doubt.
        let sums = EstimateSums { trials: 10.0, ..EstimateSums::default() };
        assert_eq!(estimate("plain", &sums, TOO_FEW).root_mean_square_error.mcse, Some(0.0));
    }
}
