//! How small an effect a trial detects, for people and for spreadsheets.

use super::csv::{header, number, record};
use super::digits::{exact, measure, optional, probability, whole};
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::{MdeAnswer, MdePoint, MdeRow};

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(answer: &MdeAnswer, command: &str) -> Page {
    Page {
        title: format!("The smallest effects that {} patients detect", whole(answer.n_total)),
        subtitle: format!(
            "{}: power {}, two-sided alpha {}; a main effect with all else as planned, simple and joint effects \
             along the planned direction",
            answer.made.scenario.name,
            exact(answer.power),
            exact(answer.alpha)
        ),
        parts: vec![Part {
            name: "Smallest detectable effects".to_owned(),
            about: vec!["as benefits".to_owned()],
            tables: vec![(String::new(), table(answer))],
            lines: whys(answer),
            ..Part::default()
        }],
        legend: legend(answer),
        worth_knowing: answer.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: answer.results.iter().map(|row| in_short(answer, row)).collect(),
        made: made(&answer.made),
        again: command.to_owned(),
    }
}

fn unit(answer: &MdeAnswer, row: &MdeRow) -> String {
    let unit = answer.outcomes.get(&row.outcome).and_then(|outcome| outcome.unit.as_ref());
    unit.map_or_else(String::new, |unit| format!(" {unit}"))
}

fn table(answer: &MdeAnswer) -> Table {
    let several = answer.outcomes.len() > 1;
    let mut head = vec![("estimand", Align::Left), ("analysis", Align::Left)];
    head.extend(several.then_some(("outcome", Align::Left)));
    head.extend([
        ("planned", Align::Right),
        ("smallest", Align::Right),
        ("by formula", Align::Right),
        ("in SDs", Align::Right),
        ("found by", Align::Left),
    ]);
    let mut table = Table::new(&head);
    for row in &answer.results {
        let mut cells = vec![row.estimand.clone(), row.analysis.clone()];
        cells.extend(several.then(|| row.outcome.clone()));
        cells.extend([
            exact(row.planned),
            measure(&row.smallest),
            optional(row.by_formula, 4),
            optional(row.in_sds, 3),
            row.how.clone(),
        ]);
        table.row(cells);
    }
    table
}

/// Why trials had to be simulated anew, each reason once.
fn whys(answer: &MdeAnswer) -> Vec<String> {
    let mut whys: Vec<String> = Vec::new();
    for why in answer.results.iter().filter_map(|row| row.why.as_ref()) {
        let line = format!("by search, as {why}");
        if !whys.contains(&line) {
            whys.push(line);
        }
    }
    whys
}

fn legend(answer: &MdeAnswer) -> Vec<(String, String)> {
    let smallest = format!("smallest effect that {} % of trials claim", exact(100.0 * answer.power));
    [
        ("smallest", smallest.as_str()),
        ("by formula", "the same without simulation"),
        ("in SDs", "the smallest effect ÷ standard deviation of the outcome within the arms"),
        ("shift", "from one set of trials: another effect only shifts their estimates"),
        ("search", "trials simulated at each effect tried, with the same random numbers"),
        ("±", "Monte Carlo standard error: what more replicates would make smaller"),
    ]
    .map(|(term, meaning)| (term.to_owned(), meaning.to_owned()))
    .to_vec()
}

fn in_short(answer: &MdeAnswer, row: &MdeRow) -> String {
    let of = format!("{} ({}, {})", row.estimand, row.outcome, row.analysis);
    let unit = unit(answer, row);
    match row.smallest.value {
        None => format!("{of}: {}.", row.smallest.why.as_deref().unwrap_or("no effect was found")),
        Some(_) => format!(
            "{of}: an effect of {}{unit} is detected with power {}{}; planned is {}{unit}.",
            measure(&row.smallest),
            exact(answer.power),
            match half(row) {
                Some(half) => format!(", half of it with {}", probability(&half.power)),
                None => String::new(),
            },
            exact(row.planned)
        ),
    }
}

/// Power at half of the smallest effect.
fn half(row: &MdeRow) -> Option<&MdePoint> {
    let smallest = row.smallest.value?;
    row.around.iter().find(|point| (2.0 * point.benefit - smallest).abs() < 1e-9 * smallest)
}

/// One row per hypothesis.
pub(super) fn csv(answer: &MdeAnswer) -> String {
    let head = [
        "scenario",
        "analysis",
        "outcome",
        "estimand",
        "planned",
        "smallest",
        "smallest_mcse",
        "by_formula",
        "in_sds",
        "how",
        "power",
        "alpha",
        "n_total",
    ];
    let mut text = header(&head);
    for row in &answer.results {
        text.push_str(&record(
            &[
                answer.made.scenario.name.clone(),
                row.analysis.clone(),
                row.outcome.clone(),
                row.estimand.clone(),
                row.planned.to_string(),
                number(row.smallest.value),
                number(row.smallest.mcse),
                number(row.by_formula),
                number(row.in_sds),
                row.how.clone(),
                answer.power.to_string(),
                answer.alpha.to_string(),
                answer.n_total.to_string(),
            ],
            &answer.made,
        ));
    }
    text
}
