//! From the claims of many trials to performance measures.
//!
//! In come fits, batch by batch, with the truth of each estimand; out come
//! bias, coverage, power, type S and type M error and the rest, each with its
//! Monte Carlo standard error. What is kept per estimand is a fixed handful of
//! sums, so memory does not grow with the number of trials; blocks of trials
//! are merged along a fixed binary tree ([`MergeTree`]), so the sums do not
//! depend on who computed which block.

mod controls;
mod family;
mod measures;
mod merge;
mod sums;

pub use controls::{Adjusted, CONTROLS, ControlSums};
pub use family::FamilyCounts;
pub(crate) use measures::wilson_mcse;
pub use measures::{Applies, Measures, hedges_correction, proportion, proportion_mcse};
pub(crate) use merge::add_to;
pub use merge::{Merge, MergeTree};
pub(crate) use sums::squared_half_widths;
pub use sums::{AnalysisSums, BlockSums, Target};
