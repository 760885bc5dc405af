//! Contenders side by side, for people and for spreadsheets.

use super::csv::{line, number};
use super::digits::{fixed, probability};
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::{CompareRow, Comparison};
use crate::result::Measure;

/// Differences within so many Monte Carlo standard errors are not told apart from chance.
const CHANCE: f64 = 3.0;

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(answer: &Comparison, command: &str) -> Page {
    let mut estimands: Vec<&str> = Vec::new();
    for row in &answer.results {
        if !estimands.contains(&row.estimand.as_str()) {
            estimands.push(&row.estimand);
        }
    }
    let names: Vec<&str> = answer.contenders.iter().map(|one| one.label.as_str()).collect();
    Page {
        title: format!("{} on the same virtual patients", names.join(", ")),
        subtitle: "powers of the same trials, so that differences are known better than either power"
            .to_owned(),
        parts: estimands.iter().map(|estimand| part(answer, estimand)).collect(),
        legend: [
            ("power", "share of trials that claim the effect; one without an answer claims nothing"),
            (
                "difference",
                "power minus that of the first, in percentage points, with its paired standard error",
            ),
            ("gained", "trials in which it claims the effect and the first does not"),
            ("lost", "trials in which the first claims the effect and it does not"),
            ("any, all", "at least one, and all, of the estimands asked about, in the same trial"),
            ("±", "Monte Carlo standard error: what more replicates would make smaller"),
        ]
        .map(|(term, meaning)| (term.to_owned(), meaning.to_owned()))
        .to_vec(),
        worth_knowing: Vec::new(),
        in_short: answer.results.iter().filter_map(|row| in_short(answer, row)).collect(),
        made: made(&answer.made),
        again: command.to_owned(),
    }
}

fn part(answer: &Comparison, estimand: &str) -> Part {
    let head = [
        ("", Align::Left),
        ("patients", Align::Right),
        ("power", Align::Right),
        ("difference", Align::Right),
        ("gained", Align::Right),
        ("lost", Align::Right),
    ];
    let mut table = Table::new(&head);
    for row in answer.results.iter().filter(|row| row.estimand == estimand) {
        let contender = answer.contenders.iter().find(|one| one.label == row.contender);
        let count =
            |count: u64| if row.difference.value.is_some() { count.to_string() } else { String::new() };
        table.row(vec![
            row.contender.clone(),
            contender.map_or_else(String::new, |one| one.n_total.to_string()),
            probability(&row.power),
            points(&row.difference),
            count(row.gained),
            count(row.lost),
        ]);
    }
    Part { name: estimand.to_owned(), tables: vec![(String::new(), table)], ..Part::default() }
}

/// A difference of probabilities in percentage points, with its sign.
pub(super) fn points(difference: &Measure) -> String {
    let (Some(value), Some(mcse)) = (difference.value, difference.mcse) else { return String::new() };
    let decimals = if mcse < 0.0095 { 2 - usize::from(mcse >= 0.000_95) } else { 1 };
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{} ±{}", fixed(100.0 * value, decimals), fixed(100.0 * mcse, decimals))
}

fn in_short(answer: &Comparison, row: &CompareRow) -> Option<String> {
    let (value, mcse) = (row.difference.value?, row.difference.mcse?);
    let first = &answer.contenders.first()?.label;
    let what = match row.estimand.as_str() {
        "any" => "at least one of the effects",
        "all" => "all of the effects in one trial",
        estimand => estimand,
    };
    Some(if value.abs() <= CHANCE * mcse {
        format!(
            "{what}: {} and {first} are not told apart ({} points).",
            row.contender,
            points(&row.difference)
        )
    } else {
        let verb = if value > 0.0 { "gains" } else { "loses" };
        let size = Measure { value: Some(value.abs()), ..row.difference.clone() };
        let size = points(&size);
        format!("{what}: {} {verb} {} points against {first}.", row.contender, size.trim_start_matches('+'))
    })
}

/// One row per contender and estimand.
pub(super) fn csv(answer: &Comparison) -> String {
    let head = [
        "contender",
        "scenario",
        "analysis",
        "n_total",
        "estimand",
        "power",
        "power_mcse",
        "difference",
        "difference_mcse",
        "gained",
        "lost",
        "replicates",
        "seed",
        "engine",
        "version",
        "scenario_hash",
    ];
    let mut text = line(&head.map(str::to_owned));
    for row in &answer.results {
        let Some(contender) = answer.contenders.iter().find(|one| one.label == row.contender) else {
            continue;
        };
        text.push_str(&line(&[
            row.contender.clone(),
            contender.scenario.name.clone(),
            contender.analysis.clone(),
            contender.n_total.to_string(),
            row.estimand.clone(),
            number(row.power.value),
            number(row.power.mcse),
            number(row.difference.value),
            number(row.difference.mcse),
            row.gained.to_string(),
            row.lost.to_string(),
            answer.made.replicates.to_string(),
            answer.made.seed.to_string(),
            answer.made.engine.clone(),
            answer.made.version.clone(),
            contender.scenario.hash.clone(),
        ]));
    }
    text
}
