//! The sample-size section of a protocol.
//!
//! In come the facts of a scenario and its simulation; out come paragraphs to paste, a checklist that maps each item to the
//! paragraph that answers it, and an appendix that describes the simulation. What the scenario does not state is shown in
//! brackets, never filled in; no sentence says more than its number.

mod ademp;
mod checklist;
mod paragraphs;

use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::Protocol;
use paragraphs::Paragraph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is written beside the paragraphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extras {
    /// Which paragraph answers which item.
    pub checklist: bool,
    /// How the simulation was made (aims, data, estimands, methods, performance).
    pub ademp: bool,
}

/// The facts, and what of them is to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtocolText {
    /// The facts.
    #[serde(flatten)]
    pub protocol: Protocol,
    /// What is written beside the paragraphs.
    #[serde(skip)]
    pub extras: Extras,
}

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(protocol: &Protocol, extras: Extras, command: &str) -> Page {
    let paragraphs = paragraphs::all(protocol, command);
    let mut parts = vec![Part {
        name: "Sample size".to_owned(),
        paragraphs: paragraphs.iter().map(|one| format!("{}. {}", one.title, one.text)).collect(),
        ..Part::default()
    }];
    if extras.checklist {
        parts.push(Part {
            name: "Checklist".to_owned(),
            tables: vec![(String::new(), checklist(&paragraphs))],
            ..Part::default()
        });
    }
    if extras.ademp {
        parts.push(Part {
            name: "Appendix: the simulation".to_owned(),
            paragraphs: ademp::all(protocol, command)
                .iter()
                .map(|one| format!("{}. {}", one.title, one.text))
                .collect(),
            ..Part::default()
        });
    }
    Page {
        title: format!("{}: text for a protocol", protocol.made.scenario.name),
        subtitle: "what stands in [brackets] is not stated in the scenario: fill it in, or leave it out"
            .to_owned(),
        parts,
        legend: Vec::new(),
        worth_knowing: protocol.run.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: Vec::new(),
        made: made(&protocol.made),
        again: command.to_owned(),
    }
}

fn checklist(paragraphs: &[Paragraph]) -> Table {
    let mut table = Table::new(&[("item", Align::Left), ("from", Align::Left), ("where", Align::Left)]);
    for item in checklist::ITEMS {
        let found = paragraphs.iter().find(|one| one.id == item.paragraph);
        let place = match found {
            Some(one) if item.needs.is_some_and(|needs| !one.stated.contains(&needs)) => {
                "[not stated]".to_owned()
            }
            Some(one) => one.title.to_owned(),
            None => "[not stated]".to_owned(),
        };
        table.row(vec![item.item.to_owned(), item.from.to_owned(), place]);
    }
    table
}

/// One row per item of the checklist.
pub(super) fn csv(protocol: &Protocol, command: &str) -> String {
    let paragraphs = paragraphs::all(protocol, command);
    let mut text = super::csv::line(&["paragraph", "title", "text"].map(str::to_owned));
    for one in paragraphs {
        text.push_str(&super::csv::line(&[one.id.to_owned(), one.title.to_owned(), one.text]));
    }
    text
}
