//! `trialliance assurance`: the probability of success when assumptions are uncertain.

use super::files::Files;
use super::input;
use super::numbers::{count, count_in, finite};
use super::question::{Asked, Common, hypothesis_words};
use super::shell::quoted;
use crate::data::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::planning::{About, AssuranceRequest, BUILT_IN, Prior, assurance, select};
use crate::report::Answer;
use crate::result::HypothesisId;
use crate::scenario::Scenario;
use clap::Args;
use std::cell::RefCell;

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 100_000;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance assurance fuentes-2014-realistic-noise --prior alliance=sceptical\n  \
    trialliance assurance fuentes-2014-realistic-noise --prior alliance=mixture --n 240 --real 5 --figure assurance.svg\n  \
    trialliance assurance sceptical --prior 'alliance=normal(5, 3)' --prior '/response/outcomes/pain/residual_sd=t(14, 1.5, 40)'\n  \
    trialliance assurance mine.json --prior 'alliance=samples(draws.csv:effect)'\n  \
    trialliance calibrate pilot.csv --outcome pain --better lower --uncertain --output pilot.json\n  \
    trialliance assurance pilot.json")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    #[command(flatten)]
    common: Common,
    /// What is believed of an effect (as a benefit) or of a number of the scenario: NAME=PRIOR or POINTER=PRIOR, where PRIOR
    /// is normal(MEAN, SD), t(MEAN, SCALE, DF), a mixture 0.5*normal(0, 1)+0.5*normal(5, 2), samples(FILE.csv:COLUMN), or
    /// sceptical, optimistic, mixture (of the alliance, in mm) (can be repeated) [default: the scenario's `uncertainty`]
    #[arg(long, value_name = "WHAT=PRIOR")]
    prior: Vec<String>,
    /// What must be claimed, as [analysis/][outcome/]estimand; several must all be claimed (can be repeated) [default: the
    /// first primary hypothesis]
    #[arg(long, value_name = "HYPOTHESIS")]
    estimand: Vec<String>,
    /// Of which analysis, by its id [default: that of the first primary hypothesis]
    #[arg(long, value_name = "ID")]
    analysis: Option<String>,
    /// Patients in all, keeping the ratio of the arms
    #[arg(long, value_name = "TOTAL", value_parser = count, allow_negative_numbers = true)]
    n: Option<u64>,
    /// From which benefit on the effect of the first hypothesis is real
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite)]
    real: f64,
    /// How often uncertain numbers are drawn, where they cannot be integrated over
    #[arg(long, value_name = "COUNT", value_parser = count_in(2..=1_000_000), default_value_t = 500, allow_negative_numbers = true)]
    draws: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let files = Files::default();
    let asked = Asked {
        command: "assurance",
        files: &files,
        scenario: &arguments.scenario,
        words: arguments.words(),
        n: arguments.n,
        replicates: |_, _| REPLICATES,
    };
    arguments.common.answer(&asked, &|variants, options, progress| {
        let mut hypotheses = select(variants.scenario, &arguments.estimand, arguments.analysis.as_deref())?;
        if arguments.estimand.is_empty() {
            hypotheses.truncate(1);
        }
        let request = AssuranceRequest {
            priors: arguments.priors(&files, variants.scenario, &hypotheses)?,
            hypotheses,
            real: arguments.real,
            draws: arguments.draws,
        };
        Ok(Answer::Assurance(assurance(variants, &request, options, progress)?).into())
    })
}

impl Arguments {
    fn priors(
        &self,
        files: &Files,
        scenario: &Scenario,
        hypotheses: &[HypothesisId],
    ) -> Result<Vec<(About, Prior)>> {
        if self.prior.is_empty() {
            let stated = scenario.uncertainty.iter();
            return Ok(stated.map(|(pointer, law)| (About::Field(pointer.clone()), (*law).into())).collect());
        }
        let mut priors: Vec<(About, Prior)> = Vec::new();
        for text in &self.prior {
            let usage =
                |message: String| Error::new(ErrorKind::Usage, message).about(format!("--prior {text}"));
            let (what, law) = text.split_once('=').ok_or_else(|| {
                usage("there is no `=` between what is uncertain and its prior".to_owned())
                    .help("as in --prior 'alliance=normal(5, 3)'")
            })?;
            // A file that cannot be read is not a wrong prior: the error of reading it is kept.
            let unread = RefCell::new(None);
            let read = |file: &str, column: &str| {
                let samples = self.file(files, file).and_then(|text| {
                    let samples = Table::read(text.as_bytes()).and_then(|table| table.numbers(column));
                    samples.map_err(|error| Error { message: format!("{file}: {}", error.message), ..error })
                });
                samples.map_err(|error| {
                    let message = error.message.clone();
                    unread.replace(Some(error));
                    message
                })
            };
            let prior = Prior::parse(law, &read);
            let prior = prior.map_err(|why| {
                unread.take().map_or_else(|| usage(why), |error| error.about(format!("--prior {text}")))
            })?;
            let about = match what.trim() {
                pointer if pointer.starts_with('/') => {
                    if crate::planning::number_at(scenario, pointer)?.is_none() {
                        return Err(usage("the scenario does not state this number".to_owned())
                            .help("`trialliance check --explain` lists every field with its value"));
                    }
                    About::Field(pointer.to_owned())
                }
                name => {
                    let found = self.effect(scenario, hypotheses, name);
                    About::Effect(found.map_err(|error| usage(error.message))?)
                }
            };
            if BUILT_IN.contains(&law.trim()) {
                check_unit(scenario, &about).map_err(usage)?;
            }
            if priors.iter().any(|(known, _)| *known == about) {
                return Err(
                    usage("there are two priors for the same".to_owned()).help("a mixture is one prior")
                );
            }
            priors.push((about, prior));
        }
        Ok(priors)
    }

    /// The text of a file of samples beside the scenario.
    fn file(&self, files: &Files, file: &str) -> Result<String> {
        files.reads("--prior", &input::place(&self.scenario, file))?;
        input::beside(&self.scenario, file).map_err(|why| Error::new(ErrorKind::Input, why))
    }

    /// The effect of this name, of what is asked where that has it.
    fn effect(&self, scenario: &Scenario, hypotheses: &[HypothesisId], name: &str) -> Result<HypothesisId> {
        match hypotheses.iter().find(|one| one.estimand == name) {
            Some(asked) => Ok(asked.clone()),
            None => Ok(select(scenario, &[name.to_owned()], self.analysis.as_deref())?.remove(0)),
        }
    }

    fn words(&self) -> Vec<String> {
        let mut words: Vec<String> =
            self.prior.iter().map(|prior| format!("--prior {}", quoted(prior))).collect();
        words.extend(hypothesis_words(&self.estimand, self.analysis.as_deref()));
        words.extend((self.real != 0.0).then(|| format!("--real {}", self.real)));
        words.extend((self.draws != 500).then(|| format!("--draws {}", self.draws)));
        words
    }
}

/// The built-in priors are about pain in mm.
fn check_unit(scenario: &Scenario, about: &About) -> std::result::Result<(), String> {
    let About::Effect(hypothesis) = about else {
        return Err("the built-in priors are about an effect, not about a number of the scenario".to_owned());
    };
    let unit =
        scenario.response.outcomes.get(&hypothesis.outcome).and_then(|outcome| outcome.unit.as_deref());
    match unit {
        Some("mm") => Ok(()),
        unit => Err(format!(
            "the built-in priors are about pain in mm from 0 to 100, but {} is in {}",
            hypothesis.outcome,
            unit.unwrap_or("no stated unit")
        )),
    }
}
