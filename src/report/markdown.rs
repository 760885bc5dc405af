//! The report as Markdown, for documents.

use super::layout::{analyses, analysis_heading, design, family, heading, sections};
use super::legend::legend;
use super::provenance::provenance;
use super::words;
use crate::result::RunResult;
use std::fmt::Write as _;

/// The answer in words first, then tables, legend and provenance.
pub(super) fn render(result: &RunResult, command: &str) -> String {
    let mut text = format!("# {}\n\n{}.\n\n", heading(result), design(result));
    for sentence in words::summary(result) {
        let _ = writeln!(text, "- {sentence}");
    }
    for warning in &result.warnings {
        let _ = writeln!(text, "- Worth knowing: {}.", warning.message);
    }
    for id in analyses(result) {
        let _ = write!(text, "\n## {id}\n\n{}.\n", analysis_heading(result, id).replace('\n', ".\n"));
        for section in sections(result, id) {
            let _ = write!(text, "\n### {}\n\n{}", section.title, section.table.markdown());
        }
    }
    if let Some((title, table, lines)) = family(result) {
        let _ = write!(text, "\n## {title}\n\n{}\n", table.markdown());
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }
    text.push_str("\n## Legend\n\n");
    for (term, meaning) in legend(result) {
        let term = if term == "*" { "\\*".to_owned() } else { term };
        let _ = writeln!(text, "- **{term}**: {meaning}");
    }
    text.push_str("\n## What made it\n\n");
    for line in provenance(result) {
        let _ = writeln!(text, "- {line}");
    }
    let _ = writeln!(text, "- Again: `{command}`");
    text
}
