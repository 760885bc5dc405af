//! What was estimated from the data of a trial, for people and for programs.

use super::printable;
use super::table::{Align, Table};
use super::text::{item, wrapped};
use crate::calibration::{Calibration, Distribution};
use crate::data::Roles;
use std::fmt::Write as _;

/// The roles of the columns, every estimate, and what a reader should know.
#[must_use]
pub fn calibration_text(calibration: &Calibration, roles: &Roles) -> String {
    let columns: Vec<String> = roles
        .stated
        .iter()
        .map(|(role, column, how)| match role == column {
            true => format!("{role} ({})", how.words()),
            false => format!("{role} is {column} ({})", how.words()),
        })
        .collect();
    let mut text = wrapped("", &format!("Columns: {}.", columns.join(", "))) + "\n\n";
    let head = [
        ("fitted", Align::Left),
        ("estimate", Align::Right),
        ("SE", Align::Right),
        ("95 % interval", Align::Right),
        ("patients", Align::Right),
    ];
    let mut table = Table::new(&head);
    for estimate in &calibration.estimates {
        let [value, se, interval] = estimate.shown();
        table.row(vec![estimate.quantity.clone(), value, se, interval, estimate.patients.to_string()]);
    }
    text.push_str(&table.plain());
    if !calibration.notes.is_empty() {
        text.push('\n');
    }
    for note in &calibration.notes {
        let _ = writeln!(text, "{}", item(note));
    }
    printable(&text)
}

/// Every estimate in full, one row each.
#[must_use]
pub fn calibration_csv(calibration: &Calibration) -> String {
    let mut text = "pointer,quantity,estimate,se,lower,upper,df,patients\n".to_owned();
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for estimate in &calibration.estimates {
        let [lower, upper] = [0, 1].map(|end| number(estimate.interval.map(|limits| limits[end])));
        let df = match estimate.distribution {
            Distribution::T(df) => Some(df),
            Distribution::Normal => None,
        };
        let (value, se, df) = (estimate.value, number(estimate.se), number(df));
        let (pointer, quantity, patients) = (&estimate.pointer, &estimate.quantity, estimate.patients);
        let _ = writeln!(text, "{pointer},\"{quantity}\",{value},{se},{lower},{upper},{df},{patients}");
    }
    text
}
