//! Graphs that hand on the alpha of rejected hypotheses.
//!
//! Each hypothesis has a share of alpha; what it has goes to the others, once it is rejected, in the shares
//! written on its arrows. How the graph looks afterwards depends only on which hypotheses are left, not on
//! the order in which the others fell: so the shares of each set of hypotheses are reckoned once.
//!
//! Source: Bretz, Maurer, Brannath, Posch (2009), Stat. Med. 28:586, algorithms 1 and 2.

use super::Rejected;

/// The most hypotheses of a graph: every set of them has its own shares.
pub const MOST_IN_GRAPH: usize = 6;

/// Below this, 1 − gₗⱼgⱼₗ is what rounding leaves of zero.
const ROUNDING: f64 = 1e-12;

/// The shares of alpha of a graph's hypotheses, for each set of them that is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    hypotheses: usize,
    /// `shares[set × hypotheses + h]`, 0 if h is not in the set.
    shares: Vec<f64>,
}

/// A graph while hypotheses are taken out.
#[derive(Clone, Copy)]
struct State {
    shares: [f64; MOST_IN_GRAPH],
    arrows: [[f64; MOST_IN_GRAPH]; MOST_IN_GRAPH],
}

impl Graph {
    /// A graph of shares and arrows: `transitions[j][l]` is the part of j's share that goes to l. `None`
    /// with more than [`MOST_IN_GRAPH`] hypotheses, or if the rows do not fit.
    #[must_use]
    pub fn new(weights: &[f64], transitions: &[Vec<f64>]) -> Option<Self> {
        let count = weights.len();
        let fits = transitions.len() == count && transitions.iter().all(|row| row.len() == count);
        if count > MOST_IN_GRAPH || !fits {
            return None;
        }
        let mut whole = State { shares: [0.0; MOST_IN_GRAPH], arrows: [[0.0; MOST_IN_GRAPH]; MOST_IN_GRAPH] };
        whole.shares[..count].copy_from_slice(weights);
        whole.arrows.iter_mut().zip(transitions).for_each(|(to, from)| to[..count].copy_from_slice(from));
        let full = (1_usize << count) - 1;
        let mut states = vec![whole; full + 1];
        // A set that lacks one more than another comes before it.
        for set in (0..full).rev() {
            let lacking = (!set).trailing_zeros() as usize;
            states[set] = states[set | 1 << lacking].without(lacking);
        }
        let shares = states.iter().flat_map(|state| state.shares[..count].to_vec()).collect();
        Some(Graph { hypotheses: count, shares })
    }

    /// How many hypotheses there are.
    #[must_use]
    pub fn hypotheses(&self) -> usize {
        self.hypotheses
    }

    /// The shares that occur, each once, in ascending order.
    #[must_use]
    pub fn levels(&self) -> Vec<f64> {
        let mut levels = self.shares.clone();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels
    }

    /// The share of each hypothesis while these are left, 0 for the others.
    #[must_use]
    pub fn shares(&self, left: Rejected) -> &[f64] {
        let start = left as usize * self.hypotheses;
        &self.shares[start..start + self.hypotheses]
    }

    /// For each set and hypothesis the number of its share in [`levels`](Self::levels).
    #[must_use]
    pub fn numbers(&self) -> Vec<usize> {
        let levels = self.levels();
        self.shares.iter().map(|share| levels.partition_point(|level| level < share)).collect()
    }

    /// Adjusted p values: the smallest alpha at which each hypothesis is rejected, 1 if at none (algorithm
    /// 2).
    #[must_use]
    pub fn adjusted(&self, p: &[f64]) -> Vec<f64> {
        let mut adjusted = vec![1.0; p.len()];
        let mut left = (1 << self.hypotheses) - 1;
        let mut largest: f64 = 0.0;
        while left != 0 {
            let shares = self.shares(left);
            let of = |h: usize| if shares[h] > 0.0 { p[h] / shares[h] } else { f64::INFINITY };
            let those = (0..self.hypotheses).filter(|h| left >> h & 1 == 1);
            let Some(next) = those.min_by(|&one, &other| of(one).total_cmp(&of(other))) else { break };
            largest = largest.max(of(next)).min(1.0);
            adjusted[next] = largest;
            left &= !(1 << next);
        }
        adjusted
    }
}

impl State {
    /// The graph after hypothesis j is rejected (algorithm 1).
    fn without(&self, j: usize) -> State {
        let mut next = *self;
        let arrows = &self.arrows;
        for l in (0..MOST_IN_GRAPH).filter(|&l| l != j) {
            next.shares[l] = self.shares[l] + self.shares[j] * arrows[j][l];
            let stays = 1.0 - arrows[l][j] * arrows[j][l];
            for k in 0..MOST_IN_GRAPH {
                next.arrows[l][k] = if k == l || k == j || stays < ROUNDING {
                    0.0
                } else {
                    ((arrows[l][k] + arrows[l][j] * arrows[j][k]) / stays).min(1.0)
                };
            }
        }
        next.shares[j] = 0.0;
        next.arrows[j] = [0.0; MOST_IN_GRAPH];
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a graph does not depend on the order in which hypotheses are taken out (lemma of the
    /// paper's appendix).
    #[test]
    fn the_order_of_rejections_does_not_matter() {
        let arrows = [[0.0, 0.2, 0.5, 0.3], [0.6, 0.0, 0.4, 0.0], [0.1, 0.7, 0.0, 0.2], [1.0, 0.0, 0.0, 0.0]];
        let mut whole = State { shares: [0.0; MOST_IN_GRAPH], arrows: [[0.0; MOST_IN_GRAPH]; MOST_IN_GRAPH] };
        whole.shares[..4].copy_from_slice(&[0.4, 0.3, 0.2, 0.1]);
        whole.arrows.iter_mut().zip(arrows).for_each(|(to, from)| to[..4].copy_from_slice(&from));
        let ways = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]];
        let last = ways.map(|way| way.iter().fold(whole, |state, &j| state.without(j)).shares[3]);
        assert!(last.iter().all(|share| (share - last[0]).abs() < 1e-15 && *share > 0.9), "{last:?}");
    }
}
