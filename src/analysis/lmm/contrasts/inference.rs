//! Estimates, standard errors and degrees of freedom of trials side by side.

use super::super::LEAST_DF;
use super::elimination::Elimination;
use super::likelihood::{Likelihood, Maximum, Point};
use super::{LANES, Lanes, OfContrasts, part, part_mut};
use crate::analysis::{Failure, Fits, MomentsBatch, packed};
use crate::estimand::{ARMS, WEIGHTS};
use crate::observation::MOST_THERAPISTS;

impl OfContrasts {
    /// Writes what is said of the trials from number `to` on.
    #[inline(always)]
    pub(super) fn infer<const N: usize>(
        &self,
        variables: &[usize; N],
        moments: &MomentsBatch,
        to: usize,
        likelihood: &Likelihood<'_, N>,
        maximum: &Maximum,
        fits: &mut Fits,
    ) {
        let outcome = N - 1;
        let ratio = &maximum.ratio;
        let point = likelihood.at(ratio);
        let left = self.left();
        let mut residual = [0.0; LANES];
        for trial in 0..LANES {
            residual[trial] = point.sum_of_squares[trial] / left;
        }
        // λr by group.
        let mut shrunk = [[0.0; LANES]; MOST_THERAPISTS];
        for (group, shrunk) in self.groups.iter().zip(&mut shrunk) {
            for trial in 0..LANES {
                shrunk[trial] = ratio[trial] / (1.0 + ratio[trial] * group.information);
            }
        }
        // Means of each variable, and of the covariates how they move with λ.
        let mut mean = [[[0.0; LANES]; ARMS]; N];
        let mut moving = [[[0.0; LANES]; ARMS]; N];
        for k in 0..N {
            for arm in 0..ARMS {
                mean[k][arm] = part(&moments.mean[variables[k]][arm], to);
            }
            for (group, shrunk) in self.groups.iter().zip(&shrunk) {
                for number in group.from..group.until {
                    let z = part(&moments.between[variables[k]][number], to);
                    let of_means = &self.contrasts.of_means[number];
                    for arm in 0..ARMS {
                        for trial in 0..LANES {
                            mean[k][arm][trial] -= of_means[arm] * (shrunk[trial] * z[trial]);
                        }
                    }
                    if k < outcome {
                        for arm in 0..ARMS {
                            for trial in 0..LANES {
                                let r = 1.0 - shrunk[trial] * group.information;
                                moving[k][arm][trial] -= of_means[arm] * (r * r * z[trial]);
                            }
                        }
                    }
                }
            }
        }
        let covariance = observed(&point, ratio, &residual, left);
        let patients: f64 = moments.sizes.iter().sum();
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let [own, untold] = self.alone[estimand];
            let (mut unit, mut by_ratio) = ([0.0; LANES], [untold; LANES]);
            for trial in 0..LANES {
                unit[trial] = own + ratio[trial] * untold;
            }
            for (group, shrunk) in self.groups.iter().zip(&shrunk) {
                let moving = group.moving[estimand];
                for trial in 0..LANES {
                    let r = 1.0 - shrunk[trial] * group.information;
                    unit[trial] += moving * shrunk[trial];
                    by_ratio[trial] += moving * (r * r);
                }
            }
            let (mut compared, mut compared_moving) = ([[0.0; LANES]; N], [[0.0; LANES]; N]);
            for k in 0..N {
                for arm in 0..ARMS {
                    for trial in 0..LANES {
                        compared[k][trial] += weights[arm] * mean[k][arm][trial];
                        compared_moving[k][trial] += weights[arm] * moving[k][arm][trial];
                    }
                }
            }
            point.eliminated.forward(&mut compared);
            point.eliminated.forward(&mut compared_moving);
            add_imbalance(&point, &compared, &compared_moving, &mut unit, &mut by_ratio);
            let (mut variance, mut freedom) = ([0.0; LANES], [0.0; LANES]);
            for trial in 0..LANES {
                variance[trial] = residual[trial] * unit[trial];
                let slope = residual[trial] * by_ratio[trial];
                let [of_ratio, both, of_residual] = covariance.map(|entry| entry[trial]);
                let spread = of_ratio * slope * slope
                    + 2.0 * both * slope * unit[trial]
                    + of_residual * unit[trial] * unit[trial];
                let df = 2.0 * variance[trial] * variance[trial] / spread;
                freedom[trial] = df.max(LEAST_DF).min(patients);
            }
            *part_mut(&mut fits.estimate[estimand], to) = compared[outcome];
            *part_mut(&mut fits.variance[estimand], to) = variance;
            *part_mut(&mut fits.degrees_of_freedom[estimand], to) = freedom;
        }
        if to == 0 {
            fits.components = [ratio[0] * residual[0], residual[0]];
        }
        let pooled = part(&moments.pooled[packed(variables[outcome], variables[outcome])], to);
        for trial in 0..LANES.min(fits.trials - to) {
            fits.boundary[to + trial] = f64::from(u8::from(ratio[trial] == 0.0));
            // As little as rounding leaves: the arms explain the outcome completely, or a covariate.
            let explained = point.sum_of_squares[trial].is_nan()
                || point.sum_of_squares[trial] <= 1e-14 * pooled[trial]
                || pooled[trial] <= 0.0;
            let no_information = !(covariance[0][trial] >= 0.0 && covariance[2][trial] > 0.0);
            let failure = match (left < 1.0, explained) {
                (true, _) => Failure::TooFewPatients,
                (false, true) => Failure::Singular,
                (false, false) if no_information || !maximum.found[trial] => Failure::NoConvergence,
                (false, false) => continue,
            };
            fits.failure[to + trial] = failure;
            fits.estimate.iter_mut().for_each(|estimate| estimate[to + trial] = f64::NAN);
        }
    }
}

/// Adds to the variance of a contrast what the covariates' slopes have in it, and to its derivative by λ.
#[inline(always)]
fn add_imbalance<const N: usize>(
    point: &Point<N>,
    compared: &[Lanes; N],
    moving: &[Lanes; N],
    unit: &mut Lanes,
    by_ratio: &mut Lanes,
) {
    let Point { eliminated: Elimination { inverse, .. }, first, .. } = point;
    for row in 0..N - 1 {
        for trial in 0..LANES {
            let solved = compared[row][trial] * inverse[row][trial];
            unit[trial] += compared[row][trial] * solved;
            by_ratio[trial] += 2.0 * moving[row][trial] * solved - solved * first[row][row][trial] * solved;
        }
        for column in 0..row {
            for trial in 0..LANES {
                let solved = compared[row][trial] * inverse[row][trial];
                let other = compared[column][trial] * inverse[column][trial];
                by_ratio[trial] -= 2.0 * solved * first[row][column][trial] * other;
            }
        }
    }
}

/// Variances of λ and σ² and, between them, their covariance, by the observed information. On the boundary λ is known.
#[inline(always)]
fn observed<const N: usize>(point: &Point<N>, ratio: &Lanes, residual: &Lanes, left: f64) -> [Lanes; 3] {
    let mut covariance = [[0.0; LANES]; 3];
    for trial in 0..LANES {
        let squared = residual[trial] * residual[trial];
        let by_residual = left / squared;
        let by_ratio = point.determinant[1][trial] + point.residual[1][trial] / residual[trial];
        let both = -point.residual[0][trial] / squared;
        let determinant = by_ratio * by_residual - both * both;
        let inside = ratio[trial] > 0.0;
        // Not a maximum: no information, which is told by what is not a number.
        let inverse = if determinant > 0.0 && by_ratio > 0.0 { 2.0 / determinant } else { f64::NAN };
        covariance[0][trial] = if inside { by_residual * inverse } else { 0.0 };
        covariance[1][trial] = if inside { -both * inverse } else { 0.0 };
        covariance[2][trial] = if inside { by_ratio * inverse } else { 2.0 / by_residual };
    }
    covariance
}
