//! Are the levels of significance and confidence those of a trial?
//!
//! In comes a scenario; out come findings about `alpha` and `confidence_level`,
//! each of which is easily stated for the other.

use crate::scenario::Scenario;
use crate::scenario::finding::Finding;

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let other = |level: f64| (1e9 * (1.0 - level)).round() / 1e9;
    let meant = |level: f64| (level > 0.0 && level < 1.0).then(|| format!("did you mean {}?", other(level)));
    let mut findings = Vec::new();
    if scenario.alpha >= 0.5 {
        let finding = Finding::value("/alpha", scenario.alpha.to_string(), "a number above 0 and below 0.5");
        findings.push(finding.maybe_help(meant(scenario.alpha)));
    }
    if let Some(level) = scenario.confidence_level.filter(|level| *level < 0.5) {
        let allowed = "a number of at least 0.5 and below 1";
        let finding = Finding::value("/confidence_level", level.to_string(), allowed);
        findings.push(finding.maybe_help(meant(level)));
    }
    findings
}
