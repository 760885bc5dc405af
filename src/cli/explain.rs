//! `trialliance explain`: what a scenario says, and where the change in each arm comes from.

use super::files::Files;
use super::input::{self, Loaded};
use super::output::print;
use crate::engine;
use crate::error::Result;
use crate::report::{explanation, printable};
use crate::scenario::explain;
use clap::Args;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance explain fuentes-2014\n  \
    trialliance explain unblinded --set /response/outcomes/pain/belief_effect=5\n\n\
    Every value with its source: trialliance check SCENARIO --explain")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    /// Change a field of the scenario, as in --set /alpha=0.01 (can be repeated)
    #[arg(long, value_name = "POINTER=VALUE")]
    set: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let overrides = input::overrides(&arguments.set)?;
    let Loaded { scenario, text, .. } =
        input::load(&Files::default(), "<SCENARIO>", &arguments.scenario, &overrides)?;
    let explained = engine::explained(&scenario)?;
    let rows = explain::explain(&text, &overrides, &scenario)?;
    print(&printable(&explanation(&scenario, &explained, &rows)))
}
