//! Do the laws of uncertain numbers belong to numbers, and say what they need?
//!
//! In comes a scenario; out come findings about `uncertainty`. What the planner
//! decides (sizes, levels, analyses) is not uncertain; what patients, response and
//! observation are like is.

use super::sources::pointers;
use crate::scenario::finding::Finding;
use crate::scenario::{Scenario, UncertainNumber, UncertaintyLaw, canonical, pointer, words};

/// Where numbers may be uncertain.
const PLACES: [&str; 5] = [
    "/cohort",
    "/response",
    "/observation",
    "/design/therapists/icc",
    "/design/therapists/context_effect_sd",
];

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    if scenario.uncertainty.is_empty() {
        return Vec::new();
    }
    let complete = canonical::complete(scenario);
    let canonical = canonical::canonical(scenario);
    let number = |key: &str| {
        let value = complete.pointer(key).or_else(|| canonical.pointer(key));
        may_be_uncertain(key) && value.is_some_and(serde_json::Value::is_number)
    };
    let mut all = Vec::new();
    let mut findings = Vec::new();
    let distinct = canonical.get("uncertainty").and_then(serde_json::Value::as_object);
    if distinct.is_some_and(|distinct| distinct.len() < scenario.uncertainty.len()) {
        let found = "two laws for one number, under two names of its arm";
        findings.push(Finding::value("/uncertainty", found, "one law for each number"));
    }
    for (key, law) in &scenario.uncertainty {
        let at = pointer::child("/uncertainty", key);
        findings.extend(fields(law, &at));
        if number(key) {
            continue;
        }
        if all.is_empty() {
            pointers(&complete, "", &mut all);
            all.retain(|pointer| number(pointer));
        }
        let found = format!("a law for {}", words::quoted(key));
        let allowed = "the JSON pointer of a number of this scenario within `/cohort`, `/response`, `/observation`, \
             or of the therapists' `icc` or `context_effect_sd`";
        findings.push(Finding::name(at, found, allowed).maybe_help(words::did_you_mean(key, &all)));
    }
    findings
}

fn may_be_uncertain(key: &str) -> bool {
    PLACES.iter().any(|place| pointer::is_within(key, place))
}

/// Degrees of freedom belong to Student's t, and to nothing else.
fn fields(law: &UncertainNumber, at: &str) -> Option<Finding> {
    match (law.law, law.df) {
        (UncertaintyLaw::T, None) => {
            Some(Finding::value(format!("{at}/df"), "nothing", "the degrees of freedom of the law `t`"))
        }
        (UncertaintyLaw::Normal, Some(_)) => {
            Some(Finding::name(format!("{at}/df"), "`df` with the law `normal`", "`df` only with `t`"))
        }
        _ => None,
    }
}
