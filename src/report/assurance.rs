//! How sure a success is, for people and for spreadsheets.

use super::csv::{line, number};
use super::digits::{exact, exact_probability, fixed, percent, whole};
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::Assurance;
use crate::result::Measure;

/// Shares whose quantiles are shown; all are in the JSON and CSV.
const SHOWN: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(answer: &Assurance, command: &str) -> Page {
    let names: Vec<String> = answer
        .hypotheses
        .iter()
        .map(|one| format!("{} ({}, {})", one.estimand, one.outcome, one.analysis))
        .collect();
    let mut priors = Table::new(&[("uncertain", Align::Left), ("prior", Align::Left)]);
    for prior in &answer.priors {
        priors.row(vec![prior.about.clone(), prior.words.clone()]);
    }
    let mut power = Table::new(&[("in", Align::Right), ("power is below", Align::Right)]);
    for quantile in answer.power.iter().filter(|quantile| SHOWN.contains(&quantile.share)) {
        power.row(vec![format!("{} %", exact(100.0 * quantile.share)), fixed(quantile.power, 3)]);
    }
    Page {
        title: format!(
            "How sure is it that {} patients find {}?",
            whole(answer.n_total),
            names.join(" and ")
        ),
        subtitle: format!(
            "{}: probability to claim a benefit, two-sided alpha {}, the assumptions being uncertain",
            answer.made.scenario.name,
            exact(answer.alpha)
        ),
        parts: vec![
            Part {
                name: "What is uncertain".to_owned(),
                tables: vec![(String::new(), priors)],
                ..Part::default()
            },
            Part {
                name: "The distribution of power".to_owned(),
                about: vec!["over what is uncertain".to_owned()],
                tables: vec![(String::new(), power)],
                lines: vec![format!(
                    "the power is .8 or more with a probability of {}",
                    known(&answer.power_at_least_80)
                )],
                ..Part::default()
            },
        ],
        legend: [
            ("success", "a trial claims a benefit; a claim of harm is none"),
            ("assurance", "probability of success, over trials and over what is uncertain"),
            ("real", "an effect above the stated benefit"),
            ("±", "Monte Carlo standard error: what more replicates would make smaller"),
        ]
        .map(|(term, meaning)| (term.to_owned(), meaning.to_owned()))
        .to_vec(),
        worth_knowing: answer.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: in_short(answer),
        made: made(&answer.made),
        again: command.to_owned(),
    }
}

fn in_short(answer: &Assurance) -> Vec<String> {
    let formula = answer
        .by_formula
        .map_or_else(String::new, |value| format!("; by formula {}", exact_probability(value)));
    let mut lines = vec![
        format!("The probability of success (assurance) is {}{formula}.", percent(&answer.assurance)),
        format!("If everything is as planned it is {}.", percent(&answer.power_as_planned)),
    ];
    lines.push(match &answer.real_before.why {
        Some(why) => format!("How probable a real effect{} is cannot be told: {why}.", of_the_first(answer)),
        None => format!(
            "An effect{} above {} has probability {} before the trial, and {} given success.",
            of_the_first(answer),
            exact(answer.real),
            known(&answer.real_before),
            percent(&answer.real_given_success)
        ),
    });
    lines.push(match (&answer.why_draws, answer.draws) {
        (Some(why), Some(draws)) => {
            format!(
                "Found by {} draws of what is uncertain, each with trials of its own, as {why}.",
                whole(draws)
            )
        }
        _ => "Found by integrating over the prior: no number was drawn from it.".to_owned(),
    });
    lines
}

/// Of several hypotheses, whose effect may be real.
fn of_the_first(answer: &Assurance) -> String {
    match answer.hypotheses.as_slice() {
        [first, _, ..] => format!(" of {} on {} (the first hypothesis alone)", first.estimand, first.outcome),
        _ => String::new(),
    }
}

/// A probability that is known exactly, or a simulated one.
fn known(probability: &Measure) -> String {
    match (probability.value, probability.mcse) {
        (Some(value), Some(0.0)) => format!("{} %", fixed(100.0 * value, 1)),
        _ => percent(probability),
    }
}

/// One row per number.
pub(super) fn csv(answer: &Assurance) -> String {
    let mut text = line(
        &[
            "scenario",
            "n_total",
            "measure",
            "value",
            "mcse",
            "seed",
            "replicates",
            "engine",
            "version",
            "scenario_hash",
        ]
        .map(str::to_owned),
    );
    let mut row = |name: &str, value: Option<f64>, mcse: Option<f64>| {
        text.push_str(&line(&[
            answer.made.scenario.name.clone(),
            answer.n_total.to_string(),
            name.to_owned(),
            number(value),
            number(mcse),
            answer.made.seed.to_string(),
            answer.made.replicates.to_string(),
            answer.made.engine.clone(),
            answer.made.version.clone(),
            answer.made.scenario.hash.clone(),
        ]));
    };
    for (name, measure) in [
        ("assurance", &answer.assurance),
        ("power_as_planned", &answer.power_as_planned),
        ("real_before", &answer.real_before),
        ("real_given_success", &answer.real_given_success),
        ("power_at_least_80", &answer.power_at_least_80),
    ] {
        row(name, measure.value, measure.mcse);
    }
    row("by_formula", answer.by_formula, None);
    for quantile in &answer.power {
        row(&format!("power_quantile_{}", quantile.share), Some(quantile.power), None);
    }
    text
}
