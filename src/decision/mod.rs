//! From estimates to claims.
//!
//! In come estimates with their variances and degrees of freedom; out comes
//! which trials claim an effect (two-sided t test at alpha) and which intervals
//! contain a value. [`sequential`] has the boundaries of trials with interim looks, and
//! what they mean for level, power and estimates. Nothing here knows the truth.

mod dunnett;
mod graph;
mod multiplicity;
pub mod sequential;

pub use dunnett::{Loadings, MOST_COMPARISONS, is_comparison, loadings};
pub use graph::{Graph, MOST_IN_GRAPH};
pub use multiplicity::{MOST_HYPOTHESES, Multiplicity, Procedure, Rejected};

use crate::analysis::DegreesOfFreedom;
use crate::stats::student_t::CriticalValue;

/// Squared critical values of the two-sided t test and of the confidence interval.
///
/// |t| > c is decided as estimate² > c²·variance: no root and no division.
#[derive(Debug, Clone)]
pub enum Critical {
    /// The same for every trial.
    Constant {
        /// For the test.
        test: f64,
        /// For the interval.
        interval: f64,
        /// The degrees of freedom.
        degrees_of_freedom: f64,
    },
    /// By each trial's degrees of freedom.
    Estimated {
        /// For the test.
        test: CriticalValue,
        /// For the interval, where its level is another.
        interval: Option<CriticalValue>,
    },
}

impl Critical {
    /// For tests at two-sided level `alpha` and intervals that miss with probability `miss`.
    ///
    /// `None` if a level is not between 0 and 1 or the degrees of freedom are not above 0.
    #[must_use]
    pub fn new(degrees_of_freedom: DegreesOfFreedom, alpha: f64, miss: f64) -> Option<Self> {
        match degrees_of_freedom {
            DegreesOfFreedom::Constant(degrees_of_freedom) => {
                let squared = |level: f64| {
                    let critical = crate::stats::student_t::isf(level / 2.0, degrees_of_freedom);
                    critical * critical
                };
                let (test, interval) = (squared(alpha), squared(miss));
                (test.is_finite() && interval.is_finite()).then_some(Critical::Constant {
                    test,
                    interval,
                    degrees_of_freedom,
                })
            }
            DegreesOfFreedom::Estimated { least, most } => Some(Critical::Estimated {
                test: CriticalValue::new(alpha, least, most)?,
                interval: if miss == alpha { None } else { Some(CriticalValue::new(miss, least, most)?) },
            }),
        }
    }

    /// What t² has to exceed in a trial with so many degrees of freedom.
    #[must_use]
    #[inline]
    pub fn squared_test(&self, degrees_of_freedom: f64) -> f64 {
        match self {
            Critical::Constant { test, .. } => *test,
            Critical::Estimated { test, .. } => {
                let critical = test.at(degrees_of_freedom);
                critical * critical
            }
        }
    }
}
