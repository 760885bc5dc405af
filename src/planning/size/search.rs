//! The search: a range from a pilot, sizes tested from the largest down, the answer confirmed.

use super::answer::{
    Confirmation, Dropout, FormulaSize, SCHEMA, SizeAnswer, SizeFound, SizePoint, SizeQuestion,
};
use super::{Needs, SizeOf, SizeRequest, Target};
use crate::engine::{
    Progress, RunOptions, Success, Successes, formula_narrow, formula_powers, is_claim_right, successes,
    uncertainty_not_used,
};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::arm_ids;
use crate::planning::binomial::{least_successes, lower_limit};
use crate::planning::bracket::{Bracket, Pilot};
use crate::planning::effect::stated_benefit;
use crate::planning::{Made, Variants, select};
use crate::result::{ClosedForm, HypothesisId, Measure, Warning};
use crate::scenario::{Scenario, resolve};
use crate::stats::normal;
use crate::summary::proportion;
use indexmap::IndexMap;

/// About so many sizes are tested unless a step is stated.
const SIZES: u64 = 48;

/// A search for the smallest size.
pub(super) struct Search<'a> {
    pub variants: Variants<'a>,
    pub request: &'a SizeRequest,
    pub criteria: Vec<Success>,
    pub options: &'a RunOptions,
}

impl Search<'_> {
    /// Searches.
    pub fn answer(&self, progress: &mut dyn FnMut(&Progress)) -> Result<SizeAnswer> {
        let SizeRequest { size_of, range, confidence, .. } = self.request;
        let scenario = self.variants.scenario;
        let target = self.request.probability();
        let Some(enough) = least_successes(self.options.replicates, target, *confidence) else {
            let message = format!("{} trials cannot show a probability of {target}", self.options.replicates);
            return Err(Error::new(ErrorKind::Usage, message)
                .about(format!("--replicates {}", self.options.replicates))
                .help("more trials, or less confidence"));
        };
        let mut warnings = Vec::new();
        let mut beyond = None;
        let known = self.without_effect()?;
        let sizes = if range.from.is_some() && range.to.is_some() {
            size_of.grid(scenario, range, [0, 0], SIZES)?
        } else if known.is_some() {
            // The others' power as planned is shown, and no larger size is searched in vain.
            let planned = size_of.of(scenario).max(size_of.least(scenario)).min(range.to.unwrap_or(u64::MAX));
            size_of.grid(scenario, range, [planned, planned], SIZES)?
        } else {
            let pilot = Pilot {
                variants: self.variants,
                size_of: *size_of,
                criteria: &self.criteria,
                target,
                options: self.options,
                margin: normal::isf(1.0 - confidence),
            };
            let within = match pilot.bracket(progress)? {
                Bracket::Within(within) => within,
                Bracket::Beyond { size, share, is_ceiling } => {
                    beyond = Some((size, share, is_ceiling));
                    let unit = size_of.unit(scenario);
                    [(size / 4).next_multiple_of(unit).max(size_of.least(scenario)), size]
                }
            };
            size_of.grid(scenario, range, within, if beyond.is_some() { 3 } else { SIZES })?
        };
        let points = sizes.iter().map(|&size| self.of_size(size)).collect::<Result<Vec<_>>>()?;
        let found = successes(&points, &self.criteria, self.options, progress)?;
        let tested = Tested { found: &found, enough, target };
        let shown_from = tested.shown_from();
        let table = self.points(&sizes, &points, &found, shown_from)?;
        let describe = |index: usize| self.found(sizes[index], &points[index], &found, index);
        let answer = shown_from.map(describe);
        let confirmation = shown_from.map(|index| self.confirm(&points[index], progress)).transpose()?;
        let why = match (&answer, &known) {
            (Some(_), _) => None,
            (None, Some(known)) => Some(known.clone()),
            (None, None) => Some(self.why_not(&table, beyond)?),
        };
        warnings.extend(self.warnings(&found, &table, shown_from, beyond.is_some()));
        let dropout = answer.as_ref().and_then(|found| self.inflated(found));
        Ok(SizeAnswer {
            schema: SCHEMA.to_owned(),
            command: "size".to_owned(),
            made: Made::new(scenario, self.options, &found.engine, &found.engine_why),
            question: self.question(),
            answer,
            why,
            estimate: tested.estimated_from().map(describe),
            closed_form: match known {
                Some(_) => {
                    let why = "there is no effect to be found".to_owned();
                    FormulaSize { size: None, n_total: None, power: None, why }
                }
                None => self.by_formula(&sizes)?,
            },
            confirmation,
            dropout,
            points: table,
            warnings,
        })
    }

    fn question(&self) -> SizeQuestion {
        let SizeRequest { hypotheses, needs, confidence, size_of, .. } = self.request;
        SizeQuestion {
            hypotheses: hypotheses.clone(),
            needs: *needs,
            target: self.request.probability(),
            half_width: self.request.half_width(),
            confidence: *confidence,
            size_of: *size_of,
            alpha: self.variants.scenario.alpha,
        }
    }

    fn of_size(&self, size: u64) -> Result<Scenario> {
        let SizeRequest { size_of, range, .. } = self.request;
        self.variants
            .with_typed(&size_of.overrides(self.variants.scenario, size), &[], &|| range.words_for(size))
    }

    fn found(&self, size: u64, point: &Scenario, found: &Successes, index: usize) -> SizeFound {
        let least = found.count[index].iter().copied().min().unwrap_or(0);
        let sizes = resolve::arm_sizes(point);
        SizeFound {
            size,
            n_total: sizes.iter().sum(),
            n_per_arm: match resolve::is_observational(point) {
                true => IndexMap::new(),
                false => arm_ids(&point.factors).into_iter().zip(sizes).collect(),
            },
            power: proportion(least as f64, found.trials as f64),
            at_least: lower_limit(least, found.trials, self.request.confidence),
            confidence: self.request.confidence,
        }
    }

    fn points(
        &self,
        sizes: &[u64],
        points: &[Scenario],
        found: &Successes,
        shown_from: Option<usize>,
    ) -> Result<Vec<SizePoint>> {
        let one = |(index, (&size, point)): (usize, (&u64, &Scenario))| {
            Ok(SizePoint {
                size,
                n_total: resolve::arm_sizes(point).iter().sum(),
                power: found.count[index]
                    .iter()
                    .map(|&count| proportion(count as f64, found.trials as f64))
                    .collect(),
                by_formula: self.formula(point)?.0,
                shown: shown_from.is_some_and(|from| index >= from),
            })
        };
        sizes.iter().zip(points).enumerate().map(one).collect()
    }

    /// Power by formula of each criterion, and the formula or why there is none.
    fn formula(&self, point: &Scenario) -> Result<(Vec<Option<f64>>, String)> {
        let none = |why: &str| (vec![None; self.criteria.len()], why.to_owned());
        if self.request.needs != Needs::Each && self.request.hypotheses.len() > 1 {
            return Ok(none("there is none for several hypotheses together"));
        }
        let formulas = match self.request.target {
            Target::Power(_) => formula_powers(point, &self.request.hypotheses)?,
            Target::HalfWidth { most, .. } => formula_narrow(point, &self.request.hypotheses, most)?,
        };
        let why = formulas.iter().find(|one| one.value.is_none()).or(formulas.first());
        let why = why.map_or_else(String::new, |one| one.why.clone());
        Ok((formulas.iter().map(|one| one.value).collect(), why))
    }

    /// The smallest size by formula, by bisection between units: power by formula rises with the size.
    fn by_formula(&self, sizes: &[u64]) -> Result<FormulaSize> {
        let size_of = self.request.size_of;
        let scenario = self.variants.scenario;
        let (unit, target) = (size_of.unit(scenario), self.request.probability());
        let least = |size: u64| -> Result<(Option<f64>, String)> {
            let (powers, why) = self.formula(&self.of_size(size)?)?;
            Ok((powers.into_iter().try_fold(1.0, |least: f64, power| Some(least.min(power?))), why))
        };
        let start = sizes.last().copied().unwrap_or(0).next_multiple_of(unit);
        let (power, why) = least(start)?;
        let nothing = |why: String| FormulaSize { size: None, n_total: None, power: None, why };
        let Some(mut power) = power else { return Ok(nothing(why)) };
        let (mut not, mut enough) = (size_of.least(scenario).saturating_sub(unit), start);
        while power < target {
            if enough >= size_of.most(scenario) {
                return Ok(nothing(format!(
                    "by formula the target is not reached with {enough} {}",
                    size_of.label()
                )));
            }
            (not, enough) = (enough, (2 * enough).min(size_of.most(scenario)));
            power = least(enough)?.0.unwrap_or(0.0);
        }
        while enough - not > unit {
            let middle = (not + (enough - not) / 2).next_multiple_of(unit).min(enough - unit);
            match least(middle)?.0 {
                Some(found) if found >= target => (enough, power) = (middle, found),
                _ => not = middle,
            }
        }
        let n_total = SizeOf::Total.of(&self.of_size(enough)?);
        Ok(FormulaSize { size: Some(enough), n_total: Some(n_total), power: Some(power), why })
    }

    /// The answer's size with random numbers that had no part in finding it.
    fn confirm(&self, point: &Scenario, progress: &mut dyn FnMut(&Progress)) -> Result<Confirmation> {
        let seed = fresh_seed(self.options.seed);
        let options = RunOptions { seed, ..self.options.clone() };
        let found = successes(std::slice::from_ref(point), &self.criteria, &options, progress)?;
        let least = found.count[0].iter().copied().min().unwrap_or(0);
        Ok(Confirmation { seed, power: proportion(least as f64, found.trials as f64) })
    }

    /// What keeps every size from the target, where that is known: an effect that is 0, of which the formula says the same.
    fn without_effect(&self) -> Result<Option<String>> {
        let SizeRequest { hypotheses, target, needs, .. } = self.request;
        let Target::Power(_) = target else { return Ok(None) };
        let scenario = self.variants.scenario;
        // What is judged together with others has no formula; by itself it is claimed at least as often.
        let alone = Scenario { multiplicity: None, ..scenario.clone() };
        let formulas = formula_powers(&alone, hypotheses)?;
        let is_nothing = |(hypothesis, formula): (&HypothesisId, &ClosedForm)| {
            let is_level = formula.value.is_some_and(|power| power <= scenario.alpha + 1e-9);
            Ok(is_level && is_zero(scenario, hypothesis)?)
        };
        let nothing = hypotheses.iter().zip(&formulas).map(is_nothing).collect::<Result<Vec<bool>>>()?;
        let is_in_vain = match needs {
            Needs::Each | Needs::All => nothing.contains(&true),
            Needs::Any => !nothing.contains(&false),
        };
        Ok(is_in_vain.then(|| self.why_nothing(&nothing)))
    }

    /// That no size finds these effects, and what could be asked instead.
    fn why_nothing(&self, nothing: &[bool]) -> String {
        let (scenario, hypotheses) = (self.variants.scenario, &self.request.hypotheses);
        let of =
            |is_nothing: bool| hypotheses.iter().zip(nothing).filter(move |(_, one)| **one == is_nothing);
        let names: Vec<String> = of(true)
            .map(|(one, _)| format!("{} ({}, {})", one.estimand, one.outcome, one.analysis))
            .collect();
        let others: Vec<String> =
            of(false).map(|(one, _)| format!("--estimand {}", selector(scenario, one))).collect();
        let instead = match others.as_slice() {
            [] => "state the effect that is to be found, or ask for a narrow interval with --half-width"
                .to_owned(),
            others => format!("ask about the others with {}", others.join(" ")),
        };
        format!(
            "no size finds an effect that the scenario states as 0, as that of {}; {instead}",
            names.join(" and ")
        )
    }

    fn why_not(&self, table: &[SizePoint], beyond: Option<(u64, f64, bool)>) -> Result<String> {
        let label = self.request.size_of.label();
        let Some(last) = table.last() else { return Ok("no size was tried".to_owned()) };
        let least = last.power.iter().filter_map(|power| power.value).fold(1.0, f64::min);
        // Where no formula knew it before, the trials show it.
        let scenario = self.variants.scenario;
        let is_nothing = |(one, power): (&HypothesisId, &Measure)| {
            let most = scenario.alpha + 4.0 * power.mcse.unwrap_or(0.0);
            Ok(power.value.is_some_and(|value| value <= most) && is_zero(scenario, one)?)
        };
        let hypotheses = &self.request.hypotheses;
        let nothing = hypotheses.iter().zip(&last.power).map(is_nothing).collect::<Result<Vec<bool>>>()?;
        if self.request.half_width().is_none() && nothing.len() == hypotheses.len() && nothing.contains(&true)
        {
            return Ok(self.why_nothing(&nothing));
        }
        let at_most = format!("with {} {label} it is {least:.4}", last.size);
        Ok(match beyond {
            Some((_, _, true)) => format!(
                "the target is out of reach: {at_most}, and four times as many patients hardly changed it. Something \
                 else than the number of {label} limits it, as few therapists or effects that differ between them"
            ),
            Some(_) => format!("the target is not reached up to the largest size that was tried: {at_most}"),
            None if least < self.request.probability() => {
                format!("the target is not reached within the range: {at_most}")
            }
            None => format!(
                "the range reaches the target, but so narrowly that {} trials do not show it with this confidence: \
                 {at_most}",
                self.options.replicates
            ),
        })
    }

    fn warnings(
        &self,
        found: &Successes,
        table: &[SizePoint],
        shown_from: Option<usize>,
        is_beyond: bool,
    ) -> Vec<Warning> {
        let uncertain = self.variants.scenario.uncertainty.len();
        let mut warnings: Vec<Warning> = uncertainty_not_used(uncertain).into_iter().collect();
        let mut warn =
            |code: &str, message: String| warnings.push(Warning { code: code.to_owned(), message });
        if shown_from == Some(0) && !is_beyond {
            let smallest = table.first().map_or(0, |point| point.size);
            warn(
                "smallest_of_range",
                format!(
                    "even the smallest size of the range reaches the target: a smaller one than {smallest} may do"
                ),
            );
        }
        let falls = table.windows(2).filter(|pair| falls(&pair[0].power, &pair[1].power)).count();
        if falls > 0 {
            warn(
                "not_monotone",
                format!(
                    "power falls from one size to the next at {falls} of {} steps by more than chance would have it: sizes \
                     at which the arms are uneven, or blocks and caseloads do not come out even; the answer holds for the \
                     sizes tested, from the largest down",
                    table.len() - 1
                ),
            );
        }
        let failed = found.failures.iter().zip(table).find(|(failures, _)| **failures * 100 > found.trials);
        if let Some((failures, point)) = failed {
            warn(
                "failed_fits",
                format!(
                    "at {} an analysis gave no answer in {:.1} % of trials; they count as no success",
                    point.size,
                    100.0 * *failures as f64 / found.trials as f64
                ),
            );
        }
        if resolve::is_observational(self.variants.scenario) {
            warn(
                "confounded",
                "nothing is assigned: what is found is an association, which confounding makes too, with any number of \
                 patients; `trialliance run` tells it from the effect"
                    .to_owned(),
            );
        }
        if !found.nested && found.engine == "patients" && table.len() > 1 {
            warn(
                "not_nested",
                "here a larger trial does not contain the smaller one, as who is treated by whom, or who is in which \
                 arm, depends on the size; sizes share random numbers, and the curve is less smooth"
                    .to_owned(),
            );
        }
        warnings
    }

    fn inflated(&self, found: &SizeFound) -> Option<Dropout> {
        let share = self.request.dropout?;
        let unit = SizeOf::Total.unit(self.variants.scenario);
        let needed = libm::ceil(found.n_total as f64 / (1.0 - share) - 1e-9) as u64;
        Some(Dropout { share, n_analysed: found.n_total, n_enrolled: needed.next_multiple_of(unit) })
    }
}

/// Whether the scenario states the effect of a hypothesis as 0, and what it claims would then be wrong: that nothing much is
/// lost would be right.
fn is_zero(scenario: &Scenario, hypothesis: &HypothesisId) -> Result<bool> {
    Ok(stated_benefit(scenario, hypothesis) == Some(0.0) && !is_claim_right(scenario, hypothesis, 0.0)?)
}

/// The shortest words by which a hypothesis is asked about.
fn selector(scenario: &Scenario, hypothesis: &HypothesisId) -> String {
    let HypothesisId { outcome, estimand, .. } = hypothesis;
    let shorter = [estimand.clone(), format!("{outcome}/{estimand}")].into_iter().find(|one| {
        select(scenario, std::slice::from_ref(one), None).is_ok_and(|found| found == [hypothesis.clone()])
    });
    shorter.unwrap_or_else(|| hypothesis.to_string())
}

/// Whether some power falls by more than four standard errors of the difference of two independent shares; with the
/// same random numbers the true error is smaller.
fn falls(before: &[Measure], after: &[Measure]) -> bool {
    before.iter().zip(after).any(|(before, after)| {
        match (before.value, after.value, before.mcse, after.mcse) {
            (Some(before), Some(after), Some(one), Some(other)) => {
                before - after > 4.0 * libm::hypot(one, other)
            }
            _ => false,
        }
    })
}

/// Successes at sizes in ascending order, held against the target.
struct Tested<'a> {
    found: &'a Successes,
    enough: u64,
    target: f64,
}

impl Tested<'_> {
    /// The first of the sizes that, from the largest down, are all shown to reach the target.
    fn shown_from(&self) -> Option<usize> {
        self.first_of_last(|count| count >= self.enough)
    }

    /// The same of estimates.
    fn estimated_from(&self) -> Option<usize> {
        self.first_of_last(|count| count as f64 >= self.target * self.found.trials as f64)
    }

    fn first_of_last(&self, reaches: impl Fn(u64) -> bool) -> Option<usize> {
        let counts = &self.found.count;
        let misses = counts.iter().rposition(|counts| !counts.iter().all(|&count| reaches(count)));
        let first = misses.map_or(0, |last| last + 1);
        (first < counts.len()).then_some(first)
    }
}

/// A seed whose random numbers have nothing to do with those of the search.
fn fresh_seed(seed: u64) -> u64 {
    seed.wrapping_add(1_000_000_007)
}
