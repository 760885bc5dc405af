//! What can be said of a scenario before any trial is run.
//!
//! In comes a scenario; out come its cohort, the truth of each estimand, the parts
//! of the change in each arm, and what measuring and missing values make of that
//! change, from one large population.

use super::patients::virtual_trial::{TrialColumns, VirtualTrial};
use super::truths::contrasts::{self, CHUNKS, LAST};
use super::truths::exposure;
use super::truths::moderation;
use crate::cohort::CohortModel;
use crate::error::Result;
use crate::estimand::{ARMS, Estimand, of_analysis};
use crate::observation::Purpose;
use crate::response::{Parts, Source, decompose, spread};
use crate::result::Truth;
use crate::scenario::{Better, Scenario, resolve};

/// A scenario, worked out.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Its patients before treatment.
    pub cohort: CohortModel,
    /// The outcomes, in their order.
    pub outcomes: Vec<ExplainedOutcome>,
    /// How effects change with the covariates that analyses of moderation look at.
    pub moderations: Vec<ExplainedModeration>,
}

/// How the effects on one outcome change with one covariate.
#[derive(Debug, Clone)]
pub struct ExplainedModeration {
    /// The outcome.
    pub outcome: String,
    /// The covariate, as the analysis names it.
    pub moderator: String,
    /// The estimands and their truths.
    pub truths: Vec<(Estimand, Truth)>,
}

/// One outcome.
#[derive(Debug, Clone)]
pub struct ExplainedOutcome {
    /// Its name.
    pub name: String,
    /// The truth of each estimand.
    pub truths: Vec<Truth>,
    /// Without assignment: the slope that a regression finds without end, and its Monte Carlo
    /// standard error.
    pub associational: Option<(f64, f64)>,
    /// What makes patients differ, as variances over all arms.
    pub spread: Vec<(Source, f64)>,
    /// The parts of the mean change in each arm; none without a baseline and a direction.
    pub parts: Option<[Parts; ARMS]>,
    /// What is recorded of that change; none where it is recorded as it is.
    pub recorded: Option<[Recorded; ARMS]>,
}

/// Mean benefits since baseline as recorded in one arm, with their Monte Carlo standard errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recorded {
    /// If nothing were missing.
    pub complete: (f64, f64),
    /// Of the patients whose values are there.
    pub available: (f64, f64),
}

/// Works a checked scenario out.
///
/// # Errors
/// If the scenario was not checked.
pub fn explained(scenario: &Scenario) -> Result<Explained> {
    let population = contrasts::population(scenario)?;
    let truths = contrasts::truths(scenario, &population);
    let names: Vec<&String> = scenario.response.outcomes.keys().collect();
    let slopes = exposure::slopes(scenario, &population);
    let observational = resolve::is_observational(scenario);
    let plain = |number: usize| {
        if observational {
            return true;
        }
        let baseline = resolve::baseline_column(scenario, names[number])
            .and_then(|column| population.cohort.index(&column));
        population.observation.is_exact(number)
            && scenario.observation.missing.is_empty()
            && scenario.observation.events.is_empty()
            && baseline.is_none_or(|variable| population.cohort.is_recorded_as_it_is(variable))
    };
    let simulated =
        (0..names.len()).any(|number| !plain(number)).then(|| record(scenario, &population, &names));
    let outcomes = names.iter().enumerate().map(|(number, name)| ExplainedOutcome {
        name: (*name).clone(),
        truths: match slopes.get(number) {
            Some(slopes) => slopes.truths().all(),
            None => truths[number].all(),
        },
        associational: slopes.get(number).map(|slopes| slopes.associational),
        spread: spread(scenario, &population.cohort, name).unwrap_or_default(),
        parts: decompose(scenario, &population.cohort, name).filter(|_| !observational),
        recorded: simulated.as_ref().filter(|_| !plain(number)).and_then(|all| all[number]),
    });
    let outcomes = outcomes.collect();
    let moderations = moderations(scenario, &population, &names);
    Ok(Explained { cohort: population.cohort, outcomes, moderations })
}

/// One for each outcome and moderator, however many analyses look at them.
fn moderations(
    scenario: &Scenario,
    population: &VirtualTrial,
    names: &[&String],
) -> Vec<ExplainedModeration> {
    let mut moderations: Vec<ExplainedModeration> = Vec::new();
    for analysis in &scenario.analyses {
        let Some(moderator) = &analysis.moderator else { continue };
        let known =
            |one: &ExplainedModeration| one.outcome == analysis.outcome && one.moderator == *moderator;
        let outcome = names.iter().position(|name| **name == analysis.outcome);
        let column = resolve::moderator_column(scenario, analysis);
        let (Some(outcome), Some(column)) = (outcome, column) else { continue };
        if !moderations.iter().any(known) {
            let truths = moderation::truths(scenario, population, outcome, &column).all();
            moderations.push(ExplainedModeration {
                outcome: analysis.outcome.clone(),
                moderator: moderator.clone(),
                truths: of_analysis(scenario, analysis).into_iter().zip(truths).collect(),
            });
        }
    }
    moderations
}

/// Sums of benefits, their squares, and how many.
type Sums = [f64; 3];

fn record(
    scenario: &Scenario,
    population: &VirtualTrial,
    names: &[&String],
) -> Vec<Option<[Recorded; ARMS]>> {
    let mut columns = population.columns();
    let places: Vec<Option<(usize, f64)>> = names
        .iter()
        .map(|name| {
            let outcome = scenario.response.outcomes.get(*name)?;
            let sign = f64::from(outcome.better.map(Better::sign)?);
            let column = resolve::baseline_column(scenario, name)?;
            Some((population.cohort.index(&column)?, sign))
        })
        .collect();
    let mut sums = vec![[[[0.0; 3]; 2]; ARMS]; names.len()];
    for chunk in 0..CHUNKS {
        population.draw(LAST - chunk, &mut columns);
        for arm in 0..ARMS {
            for (which, purpose) in [Purpose::Truth, Purpose::Data].into_iter().enumerate() {
                population.record_as(purpose, arm, &mut columns);
                for (number, sums) in sums.iter_mut().enumerate() {
                    if let Some(place) = places[number] {
                        add(&columns, number, place, &mut sums[arm][which]);
                    }
                }
            }
        }
    }
    let moments = |[sum, squares, count]: Sums| contrasts::mean_and_mcse(sum, squares, count);
    let of = |(sums, place): (&[[Sums; 2]; ARMS], &Option<(usize, f64)>)| {
        place.map(|_| {
            sums.map(|[complete, available]| Recorded {
                complete: moments(complete),
                available: moments(available),
            })
        })
    };
    sums.iter().zip(&places).map(of).collect()
}

fn add(columns: &TrialColumns, number: usize, (baseline, sign): (usize, f64), sums: &mut Sums) {
    for (after, before) in columns.outcomes[number].iter().zip(&columns.cohort.patients.measured[baseline]) {
        let benefit = sign * (after - before);
        if !benefit.is_nan() {
            sums[0] += benefit;
            sums[1] += benefit * benefit;
            sums[2] += 1.0;
        }
    }
}
