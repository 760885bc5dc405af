//! The beta law between two limits.

use super::{Marginal, Quantile, Unreachable, within_reach};
use crate::stats::{beta, normal};

/// min + (max − min) · beta(a, b).
#[derive(Debug)]
struct Beta {
    min: f64,
    max: f64,
    a: f64,
    b: f64,
}

impl Quantile for Beta {
    fn at(&self, score: f64) -> f64 {
        // From the nearer end, so that small distances from either limit are exact.
        if score < 0.0 {
            self.min + (self.max - self.min) * beta::quantile(normal::cdf(score), self.a, self.b)
        } else {
            self.max - (self.max - self.min) * beta::quantile(normal::sf(score), self.b, self.a)
        }
    }
}

impl Marginal {
    /// Beta between `min` and `max`: with m and v the mean and variance on the unit interval, shapes
    /// m·k and (1 − m)·k, k = m(1 − m) ÷ v − 1.
    ///
    /// # Errors
    /// If the mean is not between the limits, or the SD leaves no such law.
    pub fn beta(mean: f64, sd: f64, min: f64, max: f64) -> Result<Self, Unreachable> {
        if mean <= min || mean >= max {
            return Err(Unreachable::mean(format!("a mean between {min} and {max}")));
        }
        let width = max - min;
        within_reach(sd, width)?;
        let (m, v) = ((mean - min) / width, sd * sd / (width * width));
        let concentration = m * (1.0 - m) / v - 1.0;
        // With hardly any concentration all values are at the limits.
        if concentration < 1e-3 {
            let most = width * (m * (1.0 - m) / 1.001).sqrt();
            return Err(Unreachable::sd(format!("an SD up to {most:.6} with this mean and these limits")));
        }
        Ok(Marginal::smooth(mean, sd, Beta { min, max, a: m * concentration, b: (1.0 - m) * concentration }))
    }
}
