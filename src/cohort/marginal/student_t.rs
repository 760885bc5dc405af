//! Student's t law with a stated standard deviation: heavy tails.

use super::{Marginal, Quantile, Unreachable};
use crate::stats::{normal, student_t};

/// mean + scale · t.
#[derive(Debug)]
struct StudentT {
    mean: f64,
    scale: f64,
    degrees_of_freedom: f64,
}

impl Quantile for StudentT {
    fn at(&self, score: f64) -> f64 {
        let size = student_t::isf(normal::sf(score.abs()), self.degrees_of_freedom);
        self.mean + self.scale * if score < 0.0 { -size } else { size }
    }
}

impl Marginal {
    /// Student's t, shifted to the mean and scaled by √((df − 2) ÷ df) to the SD.
    ///
    /// # Errors
    /// Without a finite standard deviation: degrees of freedom up to 2.
    pub fn student_t(mean: f64, sd: f64, degrees_of_freedom: f64) -> Result<Self, Unreachable> {
        if degrees_of_freedom <= 2.0 {
            return Err(Unreachable::sd("more than 2 degrees of freedom".to_owned()));
        }
        let scale = sd * ((degrees_of_freedom - 2.0) / degrees_of_freedom).sqrt();
        Ok(Marginal::smooth(mean, sd, StudentT { mean, scale, degrees_of_freedom }))
    }
}
