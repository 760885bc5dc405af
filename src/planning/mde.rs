//! How small an effect the trial could detect.
//!
//! Where another effect only shifts the outcomes of the arms, one set of trials answers for every effect: each trial
//! claims every benefit above a bound of its own, and the answer is a quantile of these bounds. Else the effect is sought
//! with the same random numbers at every value tried. The Monte Carlo error of the answer is that of the power, read
//! off along the effect.

use super::effect::{MovedEffect, with_effect};
use super::made::Made;
use super::variants::Variants;
use crate::engine::{
    FormulaAt, Progress, RunOptions, Success, Thresholds, claim_thresholds, obstacles_to_shift, successes,
};
use crate::error::{Error, ErrorKind, Result};
use crate::result::{HypothesisId, Measure, OutcomeDescription, Warning};
use crate::scenario::{Scenario, resolve};
use crate::stats::root;
use crate::summary::proportion;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.mde/1";

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct MdeRequest {
    /// Of which hypotheses.
    pub hypotheses: Vec<HypothesisId>,
    /// The power with which the effect is to be detected.
    pub power: f64,
}

/// How small an effect is detected with the power asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MdeAnswer {
    /// The format and its version: `trialliance.mde/1`.
    pub schema: String,
    /// The command that made it: `mde`.
    pub command: String,
    /// What made it.
    #[serde(flatten)]
    pub made: Made,
    /// The power asked for.
    pub power: f64,
    /// Two-sided significance level.
    pub alpha: f64,
    /// Patients in all.
    pub n_total: u64,
    /// The outcomes, with what is needed to read their numbers.
    pub outcomes: IndexMap<String, OutcomeDescription>,
    /// One row for each hypothesis.
    pub results: Vec<MdeRow>,
    /// What a careful reader should be told.
    pub warnings: Vec<Warning>,
}

/// The answer for one hypothesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MdeRow {
    /// The analysis.
    pub analysis: String,
    /// The outcome.
    pub outcome: String,
    /// The estimand.
    pub estimand: String,
    /// The smallest benefit detected with the power asked for; null if there is none.
    pub smallest: Measure,
    /// The same by formula; null where no formula holds.
    pub by_formula: Option<f64>,
    /// The same in standard deviations of the outcome within the arms.
    pub in_sds: Option<f64>,
    /// The planned benefit.
    pub planned: f64,
    /// How it was found: `shift` or `search`.
    pub how: String,
    /// Why not by shift.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// Power from no benefit to about twice the smallest.
    pub around: Vec<MdePoint>,
}

/// Power at one benefit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MdePoint {
    /// The benefit.
    pub benefit: f64,
    /// Share of trials that claim it.
    pub power: Measure,
}

/// Multiples of the answer at which power is told where trials are simulated anew for each.
const AROUND: [f64; 9] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0];

/// The same where it costs nothing, in twentieths.
const TWENTIETHS: u32 = 40;

/// Finds the smallest detectable effects.
///
/// # Errors
/// `Usage` for a power that is not between alpha and 1, or an estimand that cannot be moved; `Scenario` where the
/// scenario cannot have an effect that is to be tried.
pub fn mde(
    variants: Variants<'_>,
    request: &MdeRequest,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<MdeAnswer> {
    let scenario = variants.scenario;
    if !(request.power > scenario.alpha && request.power < 1.0) {
        let message = format!("the power is a number above alpha, which is {}, and below 1", scenario.alpha);
        return Err(Error::new(ErrorKind::Usage, message)
            .about(format!("--power {}", request.power))
            .help("as in 0.8 or 0.9"));
    }
    for hypothesis in &request.hypotheses {
        if crate::engine::is_claim_right(scenario, hypothesis, 0.0)? {
            let message = format!(
                "{} claims that an effect is small, and an effect of 0 makes that no harder: there is no smallest one that it \
                 detects",
                hypothesis.analysis
            );
            return Err(Error::new(ErrorKind::Usage, message)
                .about(format!("--analysis {}", hypothesis.analysis))
                .help("`trialliance curve` with --over effect shows its power along the effect"));
        }
    }
    let moved =
        request.hypotheses.iter().map(|one| MovedEffect::of(scenario, one)).collect::<Result<Vec<_>>>()?;
    let obstacles =
        request.hypotheses.iter().map(|one| obstacles_to_shift(scenario, one)).collect::<Result<Vec<_>>>()?;
    let by_shift: Vec<HypothesisId> = request
        .hypotheses
        .iter()
        .zip(&obstacles)
        .filter(|(_, obstacles)| obstacles.is_empty())
        .map(|(one, _)| one.clone())
        .collect();
    let mut made = Made::new(scenario, options, "patients", "");
    let mut thresholds = Vec::new();
    if !by_shift.is_empty() {
        let all = claim_thresholds(scenario, &by_shift, options, progress)?;
        (made.engine, made.engine_why) = (all.engine, all.engine_why);
        thresholds = all.of;
    }
    let mut thresholds = thresholds.into_iter();
    let mut results = Vec::new();
    for ((hypothesis, moved), obstacles) in request.hypotheses.iter().zip(&moved).zip(obstacles) {
        let of_shift = if obstacles.is_empty() { thresholds.next() } else { None };
        let found = match of_shift {
            Some(thresholds) => by_thresholds(&thresholds, request.power),
            None => {
                let search = Search { variants, hypothesis, moved, options, power: request.power };
                let (found, engine, engine_why) = search.answer(progress)?;
                (made.engine, made.engine_why) = (engine, engine_why);
                found
            }
        };
        results.push(row(scenario, hypothesis, moved, found, obstacles, request.power)?);
    }
    let mut warnings: Vec<Warning> =
        crate::engine::uncertainty_not_used(scenario.uncertainty.len()).into_iter().collect();
    warnings.extend(larger_than_planned(&results));
    Ok(MdeAnswer {
        schema: SCHEMA.to_owned(),
        command: "mde".to_owned(),
        made,
        power: request.power,
        alpha: scenario.alpha,
        n_total: resolve::arm_sizes(scenario).iter().sum(),
        outcomes: crate::engine::described_outcomes(scenario),
        results,
        warnings,
    })
}

/// The smallest benefit and power around it.
struct Found {
    smallest: Measure,
    around: Vec<MdePoint>,
}

/// From the bounds of the trials' claims. The error of a quantile: the distance of the quantiles at one standard error
/// of the power to either side, halved.
fn by_thresholds(thresholds: &Thresholds, power: f64) -> Found {
    let trials = thresholds.trials as f64;
    let mcse = (power * (1.0 - power) / trials).sqrt();
    let benefit = |power: f64| thresholds.least_benefit(power * trials);
    let Some(smallest) = benefit(power) else {
        return Found { smallest: Measure::undefined("too many trials gave no answer"), around: Vec::new() };
    };
    let error =
        benefit(power - mcse).zip(benefit((power + mcse).min(1.0))).map(|(low, high)| (high - low) / 2.0);
    let point = |factor: f64| {
        let benefit = factor * smallest;
        MdePoint { benefit, power: proportion(thresholds.claims(benefit) as f64, trials) }
    };
    Found {
        smallest: Measure { value: Some(smallest), mcse: error, why: None },
        around: (0..=TWENTIETHS).map(|twentieth| point(f64::from(twentieth) / 20.0)).collect(),
    }
}

/// The effect is tried at values ever closer together.
struct Search<'a> {
    variants: Variants<'a>,
    hypothesis: &'a HypothesisId,
    moved: &'a MovedEffect,
    options: &'a RunOptions,
    power: f64,
}

/// Effects tried at once.
const AT_ONCE: u32 = 8;

impl Search<'_> {
    fn answer(&self, progress: &mut dyn FnMut(&Progress)) -> Result<(Found, String, String)> {
        let scenario = self.variants.scenario;
        let outcome = &scenario.response.outcomes[&self.hypothesis.outcome];
        let sd = resolve::arm_sds(scenario, outcome).into_iter().fold(0.0, f64::max);
        let mut engine = (String::new(), String::new());
        let mut try_at = |benefits: &[f64]| -> Result<Vec<f64>> {
            let points = benefits.iter().map(|&benefit| with_effect(self.variants, self.moved, benefit));
            let points = points.collect::<Result<Vec<_>>>()?;
            let criterion = [Success::All(vec![self.hypothesis.clone()])];
            let found = successes(&points, &criterion, self.options, progress)?;
            engine = (found.engine.clone(), found.engine_why.clone());
            Ok(found.count.iter().map(|counts| counts[0] as f64).collect())
        };
        let trials = self.options.replicates as f64;
        let needed = self.power * trials;
        let (mut low, mut high) = ((0.0, f64::NAN), None);
        let mut reach =
            if self.moved.planned_value > 0.0 { 2.0 * self.moved.planned_value } else { 0.5 * sd };
        for _ in 0..6 {
            let benefits: Vec<f64> =
                (1..=AT_ONCE).map(|part| reach * f64::from(part) / f64::from(AT_ONCE)).collect();
            let counts = match try_at(&benefits) {
                Ok(counts) => counts,
                // A scale with limits cannot have every effect.
                Err(error) if error.kind == ErrorKind::Scenario => break,
                Err(error) => return Err(error),
            };
            let tried: Vec<(f64, f64)> = benefits.into_iter().zip(counts).collect();
            if let Some(first) = tried.iter().position(|(_, count)| *count >= needed) {
                low = if first > 0 { tried[first - 1] } else { low };
                high = Some(tried[first]);
                break;
            }
            low = *tried.last().unwrap_or(&low);
            reach *= 2.0;
        }
        let Some(mut high) = high else {
            let why = "no effect that was tried, or that the scenario can have, is detected with this power";
            return Ok((Found { smallest: Measure::undefined(why), around: Vec::new() }, engine.0, engine.1));
        };
        let (from, to) = (low.0, high.0);
        let benefits: Vec<f64> =
            (1..AT_ONCE).map(|part| from + (to - from) * f64::from(part) / f64::from(AT_ONCE)).collect();
        let counts = try_at(&benefits)?;
        let tried: Vec<(f64, f64)> = benefits.into_iter().zip(counts).collect();
        if let Some(first) = tried.iter().position(|(_, count)| *count >= needed) {
            (low, high) = (if first > 0 { tried[first - 1] } else { low }, tried[first]);
        } else if let Some(&last) = tried.last() {
            low = last;
        }
        // Between two effects so close together power is a straight line.
        let slope = if low.1.is_nan() { f64::NAN } else { (high.1 - low.1) / (high.0 - low.0) };
        let part = if slope > 0.0 { (needed - low.1) / slope } else { high.0 - low.0 };
        let smallest = low.0 + part;
        let mcse = (self.power * (1.0 - self.power) * trials).sqrt() / slope;
        let benefits = AROUND.map(|factor| factor * smallest);
        let counts = try_at(&benefits);
        let around = match counts {
            Ok(counts) => benefits
                .into_iter()
                .zip(counts)
                .map(|(benefit, count)| MdePoint { benefit, power: proportion(count, trials) })
                .collect(),
            Err(_) => Vec::new(),
        };
        let smallest =
            Measure { value: Some(smallest), mcse: Some(mcse).filter(|mcse| mcse.is_finite()), why: None };
        Ok((Found { smallest, around }, engine.0, engine.1))
    }
}

fn row(
    scenario: &Scenario,
    hypothesis: &HypothesisId,
    moved: &MovedEffect,
    found: Found,
    obstacles: Vec<String>,
    power: f64,
) -> Result<MdeRow> {
    let outcome = &scenario.response.outcomes[&hypothesis.outcome];
    let sds = resolve::arm_sds(scenario, outcome);
    let sd = (sds.iter().map(|sd| sd * sd).sum::<f64>() / sds.len() as f64).sqrt();
    let formula = FormulaAt::new(scenario, hypothesis)?;
    let by_formula = formula.and_then(|formula| {
        let at = |benefit: f64| formula.power(benefit).unwrap_or(f64::NAN) - power;
        let mut high = found.smallest.value.filter(|value| *value > 0.0).unwrap_or(sd);
        while at(high) < 0.0 && high < 1e6 * sd {
            high *= 2.0;
        }
        (at(high) >= 0.0).then(|| root::enclosed(0.0, high, 1e-12 * high, at))
    });
    Ok(MdeRow {
        analysis: hypothesis.analysis.clone(),
        outcome: hypothesis.outcome.clone(),
        estimand: hypothesis.estimand.clone(),
        in_sds: found.smallest.value.map(|value| value / sd).filter(|value| value.is_finite()),
        smallest: found.smallest,
        by_formula,
        planned: moved.planned_value,
        how: if obstacles.is_empty() { "shift" } else { "search" }.to_owned(),
        why: (!obstacles.is_empty()).then(|| obstacles.join("; ")),
        around: found.around,
    })
}

fn larger_than_planned(results: &[MdeRow]) -> Vec<Warning> {
    let larger: Vec<&str> = results
        .iter()
        .filter(|row| row.planned != 0.0 && row.smallest.value.is_some_and(|value| value > row.planned.abs()))
        .map(|row| row.estimand.as_str())
        .collect();
    if larger.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "the planned effect is smaller than the trial detects with this power: {}; `trialliance size` says how many \
         patients it takes",
        larger.join(", ")
    );
    vec![Warning { code: "smaller_than_detectable".to_owned(), message }]
}
