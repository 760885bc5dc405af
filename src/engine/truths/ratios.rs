//! The truth of ratios: of shares, of odds, of common odds.
//!
//! What an analysis finds without end, in a population of which each patient is seen in all four arms, with the
//! trial's allocation. Risk ratios, and odds ratios without covariates, are contrasts of the arms' shares. With
//! covariates, and of an outcome in steps, they are those of the model that fits the whole population best: if
//! slopes are common and odds proportional, the parameters; if not, what maximum likelihood tends to (White). The
//! common odds ratio is ΣR ÷ ΣS over the strata of the population. Monte Carlo standard errors come from each
//! patient's influence on the value.
//!
//! Source: White (1982), Econometrica 50:1.

use super::contrasts::Truths;
use super::potential::{Asked, Potential};
use crate::analysis::{Cumulative, Maximum, PAIRS};
use crate::estimand::{ARMS, ESTIMANDS, Family, WEIGHTS};

/// Patients with whom a search starts.
const FIRST: usize = 8192;

/// A value and its Monte Carlo standard error.
type Found = (f64, f64);

const NOTHING: Found = (f64::NAN, f64::NAN);

/// The truths of a family of ratios; not a number where there is none.
pub(super) fn truths(family: Family, asked: &Asked<'_>) -> Truths {
    let find = |latent: bool| -> Vec<Found> {
        let count = if family == Family::CommonOddsRatios { PAIRS.len() } else { ESTIMANDS };
        let Some(mut population) = Potential::draw(asked, latent) else { return vec![NOTHING; count] };
        match family {
            Family::CommonOddsRatios => PAIRS.map(|pairs| common_odds_ratio(&population, pairs)).to_vec(),
            Family::RiskRatios => of_shares(&population, |p| (libm::log(p), 1.0 / p)),
            Family::OddsRatios if population.covariates == 0 => {
                of_shares(&population, |p| (libm::log(p / (1.0 - p)), 1.0 / (p * (1.0 - p))))
            }
            _ => of_model(&mut population).unwrap_or_else(|| vec![NOTHING; count]),
        }
    };
    let (value, mcse) = find(false).into_iter().unzip();
    // Before its instrument rounds it an outcome has no steps.
    let latent = match family {
        Family::ProportionalOdds => vec![f64::NAN; ESTIMANDS],
        _ => find(true).into_iter().map(|(value, _)| value).collect(),
    };
    Truths { value, mcse: Some(mcse), latent }
}

/// A value with the standard error that the influences of patients make.
fn with_mcse(value: f64, influences: impl Iterator<Item = f64>) -> Found {
    let squares: f64 = influences.map(|influence| influence * influence).sum();
    if value.is_finite() { (value, squares.sqrt()) } else { NOTHING }
}

/// Contrasts of a function of the shares, which comes with its slope.
fn of_shares(population: &Potential, function: impl Fn(f64) -> (f64, f64)) -> Vec<Found> {
    let count = population.count();
    let mut share = [0.0; ARMS];
    for of in &population.patients {
        (0..ARMS).for_each(|arm| share[arm] += f64::from(of[arm]) / count);
    }
    let one = |weights: [f64; ARMS]| {
        let (mut value, mut pull) = (0.0, [0.0; ARMS]);
        for arm in (0..ARMS).filter(|&arm| weights[arm] != 0.0) {
            let (of, slope) = function(share[arm]);
            value += weights[arm] * of;
            pull[arm] = weights[arm] * slope / count;
        }
        let influence = |of: &[u8; ARMS]| -> f64 {
            (0..ARMS).map(|arm| pull[arm] * (f64::from(of[arm]) - share[arm])).sum()
        };
        with_mcse(value, population.patients.iter().map(influence))
    };
    WEIGHTS.into_iter().map(one).collect()
}

/// Contrasts of the arms' log odds in the model that fits best.
fn of_model(population: &mut Potential) -> Option<Vec<Found>> {
    let model = Cumulative { categories: population.categories, covariates: population.covariates };
    if model.categories < 2 {
        return None;
    }
    let mut maximum = Maximum::default();
    // A few patients show the way; whether they are enough for a maximum does not matter.
    population.seen = FIRST.min(population.patients.len());
    model.start(population, &mut maximum.parameters);
    let near = maximum.find(model, population);
    population.seen = population.patients.len();
    if near.is_err() {
        model.start(population, &mut maximum.parameters);
    }
    maximum.find(model, population).ok()?;
    let one = |weights: [f64; ARMS]| {
        let mut direction = vec![0.0; model.order()];
        for (arm, weight) in weights.into_iter().enumerate() {
            model.arm(arm).into_iter().for_each(|place| direction[place] = weight);
        }
        let value: f64 = direction.iter().zip(&maximum.parameters).map(|(w, b)| w * b).sum();
        let direction = maximum.solve(&direction).to_vec();
        let parameters = &maximum.parameters;
        let influence = |(patient, of): (usize, &[u8; ARMS])| -> f64 {
            let slope = |arm: usize| {
                let observed = (arm, usize::from(of[arm]), population.of(patient));
                population.shares[arm] * model.slope_along(parameters, &direction, observed)
            };
            (0..ARMS).map(slope).sum()
        };
        with_mcse(value, population.patients.iter().enumerate().map(influence))
    };
    Some(WEIGHTS.into_iter().map(one).collect())
}

/// Log of the common odds ratio of one factor over the levels of the other and the strata.
fn common_odds_ratio(population: &Potential, pairs: [[usize; 2]; 2]) -> Found {
    let stratum = |patient: usize| population.strata.get(patient).copied().unwrap_or(0);
    let strata = population.strata.iter().max().map_or(1, |last| last + 1);
    let mut count = vec![0.0; strata];
    let mut share = vec![[0.0; ARMS]; strata];
    for (patient, of) in population.patients.iter().enumerate() {
        count[stratum(patient)] += 1.0;
        (0..ARMS).for_each(|arm| share[stratum(patient)][arm] += f64::from(of[arm]));
    }
    for (share, count) in share.iter_mut().zip(&count) {
        share.iter_mut().for_each(|share| *share /= count);
    }
    // Patients at both levels of the factor, as they weigh in a table.
    let weight = pairs.map(|[first, second]| {
        let [first, second] = [population.shares[first], population.shares[second]];
        first * second / (first + second)
    });
    let mut total = [0.0; 2];
    for (share, count) in share.iter().zip(&count) {
        for ([first, second], weight) in pairs.into_iter().zip(weight) {
            total[0] += count * weight * share[second] * (1.0 - share[first]);
            total[1] += count * weight * share[first] * (1.0 - share[second]);
        }
    }
    // A product p(1 − q) of a stratum's shares changes by (1 − q)·dp − p·dq; with the stratum's size it is a
    // sum over patients.
    let influence = |(patient, of): (usize, &[u8; ARMS])| -> f64 {
        let share = &share[stratum(patient)];
        let mut part = [0.0; 2];
        for ([first, second], weight) in pairs.into_iter().zip(weight) {
            let [y, x] = [second, first].map(|arm| f64::from(of[arm]));
            let [p, q] = [share[second], share[first]];
            part[0] += weight * ((1.0 - q) * y - p * x + p * q);
            part[1] += weight * ((1.0 - p) * x - q * y + p * q);
        }
        part[0] / total[0] - part[1] / total[1]
    };
    with_mcse(libm::log(total[0] / total[1]), population.patients.iter().enumerate().map(influence))
}
