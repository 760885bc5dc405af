//! Bounds for futility that spend the type II error.
//!
//! At the drift θ at which the trial has its power, the trials that have stopped for futility by each look
//! are as many as the spending function allows, and at the last look, where it allows all, the bound meets
//! the critical value. The higher θ, the higher the bounds: so θ is where they meet.
//!
//! Source: Pampallona, Tsiatis, Kim (2001), Drug Inf. J. 35:1113; Jennison, Turnbull (2000), section 7.3.

use super::boundaries::{Walk, walk};
use super::passage::{BEGINNING, Passage};
use super::plan::{Futility, Plan, Rule};
use super::{Checked, problem};
use crate::stats::{normal, root};
use std::cell::RefCell;

/// How much further than a fixed trial's the drift is looked for.
const MOST_INFLATION: f64 = 100.0;

/// The bounds for futility of a plan that spends the type II error, one for each look but the last.
pub(super) fn spent(plan: &Plan) -> Checked<Vec<f64>> {
    let Futility::Spending { power, binding, .. } = plan.futility else { return Ok(Vec::new()) };
    if binding && matches!(plan.rule, Rule::WangTsiatis { .. }) {
        let found = "binding futility by spending, with critical values that are not by spending";
        return Err(problem(
            "/futility",
            found,
            "futility that does not bind, or critical values by spending",
        ));
    }
    if plan.information.len() == 1 {
        return Ok(Vec::new());
    }
    // Critical values that do not count on futility are the same at all drifts.
    let fixed_critical = if binding { None } else { Some(critical_values(plan)?) };
    let bounds = RefCell::new(Vec::with_capacity(plan.information.len()));
    let wrong = RefCell::new(None);
    let excess = |drift: f64| {
        meet(plan, fixed_critical.as_deref(), drift, &mut bounds.borrow_mut()).unwrap_or_else(|found| {
            *wrong.borrow_mut() = Some(found);
            f64::NAN
        })
    };
    // No trial with as much information has more power than the fixed one.
    let fixed = normal::isf(plan.alpha) + normal::quantile(power);
    let (low, mut high) = (0.999 * fixed, 1.1 * fixed);
    while excess(high) < 0.0 && high < MOST_INFLATION * fixed {
        high *= 1.3;
    }
    let drift = root::enclosed(low, high, 1e-13, excess);
    // The bounds of the solution itself.
    let last = excess(drift);
    match wrong.into_inner() {
        Some(wrong) => Err(wrong),
        None if last.is_nan() => Err(problem(
            "/futility",
            "spending of the type II error at which no drift has the power",
            "spending that is slower at first",
        )),
        None => {
            let mut bounds = bounds.into_inner();
            bounds.truncate(plan.information.len() - 1);
            Ok(bounds)
        }
    }
}

/// The critical values of a plan whose futility does not bind.
fn critical_values(plan: &Plan) -> Checked<Vec<f64>> {
    let passage = walk(plan, None)?;
    Ok((0..passage.looks()).map(|look| passage.bounds(look).1).collect())
}

/// By how much the last bound for futility exceeds the critical value at this drift; an earlier one, if it
/// does. The critical values are `given`, or spend with binding futility. The bounds go to `bounds`.
fn meet(plan: &Plan, given: Option<&[f64]>, drift: f64, bounds: &mut Vec<f64>) -> Checked<f64> {
    let Futility::Spending { spending, power, .. } = plan.futility else { return Ok(f64::NAN) };
    let miss = 1.0 - power;
    let mut null = Walk::new(plan, f64::NAN, 0.0);
    let mut alternative = Passage::new(BEGINNING, &plan.information, drift, 0.0);
    let mut missed = 0.0;
    bounds.clear();
    let looks = plan.information.len();
    for (look, &time) in plan.information.iter().enumerate() {
        let critical = match given {
            Some(critical) => critical[look],
            // Where binding futility has stopped too many to spend the level, it has been too high.
            None => match null.critical() {
                Ok(critical) => critical,
                Err(_) if look > 0 => return Ok(TOO_HIGH),
                Err(wrong) => return Err(wrong),
            },
        };
        // Where too few are left to miss so many, they have claimed already.
        let Some(bound) = alternative.point_below(spending.spent(miss, time) - missed) else {
            return Ok(TOO_HIGH);
        };
        let excess = bound - critical;
        if look + 1 == looks || excess >= 0.0 {
            return Ok(excess);
        }
        bounds.push(bound);
        if given.is_none() {
            null.go_on(Some(bound), critical);
        }
        alternative.go_on(bound, critical);
        missed += alternative.below(look, bound, drift);
    }
    Ok(f64::NAN)
}

/// Stands for bounds that exceed the critical values by too much to be had.
const TOO_HIGH: f64 = 10.0;
