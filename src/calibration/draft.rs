//! The scenario, put together from its parts.

use super::estimate::{Estimate, stated};
use super::names::{self, Names};
use super::outcomes::{self, Fit};
use super::therapists::Clustering;
use super::variables::Variables;
use super::{Settings, correlations, covariates, layout, missing, uncertainty};
use crate::data::{Dataset, Roles};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, arm_ids};
use crate::scenario::words::thousands;
use crate::scenario::{Factor, SCHEMA, Scenario, resolve};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// What no file of a trial tells.
const UNTOLD: &str = "Left out, as the data do not tell it: natural course and response to being treated, how the \
                      context was delivered and perceived, blinding, instruments (limits, steps, error of measurement), \
                      events after assignment, why outcomes are missing (taken for completely at random), visits, \
                      eligibility. Outcomes and baselines are taken for normal.";

/// Most patients of an arm of a scenario.
const MOST_IN_ARM: u64 = 1_000_000;

/// Estimates, sources and notes, as they come up.
#[derive(Debug)]
pub(super) struct Sheet {
    file: String,
    estimates: Vec<Estimate>,
    sources: IndexMap<String, String>,
    notes: Vec<String>,
}

impl Sheet {
    /// Keeps an estimate with its source, and gives its value as the scenario states it.
    pub fn add(&mut self, estimate: Estimate) -> Value {
        self.sources.insert(estimate.pointer.clone(), estimate.source(&self.file));
        let value = stated(estimate.value);
        self.estimates.push(estimate);
        value.into()
    }

    /// The data as the source of something that has no error.
    pub fn cite(&mut self, pointer: String, how: &str) {
        self.sources.insert(pointer, format!("{}: {how}", self.file));
    }

    /// Something that a reader should know.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

/// A scenario that is still to be checked.
#[derive(Debug)]
pub(super) struct Draft {
    pub scenario: Scenario,
    pub estimates: Vec<Estimate>,
    pub notes: Vec<String>,
}

impl Draft {
    pub fn new(data: &Dataset, roles: &Roles, settings: &Settings<'_>) -> Result<Self> {
        let mut sheet = Sheet {
            file: settings.source.clone(),
            estimates: Vec::new(),
            sources: IndexMap::new(),
            notes: Vec::new(),
        };
        let factors = settings.like.map_or_else(|| names::factors(roles), |like| like.factors.clone());
        let variables = Variables::of(data, roles, &mut Names::new(&factors), settings.like);
        let mut design = Map::new();
        design.insert("n_per_arm".to_owned(), sizes(data, &factors, settings, &mut sheet)?);
        let clusterings = clusterings(data, &variables)?;
        if !clusterings.is_empty() {
            design.insert(
                "therapists".to_owned(),
                therapists(data, &factors, &variables, &clusterings, &mut sheet),
            );
        }
        let covariates: Vec<Value> = variables
            .covariates
            .iter()
            .enumerate()
            .map(|(index, variable)| {
                covariates::covariate(data, variable, index, settings.covariates_as, &mut sheet)
            })
            .collect();
        let mut stated_outcomes = Map::new();
        for (number, columns) in variables.outcomes.iter().enumerate() {
            let like = settings.like.and_then(|like| like.response.outcomes.get(&columns.outcome.name));
            let fit = Fit {
                arms: &data.arms,
                factors: &factors,
                clustering: clusterings.get(number),
                sd_per_arm: settings.sd_per_arm,
                better: settings.better(&columns.outcome),
                like,
            };
            stated_outcomes.insert(columns.outcome.name.clone(), fit.outcome(columns, &mut sheet)?);
        }
        let [of_cohort, of_response] = correlations::lists(&data.arms, &variables, &mut sheet);
        let measured: Vec<_> = variables.outcomes.iter().map(|columns| &columns.outcome).collect();
        let missing = missing::missing(&data.arms, &factors, &measured, &mut sheet);
        remarks(&variables, settings, clusterings.first(), &mut sheet);
        let patients = data.arms.len();
        let value = json!({
            "schema": SCHEMA,
            "name": settings.name,
            "title": format!("As in {}: {patients} patients", settings.source),
            "factors": factors,
            "design": design,
            "cohort": {"covariates": covariates, "correlation": of_cohort},
            "response": {"outcomes": stated_outcomes, "correlation": of_response},
            "observation": {"missing": missing},
            "analyses": analyses(roles, &variables, settings),
        });
        let mut scenario: Scenario = serde_json::from_value(value).map_err(|error| {
            Error::new(ErrorKind::Unexpected, format!("the draft of a scenario could not be read: {error}"))
        })?;
        decisions(&mut scenario, settings, &mut sheet);
        correlations::settle(&mut scenario, &mut sheet);
        if settings.uncertain {
            uncertainty::add(&mut scenario, &sheet.estimates);
        }
        let Sheet { estimates, sources, notes, .. } = sheet;
        scenario.sources = sources;
        scenario.notes = Some(notes_of_scenario(settings, patients, &notes));
        Ok(Draft { scenario, estimates, notes })
    }
}

/// The sizes of the arms: as they are, or as many in all as were asked for in the same ratio.
fn sizes(data: &Dataset, factors: &[Factor], settings: &Settings<'_>, sheet: &mut Sheet) -> Result<Value> {
    let observed = data.sizes();
    let sizes = settings.n.map_or(observed, |total| resolve::apportion(total, observed));
    if let Some(arm) = sizes.iter().position(|&size| size < 2) {
        let (id, total) = (&arm_ids(factors)[arm], sizes.iter().sum::<u64>());
        let message =
            format!("of {total} patients {id} would have {}: at least 2 in each arm are needed", sizes[arm]);
        return Err(Error::new(ErrorKind::Usage, message));
    }
    if let Some(arm) = sizes.iter().position(|&size| size > MOST_IN_ARM) {
        let (id, most) = (&arm_ids(factors)[arm], thousands(MOST_IN_ARM));
        let found = thousands(sizes[arm]);
        let message = format!("{id} would have {found} patients; at most {most} in each arm are simulated");
        let about = settings.n.map_or_else(|| sheet.file.clone(), |total| format!("--n {total}"));
        return Err(Error::new(ErrorKind::Usage, message).about(about));
    }
    let at = "/design/n_per_arm".to_owned();
    match settings.n {
        None => sheet.cite(at, "patients in each arm"),
        Some(total) => {
            let source = format!("assumption: {total} patients as asked for, in the ratio of {}", sheet.file);
            sheet.sources.insert(at, source);
        }
    }
    Ok(Value::Object(arm_ids(factors).into_iter().zip(sizes.map(Value::from)).collect()))
}

/// Variances between and within therapists, by outcome; none without therapists.
fn clusterings(data: &Dataset, variables: &Variables<'_>) -> Result<Vec<Clustering>> {
    if data.therapist_names.is_empty() {
        return Ok(Vec::new());
    }
    let of = |columns: &super::variables::OutcomeColumns<'_>| {
        Clustering::fit(data, columns.index, &[]).map_err(|why| {
            let message =
                format!("no intraclass correlation of {} by therapist: {why}", columns.outcome.column);
            Error::new(ErrorKind::Input, message).help(
                "a column of another name than `therapist` is not taken for one; rename it if it is none",
            )
        })
    };
    variables.outcomes.iter().map(of).collect()
}

fn therapists(
    data: &Dataset,
    factors: &[Factor],
    variables: &Variables<'_>,
    clusterings: &[Clustering],
    sheet: &mut Sheet,
) -> Value {
    let mut fields = layout::therapists(data, factors, sheet);
    let iccs = variables.outcomes.iter().zip(clusterings).map(|(columns, clustering)| {
        let name = &columns.outcome.name;
        let pointer = format!("/design/therapists/icc/{name}");
        (name.clone(), outcomes::icc(name, pointer, clustering, sheet))
    });
    let iccs: Map<String, Value> = iccs.collect();
    fields.insert("icc".to_owned(), Value::Object(iccs));
    Value::Object(fields)
}

/// The analyses of the roles, under the scenario's names.
fn analyses(roles: &Roles, variables: &Variables<'_>, settings: &Settings<'_>) -> Value {
    if let Some(like) = settings.like.filter(|_| settings.keep_analyses) {
        return json!(like.analyses);
    }
    let several = variables.outcomes.len() > 1;
    let analysis = |spec: &crate::scenario::AnalysisSpec| {
        let own = variables.outcomes.iter().find(|columns| columns.outcome.column == spec.outcome);
        let name = own.map_or(&spec.outcome, |columns| &columns.outcome.name);
        let mut fields = Map::new();
        if several {
            fields.insert("id".to_owned(), name.clone().into());
        }
        fields.insert("method".to_owned(), spec.method.clone().into());
        fields.insert("outcome".to_owned(), name.clone().into());
        let columns = spec.covariates.iter().flatten();
        let adjusted: Vec<String> = columns.map(|column| variables.adjusted(&spec.outcome, column)).collect();
        if spec.method != "anova" {
            fields.insert("covariates".to_owned(), json!(adjusted));
        }
        Value::Object(fields)
    };
    roles.analyses.iter().map(analysis).collect()
}

/// What the planner decides: as in the scenario that is followed, else the usual level.
fn decisions(scenario: &mut Scenario, settings: &Settings<'_>, sheet: &mut Sheet) {
    let Some(like) = settings.like else {
        let usual = "assumption: the usual two-sided level";
        sheet.sources.insert("/alpha".to_owned(), usual.to_owned());
        return;
    };
    (scenario.alpha, scenario.confidence_level) = (like.alpha, like.confidence_level);
    if settings.keep_analyses {
        (scenario.primary, scenario.multiplicity) = (like.primary.clone(), like.multiplicity.clone());
    }
    let decided = ["/alpha", "/confidence_level", "/analyses", "/multiplicity"];
    let kept = |pointer: &str| decided.iter().any(|place| pointer.starts_with(place));
    let kept = like.sources.iter().filter(|(pointer, _)| kept(pointer));
    sheet.sources.extend(kept.map(|(pointer, source)| (pointer.clone(), source.clone())));
    for place in decided {
        let source = format!("assumption: as in the scenario {}", like.name);
        let is_there = match place {
            "/analyses" | "/multiplicity" => settings.keep_analyses,
            "/confidence_level" => like.confidence_level.is_some(),
            _ => true,
        };
        if is_there && (place != "/multiplicity" || like.multiplicity.is_some()) {
            sheet.sources.entry(place.to_owned()).or_insert(source);
        }
    }
}

/// What else a reader of the numbers should know.
fn remarks(
    variables: &Variables<'_>,
    settings: &Settings<'_>,
    clustering: Option<&Clustering>,
    sheet: &mut Sheet,
) {
    for variable in variables
        .all()
        .filter(|variable| variables.outcomes.iter().all(|columns| columns.outcome.name != variable.name))
    {
        let lacking = variable.values.iter().filter(|value| value.is_nan()).count();
        if lacking > 0 {
            let name = &variable.column;
            sheet.note(format!("{name} is missing in {lacking} patients; in the scenario everybody has it"));
        }
    }
    for columns in &variables.outcomes {
        let values = [Some(&columns.outcome), columns.baseline.as_ref()];
        for variable in values.into_iter().flatten() {
            let there: Vec<f64> = variable.values.iter().copied().filter(|value| !value.is_nan()).collect();
            if let [first, rest @ ..] = there.as_slice()
                && rest.iter().chain([first]).all(|value| value.fract() == 0.0)
                && there.len() >= 2 * ARMS
            {
                let low = there.iter().copied().fold(f64::INFINITY, f64::min);
                let high = there.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                sheet.note(format!(
                    "{} has whole numbers from {low} to {high} only; the scenario does not round or limit: state \
                     its instrument if that matters",
                    variable.column
                ));
            }
        }
    }
    let Some(clustering) = clustering else { return };
    let by_arm = variables.outcomes.iter().any(|columns| settings.better(&columns.outcome).is_none());
    if settings.uncertain && by_arm && clustering.shares_therapists() {
        sheet.note(
            "arms share therapists, so that their means err together, but each has a law by itself: differences of \
             arms are more certain than that; say --better to have laws for the effects"
                .to_owned(),
        );
    }
    let what = if settings.sd_per_arm { "SDs, baselines and" } else { "baselines and" };
    sheet.note(format!(
        "standard errors of {what} correlations take patients for independent, whoever treats them"
    ));
}

fn notes_of_scenario(settings: &Settings<'_>, patients: usize, notes: &[String]) -> String {
    let mut text = format!(
        "What the patients are like and what happens to them was estimated from the {patients} patients of {}, to six \
         significant digits; `sources` gives the standard errors. {UNTOLD}",
        settings.source
    );
    if settings.uncertain {
        text.push_str(" `uncertainty` takes the errors of the estimates for independent of each other.");
    }
    if !notes.is_empty() {
        text.push_str(&format!(" Also: {}.", notes.join("; ")));
    }
    text
}
