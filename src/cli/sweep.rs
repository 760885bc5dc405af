//! `trialliance sweep`: power over a grid of any fields, and which of them moves it most.

use super::checkpoint::Checkpoint;
use super::files::Files;
use super::numbers::count;
use super::output::Output;
use super::question::{Asked, Common, hypothesis_words};
use super::shell::quoted;
use crate::error::Result;
use crate::planning::{PlannedSweep, SweepRequest, Vary, select};
use crate::report::{Answer, tornado_figure};
use clap::Args;
use std::cell::RefCell;
use std::path::PathBuf;

/// Replicates at each point unless the words say otherwise.
const REPLICATES: u64 = 10_000;

/// The words of the command.
#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  \
    trialliance sweep sceptical --vary n=80:240:40 --vary alliance=2,5,8 --estimand alliance\n  \
    trialliance sweep sceptical --vary alliance=0:10 --vary n=80:240 --lhs 200 --tornado tornado.svg\n  \
    trialliance sweep fuentes-2014 --vary /response/outcomes/pain/sd=15:60:5 --figure power.svg\n  \
    trialliance sweep therapist-clustered --vary therapists=8,16 --vary /design/therapists/icc=0,0.1\n  \
    trialliance sweep therapist-clustered --vary /analyses/0/df=satterthwaite,kenward-roger\n  \
    trialliance sweep my.json --vary n=80:400:8 -r 1e6 --checkpoint done.jsonl --output sweep.csv")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    #[command(flatten)]
    common: Common,
    /// What is varied and over which values, as WHAT=FROM:TO:BY or WHAT=VALUE,VALUE (can be repeated); WHAT is n (patients
    /// in all), caseload, therapists, an estimand (its effect as a benefit), or the pointer of a field
    #[arg(long, value_name = "WHAT=VALUES", required = true)]
    vary: Vec<String>,
    /// So many points of a Latin hypercube over the ranges (FROM:TO is enough), in place of all combinations
    #[arg(long, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    lhs: Option<u64>,
    /// Which hypotheses, as [analysis/][outcome/]estimand (can be repeated) [default: the primary ones]
    #[arg(long, value_name = "HYPOTHESIS")]
    estimand: Vec<String>,
    /// Of which analysis, by its id [default: that of the first primary hypothesis]
    #[arg(long, value_name = "ID")]
    analysis: Option<String>,
    /// Keep finished points in this file; the same command again goes on where it was stopped
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Also draw which field moves power most, as an SVG file
    #[arg(long, value_name = "FILE")]
    tornado: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let files = Files::default();
    if let Some(checkpoint) = &arguments.checkpoint {
        files.writes("--checkpoint", Some(checkpoint))?;
    }
    let tornado = Output::of_figure(&files, "--tornado", arguments.tornado.as_deref())?;
    let tornado = RefCell::new(tornado);
    let asked = Asked {
        command: "sweep",
        files: &files,
        scenario: &arguments.scenario,
        words: arguments.words(),
        n: None,
        replicates: |_, _| REPLICATES,
    };
    arguments.common.answer(&asked, &|variants, options, progress| {
        let analysis = arguments.analysis.as_deref();
        let vary = arguments.vary.iter().map(|text| Vary::parse(text, variants.scenario, analysis));
        let request = SweepRequest {
            vary: vary.collect::<Result<_>>()?,
            hypotheses: select(variants.scenario, &arguments.estimand, analysis)?,
            latin_hypercube: arguments.lhs,
        };
        let planned = PlannedSweep::new(variants, &request, options)?;
        let checkpoint =
            arguments.checkpoint.as_deref().map(|path| Checkpoint::open(path, &planned)).transpose()?;
        let (mut checkpoint, known) = checkpoint.unzip();
        let mut finished = |point: &_| {
            checkpoint.as_mut().map_or(Ok(()), |checkpoint: &mut Checkpoint| checkpoint.add(point))
        };
        let answer = planned.answer(known.unwrap_or_default(), &mut finished, progress)?;
        if let Some(place) = tornado.take() {
            place.write(&tornado_figure(&answer))?;
        }
        Ok(Answer::Sweep(answer).into())
    })
}

impl Arguments {
    fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.vary.iter().map(|one| format!("--vary {}", quoted(one))).collect();
        words.extend(self.lhs.map(|count| format!("--lhs {count}")));
        words.extend(hypothesis_words(&self.estimand, self.analysis.as_deref()));
        words
    }
}
