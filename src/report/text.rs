//! The report for a terminal.

use super::page::Page;
use std::fmt::Write as _;

/// Columns of a terminal that is not narrow.
const WIDTH: usize = 100;

/// What stands for a space at which a line does not break.
const GLUED: &str = "\u{1}%";

/// Tables first, the answer in words last, where a terminal leaves the eye.
pub(super) fn render(page: &Page) -> String {
    let mut text = format!("{}\n{}\n", wrapped("", &page.title), wrapped("", &page.subtitle));
    for part in &page.parts {
        let first = part.about.first().map_or_else(String::new, |about| format!(": {about}"));
        let _ = writeln!(text, "\n{}", hanging(3, &format!("━━ {}{first}", part.name)));
        for line in part.about.iter().skip(1) {
            let _ = writeln!(text, "{}", wrapped("   ", line));
        }
        for paragraph in &part.paragraphs {
            let _ = writeln!(text, "\n{}", wrapped("", paragraph));
        }
        for (title, table) in &part.tables {
            let title = if title.is_empty() { String::new() } else { format!("{title}\n") };
            let _ = write!(text, "\n{title}{}", table.plain());
        }
        if !part.lines.is_empty() {
            text.push('\n');
        }
        for line in &part.lines {
            let _ = writeln!(text, "{}", item(line));
        }
    }
    if !page.legend.is_empty() {
        text.push_str("\n━━ Legend\n");
    }
    let width = page.legend.iter().map(|(term, _)| term.chars().count()).max().unwrap_or(0);
    for (term, meaning) in &page.legend {
        let space = " ".repeat(width - term.chars().count());
        let _ = writeln!(text, "{term}{space}  {}", hanging(width + 2, meaning));
    }
    for (title, items) in [("Worth knowing", &page.worth_knowing), ("In short", &page.in_short)] {
        if !items.is_empty() {
            let _ = writeln!(text, "\n━━ {title}");
        }
        for line in items {
            let _ = writeln!(text, "{}", item(line));
        }
    }
    text.push('\n');
    for line in &page.made {
        let _ = writeln!(text, "{}", hanging(2, line));
    }
    // Never wrapped: it is copied as a whole.
    let _ = writeln!(text, "Again: {}", page.again);
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
