//! Outcomes that were not measured: how often, and whether the arms differ in that.
//!
//! Limits of shares are Wilson's (1927, J. Am. Stat. Assoc. 22:209). Shares are stated by arm where
//! Pearson's χ² test tells the arms apart.

use super::draft::Sheet;
use super::estimate::{Distribution, Estimate};
use super::variables::Variable;
use crate::estimand::{ARMS, arm_ids};
use crate::scenario::Factor;
use crate::stats::{chi_squared, normal};
use serde_json::{Map, Value, json};

/// Below this p value the arms have shares of their own.
const DIFFERENT: f64 = 0.05;

/// The reasons for missing outcomes, one for outcomes that are missing in the same patients.
pub(super) fn missing(
    arms: &[u8],
    factors: &[Factor],
    outcomes: &[&Variable<'_>],
    sheet: &mut Sheet,
) -> Vec<Value> {
    let mut groups: Vec<(Vec<bool>, Vec<String>)> = Vec::new();
    for outcome in outcomes {
        let lacks: Vec<bool> = outcome.values.iter().map(|value| value.is_nan()).collect();
        if !lacks.contains(&true) {
            continue;
        }
        match groups.iter_mut().find(|(pattern, _)| *pattern == lacks) {
            Some((_, names)) => names.push(outcome.name.clone()),
            None => groups.push((lacks, vec![outcome.name.clone()])),
        }
    }
    if groups.len() > 1 {
        sheet.note(
            "outcomes are missing in different patients: the scenario takes each for missing by itself"
                .to_owned(),
        );
    }
    let reason = |(index, (lacks, names)): (usize, &(Vec<bool>, Vec<String>))| json!({"outcomes": names, "rate": rate(arms, factors, lacks, names, index, sheet)});
    groups.iter().enumerate().map(reason).collect()
}

fn rate(
    arms: &[u8],
    factors: &[Factor],
    lacks: &[bool],
    names: &[String],
    index: usize,
    sheet: &mut Sheet,
) -> Value {
    let at = format!("/observation/missing/{index}/rate");
    let (mut sizes, mut missing) = ([0.0; ARMS], [0.0; ARMS]);
    for (&arm, &lacks) in arms.iter().zip(lacks) {
        sizes[usize::from(arm) % ARMS] += 1.0;
        missing[usize::from(arm) % ARMS] += f64::from(u8::from(lacks));
    }
    let names = names.join(" and ");
    let mut add = |missing: f64, size: f64, place: String, of: &str| {
        let estimate = share(missing, size);
        let [low, high] = estimate.interval.unwrap_or([f64::NAN; 2]);
        let how = format!(
            "{missing} of {size} patients{of}, 95 % interval {:.1} to {:.1} %",
            100.0 * low,
            100.0 * high
        );
        sheet.add(estimate.named(place, format!("{names}: share missing{of}"), how))
    };
    let p = homogeneity(&missing, &sizes);
    if p >= DIFFERENT {
        return add(missing.iter().sum(), sizes.iter().sum(), at, "");
    }
    let by_arm: Map<String, Value> = arm_ids(factors)
        .into_iter()
        .enumerate()
        .map(|(arm, id)| {
            let rate = add(missing[arm], sizes[arm], format!("{at}/{id}"), &format!(" in {id}"));
            (id, rate)
        })
        .collect();
    sheet.note(format!("the arms differ in how often {names} is missing (p = {p:.3}): shares are by arm"));
    Value::Object(by_arm)
}

/// A share with Wilson's limits.
fn share(count: f64, size: f64) -> Estimate {
    let p = count / size;
    let z = normal::isf(0.025);
    let centre = (p + z * z / (2.0 * size)) / (1.0 + z * z / size);
    let half = z / (1.0 + z * z / size) * (p * (1.0 - p) / size + z * z / (4.0 * size * size)).sqrt();
    let se = (p * (1.0 - p) / size).sqrt();
    let limits = [(centre - half).max(0.0), (centre + half).min(1.0)];
    Estimate::with_se(p, se, Distribution::Normal, size as u64).between(Some(limits))
}

/// The p value of Pearson's test that the arms have the same share.
fn homogeneity(missing: &[f64; ARMS], sizes: &[f64; ARMS]) -> f64 {
    let share = missing.iter().sum::<f64>() / sizes.iter().sum::<f64>();
    let statistic: f64 = missing
        .iter()
        .zip(sizes)
        .map(|(missing, size)| {
            let difference = missing - size * share;
            difference * difference / (size * share * (1.0 - share))
        })
        .sum();
    chi_squared::sf(statistic, (ARMS - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.chi2_contingency 1.17.1 without correction.
    const HOMOGENEITY: f64 = 0.009455710975176725;

    #[test]
    fn limits_and_test_are_published_ones() {
        // Newcombe (1998), Stat. Med. 17:857, table I: 15 of 148 has 0.0624 to 0.1605.
        let [published_low, published_high] = share(15.0, 148.0).interval.expect("limits");
        assert!((published_low - 0.0624).abs() < 5e-5 && (published_high - 0.1605).abs() < 5e-5);
        assert_eq!(homogeneity(&[1.0; ARMS], &[10.0; ARMS]), 1.0);
        let p = homogeneity(&[2.0, 5.0, 1.0, 9.0], &[30.0, 30.0, 29.0, 28.0]);
        assert!((p - HOMOGENEITY).abs() < 1e-12, "{p}");
    }
}
