//! From merged sums to the result.

use super::plan::{Plan, PlannedAnalysis, TruthsFrom};
use super::twin::Twins;
use super::{RunOptions, advice, warnings};
use crate::analysis::{Failure, Normal, PowerFormula};
use crate::error::Result;
use crate::estimand::{ARMS, Family, has_number_needed};
use crate::result::{
    AdjustedPower, AnalysisDescription, ClosedForm, ClosedFormKind, EffectSize, HypothesisId, Measure,
    OutcomeDescription, Precision, Row, RunResult, SCHEMA, ScenarioIdentity, Truth, TruthKind,
};
use crate::scenario::{Better, Scenario, resolve};
use crate::summary::{Adjusted, AnalysisSums, Applies, ControlSums, FamilyCounts, Measures};
use crate::{estimand, scenario};
use indexmap::IndexMap;

/// What a finished run has to report.
pub(super) struct Finished<'a> {
    pub scenario: &'a Scenario,
    pub options: &'a RunOptions,
    pub plan: &'a Plan,
    pub engine: &'a str,
    pub engine_why: String,
    pub sums: &'a [AnalysisSums],
    pub family: Option<&'a FamilyCounts>,
    /// Twins and their sums, where power is adjusted by them.
    pub controls: Option<(&'a Twins, &'a ControlSums)>,
    pub replicates: u64,
    pub precision: Option<Precision>,
}

impl Finished<'_> {
    /// The result as data.
    pub fn result(self) -> RunResult {
        let Finished { scenario, plan, .. } = &self;
        let sizes = resolve::arm_sizes(scenario);
        let normal = plan.normal();
        let results: Vec<Row> = plan
            .analyses
            .iter()
            .zip(self.sums)
            .enumerate()
            .flat_map(|(number, (planned, sums))| {
                (0..planned.estimands.len())
                    .map(|estimand| Row {
                        power_adjusted: self.adjusted(number, estimand),
                        ..self.row(planned, sums, estimand, &normal)
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
        let mut result = RunResult {
            schema: SCHEMA.to_owned(),
            command: "run".to_owned(),
            scenario: ScenarioIdentity::of(scenario),
            seed: self.options.seed,
            replicates: self.replicates,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine: self.engine.to_owned(),
            engine_why: self.engine_why.clone(),
            precision: self.precision.clone(),
            design: resolve::is_observational(scenario).then(|| "observational".to_owned()),
            assignment: resolve::has_random_sizes(scenario)
                .then(|| scenario.design.assignment.method.name().to_owned()),
            n_per_arm: match resolve::is_observational(scenario) {
                true => Default::default(),
                false => estimand::arm_ids(&scenario.factors).into_iter().zip(sizes).collect(),
            },
            n_total: sizes.iter().sum(),
            alpha: scenario.alpha,
            confidence_level: scenario.confidence_level(),
            primary: plan.primary.clone(),
            outcomes: described_outcomes(scenario),
            analyses: plan
                .analyses
                .iter()
                .zip(self.sums)
                .map(|(planned, sums)| (planned.id.clone(), describe(planned, sums)))
                .collect(),
            estimands: plan
                .analyses
                .iter()
                .flat_map(|planned| &planned.estimands)
                .map(|estimand| (estimand.id.clone(), estimand.definition.clone()))
                .collect(),
            results,
            family: plan.family.as_ref().zip(self.family).map(|(family, counts)| family.result(counts)),
            warnings: Vec::new(),
            timing: None,
        };
        result.warnings = warnings::warnings(plan, &result);
        result.warnings.extend(advice::advice(scenario, &result));
        result
    }

    /// Power by control variates, if that is asked for.
    fn adjusted(&self, analysis: usize, estimand: usize) -> Option<AdjustedPower> {
        let (twins, controls) = self.controls?;
        let adjusted = match twins.obstacle(analysis) {
            Some(why) => Err(why.to_owned()),
            None => controls.adjusted(twins.first(analysis) + estimand),
        };
        Some(match adjusted {
            Ok(Adjusted { value, mcse, variance_ratio }) => AdjustedPower {
                value: Some(value),
                mcse: Some(mcse),
                variance_ratio: Some(variance_ratio).filter(|ratio| ratio.is_finite()),
                why: None,
            },
            Err(why) => AdjustedPower { why: Some(why), ..AdjustedPower::default() },
        })
    }

    fn row(&self, planned: &PlannedAnalysis, sums: &AnalysisSums, estimand: usize, normal: &Normal) -> Row {
        let mut truth = planned.truths.of(estimand);
        if truth.kind == TruthKind::Undefined {
            truth.why = planned.undefined.clone().or(truth.why);
        }
        let analysis = planned.estimator.analysis();
        let mut measures = Measures::new(
            sums,
            estimand,
            truth.value,
            (!self.plan.sizes_vary).then(|| self.plan.pooled_degrees_of_freedom()),
            Applies {
                standardised: planned.entry.family.is_difference_of_means(),
                eta_squared: analysis.has_partial_eta_squared(),
                sign_and_size: analysis.claim().has_sign_and_size(),
            },
        );
        // A truth that is not known exactly is one more reason why the bias is not.
        measures.bias.mcse = measures.bias.mcse.map(|mcse| (mcse * mcse + truth.mcse * truth.mcse).sqrt());
        let contrast = &planned.estimands[estimand];
        let closed_form =
            power_by_formula(self.plan, planned, &contrast.weights, normal, self.scenario.alpha);
        let id = HypothesisId {
            analysis: planned.id.clone(),
            outcome: planned.outcome.clone(),
            estimand: contrast.id.clone(),
        };
        Row {
            primary: self.plan.primary.contains(&id),
            analysis: id.analysis,
            outcome: id.outcome,
            estimand: id.estimand,
            benefit_sign: planned.benefit_sign.filter(|_| planned.entry.family.has_benefit(estimand)),
            nnt: (planned.entry.family == Family::RiskDifferences && has_number_needed(&contrast.weights))
                .then(|| number_needed(&truth, planned.benefit_sign)),
            truth,
            truth_associational: planned.associational.map(|(value, mcse)| Measure {
                value: Some(value),
                mcse: Some(mcse),
                why: None,
            }),
            closed_form_difference_in_mcse: difference_in_mcse(
                measures.power.value,
                closed_form.value,
                self.replicates - measures.failures,
            ),
            mean_estimate: measures.mean_estimate,
            bias: measures.bias,
            empirical_se: measures.empirical_se,
            model_se: measures.model_se,
            half_width: measures.half_width,
            coverage: measures.coverage,
            power: measures.power,
            power_adjusted: None,
            power_failures_as_no_claim: measures.power_failures_as_no_claim,
            type_s: measures.type_s,
            type_m: measures.type_m,
            effect_size: EffectSize {
                hedges_g: measures.hedges_g,
                partial_eta_squared: measures.partial_eta_squared,
            },
            exact_power: match closed_form.kind {
                ClosedFormKind::Exact => closed_form.value,
                ClosedFormKind::Approximate | ClosedFormKind::None => None,
            },
            closed_form,
            failures: measures.failures,
        }
    }
}

/// Whether what a hypothesis claims would be right where its effect is this, as a raw difference.
///
/// # Errors
/// `Unexpected` if the scenario has no such hypothesis.
pub fn is_claim_right(scenario: &Scenario, hypothesis: &HypothesisId, effect: f64) -> Result<bool> {
    let plan = Plan::new(scenario, TruthsFrom::Nowhere)?;
    let [analysis, _] = plan.place(hypothesis)?;
    Ok(plan.analyses[analysis].estimator.analysis().claim().is_right(effect))
}

/// Power by formula of each of these hypotheses by itself, without simulation.
///
/// # Errors
/// `Unexpected` if a hypothesis is not among the scenario's.
pub fn formula_powers(scenario: &Scenario, hypotheses: &[HypothesisId]) -> Result<Vec<ClosedForm>> {
    let plan = Plan::new(scenario, TruthsFrom::Nowhere)?;
    let normal = plan.normal();
    let one = |hypothesis: &HypothesisId| {
        let [analysis, estimand] = plan.place(hypothesis)?;
        if plan.number_in_family(hypothesis).is_some() {
            let why = "the scenario judges it together with others".to_owned();
            return Ok(ClosedForm { value: None, kind: ClosedFormKind::None, why });
        }
        let planned = &plan.analyses[analysis];
        Ok(power_by_formula(&plan, planned, &planned.estimands[estimand].weights, &normal, scenario.alpha))
    };
    hypotheses.iter().map(one).collect()
}

/// The probability by formula that the interval of each of these hypotheses is at most ± `most` wide.
///
/// # Errors
/// `Unexpected` if a hypothesis is not among the scenario's.
pub fn formula_narrow(
    scenario: &Scenario,
    hypotheses: &[HypothesisId],
    most: f64,
) -> Result<Vec<ClosedForm>> {
    let plan = Plan::new(scenario, TruthsFrom::Nowhere)?;
    let normal = plan.normal();
    let miss = 1.0 - scenario.confidence_level();
    let one = |hypothesis: &HypothesisId| {
        let [analysis, estimand] = plan.place(hypothesis)?;
        let planned = &plan.analyses[analysis];
        let weights = &planned.estimands[estimand].weights;
        Ok(where_one_holds(&plan, || planned.estimator.analysis().narrow(&normal, weights, most, miss)))
    };
    hypotheses.iter().map(one).collect()
}

fn power_by_formula(
    plan: &Plan,
    planned: &PlannedAnalysis,
    weights: &[f64; ARMS],
    normal: &Normal,
    alpha: f64,
) -> ClosedForm {
    where_one_holds(plan, || planned.estimator.analysis().power(normal, weights, alpha))
}

/// What a formula says, unless the scenario keeps it from holding.
fn where_one_holds(plan: &Plan, formula: impl Fn() -> PowerFormula) -> ClosedForm {
    match plan.formula_obstacles.as_slice() {
        [] => closed_form(formula()),
        obstacles => {
            let why = format!("no formula holds: {}", obstacles.join("; "));
            ClosedForm { value: None, kind: ClosedFormKind::None, why }
        }
    }
}

/// Standard errors within which a simulated difference is not told apart from 0.
const NOT_TOLD_APART: f64 = 4.0;

/// Patients to treat for one more to benefit; its standard error by the delta method.
fn number_needed(truth: &Truth, benefit_sign: Option<i8>) -> Measure {
    let Truth { value, mcse, .. } = *truth;
    if value == 0.0 {
        return Measure::undefined("the difference is 0: no number of patients would do");
    }
    if value.abs() <= NOT_TOLD_APART * mcse {
        return Measure::undefined("the simulated difference is not told apart from 0");
    }
    let sign = f64::from(benefit_sign.unwrap_or(1));
    Measure { value: Some(sign / value), mcse: Some(mcse / (value * value)), why: None }
}

fn closed_form(formula: PowerFormula) -> ClosedForm {
    match formula {
        PowerFormula::Exact { power, formula } => {
            ClosedForm { value: Some(power), kind: ClosedFormKind::Exact, why: formula.to_owned() }
        }
        PowerFormula::Approximate { power, formula } => {
            ClosedForm { value: Some(power), kind: ClosedFormKind::Approximate, why: formula.to_owned() }
        }
        PowerFormula::None { why } => {
            ClosedForm { value: None, kind: ClosedFormKind::None, why: why.to_owned() }
        }
    }
}

/// (simulated − formula) ÷ √(p₀(1 − p₀)/n), p₀ the formula's power.
fn difference_in_mcse(simulated: Option<f64>, formula: Option<f64>, trials: u64) -> Option<f64> {
    let (simulated, formula) = (simulated?, formula?);
    let mcse = (formula * (1.0 - formula) / trials as f64).sqrt();
    let difference = (simulated - formula) / mcse;
    difference.is_finite().then_some(difference)
}

/// The outcomes, with what is needed to read their numbers.
#[must_use]
pub fn described_outcomes(scenario: &Scenario) -> IndexMap<String, OutcomeDescription> {
    let outcomes = scenario.response.outcomes.iter();
    outcomes.map(|(name, outcome)| (name.clone(), describe_outcome(outcome))).collect()
}

fn describe_outcome(outcome: &scenario::Outcome) -> OutcomeDescription {
    OutcomeDescription {
        label: outcome.label.clone(),
        unit: outcome.unit.clone(),
        better: outcome.better.map(|better| match better {
            Better::Lower => "lower".to_owned(),
            Better::Higher => "higher".to_owned(),
        }),
        benefit_sign: outcome.better.map(Better::sign),
    }
}

fn describe(planned: &PlannedAnalysis, sums: &AnalysisSums) -> AnalysisDescription {
    let failed = Failure::ALL.into_iter().zip(sums.failed()).filter(|(_, count)| *count > 0);
    let boundary = planned.estimator.analysis().boundary();
    AnalysisDescription {
        failures: failed.map(|(failure, count)| (failure.name().to_owned(), count)).collect(),
        boundary_fits: boundary.map(|_| sums.boundary()),
        boundary: boundary.map(str::to_owned),
        method: planned.entry.name.to_owned(),
        outcome: planned.outcome.clone(),
        description: planned.entry.summary.to_owned(),
        covariates: planned.covariates.clone(),
        moderator: planned.moderator.clone(),
        mediator: planned.mediator.clone(),
        options: planned.options.clone(),
        responder: planned.responder.clone(),
        claim: planned.estimator.analysis().claim().words(),
    }
}
