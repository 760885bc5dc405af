//! `trialliance scenarios`: what comes with the program.

use super::output::print;
use crate::error::{Error, ErrorKind, Result};
use crate::scenario::library;
use clap::Args;

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the JSON of this scenario
    #[arg(long, value_name = "NAME")]
    show: Option<String>,
    /// The list as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(name) = &arguments.show {
        let embedded = library::find(name).ok_or_else(|| {
            let error =
                Error::new(ErrorKind::Input, "no scenario of this name comes with the program").about(name);
            let names: Vec<&str> = library::all().iter().map(|embedded| embedded.name).collect();
            error.help(match library::nearest(name) {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => format!("there are {}", names.join(", ")),
            })
        })?;
        return print(embedded.text);
    }
    if arguments.json {
        let list: Vec<serde_json::Value> = library::all()
            .iter()
            .map(|embedded| serde_json::json!({ "name": embedded.name, "title": embedded.title }))
            .collect();
        return print(&format!("{:#}\n", serde_json::Value::from(list)));
    }
    let width = library::all().iter().map(|embedded| embedded.name.len()).max().unwrap_or(0);
    let lines: Vec<String> =
        library::all().iter().map(|one| format!("{:width$}  {}\n", one.name, one.title)).collect();
    print(&lines.concat())
}
