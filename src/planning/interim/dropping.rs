//! A factor that is given up at an interim look, and what is left to be tested then.

use super::design::{Point, usage};
use super::request::InterimRequest;
use crate::decision::sequential::Dropping;
use crate::error::Result;
use crate::estimand::{ARMS, WEIGHTS, estimands};
use crate::planning::size_of::sizes_of_arms;
use crate::result::HypothesisId;
use crate::scenario::{Scenario, resolve};
use libm::sqrt;

/// A factor that may be dropped.
#[derive(Debug)]
pub(super) struct Dropped {
    pub factor: String,
    pub bound: f64,
    pub reallocate: bool,
    /// By the look at which it is dropped: the points of the later looks.
    pub points: Vec<Vec<usize>>,
    /// Which hypotheses are left then.
    pub left: Vec<bool>,
}

/// What drops a factor, and what is left.
pub(super) fn dropped(
    scenario: &Scenario,
    request: &InterimRequest,
    (factor, bound, reallocate): (&str, f64, bool),
    looks: &[usize],
    points: &mut Vec<Point>,
    statistics: &mut Vec<HypothesisId>,
) -> Result<(Dropped, Dropping)> {
    let ids: Vec<&str> = scenario.factors.iter().map(|factor| factor.id.as_str()).collect();
    let Some(number) = ids.iter().position(|id| *id == factor) else {
        return Err(usage(format!("--drop {factor}"), "the scenario has no such factor")
            .help(format!("it has {}", ids.join(" and "))));
    };
    if !bound.is_finite() {
        return Err(usage(format!("--drop-at {bound}"), "the bound is not a number"));
    }
    let has_fixed_sizes = scenario.design.n_per_arm.is_some() && !resolve::has_random_sizes(scenario);
    if !has_fixed_sizes {
        return Err(usage(format!("--drop {factor}"), "arms are dropped where their sizes are fixed")
            .help("state `n_per_arm` with assignment by the method `fixed`"));
    }
    let correlation = correlation_with_factor(number, resolve::arm_sizes(scenario));
    if correlation > MOST_CORRELATION {
        return Err(usage(
            format!("--drop {factor}"),
            format!(
                "with arms of so different sizes what is left is correlated with the effect of {factor} (at {correlation:.2}), \
                 so that choosing by the one would exceed the level of the other"
            ),
        )
        .help("plan arms of about equal size"));
    }
    // Main effects come first, each with its simple effect at the other factor's first level.
    let contrasts = estimands(&scenario.factors);
    let [other, simple] = others(number);
    let is_left: Vec<bool> =
        request.hypotheses.iter().map(|one| one.estimand == contrasts[other].id).collect();
    let Some(first) = request.hypotheses.iter().zip(&is_left).find(|(_, left)| **left).map(|(one, _)| one)
    else {
        return Err(usage(format!("--drop {factor}"), "nothing would be left to be tested")
            .help(format!("ask about the other factor too: --estimand {}", contrasts[other].id)));
    };
    let with =
        |one: &HypothesisId, estimand: &str| HypothesisId { estimand: estimand.to_owned(), ..one.clone() };
    let what_is_left: Vec<HypothesisId> = request
        .hypotheses
        .iter()
        .zip(&is_left)
        .map(|(one, left)| if *left { with(one, &contrasts[simple].id) } else { one.clone() })
        .collect();
    statistics.extend(what_is_left);
    statistics.push(with(first, &contrasts[number].id));
    // Arms are context level times 2 plus treatment level.
    let keeps = |arm: usize| if number == 1 { arm.is_multiple_of(2) } else { arm < 2 };
    let planned = resolve::arm_sizes(scenario);
    let sizes_at: Vec<[u64; ARMS]> =
        looks.iter().map(|&look| resolve::apportion(points[look].patients, planned)).collect();
    let mut later_points = Vec::new();
    let mut information = Vec::new();
    for at in 0..looks.len() - 1 {
        let mut later = Vec::new();
        let mut precision = Vec::new();
        for look in at + 1..looks.len() {
            let mut sizes: [u64; ARMS] =
                std::array::from_fn(|arm| sizes_at[if keeps(arm) { look } else { at }][arm]);
            if reallocate {
                let spared: u64 = points[looks[look]].patients - sizes.iter().sum::<u64>();
                let kept: [u64; ARMS] = std::array::from_fn(|arm| if keeps(arm) { planned[arm] } else { 0 });
                let more = resolve::apportion(spared, kept);
                (0..ARMS).for_each(|arm| sizes[arm] += more[arm]);
            }
            let inverse: f64 = (0..ARMS).filter(|&arm| keeps(arm)).map(|arm| 1.0 / sizes[arm] as f64).sum();
            precision.push(1.0 / inverse);
            later.push(points.len());
            points.push(Point {
                patients: sizes.iter().sum(),
                overrides: vec![sizes_of_arms(scenario, sizes)],
            });
        }
        let whole = precision.last().copied().unwrap_or(1.0);
        information.push(precision.into_iter().map(|one| one / whole).collect());
        later_points.push(later);
    }
    let left =
        is_left.iter().enumerate().filter(|(_, left)| **left).fold(0, |bits, (one, _)| bits | 1 << one);
    let rule = Dropping { bound, left, information };
    Ok((Dropped { factor: factor.to_owned(), bound, reallocate, points: later_points, left: is_left }, rule))
}

/// Most correlation between the effect of a factor and what is tested beside: as that of 29, 30, 29 and 29 patients, with
/// room to spare.
const MOST_CORRELATION: f64 = 0.05;

/// The largest correlation of the main effect of a factor with the other one's, and with the other one's at the first level of
/// the factor.
fn correlation_with_factor(number: usize, sizes: [u64; ARMS]) -> f64 {
    let covariance = |one: &[f64; ARMS], other: &[f64; ARMS]| -> f64 {
        (0..ARMS).map(|arm| one[arm] * other[arm] / sizes[arm] as f64).sum()
    };
    let correlation = |one: usize, other: usize| {
        let (one, other) = (&WEIGHTS[one], &WEIGHTS[other]);
        covariance(one, other).abs() / sqrt(covariance(one, one) * covariance(other, other))
    };
    let [other, simple] = others(number);
    correlation(number, other).max(correlation(number, simple))
}

/// The number of the other factor's main effect, and of its effect at the first level of this one.
fn others(number: usize) -> [usize; 2] {
    [1 - number, if number == 1 { 3 } else { 5 }]
}
