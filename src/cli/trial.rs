//! `trialliance trial`: one virtual trial, patient by patient.

use super::files::Files;
use super::input;
use super::numbers::{count, seed};
use super::output::Output;
use super::terminal::say;
use crate::engine;
use crate::error::Result;
use crate::report::{trial_balance, trial_csv, trial_dictionary};
use clap::Args;
use std::path::PathBuf;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance trial confirmatory --output trial.csv --dictionary trial.json\n  \
    trialliance trial fuentes-2014 --seed 7 --replicate 41 --reveal\n\n\
    Replicates are numbered from 0: these are the patients that `run` with the same seed simulates\n\
    as that replicate with --engine patients.")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    /// Seed of all random numbers
    #[arg(short, long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    seed: u64,
    /// Which trial of that seed, counted from 0
    #[arg(short, long, value_name = "NUMBER", default_value = "0", value_parser = count, allow_negative_numbers = true)]
    replicate: u64,
    /// Change a field of the scenario, as in --set /alpha=0.01 (can be repeated)
    #[arg(long, value_name = "POINTER=VALUE")]
    set: Vec<String>,
    /// Also what nobody ever sees: each patient's outcome in every arm
    #[arg(long)]
    reveal: bool,
    /// Where to write the CSV; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where to write what each column is, as JSON
    #[arg(long, value_name = "FILE")]
    dictionary: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let files = Files::default();
    let overrides = input::overrides(&arguments.set)?;
    let scenario = input::load(&files, "<SCENARIO>", &arguments.scenario, &overrides)?.scenario;
    let output = Output::new(&files, "--output", arguments.output.as_deref())?;
    let dictionary = arguments.dictionary.as_deref();
    let dictionary = dictionary.map(|place| Output::new(&files, "--dictionary", Some(place))).transpose()?;
    let (seed, replicate, reveal) = (arguments.seed, arguments.replicate, arguments.reveal);
    let trial = engine::trial(&scenario, seed, replicate)?;
    output.write(&trial_csv(&scenario, &trial, reveal))?;
    if arguments.output.is_some() {
        say(&(trial_balance(&scenario, &trial) + "\n"));
    }
    dictionary
        .map_or(Ok(()), |place| place.write(&trial_dictionary(&scenario, &trial, seed, replicate, reveal)))
}
