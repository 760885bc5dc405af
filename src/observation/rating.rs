//! How patients rate what they perceived of the context.
//!
//! In comes what each patient perceived, on the scale on which the first level of
//! the context is 0 and the second is 1; out comes the questionnaire's total, with
//! its error and within its limits.

use super::Scale;
use crate::cohort::SourceDraws;
use crate::estimand::ARMS;
use crate::scenario::{Instrument, Rating, Scenario};

/// The questionnaire, ready.
#[derive(Debug, Clone)]
pub struct RatingModel {
    /// Its errors.
    pub draws: SourceDraws,
    at_first_level: f64,
    per_unit: f64,
    sem: f64,
    /// What is delivered on average at the two levels.
    delivered: [f64; 2],
    scale: Scale,
}

impl RatingModel {
    /// The questionnaire of a scenario; none if it has none.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64) -> Option<Self> {
        let delivery = scenario.response.delivery.as_ref()?;
        let Rating { at_first_level, at_second_level, sem, min, max, step, .. } =
            delivery.rating.as_ref()?.clone();
        Some(RatingModel {
            draws: SourceDraws::new(seed, "delivery/rating"),
            at_first_level,
            per_unit: at_second_level - at_first_level,
            sem,
            delivered: [delivery.contamination, delivery.fidelity],
            scale: Scale::new(Some(&Instrument { min, max, step, ..Instrument::default() })),
        })
    }

    /// Whether it has neither steps nor limits.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.scale.is_exact()
    }

    /// Turns errors, in place, into the ratings of patients in these arms. `perceived` holds each
    /// one's deviation from what the arm delivers, if there is any.
    pub fn rate(&self, arms: &[u8], perceived: &[f64], ratings: &mut [f64]) {
        for (patient, (rating, &arm)) in ratings.iter_mut().zip(arms).enumerate() {
            let own = perceived.get(patient).copied().unwrap_or(0.0);
            let perceived = self.delivered[usize::from(arm) % ARMS / 2] + own;
            *rating = self.at_first_level + self.per_unit * perceived + self.sem * *rating;
        }
        self.scale.record(ratings);
    }
}
