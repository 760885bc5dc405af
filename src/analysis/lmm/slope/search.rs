//! The maximum of the likelihood by Newton's steps.

use super::halves::Halves;
use super::likelihood::Point;
use super::pattern::{MOST, Pattern};
use crate::analysis::Failure;
use crate::analysis::matrix::{Matrix, backward, factor, forward};

/// A step so short in every parameter is the last: as each squares the error, what is left after it is
/// beyond what can be seen.
const CLOSE: f64 = 1e-7;

/// A gain of likelihood below which rounding decides which of two points is the better one.
const INVISIBLE: f64 = 1e-8;

/// So many steps without a visible gain are enough.
const MOST_INVISIBLE: u32 = 20;

/// Steps after which the search has failed; about eight are usual.
const MOST_STEPS: usize = 200;

/// How often a step may be shortened.
const MOST_SHORTER: usize = 30;

/// The largest parameter that is tried: between therapists lies 10⁸ times as much as within.
const LARGEST: f64 = 1e4;

/// Share of the largest second derivative by which all are raised at least. With a thousandth, steps along a
/// ridge that bends down by less than that (an intercept near zero) were so short that 200 did not lead off it.
const LEAST_RAISED: f64 = 1e-9;

/// Share of the gain promised by the gradient that a step must give.
const LEAST_GAIN: f64 = 1e-4;

/// The parameters of the maximum, and the likelihood there.
pub(super) fn maximise<const N: usize>(
    halves: &Halves<N>,
    pattern: Pattern,
) -> Result<([f64; MOST], Point<N>), Failure> {
    let at = |theta| Point::at(halves, pattern.covariance(theta));
    let mut theta = pattern.start();
    let mut point = at(theta).ok_or(Failure::Singular)?;
    let (mut invisible, mut was_moved) = (0, false);
    for _ in 0..MOST_STEPS {
        let (gradient, hessian) = derivatives(&point, pattern, theta, halves.left());
        let (step, bends_up) = newton(&gradient, &hessian, pattern.dimension())?;
        let length = step.iter().fold(0.0_f64, |most, part| most.max(part.abs()));
        let gain: f64 = -(0..MOST).map(|k| gradient[k] * step[k]).sum::<f64>();
        let moved = |share: f64| std::array::from_fn(|k| theta[k] + share * step[k]);
        // Where the intercept comes near zero the other parameters can turn about it without any change of the
        // likelihood: then no step is short, and none gains.
        invisible += u32::from(bends_up && gain < INVISIBLE);
        let is_last = length <= CLOSE && (bends_up || was_moved);
        if is_last || invisible > MOST_INVISIBLE {
            let theta = pattern.rounded(if is_last { moved(1.0) } else { theta });
            return at(theta).map(|point| (theta, point)).ok_or(Failure::Singular);
        }
        if length <= CLOSE {
            // No maximum, though all slopes are zero: a parameter that is zero itself has none.
            theta = pattern.off_saddle(theta, std::array::from_fn(|k| hessian[k][k] < 0.0));
            point = at(theta).ok_or(Failure::Singular)?;
            was_moved = true;
            continue;
        }
        // Not more than doubled at once, and shorter until the likelihood gains.
        let largest = theta.iter().fold(0.25_f64, |most, part| most.max(part.abs()));
        let mut share = (largest / length).min(1.0);
        let mut next = None;
        for _ in 0..MOST_SHORTER {
            let candidate = at(moved(share));
            let gains = |candidate: &Point<N>| {
                let gained = point.value - candidate.value;
                (bends_up && gain < INVISIBLE && gained > -INVISIBLE) || gained >= LEAST_GAIN * share * gain
            };
            if let Some(candidate) = candidate.filter(gains) {
                next = Some(candidate);
                break;
            }
            share *= 0.25;
        }
        theta = moved(share);
        point = next.ok_or(Failure::NoConvergence)?;
        if theta.iter().any(|part| part.abs() > LARGEST) {
            return Err(Failure::NoConvergence);
        }
    }
    Err(Failure::NoConvergence)
}

/// Gradient and second derivatives of f by θ.
fn derivatives<const N: usize>(
    point: &Point<N>,
    pattern: Pattern,
    theta: [f64; MOST],
    left: f64,
) -> ([f64; MOST], [[f64; MOST]; MOST]) {
    let first = pattern.first(theta);
    let gradient = first.map(|by| (0..3).map(|k| by[k] * point.gradient[k]).sum());
    (gradient, by_parameters(&point.curvature(left, true), &first, &pattern.second(point.gradient)))
}

/// Second derivatives by θ, of those by λ.
pub(super) fn by_parameters(
    curvature: &[[f64; 3]; 3],
    first: &[[f64; 3]; MOST],
    second: &[[f64; MOST]; MOST],
) -> [[f64; MOST]; MOST] {
    let mut hessian = *second;
    for i in 0..MOST {
        for j in 0..MOST {
            for k in 0..3 {
                for l in 0..3 {
                    hessian[i][j] += curvature[k][l] * first[i][k] * first[j][l];
                }
            }
        }
    }
    hessian
}

/// Newton's step, and whether f bends upwards in every direction; if not, the second derivatives are
/// raised until it does.
fn newton(
    gradient: &[f64; MOST],
    hessian: &[[f64; MOST]; MOST],
    dimension: usize,
) -> Result<([f64; MOST], bool), Failure> {
    let largest = (0..dimension).map(|k| hessian[k][k].abs()).fold(0.0, f64::max);
    let mut raised = 0.0;
    for _ in 0..MOST_STEPS {
        let mut matrix: Matrix<{ MOST + 1 }> = [[0.0; MOST + 1]; MOST + 1];
        for row in 0..MOST {
            for column in 0..=row {
                matrix[row][column] = hessian[row][column];
            }
            matrix[row][row] += raised;
            if row >= dimension {
                matrix[row][row] = 1.0;
            }
        }
        if let Some(factor) = factor(&matrix) {
            let [a, b, c] = *gradient;
            let step = backward(&factor, forward(&factor, [-a, -b, -c, 0.0]));
            let step = std::array::from_fn(|k| if k < dimension { step[k] } else { 0.0 });
            return Ok((step, raised == 0.0));
        }
        raised = (4.0 * raised).max(LEAST_RAISED * largest).max(f64::MIN_POSITIVE);
    }
    Err(Failure::NoConvergence)
}
