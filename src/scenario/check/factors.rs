//! Are the two factors a context and a treatment whose names cannot be confused?
//!
//! In come the factors; out come findings. Names of factors and levels make the
//! names of arms, effects and estimands, so what would make two of these equal
//! is refused here, and stops the checks that speak of them.

use crate::estimand::{estimands, long_arm_ids};
use crate::scenario::finding::{Consequence, Finding};
use crate::scenario::resolve::SYNERGY;
use crate::scenario::{Factor, Role, Scenario, pointer, words};

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let factors = &scenario.factors;
    let mut names: Vec<Finding> = factors.iter().enumerate().flat_map(own_names).collect();
    if names.is_empty() {
        names.extend(clashes(factors));
    }
    let stopping = names.into_iter().map(|finding| finding.then(Consequence::Stop));
    roles(factors).into_iter().chain(stopping).collect()
}

fn roles(factors: &[Factor]) -> Vec<Finding> {
    let expected =
        [(Role::Context, "`treatment`", "`context`"), (Role::Treatment, "`context`", "`treatment`")];
    let wrong =
        factors.iter().zip(expected).enumerate().filter(|(_, (factor, (role, ..)))| factor.role != *role);
    wrong
        .map(|(index, (_, (_, found, allowed)))| {
            Finding::value(format!("/factors/{index}/role"), found, allowed)
                .help("the first factor is the context, the second the treatment")
        })
        .collect()
}

fn own_names((index, factor): (usize, &Factor)) -> Vec<Finding> {
    let at = pointer::item("/factors", index);
    let mut findings = Vec::new();
    if [SYNERGY, "interaction", "joint"].contains(&factor.id.as_str()) {
        let found = format!("{}, which is the name of an effect", words::quoted(&factor.id));
        findings.push(Finding::value(format!("{at}/id"), found, "a name of the factor's own"));
    }
    if factor.levels.first() == factor.levels.last() {
        let found = format!("{} for both levels", words::list(&factor.levels[..1]));
        findings.push(Finding::value(format!("{at}/levels"), found, "two different levels"));
    }
    findings
}

/// Different things that would have the same name.
fn clashes(factors: &[Factor]) -> Option<Finding> {
    if factors[0].id == factors[1].id {
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
    let seen_before = |(index, name): &(usize, &String)| names[..*index].contains(name);
    names.iter().enumerate().find(seen_before).map(|(_, name)| name.clone())
}
