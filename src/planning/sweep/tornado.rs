//! Which assumption moves power most: each field alone at its ends, all else as planned.

use super::counted::{Counting, Point};
use super::points::ends;
use super::{Claimed, End, Swing};
use crate::engine::{RunOptions, paired_successes};
use crate::error::{Error, ErrorKind, Result};
use crate::planning::compare::paired_difference;
use crate::result::{Measure, Warning};
use serde_json::Value;

/// One field at its ends.
pub(super) struct Alone {
    /// Which field.
    pub field: usize,
    pub values: Vec<Value>,
    pub points: Vec<Point>,
}

/// Each field that can be looked at alone, and what is to be said of the others; with one value there is nothing to see.
pub(super) fn alone(counting: &Counting<'_>) -> Result<(Vec<Alone>, Vec<Warning>)> {
    let (mut all, mut warnings) = (Vec::new(), Vec::new());
    for (field, vary) in counting.vary.iter().enumerate() {
        let values = ends(counting.scenario(), vary);
        if values.len() < 2 {
            continue;
        }
        let point = |value: &Value| {
            let mut planned = vec![None; counting.vary.len()];
            planned[field] = Some(value);
            counting.read(&planned, &|| format!("{} alone", vary.name))
        };
        match values.iter().map(point).collect::<Result<Vec<_>>>() {
            Ok(points) => all.push(Alone { field, values, points }),
            // Points may be possible where the field alone, with all else as planned, is not.
            Err(error) if matches!(error.kind, ErrorKind::Scenario | ErrorKind::Usage) => {
                let message = format!(
                    "{} is not in the tornado, as it cannot be varied alone: {}",
                    vary.name,
                    first(&error)
                );
                warnings.push(Warning { code: "not_alone".to_owned(), message });
            }
            Err(error) => return Err(error),
        }
    }
    Ok((all, warnings))
}

fn first(error: &Error) -> String {
    let first = error
        .problems
        .first()
        .map(|problem| format!("found {}; allowed: {}", problem.found, problem.allowed));
    first.unwrap_or_else(|| error.message.clone())
}

/// The swing of each claim's power over a field: from the first of its values to the one that differs most.
pub(super) fn swings(counting: &Counting<'_>, alone: &Alone, options: &RunOptions) -> Result<Vec<Swing>> {
    let points: Vec<_> = alone.points.iter().map(|point| point.scenario.clone()).collect();
    let criteria: Vec<_> = alone.points.iter().map(|point| point.criteria.clone()).collect();
    let partner: Vec<usize> = (0..counting.claims.len()).collect();
    let found = paired_successes(&points, &criteria, &partner, options, &mut |_| {})?;
    let trials = found.trials as f64;
    let powers = alone
        .points
        .iter()
        .zip(&found.count)
        .map(|(point, counts)| counting.powers(point, counts, found.trials));
    let powers = powers.collect::<Result<Vec<_>>>()?;
    let end = |number: usize, criterion: usize| End {
        value: alone.values[number].clone(),
        n_total: alone.points[number].n_total,
        failures: found.failures[number],
        power: powers[number][criterion].power.clone(),
        closed_form: powers[number][criterion].closed_form.clone(),
    };
    let difference = |number: usize, criterion: usize| -> Measure {
        let both = found.with_first[number][criterion];
        let [gained, lost] = [found.count[number][criterion] - both, found.count[0][criterion] - both];
        paired_difference(gained as f64, lost as f64, trials)
    };
    let swing = |(criterion, claimed): (usize, &Claimed)| {
        let size = |number: &usize| difference(*number, criterion).value.unwrap_or(0.0).abs();
        let others = 1..alone.points.len();
        let farthest = others.max_by(|a, b| size(a).total_cmp(&size(b)).then(b.cmp(a))).unwrap_or(0);
        Swing {
            field: counting.vary[alone.field].name.clone(),
            claimed: claimed.clone(),
            first: end(0, criterion),
            second: end(farthest, criterion),
            difference: difference(farthest, criterion),
        }
    };
    Ok(counting.claims.iter().enumerate().map(swing).collect())
}
