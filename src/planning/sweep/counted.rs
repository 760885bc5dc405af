//! A point of a sweep: its scenario, what is looked for in its trials, and the powers that counts make.

use super::points::Moves;
use super::vary::{Vary, What};
use super::{Claimed, PointPower, SweepRequest};
use crate::engine::{Success, formula_powers};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::planning::{SizeOf, Variants};
use crate::result::{ClosedForm, ClosedFormKind, HypothesisId};
use crate::scenario::{Scenario, resolve};
use crate::summary::proportion;
use serde_json::Value;

/// A point, ready to be simulated.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub scenario: Scenario,
    pub criteria: Vec<Success>,
    pub n_total: u64,
}

/// What is counted at every point.
pub(super) struct Counting<'a> {
    variants: Variants<'a>,
    pub vary: &'a [Vary],
    moves: Moves<'a>,
    hypotheses: &'a [HypothesisId],
    pub claims: Vec<Claimed>,
}

impl<'a> Counting<'a> {
    pub fn new(variants: Variants<'a>, request: &'a SweepRequest) -> Result<Self> {
        let of = |hypothesis: &HypothesisId| Claimed {
            analysis: Some(hypothesis.analysis.clone()),
            outcome: Some(hypothesis.outcome.clone()),
            estimand: hypothesis.estimand.clone(),
        };
        let mut claims: Vec<Claimed> = request.hypotheses.iter().map(of).collect();
        if claims.len() > 1 {
            let together = |name: &str| Claimed { analysis: None, outcome: None, estimand: name.to_owned() };
            claims.extend([together("any"), together("all")]);
        }
        Ok(Counting {
            variants,
            vary: &request.vary,
            moves: Moves::new(variants.scenario, &request.vary)?,
            hypotheses: &request.hypotheses,
            claims,
        })
    }

    pub fn scenario(&self) -> &'a Scenario {
        self.variants.scenario
    }

    /// The point with these values; what has none is as planned. `name` says in messages which point it is.
    pub fn read(&self, values: &[Option<&Value>], name: &dyn Fn() -> String) -> Result<Point> {
        let read = self.variants.with(&self.moves.overrides(values));
        let scenario = read.map_err(|error| self.explained(error, values, name))?;
        let n_total = resolve::arm_sizes(&scenario).iter().sum();
        let size = self.vary.iter().zip(values).find(|(vary, _)| vary.what == What::Size(SizeOf::Total));
        if let Some(asked) =
            size.and_then(|(_, value)| value.as_ref()?.as_u64()).filter(|&asked| asked != n_total)
        {
            let unit = SizeOf::Total.unit(self.scenario());
            return Err(Error::new(
                ErrorKind::Usage,
                format!("a trial of {asked} patients cannot be: it would have {n_total}"),
            )
            .about(name())
            .help(format!("take multiples of {unit}")));
        }
        let criteria = self.criteria(&scenario, name)?;
        Ok(Point { scenario, criteria, n_total })
    }

    /// Each hypothesis, then any and all of several. An analysis without an id of its own is called by its method, so
    /// that it is found by its place where the method is varied.
    fn criteria(&self, point: &Scenario, name: &dyn Fn() -> String) -> Result<Vec<Success>> {
        let [planned, here] = [self.scenario(), point].map(resolve::analysis_ids);
        let asked = resolve::hypotheses(point);
        let at_point = |hypothesis: &HypothesisId| {
            let place = planned.iter().position(|id| *id == hypothesis.analysis);
            let analysis = place.and_then(|place| here.get(place)).unwrap_or(&hypothesis.analysis);
            let one = HypothesisId { analysis: analysis.clone(), ..hypothesis.clone() };
            asked.contains(&one).then_some(one).ok_or_else(|| {
                let message = format!("its analyses do not ask about {}", hypothesis.estimand);
                Error::new(ErrorKind::Usage, message)
                    .about(name())
                    .help("name with --estimand what all points ask about")
            })
        };
        let all: Vec<HypothesisId> = self.hypotheses.iter().map(at_point).collect::<Result<_>>()?;
        let mut criteria: Vec<Success> = all.iter().map(|one| Success::All(vec![one.clone()])).collect();
        if all.len() > 1 {
            criteria.extend([Success::Any(all.clone()), Success::All(all)]);
        }
        Ok(criteria)
    }

    /// What is wrong with a point, in the words that asked for it.
    fn explained(&self, mut error: Error, values: &[Option<&Value>], name: &dyn Fn() -> String) -> Error {
        let stated = self.vary.iter().zip(values);
        for problem in &mut error.problems {
            let of_field = |(vary, value): (&Vary, &Option<&Value>)| match &vary.what {
                What::Field(pointer) if is_about(problem, pointer) => {
                    Some(format!("--vary {}={}", vary.name, value.map_or_else(String::new, words)))
                }
                _ => None,
            };
            if let Some(option) = stated.clone().find_map(of_field) {
                problem.option = Some(option);
            }
        }
        let shown =
            stated.filter_map(|(vary, value)| Some(format!("{} = {}", vary.name, words(value.as_ref()?))));
        let shown: Vec<String> = shown.collect();
        let place = match shown.is_empty() {
            true => name(),
            false => format!("{}, {}", name(), shown.join(", ")),
        };
        Error { message: format!("{place}: {}", error.message), ..error }
    }

    /// Powers that counts make, with the formula's beside them.
    pub fn powers(&self, point: &Point, counts: &[u64], trials: u64) -> Result<Vec<PointPower>> {
        let own: Vec<HypothesisId> = point
            .criteria
            .iter()
            .take(self.hypotheses.len())
            .flat_map(Success::hypotheses)
            .cloned()
            .collect();
        let formulas = formula_powers(&point.scenario, &own)?.into_iter();
        let none = || ClosedForm {
            value: None,
            kind: ClosedFormKind::None,
            why: "there is no formula for several claims together".to_owned(),
        };
        let formulas = formulas.chain(std::iter::repeat_with(none));
        let trials = trials as f64;
        let power = |((claimed, &count), closed_form): ((&Claimed, &u64), ClosedForm)| PointPower {
            claimed: claimed.clone(),
            power: proportion(count as f64, trials),
            closed_form,
        };
        Ok(self.claims.iter().zip(counts).zip(formulas).map(power).collect())
    }
}

/// Whether a problem is about a field that is varied, or was made by setting it.
fn is_about(problem: &Problem, pointer: &str) -> bool {
    let set = problem.option.as_ref().and_then(|option| option.strip_prefix("--set ")?.strip_prefix(pointer));
    problem.pointer == pointer || set.is_some_and(|rest| rest.starts_with('='))
}

/// A value as it was typed.
pub(super) fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
