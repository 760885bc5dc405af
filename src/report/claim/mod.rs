//! A published claim, worked out, for people and for programs.

mod answers;
mod json;

pub use json::claim_json;

use super::digits::{exact, exact_probability, fixed, whole};
use super::printable;
use super::table::{Align, Table};
use super::text::{item, wrapped};
use crate::estimand::{arm_ids, estimands};
use crate::planning::claim::{MOST_PATIENTS, Means, Stated, Unit, Version, WorkedOut};
use crate::scenario::standard_factors;
use answers::answers;
use std::fmt::Write as _;

/// What stands in the table of readings.
const KEY: &str = "d is the difference ÷ SD, for the interaction the difference of differences ÷ SD. f is σ_m ÷ SD, where \
                   σ_m is the standard deviation of the effect's parts of the four means: d/2 for a main effect, d/4 for \
                   the interaction and group × time, d/√8 for two arms of the four. n is in all, in equal arms. Power is exact (noncentral \
                   F); ✓ marks the claimed power.";

/// The claim, its readings as a table, what reproduces it, and what it leaves open.
#[must_use]
pub fn claim_text(worked: &WorkedOut) -> String {
    let mut text = wrapped("", &format!("Claim: {}", worked.claim.text)) + "\n";
    let _ = writeln!(text, "{}", wrapped("", &patients(worked)));
    match &worked.means {
        None => {
            let _ = write!(text, "\n━━ What it may mean\n\n{}\n", readings(worked).plain());
            let _ = writeln!(text, "{}", wrapped("", KEY));
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
