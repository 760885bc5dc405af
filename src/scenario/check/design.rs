//! Do the sizes of the arms and the method of assignment fit each other?
//!
//! In comes a scenario; out come findings about `design`.

use super::arms;
use crate::observation::Scale;
use crate::scenario::finding::Finding;
use crate::scenario::resolve::THERAPIST;
use crate::scenario::{Assignment, AssignmentMethod, Design, Law, Scenario, TherapistLayout, resolve, words};

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let Design { assignment, .. } = &scenario.design;
    if resolve::is_observational(scenario) {
        return observational(scenario);
    }
    if let Some(n) = scenario.design.n {
        let found = format!("`n` of {n} in a trial");
        return vec![Finding::name("/design/n", found, "`n_per_arm` or `n_total`")];
    }
    let mut findings = sizes(scenario);
    findings.extend(fields(assignment));
    findings.extend(strata(scenario, assignment));
    findings.extend(block_sizes(scenario, assignment));
    findings.extend(too_many_strata(scenario, assignment));
    findings
}

/// Without assignment there are patients, an exposure that differs between them, and no arms.
fn observational(scenario: &Scenario) -> Vec<Finding> {
    let Design { n, n_per_arm, n_total, ratio, assignment, therapists, .. } = &scenario.design;
    let mut findings = Vec::new();
    if n.is_none() {
        findings.push(Finding::value("/design/n", "nothing", "the patients of the study"));
    }
    let of_trials = [
        ("n_per_arm", n_per_arm.is_some()),
        ("n_total", n_total.is_some()),
        ("ratio", ratio.is_some()),
        ("assignment/method", assignment.method != AssignmentMethod::Fixed),
    ];
    for (field, _) in of_trials.into_iter().filter(|(_, stated)| *stated) {
        let found = format!("`{field}` in a study without assignment");
        findings.push(Finding::name(format!("/design/{field}"), found, "`n`"));
    }
    if therapists.as_ref().is_some_and(|all| all.layout != TherapistLayout::Crossed) {
        let found = "nested therapists in a study without assignment";
        findings.push(Finding::value("/design/therapists/layout", found, "`crossed`"));
    }
    let delivery = scenario.response.delivery.as_ref();
    let differs = delivery.is_some_and(|delivery| {
        [delivery.therapist_sd, delivery.disposition_sd, delivery.residual_sd].iter().any(|&sd| sd > 0.0)
    });
    if !differs || delivery.is_none_or(|delivery| delivery.rating.is_none()) {
        let allowed = "a `rating` of what patients perceive, and an SD of that";
        findings.push(Finding::value(
            "/response/delivery",
            "no exposure that differs between patients",
            allowed,
        ));
    }
    if !scenario.observation.events.is_empty()
        || scenario
            .observation
            .instruments
            .values()
            .any(|instrument| !Scale::new(Some(instrument)).is_exact())
    {
        let found = "events, or limits and steps of outcomes, in a study without assignment";
        findings.push(Finding::value("/observation", found, "outcomes recorded as they are"));
    }
    findings
}

/// Fixed sizes are stated by arm or by therapist, random ones in all.
fn sizes(scenario: &Scenario) -> Vec<Finding> {
    let Design { n_per_arm, n_total, ratio, assignment, therapists, .. } = &scenario.design;
    let mut findings = Vec::new();
    if let Some(sizes) = n_per_arm {
        findings.extend(arms::check(&scenario.factors, sizes, "/design/n_per_arm"));
    }
    if let Some(ratio) = ratio {
        findings.extend(arms::check(&scenario.factors, ratio, "/design/ratio"));
    }
    let fixed = assignment.method == AssignmentMethod::Fixed;
    let caseload = therapists.as_ref().and_then(|therapists| therapists.caseload);
    let method = assignment.method.name();
    let beside = |field: &str, allowed: &str| {
        let found = format!("`{field}` with the method `{method}`");
        Finding::name(format!("/design/{field}"), found, allowed)
    };
    if fixed {
        if n_total.is_some() {
            findings.push(
                beside("n_total", "`n_per_arm` for the method `fixed`")
                    .help("with any other method the sizes of the arms are random"),
            );
        }
        if n_per_arm.is_some() && ratio.is_some() {
            let found = "`ratio` beside `n_per_arm`";
            findings.push(Finding::name("/design/ratio", found, "one of the two"));
        }
        if n_per_arm.is_none() && caseload.is_none() && n_total.is_none() {
            let finding = Finding::value("/design/n_per_arm", "nothing", "the patients in each arm");
            findings.push(finding);
        }
    } else {
        if n_per_arm.is_some() {
            findings
                .push(beside("n_per_arm", "`n_total` and `ratio`").help("only `fixed` gives exact sizes"));
        }
        if n_total.is_none() && caseload.is_none() {
            let allowed =
                format!("the patients in all, as `{method}` leaves the sizes of the arms to chance");
            findings.push(Finding::value("/design/n_total", "nothing", allowed));
        }
    }
    if findings.is_empty() && n_per_arm.is_none() {
        let smallest = resolve::arm_sizes(scenario).into_iter().min().unwrap_or(0);
        if smallest < 2 {
            let found = format!("{smallest} patients in the smallest arm");
            findings.push(Finding::value("/design", found, "at least 2 patients in each arm"));
        }
    }
    findings
}

/// Fields of other methods.
fn fields(assignment: &Assignment) -> Vec<Finding> {
    use AssignmentMethod::{Blocks, Minimisation, Urn};
    let rules: [(&str, bool, &[AssignmentMethod]); 5] = [
        ("block_sizes", assignment.block_sizes.is_some(), &[Blocks]),
        ("strata", !assignment.strata.is_empty(), &[Blocks, Minimisation]),
        ("best_probability", assignment.best_probability.is_some(), &[Minimisation]),
        ("urn_start", assignment.urn_start.is_some(), &[Urn]),
        ("urn_added", assignment.urn_added.is_some(), &[Urn]),
    ];
    let mut findings: Vec<Finding> = rules
        .iter()
        .filter(|(_, stated, methods)| *stated && !methods.contains(&assignment.method))
        .map(|(field, _, methods)| {
            let found = format!("`{field}` with the method `{}`", assignment.method.name());
            let methods: Vec<&str> = methods.iter().map(|method| method.name()).collect();
            let allowed = format!("`{field}` only with {}", words::list(&methods));
            Finding::name(format!("/design/assignment/{field}"), found, allowed)
        })
        .collect();
    if assignment.method == Minimisation && assignment.strata.is_empty() {
        let allowed = "the factors to balance: categorical covariates or `therapist`";
        findings.push(Finding::value("/design/assignment/strata", "nothing", allowed));
    }
    if assignment.method == Urn && assignment.urn_start == Some(0) && assignment.urn_added == Some(0) {
        let allowed = "`urn_start` or `urn_added` above 0";
        findings.push(Finding::value("/design/assignment/urn_added", "an urn without balls", allowed));
    }
    findings
}

/// Strata are categorical covariates or the therapist, each once.
fn strata(scenario: &Scenario, assignment: &Assignment) -> Vec<Finding> {
    let categorical = scenario.cohort.covariates.iter().filter(|covariate| covariate.law == Law::Categorical);
    let mut known: Vec<&str> = categorical.map(|covariate| covariate.id.as_str()).collect();
    known.extend(scenario.design.therapists.iter().map(|_| THERAPIST));
    let mut findings = Vec::new();
    for (index, stratum) in assignment.strata.iter().enumerate() {
        let at = format!("/design/assignment/strata/{index}");
        if !known.contains(&stratum.as_str()) {
            let allowed = if known.is_empty() {
                "a categorical covariate or `therapist`, of which the scenario has none".to_owned()
            } else {
                words::choice(&known)
            };
            let finding = Finding::value(at, words::quoted(stratum), allowed);
            findings.push(finding.maybe_help(words::did_you_mean(stratum, &known)));
        } else if stratum == THERAPIST && !treats_everybody(scenario) {
            let found = "`therapist`, who is known only after assignment";
            let allowed = "`therapist` with the layout `crossed` and without `only_with`";
            findings.push(Finding::value(at, found, allowed));
        } else if assignment.strata[..index].contains(stratum) {
            findings.push(Finding::value(at, format!("{} again", words::quoted(stratum)), "each once"));
        }
    }
    findings
}

/// Whether each therapist treats patients of every arm.
fn treats_everybody(scenario: &Scenario) -> bool {
    let therapists = scenario.design.therapists.as_ref();
    therapists.is_some_and(|all| all.layout == TherapistLayout::Crossed && all.only_with.is_none())
}

/// Combinations of levels beyond which no trial is stratified.
const MOST_STRATA: usize = 100_000;

/// Each combination of levels is a stratum with blocks of its own.
fn too_many_strata(scenario: &Scenario, assignment: &Assignment) -> Option<Finding> {
    let levels = |name: &String| match name.as_str() {
        THERAPIST => scenario.design.therapists.as_ref().map_or(1, |all| all.n as usize),
        name => resolve::levels(scenario, name).map_or(1, |levels| levels.len()),
    };
    let count = assignment.strata.iter().map(levels).fold(1, usize::saturating_mul);
    (count > MOST_STRATA && assignment.method == AssignmentMethod::Blocks).then(|| {
        let found = format!("{count} strata");
        Finding::value("/design/assignment/strata", found, format!("at most {MOST_STRATA} strata"))
    })
}

/// A block holds each arm as often as the ratio says, or a multiple of it.
fn block_sizes(scenario: &Scenario, assignment: &Assignment) -> Vec<Finding> {
    let whole: u64 = resolve::ratio(scenario).iter().sum();
    let sizes = assignment.block_sizes.iter().flatten().enumerate();
    sizes
        .filter(|(_, size)| **size % whole != 0)
        .map(|(index, size)| {
            let allowed = format!("a multiple of {whole}, the sum of the allocation ratio");
            Finding::value(format!("/design/assignment/block_sizes/{index}"), size.to_string(), allowed)
        })
        .collect()
}
