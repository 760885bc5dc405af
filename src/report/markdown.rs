//! The report as Markdown, for documents.

use super::page::Page;
use std::fmt::Write as _;

/// The answer in words first, then tables, legend and provenance.
pub(super) fn render(page: &Page) -> String {
    let mut text = format!("# {}\n\n{}.\n", page.title, page.subtitle);
    if !page.in_short.is_empty() || !page.worth_knowing.is_empty() {
        text.push('\n');
    }
    for sentence in &page.in_short {
        let _ = writeln!(text, "- {sentence}");
    }
    for warning in &page.worth_knowing {
        let _ = writeln!(text, "- Worth knowing: {warning}.");
    }
    for part in &page.parts {
        let _ = writeln!(text, "\n## {}", part.name);
        if !part.about.is_empty() {
            let _ = writeln!(text, "\n{}.", part.about.join(".\n"));
        }
        for paragraph in &part.paragraphs {
            let _ = writeln!(text, "\n{paragraph}");
        }
        for (title, table) in &part.tables {
            let title = if title.is_empty() { String::new() } else { format!("### {title}\n\n") };
            let _ = write!(text, "\n{title}{}", table.markdown());
        }
        if !part.lines.is_empty() {
            text.push('\n');
        }
        for line in &part.lines {
            let _ = writeln!(text, "- {line}");
        }
    }
    if !page.legend.is_empty() {
        text.push_str("\n## Legend\n\n");
    }
    for (term, meaning) in &page.legend {
        let term = if term == "*" { "\\*" } else { term };
        let _ = writeln!(text, "- **{term}**: {meaning}");
    }
    text.push_str("\n## What made it\n\n");
    for line in &page.made {
        let _ = writeln!(text, "- {line}");
    }
    let _ = writeln!(text, "- Again: `{}`", page.again);
    text
}
