//! `trialliance check`: is the scenario valid, and what does it say?

use super::input;
use super::output::print;
use crate::error::Result;
use crate::estimand::arm_ids;
use crate::report::table::{Align, Table};
use crate::scenario::explain::{self, Explanation, Origin};
use crate::scenario::{Scenario, resolve};
use clap::Args;

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
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let overrides = input::overrides(&arguments.set)?;
    let loaded = input::load(&arguments.scenario, &overrides)?;
    let mut text = summary(&loaded.scenario);
    if arguments.explain {
        text.push_str(&explained(&explain::explain(&loaded.text, &overrides, &loaded.scenario)?));
    }
    print(&text)
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
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{name} {}", crate::report::digits::exact(*value)))
                .collect();
            pairs.join(", ")
        };
        text.push_str(&format!("\n{}: arm means {}\n", derived.outcome, list(&derived.arm_means)));
        if !derived.effects.is_empty() {
            text.push_str(&format!("{}: effects as benefits {}\n", derived.outcome, list(&derived.effects)));
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
