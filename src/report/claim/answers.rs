//! What follows from a claim, in sentences.

use super::{has_sd, needed, percentage, significant_value};
use crate::estimand::{FACTORIAL, estimands};
use crate::planning::claim::{Analysis, Estimated, Meaning, Means, Reading, Unit, WorkedOut};
use crate::report::digits::{exact, exact_probability, fixed, whole};
use crate::scenario::standard_factors;

/// What follows, in sentences.
pub(super) fn answers(worked: &WorkedOut) -> Vec<String> {
    let mut said: Vec<String> = verdict(worked).into_iter().collect();
    if let Some(means) = &worked.means {
        said.extend(of_means(worked, means));
    }
    if let Some(taken) = worked.taken {
        said.extend(of_reading(worked, &worked.readings[taken]));
    }
    said
}

/// What follows from the reading that the scenario takes.
fn of_reading(worked: &WorkedOut, taken: &Reading) -> Vec<String> {
    let mut said = Vec::new();
    let what = taken.of();
    for other in &worked.alternatives.sizes {
        let of = if other.per_arm { "each arm" } else { "each of the two groups compared" };
        let judged = if other.reproduces == Some(true) { ", as claimed" } else { "" };
        said.push(format!(
            "If n is of {of}, {} patients in all, the power for {what} is {}{judged}.",
            whole(other.patients),
            exact_probability(other.power)
        ));
    }
    let claimed = worked.claim.power.map_or_else(String::new, power_claimed);
    if let Some(r) = worked.alternatives.correlation {
        said.push(format!(
            "For {what} the claimed {claimed} follows if the analysis is adjusted for a baseline that correlates with \
             the outcome at {}.",
            fixed(r, 2)
        ));
    }
    if let Some(r) = worked.alternatives.correlation_of_time {
        said.push(format!(
            "For group × time the claimed {claimed} follows if baseline and outcome correlate at {}.",
            fixed(r, 2)
        ));
    }
    if let Some(equal) = worked.alternatives.equal_interaction {
        let power = equal.power.map_or_else(String::new, |power| {
            format!("has a power of {} with these patients; it ", exact_probability(power))
        });
        said.push(format!(
            "An interaction as large as {what} (a difference of differences of {}) {power}needs {} for {}.",
            with_unit(worked, significant_value(taken.difference.unwrap_or(f64::NAN).abs())),
            needed(equal.needed),
            percentage(worked.target)
        ));
    }
    let size = taken.difference.map_or_else(
        || format!("f {}", exact(taken.f)),
        |difference| with_unit(worked, significant_value(difference)),
    );
    let of = match (taken.stated, taken.meaning) {
        (false, _) => format!("{what}, of the alliance"),
        (true, Meaning::AnyDifference | Meaning::Time) => format!("{what}, for the alliance's main effect"),
        (true, _) => what,
    };
    said.push(format!("The scenario takes {of}: {size}, {}.", taken.analysis.word()));
    said
}

/// What follows from means: for the main effects and the interaction how sure the power is.
fn of_means(worked: &WorkedOut, means: &Means) -> Vec<String> {
    let names = estimands(&standard_factors());
    let Some((stated, others)) = means.versions.split_first() else { return Vec::new() };
    let sentence = |effect: &Estimated| {
        let id = &names[effect.index].id;
        let start = format!(
            "{id}: if {} is the truth, the same trial has a power of {}",
            with_unit(worked, effect.value),
            exact_probability(effect.power)
        );
        match effect.at_nearer_limit {
            Some((limit, power)) => format!(
                "{start}; if {}, the limit of its interval nearer to 0, one of {}.",
                with_unit(worked, significant_value(limit)),
                exact_probability(power)
            ),
            None => format!("{start}; its interval includes 0, where the power is alpha."),
        }
    };
    let mut said: Vec<String> = stated.effects.iter().take(FACTORIAL).map(sentence).collect();
    for centres in others {
        let values = centres.effects.iter().take(FACTORIAL);
        let values: Vec<String> =
            values.map(|effect| format!("{} {}", names[effect.index].id, exact(effect.value))).collect();
        said.push(format!("By the centres of the intervals: {}.", values.join(", ")));
    }
    said
}

/// Which reading gives the claimed power, and which does not.
fn verdict(worked: &WorkedOut) -> Option<String> {
    let claimed = power_claimed(worked.claim.power?);
    let total = worked.sizes?.iter().sum();
    let mut judged: Vec<(String, bool, f64)> = Vec::new();
    for reading in &worked.readings {
        judged.push((named(worked, reading), reading.reproduces?, reading.power?));
    }
    for version in worked.means.iter().flat_map(|means| &means.versions) {
        let which = if version.centres { " by centres" } else { "" };
        for effect in version.effects.iter().take(FACTORIAL) {
            let id = &estimands(&standard_factors())[effect.index].id;
            judged.push((format!("{id}{which}"), effect.reproduces?, effect.power));
        }
    }
    let list = |reproduces: bool| -> Vec<String> {
        let these = judged.iter().filter(|(_, judged, _)| *judged == reproduces);
        these.map(|(name, _, power)| format!("{name} ({})", exact_probability(*power))).collect()
    };
    let (by, not_by) = (list(true), list(false));
    let start = format!("{} patients in all and a power of {claimed}", whole(total));
    Some(match (by.is_empty(), not_by.is_empty()) {
        (true, _) => format!("{start} go together in none of these readings: {}.", not_by.join(", ")),
        (false, true) => format!("{start} go together: {}.", by.join(", ")),
        (false, false) => {
            format!("{start} go together for {}; not for {}.", by.join(", "), not_by.join(", "))
        }
    })
}

/// The claimed power, with its digits.
fn power_claimed((power, decimals): (f64, usize)) -> String {
    fixed(power, decimals.clamp(2, 6))
}

/// A reading, told apart from its neighbours.
fn named(worked: &WorkedOut, reading: &Reading) -> String {
    let alike = worked.readings.iter().filter(|other| other.meaning == reading.meaning).count();
    if alike < 2 && reading.analysis != Analysis::Change {
        return reading.of();
    }
    let unit = match (reading.meaning, reading.unit) {
        (Meaning::Contrast(_) | Meaning::HalfInteraction, Unit::Residual) => ", in residual SDs",
        _ => "",
    };
    format!("{}, {}{unit}", reading.of(), reading.analysis.word())
}

/// A difference with its unit.
fn with_unit(worked: &WorkedOut, value: f64) -> String {
    let value = exact(value);
    match (has_sd(worked), &worked.claim.unit) {
        (false, _) => format!("{value} SD"),
        (true, Some(unit)) => format!("{value} {unit}"),
        (true, None) => value,
    }
}
