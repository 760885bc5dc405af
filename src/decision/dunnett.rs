//! Comparisons of arms with the reference arm, and how they go together.
//!
//! The t statistics of three arms against one share the reference arm and the estimate of variance. In a
//! linear model with one variance their correlations, given the covariates, follow exactly from the
//! variances of the eight contrasts, as var(x − y) = var x + var y − 2 cov(x, y) and the differences are
//! contrasts too. Three correlations are three loadings on one common part, whatever the sizes of the arms:
//! that is what Dunnett's integral asks for.
//!
//! Source: Dunnett (1955), J. Am. Stat. Assoc. 50:1096.

use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS};
use crate::stats::dunnett;

/// The most comparisons with the reference arm.
pub const MOST_COMPARISONS: usize = ARMS - 1;

/// The loadings of comparisons on what they have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loadings {
    values: [f64; MOST_COMPARISONS],
    comparisons: usize,
    /// Whether they give the correlations exactly. Where no loadings do (a handful of patients in each arm
    /// and covariates that differ widely between arms), they are 0, with which no claim is made too easily:
    /// Šidák's inequality.
    pub exact: bool,
}

impl Loadings {
    /// At most three loadings.
    #[must_use]
    pub fn new(loadings: &[f64]) -> Self {
        let mut values = [0.0; MOST_COMPARISONS];
        values.iter_mut().zip(loadings).for_each(|(to, from)| *to = *from);
        Loadings { values, comparisons: loadings.len().min(MOST_COMPARISONS), exact: true }
    }

    /// The loadings, one for each comparison.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values[..self.comparisons]
    }
}

/// Whether a contrast compares an arm with the reference arm.
#[must_use]
pub fn is_comparison(weights: &[f64; ARMS]) -> bool {
    let others = |value: f64| weights[1..].iter().filter(|&&weight| weight == value).count();
    weights[0] == -1.0 && others(1.0) == 1 && others(0.0) == ARMS - 2
}

/// The loadings of one to three comparisons, each by its number among the eight contrasts, from the
/// variances of all eight.
#[must_use]
pub fn loadings(comparisons: &[usize], variance: &[f64; ESTIMANDS]) -> Loadings {
    let correlation = |one: usize, other: usize| {
        let product = variance[one] * variance[other];
        0.5 * (variance[one] + variance[other] - of_difference(one, other, variance)) / product.sqrt()
    };
    let found = match *comparisons {
        [a, b, c] => dunnett::loadings(&[correlation(a, b), correlation(a, c), correlation(b, c)]),
        [a, b] => dunnett::loadings(&[correlation(a, b)]),
        _ => dunnett::loadings(&[]),
    };
    let many = comparisons.len().min(MOST_COMPARISONS);
    Loadings { exact: found.is_some(), ..Loadings::new(&found.unwrap_or_default()[..many]) }
}

/// The variance of the difference of two comparisons, which is a contrast of two other arms.
fn of_difference(one: usize, other: usize, variance: &[f64; ESTIMANDS]) -> f64 {
    let difference: [f64; ARMS] = std::array::from_fn(|arm| WEIGHTS[one][arm] - WEIGHTS[other][arm]);
    let same = |weights: &[f64; ARMS]| {
        *weights == difference || weights.iter().zip(difference).all(|(weight, other)| *weight == -other)
    };
    match WEIGHTS.iter().position(same) {
        Some(contrast) => variance[contrast],
        // The difference of the simple effects is that of the main effects, whose sum is the joint effect.
        None => 2.0 * (variance[0] + variance[1]) - variance[ESTIMANDS - 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// λⱼ = √(nⱼ/(nⱼ + n₀)), the comparisons in any order.
    #[test]
    fn without_covariates_the_sizes_of_the_arms_give_the_loadings() {
        let sizes = [7.0, 12.0, 5.0, 30.0];
        let of = |weights: [f64; ARMS]| weights.iter().zip(sizes).map(|(w, n)| 2.5 * w * w / n).sum();
        let variance = WEIGHTS.map(of);
        let expected = |arm: usize| (sizes[arm] / (sizes[arm] + sizes[0])).sqrt();
        // The numbers of the comparisons with their arms.
        for order in [[(3, 2), (5, 1), (7, 3)], [(7, 3), (3, 2), (5, 1)]] {
            let found = loadings(&order.map(|(estimand, _)| estimand), &variance);
            assert!(found.exact);
            for (loading, (estimand, arm)) in found.values().iter().zip(order) {
                assert!((loading - expected(arm)).abs() < 1e-14, "{estimand}");
            }
        }
        let two = loadings(&[5, 7], &variance);
        assert!((two.values()[0] * two.values()[1] - expected(1) * expected(3)).abs() < 1e-14);
    }

    /// Correlations of .1, .6 and .7 have no common part; no claim is made too easily then.
    #[test]
    fn where_nothing_gives_the_correlations_comparisons_count_as_independent() {
        let variance = [0.7, 0.7, f64::NAN, 1.0, 0.6, 1.0, 0.8, 1.0];
        let found = loadings(&[3, 5, 7], &variance);
        assert!(!found.exact && found.values() == [0.0; 3]);
        let exact = loadings(&[3, 7], &variance);
        assert!(exact.exact && (exact.values()[0] * exact.values()[0] - 0.6).abs() < 1e-15);
    }

    #[test]
    fn comparisons_are_known_by_their_weights() {
        let found: Vec<usize> = (0..ESTIMANDS).filter(|&one| is_comparison(&WEIGHTS[one])).collect();
        assert_eq!(found, [3, 5, 7]);
    }
}
