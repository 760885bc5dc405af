//! The truth of superiority: how often a value is higher under the second of two levels.
//!
//! In come a scenario and its population; out comes, for each estimand, a weighted sum over pairs of arms
//! of θ − ½, θ = P(Y > Y′) + ½P(Y = Y′) with Y and Y′ of two different patients, one in each arm. Arms that
//! are pooled are weighted by their planned sizes, strata by n₁n₂/(N + 1) of theirs. Exact for normal
//! outcomes recorded as they are: Φ((μ − μ′)/√(σ² + σ′²)). Else from all pairs of the population's
//! patients, each seen in all four arms, with the standard error of that sum: each patient's part is
//! the share of others below it in the one arm, minus that in the other.
//!
//! Source: Lehmann (1975), "Nonparametrics", appendix, section 5 (variance of a U statistic).

use super::contrasts::{CHUNKS, LAST, Truths};
use crate::cohort::Variable;
use crate::engine::patients::virtual_trial::VirtualTrial;
use crate::engine::qualify;
use crate::estimand::{ARMS, TWO_SAMPLES, WEIGHTS};
use crate::scenario::{Assignment, Scenario, resolve};
use crate::stats::normal;
use std::collections::HashMap;

/// What is asked of an outcome.
pub(super) struct Question<'a> {
    pub scenario: &'a Scenario,
    pub population: &'a VirtualTrial,
    /// The outcome's number, and what is known of its distribution.
    pub outcome: usize,
    pub variable: &'a Variable,
    /// Whether arms are compared within the levels of the other factor.
    pub is_stratified: bool,
    /// The covariates whose levels make further strata.
    pub strata: &'a [usize],
}

/// Two arms, the second compared with the first.
type Pair = (usize, usize);

/// Estimands as weighted pairs of arms.
type Weighted = Vec<Vec<(Pair, f64)>>;

/// Potential outcomes of patients, arm by arm.
type Potential = [Vec<f64>; ARMS];

impl Question<'_> {
    /// The answers, in the order of the estimands.
    pub fn truths(&self) -> Truths {
        if self.strata.is_empty() && self.is_normal() {
            let Variable { mean, sd, .. } = self.variable;
            let above = |(first, second): Pair| {
                let spread = (sd[first] * sd[first] + sd[second] * sd[second]).sqrt();
                // Upper minus lower tail: exactly 0 for equal means.
                let z = (mean[second] - mean[first]) / spread;
                0.5 * (normal::cdf(z) - normal::sf(z))
            };
            let one =
                |pairs: &Vec<(Pair, f64)>| pairs.iter().map(|&(pair, weight)| weight * above(pair)).sum();
            return Truths::exact(self.weights(&[1.0]).concat().iter().map(one).collect());
        }
        let (strata, potential) = self.draw();
        let [measured, latent] = potential.map(|potential| self.over_pairs(&strata, &potential));
        Truths { value: measured.0, mcse: Some(measured.1), latent: latent.0 }
    }

    /// Whether the outcome is normal in each arm and recorded as it is. How many patients are in an arm
    /// and who is missing does not matter.
    fn is_normal(&self) -> bool {
        let mut all = self.scenario.clone();
        all.design.assignment = Assignment::default();
        all.observation.missing.clear();
        qualify::formula_obstacles(&all).is_empty()
    }

    /// The weights of pairs of arms in strata with these shares of all patients: those of an estimand sum
    /// to 1.
    fn weights(&self, shares: &[f64]) -> Vec<Weighted> {
        let sizes = resolve::arm_sizes(self.scenario).map(|size| size as f64);
        let in_stratum = |share: &f64| -> Weighted {
            let sizes = sizes.map(|size| share * size);
            if self.is_stratified {
                let weight = |(first, second): Pair| {
                    ((first, second), sizes[first] * sizes[second] / (sizes[first] + sizes[second] + 1.0))
                };
                return [[(0, 2), (1, 3)], [(0, 1), (2, 3)]].map(|pairs| pairs.map(weight).to_vec()).to_vec();
            }
            let pooled = |number: usize| {
                let arms = |sign: f64| (0..ARMS).filter(move |&arm| sign * WEIGHTS[number][arm] > 0.0);
                let of = |first: usize| arms(1.0).map(move |second| (first, second));
                arms(-1.0).flat_map(of).map(|pair| (pair, sizes[pair.0] * sizes[pair.1])).collect()
            };
            TWO_SAMPLES.map(pooled).to_vec()
        };
        let mut all: Vec<Weighted> = shares.iter().map(in_stratum).collect();
        for estimand in 0..all[0].len() {
            let weights = all.iter().flat_map(|stratum| &stratum[estimand]);
            let total: f64 = weights.map(|(_, weight)| weight).sum();
            let scaled = all.iter_mut().flat_map(|stratum| &mut stratum[estimand]);
            scaled.for_each(|(_, weight)| *weight /= total);
        }
        all
    }

    /// The population's patients: numbers of each stratum's, and their potential outcomes as measured and
    /// before anything is.
    fn draw(&self) -> (Vec<Vec<u32>>, [Potential; 2]) {
        let mut columns = self.population.columns();
        let mut potential: [Potential; 2] = Default::default();
        let mut strata: HashMap<Vec<u64>, Vec<u32>> = HashMap::new();
        for chunk in 0..CHUNKS {
            self.population.draw(LAST - chunk, &mut columns);
            let first = potential[0][0].len();
            for patient in 0..columns.arms.len() {
                let level = |&variable: &usize| columns.cohort.patients.measured[variable][patient].to_bits();
                let levels = self.strata.iter().map(level).collect();
                strata.entry(levels).or_default().push((first + patient) as u32);
            }
            for arm in 0..ARMS {
                self.population.latent(arm, &mut columns);
                potential[1][arm].extend_from_slice(&columns.outcomes[self.outcome]);
                self.population.potential(arm, &mut columns);
                potential[0][arm].extend_from_slice(&columns.outcomes[self.outcome]);
            }
        }
        // In an order that does not depend on the map's.
        let mut strata: Vec<Vec<u32>> = strata.into_values().collect();
        strata.sort_unstable_by_key(|patients| patients.first().copied());
        (strata, potential)
    }

    /// The estimands over all pairs of different patients, and their Monte Carlo standard errors.
    fn over_pairs(&self, strata: &[Vec<u32>], potential: &Potential) -> (Vec<f64>, Vec<f64>) {
        let all: f64 = strata.iter().map(|patients| patients.len() as f64).sum();
        let shares: Vec<f64> = strata.iter().map(|patients| patients.len() as f64 / all).collect();
        let weights = self.weights(&shares);
        let estimands = weights[0].len();
        let mut value = vec![0.0; estimands];
        // Of each patient's part: within the stratum, and of its θ − ½ in the sum.
        let (mut squares, mut stratum_values) = (vec![0.0; estimands], vec![Vec::new(); estimands]);
        for ((patients, share), weights) in strata.iter().zip(&shares).zip(&weights) {
            let sorted: [Vec<(f64, u32)>; ARMS] = std::array::from_fn(|arm| sort(patients, &potential[arm]));
            let mut known: HashMap<Pair, Compared> = HashMap::new();
            for (estimand, pairs) in weights.iter().enumerate() {
                let (mut part, mut sum) = (vec![0.0; patients.len()], 0.0);
                for &(pair, weight) in pairs {
                    let compared = known
                        .entry(pair)
                        .or_insert_with(|| compare([&sorted[pair.0], &sorted[pair.1]], patients.len()));
                    sum += weight * compared.superiority;
                    for (part, one) in part.iter_mut().zip(&compared.parts) {
                        *part += weight / share * one;
                    }
                }
                value[estimand] += sum;
                stratum_values[estimand].push((sum / share, *share));
                squares[estimand] += part.iter().map(|part| part * part).sum::<f64>();
            }
        }
        // How many patients are in a stratum is found in the population too.
        let mcse = |estimand: usize| {
            let of_strata = stratum_values[estimand].iter();
            let between: f64 = of_strata
                .map(|(within, share)| share * (within - value[estimand]) * (within - value[estimand]))
                .sum();
            let between = if strata.len() > 1 { between } else { 0.0 };
            ((squares[estimand] / all + between) / all).sqrt()
        };
        let mcses = (0..estimands).map(mcse).collect();
        (value, mcses)
    }
}

/// Each patient's value with their number within the stratum, from the lowest up.
fn sort(patients: &[u32], values: &[f64]) -> Vec<(f64, u32)> {
    let mut sorted: Vec<(f64, u32)> =
        patients.iter().zip(0..).map(|(&patient, number)| (values[patient as usize], number)).collect();
    sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    sorted
}

/// Two arms compared.
struct Compared {
    /// θ − ½.
    superiority: f64,
    /// Each patient's part in it, with mean 0.
    parts: Vec<f64>,
}

/// Compares the second arm with the first, over pairs of different patients.
fn compare([first, second]: [&[(f64, u32)]; 2], patients: usize) -> Compared {
    let all = patients as f64;
    let mut parts = vec![0.0; patients];
    shares_below(second, first, |patient, share| parts[patient] += share);
    let mean = parts.iter().sum::<f64>() / all;
    shares_below(first, second, |patient, share| parts[patient] -= share);
    // No patient is compared with themselves: half for each is what those who are alike in both arms have.
    let mut own = vec![0.0; patients];
    first.iter().for_each(|&(value, patient)| own[patient as usize] = value);
    let wins = |&(value, patient): &(f64, u32)| {
        let other = own[patient as usize];
        f64::from(u8::from(value > other)) - f64::from(u8::from(value < other))
    };
    let themselves = 0.5 * second.iter().map(wins).sum::<f64>() / all;
    let superiority = if patients > 1 { (all * (mean - 0.5) - themselves) / (all - 1.0) } else { 0.0 };
    let centre = parts.iter().sum::<f64>() / all;
    parts.iter_mut().for_each(|part| *part -= centre);
    Compared { superiority, parts }
}

/// For each of these, the share of the others that is below, half of those equal to it.
fn shares_below(these: &[(f64, u32)], others: &[(f64, u32)], mut tell: impl FnMut(usize, f64)) {
    let (mut below, mut up_to) = (0, 0);
    for &(value, patient) in these {
        while below < others.len() && others[below].0 < value {
            below += 1;
        }
        while up_to < others.len() && others[up_to].0 <= value {
            up_to += 1;
        }
        tell(patient as usize, 0.5 * (below + up_to) as f64 / others.len() as f64);
    }
}
