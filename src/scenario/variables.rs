//! The variables of one patient and their correlations within an arm.
//!
//! In comes a scenario; out come its variables in a fixed order (covariates,
//! then baselines, then the disposition and parts of outcomes, then outcomes), and every correlation that
//! it states with the place where it does. A baseline that is linked to a
//! covariate is that covariate under a second name.

use super::latent_parts::{is_part, latent_parts};
use super::{Correlation, Covariate, Law, Outcome, Scenario, pointer};
use crate::cohort::pilot;
use std::collections::HashMap;

/// What a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A covariate of the cohort, or a baseline.
    BeforeTreatment,
    /// An outcome.
    Outcome,
}

/// The variables of one patient.
pub(super) struct Variables {
    /// Their names, in order.
    pub names: Vec<String>,
    kinds: Vec<Kind>,
    by_name: HashMap<String, usize>,
}

/// A correlation that the scenario states.
pub(super) struct Pair {
    /// The two variables, the earlier one first.
    pub between: (usize, usize),
    /// The correlation as stated.
    pub value: f64,
    /// Where it stands.
    pub pointer: String,
}

/// The name of the patients' disposition: how readily they perceive the context.
pub const DISPOSITION: &str = "disposition";

/// The name of an outcome's baseline.
pub(super) fn baseline_name(outcome: &str) -> String {
    format!("{outcome}_baseline")
}

/// The covariate that is an outcome's baseline, if it is linked to one and has no
/// numbers of its own.
pub(super) fn linked_covariate(outcome: &Outcome) -> Option<&str> {
    let baseline = outcome.baseline.as_ref()?;
    baseline.covariate.as_deref().filter(|_| baseline.mean.is_none() && baseline.sd.is_none())
}

/// The outcome whose baseline an outcome at an earlier visit shares.
pub(super) fn shared_with(outcome: &Outcome) -> Option<&str> {
    outcome.baseline.as_ref()?.shared_with.as_deref()
}

impl Variables {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut variables = Variables { names: Vec::new(), kinds: Vec::new(), by_name: HashMap::new() };
        // Rows of a pilot are drawn whole, before anything that correlates with them.
        let from_pilot = |covariate: &&Covariate| covariate.law == Law::Pilot;
        let covariates = scenario.cohort.covariates.iter();
        for covariate in
            covariates.clone().filter(from_pilot).chain(covariates.filter(|one| !from_pilot(one)))
        {
            variables.add(covariate.id.clone(), Kind::BeforeTreatment);
        }
        let outcomes = scenario.response.outcomes.iter();
        for (name, outcome) in outcomes.clone().filter(|(_, outcome)| shared_with(outcome).is_none()) {
            match linked_covariate(outcome).and_then(|covariate| variables.find(covariate)) {
                Some(covariate) => _ = variables.by_name.insert(baseline_name(name), covariate),
                None if outcome.baseline.is_some() => {
                    variables.add(baseline_name(name), Kind::BeforeTreatment);
                }
                None => {}
            }
        }
        for (name, outcome) in outcomes {
            let shared = shared_with(outcome).and_then(|other| variables.find(&baseline_name(other)));
            if let Some(baseline) = shared {
                variables.by_name.insert(baseline_name(name), baseline);
            }
        }
        if scenario.response.has_disposition() {
            variables.add(DISPOSITION.to_owned(), Kind::BeforeTreatment);
        }
        for part in latent_parts(scenario) {
            variables.add(part.name, Kind::BeforeTreatment);
        }
        for name in scenario.response.outcomes.keys() {
            variables.add(name.clone(), Kind::Outcome);
        }
        variables
    }

    /// The variable of that name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// What the variable is.
    pub(super) fn is_outcome(&self, variable: usize) -> bool {
        self.kinds.get(variable) == Some(&Kind::Outcome)
    }

    /// All names by which variables are known, in a fixed order.
    pub(super) fn known_names(&self) -> Vec<&str> {
        let second = self.by_name.keys().filter(|name| !self.names.contains(name));
        let mut second: Vec<&str> = second.map(String::as_str).collect();
        second.sort_unstable();
        // Parts of outcomes have no names that a scenario could write.
        let writable = |name: &&str| !is_part(name);
        self.names.iter().map(String::as_str).chain(second).filter(writable).collect()
    }

    fn add(&mut self, name: String, kind: Kind) {
        self.by_name.insert(name.clone(), self.names.len());
        self.names.push(name);
        self.kinds.push(kind);
    }
}

/// The correlations that a scenario states, in the order of its lists; those that
/// name an unknown variable, or one variable twice, are left out.
pub(super) fn stated_pairs(scenario: &Scenario, variables: &Variables) -> Vec<Pair> {
    let lists = [
        ("/cohort/correlation", &scenario.cohort.correlation),
        ("/response/correlation", &scenario.response.correlation),
    ];
    let mut pairs = Vec::new();
    for (name, outcome) in &scenario.response.outcomes {
        let baseline = variables.find(&baseline_name(name));
        if let (Some(stated), Some(baseline), Some(own)) = (&outcome.baseline, baseline, variables.find(name))
        {
            let pointer = pointer::child("/response/outcomes", name) + "/baseline/correlation";
            pairs.extend(pair(baseline, own, stated.correlation, pointer));
        }
    }
    pairs.extend(within_pilot(scenario, variables));
    for part in latent_parts(scenario) {
        for (outcome, value, pointer) in part.with {
            if let (Some(one), Some(other)) = (variables.find(&part.name), variables.find(&outcome)) {
                pairs.extend(pair(one, other, value, pointer));
            }
        }
    }
    pairs.extend(between_visits(scenario, variables));
    for (list, entries) in lists {
        for (index, entry) in entries.iter().enumerate() {
            let pointer = pointer::item(list, index) + "/value";
            if let Some((one, other)) = ends(entry, variables) {
                pairs.extend(pair(one, other, entry.value, pointer));
            }
        }
    }
    pairs
}

/// Covariates of a pilot hang together as they did there.
fn within_pilot(scenario: &Scenario, variables: &Variables) -> Vec<Pair> {
    let covariates = scenario.cohort.covariates.iter().enumerate();
    let pilot: Vec<(usize, &Covariate)> =
        covariates.filter(|(_, covariate)| covariate.law == Law::Pilot).collect();
    let mut pairs = Vec::new();
    for (position, (index, one)) in pilot.iter().enumerate() {
        for (_, other) in &pilot[..position] {
            let (Some(x), Some(y)) = (&one.values, &other.values) else { continue };
            let ends = variables.find(&one.id).zip(variables.find(&other.id));
            let at = pointer::item("/cohort/covariates", *index);
            pairs.extend(ends.and_then(|(a, b)| pair(a, b, pilot::correlation(x, y), at)));
        }
    }
    pairs
}

/// An outcome at any two of its visits.
fn between_visits(scenario: &Scenario, variables: &Variables) -> Vec<Pair> {
    let Some(visits) = &scenario.response.visits else { return Vec::new() };
    let times: Vec<(&str, f64, usize)> = scenario
        .response
        .outcomes
        .iter()
        .filter_map(|(name, outcome)| {
            let (of, week) = match &outcome.visit {
                Some(visit) => (visit.outcome.as_str(), visit.week),
                None => (name.as_str(), visits.last_week),
            };
            Some((of, week, variables.find(name)?))
        })
        .collect();
    let mut pairs = Vec::new();
    for (position, (of, week, variable)) in times.iter().enumerate() {
        for (_, other_week, other) in times[..position].iter().filter(|(name, ..)| name == of) {
            let value = visits.correlation_at(week - other_week);
            pairs.extend(pair(*other, *variable, value, "/response/visits/correlation".to_owned()));
        }
    }
    pairs
}

/// The two variables that an entry names, if both are known.
pub(super) fn ends(entry: &Correlation, variables: &Variables) -> Option<(usize, usize)> {
    let [one, other] = entry.between.as_slice() else { return None };
    Some((variables.find(one)?, variables.find(other)?))
}

fn pair(one: usize, other: usize, value: f64, pointer: String) -> Option<Pair> {
    (one != other).then(|| Pair { between: (one.min(other), one.max(other)), value, pointer })
}
