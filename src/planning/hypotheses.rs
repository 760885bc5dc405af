//! Which hypotheses a question is about.
//!
//! In come selectors as people type them; out comes one hypothesis for each. A question is less strict than a
//! scenario: of several analyses that ask the same, a primary one is meant, else the first.

use super::effect::{MovedEffect, is_contrast};
use crate::error::{Error, ErrorKind, Result};
use crate::result::HypothesisId;
use crate::scenario::{Scenario, resolve};

/// The hypotheses meant by `selectors`, of one analysis if `analysis` is stated; the primary ones if there are no
/// selectors.
///
/// # Errors
/// `Usage`, if a selector fits no hypothesis.
pub fn select(
    scenario: &Scenario,
    selectors: &[String],
    analysis: Option<&str>,
) -> Result<Vec<HypothesisId>> {
    let primary = resolve::resolve_primary(scenario).unwrap_or_default();
    let of_analysis = |one: &HypothesisId| analysis.is_none_or(|id| one.analysis == id);
    let ids = resolve::analysis_ids(scenario);
    if let Some(id) = analysis.filter(|id| ids.iter().all(|known| known != id)) {
        return Err(Error::new(ErrorKind::Usage, format!("the scenario has no analysis {id}"))
            .about(format!("--analysis {id}"))
            .help(format!("it has {}", ids.join(", "))));
    }
    if selectors.is_empty() {
        let own: Vec<HypothesisId> = primary.into_iter().filter(of_analysis).collect();
        if !own.is_empty() {
            return Ok(own);
        }
        let all = resolve::hypotheses(scenario).into_iter();
        return Ok(all.filter(of_analysis).take(crate::estimand::FACTORIAL).collect());
    }
    let mut chosen: Vec<HypothesisId> = Vec::new();
    for selector in selectors {
        let one = one(scenario, selector, &primary, &of_analysis)?;
        if chosen.contains(&one) {
            return Err(Error::new(ErrorKind::Usage, format!("{one} stands there twice"))
                .about(format!("--estimand {selector}"))
                .help("name each hypothesis once"));
        }
        chosen.push(one);
    }
    Ok(chosen)
}

/// Every effect of the two factors that an analysis, or the first, asks about and that can be moved.
///
/// # Errors
/// `Usage`, if there is no such analysis, or none of its effects can be moved.
pub fn movable(scenario: &Scenario, analysis: Option<&str>) -> Result<Vec<HypothesisId>> {
    let first = select(scenario, &[], analysis)?.into_iter().next().map(|one| one.analysis);
    let all = resolve::hypotheses(scenario).into_iter().filter(|one| Some(&one.analysis) == first.as_ref());
    let effects: Vec<(HypothesisId, Result<MovedEffect>)> = all
        .filter(|one| is_contrast(scenario, one))
        .map(|one| (one.clone(), MovedEffect::of(scenario, &one)))
        .collect();
    let movable: Vec<HypothesisId> =
        effects.iter().filter(|(_, moved)| moved.is_ok()).map(|(one, _)| one.clone()).collect();
    if movable.is_empty() {
        if let Some(Err(why)) = effects.into_iter().next().map(|(_, moved)| moved) {
            // Nobody typed the --estimand that it is about.
            return Err(Error { source: None, ..why });
        }
        let message =
            format!("{} asks about no effect of the two factors", first.as_deref().unwrap_or("the scenario"));
        return Err(Error::new(ErrorKind::Usage, message).help("name another with --analysis"));
    }
    Ok(movable)
}

fn one(
    scenario: &Scenario,
    selector: &str,
    primary: &[HypothesisId],
    of_analysis: &impl Fn(&HypothesisId) -> bool,
) -> Result<HypothesisId> {
    let fitting: Vec<HypothesisId> =
        resolve::fitting(scenario, selector).into_iter().filter(of_analysis).collect();
    let is_primary = |one: &&HypothesisId| primary.contains(one);
    if let Some(meant) = fitting.iter().find(is_primary).or(fitting.first()) {
        return Ok(meant.clone());
    }
    Err(resolve::unknown_selector(scenario, selector).about_option(format!("--estimand {selector}")))
}
