//! How large an effect would have to be for each trial to claim it.
//!
//! Where another effect adds a constant to the outcomes of an arm, and the analysis follows ([`Analysis::follows_shifts`]),
//! a trial with effect δ has the estimate of the trial at hand plus δ − truth, and the same standard error. It claims an
//! effect if δ is above one bound or below another, so one set of trials tells the power at every δ.
//!
//! [`Analysis::follows_shifts`]: crate::analysis::Analysis::follows_shifts

use super::needed::judged_alone;
use super::{Keeper, Together};
use crate::analysis::{Fits, PowerFormula};
use crate::engine::plan::Plan;
use crate::engine::qualify;
use crate::engine::{Progress, RunOptions};
use crate::error::Result;
use crate::estimand::{ARMS, contrast};
use crate::result::HypothesisId;
use crate::scenario::{Scenario, resolve};

/// Bounds of the trials' claims, as benefits.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Trials.
    pub trials: u64,
    /// A trial claims every effect above its bound; in ascending order, without trials that have no answer.
    above: Vec<f64>,
    /// A trial claims every effect below its bound; in ascending order.
    below: Vec<f64>,
}

impl Thresholds {
    /// How many trials claim an effect of this benefit.
    #[must_use]
    pub fn claims(&self, benefit: f64) -> u64 {
        let above = self.above.partition_point(|&bound| bound < benefit);
        let below = self.below.len() - self.below.partition_point(|&bound| bound <= benefit);
        (above + below) as u64
    }

    /// Above which benefit each trial claims a benefit, in ascending order.
    #[must_use]
    pub fn bounds(&self) -> &[f64] {
        &self.above
    }

    /// The smallest benefit from 0 on that so many trials claim; none if no benefit is large enough for them.
    #[must_use]
    pub fn least_benefit(&self, claims: f64) -> Option<f64> {
        if self.claims(0.0) as f64 >= claims {
            return Some(0.0);
        }
        let enough = |bound: f64| self.claims(bound.max(0.0).next_up()) as f64 >= claims;
        // Claims rise with the bounds above, but for those below that are lost on the way.
        let found = self.above.partition_point(|&bound| !enough(bound));
        self.above.get(found).map(|bound| bound.max(0.0))
    }
}

/// The thresholds and what made them.
#[derive(Debug, Clone, PartialEq)]
pub struct AllThresholds {
    /// By hypothesis.
    pub of: Vec<Thresholds>,
    /// The engine that simulated.
    pub engine: String,
    /// Why this engine.
    pub engine_why: String,
}

/// What keeps the effect of a hypothesis from being moved without new trials; empty if nothing does.
///
/// # Errors
/// `Unexpected` if the scenario has no such hypothesis.
pub fn obstacles_to_shift(scenario: &Scenario, hypothesis: &HypothesisId) -> Result<Vec<String>> {
    let plan = Plan::new(scenario, crate::engine::plan::TruthsFrom::Nowhere)?;
    let [analysis, _] = plan.place(hypothesis)?;
    let mut obstacles: Vec<String> =
        qualify::shift_obstacles(scenario).into_iter().map(str::to_owned).collect();
    if !plan.analyses[analysis].estimator.analysis().follows_shifts() {
        obstacles
            .push(format!("the estimates of {} do not move with the arms' means alone", hypothesis.analysis));
    }
    if plan.number_in_family(hypothesis).is_some() {
        obstacles.push("the scenario judges several hypotheses together (/multiplicity)".to_owned());
    }
    Ok(obstacles)
}

/// Simulates a scenario and finds at which benefits each trial claims each of these hypotheses.
///
/// # Errors
/// `Usage` if there are no replicates or the engine does not fit; `Unexpected` for a hypothesis that the scenario does
/// not have, or one with obstacles.
pub fn claim_thresholds(
    scenario: &Scenario,
    hypotheses: &[HypothesisId],
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<AllThresholds> {
    let needed = judged_alone(scenario, hypotheses);
    let together = Together::new(std::slice::from_ref(&needed), options, false)?;
    let plan = &together.plans[0];
    let asked = hypotheses.iter().map(|one| Asked::new(scenario, plan, one)).collect::<Result<Vec<_>>>()?;
    let mut of = vec![
        Thresholds { trials: options.replicates, above: Vec::new(), below: Vec::new() };
        hypotheses.len()
    ];
    let take = |block: Vec<[Vec<f64>; 2]>| {
        for (all, [above, below]) in of.iter_mut().zip(block) {
            all.above.extend(above);
            all.below.extend(below);
        }
        Ok(())
    };
    let keeper = || Bounds { asked: &asked, bounds: vec![Default::default(); asked.len()] };
    together.simulate(options, keeper, take, progress)?;
    for all in &mut of {
        all.above.sort_unstable_by(f64::total_cmp);
        all.below.sort_unstable_by(f64::total_cmp);
    }
    let engine = together.engine().to_owned();
    Ok(AllThresholds { of, engine, engine_why: together.engine_why.clone() })
}

/// A hypothesis whose bounds are found.
struct Asked {
    analysis: usize,
    estimand: usize,
    sign: f64,
    /// The planned effect, as a raw difference.
    truth: f64,
}

impl Asked {
    fn new(scenario: &Scenario, plan: &Plan, hypothesis: &HypothesisId) -> Result<Self> {
        let [analysis, estimand] = plan.place(hypothesis)?;
        let outcome = &scenario.response.outcomes[&hypothesis.outcome];
        let weights = &plan.analyses[analysis].estimands[estimand].weights;
        Ok(Asked {
            analysis,
            estimand,
            sign: outcome.sign_of_benefit(),
            truth: contrast(weights, &resolve::arm_means(scenario, outcome)),
        })
    }
}

/// Bounds of a block, by hypothesis.
struct Bounds<'a> {
    asked: &'a [Asked],
    bounds: Vec<[Vec<f64>; 2]>,
}

impl Keeper for Bounds<'_> {
    type Kept = Vec<[Vec<f64>; 2]>;

    fn take(&mut self, _: usize, plan: &Plan, fits: &mut [Fits], trials: usize) {
        for (asked, [above, below]) in self.asked.iter().zip(&mut self.bounds) {
            let (planned, fits) = (&plan.analyses[asked.analysis], &fits[asked.analysis]);
            for trial in (0..trials).filter(|&trial| fits.answers(trial)) {
                let df = fits.degrees_of_freedom[asked.estimand][trial];
                let squared = planned.target.critical.squared_test(df);
                let error = asked.sign * (fits.estimate[asked.estimand][trial] - asked.truth);
                let distance = (squared * fits.variance[asked.estimand][trial]).sqrt();
                above.push(distance - error);
                below.push(-distance - error);
            }
        }
    }

    fn block(&mut self) -> Vec<[Vec<f64>; 2]> {
        std::mem::replace(&mut self.bounds, vec![Default::default(); self.asked.len()])
    }
}

/// Power by formula of a hypothesis at any effect.
#[derive(Debug)]
pub struct FormulaAt {
    plan: Plan,
    normal: crate::analysis::Normal,
    place: [usize; 2],
    sign: f64,
    alpha: f64,
}

impl FormulaAt {
    /// For a hypothesis of a scenario; none where no formula holds.
    ///
    /// # Errors
    /// `Unexpected` if the scenario has no such hypothesis.
    pub fn new(scenario: &Scenario, hypothesis: &HypothesisId) -> Result<Option<Self>> {
        let plan = Plan::new(scenario, crate::engine::plan::TruthsFrom::Nowhere)?;
        let place = plan.place(hypothesis)?;
        if !plan.formula_obstacles.is_empty() || plan.number_in_family(hypothesis).is_some() {
            return Ok(None);
        }
        let outcome = &scenario.response.outcomes[&hypothesis.outcome];
        let sign = outcome.sign_of_benefit();
        let formula = FormulaAt { normal: plan.normal(), plan, place, sign, alpha: scenario.alpha };
        Ok(formula.power(0.0).is_some().then_some(formula))
    }

    /// The power where the effect is this benefit, all else being as planned.
    #[must_use]
    pub fn power(&self, benefit: f64) -> Option<f64> {
        self.with(benefit, |planned, normal, weights| planned.power(normal, weights, self.alpha))
    }

    /// The power to claim a benefit, and no harm.
    #[must_use]
    pub fn power_of_benefit(&self, benefit: f64) -> Option<f64> {
        self.with(benefit, |planned, normal, weights| {
            planned.power_of_benefit(normal, weights, self.alpha, self.sign)
        })
    }

    fn with(
        &self,
        benefit: f64,
        formula: impl Fn(&dyn crate::analysis::Analysis, &crate::analysis::Normal, &[f64; ARMS]) -> PowerFormula,
    ) -> Option<f64> {
        let [analysis, estimand] = self.place;
        let planned = &self.plan.analyses[analysis];
        let weights = &planned.estimands[estimand].weights;
        let outcome = planned.estimator.analysis().outcome();
        let mut normal = self.normal.clone();
        let now = contrast(weights, &normal.mean[outcome]);
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        for arm in 0..ARMS {
            normal.mean[outcome][arm] += weights[arm] * (self.sign * benefit - now) / squares;
        }
        match formula(planned.estimator.analysis(), &normal, weights) {
            PowerFormula::Exact { power, .. } | PowerFormula::Approximate { power, .. } => Some(power),
            PowerFormula::None { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_benefit_is_where_enough_trials_claim() {
        let thresholds =
            Thresholds { trials: 5, above: vec![-1.0, 1.0, 2.0, 3.0], below: vec![-7.0, -6.0, -5.0, -4.0] };
        assert_eq!([0.0, 1.0, 1.5, 9.0].map(|benefit| thresholds.claims(benefit)), [1, 1, 2, 4]);
        assert_eq!(
            [1.0, 2.0, 4.0].map(|claims| thresholds.least_benefit(claims)),
            [Some(0.0), Some(1.0), Some(3.0)]
        );
        // One trial had no answer.
        assert_eq!(thresholds.least_benefit(5.0), None);
    }
}
