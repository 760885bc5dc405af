//! Stage-wise estimates of many trials: looked up where a root would have to be found for each.
//!
//! At each look the estimate and the limits are smooth functions of Z. They are reckoned at Z an eighth apart and read off
//! the cubic through the four values around, which is off by less than 1e-4 standard errors.

use super::boundaries::Boundaries;
use super::stage_wise::FutilityStops;

/// Between two values of Z.
const STEP: f64 = 0.125;
/// The first and the last value; beyond, the roots are found.
const RANGE: (f64, f64) = (-6.0, 12.0);

/// Median-unbiased drifts with the limits of their intervals, by look and Z.
#[derive(Debug, Clone)]
pub struct StageWiseTable {
    boundaries: Boundaries,
    level: f64,
    /// By look and Z: the estimate, the lower limit, the upper limit.
    drifts: Vec<Vec<[f64; 3]>>,
}

impl StageWiseTable {
    /// For intervals of a level, for a trial that always stops at its bounds for futility.
    #[must_use]
    pub fn new(boundaries: Boundaries, level: f64) -> Self {
        let count = ((RANGE.1 - RANGE.0) / STEP) as u32;
        let of_look = |look: usize| {
            // The first look needs no table: the estimate is Z itself.
            let count = if look == 0 { 0 } else { count };
            (0..=count).map(|k| found(&boundaries, level, look, RANGE.0 + STEP * f64::from(k))).collect()
        };
        let drifts = (0..boundaries.looks()).map(of_look).collect();
        StageWiseTable { boundaries, level, drifts }
    }

    /// The drift's median-unbiased estimate, its lower and its upper limit, for a trial that stopped at a look (from 0) with
    /// this Z; not numbers for a look that there is not.
    #[must_use]
    pub fn at(&self, look: usize, z: f64) -> [f64; 3] {
        let place = (z - RANGE.0) / STEP;
        let table = self.drifts.get(look).map_or(&[][..], Vec::as_slice);
        if look == 0 || !(place >= 1.0 && place < table.len() as f64 - 2.0) {
            return found(&self.boundaries, self.level, look, z);
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
        std::array::from_fn(|part| {
            weights.iter().zip(&table[first..first + 4]).map(|(weight, drifts)| weight * drifts[part]).sum()
        })
    }
}

fn found(boundaries: &Boundaries, level: f64, look: usize, z: f64) -> [f64; 3] {
    boundaries.stage_wise(look, z, FutilityStops::Obeyed).map_or([f64::NAN; 3], |result| {
        let (low, high) = result.interval(level);
        [result.median_unbiased(), low, high]
    })
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
        let boundaries = Boundaries::new(&plan).unwrap();
        let table = StageWiseTable::new(boundaries.clone(), 0.95);
        for look in 0..3 {
            for z in [-7.1, -2.03, -0.51, 0.33, 1.96, 2.3, 3.47, 5.2, 9.9, 12.5] {
                for (one, other) in table.at(look, z).iter().zip(found(&boundaries, 0.95, look, z)) {
                    assert!((one - other).abs() < 1e-4, "{look} {z}: {one} {other}");
                }
            }
        }
        assert!(table.at(3, 1.0)[0].is_nan());
    }
}
