//! Reading a CSV file.
//!
//! A byte order mark, line ends of any system, quoted line breaks and semicolons or
//! tabs between cells are understood. Rows are counted as a spreadsheet does, the
//! header being row 1.

use crate::error::{Error, ErrorKind, Problem, Result};
use crate::scenario::words;

/// What stands for a missing value, in small letters.
const MISSING: [&str; 7] = ["", "na", "n/a", "nan", ".", "null", "none"];

/// Problems beyond which no more are told.
const ENOUGH: usize = 20;

/// A CSV file: its header, and its rows on demand.
#[derive(Debug, Clone)]
pub struct Table {
    text: String,
    delimiter: u8,
    /// Names of the columns, in order.
    pub header: Vec<String>,
    /// Numbers of the rows in the file, where they were put together from its rows; else empty.
    rows: Vec<usize>,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Missing,
    Number(f64),
    Text(&'a str),
}

impl Table {
    /// Reads the header of a file and makes sure that each row has as many cells.
    ///
    /// # Errors
    /// `Input`, if there is nothing in it, it is not UTF-8, or rows and names do not fit.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let wrong = |message: &str| Error::new(ErrorKind::Input, message);
        let text = std::str::from_utf8(bytes)
            .map_err(|_| wrong("the file is not UTF-8 text").help("save it as CSV (UTF-8)"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        if text.trim().is_empty() {
            return Err(wrong("there is nothing in the file"));
        }
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let most = |sign: &u8| first.bytes().filter(|byte| byte == sign).count();
        let delimiter = b",;\t".iter().copied().rev().max_by_key(most).unwrap_or(b',');
        let mut table = Table { text, delimiter, header: Vec::new(), rows: Vec::new() };
        let header = table.reader().headers().map(|names| names.iter().map(str::to_owned).collect());
        table.header = header.map_err(|error| wrong(&format!("the header cannot be read: {error}")))?;
        table.check()?;
        Ok(table)
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(self.text.as_bytes())
    }

    /// Names once each, and as many cells in each row.
    fn check(&self) -> Result<()> {
        let mut problems = Vec::new();
        for (place, name) in self.header.iter().enumerate() {
            if !name.is_empty() && self.header[..place].contains(name) {
                let found = format!("the name {} a second time", words::quoted(name));
                problems.push(at(1, name, found, "a different name for each column".to_owned()));
            }
        }
        let columns = self.header.len();
        self.visit(|row, record| {
            if record.len() != columns {
                let found = match record.len() {
                    1 => "one cell".to_owned(),
                    cells => format!("{cells} cells"),
                };
                problems.push(at(row, "", found, format!("{columns}, as in the header")));
            }
            problems.len() < ENOUGH
        })?;
        report(problems)
    }

    /// A table of the same kind with other columns and rows, each with the number of a row of the file.
    pub(super) fn with_rows<'a>(
        &self,
        header: &[&str],
        rows: impl Iterator<Item = (usize, Vec<&'a str>)>,
    ) -> Result<Self> {
        let wrong = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Input, error.to_string());
        let mut writer = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(Vec::new());
        writer.write_record(header).map_err(|error| wrong(&error))?;
        let mut numbers = Vec::new();
        for (number, cells) in rows {
            writer.write_record(cells).map_err(|error| wrong(&error))?;
            numbers.push(number);
        }
        let bytes = writer.into_inner().map_err(|error| wrong(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
        let header = header.iter().map(|&name| name.to_owned()).collect();
        let table = Table { text, delimiter: self.delimiter, header, rows: numbers };
        table.check()?;
        Ok(table)
    }

    /// Whether each row was put together from a patient's rows.
    pub(super) fn is_of_visits(&self) -> bool {
        !self.rows.is_empty()
    }

    /// The place of a column.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The numbers of a column; cells without a value are left out.
    ///
    /// # Errors
    /// `Input`, if there is no such column, it holds something else than numbers, or no number at all.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>> {
        let Some(place) = self.place(column) else {
            let message = format!("there is no column {}", words::quoted(column));
            let names: Vec<String> = self.header.iter().map(|name| words::quoted(name)).collect();
            return Err(Error::new(ErrorKind::Input, message).help(format!("it has {}", names.join(", "))));
        };
        let (mut numbers, mut problems) = (Vec::new(), Vec::new());
        self.visit(|row, record| {
            match self.cell(record.get(place).unwrap_or("")) {
                Cell::Number(number) => numbers.push(number),
                Cell::Missing => (),
                Cell::Text(text) => {
                    problems.push(at(row, column, words::quoted(text), "a number".to_owned()));
                }
            }
            problems.len() < ENOUGH
        })?;
        report(problems)?;
        if numbers.is_empty() {
            let message = format!("there is no number in column {}", words::quoted(column));
            return Err(Error::new(ErrorKind::Input, message));
        }
        Ok(numbers)
    }

    /// Shows each row with its number until `see` has seen enough.
    pub(super) fn visit(&self, mut see: impl FnMut(usize, &csv::StringRecord) -> bool) -> Result<()> {
        let mut reader = self.reader();
        let mut record = csv::StringRecord::new();
        let unread =
            |error: csv::Error| Error::new(ErrorKind::Input, format!("the header cannot be read: {error}"));
        reader.headers().map_err(unread)?;
        let mut row = 1;
        loop {
            // The reader passes over lines without anything; a spreadsheet counts them.
            row += 1 + self.empty_lines(reader.position().byte() as usize);
            let more = reader.read_record(&mut record).map_err(|error| {
                Error::new(ErrorKind::Input, format!("row {row} cannot be read: {error}"))
            })?;
            // A line of nothing but separators is the end of many a spreadsheet.
            let empty = record.iter().all(str::is_empty);
            let number = self.rows.get(row - 2).copied().unwrap_or(row);
            if !more || (!empty && !see(number, &record)) {
                return Ok(());
            }
        }
    }

    /// Line ends at a place of the text where a record is to begin.
    fn empty_lines(&self, place: usize) -> usize {
        let (before, after) = self.text.as_bytes().split_at(place.min(self.text.len()));
        let ends: Vec<u8> = after.iter().copied().take_while(|byte| matches!(byte, b'\r' | b'\n')).collect();
        // The second half of a line end is none of its own.
        let previous = before.last().copied().into_iter().chain(ends.iter().copied());
        previous.zip(&ends).filter(|&(last, &end)| !(last == b'\r' && end == b'\n')).count()
    }

    /// What a cell holds. A comma in a number is a decimal comma where semicolons separate the cells.
    pub(super) fn cell<'a>(&self, text: &'a str) -> Cell<'a> {
        if MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing)) {
            return Cell::Missing;
        }
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let with_point = || (self.delimiter != b',').then(|| text.replacen(',', ".", 1));
        match number(text).or_else(|| number(&with_point()?)) {
            Some(number) => Cell::Number(number),
            None => Cell::Text(text),
        }
    }

    /// Whether numbers were written with a decimal comma is for the reader to know.
    #[must_use]
    pub fn allows_decimal_commas(&self) -> bool {
        self.delimiter != b','
    }
}

/// A problem in a row of a column.
pub(super) fn at(row: usize, column: &str, found: String, allowed: String) -> Problem {
    let place = if column.is_empty() { format!("row {row}") } else { format!("row {row}, column {column}") };
    Problem::new(place, found, allowed)
}

/// An error with these problems, if there are any.
pub(super) fn report(problems: Vec<Problem>) -> Result<()> {
    let message = match problems.len() {
        0 => return Ok(()),
        1 => "one problem in the data".to_owned(),
        count if count >= ENOUGH => format!("at least {count} problems in the data"),
        count => format!("{count} problems in the data"),
    };
    Err(Error::new(ErrorKind::Input, message).problems(problems))
}

/// Whether no more problems need to be looked for.
pub(super) fn enough(problems: &[Problem]) -> bool {
    problems.len() >= ENOUGH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let table = Table::read(text.as_bytes()).expect("a table");
        let mut rows = Vec::new();
        let see = |_, record: &csv::StringRecord| {
            rows.push(record.iter().map(str::to_owned).collect());
            true
        };
        table.visit(see).expect("rows");
        rows
    }

    #[test]
    fn marks_line_ends_quotes_and_separators_are_understood() {
        assert_eq!(rows("\u{feff}a,b\r\n1,2\r\n"), [["1", "2"]]);
        assert_eq!(rows("a;b\n1,5;2\n\n;\n"), [["1,5", "2"]]);
        assert_eq!(rows("a\tb\n\"x\ny\"\t2"), [["x\ny", "2"]]);
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_does() {
        for text in ["a,b\n\n1,2\n,\n\n\n3,4\n\"x\ny\",5\n6,7", "a,b\n\n1,2\n,\n\n\n3,4\n\"x\ny\",5\n6,7\n\n"]
        {
            for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
                let table = Table::read(text.as_bytes()).expect("a table");
                let mut found = Vec::new();
                let see = |row, _: &csv::StringRecord| {
                    found.push(row);
                    true
                };
                table.visit(see).expect("rows");
                assert_eq!(found, [3, 7, 8, 9], "{text:?}");
            }
        }
    }

    #[test]
    fn cells_are_numbers_texts_or_missing() {
        let comma = Table::read(b"a,b\n1,2").expect("a table");
        let semicolon = Table::read(b"a;b\n1;2").expect("a table");
        for missing in ["", "NA", "n/a", "NaN", ".", "null"] {
            assert_eq!(comma.cell(missing), Cell::Missing);
        }
        assert_eq!((comma.cell("-1e2"), semicolon.cell("12,5")), (Cell::Number(-100.0), Cell::Number(12.5)));
        assert_eq!((comma.cell("12,5"), comma.cell("inf")), (Cell::Text("12,5"), Cell::Text("inf")));
    }

    #[test]
    fn rows_that_do_not_fit_are_named() {
        let error = Table::read(b"a,b,a\n1,2,3\n1,2\n").expect_err("wrong");
        let places: Vec<&str> = error.problems.iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(places, ["row 1, column a", "row 3"]);
        assert!(Table::read(b" \n").is_err() && Table::read(&[0xff, 0xfe]).is_err());
    }
}
