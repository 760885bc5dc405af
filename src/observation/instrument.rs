//! What an instrument shows of a value.

use crate::scenario::Instrument;

/// The values that an instrument can show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    min: f64,
    max: f64,
    /// 0 where there are no steps.
    step: f64,
    origin: f64,
}

impl Scale {
    /// The scale of an instrument; every value without one.
    #[must_use]
    pub fn new(instrument: Option<&Instrument>) -> Self {
        let stated = |bound: Option<f64>, otherwise: f64| bound.unwrap_or(otherwise);
        instrument.map_or(Scale::exact(), |instrument| Scale {
            min: stated(instrument.min, f64::NEG_INFINITY),
            max: stated(instrument.max, f64::INFINITY),
            step: stated(instrument.step, 0.0),
            origin: stated(instrument.min, 0.0),
        })
    }

    /// Shows every value as it is.
    #[must_use]
    pub fn exact() -> Self {
        Scale { min: f64::NEG_INFINITY, max: f64::INFINITY, step: 0.0, origin: 0.0 }
    }

    /// Whether every value is shown as it is.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        *self == Scale { origin: self.origin, ..Scale::exact() }
    }

    /// How many steps there are between two values; none without steps.
    #[must_use]
    pub fn steps_between(&self, low: f64, high: f64) -> Option<f64> {
        let within = |value: f64| value.max(self.min).min(self.max);
        (self.step > 0.0).then(|| (within(high) - within(low)) / self.step)
    }

    /// Replaces values by what the instrument shows: the nearest step (halves upwards), within
    /// its limits.
    pub fn record(&self, values: &mut [f64]) {
        if self.step > 0.0 {
            for value in values.iter_mut() {
                let steps = ((*value - self.origin) / self.step + 0.5).floor();
                *value = self.origin + self.step * steps;
            }
        }
        if self.min > f64::NEG_INFINITY || self.max < f64::INFINITY {
            for value in values.iter_mut() {
                // Written so that a missing value stays missing.
                *value = if *value < self.min { self.min } else { *value };
                *value = if *value > self.max { self.max } else { *value };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numeric_rating_scale_rounds_and_stops() {
        let nrs = Instrument { min: Some(0.0), max: Some(10.0), step: Some(1.0), ..Instrument::default() };
        let mut values = [-0.7, 0.49, 0.5, 6.4, 9.6, 12.0];
        Scale::new(Some(&nrs)).record(&mut values);
        assert_eq!(values, [0.0, 0.0, 1.0, 6.0, 10.0, 10.0]);
    }

    #[test]
    fn steps_are_counted_from_the_least_value() {
        let scale =
            Instrument { min: Some(16.0), max: Some(112.0), step: Some(2.0), ..Instrument::default() };
        let mut values = [16.9, 17.1, 111.5, f64::NAN];
        Scale::new(Some(&scale)).record(&mut values);
        assert_eq!(values[..3], [16.0, 18.0, 112.0]);
        assert!(values[3].is_nan());
    }
}
