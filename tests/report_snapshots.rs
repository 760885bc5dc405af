//! The reports of one result, compared with what people have looked at and found good.
//!
//! `tests/snapshots/result.json` is a run of `fuentes-2014` with some numbers changed by
//! hand, so that nothing of the engine moves it. After a deliberate change of a report:
//! `TRIALLIANCE_SNAPSHOTS=write cargo test --test report_snapshots`, then read the diff.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use trialliance::report::{Format, render};
use trialliance::result::RunResult;

const COMMAND: &str = "trialliance run fuentes-2014 --replicates 10000 --seed 1";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name)
}

fn result() -> RunResult {
    serde_json::from_str(&std::fs::read_to_string(file("result.json")).unwrap()).unwrap()
}

fn compare(name: &str, format: Format) {
    let found = render(&result(), format, COMMAND);
    if std::env::var_os("TRIALLIANCE_SNAPSHOTS").is_some_and(|value| value == "write") {
        std::fs::write(file(name), &found).unwrap();
    }
    let expected = std::fs::read_to_string(file(name)).unwrap();
    assert!(found == expected, "{name} is another\n--- expected\n{expected}\n--- found\n{found}");
}

#[test]
fn text() {
    compare("report.txt", Format::Text);
}

#[test]
fn markdown() {
    compare("report.md", Format::Markdown);
}

#[test]
fn csv() {
    compare("report.csv", Format::Csv);
}

#[test]
fn json_reads_back_as_the_same_result() {
    let result = result();
    let json = render(&result, Format::Json, COMMAND);
    assert_eq!(serde_json::from_str::<RunResult>(&json).unwrap(), result);
}

#[test]
fn time_is_told_only_if_it_is_there() {
    let result = RunResult { timing: None, ..result() };
    assert!(!render(&result, Format::Json, COMMAND).contains("timing"));
    assert!(!render(&result, Format::Text, COMMAND).contains("Took"));
}

#[test]
fn text_fits_a_page() {
    for line in render(&result(), Format::Text, COMMAND).lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn every_row_of_the_csv_has_every_column() {
    let csv = render(&result(), Format::Csv, COMMAND);
    let widths: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(widths.len(), result().results.len() + 1);
    assert!(widths.iter().all(|&width| width == widths[0]), "{widths:?}");
}

#[test]
fn a_scenario_cannot_steer_the_terminal() {
    let mut result = result();
    result.scenario.title = Some("a\u{1b}[31m title\nof two lines".to_owned());
    let text = render(&result, Format::Text, COMMAND);
    assert!(!text.contains('\u{1b}'));
    assert!(text.starts_with("a\u{fffd}[31m title of two lines\n"), "{text}");
}
