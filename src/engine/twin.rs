//! The Gaussian twins of trials: the same draws, before anything is rounded, bounded or overtaken by events.
//!
//! In come a scenario whose outcomes are normal before anything is recorded, and the columns of a trial before and after
//! that; out come, for each trial and hypothesis, controls: functions of the twin's analysis less what they are on
//! average, which is known exactly. Where chance alone (or chance and the covariates of the analysis) decides who lacks
//! a value, the twin has the patients who are observed in the real trial, else all.
//!
//! **What is known.** Given the sizes of the arms and the covariates, the twin's estimate is normal about the truth δ
//! with standard deviation σ√q, q being what its squared standard error is a multiple of; and its residual variance s²
//! is independent of the estimate, and σ² on average. So with x = estimate ÷ (σ√q) ~ N(m, 1), m = δ ÷ (σ√q), and
//! k = c·s ÷ σ, c the critical value, the twin claims an effect if |x| > k. Any f(x) with a known normal mean gives a
//! control f(x) − E[f(x) | m, s]. There are three: f = [x > k], the twin's claim; and the smooth steps
//! Φ((x − k − shift) ÷ width) of two widths, with mean Φ((m − k − shift) ÷ √(1 + width²)): between trials the real one's
//! claim is not a sharp function of the twin's x, and it begins a little later, since what is recorded is noisier.
//! The fourth is s² ÷ σ² − 1, which gives back what it costs to subtract the mean at the trial's own s instead of the
//! power by the noncentral t distribution; in turn nothing has to be integrated or kept in tables by size. To lower
//! claims the same holds with signs changed.

use super::patients::virtual_trial::{TrialColumns, VirtualTrial};
use super::plan::{Plan, PlannedAnalysis};
use super::qualify;
use crate::analysis::{BATCH, Column, Complete, DegreesOfFreedom, Estimator, Fits, Normal};
use crate::decision::Critical;
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, Estimand};
use crate::observation::{MomentsBatch, record, record_listed};
use crate::scenario::Scenario;
use crate::stats::normal_table::NormalTable;
use crate::summary::{CONTROLS, ControlSums};

/// Shifts and widths of the smooth steps, in standard errors. Chosen among several sets by the variance that was left
/// in trials with little and with much that the twin does not share.
const STEPS: [[f64; 2]; 2] = [[0.05, 0.15], [0.15, 0.5]];

/// Noncentrality beyond which claims in the other direction are left out of the controls: they are fewer than one
/// in a million.
const ONE_SIDED: f64 = 3.0;

/// The twins of all analyses.
#[derive(Debug, Clone)]
pub(super) struct Twins {
    /// By analysis; where there is none, why.
    of: Vec<std::result::Result<Twin, String>>,
    /// Variables of which twins have values of their own.
    variables: Vec<usize>,
    table: &'static NormalTable,
}

/// The twin of one analysis.
#[derive(Debug, Clone)]
struct Twin {
    /// σ².
    residual_variance: f64,
    /// By estimand: δ, and whether claims of both directions count.
    truth: Vec<(f64, bool)>,
    /// Whether it has the patients who are observed, else all.
    shares_patients: bool,
    critical: Critical,
    /// Where its hypotheses begin among all.
    first: usize,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(super) struct TwinRoom {
    /// Values of their own, by variable of the plan; empty for those that they share.
    columns: Vec<Vec<f64>>,
    moments: MomentsBatch,
    one: Vec<Fits>,
    /// Of a batch.
    fits: Vec<Fits>,
    answers: Column,
    claims: Column,
    controls: [Column; CONTROLS],
}

impl Twins {
    /// The twins of a checked scenario's trials.
    ///
    /// # Errors
    /// `Usage` if there are none.
    pub fn new(scenario: &Scenario, plan: &Plan, trial: &VirtualTrial) -> Result<Self> {
        let none = |message: String, help: &str| Err(Error::new(ErrorKind::Usage, message).help(help));
        let latent = qualify::latent_obstacles(scenario);
        if !latent.is_empty() {
            let message = format!("there is no control variate for this scenario: {}", latent.join("; "));
            return none(message, "run without --control-variate; more --replicates make the error smaller");
        }
        let normal = plan.normal();
        let mut first = 0;
        let mut of = Vec::new();
        for planned in &plan.analyses {
            of.push(Twin::new(scenario, plan, planned, &normal, first));
            first += planned.estimands.len();
        }
        if of.iter().all(std::result::Result::is_err) {
            let why = |(planned, twin): (&PlannedAnalysis, &std::result::Result<Twin, String>)| {
                format!("{}: {}", planned.id, twin.as_ref().err().map_or("", String::as_str))
            };
            let whys: Vec<String> = plan.analyses.iter().zip(&of).map(why).collect();
            let message = format!("no analysis has a control variate: {}", whys.join("; "));
            return none(message, "add anova, ancova or change, or run without --control-variate");
        }
        let mut variables: Vec<usize> = plan
            .analyses
            .iter()
            .zip(&of)
            .filter(|(_, twin)| twin.is_ok())
            .flat_map(|(planned, _)| planned.recorded.variables.iter().copied())
            .filter(|&variable| {
                variable >= trial.cohort.before || !trial.cohort.is_recorded_as_it_is(variable)
            })
            .collect();
        variables.sort_unstable();
        variables.dedup();
        Ok(Twins { of, variables, table: NormalTable::get() })
    }

    /// Why an analysis has none.
    pub fn obstacle(&self, analysis: usize) -> Option<&str> {
        self.of[analysis].as_ref().err().map(String::as_str)
    }

    /// The number of an analysis's first hypothesis in the sums.
    pub fn first(&self, analysis: usize) -> usize {
        self.of[analysis].as_ref().map_or(0, |twin| twin.first)
    }

    pub fn room(&self, plan: &Plan) -> TwinRoom {
        let column = |variable| {
            if self.variables.contains(&variable) { vec![0.0; plan.layout.patients()] } else { Vec::new() }
        };
        let fits = || {
            let mut fits = plan.fits();
            fits.iter_mut().for_each(Fits::ask_residual_variance);
            fits
        };
        TwinRoom {
            columns: (0..plan.variables.len()).map(column).collect(),
            moments: MomentsBatch::new(plan.layout.sizes(), plan.variables.len()),
            one: fits(),
            fits: fits(),
            answers: [0.0; BATCH],
            claims: [0.0; BATCH],
            controls: [[0.0; BATCH]; CONTROLS],
        }
    }

    /// Room for sums.
    pub fn sums(&self, plan: &Plan) -> ControlSums {
        ControlSums::new(plan.analyses.iter().map(|planned| planned.estimands.len()).sum())
    }

    /// Keeps what a trial's patients are before anything is recorded.
    pub fn keep(&self, trial: &VirtualTrial, columns: &TrialColumns, room: &mut TwinRoom) {
        for &variable in &self.variables {
            let values = &mut room.columns[variable];
            match variable.checked_sub(trial.cohort.before) {
                None => trial.cohort.measure_exactly(variable, &columns.cohort.patients, values),
                Some(outcome) => values.copy_from_slice(&columns.outcomes[outcome]),
            }
        }
    }

    /// Analyses the twin of one analysis as number `trial` of the batch; `complete` are those whom the real one analysed.
    pub fn fit(
        &self,
        plan: &Plan,
        number: usize,
        columns: &TrialColumns,
        complete: &Complete,
        room: &mut TwinRoom,
        trial: usize,
    ) {
        let (Ok(twin), Estimator::Moments(analysis)) = (&self.of[number], &plan.analyses[number].estimator)
        else {
            return;
        };
        let TwinRoom { columns: own, moments, one, fits, .. } = room;
        let column = |variable: usize| -> &[f64] {
            if own[variable].is_empty() {
                &columns.cohort.patients.measured[variable]
            } else {
                &own[variable]
            }
        };
        let recorded = &plan.analyses[number].recorded;
        moments.trials = 1;
        if twin.shares_patients && plan.sizes_vary {
            moments.sizes = complete.sizes();
            record_listed(column, recorded, complete, moments, 0);
        } else {
            moments.sizes = plan.layout.sizes().map(|size| size as f64);
            record(column, &plan.layout, recorded, moments, 0);
        }
        let one = &mut one[number];
        one.start();
        analysis.fit(moments, one);
        if let DegreesOfFreedom::Constant(df) = analysis.degrees_of_freedom(&moments.sizes) {
            one.degrees_of_freedom.iter_mut().for_each(|column| column[0] = df);
        }
        fits[number].take_trial(trial, one);
    }

    /// Adds the controls of a batch of trials to one half of the sums.
    pub fn add(
        &self,
        plan: &Plan,
        room: &mut TwinRoom,
        real: &[Fits],
        trials: usize,
        half: usize,
        sums: &mut ControlSums,
    ) {
        for (number, (planned, real)) in plan.analyses.iter().zip(real).enumerate() {
            let Ok(twin) = &self.of[number] else { continue };
            let TwinRoom { fits, answers, claims, controls, .. } = &mut *room;
            let answered = real.answered();
            let fits = &fits[number];
            let (mut critical, mut spread) = ([f64::NAN; BATCH], [f64::NAN; BATCH]);
            let mut of_real = [f64::NAN; BATCH];
            for trial in 0..trials {
                answers[trial] = if answered.contains(trial) { 1.0 } else { 0.0 };
                of_real[trial] = planned.target.critical.squared_test(real.degrees_of_freedom[0][trial]);
                let df = fits.degrees_of_freedom[0][trial];
                critical[trial] = if df >= 1.0 { twin.critical.squared_test(df).sqrt() } else { f64::NAN };
                spread[trial] = fits.residual_variance[0][trial] / twin.residual_variance;
            }
            for estimand in 0..planned.estimands.len() {
                let (estimate, variance) = (&real.estimate[estimand], &real.variance[estimand]);
                for trial in 0..trials {
                    let claims_effect = estimate[trial] * estimate[trial] > of_real[trial] * variance[trial];
                    claims[trial] = if claims_effect { answers[trial] } else { 0.0 };
                }
                self.write(twin.truth[estimand], [&critical, &spread], fits, estimand, trials, controls);
                sums.add(twin.first + estimand, half, trials, [&*answers, &*claims], controls);
            }
        }
    }

    /// Writes the controls of one estimand.
    fn write(
        &self,
        (truth, both): (f64, bool),
        [critical, spread]: [&Column; 2],
        fits: &Fits,
        estimand: usize,
        trials: usize,
        controls: &mut [Column; CONTROLS],
    ) {
        let sign = if truth < 0.0 { -1.0 } else { 1.0 };
        for trial in 0..trials {
            let root = spread[trial].sqrt();
            let per_se = sign * root / fits.variance[estimand][trial].sqrt();
            let x = fits.estimate[estimand][trial] * per_se;
            let (mean, limit) = (truth * per_se, critical[trial] * root);
            let [mut claimed, mut narrow, mut wide] = self.steps(x, mean, limit);
            if both {
                let lower = self.steps(-x, -mean, limit);
                (claimed, narrow, wide) = (claimed + lower[0], narrow + lower[1], wide + lower[2]);
            }
            // Sizes alone, or sizes and covariates, decide whether there is an answer.
            let is_known = x.is_finite() && mean.is_finite() && limit.is_finite();
            let of_trial = [claimed, narrow, wide, spread[trial] - 1.0];
            for (column, value) in controls.iter_mut().zip(of_trial) {
                column[trial] = if is_known { value } else { 0.0 };
            }
        }
    }

    /// The twin's claim and the smooth steps, less their means.
    #[inline(always)]
    fn steps(&self, x: f64, mean: f64, limit: f64) -> [f64; 3] {
        let step = |[shift, width]: [f64; 2]| {
            let inverse = 1.0 / width;
            let of_mean = 1.0 / (1.0 + width * width).sqrt();
            self.table.cdf((x - limit - shift) * inverse) - self.table.cdf((mean - limit - shift) * of_mean)
        };
        let claimed = if x > limit { 1.0 } else { 0.0 };
        [claimed - self.table.cdf(mean - limit), step(STEPS[0]), step(STEPS[1])]
    }
}

impl Twin {
    fn new(
        scenario: &Scenario,
        plan: &Plan,
        planned: &PlannedAnalysis,
        normal: &Normal,
        first: usize,
    ) -> std::result::Result<Self, String> {
        let theory = planned.estimator.analysis().theory(normal)?;
        let names: Vec<&str> =
            theory.given.iter().map(|&variable| plan.variables[variable].name.as_str()).collect();
        if names.iter().any(|name| scenario.response.outcomes.contains_key(*name)) {
            return Err("a covariate is measured after treatment".to_owned());
        }
        let sizes = normal.sizes;
        let truth = |estimand: &Estimand| {
            let weights = &estimand.weights;
            let truth = normal.contrast_of_combination(&theory.combination, weights);
            let scale: f64 = (0..ARMS).map(|arm| weights[arm] * weights[arm] / sizes[arm]).sum();
            (truth, truth.abs() < ONE_SIDED * (theory.residual_variance * scale).sqrt())
        };
        Ok(Twin {
            residual_variance: theory.residual_variance,
            truth: planned.estimands.iter().map(truth).collect(),
            shares_patients: qualify::lacks_values_given(scenario, &names),
            critical: planned.target.critical.clone(),
            first,
        })
    }
}
