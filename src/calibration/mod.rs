//! A scenario from the data of a trial.
//!
//! In come patients as columns and what the columns mean ([`Dataset`], [`Roles`]) and
//! what was asked for ([`Settings`]); out come a checked [`Scenario`], every number that
//! was estimated with its standard error ([`Estimate`]), and what a reader should know
//! ([`Calibration`]). Nothing here knows files: the scenario names the data as its
//! source, and holds all that it needs.
//!
//! What the data cannot tell (natural course, delivery, instruments, why outcomes are
//! missing) is left out, and the scenario's notes say so.

mod correlations;
mod covariates;
mod draft;
mod estimate;
mod layout;
mod missing;
mod names;
mod normality;
mod obstacles;
mod outcomes;
mod render;
mod roles;
mod therapists;
mod uncertainty;
mod variables;
mod within;

pub use covariates::CovariatesAs;
pub use estimate::{Distribution, Estimate};
pub use normality::omnibus;
pub use render::render;
pub use roles::Columns;
pub use therapists::Clustering;
pub use within::{Pair, Spread};

use crate::data::{Dataset, Roles};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::scenario::{self, Better, Scenario};
use draft::Draft;
use variables::Variable;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Settings<'a> {
    /// What sources call the data, as in `pilot.csv`.
    pub source: String,
    /// The scenario's name.
    pub name: String,
    /// Patients in all; as in the data, if not stated.
    pub n: Option<u64>,
    /// A standard deviation for each arm, not one for all.
    pub sd_per_arm: bool,
    /// How covariates are drawn; as they look, if not stated.
    pub covariates_as: Option<CovariatesAs>,
    /// Which direction of an outcome is better, by its column; without a column, of every other.
    pub better: Vec<(Option<String>, Better)>,
    /// Whether the scenario tells how uncertain its numbers are.
    pub uncertain: bool,
    /// A scenario whose factors, outcomes' words and directions are kept.
    pub like: Option<&'a Scenario>,
    /// Whether its analyses and hypotheses are kept, too.
    pub keep_analyses: bool,
}

impl Settings<'_> {
    /// Which direction of an outcome is better: as stated for it, as stated for all, as in the scenario
    /// that is followed.
    fn better(&self, outcome: &Variable<'_>) -> Option<Better> {
        let stated = |column: Option<&String>| {
            self.better.iter().find(|(of, _)| of.as_ref() == column).map(|(_, better)| *better)
        };
        let like = || self.like?.response.outcomes.get(&outcome.name)?.better;
        stated(Some(&outcome.column)).or_else(|| stated(None)).or_else(like)
    }
}

/// A scenario from data.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// The scenario, checked.
    pub scenario: Scenario,
    /// Its text.
    pub text: String,
    /// What was estimated, in the order of the scenario.
    pub estimates: Vec<Estimate>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Fits a scenario to the patients.
///
/// ```
/// use trialliance::calibration::{Settings, calibrate};
/// use trialliance::data::{Dataset, Request, Roles, Table};
///
/// let data = "alliance,ifc,pain
/// limited,sham,50\nlimited,sham,60\nlimited,active,41\nlimited,active,52
/// enhanced,sham,40\nenhanced,sham,44\nenhanced,active,30\nenhanced,active,43\n";
/// let table = Table::read(data.as_bytes())?;
/// let request = Request { outcome: Some("pain".to_owned()), ..Request::default() };
/// let roles = Roles::find(&table, &request, None)?;
/// let patients = Dataset::read(&table, &roles, None)?;
/// let settings = Settings { source: "pilot.csv".to_owned(), name: "pilot".to_owned(), ..Settings::default() };
/// let fitted = calibrate(&patients, &roles, &settings)?;
/// let means = fitted.scenario.response.outcomes["pain"].arm_means.as_ref();
/// assert_eq!(means.and_then(|means| means.get("SL")), Some(&55.0));
/// # Ok::<(), trialliance::error::Error>(())
/// ```
///
/// # Errors
/// `Input`, if the data cannot be those of such a trial, with the column of each thing that is
/// wrong; `Usage`, if what was asked for and the data do not fit.
pub fn calibrate(data: &Dataset, roles: &Roles, settings: &Settings<'_>) -> Result<Calibration> {
    obstacles::check(data, roles)?;
    let draft = Draft::new(data, roles, settings)?;
    let text = render(&draft.scenario);
    let scenario = scenario::read_bytes(text.as_bytes(), &settings.name, &[]).map_err(|error| {
        let message = "what was fitted to the data is no valid scenario";
        let message = if error.problems.is_empty() {
            format!("{message}: {}", error.message)
        } else {
            message.to_owned()
        };
        Error::new(ErrorKind::Input, message).about(&settings.source).problems(unplaced(error.problems))
    })?;
    Ok(Calibration { scenario, text, estimates: draft.estimates, notes: draft.notes })
}

/// Lines and columns are those of a text that nobody has seen: they are none of the data.
fn unplaced(problems: Vec<Problem>) -> Vec<Problem> {
    problems.into_iter().map(|problem| Problem { position: None, ..problem }).collect()
}
