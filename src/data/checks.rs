//! What can be checked of the assumptions.

use super::Dataset;
use crate::estimand::ARMS;
use crate::stats::fisher_f;

/// The spread of an outcome in each arm, and a test of whether it differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    /// Patients, mean and standard deviation in each arm.
    pub arms: [(u64, f64, f64); ARMS],
    /// F statistic of Brown and Forsythe's test with its degrees of freedom and p value. Source: Brown,
    /// Forsythe (1974), J. Am. Stat. Assoc. 69:364.
    pub test: Option<(f64, f64, f64, f64)>,
}

/// Of one outcome.
pub(super) fn spread(data: &Dataset, outcome: usize) -> Spread {
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
pub(super) fn caseloads(data: &Dataset) -> Option<(usize, u64, f64, u64)> {
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
