//! The page of a run: headings, tables, and the answer in words.

use super::digits::{NOTHING, exact, exact_probability, fixed, measure, optional, percent, probability};
use super::legend::legend;
use super::page::{Page, Part};
use super::provenance::provenance;
use super::table::{Align, Table};
use super::words;
use crate::analysis::Failure;
use crate::result::{
    AnalysisDescription, ClosedFormKind, Measure, OutcomeDescription, Row, RunResult, Truth, TruthKind,
};

/// The sign that marks a primary hypothesis.
const PRIMARY: &str = " *";

/// The page of a result; `command` is what gives it again.
pub(super) fn page(result: &RunResult, command: &str) -> Page {
    let mut parts: Vec<Part> = result.analyses.keys().map(|id| part(result, id)).collect();
    parts.extend(family(result));
    Page {
        title: heading(result),
        subtitle: design(result),
        parts,
        legend: legend(result),
        worth_knowing: result.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: words::summary(result),
        made: provenance(result),
        again: command.to_owned(),
    }
}

/// The tables of one analysis.
fn part(result: &RunResult, id: &str) -> Part {
    let rows: Vec<&Row> = result.results.iter().filter(|row| row.analysis == id).collect();
    let about = analysis_heading(result, id).lines().map(str::to_owned).collect();
    let tables = [
        ("What would be concluded", conclusions(&rows)),
        ("How the estimate behaves", behaviour(&rows)),
        ("How large the effect comes out, standardised", sizes(&rows)),
    ];
    let mut tables = tables.map(|(title, table)| (title.to_owned(), table)).to_vec();
    if rows.iter().any(|row| row.power_adjusted.as_ref().is_some_and(|power| power.value.is_some())) {
        tables.insert(1, ("Power more precisely, by control variate".to_owned(), adjusted(&rows)));
    }
    Part { name: id.to_owned(), about, tables, lines: unadjusted(&rows), ..Part::default() }
}

/// The heading: what was simulated.
fn heading(result: &RunResult) -> String {
    one_line(result.scenario.title.as_ref().unwrap_or(&result.scenario.name))
}

/// The design in one line.
fn design(result: &RunResult) -> String {
    let arms: Vec<String> = result.n_per_arm.iter().map(|(arm, n)| format!("{arm} {n}")).collect();
    if result.design.is_some() {
        return format!(
            "{}: {} patients in usual care, nothing assigned, two-sided alpha {}, {} % confidence intervals",
            result.scenario.name,
            result.n_total,
            exact(result.alpha),
            exact(100.0 * result.confidence_level)
        );
    }
    let by_chance = result.assignment.as_ref().map_or("", |_| " on average");
    format!(
        "{}: {} patients ({}{by_chance}), two-sided alpha {}, {} % confidence intervals",
        result.scenario.name,
        result.n_total,
        arms.join(", "),
        exact(result.alpha),
        exact(100.0 * result.confidence_level)
    )
}

/// What an analysis is, and in which direction its outcome is better.
fn analysis_heading(result: &RunResult, id: &str) -> String {
    let Some(analysis) = result.analyses.get(id) else { return id.to_owned() };
    let name = &analysis.outcome;
    let outcome = result.outcomes.get(name);
    let what = outcome.and_then(|outcome| outcome.label.as_ref()).unwrap_or(name);
    let adjusted = match (&analysis.moderator, analysis.covariates.join(", ")) {
        (None, covariates) if covariates.is_empty() => String::new(),
        (None, covariates) => format!(" (here {covariates})"),
        (Some(moderator), covariates) if covariates.is_empty() => format!(" (here {moderator})"),
        (Some(moderator), covariates) => format!(" (here {moderator}, adjusted for {covariates})"),
    };
    let through = analysis.mediator.as_ref().map_or_else(String::new, |of| format!("; the mediator is {of}"));
    let options = super::words::options(&analysis.options);
    format!(
        "{}{}\n{}{adjusted}{through}{options}{}{}{}",
        one_line(what),
        match &analysis.responder {
            Some(rule) => format!(": responders ({rule}), {}", direction_of_share(result, id)),
            None => format!(
                "{}, {}",
                unit(outcome).map_or_else(String::new, |unit| format!(" in {}", one_line(unit))),
                direction(outcome)
            ),
        },
        analysis.description,
        analysis.claim.as_ref().map_or_else(String::new, |claim| format!("; what is claimed: {claim}")),
        without_answer(result, analysis),
        analysis.boundary_fits.map_or_else(String::new, |count| {
            let what = analysis.boundary.as_deref().unwrap_or("a parameter was estimated at its bound");
            format!("\n{what} in {} of the trials", share(count, result))
        })
    )
}

/// What is to be known of trials that are not among those whose power is told.
fn without_answer(result: &RunResult, analysis: &AnalysisDescription) -> String {
    let failed: u64 = analysis.failures.values().sum();
    if failed == 0 {
        return String::new();
    }
    format!(
        "\nno answer in {} of the trials, of which power knows nothing: {}",
        share(failed, result),
        Failure::reasons(|failure| analysis.failures.get(failure.name()).copied().unwrap_or(0))
    )
}

fn share(count: u64, result: &RunResult) -> String {
    format!("{} %", fixed(100.0 * count as f64 / result.replicates as f64, 2))
}

/// Text of the scenario without line breaks and runs of spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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

/// Which direction of a difference of shares is a benefit.
fn direction_of_share(result: &RunResult, analysis: &str) -> &'static str {
    let row = result.results.iter().find(|row| row.analysis == analysis);
    match row.and_then(|row| row.benefit_sign) {
        Some(-1) => "a negative difference is a benefit",
        Some(_) => "a positive difference is a benefit",
        None => "which direction is better is not stated",
    }
}

/// The primary hypotheses judged together.
fn family(result: &RunResult) -> Option<Part> {
    let family = result.family.as_ref()?;
    let head = [("primary hypothesis", Align::Left), ("alone", Align::Right), ("together", Align::Right)];
    let mut table = Table::new(&head);
    for hypothesis in &family.hypotheses {
        let alone = result.row(&hypothesis.id());
        table.row(vec![
            format!("{} ({})", hypothesis.estimand, hypothesis.analysis),
            alone.map_or_else(String::new, |row| probability(&row.power_failures_as_no_claim)),
            probability(&hypothesis.power),
        ]);
    }
    let mut lines = vec![
        format!("at least one is found in {} of trials", percent(&family.any)),
        format!("all are found in {} of trials", percent(&family.all)),
        format!("{} are found on average", measure(&family.mean_number)),
    ];
    lines.push(match family.familywise_error.value {
        Some(_) => format!(
            "one that has no effect is claimed in {} of trials (family-wise error)",
            percent(&family.familywise_error)
        ),
        None => "each has an effect, so there is no family-wise error".to_owned(),
    });
    Some(Part {
        name: format!("Primary hypotheses together: {}", family.procedure.title()),
        tables: vec![(String::new(), table)],
        lines,
        ..Part::default()
    })
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

/// The number needed to treat for one more to benefit, or to harm.
fn number_needed(row: &Row) -> String {
    let Some(nnt) = &row.nnt else { return NOTHING.to_owned() };
    let harm = if nnt.value.is_some_and(|number| number < 0.0) { " to harm" } else { "" };
    let size = Measure { value: nnt.value.map(f64::abs), ..nnt.clone() };
    measure(&size) + if row.benefit_sign.is_some() { harm } else { "" }
}

fn conclusions(rows: &[&Row]) -> Table {
    let mut columns: Vec<Column> = vec![("truth", truth)];
    if rows.iter().any(|row| row.nnt.is_some()) {
        columns.push(("NNT", number_needed));
    }
    columns.extend::<[Column; 5]>([
        ("power", |row| probability(&row.power)),
        ("by formula", formula),
        ("diff", |row| optional(row.closed_form_difference_in_mcse, 1)),
        ("type S", |row| probability(&row.type_s)),
        ("type M", |row| measure(&row.type_m)),
    ]);
    table(rows, &columns)
}

/// Why power is not adjusted although that was asked for: once where it is the same for all, else by estimand.
fn unadjusted(rows: &[&Row]) -> Vec<String> {
    let why = |row: &&Row| Some((row.estimand.clone(), row.power_adjusted.as_ref()?.why.clone()?));
    let whys: Vec<(String, String)> = rows.iter().filter_map(why).collect();
    match whys.as_slice() {
        [(_, first), others @ ..]
            if whys.len() == rows.len() && others.iter().all(|(_, why)| why == first) =>
        {
            vec![format!("no adjusted power: {first}")]
        }
        _ => whys.iter().map(|(estimand, why)| format!("no adjusted power of {estimand}: {why}")).collect(),
    }
}

/// Power adjusted by each trial's Gaussian twin.
fn adjusted(rows: &[&Row]) -> Table {
    let power = |row: &Row| {
        row.power_adjusted.as_ref().map_or_else(
            || NOTHING.to_owned(),
            |power| measure(&Measure { value: power.value, mcse: power.mcse, why: None }),
        )
    };
    let ratio = |row: &Row| optional(row.power_adjusted.as_ref().and_then(|power| power.variance_ratio), 1);
    table(rows, &[("power adjusted", power), ("worth trials ×", ratio)])
}

pub(super) fn truth(row: &Row) -> String {
    true_value(&row.truth)
}

/// A truth that was simulated comes with its Monte Carlo standard error.
pub(super) fn true_value(truth: &Truth) -> String {
    match truth.kind {
        _ if !truth.value.is_finite() => NOTHING.to_owned(),
        TruthKind::Exact => exact(truth.value),
        TruthKind::Simulated => {
            measure(&Measure { value: Some(truth.value), mcse: Some(truth.mcse), why: None })
        }
        TruthKind::Undefined => NOTHING.to_owned(),
    }
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
    let mut columns: Vec<Column> = Vec::new();
    // What is no difference of means has none; the JSON says so.
    if rows.iter().any(|row| row.effect_size.hedges_g.value.is_some()) {
        columns.push(("Hedges g", |row| measure(&row.effect_size.hedges_g)));
    }
    columns.push(("partial η²", |row| measure(&row.effect_size.partial_eta_squared)));
    table(rows, &columns)
}
