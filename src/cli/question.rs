//! What the planner's questions have in common on the command line.

use super::engine::Engine;
use super::files::Files;
use super::input::{self, Loaded};
use super::numbers::{count, seed, threads};
use super::output::Output;
use super::progress::Bar;
use super::shell::{file, quoted};
use crate::engine::{Progress, RunOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::planning::{SizeOf, Variants};
use crate::report::{Answer, Format, render_answer};
use crate::scenario::{Override, Scenario};
use clap::Args;
use std::path::PathBuf;

/// The words of every question.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Trials to simulate at each point [default: 100000 for size and assurance, 20000 for mde, interim, protocol,
    /// compare and diff, 10000 for curve and sweep]
    #[arg(short, long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    pub replicates: Option<u64>,
    /// Seed of all random numbers
    #[arg(short, long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// Change a field of the scenario, as in --set /alpha=0.01 (can be repeated)
    #[arg(long, value_name = "POINTER=VALUE")]
    pub set: Vec<String>,
    /// How to simulate; auto takes statistics where that is exact at every point
    #[arg(long, value_enum, default_value_t = Engine::Auto)]
    pub engine: Engine,
    /// Threads to use; changes nothing but the time [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Where to write it; standard output by default
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also draw it, as an SVG file
    #[arg(long, value_name = "FILE")]
    pub figure: Option<PathBuf>,
    /// No progress bar
    #[arg(short, long)]
    pub quiet: bool,
}

/// What is asked: of which scenario, and the words that ask it again.
pub(super) struct Asked<'a> {
    /// The command's name.
    pub command: &'a str,
    /// The files that it reads and writes.
    pub files: &'a Files,
    /// The scenario as it was typed.
    pub scenario: &'a str,
    /// Its own words, after the scenario.
    pub words: Vec<String>,
    /// Patients in all, where the question is about one size.
    pub n: Option<u64>,
    /// Replicates unless the words say otherwise.
    pub replicates: fn(&Scenario, Engine) -> u64,
}

/// The words that name the hypotheses asked about. Each question declares them itself: what they default to differs, and so
/// does their help.
pub(super) fn hypothesis_words(estimands: &[String], analysis: Option<&str>) -> Vec<String> {
    let estimands = estimands.iter().map(|one| format!("--estimand {}", quoted(one)));
    estimands.chain(analysis.map(|id| format!("--analysis {}", quoted(id)))).collect()
}

/// The words of gates.
pub(super) fn require_words(gates: &[String]) -> impl Iterator<Item = String> + '_ {
    gates.iter().map(|gate| format!("--require {}", quoted(gate)))
}

/// Where an answer goes.
pub(super) struct Places {
    output: Output,
    figure: Option<Output>,
}

/// An answer, and which gates it does not meet.
pub(super) struct Answered {
    pub answer: Answer,
    pub not_met: Option<String>,
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Answered { answer, not_met: None }
    }
}

/// Answers a question about a scenario's variants.
pub(super) type Answering<'a> =
    &'a dyn Fn(Variants<'_>, &RunOptions, &mut dyn FnMut(&Progress)) -> Result<Answered>;

/// The end of a command whose answer is written and may fall short of what was asked for.
///
/// # Errors
/// `Gate`, with what it falls short of.
pub(super) fn fell_short(why: Option<&str>) -> Result<()> {
    why.map_or(Ok(()), |why| Err(Error::new(ErrorKind::Gate, why.to_owned())))
}

impl Common {
    /// Reads the scenario, answers, and writes the answer and its figure.
    pub fn answer(&self, asked: &Asked<'_>, answering: Answering<'_>) -> Result<()> {
        let mut overrides = input::overrides(&self.set)?;
        let Loaded { mut scenario, text, source } =
            input::load(asked.files, "<SCENARIO>", asked.scenario, &overrides)?;
        let files = |file: &str| input::beside(asked.scenario, file);
        if let Some(total) = asked.n {
            let sizes = SizeOf::total(&scenario, total)?;
            overrides.retain(|earlier| sizes.iter().all(|later| earlier.pointer != later.pointer));
            let typed: Vec<(Override, String)> =
                sizes.iter().map(|one| (one.clone(), format!("--n {total}"))).collect();
            overrides.extend(sizes);
            let read = crate::scenario::read_with_files(&text, &source, &overrides, &files);
            scenario = read.map_err(|error| input::as_typed(error, &typed))?;
        }
        let places = self.places(asked.files)?;
        let change = |more: &[Override]| {
            let mut all = overrides.clone();
            all.retain(|earlier| more.iter().all(|later| earlier.pointer != later.pointer));
            all.extend_from_slice(more);
            crate::scenario::read_with_files(&text, &source, &all, &files)
        };
        let options = self.options((asked.replicates)(&scenario, self.engine));
        let bar = Bar::new(self.quiet);
        let Answered { answer, not_met } =
            answering(Variants::new(&scenario, &change), &options, &mut |progress| bar.show(progress))?;
        bar.finish();
        self.write(places, &answer, &self.again(asked, &options))?;
        fell_short(not_met.as_deref())
    }

    /// Where the answer and its figure go, found out before the work starts.
    pub fn places(&self, files: &Files) -> Result<Places> {
        let output = Output::new(files, "--output", self.output.as_deref())?;
        let figure = Output::of_figure(files, "--figure", self.figure.as_deref())?;
        Ok(Places { output, figure })
    }

    /// How to simulate, with so many replicates unless the words say otherwise.
    pub fn options(&self, replicates: u64) -> RunOptions {
        RunOptions {
            seed: self.seed,
            replicates: self.replicates.unwrap_or(replicates),
            precision: None,
            engine: self.engine.choice(),
            threads: self.threads.map(usize::from),
            keep_going: true,
            control_variate: false,
        }
    }

    /// Writes the answer and its figure; `again` is the command that gives it again.
    pub fn write(&self, places: Places, answer: &Answer, again: &str) -> Result<()> {
        if let Some(figure) = places.figure {
            figure.write(&answer.figure())?;
        }
        places.output.write(&render_answer(answer, self.format, again))?;
        fell_short(answer.falls_short())
    }

    fn again(&self, asked: &Asked<'_>, options: &RunOptions) -> String {
        let mut words = vec![asked.command.to_owned(), file(asked.scenario)];
        words.extend(asked.n.map(|total| format!("--n {total}")));
        words.extend(asked.words.iter().cloned());
        self.command(words, options)
    }

    /// The command that gives an answer again, of the words that are its own.
    pub fn command(&self, own: Vec<String>, options: &RunOptions) -> String {
        let mut words = vec!["trialliance".to_owned()];
        words.extend(own);
        words.extend(self.set.iter().map(|set| format!("--set {}", quoted(set))));
        words.extend(self.engine.word());
        words.push(format!("--replicates {} --seed {}", options.replicates, options.seed));
        words.join(" ")
    }
}
