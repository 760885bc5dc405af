//! `trialliance analyze`: the data of a trial.

use super::input;
use super::output::Output;
use crate::data::{Dataset, Request, Roles, Table, analyze};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{AnalysisFormat, render_analysis};
use crate::scenario::{Better, DfMethod, MultiplicitySpec, Procedure, Responder, Scenario, resolve};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance trial fuentes-2014 --output trial.csv\n  \
    trialliance analyze trial.csv --outcome pain\n  \
    trialliance analyze trial.csv --scenario fuentes-2014\n  \
    trialliance analyze my.csv --outcome vas --baseline vas0 --alliance style=usual,warm --ifc device=off,on\n\n\
    The file has one row for each patient and names in its first row. Empty cells, NA and . are missing.\n\
    Columns named alliance, ifc, therapist and OUTCOME_baseline or baseline find their roles by themselves.")]
pub(super) struct Arguments {
    /// A CSV file with one row for each patient, or - for standard input
    data: String,
    /// Column of the outcome
    #[arg(long, value_name = "COLUMN")]
    outcome: Option<String>,
    /// Column of the outcome before treatment
    #[arg(long, value_name = "COLUMN")]
    baseline: Option<String>,
    /// Columns to adjust for, beside the baseline
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Column of the context, with its levels if they are not limited and enhanced
    #[arg(long, visible_alias = "context", value_name = "COLUMN[=REFERENCE,SECOND]")]
    alliance: Option<String>,
    /// Column of the treatment, with its levels if they are not sham and active
    #[arg(long, visible_alias = "treatment", value_name = "COLUMN[=REFERENCE,SECOND]")]
    ifc: Option<String>,
    /// Column that says who treated a patient
    #[arg(long, value_name = "COLUMN")]
    therapist: Option<String>,
    /// Column on which effects may depend, for moderation
    #[arg(long, value_name = "COLUMN")]
    moderator: Option<String>,
    /// Analyses, as in ancova,welch [default: lmm with therapists, ancova with a baseline, else anova]
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    method: Vec<String>,
    /// How degrees of freedom of mixed models are found
    #[arg(long, value_enum)]
    df: Option<Df>,
    /// Who responds: at-most=30, at-least=5, improvement=20 or improvement-percent=30 [default: outcome 1]
    #[arg(long, value_name = "RULE", value_parser = responder)]
    responder: Option<Responder>,
    /// Judge the main effects and the interaction of the first analysis (or the scenario's primary
    /// hypotheses) together; dunnett: the comparisons with the reference arm
    #[arg(long, value_name = "PROCEDURE", value_enum)]
    adjust: Option<Procedure>,
    /// A scenario whose factors, analyses and directions are used
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Which direction of the outcome is better
    #[arg(long, value_enum)]
    better: Option<Direction>,
    /// Two-sided level of the tests [default: 0.05, or the scenario's]
    #[arg(long, value_name = "LEVEL")]
    alpha: Option<f64>,
    /// Level of the confidence intervals [default: 1 - alpha]
    #[arg(long, value_name = "LEVEL")]
    confidence: Option<f64>,
    /// How to write the result
    #[arg(short, long, value_enum, default_value_t = AnalysisFormat::Text)]
    format: AnalysisFormat,
    /// Where to write it; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Df {
    /// By the uncertainty of the estimated variances
    Satterthwaite,
    /// With the expected information, and standard errors that allow for it
    KenwardRoger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// A negative difference is a benefit
    Lower,
    /// A positive difference is a benefit
    Higher,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let scenario = arguments
        .scenario
        .as_ref()
        .map(|name| input::load(name, &[]).map(|loaded| loaded.scenario))
        .transpose()?;
    let alpha = level("alpha", arguments.alpha, scenario.as_ref().map_or(0.05, |scenario| scenario.alpha))?;
    let usual = scenario.as_ref().map_or(1.0 - alpha, |scenario| match arguments.alpha {
        Some(_) => 1.0 - alpha,
        None => scenario.confidence_level(),
    });
    let confidence = level("confidence", arguments.confidence, usual)?;
    let (bytes, source) = input::data(&arguments.data)?;
    let about = |error: Error| error.about(source.clone());
    let table = Table::read(&bytes).map_err(about)?;
    let roles = Roles::find(&table, &arguments.request(), scenario.as_ref()).map_err(about)?;
    let dataset = Dataset::read(&table, &roles, scenario.as_ref()).map_err(about)?;
    let output = Output::new(arguments.output.as_deref())?;
    let better = |outcome: &str| arguments.better(scenario.as_ref(), outcome);
    let mut result = analyze(&dataset, &roles, &source, alpha, confidence, &better)?;
    if let Some(stated) = arguments.multiplicity(scenario.as_ref())? {
        let named = scenario.as_ref().and_then(|scenario| resolve::resolve_primary(scenario).ok());
        match result.adjust(&stated, &named.unwrap_or_default()) {
            // What the scenario plans need not suit every analysis of it; what was asked for must.
            Err(error) if arguments.adjust.is_none() => {
                result.warnings.push(format!("p values are not adjusted: {}", error.message));
            }
            judged => judged?,
        }
    }
    if table.allows_decimal_commas() {
        result.warnings.push(
            "cells are separated by semicolons or tabs: a comma in a number was read as a decimal comma"
                .to_owned(),
        );
    }
    output.write(&render_analysis(&result, arguments.format))
}

/// A rule for responders.
fn responder(text: &str) -> std::result::Result<Responder, String> {
    let wrong = || {
        "a rule is at-most=30, at-least=5, improvement=20 or improvement-percent=30, with a number".to_owned()
    };
    let (rule, number) = text.split_once('=').ok_or_else(wrong)?;
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let mut responder = Responder::default();
    let slot = match rule {
        "at-most" => &mut responder.at_most,
        "at-least" => &mut responder.at_least,
        "improvement" if number > 0.0 => &mut responder.improvement,
        "improvement-percent" if number > 0.0 => &mut responder.improvement_percent,
        _ => return Err(wrong()),
    };
    *slot = Some(number).filter(|number| number.is_finite());
    if slot.is_some() { Ok(responder) } else { Err(wrong()) }
}

fn level(name: &str, stated: Option<f64>, usual: f64) -> Result<f64> {
    match stated {
        Some(level) if !(level > 0.0 && level < 1.0) => Err(Error::new(
            ErrorKind::Usage,
            format!("--{name} is {level}; a number between 0 and 1 is needed"),
        )),
        stated => Ok(stated.unwrap_or(usual)),
    }
}

impl Arguments {
    /// How hypotheses are judged together: as asked for, with the shares and the graph of a scenario that
    /// states the same procedure, else as the scenario says.
    fn multiplicity(&self, scenario: Option<&Scenario>) -> Result<Option<MultiplicitySpec>> {
        let planned = scenario.and_then(|scenario| scenario.multiplicity.clone());
        match (self.adjust, planned) {
            (None, planned) => Ok(planned),
            (Some(procedure), Some(planned)) if planned.procedure == procedure => Ok(Some(planned)),
            (Some(Procedure::Graph), _) => Err(Error::new(
                ErrorKind::Usage,
                "--adjust graph needs a scenario that states the graph",
            )
            .help(
                "name it by --scenario; its /multiplicity has the procedure graph, weights and transitions",
            )),
            (Some(procedure), _) => Ok(Some(procedure.into())),
        }
    }

    fn request(&self) -> Request {
        Request {
            outcome: self.outcome.clone(),
            baseline: self.baseline.clone(),
            covariates: self.covariates.clone(),
            context: self.alliance.clone(),
            treatment: self.ifc.clone(),
            therapist: self.therapist.clone(),
            moderator: self.moderator.clone(),
            methods: self.method.clone(),
            responder: self.responder,
            df: self.df.map(|df| match df {
                Df::Satterthwaite => DfMethod::Satterthwaite,
                Df::KenwardRoger => DfMethod::KenwardRoger,
            }),
        }
    }

    fn better(&self, scenario: Option<&Scenario>, outcome: &str) -> Option<Better> {
        let stated = self.better.map(|better| match better {
            Direction::Lower => Better::Lower,
            Direction::Higher => Better::Higher,
        });
        stated.or_else(|| scenario?.response.outcomes.get(outcome)?.better)
    }
}
