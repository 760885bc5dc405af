//! What changed between two scenarios, for people and for spreadsheets.

use super::compare::points;
use super::csv::{line, number};
use super::digits::percent;
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::{Change, Diff};
use crate::result::Measure;
use serde_json::Value;

/// Longer values are cut.
const LONGEST: usize = 28;

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(diff: &Diff, command: &str) -> Page {
    let [before, after] = [&diff.made.scenario.name, &diff.other.name];
    Page {
        title: format!("From {before} to {after}"),
        subtitle: format!(
            "{} assumptions are others; what each does to power alone in {before}, on the same virtual patients",
            diff.changes.len()
        ),
        parts: vec![Part {
            name: "Changes".to_owned(),
            about: vec!["change of power in percentage points".to_owned()],
            tables: vec![(String::new(), table(diff))],
            lines: diff.changes.iter().filter_map(not_alone).collect(),
            ..Part::default()
        }],
        legend: [
            ("alone", "only this field is changed in the first scenario"),
            ("all together", "the second scenario; what changes do together need not be the sum"),
            ("±", "Monte Carlo standard error of the paired difference"),
        ]
        .map(|(term, meaning)| (term.to_owned(), meaning.to_owned()))
        .to_vec(),
        worth_knowing: Vec::new(),
        in_short: (0..diff.estimands.len()).map(|estimand| in_short(diff, estimand)).collect(),
        made: made(&diff.made),
        again: command.to_owned(),
    }
}

fn table(diff: &Diff) -> Table {
    let mut head = vec![("field", Align::Left), ("from", Align::Right), ("to", Align::Right)];
    head.extend(diff.estimands.iter().map(|estimand| (estimand.as_str(), Align::Right)));
    let mut table = Table::new(&head);
    for change in &diff.changes {
        let mut cells = vec![change.pointer.clone(), shown(&change.from), shown(&change.to)];
        match change.why {
            Some(_) => cells.extend(diff.estimands.iter().map(|_| "not alone".to_owned())),
            None => cells.extend(change.alone.iter().map(points)),
        }
        table.row(cells);
    }
    let mut last = vec!["all together".to_owned(), String::new(), String::new()];
    last.extend(diff.together.iter().map(points));
    table.row(last);
    table
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    match text.chars().count() > LONGEST {
        true => text.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => text,
    }
}

fn not_alone(change: &Change) -> Option<String> {
    let own = format!("{}: ", change.pointer);
    let why = change.why.as_ref().map(|why| why.strip_prefix(&own).unwrap_or(why));
    why.map(|why| format!("{} cannot be changed alone: {why}", change.pointer))
}

/// Whether a difference is more than what chance makes of none in 19 of 20 runs.
fn is_seen(difference: &Measure) -> bool {
    difference.value.zip(difference.mcse).is_some_and(|(value, mcse)| value.abs() > 2.0 * mcse)
}

/// Power before and after, and the change that moves it most.
fn in_short(diff: &Diff, estimand: usize) -> String {
    let size = |change: &&Change| change.alone.get(estimand).and_then(|one| one.value).map_or(-1.0, f64::abs);
    let largest = diff.changes.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
    let most = match largest.and_then(|change| Some((change, change.alone.get(estimand)?))) {
        Some((change, alone)) if diff.changes.len() > 1 && is_seen(alone) => {
            format!("; what moves it most alone is {} ({} points)", change.pointer, points(alone))
        }
        _ => String::new(),
    };
    format!(
        "{}: power goes from {} to {}, {} points{most}.",
        diff.estimands[estimand],
        percent(&diff.before[estimand]),
        percent(&diff.after[estimand]),
        points(&diff.together[estimand])
    )
}

/// One row per change and estimand, and one for all together.
pub(super) fn csv(diff: &Diff) -> String {
    let head = [
        "before",
        "after",
        "field",
        "from",
        "to",
        "estimand",
        "difference",
        "difference_mcse",
        "why",
        "replicates",
        "seed",
        "engine",
        "version",
        "before_hash",
        "after_hash",
    ];
    let mut text = line(&head.map(str::to_owned));
    let mut row = |field: &str,
                   values: [String; 2],
                   estimand: usize,
                   alone: Option<&crate::result::Measure>,
                   why: &str| {
        text.push_str(&line(&[
            diff.made.scenario.name.clone(),
            diff.other.name.clone(),
            field.to_owned(),
            values[0].clone(),
            values[1].clone(),
            diff.estimands[estimand].clone(),
            number(alone.and_then(|one| one.value)),
            number(alone.and_then(|one| one.mcse)),
            why.to_owned(),
            diff.made.replicates.to_string(),
            diff.made.seed.to_string(),
            diff.made.engine.clone(),
            diff.made.version.clone(),
            diff.made.scenario.hash.clone(),
            diff.other.hash.clone(),
        ]));
    };
    for change in &diff.changes {
        for estimand in 0..diff.estimands.len() {
            let values = [&change.from, &change.to].map(ToString::to_string);
            row(
                &change.pointer,
                values,
                estimand,
                change.alone.get(estimand),
                change.why.as_deref().unwrap_or(""),
            );
        }
    }
    for estimand in 0..diff.estimands.len() {
        row("all together", Default::default(), estimand, diff.together.get(estimand), "");
    }
    text
}
