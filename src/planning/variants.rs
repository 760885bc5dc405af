//! A scenario whose fields can be changed, every change checked as a whole.

use crate::error::Result;
use crate::scenario::{Override, Scenario};

/// Reads the scenario with further fields set.
type Change<'a> = &'a dyn Fn(&[Override]) -> Result<Scenario>;

/// A scenario and its variants.
#[derive(Clone, Copy)]
pub struct Variants<'a> {
    /// The scenario as it stands.
    pub scenario: &'a Scenario,
    change: Change<'a>,
}

impl std::fmt::Debug for Variants<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variants").field("scenario", &self.scenario.name).finish_non_exhaustive()
    }
}

impl<'a> Variants<'a> {
    /// The variants of `scenario`; `change` gives it with some fields set, or what is wrong with them.
    #[must_use]
    pub fn new(scenario: &'a Scenario, change: Change<'a>) -> Self {
        Variants { scenario, change }
    }

    /// The scenario with these fields set.
    ///
    /// # Errors
    /// `Scenario` with every problem of the scenario so changed.
    pub fn with(&self, overrides: &[Override]) -> Result<Scenario> {
        (self.change)(overrides)
    }

    /// The scenario with fields set that stand on the command line as `typed`, and with `more`: what is wrong with the first
    /// is told by these words, and not by a `--set` that nobody typed.
    ///
    /// # Errors
    /// As [`Variants::with`].
    pub(super) fn with_typed(
        &self,
        overrides: &[Override],
        more: &[Override],
        typed: &dyn Fn() -> String,
    ) -> Result<Scenario> {
        self.with(&[overrides, more].concat()).map_err(|mut error| {
            let options: Vec<String> = overrides.iter().map(ToString::to_string).collect();
            let own = error.problems.iter_mut().filter(|problem| {
                let is_within =
                    |one: &Override| crate::scenario::pointer::is_within(&problem.pointer, &one.pointer);
                match &problem.option {
                    Some(option) => options.contains(option),
                    None => overrides.iter().any(is_within),
                }
            });
            for problem in own {
                problem.option = Some(typed()).filter(|typed| !typed.is_empty());
            }
            error
        })
    }
}
