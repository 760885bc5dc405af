//! The variables of one patient and their correlations within an arm.
//!
//! In comes a scenario; out come its variables in a fixed order (covariates,
//! then baselines, then the disposition, then outcomes), and every correlation that
//! it states with the place where it does. A baseline that is linked to a
//! covariate is that covariate under a second name.

use super::{Correlation, Outcome, Scenario, pointer};
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

impl Variables {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut variables = Variables { names: Vec::new(), kinds: Vec::new(), by_name: HashMap::new() };
        for covariate in &scenario.cohort.covariates {
            variables.add(covariate.id.clone(), Kind::BeforeTreatment);
        }
        for (name, outcome) in &scenario.response.outcomes {
            match linked_covariate(outcome).and_then(|covariate| variables.find(covariate)) {
                Some(covariate) => _ = variables.by_name.insert(baseline_name(name), covariate),
                None if outcome.baseline.is_some() => {
                    variables.add(baseline_name(name), Kind::BeforeTreatment);
                }
                None => {}
            }
        }
        if scenario.response.has_disposition() {
            variables.add(DISPOSITION.to_owned(), Kind::BeforeTreatment);
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
        self.names.iter().map(String::as_str).chain(second).collect()
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

/// The two variables that an entry names, if both are known.
pub(super) fn ends(entry: &Correlation, variables: &Variables) -> Option<(usize, usize)> {
    let [one, other] = entry.between.as_slice() else { return None };
    Some((variables.find(one)?, variables.find(other)?))
}

fn pair(one: usize, other: usize, value: f64, pointer: String) -> Option<Pair> {
    (one != other).then(|| Pair { between: (one.min(other), one.max(other)), value, pointer })
}
