//! Do the hypotheses and their shares of alpha fit?

use crate::decision::MOST_HYPOTHESES;
use crate::scenario::finding::Finding;
use crate::scenario::{Procedure, Scenario, primary};

/// How far a sum of shares may be from 1.
const ROUNDING: f64 = 1e-9;

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let Some(stated) = &scenario.multiplicity else { return Vec::new() };
    let (hypotheses, _) = primary::resolve(scenario);
    let mut findings = Vec::new();
    if hypotheses.len() > MOST_HYPOTHESES {
        let found = format!("{} primary hypotheses", hypotheses.len());
        let allowed = format!("at most {MOST_HYPOTHESES} to be judged together");
        findings.push(Finding::value("/multiplicity", found, allowed));
    }
    let Some(weights) = &stated.weights else { return findings };
    let at = "/multiplicity/weights";
    if stated.procedure != Procedure::Fallback {
        findings.push(Finding::name(at, "`weights`", "`weights` only for the procedure `fallback`"));
    } else if weights.len() != hypotheses.len() {
        let found = format!("{} of them", weights.len());
        findings.push(Finding::value(at, found, format!("one for each of {} hypotheses", hypotheses.len())));
    } else if (weights.iter().sum::<f64>() - 1.0).abs() > ROUNDING {
        let found = format!("weights that sum to {}", weights.iter().sum::<f64>());
        findings.push(Finding::value(at, found, "weights that sum to 1"));
    }
    findings
}
