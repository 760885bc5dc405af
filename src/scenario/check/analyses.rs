//! Can each analysis be made with the data of this trial?
//!
//! In comes a scenario; out come findings about the analyses' ids, outcomes and
//! covariates. What else is said of an analysis is looked at in [`analysis_fields`].

use super::analysis_fields;
use crate::analysis::MOST_COVARIATES;
use crate::analysis::registry::{self, Design};
use crate::estimand::ARMS;
use crate::scenario::finding::Finding;
use crate::scenario::resolve::{
    BASELINE, adjusts_by_default, analysis_ids, arm_sizes, coded_columns, covariate_columns,
    is_observational, moderator_column,
};
use crate::scenario::variables::linked_covariate;
use crate::scenario::{AnalysisSpec, Outcome, Scenario, pointer, words};

/// Patients below which an arm has no variance; the schema says the same.
const LEAST_IN_ARM: u64 = 2;

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let ids = analysis_ids(scenario);
    let mut findings = Vec::new();
    for (index, analysis) in scenario.analyses.iter().enumerate() {
        let at = pointer::item("/analyses", index);
        findings.extend(repeated_id(&ids, analysis, index, &at));
        let Some(outcome) = scenario.response.outcomes.get(&analysis.outcome) else {
            findings.push(unknown_outcome(scenario, analysis, &at));
            continue;
        };
        if registry::find(&analysis.method).is_some_and(|entry| entry.needs_baseline)
            && outcome.baseline.is_none()
        {
            findings.push(no_baseline(analysis, format!("{at}/method")));
        }
        if let Some(finding) = other_design(scenario, analysis, &at) {
            findings.push(finding);
            continue;
        }
        findings.extend(check_therapists(scenario, analysis, &at));
        let before = findings.len();
        findings.extend(analysis_fields::check(scenario, analysis, outcome, &at));
        if findings.len() > before {
            continue;
        }
        findings.extend(check_covariates(scenario, analysis, outcome, &at));
        if findings.len() == before {
            findings.extend(too_few_patients(scenario, analysis, &at));
        }
    }
    findings
}

/// A method for another kind of study.
fn other_design(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Option<Finding> {
    let here = if is_observational(scenario) { Design::Observational } else { Design::Trial };
    let entry = registry::find(&analysis.method).filter(|entry| entry.design != here)?;
    let fitting: Vec<&str> =
        registry::REGISTRY.iter().filter(|entry| entry.design == here).map(|entry| entry.name).collect();
    let kind = if here == Design::Trial { "a trial" } else { "a study without assignment" };
    let found = format!("{} in {kind}", words::quoted(entry.name));
    Some(Finding::value(format!("{at}/method"), found, words::choice(&fitting)))
}

fn repeated_id(ids: &[String], analysis: &AnalysisSpec, index: usize, at: &str) -> Option<Finding> {
    let id = ids.get(index)?;
    let first = ids[..index].iter().position(|earlier| earlier == id)?;
    let found = format!("the id {}, which analysis {} has already", words::quoted(id), first + 1);
    let at = if analysis.id.is_some() { format!("{at}/id") } else { at.to_owned() };
    Some(Finding::value(at, found, "a different id for each analysis"))
}

fn unknown_outcome(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Finding {
    let names: Vec<&String> = scenario.response.outcomes.keys().collect();
    let found = words::found(&analysis.outcome.as_str().into());
    Finding::value(format!("{at}/outcome"), found, format!("an outcome: {}", words::choice(&names)))
        .maybe_help(words::did_you_mean(&analysis.outcome, &names))
}

pub(super) fn no_baseline(analysis: &AnalysisSpec, at: String) -> Finding {
    let (method, outcome) = (words::quoted(&analysis.method), words::quoted(&analysis.outcome));
    Finding::value(
        at,
        format!("{method} for {outcome}, which has no baseline"),
        "an outcome with a `baseline`",
    )
    .help(format!("add `baseline` to `{}`", pointer::child("/response/outcomes", &analysis.outcome)))
}

fn check_covariates(
    scenario: &Scenario,
    analysis: &AnalysisSpec,
    outcome: &Outcome,
    at: &str,
) -> Vec<Finding> {
    let Some(stated) = &analysis.covariates else {
        let default_fails = adjusts_by_default(analysis) && outcome.baseline.is_none();
        let finding = || {
            no_baseline(analysis, at.to_owned()).help(
            "without `covariates`, the analysis adjusts for the baseline; add a `baseline` or name `covariates`",
        )
        };
        return default_fails.then(finding).into_iter().collect();
    };
    let known = known_covariates(scenario, outcome);
    let mut columns: Vec<&str> = analysis.moderator.iter().map(|name| column_of(name, outcome)).collect();
    let mut findings = Vec::new();
    for (index, name) in stated.iter().enumerate() {
        let at = format!("{at}/covariates/{index}");
        let column = column_of(name, outcome);
        if name == BASELINE && outcome.baseline.is_none() {
            findings.push(no_baseline(analysis, at));
        } else if !known.contains(&name.as_str()) {
            let finding = Finding::value(
                at,
                format!("an unknown covariate {}", words::quoted(name)),
                words::choice(&known),
            );
            findings.push(finding.maybe_help(words::did_you_mean(name, &known)));
        } else if columns.contains(&column) {
            let found = format!("{}, which is adjusted for already", words::quoted(name));
            findings.push(Finding::value(at, found, "each covariate once"));
        }
        columns.push(column);
    }
    if findings.is_empty() {
        findings.extend(too_many_columns(scenario, analysis, at));
    }
    findings
}

/// Levels beyond what an analysis has room for.
fn too_many_columns(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Option<Finding> {
    let columns = adjusted_columns(scenario, analysis);
    (columns > MOST_COVARIATES).then(|| {
        let found = format!("covariates that count as {columns}");
        let allowed =
            format!("as many as count as {MOST_COVARIATES} at most, one for each level after the first");
        Finding::value(format!("{at}/covariates"), found, allowed)
    })
}

/// How many columns the covariates of an analysis are.
fn adjusted_columns(scenario: &Scenario, analysis: &AnalysisSpec) -> usize {
    let columns = covariate_columns(scenario, analysis);
    columns.iter().map(|column| coded_columns(scenario, column)).sum()
}

/// The names that an analysis may use for covariates.
pub(super) fn known_covariates<'s>(scenario: &'s Scenario, outcome: &Outcome) -> Vec<&'s str> {
    let cohort = scenario.cohort.covariates.iter().map(|covariate| covariate.id.as_str());
    outcome.baseline.iter().map(|_| BASELINE).chain(cohort).collect()
}

/// The covariate that a name stands for, as far as the cohort has it.
pub(super) fn column_of<'s>(name: &'s str, outcome: &'s Outcome) -> &'s str {
    if name == BASELINE { linked_covariate(outcome).unwrap_or(BASELINE) } else { name }
}

/// What mixed models need.
fn check_therapists(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Option<Finding> {
    let needs = registry::find(&analysis.method).is_some_and(|entry| entry.needs_therapists);
    (needs && scenario.design.therapists.is_none()).then(|| {
        let found = format!("{} in a scenario without therapists", words::quoted(&analysis.method));
        let finding = Finding::value(format!("{at}/method"), found, "a scenario with `/design/therapists`");
        finding.help("add `\"therapists\": {\"n\": 16, \"icc\": 0.05}` to the design, or use `ancova`")
    })
}

/// With an arm too small by itself, that is said instead.
fn too_few_patients(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Option<Finding> {
    let sizes = arm_sizes(scenario);
    if sizes.iter().any(|&size| size < LEAST_IN_ARM) {
        return None;
    }
    let patients = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    let covariates = adjusted_columns(scenario, analysis) as u64;
    let moderator = moderator_column(scenario, analysis);
    let slopes = ARMS * moderator.map_or(0, |column| coded_columns(scenario, &column));
    let needed = (ARMS + slopes) as u64 + covariates + 1;
    (patients < needed).then(|| {
        let slopes = if slopes > 0 { format!(" and {slopes} slopes") } else { String::new() };
        let found = format!("{patients} patients, with {covariates} to adjust for beside four arms{slopes}");
        let allowed = format!("at least {needed} patients, so that a residual degree of freedom is left");
        Finding::value(format!("{at}/covariates"), found, allowed)
    })
}
