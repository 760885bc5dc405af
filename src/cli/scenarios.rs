//! `trialliance scenarios`: what comes with the program.

use super::listing::Listing;
use super::output::print;
use crate::error::{Error, ErrorKind, Result};
use crate::scenario::library;
use clap::Args;
use serde_json::{Value, json};

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the JSON of this scenario
    #[arg(long, value_name = "NAME", conflicts_with = "format")]
    show: Option<String>,
    /// How to write the list
    #[arg(short, long, value_enum, default_value_t = Listing::Text)]
    format: Listing,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    match (&arguments.show, arguments.format) {
        (Some(name), _) => print(library::find(name).ok_or_else(|| unknown(name))?.text),
        (None, Listing::Text) => print(&list()),
        (None, Listing::Json) => {
            let list = library::all().iter().map(|one| json!({ "name": one.name, "title": one.title }));
            print(&format!("{:#}\n", list.collect::<Value>()))
        }
    }
}

fn list() -> String {
    let width = library::all().iter().map(|one| one.name.len()).max().unwrap_or(0);
    library::all().iter().map(|one| format!("{:width$}  {}\n", one.name, one.title)).collect()
}

/// No scenario has this name; says which was probably meant, else which there are.
fn unknown(name: &str) -> Error {
    let names: Vec<&str> = library::all().iter().map(|embedded| embedded.name).collect();
    Error::new(ErrorKind::Input, "no scenario of this name comes with the program").about(name).help(
        match library::nearest(name) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => format!("there are {}", names.join(", ")),
        },
    )
}
