//! Power over a grid of fields, for people and for spreadsheets.

use super::csv::{header, number, record};
use super::digits::{NOTHING, exact, exact_probability, measure, percent, probability, whole};
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::{Claimed, PointPower, Sweep, SweepPoint, Swing};
use crate::result::{ClosedForm, ClosedFormKind};
use serde_json::Value;

/// Most points that are printed for people.
const MOST_PRINTED: usize = 100;

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(sweep: &Sweep, command: &str) -> Page {
    let names = short_names(sweep);
    let points = match sweep.layout.as_str() {
        "grid" => "every combination",
        _ => "a Latin hypercube",
    };
    Page {
        title: format!("Power over {}", listed(&names)),
        subtitle: format!(
            "{}: {} points, {points}; two-sided alpha {}; all points share their random numbers",
            sweep.made.scenario.name,
            whole(sweep.points.len() as u64),
            exact(sweep.alpha)
        ),
        parts: vec![points_part(sweep, &names), tornado_part(sweep)],
        legend: legend(sweep),
        worth_knowing: sweep.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: hypotheses(sweep).flat_map(|(number, claimed)| in_short(sweep, number, claimed)).collect(),
        made: made(&sweep.made),
        again: command.to_owned(),
    }
}

/// Claims of one hypothesis, with their places.
fn hypotheses(sweep: &Sweep) -> impl Iterator<Item = (usize, &Claimed)> {
    sweep.claims.iter().enumerate().filter(|(_, claimed)| claimed.analysis.is_some())
}

/// What a claim is called: by its estimand, and by its analysis or outcome where there are several.
pub(super) fn name(sweep: &Sweep, claimed: &Claimed) -> String {
    let alike = sweep.claims.iter().filter(|other| other.estimand == claimed.estimand).count();
    match (&claimed.analysis, &claimed.outcome) {
        (Some(analysis), Some(outcome)) if alike > 1 => {
            format!("{} ({analysis}, {outcome})", claimed.estimand)
        }
        _ => claimed.estimand.clone(),
    }
}

/// Each field by the end of its pointer, as long as that names one field only.
pub(super) fn short_names(sweep: &Sweep) -> Vec<String> {
    let last = |name: &str| match name.starts_with('/') {
        true => name.rsplit('/').next().unwrap_or(name).replace("~1", "/").replace("~0", "~"),
        false => name.to_owned(),
    };
    let short: Vec<String> = sweep.varied.iter().map(|field| last(&field.name)).collect();
    let is_only = |one: &String| short.iter().filter(|other| *other == one).count() == 1;
    sweep
        .varied
        .iter()
        .zip(&short)
        .map(|(field, one)| if is_only(one) { one } else { &field.name }.clone())
        .collect()
}

/// A value for people.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::String(text) => text.clone(),
        value => value.as_f64().map_or_else(|| value.to_string(), exact),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn by_formula(closed_form: &ClosedForm) -> String {
    match (closed_form.value, closed_form.kind) {
        (Some(power), ClosedFormKind::Approximate) => format!("≈{}", exact_probability(power)),
        (Some(power), _) => exact_probability(power),
        (None, _) => NOTHING.to_owned(),
    }
}

/// Whether any power of a claim has a formula.
fn has_formula(sweep: &Sweep, claim: usize) -> bool {
    sweep.points.iter().any(|point| point.results[claim].closed_form.value.is_some())
}

fn points_part(sweep: &Sweep, names: &[String]) -> Part {
    let mut head: Vec<(String, Align)> = names.iter().map(|name| (name.clone(), Align::Right)).collect();
    let shows_size = !names.iter().any(|name| name == "n" || name == "total");
    head.extend(shows_size.then(|| ("N".to_owned(), Align::Right)));
    for (claim, claimed) in sweep.claims.iter().enumerate() {
        head.push((name(sweep, claimed), Align::Right));
        head.extend(has_formula(sweep, claim).then(|| ("by formula".to_owned(), Align::Right)));
    }
    let head: Vec<(&str, Align)> = head.iter().map(|(name, align)| (name.as_str(), *align)).collect();
    let mut table = Table::new(&head);
    let row = |point: &SweepPoint| {
        let mut cells: Vec<String> = point.values.iter().map(value).collect();
        cells.extend(shows_size.then(|| point.n_total.to_string()));
        for (claim, result) in point.results.iter().enumerate() {
            cells.push(probability(&result.power));
            cells.extend(has_formula(sweep, claim).then(|| by_formula(&result.closed_form)));
        }
        cells
    };
    sweep.points.iter().take(MOST_PRINTED).for_each(|point| table.row(row(point)));
    let rest = sweep.points.len().saturating_sub(MOST_PRINTED);
    Part {
        name: "Power at each point".to_owned(),
        tables: vec![(String::new(), table)],
        lines: (rest > 0)
            .then(|| {
                format!("… and {} more points: --format csv or json has all of them", whole(rest as u64))
            })
            .into_iter()
            .collect(),
        ..Part::default()
    }
}

fn tornado_part(sweep: &Sweep) -> Part {
    let table = |claimed: &Claimed| {
        let mut table = Table::new(&[
            ("field", Align::Left),
            ("planned", Align::Right),
            ("from", Align::Right),
            ("to", Align::Right),
            ("power at from", Align::Right),
            ("power at to", Align::Right),
            ("difference", Align::Right),
        ]);
        for swing in swings(sweep, claimed) {
            let planned = sweep
                .varied
                .iter()
                .find(|field| field.name == swing.field)
                .map(|field| value(&field.planned));
            table.row(vec![
                swing.field.clone(),
                planned.unwrap_or_default(),
                value(&swing.first.value),
                value(&swing.second.value),
                probability(&swing.first.power),
                probability(&swing.second.power),
                measure(&swing.difference),
            ]);
        }
        let planned = sweep.as_planned.results.iter().find(|result| result.claimed == *claimed);
        let planned =
            planned.map_or_else(String::new, |result| format!(": as planned {}", probability(&result.power)));
        (format!("{}{planned}", name(sweep, claimed)), table)
    };
    Part {
        name: "Which assumption moves power most".to_owned(),
        about: vec!["each field alone, all else as planned".to_owned()],
        tables: sweep
            .claims
            .iter()
            .filter(|claimed| swings(sweep, claimed).next().is_some())
            .map(table)
            .collect(),
        ..Part::default()
    }
}

/// The swings of a claim's power, the largest first.
pub(super) fn swings<'a>(sweep: &'a Sweep, claimed: &'a Claimed) -> impl Iterator<Item = &'a Swing> {
    sweep.tornado.iter().filter(move |swing| swing.claimed == *claimed)
}

fn legend(sweep: &Sweep) -> Vec<(String, String)> {
    let mut terms = vec![(
        "power",
        "share of trials that claim an effect; a trial without an answer claims none".to_owned(),
    )];
    if sweep.claims.len() > 1 {
        terms.push(("any, all", "at least one, and all, of the hypotheses in the same trial".to_owned()));
    }
    if (0..sweep.claims.len()).any(|claim| has_formula(sweep, claim)) {
        terms.push((
            "by formula",
            "power without simulation; exact, or an approximation where marked ≈".to_owned(),
        ));
    }
    terms.push(("difference", "power at `to` minus power at `from`, in the same virtual trials".to_owned()));
    terms.push(("±", "Monte Carlo standard error: what more replicates would make smaller".to_owned()));
    terms.into_iter().map(|(term, meaning)| (term.to_owned(), meaning)).collect()
}

/// Where power is least and most, how often it is enough, and what moves it most.
fn in_short(sweep: &Sweep, claim: usize, claimed: &Claimed) -> Vec<String> {
    let names = short_names(sweep);
    let power = |point: &SweepPoint| point.results[claim].power.value.unwrap_or(0.0);
    let place = |point: &SweepPoint| {
        let values = names.iter().zip(&point.values).map(|(name, one)| format!("{name} {}", value(one)));
        values.collect::<Vec<_>>().join(", ")
    };
    let least = sweep.points.iter().reduce(|a, b| if power(b) < power(a) { b } else { a });
    let most = sweep.points.iter().reduce(|a, b| if power(b) > power(a) { b } else { a });
    let (Some(least), Some(most)) = (least, most) else { return Vec::new() };
    let enough = sweep.points.iter().filter(|point| power(point) >= 0.8).count() as u64;
    let name = name(sweep, claimed);
    let [lowest, highest] = [least, most].map(|point| percent(&point.results[claim].power));
    let range = match power(least) < power(most) {
        true => format!("power goes from {lowest} ({}) to {highest} ({})", place(least), place(most)),
        false => format!("power is {lowest} at every point"),
    };
    let count = whole(sweep.points.len() as u64);
    let mut sentences =
        vec![format!("{name}: {range}; it is 80 % or more at {} of {count} points.", whole(enough))];
    if let Some(swing) = swings(sweep, claimed).next().filter(|_| sweep.varied.len() > 1) {
        sentences.push(format!(
            "{name}: what moves its power most is {}, from {} at {} to {} at {}.",
            swing.field,
            percent(&swing.first.power),
            value(&swing.first.value),
            percent(&swing.second.power),
            value(&swing.second.value)
        ));
    }
    sentences
}

/// One row per point and claim: the points, the scenario as it stands, and each field alone.
pub(super) fn csv(sweep: &Sweep) -> String {
    let mut head = vec!["scenario", "set", "point"];
    head.extend(sweep.varied.iter().map(|field| field.name.as_str()));
    head.extend([
        "n_total",
        "analysis",
        "outcome",
        "estimand",
        "power",
        "power_mcse",
        "closed_form",
        "closed_form_kind",
        "failures",
        "alpha",
    ]);
    let mut text = header(&head);
    for (number, point) in sweep.points.iter().enumerate() {
        for result in &point.results {
            text.push_str(&row(sweep, ["sweep", &(number + 1).to_string()], point, result));
        }
    }
    for result in &sweep.as_planned.results {
        text.push_str(&row(sweep, ["planned", ""], &sweep.as_planned, result));
    }
    for swing in &sweep.tornado {
        for end in [&swing.first, &swing.second] {
            let mut values = sweep.as_planned.values.clone();
            let place = sweep.varied.iter().position(|field| field.name == swing.field);
            if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
                *slot = end.value.clone();
            }
            let point =
                SweepPoint { values, n_total: end.n_total, failures: end.failures, results: Vec::new() };
            let result = PointPower {
                claimed: swing.claimed.clone(),
                power: end.power.clone(),
                closed_form: end.closed_form.clone(),
            };
            text.push_str(&row(sweep, ["alone", ""], &point, &result));
        }
    }
    text
}

fn row(sweep: &Sweep, [set, number_of_point]: [&str; 2], point: &SweepPoint, result: &PointPower) -> String {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let PointPower { claimed, power, closed_form } = result;
    let mut cells = vec![sweep.made.scenario.name.clone(), set.to_owned(), number_of_point.to_owned()];
    cells.extend(point.values.iter().map(cell));
    cells.extend([
        point.n_total.to_string(),
        claimed.analysis.clone().unwrap_or_default(),
        claimed.outcome.clone().unwrap_or_default(),
        claimed.estimand.clone(),
        number(power.value),
        number(power.mcse),
        number(closed_form.value),
        closed_form.kind.name().to_owned(),
        point.failures.to_string(),
        sweep.alpha.to_string(),
    ]);
    record(&cells, &sweep.made)
}
