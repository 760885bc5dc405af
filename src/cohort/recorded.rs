//! What is known of the law of a variable before treatment, as it is recorded.

use super::marginal::Transform;
use crate::observation::Scale;

/// The law of a variable as recorded.
#[derive(Debug, Clone)]
pub enum Recorded<'a> {
    /// Normal, with the stated mean and standard deviation.
    Normal,
    /// A value for each standard normal score.
    OfScore(RecordedOfScore<'a>),
    /// One of these values, each as likely as the others.
    Values(Vec<f64>),
    /// No formula: patients are selected, or it hangs together with a pilot's variables.
    Unknown,
}

/// How recorded values rise with a standard normal score.
#[derive(Debug, Clone)]
pub struct RecordedOfScore<'a> {
    pub(super) mean: f64,
    pub(super) sd: f64,
    /// From scores to values, where these are not normal.
    pub(super) transform: Option<&'a Transform>,
    pub(super) scale: Scale,
}

impl RecordedOfScore<'_> {
    /// The value at a standard normal score. It never falls as the score rises.
    #[must_use]
    pub fn at(&self, score: f64) -> f64 {
        let mut value = [self.before_scale(score)];
        self.scale.record(&mut value);
        value[0]
    }

    /// How many separate values there are between two scores; none where every value may be recorded.
    #[must_use]
    pub fn steps(&self, low: f64, high: f64) -> Option<f64> {
        let of_law = self.transform.and_then(Transform::steps).map(|steps| steps as f64);
        of_law.or_else(|| self.scale.steps_between(self.before_scale(low), self.before_scale(high)))
    }

    fn before_scale(&self, score: f64) -> f64 {
        let Some(transform) = self.transform else { return self.mean + self.sd * score };
        let mut value = [score];
        transform.apply(&mut value);
        value[0]
    }
}
