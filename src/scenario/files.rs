//! Measured values from files that a scenario names.
//!
//! In come a scenario and a way to read files; out comes the scenario with the
//! values of the columns in place, and what is wrong with the files: the row and
//! the column. A scenario's fingerprint covers the values and not the file's name.

use super::finding::Finding;
use super::{Scenario, pointer, words};

/// How a file that a scenario names is read: its text, or why there is none.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Without files.
pub(super) fn none(_: &str) -> Result<String, String> {
    Err("files are not read here; state `values`".to_owned())
}

/// Puts the values of named columns in place.
pub(super) fn fill(scenario: &mut Scenario, read: ReadFile<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, covariate) in scenario.cohort.covariates.iter_mut().enumerate() {
        let at = pointer::item("/cohort/covariates", index);
        let Some(file) = &covariate.file else {
            if covariate.column.is_some() {
                let found = "`column` without `file`";
                findings.push(Finding::name(format!("{at}/column"), found, "both or neither"));
            }
            continue;
        };
        if covariate.values.is_some() {
            let found = "`file` beside `values`";
            findings.push(Finding::name(format!("{at}/file"), found, "one of the two"));
            continue;
        }
        let name = covariate.column.as_ref().unwrap_or(&covariate.id);
        match read(file).map_err(|why| (why, None)).and_then(|text| column(&text, name)) {
            Ok(values) => covariate.values = Some(values),
            Err((found, help)) => {
                let found = format!("{} with {found}", words::quoted(file));
                let allowed =
                    format!("a CSV file with a header and numbers in the column {}", words::quoted(name));
                let finding = Finding::value(format!("{at}/file"), found, allowed);
                findings.push(finding.maybe_help(help));
            }
        }
    }
    findings
}

/// What is wrong, and advice.
type Wrong = (String, Option<String>);

/// The numbers of one column. Rows are counted as a spreadsheet does, the header being row 1.
fn column(text: &str, name: &str) -> Result<Vec<f64>, Wrong> {
    let plain = |found: String| (found, None);
    if text.trim().is_empty() {
        return Err(plain("nothing in it".to_owned()));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| plain(format!("a header that cannot be read: {error}")))?;
    let names: Vec<String> = header.iter().map(str::to_owned).collect();
    let place = names.iter().position(|column| column == name).ok_or_else(|| {
        let found = format!("the columns {}", words::list(&names));
        (found, words::did_you_mean(name, &names))
    })?;
    let mut values = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let row = index + 2;
        let record =
            record.map_err(|_| plain(format!("another number of cells in row {row} than in the header")))?;
        let cell = record.get(place).unwrap_or("");
        let wrong = || {
            let found = match cell {
                "" => format!("an empty cell in row {row} of column {}", words::quoted(name)),
                cell => format!("{} in row {row} of column {}", words::quoted(cell), words::quoted(name)),
            };
            (found, Some("leave out rows without a value; numbers have a decimal point".to_owned()))
        };
        let value: f64 = cell.parse().map_err(|_| wrong())?;
        if !value.is_finite() {
            return Err(wrong());
        }
        values.push(value);
    }
    if values.len() < 2 {
        return Err(plain(format!("{} rows of numbers", values.len())));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_its_name() {
        let text = "\u{feff}id,\"pain, now\", age\n1,5.5,40\n2, 6 ,51\n3,1e1,38\n";
        assert_eq!(column(text, "pain, now"), Ok(vec![5.5, 6.0, 10.0]));
        assert_eq!(column(text, "age"), Ok(vec![40.0, 51.0, 38.0]));
    }

    #[test]
    fn what_is_wrong_has_a_row_and_a_column() {
        let found = |text: &str, name: &str| column(text, name).expect_err("wrong");
        assert_eq!(found(" \n", "age").0, "nothing in it");
        let (words, help) = found("id,age\n1,40\n", "aeg");
        assert_eq!(
            (words.as_str(), help.as_deref()),
            ("the columns `id` and `age`", Some("did you mean `age`?"))
        );
        assert_eq!(found("id,age\n1,40\n2,n/a\n", "age").0, "`n/a` in row 3 of column `age`");
        assert_eq!(found("id,age\n1,40\n2,\n", "age").0, "an empty cell in row 3 of column `age`");
        assert_eq!(found("id,age\n1,40\n2,inf\n", "age").0, "`inf` in row 3 of column `age`");
        assert_eq!(
            found("id,age\n1,40\n2\n", "age").0,
            "another number of cells in row 3 than in the header"
        );
        assert_eq!(found("id,age\n1,40\n", "age").0, "1 rows of numbers");
    }
}
