//! Can labels be permuted as the randomisation could have dealt them?
//!
//! In comes a scenario and one analysis; out come findings about permutation tests: an assignment that
//! does not leave all orders of the labels equally likely, or too few permutations for the level.

use crate::analysis::registry::IN_THE_LOOP;
use crate::scenario::finding::Finding;
use crate::scenario::{AnalysisSpec, AssignmentMethod, Scenario, words};

/// The method that permutes labels.
const METHOD: &str = "permutation";

/// Everything that is wrong with a permutation test.
pub(super) fn check(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Vec<Finding> {
    if analysis.method != METHOD {
        return Vec::new();
    }
    unequal_orders(scenario, at).into_iter().chain(too_few(scenario, analysis, at)).collect()
}

/// Minimisation and the urn depend on the patients who came before.
fn unequal_orders(scenario: &Scenario, at: &str) -> Option<Finding> {
    let method = scenario.design.assignment.method;
    let unequal = matches!(method, AssignmentMethod::Minimisation | AssignmentMethod::Urn);
    unequal.then(|| {
        let found = format!(
            "{} where `/design/assignment/method` is {}, by which some orders of the labels are likelier than others",
            words::quoted(METHOD),
            words::quoted(method.name())
        );
        let allowed = "it with `fixed`, `simple` or `blocks`, which leave all permutations equally likely";
        let finding = Finding::value(format!("{at}/method"), found, allowed);
        finding.help("use `ancova` with the factors of the assignment among its `covariates`, or assign in `blocks`")
    })
}

/// The least p value is 1/(1 + resamples).
fn too_few(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Option<Finding> {
    let resamples = analysis.resamples.unwrap_or(IN_THE_LOOP.resamples);
    (1.0 / (1.0 + resamples as f64) > scenario.alpha).then(|| {
        let least = (1.0 / scenario.alpha - 1.0 - 1e-9).ceil().max(19.0);
        let found =
            format!("{resamples} permutations, whose least p value 1/{} is above alpha", resamples + 1);
        let allowed = format!("at least {least} for alpha = {}", scenario.alpha);
        Finding::value(format!("{at}/resamples"), found, allowed)
    })
}
