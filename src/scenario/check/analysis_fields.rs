//! Is everything that an analysis needs said of it, and nothing that it does not take?
//!
//! In come a scenario and one analysis of an outcome that there is; out come findings about the
//! analysis's own fields, the covariates apart.

use super::analyses::{column_of, known_covariates, no_baseline};
use super::permutation;
use crate::analysis::registry::{self, Entry};
use crate::analysis::{MOST_CATEGORIES, MOST_COLUMNS, MOST_EARLIER_VISITS};
use crate::estimand::Family;
use crate::scenario::finding::Finding;
use crate::scenario::resolve::{BASELINE, coded_columns, levels, visits_before};
use crate::scenario::{
    AnalysisSpec, Better, Field, MissingAssumption, Outcome, RandomEffects, Scenario, TherapistLayout,
    pointer, words,
};

/// Everything that is wrong with the fields of an analysis.
pub(super) fn check(
    scenario: &Scenario,
    analysis: &AnalysisSpec,
    outcome: &Outcome,
    at: &str,
) -> Vec<Finding> {
    let Some(entry) = registry::find(&analysis.method) else { return Vec::new() };
    let mut findings = untaken(analysis, entry, at);
    findings.extend(unsaid(scenario, analysis, outcome, entry, at));
    if !findings.is_empty() {
        return findings;
    }
    findings.extend(check_moderator(scenario, analysis, outcome, at));
    findings.extend(check_responder(scenario, analysis, outcome, at));
    findings.extend(check_visits(scenario, analysis, entry, at));
    findings.extend(check_strata(scenario, analysis, at));
    findings.extend(check_mediator(scenario, analysis, at));
    findings.extend(check_imputation(analysis, outcome, at));
    findings.extend(check_slope(scenario, analysis, at));
    findings.extend(permutation::check(scenario, analysis, at));
    findings.extend(check_steps(scenario, analysis, entry, at));
    findings
}

/// Fields that the method does not take.
fn untaken(analysis: &AnalysisSpec, entry: &Entry, at: &str) -> Vec<Finding> {
    let stated = Field::ALL.into_iter().filter(|field| field.is_stated(analysis) && !entry.takes(*field));
    let finding = |field: Field| {
        let (name, taking) = (field.name(), registry::taking(field).collect::<Vec<_>>());
        let found = format!("`{name}` for {}", words::quoted(entry.name));
        let allowed = format!("`{name}` only for {}", words::choice(&taking));
        let finding = Finding::name(format!("{at}/{name}"), found, allowed);
        match field {
            Field::Covariates => finding.help("`ancova` adjusts for covariates"),
            Field::Moderator => finding.help("use `moderation`, or name it among the `covariates`"),
            _ => finding,
        }
    };
    stated.map(finding).collect()
}

/// Fields that the method cannot do without.
fn unsaid(
    scenario: &Scenario,
    analysis: &AnalysisSpec,
    outcome: &Outcome,
    entry: &Entry,
    at: &str,
) -> Vec<Finding> {
    let finding = |field: &Field| {
        let found = format!("{} without `{}`", words::quoted(entry.name), field.name());
        let (allowed, help) = match field {
            Field::Moderator => (
                words::choice(&known_covariates(scenario, outcome)),
                "name the covariate on which effects may depend as `moderator`",
            ),
            Field::Responder => {
                (format!("a `responder` with {RULES}"), "as in \"responder\": {\"improvement_percent\": 30}")
            }
            Field::Mediator => (
                words::choice(&mediators(scenario, analysis)),
                "name the rating of the alliance, or the outcome, through which the context acts",
            ),
            Field::Margin => {
                ("a `margin` above 0, on the scale of the outcome".to_owned(), "as in \"margin\": 5")
            }
            Field::Strata => {
                (words::choice(&with_levels(scenario)), "name categorical covariates as `strata`")
            }
            field => (format!("`{}`: {}", field.name(), field.meaning()), "add it to the analysis"),
        };
        Finding::value(at.to_owned(), found, allowed).help(help)
    };
    entry.needs.iter().filter(|field| !field.is_stated(analysis)).map(finding).collect()
}

/// How a responder can be told.
const RULES: &str = "one of `at_most`, `at_least`, `improvement`, `improvement_percent`";

/// A rule that can be followed.
fn check_responder(
    scenario: &Scenario,
    analysis: &AnalysisSpec,
    outcome: &Outcome,
    at: &str,
) -> Option<Finding> {
    let responder = analysis.responder?;
    let pointer = format!("{at}/responder");
    match responder.rule(1.0) {
        None => Some(Finding::value(pointer, "no rule, or more than one", RULES)),
        Some(rule) if rule.needs_baseline() && outcome.baseline.is_none() => {
            Some(no_baseline(analysis, pointer))
        }
        Some(rule) if rule.needs_baseline() && outcome.better.is_none() => {
            let found = format!("an improvement of {}", words::quoted(&analysis.outcome));
            Some(Finding::value(pointer, found, "an outcome that says what is `better`"))
        }
        Some(_) => out_of_reach(scenario, analysis, outcome, &pointer),
    }
}

/// An improvement by a percentage that nobody can have on the outcome's scale.
fn out_of_reach(
    scenario: &Scenario,
    analysis: &AnalysisSpec,
    outcome: &Outcome,
    at: &str,
) -> Option<Finding> {
    let percent = analysis.responder?.improvement_percent?;
    let instrument = scenario.observation.instruments.get(&analysis.outcome)?;
    // Percentages of what may be negative have no limits.
    let min = instrument.min.filter(|min| *min >= 0.0)?;
    let most = match (outcome.better?, instrument.max) {
        (Better::Lower, Some(max)) => 100.0 * (max - min) / max,
        (Better::Lower, None) => 100.0,
        (Better::Higher, Some(max)) if min > 0.0 => 100.0 * (max - min) / min,
        (Better::Higher, _) => return None,
    };
    (percent > most).then(|| {
        let allowed = format!("a number above 0 and up to {most}");
        let finding = Finding::value(format!("{at}/improvement_percent"), percent.to_string(), allowed);
        let upwards = instrument.max.map_or_else(|| "upwards".to_owned(), |max| format!("to {max}"));
        finding.help(format!(
            "nobody can improve by more on a scale from {min} {upwards}; it is a percentage of the baseline"
        ))
    })
}

/// The covariate that effects may depend on: one that there is, with not too many levels.
fn check_moderator(
    scenario: &Scenario,
    analysis: &AnalysisSpec,
    outcome: &Outcome,
    at: &str,
) -> Option<Finding> {
    let name = analysis.moderator.as_ref()?;
    let pointer = format!("{at}/moderator");
    let known = known_covariates(scenario, outcome);
    if name == BASELINE && outcome.baseline.is_none() {
        return Some(no_baseline(analysis, pointer));
    }
    if !known.contains(&name.as_str()) {
        let found = format!("an unknown covariate {}", words::quoted(name));
        let finding = Finding::value(pointer, found, words::choice(&known));
        return Some(finding.maybe_help(words::did_you_mean(name, &known)));
    }
    let columns = coded_columns(scenario, column_of(name, outcome));
    (columns > MOST_COLUMNS).then(|| {
        let found = format!("{} with {} levels", words::quoted(name), columns + 1);
        Finding::value(pointer, found, format!("at most {} levels", MOST_COLUMNS + 1))
    })
}

/// Outcomes at earlier visits, each once and in order.
fn check_visits(scenario: &Scenario, analysis: &AnalysisSpec, entry: &Entry, at: &str) -> Vec<Finding> {
    if !entry.takes(Field::Visits) {
        return Vec::new();
    }
    let known = earlier(scenario, &analysis.outcome);
    let none = "an outcome with `/response/visits` that it is the last of, or other outcomes as `visits`";
    let Some(visits) = &analysis.visits else {
        let before = visits_before(scenario, &analysis.outcome).len();
        let found = |what: &str| format!("{} of {}, which has {what}", entry.name, analysis.outcome);
        return match before {
            0 if entry.needs_visits() => vec![Finding::value(at.to_owned(), found("no earlier visit"), none)],
            0..=MOST_EARLIER_VISITS => Vec::new(),
            _ => {
                let allowed = format!("at most {MOST_EARLIER_VISITS}");
                let finding =
                    Finding::value(at.to_owned(), found(&format!("{before} earlier visits")), allowed);
                vec![finding.help("name those that it looks at as `visits`")]
            }
        };
    };
    let mut findings = Vec::new();
    if visits.is_empty() && entry.needs_visits() {
        let allowed = if known.is_empty() { none.to_owned() } else { words::choice(&known) };
        findings.push(Finding::value(format!("{at}/visits"), "no visit", allowed));
    }
    for (index, name) in visits.iter().enumerate() {
        let pointer = pointer::item(&format!("{at}/visits"), index);
        let place = |name: &String| known.iter().position(|one| one == name);
        let found = match place(name) {
            _ if *name == analysis.outcome => {
                let found = format!("{}, which is the last visit: the outcome", words::quoted(name));
                findings.push(Finding::value(pointer, found, words::choice(&known)));
                continue;
            }
            None => {
                let found =
                    format!("{}, which is no earlier visit of {}", words::quoted(name), analysis.outcome);
                let allowed = if known.is_empty() { none.to_owned() } else { words::choice(&known) };
                let finding = Finding::value(pointer, found, allowed);
                findings.push(finding.maybe_help(words::did_you_mean(name, &known)));
                continue;
            }
            Some(found) => found,
        };
        let before = || visits[..index].iter().filter_map(place);
        if before().any(|one| one == found) {
            findings.push(Finding::value(pointer, words::quoted(name), "each visit once"));
        } else if before().any(|one| one > found) && has_visits(scenario, &analysis.outcome) {
            let found = format!("{} after a later visit", words::quoted(name));
            findings.push(Finding::value(pointer, found, "visits in the order of their weeks"));
        }
    }
    findings
}

/// Whether an outcome is one of several visits.
fn has_visits(scenario: &Scenario, outcome: &str) -> bool {
    let outcomes = &scenario.response.outcomes;
    let of = |one: &Outcome| one.visit.as_ref().is_some_and(|visit| visit.outcome == outcome);
    outcomes.get(outcome).is_some_and(|one| one.visit.is_some()) || outcomes.values().any(of)
}

/// What may be an outcome at an earlier visit: the visits before, or where none are stated, outcomes by
/// themselves with the same direction.
fn earlier(scenario: &Scenario, outcome: &str) -> Vec<String> {
    if has_visits(scenario, outcome) {
        return visits_before(scenario, outcome);
    }
    let outcomes = &scenario.response.outcomes;
    let better = outcomes.get(outcome).and_then(|one| one.better);
    let fits = |(name, one): &(&String, &Outcome)| {
        name.as_str() != outcome && !has_visits(scenario, name) && one.better == better
    };
    outcomes.iter().filter(fits).map(|(name, _)| name.clone()).collect()
}

/// Categorical covariates, each once.
fn check_strata(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Vec<Finding> {
    let known = with_levels(scenario);
    let mut findings = Vec::new();
    for (index, name) in analysis.strata.iter().flatten().enumerate() {
        let pointer = pointer::item(&format!("{at}/strata"), index);
        if levels(scenario, name).is_none() {
            let found = format!("{}, which is no covariate with levels", words::quoted(name));
            let finding = Finding::value(pointer, found, words::choice(&known));
            findings.push(finding.maybe_help(words::did_you_mean(name, &known)));
        } else if analysis.strata.iter().flatten().take(index).any(|earlier| earlier == name) {
            findings.push(Finding::value(pointer, words::quoted(name), "each covariate once"));
        }
    }
    findings
}

fn with_levels(scenario: &Scenario) -> Vec<&str> {
    let names = scenario.cohort.covariates.iter().map(|covariate| covariate.id.as_str());
    names.filter(|name| levels(scenario, name).is_some()).collect()
}

/// Something that is measured after the context was delivered.
fn check_mediator(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Option<Finding> {
    let name = analysis.mediator.as_ref()?;
    let known = mediators(scenario, analysis);
    (!known.contains(&name.as_str())).then(|| {
        let found = format!("{} as mediator", words::quoted(name));
        Finding::value(format!("{at}/mediator"), found, words::choice(&known))
            .maybe_help(words::did_you_mean(name, &known))
    })
}

fn mediators<'s>(scenario: &'s Scenario, analysis: &AnalysisSpec) -> Vec<&'s str> {
    let rating = scenario.response.delivery.as_ref().and_then(|delivery| delivery.rating.as_ref());
    let outcomes = scenario.response.outcomes.keys().filter(|name| **name != analysis.outcome);
    rating.map(|rating| rating.id.as_str()).into_iter().chain(outcomes.map(String::as_str)).collect()
}

/// A slope on the context only where therapists deliver both levels of it.
fn check_slope(scenario: &Scenario, analysis: &AnalysisSpec, at: &str) -> Option<Finding> {
    let effects = analysis.random_effects.filter(|effects| *effects != RandomEffects::Intercept)?;
    let therapists = scenario.design.therapists.as_ref()?;
    let one_style = therapists.layout != TherapistLayout::Crossed || therapists.only_with.is_some();
    one_style.then(|| {
        let named = serde_json::to_value(effects).unwrap_or_default();
        let named = words::quoted(named.as_str().unwrap_or_default());
        let found = format!("{named} where therapists deliver one level of the context each");
        let allowed = "`intercept`, or therapists with the layout `crossed`";
        Finding::value(format!("{at}/random_effects"), found, allowed)
            .help("how the context's effect differs between therapists cannot be told from their means there")
    })
}

/// An outcome that has few values, where its categories are what is analysed.
fn check_steps(scenario: &Scenario, analysis: &AnalysisSpec, entry: &Entry, at: &str) -> Option<Finding> {
    if entry.family != Family::ProportionalOdds {
        return None;
    }
    let instrument = scenario.observation.instruments.get(&analysis.outcome).copied().unwrap_or_default();
    let found = match (instrument.min, instrument.max, instrument.step) {
        (_, _, None) => format!("{}, which is not recorded in steps", words::quoted(&analysis.outcome)),
        (Some(min), Some(max), Some(step)) => {
            let values = ((max - min) / step + 1e-9).floor() + 1.0;
            if values <= MOST_CATEGORIES as f64 {
                return None;
            }
            format!("{}, which can have {values} values", words::quoted(&analysis.outcome))
        }
        _ => return None,
    };
    let allowed = format!("an outcome with at most {MOST_CATEGORIES} values");
    let help = format!(
        "as in \"/observation/instruments\": {{\"{}\": {{\"min\": 0, \"max\": 10, \"step\": 1}}}}, or analyse \
         its means",
        analysis.outcome
    );
    Some(Finding::value(format!("{at}/outcome"), found, allowed).help(help))
}

/// A shift where one is assumed, and only there.
fn check_imputation(analysis: &AnalysisSpec, outcome: &Outcome, at: &str) -> Option<Finding> {
    let imputation = analysis.imputation?;
    let pointer = format!("{at}/imputation");
    match (imputation.assumption, imputation.delta) {
        (MissingAssumption::Delta, Some(_)) if outcome.better.is_none() => {
            let found = format!("worse by `delta` for {}", words::quoted(&analysis.outcome));
            Some(Finding::value(pointer, found, "an outcome that says what is `better`"))
        }
        (MissingAssumption::Delta, None) => {
            let finding = Finding::value(pointer, "`delta` without a size", "a `delta`, positive for worse");
            Some(finding.help("as in \"imputation\": {\"assumption\": \"delta\", \"delta\": 5}"))
        }
        (MissingAssumption::Delta, Some(_)) | (_, None) => None,
        (_, Some(_)) => {
            let pointer = format!("{pointer}/delta");
            Some(Finding::name(pointer, "`delta` without its assumption", "`\"assumption\": \"delta\"`"))
        }
    }
}
