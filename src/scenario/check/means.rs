//! Are an outcome's four means given in exactly one way?
//!
//! In come the factors and an outcome; out come findings about `arm_means`,
//! `control_mean`, `effects` and `better`.

use super::arms;
use crate::scenario::finding::Finding;
use crate::scenario::resolve::{EffectNames, effect_names};
use crate::scenario::{Factor, Outcome, pointer, words};
use indexmap::IndexMap;

pub(super) fn check(factors: &[Factor], outcome: &Outcome, at: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let allowed = "either `arm_means`, or `control_mean` and `effects`";
    let name = |field: &str| format!("{at}/{field}");
    match (&outcome.arm_means, outcome.control_mean, &outcome.effects) {
        (Some(_), None, None) | (None, Some(_), Some(_)) => {}
        (Some(_), control, effects) => {
            let other = if effects.is_some() { "effects" } else { "control_mean" };
            let second = if effects.is_some() && control.is_some() {
                "`control_mean` and `effects`".to_owned()
            } else {
                words::quoted(other)
            };
            findings.push(Finding::name(name(other), format!("{second} beside `arm_means`"), allowed));
        }
        (None, Some(_), None) => {
            findings.push(Finding::name(name("control_mean"), "`control_mean` without `effects`", allowed));
        }
        (None, None, Some(_)) => {
            findings.push(Finding::name(name("effects"), "`effects` without `control_mean`", allowed));
        }
        (None, None, None) => findings.push(Finding::value(at, "no means", allowed)),
    }
    if let Some(means) = &outcome.arm_means {
        findings.extend(arms::check(factors, means, &name("arm_means")));
    }
    if let Some(effects) = &outcome.effects {
        findings.extend(check_effects(factors, effects, &name("effects")));
        if outcome.better.is_none() {
            let finding =
                Finding::value(name("better"), "nothing", "`lower` or `higher`, as `effects` are benefits");
            findings.push(finding);
        }
    }
    findings
}

/// The three effects of exactly one coding.
fn check_effects(factors: &[Factor], effects: &IndexMap<String, f64>, at: &str) -> Vec<Finding> {
    let EffectNames { main, simple } = effect_names(factors);
    let allowed = format!("{}, or {}", words::list(&main), words::list(&simple));
    let all: Vec<&String> = main.iter().chain(&simple).collect();
    let strangers: Vec<&String> = effects.keys().filter(|name| !all.contains(name)).collect();
    let stated = |coding: &[String; 3]| coding.iter().filter(|name| effects.contains_key(*name)).count();
    let mut findings: Vec<Finding> = Vec::new();
    for name in &strangers {
        let free: Vec<&String> = all.iter().copied().filter(|one| !effects.contains_key(*one)).collect();
        let finding = Finding::name(
            pointer::child(at, name),
            format!("an unknown effect {}", words::quoted(name)),
            allowed.clone(),
        );
        findings.push(finding.maybe_help(words::did_you_mean(name, &free)));
    }
    match (stated(&main), stated(&simple)) {
        (3, 0) | (0, 3) => {}
        (0, 0) if strangers.is_empty() => findings.push(Finding::value(at, "no effects", allowed)),
        (0, 0) => {}
        (some, other) if some > 0 && other > 0 => {
            let found = "main effects and simple effects together";
            let finding = Finding::value(at, found, allowed);
            findings.push(finding.help("give one set of three; the other follows from it"));
        }
        (some, _) => {
            let coding = if some > 0 { &main } else { &simple };
            let missing: Vec<&String> = coding.iter().filter(|name| !effects.contains_key(*name)).collect();
            if missing.len() > strangers.len() {
                let found = format!("nothing for {}", words::list(&missing));
                let finding = Finding::value(at, found, format!("all three of {}", words::list(coding)));
                findings.push(finding.help("an effect that is not there is 0, and stated as 0"));
            }
        }
    }
    findings
}
