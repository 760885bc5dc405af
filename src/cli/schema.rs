//! `trialliance schema`: the formats, for editors and programs.

use super::output::print;
use crate::error::Result;
use crate::scenario::schema::{result_schema, scenario_schema};
use clap::Args;

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The schema of results instead of scenarios
    #[arg(long)]
    result: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let schema = if arguments.result { result_schema() } else { scenario_schema() };
    print(&format!("{schema:#}\n"))
}
