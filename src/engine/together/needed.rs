//! A scenario with no more analyses than a question looks at.

use crate::result::HypothesisId;
use crate::scenario::{Scenario, resolve};

/// The scenario with the analyses of these hypotheses only, each judged by itself.
pub(super) fn judged_alone(scenario: &Scenario, hypotheses: &[HypothesisId]) -> Scenario {
    let mut scenario = Scenario { multiplicity: None, ..scenario.clone() };
    make_primary(&mut scenario, hypotheses);
    keep_analyses(&mut scenario, hypotheses);
    scenario
}

/// The same, judged as the scenario says: where it judges its primary hypotheses together, these stay too.
pub(super) fn judged_as_stated(scenario: &Scenario, hypotheses: &[HypothesisId]) -> Scenario {
    if scenario.multiplicity.is_none() {
        return judged_alone(scenario, hypotheses);
    }
    let mut scenario = scenario.clone();
    let mut all = resolve::resolve_primary(&scenario).unwrap_or_default();
    make_primary(&mut scenario, &all);
    all.extend_from_slice(hypotheses);
    keep_analyses(&mut scenario, &all);
    scenario
}

/// Names the primary hypotheses in full, each once: with fewer analyses a shorter name might mean another.
fn make_primary(scenario: &mut Scenario, hypotheses: &[HypothesisId]) {
    scenario.primary.clear();
    for name in hypotheses.iter().map(ToString::to_string) {
        if !scenario.primary.contains(&name) {
            scenario.primary.push(name);
        }
    }
}

/// Keeps the analyses of these hypotheses, with the ids that they have among all.
fn keep_analyses(scenario: &mut Scenario, hypotheses: &[HypothesisId]) {
    let ids = resolve::analysis_ids(scenario);
    for (analysis, id) in scenario.analyses.iter_mut().zip(ids) {
        analysis.id = Some(id);
    }
    let is_needed = |id: Option<&String>| hypotheses.iter().any(|one| Some(&one.analysis) == id);
    scenario.analyses.retain(|analysis| is_needed(analysis.id.as_ref()));
}
