//! What a trial with looks does: of several hypotheses, which are claimed at which look, and when it ends.
//!
//! In come the statistics of one trial; out comes its [`Course`]. Hypotheses share the level by a graph: what a
//! claimed one had goes to the others, which are then judged at the same look by the boundaries of their larger
//! level. The trial ends when no hypothesis can be claimed any more, or at the last look.
//!
//! A trial that drops a factor goes on in the arms without it: hypotheses that are left are then about the other
//! factor in these arms, a statistic of its own. At later looks it may spend what the looks so far have left,
//! reckoned as if these and those never agreed. That keeps the level where the statistic of the factor, by which it is
//! dropped, is independent of both, as in arms of equal size: whatever it says, the other factor's level is the same.
//!
//! Source: Maurer, Bretz (2013), Stat. Biopharm. Res. 5:311 (graphs over looks); Bonferroni's inequality for
//! what follows a change of the statistic.

use super::boundaries::{Boundaries, Decision};
use super::plan::Plan;
use super::{Checked, problem};
use crate::decision::{Graph, MOST_IN_GRAPH, Rejected};
use crate::scenario::{MultiplicitySpec, Procedure};

/// How hypotheses share the level.
#[derive(Debug, Clone, PartialEq)]
pub enum Sharing {
    /// Each has the whole level.
    Each,
    /// By a graph.
    Graph(Graph),
}

impl Sharing {
    /// By a procedure, for so many hypotheses.
    ///
    /// # Errors
    /// A procedure that needs all p values at once or more than these, weights that do not fit, or too many hypotheses.
    pub fn new(stated: &MultiplicitySpec, hypotheses: usize) -> Checked<Self> {
        let count = hypotheses;
        if count > MOST_IN_GRAPH {
            let allowed = format!("at most {MOST_IN_GRAPH} at interim looks");
            return Err(problem("/hypotheses", format!("{count} hypotheses"), allowed));
        }
        if count == 1 {
            return Ok(Sharing::Each);
        }
        let equal = vec![1.0 / count as f64; count];
        let arrows = |to: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
            (0..count).map(|from| (0..count).map(|one| to(from, one)).collect()).collect()
        };
        let next = arrows(&|from, to| if to == from + 1 { 1.0 } else { 0.0 });
        let nothing = arrows(&|_, _| 0.0);
        let (weights, transitions) = match stated.procedure {
            Procedure::None => return Ok(Sharing::Each),
            Procedure::Bonferroni => (equal, nothing),
            Procedure::Holm => {
                let others = (count - 1) as f64;
                (equal, arrows(&|from, to| if to == from { 0.0 } else { 1.0 / others }))
            }
            Procedure::FixedSequence => {
                ((0..count).map(|one| if one == 0 { 1.0 } else { 0.0 }).collect(), next)
            }
            Procedure::Fallback => (stated.weights.clone().unwrap_or(equal), next),
            Procedure::Graph => {
                (stated.weights.clone().unwrap_or(equal), stated.transitions.clone().unwrap_or(nothing))
            }
            Procedure::Sidak | Procedure::Hochberg | Procedure::Hommel | Procedure::Dunnett => {
                let found = format!("{} over interim looks", stated.procedure.title());
                return Err(problem(
                    "/multiplicity/procedure",
                    found,
                    "none, bonferroni, holm, fixed-sequence, fallback or graph",
                )
                .help("the others need the p values of one and the same look")
                .into());
            }
        };
        Graph::new(&weights, &transitions).map(Sharing::Graph).ok_or_else(|| {
            problem("/multiplicity/weights", "weights that do not fit", format!("{count} weights"))
        })
    }

    /// The share of the level of a hypothesis while these are left, itself among them.
    fn share(&self, left: Rejected, hypothesis: usize) -> f64 {
        match self {
            Sharing::Each => 1.0,
            Sharing::Graph(graph) => graph.shares(left)[hypothesis],
        }
    }

    /// Whether every hypothesis has the same share whatever becomes of the others.
    #[must_use]
    pub fn is_constant(&self, hypotheses: usize) -> bool {
        let full: Rejected = (1 << hypotheses) - 1;
        let same = |left: Rejected| {
            (0..hypotheses).filter(|h| left >> h & 1 == 1).all(|h| self.share(left, h) == self.share(full, h))
        };
        (1..=full).all(same)
    }
}

/// Statistics of one trial, standard normal without an effect, positive for a benefit.
pub trait Statistics {
    /// Of a hypothesis at a look (from 0); after a factor was dropped at a look, of what is left of the hypothesis.
    fn z(&self, look: usize, hypothesis: usize, dropped: Option<usize>) -> f64;

    /// Of the effect of the factor that may be dropped, at a look before that.
    fn of_factor(&self, look: usize) -> f64;
}

/// When a factor is dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Dropping {
    /// At an interim look at which the statistic of its effect is at or below this.
    pub bound: f64,
    /// The hypotheses that are left then, as bits.
    pub left: Rejected,
    /// By the look at which it is dropped: the information of the later looks about what is left, over that of the last.
    pub information: Vec<Vec<f64>>,
}

/// The rules of a trial with looks.
#[derive(Debug, Clone)]
pub struct Conduct {
    hypotheses: usize,
    looks: usize,
    sharing: Sharing,
    levels: Vec<Level>,
    /// By set and hypothesis: the number of its level; none if it has none.
    numbers: Vec<Option<usize>>,
    dropping: Option<Dropping>,
}

/// What belongs to one level.
#[derive(Debug, Clone)]
pub struct Level {
    share: f64,
    /// The boundaries.
    pub boundaries: Boundaries,
    /// By the look at which a factor is dropped: critical values of the later looks.
    pub after_dropping: Vec<Vec<f64>>,
}

/// How a hypothesis ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The look, from 0.
    pub look: usize,
    /// What was decided; a hypothesis that could not be claimed any more, for which reason ever, ended without a claim.
    pub decision: Decision,
}

/// What became of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// The look at which it ended, from 0.
    pub look: usize,
    /// How each hypothesis ended.
    pub endings: [Ending; MOST_IN_GRAPH],
    /// The look at which a factor was dropped.
    pub dropped: Option<usize>,
}

impl Conduct {
    /// The rules for so many hypotheses, by a plan whose alpha is that of all together.
    ///
    /// # Errors
    /// What is wrong with the plan at one of the levels.
    pub fn new(
        plan: &Plan,
        sharing: Sharing,
        hypotheses: usize,
        dropping: Option<Dropping>,
    ) -> Checked<Self> {
        let sets: Rejected = 1 << hypotheses;
        let mut levels: Vec<Level> = Vec::new();
        let mut numbers = vec![None; sets as usize * hypotheses];
        for left in 0..sets {
            for hypothesis in (0..hypotheses).filter(|one| left >> one & 1 == 1) {
                let share = sharing.share(left, hypothesis);
                if share <= 0.0 {
                    continue;
                }
                let number = match levels.iter().position(|level| level.share == share) {
                    Some(known) => known,
                    None => {
                        levels.push(Level::new(plan, share, dropping.as_ref())?);
                        levels.len() - 1
                    }
                };
                numbers[left as usize * hypotheses + hypothesis] = Some(number);
            }
        }
        Ok(Conduct { hypotheses, looks: plan.information.len(), sharing, levels, numbers, dropping })
    }

    /// How the hypotheses share the level.
    #[must_use]
    pub fn sharing(&self) -> &Sharing {
        &self.sharing
    }

    /// The boundaries that a hypothesis starts with; none if it has no level yet.
    #[must_use]
    pub fn first_boundaries(&self, hypothesis: usize) -> Option<&Boundaries> {
        let full = (1_usize << self.hypotheses) - 1;
        self.numbers[full * self.hypotheses + hypothesis].map(|number| &self.levels[number].boundaries)
    }

    /// Every level that may come up, the smallest first.
    #[must_use]
    pub fn levels(&self) -> Vec<&Level> {
        let mut all: Vec<&Level> = self.levels.iter().collect();
        all.sort_by(|one, other| one.share.total_cmp(&other.share));
        all
    }

    /// What becomes of a trial.
    pub fn course(&self, statistics: &impl Statistics) -> Course {
        let unclaimed = Ending { look: 0, decision: Decision::NoClaim };
        let mut endings = [unclaimed; MOST_IN_GRAPH];
        // Those that are not claimed, and of these those that can be.
        let mut left: Rejected = (1 << self.hypotheses) - 1;
        let mut open = left;
        let mut dropped = None;
        for look in 0..self.looks {
            let mut end = |hypothesis: usize, decision| endings[hypothesis] = Ending { look, decision };
            let last = look + 1 == self.looks;
            let mut z = [f64::NAN; MOST_IN_GRAPH];
            for (hypothesis, slot) in z.iter_mut().enumerate().take(self.hypotheses) {
                if open >> hypothesis & 1 == 1 {
                    *slot = statistics.z(look, hypothesis, dropped);
                }
            }
            loop {
                let mut claimed: Rejected = 0;
                for (hypothesis, &z) in z.iter().enumerate().take(self.hypotheses) {
                    if open >> hypothesis & 1 == 0 {
                        continue;
                    }
                    let decision = self.decide(left, hypothesis, look, dropped, z);
                    if matches!(decision, Decision::Benefit | Decision::Harm) {
                        end(hypothesis, decision);
                        claimed |= 1 << hypothesis;
                    }
                }
                if claimed == 0 {
                    break;
                }
                left &= !claimed;
                open &= !claimed;
            }
            for (hypothesis, &z) in z.iter().enumerate().take(self.hypotheses) {
                let is_open = open >> hypothesis & 1 == 1;
                if is_open && self.decide(left, hypothesis, look, dropped, z) == Decision::Futility {
                    end(hypothesis, Decision::Futility);
                    open &= !(1 << hypothesis);
                }
            }
            if let (Some(rule), None, false) = (&self.dropping, dropped, last || open == 0)
                && statistics.of_factor(look) <= rule.bound
            {
                (0..self.hypotheses)
                    .filter(|one| (open & !rule.left) >> one & 1 == 1)
                    .for_each(|hypothesis| end(hypothesis, Decision::NoClaim));
                open &= rule.left;
                // Where nothing is left the trial ends.
                dropped = (open != 0).then_some(look);
            }
            for hypothesis in (0..self.hypotheses).filter(|one| open >> one & 1 == 1) {
                end(hypothesis, Decision::NoClaim);
            }
            open = self.claimable(left, open);
            if open == 0 || last {
                return Course { look, endings, dropped };
            }
        }
        Course { look: self.looks - 1, endings, dropped }
    }

    /// What a look decides about one hypothesis.
    fn decide(
        &self,
        left: Rejected,
        hypothesis: usize,
        look: usize,
        dropped: Option<usize>,
        z: f64,
    ) -> Decision {
        let Some(number) = self.numbers[left as usize * self.hypotheses + hypothesis] else {
            return Decision::GoOn;
        };
        let level = &self.levels[number];
        let later = dropped.and_then(|at| level.after_dropping.get(at)?.get(look - at - 1));
        match later {
            None => level.boundaries.decide(look, z),
            Some(&critical) => level.boundaries.decide_by(look, z, critical),
        }
    }

    /// Those of the open hypotheses that have a level, or will have one if all other open ones are claimed.
    fn claimable(&self, left: Rejected, open: Rejected) -> Rejected {
        let lost = left & !open;
        let can = |&hypothesis: &usize| {
            let alone = (lost | 1 << hypothesis) as usize;
            open >> hypothesis & 1 == 1
                && (self.numbers[alone * self.hypotheses + hypothesis].is_some()
                    || self.numbers[left as usize * self.hypotheses + hypothesis].is_some())
        };
        (0..self.hypotheses).filter(can).fold(0, |bits, hypothesis| bits | 1 << hypothesis)
    }
}

impl Level {
    fn new(plan: &Plan, share: f64, dropping: Option<&Dropping>) -> Checked<Self> {
        let boundaries = Boundaries::new(&Plan { alpha: share * plan.alpha, ..plan.clone() })?;
        let after = |(look, information): (usize, &Vec<f64>)| boundaries.critical_after(look, information);
        let after_dropping =
            dropping.map(|rule| rule.information.iter().enumerate().map(after).collect()).unwrap_or_default();
        Ok(Level { share, boundaries, after_dropping })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Futility, Rule, Sides, Spending};
    use super::*;

    fn plan(looks: &[f64]) -> Plan {
        Plan {
            information: looks.to_vec(),
            alpha: 0.05,
            sides: Sides::Two,
            rule: Rule::Spending(Spending::Pocock),
            futility: Futility::None,
        }
    }

    /// By look and hypothesis; then the factor's.
    struct Given(Vec<Vec<f64>>, Vec<f64>);

    impl Statistics for Given {
        fn z(&self, look: usize, hypothesis: usize, _: Option<usize>) -> f64 {
            self.0[look][hypothesis]
        }

        fn of_factor(&self, look: usize) -> f64 {
            self.1[look]
        }
    }

    fn conduct(procedure: Procedure) -> Conduct {
        let sharing = Sharing::new(&procedure.into(), 2).unwrap();
        Conduct::new(&plan(&[0.5, 1.0]), sharing, 2, None).unwrap()
    }

    fn endings(course: &Course) -> [(usize, Decision); 2] {
        [0, 1].map(|h| (course.endings[h].look, course.endings[h].decision))
    }

    /// Pocock's spending at half of the information: 2.157 at 5 %, about 2.42 at 2.5 %.
    #[test]
    fn what_a_claim_frees_is_used_at_the_same_look() {
        let z = Given(vec![vec![2.6, 2.3], vec![0.0, 0.0]], Vec::new());
        let course = conduct(Procedure::Holm).course(&z);
        assert_eq!((course.look, endings(&course)), (0, [(0, Decision::Benefit); 2]));
        let course = conduct(Procedure::Bonferroni).course(&z);
        assert_eq!(course.look, 1);
        assert_eq!(endings(&course), [(0, Decision::Benefit), (1, Decision::NoClaim)]);
        // The second has no level before the first is claimed.
        let z = Given(vec![vec![2.0, 3.0], vec![2.6, 2.3]], Vec::new());
        let course = conduct(Procedure::FixedSequence).course(&z);
        assert_eq!(endings(&course), [(1, Decision::Benefit), (1, Decision::Benefit)]);
    }

    #[test]
    fn a_sequence_ends_with_its_first_hypothesis() {
        let futile = Plan {
            sides: Sides::One,
            alpha: 0.025,
            futility: Futility::Bounds { z: vec![0.0], binding: false },
            ..plan(&[0.5, 1.0])
        };
        let sharing = Sharing::new(&Procedure::FixedSequence.into(), 2).unwrap();
        let conduct = Conduct::new(&futile, sharing, 2, None).unwrap();
        let course = conduct.course(&Given(vec![vec![-0.1, 3.0], vec![3.0, 3.0]], Vec::new()));
        assert_eq!((course.look, endings(&course)), (0, [(0, Decision::Futility), (0, Decision::NoClaim)]));
        // Without an answer a trial goes on, and ends without a claim.
        let course = conduct.course(&Given(vec![vec![f64::NAN, 3.0], vec![f64::NAN, 3.0]], Vec::new()));
        assert_eq!((course.look, endings(&course)), (1, [(1, Decision::NoClaim); 2]));
    }

    #[test]
    fn a_dropped_factor_takes_its_hypothesis_along() {
        let dropping = Dropping { bound: 0.5, left: 0b01, information: vec![vec![1.0]] };
        let sharing = Sharing::new(&Procedure::None.into(), 2).unwrap();
        let conduct = Conduct::new(&plan(&[0.5, 1.0]), sharing, 2, Some(dropping)).unwrap();
        // 5 % less what the first look may spend, all of it at one look.
        let boundaries = conduct.first_boundaries(0).unwrap();
        let rest = 0.05 - boundaries.alpha_spent()[0];
        let critical = conduct.levels()[0].after_dropping[0][0];
        assert!((2.0 * crate::stats::normal::sf(critical) - rest).abs() < 1e-12);
        let course = conduct.course(&Given(vec![vec![1.0, 0.4], vec![critical + 1e-9, 9.0]], vec![0.4]));
        assert_eq!((course.look, course.dropped), (1, Some(0)));
        assert_eq!(endings(&course), [(1, Decision::Benefit), (0, Decision::NoClaim)]);
        let course = conduct.course(&Given(vec![vec![1.0, 0.6], vec![critical - 1e-9, 9.0]], vec![0.6]));
        assert_eq!((course.dropped, endings(&course)[0].1), (None, Decision::Benefit));
    }

    #[test]
    fn procedures_that_need_all_at_once_are_refused() {
        let problem = Sharing::new(&Procedure::Hochberg.into(), 2).unwrap_err();
        assert!(problem.to_string().contains("fixed-sequence"), "{problem}");
        assert!(Sharing::new(&Procedure::Holm.into(), 7).is_err());
        assert!(Sharing::new(&Procedure::Bonferroni.into(), 3).unwrap().is_constant(3));
        assert!(!Sharing::new(&Procedure::Holm.into(), 3).unwrap().is_constant(3));
    }
}
