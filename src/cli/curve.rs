//! `trialliance curve`: power along the number of patients, an effect, or any number of the scenario.

use super::files::Files;
use super::numbers::finite;
use super::question::{Asked, Common, hypothesis_words};
use super::shell::quoted;
use crate::error::{Error, ErrorKind, Result};
use crate::planning::{CurveRequest, Over, Range, SizeOf, curve, select};
use crate::report::Answer;
use clap::Args;

/// Replicates at each point unless the words say otherwise.
const REPLICATES: u64 = 10_000;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance curve sceptical --figure power.svg\n  \
    trialliance curve fuentes-2014-realistic-noise --from 40 --to 240 --by 20 --estimand alliance\n  \
    trialliance curve therapist-clustered --over therapists --from 8 --to 40 --by 4\n  \
    trialliance curve sceptical --over effect --estimand alliance --from 0 --to 10 --by 1\n  \
    trialliance curve sceptical --over /response/outcomes/pain/residual_sd --format csv --output sd.csv")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    #[command(flatten)]
    common: Common,
    /// Along what: total, caseload, therapists, effect (of the first --estimand), or the pointer of a number of the
    /// scenario, as /response/outcomes/pain/sd
    #[arg(long, value_name = "WHAT", default_value = "total")]
    over: String,
    /// The first value [default: a quarter of the planned size; no effect; half of a number]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = finite)]
    from: Option<f64>,
    /// The last value [default: twice the planned size or effect; one and a half times a number]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = finite)]
    to: Option<f64>,
    /// The step [default: about 20 points]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = finite)]
    by: Option<f64>,
    /// Which hypotheses to show, as [analysis/][outcome/]estimand (can be repeated) [default: the primary ones]
    #[arg(long, value_name = "HYPOTHESIS")]
    estimand: Vec<String>,
    /// Of which analysis, by its id [default: that of the first primary hypothesis]
    #[arg(long, value_name = "ID")]
    analysis: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let asked = Asked {
        command: "curve",
        files: &Files::default(),
        scenario: &arguments.scenario,
        words: arguments.words(),
        n: None,
        replicates: |_, _| REPLICATES,
    };
    arguments.common.answer(&asked, &|variants, options, progress| {
        let hypotheses = select(variants.scenario, &arguments.estimand, arguments.analysis.as_deref())?;
        let Arguments { from, to, by, .. } = *arguments;
        let over = match (SizeOf::named(&arguments.over), arguments.over.as_str()) {
            (Some(size_of), _) => {
                Over::Size(size_of, Range { from: size(from)?, to: size(to)?, by: size(by)? })
            }
            (None, "effect") => {
                let first = hypotheses.first().cloned().ok_or_else(|| {
                    Error::new(ErrorKind::Usage, "there is no hypothesis whose effect could change")
                        .about("--over effect")
                })?;
                Over::Effect(first, Range { from, to, by })
            }
            (None, pointer) if pointer.starts_with('/') => {
                Over::Field(pointer.to_owned(), Range { from, to, by })
            }
            (None, other) => {
                return Err(Error::new(ErrorKind::Usage, "there is nothing of this name to go along")
                    .about(format!("--over {other}"))
                    .help(
                        "total, caseload, therapists, effect, or the pointer of a number of the scenario",
                    ));
            }
        };
        Ok(Answer::Curve(curve(variants, &CurveRequest { over, hypotheses }, options, progress)?).into())
    })
}

/// A size that was typed.
fn size(number: Option<f64>) -> Result<Option<u64>> {
    number
        .map(|number| {
            if number >= 0.0 && number.fract() == 0.0 && number <= 1e9 {
                return Ok(number as u64);
            }
            Err(Error::new(ErrorKind::Usage, format!("{number} is not a number of patients"))
                .help("sizes are whole numbers"))
        })
        .transpose()
}

impl Arguments {
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend((self.over != "total").then(|| format!("--over {}", quoted(&self.over))));
        words.extend(self.from.map(|from| format!("--from {from}")));
        words.extend(self.to.map(|to| format!("--to {to}")));
        words.extend(self.by.map(|by| format!("--by {by}")));
        words.extend(hypothesis_words(&self.estimand, self.analysis.as_deref()));
        words
    }
}
