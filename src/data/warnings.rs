//! What a careful reader should be told of an analysis.

use super::result::FittedAnalysis;
use super::{Dataset, Roles};
use crate::analysis::caution;
use crate::analysis::registry::{self, Entry, OF_ONE_TRIAL};
use crate::scenario::AnalysisSpec;

/// Words that the names of what is measured after treatment often have.
const LATER: [&str; 8] = ["post", "after", "outcome", "follow", "week", "wai", "rescue", "responder"];

/// All warnings of analysis number `number`.
pub(super) fn warnings(
    data: &Dataset,
    roles: &Roles,
    spec: &AnalysisSpec,
    id: &str,
    fitted: &FittedAnalysis,
    number: usize,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let analyzed: u64 = fitted.n_analyzed.values().sum();
    let all = data.arms.len() as u64;
    let who = if analyzed == all { format!("all {all}") } else { format!("{analyzed} of {all}") };
    let is_gone = |visit: &String| data.index(visit).is_some_and(|index| has_gaps(&data.columns[index]));
    let takes_visits = registry::find(&spec.method).is_some_and(Entry::needs_visits);
    if takes_visits && spec.visits.iter().flatten().chain([&spec.outcome]).any(is_gone) {
        warnings.push(format!(
            "{id} uses every visit that was measured, of {who} patients: unless what is missing depends \
             on nothing but covariates and measured visits, its estimates can be biased"
        ));
    } else if analyzed < all {
        warnings.push(format!(
            "{id} uses {who} patients, those in whom all that it needs was measured: unless what is \
             missing depends on nothing else, its estimates can be biased"
        ));
    }
    for name in spec.covariates.iter().flatten().chain(&spec.moderator) {
        let small = name.to_lowercase();
        let is_outcome = roles.analyses.iter().any(|analysis| analysis.outcome == *name);
        let own = roles.baselines.iter().any(|(_, baseline)| baseline == name);
        if is_outcome || (!own && LATER.iter().any(|word| small.contains(word))) {
            warnings.push(format!(
                "{name} in {id} sounds like something measured after randomisation: adjusting for it takes away a \
                 part of the effect, or makes one up"
            ));
        }
    }
    if spec.method == "permutation" {
        let resamples = spec.resamples.unwrap_or(OF_ONE_TRIAL.resamples);
        warnings.push(format!(
            "{id} drew {resamples} permutations: its p values are multiples of 1/{}",
            resamples + 1
        ));
        if roles.block.is_none() {
            warnings.push(format!(
                "{id} permutes among all patients: if they were assigned in blocks, name the column by --block; after \
                 minimisation or an urn its p values are not exact"
            ));
        }
    }
    let entry = registry::find(&spec.method);
    let lacks = data.index(&spec.outcome).is_some_and(|index| data.columns[index].iter().any(|y| y.is_nan()));
    let caution = entry.and_then(|entry| caution(entry, spec)).filter(|caution| lacks || !caution.of_missing);
    if caution.as_ref().is_some_and(|caution| caution.of_missing) {
        let data_sets = spec.imputation.and_then(|of| of.data_sets).unwrap_or(OF_ONE_TRIAL.data_sets);
        warnings.push(format!(
            "{id} completed the data {data_sets} times; another --seed, that is other draws, gives somewhat other numbers"
        ));
    }
    if spec.mediator.is_some() {
        let resamples = spec.resamples.unwrap_or(OF_ONE_TRIAL.resamples);
        warnings.push(format!(
            "{id} drew {resamples} bootstrap samples for the limits of the indirect effect; its p value is that of \
             Sobel's test, which claims too seldom where both paths are weak"
        ));
    }
    warnings.extend(caution.map(|caution| format!("{id} {}", caution.message)));
    let clustered = entry.is_some_and(|entry| !entry.allows_clusters);
    if clustered && number == 0 && roles.therapist.is_some() {
        warnings.push(format!(
            "{id} takes patients for independent; if those of one therapist have something in common its standard \
             errors are wrong"
        ));
    }
    warnings
}

fn has_gaps(column: &[f64]) -> bool {
    column.iter().any(|value| value.is_nan())
}
