//! The inverse normal combination of stages.
//!
//! Stages with their own patients give independent statistics Z₁, Z₂, … . With weights fixed beforehand,
//! Σwᵢzᵢ/√Σwᵢ² is normal without an effect whatever was changed between the stages for whatever was seen,
//! and all stages so far together are a group-sequential trial with information fractions in proportion to
//! the squared weights: its boundaries apply.
//!
//! Source: Lehmacher, Wassmer (1999), Biometrics 55:1286; Cui, Hung, Wang (1999), Biometrics 55:853.

use super::Checked;
use super::information::check_information;
use crate::stats::normal;
use libm::sqrt;

/// The weights of the stages of an adaptive trial.
#[derive(Debug, Clone, PartialEq)]
pub struct InverseNormal {
    weights: Vec<f64>,
}

impl InverseNormal {
    /// The weights √(tₖ − tₖ₋₁) of planned information fractions: without a change of plan the combination is
    /// the plain statistic.
    ///
    /// # Errors
    /// Information fractions that cannot be.
    pub fn of_information(information: &[f64]) -> Checked<Self> {
        check_information(information)?;
        let mut before = 0.0;
        let weights = information.iter().map(|&time| {
            let weight = sqrt(time - before);
            before = time;
            weight
        });
        Ok(InverseNormal { weights: weights.collect() })
    }

    /// The weights, their squares summing to 1.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The combined statistic of the first stages, from the statistic of each stage alone. NaN with no stage or
    /// more than there are weights.
    #[must_use]
    pub fn combine(&self, stages: &[f64]) -> f64 {
        if stages.len() > self.weights.len() {
            return f64::NAN;
        }
        let (mut sum, mut squares) = (0.0, 0.0);
        for (weight, z) in self.weights.iter().zip(stages) {
            sum += weight * z;
            squares += weight * weight;
        }
        sum / sqrt(squares)
    }

    /// The combined statistic of the first stages from their one-sided p values.
    #[must_use]
    pub fn combine_p_values(&self, stages: &[f64]) -> f64 {
        let z: Vec<f64> = stages.iter().map(|&p| normal::isf(p)).collect();
        self.combine(&z)
    }
}

/// The statistic of the patients between two looks alone, from Z and the information at both. NaN if the
/// information has not risen.
#[must_use]
pub fn stage_statistic(z: f64, information: f64, z_before: f64, information_before: f64) -> f64 {
    (z * sqrt(information) - z_before * sqrt(information_before)) / sqrt(information - information_before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_change_of_plan_it_is_the_plain_statistic() {
        let information = [0.3, 0.7, 1.0];
        let combination = InverseNormal::of_information(&information).unwrap();
        let z = [1.2, 0.4, 2.3];
        let mut stages = vec![z[0]];
        for look in 1..3 {
            stages.push(stage_statistic(z[look], information[look], z[look - 1], information[look - 1]));
        }
        for look in 0..3 {
            assert!((combination.combine(&stages[..=look]) - z[look]).abs() < 1e-14);
        }
        let squares: f64 = combination.weights().iter().map(|weight| weight * weight).sum();
        assert!((squares - 1.0).abs() < 1e-15);
    }

    #[test]
    fn p_values_combine_as_their_statistics() {
        let combination = InverseNormal::of_information(&[0.5, 1.0]).unwrap();
        // Two stages of equal weight: (z₁ + z₂)/√2.
        let expected = (1.959_963_984_540_054 + 1.281_551_565_544_6) / sqrt(2.0);
        assert!((combination.combine_p_values(&[0.025, 0.1]) - expected).abs() < 1e-14);
        assert!(combination.combine(&[]).is_nan() && combination.combine(&[1.0; 3]).is_nan());
        assert!(InverseNormal::of_information(&[0.5, 0.4, 1.0]).is_err());
    }
}
