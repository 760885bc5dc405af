//! `trialliance analyses`: the methods of analysis that there are.

use super::listing::Listing;
use super::output::print;
use crate::analysis::registry::{self, Design, Entry, REGISTRY};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::Estimand;
use crate::scenario::{AnalysisSpec, Field, standard_factors, words};
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Say of this method what it takes, needs and answers
    #[arg(long, value_name = "METHOD")]
    show: Option<String>,
    /// How to write the list
    #[arg(short, long, value_enum, default_value_t = Listing::Text)]
    format: Listing,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let shown = match &arguments.show {
        Some(name) => vec![registry::find(name).ok_or_else(|| unknown(name))?],
        None => REGISTRY.iter().collect(),
    };
    match arguments.format {
        Listing::Json => print(&format!("{:#}\n", shown.into_iter().map(described).collect::<Value>())),
        Listing::Text => print(&match (&arguments.show, shown.first()) {
            (Some(_), Some(entry)) => details(entry),
            _ => list(),
        }),
    }
}

fn list() -> String {
    let width = registry::names().map(str::len).max().unwrap_or(0);
    REGISTRY.iter().map(|entry| format!("{:width$}  {}\n", entry.name, entry.summary)).collect()
}

/// What is asked with usual factors; where a field is part of the name, it stands for what it says.
fn estimands(entry: &Entry) -> Vec<Estimand> {
    let named = |field: Field| entry.needs(field).then(|| field.name().to_uppercase());
    let spec =
        AnalysisSpec { moderator: named(Field::Moderator), ..AnalysisSpec::new(entry.name, "outcome") };
    match entry.design {
        Design::Trial => entry.family.estimands(&standard_factors(), &spec, None),
        Design::Observational => Vec::new(),
    }
}

fn details(entry: &Entry) -> String {
    let mut text = format!("{}\n  {}\n  Source: {}\n", entry.name, entry.summary, entry.reference);
    if entry.needs_baseline {
        text.push_str("  It needs the outcome's baseline.\n");
    }
    if entry.needs_therapists {
        text.push_str("  It needs therapists.\n");
    }
    if entry.design == Design::Observational {
        text.push_str("  It is for studies without assignment.\n");
    }
    for field in entry.takes {
        let needed = if entry.needs(*field) { " (needed)" } else { "" };
        let _ = writeln!(text, "  {}: {}{needed}", field.name(), field.meaning());
    }
    let estimands = estimands(entry);
    if !estimands.is_empty() {
        text.push_str("  It estimates:\n");
    }
    let width = estimands.iter().map(|one| one.id.len()).max().unwrap_or(0);
    for Estimand { id, definition, .. } in &estimands {
        let _ = writeln!(text, "    {id:width$}  {definition}");
    }
    text
}

fn described(entry: &Entry) -> Value {
    let names = |fields: &[Field]| fields.iter().map(|field| field.name()).collect::<Vec<_>>();
    let estimands: Vec<String> = estimands(entry).into_iter().map(|one| one.id).collect();
    json!({
        "name": entry.name, "summary": entry.summary, "source": entry.reference,
        "takes": names(entry.takes), "needs": names(entry.needs),
        "needs_baseline": entry.needs_baseline, "needs_therapists": entry.needs_therapists,
        "for_trials": entry.design == Design::Trial, "estimands": estimands,
    })
}

/// No method has this name; says which was probably meant, and where all stand.
fn unknown(name: &str) -> Error {
    let names: Vec<&str> = registry::names().collect();
    let nearest = words::nearest(name, &names).map(|near| format!("did you mean {near}? "));
    Error::new(ErrorKind::Usage, format!("no analysis is called {}", words::quoted(name)))
        .help(format!("{}`trialliance analyses` lists them", nearest.unwrap_or_default()))
}
