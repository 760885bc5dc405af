//! A problem on its way to the reader: what is wrong, and where to point.
//!
//! The checks know pointers but not the text. They collect [`Finding`]s; the
//! reader turns each into a [`Problem`] with a line and a column.

use crate::error::Problem;

/// What a message points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// The name of the field.
    Name,
    /// The value of the field.
    Value,
}

/// What a finding means for the checks that come after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consequence {
    /// Later checks can go on with the value as it is.
    None,
    /// Later checks can go on without the value.
    Drop,
    /// Later checks would only repeat the complaint in other words.
    Stop,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// What is wrong, still without a position.
    pub problem: Problem,
    /// What the message points at.
    pub at: At,
    /// What it means for later checks.
    pub consequence: Consequence,
}

impl Finding {
    /// A field's value is wrong.
    pub(super) fn value(
        pointer: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        let problem = Problem::new(pointer, found, allowed);
        Finding { problem, at: At::Value, consequence: Consequence::None }
    }

    /// A field's name is wrong.
    pub(super) fn name(
        pointer: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Finding { at: At::Name, ..Finding::value(pointer, found, allowed) }
    }

    /// The same finding with advice.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        self.maybe_help(Some(help.into()))
    }

    /// The same finding with advice, if there is any.
    pub(super) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.problem.help = help.or(self.problem.help);
        self
    }

    /// The same finding with its meaning for later checks.
    pub(super) fn then(mut self, consequence: Consequence) -> Self {
        self.consequence = consequence;
        self
    }

    /// The pointer of the field.
    pub(super) fn pointer(&self) -> &str {
        &self.problem.pointer
    }
}
