//! Do the visits come one after the other, and have their outcomes names and means?
//!
//! In comes a scenario as it was written; out come findings about
//! `response.visits`.

use super::names::{outcomes, unknown_value};
use crate::scenario::finding::Finding;
use crate::scenario::visits::at_visit;
use crate::scenario::{CorrelationPattern, Scenario, pointer, words};

const AT: &str = "/response/visits";

pub(in crate::scenario) fn check(scenario: &Scenario) -> Vec<Finding> {
    let Some(visits) = &scenario.response.visits else { return Vec::new() };
    let mut findings = Vec::new();
    let known = outcomes(scenario);
    for (index, name) in visits.outcomes.iter().flatten().enumerate() {
        findings.extend(unknown_value(name, &known, "outcome", format!("{AT}/outcomes/{index}")));
    }
    let mut before = 0.0;
    for (index, visit) in visits.earlier.iter().enumerate() {
        let at = pointer::item(&format!("{AT}/earlier"), index);
        if visit.week <= before || visit.week >= visits.last_week {
            let allowed = format!("a week after {before} and before the last, {}", visits.last_week);
            findings.push(Finding::value(format!("{at}/week"), visit.week.to_string(), allowed));
        }
        before = before.max(visit.week);
        for name in known.iter().filter(|name| visits.measure(name)) {
            let own = at_visit(name, visit);
            let taken = known.contains(&own)
                || scenario.cohort.covariates.iter().any(|covariate| covariate.id == own)
                || visits.earlier[..index].iter().any(|earlier| earlier.id == visit.id);
            if taken || own == format!("{name}_baseline") {
                let found = format!("{}, a name that is taken", words::quoted(&own));
                findings.push(Finding::value(format!("{at}/id"), found, "an id that makes a new name"));
            }
        }
    }
    if visits.correlation_pattern == CorrelationPattern::Ar1 && visits.correlation <= 0.0 {
        let at = format!("{AT}/correlation");
        findings.push(Finding::value(at, visits.correlation.to_string(), "a number above 0 with `ar1`"));
    }
    for visit in &visits.earlier {
        for name in known.iter().map(|name| at_visit(name, visit)) {
            if scenario.observation.instruments.contains_key(&name) {
                let at = pointer::child("/observation/instruments", &name);
                let found = "an instrument of one visit";
                findings.push(Finding::name(
                    at,
                    found,
                    "the instrument of the outcome, which measures every visit",
                ));
            }
        }
    }
    for (name, outcome) in scenario.response.outcomes.iter().filter(|(name, _)| visits.measure(name)) {
        if outcome.effects.is_none() || outcome.baseline.is_none() {
            let at = pointer::child("/response/outcomes", name);
            let found = "an outcome with visits and without `effects` or `baseline`";
            let finding = Finding::value(at, found, "`control_mean`, `effects` and `baseline`");
            findings
                .push(finding.help("visits have shares of the effects, and of the change since baseline"));
        }
    }
    findings
}
