//! How therapists and arms go together, as far as the data show it.

use super::draft::Sheet;
use super::estimate::stated;
use crate::assignment::NOBODY;
use crate::data::Dataset;
use crate::estimand::ARMS;
use crate::scenario::Factor;
use serde_json::{Map, Value};

/// The therapists as the scenario states them, their intraclass correlations apart.
pub(super) fn therapists(data: &Dataset, factors: &[Factor], sheet: &mut Sheet) -> Map<String, Value> {
    let counts = counts(data);
    let sizes = data.sizes().map(|size| size as f64);
    let mut fields = Map::new();
    fields.insert("n".to_owned(), counts.len().into());
    sheet.cite("/design/therapists/n".to_owned(), "therapists named");
    let only = only_with(data);
    if let Some(level) = only.and_then(|level| factors.first()?.levels.get(level)) {
        fields.insert("only_with".to_owned(), level.clone().into());
    } else if let nameless @ 1.. = data.therapists.iter().filter(|&&therapist| therapist == NOBODY).count() {
        sheet
            .note(format!("{nameless} patients have no therapist in the data; in the scenario all have one"));
    }
    let arms_of = |counts: &[f64; ARMS]| counts.iter().filter(|&&count| count > 0.0).count();
    let levels_of = |counts: &[f64; ARMS]| {
        let [a, b, c, d] = counts;
        usize::from(a + b > 0.0) + usize::from(c + d > 0.0)
    };
    let group: fn(&[f64; ARMS]) -> usize = if counts.iter().all(|counts| arms_of(counts) == 1) {
        fields.insert("layout".to_owned(), "nested_in_arms".into());
        |counts| counts.iter().position(|&count| count > 0.0).unwrap_or(0)
    } else if only.is_none() && counts.iter().all(|counts| levels_of(counts) == 1) {
        fields.insert("layout".to_owned(), "nested".into());
        |counts| usize::from(counts[2] + counts[3] > 0.0)
    } else {
        let treated: f64 = counts.iter().flatten().sum();
        let in_arm: [f64; ARMS] = std::array::from_fn(|arm| counts.iter().map(|counts| counts[arm]).sum());
        let even = counts.iter().all(|counts| {
            let caseload: f64 = counts.iter().sum();
            (0..ARMS).all(|arm| (counts[arm] - caseload * in_arm[arm] / treated).abs() < 1.0)
        });
        if !even && sizes.iter().all(|&size| size > 0.0) {
            fields.insert("stratified".to_owned(), false.into());
        }
        |_| 0
    };
    if let Some(cv) = caseload_cv(&counts, group) {
        fields.insert("caseload_cv".to_owned(), stated(cv).into());
        sheet.cite("/design/therapists/caseload_cv".to_owned(), "patients of each therapist");
    }
    fields
}

/// Patients of each therapist in each arm.
fn counts(data: &Dataset) -> Vec<[f64; ARMS]> {
    let mut counts = vec![[0.0; ARMS]; data.therapist_names.len()];
    for (&therapist, &arm) in data.therapists.iter().zip(&data.arms) {
        if let Some(counts) = counts.get_mut(therapist as usize) {
            counts[usize::from(arm) % ARMS] += 1.0;
        }
    }
    counts
}

/// The level of the context whose patients alone have therapists: all of them.
fn only_with(data: &Dataset) -> Option<usize> {
    let has = |level: u8, named: bool| {
        let patients = data.therapists.iter().zip(&data.arms);
        patients.filter(|(_, arm)| **arm / 2 == level).all(|(&therapist, _)| (therapist != NOBODY) == named)
    };
    match (has(0, true) && has(1, false), has(1, true) && has(0, false)) {
        (true, _) => Some(0),
        (_, true) => Some(1),
        _ => None,
    }
}

/// Coefficient of variation of the caseloads within each group of therapists; none where they are as
/// equal as whole numbers can be.
fn caseload_cv(counts: &[[f64; ARMS]], group: fn(&[f64; ARMS]) -> usize) -> Option<f64> {
    let mut loads: [Vec<f64>; ARMS] = Default::default();
    for counts in counts {
        loads[group(counts)].push(counts.iter().sum());
    }
    let even = |loads: &Vec<f64>| {
        let least = loads.iter().copied().fold(f64::INFINITY, f64::min);
        loads.iter().all(|load| load - least <= 1.0)
    };
    if loads.iter().all(even) {
        return None;
    }
    let squares: f64 = loads
        .iter()
        .map(|loads| {
            let mean = loads.iter().sum::<f64>() / loads.len() as f64;
            loads.iter().map(|load| (load / mean - 1.0) * (load / mean - 1.0)).sum::<f64>()
        })
        .sum();
    Some((squares / counts.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caseloads_vary_within_their_group() {
        let one: fn(&[f64; ARMS]) -> usize = |_| 0;
        assert_eq!(caseload_cv(&[[1.0; ARMS], [1.0, 1.0, 1.0, 2.0]], one), None);
        // 4 and 12 about 8.
        assert_eq!(caseload_cv(&[[1.0; ARMS], [3.0; ARMS]], one), Some(0.5));
        let by_context: fn(&[f64; ARMS]) -> usize = |counts| usize::from(counts[2] > 0.0);
        let nested = [[2.0, 2.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0], [0.0, 0.0, 6.0, 6.0], [0.0, 0.0, 6.0, 6.0]];
        assert_eq!(caseload_cv(&nested, by_context), None);
    }
}
