//! Levels with shares of patients, counted 0, 1, 2, …

use super::Marginal;
use crate::stats::normal;

impl Marginal {
    /// Levels 0, 1, 2, … with these shares, which sum to 1. A patient has the level between whose
    /// limits the score lies.
    #[must_use]
    pub fn categorical(shares: &[f64]) -> Self {
        Marginal::steps((0..shares.len()).map(|level| level as f64).collect(), shares)
    }
}

/// Scores at which one level gives way to the next.
pub(super) fn limits(shares: &[f64]) -> Vec<f64> {
    let (mut below, mut above) = (0.0, shares.iter().sum::<f64>());
    let inner = shares.len().saturating_sub(1);
    let limit = |share: &f64| {
        below += share;
        above -= share;
        // From the smaller tail, which is the more exact one.
        if below < above { normal::quantile(below) } else { normal::isf(above.max(0.0)) }
    };
    shares[..inner].iter().map(limit).collect()
}
