//! The gamma law, from where it starts.

use super::{Marginal, Quantile, Unreachable, within_reach};
use crate::stats::{chi_squared, normal};

/// min + scale ÷ 2 · χ² with 2·shape degrees of freedom.
#[derive(Debug)]
struct Gamma {
    min: f64,
    half_scale: f64,
    degrees_of_freedom: f64,
}

impl Quantile for Gamma {
    fn at(&self, score: f64) -> f64 {
        let chi_squared = if score < 0.0 {
            chi_squared::quantile(normal::cdf(score), self.degrees_of_freedom)
        } else {
            chi_squared::isf(normal::sf(score), self.degrees_of_freedom)
        };
        self.min + self.half_scale * chi_squared
    }
}

impl Marginal {
    /// Gamma above `min`: shape ((mean − min) ÷ SD)², scale SD² ÷ (mean − min), skewness 2·SD ÷
    /// (mean − min).
    ///
    /// # Errors
    /// If the mean is not above `min`, or the SD is next to nothing.
    pub fn gamma(mean: f64, sd: f64, min: f64) -> Result<Self, Unreachable> {
        if mean <= min {
            return Err(Unreachable::mean(format!("a mean above {min}, where the law starts")));
        }
        within_reach(sd, mean - min)?;
        let ratio = (mean - min) / sd;
        let law =
            Gamma { min, half_scale: 0.5 * sd * sd / (mean - min), degrees_of_freedom: 2.0 * ratio * ratio };
        Ok(Marginal::smooth(mean, sd, law))
    }
}
