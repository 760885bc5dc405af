//! The simulation as simulation studies are described: aims, data, estimands, methods, performance.
//!
//! Source: Morris, White, Crowther (2019), Stat. Med. 38:2074.

use super::paragraphs::Paragraph;
use crate::planning::Protocol;
use crate::report::digits::{exact, exact_probability, measure, probability, whole};

/// The appendix's paragraphs.
pub(super) fn all(protocol: &Protocol, command: &str) -> Vec<Paragraph> {
    let run = &protocol.run;
    let made = &protocol.made;
    let paragraph = |id, title, text| Paragraph { id, title, text, stated: Vec::new() };
    let estimands: Vec<String> = run
        .results
        .iter()
        .filter(|row| row.primary)
        .filter_map(|row| Some(format!("{}: {}", row.estimand, run.estimands.get(&row.estimand)?)))
        .collect();
    let methods: Vec<String> =
        run.analyses.iter().map(|(id, analysis)| format!("{id}: {}", analysis.description)).collect();
    let performance: Vec<String> = run
        .results
        .iter()
        .filter(|row| row.primary)
        .map(|row| {
            format!(
                "{} ({}): power {}, coverage {}, bias {}, empirical standard error {}, model standard error {}",
                row.estimand,
                row.analysis,
                probability(&row.power),
                probability(&row.coverage),
                measure(&row.bias),
                measure(&row.empirical_se),
                measure(&row.model_se)
            )
        })
        .collect();
    let worst =
        run.results.iter().filter(|row| row.primary).filter_map(|row| row.power.mcse).fold(0.0, f64::max);
    vec![
        paragraph(
            "aims",
            "Aims",
            format!(
                "To find the power of {} for its primary hypotheses, and how its estimates behave.",
                made.scenario.name
            ),
        ),
        paragraph(
            "data",
            "Data-generating mechanism",
            format!(
                "Patients, arms, responses and what is recorded of them are drawn as the scenario states (hash {}); \
                 `trialliance explain` puts it in words. Engine: {} ({}).",
                made.scenario.hash, made.engine, made.engine_why
            ),
        ),
        paragraph("estimands", "Estimands", format!("{}.", estimands.join("; "))),
        paragraph("methods", "Methods", format!("{}.", methods.join("; "))),
        paragraph(
            "performance",
            "Performance measures",
            format!(
                "{}. The largest Monte Carlo standard error of a primary power is {} with {} trials.",
                performance.join("; "),
                exact_probability(worst),
                whole(made.replicates)
            ),
        ),
        paragraph(
            "again",
            "Reproduction",
            format!("Seed {}, version {}; {command}. Alpha {}.", made.seed, made.version, exact(run.alpha)),
        ),
    ]
}
