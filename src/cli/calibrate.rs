//! `trialliance calibrate`: a scenario from the data of a trial.

use super::columns::DesignColumns;
use super::files::Files;
use super::input;
use super::numbers::count;
use super::output::Output;
use super::terminal::say;
use crate::calibration::{Columns, CovariatesAs, Settings, calibrate};
use crate::data::{Dataset, Roles, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{calibration_csv, calibration_text};
use crate::scenario::{Better, words};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance calibrate pilot.csv --outcome pain --covariates age,sex --better lower -o scenario.json\n  \
    trialliance run scenario.json\n  \
    trialliance calibrate pilot.csv --outcome pain,function --better pain=lower,function=higher --n 240 -o scenario.json\n  \
    trialliance calibrate my.csv --outcome vas --baseline vas0 --alliance style=usual,warm --ifc device=off,on\n  \
    trialliance calibrate pilot.csv --scenario planned.json --uncertain --estimates fit.csv -o scenario.json\n\n\
    The file has one row for each patient and names in its first row. Empty cells, NA and . are missing.\n\
    Columns named alliance, ifc, therapist and OUTCOME_baseline or baseline find their roles by themselves.\n\
    The scenario needs no other file: it holds the values of covariates that are not normal.")]
pub(super) struct Arguments {
    /// A CSV file with one row for each patient, or - for standard input
    data: String,
    /// Columns of the outcomes (several with commas between, or repeated) [default: the scenario's]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    outcome: Vec<String>,
    /// Column of the outcome before treatment; with several outcomes pain=pain0,ppt=ppt0
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    baseline: Vec<String>,
    /// Columns of covariates
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    covariates: Vec<String>,
    #[command(flatten)]
    design: DesignColumns,
    /// A scenario whose factors, words for outcomes, directions and analyses are kept; its numbers are not
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Which direction is better: lower or higher, or by outcome as in pain=lower,ppt=higher
    #[arg(long, value_name = "DIRECTION", value_delimiter = ',', value_parser = direction)]
    better: Vec<(Option<String>, Better)>,
    /// Patients in all, in the ratio of the data [default: as in the data]
    #[arg(long, value_name = "TOTAL", value_parser = count, allow_negative_numbers = true)]
    n: Option<u64>,
    /// One standard deviation of an outcome for all arms, or one for each
    #[arg(long, value_enum, default_value_t = Sd::Pooled)]
    sd: Sd,
    /// How covariates that are numbers are drawn [default: normal where that fits, else empirical]
    #[arg(long, value_name = "LAW", value_enum)]
    covariates_as: Option<CovariatesAs>,
    /// Also state how uncertain the numbers are: laws for the probability of success
    #[arg(long)]
    uncertain: bool,
    /// The scenario's name [default: as the file is called]
    #[arg(long)]
    name: Option<String>,
    /// Where to write the scenario; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also write every estimate in full with its standard error and interval, as CSV
    #[arg(long, value_name = "FILE")]
    estimates: Option<PathBuf>,
    /// Do not tell on standard error what was fitted
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sd {
    /// Pooled within the arms
    Pooled,
    /// One for each arm
    PerArm,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let files = Files::default();
    let like =
        arguments.scenario.as_ref().map(|name| input::load(&files, "--scenario", name, &[])).transpose()?;
    let like = like.as_ref().map(|loaded| &loaded.scenario);
    let (bytes, path) = input::data(&files, &arguments.data)?;
    let about = |error: Error| if error.source.is_none() { error.about(path.clone()) } else { error };
    let output = Output::new(&files, "--output", arguments.output.as_deref())?;
    let estimates = arguments.estimates.as_deref();
    let estimates = estimates.map(|place| Output::new(&files, "--estimates", Some(place))).transpose()?;
    let table = Table::read(&bytes).map_err(about)?;
    let roles = arguments.columns().roles(&table, like).map_err(about)?;
    arguments.check_directions(&roles)?;
    let data = Dataset::read(&table, &roles, like).map_err(about)?;
    let settings = Settings {
        source: called(&path),
        name: arguments.name(&path)?,
        n: arguments.n,
        sd_per_arm: arguments.sd == Sd::PerArm,
        covariates_as: arguments.covariates_as,
        better: arguments.better.clone(),
        uncertain: arguments.uncertain,
        like,
        keep_analyses: arguments.outcome.is_empty(),
    };
    let fitted = calibrate(&data, &roles, &settings).map_err(about)?;
    output.write(&fitted.text)?;
    if !arguments.quiet {
        say(&calibration_text(&fitted, &roles));
    }
    estimates.map_or(Ok(()), |place| place.write(&calibration_csv(&fitted)))
}

impl Arguments {
    fn columns(&self) -> Columns {
        Columns {
            outcomes: self.outcome.clone(),
            baselines: self.baseline.clone(),
            covariates: self.covariates.clone(),
            context: self.design.alliance.clone(),
            treatment: self.design.ifc.clone(),
            therapist: self.design.therapist.clone(),
        }
    }

    /// A direction belongs to an outcome.
    fn check_directions(&self, roles: &Roles) -> Result<()> {
        let outcomes: Vec<&String> = roles.analyses.iter().map(|analysis| &analysis.outcome).collect();
        let named = self.better.iter().filter_map(|(outcome, _)| outcome.as_ref());
        let Some(stranger) = named.into_iter().find(|outcome| !outcomes.contains(outcome)) else {
            return Ok(());
        };
        let message = format!(
            "--better names {}, which is no outcome; allowed: {}",
            words::quoted(stranger),
            words::choice(&outcomes)
        );
        Err(Error::new(ErrorKind::Usage, message))
    }

    /// As asked for, or as the file is called as far as a scenario can be called so.
    fn name(&self, path: &str) -> Result<String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let begins = |name: &str| name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if let Some(name) = &self.name {
            if name.chars().all(fits) && begins(name) {
                return Ok(name.clone());
            }
            let message = format!(
                "--name is {name:?}; a name of letters, digits, `.`, `_` and `-`, beginning with a letter or digit, is \
                 needed"
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let stem = stem.unwrap_or_default().replace(|c: char| !fits(c), "-");
        let stem = stem.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        Ok(if stem.is_empty() { "calibrated".to_owned() } else { stem.to_owned() })
    }
}

/// `lower`, or `pain=lower` for one outcome.
fn direction(text: &str) -> std::result::Result<(Option<String>, Better), String> {
    let (outcome, word) = text.split_once('=').map_or((None, text), |(of, word)| (Some(of.to_owned()), word));
    let better = Better::from_str(word, false);
    better
        .map(|better| (outcome, better))
        .map_err(|_| "a direction is lower or higher, or OUTCOME=lower".to_owned())
}

/// What sources call the data: the file's name without its folders, which say nothing elsewhere.
fn called(path: &str) -> String {
    let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| path.to_owned())
}
