//! `trialliance analyze`: the data of a trial.

use super::columns::DesignColumns;
use super::files::Files;
use super::input;
use super::numbers::{above_zero, count, count_in, finite, seed, share};
use super::output::Output;
use super::terminal::say;
use crate::data::{Asked, Dataset, Request, Roles, Table, Wide, analyze};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{AnalysisFormat, render_analysis};
use crate::scenario::{
    AnalysisSpec, Better, CovariancePattern, DfMethod, Imputation, MissingAssumption, MultiplicitySpec,
    NormalPrior, Procedure, RandomEffects, Responder, Scenario, StandardErrors, resolve,
};
use clap::Args;
use std::path::PathBuf;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance trial fuentes-2014 --output trial.csv\n  \
    trialliance analyze trial.csv --outcome pain\n  \
    trialliance analyze trial.csv --scenario fuentes-2014\n  \
    trialliance analyze my.csv --outcome vas --baseline vas0 --alliance style=usual,warm --ifc device=off,on\n  \
    trialliance analyze long.csv --outcome vas --visit week\n\n\
    An analysis that gives no answer is told among the warnings; the exit code is 4 only if none gives one.\n\
    The file has one row for each patient, or with --visit for each patient and visit, and names in its first \
    row. Empty cells, NA and . are missing.\n\
    Columns named alliance, ifc, therapist and OUTCOME_baseline or baseline find their roles by themselves.")]
pub(super) struct Arguments {
    /// A CSV file with one row for each patient (or visit, with --visit), or - for standard input
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
    #[command(flatten)]
    design: DesignColumns,
    /// Column of the block that a patient was assigned in, for permutation
    #[arg(long, value_name = "COLUMN")]
    block: Option<String>,
    /// Column on which effects may depend, for moderation
    #[arg(long, value_name = "COLUMN")]
    moderator: Option<String>,
    /// Columns whose levels make strata
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    strata: Option<Vec<String>>,
    /// Column of the visit, if each patient has a row for each visit; the last one is analysed
    #[arg(long, value_name = "COLUMN", requires = "outcome")]
    visit: Option<String>,
    /// Column that tells patients apart, with --visit [default: id, patient_id, subject or the like]
    #[arg(long, value_name = "COLUMN", requires = "visit")]
    id: Option<String>,
    /// Columns of the outcome at earlier visits, in order, for mmrm and multiple_imputation
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    visits: Option<Vec<String>>,
    /// Column of what the context acts through, for mediation
    #[arg(long, value_name = "COLUMN")]
    mediator: Option<String>,
    /// Analyses, as in ancova,welch [default: mmrm with visits, lmm with therapists, ancova with a
    /// baseline, else anova]
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    method: Vec<String>,
    /// How degrees of freedom of mixed models are found
    #[arg(long, value_enum)]
    df: Option<DfMethod>,
    /// How standard errors of linear models are found [default: model]
    #[arg(long, value_enum)]
    standard_errors: Option<StandardErrors>,
    /// What differs between therapists at random, in mixed models [default: intercept]
    #[arg(long, value_enum)]
    random_effects: Option<RandomEffects>,
    /// The pattern of covariances between visits, for mmrm [default: unstructured]
    #[arg(long, value_enum)]
    covariance: Option<CovariancePattern>,
    /// The margin of equivalence, non-inferiority or a Bayesian claim, on the outcome's scale
    #[arg(long, value_name = "SIZE", value_parser = above_zero, allow_negative_numbers = true)]
    margin: Option<f64>,
    /// A normal prior of a benefit, for bayes, as in 0,5 [default: flat]
    #[arg(long, value_name = "MEAN,SD", value_parser = prior, allow_hyphen_values = true)]
    prior: Option<NormalPrior>,
    /// Permutations or bootstrap samples [default: 9999]
    #[arg(long, value_name = "COUNT", value_parser = count_in(19..=1_000_000), allow_negative_numbers = true)]
    resamples: Option<u64>,
    /// What is assumed of missing outcomes, for multiple_imputation [default: missing-at-random]
    #[arg(long, value_enum, value_name = "ASSUMPTION")]
    missing: Option<MissingAssumption>,
    /// By how much those who are missing are worse off, with --missing delta
    #[arg(long, value_name = "SIZE", value_parser = finite, allow_hyphen_values = true)]
    delta: Option<f64>,
    /// Completed data sets, for multiple_imputation [default: 100]
    #[arg(long, value_name = "COUNT", value_parser = count_in(2..=1000), allow_negative_numbers = true)]
    imputations: Option<u64>,
    /// Seed of what analyses draw themselves
    #[arg(long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    seed: u64,
    /// Number of the replicate that the data are, for the draws that `run` made
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = count, allow_negative_numbers = true)]
    replicate: u64,
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
    better: Option<Better>,
    /// Two-sided level of the tests [default: 0.05, or the scenario's]
    #[arg(long, value_name = "LEVEL", value_parser = share, allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// Level of the confidence intervals [default: 1 - alpha]
    #[arg(long, value_name = "LEVEL", value_parser = share, allow_negative_numbers = true)]
    confidence: Option<f64>,
    /// How to write the result
    #[arg(short, long, value_enum, default_value_t = AnalysisFormat::Text)]
    format: AnalysisFormat,
    /// Where to write it; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let files = Files::default();
    let scenario = arguments
        .scenario
        .as_ref()
        .map(|name| input::load(&files, "--scenario", name, &[]).map(|loaded| loaded.scenario))
        .transpose()?;
    let alpha = level("alpha", arguments.alpha, scenario.as_ref().map_or(0.05, |scenario| scenario.alpha))?;
    let usual = scenario.as_ref().map_or(1.0 - alpha, |scenario| match arguments.alpha {
        Some(_) => 1.0 - alpha,
        None => scenario.confidence_level(),
    });
    let confidence = level("confidence", arguments.confidence, usual)?;
    let (bytes, source) = input::data(&files, &arguments.data)?;
    let about = |error: Error| error.about(source.clone());
    let output = Output::new(&files, "--output", arguments.output.as_deref())?;
    let mut table = Table::read(&bytes).map_err(about)?;
    let mut request = arguments.request();
    let wide = match (&arguments.visit, &arguments.outcome) {
        (Some(visit), Some(outcome)) => {
            Some(Wide::new(&table, arguments.id.as_deref(), visit, outcome).map_err(about)?)
        }
        _ => None,
    };
    if let Some(wide) = &wide {
        table = wide.table.clone();
        request.visits = Some(wide.visits.clone());
    }
    let roles = Roles::find(&table, &request, scenario.as_ref()).map_err(about)?;
    if let Some(wide) = &wide {
        wide.check(&roles).map_err(about)?;
    }
    let dataset = Dataset::read(&table, &roles, scenario.as_ref()).map_err(about)?;
    // The visits of an outcome have its direction.
    let stem = arguments.visit.as_ref().and(arguments.outcome.as_deref());
    let better = |outcome: &str| arguments.better(scenario.as_ref(), stem.unwrap_or(outcome));
    let asked = Asked {
        source: &source,
        alpha,
        confidence_level: confidence,
        draws: (arguments.seed, arguments.replicate),
        better: &better,
    };
    let mut result = analyze(&dataset, &roles, &asked)?;
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
    if arguments.format == AnalysisFormat::Csv {
        // All other formats have the warnings in them.
        for (id, why) in &result.no_answer {
            say(&format!("warning: {id} gives no answer: {why}\n"));
        }
    }
    output.write(&render_analysis(&result, arguments.format))
}

/// A normal prior, as in 0,5.
fn prior(text: &str) -> std::result::Result<NormalPrior, String> {
    let wrong = || "a prior is MEAN,SD, as in 0,5, with an SD above 0".to_owned();
    let (mean, sd) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match (number(mean), number(sd)) {
        (Some(mean), Some(sd)) if sd > 0.0 => Ok(NormalPrior { mean, sd }),
        _ => Err(wrong()),
    }
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
        let imputes = self.missing.is_some() || self.delta.is_some() || self.imputations.is_some();
        Request {
            outcome: self.outcome.clone(),
            baseline: self.baseline.clone(),
            context: self.design.alliance.clone(),
            treatment: self.design.ifc.clone(),
            therapist: self.design.therapist.clone(),
            block: self.block.clone(),
            methods: self.method.clone(),
            visits: None,
            options: AnalysisSpec {
                covariates: (!self.covariates.is_empty()).then(|| self.covariates.clone()),
                moderator: self.moderator.clone(),
                strata: self.strata.clone(),
                visits: self.visits.clone(),
                mediator: self.mediator.clone(),
                df: self.df,
                responder: self.responder,
                standard_errors: self.standard_errors,
                random_effects: self.random_effects,
                covariance: self.covariance,
                margin: self.margin,
                prior: self.prior,
                resamples: self.resamples,
                imputation: imputes.then(|| Imputation {
                    assumption: self.missing.unwrap_or_default(),
                    delta: self.delta,
                    data_sets: self.imputations,
                }),
                ..AnalysisSpec::default()
            },
        }
    }

    fn better(&self, scenario: Option<&Scenario>, outcome: &str) -> Option<Better> {
        self.better.or_else(|| scenario?.response.outcomes.get(outcome)?.better)
    }
}
