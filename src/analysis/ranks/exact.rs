//! What is told of a rank-sum test of one trial beside its estimate: the exact p value and Hodges and
//! Lehmann's shift.
//!
//! Given the values, ties included, every choice of n₂ of the N patients is equally likely under the
//! null. How many choices give each rank sum follows value by value: from a group of c patients who
//! share a midrank r, k go to the second sample in C(c, k) ways and add kr. The p value is the share of
//! choices whose rank sum is at least as far from its mean.
//!
//! Sources: Mehta, Patel, Tsiatis (1984), Biometrics 40:819; Hodges, Lehmann (1963), Ann. Math. Stat.
//! 34:598.

use super::comparison::{Comparison, samples};
use super::ties::{Tied, Ties};
use super::wilcoxon::p_value;
use crate::estimand::ARMS;

/// Patients beyond whom there is no exact p value: the work grows with the fourth power.
pub const MOST_EXACT: usize = 150;

/// Pairs beyond which there is no shift.
const MOST_PAIRS: usize = 25_000_000;

/// A rank-sum test of one contrast, in full.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Mann and Whitney's statistic of the second sample: pairs that it wins, half of those tied.
    pub u: f64,
    /// p value without the correction for continuity.
    pub p_uncorrected: f64,
    /// Exact p value; none with too many patients.
    pub p_exact: Option<f64>,
    /// Median difference of the pairs; none with too many of them.
    pub shift: Option<f64>,
}

impl RankSum {
    /// Compares the samples of a contrast; each patient's value with the arm. None if a sample is empty.
    #[must_use]
    pub fn new(values: &[(f64, u8)], weights: &[f64; ARMS]) -> Option<Self> {
        let samples = samples(weights);
        let mut ties = Ties::default();
        ties.sort(values.iter().copied());
        let comparison = Comparison::new(ties.all(), &samples);
        let of = |sample: usize| -> Vec<f64> {
            let inside = values.iter().filter(|(_, arm)| samples[usize::from(*arm) % ARMS] == Some(sample));
            inside.map(|(value, _)| *value).collect()
        };
        let (first, second) = (of(0), of(1));
        (!first.is_empty() && !second.is_empty()).then(|| RankSum {
            u: comparison.excess + 0.5 * comparison.pairs(),
            p_uncorrected: p_value(&comparison, false),
            p_exact: (first.len() + second.len() <= MOST_EXACT)
                .then(|| exact_p(&pooled(ties.all(), weights), second.len(), comparison.excess)),
            shift: hodges_lehmann(&first, &second),
        })
    }
}

/// How many patients of both samples share each value.
fn pooled(groups: &[Tied], weights: &[f64; ARMS]) -> Vec<usize> {
    let count =
        |tied: &Tied| (0..ARMS).filter(|&arm| weights[arm] != 0.0).map(|arm| tied[arm] as usize).sum();
    groups.iter().map(count).filter(|&count| count > 0).collect()
}

/// Share of the choices of `chosen` patients whose rank sum is at least `excess` from its mean, on
/// either side.
fn exact_p(groups: &[usize], chosen: usize, excess: f64) -> f64 {
    let all: usize = groups.iter().sum();
    // Twice the midranks are whole numbers, and so are sums of them.
    let most = chosen * 2 * all;
    let mut ways = vec![vec![0.0_f64; most + 1]; chosen + 1];
    ways[0][0] = 1.0;
    let (mut before, mut largest) = (0, 0);
    for &count in groups {
        let rank = 2 * before + count + 1;
        let binomial: Vec<f64> = (0..=count)
            .scan(1.0, |ways, k| {
                let here = *ways;
                *ways *= (count - k) as f64 / (k + 1) as f64;
                Some(here.round())
            })
            .collect();
        // From above, so that no patient is chosen twice.
        for taken in (1..=chosen.min(before + count)).rev() {
            for (k, factor) in binomial.iter().enumerate().skip(1).take(taken) {
                let (earlier, later) = ways.split_at_mut(taken);
                let from = &earlier[taken - k];
                let shift = k * rank;
                let end = (largest + shift).min(most);
                if shift <= end {
                    let to = &mut later[0][shift..=end];
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
                }
            }
        }
        before += count;
        largest = (largest + count.min(chosen) * rank).min(most);
    }
    let mean = (chosen * (all + 1)) as f64;
    // Sums of halves are exact.
    let distance = 2.0 * excess.abs();
    let is_far = |sum: usize| (sum as f64 - mean).abs() >= distance;
    let total: f64 = ways[chosen].iter().sum();
    let far: f64 =
        ways[chosen].iter().enumerate().filter(|(sum, _)| is_far(*sum)).map(|(_, ways)| ways).sum();
    (far / total).min(1.0)
}

/// The median difference of all pairs, the second minus the first.
fn hodges_lehmann(first: &[f64], second: &[f64]) -> Option<f64> {
    let pairs = first.len().checked_mul(second.len()).filter(|&pairs| pairs > 0 && pairs <= MOST_PAIRS)?;
    let mut differences: Vec<f64> =
        second.iter().flat_map(|above| first.iter().map(move |below| above - below)).collect();
    let (_, middle, _) = differences.select_nth_unstable_by(pairs / 2, f64::total_cmp);
    let upper = *middle;
    if pairs % 2 == 1 {
        return Some(upper);
    }
    let lower = differences[..pairs / 2].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(0.5 * (lower + upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every choice of so many patients, one after the other.
    fn enumerated(midranks: &[f64], chosen: usize, excess: f64) -> f64 {
        let mean = chosen as f64 * (midranks.len() + 1) as f64 / 2.0;
        let (mut far, mut all) = (0.0, 0.0);
        for choice in 0_u32..1 << midranks.len() {
            if choice.count_ones() as usize == chosen {
                let inside = midranks.iter().enumerate().filter(|(k, _)| choice >> k & 1 == 1);
                let sum: f64 = inside.map(|(_, rank)| rank).sum();
                all += 1.0;
                far += f64::from(u8::from((sum - mean).abs() >= excess));
            }
        }
        far / all
    }

    #[test]
    fn counting_is_enumeration() {
        let groups = [1, 3, 2, 1, 4];
        let midranks = [1.0, 3.0, 3.0, 3.0, 5.5, 5.5, 7.0, 9.5, 9.5, 9.5, 9.5];
        for chosen in 1..11 {
            for excess in [0.0, 0.5, 3.0, 7.5, 11.0] {
                let (counted, each) =
                    (exact_p(&groups, chosen, excess), enumerated(&midranks, chosen, excess));
                assert!((counted - each).abs() < 1e-14, "{chosen} {excess}: {counted} for {each}");
            }
        }
    }
}
