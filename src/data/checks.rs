//! What can be checked of the assumptions.

use super::result::Check;
use super::{Dataset, Roles};
use crate::estimand::ARMS;
use crate::stats::fisher_f;
use indexmap::IndexMap;

/// Everything that can be checked: spreads of the outcomes, and caseloads.
pub(super) fn checks(data: &Dataset, roles: &Roles, arms: &[String; ARMS]) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut seen: Vec<&String> = Vec::new();
    for analysis in &roles.analyses {
        let outcome = &analysis.outcome;
        let Some(index) = data.index(outcome).filter(|_| !seen.contains(&outcome)) else { continue };
        seen.push(outcome);
        // A share has the spread that its size gives it.
        if data.columns[index].iter().all(|value| value.is_nan() || *value == 0.0 || *value == 1.0) {
            continue;
        }
        let of_arms = spread(data, index);
        let mut values: IndexMap<String, f64> = IndexMap::new();
        for (arm, (n, mean, sd)) in arms.iter().zip(of_arms.arms) {
            values.insert(format!("n_{arm}"), n as f64);
            values.insert(format!("mean_{arm}"), mean);
            values.insert(format!("sd_{arm}"), sd);
        }
        let told = match of_arms.test {
            Some((f, df1, df2, p)) => {
                values
                    .extend([("f", f), ("df1", df1), ("df2", df2), ("p", p)].map(|(k, v)| (k.to_owned(), v)));
                let verdict = if p < 0.05 {
                    "the spreads differ: welch does not assume that they are equal"
                } else {
                    "that is no sign of unequal spreads"
                };
                format!("spread of {outcome} in the arms, Brown–Forsythe test: p = {p:.3}; {verdict}")
            }
            None => format!("spread of {outcome} in the arms: too few patients for a test"),
        };
        checks.push(Check { code: "equal_variances".to_owned(), analysis: None, values, message: told });
    }
    if let Some((therapists, least, middle, most)) = caseloads(data) {
        let few =
            if therapists < 10 { "; with so few, mixed models lean on their degrees of freedom" } else { "" };
        checks.push(Check {
            code: "caseloads".to_owned(),
            analysis: None,
            values: [
                ("therapists", therapists as f64),
                ("least", least as f64),
                ("median", middle),
                ("most", most as f64),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
            message: if least == most {
                format!("{therapists} therapists with {least} patients each{few}")
            } else {
                format!("{therapists} therapists with {least} to {most} patients each, {middle} in the middle{few}")
            },
        });
    }
    checks
}

/// The spread of an outcome in each arm, and a test of whether it differs.
#[derive(Debug, Clone, PartialEq)]
struct Spread {
    /// Patients, mean and standard deviation in each arm.
    pub arms: [(u64, f64, f64); ARMS],
    /// F statistic of Brown and Forsythe's test with its degrees of freedom and p value. Source: Brown,
    /// Forsythe (1974), J. Am. Stat. Assoc. 69:364.
    pub test: Option<(f64, f64, f64, f64)>,
}

/// Of one outcome.
fn spread(data: &Dataset, outcome: usize) -> Spread {
    let mut values: [Vec<f64>; ARMS] = Default::default();
    for (&arm, &value) in data.arms.iter().zip(&data.columns[outcome]) {
        if !value.is_nan() {
            values[usize::from(arm) % ARMS].push(value);
        }
    }
    let arms = std::array::from_fn(|arm| {
        let of = &values[arm];
        let count = of.len() as f64;
        let mean = of.iter().sum::<f64>() / count;
        let squares: f64 = of.iter().map(|value| (value - mean) * (value - mean)).sum();
        (of.len() as u64, mean, (squares / (count - 1.0)).sqrt())
    });
    Spread { arms, test: brown_forsythe(&values) }
}

/// Analysis of variance of the distances from the arm's median.
fn brown_forsythe(values: &[Vec<f64>; ARMS]) -> Option<(f64, f64, f64, f64)> {
    let distances: Vec<Vec<f64>> = values
        .iter()
        .map(|of| {
            let middle = median(of);
            of.iter().map(|value| (value - middle).abs()).collect()
        })
        .collect();
    let total: usize = distances.iter().map(Vec::len).sum();
    if distances.iter().any(|of| of.len() < 2) {
        return None;
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let grand = distances.iter().flatten().sum::<f64>() / total as f64;
    let between: f64 =
        distances.iter().map(|of| of.len() as f64 * (mean(of) - grand) * (mean(of) - grand)).sum();
    let within: f64 = distances
        .iter()
        .map(|of| {
            let centre = mean(of);
            of.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>()
        })
        .sum();
    let (df1, df2) = ((ARMS - 1) as f64, (total - ARMS) as f64);
    let f = (between / df1) / (within / df2);
    f.is_finite().then(|| (f, df1, df2, fisher_f::sf(f, df1, df2)))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() % 2) {
        (0, _) => f64::NAN,
        (count, 1) => sorted[count / 2],
        (count, _) => 0.5 * (sorted[count / 2 - 1] + sorted[count / 2]),
    }
}

/// How many therapists there are, and the fewest, median and most patients of one.
fn caseloads(data: &Dataset) -> Option<(usize, u64, f64, u64)> {
    if data.therapist_names.is_empty() {
        return None;
    }
    let mut counts = vec![0_u64; data.therapist_names.len()];
    for &therapist in &data.therapists {
        if let Some(count) = counts.get_mut(therapist as usize) {
            *count += 1;
        }
    }
    let sizes: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let (least, most) = (counts.iter().min()?, counts.iter().max()?);
    Some((counts.len(), *least, median(&sizes), *most))
}
