//! The analysis of one trial in plain words: what the intervals allow to be said.
//!
//! No sentence says that there is no effect, however narrow the interval: it speaks against effects
//! outside of it, and whether those inside matter is for the reader to judge.

use super::analysis::{decimals, interval, short_ratio};
use super::digits::fixed;
use crate::analysis::registry;
use crate::data::{AnalyzedRow, Ratio, TrialAnalysis};
use crate::estimand::FACTORIAL;

/// What the intervals of the main effects and the interaction allow to be said, for each analysis.
pub(super) fn conclusions(result: &TrialAnalysis) -> Vec<String> {
    let mut sentences = Vec::new();
    for (id, analysis) in &result.analyses {
        let entry = registry::find(&analysis.method);
        let factorial = entry.map_or(FACTORIAL, |entry| entry.family.factorial_effects());
        let rows = result.results.iter().filter(|row| row.analysis == *id).take(factorial);
        sentences.extend(rows.map(|row| conclusion(result, row)));
    }
    sentences
}

fn conclusion(result: &TrialAnalysis, row: &AnalyzedRow) -> String {
    if let Some(ratio) = &row.ratio {
        return on_ratio(result, row, ratio);
    }
    let sentence = on_difference(result, row);
    match &row.nnt {
        Some(nnt) => format!("{sentence} {}.", nnt.words),
        None => sentence,
    }
}

fn direction(row: &AnalyzedRow, value: f64) -> &'static str {
    match row.benefit_sign {
        Some(sign) if value * f64::from(sign) > 0.0 => "a benefit",
        Some(_) => "a harm",
        None if value > 0.0 => "a rise",
        None => "a fall",
    }
}

/// On the scale of the ratio, which is easier to read than its logarithm.
fn on_ratio(result: &TrialAnalysis, row: &AnalyzedRow, ratio: &Ratio) -> String {
    let [low, high] = ratio.ci.map(short_ratio);
    let of = format!("{} {}", ratio.of, short_ratio(ratio.value));
    let start = format!("{} ({}, {}): {of}", row.estimand, row.outcome, row.analysis);
    if row.p_adjusted.unwrap_or(row.p) < result.alpha {
        let direction = direction(row, row.estimate);
        return format!("{start}, {direction}; the data go with anything from {low} to {high}.");
    }
    let [below, above] = row.ci.map(|limit| limit < 0.0);
    let beyond = if below && !above { ": it speaks only against ratios beyond these limits" } else { "" };
    format!(
        "{start}, not told apart from 1; the data go with anything from {low} to {high}. That does not show that \
         there is no effect{beyond}."
    )
}

fn on_difference(result: &TrialAnalysis, row: &AnalyzedRow) -> String {
    let decimals = decimals(row.se);
    let [low, high] = row.ci;
    let level = interval(result);
    let start =
        format!("{} ({}, {}): {}", row.estimand, row.outcome, row.analysis, fixed(row.estimate, decimals));
    let direction = |value: f64| direction(row, value);
    let both_signs = low < 0.0 && high > 0.0;
    let range = if both_signs {
        format!(
            "{} of {} to {} of {}",
            direction(low),
            fixed(low.abs(), decimals),
            direction(high),
            fixed(high.abs(), decimals)
        )
    } else {
        format!("{} to {}", fixed(low, decimals), fixed(high, decimals))
    };
    let analysis = result.analyses.get(&row.analysis);
    if let Some((claim, level)) = analysis.and_then(|one| Some((one.claim.as_ref()?, one.level))) {
        let shown = if row.p <= level { "the data show" } else { "the data do not show" };
        return format!("{start}; {shown} that {claim}; they go with anything from {range}.");
    }
    let told_apart = row.p_adjusted.unwrap_or(row.p) < result.alpha;
    if told_apart && !both_signs {
        return format!("{start}, {}; the data go with anything from {range}.", direction(row.estimate));
    }
    if told_apart {
        let why = format!("told apart from 0 at the level {}, but not by the {level}", result.alpha);
        return format!("{start}, {}, {why}: that goes with anything from {range}.", direction(row.estimate));
    }
    let why = match row.p_adjusted {
        _ if both_signs => String::new(),
        Some(together) if together > row.p => " once the hypotheses are judged together".to_owned(),
        _ => format!(" at the level {}", result.alpha),
    };
    // Where the test alone holds on to 0, the limits do not: then nothing is said of what lies beyond them.
    let beyond = if both_signs { ": it speaks only against effects beyond these limits" } else { "" };
    format!(
        "{start}, not told apart from 0{why}; the data go with anything from {range}. That does not show that \
         there is no effect{beyond}."
    )
}
