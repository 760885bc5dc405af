//! `trialliance run`: the main job.

use super::engine::Engine;
use super::files::Files;
use super::input::{self, Loaded};
use super::numbers::{above_zero, count, seed, threads};
use super::output::Output;
use super::progress::Bar;
use super::question::{fell_short, require_words};
use super::shell::{file, quoted};
use crate::analysis::registry;
use crate::engine::{self, EngineChoice, ReplicateAnswer, ReplicateRow, RunOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::arm_ids;
use crate::planning::{Gate, SizeOf, not_met};
use crate::report::{self, Format};
use crate::result::Timing;
use crate::scenario::{AnalysisSpec, Override, Scenario};
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 10_000;

/// The most replicates of a run by precision unless the words say otherwise.
const MOST_REPLICATES: u64 = 10_000_000;

/// The pointer that sizes of arms are written to.
const SIZES: &str = "/design/n_per_arm";

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance run fuentes-2014\n  \
    trialliance run fuentes-2014-realistic-noise --n 80 --precision 0.001\n  \
    trialliance run fuentes-2014 --analyze-with welch,wilcoxon\n  \
    trialliance run my.json --n-per-arm SL=40,AL=40,SE=20,AE=20 --format csv --output power.csv\n  \
    cat my.json | trialliance run - --set /response/outcomes/pain/sd=18 --format json")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    /// Trials to simulate; with --precision the most [default: 10000; with --precision 10000000]
    #[arg(short, long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    replicates: Option<u64>,
    /// Seed of all random numbers
    #[arg(short, long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    seed: u64,
    /// Stop when every primary power has at most this Monte Carlo standard error
    #[arg(long, value_name = "MCSE", value_parser = above_zero, allow_negative_numbers = true)]
    precision: Option<f64>,
    /// Patients in all, keeping the ratio of the arms
    #[arg(long, value_name = "TOTAL", value_parser = count, conflicts_with = "n_per_arm", allow_negative_numbers = true)]
    n: Option<u64>,
    /// Patients in each arm: one number, or SL=29,AL=30,SE=29,AE=29
    #[arg(long, value_name = "SIZES")]
    n_per_arm: Option<String>,
    /// Also analyse each trial by these methods, as in --analyze-with welch,wilcoxon
    #[arg(long, value_name = "METHODS", value_delimiter = ',', value_parser = method())]
    analyze_with: Vec<String>,
    /// Change a field of the scenario, as in --set /alpha=0.01 (can be repeated)
    #[arg(long, value_name = "POINTER=VALUE")]
    set: Vec<String>,
    /// How to simulate; auto takes statistics where that is exact
    #[arg(long, value_enum, default_value_t = Engine::Auto)]
    engine: Engine,
    /// Threads to use; changes nothing but the time [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = threads, allow_negative_numbers = true)]
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
    /// End with exit code 7 unless this is reached, as in 'alliance>=0.8', 'ifc:coverage>=0.94' or 'all>=0.8'
    /// (can be repeated)
    #[arg(long, value_name = "GATE")]
    require: Vec<String>,
    /// Put the time and the number of threads into the result
    #[arg(long)]
    timing: bool,
    /// Go on although an analysis gives no answer in most trials
    #[arg(long)]
    keep_going: bool,
    /// Also tell power more precisely, adjusted by each trial's Gaussian twin, whose power is known
    #[arg(long)]
    control_variate: bool,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let files = Files::default();
    let options = arguments.options();
    if arguments.replicates_out.is_some() && arguments.engine == Engine::Statistics {
        return Err(Error::new(
            ErrorKind::Usage,
            "--replicates-out needs patients, but --engine statistics has none",
        )
        .help("use --engine patients or --engine auto"));
    }
    let overrides = input::overrides(&arguments.set)?;
    let loaded = input::load(&files, "<SCENARIO>", &arguments.scenario, &overrides)?;
    let loaded = arguments.adapt(loaded, overrides)?;
    let gates = Gate::parse_all(&loaded.scenario, &arguments.require)?;
    let output = Output::new(&files, "--output", arguments.output.as_deref())?;
    let each = arguments.replicates_out.as_deref();
    let each = each.map(|place| Output::new(&files, "--replicates-out", Some(place))).transpose()?;
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
    output.write(&report::render(&result, arguments.format, &arguments.command(&options)))?;
    let not_met = not_met(&gates, |gate| gate.in_run(&loaded.scenario, &result, &options, &mut |_| {}))?;
    fell_short(not_met.as_deref())
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
                engine => engine.choice(),
            },
            threads: self.threads.map(usize::from),
            keep_going: self.keep_going,
            control_variate: self.control_variate,
        }
    }

    /// The scenario with the sizes and analyses that were asked for, checked again as a whole.
    fn adapt(&self, loaded: Loaded, mut overrides: Vec<Override>) -> Result<Loaded> {
        let mut asked = self.sizes(&loaded.scenario)?;
        asked.extend(self.analyses(&loaded.scenario));
        if asked.is_empty() {
            return Ok(loaded);
        }
        overrides.retain(|earlier| asked.iter().all(|(later, _)| earlier.pointer != later.pointer));
        overrides.extend(asked.iter().map(|(one, _)| one.clone()));
        let files = |file: &str| input::beside(&self.scenario, file);
        let read = crate::scenario::read_with_files(&loaded.text, &loaded.source, &overrides, &files);
        let scenario = read.map_err(|error| input::as_typed(error, &asked))?;
        Ok(Loaded { scenario, ..loaded })
    }

    /// Where sizes were asked for, the fields that they are set by, each with what was typed.
    fn sizes(&self, scenario: &Scenario) -> Result<Vec<(Override, String)>> {
        match (self.n, &self.n_per_arm) {
            (None, None) => Ok(Vec::new()),
            (Some(total), _) => {
                let fields = SizeOf::total(scenario, total)?.into_iter();
                Ok(fields.map(|one| (one, format!("--n {total}"))).collect())
            }
            (None, Some(text)) => {
                let arms = arm_ids(&scenario.factors);
                let sizes = match count(text) {
                    Ok(size) => arms.into_iter().map(|arm| (arm, Value::from(size))).collect(),
                    Err(_) => Value::Object(by_arm(text)?),
                };
                let set = Override { pointer: SIZES.to_owned(), value: sizes };
                Ok(vec![(set, format!("--n-per-arm {}", quoted(text)))])
            }
        }
    }

    /// Where further methods were asked for, the scenario's analyses with these of its first outcome.
    fn analyses(&self, scenario: &Scenario) -> Option<(Override, String)> {
        let outcome = &scenario.analyses.first()?.outcome;
        let mut analyses = scenario.analyses.clone();
        for method in &self.analyze_with {
            let mut one = AnalysisSpec::new(method, outcome);
            if analyses.iter().any(|planned| planned.id.as_ref().unwrap_or(&planned.method) == method) {
                one.id = Some(format!("also-{}", method.replace('_', "-")));
            }
            analyses.push(one);
        }
        let value = serde_json::to_value(analyses).ok()?;
        let typed = format!("--analyze-with {}", self.analyze_with.join(","));
        let one = Override { pointer: "/analyses".to_owned(), value };
        (!self.analyze_with.is_empty()).then_some((one, typed))
    }

    /// The command that gives this result again.
    fn command(&self, options: &RunOptions) -> String {
        let mut words = vec!["trialliance".to_owned(), "run".to_owned(), file(&self.scenario)];
        words.extend(self.n.map(|total| format!("--n {total}")));
        words.extend(self.n_per_arm.as_ref().map(|sizes| format!("--n-per-arm {}", quoted(sizes))));
        let also = self.analyze_with.join(",");
        words.extend((!also.is_empty()).then(|| format!("--analyze-with {also}")));
        words.extend(self.set.iter().map(|set| format!("--set {}", quoted(set))));
        words.extend(self.precision.map(|precision| format!("--precision {precision}")));
        // Replicates that are told one by one are patients', and so are those of the answer beside them.
        let engine = if self.replicates_out.is_some() { Engine::Patients } else { self.engine };
        words.extend(engine.word());
        words.extend(require_words(&self.require));
        words.extend(self.control_variate.then(|| "--control-variate".to_owned()));
        words.push(format!("--replicates {} --seed {}", options.replicates, options.seed));
        words.join(" ")
    }
}

/// The methods that may follow `--analyze-with`.
fn method() -> PossibleValuesParser {
    PossibleValuesParser::new(registry::names())
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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
