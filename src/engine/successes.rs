//! In how many trials what is hoped for comes about, for several scenarios with the same random numbers.
//!
//! In come points and what counts as a success: claims of one or several hypotheses, or an interval that is narrow
//! enough. Successes of a batch of trials are the bits of one word, so that any, all, and both at two points
//! are counted by a few operations. A trial whose analysis gave no answer is no success.

use super::plan::{Plan, PlannedAnalysis};
use super::together::{Keeper, Together};
use super::{Progress, RunOptions};
use crate::analysis::{BATCH, Fits};
use crate::decision::Critical;
use crate::error::{Error, ErrorKind, Result};
use crate::result::HypothesisId;
use crate::scenario::{Scenario, resolve};
use crate::summary::squared_half_widths;

/// When a trial is a success.
#[derive(Debug, Clone, PartialEq)]
pub enum Success {
    /// All of these hypotheses are claimed.
    All(Vec<HypothesisId>),
    /// At least one of these is claimed.
    Any(Vec<HypothesisId>),
    /// The confidence interval is at most ± this wide.
    Narrow(HypothesisId, f64),
}

impl Success {
    /// The hypotheses that it looks at.
    #[must_use]
    pub fn hypotheses(&self) -> &[HypothesisId] {
        match self {
            Success::All(hypotheses) | Success::Any(hypotheses) => hypotheses,
            Success::Narrow(hypothesis, _) => std::slice::from_ref(hypothesis),
        }
    }
}

/// Successes over trials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successes {
    /// Trials.
    pub trials: u64,
    /// Successes, by point and criterion.
    pub count: Vec<Vec<u64>>,
    /// Trials that are successes both at a point and at the first one, by point and criterion.
    pub with_first: Vec<Vec<u64>>,
    /// Trials without an answer of an analysis that is looked at, by point.
    pub failures: Vec<u64>,
    /// The engine that simulated.
    pub engine: String,
    /// Why this engine.
    pub engine_why: String,
    /// Whether the smaller trials were the first patients of the larger ones.
    pub nested: bool,
}

/// Counts successes at points with the same random numbers, by one engine.
///
/// Hypotheses are judged as the scenario says: by its multiplicity procedure if it has one and they are
/// primary, else each at alpha.
///
/// # Errors
/// `Usage` if there are no replicates, no point, or the engine asked for does not fit every scenario;
/// `Unexpected` if a hypothesis is not among a scenario's.
pub fn successes(
    points: &[Scenario],
    criteria: &[Success],
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Successes> {
    let needed: Vec<Scenario> = points.iter().map(|point| needed(point, criteria)).collect();
    let together = Together::new(&needed, options, false)?;
    let judges = together.plans.iter().map(|plan| Judge::new(plan, criteria)).collect::<Result<Vec<_>>>()?;
    let mut total = Counts::new(points.len(), criteria.len());
    let take = |block: Counts| {
        total.add(&block);
        Ok(())
    };
    let analyses = together.plans.iter().map(|plan| plan.analyses.len()).max().unwrap_or(0);
    let keeper = || Counting::new(&judges, criteria.len(), analyses);
    together.simulate(options, keeper, take, progress)?;
    Ok(Successes {
        trials: options.replicates,
        count: total.count,
        with_first: total.with_first,
        failures: total.failures,
        engine: together.engine().to_owned(),
        engine_why: together.engine_why.clone(),
        nested: together.is_nested(),
    })
}

/// The scenario with no more analyses than the criteria, or the procedure that judges them together, look at.
fn needed(scenario: &Scenario, criteria: &[Success]) -> Scenario {
    let mut scenario = scenario.clone();
    let mut looked_at: Vec<HypothesisId> = Vec::new();
    if scenario.multiplicity.is_some() {
        looked_at.extend(resolve::resolve_primary(&scenario).unwrap_or_default());
        scenario.primary = looked_at.iter().map(ToString::to_string).collect();
    }
    for hypothesis in criteria.iter().flat_map(Success::hypotheses) {
        if !looked_at.contains(hypothesis) {
            looked_at.push(hypothesis.clone());
        }
    }
    if scenario.multiplicity.is_none() {
        scenario.primary = looked_at.iter().map(ToString::to_string).collect();
    }
    let ids = resolve::analysis_ids(&scenario);
    for (analysis, id) in scenario.analyses.iter_mut().zip(ids) {
        analysis.id = Some(id);
    }
    scenario.analyses.retain(|analysis| looked_at.iter().any(|one| Some(&one.analysis) == analysis.id.as_ref()));
    scenario
}

/// Trials of a batch, one bit each.
type Trials = u64;

const _: () = assert!(BATCH == Trials::BITS as usize);

/// Who says at one point which trials are successes.
#[derive(Debug)]
struct Judge {
    criteria: Vec<Criterion>,
}

#[derive(Debug)]
struct Criterion {
    places: Vec<Place>,
    needs: Needs,
}

/// Where a hypothesis is found.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Numbers of the analysis and of the estimand among its own.
    analysis: usize,
    estimand: usize,
    /// Its number among those that are judged together.
    in_family: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Needs {
    All,
    Any,
    /// The squared half-width of the interval up to this.
    SquaredHalfWidth(f64),
}

impl Judge {
    fn new(plan: &Plan, criteria: &[Success]) -> Result<Self> {
        let place = |hypothesis: &HypothesisId| {
            let analysis = plan.analyses.iter().position(|planned| planned.id == hypothesis.analysis)?;
            let mut estimands = plan.analyses[analysis].estimands.iter();
            let estimand = estimands.position(|estimand| estimand.id == hypothesis.estimand)?;
            let in_family = plan.family.as_ref().and_then(|family| family.position(hypothesis));
            Some(Place { analysis, estimand, in_family })
        };
        let unknown = |hypothesis: &HypothesisId| {
            Error::new(ErrorKind::Unexpected, format!("the scenario has no hypothesis {hypothesis}"))
        };
        let criterion = |success: &Success| {
            let places = success.hypotheses().iter();
            let places = places.map(|one| place(one).ok_or_else(|| unknown(one))).collect::<Result<_>>()?;
            let needs = match success {
                Success::All(_) => Needs::All,
                Success::Any(_) => Needs::Any,
                Success::Narrow(_, half_width) => Needs::SquaredHalfWidth(half_width * half_width),
            };
            Ok(Criterion { places, needs })
        };
        Ok(Judge { criteria: criteria.iter().map(criterion).collect::<Result<_>>()? })
    }

    /// Writes which trials are successes, by criterion; `answered` are those with an answer, by analysis.
    fn judge(&self, plan: &Plan, fits: &[Fits], trials: usize, answered: &[Trials], successes: &mut [Trials]) {
        let of_batch = Trials::MAX >> (BATCH - trials);
        for (criterion, slot) in self.criteria.iter().zip(successes) {
            let bits = criterion.places.iter().map(|place| {
                let (planned, own) = (&plan.analyses[place.analysis], &fits[place.analysis]);
                let bits = match (criterion.needs, &plan.family, place.in_family) {
                    (Needs::SquaredHalfWidth(most), ..) => narrow(planned, own, place.estimand, most),
                    (_, Some(family), Some(number)) => {
                        bits(trials, |trial| family.rejected(fits, trial) >> number & 1 == 1)
                    }
                    _ => claimed(planned, own, place.estimand, trials),
                };
                bits & answered[place.analysis]
            });
            *slot = match criterion.needs {
                Needs::Any => bits.fold(0, |any, one| any | one),
                Needs::All | Needs::SquaredHalfWidth(_) => bits.fold(of_batch, |all, one| all & one),
            };
        }
    }

    /// The analyses that are looked at.
    fn analyses(&self) -> impl Iterator<Item = usize> {
        self.criteria.iter().flat_map(|criterion| criterion.places.iter().map(|place| place.analysis))
    }
}

/// One bit for each trial.
#[inline(always)]
fn bits(trials: usize, is_set: impl Fn(usize) -> bool) -> Trials {
    (0..trials).fold(0, |bits, trial| bits | Trials::from(is_set(trial)) << trial)
}

/// Trials in which every estimand has an answer.
fn answered(fits: &Fits, trials: usize) -> Trials {
    bits(trials, |trial| fits.answers(trial))
}

/// Trials that claim an estimand's hypothesis at its level.
fn claimed(planned: &PlannedAnalysis, fits: &Fits, estimand: usize, trials: usize) -> Trials {
    let target = &planned.target;
    if let Some(p) = fits.p.get(estimand) {
        return bits(trials, |trial| p[trial] <= target.level);
    }
    let (estimate, variance) = (&fits.estimate[estimand], &fits.variance[estimand]);
    match &target.critical {
        Critical::Constant { test, .. } => {
            bits(trials, |trial| estimate[trial] * estimate[trial] > test * variance[trial])
        }
        Critical::Estimated { test, .. } => bits(trials, |trial| {
            let critical = test.at(fits.degrees_of_freedom[estimand][trial]);
            estimate[trial] * estimate[trial] > critical * critical * variance[trial]
        }),
    }
}

/// Trials whose interval has a squared half-width up to `most`.
fn narrow(planned: &PlannedAnalysis, fits: &Fits, estimand: usize, most: f64) -> Trials {
    let squared = squared_half_widths(fits, estimand, &planned.target.critical);
    bits(fits.trials, |trial| squared[trial] <= most)
}

/// Counts by point and criterion.
#[derive(Debug, Clone)]
struct Counts {
    count: Vec<Vec<u64>>,
    with_first: Vec<Vec<u64>>,
    failures: Vec<u64>,
}

impl Counts {
    fn new(points: usize, criteria: usize) -> Self {
        let zeros = vec![vec![0; criteria]; points];
        Counts { count: zeros.clone(), with_first: zeros, failures: vec![0; points] }
    }

    fn add(&mut self, other: &Counts) {
        let add = |to: &mut Vec<u64>, from: &Vec<u64>| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        self.count.iter_mut().zip(&other.count).for_each(|(to, from)| add(to, from));
        self.with_first.iter_mut().zip(&other.with_first).for_each(|(to, from)| add(to, from));
        add(&mut self.failures, &other.failures);
    }
}

/// Counts the successes of a block.
struct Counting<'a> {
    judges: &'a [Judge],
    /// Successes of the batch at the first point, by criterion.
    first: Vec<Trials>,
    now: Vec<Trials>,
    /// Trials with an answer, by analysis.
    answered: Vec<Trials>,
    counts: Counts,
}

impl<'a> Counting<'a> {
    fn new(judges: &'a [Judge], criteria: usize, analyses: usize) -> Self {
        Counting {
            judges,
            first: vec![0; criteria],
            now: vec![0; criteria],
            answered: vec![0; analyses],
            counts: Counts::new(judges.len(), criteria),
        }
    }
}

impl Keeper for Counting<'_> {
    type Kept = Counts;

    fn take(&mut self, point: usize, plan: &Plan, fits: &mut [Fits], trials: usize) {
        let judge = &self.judges[point];
        for (slot, fits) in self.answered.iter_mut().zip(&*fits) {
            *slot = answered(fits, trials);
        }
        judge.judge(plan, fits, trials, &self.answered, &mut self.now);
        if point == 0 {
            self.first.copy_from_slice(&self.now);
        }
        let looked_at = judge.analyses().fold(Trials::MAX, |all, analysis| all & self.answered[analysis]);
        self.counts.failures[point] += trials as u64 - u64::from(looked_at.count_ones());
        let counts = self.counts.count[point].iter_mut().zip(&mut self.counts.with_first[point]);
        for ((count, with_first), (now, first)) in counts.zip(self.now.iter().zip(&self.first)) {
            *count += u64::from(now.count_ones());
            *with_first += u64::from((now & first).count_ones());
        }
    }

    fn block(&mut self) -> Counts {
        let nothing = Counts::new(self.judges.len(), self.first.len());
        std::mem::replace(&mut self.counts, nothing)
    }
}
