//! The analysis of one trial, for people and for scripts.
//!
//! In comes a [`TrialAnalysis`]; out comes text.

use super::conclusion::conclusions;
use super::csv::quoted;
use super::digits::{fixed, optional};
use super::printable;
use super::table::{Align, Table, escaped};
use super::text::{item, wrapped};
use super::words::options;
use crate::data::{AnalyzedRow, AnovaRow, Check, RankSumRow, TrialAnalysis, VarianceComponents};
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
             th, td {{ padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ccc; text-align: right; white-space: nowrap; }}\n\
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
    let mut roles: Vec<String> = result
        .roles
        .iter()
        .map(|role| format!("{}: column {} ({})", role.role, role.column, role.how))
        .collect();
    if let Some(procedure) = result.multiplicity {
        roles.push(format!(
            "hypotheses with a p value \"together\" are judged as one family: {}",
            procedure.title()
        ));
    }
    text.push_str(&style.heading("What the columns mean"));
    text.push_str(&style.list(&roles));
    for (id, analysis) in &result.analyses {
        let n: u64 = analysis.n_analyzed.values().sum();
        text.push_str(&style.heading(&format!("{id}: {} of {n} patients", analysis.outcome)));
        let adjusted = match analysis.covariates.as_slice() {
            [] => String::new(),
            covariates => format!("; adjusted for {}", covariates.join(", ")),
        };
        let through =
            analysis.mediator.as_ref().map_or_else(String::new, |of| format!("; the mediator is {of}"));
        text.push_str(&style.paragraph(&format!(
            "{}{adjusted}{through}{}.",
            analysis.description,
            options(&analysis.options)
        )));
        text.push_str(&style.table(&estimates(result, id)));
        if let Some(of) = result.variance_components.get(id) {
            text.push_str(&style.below(&components(of)));
        }
        let ranks: Vec<&RankSumRow> = result.rank_sums.iter().filter(|row| row.analysis == *id).collect();
        if !ranks.is_empty() {
            text.push_str(&style.below(
                "Mann and Whitney's U with its exact p value, and Hodges and Lehmann's median difference:",
            ));
            text.push_str(&style.table(&rank_sums(&ranks)));
        }
        let table: Vec<&AnovaRow> =
            result.anova.iter().filter(|row| row.analysis == *id && row.kind == 3).collect();
        if !table.is_empty() {
            text.push_str(&style.below(
                "Type III sums of squares (types I and II are in the JSON). The interval is that of the share of \
                 variance which partial η² and ω² estimate:",
            ));
            text.push_str(&style.table(&variances(result, &table)));
            if table.iter().any(|row| row.partial_omega_squared_ci.is_some_and(|[_, high]| high == 0.0)) {
                text.push_str(&style.below(
                    "Where it ends at 0, F is smaller than chance makes it in most trials; that does not show that \
                     the share is 0.",
                ));
            }
        }
    }
    text.push_str(&style.heading("What could be checked"));
    // Each table under the sentence that says of which outcome it is.
    let (of_spread, others): (Vec<&Check>, Vec<&Check>) =
        result.checks.iter().partition(|check| check.code == "equal_variances");
    for check in of_spread {
        text.push_str(&style.paragraph(&format!("{}.", check.message)));
        text.push_str(&style.table(&spreads(result, check)));
        text.push('\n');
    }
    text.push_str(&style.list(&others.iter().map(|check| check.message.clone()).collect::<Vec<_>>()));
    if !result.warnings.is_empty() {
        text.push_str(&style.heading("Worth knowing"));
        text.push_str(&style.list(&result.warnings));
    }
    text.push_str(&style.heading("In short"));
    text.push_str(&style.list(&conclusions(result)));
    text.push_str(&style.below(&format!("trialliance {}", result.version)));
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

/// The variances of a mixed model, in words.
fn components(of: &VarianceComponents) -> String {
    let mut told = format!(
        "Variance between therapists {}, within {}: intraclass correlation {}.",
        short(of.therapist),
        short(of.residual),
        fixed(of.icc, 3)
    );
    if let (Some(slope), Some(covariance)) = (of.slope, of.covariance) {
        let _ = write!(told, " Variance of the context's effect between therapists {}", short(slope));
        let correlation = covariance / (slope * of.therapist).sqrt();
        // None where one of them has no variance.
        if correlation.is_finite() {
            let _ = write!(told, ", correlation with their mean {}", fixed(correlation, 2));
        }
        told.push('.');
    }
    told
}

fn estimates(result: &TrialAnalysis, id: &str) -> Table {
    let level = interval(result);
    let mut head = vec![("estimand", Align::Left)];
    head.extend(["estimate", &level, "SE", "df", "p"].map(|name| (name, Align::Right)));
    let rows: Vec<&AnalyzedRow> = result.results.iter().filter(|row| row.analysis == id).collect();
    let together = rows.iter().any(|row| row.p_adjusted.is_some());
    if together {
        head.push(("p together", Align::Right));
    }
    let margin = result.analyses.get(id).and_then(|one| one.options.get("margin")?.as_f64());
    let probable = margin.map_or_else(|| "P(benefit)".to_owned(), |margin| format!("P(benefit > {margin})"));
    let posterior = rows.iter().any(|row| row.probability_above.is_some());
    if posterior {
        head.push((&probable, Align::Right));
    }
    let standardised = rows.iter().any(|row| row.hedges_g.is_some());
    if standardised {
        head.push(("Hedges g", Align::Right));
    }
    let ratio = rows.iter().find_map(|row| row.ratio.as_ref()).map(|ratio| format!("{} ({level})", ratio.of));
    head.extend(ratio.as_deref().map(|name| (name, Align::Right)));
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
        if posterior {
            cells.push(row.probability_above.map_or_else(String::new, |chance| fixed(chance, 3)));
        }
        if standardised {
            let decimals = decimals_of(row.hedges_g_ci, 2);
            let limits = row.hedges_g_ci.map_or_else(String::new, |[low, high]| {
                format!(" ({} to {})", fixed(low, decimals), fixed(high, decimals))
            });
            cells.push(row.hedges_g.map_or_else(String::new, |g| fixed(g, decimals) + &limits));
        }
        cells.extend(row.ratio.as_ref().map(|ratio| {
            let [low, high] = ratio.ci.map(short_ratio);
            format!("{} ({low} to {high})", short_ratio(ratio.value))
        }));
        table.row(cells);
    }
    table
}

/// A ratio to two decimals, to more where it is small.
pub(super) fn short_ratio(ratio: f64) -> String {
    fixed(
        ratio,
        if ratio >= 100.0 {
            0
        } else if ratio >= 0.095 {
            2
        } else {
            4
        },
    )
}

/// Patients, mean and standard deviation of an outcome in each arm.
fn spreads(result: &TrialAnalysis, check: &Check) -> Table {
    let mut head = vec![("arm", Align::Left)];
    head.extend(["n", "mean", "SD"].map(|name| (name, Align::Right)));
    let mut table = Table::new(&head);
    for arm in result.data.n_per_arm.keys() {
        // One patient has no standard deviation, and nobody has no mean either.
        let of = |what: &str| {
            let found = check.values.get(&format!("{what}_{arm}")).copied();
            found.filter(|value| value.is_finite())
        };
        let decimals = decimals(of("sd").unwrap_or(0.0));
        table.row(vec![
            arm.clone(),
            optional(of("n"), 0),
            optional(of("mean"), decimals),
            optional(of("sd"), decimals),
        ]);
    }
    table
}

fn variances(result: &TrialAnalysis, rows: &[&AnovaRow]) -> Table {
    let level = interval(result);
    let mut head = vec![("term", Align::Left)];
    head.extend(
        ["sum of squares", "df", "F", "p", "partial η²", "partial ω²", &level]
            .map(|name| (name, Align::Right)),
    );
    let mut table = Table::new(&head);
    let optional =
        |value: Option<f64>, decimals: usize| value.map_or_else(String::new, |value| fixed(value, decimals));
    for row in rows {
        let decimals = decimals_of(row.partial_omega_squared_ci, 3);
        table.row(vec![
            row.term.clone(),
            short(row.sum_of_squares),
            fixed(row.df, 0),
            optional(row.f, 2),
            row.p.map_or_else(String::new, p_value),
            optional(row.partial_eta_squared, decimals),
            optional(row.partial_omega_squared, decimals),
            // Both estimate the same share: they have the same limits.
            row.partial_omega_squared_ci.map_or_else(String::new, |[low, high]| {
                format!("{} to {}", fixed(low, decimals), fixed(high, decimals))
            }),
        ]);
    }
    table
}

/// The name of an interval.
pub(super) fn interval(result: &TrialAnalysis) -> String {
    // 0.975 times 100 leaves a digit of rounding behind.
    let percent = fixed(100.0 * result.confidence_level, 4);
    format!("{} % interval", percent.trim_end_matches('0').trim_end_matches('.'))
}

fn rank_sums(rows: &[&RankSumRow]) -> Table {
    let mut head = vec![("estimand", Align::Left)];
    head.extend(["U", "exact p", "median difference"].map(|name| (name, Align::Right)));
    let mut table = Table::new(&head);
    for row in rows {
        table.row(vec![
            row.estimand.clone(),
            row.u.to_string(),
            row.p_exact.map_or_else(|| "too many patients".to_owned(), p_value),
            row.hodges_lehmann.map_or_else(String::new, short),
        ]);
    }
    table
}

/// Decimals that show three digits of a standard error.
pub(super) fn decimals(se: f64) -> usize {
    if se > 0.0 && se.is_finite() {
        (2.0 - libm::floor(libm::log10(se))).clamp(0.0, 10.0) as usize
    } else {
        3
    }
}

/// Decimals that show at least two digits of an interval's width: none is printed as 0 to 0 that is not.
fn decimals_of(limits: Option<[f64; 2]>, least: usize) -> usize {
    let width = limits.map_or(0.0, |[low, high]| high - low);
    if width > 0.0 {
        ((1.0 - libm::floor(libm::log10(width))).clamp(0.0, 10.0) as usize).max(least)
    } else {
        least
    }
}

fn short(value: f64) -> String {
    fixed(value, if value.abs() >= 100.0 { 1 } else { 3 })
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { fixed(p, 3) }
}

fn csv(result: &TrialAnalysis) -> String {
    let mut text = "analysis,outcome,estimand,estimate,se,df,p,ci_lower,ci_upper,hedges_g,p_adjusted,\
         hedges_g_ci_lower,hedges_g_ci_upper\n"
        .to_owned();
    for row in &result.results {
        let g = row.hedges_g.map_or_else(String::new, |g| g.to_string());
        let together = row.p_adjusted.map_or_else(String::new, |p| p.to_string());
        let [low, high] = row.ci;
        let [g_low, g_high] =
            row.hedges_g_ci.map_or_else(Default::default, |limits| limits.map(|limit| limit.to_string()));
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{low},{high},{g},{together},{g_low},{g_high}",
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
