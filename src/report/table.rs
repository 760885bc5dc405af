//! Small tables: aligned text, or Markdown.

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// A table of text.
#[derive(Debug, Clone)]
pub struct Table {
    head: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    #[must_use]
    pub fn new(head: &[(&str, Align)]) -> Self {
        Table { head: head.iter().map(|&(name, align)| (name.to_owned(), align)).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Columns padded with spaces, a line under the head, two spaces between.
    #[must_use]
    pub fn plain(&self) -> String {
        let widths = self.widths();
        let head: Vec<String> = self.head.iter().map(|(name, _)| name.clone()).collect();
        let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        let lines = [&head, &rule].into_iter().chain(&self.rows).map(|cells| {
            let padded = self.padded(cells, &widths);
            format!("{}\n", padded.join("  ").trim_end())
        });
        lines.collect()
    }

    /// A Markdown table.
    #[must_use]
    pub fn markdown(&self) -> String {
        // What stands between cells must not stand in one.
        let apart = |cell: &String| cell.replace('|', "\\|");
        let table = Table {
            head: self.head.iter().map(|(name, align)| (apart(name), *align)).collect(),
            rows: self.rows.iter().map(|cells| cells.iter().map(apart).collect()).collect(),
        };
        let widths: Vec<usize> = table.widths().iter().map(|&width| width.max(3)).collect();
        let line = |cells: &[String]| format!("| {} |\n", table.padded(cells, &widths).join(" | "));
        let head: Vec<String> = table.head.iter().map(|(name, _)| name.clone()).collect();
        let rule: Vec<String> = table
            .head
            .iter()
            .zip(&widths)
            .map(|((_, align), &width)| match align {
                Align::Left => "-".repeat(width),
                Align::Right => format!("{}:", "-".repeat(width - 1)),
            })
            .collect();
        let rows: String = table.rows.iter().map(|cells| line(cells)).collect();
        format!("{}{}{rows}", line(&head), line(&rule))
    }

    /// A table for a browser.
    #[must_use]
    pub fn html(&self) -> String {
        let cells = |tag: &str, cells: Vec<String>| -> String {
            cells.iter().map(|cell| format!("<{tag}>{cell}</{tag}>")).collect()
        };
        let head = cells("th", self.head.iter().map(|(name, _)| escaped(name)).collect());
        let rows: String = self
            .rows
            .iter()
            .map(|row| format!("<tr>{}</tr>\n", cells("td", row.iter().map(|cell| escaped(cell)).collect())))
            .collect();
        format!("<table>\n<tr>{head}</tr>\n{rows}</table>\n")
    }

    fn widths(&self) -> Vec<usize> {
        let width = |cell: &String| cell.chars().count();
        (0..self.head.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column)).map(width);
                cells.fold(width(&self.head[column].0), usize::max)
            })
            .collect()
    }

    fn padded(&self, cells: &[String], widths: &[usize]) -> Vec<String> {
        self.head
            .iter()
            .zip(cells)
            .zip(widths)
            .map(|(((_, align), cell), &width)| {
                let space = " ".repeat(width.saturating_sub(cell.chars().count()));
                match align {
                    Align::Left => format!("{cell}{space}"),
                    Align::Right => format!("{space}{cell}"),
                }
            })
            .collect()
    }
}

/// Text for a browser in which nothing is a tag.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_letters() {
        let mut table = Table::new(&[("estimand", Align::Left), ("η²", Align::Right)]);
        table.row(vec!["alliance".into(), "0.10 ±0.01".into()]);
        assert_eq!(table.plain(), "estimand          η²\n────────  ──────────\nalliance  0.10 ±0.01\n");
        assert_eq!(
            table.markdown(),
            "| estimand |         η² |\n| -------- | ---------: |\n| alliance | 0.10 ±0.01 |\n"
        );
        let mut table = Table::new(&[("a|b", Align::Left)]);
        table.row(vec!["c|d".into()]);
        assert_eq!(table.markdown(), "| a\\|b |\n| ---- |\n| c\\|d |\n");
    }
}
