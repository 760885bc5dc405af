//! Where the numbers of a scenario come from, for people.
//!
//! In comes a scenario's explanation; out comes each source with the numbers that
//! rest on it: what is published, what is assumed, and what has no source.

use super::digits::exact;
use super::text::{item, wrapped};
use crate::scenario::explain::{Explanation, Origin, Row};
use std::fmt::Write as _;

/// How sources that are no sources begin.
const ASSUMPTION: &str = "assumption: ";

/// The sources, published ones first.
pub(super) fn sources(explanation: &Explanation) -> String {
    let numbers: Vec<&Row> = explanation.rows.iter().filter(|row| row.value.is_number()).collect();
    let mut text = String::new();
    let sourced = |row: &&&Row| row.origin == Origin::Written && row.source.is_some();
    let (assumed, published): (Vec<&Row>, Vec<&Row>) =
        numbers.iter().filter(sourced).copied().partition(|row| is_assumption(row));
    list(&mut text, "From published sources", &published, |row| row.source.clone().unwrap_or_default());
    list(&mut text, "Assumptions", &assumed, |row| {
        let source = row.source.clone().unwrap_or_default();
        source.strip_prefix(ASSUMPTION).map_or(source.clone(), str::to_owned)
    });
    let rest = |origin: Origin| -> Vec<&Row> {
        numbers.iter().filter(|row| row.origin == origin && row.source.is_none()).copied().collect()
    };
    list(&mut text, "Without a source", &rest(Origin::Written), |_| String::new());
    list(&mut text, "Set on the command line", &rest(Origin::Override), |_| String::new());
    text
}

fn is_assumption(row: &Row) -> bool {
    row.source.as_ref().is_some_and(|source| source.starts_with(ASSUMPTION))
}

/// Numbers under their sources, in the order of the scenario.
fn list(text: &mut String, heading: &str, rows: &[&Row], source: impl Fn(&Row) -> String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n━━ {heading}\n");
    let mut told: Vec<String> = Vec::new();
    for row in rows {
        let own = source(row);
        if told.contains(&own) {
            continue;
        }
        let own_rows = rows.iter().filter(|other| source(other) == own).copied();
        let _ = writeln!(text, "{}", item(&numbers(own_rows)));
        if !own.is_empty() {
            let _ = writeln!(text, "{}", wrapped("    ", &own));
        }
        told.push(own);
    }
}

/// Numbers with their pointers; what stands side by side is named together.
fn numbers<'r>(rows: impl Iterator<Item = &'r Row>) -> String {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for row in rows {
        let (parent, name) = row.pointer.rsplit_once('/').unwrap_or(("", &row.pointer));
        let value = row.value.as_f64().map_or_else(|| row.value.to_string(), exact);
        let number = format!("{name} {value}");
        match groups.last_mut() {
            Some((last, numbers)) if *last == parent => numbers.push(number),
            _ => groups.push((parent, vec![number])),
        }
    }
    let words = |(parent, numbers): &(&str, Vec<String>)| match (*parent, numbers.join(", ")) {
        ("", numbers) => numbers,
        (parent, numbers) => format!("{parent}: {numbers}"),
    };
    groups.iter().map(words).collect::<Vec<_>>().join("; ")
}
