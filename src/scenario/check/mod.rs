//! What the fields of a scenario mean for each other.
//!
//! In comes a scenario of the right shape; out comes everything that cannot
//! hold together, all at once. Each file looks after one subject and knows
//! nothing of the others.

mod analyses;
mod analysis_fields;
mod arms;
mod baselines;
mod columns;
mod correlation;
mod covariates;
mod design;
mod eligibility;
mod factors;
mod means;
mod multiplicity;
mod names;
mod observation;
mod permutation;
mod positive_definite;
mod response;
mod sources;
mod therapists;
mod uncertainty;
pub(super) mod visits;

use super::finding::{Consequence, Finding};
use super::{Scenario, pointer, primary};

/// Everything that cannot hold together. The lists of fixed length (factors,
/// levels, pairs) must have their length; all else may be anything. Without names
/// of factors and levels there are none of arms, effects and estimands, and so
/// nothing more to check. What has to be computed of distributions is checked where all numbers are within their range.
pub(super) fn check(scenario: &Scenario, is_within_range: bool) -> Vec<Finding> {
    let mut findings = factors::check(scenario);
    if findings.iter().any(|finding| finding.consequence == Consequence::Stop) {
        return findings;
    }
    findings.extend(design::check(scenario));
    findings.extend(therapists::check(scenario));
    findings.extend(columns::check(scenario));
    findings.extend(covariates::check(scenario, is_within_range));
    findings.extend(eligibility::check(scenario));
    for (name, outcome) in &scenario.response.outcomes {
        let pointer = pointer::child("/response/outcomes", name);
        findings.extend(means::check(&scenario.factors, outcome, &pointer));
        findings.extend(baselines::check(scenario, outcome, &pointer));
    }
    findings.extend(response::check(scenario));
    findings.extend(correlation::check(scenario, is_within_range));
    findings.extend(observation::check(scenario, is_within_range));
    findings.extend(analyses::check(scenario));
    if findings.is_empty() {
        findings.extend(is_within_range.then(|| eligibility::check_cohort(scenario)).flatten());
        findings.extend(primary::resolve(scenario).1);
        findings.extend(multiplicity::check(scenario));
    }
    findings.extend(uncertainty::check(scenario));
    findings.extend(sources::check(scenario));
    findings
}
