//! What several questions ask alike: of which hypotheses, and in which range.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a trial needs of several hypotheses to be a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Needs {
    /// Each by itself has the power (marginal)
    #[default]
    Each,
    /// All are claimed in the same trial (conjunctive)
    All,
    /// At least one is claimed (disjunctive)
    Any,
}

/// Values from, to and by; what is not stated is found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range<T> {
    /// The first.
    pub from: Option<T>,
    /// The last.
    pub to: Option<T>,
    /// The step.
    pub by: Option<T>,
}

impl<T: Copy + PartialEq + std::fmt::Display> Range<T> {
    /// What of it is typed, as it is typed.
    pub(super) fn words(&self) -> String {
        let parts = [("--from", self.from), ("--to", self.to), ("--by", self.by)];
        let words = parts.into_iter().filter_map(|(option, value)| Some(format!("{option} {}", value?)));
        words.collect::<Vec<_>>().join(" ")
    }

    /// What is typed that leads to a value: an end by itself, else all of it.
    pub(super) fn words_for(&self, value: T) -> String {
        match (self.from, self.to) {
            (Some(from), _) if from == value => format!("--from {from}"),
            (_, Some(to)) if to == value => format!("--to {to}"),
            _ => self.words(),
        }
    }
}
