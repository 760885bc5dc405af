//! Do the parts of the response fit each other: delivery, belief, and what differs
//! between patients?
//!
//! In comes a scenario; out come findings about `response.delivery`,
//! `response.blinding`, and `effect_sd`, `moderators` and `belief_effect` of its
//! outcomes.

use super::arms;
use super::names::{before_treatment, unknown};
use crate::scenario::finding::Finding;
use crate::scenario::{EffectOf, Moderator, Outcome, Scenario, ShareByArm, pointer, resolve};

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let mut findings: Vec<Finding> = delivery(scenario);
    findings.extend(rating(scenario));
    if let Some(blinding) = &scenario.response.blinding {
        findings.extend(shares(scenario, &blinding.believe_treated, "/response/blinding/believe_treated"));
    }
    for (name, outcome) in &scenario.response.outcomes {
        let at = pointer::child("/response/outcomes", name);
        findings.extend(parts(scenario, outcome, &at));
        findings.extend(course(outcome, &at));
        findings.extend(belief(scenario, outcome, &at));
        findings.extend(of_delivery(scenario, outcome, &at));
    }
    findings
}

/// Shares by arm name each arm once.
pub(super) fn shares(scenario: &Scenario, shares: &ShareByArm, at: &str) -> Vec<Finding> {
    match shares {
        ShareByArm::All(_) => Vec::new(),
        ShareByArm::PerArm(shares) => arms::check(&scenario.factors, shares, at),
    }
}

/// An effect of assignment that passes through what is perceived needs a difference in it.
fn delivery(scenario: &Scenario) -> Vec<Finding> {
    let Some(delivery) = &scenario.response.delivery else { return Vec::new() };
    let passes = delivery.effect_of == EffectOf::Assignment && delivery.direct_share < 1.0;
    let wrong = passes && delivery.fidelity <= delivery.contamination;
    let finding = || {
        let found =
            format!("{}, which is not above `contamination`, {}", delivery.fidelity, delivery.contamination);
        Finding::value("/response/delivery/fidelity", found, "a number above `contamination`").help(
            "effects of assignment come through what patients perceive; if both levels deliver the same, state \
             effects of `delivery`",
        )
    };
    wrong.then(finding).into_iter().collect()
}

/// A rating has limits in order, and steps within them.
fn rating(scenario: &Scenario) -> Option<Finding> {
    let rating = scenario.response.delivery.as_ref()?.rating.as_ref()?;
    let (min, max) = (rating.min?, rating.max?);
    let at = "/response/delivery/rating";
    if min >= max {
        let allowed = format!("a number above `min`, {min}");
        return Some(Finding::value(format!("{at}/max"), max.to_string(), allowed));
    }
    wide_step(rating.step?, min, max, at)
}

/// A step that is wider than the whole scale, on which nothing but one value can be shown.
pub(super) fn wide_step(step: f64, min: f64, max: f64, at: &str) -> Option<Finding> {
    (step > max - min).then(|| {
        let allowed = format!("a number above 0 and up to {}, from `min` to `max`", max - min);
        let finding = Finding::value(format!("{at}/step"), step.to_string(), allowed);
        finding.help("it is the distance between two neighbouring values that are shown, as 1 on a numeric rating scale")
    })
}

/// Names of effects and of covariates.
fn parts(scenario: &Scenario, outcome: &Outcome, at: &str) -> Vec<Finding> {
    let effects = resolve::effect_parts(&scenario.factors);
    let mut findings = Vec::new();
    let stated = outcome.effect_sd.iter().flat_map(|sds| sds.keys());
    findings.extend(stated.filter_map(|name| unknown(name, &effects, "effect", &format!("{at}/effect_sd"))));
    let covariates = before_treatment(scenario);
    for (effect, moderators) in outcome.moderators.iter().flatten() {
        let at = format!("{at}/moderators");
        findings.extend(unknown(effect, &effects, "effect", &at));
        let at = pointer::child(&at, effect);
        for (name, moderator) in moderators {
            findings.extend(unknown(name, &covariates, "covariate", &at));
            findings.extend(moderation(scenario, name, moderator, &pointer::child(&at, name)));
        }
    }
    findings
}

/// A benefit needs a direction, and a shape is one thing.
fn course(outcome: &Outcome, at: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stated = [
        ("natural_course", outcome.natural_course.is_some()),
        ("sham_response_sd", outcome.sham_response_sd.is_some()),
    ];
    for (field, _) in stated.into_iter().filter(|(_, stated)| *stated) {
        if outcome.better.is_none() || outcome.baseline.is_none() {
            let found = format!("`{field}` for an outcome without `better` or without `baseline`");
            let allowed = "an outcome with `better` and `baseline`, from which to change";
            findings.push(Finding::name(format!("{at}/{field}"), found, allowed));
        }
    }
    if let Some(shape) = outcome.residual_shape
        && shape.t_degrees_of_freedom.is_some()
        && shape.skewness.is_some()
    {
        let at = format!("{at}/residual_shape/skewness");
        let found = "`skewness` beside `t_degrees_of_freedom`";
        findings.push(Finding::name(at, found, "one of the two"));
    }
    findings
}

/// A slope for a number, an offset for each level, so that the average effect stays as it is.
fn moderation(scenario: &Scenario, name: &str, moderator: &Moderator, at: &str) -> Vec<Finding> {
    match (moderator, resolve::levels(scenario, name)) {
        (Moderator::Slope(_), None) => Vec::new(),
        (Moderator::Slope(slope), Some(_)) => {
            vec![Finding::value(at, slope.to_string(), "a number for each level of the covariate")]
        }
        (Moderator::Levels(_), None) => {
            let allowed = "one number: the relative increase of the effect per standard deviation";
            vec![Finding::value(at, "numbers by level for a covariate without levels", allowed)]
        }
        (Moderator::Levels(offsets), Some(levels)) => {
            let known: Vec<String> = levels.keys().cloned().collect();
            let mut findings: Vec<Finding> =
                offsets.keys().filter_map(|level| unknown(level, &known, "level", at)).collect();
            let mean: f64 =
                levels.iter().map(|(level, share)| share * offsets.get(level).copied().unwrap_or(0.0)).sum();
            if findings.is_empty() && mean.abs() > 1e-9 {
                let found =
                    format!("numbers with a mean of {} over the patients", (mean * 1e9).round() / 1e9);
                let finding = Finding::value(at, found, "numbers with a mean of 0");
                findings
                    .push(finding.help("the average effect is the stated one: subtract the mean from each"));
            }
            findings
        }
    }
}

/// A belief needs believers, and effects to come on top of.
fn belief(scenario: &Scenario, outcome: &Outcome, at: &str) -> Option<Finding> {
    outcome.belief_effect?;
    let at = format!("{at}/belief_effect");
    if scenario.response.blinding.is_none() {
        let finding = Finding::name(at, "`belief_effect` without `/response/blinding`", "both or neither");
        return Some(finding.help("say in `/response/blinding/believe_treated` who believes to be treated"));
    }
    outcome.arm_means.as_ref()?;
    let finding = Finding::name(at, "`belief_effect` beside `arm_means`", "`belief_effect` beside `effects`");
    Some(finding.help("means of arms hold everything already; `belief_effect` comes on top of `effects`"))
}

/// Effects of delivery are stated as effects.
fn of_delivery(scenario: &Scenario, outcome: &Outcome, at: &str) -> Option<Finding> {
    scenario.response.delivery.as_ref().filter(|delivery| delivery.effect_of == EffectOf::Delivery)?;
    outcome.arm_means.as_ref()?;
    let found = "`arm_means` with effects of `delivery` (/response/delivery/effect_of)";
    Some(Finding::name(format!("{at}/arm_means"), found, "`control_mean` and `effects`"))
}
