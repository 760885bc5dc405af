//! What a careful reader should be told about a result.

use super::plan::{Plan, PlannedAnalysis};
use crate::estimand::{ARMS, Family};
use crate::result::{Row, RunResult, TruthKind, Warning};
use crate::scenario::Field;

/// Power below which an interaction is called underpowered.
const ENOUGH_POWER: f64 = 0.8;

/// Share of failed analyses above which they are pointed out.
const MANY_FAILURES: f64 = 0.01;

/// All warnings, each at most once per analysis.
pub(super) fn warnings(plan: &Plan, result: &RunResult) -> Vec<Warning> {
    let rules: [fn(&Plan, &RunResult) -> Vec<Warning>; 11] = [
        uncertain_numbers,
        confounded,
        unequal_variances,
        partially_nested,
        clustered,
        averages_differ,
        missing_outcomes,
        assumptions,
        failed_fits,
        interaction_underpowered,
        main_effects_not_simple,
    ];
    rules.iter().flat_map(|rule| rule(plan, result)).collect()
}

fn warning(code: &str, message: String) -> Warning {
    Warning { code: code.to_owned(), message }
}

fn uncertain_numbers(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    uncertainty_not_used(plan.uncertain_numbers).into_iter().collect()
}

/// That so many numbers are uncertain and simulated as they stand; none if there are none.
#[must_use]
pub fn uncertainty_not_used(count: usize) -> Option<Warning> {
    let (numbers, they) = match count {
        1 => ("number is", "it stands: this is the power if it is right"),
        _ => ("numbers are", "they stand: this is the power if they are right"),
    };
    let message = format!("{count} {numbers} stated to be uncertain, but simulated as {they}");
    (count > 0).then(|| warning("uncertainty_not_used", message))
}

fn unequal_variances(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    plan.analyses
        .iter()
        .filter(|planned| planned.assumes_equal_variances && plan.unequal_sds[planned.outcome_number])
        // What it assumes there is another thing.
        .filter(|planned| !(plan.is_partially_nested && has_one_residual(planned)))
        .map(|planned| {
            let differ = plan.therapists_differ[planned.outcome_number];
            let advice = match planned.entry.family {
                Family::Differences | Family::FactorialDifferences if !differ => "compare with welch",
                _ => "compare `model_se` with `empirical_se`",
            };
            let message =
                format!("{} assumes equal variances, but the scenario's arms differ: {advice}", planned.id);
            warning("unequal_variances", message)
        })
        .collect()
}

/// Whether it gives patients with and without a therapist the same residual.
fn has_one_residual(planned: &PlannedAnalysis) -> bool {
    planned.entry.takes(Field::RandomEffects)
}

fn partially_nested(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    plan.analyses
        .iter()
        .filter(|planned| has_one_residual(planned) && plan.stand_alone_otherwise[planned.outcome_number])
        .map(|planned| {
            let message = format!(
                "{} assumes that patients without a therapist differ as those of one therapist differ from each \
                 other, which in the scenario they do not: where all arms have the same SD, they differ more. Its type I \
                 error can be above the level in some comparisons and below it in others; compare `model_se` with \
                 `empirical_se`; gee and cluster_summary do not assume it",
                planned.id
            );
            warning("unequal_variances", message)
        })
        .collect()
}

/// Least squares without an interaction averages over the treatment by the sizes of the arms, the truth does not.
fn averages_differ(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    // What is left of an even number by halves is no reason.
    let is_even = |context: usize| {
        let [first, second] =
            [0, 1].map(|treatment| plan.planned_sizes[context * (ARMS / 2) + treatment] as f64);
        (first - second).abs() <= 0.05 * first.max(second)
    };
    if is_even(0) && is_even(1) {
        return Vec::new();
    }
    let averages = |planned: &&PlannedAnalysis| {
        planned.entry.family == Family::Indirect && plan.interacts[planned.outcome_number]
    };
    plan.analyses
        .iter()
        .filter(averages)
        .map(|planned| {
            let message = format!(
                "{} averages the effects of the context over the treatment by the sizes of the arms, which differ, \
                 as the effects do: its truth weighs both levels of the treatment equally, and what lies between \
                 is told as bias; plan equal arms, or no interaction",
                planned.id
            );
            warning("averages_differ", message)
        })
        .collect()
}

fn confounded(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    plan.analyses
        .iter()
        .filter_map(|planned| {
            let (associational, mcse) = planned.associational.filter(|(slope, _)| slope.is_finite())?;
            let message = format!(
                "nothing is assigned, so {} finds an association: without covariates its slope in the whole \
                 population is {associational:.4} (Monte Carlo standard error {mcse:.4}), the causal one {:.4}; what \
                 lies between is confounding, and the rating's error and ceiling",
                planned.id, planned.truths.value[0]
            );
            Some(warning("confounded", message))
        })
        .collect()
}

fn clustered(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    let is_blind = |planned: &&PlannedAnalysis| {
        plan.therapists_differ[planned.outcome_number] && !planned.entry.allows_clusters
    };
    let blind = plan.analyses.iter().filter(is_blind);
    blind
        .map(|planned| {
            let message = format!(
                "{} takes patients for independent, but those of one therapist have something in common: its \
                 standard errors and its type I error can be wrong; compare `model_se` with `empirical_se`",
                planned.id
            );
            warning("clustered", message)
        })
        .collect()
}

fn assumptions(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    let one = |planned: &PlannedAnalysis| {
        let caution = planned.caution.as_ref().filter(|caution| plan.lacks_values || !caution.of_missing)?;
        Some(warning(caution.code, format!("{} {}", planned.id, caution.message)))
    };
    plan.analyses.iter().filter_map(one).collect()
}

fn missing_outcomes(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    if !plan.lacks_values {
        return Vec::new();
    }
    // Whoever fills in missing values says so by its caution.
    let imputes =
        |planned: &&PlannedAnalysis| planned.caution.as_ref().is_some_and(|caution| caution.of_missing);
    let takes_visits = |planned: &&PlannedAnalysis| !planned.estimator.analysis().any_of().is_empty();
    let others = plan.analyses.iter().filter(|planned| !imputes(planned));
    let (by_visit, whole): (Vec<_>, Vec<_>) = others.partition(takes_visits);
    let which =
        if whole.len() == plan.analyses.len() { "each analysis" } else { "each of the other analyses" };
    let mut warnings = Vec::new();
    warnings.extend(by_visit.iter().map(|planned| {
        let message = format!(
            "{} takes every visit that was measured: unless what is missing depends on nothing but covariates and \
             measured visits, its estimates can be biased",
            planned.id
        );
        warning("missing_outcomes", message)
    }));
    if !whole.is_empty() {
        let message = format!(
            "outcomes are missing or not used in some patients, and {which} takes the patients in whom all that it \
             needs is there: unless what is missing depends on nothing else, its estimates can be biased"
        );
        warnings.push(warning("missing_outcomes", message));
    }
    warnings
}

fn failed_fits(plan: &Plan, result: &RunResult) -> Vec<Warning> {
    plan.analyses
        .iter()
        .filter_map(|planned| {
            let row = result.results.iter().find(|row| row.analysis == planned.id)?;
            let share = row.failures as f64 / result.replicates as f64;
            (share > MANY_FAILURES).then(|| {
                warning(
                    "failed_fits",
                    format!(
                        "{} gave no answer in {} of {} trials; its power counts the others only",
                        planned.id, row.failures, result.replicates
                    ),
                )
            })
        })
        .collect()
}

/// The interaction of the first primary analysis, with its main effects.
fn primary_rows<'a>(plan: &Plan, result: &'a RunResult) -> Option<Vec<&'a Row>> {
    let first = plan.primary.first()?;
    Some(result.results.iter().filter(|row| row.analysis == first.analysis).collect())
}

/// Whether the truth is not zero, and if it was simulated, more than an instrument makes of zero:
/// beyond a tenth of the standard error of the estimate.
fn is_there(row: &Row) -> bool {
    let noise = match row.truth.kind {
        TruthKind::Exact | TruthKind::Undefined => 0.0,
        TruthKind::Simulated => 4.0 * row.truth.mcse + 0.1 * row.empirical_se.value.unwrap_or(0.0),
    };
    row.truth.value.abs() > noise
}

fn interaction_underpowered(plan: &Plan, result: &RunResult) -> Vec<Warning> {
    let Some(rows) = primary_rows(plan, result) else { return Vec::new() };
    let Some(interaction) = rows.iter().find(|row| row.estimand == "interaction" && row.primary) else {
        return Vec::new();
    };
    match interaction.power.value {
        Some(power) if is_there(interaction) && power < ENOUGH_POWER => vec![warning(
            "interaction_underpowered",
            format!(
                "the interaction is not zero but would be found in only {:.0} % of trials: an interaction as \
                 large as a main effect needs about four times as many patients; do not choose the analysis by \
                 testing it",
                100.0 * power
            ),
        )],
        _ => Vec::new(),
    }
}

fn main_effects_not_simple(plan: &Plan, result: &RunResult) -> Vec<Warning> {
    let Some(rows) = primary_rows(plan, result) else { return Vec::new() };
    let found = rows.iter().find(|row| row.estimand == "interaction").filter(|row| is_there(row));
    let Some(interaction) = found.map(|row| row.truth.value) else { return Vec::new() };
    let names: Vec<&str> = rows.iter().map(|row| row.estimand.as_str()).collect();
    let [context, treatment, _, context_simple, _, treatment_simple, ..] = names.as_slice() else {
        return Vec::new();
    };
    vec![warning(
        "main_effects_not_simple",
        format!(
            "with an interaction the main effects of {context} and {treatment} are averages: each differs from \
             the simple effects {context_simple} and {treatment_simple} by half the interaction ({:.3})",
            interaction / 2.0
        ),
    )]
}
