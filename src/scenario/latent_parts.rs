//! Parts of an outcome that belong to something nobody measures.
//!
//! In comes a scenario; out come the parts that it names of an outcome's spread:
//! what lies between therapists, what patients' natural courses and their responses
//! to being treated make of it. Each is one more variable of the patient, shared by
//! the visits of an outcome, uncorrelated with everything before treatment, and
//! correlated with the outcome so that its share of the variance is the stated one.
//! So a part is never added to an SD, and all stated correlations stay as they are.

use super::resolve::arm_sds;
use super::{ByOutcome, Outcome, Scenario, pointer};

/// What a part belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOf {
    /// The therapist: the square root of the intraclass correlation.
    Therapist,
    /// The patient's natural course.
    NaturalCourse,
    /// The patient's response to being treated at all.
    BeingTreated,
}

/// One part of one outcome and its visits.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentPart {
    /// What it belongs to.
    pub of: PartOf,
    /// The outcome, visits apart.
    pub outcome: String,
    /// Its name among the patient's variables: no column has such a name.
    pub name: String,
    /// Its correlation with the outcome at each visit, and where the scenario states it.
    pub with: Vec<(String, f64, String)>,
}

/// Whether a variable of that name is a part of an outcome.
#[must_use]
pub fn is_part(name: &str) -> bool {
    name.contains('/')
}

/// All parts, in the order of the outcomes.
#[must_use]
pub fn latent_parts(scenario: &Scenario) -> Vec<LatentPart> {
    let last = scenario.response.outcomes.iter().filter(|(_, outcome)| outcome.visit.is_none());
    last.flat_map(|(name, _)| {
        [PartOf::Therapist, PartOf::NaturalCourse, PartOf::BeingTreated]
            .into_iter()
            .filter_map(|of| part(scenario, name, of))
    })
    .collect()
}

fn part(scenario: &Scenario, name: &str, of: PartOf) -> Option<LatentPart> {
    let outcomes = scenario.response.outcomes.iter();
    let visits = outcomes.filter(|(own, outcome)| {
        *own == name || outcome.visit.as_ref().is_some_and(|visit| visit.outcome == name)
    });
    let with: Vec<(String, f64, String)> = visits
        .filter_map(|(own, outcome)| {
            let (correlation, pointer) = correlation(scenario, name, outcome, of)?;
            (correlation != 0.0).then(|| (own.clone(), correlation, pointer))
        })
        .collect();
    let what = match of {
        PartOf::Therapist => "therapist",
        PartOf::NaturalCourse => "natural course",
        PartOf::BeingTreated => "being treated",
    };
    (!with.is_empty()).then(|| LatentPart {
        of,
        outcome: name.to_owned(),
        name: format!("{name}/{what}"),
        with,
    })
}

/// The correlation of a part with an outcome at one visit, and where it is stated.
fn correlation(scenario: &Scenario, name: &str, outcome: &Outcome, of: PartOf) -> Option<(f64, String)> {
    let sign = outcome.sign_of_benefit();
    let at = pointer::child("/response/outcomes", name);
    let share = |sd: f64| sign * sd / arm_sds(scenario, outcome)[0];
    match of {
        PartOf::Therapist => {
            let icc = scenario.design.therapists.as_ref()?.icc.as_ref()?;
            let at = match icc {
                ByOutcome::All(_) => "/design/therapists/icc".to_owned(),
                ByOutcome::Each(_) => pointer::child("/design/therapists/icc", name),
            };
            Some((icc.of(name)?.sqrt(), at))
        }
        PartOf::NaturalCourse => Some((share(outcome.natural_course?.sd), format!("{at}/natural_course/sd"))),
        PartOf::BeingTreated => Some((share(outcome.sham_response_sd?), format!("{at}/sham_response_sd"))),
    }
}
