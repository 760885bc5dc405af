//! Maximum likelihood, likelihood-ratio tests and profile likelihood limits of contrasts.
//!
//! With score s and information I, a step towards the maximum under w'β = c is I⁻¹(s − μw), μ chosen so that the
//! contrast becomes c. The limits of a contrast lie where its profile likelihood is χ²/2 below the maximum; a
//! step towards one is I⁻¹(s − μw) with μ² = (2(ℓ − target) + s'I⁻¹s) ÷ w'I⁻¹w, the root's sign telling which.
//!
//! Source: Venzon, Moolgavkar (1988), Appl. Stat. 37:87.

use super::Failure;
use super::cumulative::{Cumulative, Observations, Point};

/// Newton's steps after which there is no maximum.
const MOST_STEPS: usize = 60;

/// The largest step at the end, in log odds.
const CLOSE: f64 = 1e-10;

/// The largest step with which Newton's method needs no watching: the log likelihood is concave, and
/// the next step is as small as this one squared.
const SMALL: f64 = 1e-4;

/// Log odds beyond which a model only tells patients apart.
const SEPARATED: f64 = 30.0;

/// Share of a diagonal entry that must be left by the columns before, or a column tells nothing new.
const LEAST_LEFT: f64 = 1e-11;

/// A step is halved so often at most.
const MOST_HALVINGS: usize = 30;

/// A model at the maximum of its likelihood, with room to ask it about contrasts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Maximum {
    pub parameters: Vec<f64>,
    /// The log likelihood.
    pub value: f64,
    factor: Vec<f64>,
    top: Point,
    here: Point,
    room: Room,
}

/// Buffers of a search.
#[derive(Debug, Clone, Default)]
struct Room {
    parameters: Vec<f64>,
    tried: Vec<f64>,
    factor: Vec<f64>,
    step: Vec<f64>,
    toward: Vec<f64>,
}

/// What a search looks for, along a contrast with these weights.
#[derive(Clone, Copy)]
enum Goal<'w> {
    /// The maximum.
    Top,
    /// The maximum of those where the contrast is this.
    At(&'w [f64], f64),
    /// The largest (+1) or smallest (−1) contrast with a log likelihood of so much.
    Limit(&'w [f64], f64, f64),
}

/// Cholesky's factor of the lower triangle, the diagonal inverted; false if a column tells nothing new.
fn factorise(matrix: &[f64], order: usize, factor: &mut Vec<f64>) -> bool {
    factor.clear();
    factor.extend_from_slice(matrix);
    for row in 0..order {
        let (before, current) = factor.split_at_mut(row * order);
        for column in 0..row {
            let other = &before[column * order..];
            let known: f64 = current[..column].iter().zip(other).map(|(x, y)| x * y).sum();
            current[column] = (current[column] - known) * other[column];
        }
        let known: f64 = current[..row].iter().map(|x| x * x).sum();
        let pivot = current[row] - known;
        if pivot.is_nan() || pivot <= LEAST_LEFT * current[row] {
            return false;
        }
        current[row] = 1.0 / pivot.sqrt();
    }
    true
}

/// Puts (LL')⁻¹b in the place of b.
fn solve(factor: &[f64], b: &mut [f64]) {
    let order = b.len();
    for row in 0..order {
        let of = &factor[row * order..];
        let known: f64 = b[..row].iter().zip(of).map(|(x, y)| x * y).sum();
        b[row] = (b[row] - known) * of[row];
    }
    for row in (0..order).rev() {
        let later: f64 = (row + 1..order).map(|k| factor[k * order + row] * b[k]).sum();
        b[row] = (b[row] - later) * factor[row * order + row];
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn solved(factor: &[f64], right: &[f64], out: &mut Vec<f64>) {
    out.clear();
    out.extend_from_slice(right);
    solve(factor, out);
}

impl Maximum {
    /// Finds the maximum, starting from its parameters as they are.
    pub fn find(&mut self, model: Cumulative, observations: &impl Observations) -> Result<(), Failure> {
        self.room.parameters.clone_from(&self.parameters);
        model.evaluate(observations, &self.parameters, &mut self.here);
        self.search(model, observations, Goal::Top)?;
        self.parameters.clone_from(&self.room.parameters);
        model.evaluate(observations, &self.parameters, &mut self.top);
        self.value = self.top.value;
        match factorise(&self.top.information, model.order(), &mut self.factor) {
            true => Ok(()),
            false => Err(Failure::Separation),
        }
    }

    /// I⁻¹w at the maximum.
    pub fn solve(&mut self, weights: &[f64]) -> &[f64] {
        solved(&self.factor, weights, &mut self.room.toward);
        &self.room.toward
    }

    /// Twice the difference of the log likelihood from that of the best model in which the contrast is 0.
    pub fn likelihood_ratio(
        &mut self,
        model: Cumulative,
        observations: &impl Observations,
        weights: &[f64],
    ) -> Result<f64, Failure> {
        self.return_to_top();
        self.search(model, observations, Goal::At(weights, 0.0))?;
        // Rounding may leave less than nothing.
        Ok((2.0 * (self.value - self.here.value)).max(0.0))
    }

    /// The contrast at which its profile likelihood is `drop` below the maximum, above (+1) or below (−1).
    pub fn limit(
        &mut self,
        model: Cumulative,
        observations: &impl Observations,
        weights: &[f64],
        (drop, side): (f64, f64),
    ) -> Result<f64, Failure> {
        let target = self.value - drop;
        self.return_to_top();
        self.search(model, observations, Goal::Limit(weights, target, side))?;
        Ok(dot(weights, &self.room.parameters))
    }

    fn return_to_top(&mut self) {
        self.room.parameters.clone_from(&self.parameters);
        // Field by field, into the vectors that are there: a derived clone makes new ones.
        let Maximum { top, here, .. } = self;
        here.value = top.value;
        here.score.clone_from(&top.score);
        here.information.clone_from(&top.information);
    }

    /// Steps until they are small, from the room's parameters, at which the likelihood is known.
    fn search(
        &mut self,
        model: Cumulative,
        observations: &impl Observations,
        goal: Goal<'_>,
    ) -> Result<(), Failure> {
        let order = model.order();
        // Where the parameters keep to the goal, a step must not lead downhill.
        let mut keeps = matches!(goal, Goal::Top);
        for number in 0..MOST_STEPS {
            let Maximum { here, room, .. } = self;
            let Room { parameters, tried, factor, step, toward } = room;
            if !factorise(&here.information, order, factor) {
                return Err(if number == 0 { Failure::Singular } else { Failure::Separation });
            }
            solved(factor, &here.score, step);
            let pull = match goal {
                Goal::Top => 0.0,
                Goal::At(weights, contrast) => {
                    solved(factor, weights, toward);
                    let missing = contrast - dot(weights, parameters);
                    (dot(weights, step) - missing) / dot(weights, toward)
                }
                Goal::Limit(weights, target, side) => {
                    solved(factor, weights, toward);
                    let above = 2.0 * (here.value - target) + dot(&here.score, step);
                    -side * (above.max(0.0) / dot(weights, toward)).sqrt()
                }
            };
            if pull != 0.0 {
                step.iter_mut().zip(&*toward).for_each(|(step, toward)| *step -= pull * toward);
            }
            let largest = step.iter().fold(0.0, |most: f64, step| most.max(step.abs()));
            if largest <= CLOSE {
                parameters.iter_mut().zip(&*step).for_each(|(one, step)| *one += step);
                return Ok(());
            }
            // What a small step changes can be less than the rounding of a sum over many patients.
            let (before, uphill) = (here.value, keeps && largest > SMALL);
            let mut share = 1.0;
            for halving in 0.. {
                tried.clear();
                tried.extend(parameters.iter().zip(&*step).map(|(one, step)| one + share * step));
                model.evaluate(observations, tried, here);
                let fine = here.value > f64::NEG_INFINITY && (!uphill || here.value >= before);
                if fine {
                    break;
                }
                if halving == MOST_HALVINGS || here.value.is_nan() {
                    return Err(Failure::NoConvergence);
                }
                share /= 2.0;
            }
            keeps = keeps || (share == 1.0 && matches!(goal, Goal::At(..)));
            std::mem::swap(parameters, tried);
            if is_separated(model, parameters) {
                return Err(Failure::Separation);
            }
        }
        Err(Failure::NoConvergence)
    }
}

/// Whether the odds of an arm are infinite, but for the steps that lead there.
fn is_separated(model: Cumulative, parameters: &[f64]) -> bool {
    let cuts = &parameters[..model.cuts()];
    (0..crate::estimand::ARMS).any(|arm| {
        let of_arm = model.arm(arm).map_or(0.0, |place| parameters[place]);
        cuts.iter().any(|cut| (cut - of_arm).abs() > SEPARATED)
    })
}
