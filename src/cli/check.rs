//! `trialliance check`: is the scenario valid, and what does it say?

use super::files::Files;
use super::input::{self, Loaded};
use super::listing::Listing;
use super::output::print;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::estimand::arm_ids;
use crate::report::digits::exact;
use crate::report::printable;
use crate::report::table::{Align, Table};
use crate::scenario::explain::{self, Explanation, Origin};
use crate::scenario::{Scenario, resolve};
use clap::Args;
use serde_json::{Map, Value, json};

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A file, the name of an embedded scenario, or - for standard input
    scenario: String,
    /// Change a field before checking, as in --set /alpha=0.01
    #[arg(long, value_name = "POINTER=VALUE")]
    set: Vec<String>,
    /// Show every value that is used, defaults included, with its source
    #[arg(long)]
    explain: bool,
    /// How to answer; an invalid scenario gives its problems in either form, and exit code 3
    #[arg(short, long, value_enum, default_value_t = Listing::Text)]
    format: Listing,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let checked = check(arguments);
    match (arguments.format, checked) {
        (Listing::Text, checked) => print(&printable(&checked?.text())),
        (Listing::Json, Ok(checked)) => print(&format!("{:#}\n", checked.json())),
        (Listing::Json, Err(error)) if error.kind == ErrorKind::Scenario => {
            print(&format!("{:#}\n", refusal(&error)))?;
            Err(error)
        }
        (Listing::Json, Err(error)) => Err(error),
    }
}

/// A valid scenario, explained if that was asked for.
struct Checked {
    scenario: Scenario,
    explanation: Option<Explanation>,
}

fn check(arguments: &Arguments) -> Result<Checked> {
    let overrides = input::overrides(&arguments.set)?;
    let Loaded { scenario, text, .. } =
        input::load(&Files::default(), "<SCENARIO>", &arguments.scenario, &overrides)?;
    let explanation =
        arguments.explain.then(|| explain::explain(&text, &overrides, &scenario)).transpose()?;
    Ok(Checked { scenario, explanation })
}

impl Checked {
    fn text(&self) -> String {
        summary(&self.scenario) + &self.explanation.as_ref().map_or_else(String::new, explained)
    }

    fn json(&self) -> Value {
        let sizes = resolve::arm_sizes(&self.scenario);
        let arms: Map<String, Value> =
            arm_ids(&self.scenario.factors).into_iter().zip(sizes.map(Value::from)).collect();
        let mut answer = json!({
            "valid": true,
            "name": self.scenario.name,
            "n_total": sizes.iter().sum::<u64>(),
            "n_per_arm": arms,
            "analyses": resolve::analysis_ids(&self.scenario),
        });
        if let Some(explanation) = &self.explanation {
            answer["values"] = explanation.rows.iter().map(value).collect();
            answer["uncertainty"] = json!(self.scenario.uncertainty);
        }
        answer
    }
}

/// One value with where it comes from, for programs.
fn value(row: &explain::Row) -> Value {
    json!({
        "pointer": row.pointer,
        "value": row.value,
        "origin": match row.origin {
            Origin::Written => "written",
            Origin::Default => "default",
            Origin::Override => "override",
        },
        "source": row.source,
    })
}

/// Every problem, for programs.
fn refusal(error: &Error) -> Value {
    let problem = |problem: &Problem| {
        json!({
            "pointer": problem.pointer,
            "line": problem.position.map(|(line, _)| line),
            "column": problem.position.map(|(_, column)| column),
            "option": problem.option,
            "found": problem.found,
            "allowed": problem.allowed,
            "help": problem.help,
        })
    };
    json!({
        "valid": false,
        "message": error.message,
        "problems": error.problems.iter().map(problem).collect::<Value>(),
    })
}

/// One line that says what was checked.
fn summary(scenario: &Scenario) -> String {
    let sizes = resolve::arm_sizes(scenario);
    let arms: Vec<String> =
        arm_ids(&scenario.factors).iter().zip(sizes).map(|(arm, size)| format!("{arm} {size}")).collect();
    format!(
        "{} is valid: {} patients ({}), analyses {}\n",
        scenario.name,
        sizes.iter().sum::<u64>(),
        arms.join(", "),
        resolve::analysis_ids(scenario).join(", ")
    )
}

fn explained(explanation: &Explanation) -> String {
    let mut table = Table::new(&[("field", Align::Left), ("value", Align::Left), ("from", Align::Left)]);
    for row in &explanation.rows {
        let from = match (row.origin, &row.source) {
            (Origin::Default, _) => "default".to_owned(),
            (Origin::Override, _) => "--set".to_owned(),
            (Origin::Written, Some(source)) => source.clone(),
            (Origin::Written, None) => String::new(),
        };
        table.row(vec![row.pointer.clone(), row.value.to_string(), from]);
    }
    let mut text = format!("\n{}", table.plain());
    for derived in &explanation.derived {
        let list = |pairs: &[(String, f64)]| -> String {
            let pairs: Vec<String> =
                pairs.iter().map(|(name, value)| format!("{name} {}", exact(*value))).collect();
            pairs.join(", ")
        };
        text.push_str(&format!("\n{}: arm means {}\n", derived.outcome, list(&derived.arm_means)));
        if !derived.effects.is_empty() {
            text.push_str(&format!("{}: effects as benefits {}\n", derived.outcome, list(&derived.effects)));
        }
    }
    if !explanation.uncertain.is_empty() {
        text.push_str("\nuncertain numbers (a run takes them as they stand):\n");
        for (pointer, law) in &explanation.uncertain {
            text.push_str(&format!("  {pointer}: {law}\n"));
        }
    }
    if !explanation.without_source.is_empty() {
        text.push_str("\nnumbers without a source:\n");
        for pointer in &explanation.without_source {
            text.push_str(&format!("  {pointer}\n"));
        }
    }
    text
}
