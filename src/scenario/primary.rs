//! Which hypotheses the trial stands or falls with.
//!
//! In come selectors such as `alliance`, `pain/alliance` or
//! `ancova/pain/alliance`; out comes exactly one hypothesis for each, or what
//! is wrong with the selector and what it could have been.

use super::finding::Finding;
use super::resolve::analysis_ids;
use super::{Scenario, pointer, words};
use crate::analysis::registry;
use crate::error::Problem;
use crate::estimand::{FACTORIAL, of_analysis};
use crate::result::HypothesisId;

/// The primary hypotheses: as selected, else the main effects and the interaction
/// of the first analysis.
///
/// # Errors
/// A selector that fits no hypothesis, or several, or one that was selected before.
pub fn resolve_primary(scenario: &Scenario) -> Result<Vec<HypothesisId>, Vec<Problem>> {
    let (hypotheses, findings) = resolve(scenario);
    if findings.is_empty() {
        Ok(hypotheses)
    } else {
        Err(findings.into_iter().map(|finding| finding.problem).collect())
    }
}

/// How many of the first analysis's estimands are the main effects and the interaction.
fn factorial_effects(scenario: &Scenario) -> usize {
    let first = scenario.analyses.first().and_then(|analysis| registry::find(&analysis.method));
    first.map_or(FACTORIAL, |entry| entry.family.factorial_effects())
}

/// What could be resolved, and what could not.
pub(super) fn resolve(scenario: &Scenario) -> (Vec<HypothesisId>, Vec<Finding>) {
    let all = hypotheses(scenario);
    if scenario.primary.is_empty() {
        let first = all.first().map(|one| one.analysis.clone());
        let of_first = all.into_iter().take_while(|one| Some(&one.analysis) == first.as_ref());
        return (of_first.take(factorial_effects(scenario)).collect(), Vec::new());
    }
    let (mut chosen, mut findings) = (Vec::new(), Vec::new());
    for (index, selector) in scenario.primary.iter().enumerate() {
        let pointer = pointer::item("/primary", index);
        let candidates: Vec<&HypothesisId> = all.iter().filter(|one| fits(one, selector)).collect();
        match candidates.as_slice() {
            [one] if chosen.contains(*one) => {
                let found = format!("{} a second time", words::quoted(&one.to_string()));
                findings.push(Finding::value(pointer, found, "each hypothesis once"));
            }
            [one] => chosen.push((*one).clone()),
            [] => findings.push(unknown(selector, pointer, &all)),
            several => {
                let names: Vec<String> = several.iter().map(ToString::to_string).collect();
                let found = format!("{}, which fits {} hypotheses", words::quoted(selector), names.len());
                findings.push(Finding::value(pointer, found, words::choice(&names)));
            }
        }
    }
    (chosen, findings)
}

/// Every hypothesis of the scenario: each estimand of each analysis.
fn hypotheses(scenario: &Scenario) -> Vec<HypothesisId> {
    let mut all = Vec::new();
    for (analysis, id) in scenario.analyses.iter().zip(analysis_ids(scenario)) {
        all.extend(of_analysis(scenario, analysis).into_iter().map(|estimand| HypothesisId {
            analysis: id.clone(),
            outcome: analysis.outcome.clone(),
            estimand: estimand.id,
        }));
    }
    all
}

fn fits(hypothesis: &HypothesisId, selector: &str) -> bool {
    let parts: Vec<&str> = selector.split('/').collect();
    match parts.as_slice() {
        [estimand] => hypothesis.estimand == *estimand,
        [one, estimand] => {
            hypothesis.estimand == *estimand && (hypothesis.analysis == *one || hypothesis.outcome == *one)
        }
        [analysis, outcome, estimand] => {
            hypothesis.estimand == *estimand
                && hypothesis.analysis == *analysis
                && hypothesis.outcome == *outcome
        }
        _ => false,
    }
}

/// Names the nearest selector of the same length, else the estimands.
fn unknown(selector: &str, pointer: String, all: &[HypothesisId]) -> Finding {
    let mut spellings: Vec<String> = Vec::new();
    for one in all {
        spellings.extend(match selector.matches('/').count() {
            0 => vec![one.estimand.clone()],
            1 => vec![
                format!("{}/{}", one.analysis, one.estimand),
                format!("{}/{}", one.outcome, one.estimand),
            ],
            _ => vec![one.to_string()],
        });
    }
    let mut estimands: Vec<&str> = Vec::new();
    for one in all {
        if !estimands.contains(&one.estimand.as_str()) {
            estimands.push(&one.estimand);
        }
    }
    let allowed =
        format!("[analysis/][outcome/]estimand, where the estimand is {}", words::choice(&estimands));
    Finding::value(pointer, words::found(&selector.into()), allowed)
        .maybe_help(words::did_you_mean(selector, &spellings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library;

    fn scenario(primary: &[&str]) -> Scenario {
        let text = library::find("fuentes-2014").expect("embedded").text;
        let mut scenario = crate::scenario::read(text, "fuentes-2014", &[]).expect("valid");
        scenario.primary = primary.iter().map(|selector| (*selector).to_owned()).collect();
        scenario
    }

    #[test]
    fn the_default_is_the_first_analysis() {
        let all = resolve_primary(&scenario(&[])).expect("resolved");
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["ancova/pain/alliance", "ancova/pain/ifc", "ancova/pain/interaction"]);
    }

    #[test]
    fn a_selector_may_be_as_short_as_it_is_unique() {
        for selector in ["welch/joint", "welch/pain/joint", "ppt/joint"] {
            let all = resolve_primary(&scenario(&[selector])).expect(selector);
            assert_eq!((all.len(), all[0].estimand.as_str()), (1, "joint"));
        }
    }

    #[test]
    fn ambiguous_unknown_and_repeated_selectors_say_what_could_be_meant() {
        let one =
            |selectors: &[&str]| resolve_primary(&scenario(selectors)).expect_err("a problem").remove(0);
        assert!(one(&["pain/joint"]).found.contains("fits 4 hypotheses"));
        assert!(one(&["pain/joint"]).allowed.contains("`anova/pain/joint`"));
        assert_eq!(one(&["welch/alianse"]).help.as_deref(), Some("did you mean `welch/alliance`?"));
        assert_eq!(one(&["ppt/ifc", "ancova-ppt/ppt/ifc"]).pointer, "/primary/1");
        assert_eq!(one(&["a/b/c/d"]).pointer, "/primary/0");
    }
}
