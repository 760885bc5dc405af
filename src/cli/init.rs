//! `trialliance init`: a scenario to start from.

use super::output::Output;
use crate::error::{Error, ErrorKind, Result};
use crate::scenario::{self, template};
use clap::Args;
use std::path::PathBuf;

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The name of the scenario
    #[arg(default_value = "my-trial")]
    name: String,
    /// Where to write it; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let text = template::starting_scenario(&arguments.name);
    // The template is valid; only the name can be wrong.
    scenario::read(&text, &arguments.name, &[]).map_err(|error| {
        let allowed = error.problems.into_iter().next().map_or_else(String::new, |problem| problem.allowed);
        Error::new(ErrorKind::Usage, format!("this is no name for a scenario: {allowed}"))
            .about(&arguments.name)
    })?;
    if let Some(file) = arguments.output.as_ref().filter(|file| file.exists() && !arguments.force) {
        return Err(Error::new(ErrorKind::Output, "the file exists already")
            .about(file.display().to_string())
            .help("write to another file, or replace this one with --force"));
    }
    Output::new(arguments.output.as_deref())?.write(&text)
}
