//! `trialliance run`: the main job.

use super::input::{self, Loaded};
use super::numbers::count;
use super::output::Output;
use super::progress::Bar;
use crate::engine::{self, EngineChoice, ReplicateAnswer, ReplicateRow, RunOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::arm_ids;
use crate::report::{self, Format};
use crate::result::Timing;
use crate::scenario::{Override, Scenario, resolve};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 10_000;

/// The most replicates of a run by precision unless the words say otherwise.
const MOST_REPLICATES: u64 = 10_000_000;

/// The pointer that sizes are written to.
const SIZES: &str = "/design/n_per_arm";

/// The field that `--n` sets where chance decides the sizes of the arms.
const TOTAL: &str = "/design/n_total";

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance run fuentes-2014\n  \
    trialliance run fuentes-2014-realistic-noise --n 80 --precision 0.001\n  \
    trialliance run my.json --n-per-arm SL=40,AL=40,SE=20,AE=20 --format csv --output power.csv\n  \
    cat my.json | trialliance run - --set /response/outcomes/pain/sd=18 --format json")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    /// Trials to simulate; with --precision the most [default: 10000; with --precision 10000000]
    #[arg(short, long, value_name = "COUNT", value_parser = count)]
    replicates: Option<u64>,
    /// Seed of all random numbers
    #[arg(short, long, default_value_t = 1)]
    seed: u64,
    /// Stop when every primary power has at most this Monte Carlo standard error
    #[arg(long, value_name = "MCSE")]
    precision: Option<f64>,
    /// Patients in all, keeping the ratio of the arms
    #[arg(long, value_name = "TOTAL", value_parser = count, conflicts_with = "n_per_arm")]
    n: Option<u64>,
    /// Patients in each arm: one number, or SL=29,AL=30,SE=29,AE=29
    #[arg(long, value_name = "SIZES")]
    n_per_arm: Option<String>,
    /// Change a field of the scenario, as in --set /alpha=0.01 (can be repeated)
    #[arg(long, value_name = "POINTER=VALUE")]
    set: Vec<String>,
    /// How to simulate; auto takes statistics where that is exact
    #[arg(long, value_enum, default_value_t = Engine::Auto)]
    engine: Engine,
    /// Threads to use; changes nothing but the time [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// How to write the result
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where to write it; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also write what each replicate's analyses said, as CSV; simulates every patient
    #[arg(long, value_name = "FILE")]
    replicates_out: Option<PathBuf>,
    /// Put the time and the number of threads into the result
    #[arg(long)]
    timing: bool,
    /// Go on although an analysis gives no answer in most trials
    #[arg(long)]
    keep_going: bool,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// Statistics where that is exact, else patients
    Auto,
    /// Every patient of every trial
    Patients,
    /// Sufficient statistics only
    Statistics,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let options = arguments.options();
    if arguments.replicates_out.is_some() && arguments.engine == Engine::Statistics {
        return Err(Error::new(
            ErrorKind::Usage,
            "--replicates-out needs patients, but --engine statistics has none",
        )
        .help("use --engine patients or --engine auto"));
    }
    let overrides = input::overrides(&arguments.set)?;
    let loaded = input::load(&arguments.scenario, &overrides)?;
    let loaded = arguments.resize(loaded, overrides)?;
    let output = Output::new(arguments.output.as_deref())?;
    let each = arguments.replicates_out.as_deref().map(|place| Output::new(Some(place))).transpose()?;
    let bar = Bar::new(arguments.quiet);
    let start = Instant::now();
    let mut result = engine::run(&loaded.scenario, &options, &mut |progress| bar.show(progress))?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish();
    if arguments.timing || arguments.format == Format::Text {
        let threads = arguments.threads.map_or_else(processors, usize::from);
        let replicates_per_second = result.replicates as f64 / seconds;
        result.timing = Some(Timing { seconds, replicates_per_second, threads });
    }
    if let Some(each) = each {
        let options = RunOptions { replicates: result.replicates, ..options.clone() };
        each.write(&replicates(&loaded.scenario, &options)?)?;
    }
    output.write(&report::render(&result, arguments.format, &arguments.command(&options)))
}

/// One row for each replicate, analysis and estimand.
fn replicates(scenario: &Scenario, options: &RunOptions) -> Result<String> {
    let mut text = "replicate,analysis,outcome,estimand,estimate,se,df,p,failure\n".to_owned();
    engine::replicates(scenario, options, &mut |row| {
        let ReplicateRow { replicate, analysis, outcome, estimand, answer } = row;
        let start = format!("{replicate},{analysis},{outcome},{estimand}");
        let _ = match answer {
            Ok(ReplicateAnswer { estimate, se, df, p }) => {
                writeln!(text, "{start},{estimate},{se},{df},{p},")
            }
            Err(failure) => writeln!(text, "{start},,,,,{}", failure.name()),
        };
        Ok(())
    })?;
    Ok(text)
}

impl Arguments {
    fn options(&self) -> RunOptions {
        let default = if self.precision.is_some() { MOST_REPLICATES } else { REPLICATES };
        RunOptions {
            seed: self.seed,
            replicates: self.replicates.unwrap_or(default),
            precision: self.precision,
            engine: match self.engine {
                Engine::Auto if self.replicates_out.is_some() => EngineChoice::Patients,
                Engine::Auto => EngineChoice::Auto,
                Engine::Patients => EngineChoice::Patients,
                Engine::Statistics => EngineChoice::Statistics,
            },
            threads: self.threads.map(usize::from),
            keep_going: self.keep_going,
        }
    }

    /// The scenario with the sizes that were asked for, checked again as a whole.
    fn resize(&self, loaded: Loaded, mut overrides: Vec<Override>) -> Result<Loaded> {
        let arms = arm_ids(&loaded.scenario.factors);
        let by_chance = resolve::has_random_sizes(&loaded.scenario);
        let (pointer, value) = match (self.n, &self.n_per_arm) {
            (None, None) => return Ok(loaded),
            (Some(total), _) if by_chance => (TOTAL, Value::from(total)),
            (Some(total), _) => {
                let sizes = resolve::apportion(total, resolve::arm_sizes(&loaded.scenario));
                (SIZES, arms.into_iter().zip(sizes.map(Value::from)).collect())
            }
            (None, Some(text)) => match count(text) {
                Ok(size) => (SIZES, arms.into_iter().map(|arm| (arm, Value::from(size))).collect()),
                Err(_) => (SIZES, Value::Object(by_arm(text)?)),
            },
        };
        overrides.retain(|earlier| earlier.pointer != pointer);
        overrides.push(Override { pointer: pointer.to_owned(), value });
        let files = |file: &str| input::beside(&self.scenario, file);
        let scenario = crate::scenario::read_with_files(&loaded.text, &loaded.source, &overrides, &files)
            .map_err(|error| self.naming_sizes(error))?;
        Ok(Loaded { scenario, ..loaded })
    }

    /// The error with the option that was typed in place of the field that it sets.
    fn naming_sizes(&self, mut error: Error) -> Error {
        let typed = match (self.n, &self.n_per_arm) {
            (Some(total), _) => format!("--n {total}"),
            (None, Some(sizes)) => format!("--n-per-arm {}", quoted(sizes)),
            (None, None) => return error,
        };
        let sets = [SIZES, TOTAL].map(|pointer| format!("--set {pointer}="));
        for option in error.problems.iter_mut().filter_map(|problem| problem.option.as_mut()) {
            if sets.iter().any(|set| option.starts_with(set)) {
                option.clone_from(&typed);
            }
        }
        error
    }

    /// The command that gives this result again.
    fn command(&self, options: &RunOptions) -> String {
        let mut words = vec!["trialliance".to_owned(), "run".to_owned(), quoted(&self.scenario)];
        words.extend(self.n.map(|total| format!("--n {total}")));
        words.extend(self.n_per_arm.as_ref().map(|sizes| format!("--n-per-arm {}", quoted(sizes))));
        words.extend(self.set.iter().map(|set| format!("--set {}", quoted(set))));
        words.extend(self.precision.map(|precision| format!("--precision {precision}")));
        if let Some(engine) = self.engine.to_possible_value().filter(|_| self.engine != Engine::Auto) {
            words.push(format!("--engine {}", engine.get_name()));
        }
        words.push(format!("--replicates {} --seed {}", options.replicates, options.seed));
        words.join(" ")
    }
}

/// `SL=29,AL=30,SE=29,AE=29`; which arms there must be is checked with the scenario.
fn by_arm(text: &str) -> Result<Map<String, Value>> {
    let wrong = || {
        Error::new(ErrorKind::Usage, format!("--n-per-arm is {text:?}; one number or ARM=NUMBER,… is needed"))
            .help("as in --n-per-arm 30 or --n-per-arm SL=29,AL=30,SE=29,AE=29")
    };
    let mut sizes = Map::new();
    for pair in text.split(',') {
        let (arm, size) = pair.split_once('=').ok_or_else(wrong)?;
        let size = count(size.trim()).map_err(|_| wrong())?;
        if sizes.insert(arm.trim().to_owned(), size.into()).is_some() {
            return Err(wrong());
        }
    }
    Ok(sizes)
}

/// A word as a shell takes it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_through_a_shell() {
        assert_eq!(quoted("/alpha=0.01"), "/alpha=0.01");
        assert_eq!(quoted("my file's.json"), r"'my file'\''s.json'");
    }
}
