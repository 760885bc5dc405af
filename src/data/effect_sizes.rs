//! Confidence limits of standardised effect sizes, from the limits of noncentrality parameters.
//!
//! Sources: Steiger (2004), Psychol. Methods 9:164 (shares of variance); Kelley (2007), J. Stat. Softw.
//! 20(8) (standardised contrasts of means).

use crate::stats::noncentrality::{limits_of_f, limits_of_t};

/// |t| beyond which no limits are given: their cost grows with it, and so large a t needs none.
const MOST_T: f64 = 1e4;

/// Limits of a contrast of means ÷ SD where the standard error is that SD times √Σw²/n: t then has a
/// noncentral t distribution, whose noncentrality is the ratio ÷ √Σw²/n.
pub(super) fn standardised_limits(
    estimate: f64,
    se: f64,
    df: f64,
    standardiser: f64,
    level: f64,
) -> Option<[f64; 2]> {
    let t = estimate / se;
    let limits = limits_of_t(Some(t).filter(|t| t.abs() <= MOST_T)?, df, level);
    let scaled = limits.map(|limit| limit * (se / standardiser));
    scaled.iter().all(|limit| limit.is_finite()).then_some(scaled)
}

/// Limits of the population's share of variance of a term beside the residual: λ/(λ + N).
pub(super) fn share_limits(f: f64, df1: f64, df2: f64, patients: f64, level: f64) -> Option<[f64; 2]> {
    let f = Some(f.max(0.0)).filter(|f| df1 * f <= MOST_T * MOST_T)?;
    let shares = limits_of_f(f, df1, df2, level).map(|limit| limit / (limit + patients));
    shares.iter().all(|share| share.is_finite()).then_some(shares)
}
