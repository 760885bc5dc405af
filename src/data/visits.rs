//! The columns of an outcome that is measured more than once.

use crate::analysis::MOST_EARLIER_VISITS;
use crate::error::Problem;
use crate::scenario::words;

/// What the columns of the outcome are, where they were made of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Visits {
    /// The column of the visit before treatment: a number up to 0, or `baseline`.
    pub before: Option<String>,
    /// Columns of the visits after it but the last, in order.
    pub earlier: Vec<String>,
    /// The column of the last visit.
    pub last: String,
}

/// What is wrong with the columns of earlier visits.
pub(super) fn wrong_visits(earlier: &[String], outcome: &str, covariates: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |found: String, allowed: String| problems.push(Problem::new("--visits", found, allowed));
    for (place, column) in earlier.iter().enumerate() {
        let named = words::quoted(column);
        if column == outcome {
            wrong(
                format!("{named}, which is the outcome"),
                "the visits before that of the outcome".to_owned(),
            );
        } else if covariates.contains(column) {
            let allowed = "visits after treatment began, which are not adjusted for".to_owned();
            wrong(format!("{named}, which is the baseline or a covariate"), allowed);
        } else if earlier[..place].contains(column) {
            wrong(format!("{named} a second time"), "each visit once".to_owned());
        }
    }
    if earlier.len() > MOST_EARLIER_VISITS {
        wrong(format!("{} columns", earlier.len()), format!("at most {MOST_EARLIER_VISITS}"));
    }
    problems
}
