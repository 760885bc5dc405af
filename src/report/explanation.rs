//! What a scenario says, what is true in it, and what makes up the change in each arm, for people.
//!
//! In comes a scenario, worked out; out come its title and notes, what it says in
//! plain words, for each outcome that changes from a baseline a table of the parts
//! by arm with bars as long as the parts are large, the truth of each estimand, and
//! where each number comes from.

use super::digits::{exact, fixed};
use super::layout::true_value;
use super::sources::sources;
use super::story::story;
use super::table::{Align, Table};
use super::text::{item, wrapped};
use crate::engine::{Explained, ExplainedModeration, ExplainedOutcome, Recorded};
use crate::estimand::{ARMS, arm_ids, estimands, of_study};
use crate::response::{PARTS, Parts, Source};
use crate::result::Truth;
use crate::scenario::{Scenario, explain, resolve};
use std::fmt::Write as _;

/// Columns of the longest bar.
const LONGEST: f64 = 50.0;

/// Signs of the parts in a bar, in their order.
const SIGNS: [char; PARTS] = ['░', '·', '▫', '▒', '█', '▓', '◆'];

/// Everything about a scenario that can be said before a trial is run.
#[must_use]
pub fn explanation(scenario: &Scenario, explained: &Explained, rows: &explain::Explanation) -> String {
    let mut text = wrapped("", scenario.title.as_ref().unwrap_or(&scenario.name)) + "\n";
    if let Some(notes) = &scenario.notes {
        let _ = writeln!(text, "\n{}", wrapped("", notes));
    }
    let _ = writeln!(text, "\n━━ What it says\n");
    for line in story(scenario, explained) {
        let _ = writeln!(text, "{}", item(&line));
    }
    let assigned = !resolve::is_observational(scenario);
    for outcome in explained.outcomes.iter().filter(|_| assigned) {
        text.push_str(&change(scenario, outcome));
    }
    for outcome in explained.outcomes.iter().filter(|outcome| is_telling(&outcome.spread)) {
        let _ = writeln!(text, "\n━━ {}: what makes patients differ, all arms together\n", outcome.name);
        text.push_str(&differences(scenario, &outcome.spread));
    }
    for outcome in &explained.outcomes {
        let _ = writeln!(text, "\n━━ {}: the truth of each estimand, a raw difference\n", outcome.name);
        text.push_str(&true_effects(scenario, outcome));
        match outcome.associational {
            None => text.push_str(&through_perception(scenario, &outcome.name)),
            Some((slope, _)) if !slope.is_finite() => {
                let told = "A regression on the rating finds nothing: everybody rates the same.";
                let _ = writeln!(text, "\n{}", wrapped("", told));
            }
            Some((slope, mcse)) => {
                let told = format!(
                    "A regression without covariates finds {} ± {} however many patients there are: what lies \
                     between is confounding, and the rating's error and ceiling.",
                    fixed(slope, 4),
                    fixed(mcse, 4)
                );
                let _ = writeln!(text, "\n{}", wrapped("", &told));
            }
        }
    }
    for moderation in &explained.moderations {
        let ExplainedModeration { outcome, moderator, .. } = moderation;
        let _ = writeln!(text, "\n━━ {outcome}: how effects change with {moderator}, the truth\n");
        text.push_str(&moderated_effects(moderation));
    }
    if !rows.uncertain.is_empty() {
        let _ = writeln!(text, "\n━━ Uncertain numbers; a run takes them as they stand\n");
        for (pointer, law) in &rows.uncertain {
            let _ = writeln!(text, "{}", item(&format!("{pointer}: {law}")));
        }
    }
    text + &sources(rows)
}

/// The parts of the change of one outcome.
fn change(scenario: &Scenario, outcome: &ExplainedOutcome) -> String {
    let name = &outcome.name;
    let Some(arms) = &outcome.parts else {
        let stated = scenario.response.outcomes.get(name);
        let lacks = if stated.is_some_and(|stated| stated.baseline.is_some()) {
            "it does not say what is better"
        } else {
            "no baseline to change from"
        };
        return format!("\n━━ {name}: {lacks}, so the change has no parts\n");
    };
    let [context, treatment, synergy] = resolve::effect_parts(&scenario.factors);
    let names = [
        match scenario.response.outcomes.get(name).and_then(|outcome| outcome.natural_course) {
            Some(_) => "natural course",
            None => "course and being treated",
        },
        "regression to the mean",
        "being treated",
        &context,
        &treatment,
        &synergy,
        "belief",
    ];
    let ids = arm_ids(&scenario.factors);
    let used: Vec<usize> =
        (0..PARTS).filter(|&part| part == 0 || arms.iter().any(|arm| arm.list()[part] != 0.0)).collect();
    let mut head = vec![("arm", Align::Left)];
    head.extend(used.iter().map(|&part| (names[part], Align::Right)));
    head.push(("total", Align::Right));
    if outcome.recorded.is_some() {
        head.extend(["events, instrument", "missing values", "as recorded"].map(|name| (name, Align::Right)));
    }
    let mut table = Table::new(&head);
    for (arm, (id, parts)) in ids.iter().zip(arms).enumerate() {
        let mut row = vec![id.clone()];
        row.extend(used.iter().map(|&part| fixed(parts.list()[part], 2)));
        row.push(fixed(parts.total(), 2));
        row.extend(outcome.recorded.iter().flat_map(|recorded| measured(parts, &recorded[arm])));
        table.row(row);
    }
    let unit = scenario.response.outcomes.get(name).and_then(|outcome| outcome.unit.as_ref());
    let unit = unit.map_or_else(String::new, |unit| format!(", {unit}"));
    let keys: Vec<String> = used.iter().map(|&part| format!("{} {}", SIGNS[part], names[part])).collect();
    format!(
        "\n━━ {name}: mean benefit since baseline{unit}\n\n{}\n{}{}\n{}",
        table.plain(),
        bars(&ids, arms),
        keys.join("   "),
        remarks(arms, outcome.recorded.as_ref())
    )
}

/// What measuring and missing values make of the total.
fn measured(parts: &Parts, recorded: &Recorded) -> [String; 3] {
    let (complete, available) = (recorded.complete.0, recorded.available.0);
    [fixed(complete - parts.total(), 2), fixed(available - complete, 2), fixed(available, 2)]
}

fn remarks(arms: &[Parts; ARMS], recorded: Option<&[Recorded; ARMS]>) -> String {
    let mut text = String::new();
    if arms.iter().any(|arm| arm.list().iter().any(|&part| part < 0.0)) {
        text.push_str("Parts that make things worse are in the table and not in the bars.\n");
    }
    if let Some(recorded) = recorded {
        let mcse = recorded.iter().map(|arm| arm.available.1).fold(0.0, f64::max);
        let _ = writeln!(
            text,
            "The columns after the total are simulated: Monte Carlo standard error up to {}.",
            fixed(mcse, 3)
        );
    }
    text
}

/// Whether there is more to say than arms, baseline and the rest.
fn is_telling(spread: &[(Source, f64)]) -> bool {
    use Source::{BeforeTreatment, Context, Measurement, Rest, Treatment};
    spread
        .iter()
        .any(|(source, _)| !matches!(source, Context | Treatment | BeforeTreatment | Measurement | Rest))
}

/// Shares of the variance.
fn differences(scenario: &Scenario, spread: &[(Source, f64)]) -> String {
    let [context, treatment] =
        [0, 1].map(|k| scenario.factors.get(k).map_or(String::new(), |factor| factor.id.clone()));
    let words = |source: Source| match source {
        Source::Context => format!("{context} as prescribed (the script)"),
        Source::Treatment => treatment.clone(),
        Source::Ability => "what therapists convey by nature (the gift)".to_owned(),
        Source::Style => format!("how {context} works in a therapist's hands"),
        Source::Therapist => "the therapist, whatever the arm".to_owned(),
        Source::Disposition => format!("how readily the patient perceives {context}"),
        Source::Perception => format!("chance in what is perceived of {context}"),
        Source::Effects => "effects that differ between patients".to_owned(),
        Source::Belief => "what the patient believes to receive".to_owned(),
        Source::BeforeTreatment => "baseline and covariates".to_owned(),
        Source::NaturalCourse => "natural course".to_owned(),
        Source::BeingTreated => "response to being treated".to_owned(),
        Source::Measurement => "error of measurement".to_owned(),
        Source::Rest => "all else".to_owned(),
    };
    let total: f64 = spread.iter().map(|(_, variance)| variance).sum();
    let mut table =
        Table::new(&[("source", Align::Left), ("SD", Align::Right), ("share of variance, %", Align::Right)]);
    for (source, variance) in spread {
        table.row(vec![words(*source), fixed(variance.sqrt(), 2), fixed(100.0 * variance / total, 1)]);
    }
    table.plain()
}

/// The truths of one outcome: as measured, and before anything is.
fn true_effects(scenario: &Scenario, outcome: &ExplainedOutcome) -> String {
    let head = [("estimand", Align::Left), ("as measured", Align::Right), ("before measuring", Align::Right)];
    let mut table = Table::new(&head);
    for (estimand, truth) in of_study(scenario).into_iter().zip(&outcome.truths) {
        table.row(vec![estimand.id, true_value(truth), exact(truth.latent)]);
    }
    table.plain()
}

/// The truths of moderation. Where they are simulated, so are those before measuring.
fn moderated_effects(moderation: &ExplainedModeration) -> String {
    let head = [("estimand", Align::Left), ("as measured", Align::Right), ("before measuring", Align::Right)];
    let mut table = Table::new(&head);
    for (estimand, truth) in &moderation.truths {
        let latent = true_value(&Truth { value: truth.latent, ..truth.clone() });
        table.row(vec![estimand.id.clone(), true_value(truth), latent]);
    }
    table.plain()
}

/// What of the context's effect passes through what patients perceive.
fn through_perception(scenario: &Scenario, name: &str) -> String {
    let Some(outcome) = scenario.response.outcomes.get(name).filter(|_| scenario.response.delivery.is_some())
    else {
        return String::new();
    };
    let sign = outcome.sign_of_benefit();
    let estimands = estimands(&scenario.factors);
    let head = [("before measuring", Align::Left), ("indirect", Align::Right), ("direct", Align::Right)];
    let mut table = Table::new(&head);
    let [first, second] = resolve::mediated(scenario, outcome);
    let average = [0, 1].map(|path| 0.5 * (first[path] + second[path]));
    for (estimand, paths) in [(0, average), (3, first), (4, second)] {
        let [indirect, direct] = paths.map(|benefit| exact(sign * benefit + 0.0));
        table.row(vec![estimands[estimand].id.clone(), indirect, direct]);
    }
    let attenuated = scenario.response.delivery.as_ref().and_then(|delivery| delivery.rating.as_ref());
    let remark = attenuated.filter(|rating| rating.sem > 0.0).map_or_else(String::new, |rating| {
        format!(
            "An analysis that puts {} in place of what is perceived finds less of the indirect effect: a rating has \
             error, and error attenuates.\n",
            rating.id
        )
    });
    format!("\nThrough what patients perceive, and past it:\n\n{}{}", table.plain(), wrapped("", &remark))
        + "\n"
}

/// One bar for each arm. Parts that make things worse cannot be a length and are left to the table.
fn bars(ids: &[String], arms: &[Parts]) -> String {
    let mut text = String::new();
    let length = |arm: &Parts| arm.list().iter().map(|part| part.max(0.0)).sum::<f64>();
    let largest = arms.iter().map(length).fold(0.0, f64::max);
    if largest <= 0.0 {
        return text;
    }
    let width = ids.iter().map(|id| id.chars().count()).max().unwrap_or(0);
    for (id, arm) in ids.iter().zip(arms) {
        let mut bar = String::new();
        let (mut reached, mut drawn) = (0.0, 0);
        for (part, sign) in arm.list().into_iter().zip(SIGNS) {
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
