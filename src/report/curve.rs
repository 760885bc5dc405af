//! Power along something, for people and for spreadsheets.

use super::csv::{header, number, record};
use super::digits::{NOTHING, exact, exact_probability, measure, percent, probability};
use super::layout::true_value;
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::{Curve, CurveRow, SizeOf};
use crate::result::{ClosedFormKind, HypothesisId};

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(curve: &Curve, command: &str) -> Page {
    Page {
        title: format!("Power along {}", curve.over_label),
        subtitle: format!(
            "{}: {} points, two-sided alpha {}, {} % confidence intervals; {}",
            curve.made.scenario.name,
            curve.points.len(),
            exact(curve.alpha),
            exact(100.0 * curve.confidence_level),
            match curve.nested {
                true => "the smaller trials are the first patients of the larger ones",
                false => "all points share their random numbers",
            }
        ),
        parts: curve
            .hypotheses
            .iter()
            .map(|hypothesis| part(curve, hypothesis))
            .chain(together(curve))
            .collect(),
        legend: legend(curve),
        worth_knowing: curve.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: curve.hypotheses.iter().filter_map(|hypothesis| in_short(curve, hypothesis)).collect(),
        made: made(&curve.made),
        again: command.to_owned(),
    }
}

/// A column: its name and its cell.
type Column = (&'static str, fn(&CurveRow) -> String);

const COLUMNS: [Column; 7] = [
    ("truth", |row| true_value(&row.truth)),
    ("power", |row| probability(&row.power)),
    ("band", |row| {
        row.band.map_or_else(|| NOTHING.to_owned(), |band| format!("{:.3} to {:.3}", band.low, band.high))
    }),
    ("by formula", |row| match (row.closed_form.value, row.closed_form.kind) {
        (Some(power), ClosedFormKind::Approximate) => format!("≈{}", exact_probability(power)),
        (Some(power), _) => exact_probability(power),
        (None, _) => NOTHING.to_owned(),
    }),
    ("half-width", |row| measure(&row.half_width)),
    ("coverage", |row| probability(&row.coverage)),
    ("type M", |row| measure(&row.type_m)),
];

fn part(curve: &Curve, hypothesis: &HypothesisId) -> Part {
    let outcome = curve.outcomes.get(&hypothesis.outcome);
    let label = outcome.and_then(|outcome| outcome.label.as_ref()).unwrap_or(&hypothesis.outcome);
    let unit = outcome
        .and_then(|outcome| outcome.unit.as_ref())
        .map_or_else(String::new, |unit| format!(" in {unit}"));
    let by_size = SizeOf::named(&curve.over).is_some();
    let mut head = vec![(if by_size { "size" } else { "value" }, Align::Right)];
    // The truth is the same for every size.
    let columns = if by_size { &COLUMNS[1..] } else { &COLUMNS[..] };
    head.extend(columns.iter().map(|(name, _)| (*name, Align::Right)));
    let mut table = Table::new(&head);
    for point in &curve.points {
        let Some(row) = point.row(hypothesis) else { continue };
        let cells = columns.iter().map(|(_, cell)| cell(row));
        table.row(std::iter::once(exact(point.value)).chain(cells).collect());
    }
    Part {
        name: format!("{} ({})", hypothesis.estimand, hypothesis.analysis),
        about: vec![format!("{label}{unit}")],
        tables: vec![(String::new(), table)],
        ..Part::default()
    }
}

/// At least one and all of several hypotheses, in the same trial.
fn together(curve: &Curve) -> Option<Part> {
    let first = curve.points.first()?.family.as_ref()?;
    let names: Vec<&str> = first.hypotheses.iter().map(|one| one.estimand.as_str()).collect();
    let head = [("value", Align::Right), ("at least one", Align::Right), ("all", Align::Right)];
    let mut table = Table::new(&head);
    for point in &curve.points {
        let family = point.family.as_ref()?;
        table.row(vec![exact(point.value), probability(&family.any), probability(&family.all)]);
    }
    Some(Part {
        name: format!("{} together", names.join(", ")),
        about: vec![first.procedure.title().to_owned()],
        tables: vec![(String::new(), table)],
        ..Part::default()
    })
}

fn legend(curve: &Curve) -> Vec<(String, String)> {
    let level = exact(100.0 * curve.confidence_level);
    [
        ("power", format!("share of trials with p < {}", exact(curve.alpha))),
        (
            "band",
            format!(
                "holds the whole curve of power with {} % Monte Carlo confidence",
                exact(100.0 * curve.band_confidence)
            ),
        ),
        ("by formula", "power without simulation; exact, or an approximation where marked ≈".to_owned()),
        ("half-width", format!("half the width of the {level} % confidence interval (root mean square)")),
        ("coverage", format!("share of {level} % confidence intervals that contain the truth")),
        ("type M", "how many times too large the significant estimates are on average".to_owned()),
        ("±", "Monte Carlo standard error: what more replicates would make smaller".to_owned()),
    ]
    .map(|(term, meaning)| (term.to_owned(), meaning))
    .to_vec()
}

/// From where to where power goes, and where it passes 80 %.
fn in_short(curve: &Curve, hypothesis: &HypothesisId) -> Option<String> {
    let rows: Vec<(f64, &CurveRow)> =
        curve.points.iter().filter_map(|point| Some((point.value, point.row(hypothesis)?))).collect();
    let (&(from, first), &(to, last)) = (rows.first()?, rows.last()?);
    let reaches = |row: &CurveRow| row.power.value.is_some_and(|power| power >= 0.8);
    let misses = rows.iter().rposition(|(_, row)| !reaches(row));
    let passes = match misses {
        None => String::new(),
        Some(miss) => match rows.get(miss + 1) {
            Some((value, _)) => format!("; from {} on it is 80 % or more", exact(*value)),
            None => String::new(),
        },
    };
    Some(format!(
        "{} ({}, {}): power goes from {} at {} to {} at {}{passes}.",
        hypothesis.estimand,
        hypothesis.outcome,
        hypothesis.analysis,
        percent(&first.power),
        exact(from),
        percent(&last.power),
        exact(to)
    ))
}

/// One row per point, analysis and estimand.
pub(super) fn csv(curve: &Curve) -> String {
    let head = [
        "scenario",
        "over",
        "value",
        "n_total",
        "analysis",
        "outcome",
        "estimand",
        "asked",
        "truth",
        "truth_mcse",
        "power",
        "power_mcse",
        "band_low",
        "band_high",
        "closed_form",
        "half_width",
        "half_width_mcse",
        "coverage",
        "coverage_mcse",
        "bias",
        "bias_mcse",
        "type_s",
        "type_s_mcse",
        "type_m",
        "type_m_mcse",
        "failures",
        "alpha",
    ];
    let mut text = header(&head);
    for point in &curve.points {
        for (name, measure) in
            point.family.iter().flat_map(|family| [("any", &family.any), ("all", &family.all)])
        {
            let mut cells = vec![String::new(); head.len()];
            let mut set = |column: &str, value: String| {
                if let Some(place) = head.iter().position(|name| *name == column) {
                    cells[place] = value;
                }
            };
            set("scenario", curve.made.scenario.name.clone());
            set("over", curve.over.clone());
            set("value", point.value.to_string());
            set("n_total", point.n_total.to_string());
            set("estimand", name.to_owned());
            set("asked", "true".to_owned());
            set("power", number(measure.value));
            set("power_mcse", number(measure.mcse));
            set("alpha", curve.alpha.to_string());
            text.push_str(&record(&cells, &curve.made));
        }
        for row in &point.results {
            let mut cells = vec![
                curve.made.scenario.name.clone(),
                curve.over.clone(),
                point.value.to_string(),
                point.n_total.to_string(),
                row.analysis.clone(),
                row.outcome.clone(),
                row.estimand.clone(),
                row.asked.to_string(),
                number(Some(row.truth.value).filter(|value| value.is_finite())),
                number(Some(row.truth.mcse).filter(|value| value.is_finite())),
                number(row.power.value),
                number(row.power.mcse),
                number(row.band.map(|band| band.low)),
                number(row.band.map(|band| band.high)),
                number(row.closed_form.value),
            ];
            for measure in [&row.half_width, &row.coverage, &row.bias, &row.type_s, &row.type_m] {
                cells.extend([number(measure.value), number(measure.mcse)]);
            }
            cells.extend([row.failures.to_string(), curve.alpha.to_string()]);
            text.push_str(&record(&cells, &curve.made));
        }
    }
    text
}
