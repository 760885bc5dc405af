//! How many patients, for people and for spreadsheets.

use super::csv::{header, number, record};
use super::digits::{NOTHING, exact, exact_probability, probability, whole};
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::{Needs, SizeAnswer, SizeFound, SizeOf, SizeQuestion};

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(answer: &SizeAnswer, command: &str) -> Page {
    let question = &answer.question;
    let what = if question.half_width.is_some() { "probability" } else { "power" };
    Page {
        title: format!("How many {} for {}?", question.size_of.label(), asked(question)),
        subtitle: format!(
            "{}: smallest number with {what} {} or more, two-sided alpha {}, Monte Carlo confidence {} %",
            answer.made.scenario.name,
            exact(question.target),
            exact(question.alpha),
            exact(100.0 * question.confidence)
        ),
        parts: vec![Part {
            name: "Sizes".to_owned(),
            about: vec![
                "tested from the largest down, until the first that is not shown to be enough".to_owned(),
            ],
            tables: vec![(String::new(), table(answer))],
            ..Part::default()
        }],
        legend: legend(answer),
        worth_knowing: answer.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: in_short(answer),
        made: made(&answer.made),
        again: command.to_owned(),
    }
}

/// What is asked of which hypotheses.
fn asked(question: &SizeQuestion) -> String {
    match question.half_width {
        Some(most) => {
            let names: Vec<&str> = question.hypotheses.iter().map(|one| one.estimand.as_str()).collect();
            format!("an interval of ±{} about {}", exact(most), names.join(" and "))
        }
        None => together(question),
    }
}

/// The hypotheses, and what is asked of them.
pub(super) fn together(question: &SizeQuestion) -> String {
    let names: Vec<String> = question
        .hypotheses
        .iter()
        .map(|one| format!("{} ({}, {})", one.estimand, one.outcome, one.analysis))
        .collect();
    match (names.as_slice(), question.needs) {
        ([one], _) => one.clone(),
        (several, Needs::Each) => format!("each of {}", several.join(" and ")),
        (several, Needs::All) => format!("all of {} in one trial", several.join(" and ")),
        (several, Needs::Any) => format!("at least one of {}", several.join(" and ")),
    }
}

/// The rows around the answer; all of them are in the JSON and CSV.
fn table(answer: &SizeAnswer) -> Table {
    let question = &answer.question;
    let several = answer.points.first().map_or(0, |point| point.power.len());
    let names: Vec<String> = match several {
        1 if question.half_width.is_some() => vec!["narrow".to_owned()],
        1 => vec!["power".to_owned()],
        _ => question.hypotheses.iter().map(|one| one.estimand.clone()).collect(),
    };
    let has_formula = answer.points.iter().any(|point| point.by_formula.iter().any(Option::is_some));
    let is_total = question.size_of == SizeOf::Total;
    let mut head = vec![(question.size_of.label(), Align::Right)];
    head.extend((!is_total).then_some(("patients in all", Align::Right)));
    for name in &names {
        head.push((name, Align::Right));
        head.extend(has_formula.then_some(("by formula", Align::Right)));
    }
    head.push(("", Align::Left));
    let mut table = Table::new(&head);
    for point in answer.points.iter().filter(|point| is_near(answer, point.size)) {
        let mut cells = vec![point.size.to_string()];
        cells.extend((!is_total).then(|| point.n_total.to_string()));
        for (power, by_formula) in point.power.iter().zip(&point.by_formula) {
            cells.push(probability(power));
            cells.extend(
                has_formula.then(|| by_formula.map_or_else(|| NOTHING.to_owned(), exact_probability)),
            );
        }
        let is_answer = answer.answer.as_ref().is_some_and(|found| found.size == point.size);
        let verdict = match (is_answer, point.shown) {
            (true, _) => "← the answer",
            (false, true) => "shown",
            (false, false) => "",
        };
        cells.push(verdict.to_owned());
        table.row(cells);
    }
    table
}

/// Within six rows of what matters, or on the way there.
fn is_near(answer: &SizeAnswer, size: u64) -> bool {
    if answer.points.len() <= 16 {
        return true;
    }
    let position = |size: u64| answer.points.iter().position(|point| point.size == size).unwrap_or(0);
    let (last, here) = (answer.points.len() - 1, position(size));
    let centre =
        answer.answer.as_ref().or(answer.estimate.as_ref()).map_or(last, |found| position(found.size));
    here == 0 || here == last || here.abs_diff(centre) <= 5
}

fn legend(answer: &SizeAnswer) -> Vec<(String, String)> {
    let confidence = exact(100.0 * answer.question.confidence);
    let entry = |term: &str, meaning: String| (term.to_owned(), meaning);
    let mut legend = vec![entry(
        "shown",
        format!(
            "this size and all larger ones tested reach the target, with {confidence} % Monte Carlo confidence"
        ),
    )];
    if answer.question.half_width.is_some() {
        legend.push(entry(
            "narrow",
            "share of trials whose confidence interval is at most that wide".to_owned(),
        ));
    } else {
        legend.push(entry(
            "power",
            "share of trials that claim the effect; one without an answer claims nothing".to_owned(),
        ));
    }
    if answer.closed_form.size.is_some() {
        legend.push(entry("by formula", format!("the same without simulation: {}", answer.closed_form.why)));
    }
    legend.push(entry("±", "Monte Carlo standard error: what more replicates would make smaller".to_owned()));
    legend
}

fn size_of(answer: &SizeAnswer, size: u64, n_total: u64) -> String {
    match answer.question.size_of {
        SizeOf::Total => format!("N = {size}"),
        SizeOf::Caseload => format!("{size} patients of each therapist (N = {n_total})"),
        SizeOf::Therapists => format!("{size} therapists (N = {n_total})"),
    }
}

fn described(answer: &SizeAnswer, found: &SizeFound) -> String {
    let arms: Vec<String> = found.n_per_arm.iter().map(|(arm, size)| format!("{arm} {size}")).collect();
    let size = size_of(answer, found.size, found.n_total);
    if arms.is_empty() || answer.question.size_of != SizeOf::Total {
        size
    } else {
        format!("{size} ({})", arms.join(", "))
    }
}

/// The answer in plain words.
fn in_short(answer: &SizeAnswer) -> Vec<String> {
    let question = &answer.question;
    let (target, confidence) = (exact(question.target), exact(100.0 * question.confidence));
    let what = match question.half_width {
        Some(most) => {
            format!("a probability of {target} or more that the interval is at most ±{}", exact(most))
        }
        None => format!("power {target} or more"),
    };
    let of_several = if answer.points.first().is_some_and(|point| point.power.len() > 1) {
        " for the less powerful"
    } else {
        ""
    };
    let mut lines = Vec::new();
    match &answer.answer {
        Some(found) => lines.push(format!(
            "{} has {what} with {confidence} % Monte Carlo confidence: simulated {}{of_several}.",
            described(answer, found),
            probability(&found.power)
        )),
        None => lines.push(format!(
            "No size was shown to have {what}: {}.",
            answer.why.as_deref().unwrap_or("no size was tried")
        )),
    }
    if let Some(estimate) = answer
        .estimate
        .as_ref()
        .filter(|one| Some(one.size) != answer.answer.as_ref().map(|found| found.size))
    {
        lines.push(format!(
            "{} is estimated at {}, which is not enough to be sure.",
            size_of(answer, estimate.size, estimate.n_total),
            probability(&estimate.power)
        ));
    }
    let formula = &answer.closed_form;
    match (formula.size, formula.n_total, formula.power) {
        (Some(size), Some(total), Some(power)) => lines.push(format!(
            "By formula: {}, {} {} ({}).",
            size_of(answer, size, total),
            if answer.question.half_width.is_some() { "a share of" } else { "power" },
            exact_probability(power),
            formula.why
        )),
        _ => lines.push(format!("By formula there is no answer: {}.", formula.why)),
    }
    if let (Some(confirmation), Some(found)) = (&answer.confirmation, &answer.answer) {
        lines.push(format!(
            "With random numbers that had no part in the search (seed {}) {} has {}.",
            confirmation.seed,
            size_of(answer, found.size, found.n_total),
            probability(&confirmation.power)
        ));
    }
    if let Some(dropout) = &answer.dropout {
        lines.push(format!(
            "If {} % are lost, enrol {} for {} to remain: the scenario itself loses nobody.",
            exact(100.0 * dropout.share),
            whole(dropout.n_enrolled),
            whole(dropout.n_analysed)
        ));
    }
    lines
}

/// One row per size and criterion.
pub(super) fn csv(answer: &SizeAnswer) -> String {
    let head = [
        "scenario",
        "size_of",
        "size",
        "n_total",
        "criterion",
        "power",
        "power_mcse",
        "by_formula",
        "shown",
        "target",
        "confidence",
        "alpha",
    ];
    let mut text = header(&head);
    let question = &answer.question;
    for point in &answer.points {
        for (criterion, (power, by_formula)) in point.power.iter().zip(&point.by_formula).enumerate() {
            let name = match (point.power.len(), question.needs) {
                (1, Needs::All | Needs::Any) => together(question),
                _ => question.hypotheses.get(criterion).map_or_else(String::new, ToString::to_string),
            };
            text.push_str(&record(
                &[
                    answer.made.scenario.name.clone(),
                    question.size_of.name().to_owned(),
                    point.size.to_string(),
                    point.n_total.to_string(),
                    name,
                    number(power.value),
                    number(power.mcse),
                    number(*by_formula),
                    point.shown.to_string(),
                    question.target.to_string(),
                    question.confidence.to_string(),
                    question.alpha.to_string(),
                ],
                &answer.made,
            ));
        }
    }
    text
}
