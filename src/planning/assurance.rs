//! The probability of success when the assumptions are uncertain.
//!
//! Success is a claimed benefit: a claim in the wrong direction is none. Where the one uncertain number is the effect that
//! is asked about, and another effect only shifts the outcomes, each simulated trial claims every benefit above a
//! bound of its own: the probability of success is the mean, over trials, of the prior's probability above that bound,
//! and power's distribution follows from the prior's quantiles. Else the numbers are drawn many times, each draw with
//! trials of its own; the Monte Carlo error is that of a mean over draws.
//!
//! Source: O'Hagan, Stevens, Campbell (2005), Pharmaceutical Statistics 4:187.

use super::effect::{MovedEffect, stated_benefit};
use super::made::Made;
use super::prior::Prior;
use super::uncertain::Uncertain;
use super::variants::Variants;
use crate::engine::{
    FormulaAt, Progress, RunOptions, Success, claim_thresholds, obstacles_to_shift, successes,
};
use crate::error::{Error, ErrorKind, Result};
use crate::random::{Stage, Words};
use crate::result::{HypothesisId, Measure, Warning};
use crate::scenario::resolve;
use crate::summary::{proportion, proportion_mcse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.assurance/1";

/// What a prior is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// The effect of a hypothesis, as a benefit.
    Effect(HypothesisId),
    /// A number of the scenario, by its pointer.
    Field(String),
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct AssuranceRequest {
    /// What must be claimed for a success: all of these.
    pub hypotheses: Vec<HypothesisId>,
    /// What is uncertain, each by itself.
    pub priors: Vec<(About, Prior)>,
    /// From which benefit on an effect is real.
    pub real: f64,
    /// How often uncertain numbers are drawn, where that is needed.
    pub draws: u64,
}

/// How sure a success is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assurance {
    /// The format and its version: `trialliance.assurance/1`.
    pub schema: String,
    /// The command that made it: `assurance`.
    pub command: String,
    /// What made it.
    #[serde(flatten)]
    pub made: Made,
    /// What must be claimed for a success: all of these, each as a benefit.
    pub hypotheses: Vec<HypothesisId>,
    /// Two-sided significance level.
    pub alpha: f64,
    /// Patients in all.
    pub n_total: u64,
    /// What is uncertain.
    pub priors: Vec<StatedPrior>,
    /// How it was found: `shift`, or `draws` with their number.
    pub how: String,
    /// How often uncertain numbers were drawn; null where they are integrated over.
    pub draws: Option<u64>,
    /// Why the effect could not be integrated over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why_draws: Option<String>,
    /// Probability of success.
    pub assurance: Measure,
    /// The same by formula; null where there is none.
    pub by_formula: Option<f64>,
    /// Probability to claim a benefit if everything is as planned.
    pub power_as_planned: Measure,
    /// From which benefit on an effect counts as real.
    pub real: f64,
    /// Probability before the trial that the effect of the first hypothesis is real.
    pub real_before: Measure,
    /// Probability that it is real, given success.
    pub real_given_success: Measure,
    /// Quantiles of the distribution of power.
    pub power: Vec<PowerQuantile>,
    /// Probability that the power is .8 or more.
    pub power_at_least_80: Measure,
    /// What a careful reader should be told.
    pub warnings: Vec<Warning>,
}

/// A prior and what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatedPrior {
    /// The effect's estimand, or the pointer of a number.
    pub about: String,
    /// In words.
    pub words: String,
    /// The law.
    pub law: Prior,
}

/// A quantile of power.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PowerQuantile {
    /// The share of the distribution below it.
    pub share: f64,
    /// The power.
    pub power: f64,
}

/// Shares at which power's quantiles are told.
const SHARES: [f64; 21] = [
    0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9,
    0.95, 0.99,
];

/// Finds the probability of success.
///
/// # Errors
/// `Usage` if nothing is uncertain, a prior is about something that cannot be varied, two priors undo each other, or hardly
/// any draw is a possible scenario.
pub fn assurance(
    variants: Variants<'_>,
    request: &AssuranceRequest,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Assurance> {
    if request.priors.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "nothing is uncertain: the scenario states no `uncertainty`")
            .help("say what is, as in --prior 'alliance=normal(5, 3)'; `trialliance calibrate --uncertain` states it from data"));
    }
    let uncertain = Uncertain::new(variants.scenario, &request.priors)?;
    let question = Question { variants, request, uncertain, options };
    let obstacles = question.obstacles()?;
    let found = match obstacles.is_empty() {
        true => question.by_shift(progress)?,
        false => question.by_draws(progress)?,
    };
    let scenario = variants.scenario;
    Ok(Assurance {
        schema: SCHEMA.to_owned(),
        command: "assurance".to_owned(),
        made: Made::new(scenario, options, &found.engine, &found.engine_why),
        hypotheses: request.hypotheses.clone(),
        alpha: scenario.alpha,
        n_total: resolve::arm_sizes(scenario).iter().sum(),
        priors: request.priors.iter().map(stated).collect(),
        how: if obstacles.is_empty() { "shift" } else { "draws" }.to_owned(),
        draws: (!obstacles.is_empty()).then_some(request.draws),
        why_draws: (!obstacles.is_empty()).then(|| obstacles.join("; ")),
        assurance: found.assurance,
        by_formula: question.by_formula()?,
        power_as_planned: found.as_planned,
        real: request.real,
        real_before: found.real_before,
        real_given_success: found.real_given_success,
        power: found.power,
        power_at_least_80: found.power_at_least_80,
        warnings: found.warnings,
    })
}

fn stated((about, law): &(About, Prior)) -> StatedPrior {
    let about = match about {
        About::Effect(hypothesis) => hypothesis.estimand.clone(),
        About::Field(pointer) => pointer.clone(),
    };
    StatedPrior { about, words: law.words(), law: law.clone() }
}

struct Question<'a> {
    variants: Variants<'a>,
    request: &'a AssuranceRequest,
    uncertain: Uncertain<'a>,
    options: &'a RunOptions,
}

/// What was found.
struct Found {
    assurance: Measure,
    as_planned: Measure,
    real_before: Measure,
    real_given_success: Measure,
    power: Vec<PowerQuantile>,
    power_at_least_80: Measure,
    engine: String,
    engine_why: String,
    warnings: Vec<Warning>,
}

impl Question<'_> {
    /// What keeps the prior from being integrated over; empty if nothing does.
    fn obstacles(&self) -> Result<Vec<String>> {
        let ([hypothesis], [(About::Effect(about), _)]) =
            (self.request.hypotheses.as_slice(), self.request.priors.as_slice())
        else {
            return Ok(vec![
                "more than the effect asked about is uncertain, or several must be claimed".to_owned(),
            ]);
        };
        if about.estimand != hypothesis.estimand || about.outcome != hypothesis.outcome {
            return Ok(vec![format!("the prior is about {}, not about what is asked", about.estimand)]);
        }
        obstacles_to_shift(self.variants.scenario, hypothesis)
    }

    fn by_shift(&self, progress: &mut dyn FnMut(&Progress)) -> Result<Found> {
        let scenario = self.variants.scenario;
        let all = claim_thresholds(scenario, &self.request.hypotheses, self.options, progress)?;
        let (thresholds, prior) = (&all.of[0], &self.request.priors[0].1);
        let (bounds, trials) = (thresholds.bounds(), thresholds.trials as f64);
        // A trial without an answer claims nothing.
        let mean = |of: &dyn Fn(f64) -> f64| {
            let (sum, squares) = bounds
                .iter()
                .map(|&bound| of(bound))
                .fold((0.0, 0.0), |(sum, squares), one| (sum + one, squares + one * one));
            let mean = sum / trials;
            (mean, (squares / trials - mean * mean).max(0.0))
        };
        let (success, variance) = mean(&|bound| prior.sf(bound));
        let (and_real, _) = mean(&|bound| prior.sf(bound.max(self.request.real)));
        let share_below = |benefit: f64| bounds.partition_point(|&bound| bound < benefit) as f64;
        let planned = MovedEffect::of(scenario, &self.request.hypotheses[0])?.planned_value;
        // A ratio of two means over the same trials: the error of its residuals.
        let ratio = and_real / success;
        let (_, residual) = mean(&|bound| prior.sf(bound.max(self.request.real)) - ratio * prior.sf(bound));
        let enough = thresholds_at(bounds, 0.8 * trials);
        Ok(Found {
            assurance: measure(success, (variance / trials).sqrt()),
            as_planned: proportion(share_below(planned), trials),
            real_before: exact(prior.sf(self.request.real)),
            real_given_success: measure(ratio, (residual / trials).sqrt() / success),
            power: SHARES
                .iter()
                .map(|&share| PowerQuantile { share, power: share_below(prior.quantile(share)) / trials })
                .collect(),
            power_at_least_80: match enough {
                Some(benefit) => exact(prior.sf(benefit)),
                None => Measure::undefined("no effect has such a power"),
            },
            engine: all.engine,
            engine_why: all.engine_why,
            warnings: Vec::new(),
        })
    }

    fn by_draws(&self, progress: &mut dyn FnMut(&Progress)) -> Result<Found> {
        let AssuranceRequest { hypotheses, draws, real, .. } = self.request;
        let scenario = self.variants.scenario;
        let criterion = [Success::Benefits(hypotheses.clone())];
        let each = self.options.replicates.div_ceil((*draws).max(1)).max(1);
        let words = Words::new(self.options.seed, Stage::Prior, "assurance");
        let mut powers = Vec::new();
        let (mut effects, mut refused, mut engine) = (Vec::new(), 0_u64, (String::new(), String::new()));
        for draw in 0..*draws {
            let mut words = words.of(draw);
            let point = loop {
                match self.uncertain.draw(self.variants, &mut words) {
                    Ok(point) => break point,
                    // What its field does not allow, as an SD below 0, is drawn again.
                    Err(error) if error.kind == ErrorKind::Scenario => {
                        refused += 1;
                        if refused > 20 + *draws {
                            return Err(error.help(
                                "more than half of the draws are no possible scenarios: mend the priors",
                            ));
                        }
                    }
                    Err(error) => return Err(error),
                }
            };
            let seed = self.options.seed.wrapping_add((draw + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let options = RunOptions { replicates: each, seed, ..self.options.clone() };
            let found = successes(std::slice::from_ref(&point), &criterion, &options, &mut |_| {})?;
            powers.push(found.count[0][0] as f64 / found.trials as f64);
            effects.push(stated_benefit(&point, &hypotheses[0]));
            engine = (found.engine, found.engine_why);
            progress(&Progress { done: (draw + 1) * each, total: draws * each, largest_primary_mcse: None });
        }
        let count = powers.len() as f64;
        let (success, success_error) = mean_and_error(powers.iter().copied());
        let effects: Option<Vec<f64>> = effects.into_iter().collect();
        let [real_before, real_given_success] = effects.map_or_else(
            || [(); 2].map(|()| Measure::undefined("the scenario does not state this effect as a number")),
            |effects| real_ones(&powers, &effects, *real),
        );
        let planned = successes(std::slice::from_ref(scenario), &criterion, self.options, &mut |_| {})?;
        let mut sorted = powers.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| sorted[((share * count) as usize).min(sorted.len() - 1)];
        let mut warnings = Vec::new();
        if refused > 0 {
            let message = format!(
                "{refused} draws were no possible scenarios (as with an SD below 0) and were drawn again: the priors are \
                 cut there"
            );
            warnings.push(Warning { code: "draws_refused".to_owned(), message });
        }
        let message = format!(
            "the distribution of power is that of shares of {each} trials each: it is wider than power's own by their \
             Monte Carlo error, up to {:.3}",
            0.5 / (each as f64).sqrt()
        );
        warnings.push(Warning { code: "power_from_few_trials".to_owned(), message });
        Ok(Found {
            assurance: measure(success, success_error),
            as_planned: proportion(planned.count[0][0] as f64, planned.trials as f64),
            real_before,
            real_given_success,
            power: SHARES.iter().map(|&share| PowerQuantile { share, power: quantile(share) }).collect(),
            power_at_least_80: proportion(powers.iter().filter(|power| **power >= 0.8).count() as f64, count),
            engine: engine.0,
            engine_why: engine.1,
            warnings,
        })
    }

    /// The mean of the power by formula over the prior, where the one uncertain number is the effect asked about.
    fn by_formula(&self) -> Result<Option<f64>> {
        let ([hypothesis], [(About::Effect(about), prior)]) =
            (self.request.hypotheses.as_slice(), self.request.priors.as_slice())
        else {
            return Ok(None);
        };
        if about.estimand != hypothesis.estimand || about.outcome != hypothesis.outcome {
            return Ok(None);
        }
        let formula = FormulaAt::new(self.variants.scenario, hypothesis)?;
        Ok(formula.filter(|formula| formula.power_of_benefit(0.0).is_some()).map(|formula| {
            prior.expectation(&|benefit| formula.power_of_benefit(benefit).unwrap_or(f64::NAN))
        }))
    }
}

/// The benefit that so many trials claim.
fn thresholds_at(bounds: &[f64], trials: f64) -> Option<f64> {
    bounds.get((libm::ceil(trials) as usize).saturating_sub(1)).copied()
}

/// How probable it is that an effect is above `real`: before the trial, and given success; from the power and the effect of
/// each draw.
fn real_ones(powers: &[f64], effects: &[f64], real: f64) -> [Measure; 2] {
    let count = powers.len() as f64;
    let (success, _) = mean_and_error(powers.iter().copied());
    let is_real = |effect: f64| f64::from(u8::from(effect > real));
    let count_real = effects.iter().filter(|&&effect| effect > real).count() as f64;
    let and_real =
        powers.iter().zip(effects).map(|(power, &effect)| power * is_real(effect)).sum::<f64>() / count;
    let ratio = and_real / success;
    let residuals = powers.iter().zip(effects).map(|(power, &effect)| power * (is_real(effect) - ratio));
    let (_, residual_error) = mean_and_error(residuals);
    // Where every success was real, or none, the draws do not tell how rarely it is otherwise.
    let ratio_error = match ratio {
        0.0 | 1.0 => proportion_mcse(ratio * count, count),
        _ => residual_error / success,
    };
    [proportion(count_real, count), measure(ratio, ratio_error)]
}

fn mean_and_error(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        (count, sum, squares) = (count + 1.0, sum + value, squares + value * value);
    }
    let mean: f64 = sum / count;
    (mean, ((squares / count - mean * mean).max(0.0) / (count - 1.0_f64).max(1.0)).sqrt())
}

fn measure(value: f64, mcse: f64) -> Measure {
    match value.is_finite() {
        true => Measure { value: Some(value), mcse: Some(mcse).filter(|mcse| mcse.is_finite()), why: None },
        false => Measure::undefined("no trial was a success"),
    }
}

fn exact(value: f64) -> Measure {
    Measure { value: Some(value), mcse: Some(0.0), why: None }
}
