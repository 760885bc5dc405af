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
    let count = plan.uncertain_numbers;
    let (numbers, they) = match count {
        1 => ("number is", "it stands: this is the power if it is right"),
        _ => ("numbers are", "they stand: this is the power if they are right"),
    };
    let message = format!("{count} {numbers} stated to be uncertain, but simulated as {they}");
    (count > 0).then(|| warning("uncertainty_not_used", message)).into_iter().collect()
}

fn unequal_variances(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    plan.analyses
        .iter()
        .filter(|planned| planned.assumes_equal_variances)
        .filter(|planned| plan.unequal_sds[planned.outcome_number])
        .map(|planned| {
            let advice = match planned.entry.family {
                Family::Differences | Family::FactorialDifferences => "compare with welch",
                _ => "compare `model_se` with `empirical_se`",
            };
            let message =
                format!("{} assumes equal variances, but the scenario's arms differ: {advice}", planned.id);
            warning("unequal_variances", message)
        })
        .collect()
}

fn partially_nested(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    let one_residual = |planned: &&PlannedAnalysis| {
        plan.is_partially_nested
            && !plan.unequal_sds[planned.outcome_number]
            && planned.entry.takes(Field::RandomEffects)
    };
    plan.analyses
        .iter()
        .filter(one_residual)
        .map(|planned| {
            let message = format!(
                "{} assumes that patients without a therapist differ as those of one therapist differ from each \
                 other, but in the scenario all arms have the same SD, so they differ more: its type I error can be \
                 above the level in some comparisons and below it in others; compare `model_se` with `empirical_se`; \
                 gee and cluster_summary do not assume it",
                planned.id
            );
            warning("unequal_variances", message)
        })
        .collect()
}

/// Least squares without an interaction averages over the treatment by the sizes of the arms, the truth does not.
fn averages_differ(plan: &Plan, _: &RunResult) -> Vec<Warning> {
    let sizes = plan.layout.sizes().map(|size| size as f64);
    let weight = |treatment: usize| {
        let pair = [sizes[treatment], sizes[treatment + ARMS / 2]];
        pair[0] * pair[1] / (pair[0] + pair[1])
    };
    if (weight(0) - weight(1)).abs() <= 0.02 * weight(0) {
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
    let blind =
        plan.analyses.iter().filter(|planned| plan.therapists_differ && !planned.entry.allows_clusters);
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
