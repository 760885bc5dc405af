//! The random intercept where therapists see the same numbers of patients in every trial.
//!
//! All that the restricted likelihood knows of a trial is then in the contrasts z between therapists
//! ([`TherapistContrasts`]) and the rest S₀ of the sum of squares within arms. With λ = τ²/σ², r = 1/(1 + λd) and
//! R(λ) = Σ z²r + S₀ it is, but for a constant, f(λ) = Σ log(1 + λd) + (N − 4) log R(λ): the f of
//! [`reml`](super::reml) without a matrix. The arms' means, adjusted, are ȳ − λ Σ c·r·z, c how a contrast moves the
//! means, and their covariance is σ²(diag(1/n) + λH − λ² Σ r·ccᵀ), which is summed as λ(H − Σ ccᵀ/d) + λ Σ r·ccᵀ/d:
//! nothing is taken away from what is as large. No trial costs more than its contrasts, however many patients there
//! are, and eight trials are fitted side by side.
//!
//! Degrees of freedom are Satterthwaite's, from the observed information as in [`inference`](super::inference).
//!
//! Source: Olsen, Seely, Birkes (1976), Ann. Statist. 4:878.

mod likelihood;

use super::{LEAST_DF, Lmm};
use crate::analysis::closed_form::{Normal, PowerFormula};
use crate::analysis::contrast::weight_over_sizes;
use crate::analysis::{Analysis, Column, DegreesOfFreedom, Failure, Fits, MomentsBatch, OfMoments, packed};
use crate::estimand::{ARMS, WEIGHTS, contrast};
use crate::observation::{MOST_THERAPISTS, TherapistContrasts};
use crate::vector::widest;
use likelihood::{Group, LANES, Lanes, Likelihood, Maximum, Point};
use std::sync::Arc;

/// Contrasts with the same d, but for rounding.
const SAME: f64 = 1e-9;

/// The model with what the design says.
#[derive(Debug, Clone)]
pub(super) struct OfContrasts {
    model: Lmm,
    contrasts: Arc<TherapistContrasts>,
    /// Contrasts with the same d, in descending order of d.
    groups: Vec<Group>,
    /// By estimand: variance of the contrast of means for one unit of σ², and for one unit of what of τ² no contrast between
    /// therapists tells.
    alone: Vec<[f64; 2]>,
}

impl OfContrasts {
    pub fn new(model: Lmm, contrasts: Arc<TherapistContrasts>) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (number, &information) in contrasts.information.iter().enumerate() {
            let squared = |weights: &[f64; ARMS]| {
                let moved = contrast(weights, &contrasts.of_means[number]);
                moved * moved / information
            };
            let moving = WEIGHTS.iter().map(squared);
            match groups.last_mut().filter(|last| last.information - information <= SAME * last.information) {
                Some(last) => {
                    last.until = number + 1;
                    last.moving.iter_mut().zip(moving).for_each(|(sum, one)| *sum += one);
                }
                None => groups.push(Group {
                    information,
                    from: number,
                    until: number + 1,
                    moving: moving.collect(),
                }),
            }
        }
        let alone = |(estimand, weights): (usize, &[f64; ARMS])| {
            let own = weight_over_sizes(weights, &contrasts.sizes);
            let shared = contrast(weights, &contrasts.shared.map(|row| contrast(weights, &row)));
            let untold = shared - groups.iter().map(|group| group.moving[estimand]).sum::<f64>();
            // Rounding is all that is left where contrasts tell everything.
            [own, if untold > SAME * shared { untold } else { 0.0 }]
        };
        let alone = WEIGHTS.iter().enumerate().map(alone).collect();
        OfContrasts { model, contrasts, groups, alone }
    }

    /// Patients beyond the arms.
    fn left(&self) -> f64 {
        self.contrasts.sizes.iter().sum::<f64>() - ARMS as f64
    }

    #[inline(always)]
    fn fit_here(&self, moments: &MomentsBatch, fits: &mut Fits) {
        let outcome = self.model.outcome;
        fits.trials = moments.trials;
        moments.pooled_variance(outcome, moments.trials, &mut fits.outcome_variance);
        for to in (0..moments.trials).step_by(LANES) {
            let pooled = part(&moments.pooled[packed(outcome, outcome)], to);
            let mut squares = [[0.0; LANES]; MOST_THERAPISTS];
            let mut rest = pooled;
            for (group, squares) in self.groups.iter().zip(&mut squares) {
                for column in &moments.between[outcome][group.from..group.until] {
                    let z = part(column, to);
                    for trial in 0..LANES {
                        squares[trial] += z[trial] * z[trial];
                    }
                }
                for trial in 0..LANES {
                    rest[trial] -= squares[trial];
                }
            }
            let likelihood = Likelihood { groups: &self.groups, squares: &squares, rest, left: self.left() };
            let maximum = likelihood.maximise();
            self.infer(moments, to, &likelihood, &maximum, &pooled, fits);
        }
    }

    /// Writes estimates, variances and degrees of freedom of trials side by side.
    #[inline(always)]
    fn infer(
        &self,
        moments: &MomentsBatch,
        to: usize,
        likelihood: &Likelihood<'_>,
        maximum: &Maximum,
        pooled: &Lanes,
        fits: &mut Fits,
    ) {
        let outcome = self.model.outcome;
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
        let mut mean = [[0.0; LANES]; ARMS];
        for arm in 0..ARMS {
            mean[arm] = part(&moments.mean[outcome][arm], to);
        }
        for (group, shrunk) in self.groups.iter().zip(&shrunk) {
            for number in group.from..group.until {
                let z = part(&moments.between[outcome][number], to);
                let of_means = &self.contrasts.of_means[number];
                for arm in 0..ARMS {
                    for trial in 0..LANES {
                        mean[arm][trial] -= of_means[arm] * (shrunk[trial] * z[trial]);
                    }
                }
            }
        }
        let covariance = observed(&point, ratio, &residual, left);
        let patients = left + ARMS as f64;
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
            let (mut estimate, mut variance, mut freedom) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for trial in 0..LANES {
                for arm in 0..ARMS {
                    estimate[trial] += weights[arm] * mean[arm][trial];
                }
                variance[trial] = residual[trial] * unit[trial];
                let slope = residual[trial] * by_ratio[trial];
                let [of_ratio, both, of_residual] = covariance.map(|entry| entry[trial]);
                let spread = of_ratio * slope * slope
                    + 2.0 * both * slope * unit[trial]
                    + of_residual * unit[trial] * unit[trial];
                let df = 2.0 * variance[trial] * variance[trial] / spread;
                freedom[trial] = df.max(LEAST_DF).min(patients);
            }
            *part_mut(&mut fits.estimate[estimand], to) = estimate;
            *part_mut(&mut fits.variance[estimand], to) = variance;
            *part_mut(&mut fits.degrees_of_freedom[estimand], to) = freedom;
        }
        if to == 0 {
            fits.components = [ratio[0] * residual[0], residual[0]];
        }
        for trial in 0..LANES.min(fits.trials - to) {
            fits.boundary[to + trial] = f64::from(u8::from(ratio[trial] == 0.0));
            // As little as rounding leaves: the arms explain the outcome completely.
            let explained = point.sum_of_squares[trial].is_nan()
                || point.sum_of_squares[trial] <= 1e-14 * pooled[trial]
                || pooled[trial] <= 0.0;
            let no_information = !(covariance[0][trial] >= 0.0 && covariance[2][trial] > 0.0);
            if explained || no_information || !maximum.found[trial] {
                fits.failure[to + trial] = if explained { Failure::Singular } else { Failure::NoConvergence };
                fits.estimate.iter_mut().for_each(|estimate| estimate[to + trial] = f64::NAN);
            }
        }
    }
}

/// Variances of λ and σ² and, between them, their covariance, by the observed information. On the boundary λ is known.
#[inline(always)]
fn observed(point: &Point, ratio: &Lanes, residual: &Lanes, left: f64) -> [Lanes; 3] {
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

#[inline(always)]
fn part(column: &Column, to: usize) -> Lanes {
    column.as_chunks().0[to / LANES]
}

#[inline(always)]
fn part_mut(column: &mut Column, to: usize) -> &mut Lanes {
    &mut column.as_chunks_mut().0[to / LANES]
}

impl OfMoments for OfContrasts {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        widest(
            #[inline(always)]
            || self.fit_here(moments, fits),
        );
    }
}

impl Analysis for OfContrasts {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        self.model.degrees_of_freedom(sizes)
    }

    fn variables(&self) -> Vec<usize> {
        self.model.variables()
    }

    fn outcome(&self) -> usize {
        self.model.outcome()
    }

    fn between(&self) -> Option<usize> {
        Some(self.model.outcome())
    }

    fn boundary(&self) -> Option<&'static str> {
        self.model.boundary()
    }

    fn follows_shifts(&self) -> bool {
        self.model.follows_shifts()
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        self.model.power(normal, weights, alpha)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{BATCH, Complete, OfPatients, Patients, Recorded};
    use crate::assignment::{Layout, NOBODY};
    use crate::observation::record;
    use crate::random::{Stage, Words};
    use crate::scenario::{DfMethod, RandomEffects};

    /// The therapist of a patient, by row and arm.
    type Treats = fn(usize, usize) -> u32;

    /// Patients in each arm, and who treats whom.
    fn designs() -> [(u64, Treats); 6] {
        [
            // Crossed, balanced; crossed, two and three in each arm.
            (16, |row, _| (row / 2) as u32),
            (20, |row, arm| ((4 * row + arm) / 10) as u32),
            // Nested in the context, in the arms; crossed, uneven; in the enhanced context only.
            (12, |row, arm| (row / 3 + 4 * (arm / 2)) as u32),
            (12, |row, arm| (row / 4 + 3 * arm) as u32),
            (15, |row, arm| [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4][(row + 2 * arm) % 15]),
            (12, |row, arm| if arm < 2 { NOBODY } else { (row / 5) as u32 }),
        ]
    }

    #[test]
    fn contrasts_say_what_the_patients_say() {
        let model = Lmm {
            outcome: 0,
            covariates: Vec::new(),
            method: DfMethod::Satterthwaite,
            random_effects: RandomEffects::Intercept,
        };
        let (mut at_bound, mut inside) = (0, 0);
        for (number, (size, treats)) in designs().into_iter().enumerate() {
            let layout = Layout::new([size; ARMS]);
            let patients = layout.patients();
            let mut arms = vec![0; patients];
            layout.write_arms(&mut arms);
            let therapists: Vec<u32> = (0..patients).map(|k| treats(k / ARMS, k % ARMS)).collect();
            let count = therapists.iter().filter(|&&t| t != NOBODY).max().unwrap() + 1;
            let mut cells = vec![[0; ARMS]; count as usize];
            for (&arm, &t) in arms.iter().zip(&therapists).filter(|(_, t)| **t != NOBODY) {
                cells[t as usize][usize::from(arm)] += 1;
            }
            let contrasts = Arc::new(TherapistContrasts::new(&cells, layout.sizes()).unwrap());
            let recorded = Recorded { variables: vec![0], pairs: vec![(0, 0)], ..Recorded::default() };
            let mut moments = MomentsBatch::new(layout.sizes(), 1);
            moments.between[0] = contrasts.columns();
            // Not a whole number of trials side by side.
            moments.trials = BATCH - 3;
            let mut complete = Complete::new(patients);
            let mut worker = OfPatients::worker(&model);
            let words = Words::new(7, Stage::Patient, "contrasts");
            let mut expected = Vec::new();
            for trial in 0..moments.trials {
                let mut words = words.of((100 * number + trial) as u64);
                let mut normal = || words.normal();
                let levels: Vec<f64> = (0..count).map(|_| normal()).collect();
                // Without any variance between therapists in some trials, and much more than within in others.
                let sd = [0.0, 0.5, 1.5, 60.0][trial % 4];
                let level = |t: u32| levels.get(t as usize).map_or(0.0, |level| sd * level);
                let y: Vec<f64> =
                    (0..patients).map(|k| 50.0 + level(therapists[k]) + 2.0 * normal()).collect();
                record(|_| &y, &layout, &recorded, &mut moments, trial);
                contrasts.record(0, &y, &therapists, &mut moments, trial);
                let column = |_: usize| y.as_slice();
                complete.list(&arms, &recorded, &column);
                let of_trial = Patients {
                    complete: &complete,
                    therapists: &therapists,
                    blocks: &[],
                    draws: (0, 0),
                    column: &column,
                };
                let mut fits = Fits::new(WEIGHTS.len());
                fits.start();
                worker.fit(&of_trial, &mut fits).unwrap();
                expected.push(fits);
            }
            let mut fits = Fits::new(WEIGHTS.len());
            let analysis = OfContrasts::new(model.clone(), contrasts);
            analysis.fit(&moments, &mut fits);
            assert_eq!(fits.trials, expected.len());
            // A trial is the same to the last bit whoever lies beside it.
            let mut alone = moments.clone();
            for trial in 0..moments.trials {
                let columns = alone.mean[0].iter_mut().zip(&moments.mean[0]);
                let columns = columns.chain(alone.pooled.iter_mut().zip(&moments.pooled));
                let columns = columns.chain(alone.between[0].iter_mut().zip(&moments.between[0]));
                columns.for_each(|(own, of_batch)| own[0] = of_batch[trial]);
                alone.trials = 1;
                let mut one = Fits::new(WEIGHTS.len());
                analysis.fit(&alone, &mut one);
                for estimand in 0..WEIGHTS.len() {
                    assert_eq!(one.estimate[estimand][0].to_bits(), fits.estimate[estimand][trial].to_bits());
                    assert_eq!(one.variance[estimand][0].to_bits(), fits.variance[estimand][trial].to_bits());
                    let [own, of_batch] = [&one, &fits].map(|fits| &fits.degrees_of_freedom[estimand]);
                    assert_eq!(own[0].to_bits(), of_batch[trial].to_bits());
                }
            }
            for (trial, expected) in expected.iter().enumerate() {
                assert!(fits.answers(trial), "design {number}, trial {trial}");
                assert_eq!(fits.boundary[trial], expected.boundary[0]);
                at_bound += u32::from(expected.boundary[0] > 0.0);
                inside += u32::from(expected.boundary[0] == 0.0);
                let close = |ours: f64, theirs: f64, tolerance: f64| {
                    let difference = (ours - theirs).abs();
                    assert!(difference <= tolerance, "design {number}, trial {trial}: {ours} for {theirs}");
                };
                close(fits.outcome_variance[trial], expected.outcome_variance[0], 1e-11);
                for estimand in 0..WEIGHTS.len() {
                    let [variance, df] =
                        [expected.variance[estimand][0], expected.degrees_of_freedom[estimand][0]];
                    close(fits.estimate[estimand][trial], expected.estimate[estimand][0], 1e-9);
                    close(fits.variance[estimand][trial], variance, 1e-9 * variance);
                    close(fits.degrees_of_freedom[estimand][trial], df, 1e-6 * df);
                }
                if trial == 0 {
                    close(fits.components[0], expected.components[0], 1e-9);
                    close(fits.components[1], expected.components[1], 1e-9);
                }
            }
        }
        assert!(at_bound > 20 && inside > 100, "{at_bound} {inside}");
    }

    #[test]
    fn an_outcome_that_the_arms_explain_is_no_answer() {
        let contrasts = Arc::new(TherapistContrasts::new(&[[2; ARMS]; 4], [8; ARMS]).unwrap());
        let mut moments = MomentsBatch::new([8; ARMS], 1);
        moments.between[0] = contrasts.columns();
        moments.trials = 2;
        for trial in 0..2 {
            moments.mean[0].iter_mut().for_each(|column| column[trial] = 1.0);
            moments.between[0].iter_mut().for_each(|column| column[trial] = trial as f64);
            moments.pooled[0][trial] = 28.0 * trial as f64;
        }
        let model = Lmm {
            outcome: 0,
            covariates: Vec::new(),
            method: DfMethod::Satterthwaite,
            random_effects: RandomEffects::Intercept,
        };
        let mut fits = Fits::new(WEIGHTS.len());
        OfContrasts::new(model, contrasts).fit(&moments, &mut fits);
        assert!(!fits.answers(0) && fits.answers(1));
        assert_eq!(fits.failure[0], Failure::Singular);
    }
}
