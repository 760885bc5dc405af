//! The answers to the planner's questions, in every format.
//!
//! A new question is one file here and one line in each part of [`Answer`].

use super::page::Page;
use super::protocol::{self, ProtocolText};
use super::{
    Format, assurance, compare, curve, diff, interim, json, markdown, mde, printable, size, sweep, text,
};
use crate::planning::{Assurance, Comparison, Curve, Diff, Interim, MdeAnswer, SizeAnswer, Sweep};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "there is one, made once")]
pub enum Answer {
    /// Power along something.
    Curve(Curve),
    /// How many patients.
    Size(SizeAnswer),
    /// How small an effect.
    Mde(MdeAnswer),
    /// How sure a success is.
    Assurance(Assurance),
    /// Contenders side by side.
    Compare(Comparison),
    /// What changed between two scenarios.
    Diff(Diff),
    /// Power over a grid.
    Sweep(Sweep),
    /// Trials with interim looks.
    Interim(Interim),
    /// Text for a protocol.
    Protocol(ProtocolText),
}

impl Answer {
    fn page(&self, command: &str) -> Page {
        match self {
            Answer::Curve(answer) => curve::page(answer, command),
            Answer::Size(answer) => size::page(answer, command),
            Answer::Mde(answer) => mde::page(answer, command),
            Answer::Assurance(answer) => assurance::page(answer, command),
            Answer::Compare(answer) => compare::page(answer, command),
            Answer::Diff(answer) => diff::page(answer, command),
            Answer::Sweep(answer) => sweep::page(answer, command),
            Answer::Interim(answer) => interim::page(answer, command),
            Answer::Protocol(answer) => protocol::page(&answer.protocol, answer.extras, command),
        }
    }

    fn csv(&self, command: &str) -> String {
        match self {
            Answer::Curve(answer) => curve::csv(answer),
            Answer::Size(answer) => size::csv(answer),
            Answer::Mde(answer) => mde::csv(answer),
            Answer::Assurance(answer) => assurance::csv(answer),
            Answer::Compare(answer) => compare::csv(answer),
            Answer::Diff(answer) => diff::csv(answer),
            Answer::Sweep(answer) => sweep::csv(answer),
            Answer::Interim(answer) => interim::csv(answer),
            Answer::Protocol(answer) => protocol::csv(&answer.protocol, command),
        }
    }

    /// Why there is no such thing as was asked for.
    #[must_use]
    pub fn falls_short(&self) -> Option<&str> {
        match self {
            Answer::Size(answer) => answer.why.as_deref(),
            _ => None,
        }
    }

    /// The figure, as SVG.
    #[cfg(feature = "program")]
    #[must_use]
    pub fn figure(&self) -> String {
        match self {
            Answer::Curve(answer) => super::figure::curve_figure(answer),
            Answer::Size(answer) => super::figure::size_figure(answer),
            Answer::Mde(answer) => super::figure::mde_figure(answer),
            Answer::Assurance(answer) => super::figure::assurance_figure(answer),
            Answer::Compare(answer) => super::figure::compare_figure(answer),
            Answer::Diff(answer) => super::figure::diff_figure(answer),
            Answer::Sweep(answer) => super::figure::sweep_figure(answer),
            Answer::Interim(answer) => super::figure::interim_figure(answer),
            Answer::Protocol(answer) => super::figure::curve_figure(&answer.protocol.curve),
        }
    }
}

/// An answer with the command that gives it again.
#[derive(Serialize)]
struct WithCommand<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    again: &'a str,
}

/// Writes an answer. `command` is what gives it again.
#[must_use]
pub fn render_answer(answer: &Answer, format: Format, command: &str) -> String {
    match format {
        Format::Text => printable(&text::render(&answer.page(command))),
        Format::Markdown => printable(&markdown::render(&answer.page(command))),
        Format::Csv => answer.csv(command),
        Format::Json => json::render(&WithCommand { answer, again: command }),
    }
}
