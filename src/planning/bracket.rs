//! Where to look for the smallest size: a few trials at sizes far apart, then closer together.
//!
//! What is found here decides only where the search looks, with random numbers that the search does not use:
//! a range that was chosen by the same trials could not be tested with them.

use super::size_of::SizeOf;
use super::variants::Variants;
use crate::engine::{Progress, RunOptions, Success, successes};
use crate::error::Result;
use crate::scenario::Scenario;
use crate::stats::normal;

/// Trials of a pilot at each size, and about the most patients of all of them.
const TRIALS: u64 = 4_000;
const PATIENTS: u64 = 40_000_000;

/// A search goes no further than this many patients where each has to be simulated.
const MOST_SIMULATED: u64 = 20_000;

/// Standard errors of a pilot that are allowed for.
const ALLOWED: f64 = 5.0;

/// What a pilot says of the target.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bracket {
    /// Between these two.
    Within([u64; 2]),
    /// Not up to the largest size tried, where the target's share was this.
    Beyond {
        size: u64,
        share: f64,
        /// Whether larger sizes would not help: the share had stopped to rise.
        is_ceiling: bool,
    },
}

/// What is looked for.
pub(super) struct Pilot<'a> {
    pub variants: Variants<'a>,
    pub size_of: SizeOf,
    pub criteria: &'a [Success],
    pub target: f64,
    pub options: &'a RunOptions,
    /// Standard errors by which the search itself must exceed the target.
    pub margin: f64,
}

/// Sizes tried, with the smallest of the criteria's shares.
type Tried = Vec<(u64, f64)>;

impl Pilot<'_> {
    /// Looks for the range.
    pub fn bracket(&self, progress: &mut dyn FnMut(&Progress)) -> Result<Bracket> {
        let scenario = self.variants.scenario;
        let (unit, least) = (self.size_of.unit(scenario), self.size_of.least(scenario));
        let start = self.size_of.of(scenario).max(least);
        let mut tried: Tried = Vec::new();
        let rounded = |size: f64| (size as u64).next_multiple_of(unit).max(least);
        let mut next: Vec<u64> =
            [0.25, 0.5, 1.0, 2.0, 4.0].map(|factor| rounded(factor * start as f64)).to_vec();
        let mut statistics = true;
        loop {
            statistics &= self.try_sizes(&mut tried, &next, progress)?;
            let most = match statistics {
                true => self.size_of.most(scenario),
                false => self.size_of.most(scenario).min(self.of_patients(MOST_SIMULATED)).max(start),
            };
            let (Some(&(smallest, lowest)), Some(&(largest, highest))) = (tried.first(), tried.last()) else {
                return Ok(Bracket::Within([least, most]));
            };
            if highest < self.target {
                let is_ceiling = self.has_stopped(&tried);
                if is_ceiling || largest >= most {
                    return Ok(Bracket::Beyond { size: largest, share: highest, is_ceiling });
                }
                next = [2.0, 4.0, 8.0]
                    .map(|factor| rounded(factor * largest as f64).min(most / unit * unit))
                    .to_vec();
            } else if lowest >= self.target && smallest > least {
                next = [0.06, 0.12, 0.25, 0.5].map(|factor| rounded(factor * smallest as f64)).to_vec();
            } else {
                return self.closer(&mut tried, progress);
            }
        }
    }

    /// Looks again between the two sizes around the target.
    fn closer(&self, tried: &mut Tried, progress: &mut dyn FnMut(&Progress)) -> Result<Bracket> {
        let scenario = self.variants.scenario;
        let (unit, least) = (self.size_of.unit(scenario), self.size_of.least(scenario));
        let [low, high] = self.around(tried);
        let ratio = high.0 as f64 / low.0 as f64;
        let between = (1..8).map(|part| low.0 as f64 * libm::pow(ratio, f64::from(part) / 8.0));
        let between: Vec<u64> = between.map(|size| (size as u64).next_multiple_of(unit)).collect();
        self.try_sizes(tried, &between, progress)?;
        // Power rises about evenly with the logarithm of the size here.
        let slope = ((high.1 - low.1) / libm::log(ratio)).max(1e-3);
        let [low, high] = self.around(tried);
        let part = ((self.target - low.1) / (high.1 - low.1).max(1e-9)).clamp(0.0, 1.0);
        let found = low.0 as f64 * libm::pow(high.0 as f64 / low.0 as f64, part);
        let error = |trials: u64| (self.target * (1.0 - self.target) / trials as f64).sqrt() / slope;
        let pilot = ALLOWED * error(self.trials(found as u64));
        let search = (self.margin + ALLOWED) * error(self.options.replicates);
        // Where so few trials say little, both limits are wide; the search costs hardly more.
        let (below, above) = ((pilot + 0.02).min(0.6), (pilot + search + 0.03).min(1.5));
        let from = ((found * (1.0 - below)) as u64 / unit * unit).max(least);
        let to = ((found * (1.0 + above)) as u64).next_multiple_of(unit).max(from + 2 * unit);
        Ok(Bracket::Within([from, to]))
    }

    /// The largest size below the target from which on none is below, and the next.
    fn around(&self, tried: &Tried) -> [(u64, f64); 2] {
        let last_below = tried.iter().rposition(|&(_, share)| share < self.target).unwrap_or(0);
        [tried[last_below], tried[(last_below + 1).min(tried.len() - 1)]]
    }

    /// Whether the share has stopped to rise. With four times as many patients a standardised effect doubles; where the share
    /// then rises by less than a quarter of what that would make of it, and by less than chance hides, something else
    /// limits it.
    fn has_stopped(&self, tried: &Tried) -> bool {
        let Some(&(largest, highest)) = tried.last() else { return false };
        let Some(&(_, quarter)) = tried.iter().rev().find(|(size, _)| 4 * size <= largest) else {
            return false;
        };
        let alpha = self.variants.scenario.alpha;
        let noise = (highest * (1.0 - highest) / self.trials(largest) as f64).sqrt();
        let critical = normal::isf(alpha / 2.0);
        let expected = normal::cdf(2.0 * (normal::quantile(quarter) + critical) - critical);
        quarter > alpha + 4.0 * noise
            && expected - quarter > 4.0 * noise
            && highest - quarter < 0.25 * (expected - quarter)
    }

    /// Simulates at these sizes; tells whether sufficient statistics were drawn.
    fn try_sizes(
        &self,
        tried: &mut Tried,
        sizes: &[u64],
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<bool> {
        let mut sizes: Vec<u64> = sizes.to_vec();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.retain(|size| tried.iter().all(|(known, _)| known != size));
        let points = sizes.iter().map(|&size| self.of_size(size)).collect::<Result<Vec<_>>>()?;
        let largest = sizes.last().copied().unwrap_or(0);
        let replicates = self.trials(largest);
        let options = RunOptions { replicates, seed: pilot_seed(self.options.seed), ..self.options.clone() };
        if points.is_empty() {
            return Ok(true);
        }
        let found = successes(&points, self.criteria, &options, progress)?;
        for (&size, counts) in sizes.iter().zip(&found.count) {
            let least = counts.iter().copied().min().unwrap_or(0);
            tried.push((size, least as f64 / found.trials as f64));
        }
        tried.sort_unstable_by_key(|(size, _)| *size);
        Ok(found.engine == "statistics")
    }

    fn of_size(&self, size: u64) -> Result<Scenario> {
        self.variants.with(&self.size_of.overrides(self.variants.scenario, size))
    }

    /// The size at which there are so many patients in all.
    fn of_patients(&self, patients: u64) -> u64 {
        let scenario = self.variants.scenario;
        let (of, total) = (self.size_of.of(scenario), SizeOf::Total.of(scenario).max(1));
        (patients as f64 * of as f64 / total as f64) as u64
    }

    fn trials(&self, size: u64) -> u64 {
        let scenario = self.variants.scenario;
        let patients = size * SizeOf::Total.of(scenario).max(1) / self.size_of.of(scenario).max(1);
        (PATIENTS / patients.max(1)).clamp(500, TRIALS)
    }
}

/// Random numbers of its own.
fn pilot_seed(seed: u64) -> u64 {
    seed ^ 0x7069_6c6f_7400_0000
}
