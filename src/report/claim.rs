//! A published claim, worked out, for people and for programs.

use super::digits::{exact, exact_probability, fixed, whole};
use super::printable;
use super::table::{Align, Table};
use super::text::{item, wrapped};
use crate::estimand::{FACTORIAL, arm_ids, estimands};
use crate::planning::claim::{
    Analysis, Estimated, MOST_PATIENTS, Meaning, Means, OtherSize, Reading, Stated, Unit, Version, WorkedOut,
};
use crate::scenario::standard_factors;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The claim, its readings as a table, what reproduces it, and what it leaves open.
#[must_use]
pub fn claim_text(worked: &WorkedOut) -> String {
    let mut text = wrapped("", &format!("Claim: {}", worked.claim.text)) + "\n";
    let _ = writeln!(text, "{}", wrapped("", &patients(worked)));
    match &worked.means {
        None => {
            let _ = write!(text, "\n━━ What it may mean\n\n{}", readings(worked).plain());
        }
        Some(means) => {
            let _ = write!(text, "\n━━ Spread of the arms\n\n{}", spread(worked, means).plain());
            for version in &means.versions {
                let which = if version.centres { "by the centres of the intervals" } else { "as stated" };
                let _ = write!(text, "\n━━ Effects {which}\n\n{}", effects(worked, version).plain());
            }
        }
    }
    text.push_str("\n━━ In short\n");
    for sentence in answers(worked) {
        let _ = writeln!(text, "{}", item(&sentence));
    }
    text.push_str("\n━━ What the claim leaves open\n");
    for sentence in &worked.left_open {
        let _ = writeln!(text, "{}", item(sentence));
    }
    printable(&text)
}

/// The same as data, with the scenario.
#[must_use]
pub fn claim_json(worked: &WorkedOut) -> Value {
    let arms = arm_ids(&standard_factors());
    let by_arm = |values: [Value; 4]| -> Value {
        Value::Object(arms.iter().cloned().zip(values).collect::<Map<String, Value>>())
    };
    let taken = worked.taken.map(|index| json!(index));
    let other = |other: &OtherSize| {
        json!({
            "n_is": if other.per_arm { "per_arm" } else { "per_group" },
            "n_total": other.patients,
            "power": other.power,
            "reproduces": other.reproduces,
        })
    };
    json!({
        "claim": worked.claim.text,
        "n_per_arm": worked.sizes.map(|sizes| by_arm(sizes.map(Value::from))),
        "power_claimed": worked.claim.power.map(|(power, _)| power),
        "power_of_n_needed": worked.target,
        "alpha": worked.alpha,
        "readings": worked.readings.iter().map(reading_json).collect::<Value>(),
        "reading_of_scenario": taken,
        "means": worked.means.as_ref().map(|means| json!({
            "sd": by_arm(means.sds.map(Value::from)),
            "sd_pooled": means.pooled_sd,
            "equal_sd_p": means.equal_sds_p,
            "off_centre": by_arm(means.off_centre.map(Value::from)),
            "versions": means.versions.iter().map(version_json).collect::<Value>(),
        })),
        "other_n": worked.alternatives.sizes.iter().map(other).collect::<Value>(),
        "correlation_that_reproduces": worked.alternatives.correlation,
        "correlation_that_reproduces_time": worked.alternatives.correlation_of_time,
        "interaction_as_large": worked.alternatives.equal_interaction.map(|equal| json!({
            "power": equal.power,
            "n_needed": equal.needed,
        })),
        "left_open": worked.left_open,
        "scenario": worked.scenario,
    })
}

fn reading_json(reading: &Reading) -> Value {
    json!({
        "of": reading.id(),
        "sd": reading.unit.word(),
        "analysis": reading.analysis.word(),
        "d": reading.d,
        "f": reading.f,
        "partial_eta_squared": reading.partial_eta_squared,
        "difference": reading.difference,
        "power": reading.power,
        "n_needed": reading.needed,
        "reproduces": reading.reproduces,
    })
}

fn version_json(version: &Version) -> Value {
    let names = estimands(&standard_factors());
    let effects = version.effects.iter().map(|effect| {
        json!({
            "estimand": names[effect.index].id,
            "difference": effect.value,
            "se": effect.se,
            "interval": effect.interval,
            "d": effect.d,
            "f": effect.f,
            "partial_eta_squared": effect.partial_eta_squared,
            "power": effect.power,
            "n_needed": effect.needed,
            "reproduces": effect.reproduces,
            "nearer_limit": effect.at_nearer_limit.map(|(limit, power)| json!({"difference": limit, "power": power})),
        })
    });
    json!({"means": if version.centres { "centres" } else { "stated" }, "effects": effects.collect::<Value>()})
}

/// How many patients, and at which level.
fn patients(worked: &WorkedOut) -> String {
    let alpha = format!("two-sided alpha {}", exact(worked.alpha));
    match worked.sizes {
        None => format!("No number of patients; {alpha}."),
        Some(sizes) => {
            let arms = arm_ids(&standard_factors());
            let arms: Vec<String> =
                arms.iter().zip(sizes).map(|(arm, size)| format!("{arm} {size}")).collect();
            let total: u64 = sizes.iter().sum();
            format!("{} patients ({}); {alpha}.", whole(total), arms.join(", "))
        }
    }
}

fn readings(worked: &WorkedOut) -> Table {
    let (difference, target) = (unit(worked), n_for(worked));
    let several_units = worked.readings.iter().any(|reading| reading.unit == Unit::Residual);
    let mut head = vec![("the number is of", Align::Left)];
    head.extend(several_units.then_some(("in SDs of", Align::Left)));
    head.extend([("analysis", Align::Left), ("d", Align::Right), ("f", Align::Right)]);
    head.extend([("partial η²", Align::Right), (difference.as_str(), Align::Right)]);
    head.extend(worked.sizes.map(|_| ("power", Align::Right)));
    head.push((&target, Align::Right));
    let mut table = Table::new(&head);
    for reading in &worked.readings {
        let optional = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), significant);
        let unit = if reading.unit == Unit::Residual { "what the baseline leaves" } else { "the outcome" };
        let mut row = vec![reading.of()];
        row.extend(several_units.then(|| unit.to_owned()));
        row.extend([reading.analysis.word().to_owned(), optional(reading.d), significant(reading.f)]);
        row.extend([significant(reading.partial_eta_squared), optional(reading.difference)]);
        row.extend(reading.power.map(|power| marked(power, reading.reproduces)));
        row.push(needed(reading.needed));
        table.row(row);
    }
    table
}

/// A power, with a sign if it is the claimed one.
fn marked(power: f64, reproduces: Option<bool>) -> String {
    exact_probability(power) + if reproduces == Some(true) { " ✓" } else { "" }
}

fn spread(worked: &WorkedOut, means: &Means) -> Table {
    let head = [
        ("arm", Align::Left),
        ("stated", Align::Left),
        ("n", Align::Right),
        ("mean", Align::Right),
        ("centre", Align::Right),
        ("SD", Align::Right),
    ];
    let mut table = Table::new(&head);
    let Stated::Means(arms) = &worked.claim.effect else { return table };
    for (arm, id) in arm_ids(&standard_factors()).into_iter().enumerate() {
        let size = worked.sizes.map_or_else(String::new, |sizes| sizes[arm].to_string());
        let centre = arms[arm].centre().map_or_else(|| "–".to_owned(), exact);
        let row = vec![
            id,
            arms[arm].text.clone(),
            size,
            exact(arms[arm].mean),
            centre,
            significant(means.sds[arm]),
        ];
        table.row(row);
    }
    table.row(vec![
        "pooled".into(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        significant(means.pooled_sd),
    ]);
    table
}

fn effects(worked: &WorkedOut, version: &Version) -> Table {
    let names = estimands(&standard_factors());
    let level = format!("{} % interval", exact(100.0 * (1.0 - worked.alpha)));
    let (difference, target) = (unit(worked), n_for(worked));
    let head = [
        ("estimand", Align::Left),
        (difference.as_str(), Align::Right),
        ("SE", Align::Right),
        (&level, Align::Right),
        ("d", Align::Right),
        ("f", Align::Right),
        ("partial η²", Align::Right),
        ("power", Align::Right),
        (&target, Align::Right),
    ];
    let mut table = Table::new(&head);
    for effect in &version.effects {
        let [lower, upper] = effect.interval.map(|limit| fixed(limit, decimals(effect.se)));
        table.row(vec![
            names[effect.index].id.clone(),
            exact(effect.value),
            significant(effect.se),
            format!("{lower} to {upper}"),
            fixed(effect.d, 2),
            significant(effect.f),
            significant(effect.partial_eta_squared),
            marked(effect.power, effect.reproduces),
            needed(effect.needed),
        ]);
    }
    table
}

/// What follows, in sentences.
fn answers(worked: &WorkedOut) -> Vec<String> {
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
            None => format!("{start}; its interval includes 0, where only alpha is left."),
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
        (Meaning::Contrast(_), Unit::Residual) => ", in residual SDs",
        _ => "",
    };
    format!("{}, {}{unit}", reading.of(), reading.analysis.word())
}

/// Whether differences have the outcome's own units.
fn has_sd(worked: &WorkedOut) -> bool {
    match &worked.claim.effect {
        Stated::Standardised(effect) => effect.sd.is_some() || effect.residual_sd.is_some(),
        Stated::Means(_) => true,
    }
}

/// The head of the differences.
fn unit(worked: &WorkedOut) -> String {
    match (has_sd(worked), &worked.claim.unit) {
        (false, _) => "difference, SD".to_owned(),
        (true, Some(unit)) => format!("difference, {unit}"),
        (true, None) => "difference".to_owned(),
    }
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

fn percentage(power: f64) -> String {
    format!("{} %", exact(100.0 * power))
}

fn n_for(worked: &WorkedOut) -> String {
    format!("n for {}", percentage(worked.target))
}

fn needed(patients: Option<u64>) -> String {
    patients.map_or_else(|| format!("more than {}", whole(MOST_PATIENTS)), whole)
}

/// Three significant digits.
fn significant(value: f64) -> String {
    exact(significant_value(value))
}

fn significant_value(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Decimals that a standard error supports.
fn decimals(se: f64) -> usize {
    (1.0 - libm::floor(libm::log10(se))).clamp(0.0, 9.0) as usize
}
