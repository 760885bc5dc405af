//! The random intercept where therapists see the same numbers of patients in every trial.
//!
//! All that the restricted likelihood knows of a trial is then in the contrasts z between therapists
//! ([`TherapistContrasts`]) of covariates and outcome, and in the rest S₀ of their products within arms. With λ = τ²/σ²
//! and r = 1/(1 + λd) a therapist's patients are taken into account by M(λ) = S₀ + Σ r·zzᵀ ([`likelihood`]): slopes and
//! residuals are those of analysis of covariance with M in place of the products within arms. The arms' means of each
//! variable become x̄ − λ Σ c·r·z, c how a contrast moves the means, with the covariance σ²(diag(1/n) + λH − λ² Σ r·ccᵀ),
//! which is summed as λ(H − Σ ccᵀ/d) + λ Σ r·ccᵀ/d: nothing is taken away from what is as large. No trial costs more than
//! its contrasts, however many patients there are, and eight trials are fitted side by side.
//!
//! Degrees of freedom are Satterthwaite's, from the observed information as in [`inference`](super::inference).
//!
//! Source: Olsen, Seely, Birkes (1976), Ann. Statist. 4:878.

mod elimination;
mod inference;
mod likelihood;

use super::Lmm;
use crate::analysis::closed_form::{Normal, PowerFormula};
use crate::analysis::contrast::weight_over_sizes;
use crate::analysis::{
    Analysis, Column, DegreesOfFreedom, Fits, MOST_COVARIATES, MomentsBatch, OfMoments, packed,
};
use crate::estimand::{ARMS, WEIGHTS, contrast};
use crate::observation::{MOST_THERAPISTS, TherapistContrasts};
use crate::vector::widest;
use likelihood::{Group, Likelihood};
use std::sync::Arc;

/// Trials that are fitted side by side; it divides the batch.
const LANES: usize = 8;

/// One number of each.
type Lanes = [f64; LANES];

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

    /// Patients beyond arms and covariates.
    fn left(&self) -> f64 {
        let effects = ARMS + self.model.covariates.len();
        self.contrasts.sizes.iter().sum::<f64>() - effects as f64
    }

    fn fit_with<const N: usize>(&self, moments: &MomentsBatch, fits: &mut Fits) {
        widest(
            #[inline(always)]
            || self.fit_here::<N>(moments, fits),
        );
    }

    /// With N − 1 covariates: their number is fixed when the program is compiled, so that small loops are unrolled.
    #[inline(always)]
    fn fit_here<const N: usize>(&self, moments: &MomentsBatch, fits: &mut Fits) {
        let mut variables = [self.model.outcome; N];
        variables[..N - 1].copy_from_slice(&self.model.covariates);
        fits.trials = moments.trials;
        moments.pooled_variance(self.model.outcome, moments.trials, &mut fits.outcome_variance);
        let mut products = [[[[0.0; LANES]; N]; N]; MOST_THERAPISTS];
        for to in (0..moments.trials).step_by(LANES) {
            let mut rest = [[[0.0; LANES]; N]; N];
            for row in 0..N {
                for column in 0..=row {
                    let (v, w) = (variables[row], variables[column]);
                    rest[row][column] = part(&moments.pooled[packed(v, w)], to);
                    let of_groups = self.groups.iter().zip(&mut products);
                    for (group, products) in of_groups {
                        let mut sum = [0.0; LANES];
                        for number in group.from..group.until {
                            let z = part(&moments.between[v][number], to);
                            let other = part(&moments.between[w][number], to);
                            for trial in 0..LANES {
                                sum[trial] += z[trial] * other[trial];
                            }
                        }
                        products[row][column] = sum;
                        for trial in 0..LANES {
                            rest[row][column][trial] -= sum[trial];
                        }
                    }
                }
            }
            let likelihood =
                Likelihood { groups: &self.groups, products: &products, rest, left: self.left() };
            let maximum = likelihood.maximise();
            self.infer(&variables, moments, to, &likelihood, &maximum, fits);
        }
    }
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
        match self.model.covariates.len() {
            0 => self.fit_with::<1>(moments, fits),
            1 => self.fit_with::<2>(moments, fits),
            2 => self.fit_with::<3>(moments, fits),
            3 => self.fit_with::<4>(moments, fits),
            4 => self.fit_with::<5>(moments, fits),
            5 => self.fit_with::<6>(moments, fits),
            6 => self.fit_with::<7>(moments, fits),
            7 => self.fit_with::<8>(moments, fits),
            _ => self.fit_with::<{ MOST_COVARIATES + 1 }>(moments, fits),
        }
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

    fn between(&self) -> Option<&TherapistContrasts> {
        Some(&self.contrasts)
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
    use crate::analysis::{BATCH, Complete, Failure, OfPatients, Patients, recorded};
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

    /// The outcome after so many covariates.
    fn model(covariates: usize) -> Lmm {
        Lmm {
            outcome: covariates,
            covariates: (0..covariates).collect(),
            method: DfMethod::Satterthwaite,
            random_effects: RandomEffects::Intercept,
        }
    }

    /// What is the same in all trials of a design.
    struct Trials {
        layout: Layout,
        arms: Vec<u8>,
        therapists: Vec<u32>,
        contrasts: Arc<TherapistContrasts>,
    }

    impl Trials {
        fn new((size, treats): (u64, Treats)) -> Self {
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
            Trials { layout, arms, therapists, contrasts }
        }

        /// Covariates and outcome of one trial, therapists having levels with this SD; they have some of the first covariate
        /// too, which nothing keeps from being so.
        fn columns(&self, covariates: usize, sd: f64, mut normal: impl FnMut() -> f64) -> Vec<Vec<f64>> {
            let levels: Vec<f64> = self.therapists.iter().map(|_| normal()).collect();
            let level = |t: u32| levels.get(t as usize).map_or(0.0, |level| sd * level);
            let patients = self.therapists.len();
            let mut columns: Vec<Vec<f64>> =
                (0..covariates).map(|_| (0..patients).map(|_| 5.0 + normal()).collect()).collect();
            if let Some(first) = columns.first_mut() {
                first.iter_mut().zip(&self.therapists).for_each(|(x, &t)| *x += 0.3 * level(t));
            }
            let outcome = (0..patients).map(|k| {
                let explained: f64 = columns.iter().map(|column| 1.5 * column[k]).sum();
                50.0 + explained + level(self.therapists[k]) + 2.0 * normal()
            });
            let outcome = outcome.collect();
            columns.push(outcome);
            columns
        }

        /// What the patients of one trial say.
        fn by_patients(&self, model: &Lmm, columns: &[Vec<f64>]) -> Fits {
            let mut complete = Complete::new(self.arms.len());
            let column = |variable: usize| columns[variable].as_slice();
            complete.list(&self.arms, &recorded(std::iter::once(model as &dyn Analysis)), &column);
            let patients = Patients {
                complete: &complete,
                therapists: &self.therapists,
                blocks: &[],
                draws: (0, 0),
                column: &column,
            };
            let mut fits = Fits::new(WEIGHTS.len());
            fits.start();
            if let Err(failure) = OfPatients::worker(model).fit(&patients, &mut fits) {
                fits.mark_failed(failure);
            }
            fits
        }

        /// Room for the moments that the model needs.
        fn moments(&self, model: &Lmm) -> MomentsBatch {
            let mut moments = MomentsBatch::new(self.layout.sizes(), model.variables().len());
            moments.between.fill(self.contrasts.columns());
            moments
        }

        fn record(
            &self,
            model: &OfContrasts,
            columns: &[Vec<f64>],
            moments: &mut MomentsBatch,
            trial: usize,
        ) {
            let recorded = recorded(std::iter::once(model as &dyn Analysis));
            record(|variable| &columns[variable], &self.layout, &recorded, moments, trial);
            for &variable in &recorded.between {
                let patients = (self.arms.as_slice(), self.therapists.as_slice());
                self.contrasts.record(variable, &columns[variable], patients, moments, trial);
            }
        }
    }

    #[track_caller]
    fn same(ours: &Fits, trial: usize, theirs: &Fits, place: &str) {
        let close = |ours: f64, theirs: f64, tolerance: f64| {
            assert!((ours - theirs).abs() <= tolerance, "{place}, trial {trial}: {ours} for {theirs}");
        };
        assert_eq!(ours.answers(trial), theirs.answers(0), "{place}, trial {trial}");
        assert_eq!(ours.boundary[trial], theirs.boundary[0]);
        close(ours.outcome_variance[trial], theirs.outcome_variance[0], 1e-11 * theirs.outcome_variance[0]);
        for estimand in 0..WEIGHTS.len() {
            let [variance, df] = [theirs.variance[estimand][0], theirs.degrees_of_freedom[estimand][0]];
            close(ours.estimate[estimand][trial], theirs.estimate[estimand][0], 1e-9);
            close(ours.variance[estimand][trial], variance, 1e-9 * variance);
            close(ours.degrees_of_freedom[estimand][trial], df, 1e-6 * df);
        }
        if trial == 0 {
            close(ours.components[0], theirs.components[0], 1e-9);
            close(ours.components[1], theirs.components[1], 1e-9);
        }
    }

    #[test]
    fn contrasts_say_what_the_patients_say() {
        let (mut at_bound, mut inside) = (0, 0);
        for (number, design) in designs().into_iter().enumerate() {
            let trials = Trials::new(design);
            for covariates in [0, 1, 3] {
                let model = model(covariates);
                let analysis = OfContrasts::new(model.clone(), Arc::clone(&trials.contrasts));
                let mut moments = trials.moments(&model);
                // Not a whole number of trials side by side.
                moments.trials = BATCH - 3;
                let words = Words::new(7, Stage::Patient, "contrasts");
                let mut expected = Vec::new();
                for trial in 0..moments.trials {
                    let mut words = words.of((100 * number + trial) as u64);
                    // Without any variance between therapists in some trials, and much more than within in others.
                    let sd = [0.0, 0.5, 1.5, 60.0][trial % 4];
                    let columns = trials.columns(covariates, sd, || words.normal());
                    trials.record(&analysis, &columns, &mut moments, trial);
                    expected.push(trials.by_patients(&model, &columns));
                }
                let mut fits = Fits::new(WEIGHTS.len());
                analysis.fit(&moments, &mut fits);
                assert_eq!(fits.trials, expected.len());
                for (trial, expected) in expected.iter().enumerate() {
                    assert!(fits.answers(trial), "design {number}, {covariates} covariates, trial {trial}");
                    same(&fits, trial, expected, &format!("design {number}, {covariates} covariates"));
                    at_bound += u32::from(expected.boundary[0] > 0.0);
                    inside += u32::from(expected.boundary[0] == 0.0);
                }
            }
        }
        assert!(at_bound > 60 && inside > 300, "{at_bound} {inside}");
    }

    #[test]
    fn a_trial_is_the_same_to_the_last_bit_whoever_lies_beside_it() {
        let trials = Trials::new(designs()[4]);
        for covariates in [0, 2] {
            let model = model(covariates);
            let analysis = OfContrasts::new(model.clone(), Arc::clone(&trials.contrasts));
            let (mut together, mut alone) = (trials.moments(&model), trials.moments(&model));
            (together.trials, alone.trials) = (BATCH - 3, 1);
            let words = Words::new(8, Stage::Patient, "alone");
            let columns = |trial: usize| {
                let mut words = words.of(trial as u64);
                trials.columns(covariates, 1.0, || words.normal())
            };
            for trial in 0..together.trials {
                trials.record(&analysis, &columns(trial), &mut together, trial);
            }
            let mut fits = Fits::new(WEIGHTS.len());
            analysis.fit(&together, &mut fits);
            for trial in 0..together.trials {
                trials.record(&analysis, &columns(trial), &mut alone, 0);
                let mut one = Fits::new(WEIGHTS.len());
                analysis.fit(&alone, &mut one);
                for estimand in 0..WEIGHTS.len() {
                    let of = |fits: &Fits, trial: usize| {
                        [&fits.estimate, &fits.variance, &fits.degrees_of_freedom]
                            .map(|columns| columns[estimand][trial].to_bits())
                    };
                    assert_eq!(of(&one, 0), of(&fits, trial));
                }
            }
        }
    }

    #[test]
    fn an_outcome_that_is_explained_and_covariates_that_repeat_each_other_are_no_answer() {
        let trials = Trials::new(designs()[0]);
        let model = model(2);
        let analysis = OfContrasts::new(model.clone(), Arc::clone(&trials.contrasts));
        let mut moments = trials.moments(&model);
        moments.trials = 4;
        let words = Words::new(9, Stage::Patient, "explained");
        let mut expected = Vec::new();
        for trial in 0..moments.trials {
            let mut words = words.of(trial as u64);
            let mut columns = trials.columns(2, 1.0, || words.normal());
            match trial {
                // The arms explain the outcome, a covariate does, the covariates are one.
                0 => columns[2].iter_mut().zip(&trials.arms).for_each(|(y, &arm)| *y = f64::from(arm)),
                1 => columns[2] = columns[0].iter().map(|x| 3.0 * x).collect(),
                2 => columns[1] = columns[0].iter().map(|x| 2.0 * x - 1.0).collect(),
                _ => {}
            }
            trials.record(&analysis, &columns, &mut moments, trial);
            expected.push(trials.by_patients(&model, &columns));
        }
        let mut fits = Fits::new(WEIGHTS.len());
        analysis.fit(&moments, &mut fits);
        for (trial, expected) in expected.iter().enumerate() {
            assert_eq!((fits.answers(trial), expected.answers(0)), (trial == 3, trial == 3), "{trial}");
            assert_eq!(fits.failure[trial], expected.failure[0]);
        }
    }

    #[test]
    fn as_many_effects_as_patients_are_no_answer() {
        let trials = Trials::new((2, |row, _| row as u32));
        let model = model(4);
        let analysis = OfContrasts::new(model.clone(), Arc::clone(&trials.contrasts));
        let mut moments = trials.moments(&model);
        moments.trials = 1;
        let mut words = Words::new(10, Stage::Patient, "few").of(0);
        let columns = trials.columns(4, 1.0, || words.normal());
        trials.record(&analysis, &columns, &mut moments, 0);
        let mut fits = Fits::new(WEIGHTS.len());
        analysis.fit(&moments, &mut fits);
        let expected = trials.by_patients(&model, &columns);
        assert!(!fits.answers(0) && !expected.answers(0));
        assert_eq!([fits.failure[0], expected.failure[0]], [Failure::TooFewPatients; 2]);
    }
}
