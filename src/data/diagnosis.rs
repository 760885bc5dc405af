//! Why an analysis gives no answer for the data at hand.

use super::Dataset;
use crate::analysis::Failure;
use crate::estimand::ARMS;

/// Share of a sum of squares below which a column tells nothing beyond those before it.
const NOTHING: f64 = 1e-9;

/// What is wrong, in words: an empty arm, a constant, a covariate that others already tell.
pub(super) fn diagnose(
    data: &Dataset,
    arm_names: &[String; ARMS],
    sizes: &[f64; ARMS],
    outcome: &str,
    covariates: &[String],
    visits: &[String],
    failure: Failure,
) -> String {
    if let Some(arm) = sizes.iter().position(|&size| size == 0.0) {
        return format!("no patient in {} has all values that are needed", arm_names[arm]);
    }
    if let Some((arm, visit)) = empty_visit(data, visits) {
        return format!("no patient in {} has {visit}", arm_names[arm]);
    }
    if failure != Failure::Singular {
        return failure.meaning().to_owned();
    }
    let indices = |name: &String| data.coded(name);
    let outcome_index: Vec<usize> = data.index(outcome).into_iter().collect();
    let all: Vec<(String, usize)> = covariates
        .iter()
        .flat_map(|name| indices(name).into_iter().map(move |index| (name.clone(), index)))
        .collect();
    let used: Vec<usize> = all.iter().map(|(_, index)| *index).chain(outcome_index.iter().copied()).collect();
    let rows: Vec<usize> = (0..data.arms.len())
        .filter(|&row| used.iter().all(|&index| !data.columns[index][row].is_nan()))
        .collect();
    let within = |index: usize| within_arms(data, &rows, &data.columns[index]);
    let constant = |index: usize| {
        let column = &data.columns[index];
        rows.iter().all(|&row| column[row] == column[rows[0]])
    };
    if outcome_index.iter().any(|&index| constant(index)) {
        return format!("{outcome} is the same in all patients");
    }
    let mut basis: Vec<(String, Vec<f64>)> = Vec::new();
    for (name, index) in &all {
        if constant(*index) {
            return format!("{name} is the same in all patients");
        }
        let mut rest = within(*index);
        let before = squares(&rest);
        let mut shared = Vec::new();
        for (known, direction) in &basis {
            let part: f64 = rest.iter().zip(direction).map(|(x, d)| x * d).sum();
            if part * part > NOTHING * before {
                shared.push(known.clone());
            }
            rest.iter_mut().zip(direction).for_each(|(x, d)| *x -= part * d);
        }
        let left = squares(&rest);
        if left <= NOTHING * before {
            shared.dedup();
            return match shared.is_empty() {
                true => format!("{name} is the same in all patients of an arm"),
                false => format!("{name} is told completely by {} (collinear)", shared.join(" and ")),
            };
        }
        let root = left.sqrt();
        basis.push((name.clone(), rest.into_iter().map(|x| x / root).collect()));
    }
    failure.meaning().to_owned()
}

/// An arm of which nobody was there at a visit.
fn empty_visit<'v>(data: &Dataset, visits: &'v [String]) -> Option<(usize, &'v String)> {
    let nobody = |arm: usize, visit: &String| {
        let column = &data.columns[data.index(visit)?];
        let mut of_arm = data.arms.iter().zip(column).filter(|(one, _)| usize::from(**one) == arm);
        of_arm.all(|(_, value)| value.is_nan()).then_some(())
    };
    let mut all = visits.iter().flat_map(|visit| (0..ARMS).map(move |arm| (arm, visit)));
    all.find(|(arm, visit)| nobody(*arm, visit).is_some())
}

/// Deviations from the arm's mean.
fn within_arms(data: &Dataset, rows: &[usize], column: &[f64]) -> Vec<f64> {
    let mut sums = [[0.0; 2]; ARMS];
    for &row in rows {
        let [sum, count] = &mut sums[usize::from(data.arms[row]) % ARMS];
        *sum += column[row];
        *count += 1.0;
    }
    rows.iter()
        .map(|&row| {
            let [sum, count] = sums[usize::from(data.arms[row]) % ARMS];
            column[row] - sum / count
        })
        .collect()
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}
