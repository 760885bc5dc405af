//! The command line: one file per command, no statistics.
//!
//! In come the words that were typed; out come a result on standard output,
//! messages on standard error and an exit code. Everything is checked before the
//! work starts, the place of the output included.

mod analyses;
mod analyze;
mod assurance;
mod calibrate;
mod check;
mod checkpoint;
mod columns;
mod compare;
mod completions;
mod curve;
mod diff;
mod engine;
mod explain;
mod files;
mod init;
mod input;
mod interim;
mod listing;
mod mde;
mod numbers;
mod output;
mod progress;
mod protocol;
mod question;
mod run;
mod scenarios;
mod schema;
mod shell;
mod size;
mod sweep;
mod terminal;
mod trial;

use crate::error::{Error, ErrorKind, exit_code};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Simulate 2×2 trials of context and treatment: power, effect sizes and how wrong they can be.
#[derive(Debug, Parser)]
#[command(name = "trialliance", version, max_term_width = 100, after_long_help = EXIT_CODES)]
#[command(before_long_help = EXAMPLES, arg_required_else_help = true, infer_subcommands = false)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[expect(clippy::large_enum_variant, reason = "there is one, made once")]
#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario many times and report power and effect sizes
    Run(run::Arguments),
    /// Find the smallest number of patients with a power, or with narrow intervals
    Size(size::Arguments),
    /// Show power along the number of patients, an effect, or any number of the scenario
    Curve(curve::Arguments),
    /// Show power over a grid of any fields, and which of them moves it most
    Sweep(sweep::Arguments),
    /// Find the smallest effects that the trial detects
    Mde(mde::Arguments),
    /// Find the probability of success when assumptions are uncertain
    Assurance(assurance::Arguments),
    /// Simulate trials with interim looks: boundaries, early stops, expected patients, estimates
    Interim(interim::Arguments),
    /// Write the sample-size section of a protocol
    Protocol(protocol::Arguments),
    /// Compare designs or analyses on the same virtual patients
    Compare(compare::Arguments),
    /// Show which assumptions differ between two scenarios, and what each does to power
    Diff(diff::Arguments),
    /// Say what a scenario assumes and where the change in each arm comes from
    Explain(explain::Arguments),
    /// Write one virtual trial, patient by patient, as a CSV file
    Trial(trial::Arguments),
    /// Analyse the data of a trial, real or virtual
    Analyze(analyze::Arguments),
    /// Make a scenario from the data of a trial, every number with its uncertainty
    Calibrate(calibrate::Arguments),
    /// List the methods of analysis, or say what one takes, needs and estimates
    Analyses(analyses::Arguments),
    /// List the scenarios that come with the program, or print one
    Scenarios(scenarios::Arguments),
    /// Write a scenario to start from, every field explained
    Init(init::Arguments),
    /// Check a scenario and show every error at once
    Check(check::Arguments),
    /// Print the JSON Schema of scenarios or of results
    Schema(schema::Arguments),
    /// Print shell completions
    Completions(completions::Arguments),
}

const EXAMPLES: &str = "\
Examples:
  trialliance run fuentes-2014                        the main job on a published trial
  trialliance run fuentes-2014 --n 80 --seed 7        another size, another seed
  trialliance run my.json --format markdown           a table to paste into a protocol
  trialliance run my.json --set /alpha=0.01           any field of the scenario, without editing it
  trialliance init my-trial --output my.json          a scenario to start from
  trialliance check my.json                           every error at once
";

const EXIT_CODES: &str = "\
Exit codes:
  0  the question was answered
  1  something unexpected: a defect, please report it
  2  the command line was not understood
  3  the scenario is invalid
  4  an input is missing or unreadable
  5  an output cannot be written
  7  answered, but a gate (--require) is not met, or no size reaches the target
";

/// Runs the program on the words that were typed.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| terminal::defect(&panic.to_string())));
    let code = std::panic::catch_unwind(|| match Arguments::try_parse() {
        Ok(arguments) => match dispatch(arguments.command) {
            Ok(()) => exit_code::ANSWERED,
            Err(error) => {
                terminal::show(&error);
                error.kind.exit_code()
            }
        },
        Err(error) => usage(&error),
    });
    ExitCode::from(code.unwrap_or(exit_code::UNEXPECTED))
}

fn dispatch(command: Command) -> Result<(), Error> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Size(arguments) => size::run(&arguments),
        Command::Curve(arguments) => curve::run(&arguments),
        Command::Sweep(arguments) => sweep::run(&arguments),
        Command::Mde(arguments) => mde::run(&arguments),
        Command::Assurance(arguments) => assurance::run(&arguments),
        Command::Interim(arguments) => interim::run(&arguments),
        Command::Protocol(arguments) => protocol::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Trial(arguments) => trial::run(&arguments),
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        Command::Analyses(arguments) => analyses::run(&arguments),
        Command::Scenarios(arguments) => scenarios::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

/// What clap has to say: help and version are answers, the rest is a usage error.
fn usage(error: &clap::Error) -> u8 {
    // A closed pipe is the reader's choice, not an error.
    let _ = error.print();
    if error.use_stderr() { ErrorKind::Usage.exit_code() } else { exit_code::ANSWERED }
}
