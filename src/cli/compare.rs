//! `trialliance compare`: designs or analyses on the same virtual patients.

use super::files::Files;
use super::input;
use super::progress::Bar;
use super::question::Common;
use super::shell::{file, quoted};
use crate::error::{Error, ErrorKind, Result};
use crate::planning::{CompareRequest, Contender, compare};
use crate::report::Answer;
use crate::scenario::{Scenario, resolve};
use clap::Args;

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 20_000;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance compare fuentes-2014-realistic-noise --analysis ancova --analysis change\n  \
    trialliance compare fuentes-2014-realistic-noise sceptical --estimand alliance\n  \
    trialliance compare mine.json theirs.json --figure compare.svg")]
pub(super) struct Arguments {
    /// The scenarios: names of embedded ones or files; the first is the one that others are held against
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<String>,
    #[command(flatten)]
    common: Common,
    /// Which analysis, by its id; with several, each is compared (can be repeated) [default: that of the first primary
    /// hypothesis]
    #[arg(long, value_name = "ID")]
    analysis: Vec<String>,
    /// Which estimands (can be repeated) [default: the primary ones]
    #[arg(long, value_name = "ESTIMAND")]
    estimand: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let overrides = input::overrides(&arguments.common.set)?;
    let files = Files::default();
    let mut contenders = Vec::new();
    for name in &arguments.scenarios {
        let scenario = input::load(&files, "<SCENARIO>", name, &overrides)?.scenario;
        let mut analyses = arguments.analysis.clone();
        if analyses.is_empty() {
            analyses.push(usual_analysis(&scenario));
        }
        for analysis in analyses {
            let label = match (arguments.scenarios.len(), arguments.analysis.len()) {
                (1, _) => analysis.clone(),
                (_, 0 | 1) => name.clone(),
                _ => format!("{name}: {analysis}"),
            };
            if contenders.iter().any(|known: &Contender| known.label == label) {
                return Err(Error::new(ErrorKind::Usage, format!("{label} stands there twice"))
                    .help("name each scenario and each analysis once"));
            }
            contenders.push(Contender { label, scenario: scenario.clone(), analysis });
        }
    }
    let common = &arguments.common;
    let places = common.places(&files)?;
    let options = common.options(REPLICATES);
    let request = CompareRequest { contenders, estimands: arguments.estimand.clone() };
    let bar = Bar::new(common.quiet);
    let answer = Answer::Compare(compare(&request, &options, &mut |progress| bar.show(progress))?);
    bar.finish();
    let mut words = vec!["compare".to_owned()];
    words.extend(arguments.scenarios.iter().map(|name| file(name)));
    words.extend(arguments.analysis.iter().map(|id| format!("--analysis {}", quoted(id))));
    words.extend(arguments.estimand.iter().map(|one| format!("--estimand {}", quoted(one))));
    common.write(places, &answer, &common.command(words, &options))
}

/// The analysis of the first primary hypothesis.
fn usual_analysis(scenario: &Scenario) -> String {
    let primary = resolve::resolve_primary(scenario).unwrap_or_default();
    let first = primary.into_iter().next().map(|one| one.analysis);
    first.or_else(|| resolve::analysis_ids(scenario).into_iter().next()).unwrap_or_default()
}
