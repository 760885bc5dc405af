//! Critical values and bounds for futility, look by look.
//!
//! Each critical value is where the trials that have gone on leave what the rule lets them spend; Wang and
//! Tsiatis' constant is where all looks together spend the level.

use super::passage::{BEGINNING, Passage, REACH};
use super::plan::{Futility, Plan, Rule, Sides};
use super::{Checked, problem};
use crate::error::Problem;
use crate::stats::{normal, root};
use libm::{log, pow};

/// The boundaries of a group-sequential trial, with all that is needed to ask them.
///
/// Statistics are Z, positive for a benefit; at information fraction t its mean is θ√t, where θ is the drift:
/// the mean of Z at full information, effect · √(full information).
#[derive(Debug, Clone)]
pub struct Boundaries {
    pub(super) plan: Plan,
    critical: Vec<f64>,
    futility: Vec<f64>,
    spent: Vec<f64>,
    /// The trial under which the level is kept: without futility that does not bind.
    pub(super) level: Passage,
    /// The trial that stops for futility, if it is another.
    followed: Option<Passage>,
}

impl Boundaries {
    /// The boundaries of a plan.
    ///
    /// # Errors
    /// What is wrong with the plan: what was found where, and what is allowed. The pointer is relative to the
    /// plan.
    pub fn new(plan: &Plan) -> Checked<Self> {
        plan.check()?;
        let looks = plan.information.len();
        let futility = match &plan.futility {
            Futility::None => vec![f64::NEG_INFINITY; looks - 1],
            Futility::Bounds { z, .. } => z.clone(),
            Futility::Spending { .. } => super::futility::spent(plan)?,
        };
        let binding = plan.futility.is_binding();
        let level = walk(plan, binding.then_some(&futility))?;
        let critical: Vec<f64> = (0..looks).map(|look| level.bounds(look).1).collect();
        if let Some(look) = (0..looks - 1).find(|&look| futility[look] >= critical[look]) {
            return Err(crossed(look, futility[look], critical[look]));
        }
        let stops = futility.iter().any(|bound| *bound > f64::NEG_INFINITY);
        let followed = (stops && !binding).then(|| follow(plan, &futility, &critical));
        let mut total = 0.0;
        let spent = (0..looks).map(|look| {
            let (lower, upper) = level.bounds(look);
            total += level.above(look, upper, 0.0);
            if plan.sides == Sides::Two {
                total += level.below(look, lower, 0.0);
            }
            total
        });
        let spent = spent.collect();
        Ok(Boundaries { plan: plan.clone(), critical, futility, spent, level, followed })
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The number of looks, the last one included.
    #[must_use]
    pub fn looks(&self) -> usize {
        self.critical.len()
    }

    /// The critical values of Z, one for each look: ∞ where a look spends nothing. A benefit is claimed where Z is
    /// at or above it; with two sides, harm where Z is at or below its negative.
    #[must_use]
    pub fn critical(&self) -> &[f64] {
        &self.critical
    }

    /// The bounds for futility, one for each look but the last: −∞ where there is none.
    #[must_use]
    pub fn futility(&self) -> &[f64] {
        &self.futility
    }

    /// The one-sided levels that belong to the critical values alone.
    #[must_use]
    pub fn nominal_levels(&self) -> Vec<f64> {
        self.critical.iter().map(|&z| normal::sf(z)).collect()
    }

    /// The type I error spent by each look, of both sides together.
    #[must_use]
    pub fn alpha_spent(&self) -> &[f64] {
        &self.spent
    }

    /// What is decided at a look (from 0) with this Z. NaN decides nothing: the trial goes on, or ends without a
    /// claim. After the last look nothing is claimed any more.
    #[must_use]
    pub fn decide(&self, look: usize, z: f64) -> Decision {
        match self.critical.get(look) {
            Some(&critical) => self.decide_by(look, z, critical),
            None => Decision::NoClaim,
        }
    }

    /// The same with another critical value.
    pub(super) fn decide_by(&self, look: usize, z: f64, critical: f64) -> Decision {
        let last = look + 1 == self.looks();
        if z >= critical {
            Decision::Benefit
        } else if self.plan.sides == Sides::Two && z <= -critical {
            Decision::Harm
        } else if last {
            Decision::NoClaim
        } else if z <= self.futility[look] {
            Decision::Futility
        } else {
            Decision::GoOn
        }
    }

    /// The same trial with its boundaries stated on another scale of the statistic, look by look; what follows then speaks
    /// of normal statistics with these boundaries. So t statistics of a few patients can be told from normal ones.
    #[must_use]
    pub fn restated(&self, scale: impl Fn(usize, f64) -> f64) -> Self {
        let restate = |bounds: &[f64]| -> Vec<f64> {
            bounds
                .iter()
                .enumerate()
                .map(|(look, &z)| if z.is_finite() { scale(look, z) } else { z })
                .collect()
        };
        let (critical, futility) = (restate(&self.critical), restate(&self.futility));
        let level = follow(&self.plan, &futility, &critical);
        Boundaries {
            critical,
            futility,
            level,
            followed: None,
            plan: self.plan.clone(),
            spent: self.spent.clone(),
        }
    }

    /// The critical values of the looks after a change of the statistic at a look (from 0): they spend what the plan
    /// spends from then on, whatever came before. `information` is that of the later looks about what the new statistic
    /// estimates, over that of the last; it counts from the start of the trial.
    #[must_use]
    pub fn critical_after(&self, look: usize, information: &[f64]) -> Vec<f64> {
        let mut passage = Passage::new(BEGINNING, information, 0.0, 0.0);
        let sides = if self.plan.sides == Sides::Two { 2.0 } else { 1.0 };
        let later = self.spent.iter().skip(look + 1).zip(self.spent.iter().skip(look));
        let critical = later.take(information.len()).map(|(now, before)| {
            let critical = passage.point_above((now - before) / sides).unwrap_or(f64::INFINITY);
            passage
                .go_on(if self.plan.sides == Sides::Two { -critical } else { f64::NEG_INFINITY }, critical);
            critical
        });
        critical.collect()
    }

    /// The trial as it goes: it stops at its bounds for futility.
    pub(super) fn followed(&self) -> &Passage {
        self.followed.as_ref().unwrap_or(&self.level)
    }
}

/// What a look decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Stop and claim a benefit.
    Benefit,
    /// Stop and claim harm: only with two sides.
    Harm,
    /// Stop without a claim before the last look.
    Futility,
    /// Go on to the next look.
    GoOn,
    /// The last look claims nothing.
    NoClaim,
}

fn crossed(look: usize, futility: f64, critical: f64) -> Box<Problem> {
    let found = format!("a bound for futility of {futility} at look {}", look + 1);
    problem(
        format!("/futility/{look}"),
        found,
        format!("less than that look's critical value, {critical:.4}"),
    )
}

/// The trial that always stops at these boundaries.
fn follow(plan: &Plan, futility: &[f64], critical: &[f64]) -> Passage {
    let lower: Vec<f64> = match plan.sides {
        Sides::Two => critical.iter().map(|z| -z).collect(),
        Sides::One => futility.iter().chain(critical.last()).copied().collect(),
    };
    Passage::through(BEGINNING, &plan.information, &lower, critical, 0.0, REACH)
}

/// The trial with its critical values; it stops for futility at `futility`, if given.
pub(super) fn walk(plan: &Plan, futility: Option<&Vec<f64>>) -> Checked<Passage> {
    let mut walk = Walk::new(plan, wang_tsiatis_constant(plan, futility)?, REACH);
    let looks = plan.information.len();
    for look in 0..looks {
        let critical = walk.critical()?;
        match futility.filter(|_| look + 1 < looks).map(|bounds| bounds[look]) {
            Some(bound) if bound >= critical => return Err(crossed(look, bound, critical)),
            bound => walk.go_on(bound, critical),
        }
    }
    Ok(walk.passage)
}

/// A trial under the null hypothesis that gets its critical values on the way.
pub(super) struct Walk<'plan> {
    plan: &'plan Plan,
    /// Wang and Tsiatis' constant; NaN with another rule.
    constant: f64,
    /// What one side has spent.
    spent: f64,
    passage: Passage,
}

impl<'plan> Walk<'plan> {
    /// The start of a trial; `reach` is that of its grid.
    pub fn new(plan: &'plan Plan, constant: f64, reach: f64) -> Self {
        Walk { plan, constant, spent: 0.0, passage: Passage::new(BEGINNING, &plan.information, 0.0, reach) }
    }

    /// The critical value of the next look.
    pub fn critical(&self) -> Checked<f64> {
        let look = self.passage.looks();
        let (time, level) = (self.passage.time(look), self.plan.one_sided_level());
        let last = look + 1 == self.plan.information.len();
        let target = match self.plan.rule {
            Rule::WangTsiatis { delta } => return Ok(self.constant * pow(time, delta - 0.5)),
            Rule::HaybittlePeto { interim } if !last => return Ok(interim),
            Rule::HaybittlePeto { interim } if self.spent >= level => {
                let found = format!(
                    "a critical value of {interim} at the looks before the last, which spends {:.4} of {level}",
                    self.spent
                );
                return Err(problem("/interim", found, "one that leaves some of the level to the last look"));
            }
            Rule::Spending(spending) if !last => spending.spent(level, time) - self.spent,
            Rule::HaybittlePeto { .. } | Rule::Spending(_) => level - self.spent,
        };
        self.passage.point_above(target).ok_or_else(too_few_go_on)
    }

    /// The next look gets its critical value and, if it has one, its bound for futility.
    pub fn go_on(&mut self, futility: Option<f64>, critical: f64) {
        let look = self.passage.looks();
        let last = look + 1 == self.plan.information.len();
        let lower = match self.plan.sides {
            Sides::Two => -critical,
            Sides::One if last => critical,
            Sides::One => futility.unwrap_or(f64::NEG_INFINITY),
        };
        self.passage.go_on(lower, critical);
        self.spent += self.passage.above(look, critical, 0.0);
    }
}

fn too_few_go_on() -> Box<Problem> {
    let found = "binding bounds for futility at which so many trials without an effect stop that the level cannot be spent";
    problem("/futility", found, "lower bounds, or bounds that do not bind")
}

/// Wang and Tsiatis' constant, at which all looks together spend the level; NaN with another rule.
fn wang_tsiatis_constant(plan: &Plan, futility: Option<&Vec<f64>>) -> Checked<f64> {
    let Rule::WangTsiatis { delta } = plan.rule else { return Ok(f64::NAN) };
    let level = plan.one_sided_level();
    let looks = plan.information.len();
    let excess = |constant: f64| {
        let mut walk = Walk::new(plan, constant, 0.0);
        for look in 0..looks {
            let critical = constant * pow(plan.information[look], delta - 0.5);
            walk.go_on(futility.filter(|_| look + 1 < looks).map(|bounds| bounds[look]), critical);
        }
        // Close to a straight line in the constant.
        log(walk.spent / level)
    };
    // With the fixed trial's critical value the last look alone spends the level; with Bonferroni's, no looks
    // spend more. Binding futility takes from what is spent, so there the search starts lower.
    let high = normal::isf(level / looks as f64);
    let low = if futility.is_some() { 0.0 } else { normal::isf(level) };
    if looks == 1 {
        return Ok(high);
    }
    let constant = root::enclosed(low, high, 1e-13, excess);
    if constant.is_nan() { Err(too_few_go_on()) } else { Ok(constant) }
}
