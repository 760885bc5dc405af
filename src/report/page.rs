//! What every report for people has, in the order of the reading eye.
//!
//! In come the parts of an answer; how they are written, as text or Markdown, is not decided here.

use super::table::Table;

/// A report.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    /// What was asked about.
    pub title: String,
    /// The question or the design in a line or two.
    pub subtitle: String,
    /// Tables, grouped.
    pub parts: Vec<Part>,
    /// Terms and what they mean.
    pub legend: Vec<(String, String)>,
    /// What a careful reader should be told.
    pub worth_knowing: Vec<String>,
    /// The answer in plain words.
    pub in_short: Vec<String>,
    /// What made it.
    pub made: Vec<String>,
    /// The command that gives it again.
    pub again: String,
}

/// A group of tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// Its name.
    pub name: String,
    /// What it is about, one line each.
    pub about: Vec<String>,
    /// Text, one paragraph each.
    pub paragraphs: Vec<String>,
    /// Tables with their titles.
    pub tables: Vec<(String, Table)>,
    /// What is said below them.
    pub lines: Vec<String>,
}
