//! What several test files share: running a scenario, finding a row, comparing numbers.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod calibrated;
pub mod patients;

use trialliance::data::{Asked, Dataset, Request, Roles, Table, TrialAnalysis};
use trialliance::engine::{EngineChoice, RunOptions, run};
use trialliance::result::{Measure, Row, RunResult};
use trialliance::scenario::{AnalysisSpec, Better, Scenario, library, read};

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

/// A reference file, by its path in `tests/reference`.
pub fn reference(path: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/reference/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// R's linear models of one of the data sets.
pub fn linear_models(name: &str) -> serde_json::Value {
    serde_json::from_str(&reference(&format!("linear_models/{name}.json"))).unwrap()
}

/// The 2×2 data sets that R fitted.
pub const TWO_BY_TWO: [&str; 6] = [
    "two_by_two_balanced_n40",
    "two_by_two_balanced_n48",
    "two_by_two_heteroscedastic_n117",
    "two_by_two_n117_29_30_29_29",
    "two_by_two_unbalanced_n24",
    "two_by_two_unbalanced_n31",
];

/// The analysis of a reference data set's outcome, as `analyze` makes it; what is said of it as in a
/// scenario, its names being columns.
pub fn analyzed(name: &str, spec: &AnalysisSpec, better: Option<Better>) -> TrialAnalysis {
    let table = Table::read(reference(&format!("data/{name}.csv")).as_bytes()).unwrap();
    let request = Request {
        outcome: Some(spec.outcome.clone()),
        methods: vec![spec.method.clone()],
        options: spec.clone(),
        ..Request::default()
    };
    let mut roles = Roles::find(&table, &request, None).unwrap();
    // The baseline is adjusted for where it is asked for, and not by its name.
    roles.analyses[0].covariates.clone_from(&spec.covariates);
    let data = Dataset::read(&table, &roles, None).unwrap();
    let better = |_: &str| better;
    let asked = Asked { source: name, alpha: 0.05, confidence_level: 0.95, draws: (1, 0), better: &better };
    trialliance::data::analyze(&data, &roles, &asked).unwrap()
}

/// The ids of the eight contrasts, in the engine's order.
pub const ESTIMAND_IDS: [&str; 8] = [
    "alliance",
    "ifc",
    "interaction",
    "alliance_at_sham",
    "alliance_at_active",
    "ifc_at_limited",
    "ifc_at_enhanced",
    "joint",
];

/// The names of the eight contrasts in the reference files, in the engine's order.
pub const CONTRASTS: [&str; 8] = [
    "alliance",
    "ifc",
    "interaction",
    "alliance_at_sham",
    "alliance_at_active",
    "ifc_at_limited",
    "ifc_at_enhanced",
    "enhanced_active_minus_limited_sham",
];
