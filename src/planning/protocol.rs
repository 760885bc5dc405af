//! What a protocol says of its sample size, as facts.
//!
//! In come a scenario and the number of trials; out comes everything that the text is made from: the run at the planned
//! size, the curve around it, which groups each comparison uses, what an interaction would do to the main effects. No
//! sentence is written here.

use super::curve::{Curve, CurveRequest, Over, curve};
use super::effect::{MovedEffect, with_effect};
use super::made::Made;
use super::request::Range;
use super::size_of::SizeOf;
use super::variants::Variants;
use crate::engine::{
    IMPRECISE, Progress, RunOptions, claim_thresholds, imprecise_primary, obstacles_to_shift, run,
    run_together,
};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, arm_ids, estimands};
use crate::result::{HypothesisId, Measure, RunResult};
use crate::scenario::{Factor, ProtocolStatements, Scenario, resolve};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.protocol/1";

/// Trials at each point of the figure, at most.
const OF_THE_CURVE: u64 = 10_000;

/// The question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProtocolRequest {
    /// The power that the trial is to have.
    pub power: f64,
}

/// The facts of a sample-size section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Protocol {
    /// The format and its version: `trialliance.protocol/1`.
    pub schema: String,
    /// The command that made it: `protocol`.
    pub command: String,
    /// What made it.
    #[serde(flatten)]
    pub made: Made,
    /// The power that the trial is to have.
    pub power: f64,
    /// The two factors.
    pub factors: Vec<Factor>,
    /// How patients are assigned, in words.
    pub assignment: String,
    /// Which groups form each main comparison.
    pub comparisons: Vec<MainComparison>,
    /// What each primary hypothesis is planned with.
    pub targets: Vec<TargetDifference>,
    /// The interaction, for each primary analysis.
    pub interactions: Vec<InteractionFacts>,
    /// How primary hypotheses are judged together; null if each stands alone.
    pub multiplicity: Option<String>,
    /// Why outcomes are missing: the mean share of patients over the arms, by reason.
    pub missing: Vec<f64>,
    /// Who treats, in words; null without therapists.
    pub therapists: Option<String>,
    /// Who is enrolled, one rule each.
    pub eligibility: Vec<String>,
    /// What the scenario states for the protocol.
    pub statements: ProtocolStatements,
    /// The run at the planned size.
    pub run: RunResult,
    /// Power around the planned size.
    pub curve: Curve,
}

/// The groups of a main comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MainComparison {
    /// The main effect.
    pub estimand: String,
    /// The arms with the second level of the factor, and how many patients they have.
    pub with: Vec<String>,
    /// How many patients these have.
    pub n_with: u64,
    /// The arms with the first level.
    pub against: Vec<String>,
    /// How many patients these have.
    pub n_against: u64,
}

/// What a hypothesis is planned with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetDifference {
    /// The hypothesis.
    pub hypothesis: HypothesisId,
    /// The planned effect as a benefit; null where it is not one of the effects of the two factors.
    pub benefit: Option<f64>,
    /// Standard deviation of the outcome within the arms (root mean square).
    pub sd: f64,
    /// Mean of the outcome in the reference arm.
    pub control_mean: f64,
    /// Correlation with the baseline, if the analysis adjusts for it.
    pub baseline_correlation: Option<f64>,
    /// Where the effect comes from.
    pub source: Option<String>,
    /// Where the standard deviation comes from.
    pub sd_source: Option<String>,
}

/// The interaction in one analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InteractionFacts {
    /// The hypothesis.
    pub hypothesis: HypothesisId,
    /// The planned interaction, as a benefit.
    pub planned: f64,
    /// Its power.
    pub power: Measure,
    /// Half of the width of its confidence interval.
    pub half_width: Measure,
    /// The smallest interaction that the trial detects with the power it is to have; null where that is not known without
    /// a search.
    pub smallest: Option<f64>,
    /// What if there is one as large as the larger of the planned main effects.
    pub if_real: Option<IfReal>,
}

/// A trial in which there is an interaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IfReal {
    /// Its size, as a benefit.
    pub interaction: f64,
    /// Its power.
    pub power: Measure,
    /// By how much each main effect differs from the simple effects that it is the mean of.
    pub half: f64,
    /// Power of the main effects in that trial, by estimand.
    pub main_effects: Vec<(String, Measure)>,
}

/// Collects the facts.
///
/// # Errors
/// `Usage` for a power that is not between alpha and 1, or a study without assignment.
pub fn protocol(
    variants: Variants<'_>,
    request: &ProtocolRequest,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Protocol> {
    let scenario = variants.scenario;
    if resolve::is_observational(scenario) {
        return Err(Error::new(
            ErrorKind::Usage,
            "a study without assignment has no sample-size section of a factorial trial",
        ));
    }
    if !(request.power > scenario.alpha && request.power < 1.0) {
        let message = format!("the power is a number above alpha, which is {}, and below 1", scenario.alpha);
        return Err(Error::new(ErrorKind::Usage, message).about(format!("--power {}", request.power)));
    }
    let mut result = run(scenario, options, progress)?;
    without_precision(&mut result);
    let made = Made::new(scenario, options, &result.engine, &result.engine_why);
    let of_curve = RunOptions { replicates: options.replicates.min(OF_THE_CURVE), ..options.clone() };
    let around = CurveRequest {
        over: Over::Size(SizeOf::Total, Range::default()),
        hypotheses: result.primary.clone(),
    };
    let curve = curve(variants, &around, &of_curve, progress)?;
    let interactions = interactions(variants, request, &result, options, progress)?;
    Ok(Protocol {
        schema: SCHEMA.to_owned(),
        command: "protocol".to_owned(),
        made,
        power: request.power,
        factors: scenario.factors.clone(),
        assignment: assignment(scenario),
        comparisons: comparisons(scenario),
        targets: result.primary.iter().map(|hypothesis| target(scenario, hypothesis)).collect(),
        interactions,
        multiplicity: scenario.multiplicity.as_ref().map(|stated| stated.procedure.title().to_owned()),
        missing: scenario
            .observation
            .missing
            .iter()
            .map(|reason| resolve::by_arm(scenario, &reason.rate).iter().sum::<f64>() / ARMS as f64)
            .collect(),
        therapists: therapists(scenario),
        eligibility: scenario.cohort.eligibility.iter().map(rule).collect(),
        statements: scenario.protocol.clone().unwrap_or_default(),
        run: result,
        curve,
    })
}

/// Replaces the advice to ask for a precision, which a protocol cannot be asked for.
fn without_precision(result: &mut RunResult) {
    let own = imprecise_primary(result);
    let told = result.warnings.iter_mut().find(|warning| warning.code == IMPRECISE);
    if let (Some(told), Some(own)) = (told, own) {
        *told = own;
    }
}

fn assignment(scenario: &Scenario) -> String {
    let assignment = &scenario.design.assignment;
    let within = match assignment.strata.as_slice() {
        [] => String::new(),
        strata => format!(", within levels of {}", strata.join(" and ")),
    };
    let method = match assignment.method {
        crate::scenario::AssignmentMethod::Fixed => "at random, with exact arm sizes",
        crate::scenario::AssignmentMethod::Simple => "at random, each patient by a draw of their own",
        crate::scenario::AssignmentMethod::Blocks => "at random in permuted blocks",
        crate::scenario::AssignmentMethod::Minimisation => "by minimisation with a random element",
        crate::scenario::AssignmentMethod::Urn => "at random by Wei's urn",
    };
    format!("{method}{within}")
}

fn comparisons(scenario: &Scenario) -> Vec<MainComparison> {
    let (arms, sizes) = (arm_ids(&scenario.factors), resolve::arm_sizes(scenario));
    let one = |estimand: &crate::estimand::Estimand| {
        let of = |sign: f64| (0..ARMS).filter(move |&arm| sign * estimand.weights[arm] > 0.0);
        MainComparison {
            estimand: estimand.id.clone(),
            with: of(1.0).map(|arm| arms[arm].clone()).collect(),
            n_with: of(1.0).map(|arm| sizes[arm]).sum(),
            against: of(-1.0).map(|arm| arms[arm].clone()).collect(),
            n_against: of(-1.0).map(|arm| sizes[arm]).sum(),
        }
    };
    estimands(&scenario.factors).iter().take(2).map(one).collect()
}

fn target(scenario: &Scenario, hypothesis: &HypothesisId) -> TargetDifference {
    let outcome = &scenario.response.outcomes[&hypothesis.outcome];
    let sds = resolve::arm_sds(scenario, outcome);
    let at = |field: &str| format!("/response/outcomes/{}/{field}", hypothesis.outcome);
    let source =
        |pointers: &[String]| pointers.iter().find_map(|pointer| scenario.sources.get(pointer)).cloned();
    let number = resolve::analysis_ids(scenario).iter().position(|id| *id == hypothesis.analysis);
    let spec = number.and_then(|number| scenario.analyses.get(number));
    let adjusts =
        spec.is_some_and(|spec| resolve::covariates(spec).iter().any(|one| one == resolve::BASELINE));
    TargetDifference {
        hypothesis: hypothesis.clone(),
        benefit: MovedEffect::of(scenario, hypothesis).ok().map(|moved| moved.planned_value),
        sd: (sds.iter().map(|sd| sd * sd).sum::<f64>() / ARMS as f64).sqrt(),
        control_mean: resolve::arm_means(scenario, outcome)[0],
        baseline_correlation: outcome
            .baseline
            .as_ref()
            .filter(|_| adjusts)
            .map(|baseline| baseline.correlation),
        source: source(&[at(&format!("effects/{}", hypothesis.estimand)), at("effects"), at("arm_means")]),
        sd_source: source(&[at("sd"), at("residual_sd")]),
    }
}

/// The interaction of each analysis that a primary hypothesis is of.
fn interactions(
    variants: Variants<'_>,
    request: &ProtocolRequest,
    result: &RunResult,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Vec<InteractionFacts>> {
    let scenario = variants.scenario;
    let mut facts: Vec<InteractionFacts> = Vec::new();
    for primary in &result.primary {
        let hypothesis = HypothesisId { estimand: "interaction".to_owned(), ..primary.clone() };
        let Some(row) = result.row(&hypothesis) else { continue };
        let is_known = facts.iter().any(|one| one.hypothesis == hypothesis);
        let Some(moved) = MovedEffect::of(scenario, &hypothesis).ok().filter(|_| !is_known) else { continue };
        let smallest = match obstacles_to_shift(scenario, &hypothesis)?.is_empty() {
            true => {
                let all = claim_thresholds(scenario, std::slice::from_ref(&hypothesis), options, progress)?;
                all.of[0].least_benefit(request.power * all.of[0].trials as f64)
            }
            false => None,
        };
        facts.push(InteractionFacts {
            planned: moved.planned_value,
            power: row.power.clone(),
            half_width: row.half_width.clone(),
            smallest,
            if_real: if_real(variants, &hypothesis, &moved, options, progress)?,
            hypothesis,
        });
    }
    Ok(facts)
}

/// The same trial with an interaction as large as the larger main effect; none if there is no main effect, or the scenario
/// cannot have such an interaction.
fn if_real(
    variants: Variants<'_>,
    hypothesis: &HypothesisId,
    moved: &MovedEffect,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Option<IfReal>> {
    let scenario = variants.scenario;
    let main: Vec<String> = estimands(&scenario.factors).into_iter().take(2).map(|one| one.id).collect();
    let planned = main.iter().filter_map(|estimand| {
        let one = HypothesisId { estimand: estimand.clone(), ..hypothesis.clone() };
        MovedEffect::of(scenario, &one).ok().map(|moved| moved.planned_value)
    });
    let interaction =
        planned.fold(0.0, |largest: f64, one| if one.abs() > largest.abs() { one } else { largest });
    if interaction == 0.0 {
        return Ok(None);
    }
    let Ok(point) = with_effect(variants, moved, interaction) else { return Ok(None) };
    let runs = run_together(std::slice::from_ref(&point), options, progress)?;
    let Some(result) = runs.results.first() else { return Ok(None) };
    let power = |estimand: &str| {
        let one = HypothesisId { estimand: estimand.to_owned(), ..hypothesis.clone() };
        result.row(&one).map(|row| row.power.clone()).unwrap_or_default()
    };
    Ok(Some(IfReal {
        interaction,
        power: power(&hypothesis.estimand),
        half: interaction / 2.0,
        main_effects: main.into_iter().map(|estimand| (estimand.clone(), power(&estimand))).collect(),
    }))
}

fn therapists(scenario: &Scenario) -> Option<String> {
    let therapists = scenario.design.therapists.as_ref()?;
    let layout = match therapists.layout {
        crate::scenario::TherapistLayout::Crossed => "each delivering all four arms",
        crate::scenario::TherapistLayout::Nested => "each delivering one level of the context",
        crate::scenario::TherapistLayout::NestedInArms => "each delivering one arm",
    };
    let icc: Vec<String> = scenario
        .response
        .outcomes
        .keys()
        .filter_map(|outcome| Some(format!("{} for {outcome}", therapists.icc.as_ref()?.of(outcome)?)))
        .collect();
    let icc =
        if icc.is_empty() { String::new() } else { format!(", intraclass correlation {}", icc.join(", ")) };
    Some(format!("{} therapists, {layout}{icc}", therapists.n))
}

fn rule(rule: &crate::scenario::Eligibility) -> String {
    let limits = [
        rule.at_least.map(|low| format!("at least {low}")),
        rule.at_most.map(|high| format!("at most {high}")),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    match &rule.any_of {
        Some(levels) => format!("{} one of {}", rule.variable, levels.join(", ")),
        None => format!("{} {}", rule.variable, limits.join(" and ")),
    }
}
