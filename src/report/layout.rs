//! What the text and the Markdown report have in common: tables, legend, provenance.

use super::digits::{self, NOTHING, exact, exact_probability, fixed, measure, probability};
use super::table::{Align, Table};
use crate::result::{ClosedFormKind, OutcomeDescription, Row, RunResult};

/// The sign that marks a primary hypothesis.
const PRIMARY: &str = " *";

/// A titled table of one analysis.
pub(super) struct Section {
    pub title: &'static str,
    pub table: Table,
}

/// The heading: what was simulated.
pub(super) fn heading(result: &RunResult) -> String {
    result.scenario.title.clone().unwrap_or_else(|| result.scenario.name.clone())
}

/// The design in one line.
pub(super) fn design(result: &RunResult) -> String {
    let arms: Vec<String> = result.n_per_arm.iter().map(|(arm, n)| format!("{arm} {n}")).collect();
    format!(
        "{}: {} patients ({}), two-sided alpha {}, {} % confidence intervals",
        result.scenario.name,
        result.n_total,
        arms.join(", "),
        exact(result.alpha),
        exact(100.0 * result.confidence_level)
    )
}

/// What an analysis is, and in which direction its outcome is better.
pub(super) fn analysis_heading(result: &RunResult, id: &str) -> String {
    let Some(analysis) = result.analyses.get(id) else { return id.to_owned() };
    let name = &analysis.outcome;
    let outcome = result.outcomes.get(name);
    let what = outcome.and_then(|outcome| outcome.label.as_ref()).unwrap_or(name);
    let adjusted = match analysis.covariates.as_slice() {
        [] => String::new(),
        covariates => format!(" (here {})", covariates.join(", ")),
    };
    format!(
        "{what}{}, {}\n{}{adjusted}",
        unit(outcome).map_or_else(String::new, |unit| format!(" in {unit}")),
        direction(outcome),
        analysis.description
    )
}

fn unit(outcome: Option<&OutcomeDescription>) -> Option<&String> {
    outcome.and_then(|outcome| outcome.unit.as_ref())
}

fn direction(outcome: Option<&OutcomeDescription>) -> &'static str {
    match outcome.and_then(|outcome| outcome.benefit_sign) {
        Some(-1) => "lower is better: a negative difference is a benefit",
        Some(_) => "higher is better: a positive difference is a benefit",
        None => "which direction is better is not stated",
    }
}

/// The ids of the analyses, in order.
pub(super) fn analyses(result: &RunResult) -> impl Iterator<Item = &String> {
    result.analyses.keys()
}

/// The tables of one analysis.
pub(super) fn sections(result: &RunResult, analysis: &str) -> [Section; 3] {
    let rows: Vec<&Row> = result.results.iter().filter(|row| row.analysis == analysis).collect();
    [
        Section { title: "What would be concluded", table: conclusions(&rows) },
        Section { title: "How the estimate behaves", table: behaviour(&rows) },
        Section { title: "How large the effect comes out, standardised", table: sizes(&rows) },
    ]
}

/// A column: its name and its cell.
type Column = (&'static str, fn(&Row) -> String);

fn table(rows: &[&Row], columns: &[Column]) -> Table {
    let head: Vec<(&str, Align)> = std::iter::once(("estimand", Align::Left))
        .chain(columns.iter().map(|&(name, _)| (name, Align::Right)))
        .collect();
    let mut table = Table::new(&head);
    for row in rows {
        let name = format!("{}{}", row.estimand, if row.primary { PRIMARY } else { "" });
        table.row(std::iter::once(name).chain(columns.iter().map(|(_, cell)| cell(row))).collect());
    }
    table
}

fn conclusions(rows: &[&Row]) -> Table {
    table(
        rows,
        &[
            ("truth", |row| exact(row.truth.value)),
            ("power", |row| probability(&row.power)),
            ("by formula", formula),
            ("diff", |row| {
                row.closed_form_difference_in_mcse.map_or_else(|| NOTHING.to_owned(), |z| fixed(z, 1))
            }),
            ("type S", |row| probability(&row.type_s)),
            ("type M", |row| measure(&row.type_m)),
        ],
    )
}

fn formula(row: &Row) -> String {
    match (row.closed_form.value, row.closed_form.kind) {
        (Some(power), ClosedFormKind::Approximate) => format!("≈{}", exact_probability(power)),
        (Some(power), _) => exact_probability(power),
        (None, _) => NOTHING.to_owned(),
    }
}

fn behaviour(rows: &[&Row]) -> Table {
    table(
        rows,
        &[
            ("mean estimate", |row| measure(&row.mean_estimate)),
            ("bias", |row| measure(&row.bias)),
            ("empirical SE", |row| measure(&row.empirical_se)),
            ("model SE", |row| measure(&row.model_se)),
            ("coverage", |row| probability(&row.coverage)),
        ],
    )
}

fn sizes(rows: &[&Row]) -> Table {
    table(
        rows,
        &[
            ("Hedges g", |row| measure(&row.effect_size.hedges_g)),
            ("partial η²", |row| measure(&row.effect_size.partial_eta_squared)),
        ],
    )
}

/// What the rows and columns mean: term and explanation.
pub(super) fn legend(result: &RunResult) -> Vec<(String, String)> {
    let mut legend: Vec<(String, String)> =
        result.estimands.iter().map(|(id, definition)| (id.clone(), definition.clone())).collect();
    let level = exact(100.0 * result.confidence_level);
    legend.extend(
        [
            ("*", "a primary hypothesis of the scenario".to_owned()),
            (
                "truth",
                "the effect that the scenario puts in, a raw difference on the outcome's own scale"
                    .to_owned(),
            ),
            ("power", format!("share of trials with p < {}", exact(result.alpha))),
            (
                "by formula",
                "power without simulation, exact unless marked ≈; – where there is none".to_owned(),
            ),
            (
                "diff",
                "(power − by formula) in Monte Carlo standard errors; beyond ±4 something is wrong"
                    .to_owned(),
            ),
            ("type S", "share of significant trials whose estimate has the wrong sign".to_owned()),
            ("type M", "how many times too large the significant estimates are on average".to_owned()),
            ("bias", "mean estimate minus truth".to_owned()),
            ("empirical SE", "how much the estimate really varies from trial to trial".to_owned()),
            ("model SE", "how much the analysis believes it varies (root mean square)".to_owned()),
            ("coverage", format!("share of {level} % confidence intervals that contain the truth")),
            ("Hedges g", "estimate ÷ within-arm SD of the outcome, corrected for small samples".to_owned()),
            (
                "partial η²",
                "share of the variance not explained by the rest that the contrast explains".to_owned(),
            ),
            ("±", "Monte Carlo standard error: what more replicates would make smaller".to_owned()),
            (NOTHING, "not defined here, as type S and type M where the truth is 0".to_owned()),
        ]
        .map(|(term, meaning)| (term.to_owned(), meaning)),
    );
    legend
}

/// What made the result, and the command that gives it again.
pub(super) fn provenance(result: &RunResult, command: &str) -> Vec<String> {
    let mut lines = vec![format!(
        "Simulated by trialliance {}: {} trials, seed {}, scenario {}",
        result.version,
        result.replicates,
        result.seed,
        result.scenario.hash.chars().take(12).collect::<String>()
    )];
    lines.push(format!("Engine: {} ({})", result.engine, result.engine_why));
    if let Some(precision) = &result.precision {
        let verdict = if precision.met { "reached" } else { "not reached within the most replicates" };
        lines.push(format!(
            "Precision: largest Monte Carlo standard error of a primary power {}, asked for {}: {verdict}",
            digits::exact(precision.reached),
            digits::exact(precision.asked)
        ));
    }
    if let Some(timing) = &result.timing {
        lines.push(format!(
            "Took {} on {} {} ({} trials per second)",
            duration(timing.seconds),
            timing.threads,
            if timing.threads == 1 { "thread" } else { "threads" },
            rounded(timing.replicates_per_second)
        ));
    }
    lines.push(format!("Again: {command}"));
    lines
}

fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{} ms", fixed((1000.0 * seconds).max(1.0), 0))
    } else if seconds < 60.0 {
        format!("{} s", fixed(seconds, 1))
    } else {
        format!("{} min {} s", (seconds / 60.0) as u64, (seconds % 60.0) as u64)
    }
}

/// Two significant digits, with thousands apart.
fn rounded(value: f64) -> String {
    let step = libm::pow(10.0, libm::floor(libm::log10(value.max(1.0))) - 1.0).max(1.0);
    let whole = ((value / step).round() * step) as u64;
    let digits = whole.to_string();
    let groups: Vec<String> =
        digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_for_people() {
        assert_eq!(duration(0.0123), "12 ms");
        assert_eq!(duration(2.04), "2.0 s");
        assert_eq!(duration(125.0), "2 min 5 s");
        assert_eq!(rounded(1_234_567.0), "1,200,000");
        assert_eq!(rounded(87.0), "87");
    }
}
