//! In how many trials what is hoped for comes about, for several scenarios with the same random numbers.
//!
//! In come points and what counts as a success: claims of one or several hypotheses, or an interval that is narrow
//! enough. Each batch of trials has the set of its successes for each criterion, so that any, all, and both at two points
//! are unions and intersections. A trial whose analysis gave no answer is no success.

use super::needed::judged_as_stated;
use super::{Keeper, Together, choose_by};

use crate::analysis::{BATCH, Claim, Fits, TrialSet};
use crate::decision::Critical;
use crate::engine::parallel::Pool;
use crate::engine::plan::{Plan, PlannedAnalysis};
use crate::engine::{EngineChoice, Progress, RunOptions, qualify};
use crate::error::Result;
use crate::result::HypothesisId;
use crate::scenario::Scenario;
use crate::summary::{add_to, squared_half_widths};
use crate::vector::widest;
use std::ops::BitAnd;

/// When a trial is a success.
#[derive(Debug, Clone, PartialEq)]
pub enum Success {
    /// All of these hypotheses are claimed.
    All(Vec<HypothesisId>),
    /// At least one of these is claimed.
    Any(Vec<HypothesisId>),
    /// All of these are claimed, each with an estimate that is a benefit.
    Benefits(Vec<HypothesisId>),
    /// The confidence interval is at most ± this wide.
    Narrow(HypothesisId, f64),
}

impl Success {
    /// The hypotheses that it looks at.
    #[must_use]
    pub fn hypotheses(&self) -> &[HypothesisId] {
        match self {
            Success::All(hypotheses) | Success::Any(hypotheses) | Success::Benefits(hypotheses) => hypotheses,
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
    /// Trials that are successes both at a point and, by the partner's criterion, at the first one; empty without
    /// partners.
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
/// # Errors
/// As for [`paired_successes`].
pub fn successes(
    points: &[Scenario],
    criteria: &[Success],
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Successes> {
    count_successes(points, &vec![criteria.to_vec(); points.len()], None, options, progress)
}

/// Counts successes of many groups of points, each group on one thread: for groups that are done sooner than threads
/// could share them out.
///
/// # Errors
/// As for [`paired_successes`].
pub fn successes_side_by_side(
    groups: &[(Vec<Scenario>, Vec<Success>)],
    options: &RunOptions,
) -> Result<Vec<Successes>> {
    let pool = Pool::new(options.threads)?;
    let alone = RunOptions { threads: Some(1), ..options.clone() };
    let found = pool.map(
        0..groups.len() as u64,
        || (),
        |(), number| {
            let (points, criteria) = &groups[number as usize];
            successes(points, criteria, &alone, &mut |_| {})
        },
    );
    found.into_iter().collect()
}

/// The same with criteria of each point's own, equally many at each; criterion number k is held against criterion
/// number `partner[k]` of the first point.
///
/// Hypotheses are judged as the scenario says: by its multiplicity procedure if it has one and they are
/// primary, else each at alpha.
///
/// # Errors
/// `Usage` if there are no replicates, no point, or the engine asked for does not fit every scenario;
/// `Unexpected` if a hypothesis is not among a scenario's.
pub fn paired_successes(
    points: &[Scenario],
    criteria: &[Vec<Success>],
    partner: &[usize],
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Successes> {
    count_successes(points, criteria, Some(partner), options, progress)
}

fn count_successes(
    points: &[Scenario],
    criteria: &[Vec<Success>],
    partner: Option<&[usize]>,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Successes> {
    let needed: Vec<Scenario> = points.iter().zip(criteria).map(|(point, own)| needed(point, own)).collect();
    let mut together = Together::new(&needed, options, false)?;
    for (plan, own) in together.plans.iter_mut().zip(criteria) {
        plan.want_only(&own.iter().flat_map(Success::hypotheses).cloned().collect::<Vec<_>>());
    }
    let plans = together.plans.iter().zip(criteria);
    let judges = plans.map(|(plan, own)| Judge::new(plan, own)).collect::<Result<Vec<_>>>()?;
    let counted = criteria.first().map_or(0, Vec::len);
    let mut total = Counts::new(points.len(), counted, partner.is_some());
    let take = |block: Counts| {
        total.add(&block);
        Ok(())
    };
    let analyses = together.plans.iter().map(|plan| plan.analyses.len()).max().unwrap_or(0);
    let keeper = || Counting::new(&judges, counted, partner, analyses);
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

/// The one engine for many points that are simulated one after the other, and why: sufficient statistics only where that
/// is exact for every point.
///
/// # Errors
/// `Usage` if sufficient statistics are asked for and not exact everywhere.
pub fn engine_for_all<'a>(
    points: impl IntoIterator<Item = (&'a Scenario, &'a [Success])>,
    options: &RunOptions,
) -> Result<(EngineChoice, String)> {
    let mut obstacles =
        points.into_iter().map(|(point, criteria)| qualify::obstacles(&needed(point, criteria)));
    let (statistics, why) = choose_by(obstacles.find(|found| !found.is_empty()), options)?;
    Ok((if statistics { EngineChoice::Statistics } else { EngineChoice::Patients }, why))
}

/// The scenario with no more analyses than the criteria, or the procedure that judges them together, look at.
fn needed(scenario: &Scenario, criteria: &[Success]) -> Scenario {
    let hypotheses: Vec<HypothesisId> = criteria.iter().flat_map(Success::hypotheses).cloned().collect();
    judged_as_stated(scenario, &hypotheses)
}

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
    Benefits,
    /// The squared half-width of the interval up to this.
    SquaredHalfWidth(f64),
}

impl Judge {
    fn new(plan: &Plan, criteria: &[Success]) -> Result<Self> {
        let place = |hypothesis: &HypothesisId| {
            let [analysis, estimand] = plan.place(hypothesis)?;
            Ok(Place { analysis, estimand, in_family: plan.number_in_family(hypothesis) })
        };
        let criterion = |success: &Success| {
            let places = success.hypotheses().iter().map(place).collect::<Result<_>>()?;
            let needs = match success {
                Success::All(_) => Needs::All,
                Success::Any(_) => Needs::Any,
                Success::Benefits(_) => Needs::Benefits,
                Success::Narrow(_, half_width) => Needs::SquaredHalfWidth(half_width * half_width),
            };
            Ok(Criterion { places, needs })
        };
        Ok(Judge { criteria: criteria.iter().map(criterion).collect::<Result<_>>()? })
    }

    /// Which trials are successes by a criterion; `answered` are those with an answer, by analysis.
    #[inline(always)]
    fn judge(
        &self,
        criterion: &Criterion,
        plan: &Plan,
        fits: &[Fits],
        trials: usize,
        answered: &[TrialSet],
    ) -> TrialSet {
        let is_any = matches!(criterion.needs, Needs::Any);
        let mut success = if is_any { TrialSet::default() } else { TrialSet::ALL };
        for place in &criterion.places {
            let (planned, own) = (&plan.analyses[place.analysis], &fits[place.analysis]);
            let mut met = match (criterion.needs, &plan.family, place.in_family) {
                (Needs::SquaredHalfWidth(most), ..) => narrow(planned, own, place.estimand, most),
                (_, Some(family), Some(number)) => {
                    TrialSet::of(|trial| trial < trials && family.rejected(fits, trial) >> number & 1 == 1)
                }
                _ => claimed(planned, own, place.estimand),
            };
            // A claim that little is lost, or that much is gained, is of the right direction as it is.
            if matches!(criterion.needs, Needs::Benefits)
                && planned.estimator.analysis().claim() == Claim::Difference
            {
                let sign = planned.benefit_sign.map_or(1.0, f64::from);
                let estimate = &own.estimate[place.estimand];
                met = met
                    & TrialSet::of(
                        #[inline(always)]
                        |trial| sign * estimate[trial] > 0.0,
                    );
            }
            met = met & answered[place.analysis];
            success = if is_any { success | met } else { success & met };
        }
        success
    }

    /// The analyses that are looked at.
    fn analyses(&self) -> impl Iterator<Item = usize> {
        self.criteria.iter().flat_map(|criterion| criterion.places.iter().map(|place| place.analysis))
    }
}

/// Trials that claim an estimand's hypothesis at its level.
#[inline(always)]
fn claimed(planned: &PlannedAnalysis, fits: &Fits, estimand: usize) -> TrialSet {
    let target = &planned.target;
    if let Some(p) = fits.p.get(estimand) {
        return TrialSet::of(
            #[inline(always)]
            |trial| p[trial] <= target.level,
        );
    }
    let (estimate, variance) = (&fits.estimate[estimand], &fits.variance[estimand]);
    match &target.critical {
        Critical::Constant { test, .. } => TrialSet::of(
            #[inline(always)]
            |trial| estimate[trial] * estimate[trial] > test * variance[trial],
        ),
        Critical::Estimated { test, .. } => {
            // Beyond the trials of the batch there may be none: what is not a number is not exceeded.
            let mut critical = [f64::NAN; BATCH];
            let trials = fits.trials;
            test.fill(&fits.degrees_of_freedom[estimand][..trials], &mut critical[..trials]);
            TrialSet::of(
                #[inline(always)]
                |trial| {
                    estimate[trial] * estimate[trial] > critical[trial] * critical[trial] * variance[trial]
                },
            )
        }
    }
}

/// Trials whose interval has a squared half-width up to `most`.
fn narrow(planned: &PlannedAnalysis, fits: &Fits, estimand: usize, most: f64) -> TrialSet {
    let squared = squared_half_widths(fits, estimand, &planned.target.critical);
    TrialSet::of(|trial| squared[trial] <= most)
}

/// Counts by point and criterion.
#[derive(Debug, Clone)]
struct Counts {
    count: Vec<Vec<u64>>,
    with_first: Vec<Vec<u64>>,
    failures: Vec<u64>,
}

impl Counts {
    fn new(points: usize, criteria: usize, paired: bool) -> Self {
        let zeros = || vec![vec![0; criteria]; points];
        Counts {
            count: zeros(),
            with_first: if paired { zeros() } else { Vec::new() },
            failures: vec![0; points],
        }
    }

    fn add(&mut self, other: &Counts) {
        self.count.iter_mut().zip(&other.count).for_each(|(to, from)| add_to(to, from));
        self.with_first.iter_mut().zip(&other.with_first).for_each(|(to, from)| add_to(to, from));
        add_to(&mut self.failures, &other.failures);
    }
}

/// Counts the successes of a block.
struct Counting<'a> {
    judges: &'a [Judge],
    partner: Option<&'a [usize]>,
    /// Successes of the batch at the first point, by criterion.
    first: Vec<TrialSet>,
    now: Vec<TrialSet>,
    /// Trials with an answer, by analysis.
    answered: Vec<TrialSet>,
    counts: Counts,
}

impl<'a> Counting<'a> {
    fn new(judges: &'a [Judge], criteria: usize, partner: Option<&'a [usize]>, analyses: usize) -> Self {
        Counting {
            judges,
            partner,
            first: vec![TrialSet::default(); criteria],
            now: vec![TrialSet::default(); criteria],
            answered: vec![TrialSet::default(); analyses],
            counts: Counts::new(judges.len(), criteria, partner.is_some()),
        }
    }

    #[inline(always)]
    fn take_here(&mut self, point: usize, plan: &Plan, fits: &[Fits], trials: usize) {
        let judge = &self.judges[point];
        let there = TrialSet::first(trials);
        for (slot, fits) in self.answered.iter_mut().zip(fits) {
            *slot = fits.answered() & there;
        }
        let looked_at = judge.analyses().map(|analysis| self.answered[analysis]).fold(there, BitAnd::bitand);
        self.counts.failures[point] += trials as u64 - looked_at.count();
        let criteria = judge.criteria.iter().zip(&mut self.now).zip(&mut self.counts.count[point]);
        for ((criterion, now), total) in criteria {
            *now = judge.judge(criterion, plan, fits, trials, &self.answered) & there;
            *total += now.count();
        }
        let Some(partner) = self.partner else {
            return;
        };
        if point == 0 {
            self.first.copy_from_slice(&self.now);
        }
        let with_first = self.counts.with_first[point].iter_mut().zip(partner);
        for ((with_first, &partner), &now) in with_first.zip(&self.now) {
            *with_first += (self.first[partner] & now).count();
        }
    }
}

impl Keeper for Counting<'_> {
    type Kept = Counts;

    fn take(&mut self, point: usize, plan: &Plan, fits: &mut [Fits], trials: usize) {
        widest(
            #[inline(always)]
            || self.take_here(point, plan, fits, trials),
        );
    }

    fn block(&mut self) -> Counts {
        let nothing = Counts::new(self.judges.len(), self.first.len(), self.partner.is_some());
        std::mem::replace(&mut self.counts, nothing)
    }
}
