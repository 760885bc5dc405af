//! What several test files share: running a scenario, finding a row, comparing numbers.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod patients;

use trialliance::engine::{EngineChoice, RunOptions, run};
use trialliance::result::{Measure, Row, RunResult};
use trialliance::scenario::{Scenario, library, read};

/// Both engines.
pub const ENGINES: [EngineChoice; 2] = [EngineChoice::Patients, EngineChoice::Statistics];

/// A scenario from its text; a test's scenario is never wrong.
pub fn scenario(text: &str) -> Scenario {
    read(text, "test", &[]).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// An embedded scenario.
pub fn embedded(name: &str) -> Scenario {
    scenario(library::find(name).unwrap().text)
}

/// Runs it on one thread.
pub fn simulate(scenario: &Scenario, engine: EngineChoice, seed: u64, replicates: u64) -> RunResult {
    let options =
        RunOptions { seed, replicates, engine, threads: Some(1), keep_going: true, ..RunOptions::default() };
    run(scenario, &options, &mut |_| {}).unwrap()
}

/// The row of one analysis and estimand.
pub fn row<'a>(result: &'a RunResult, analysis: &str, estimand: &str) -> &'a Row {
    let mut rows = result.results.iter();
    rows.find(|row| row.analysis == analysis && row.estimand == estimand)
        .unwrap_or_else(|| panic!("no row {analysis}/{estimand}"))
}

/// A defined measure's value.
pub fn value(measure: &Measure) -> f64 {
    measure.value.unwrap_or_else(|| panic!("undefined: {measure:?}"))
}

/// |a − b| ÷ max(|a|, |b|), 0 where both are 0.
pub fn relative_difference(a: f64, b: f64) -> f64 {
    let scale = a.abs().max(b.abs());
    if scale == 0.0 { 0.0 } else { (a - b).abs() / scale }
}
