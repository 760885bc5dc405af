//! Log odds ratios of the arms, by maximum likelihood.
//!
//! In come the patients of a trial as [`Observed`]; out come the contrasts of the arms' log odds with Wald's
//! variances, p values of likelihood-ratio tests and profile likelihood limits: a test at level α and
//! its interval never contradict each other. Without covariates patients of an arm and a category are the same, so
//! they are counted.

use super::cumulative::{Cumulative, MOST_CATEGORIES, Observations};
use super::patients::Patients;
use super::profile::Maximum;
use super::{Failure, Fits};
use crate::estimand::{ARMS, WEIGHTS};
use crate::stats::normal;

/// The patients of one trial.
#[derive(Debug, Clone)]
struct Observed {
    /// How many covariates a patient has.
    covariates: usize,
    /// Covariates about their means, those of a patient side by side.
    values: Vec<f64>,
    /// Arm and category of each patient; without covariates nobody.
    patients: Vec<(u8, u8)>,
    counts: [[f64; MOST_CATEGORIES]; ARMS],
}

impl Observations for Observed {
    #[inline(always)]
    fn visit(&self, mut each: impl FnMut(usize, usize, f64, &[f64])) {
        if self.covariates == 0 {
            for (arm, counts) in self.counts.iter().enumerate() {
                for (category, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
                    each(arm, category, count, &[]);
                }
            }
            return;
        }
        for (&(arm, category), values) in self.patients.iter().zip(self.values.chunks_exact(self.covariates))
        {
            each(arm.into(), category.into(), 1.0, values);
        }
    }
}

/// Fits trial after trial.
#[derive(Debug, Clone)]
pub(super) struct LogOdds {
    covariates: Vec<usize>,
    /// How far below the maximum the log likelihood is at the limits.
    drop: f64,
    observed: Observed,
    maximum: Maximum,
    weights: Vec<f64>,
}

impl LogOdds {
    /// With these covariates and intervals of this level.
    pub fn new(covariates: &[usize], confidence_level: f64) -> Self {
        let quantile = normal::quantile(0.5 + 0.5 * confidence_level);
        LogOdds {
            covariates: covariates.to_vec(),
            drop: 0.5 * quantile * quantile,
            observed: Observed {
                covariates: covariates.len(),
                values: Vec::new(),
                patients: Vec::new(),
                counts: [[0.0; MOST_CATEGORIES]; ARMS],
            },
            maximum: Maximum::default(),
            weights: Vec::new(),
        }
    }

    /// Fits one trial, the categories of the patients of an arm being given in their order.
    pub fn fit<I: Iterator<Item = u8>>(
        &mut self,
        patients: &Patients<'_>,
        categories: usize,
        of_arm: impl Fn(usize) -> I,
        fits: &mut Fits,
    ) -> Result<(), Failure> {
        if patients.sizes().contains(&0.0) || categories < 2 {
            return Err(Failure::Singular);
        }
        let model = Cumulative { categories, covariates: self.covariates.len() };
        if patients.rows().len() <= model.order() {
            return Err(Failure::TooFewPatients);
        }
        self.record(patients, of_arm);
        self.check_arms(categories)?;
        let LogOdds { observed, maximum, weights, .. } = self;
        model.start(observed, &mut maximum.parameters);
        maximum.find(model, observed)?;
        for (estimand, contrast) in WEIGHTS.iter().enumerate() {
            weights.clear();
            weights.resize(model.order(), 0.0);
            for (arm, weight) in contrast.iter().enumerate() {
                model.arm(arm).into_iter().for_each(|place| weights[place] = *weight);
            }
            let estimate: f64 = weights.iter().zip(&maximum.parameters).map(|(w, b)| w * b).sum();
            let variance: f64 = maximum.solve(weights).iter().zip(&*weights).map(|(x, w)| x * w).sum();
            fits.set(estimand, estimate, variance, f64::INFINITY);
            let ratio = maximum.likelihood_ratio(model, observed, weights)?;
            fits.set_p(estimand, 2.0 * normal::sf(ratio.sqrt()));
            let lower = maximum.limit(model, observed, weights, (self.drop, -1.0))?;
            let upper = maximum.limit(model, observed, weights, (self.drop, 1.0))?;
            fits.set_limits(estimand, [lower, upper]);
        }
        Ok(())
    }

    fn record<I: Iterator<Item = u8>>(&mut self, patients: &Patients<'_>, of_arm: impl Fn(usize) -> I) {
        let Observed { values, patients: all, counts, .. } = &mut self.observed;
        *counts = [[0.0; MOST_CATEGORIES]; ARMS];
        all.clear();
        for (arm, counts) in counts.iter_mut().enumerate() {
            for category in of_arm(arm) {
                counts[usize::from(category)] += 1.0;
                all.push((arm as u8, category));
            }
        }
        patients.record_centred(&self.covariates, values);
    }

    /// An arm in which everybody is in the lowest or in the highest category has infinite odds: there is no need
    /// to go and see.
    fn check_arms(&self, categories: usize) -> Result<(), Failure> {
        let extreme = |counts: &[f64; MOST_CATEGORIES]| {
            let others = |category: usize| counts.iter().sum::<f64>() == counts[category];
            others(0) || others(categories - 1)
        };
        if self.observed.counts.iter().any(extreme) { Err(Failure::Separation) } else { Ok(()) }
    }
}
