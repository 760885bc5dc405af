//! What keeps data from being those of such a trial.
//!
//! In come the patients and the roles of the columns; out comes every problem at once: an arm with
//! too few patients, a column that does not vary, that numbers the patients or that tells another
//! one completely, one column in two roles.

use super::variables::covariate_columns;
use super::within::{Pair, Spread};
use crate::analysis::MOST_COVARIATES;
use crate::data::{Dataset, IDS, Roles};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::estimand::arm_ids;
use crate::scenario::words;

/// Fewest patients of an arm in whom an outcome was measured.
const FEWEST: f64 = 2.0;

/// Fewest different whole numbers in a row that are taken for numbers of patients.
const NUMBERED: usize = 8;

/// Correlations beyond this say that one column is the other.
const SAME: f64 = 1.0 - 1e-9;

/// Everything that is wrong.
pub(super) fn check(data: &Dataset, roles: &Roles) -> Result<()> {
    check_covariates(data, roles)?;
    let twice = roles_twice(roles);
    let problems = if twice.is_empty() { of_columns(data, roles) } else { twice };
    let message = match problems.len() {
        0 => return Ok(()),
        1 => "one problem in the data".to_owned(),
        count => format!("{count} problems in the data"),
    };
    Err(Error::new(ErrorKind::Input, message).problems(problems))
}

/// An analysis has room for so many columns, of which a covariate with levels takes one for each after the first.
fn check_covariates(data: &Dataset, roles: &Roles) -> Result<()> {
    for spec in roles.analyses.iter().filter(|spec| spec.method != "anova") {
        let columns: usize = spec.covariates.iter().flatten().map(|name| data.coded(name).len()).sum();
        if columns > MOST_COVARIATES {
            let message = format!(
                "{} would adjust {} for {columns} columns, its baseline and each level of a covariate after the first \
                 among them; at most {MOST_COVARIATES} are allowed",
                spec.method, spec.outcome
            );
            return Err(Error::new(ErrorKind::Usage, message).about("--covariates").help("leave some out"));
        }
    }
    Ok(())
}

/// Columns that cannot be what their role says.
fn of_columns(data: &Dataset, roles: &Roles) -> Vec<Problem> {
    let arms = arm_ids(&roles.factors);
    let mut columns: Vec<String> = Vec::new();
    for analysis in &roles.analyses {
        if !columns.contains(&analysis.outcome) {
            columns.push(analysis.outcome.clone());
        }
    }
    let outcomes = columns.len();
    columns.extend(roles.baselines.iter().map(|(_, baseline)| baseline.clone()));
    columns.extend(covariate_columns(roles));
    let mut problems = Vec::new();
    let mut sound: Vec<(&String, &[f64])> = Vec::new();
    for (number, column) in columns.iter().enumerate() {
        let Some(index) = data.index(column) else { continue };
        let values = data.columns[index].as_slice();
        let few = too_few(data, values, &arms).filter(|_| number < outcomes);
        let numbered = !data.levels.contains_key(column) && numbers_patients(column, values);
        let (found, allowed) = if let Some(found) = few {
            (found, "at least 2 patients of each arm in whom it was measured")
        } else if let Some(found) = constant(data, values) {
            (found, "values that differ between patients")
        } else if numbered {
            let found = "a different whole number for each patient, one after the other".to_owned();
            (found, "something measured, not the number of the patient")
        } else {
            sound.push((column, values));
            continue;
        };
        problems.push(Problem::new(format!("column {column}"), found, allowed));
    }
    problems.extend(same(data, &sound));
    problems
}

/// Columns with two roles.
fn roles_twice(roles: &Roles) -> Vec<Problem> {
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut problems = Vec::new();
    let [context, treatment] = [0, 1].map(|number| {
        (roles.arms[number].column.clone(), format!("the factor {}", roles.factors[number].id))
    });
    let therapist = roles.therapist.iter().map(|column| (column.clone(), "the therapist".to_owned()));
    let mut outcomes: Vec<(String, String)> = Vec::new();
    for analysis in &roles.analyses {
        let entry = (analysis.outcome.clone(), "an outcome".to_owned());
        if !outcomes.contains(&entry) {
            outcomes.push(entry);
        }
    }
    let baselines = roles
        .baselines
        .iter()
        .map(|(outcome, column)| (column.clone(), format!("the baseline of {outcome}")));
    let covariates = covariate_columns(roles).into_iter().map(|column| (column, "a covariate".to_owned()));
    let all = [context, treatment].into_iter().chain(therapist).chain(outcomes).chain(baselines);
    for (column, role) in all.chain(covariates) {
        match seen.iter().find(|(known, _)| *known == column) {
            Some((_, first)) => {
                let found = format!("{role}, which is {first}, too");
                let problem = Problem::new(format!("column {column}"), found, "one role for each column");
                problems.push(problem.help("with several outcomes say --baseline OUTCOME=COLUMN"));
            }
            None => seen.push((column, role)),
        }
    }
    problems
}

fn too_few(data: &Dataset, values: &[f64], arms: &[String]) -> Option<String> {
    let sizes = Spread::of(&data.arms, values).sizes;
    let arm = sizes.iter().position(|&size| size < FEWEST)?;
    let patients = if sizes[arm] == 1.0 { "1 patient".to_owned() } else { "no patient".to_owned() };
    Some(format!("{patients} in {} in whom it was measured", words::quoted(&arms[arm])))
}

/// The same for all, or for all of each arm.
fn constant(data: &Dataset, values: &[f64]) -> Option<String> {
    let mut there = values.iter().filter(|value| !value.is_nan());
    let Some(first) = there.next() else { return Some("no value in any patient".to_owned()) };
    if there.all(|value| value == first) {
        return Some(format!("{first} in every patient"));
    }
    let spread = Spread::of(&data.arms, values);
    if spread.pooled.is_nan() || spread.pooled <= 0.0 {
        return Some("the same value in all patients of an arm, for each arm".to_owned());
    }
    None
}

/// By its name, or as it counts.
fn numbers_patients(column: &str, values: &[f64]) -> bool {
    if IDS.contains(&column.to_ascii_lowercase().as_str()) {
        return true;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.len() >= NUMBERED
        && sorted.iter().all(|value| value.fract() == 0.0)
        && sorted.windows(2).all(|pair| pair[1] - pair[0] == 1.0)
}

/// Pairs of columns of which one tells the other.
fn same(data: &Dataset, columns: &[(&String, &[f64])]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (position, (one, values)) in columns.iter().enumerate() {
        for (other, before) in &columns[..position] {
            let r = Pair::of(&data.arms, before, values).correlation;
            if r.abs() >= SAME {
                let found = format!("a correlation of {} with {}", r.signum(), words::quoted(other));
                let allowed = "columns of which none tells the other completely";
                problems.push(
                    Problem::new(format!("column {one}"), found, allowed).help("leave one of them out"),
                );
            } else if r.is_nan() {
                let found =
                    format!("no correlation with {}: too few patients have both", words::quoted(other));
                let allowed = "patients in whom both were measured and differ within arms";
                problems.push(
                    Problem::new(format!("column {one}"), found, allowed).help("leave one of them out"),
                );
            }
        }
    }
    problems
}
