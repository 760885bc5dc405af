//! Results for people and for scripts.
//!
//! In comes a [`RunResult`]; out comes text. Nothing is computed here beyond
//! rounding: a number is printed only to the digits that its Monte Carlo standard
//! error supports, or whole where a program reads it. A new format is one file
//! and one line in [`render`].

mod analysis;
mod assurance;
mod calibration;
mod claim;
mod compare;
mod conclusion;
mod csv;
mod curve;
mod diff;
pub mod digits;
mod explanation;
#[cfg(feature = "program")]
mod figure;
mod interim;
mod json;
mod layout;
mod legend;
mod markdown;
mod mde;
mod page;
mod protocol;
mod provenance;
mod question;
mod size;
mod sources;
mod story;
mod sweep;
pub mod table;
mod text;
mod trial;
mod words;

pub use analysis::{AnalysisFormat, render_analysis};
pub use calibration::{calibration_csv, calibration_text};
pub use claim::{claim_json, claim_text};
pub use explanation::explanation;
#[cfg(feature = "program")]
pub use figure::tornado_figure;
pub use protocol::{Extras, ProtocolText};
pub use question::{Answer, render_answer};
pub use trial::{DICTIONARY_SCHEMA, trial_balance, trial_csv, trial_dictionary};

use crate::result::RunResult;

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
pub enum Format {
    /// Tables, legend and a summary in plain words
    Text,
    /// Every number in full, for programs
    Json,
    /// A table for spreadsheets, every number whole
    Csv,
    /// The text as Markdown, for documents
    Markdown,
}

/// Writes a result. `command` is what gives it again.
#[must_use]
pub fn render(result: &RunResult, format: Format, command: &str) -> String {
    match format {
        Format::Text => printable(&text::render(&layout::page(result, command))),
        Format::Json => json::render(result),
        Format::Csv => csv::render(result),
        Format::Markdown => printable(&markdown::render(&layout::page(result, command))),
    }
}

/// Text without control characters: a title or file name cannot steer a terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
