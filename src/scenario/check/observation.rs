//! Can outcomes be measured, happen and be missing as the scenario says?
//!
//! In comes a scenario; out come findings about `observation`.

use super::names::{before_treatment, outcomes, unknown, unknown_value};
use super::positive_definite::Leading;
use super::response::{shares, wide_step};
use crate::scenario::finding::Finding;
use crate::scenario::{
    Instrument, IntercurrentEvent, Mechanism, Missing, Scenario, ShareByArm, Strategy, pointer, resolve,
    words,
};

/// The smallest reliability that is told from no reliability at all.
const LEAST_RELIABILITY: f64 = 1e-9;

pub(super) fn check(scenario: &Scenario, is_within_range: bool) -> Vec<Finding> {
    let observation = &scenario.observation;
    let known = outcomes(scenario);
    let mut findings = Vec::new();
    for (name, instrument) in &observation.instruments {
        let at = "/observation/instruments";
        match unknown(name, &known, "outcome", at) {
            Some(finding) => findings.push(finding),
            None => {
                let own = check_instrument(scenario, name, instrument, &pointer::child(at, name));
                if own.is_empty() {
                    findings.extend(means_off_scale(scenario, name, instrument));
                }
                findings.extend(own);
            }
        }
    }
    if findings.is_empty() && is_within_range {
        findings.extend(true_scores(scenario));
    }
    for (index, event) in observation.events.iter().enumerate() {
        findings.extend(check_event(scenario, index, event, &known));
    }
    for (index, missing) in observation.missing.iter().enumerate() {
        findings.extend(check_missing(scenario, index, missing, &known));
    }
    findings
}

fn check_instrument(scenario: &Scenario, name: &str, instrument: &Instrument, at: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Some(min), Some(max)) = (instrument.min, instrument.max) {
        if min >= max {
            let allowed = format!("a number above `min`, {min}");
            findings.push(Finding::value(format!("{at}/max"), max.to_string(), allowed));
        } else {
            findings.extend(instrument.step.and_then(|step| wide_step(step, min, max, at)));
        }
    }
    if instrument.sem.is_some() && instrument.reliability.is_some() {
        let found = "`reliability` beside `sem`";
        findings.push(Finding::name(format!("{at}/reliability"), found, "either `sem` or `reliability`"));
        return findings;
    }
    let own = [Some(name.to_owned()), resolve::baseline_column(scenario, name)];
    let noisy = |variable: &String| resolve::reliability(scenario, variable) < LEAST_RELIABILITY;
    if let (Some(sem), Some(variable)) = (instrument.sem, own.into_iter().flatten().find(noisy)) {
        let found = format!("{sem}, which leaves nothing of the SD of {}", words::quoted(&variable));
        let finding = Finding::value(format!("{at}/sem"), found, "a number below the SD of what is measured");
        findings.push(finding.help("error of measurement is a part of the SD, not an addition to it"));
    }
    findings
}

/// Stated means that the instrument cannot show: numbers of another scale.
fn means_off_scale(scenario: &Scenario, name: &str, instrument: &Instrument) -> Vec<Finding> {
    // Means at visits are made from the outcome's own.
    let outcome = scenario.response.outcomes.get(name).filter(|outcome| outcome.visit.is_none());
    let Some(outcome) = outcome else { return Vec::new() };
    let at = pointer::child("/response/outcomes", name);
    let control = outcome.control_mean.map(|mean| (format!("{at}/control_mean"), mean));
    let arms = outcome.arm_means.iter().flatten();
    let arms = arms.map(|(arm, mean)| (pointer::child(&format!("{at}/arm_means"), arm), *mean));
    let baseline = outcome.baseline.as_ref();
    let own = baseline.and_then(|baseline| Some((format!("{at}/baseline/mean"), baseline.mean?)));
    let linked = baseline.and_then(|baseline| {
        let id = baseline.covariate.as_ref()?;
        let number = scenario.cohort.covariates.iter().position(|covariate| covariate.id == *id)?;
        Some((format!("/cohort/covariates/{number}/mean"), scenario.cohort.covariates.get(number)?.mean?))
    });
    let (low, high) = (instrument.min, instrument.max);
    let outside = |mean: f64| low.is_some_and(|low| mean < low) || high.is_some_and(|high| mean > high);
    let scale = match (low, high) {
        (Some(low), Some(high)) => format!("from {low} to {high}"),
        (Some(low), None) => format!("of at least {low}"),
        (None, high) => format!("of at most {}", high.unwrap_or(f64::INFINITY)),
    };
    let finding = |(at, mean): (String, f64)| {
        Finding::value(at, mean.to_string(), format!("a number {scale}, on the scale of its instrument")).help(
            format!(
                "{} is measured on a scale {scale} (/observation/instruments); is this mean of another scale?",
                words::quoted(name)
            ),
        )
    };
    let means = control.into_iter().chain(arms).chain(own).chain(linked);
    means.filter(|(_, mean)| outside(*mean)).map(finding).collect()
}

/// Correlations of measured values that no true scores could give.
fn true_scores(scenario: &Scenario) -> Option<Finding> {
    let (names, measured) = resolve::score_correlation(scenario);
    if Leading::of(&measured).size() < names.len() {
        // Said of the correlations themselves already.
        return None;
    }
    let reliability: Vec<f64> = names.iter().map(|name| resolve::reliability(scenario, name)).collect();
    if reliability.iter().any(|reliability| reliability.is_nan()) {
        return None;
    }
    let failing = Leading::of(&resolve::true_correlation(&measured, &reliability)).size();
    let name = names.get(failing)?;
    let found = format!(
        "an error of measurement with which the true values of {} would correlate too closely",
        words::quoted(name)
    );
    let finding = Finding::value("/observation/instruments", found, "less error, or weaker correlations");
    Some(finding.help(
        "error of measurement weakens correlations: those of the true values are r ÷ √(reliability × reliability), \
         and must still be possible",
    ))
}

fn check_event(
    scenario: &Scenario,
    index: usize,
    event: &IntercurrentEvent,
    known: &[String],
) -> Vec<Finding> {
    let at = pointer::item("/observation/events", index);
    let mut findings = shares(scenario, &event.rate, &format!("{at}/rate"));
    let variables: Vec<String> =
        before_treatment(scenario).into_iter().chain(known.iter().cloned()).collect();
    findings.extend(dependence(&event.depends_on, event.correlation, &variables, &at));
    findings.extend(
        event.benefits.keys().filter_map(|name| unknown(name, known, "outcome", &format!("{at}/benefits"))),
    );
    for name in event.benefits.keys() {
        let direction = scenario.response.outcomes.get(name).map(|outcome| outcome.better);
        if direction == Some(None) {
            let pointer = pointer::child(&format!("{at}/benefits"), name);
            let found = format!("a benefit for {}, which does not say what is better", words::quoted(name));
            findings.push(Finding::name(pointer, found, "an outcome with `better`"));
        }
    }
    let values = format!("{at}/composite_values");
    findings
        .extend(event.composite_values.keys().filter_map(|name| unknown(name, known, "outcome", &values)));
    if event.strategy == Strategy::Composite && event.composite_values.is_empty() {
        findings.push(Finding::value(values, "nothing", "the value that counts after the event, by outcome"));
    } else if event.strategy != Strategy::Composite && !event.composite_values.is_empty() {
        let found = "`composite_values` with another strategy";
        findings.push(Finding::name(values, found, "`composite_values` with the strategy `composite`"));
    }
    findings
}

fn check_missing(scenario: &Scenario, index: usize, missing: &Missing, known: &[String]) -> Vec<Finding> {
    let at = pointer::item("/observation/missing", index);
    let mut findings = shares(scenario, &missing.rate, &format!("{at}/rate"));
    for (position, name) in missing.outcomes.iter().flatten().enumerate() {
        let at = pointer::item(&format!("{at}/outcomes"), position);
        findings.extend(unknown_value(name, known, "outcome", at));
    }
    findings.extend(nobody_left(scenario, missing, &format!("{at}/rate")));
    if missing.dropout && scenario.response.visits.is_none() {
        let found = "`dropout` without `/response/visits`";
        findings.push(Finding::name(format!("{at}/dropout"), found, "both or neither"));
    }
    match missing.mechanism {
        Mechanism::Mcar => {
            if missing.depends_on.is_some() || missing.correlation.is_some() {
                let field = if missing.depends_on.is_some() { "depends_on" } else { "correlation" };
                let found = format!("`{field}` with the mechanism `mcar`");
                let finding =
                    Finding::name(format!("{at}/{field}"), found, "`depends_on` with `mar` or `mnar`");
                findings.push(finding.help("completely at random depends on nothing"));
            }
        }
        Mechanism::Mar => {
            findings.extend(dependence(
                &missing.depends_on,
                missing.correlation,
                &before_treatment(scenario),
                &at,
            ));
            findings.extend(needs_dependence(missing, "a measured covariate or baseline", &at));
        }
        Mechanism::Mnar => {
            findings.extend(dependence(&missing.depends_on, missing.correlation, known, &at));
            findings.extend(needs_dependence(missing, "an outcome, whose value is then unseen", &at));
        }
    }
    findings
}

/// An analysis whose outcome is missing in everybody.
fn nobody_left(scenario: &Scenario, missing: &Missing, at: &str) -> Option<Finding> {
    let touches = |name: &String| missing.outcomes.as_ref().is_none_or(|stated| stated.contains(name));
    let analysis = scenario.analyses.iter().find(|analysis| touches(&analysis.outcome))?;
    let at = match &missing.rate {
        ShareByArm::All(rate) => (*rate == 1.0).then(|| at.to_owned()),
        ShareByArm::PerArm(rates) => {
            let arm = rates.iter().find(|(_, rate)| **rate == 1.0);
            arm.map(|(arm, _)| pointer::child(at, arm))
        }
    }?;
    let finding = Finding::value(at, "1, which leaves nobody", "a share from 0 to below 1");
    Some(finding.help(format!("{} is analysed", words::quoted(&analysis.outcome))))
}

fn needs_dependence(missing: &Missing, allowed: &str, at: &str) -> Option<Finding> {
    let nothing = missing.depends_on.is_none();
    nothing.then(|| Finding::value(format!("{at}/depends_on"), "nothing", allowed))
}

/// The variable is known, and stated together with the correlation.
fn dependence(on: &Option<String>, correlation: Option<f64>, known: &[String], at: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(name) = on {
        findings.extend(unknown_value(name, known, "variable", format!("{at}/depends_on")));
    }
    match (on, correlation) {
        (Some(_), None) => {
            let allowed = "the correlation of the propensity with `depends_on`, above -1 and below 1";
            findings.push(Finding::value(format!("{at}/correlation"), "nothing", allowed));
        }
        (None, Some(_)) => {
            let found = "`correlation` without `depends_on`";
            findings.push(Finding::name(format!("{at}/correlation"), found, "both or neither"));
        }
        _ => {}
    }
    findings
}
