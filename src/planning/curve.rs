//! How power and the rest change with the number of patients, an effect, or any other number of the scenario.
//!
//! All points have the same random numbers; where they differ in the number of patients only, they come from one
//! pass. Power comes with a band that holds at all points together: Wilson's interval at each with Šidák's level,
//! which is enough whatever the correlation between points, as their joint distribution is normal in so
//! many trials (Šidák 1967, J. Am. Stat. Assoc. 62:626).

use super::binomial::wilson;
use super::effect::MovedEffect;
use super::made::Made;
use super::request::Range;
use super::size_of::SizeOf;
use super::variants::Variants;
use crate::engine::{IMPRECISE, Progress, RunOptions, Runs, imprecise_power, run_together};
use crate::error::{Error, ErrorKind, Result};
use crate::result::{
    AnalysisDescription, ClosedForm, FamilyResult, HypothesisId, Measure, OutcomeDescription, Row, RunResult,
    Truth, Warning,
};
use crate::scenario::{Override, Procedure, Scenario};
use crate::stats::normal;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.curve/1";

/// Points unless a step is stated.
const POINTS: u64 = 20;

/// Confidence of the band.
const BAND: f64 = 0.95;

/// Along what.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// The size of the trial.
    Size(SizeOf, Range<u64>),
    /// The effect that a hypothesis is about, as a benefit.
    Effect(HypothesisId, Range<f64>),
    /// A number of the scenario, by its pointer.
    Field(String, Range<f64>),
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveRequest {
    /// Along what.
    pub over: Over,
    /// Of which hypotheses; the rest is in the answer too.
    pub hypotheses: Vec<HypothesisId>,
}

/// A band about power that holds at all points together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Power and the rest along something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curve {
    /// The format and its version: `trialliance.curve/1`.
    pub schema: String,
    /// The command that made it: `curve`.
    pub command: String,
    /// What made it.
    #[serde(flatten)]
    pub made: Made,
    /// Along what: `total`, `caseload`, `therapists`, `effect`, or a pointer.
    pub over: String,
    /// The same for people, with its unit.
    pub over_label: String,
    /// The value in the scenario as it stands, if it has one.
    pub planned: Option<f64>,
    /// Two-sided significance level.
    pub alpha: f64,
    /// Confidence of the intervals.
    pub confidence_level: f64,
    /// Confidence of the bands about power, at all points together, for one row at a time.
    pub band_confidence: f64,
    /// Whether the smaller trials are the first patients of the larger ones.
    pub nested: bool,
    /// The hypotheses that were asked about.
    pub hypotheses: Vec<HypothesisId>,
    /// The outcomes, with what is needed to read their numbers.
    pub outcomes: IndexMap<String, OutcomeDescription>,
    /// The analyses, with what is needed to read their numbers.
    pub analyses: IndexMap<String, AnalysisDescription>,
    /// The points, in the order of their values.
    pub points: Vec<CurvePoint>,
    /// What a careful reader should be told.
    pub warnings: Vec<Warning>,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// The value along which it goes.
    pub value: f64,
    /// Patients in all.
    pub n_total: u64,
    /// One row per analysis and estimand.
    pub results: Vec<CurveRow>,
    /// The primary hypotheses judged together, if the scenario says how; else, of several hypotheses asked about, how often
    /// any and all are claimed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub family: Option<FamilyResult>,
}

/// One analysis and estimand at one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurveRow {
    /// The analysis.
    pub analysis: String,
    /// The outcome.
    pub outcome: String,
    /// The estimand.
    pub estimand: String,
    /// Whether it is one of the hypotheses asked about.
    pub asked: bool,
    /// The estimand's value, as a raw difference.
    pub truth: Truth,
    /// Share of trials that claim an effect.
    pub power: Measure,
    /// The band about it; null without power.
    pub band: Option<Band>,
    /// Power by formula.
    pub closed_form: ClosedForm,
    /// Root of the mean of the squared half-widths of the confidence interval.
    pub half_width: Measure,
    /// Share of confidence intervals that contain the truth.
    pub coverage: Measure,
    /// Mean of the estimates minus the truth.
    pub bias: Measure,
    /// Among significant trials, the share whose estimate has the wrong sign.
    pub type_s: Measure,
    /// Among significant trials, the mean of |estimate| ÷ |truth|.
    pub type_m: Measure,
    /// Trials in which the analysis gave no answer.
    pub failures: u64,
}

impl CurvePoint {
    /// The row of a hypothesis, if there is one.
    #[must_use]
    pub fn row(&self, hypothesis: &HypothesisId) -> Option<&CurveRow> {
        let is_it = |row: &&CurveRow| hypothesis.is_of(&row.analysis, &row.outcome, &row.estimand);
        self.results.iter().find(is_it)
    }
}

/// Simulates along something.
///
/// # Errors
/// `Usage` for a range that is empty or never keeps the ratio of the arms, for a field that is not a number;
/// `Scenario` where the scenario cannot have a value.
pub fn curve(
    variants: Variants<'_>,
    request: &CurveRequest,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Curve> {
    let scenario = variants.scenario;
    let Axis { values, points, over, label, planned } = axis(variants, &request.over)?;
    let points: Vec<Scenario> = points.into_iter().map(|point| counted_together(point, request)).collect();
    let Runs { results, nested } = run_together(&points, options, progress)?;
    let z = normal::isf(0.5 * (1.0 - libm::pow(BAND, 1.0 / points.len() as f64)));
    let first = results.first().ok_or_else(|| Error::new(ErrorKind::Usage, "there are no points"))?;
    let made = Made::new(scenario, options, &first.engine, &first.engine_why);
    Ok(Curve {
        schema: SCHEMA.to_owned(),
        command: "curve".to_owned(),
        made,
        over,
        over_label: label,
        planned,
        alpha: scenario.alpha,
        confidence_level: scenario.confidence_level(),
        band_confidence: BAND,
        nested,
        hypotheses: request.hypotheses.clone(),
        outcomes: first.outcomes.clone(),
        analyses: first.analyses.clone(),
        warnings: warnings(&results, request, options.replicates),
        points: values
            .into_iter()
            .zip(results)
            .map(|(value, result)| CurvePoint {
                value,
                n_total: result.n_total,
                family: result.family,
                results: result
                    .results
                    .into_iter()
                    .map(|row| of_row(row, request, options.replicates, z))
                    .collect(),
            })
            .collect(),
    })
}

/// The point with the hypotheses asked about counted together too, where the scenario does not say how.
fn counted_together(mut point: Scenario, request: &CurveRequest) -> Scenario {
    if point.multiplicity.is_none() && request.hypotheses.len() > 1 {
        point.primary = request.hypotheses.iter().map(ToString::to_string).collect();
        point.multiplicity = Some(Procedure::None.into());
    }
    point
}

fn of_row(row: Row, request: &CurveRequest, replicates: u64, z: f64) -> CurveRow {
    let asked = request.hypotheses.iter().any(|one| row.is_of(one));
    let answered = (replicates - row.failures) as f64;
    let band = row.power.value.map(|power| {
        let [low, high] = wilson(power * answered, answered, z);
        Band { low, high }
    });
    CurveRow {
        analysis: row.analysis,
        outcome: row.outcome,
        estimand: row.estimand,
        asked,
        truth: row.truth,
        power: row.power,
        band,
        closed_form: row.closed_form,
        half_width: row.half_width,
        coverage: row.coverage,
        bias: row.bias,
        type_s: row.type_s,
        type_m: row.type_m,
        failures: row.failures,
    }
}

/// The warnings of all points, each code once, by the last point that has it; that of imprecise powers is about those that
/// are shown, at all points.
fn warnings(results: &[RunResult], request: &CurveRequest, replicates: u64) -> Vec<Warning> {
    let of_point = |result: &RunResult| {
        let asked = result.results.iter().filter(|row| request.hypotheses.iter().any(|one| row.is_of(one)));
        let family = result.family.iter().flat_map(|family| [family.any.mcse, family.all.mcse]);
        asked.map(|row| row.power.mcse).chain(family).flatten().fold(0.0, f64::max)
    };
    let mcse = results.iter().map(of_point).fold(0.0, f64::max);
    let mut all: Vec<Warning> =
        imprecise_power("the least precise power shown", mcse, replicates).into_iter().collect();
    for warning in results.iter().rev().flat_map(|result| &result.warnings) {
        if warning.code != IMPRECISE && all.iter().all(|known| known.code != warning.code) {
            all.push(warning.clone());
        }
    }
    all
}

/// The points.
struct Axis {
    values: Vec<f64>,
    points: Vec<Scenario>,
    over: String,
    label: String,
    planned: Option<f64>,
}

fn axis(variants: Variants<'_>, over: &Over) -> Result<Axis> {
    let scenario = variants.scenario;
    match over {
        Over::Size(size_of, range) => {
            size_of.check(scenario, "--over")?;
            let of = size_of.of(scenario);
            let usual = [(of / 4).max(size_of.least(scenario)), 2 * of];
            let sizes = size_of.grid(scenario, range, usual, POINTS)?;
            let point = |&size: &u64| {
                variants.with_typed(&size_of.overrides(scenario, size), &[], &|| range.words_for(size))
            };
            Ok(Axis {
                points: sizes.iter().map(point).collect::<Result<_>>()?,
                values: sizes.into_iter().map(|size| size as f64).collect(),
                over: size_of.name().to_owned(),
                label: size_of.label().to_owned(),
                planned: Some(of as f64),
            })
        }
        Over::Effect(hypothesis, range) => {
            let moved = MovedEffect::of(scenario, hypothesis)?;
            let planned = moved.planned_value;
            let usual = if planned == 0.0 { [0.0, 1.0] } else { [0.0, 2.0 * planned] };
            let usual = [usual[0].min(usual[1]), usual[0].max(usual[1])];
            let values = grid(range, usual)?;
            let unit = scenario.response.outcomes.get(&hypothesis.outcome).and_then(|one| one.unit.clone());
            let unit = unit.map_or_else(String::new, |unit| format!(", {unit}"));
            Ok(Axis {
                points: values
                    .iter()
                    .map(|&value| {
                        let typed =
                            || format!("--over effect {}", range.words_for(value)).trim_end().to_owned();
                        variants.with_typed(&moved.overrides(scenario, value), &[], &typed)
                    })
                    .collect::<Result<_>>()?,
                values,
                over: "effect".to_owned(),
                label: format!(
                    "effect of {} on {} as a benefit{unit}",
                    hypothesis.estimand, hypothesis.outcome
                ),
                planned: Some(planned),
            })
        }
        Over::Field(pointer, range) => {
            let planned = number_at(scenario, pointer)?;
            let usual = planned.map(|planned| [0.5 * planned, 1.5 * planned]);
            if usual.is_none() && (range.from.is_none() || range.to.is_none()) {
                return Err(Error::new(
                    ErrorKind::Usage,
                    "the scenario does not state this number, so there is no usual range",
                )
                .about(format!("--over {pointer}"))
                .help("say --from and --to"));
            }
            let values = grid(range, usual.map_or([0.0, 1.0], |[a, b]| [a.min(b), a.max(b)]))?;
            let point = |&value: &f64| {
                let fields = [Override { pointer: pointer.clone(), value: number(value) }];
                let typed = || format!("--over {pointer} {}", range.words_for(value)).trim_end().to_owned();
                let help = "say with --from and --to between which values it goes";
                variants.with_typed(&fields, &[], &typed).map_err(|error| error.help(help))
            };
            Ok(Axis {
                points: values.iter().map(point).collect::<Result<_>>()?,
                values,
                over: pointer.clone(),
                label: pointer.clone(),
                planned,
            })
        }
    }
}

/// A number as JSON, whole where it is whole.
pub(super) fn number(value: f64) -> serde_json::Value {
    if value.fract() == 0.0 && value.abs() < 1e15 { (value as i64).into() } else { value.into() }
}

/// The number at a pointer of the complete scenario; none if nothing is stated there.
///
/// # Errors
/// `Usage` if something else than a number stands there.
pub fn number_at(scenario: &Scenario, pointer: &str) -> Result<Option<f64>> {
    let complete = crate::scenario::canonical::canonical(scenario);
    match complete.pointer(pointer) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| {
            let what = match value {
                serde_json::Value::Object(_) => "a group of fields",
                serde_json::Value::Array(_) => "a list",
                serde_json::Value::Bool(_) => "true or false",
                _ => "text",
            };
            Error::new(ErrorKind::Usage, format!("{what} stands there, and only a number can be varied"))
                .about(pointer.to_owned())
                .help("`trialliance check --explain` lists every field with its value")
        }),
    }
}

/// Values of a range that is stated in part.
fn grid(range: &Range<f64>, usual: [f64; 2]) -> Result<Vec<f64>> {
    let (from, to) = (range.from.unwrap_or(usual[0]), range.to.unwrap_or(usual[1]));
    let usage = |about: String, message: &str| Error::new(ErrorKind::Usage, message).about(about);
    if from >= to || !from.is_finite() || !to.is_finite() {
        return Err(usage(format!("--from {from} --to {to}"), "the range is empty")
            .help("--from is the smallest number, --to the largest"));
    }
    let by = range.by.unwrap_or((to - from) / POINTS as f64);
    if by <= 0.0 || !by.is_finite() {
        return Err(usage(format!("--by {by}"), "a step is a number above 0"));
    }
    let steps = libm::floor((to - from) / by + 1e-9);
    if steps > 1000.0 {
        return Err(
            usage(format!("--by {by}"), "that makes more than 1,000 points").help("take a larger step")
        );
    }
    // 0.1 · 3 is 0.30000000000000004: twelve digits are enough for a value that a person could have typed.
    let tidy = |value: f64| format!("{value:.12e}").parse().unwrap_or(value);
    Ok((0..=steps as u32).map(|step| tidy(from + f64::from(step) * by)).collect())
}
