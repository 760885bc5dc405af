//! Are the two factors a context and a treatment whose names cannot be confused?
//!
//! In come the factors; out come findings. Names of factors and levels make the
//! names of arms, effects and estimands, so what would make two of these equal
//! is refused here.

use crate::estimand::{estimands, long_arm_ids};
use crate::scenario::finding::Finding;
use crate::scenario::resolve::SYNERGY;
use crate::scenario::{Factor, Role, Scenario, pointer, words};

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let mut findings = Vec::new();
    let factors = &scenario.factors;
    let roles = [(Role::Context, "context", "first"), (Role::Treatment, "treatment", "second")];
    for (index, (factor, (role, name, place))) in factors.iter().zip(roles).enumerate() {
        let at = pointer::item("/factors", index);
        if factor.role != role {
            let other = if role == Role::Context { "treatment" } else { "context" };
            let finding = Finding::value(
                format!("{at}/role"),
                words::quoted(other),
                format!("`{name}`, as it is the {place} factor"),
            );
            findings.push(finding.help("the first factor is the context, the second the treatment"));
        }
        if factor.levels.first() == factor.levels.last() {
            let found = format!("{} for both levels", words::list(&factor.levels[..1]));
            findings.push(Finding::value(format!("{at}/levels"), found, "two different levels"));
        }
        if [SYNERGY, "interaction", "joint"].contains(&factor.id.as_str()) {
            let found = format!("{}, which is the name of an effect", words::quoted(&factor.id));
            findings.push(Finding::value(format!("{at}/id"), found, "a name of the factor's own"));
        }
    }
    if findings.is_empty() {
        findings.extend(clashes(factors));
    }
    findings
}

/// Different things that would have the same name.
fn clashes(factors: &[Factor]) -> Option<Finding> {
    if factors.first().map(|factor| &factor.id) == factors.last().map(|factor| &factor.id) {
        let found = format!("{} for both factors", words::quoted(&factors[1].id));
        return Some(Finding::value("/factors/1/id", found, "two different names"));
    }
    let ids: Vec<String> = estimands(factors).into_iter().map(|estimand| estimand.id).collect();
    let (kind, name) = match (repeated(&ids), repeated(&long_arm_ids(factors))) {
        (Some(id), _) => ("estimands", id),
        (None, Some(arm)) => ("arms", arm),
        (None, None) => return None,
    };
    let found = format!("names by which two {kind} would be called {}", words::quoted(&name));
    Some(Finding::value("/factors", found, format!("names that tell the {kind} apart")))
}

fn repeated(names: &[String]) -> Option<String> {
    names
        .iter()
        .enumerate()
        .find(|(index, name)| names[..*index].contains(name))
        .map(|(_, name)| name.clone())
}
