//! One row per analysis and estimand, every number whole, for spreadsheets.
//!
//! RFC 4180 with `\n`; what is undefined is empty.

use crate::planning::Made;
use crate::result::{Measure, Row, RunResult, TruthKind};

/// A column: its name and its cell.
type Column = (&'static str, fn(&RunResult, &Row) -> String);

/// A simulated number: two columns, the second with `_mcse`.
type MeasureColumn = (&'static str, fn(&Row) -> &Measure);

const BEFORE: &[Column] = &[
    ("scenario", |result, _| result.scenario.name.clone()),
    ("analysis", |_, row| row.analysis.clone()),
    ("outcome", |_, row| row.outcome.clone()),
    ("estimand", |_, row| row.estimand.clone()),
    ("primary", |_, row| row.primary.to_string()),
    ("benefit_sign", |_, row| row.benefit_sign.map_or_else(String::new, |sign| sign.to_string())),
    ("n_total", |result, _| result.n_total.to_string()),
    ("alpha", |result, _| result.alpha.to_string()),
    ("truth", |_, row| finite(row.truth.value)),
    ("truth_mcse", |_, row| finite(row.truth.mcse)),
    ("truth_latent", |_, row| finite(row.truth.latent)),
    ("truth_kind", |_, row| {
        match row.truth.kind {
            TruthKind::Exact => "exact",
            TruthKind::Simulated => "simulated",
            TruthKind::Undefined => "undefined",
        }
        .to_owned()
    }),
];

const MEASURES: &[MeasureColumn] = &[
    ("mean_estimate", |row| &row.mean_estimate),
    ("bias", |row| &row.bias),
    ("empirical_se", |row| &row.empirical_se),
    ("model_se", |row| &row.model_se),
    ("half_width", |row| &row.half_width),
    ("coverage", |row| &row.coverage),
    ("power", |row| &row.power),
    ("power_failures_as_no_claim", |row| &row.power_failures_as_no_claim),
    ("type_s", |row| &row.type_s),
    ("type_m", |row| &row.type_m),
    ("hedges_g", |row| &row.effect_size.hedges_g),
    ("partial_eta_squared", |row| &row.effect_size.partial_eta_squared),
];

const AFTER: &[Column] = &[
    ("exact_power", |_, row| number(row.exact_power)),
    ("closed_form", |_, row| number(row.closed_form.value)),
    ("closed_form_kind", |_, row| row.closed_form.kind.name().to_owned()),
    ("closed_form_difference_in_mcse", |_, row| number(row.closed_form_difference_in_mcse)),
    ("failures", |_, row| row.failures.to_string()),
    ("replicates", |result, _| result.replicates.to_string()),
    ("seed", |result, _| result.seed.to_string()),
    ("engine", |result, _| result.engine.clone()),
    ("version", |result, _| result.version.clone()),
    ("scenario_hash", |result, _| result.scenario.hash.clone()),
];

const ADJUSTED: &[Column] = &[
    ("power_adjusted", |_, row| number(row.power_adjusted.as_ref().and_then(|power| power.value))),
    ("power_adjusted_mcse", |_, row| number(row.power_adjusted.as_ref().and_then(|power| power.mcse))),
    ("power_adjusted_variance_ratio", |_, row| {
        number(row.power_adjusted.as_ref().and_then(|power| power.variance_ratio))
    }),
];

/// A header line and the rows.
pub(super) fn render(result: &RunResult) -> String {
    let names = |columns: &[Column]| columns.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
    let mut header = names(BEFORE);
    header.extend(MEASURES.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("{name}_mcse")]));
    header.extend(names(AFTER));
    // At the end, and only where they were asked for.
    let adjusted: &[Column] = match result.results.iter().any(|row| row.power_adjusted.is_some()) {
        true => ADJUSTED,
        false => &[],
    };
    header.extend(names(adjusted));
    let mut text = line(&header);
    for row in &result.results {
        let mut cells: Vec<String> = BEFORE.iter().map(|(_, cell)| cell(result, row)).collect();
        for (_, measure) in MEASURES {
            let measure = measure(row);
            cells.extend([number(measure.value), number(measure.mcse)]);
        }
        cells.extend(AFTER.iter().chain(adjusted).map(|(_, cell)| cell(result, row)));
        text.push_str(&line(&cells));
    }
    text
}

fn finite(value: f64) -> String {
    number(Some(value).filter(|value| value.is_finite()))
}

/// The last columns of an answer's rows: what made them.
const MADE: [&str; 5] = ["replicates", "seed", "engine", "version", "scenario_hash"];

/// A header line of these columns and of what made the rows.
pub(super) fn header(columns: &[&str]) -> String {
    line(&columns.iter().chain(&MADE).map(|name| (*name).to_owned()).collect::<Vec<_>>())
}

/// A row of these cells and of what made it.
pub(super) fn record(cells: &[String], made: &Made) -> String {
    let own = [
        made.replicates.to_string(),
        made.seed.to_string(),
        made.engine.clone(),
        made.version.clone(),
        made.scenario.hash.clone(),
    ];
    line(&[cells, &own].concat())
}

/// A number, or nothing.
pub(super) fn number(value: Option<f64>) -> String {
    // Nothing is 0, whichever way it is rounded.
    value.map_or_else(String::new, |value| (value + 0.0).to_string())
}

/// One line, quoted where needed.
pub(super) fn line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    quoted.join(",") + "\n"
}

pub(super) fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_need_quotes_get_them() {
        assert_eq!(line(&["a".into(), "b,\"c\"".into()]), "a,\"b,\"\"c\"\"\"\n");
    }
}
