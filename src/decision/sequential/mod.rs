//! Group-sequential trials: when to stop, what to claim, and what an estimate is then worth.
//!
//! In comes a [`Plan`]: the information fractions of the looks, the level, a rule for the critical values and
//! perhaps futility. Out come [`Boundaries`], which say what a look decides, with which probabilities the
//! trial stops under a drift ([`Exits`]), what information a power needs, what a result means after stopping
//! ([`StageWise`]) and how far the plain estimate is off ([`NaiveEstimate`]). [`InverseNormal`] joins the
//! stages of a trial that changed its plan, for the same boundaries. [`Conduct`] carries one trial with one or several
//! hypotheses through its looks.
//!
//! Nothing here knows patients: statistics are standard normal Z with independent increments, positive for a
//! benefit, and the effect comes as a drift, the mean of Z at full information. Probabilities are accurate to
//! 1e-13, critical values and drifts to about 1e-12.
//!
//! ```
//! use trialliance::decision::sequential::{Boundaries, Futility, Plan, Rule, Sides, Spending};
//!
//! let plan = Plan {
//!     information: vec![0.5, 1.0],
//!     alpha: 0.025,
//!     sides: Sides::One,
//!     rule: Rule::Spending(Spending::OBrienFleming),
//!     futility: Futility::None,
//! };
//! let boundaries = Boundaries::new(&plan)?;
//! assert!((boundaries.critical()[0] - 2.96259).abs() < 1e-5);
//! // The drift with a power of 80 %, and how much information is then expected to be used.
//! let drift = boundaries.drift_for_power(0.8);
//! assert!((boundaries.exits(drift).expected_information() - 0.917967).abs() < 1e-6);
//! # Ok::<(), Box<trialliance::error::Problem>>(())
//! ```

mod boundaries;
mod combination;
mod conditional;
mod conduct;
mod exits;
mod futility;
mod information;
mod naive;
mod passage;
mod plan;
mod spending;
mod stage_wise;
mod tabulated;

pub use boundaries::{Boundaries, Decision};
pub use combination::{InverseNormal, stage_statistic};
pub use conduct::{Conduct, Course, Dropping, Ending, Level, Sharing, Statistics};
pub use exits::Exits;
pub use information::{LEAST_GAP, MOST_LOOKS, check_information};
pub use naive::NaiveEstimate;
pub use plan::{Futility, Plan, Rule, Sides};
pub use spending::Spending;
pub use stage_wise::{FutilityStops, StageWise};
pub use tabulated::StageWiseTable;

use crate::error::Problem;

/// A value, or what is wrong with what was asked: the pointer is relative to the plan.
pub type Checked<T> = Result<T, Box<Problem>>;

/// A problem, boxed because it is large and rare.
fn problem(pointer: impl Into<String>, found: impl Into<String>, allowed: impl Into<String>) -> Box<Problem> {
    Box::new(Problem::new(pointer, found, allowed))
}
