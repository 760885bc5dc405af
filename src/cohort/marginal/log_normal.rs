//! The log-normal law, from where it starts.

use super::{Marginal, Quantile, Unreachable, within_reach};

/// min + exp(location + spread·score).
#[derive(Debug)]
struct LogNormal {
    min: f64,
    location: f64,
    spread: f64,
}

impl Quantile for LogNormal {
    fn at(&self, score: f64) -> f64 {
        self.min + libm::exp(self.location + self.spread * score)
    }
}

impl Marginal {
    /// Log-normal above `min`: spread² = ln(1 + CV²), location = ln(mean − min) − spread² ÷ 2, CV
    /// being SD ÷ (mean − min).
    ///
    /// # Errors
    /// If the mean is not above `min`, or the SD is next to nothing.
    pub fn log_normal(mean: f64, sd: f64, min: f64) -> Result<Self, Unreachable> {
        if mean <= min {
            return Err(Unreachable::mean(format!("a mean above {min}, where the law starts")));
        }
        within_reach(sd, mean - min)?;
        let variation = sd / (mean - min);
        let squared = libm::log1p(variation * variation);
        let location = libm::log(mean - min) - 0.5 * squared;
        Ok(Marginal::smooth(mean, sd, LogNormal { min, location, spread: squared.sqrt() }))
    }
}
