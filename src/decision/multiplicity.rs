//! Claims about several hypotheses at once.
//!
//! In comes, for each hypothesis and each level that matters, whether its p value is at most that level;
//! out comes which hypotheses are rejected. No p value is needed beyond that, so in the
//! replicate loop comparing with a few critical values is enough.
//!
//! Sources: Holm (1979), Scand. J. Stat. 6:65; Hochberg (1988), Biometrika 75:800; Hommel (1988), Biometrika
//! 75:383; Šidák (1967), J. Am. Stat. Assoc. 62:626; Wiens (2003), Pharm. Stat. 2:211 (fallback). A graph has
//! a file of its own.

use super::graph::Graph;
use crate::scenario::MultiplicitySpec;
pub use crate::scenario::Procedure;

/// The most hypotheses that are judged together.
pub const MOST_HYPOTHESES: usize = 16;

/// One hypothesis after another, as bits.
pub type Rejected = u32;

/// A procedure for so many hypotheses.
#[derive(Debug, Clone, PartialEq)]
pub struct Multiplicity {
    rule: Rule,
    hypotheses: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Each,
    Bonferroni,
    Sidak,
    Holm,
    Hochberg,
    Hommel,
    FixedSequence,
    /// With shares of alpha.
    Fallback(Vec<f64>),
    /// With the number of the level of each hypothesis, set by set.
    Graph(Graph, Vec<usize>),
}

impl Multiplicity {
    /// A procedure; without weights, alpha is shared equally, and without transitions a graph hands nothing
    /// on. `None` for Dunnett's test, which asks for more than p values, and for weights or a graph that do
    /// not fit.
    #[must_use]
    pub fn new(stated: &MultiplicitySpec, hypotheses: usize) -> Option<Self> {
        let weights = || match &stated.weights {
            Some(weights) => (weights.len() == hypotheses).then(|| weights.clone()),
            None => Some(vec![1.0 / hypotheses as f64; hypotheses]),
        };
        let rule = match stated.procedure {
            Procedure::None => Rule::Each,
            Procedure::Bonferroni => Rule::Bonferroni,
            Procedure::Sidak => Rule::Sidak,
            Procedure::Holm => Rule::Holm,
            Procedure::Hochberg => Rule::Hochberg,
            Procedure::Hommel => Rule::Hommel,
            Procedure::FixedSequence => Rule::FixedSequence,
            Procedure::Fallback => Rule::Fallback(weights()?),
            Procedure::Graph => {
                let nothing = || vec![vec![0.0; hypotheses]; hypotheses];
                let transitions = stated.transitions.clone().unwrap_or_else(nothing);
                let graph = Graph::new(&weights()?, &transitions)?;
                let numbers = graph.numbers();
                Rule::Graph(graph, numbers)
            }
            Procedure::Dunnett => return None,
        };
        Some(Multiplicity { rule, hypotheses })
    }

    /// The levels that matter at `alpha` in all; [`reject`](Self::reject) speaks of them by their number.
    #[must_use]
    pub fn levels(&self, alpha: f64) -> Vec<f64> {
        let count = self.hypotheses;
        let parts = 1..=count;
        match &self.rule {
            Rule::Each | Rule::FixedSequence => vec![alpha],
            Rule::Bonferroni => vec![alpha / count as f64],
            Rule::Sidak => vec![-libm::expm1(libm::log1p(-alpha) / count as f64)],
            Rule::Holm | Rule::Hochberg => parts.map(|part| alpha / part as f64).collect(),
            Rule::Hommel => {
                parts.flat_map(|of| (1..=of).map(move |part| part as f64 * alpha / of as f64)).collect()
            }
            Rule::Fallback(weights) => (0..count)
                .flat_map(|last| (0..=last).map(move |first| (first, last)))
                .map(|(first, last)| alpha * weights[first..=last].iter().sum::<f64>())
                .collect(),
            Rule::Graph(graph, _) => graph.levels().iter().map(|share| alpha * share).collect(),
        }
    }

    /// Which hypotheses are rejected; `below(h, k)` says whether the p value of hypothesis h is at most
    /// level number k.
    #[must_use]
    pub fn reject(&self, below: impl Fn(usize, usize) -> bool) -> Rejected {
        let count = self.hypotheses;
        let at = |level: usize| -> Rejected {
            (0..count).filter(|&h| below(h, level)).fold(0, |bits, h| bits | 1 << h)
        };
        let many = |bits: Rejected| bits.count_ones() as usize;
        match &self.rule {
            Rule::Each | Rule::Bonferroni | Rule::Sidak => at(0),
            Rule::FixedSequence => (0..count).take_while(|&h| below(h, 0)).fold(0, |bits, h| bits | 1 << h),
            // The smallest p value is at most α/m, then the next at most α/(m − 1), and so on: whoever is
            // at most the level of a step is among those that follow.
            Rule::Holm => {
                let mut rejected = 0;
                loop {
                    let next =
                        if many(rejected) == count { rejected } else { at(count - 1 - many(rejected)) };
                    if next | rejected == rejected {
                        return rejected;
                    }
                    rejected |= next;
                }
            }
            // All at most α/j, for the smallest j by which m − j + 1 are.
            Rule::Hochberg => (1..=count)
                .map(|part| (part, at(part - 1)))
                .find(|(part, bits)| many(*bits) > count - part)
                .map_or(0, |(_, bits)| bits),
            Rule::Hommel => {
                let start = |of: usize| of * (of - 1) / 2;
                let holds =
                    |of: &usize| (1..=*of).all(|part| many(at(start(*of) + part - 1)) < count - of + part);
                match (1..=count).rev().find(holds) {
                    Some(of) => at(start(of)),
                    None => ((1_u64 << count) - 1) as Rejected,
                }
            }
            Rule::Fallback(_) => {
                let (mut rejected, mut first) = (0, 0);
                for h in 0..count {
                    if below(h, h * (h + 1) / 2 + first) {
                        rejected |= 1 << h;
                    } else {
                        first = h + 1;
                    }
                }
                rejected
            }
            // Shares only grow while others fall: whoever is at most its level stays so.
            Rule::Graph(_, numbers) => {
                let full = ((1_u64 << count) - 1) as Rejected;
                let mut left = full;
                loop {
                    let own = &numbers[left as usize * count..][..count];
                    let those = (0..count).filter(|&h| left >> h & 1 == 1 && below(h, own[h]));
                    let next = those.fold(0, |bits, h| bits | 1 << h);
                    if next == 0 {
                        return full & !left;
                    }
                    left &= !next;
                }
            }
        }
    }

    /// Adjusted p values: the smallest alpha at which each hypothesis is rejected, 1 if at none.
    #[must_use]
    pub fn adjusted(&self, p: &[f64]) -> Vec<f64> {
        if let Rule::Graph(graph, _) = &self.rule {
            return graph.adjusted(p);
        }
        let rejected = |alpha: f64, h: usize| {
            let levels = self.levels(alpha);
            self.reject(|one, level| p[one] <= levels[level]) >> h & 1 == 1
        };
        let smallest = |h: usize| {
            let (mut low, mut high) = (0.0, 1.0);
            if !rejected(1.0, h) {
                return 1.0;
            }
            loop {
                let middle = 0.5 * (low + high);
                if middle <= low || middle >= high {
                    return high;
                }
                if rejected(middle, h) { high = middle } else { low = middle }
            }
        };
        (0..p.len()).map(smallest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fallback_carries_what_is_won_to_the_next() {
        let of = MultiplicitySpec { weights: Some(vec![0.5, 0.3, 0.2]), ..Procedure::Fallback.into() };
        let of = Multiplicity::new(&of, 3).unwrap();
        let reject = |p: [f64; 3]| {
            let levels = of.levels(0.05);
            of.reject(|h, level| p[h] <= levels[level])
        };
        // .025, then .04, then .05.
        assert_eq!(reject([0.02, 0.035, 0.049]), 0b111);
        // The first is lost: the second has .015 alone.
        assert_eq!(reject([0.03, 0.02, 0.001]), 0b100);
        assert_eq!(reject([0.03, 0.014, 0.024]), 0b110);
    }

    #[test]
    fn a_fixed_sequence_stops_at_the_first_that_fails() {
        let of = Multiplicity::new(&Procedure::FixedSequence.into(), 3).unwrap();
        let p = [0.01, 0.2, 0.001];
        assert_eq!(of.reject(|h, _| p[h] <= 0.05), 0b001);
        assert!(of.adjusted(&p).iter().zip([0.01, 0.2, 0.2]).all(|(one, other)| (one - other).abs() < 1e-15));
    }
}
