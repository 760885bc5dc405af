//! Can the therapists treat the patients, and have their share of the outcomes?
//!
//! In comes a scenario; out come findings about `design.therapists` and about what
//! is stated of therapists elsewhere.

use super::names::{outcomes, unknown};
use crate::scenario::finding::Finding;
use crate::scenario::{ByOutcome, Scenario, TherapistLayout, Therapists, resolve, words};

const AT: &str = "/design/therapists";

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let Some(therapists) = &scenario.design.therapists else {
        let ability = scenario.response.delivery.as_ref().is_some_and(|delivery| delivery.therapist_sd > 0.0);
        let found = "`therapist_sd` without `/design/therapists`";
        let finding = Finding::name("/response/delivery/therapist_sd", found, "both or neither");
        return ability.then_some(finding).into_iter().collect();
    };
    let mut findings = sizes(scenario, therapists);
    findings.extend(layout(scenario, therapists));
    let known = outcomes(scenario);
    for (field, stated) in [("icc", &therapists.icc), ("context_effect_sd", &therapists.context_effect_sd)] {
        if let Some(ByOutcome::Each(values)) = stated {
            let at = format!("{AT}/{field}");
            findings.extend(values.keys().filter_map(|name| unknown(name, &known, "outcome", &at)));
        }
    }
    findings
}

/// Caseloads and sizes of arms say the same, and nobody is without patients.
fn sizes(scenario: &Scenario, therapists: &Therapists) -> Vec<Finding> {
    let mut findings = Vec::new();
    let treated = treated(scenario, therapists);
    let sizes = resolve::arm_sizes(scenario);
    let patients: u64 = (0..sizes.len()).filter(|&arm| treated[arm]).map(|arm| sizes[arm]).sum();
    if let Some(caseload) = therapists.caseload {
        let stated: u64 = sizes.iter().sum();
        let total = therapists.n.saturating_mul(caseload);
        if therapists.only_with.is_some() {
            let found = "`caseload` with `only_with`";
            findings.push(Finding::name(format!("{AT}/caseload"), found, "`n_per_arm` or `n_total`"));
        } else if total != stated {
            let found = format!(
                "{caseload} patients of each of {} therapists beside {stated} patients",
                therapists.n
            );
            findings.push(
                Finding::value(format!("{AT}/caseload"), found, "either a caseload or sizes of the arms")
                    .help("without sizes of the arms these follow from therapists × caseload"),
            );
        }
    }
    let least = match therapists.layout {
        TherapistLayout::Crossed => 1,
        TherapistLayout::Nested => (0..2).filter(|level| treated[2 * level]).count() as u64,
        TherapistLayout::NestedInArms => treated.iter().filter(|&&treated| treated).count() as u64,
    };
    if therapists.n < least {
        let allowed = format!("at least {least}, one for each group of arms");
        findings.push(Finding::value(format!("{AT}/n"), therapists.n.to_string(), allowed));
    }
    if therapists.n > patients && patients > 0 {
        let found = format!("{} therapists for {patients} patients", therapists.n);
        findings.push(Finding::value(format!("{AT}/n"), found, "at most one therapist for each patient"));
    }
    findings
}

fn layout(scenario: &Scenario, therapists: &Therapists) -> Vec<Finding> {
    let mut findings = Vec::new();
    let fixed = !resolve::has_random_sizes(scenario);
    if therapists.stratified.is_some() && !(fixed && therapists.layout == TherapistLayout::Crossed) {
        let found = "`stratified` where therapists are not crossed with arms of fixed sizes";
        let finding = Finding::name(
            format!("{AT}/stratified"),
            found,
            "`stratified` with the layout `crossed` and the method `fixed`",
        );
        findings.push(finding.help("blocks are kept apart by therapist with `strata: [\"therapist\"]`"));
    }
    if let (Some(level), Some(context)) = (&therapists.only_with, scenario.factors.first())
        && !context.levels.contains(level)
    {
        let at = format!("{AT}/only_with");
        let finding = Finding::value(at, words::quoted(level), words::choice(&context.levels));
        findings.push(finding.maybe_help(words::did_you_mean(level, &context.levels)));
    }
    findings
}

/// Which arms have therapists.
fn treated(scenario: &Scenario, therapists: &Therapists) -> [bool; 4] {
    let level = therapists.only_with.as_ref().and_then(|stated| {
        scenario.factors.first().and_then(|context| context.levels.iter().position(|level| level == stated))
    });
    std::array::from_fn(|arm| level.is_none_or(|level| arm / 2 == level))
}
