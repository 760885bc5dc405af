//! One virtual trial, as a data manager would hand it over, and what nobody ever sees.
//!
//! In come a scenario, a seed and the number of a replicate; out come its columns
//! in the order of enrolment: exactly the patients whom a run with the same seed
//! simulates as that replicate with the engine of patients.

use super::patients::virtual_trial::{TrialColumns, VirtualTrial};
use crate::assignment::{Layout, NOBODY, enrolment_order};
use crate::error::Result;
use crate::estimand::{ARMS, arm_ids};
use crate::response::decompose;
use crate::scenario::{Scenario, resolve};

/// One virtual trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The arm of each patient, in the order of enrolment.
    pub arms: Vec<usize>,
    /// How many patients were screened to find these.
    pub screened: u64,
    /// What is recorded: before treatment, events, outcomes.
    pub recorded: Vec<TrialColumn>,
    /// What nobody sees: what is particular to patients, and their outcomes in every arm.
    pub hidden: Vec<TrialColumn>,
}

/// One column of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialColumn {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub label: String,
    /// Its unit, if it has one.
    pub unit: Option<String>,
    /// Whether it was measured before treatment.
    pub before_treatment: bool,
    /// Names of its values 0, 1, 2, …, if these are levels.
    pub levels: Option<Vec<String>>,
    /// One value for each patient; not a number where it is missing.
    pub values: Vec<f64>,
}

/// Simulates one replicate.
///
/// # Errors
/// If the scenario was not checked.
pub fn trial(scenario: &Scenario, seed: u64, replicate: u64) -> Result<Trial> {
    let virtual_trial = VirtualTrial::new(scenario, Layout::of(scenario), seed, None)?;
    let mut columns = virtual_trial.columns();
    virtual_trial.simulate(replicate, &mut columns);
    let order = match resolve::has_random_sizes(scenario) || resolve::is_observational(scenario) {
        true => (0..columns.arms.len()).collect(),
        false => enrolment_order(seed, replicate, &virtual_trial.layout),
    };
    let export = Export { scenario, trial: &virtual_trial, order: &order };
    let mut recorded = export.recorded(&columns);
    recorded.extend(export.rating(&columns.rating));
    let arms = order.iter().map(|&position| usize::from(columns.arms[position])).collect();
    let screened = columns.cohort.screened;
    let hidden = export.hidden(&mut columns);
    Ok(Trial { arms, screened, recorded, hidden })
}

struct Export<'a> {
    scenario: &'a Scenario,
    trial: &'a VirtualTrial,
    order: &'a [usize],
}

impl Export<'_> {
    fn column(&self, name: String, label: String, unit: Option<&String>, values: &[f64]) -> TrialColumn {
        let values = self.order.iter().map(|&position| values[position]).collect();
        let levels = resolve::levels(self.scenario, &name).map(|levels| levels.keys().cloned().collect());
        TrialColumn { name, label, unit: unit.cloned(), before_treatment: false, levels, values }
    }

    fn recorded(&self, columns: &TrialColumns) -> Vec<TrialColumn> {
        let cohort = &self.trial.cohort;
        let before = (0..cohort.before).filter(|&variable| is_recorded(&cohort.names[variable]));
        let before = before.map(|variable| {
            let name = &cohort.names[variable];
            let (label, unit) = self.describe_before(name);
            let measured = &columns.cohort.patients.measured[variable];
            TrialColumn { before_treatment: true, ..self.column(name.clone(), label, unit, measured) }
        });
        let number =
            |&therapist: &u32| if therapist == NOBODY { f64::NAN } else { f64::from(therapist) + 1.0 };
        let therapists: Vec<f64> = columns.therapists.iter().map(number).collect();
        let therapists = (!therapists.is_empty()).then(|| {
            let label = "number of the therapist".to_owned();
            self.column(resolve::THERAPIST.to_owned(), label, None, &therapists)
        });
        let block = (!columns.blocks.is_empty()).then(|| {
            let numbers: Vec<f64> = columns.blocks.iter().map(|&block| f64::from(block) + 1.0).collect();
            let label = "number of the block of the randomisation".to_owned();
            self.column(resolve::BLOCK.to_owned(), label, None, &numbers)
        });
        let events = self.scenario.observation.events.iter().zip(&columns.observation.happens);
        let events = events.map(|(event, happens)| {
            let label = event.label.clone().unwrap_or_else(|| event.id.clone()) + ": 1 if it happened";
            let values: Vec<f64> = happens.iter().map(|&happens| f64::from(u8::from(happens))).collect();
            self.column(event.id.clone(), label, None, &values)
        });
        let outcomes = self.scenario.response.outcomes.iter().zip(&columns.outcomes);
        let outcomes = outcomes.map(|((name, outcome), values)| {
            let label = outcome.label.clone().unwrap_or_else(|| name.clone());
            self.column(name.clone(), label, outcome.unit.as_ref(), values)
        });
        therapists.into_iter().chain(block).chain(before).chain(events).chain(outcomes).collect()
    }

    fn rating(&self, ratings: &[f64]) -> Option<TrialColumn> {
        let stated = self.scenario.response.delivery.as_ref()?.rating.as_ref()?;
        let label = stated.label.clone().unwrap_or_else(|| stated.id.clone());
        Some(self.column(stated.id.clone(), label, None, ratings))
    }

    fn describe_before(&self, name: &str) -> (String, Option<&String>) {
        let covariate = self.scenario.cohort.covariates.iter().find(|covariate| covariate.id == name);
        if let Some(covariate) = covariate {
            return (covariate.label.clone().unwrap_or_else(|| name.to_owned()), None);
        }
        resolve::outcome_of_baseline(self.scenario, name).map_or_else(
            || (name.to_owned(), None),
            |(outcome, stated)| (format!("{outcome} at baseline"), stated.unit.as_ref()),
        )
    }

    /// What is particular to patients, and every potential outcome.
    fn hidden(&self, columns: &mut TrialColumns) -> Vec<TrialColumn> {
        let mut hidden = Vec::new();
        let [context, ..] = resolve::effect_parts(&self.scenario.factors);
        if !columns.response.perceived.is_empty() {
            let label = format!("{context} as perceived, beyond what the arm delivers on average");
            hidden.push(self.column(
                format!("perceived_{context}"),
                label,
                None,
                &columns.response.perceived,
            ));
        }
        let arms = arm_ids(&self.scenario.factors);
        for arm in 0..ARMS {
            self.trial.potential(arm, columns);
            for ((name, outcome), values) in self.scenario.response.outcomes.iter().zip(&columns.outcomes) {
                let label = format!("{name} if the patient were in {}", arms[arm]);
                let name = format!("{name}_if_{}", arms[arm].to_lowercase());
                hidden.push(self.column(name, label, outcome.unit.as_ref(), values));
            }
        }
        hidden.extend(self.untreated(columns));
        hidden
    }

    /// Outcomes without any treatment, where the scenario says what would have happened anyway.
    fn untreated(&self, columns: &mut TrialColumns) -> Vec<TrialColumn> {
        let mut untreated = Vec::new();
        for (number, (name, outcome)) in self.scenario.response.outcomes.iter().enumerate() {
            let parts = decompose(self.scenario, &self.trial.cohort, name);
            if let (Some(parts), Some(_)) = (parts, outcome.natural_course) {
                self.trial.untreated(number, parts[0].being_treated, columns);
                let label = format!("{name} without any treatment");
                let values = &columns.outcomes[number];
                untreated.push(self.column(
                    format!("{name}_if_untreated"),
                    label,
                    outcome.unit.as_ref(),
                    values,
                ));
            }
        }
        untreated
    }
}

/// Whether a variable before treatment is one that somebody measures.
fn is_recorded(name: &str) -> bool {
    name != resolve::DISPOSITION && !resolve::is_part(name)
}
