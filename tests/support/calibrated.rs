//! Trials that are calibrated: a known scenario, its trial as a file, and what is found there.

use trialliance::calibration::{Calibration, Columns, Estimate, Settings, calibrate};
use trialliance::data::{Dataset, Table};
use trialliance::engine;
use trialliance::report::trial_csv;
use trialliance::scenario::{self, Override, Scenario, library};

/// An embedded scenario with fields set.
pub fn embedded(name: &str, set: &[&str]) -> Scenario {
    // What is set has no source.
    let sources = set.first().map(|_| "/sources={}");
    let set: Vec<Override> =
        set.iter().copied().chain(sources).map(|text| Override::parse(text).unwrap()).collect();
    scenario::read(library::find(name).unwrap().text, name, &set).unwrap_or_else(|error| panic!("{error}"))
}

/// Columns to calibrate.
pub fn columns(outcomes: &[&str], covariates: &[&str]) -> Columns {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Columns { outcomes: owned(outcomes), covariates: owned(covariates), ..Columns::default() }
}

/// Nothing asked for.
pub fn settings<'a>() -> Settings<'a> {
    Settings { source: "pilot.csv".to_owned(), name: "pilot".to_owned(), ..Settings::default() }
}

/// What is fitted to a file of this text.
pub fn of_text(text: &str, columns: &Columns, settings: &Settings<'_>) -> Calibration {
    let table = Table::read(text.as_bytes()).unwrap();
    let roles = columns.roles(&table, settings.like).unwrap_or_else(|error| panic!("{error}"));
    let data = Dataset::read(&table, &roles, settings.like).unwrap_or_else(|error| panic!("{error}"));
    calibrate(&data, &roles, settings).unwrap_or_else(|error| panic!("{error}"))
}

/// A virtual trial as a file.
pub fn exported(scenario: &Scenario, seed: u64, replicate: u64) -> String {
    trial_csv(scenario, &engine::trial(scenario, seed, replicate).unwrap(), false)
}

/// The estimate of what stands at a pointer.
pub fn estimate<'c>(fitted: &'c Calibration, pointer: &str) -> &'c Estimate {
    let found = fitted.estimates.iter().find(|estimate| estimate.pointer == pointer);
    found.unwrap_or_else(|| panic!("no estimate of {pointer}"))
}
