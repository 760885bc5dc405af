//! Covariates: normal where that fits, levels with their shares, else the measured values.

use super::draft::Sheet;
use super::estimate::{Distribution, Estimate, stated};
use super::names;
use super::normality::omnibus;
use super::variables::Variable;
use super::within::{self, overall};
use crate::data::Dataset;
use serde_json::{Map, Value, json};

/// How covariates are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
pub enum CovariatesAs {
    /// Normal
    Normal,
    /// One of the measured values
    Empirical,
}

/// Below this p value of the omnibus test a covariate does not look normal.
const NOT_NORMAL: f64 = 0.01;

/// Columns with fewer different numbers are not taken for normal.
const FEWEST_NUMBERS: usize = 6;

/// Shares are stated in these parts, so that they sum to 1.
const PARTS: u64 = 1_000_000;

/// One covariate as the scenario states it, number `index` of its list.
pub(super) fn covariate(
    data: &Dataset,
    variable: &Variable<'_>,
    index: usize,
    asked: Option<CovariatesAs>,
    sheet: &mut Sheet,
) -> Value {
    let Variable { column, name, values } = variable;
    let at = format!("/cohort/covariates/{index}");
    let mut fields = Map::new();
    fields.insert("id".to_owned(), name.clone().into());
    if column != name {
        fields.insert("label".to_owned(), column.clone().into());
    }
    if let Some(levels) = data.levels.get(column) {
        fields.insert("law".to_owned(), "categorical".into());
        fields.insert("levels".to_owned(), shares(name, levels, values, &at, sheet));
        return Value::Object(fields);
    }
    let measured: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let empirical = match asked {
        Some(CovariatesAs::Empirical) => true,
        Some(CovariatesAs::Normal) => false,
        None => !looks_normal(name, &measured, sheet),
    };
    let (n, mean, sd) = overall(values);
    if empirical {
        fields.insert("law".to_owned(), "empirical".into());
        fields.insert("values".to_owned(), measured.into());
        let how = format!("{n} patients, mean {}, SD {}", stated(mean), stated(sd));
        sheet.cite(format!("{at}/values"), &how);
        return Value::Object(fields);
    }
    let how = format!("{n} patients");
    let mean = Estimate::with_se(mean, sd / n.sqrt(), Distribution::T(n - 1.0), n as u64);
    let mean = sheet.add(mean.named(format!("{at}/mean"), format!("{name}: mean"), how.clone()));
    let sd = sheet.add(within::sd(sd, n - 1.0, n).named(format!("{at}/sd"), format!("{name}: SD"), how));
    fields.extend([("mean".to_owned(), mean), ("sd".to_owned(), sd)]);
    Value::Object(fields)
}

/// Whether a normal law fits, as far as can be told.
fn looks_normal(name: &str, measured: &[f64], sheet: &mut Sheet) -> bool {
    let mut distinct = measured.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() < FEWEST_NUMBERS {
        sheet.note(format!(
            "{name} has {} different values, and is drawn from those measured",
            distinct.len()
        ));
        return false;
    }
    match omnibus(measured) {
        Some(p) if p < NOT_NORMAL => {
            sheet.note(format!(
                "{name} does not look normal (omnibus test of skewness and kurtosis, p {}), and is drawn from the \
                 values measured",
                if p < 0.001 { "below 0.001".to_owned() } else { format!("= {p:.3}") }
            ));
            false
        }
        _ => true,
    }
}

/// Levels with their shares, in their order. Together they are 1, so they err together and have no
/// laws of their own.
fn shares(name: &str, levels: &[String], values: &[f64], at: &str, sheet: &mut Sheet) -> Value {
    let count = |level: usize| values.iter().filter(|value| **value == level as f64).count() as u64;
    let counts: Vec<u64> = (0..levels.len()).map(count).collect();
    let total: u64 = counts.iter().sum();
    let shares = in_parts(&counts, total);
    let told: Vec<String> =
        levels.iter().zip(&counts).map(|(level, count)| format!("{level} {count}")).collect();
    sheet.cite(format!("{at}/levels"), &format!("{} of {total} patients", told.join(", ")));
    if levels.len() > 2 {
        sheet.note(format!(
            "in its correlations the levels of {name} count as 0, 1, 2, … in the order {} (that of the alphabet, \
             or of a scenario by --scenario)",
            levels.join(", ")
        ));
    }
    let named = names::levels(levels).into_iter();
    Value::Object(named.zip(shares).map(|(level, share)| (level, json!(share))).collect())
}

/// Counts as millionths by the largest remainder: rounded shares that sum to 1.
fn in_parts(counts: &[u64], total: u64) -> Vec<f64> {
    let mut parts: Vec<u64> = counts.iter().map(|count| count * PARTS / total).collect();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&level| std::cmp::Reverse(counts[level] * PARTS % total));
    let lacking = PARTS - parts.iter().sum::<u64>();
    order.iter().take(lacking as usize).for_each(|&level| parts[level] += 1);
    parts.into_iter().map(|part| part as f64 / PARTS as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one() {
        assert_eq!(in_parts(&[1, 1, 1], 3), [0.333_334, 0.333_333, 0.333_333]);
        assert_eq!(in_parts(&[29, 88], 117), [0.247_863, 0.752_137]);
    }
}
