//! Does each covariate say what its distribution needs, and nothing else?
//!
//! In comes a scenario; out come findings about `cohort.covariates`.

use crate::cohort::marginal;
use crate::scenario::finding::Finding;
use crate::scenario::pattern::COLUMN;
use crate::scenario::{CorrelationScale, Covariate, Law, Scenario, pointer, resolve, words};
use indexmap::IndexMap;

/// How far shares may be from 1 in all.
const ROUNDING: f64 = 1e-9;

pub(super) fn check(scenario: &Scenario, is_within_range: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, covariate) in scenario.cohort.covariates.iter().enumerate() {
        let at = pointer::item("/cohort/covariates", index);
        let own = fields(covariate, &at);
        let complete = own.is_empty();
        findings.extend(own);
        if complete && is_within_range {
            findings.extend(values(covariate, &at));
        }
    }
    if findings.is_empty() {
        findings.extend(pilot(scenario));
    }
    findings.extend(noisy_baselines(scenario));
    findings
}

/// What a law may and must state.
enum Use {
    Needed(&'static str),
    Allowed,
    Not,
}

/// Fields that are missing, and fields of other laws.
fn fields(covariate: &Covariate, at: &str) -> Vec<Finding> {
    use Use::{Allowed, Needed, Not};
    let number = || Needed("a number");
    // mean, sd, min, max, levels, values
    let uses = match covariate.law {
        Law::Normal => [number(), number(), Not, Not, Not, Not],
        Law::TruncatedNormal => [number(), number(), Allowed, Allowed, Not, Not],
        Law::LogNormal | Law::Gamma => [number(), number(), Allowed, Not, Not, Not],
        Law::Beta => [number(), number(), number(), number(), Not, Not],
        Law::Categorical => {
            [Not, Not, Not, Not, Needed("the levels with the share of patients at each"), Not]
        }
        Law::Empirical | Law::Pilot => [Not, Not, Not, Not, Not, Needed("a list of numbers, or a `file`")],
    };
    let stated = [
        ("mean", covariate.mean.is_some()),
        ("sd", covariate.sd.is_some()),
        ("min", covariate.min.is_some()),
        ("max", covariate.max.is_some()),
        ("levels", covariate.levels.is_some()),
        ("values", covariate.values.is_some() || covariate.file.is_some()),
    ];
    let law = covariate.law.name();
    let mut findings = Vec::new();
    for ((field, stated), using) in stated.into_iter().zip(uses) {
        let place = format!("{at}/{field}");
        match using {
            Needed(allowed) if !stated => findings.push(Finding::value(place, "nothing", allowed)),
            Not if stated => {
                let field = if field == "values" && covariate.file.is_some() { "file" } else { field };
                let place = format!("{at}/{field}");
                let found = format!("`{field}` with the law `{law}`");
                findings.push(Finding::name(place, found, "what the law needs, and nothing else"));
            }
            _ => {}
        }
    }
    if covariate.law == Law::TruncatedNormal && covariate.min.is_none() && covariate.max.is_none() {
        let finding =
            Finding::value(at, "the law `truncated_normal` without limits", "`min`, `max`, or both");
        findings.push(finding);
    }
    findings
}

/// Numbers that no such variable could have.
fn values(covariate: &Covariate, at: &str) -> Vec<Finding> {
    if let (Some(min), Some(max)) = (covariate.min, covariate.max)
        && min >= max
    {
        let allowed = format!("a number above `min`, {min}");
        return vec![Finding::value(format!("{at}/max"), max.to_string(), allowed)];
    }
    if let Some(stated) = &covariate.levels {
        return levels(stated, &format!("{at}/levels"));
    }
    if let Some(values) = &covariate.values
        && values.iter().all(|value| *value == values[0])
    {
        let found = format!("{} for every patient", values[0]);
        return vec![Finding::value(format!("{at}/values"), found, "values that differ")];
    }
    let Some(Err(wrong)) = marginal(covariate) else { return Vec::new() };
    let field = if wrong.mean { "mean" } else { "sd" };
    let value = if wrong.mean { covariate.mean } else { covariate.sd };
    let found = value.map_or_else(String::new, |value| value.to_string());
    vec![
        Finding::value(format!("{at}/{field}"), found, wrong.allowed)
            .help("mean and SD are those of the variable itself, within its limits"),
    ]
}

fn levels(stated: &IndexMap<String, f64>, at: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = stated
        .keys()
        .filter(|name| !COLUMN.accepts(name))
        .map(|name| Finding::name(pointer::child(at, name), words::quoted(name), COLUMN.words))
        .collect();
    if stated.len() < 2 {
        findings.push(Finding::value(at, format!("{} of them", stated.len()), "at least two levels"));
    }
    let total: f64 = stated.values().sum();
    if (total - 1.0).abs() > ROUNDING {
        let found = format!("shares that sum to {}", (total * 1e9).round() / 1e9);
        findings.push(Finding::value(at, found, "shares that sum to 1"));
    }
    if let Some((name, _)) = stated.iter().find(|(_, share)| **share == 0.0) {
        findings.push(Finding::value(pointer::child(at, name), "0", "a share above 0, or no such level"));
    }
    findings
}

/// Rows of a pilot are whole, and nothing else is said of how they hang together.
fn pilot(scenario: &Scenario) -> Vec<Finding> {
    let covariates = scenario.cohort.covariates.iter().enumerate();
    let pilot: Vec<(usize, &Covariate)> =
        covariates.filter(|(_, covariate)| covariate.law == Law::Pilot).collect();
    let count = |covariate: &Covariate| covariate.values.as_ref().map_or(0, Vec::len);
    let Some((_, first)) = pilot.first() else { return Vec::new() };
    let mut findings = Vec::new();
    for (index, covariate) in pilot.iter().filter(|(_, covariate)| count(covariate) != count(first)) {
        let at = format!("{}/values", pointer::item("/cohort/covariates", *index));
        let found = format!("{} rows", count(covariate));
        let allowed = format!("{} rows, as many as {} has", count(first), words::quoted(&first.id));
        findings.push(Finding::value(at, found, allowed));
    }
    if scenario.cohort.correlation_scale != CorrelationScale::Pearson {
        let at = "/cohort/correlation_scale";
        findings.push(Finding::value(at, "another scale with a pilot", "`pearson`"));
    }
    let is = |name: &str, of: &dyn Fn(&Covariate) -> bool| {
        scenario.cohort.covariates.iter().any(|covariate| covariate.id == name && of(covariate))
    };
    for (index, entry) in scenario.cohort.correlation.iter().enumerate() {
        let at = pointer::item("/cohort/correlation", index);
        let from_pilot = |name: &String| is(name, &|covariate| covariate.law == Law::Pilot);
        let bent = |name: &String| is(name, &|covariate| !matches!(covariate.law, Law::Pilot | Law::Normal));
        if entry.between.iter().all(from_pilot) {
            let found = "a correlation of two covariates of the pilot";
            findings.push(Finding::value(at, found, "none: they hang together as they did there"));
        } else if entry.between.iter().any(from_pilot) && entry.between.iter().any(bent) {
            let found = "a correlation of a covariate of the pilot with one that is not normal";
            findings.push(Finding::value(at, found, "a normal covariate, or one of the pilot"));
        }
    }
    findings
}

/// Error of measurement is added to normal scores only.
fn noisy_baselines(scenario: &Scenario) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, instrument) in &scenario.observation.instruments {
        let noisy = instrument.sem.is_some_and(|sem| sem > 0.0)
            || instrument.reliability.is_some_and(|reliability| reliability < 1.0);
        let column = resolve::baseline_column(scenario, name);
        let covariate =
            scenario.cohort.covariates.iter().find(|covariate| Some(&covariate.id) == column.as_ref());
        if let Some(covariate) = covariate.filter(|covariate| noisy && covariate.law != Law::Normal) {
            let at = pointer::child("/observation/instruments", name);
            let found = format!(
                "an error of measurement for the baseline {}, which is not normal",
                words::quoted(&covariate.id)
            );
            findings.push(Finding::value(at, found, "an instrument without error, or a normal baseline"));
        }
    }
    findings
}
