//! Trials with interim looks: when they stop, what they claim, how many patients they take, and what an estimate is then
//! worth.
//!
//! Each trial is looked at after its first patients, then after more of them. The boundaries come from
//! [`decision::sequential`](crate::decision::sequential); its formulas, which take every statistic for normal, stand
//! beside what the trials do. The same trials without the effects show that the level is kept, whatever the trial changes
//! on the way.

mod answer;
mod design;
mod dropping;
mod measures;
mod request;
mod resizing;
mod tally;

pub use answer::{
    Boundary, ChangeDescription, EstimateAfter, Interim, InterimHypothesis, InterimRow, LevelBoundaries,
    Look, RowLook, UnderEffects,
};
pub use design::usual_looks;
pub use request::{ChangeRequest, FutilityRequest, InterimRequest, Resize, ResizeRequest};

use super::effect::MovedEffect;
use super::made::Made;
use super::variants::Variants;
use crate::decision::sequential::{Boundaries, Futility, Level, Rule, Sharing, Sides, Spending};
use crate::engine::{
    FormulaAt, Progress, RunOptions, WHY_PATIENTS, described_outcomes, look, uncertainty_not_used,
};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{FACTORIAL, estimands};
use crate::result::{HypothesisId, Measure, Warning};
use crate::scenario::{Override, Scenario, resolve};
use crate::stats::{normal, root};
use design::{Change, Design};
use measures::{Formula, Told};
use tally::Trials;

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.interim/1";

/// Beyond this a power tells no drift.
const SURE: f64 = 1.0 - 1e-12;

/// Simulates trials with interim looks.
///
/// # Errors
/// `Usage` for looks out of order or too early, levels and bounds that cannot be, a change that does not fit the scenario or
/// the hypotheses, an engine that does not simulate patients; `Scenario` where the scenario cannot have a size.
pub fn interim(
    variants: Variants<'_>,
    request: &InterimRequest,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Interim> {
    let scenario = variants.scenario;
    if request.hypotheses.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "there is no hypothesis to be judged"));
    }
    let design = Design::new(variants, request)?;
    let confidence = scenario.confidence_level();
    let mut under = vec![("planned", design.scenarios(variants, &[])?)];
    let why_no_null = match without_effects(scenario, request) {
        Ok(fields) => {
            under.push(("none", design.scenarios(variants, &fields)?));
            None
        }
        Err(why) => Some(why),
    };
    let trials = Trials::new(&design, confidence, &under[0].1)?;
    let mut effects = Vec::new();
    for (name, points) in &under {
        let found = look(points, &design.statistics, design.is_blinded(), &trials, options, progress)?;
        let full = &points[design.looks[design.looks.len() - 1]];
        let formulas = formulas(&design, full, *name == "none")?;
        let told =
            Told { design: &design, confidence, effects: name, truth: &found.truth, formulas: &formulas };
        effects.push(told.of(&found.tally));
    }
    let warnings = warnings(scenario, &design, &effects);
    Ok(Interim {
        schema: SCHEMA.to_owned(),
        command: "interim".to_owned(),
        made: Made::new(scenario, options, "patients", WHY_PATIENTS),
        alpha: design.plan.alpha,
        sides: sides(&design),
        boundaries_by: in_words(request.rule),
        futility_by: futility_in_words(&design.plan.futility),
        binding: request.binding,
        multiplicity: (design.hypotheses > 1).then_some(design.procedure),
        confidence_level: confidence,
        n_total: design.planned(),
        n_most: design.points.iter().map(|point| point.patients).max().unwrap_or(0),
        looks: looks(&design),
        hypotheses: hypotheses(scenario, &design),
        boundaries: boundaries(&design),
        change: change(&design),
        outcomes: described_outcomes(scenario),
        effects,
        why_no_null,
        warnings,
    })
}

/// The fields that make the hypotheses' effects zero; with a factor that may be dropped the interaction too, as what is
/// left then is an effect at one of its levels. Or why there are none.
fn without_effects(
    scenario: &Scenario,
    request: &InterimRequest,
) -> std::result::Result<Vec<Override>, String> {
    let mut hypotheses = request.hypotheses.clone();
    if let ChangeRequest::Drop { .. } = request.change {
        let interaction = &estimands(&scenario.factors)[FACTORIAL - 1].id;
        let with_it: Vec<HypothesisId> = hypotheses
            .iter()
            .map(|one| HypothesisId { estimand: interaction.clone(), ..one.clone() })
            .collect();
        hypotheses.extend(with_it);
    }
    let mut moved: Vec<MovedEffect> = Vec::new();
    let mut seen: Vec<(String, String)> = Vec::new();
    for hypothesis in &hypotheses {
        let effect = (hypothesis.outcome.clone(), hypothesis.estimand.clone());
        if seen.contains(&effect) {
            continue;
        }
        seen.push(effect);
        moved.push(MovedEffect::of(scenario, hypothesis).map_err(|error| error.message)?);
    }
    let apart =
        |(number, one): (usize, &MovedEffect)| moved[..number].iter().all(|other| one.is_apart_from(other));
    if !moved.iter().enumerate().all(apart) {
        return Err("the effects of several hypotheses cannot be zero one by one: they share arms".to_owned());
    }
    let moved: Vec<(MovedEffect, f64)> = moved.into_iter().map(|one| (one, 0.0)).collect();
    Ok(MovedEffect::all_together(&moved, scenario))
}

/// By formula, for hypotheses whose level stays in a trial that changes nothing.
fn formulas<'a>(design: &'a Design, full: &Scenario, is_null: bool) -> Result<Vec<Option<Formula<'a>>>> {
    let of = |(number, hypothesis): (usize, &HypothesisId)| {
        let is_fixed = matches!(design.change, Change::Nothing)
            && design.conduct.sharing().is_constant(design.hypotheses);
        let Some(boundaries) = design.conduct.first_boundaries(number).filter(|_| is_fixed) else {
            return Ok(None);
        };
        if is_null {
            return Ok(Some(Formula { boundaries, drift: 0.0, benefit: 0.0 }));
        }
        let Ok(moved) = MovedEffect::of(full, hypothesis) else { return Ok(None) };
        let drift = drift(boundaries, full, hypothesis, moved.planned_value)?;
        Ok(drift.map(|drift| Formula { boundaries, drift, benefit: moved.planned_value }))
    };
    design.asked().iter().enumerate().map(of).collect()
}

/// The drift with which a trial of one look has the power that its analysis has by formula.
fn drift(
    boundaries: &Boundaries,
    full: &Scenario,
    hypothesis: &HypothesisId,
    benefit: f64,
) -> Result<Option<f64>> {
    let level = boundaries.plan().one_sided_level();
    let alone = Scenario { multiplicity: None, alpha: 2.0 * level, ..full.clone() };
    let Some(formula) = FormulaAt::new(&alone, hypothesis)? else { return Ok(None) };
    let critical = normal::isf(level);
    if let Some(power) = formula.power_of_benefit(benefit) {
        return Ok((power > 0.0 && power < SURE).then(|| critical + normal::quantile(power)));
    }
    let Some(power) = formula.power(benefit).filter(|&power| power > 2.0 * level && power < SURE) else {
        return Ok(None);
    };
    let excess = |drift: f64| normal::sf(critical - drift) + normal::sf(critical + drift) - power;
    Ok(Some(root::enclosed(0.0, critical + 10.0, 1e-12, excess).copysign(benefit)))
}

fn sides(design: &Design) -> u8 {
    if design.plan.sides == Sides::One { 1 } else { 2 }
}

fn looks(design: &Design) -> Vec<Look> {
    let look = |(number, (&point, &information)): (usize, (&usize, &f64))| Look {
        look: number as u64 + 1,
        n_total: design.points[point].patients,
        information,
    };
    design.looks.iter().zip(&design.plan.information).enumerate().map(look).collect()
}

fn hypotheses(scenario: &Scenario, design: &Design) -> Vec<InterimHypothesis> {
    let of = |(number, id): (usize, &HypothesisId)| {
        let moved = MovedEffect::of(scenario, id).ok();
        let left = match &design.change {
            Change::Drop(dropped) => {
                dropped.left[number].then(|| design.statistics[design.hypotheses + number].estimand.clone())
            }
            _ => None,
        };
        InterimHypothesis {
            id: id.clone(),
            planned: moved.map(|moved| moved.planned_value),
            level: design.conduct.first_boundaries(number).map(|boundaries| boundaries.plan().alpha),
            after_dropping: left,
        }
    };
    design.asked().iter().enumerate().map(of).collect()
}

fn boundaries(design: &Design) -> Vec<LevelBoundaries> {
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let of_level = |level: &Level| {
        let own = &level.boundaries;
        let look = |look: usize| Boundary {
            critical: finite(own.critical()[look]),
            nominal_level: own.nominal_levels()[look],
            alpha_spent: own.alpha_spent()[look],
            futility: own.futility().get(look).copied().and_then(finite),
        };
        let later = |critical: &Vec<f64>| critical.iter().copied().map(finite).collect();
        LevelBoundaries {
            level: own.plan().alpha,
            looks: (0..own.looks()).map(look).collect(),
            after_dropping: level.after_dropping.iter().map(later).collect(),
        }
    };
    design.conduct.levels().into_iter().map(of_level).collect()
}

fn change(design: &Design) -> Option<ChangeDescription> {
    match &design.change {
        Change::Nothing => None,
        Change::Size(resizing) => Some(ChangeDescription::Size {
            how: resizing.request.how,
            power: resizing.request.power,
            promising: resizing.request.promising,
            sizes: resizing.ends.iter().map(|&end| design.points[end].patients).collect(),
        }),
        Change::Drop(dropped) => Some(ChangeDescription::Drop {
            factor: dropped.factor.clone(),
            bound: dropped.bound,
            reallocate: dropped.reallocate,
        }),
    }
}

fn spending_in_words(spending: Spending) -> String {
    match spending {
        Spending::OBrienFleming => "O'Brien-Fleming spending".to_owned(),
        Spending::Pocock => "Pocock spending".to_owned(),
        Spending::HwangShihDeCani { gamma } => format!("Hwang-Shih-DeCani spending with gamma {gamma}"),
        Spending::KimDeMets { rho } => format!("Kim-DeMets spending with rho {rho}"),
    }
}

fn in_words(rule: Rule) -> String {
    match rule {
        Rule::Spending(spending) => spending_in_words(spending),
        Rule::O_BRIEN_FLEMING => "O'Brien and Fleming's boundaries".to_owned(),
        Rule::POCOCK => "Pocock's boundaries".to_owned(),
        Rule::WangTsiatis { delta } => format!("Wang and Tsiatis' boundaries with delta {delta}"),
        Rule::HaybittlePeto { interim } => {
            format!("Haybittle and Peto's boundaries, Z {interim} before the last look")
        }
    }
}

fn futility_in_words(futility: &Futility) -> Option<String> {
    match futility {
        Futility::None => None,
        Futility::Bounds { z, .. } => {
            let value = |z: &f64| if z.is_finite() { z.to_string() } else { "none".to_owned() };
            let mut values: Vec<String> = z.iter().map(value).collect();
            values.dedup();
            Some(format!("at Z of {} or less", values.join(", ")))
        }
        Futility::Spending { spending, power, .. } => {
            Some(format!("{} of the type II error, with a power of {power}", spending_in_words(*spending)))
        }
    }
}

/// How far a level may be exceeded by chance, in Monte Carlo standard errors.
const CHANCE: f64 = 4.0;

fn warnings(scenario: &Scenario, design: &Design, effects: &[UnderEffects]) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = uncertainty_not_used(scenario.uncertainty.len()).into_iter().collect();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), message });
    };
    let primary = resolve::resolve_primary(scenario).unwrap_or_default();
    let asked = design.asked();
    let is_all = primary.iter().all(|one| asked.contains(one)) && asked.len() == primary.len();
    if scenario.multiplicity.is_some() && !is_all {
        let how = if asked.len() == 1 { "by itself, at the whole level" } else { "without the others" };
        let names: Vec<String> = primary.iter().map(ToString::to_string).collect();
        warn(
            "judged_apart",
            format!("the scenario judges {} together; here a part of them is judged {how}", names.join(", ")),
        );
    }
    for row in effects.iter().filter(|under| under.effects == "planned").flat_map(|under| &under.results) {
        if row.failures > 0 {
            warn(
                "failed_at_the_end",
                format!(
                    "{} had no answer in {} trials when they ended; they claim nothing",
                    row.id, row.failures
                ),
            );
        }
    }
    for under in effects.iter().filter(|under| under.effects == "none") {
        warnings.extend(level_exceeded(design, under));
    }
    warnings
}

/// Whether more trials claim an effect than may, and what is behind it.
fn level_exceeded(design: &Design, null: &UnderEffects) -> Option<Warning> {
    let level = design.plan.alpha;
    let exceeds = |measure: &Measure| {
        measure.value.zip(measure.mcse).is_some_and(|(value, mcse)| value > level + CHANCE * mcse)
    };
    let row = null.results.first()?;
    let error = null.any.as_ref().unwrap_or(&row.claim);
    let value = error.value.filter(|_| exceeds(error))?;
    let cause = if design.hypotheses > 1 && design.conduct.sharing() == &Sharing::Each {
        "each hypothesis has the whole level; --multiplicity holm shares it".to_owned()
    } else if exceeds(&row.fixed_claim) {
        "so it is with one look at the end: the analysis exceeds its level in this scenario".to_owned()
    } else {
        "the boundaries take what a look adds for normal and independent of what was seen before, which it is not here"
            .to_owned()
    };
    let message = format!(
        "without the effects {:.2} % of trials claim {}, more than the level of {:.2} %: {cause}",
        100.0 * value,
        answer::claimed(sides(design)),
        100.0 * level
    );
    Some(Warning { code: "level_exceeded".to_owned(), message })
}
