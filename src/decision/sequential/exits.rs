//! With which probability the trial stops at which look, and what that means for power and information.
//!
//! Source: Jennison, Turnbull (2000), sections 2.3, 4.4 and 19.3.

use super::boundaries::Boundaries;
use super::plan::Sides;
use crate::stats::{normal, root};

/// The probabilities of stopping under one drift, look by look.
#[derive(Debug, Clone, PartialEq)]
pub struct Exits {
    /// Of claiming a benefit.
    pub benefit: Vec<f64>,
    /// Of claiming harm: only with two sides.
    pub harm: Vec<f64>,
    /// Of stopping without a claim; at the last look, of ending without one.
    pub no_claim: Vec<f64>,
    information: Vec<f64>,
}

impl Exits {
    /// The probability of claiming a benefit: the power, if there is one.
    #[must_use]
    pub fn power(&self) -> f64 {
        self.benefit.iter().sum()
    }

    /// The probability of any claim, which without an effect is the type I error.
    #[must_use]
    pub fn rejection(&self) -> f64 {
        self.power() + self.harm.iter().sum::<f64>()
    }

    /// The probability of stopping at each look, for whatever reason.
    #[must_use]
    pub fn stopping(&self) -> Vec<f64> {
        (0..self.benefit.len())
            .map(|look| self.benefit[look] + self.harm[look] + self.no_claim[look])
            .collect()
    }

    /// The probability of stopping before the last look.
    #[must_use]
    pub fn early_stop(&self) -> f64 {
        self.stopping().iter().rev().skip(1).sum()
    }

    /// The expected information at the end of the trial over that at the last look: what the expected number
    /// of patients is of the largest, where information is in proportion to patients.
    #[must_use]
    pub fn expected_information(&self) -> f64 {
        self.stopping().iter().zip(&self.information).map(|(probability, time)| probability * time).sum()
    }
}

impl Boundaries {
    /// The probabilities of stopping under a drift, if the trial always stops for futility.
    #[must_use]
    pub fn exits(&self, drift: f64) -> Exits {
        let passage = self.followed().serving(drift);
        let looks = self.looks();
        let mut exits = Exits {
            benefit: Vec::with_capacity(looks),
            harm: Vec::with_capacity(looks),
            no_claim: Vec::with_capacity(looks),
            information: self.plan.information.clone(),
        };
        for look in 0..looks {
            let (lower, upper) = passage.bounds(look);
            let below = passage.below(look, lower, drift);
            exits.benefit.push(passage.above(look, upper, drift));
            let two_sided = self.plan.sides == Sides::Two;
            exits.harm.push(if two_sided { below } else { 0.0 });
            exits.no_claim.push(match (two_sided, look + 1 == looks) {
                (false, _) => below,
                (true, false) => 0.0,
                (true, true) => passage.below(look, upper, drift) - below,
            });
        }
        exits
    }

    /// The probability of claiming a benefit.
    #[must_use]
    pub fn power(&self, drift: f64) -> f64 {
        let passage = self.followed().serving(drift);
        (0..self.looks()).map(|look| passage.above(look, passage.bounds(look).1, drift)).sum()
    }

    /// The drift at which a benefit is claimed with probability `power`; claims of harm do not count. NaN if
    /// `power` is not above the level and below 1, or where stopping for futility leaves no such drift.
    #[must_use]
    pub fn drift_for_power(&self, power: f64) -> f64 {
        let level = self.plan.one_sided_level();
        if !(power > level && power < 1.0) {
            return f64::NAN;
        }
        // No trial with as much information has more power than the fixed one.
        let fixed = normal::isf(level) + normal::quantile(power);
        let (low, mut high) = (0.999 * fixed, 1.2 * fixed);
        for _ in 0..30 {
            if self.power(high) >= power {
                return root::enclosed(low, high, 1e-13, |drift| self.power(drift) - power);
            }
            high *= 1.3;
        }
        f64::NAN
    }

    /// The information that the trial needs at most to have a power, over that of the fixed trial.
    #[must_use]
    pub fn inflation(&self, power: f64) -> f64 {
        let fixed = normal::isf(self.plan.one_sided_level()) + normal::quantile(power);
        let ratio = self.drift_for_power(power) / fixed;
        ratio * ratio
    }

    /// The information that the trial needs at most to have a power at this effect, in 1/(the effect's unit)²:
    /// 1/variance of the estimate at the last look. Two arms of n patients with SD σ have n/(2σ²).
    #[must_use]
    pub fn maximum_information(&self, effect: f64, power: f64) -> f64 {
        let root = self.drift_for_power(power) / effect;
        root * root
    }
}
