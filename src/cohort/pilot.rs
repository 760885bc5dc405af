//! Real patients, drawn again and again.
//!
//! In come the covariates whose values are those of pilot patients, row by row;
//! out come, for each virtual patient, a row and its values. So that outcomes can
//! correlate with them like with anything else, each row also has scores: its
//! standardised values z turned into sources by L⁻¹z, L being the Cholesky factor
//! of the rows' own correlations. Over the rows the sources have mean 0, variance
//! 1 and no correlations, but the shape that the pilot's patients give them.

use super::sources::{DrawBuffers, SourceDraws};
use crate::assignment::Layout;
use crate::scenario::{Law, Scenario};
use crate::stats::{cholesky, normal};

/// The pilot's patients. Their covariates are the first variables.
#[derive(Debug, Clone)]
pub struct Pilot {
    draws: SourceDraws,
    /// Values by variable and row.
    values: Vec<Vec<f64>>,
    /// Sources by variable and row.
    sources: Vec<Vec<f64>>,
}

/// The covariates with pilot values, in the order of the scenario.
fn columns(scenario: &Scenario) -> Vec<&[f64]> {
    let pilot = scenario.cohort.covariates.iter().filter(|covariate| covariate.law == Law::Pilot);
    pilot.filter_map(|covariate| covariate.values.as_deref()).collect()
}

/// Mean and standard deviation over the rows.
#[must_use]
pub fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / count).sqrt())
}

/// Pearson's correlation over the rows.
#[must_use]
pub fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let ((one_mean, one_sd), (other_mean, other_sd)) = (moments(one), moments(other));
    let products = one.iter().zip(other).map(|(a, b)| (a - one_mean) * (b - other_mean));
    products.sum::<f64>() / (one.len() as f64 * one_sd * other_sd)
}

impl Pilot {
    /// The pilot of a checked scenario; none if it has none.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64) -> Option<Self> {
        let columns = columns(scenario);
        let rows = columns.first()?.len();
        let matrix: Vec<Vec<f64>> =
            columns.iter().map(|one| columns.iter().map(|other| correlation(one, other)).collect()).collect();
        let factor = cholesky::factor(&matrix)?;
        let standard: Vec<(f64, f64)> = columns.iter().map(|values| moments(values)).collect();
        let mut sources = vec![vec![0.0; rows]; columns.len()];
        for row in 0..rows {
            let scores: Vec<f64> =
                columns.iter().zip(&standard).map(|(values, (mean, sd))| (values[row] - mean) / sd).collect();
            for (column, source) in sources.iter_mut().zip(cholesky::forward(&factor, &scores)) {
                column[row] = source;
            }
        }
        let values = columns.into_iter().map(<[f64]>::to_vec).collect();
        Some(Pilot { draws: SourceDraws::new(seed, "pilot/row"), values, sources })
    }

    /// How many variables come from the pilot.
    #[must_use]
    pub fn variables(&self) -> usize {
        self.values.len()
    }

    /// The values of one variable, by row.
    #[must_use]
    pub fn values(&self, variable: usize) -> &[f64] {
        self.values.get(variable).map_or(&[], Vec::as_slice)
    }

    /// Draws a row for each patient, and its sources.
    pub(super) fn draw(
        &self,
        replicate: u64,
        layout: &Layout,
        buffers: &mut DrawBuffers,
        rows: &mut [f64],
        sources: &mut [Vec<f64>],
    ) {
        self.draws.draw(replicate, layout, buffers, rows);
        let count = self.values.first().map_or(0, Vec::len);
        for (patient, row) in rows.iter_mut().enumerate() {
            let number = ((normal::cdf(*row) * count as f64) as usize).min(count - 1);
            *row = number as f64;
            for (column, of_rows) in sources.iter_mut().zip(&self.sources) {
                column[patient] = of_rows[number];
            }
        }
    }

    /// Writes the values of one variable.
    pub(super) fn measure(&self, variable: usize, rows: &[f64], values: &mut [f64]) {
        for (value, &row) in values.iter_mut().zip(rows) {
            *value = self.values[variable].get(row as usize).copied().unwrap_or(f64::NAN);
        }
    }
}
