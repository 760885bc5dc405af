//! p value, estimate and interval after stopping, by the stage-wise ordering.
//!
//! A trial that stopped at its upper boundary speaks more for a benefit the earlier it did; one that stopped
//! at its lower boundary, the less; among trials that stopped at the same look, those with the larger Z
//! speak more for it. The probability under drift θ of a result as much in favour rises with θ. Where it is
//! one half is the median-unbiased estimate; where it is a half of the missing coverage, or all but that,
//! are the limits. The p value does not depend on looks that have not taken place.
//!
//! Source: Fairbanks, Madsen (1982), Biometrika 69:69; Tsiatis, Rosner, Mehta (1984), Biometrics 40:797;
//! Jennison, Turnbull (2000), sections 8.4 and 8.5.

use super::boundaries::Boundaries;
use super::passage::Passage;
use super::plan::Sides;
use super::{Checked, problem};
use crate::stats::{normal, root};
use libm::sqrt;

/// Which trial a result is compared with, where bounds for futility do not bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FutilityStops {
    /// One that goes on beyond them, as the critical values assume: the p value is at most alpha where the
    /// trial claims an effect, and only there.
    Ignored,
    /// One that always stops there: if it does, estimates are median-unbiased and intervals cover exactly.
    Obeyed,
}

/// A result after stopping: the look and Z there, among all that could have been.
#[derive(Debug, Clone, Copy)]
pub struct StageWise<'boundaries> {
    passage: &'boundaries Passage,
    sides: Sides,
    look: usize,
    z: f64,
}

impl Boundaries {
    /// The result of a trial that stopped at a look (from 0) with this Z.
    ///
    /// # Errors
    /// A look that the plan does not have, or a Z that is not finite.
    pub fn stage_wise(&self, look: usize, z: f64, stops: FutilityStops) -> Checked<StageWise<'_>> {
        let looks = self.looks();
        if look >= looks {
            return Err(problem(
                "/look",
                format!("look {} of {looks}", look + 1),
                format!("look 1 to {looks}"),
            ));
        }
        if !z.is_finite() {
            return Err(problem("/z", format!("a statistic of {z}"), "a finite number"));
        }
        let passage = match stops {
            FutilityStops::Ignored => &self.level,
            FutilityStops::Obeyed => self.followed(),
        };
        Ok(StageWise { passage, sides: self.plan.sides, look, z })
    }
}

impl StageWise<'_> {
    /// The probability, under a drift, of results that speak as much for a benefit or more.
    #[must_use]
    pub fn in_favour(&self, drift: f64) -> f64 {
        let passage = self.passage.serving(drift);
        let earlier: f64 =
            (0..self.look).map(|look| passage.above(look, passage.bounds(look).1, drift)).sum();
        earlier + passage.above(self.look, self.z, drift)
    }

    /// The probability, under a drift, of results that speak less for a benefit.
    #[must_use]
    pub fn against(&self, drift: f64) -> f64 {
        let passage = self.passage.serving(drift);
        let earlier: f64 =
            (0..self.look).map(|look| passage.below(look, passage.bounds(look).0, drift)).sum();
        earlier + passage.below(self.look, self.z, drift)
    }

    /// The p value: of a benefit, or of a difference in either direction, as the trial's level is.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        match self.sides {
            Sides::One => self.in_favour(0.0),
            Sides::Two => 2.0 * self.in_favour(0.0).min(self.against(0.0)),
        }
    }

    /// The drift under which a result that speaks more for a benefit is as probable as one that speaks less. The
    /// effect is the drift divided by √(full information).
    #[must_use]
    pub fn median_unbiased(&self) -> f64 {
        self.drift_with(0.5)
    }

    /// The equal-tailed interval of the drift. NaN if the level is not between 0 and 1.
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        if !(level > 0.0 && level < 1.0) {
            return (f64::NAN, f64::NAN);
        }
        let miss = 0.5 * (1.0 - level);
        (self.drift_with(miss), self.drift_with(1.0 - miss))
    }

    /// The drift under which results as much in favour have this probability.
    fn drift_with(&self, probability: f64) -> f64 {
        let root_of_time = sqrt(self.passage.time(self.look));
        // Without the looks before, it would be here.
        let start = (self.z - normal::isf(probability)) / root_of_time;
        if self.look == 0 {
            return start;
        }
        // On the scale of normal quantiles it is close to a straight line; the smaller of both keeps its digits.
        let target = normal::isf(probability);
        let excess = |drift: f64| {
            let favour = self.in_favour(drift);
            target
                - if favour < 0.5 {
                    normal::isf(favour)
                } else {
                    normal::quantile(self.against(drift).min(1.0))
                }
        };
        let (mut low, mut high) = (start, start);
        let mut step = 0.25 / root_of_time;
        if excess(start) > 0.0 {
            while excess(low) > 0.0 && step < FURTHEST {
                (low, high) = (low - step, low);
                step *= 2.0;
            }
        } else {
            while excess(high) < 0.0 && step < FURTHEST {
                (low, high) = (high, high + step);
                step *= 2.0;
            }
        }
        root::enclosed(low, high, 1e-12, excess)
    }
}

/// No limit is looked for in longer steps.
const FURTHEST: f64 = 1e4;
