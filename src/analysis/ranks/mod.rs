//! Analyses of ranks.
//!
//! What they share: patients sorted into groups of equal values ([`ties`]), two samples compared by
//! their ranks ([`comparison`]), and the exact distribution of a rank sum ([`exact`]).

pub(super) mod aligned_rank;
mod comparison;
mod exact;
mod ties;
pub(super) mod van_elteren;
pub(super) mod wilcoxon;

pub use exact::{MOST_EXACT, RankSum};
