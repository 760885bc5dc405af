//! The analysis of one trial, for people and for scripts.
//!
//! In comes a [`TrialAnalysis`]; out comes text. The words at the end say what the
//! interval allows and never that there is no effect.

use super::csv::quoted;
use super::digits::fixed;
use super::printable;
use super::table::{Align, Table, escaped};
use super::text::{item, wrapped};
use crate::data::{AnalyzedRow, AnovaRow, Check, TrialAnalysis};
use std::fmt::Write as _;

/// How an analysis is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
pub enum AnalysisFormat {
    /// Tables and a conclusion in plain words
    Text,
    /// Every number in full, for programs
    Json,
    /// One row per analysis and estimand, for spreadsheets
    Csv,
    /// The text as Markdown, for documents
    Markdown,
    /// A page for a browser
    Html,
}

/// Writes the analysis of one trial.
#[must_use]
pub fn render_analysis(result: &TrialAnalysis, format: AnalysisFormat) -> String {
    match format {
        AnalysisFormat::Text => printable(&page(result, &Plain)),
        AnalysisFormat::Markdown => printable(&page(result, &Markdown)),
        AnalysisFormat::Html => printable(&page(result, &Html)),
        AnalysisFormat::Json => serde_json::to_string_pretty(result).unwrap_or_default() + "\n",
        AnalysisFormat::Csv => csv(result),
    }
}

/// How headings, paragraphs, lists and tables are written.
trait Style {
    fn start(&self, title: &str) -> String;
    fn heading(&self, text: &str) -> String;
    fn paragraph(&self, text: &str) -> String;
    fn list(&self, items: &[String]) -> String;
    fn table(&self, table: &Table) -> String;
    /// A paragraph under a table.
    fn below(&self, text: &str) -> String {
        format!("\n{}", self.paragraph(text))
    }
    fn end(&self) -> &'static str {
        ""
    }
}

struct Plain;

impl Style for Plain {
    fn start(&self, title: &str) -> String {
        format!("{title}\n")
    }
    fn heading(&self, text: &str) -> String {
        format!("\n━━ {text}\n")
    }
    fn paragraph(&self, text: &str) -> String {
        format!("{}\n", wrapped("", text))
    }
    fn list(&self, items: &[String]) -> String {
        items.iter().map(|one| format!("{}\n", item(one))).collect()
    }
    fn table(&self, table: &Table) -> String {
        format!("\n{}", table.plain())
    }
}

struct Markdown;

impl Style for Markdown {
    fn start(&self, title: &str) -> String {
        format!("# {title}\n\n")
    }
    fn heading(&self, text: &str) -> String {
        format!("\n## {text}\n\n")
    }
    fn paragraph(&self, text: &str) -> String {
        format!("{text}\n")
    }
    fn list(&self, items: &[String]) -> String {
        items.iter().map(|one| format!("- {one}\n")).collect()
    }
    fn table(&self, table: &Table) -> String {
        format!("\n{}", table.markdown())
    }
}

struct Html;

impl Style for Html {
    fn start(&self, title: &str) -> String {
        let title = escaped(title);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\n\
             body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}\n\
             table {{ border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }}\n\
             th, td {{ padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ccc; text-align: right; }}\n\
             th:first-child, td:first-child {{ text-align: left; }}\n</style>\n<h1>{title}</h1>\n"
        )
    }
    fn heading(&self, text: &str) -> String {
        format!("<h2>{}</h2>\n", escaped(text))
    }
    fn paragraph(&self, text: &str) -> String {
        format!("<p>{}</p>\n", escaped(text))
    }
    fn list(&self, items: &[String]) -> String {
        let items: String = items.iter().map(|one| format!("<li>{}</li>\n", escaped(one))).collect();
        format!("<ul>\n{items}</ul>\n")
    }
    fn table(&self, table: &Table) -> String {
        table.html()
    }
    fn end(&self) -> &'static str {
        "</html>\n"
    }
}

fn page(result: &TrialAnalysis, style: &dyn Style) -> String {
    let mut text = style.start(&format!("Analysis of {}", result.data.source));
    text.push_str(&style.paragraph(&who(result)));
    let roles: Vec<String> = result
        .roles
        .iter()
        .map(|role| format!("{}: column {} ({})", role.role, role.column, role.how))
        .collect();
    text.push_str(&style.heading("What the columns mean"));
    text.push_str(&style.list(&roles));
    if let Some(procedure) = result.multiplicity {
        let told =
            format!("hypotheses with a p value \"together\" are judged as one family: {}", procedure.title());
        text.push_str(&style.list(&[told]));
    }
    for (id, analysis) in &result.analyses {
        let n: u64 = analysis.n_analyzed.values().sum();
        text.push_str(&style.heading(&format!("{id}: {} of {n} patients", analysis.outcome)));
        let adjusted = match analysis.covariates.as_slice() {
            [] => String::new(),
            covariates => format!("; adjusted for {}", covariates.join(", ")),
        };
        let through = analysis.mediator.as_ref().map_or_else(String::new, |of| format!("; the mediator is {of}"));
        text.push_str(&style.paragraph(&format!("{}{adjusted}{through}.", analysis.description)));
        text.push_str(&style.table(&estimates(result, id)));
        if let Some(of) = result.variance_components.get(id) {
            text.push_str(&style.below(&format!(
                "Variance between therapists {}, within {}: intraclass correlation {}.",
                short(of.therapist),
                short(of.residual),
                fixed(of.icc, 3)
            )));
        }
        let table: Vec<&AnovaRow> =
            result.anova.iter().filter(|row| row.analysis == *id && row.kind == 3).collect();
        if !table.is_empty() {
            text.push_str(&style.below("Type III sums of squares (types I and II are in the JSON):"));
            text.push_str(&style.table(&variances(&table)));
        }
    }
    text.push_str(&style.heading("What could be checked"));
    let checks: Vec<String> = result.checks.iter().map(|check| check.message.clone()).collect();
    text.push_str(&style.list(&checks));
    for check in result.checks.iter().filter(|check| check.code == "equal_variances") {
        text.push_str(&style.table(&spreads(result, check)));
    }
    if !result.warnings.is_empty() {
        text.push_str(&style.heading("Worth knowing"));
        text.push_str(&style.list(&result.warnings));
    }
    text.push_str(&style.heading("In short"));
    text.push_str(&style.list(&conclusions(result)));
    text.push_str(&style.paragraph(&format!("trialliance {}", result.version)));
    text + style.end()
}

/// Who is in the data.
fn who(result: &TrialAnalysis) -> String {
    let list = |counts: &indexmap::IndexMap<String, u64>| {
        counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    };
    let missing: Vec<String> = result
        .data
        .missing
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| format!("{name} in {count}"))
        .collect();
    let missing = if missing.is_empty() {
        "nothing missing".to_owned()
    } else {
        format!("missing: {}", missing.join(", "))
    };
    let therapists = result.data.therapists.map_or_else(String::new, |count| format!(", {count} therapists"));
    format!("{} patients ({}){therapists}; {missing}.", result.data.n, list(&result.data.n_per_arm))
}

fn estimates(result: &TrialAnalysis, id: &str) -> Table {
    let level = fixed(100.0 * result.confidence_level, 1);
    let level = format!("{} % interval", level.trim_end_matches(".0"));
    let mut head = vec![("estimand", Align::Left)];
    head.extend(["estimate", &level, "SE", "df", "p"].map(|name| (name, Align::Right)));
    let rows: Vec<&AnalyzedRow> = result.results.iter().filter(|row| row.analysis == id).collect();
    let together = rows.iter().any(|row| row.p_adjusted.is_some());
    if together {
        head.push(("p together", Align::Right));
    }
    let standardised = rows.iter().any(|row| row.hedges_g.is_some());
    if standardised {
        head.push(("Hedges g", Align::Right));
    }
    let mut table = Table::new(&head);
    for row in rows {
        let decimals = decimals(row.se);
        let mut cells = vec![
            row.estimand.clone(),
            fixed(row.estimate, decimals),
            format!("{} to {}", fixed(row.ci[0], decimals), fixed(row.ci[1], decimals)),
            fixed(row.se, decimals),
            row.df.map_or_else(
                || "∞".to_owned(),
                |df| fixed(df, if (df - df.round()).abs() < 1e-6 { 0 } else { 1 }),
            ),
            p_value(row.p),
        ];
        if together {
            cells.push(row.p_adjusted.map_or_else(String::new, p_value));
        }
        if standardised {
            cells.push(row.hedges_g.map_or_else(String::new, |g| fixed(g, 2)));
        }
        table.row(cells);
    }
    table
}

/// Patients, mean and standard deviation of an outcome in each arm.
fn spreads(result: &TrialAnalysis, check: &Check) -> Table {
    let mut head = vec![("arm", Align::Left)];
    head.extend(["n", "mean", "SD"].map(|name| (name, Align::Right)));
    let mut table = Table::new(&head);
    for arm in result.data.n_per_arm.keys() {
        let of = |what: &str| check.values.get(&format!("{what}_{arm}")).copied().unwrap_or(f64::NAN);
        let decimals = decimals(of("sd"));
        table.row(vec![
            arm.clone(),
            fixed(of("n"), 0),
            fixed(of("mean"), decimals),
            fixed(of("sd"), decimals),
        ]);
    }
    table
}

fn variances(rows: &[&AnovaRow]) -> Table {
    let mut head = vec![("term", Align::Left)];
    head.extend(
        ["sum of squares", "df", "F", "p", "partial η²", "partial ω²"].map(|name| (name, Align::Right)),
    );
    let mut table = Table::new(&head);
    let optional =
        |value: Option<f64>, decimals: usize| value.map_or_else(String::new, |value| fixed(value, decimals));
    for row in rows {
        table.row(vec![
            row.term.clone(),
            short(row.sum_of_squares),
            fixed(row.df, 0),
            optional(row.f, 2),
            row.p.map_or_else(String::new, p_value),
            optional(row.partial_eta_squared, 3),
            optional(row.partial_omega_squared, 3),
        ]);
    }
    table
}

/// Decimals that show three digits of a standard error.
fn decimals(se: f64) -> usize {
    if se > 0.0 && se.is_finite() {
        (2.0 - libm::floor(libm::log10(se))).clamp(0.0, 10.0) as usize
    } else {
        3
    }
}

fn short(value: f64) -> String {
    fixed(value, if value.abs() >= 100.0 { 1 } else { 3 })
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { fixed(p, 3) }
}

/// What the intervals of the main effects and the interaction allow to be said, for each analysis.
fn conclusions(result: &TrialAnalysis) -> Vec<String> {
    let mut sentences = Vec::new();
    for id in result.analyses.keys() {
        let rows = result.results.iter().filter(|row| row.analysis == *id).take(3);
        sentences.extend(rows.map(|row| conclusion(result, row)));
    }
    sentences
}

fn conclusion(result: &TrialAnalysis, row: &AnalyzedRow) -> String {
    let decimals = decimals(row.se);
    let [low, high] = row.ci;
    let interval = format!("{} to {}", fixed(low, decimals), fixed(high, decimals));
    let start =
        format!("{} ({}, {}): {}", row.estimand, row.outcome, row.analysis, fixed(row.estimate, decimals));
    let direction = |value: f64| match row.benefit_sign {
        Some(sign) if value * f64::from(sign) > 0.0 => "a benefit",
        Some(_) => "a harm",
        None if value > 0.0 => "a rise",
        None => "a fall",
    };
    if row.p_adjusted.unwrap_or(row.p) < result.alpha {
        return format!("{start}, {}; the data go with anything from {interval}.", direction(row.estimate));
    }
    let both = if low < 0.0 && high > 0.0 {
        format!(
            "{} of {} to {} of {}",
            direction(low),
            fixed(low.abs(), decimals),
            direction(high),
            fixed(high.abs(), decimals)
        )
    } else {
        interval
    };
    format!(
        "{start}, not told apart from 0; the data go with {both}. That does not show that there is no effect."
    )
}

fn csv(result: &TrialAnalysis) -> String {
    let mut text =
        "analysis,outcome,estimand,estimate,se,df,p,ci_lower,ci_upper,hedges_g,p_adjusted\n".to_owned();
    for row in &result.results {
        let g = row.hedges_g.map_or_else(String::new, |g| g.to_string());
        let together = row.p_adjusted.map_or_else(String::new, |p| p.to_string());
        let [low, high] = row.ci;
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{low},{high},{g},{together}",
            quoted(&row.analysis),
            quoted(&row.outcome),
            quoted(&row.estimand),
            row.estimate,
            row.se,
            row.df.map_or_else(|| "inf".to_owned(), |df| df.to_string()),
            row.p
        );
    }
    text
}
