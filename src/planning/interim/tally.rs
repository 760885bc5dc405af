//! What becomes of trials with looks, trial by trial, and the sums of it.

use super::design::{Change, Design};
use crate::decision::sequential::{Decision, StageWiseTable, Statistics, stage_statistic};
use crate::engine::{Conductor, Looks, degrees_of_freedom};
use crate::error::Result;
use crate::scenario::Scenario;
use crate::stats::{normal, student_t};
use crate::summary::{Merge, add_to};
use libm::sqrt;
use std::cell::OnceCell;

/// Conducts the trials of a design.
pub(super) struct Trials<'a> {
    pub design: &'a Design,
    /// Stage-wise estimates, where they are defined.
    pub stage_wise: Option<StageWiseTable>,
    /// Of the intervals.
    pub quantile: f64,
}

/// Sums over trials.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub trials: u64,
    /// Trials that ended at each look.
    pub stopped: Vec<u64>,
    /// Powers 1 and 2 of the number of patients.
    pub patients: [f64; 2],
    /// Trials that took the most patients.
    pub largest: u64,
    /// Trials that dropped the factor at each look.
    pub dropped: Vec<u64>,
    /// Trials that claim any, and all, of the hypotheses.
    pub any: u64,
    pub all: u64,
    pub of: Vec<OfHypothesis>,
}

/// Sums for one hypothesis.
#[derive(Debug, Clone, Default)]
pub(super) struct OfHypothesis {
    /// By look: claims of a benefit, claims of harm, stops for futility.
    pub ended: Vec<[u64; 3]>,
    /// Claims of what is left after the factor was dropped, of those above.
    pub after_dropping: u64,
    /// Claims of a benefit and of harm by one look at the end of the trial as planned.
    pub fixed: [u64; 2],
    /// Trials that claimed a benefit, with the sum of their estimates and its squares, by look.
    pub claimed: Vec<[f64; 3]>,
    /// The plain estimate.
    pub plain: EstimateSums,
    /// The one that makes up for the looks.
    pub adjusted: EstimateSums,
    /// Trials without an answer when they ended.
    pub failures: u64,
}

/// Sums of an estimate.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EstimateSums {
    pub trials: f64,
    /// Powers 1, 2 and 4 of estimate less truth.
    pub error: [f64; 3],
    /// Intervals that contain the truth.
    pub covered: f64,
    /// Estimates above the truth.
    pub above: f64,
}

impl EstimateSums {
    fn add(&mut self, estimate: f64, [low, high]: [f64; 2], truth: f64) {
        let error = estimate - truth;
        if error.is_nan() {
            return;
        }
        self.trials += 1.0;
        let square = error * error;
        add_to(&mut self.error, &[error, square, square * square]);
        self.covered += if low <= truth && truth <= high { 1.0 } else { 0.0 };
        self.above += if error > 0.0 { 1.0 } else { 0.0 };
    }
}

impl Merge for EstimateSums {
    fn merge(&mut self, after: Self) {
        self.trials += after.trials;
        add_to(&mut self.error, &after.error);
        self.covered += after.covered;
        self.above += after.above;
    }
}

impl Merge for OfHypothesis {
    fn merge(&mut self, after: Self) {
        self.ended.iter_mut().zip(&after.ended).for_each(|(to, from)| add_to(to, from));
        self.claimed.iter_mut().zip(&after.claimed).for_each(|(to, from)| add_to(to, from));
        self.after_dropping += after.after_dropping;
        add_to(&mut self.fixed, &after.fixed);
        self.plain.merge(after.plain);
        self.adjusted.merge(after.adjusted);
        self.failures += after.failures;
    }
}

impl Merge for Tally {
    fn merge(&mut self, after: Self) {
        self.trials += after.trials;
        add_to(&mut self.stopped, &after.stopped);
        add_to(&mut self.patients, &after.patients);
        self.largest += after.largest;
        add_to(&mut self.dropped, &after.dropped);
        self.any += after.any;
        self.all += after.all;
        self.of.iter_mut().zip(after.of).for_each(|(to, from)| to.merge(from));
    }
}

/// The statistics of one trial of a design.
struct Seen<'a> {
    design: &'a Design,
    looks: &'a Looks<'a>,
    /// How it ends if it comes to its last look, once that was asked.
    end: OnceCell<Option<End>>,
}

/// The same trial, looked at once, at its end as planned.
struct OneLook<'a>(&'a Seen<'a>);

impl Statistics for OneLook<'_> {
    fn z(&self, _: usize, hypothesis: usize, _: Option<usize>) -> f64 {
        let OneLook(Seen { design, looks, .. }) = self;
        looks.z(design.looks[design.looks.len() - 1], hypothesis)
    }

    fn of_factor(&self, _: usize) -> f64 {
        f64::NAN
    }
}

/// Where a trial that may change its size ended, and with what.
struct End {
    point: usize,
    z: f64,
    /// The estimates of both stages, weighted as in the test.
    estimate: f64,
    /// Its standard error.
    standard_error: f64,
}

impl Seen<'_> {
    /// The end of a trial that chooses its size at its last interim look.
    fn end(&self) -> Option<&End> {
        self.end.get_or_init(|| self.find_end()).as_ref()
    }

    fn find_end(&self) -> Option<End> {
        let Change::Size(resizing) = &self.design.change else { return None };
        let design = self.design;
        let interim = design.looks[design.looks.len().checked_sub(2)?];
        let seen_at = design.points[interim].patients;
        let z = self.looks.z(interim, 0);
        let critical = design.conduct.first_boundaries(0)?.critical().last().copied()?;
        let variance = self.looks.blinded_variance(interim, 0);
        let point = resizing.end(&design.points, seen_at, critical, z, variance);
        let (before, now) = (seen_at as f64, design.points[point].patients as f64);
        let after = stage_statistic(self.looks.z(point, 0), now, z, before);
        let [first, second] = resizing.weights();
        // The weights of the stages' estimates are those of their statistics times the roots of their information.
        let weights = [first * sqrt(before), second * sqrt(now - before)];
        let (early, all) = (self.looks.benefit(interim, 0), self.looks.benefit(point, 0));
        let late = (now * all - before * early) / (now - before);
        let sum = weights[0] + weights[1];
        Some(End {
            point,
            z: first * z + second * after,
            estimate: (weights[0] * early + weights[1] * late) / sum,
            standard_error: self.looks.standard_error(point, 0) * sqrt(now) / sum,
        })
    }
}

impl Statistics for Seen<'_> {
    fn z(&self, look: usize, hypothesis: usize, dropped: Option<usize>) -> f64 {
        let design = self.design;
        match (&design.change, dropped) {
            (Change::Drop(drop), Some(at)) => {
                self.looks.z(drop.points[at][look - at - 1], design.hypotheses + hypothesis)
            }
            (Change::Size(_), _) if look + 1 == design.looks.len() => {
                self.end().map_or(f64::NAN, |end| end.z)
            }
            _ => self.looks.z(design.looks[look], hypothesis),
        }
    }

    fn of_factor(&self, look: usize) -> f64 {
        self.looks.z(self.design.looks[look], self.design.statistics.len() - 1)
    }
}

impl Conductor for Trials<'_> {
    type Tally = Tally;

    fn tally(&self) -> Tally {
        let looks = self.design.looks.len();
        let of = OfHypothesis {
            ended: vec![[0; 3]; looks],
            claimed: vec![[0.0; 3]; looks],
            ..OfHypothesis::default()
        };
        Tally {
            stopped: vec![0; looks],
            dropped: vec![0; looks],
            of: vec![of; self.design.hypotheses],
            ..Tally::default()
        }
    }

    fn conduct(&self, looks: &Looks<'_>, tally: &mut Tally) {
        let design = self.design;
        let seen = Seen { design, looks, end: OnceCell::new() };
        let course = design.conduct.course(&seen);
        let at_once = design.fixed.course(&OneLook(&seen));
        let is_last = course.look + 1 == design.looks.len();
        let end = if is_last { seen.end() } else { None };
        // Where a hypothesis is looked at, and by which statistic.
        let place = |hypothesis: usize, look: usize| match (&design.change, course.dropped, end) {
            (Change::Drop(drop), Some(at), _) if look > at => {
                (drop.points[at][look - at - 1], design.hypotheses + hypothesis)
            }
            (_, _, Some(end)) if look + 1 == design.looks.len() => (end.point, hypothesis),
            _ => (design.looks[look], hypothesis),
        };
        let (point, _) = place(0, course.look);
        let patients = design.points[point].patients as f64;
        tally.trials += 1;
        tally.stopped[course.look] += 1;
        tally.patients[0] += patients;
        tally.patients[1] += patients * patients;
        if let Change::Size(resizing) = &design.change {
            tally.largest += u64::from(resizing.ends.last() == Some(&point));
        }
        if let Some(at) = course.dropped {
            tally.dropped[at] += 1;
        }
        let mut claims = 0;
        for (hypothesis, of) in tally.of.iter_mut().enumerate() {
            let ending = course.endings[hypothesis];
            let column = match ending.decision {
                Decision::Benefit => Some(0),
                Decision::Harm => Some(1),
                Decision::Futility => Some(2),
                Decision::GoOn | Decision::NoClaim => None,
            };
            if let Some(column) = column {
                of.ended[ending.look][column] += 1;
            }
            let is_claimed = matches!(ending.decision, Decision::Benefit | Decision::Harm);
            claims += usize::from(is_claimed);
            let is_after = course.dropped.is_some_and(|at| ending.look > at);
            of.after_dropping += u64::from(is_claimed && is_after);
            let decision = at_once.endings[hypothesis].decision;
            of.fixed[0] += u64::from(decision == Decision::Benefit);
            of.fixed[1] += u64::from(decision == Decision::Harm);
            if ending.decision == Decision::Benefit {
                let (at, statistic) = place(hypothesis, ending.look);
                let estimate = looks.benefit(at, statistic);
                let claimed = &mut of.claimed[ending.look];
                claimed[0] += 1.0;
                claimed[1] += estimate;
                claimed[2] += estimate * estimate;
            }
            // A hypothesis of which nothing is left is estimated where it ended.
            let is_left = match &design.change {
                Change::Drop(drop) => drop.left[hypothesis] || course.dropped.is_none(),
                Change::Nothing | Change::Size(_) => true,
            };
            let (at, statistic) = place(hypothesis, if is_left { course.look } else { ending.look });
            let estimate = looks.benefit(at, statistic);
            if estimate.is_nan() {
                of.failures += 1;
                continue;
            }
            let (truth, half) = (looks.truth(statistic), looks.half_width(at, statistic));
            of.plain.add(estimate, [estimate - half, estimate + half], truth);
            // Intervals are as much wider than those of normal statistics as the plain one is.
            let error = looks.standard_error(at, statistic);
            let stretch = half / (self.quantile * error);
            if let Some(table) = &self.stage_wise {
                // The drift is the effect over the standard error at full information.
                let scale = error * sqrt(design.plan.information[course.look]);
                let [middle, low, high] = table.at(course.look, estimate / error);
                let limits = [low, high].map(|limit| scale * (middle + stretch * (limit - middle)));
                of.adjusted.add(scale * middle, limits, truth);
            } else if let Change::Size(_) = &design.change {
                let (estimate, error) =
                    end.map_or((estimate, error), |end| (end.estimate, end.standard_error));
                let half = stretch * self.quantile * error;
                of.adjusted.add(estimate, [estimate - half, estimate + half], truth);
            }
        }
        tally.any += u64::from(claims > 0);
        tally.all += u64::from(claims == design.hypotheses);
    }
}

impl<'a> Trials<'a> {
    /// The trials of a design, whose points are these scenarios.
    ///
    /// # Errors
    /// As for [`degrees_of_freedom`].
    pub fn new(design: &'a Design, confidence: f64, points: &[Scenario]) -> Result<Self> {
        let stage_wise = match design.conduct.first_boundaries(0).filter(|_| design.is_plain()) {
            None => None,
            Some(boundaries) => {
                let of_look = |&point: &usize| degrees_of_freedom(&points[point], &design.statistics[0]);
                let df = design.looks.iter().map(of_look).collect::<Result<Vec<f64>>>()?;
                let as_t = |look: usize, z: f64| student_t::isf(normal::sf(z.abs()), df[look]).copysign(z);
                Some(StageWiseTable::new(boundaries.restated(as_t), confidence))
            }
        };
        Ok(Trials { design, stage_wise, quantile: normal::isf(0.5 * (1.0 - confidence)) })
    }
}
