//! `trialliance mde`: how small an effect the trial detects.

use super::files::Files;
use super::numbers::{count, share};
use super::question::{Asked, Common, hypothesis_words};
use crate::error::Result;
use crate::planning::{MdeRequest, mde, movable, select};
use crate::report::Answer;
use clap::Args;

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 20_000;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance mde sceptical\n  \
    trialliance mde fuentes-2014-realistic-noise --power 0.9 --estimand alliance --estimand ifc\n  \
    trialliance mde confirmatory --n 240 --figure mde.svg")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    #[command(flatten)]
    common: Common,
    /// The power with which an effect is to be detected
    #[arg(long, value_name = "PROBABILITY", value_parser = share, default_value_t = 0.8, allow_negative_numbers = true)]
    power: f64,
    /// Patients in all, keeping the ratio of the arms
    #[arg(long, value_name = "TOTAL", value_parser = count, allow_negative_numbers = true)]
    n: Option<u64>,
    /// Which hypotheses, as [analysis/][outcome/]estimand (can be repeated) [default: every effect of the first analysis]
    #[arg(long, value_name = "HYPOTHESIS")]
    estimand: Vec<String>,
    /// Of which analysis, by its id [default: that of the first primary hypothesis]
    #[arg(long, value_name = "ID")]
    analysis: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let asked = Asked {
        command: "mde",
        files: &Files::default(),
        scenario: &arguments.scenario,
        words: arguments.words(),
        n: arguments.n,
        replicates: |_, _| REPLICATES,
    };
    arguments.common.answer(&asked, &|variants, options, progress| {
        let hypotheses = match arguments.estimand.is_empty() {
            true => movable(variants.scenario, arguments.analysis.as_deref())?,
            false => select(variants.scenario, &arguments.estimand, arguments.analysis.as_deref())?,
        };
        let request = MdeRequest { hypotheses, power: arguments.power };
        Ok(Answer::Mde(mde(variants, &request, options, progress)?).into())
    })
}

impl Arguments {
    fn words(&self) -> Vec<String> {
        let mut words = vec![format!("--power {}", self.power)];
        words.extend(hypothesis_words(&self.estimand, self.analysis.as_deref()));
        words
    }
}
