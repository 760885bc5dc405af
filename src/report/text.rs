//! The report for a terminal.

use super::layout::{analyses, analysis_heading, design, family, heading, sections};
use super::legend::legend;
use super::provenance::provenance;
use super::words;
use crate::result::RunResult;
use std::fmt::Write as _;

/// Columns of a terminal that is not narrow.
const WIDTH: usize = 100;

/// What stands for a space at which a line does not break.
const GLUED: &str = "\u{1}%";

/// Tables first, the answer in words last, where a terminal leaves the eye.
pub(super) fn render(result: &RunResult, command: &str) -> String {
    let mut text = format!("{}\n{}\n", wrapped("", &heading(result)), wrapped("", &design(result)));
    for id in analyses(result) {
        let title = format!("━━ {id}: {}", analysis_heading(result, id));
        for (line, part) in title.lines().enumerate() {
            let part = if line == 0 { format!("\n{}", hanging(3, part)) } else { wrapped("   ", part) };
            let _ = writeln!(text, "{part}");
        }
        for section in sections(result, id) {
            let _ = write!(text, "\n{}\n{}", section.title, section.table.plain());
        }
    }
    if let Some((title, table, lines)) = family(result) {
        let _ = write!(text, "\n━━ {title}\n\n{}\n", table.plain());
        for line in lines {
            let _ = writeln!(text, "{}", item(&line));
        }
    }
    text.push_str("\n━━ Legend\n");
    let legend = legend(result);
    let width = legend.iter().map(|(term, _)| term.chars().count()).max().unwrap_or(0);
    for (term, meaning) in &legend {
        let space = " ".repeat(width - term.chars().count());
        let _ = writeln!(text, "{term}{space}  {}", hanging(width + 2, meaning));
    }
    if !result.warnings.is_empty() {
        text.push_str("\n━━ Worth knowing\n");
        for warning in &result.warnings {
            let _ = writeln!(text, "{}", item(&warning.message));
        }
    }
    text.push_str("\n━━ In short\n");
    for sentence in words::summary(result) {
        let _ = writeln!(text, "{}", item(&sentence));
    }
    text.push('\n');
    for line in provenance(result) {
        let _ = writeln!(text, "{}", hanging(2, &line));
    }
    // Never wrapped: it is copied as a whole.
    let _ = writeln!(text, "Again: {command}");
    text
}

pub(super) fn item(text: &str) -> String {
    format!("• {}", hanging(2, text))
}

/// Wraps text whose first line starts at column `indent`.
fn hanging(indent: usize, text: &str) -> String {
    let margin = " ".repeat(indent);
    wrapped(&margin, text).split_off(margin.len())
}

/// Wraps text at the width of the page, each line after `margin`.
pub(super) fn wrapped(margin: &str, text: &str) -> String {
    let mut lines = vec![margin.to_owned()];
    // A number and its per cent sign stay together.
    let text = text.replace(" %", GLUED);
    for word in text.split_whitespace() {
        let word = &word.replace(GLUED, " %");
        let line = lines.last_mut().filter(|line| {
            line.len() == margin.len() || line.chars().count() + 1 + word.chars().count() <= WIDTH
        });
        match line {
            Some(line) if line.len() == margin.len() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(format!("{margin}{word}")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_hang() {
        let text = hanging(4, &"word ".repeat(30));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.lines().nth(1).unwrap().starts_with("    word"));
    }

    #[test]
    fn a_percentage_is_not_torn() {
        let text = wrapped("", &format!("{} 99 % of trials", "x".repeat(WIDTH - 3)));
        assert_eq!(text.lines().nth(1), Some("99 % of trials"));
    }
}
