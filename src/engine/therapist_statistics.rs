//! The engine that draws what therapists' patients say instead of these patients.
//!
//! For a normal outcome with a level of each therapist and fixed numbers of patients for each therapist and arm, these
//! are sufficient: the contrasts z between therapists, independent with variances σ² + dτ² ([`TherapistContrasts`]),
//! the rest of the sum of squares within arms, σ²χ² with N − 4 degrees of freedom less the number of contrasts, and the
//! arms' means. Given z these are normal about μ + Σ c·z·τ²/(σ² + dτ²) with the covariance that is left of
//! σ²diag(1/n) + τ²H. The cost of a trial is that of its therapists, not of its patients.

use super::plan::Plan;
use super::statistics::{LEADING_WORDS, draw_words};
use crate::estimand::ARMS;
use crate::observation::{BATCH, MomentsBatch, TherapistContrasts, packed};
use crate::random::{ChiSquared, Stage, StandardNormal, StreamKey};
use crate::scenario::Scenario;
use crate::scenario::resolve::{self, PartOf};
use crate::stats::cholesky;
use crate::vector::{add_scaled, widest};

/// What is the same for all trials.
#[derive(Debug, Clone)]
pub(super) struct TherapistStatistics {
    outcome: usize,
    key: StreamKey,
    mean: [f64; ARMS],
    /// By contrast: its standard deviation.
    sd: Vec<f64>,
    /// By contrast: how much each arm's mean rises with it.
    of_means: Vec<[f64; ARMS]>,
    /// Cholesky's factor of the means' covariance given the contrasts.
    factor: Vec<Vec<f64>>,
    /// σ², and the sum of squares beside the contrasts in units of it.
    residual_variance: f64,
    rest: ChiSquared,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(super) struct DrawnOfTherapists {
    words: Vec<[u64; BATCH]>,
    outside: [u32; BATCH],
    /// Of the arms' means.
    normals: [[f64; BATCH]; ARMS],
}

impl TherapistStatistics {
    /// Whether it is this engine that draws a plan's statistics.
    pub fn is_needed(plan: &Plan) -> bool {
        plan.therapists_differ || !plan.recorded.between.is_empty()
    }

    /// For a checked scenario in which nothing prevents it ([`qualify`](super::qualify)); none otherwise.
    pub fn new(scenario: &Scenario, plan: &Plan, seed: u64) -> Option<Self> {
        let contrasts = plan.therapists.as_deref()?;
        let &[outcome] = plan.recorded.variables.as_slice() else { return None };
        let variable = &plan.variables[outcome];
        let is_level = |name: &str| {
            let parts = resolve::latent_parts(scenario);
            parts.iter().any(|part| part.of == PartOf::Therapist && part.name == name)
        };
        let level = plan.variables.iter().position(|variable| is_level(&variable.name));
        let loading = level.and_then(|level| variable.loadings.get(level)).copied().unwrap_or(0.0);
        let variance = variable.sd[0] * variable.sd[0];
        let between = variance * (loading * loading);
        let residual = variance - between;
        let of_contrast = |d: f64| residual + between * d;
        let of_means = contrasts.information.iter().zip(&contrasts.of_means);
        let of_means = of_means.map(|(&d, of)| of.map(|moved| moved * between / of_contrast(d))).collect();
        let left = plan.pooled_degrees_of_freedom() as u64;
        Some(TherapistStatistics {
            outcome,
            key: StreamKey::new(seed, Stage::Statistics, &format!("therapists/{}", variable.name), 0),
            mean: variable.mean,
            sd: contrasts.information.iter().map(|&d| of_contrast(d).sqrt()).collect(),
            of_means,
            factor: cholesky::factor(&left_of_means(contrasts, residual, between))?,
            residual_variance: residual,
            rest: ChiSquared::new(left.checked_sub(contrasts.count() as u64).filter(|&df| df > 0)?),
        })
    }

    pub fn drawn(&self) -> DrawnOfTherapists {
        DrawnOfTherapists {
            words: vec![[0; BATCH]; LEADING_WORDS + self.sd.len()],
            outside: [0; BATCH],
            normals: [[0.0; BATCH]; ARMS],
        }
    }

    /// Draws replicates `first..first + trials` into the batch.
    pub fn simulate(
        &self,
        drawn: &mut DrawnOfTherapists,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        widest(
            #[inline(always)]
            || self.simulate_here(drawn, first, trials, batch),
        );
    }

    #[inline(always)]
    fn simulate_here(
        &self,
        drawn: &mut DrawnOfTherapists,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        batch.trials = trials;
        let DrawnOfTherapists { words, outside, normals } = drawn;
        draw_words(&self.key, first, trials, words);
        let normal = StandardNormal::new();
        for (words, column) in words.iter().zip(&mut *normals) {
            normal.fill(&words[..trials], &mut column[..trials], outside);
        }
        let mean = &mut batch.mean[self.outcome];
        for arm in 0..ARMS {
            mean[arm][..trials].fill(self.mean[arm]);
            for (column, &weight) in normals.iter().zip(&self.factor[arm]) {
                add_scaled(weight, &column[..trials], &mut mean[arm][..trials]);
            }
        }
        let squares = &mut batch.pooled[packed(self.outcome, self.outcome)];
        for trial in 0..trials {
            let chi_squared = self.rest.sample(words[ARMS][trial], words[ARMS + 1][trial]);
            squares[trial] = self.residual_variance * chi_squared;
        }
        // An analysis of the arms alone has no room for contrasts: these are then of no other use.
        let mut own = [0.0; BATCH];
        for (contrast, words) in words[LEADING_WORDS..].iter().enumerate() {
            let column = batch.between[self.outcome].get_mut(contrast).unwrap_or(&mut own);
            normal.fill(&words[..trials], &mut column[..trials], outside);
            for trial in 0..trials {
                column[trial] *= self.sd[contrast];
                squares[trial] += column[trial] * column[trial];
            }
            for (mean, &weight) in mean.iter_mut().zip(&self.of_means[contrast]) {
                add_scaled(weight, &column[..trials], &mut mean[..trials]);
            }
        }
    }
}

/// Covariance of the arms' means given the contrasts.
fn left_of_means(contrasts: &TherapistContrasts, residual: f64, between: f64) -> Vec<Vec<f64>> {
    let entry = |arm: usize, other: usize| {
        let own = if arm == other { residual / contrasts.sizes[arm] } else { 0.0 };
        let told = contrasts.information.iter().zip(&contrasts.of_means);
        let told = told.map(|(&d, of)| between * between / (residual + between * d) * of[arm] * of[other]);
        own + between * contrasts.shared[arm][other] - told.sum::<f64>()
    };
    (0..ARMS).map(|arm| (0..ARMS).map(|other| entry(arm, other)).collect()).collect()
}
