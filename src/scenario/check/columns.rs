//! Does each column of the data have a name of its own?
//!
//! In comes a scenario; out come findings about names of factors, covariates,
//! outcomes and events. The columns are `id`, `arm`, the factors, the covariates,
//! the events, `NAME_baseline` and `NAME` for each outcome.

use crate::scenario::finding::Finding;
use crate::scenario::pattern::COLUMN;
use crate::scenario::resolve::{BASELINE, BLOCK, THERAPIST};
use crate::scenario::variables::{DISPOSITION, baseline_name};
use crate::scenario::{AssignmentMethod, Scenario, pointer, words};
use std::collections::HashMap;

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let mut columns = Columns { taken: HashMap::new(), findings: Vec::new() };
    for reserved in ["id", "arm"] {
        columns.taken.insert(reserved.to_owned(), "a column that all data have".to_owned());
    }
    if scenario.response.has_disposition() {
        columns.taken.insert(DISPOSITION.to_owned(), "the disposition in `/response/delivery`".to_owned());
    }
    if scenario.design.therapists.is_some() {
        columns.taken.insert(THERAPIST.to_owned(), "the column of therapists".to_owned());
    }
    if scenario.design.assignment.method == AssignmentMethod::Blocks {
        columns.taken.insert(BLOCK.to_owned(), "the column of blocks".to_owned());
    }
    for (index, factor) in scenario.factors.iter().enumerate() {
        let at = format!("/factors/{index}/id");
        // Two factors of one name are the business of the factors' own check.
        if columns.taken.get(&factor.id).is_none_or(|owner| owner != FACTOR) {
            columns.take(&factor.id, FACTOR, |found, allowed| Finding::value(at, found, allowed));
        }
    }
    for (index, covariate) in scenario.cohort.covariates.iter().enumerate() {
        let at = format!("/cohort/covariates/{index}/id");
        if covariate.id == BASELINE {
            let found = "`baseline`, which in an analysis means the outcome's own baseline";
            columns.findings.push(Finding::value(at, found, "another name"));
            continue;
        }
        columns.take(&covariate.id, "a covariate", |found, allowed| Finding::value(at, found, allowed));
    }
    for name in scenario.response.outcomes.keys() {
        let at = pointer::child("/response/outcomes", name);
        if !COLUMN.accepts(name) {
            let found = if name.is_empty() { "an empty name".to_owned() } else { words::quoted(name) };
            columns.findings.push(Finding::name(at, found, COLUMN.words));
            continue;
        }
        columns.take(name, "an outcome", |found, allowed| Finding::name(at, found, allowed));
    }
    for name in scenario.response.outcomes.keys() {
        let at = pointer::child("/response/outcomes", name);
        let owner = format!("the baseline of {}", words::quoted(name));
        columns.take(&baseline_name(name), &owner, |found, allowed| Finding::name(at, found, allowed));
    }
    for (index, event) in scenario.observation.events.iter().enumerate() {
        let at = format!("/observation/events/{index}/id");
        columns.take(&event.id, "an event", |found, allowed| Finding::value(at, found, allowed));
    }
    if let Some(rating) = scenario.response.delivery.as_ref().and_then(|delivery| delivery.rating.as_ref()) {
        let at = "/response/delivery/rating/id";
        columns.take(&rating.id, "a rating", |found, allowed| Finding::value(at, found, allowed));
    }
    columns.findings
}

const FACTOR: &str = "a factor";

struct Columns {
    /// What has the name already.
    taken: HashMap<String, String>,
    findings: Vec<Finding>,
}

impl Columns {
    fn take(&mut self, name: &str, owner: &str, finding: impl FnOnce(String, String) -> Finding) {
        if let Some(first) = self.taken.get(name) {
            let found =
                format!("{} as the name of {owner}, which is the name of {first}", words::quoted(name));
            self.findings.push(finding(found, "a name of its own".to_owned()));
        } else {
            self.taken.insert(name.to_owned(), owner.to_owned());
        }
    }
}
