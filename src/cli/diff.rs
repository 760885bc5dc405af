//! `trialliance diff`: which assumption changed, and what it did.

use super::files::Files;
use super::input;
use super::progress::Bar;
use super::question::Common;
use super::shell::file;
use crate::error::Result;
use crate::planning::diff;
use crate::report::Answer;
use clap::Args;

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 20_000;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance diff fuentes-2014-realistic-noise sceptical\n  \
    trialliance diff last-year.json this-year.json --format markdown")]
pub(super) struct Arguments {
    /// The first scenario: the name of an embedded one, or a file
    before: String,
    /// The second scenario
    after: String,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { before, after, common } = arguments;
    let overrides = input::overrides(&common.set)?;
    let files = Files::default();
    let scenarios = [
        input::load(&files, "<BEFORE>", before, &overrides)?.scenario,
        input::load(&files, "<AFTER>", after, &overrides)?.scenario,
    ];
    let places = common.places(&files)?;
    let options = common.options(REPLICATES);
    let bar = Bar::new(common.quiet);
    let answer =
        Answer::Diff(diff([&scenarios[0], &scenarios[1]], &options, &mut |progress| bar.show(progress))?);
    bar.finish();
    let words = vec!["diff".to_owned(), file(before), file(after)];
    common.write(places, &answer, &common.command(words, &options))
}
