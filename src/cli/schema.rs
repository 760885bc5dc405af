//! `trialliance schema`: the formats, for editors and programs.

use super::output::print;
use crate::error::Result;
use crate::scenario::schema::{analysis_schema, result_schema, scenario_schema};
use clap::Args;

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The schema of results instead of scenarios
    #[arg(long, conflicts_with = "analysis")]
    result: bool,
    /// The schema of what analyze writes
    #[arg(long)]
    analysis: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let schema = match (arguments.result, arguments.analysis) {
        (true, _) => result_schema(),
        (_, true) => analysis_schema(),
        _ => scenario_schema(),
    };
    print(&format!("{schema:#}\n"))
}
