//! Stage-wise estimates of many trials: looked up where a root would have to be found for each.
//!
//! At each look the estimate and the limits are smooth functions of Z. They are reckoned at Z a fifth apart, each when it
//! is first needed, and read off the cubic through the four values around, which is off by less than 1e-4 standard errors.

use super::boundaries::Boundaries;
use super::stage_wise::FutilityStops;
use std::sync::OnceLock;

/// Between two values of Z.
const STEP: f64 = 0.2;
/// The first and the last value; beyond, the roots are found.
const RANGE: (f64, f64) = (-6.0, 12.0);

/// The estimate, the lower limit, the upper limit.
type Drifts = [f64; 3];

/// Median-unbiased drifts with the limits of their intervals, by look and Z.
#[derive(Debug, Clone)]
pub struct StageWiseTable {
    boundaries: Boundaries,
    level: f64,
    /// By look and Z.
    drifts: Vec<Vec<OnceLock<Drifts>>>,
}

impl StageWiseTable {
    /// For intervals of a level, for a trial that always stops at its bounds for futility.
    #[must_use]
    pub fn new(boundaries: Boundaries, level: f64) -> Self {
        let count = ((RANGE.1 - RANGE.0) / STEP) as usize + 1;
        let drifts = vec![vec![OnceLock::new(); count]; boundaries.looks()];
        StageWiseTable { boundaries, level, drifts }
    }

    /// The drift's median-unbiased estimate, its lower and its upper limit, for a trial that stopped at a look (from 0) with
    /// this Z; not numbers for a look that there is not, or a Z that is not finite.
    #[must_use]
    pub fn at(&self, look: usize, z: f64) -> Drifts {
        let place = (z - RANGE.0) / STEP;
        let table = self.drifts.get(look).map_or(&[][..], Vec::as_slice);
        // The first look needs no table: the estimate is Z itself.
        if look == 0 || !(place >= 1.0 && place < table.len() as f64 - 2.0) {
            return self.found(look, z);
        }
        let first = place as usize - 1;
        let t = place - place.floor();
        // Lagrange's cubic through −1, 0, 1 and 2.
        let weights = [
            -t * (t - 1.0) * (t - 2.0) / 6.0,
            (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
            -(t + 1.0) * t * (t - 2.0) / 2.0,
            (t + 1.0) * t * (t - 1.0) / 6.0,
        ];
        let mut drifts = [0.0; 3];
        for (number, weight) in (first..).zip(weights) {
            let at_node = || self.found(look, RANGE.0 + STEP * number as f64);
            let node = table[number].get_or_init(at_node);
            drifts.iter_mut().zip(node).for_each(|(sum, drift)| *sum += weight * drift);
        }
        drifts
    }

    fn found(&self, look: usize, z: f64) -> Drifts {
        let found = self.boundaries.stage_wise(look, z, FutilityStops::Obeyed);
        found.map_or([f64::NAN; 3], |result| {
            let (low, high) = result.interval(self.level);
            [result.median_unbiased(), low, high]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Futility, Plan, Rule, Sides, Spending};
    use super::*;

    #[test]
    fn the_table_agrees_with_the_roots() {
        let plan = Plan {
            information: vec![0.3, 0.6, 1.0],
            alpha: 0.025,
            sides: Sides::One,
            rule: Rule::Spending(Spending::Pocock),
            futility: Futility::Bounds { z: vec![0.0, 0.5], binding: false },
        };
        let table = StageWiseTable::new(Boundaries::new(&plan).unwrap(), 0.95);
        for look in 0..3 {
            for step in 0..130 {
                let z = -7.07 + 0.153 * f64::from(step);
                for (one, other) in table.at(look, z).iter().zip(table.found(look, z)) {
                    assert!((one - other).abs() < 1e-4, "{look} {z}: {one} {other}");
                }
            }
        }
        assert!(table.at(3, 1.0)[0].is_nan() && table.at(1, f64::NAN)[0].is_nan());
    }
}
