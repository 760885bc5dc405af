//! Dunnett's test, trial by trial.
//!
//! What |t| has to exceed depends on a trial's degrees of freedom and on how its comparisons go together.
//! Where the sizes of the arms are fixed and nothing is adjusted for, it is one number. Elsewhere the
//! loadings follow from the variances of the trial's contrasts. As the critical value falls with each
//! loading (Šidák 1968, Ann. Math. Stat. 39:1425) and with the degrees of freedom, it lies between those of
//! equal loadings at the corners of a grid; only a |t| between these two is worth an integral.

use crate::analysis::{DegreesOfFreedom, Fits};
use crate::decision::{Loadings, MOST_COMPARISONS, Rejected, loadings};
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS};
use crate::stats::{dunnett, student_t};
use std::sync::OnceLock;

/// Steps of the loadings' grid from 0 to 1.
const STEPS: usize = 64;

/// Steps of the grid of degrees of freedom per doubling.
const PER_DOUBLING: f64 = 32.0;

/// Comparisons of one analysis with the reference arm.
#[derive(Debug)]
pub(super) struct Dunnett {
    alpha: f64,
    /// Their numbers among the analysis's estimands.
    comparisons: Vec<usize>,
    critical: CriticalValues,
}

#[derive(Debug)]
enum CriticalValues {
    /// The same in every trial, squared.
    Same(f64),
    /// By each trial's loadings and degrees of freedom.
    Own(Grid),
}

impl Dunnett {
    /// The test at level `alpha`; `sizes` of the arms, where they are all that the loadings depend on.
    pub fn new(
        alpha: f64,
        comparisons: Vec<usize>,
        degrees_of_freedom: DegreesOfFreedom,
        sizes: Option<[f64; ARMS]>,
    ) -> Self {
        let critical = match (degrees_of_freedom, sizes) {
            (DegreesOfFreedom::Constant(df), Some(sizes)) => {
                let of = |weights: [f64; ARMS]| weights.iter().zip(sizes).map(|(w, n)| w * w / n).sum();
                let critical = dunnett::isf(alpha, df, loadings(&comparisons, &WEIGHTS.map(of)).values());
                CriticalValues::Same(critical * critical)
            }
            _ => CriticalValues::Own(Grid::new(alpha, comparisons.len(), degrees_of_freedom)),
        };
        Dunnett { alpha, comparisons, critical }
    }

    /// Which comparisons of a trial are claimed.
    pub fn reject(&self, fits: &Fits, trial: usize) -> Rejected {
        let squared = |one: usize| {
            let estimate = fits.estimate[one][trial];
            estimate * estimate / fits.variance[one][trial]
        };
        let those = |exceeds: &dyn Fn(f64) -> bool| {
            let claimed = self.comparisons.iter().enumerate().filter(|(_, one)| exceeds(squared(**one)));
            claimed.fold(0, |bits, (number, _)| bits | 1 << number)
        };
        match &self.critical {
            _ if !fits.answers(trial) => 0,
            CriticalValues::Same(critical) => those(&|squared| squared > *critical),
            CriticalValues::Own(grid) => {
                let variance: [f64; ESTIMANDS] = std::array::from_fn(|one| fits.variance[one][trial]);
                let loadings = loadings(&self.comparisons, &variance);
                let df = grid.constant_df.unwrap_or_else(|| fits.degrees_of_freedom[0][trial]);
                let [low, high] = grid.bounds(df, &loadings);
                those(&|squared| {
                    let t = squared.sqrt();
                    t > high || (t > low && dunnett::sf(t, df, loadings.values()) <= self.alpha)
                })
            }
        }
    }
}

/// Critical values of equal loadings, reckoned when they are first asked for.
#[derive(Debug)]
struct Grid {
    alpha: f64,
    comparisons: usize,
    /// Degrees of freedom, if they are the same in every trial: then there is one row.
    constant_df: Option<f64>,
    /// Those of the first row.
    least: f64,
    rows: usize,
    cells: Vec<OnceLock<f64>>,
}

impl Grid {
    fn new(alpha: f64, comparisons: usize, degrees_of_freedom: DegreesOfFreedom) -> Self {
        let (constant_df, least, rows) = match degrees_of_freedom {
            DegreesOfFreedom::Constant(df) => (Some(df), df, 1),
            DegreesOfFreedom::Estimated { least, most } => {
                (None, least, 2 + (libm::log2(most / least) * PER_DOUBLING) as usize)
            }
        };
        let cells = (0..rows * (STEPS + 1)).map(|_| OnceLock::new()).collect();
        Grid { alpha, comparisons, constant_df, least, rows, cells }
    }

    /// Between these lies the critical value.
    fn bounds(&self, df: f64, loadings: &Loadings) -> [f64; 2] {
        let (mut least, mut most) = (1.0_f64, 0.0_f64);
        for &loading in loadings.values() {
            (least, most) = (least.min(loading), most.max(loading));
        }
        let row = (libm::log2(df / self.least) * PER_DOUBLING) as usize;
        let step = |loading: f64| loading * STEPS as f64;
        [self.at(row + 1, step(most).ceil() as usize), self.at(row, step(least).floor() as usize)]
    }

    fn at(&self, row: usize, step: usize) -> f64 {
        let (row, step) = (row.min(self.rows - 1), step.min(STEPS));
        *self.cells[row * (STEPS + 1) + step].get_or_init(|| {
            let df = self.least * libm::exp2(row as f64 / PER_DOUBLING);
            match step {
                // All the same statistic.
                STEPS => student_t::isf(0.5 * self.alpha, df),
                _ => {
                    let equal = [step as f64 / STEPS as f64; MOST_COMPARISONS];
                    dunnett::isf(self.alpha, df, &equal[..self.comparisons])
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the grid encloses is the critical value, over loadings and degrees of freedom.
    #[test]
    fn the_bounds_enclose_the_critical_value() {
        let range = DegreesOfFreedom::Estimated { least: 1.0, most: 100.0 };
        let grid = Grid::new(0.05, 3, range);
        for df in [1.0, 2.0, 7.0, 33.0, 64.0, 99.0, 100.0] {
            for loadings_of in [[0.31, 0.47, 0.62], [0.7, 0.71, 0.72], [0.5; 3]] {
                let [a, b, c] = loadings_of;
                let found = dunnett::loadings(&[a * b, a * c, b * c]).unwrap();
                assert!(found.iter().zip(loadings_of).all(|(one, other)| (one - other).abs() < 1e-14));
                let exact = dunnett::isf(0.05, df, &found);
                let [low, high] = grid.bounds(df, &Loadings::new(&found));
                assert!(low <= exact * (1.0 + 1e-12) && exact <= high * (1.0 + 1e-12), "{df} {found:?}");
                assert!(high - low < 0.04 * exact || df < 3.0, "{df} {found:?}: {low} {high}");
            }
        }
    }
}
