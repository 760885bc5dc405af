//! From normal scores to values, fast.
//!
//! In comes a marginal; out comes a table made once per run: cubics on a fine grid
//! of scores for smooth laws (error below 1e-9 of the SD, or of the distance from
//! the mean where that is larger), limits for steps.

use super::{Marginal, Shape, Steps};

/// Cells per unit of the score.
const CELLS: f64 = 128.0;

/// The table reaches to this score on either side, beyond which one patient in 10¹⁵ lies; values
/// stay there.
const REACH: f64 = 8.0;

/// A marginal made ready for columns of scores.
#[derive(Debug, Clone)]
pub struct Transform {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Linear {
        mean: f64,
        sd: f64,
    },
    /// Coefficients of a cubic in each cell.
    Cubics(Vec<[f64; 4]>),
    Steps(Steps),
}

impl Transform {
    /// The table of a marginal.
    #[must_use]
    pub fn new(marginal: &Marginal) -> Self {
        let kind = match &marginal.shape {
            Shape::Normal => Kind::Linear { mean: marginal.mean, sd: marginal.sd },
            Shape::Steps(steps) => Kind::Steps(steps.clone()),
            Shape::Smooth(law) => Kind::Cubics(cubics(|score| law.at(score))),
        };
        Transform { kind }
    }

    /// How many separate values there are; none for a smooth law.
    #[must_use]
    pub fn steps(&self) -> Option<usize> {
        match &self.kind {
            Kind::Steps(steps) => Some(steps.values.len()),
            _ => None,
        }
    }

    /// Replaces scores by values.
    pub fn apply(&self, values: &mut [f64]) {
        match &self.kind {
            Kind::Linear { mean, sd } => values.iter_mut().for_each(|value| *value = mean + sd * *value),
            Kind::Steps(steps) => values.iter_mut().for_each(|value| *value = steps.at(*value)),
            Kind::Cubics(cubics) => {
                let last = cubics.len() - 1;
                for value in values {
                    let place = ((*value + REACH) * CELLS).clamp(0.0, (last + 1) as f64);
                    let cell = (place as usize).min(last);
                    let (t, [a, b, c, d]) = (place - cell as f64, cubics[cell]);
                    *value = a + t * (b + t * (c + t * d));
                }
            }
        }
    }
}

/// Cubics that meet the function and its slope at both ends of each cell. Slopes are central
/// differences of sixth order; ends are kept within the values there, so no cubic leaves the limits
/// of a law.
fn cubics(function: impl Fn(f64) -> f64) -> Vec<[f64; 4]> {
    let cells = (2.0 * REACH * CELLS) as usize;
    let mut values: Vec<f64> = (0..cells + 7).map(|k| function((k as f64 - 3.0) / CELLS - REACH)).collect();
    // Against a limit of the law rounding may let values fall by a last bit.
    (1..values.len()).for_each(|k| values[k] = values[k].max(values[k - 1]));
    let slope = |k: usize| {
        let difference = |distance: usize| values[k + 3 + distance] - values[k + 3 - distance];
        (45.0 * difference(1) - 9.0 * difference(2) + difference(3)) / 60.0
    };
    let cubic = |k: usize| {
        let rise = values[k + 4] - values[k + 3];
        // A cubic between rising ends rises if its slopes are within three times the chord's
        // (Fritsch, Carlson 1980, SIAM J. Numer. Anal. 17:238).
        let (start, end) = (slope(k).clamp(0.0, 3.0 * rise), slope(k + 1).clamp(0.0, 3.0 * rise));
        [values[k + 3], start, 3.0 * rise - 2.0 * start - end, start + end - 2.0 * rise]
    };
    (0..cells).map(cubic).collect()
}
