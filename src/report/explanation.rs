//! What a scenario says, and what makes up the change in each arm, for people.
//!
//! In comes a scenario; out come its title and notes and, for each outcome that
//! changes from a baseline, a table of the parts by arm, and bars as long as the
//! parts are large.

use super::digits::{exact, fixed};
use super::layout::true_value;
use super::table::{Align, Table};
use super::text::wrapped;
use crate::estimand::{arm_ids, estimands};
use crate::response::{Parts, decompose};
use crate::result::Truth;
use crate::scenario::{Scenario, resolve};
use std::fmt::Write as _;

/// Columns of the longest bar.
const LONGEST: f64 = 50.0;

/// Signs of the parts in a bar, in their order.
const SIGNS: [char; 5] = ['░', '▒', '█', '▓', '◆'];

/// Title, notes, and the parts of the change in each arm, outcome by outcome.
///
/// `truths` holds the truth of each estimand, by outcome.
#[must_use]
pub fn explanation(scenario: &Scenario, truths: &[Vec<Truth>]) -> String {
    let mut text = wrapped("", scenario.title.as_ref().unwrap_or(&scenario.name)) + "\n";
    if let Some(notes) = &scenario.notes {
        let _ = writeln!(text, "\n{}", wrapped("", notes));
    }
    for name in scenario.response.outcomes.keys() {
        text.push_str(&change(scenario, name));
    }
    for (name, truths) in scenario.response.outcomes.keys().zip(truths) {
        let _ = writeln!(text, "\n━━ {name}: the truth of each estimand, a raw difference\n");
        text.push_str(&true_effects(scenario, truths));
    }
    text
}

/// The parts of the change of one outcome.
fn change(scenario: &Scenario, name: &str) -> String {
    let Some(arms) = decompose(scenario, name) else {
        return format!("\n━━ {name}: no baseline to change from, so the change has no parts\n");
    };
    let [context, treatment, synergy] = resolve::effect_parts(&scenario.factors);
    let names = ["course and being treated", &context, &treatment, &synergy, "belief"];
    let ids = arm_ids(&scenario.factors);
    let used: Vec<usize> =
        (0..names.len()).filter(|&part| part == 0 || arms.iter().any(|arm| list(arm)[part] != 0.0)).collect();
    let mut head = vec![("arm", Align::Left)];
    head.extend(used.iter().map(|&part| (names[part], Align::Right)));
    head.push(("total", Align::Right));
    let mut table = Table::new(&head);
    for (id, arm) in ids.iter().zip(&arms) {
        let parts = used.iter().map(|&part| fixed(list(arm)[part], 2));
        let total = std::iter::once(fixed(arm.total(), 2));
        table.row(std::iter::once(id.clone()).chain(parts).chain(total).collect());
    }
    let unit = scenario.response.outcomes.get(name).and_then(|outcome| outcome.unit.as_ref());
    let unit = unit.map_or_else(String::new, |unit| format!(", {unit}"));
    let keys: Vec<String> = used.iter().map(|&part| format!("{} {}", SIGNS[part], names[part])).collect();
    let worse = arms.iter().any(|arm| list(arm).iter().any(|&part| part < 0.0));
    let note =
        if worse { "Parts that make things worse are in the table and not in the bars.\n" } else { "" };
    format!(
        "\n━━ {name}: mean benefit since baseline{unit}\n\n{}\n{}{}\n{note}",
        table.plain(),
        bars(&ids, &arms),
        keys.join("   ")
    )
}

/// The truths of one outcome: as measured, and before anything is.
fn true_effects(scenario: &Scenario, truths: &[Truth]) -> String {
    let head = [("estimand", Align::Left), ("as measured", Align::Right), ("before measuring", Align::Right)];
    let mut table = Table::new(&head);
    for (estimand, truth) in estimands(&scenario.factors).into_iter().zip(truths) {
        table.row(vec![estimand.id, true_value(truth), exact(truth.latent)]);
    }
    table.plain()
}

fn list(parts: &Parts) -> [f64; 5] {
    [parts.course, parts.context, parts.treatment, parts.synergy, parts.belief]
}

/// One bar for each arm. Parts that make things worse cannot be a length and are left to the table.
fn bars(ids: &[String], arms: &[Parts]) -> String {
    let mut text = String::new();
    let length = |arm: &Parts| list(arm).iter().map(|part| part.max(0.0)).sum::<f64>();
    let largest = arms.iter().map(length).fold(0.0, f64::max);
    if largest <= 0.0 {
        return text;
    }
    let width = ids.iter().map(|id| id.chars().count()).max().unwrap_or(0);
    for (id, arm) in ids.iter().zip(arms) {
        let mut bar = String::new();
        let (mut reached, mut drawn) = (0.0, 0);
        for (part, sign) in list(arm).into_iter().zip(SIGNS) {
            reached += part.max(0.0);
            // Rounding the ends and not the lengths keeps the whole bar as long as the total.
            let end = (reached / largest * LONGEST).round() as usize;
            bar.extend(std::iter::repeat_n(sign, end.saturating_sub(drawn)));
            drawn = drawn.max(end);
        }
        let _ = writeln!(text, "{id:width$}  {bar}");
    }
    text
}
