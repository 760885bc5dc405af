//! Are an outcome's spread and its baseline given in exactly one way?
//!
//! In come a scenario and one of its outcomes; out come findings about `sd`,
//! `residual_sd` and `baseline`.

use super::arms;
use crate::scenario::finding::Finding;
use crate::scenario::{Baseline, Outcome, Scenario, StandardDeviation, words};

pub(super) fn check(scenario: &Scenario, outcome: &Outcome, at: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let allowed = "either `sd` or `residual_sd`";
    match (&outcome.sd, outcome.residual_sd) {
        (None, None) => findings.push(Finding::value(at, "no standard deviation", allowed)),
        (Some(_), Some(_)) => {
            let pointer = format!("{at}/residual_sd");
            findings.push(Finding::name(pointer, "`residual_sd` beside `sd`", allowed));
        }
        (None, Some(_)) if outcome.baseline.is_none() => {
            let pointer = format!("{at}/residual_sd");
            let finding = Finding::name(
                pointer,
                "`residual_sd` without `baseline`",
                "`sd`, or `residual_sd` and `baseline`",
            );
            findings.push(finding.help("it is the standard deviation given the outcome's own baseline"));
        }
        _ => {}
    }
    if let Some(StandardDeviation::PerArm(sds)) = &outcome.sd {
        findings.extend(arms::check(&scenario.factors, sds, &format!("{at}/sd")));
    }
    if let Some(baseline) = &outcome.baseline {
        findings.extend(check_baseline(scenario, baseline, &format!("{at}/baseline")));
    }
    findings
}

fn check_baseline(scenario: &Scenario, baseline: &Baseline, at: &str) -> Option<Finding> {
    let allowed = "either `mean` and `sd`, or `covariate`";
    let name = |field: &str, found: &str| Some(Finding::name(format!("{at}/{field}"), found, allowed));
    match (baseline.mean, baseline.sd, &baseline.covariate) {
        (Some(_), Some(_), None) => None,
        (None, None, Some(covariate)) => unknown_covariate(scenario, covariate, at),
        (None, None, None) => Some(Finding::value(at, "neither `mean` and `sd` nor `covariate`", allowed)),
        (_, _, Some(_)) => name("covariate", "`covariate` beside `mean` or `sd`"),
        (Some(_), None, None) => name("mean", "`mean` without `sd`"),
        (None, Some(_), None) => name("sd", "`sd` without `mean`"),
    }
}

fn unknown_covariate(scenario: &Scenario, covariate: &str, at: &str) -> Option<Finding> {
    let ids: Vec<&str> = scenario.cohort.covariates.iter().map(|one| one.id.as_str()).collect();
    if ids.contains(&covariate) {
        return None;
    }
    let allowed = if ids.is_empty() {
        "a covariate of `/cohort/covariates`, which has none".to_owned()
    } else {
        format!("a covariate of the cohort: {}", words::choice(&ids))
    };
    let finding = Finding::value(format!("{at}/covariate"), words::found(&covariate.into()), allowed);
    Some(finding.maybe_help(words::did_you_mean(covariate, &ids)))
}
