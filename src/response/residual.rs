//! What baseline, covariates and other outcomes do not explain of an outcome, and whose it is.
//!
//! In comes an outcome's own source, standard normal as it was drawn; out comes
//! the source again with mean 0 and variance 1, now in the stated shape and with
//! the parts that the scenario names in it: the spread of the natural course and
//! of the response to being treated. Parts are taken out of the SD and never added
//! to it, so that the SD stays what was published. The therapists' part is mixed
//! in on top.

use crate::assignment::Layout;
use crate::cohort::marginal::{Marginal, Transform};
use crate::cohort::{CohortModel, DrawBuffers, SourceDraws};
use crate::scenario::{Outcome, ResidualShape};
use crate::vector::add_scaled;

/// The own source of one outcome.
#[derive(Debug, Clone)]
pub struct Residual {
    shape: Option<Transform>,
    /// What is left to chance, as a share of the standard deviation.
    chance: f64,
    natural: Option<Part>,
    being_treated: Option<Part>,
}

/// A part of the source: its draws, its share of the source's SD, and its SD on the outcome's scale.
#[derive(Debug, Clone)]
struct Part {
    draws: SourceDraws,
    share: f64,
    sd: f64,
}

/// Parts whose variance is more than the residual's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TooMuch {
    /// The largest that the parts' variances may be together, as a standard deviation.
    pub most: f64,
}

impl Residual {
    /// The own source of a scenario's outcome.
    ///
    /// # Errors
    /// If the parts are more than all of it, in the arm with the smallest SD.
    pub fn new(outcome: &Outcome, cohort: &CohortModel, name: &str, seed: u64) -> Result<Self, TooMuch> {
        let natural = outcome.natural_course.map_or(0.0, |course| course.sd);
        let treated = outcome.sham_response_sd.unwrap_or(0.0);
        let most = cohort.index(name).map_or(0.0, |variable| {
            let own = cohort.loadings[variable].last().copied().unwrap_or(0.0);
            cohort.reliability[variable].sqrt() * own * cohort.moments[variable].sd[0]
        });
        let left = most * most - natural * natural - treated * treated;
        if left < 0.0 {
            return Err(TooMuch { most });
        }
        let part = |what: &str, sd: f64| {
            let draws = SourceDraws::new(seed, &format!("{name}/{what}"));
            (sd > 0.0).then(|| Part { draws, share: sd / most, sd })
        };
        Ok(Residual {
            shape: shape(outcome.residual_shape),
            chance: left.sqrt() / most,
            natural: part("natural course", natural),
            being_treated: part("being treated", treated),
        })
    }

    /// Whether patients differ in how they respond to being treated.
    #[must_use]
    pub fn has_response_to_being_treated(&self) -> bool {
        self.being_treated.is_some()
    }

    /// Puts the source together, in place, for an outcome that a benefit raises (sign 1) or lowers
    /// (−1). `being_treated` receives each patient's own response to being treated as a benefit,
    /// its mean apart.
    pub fn combine(
        &self,
        replicate: u64,
        layout: &Layout,
        sign: f64,
        room: (&mut DrawBuffers, &mut [f64]),
        source: &mut [f64],
        being_treated: &mut [f64],
    ) {
        if let Some(shape) = &self.shape {
            shape.apply(source);
        }
        if self.natural.is_none() && self.being_treated.is_none() {
            return;
        }
        source.iter_mut().for_each(|value| *value *= self.chance);
        let (buffers, drawn) = room;
        if let Some(part) = &self.natural {
            part.draws.draw(replicate, layout, buffers, drawn);
            add_scaled(sign * part.share, drawn, source);
        }
        if let Some(part) = &self.being_treated {
            part.draws.draw(replicate, layout, buffers, drawn);
            add_scaled(sign * part.share, drawn, source);
            being_treated.iter_mut().zip(&*drawn).for_each(|(slot, z)| *slot = part.sd * z);
        }
    }
}

/// A law with mean 0 and SD 1; none for the normal one.
fn shape(stated: Option<ResidualShape>) -> Option<Transform> {
    let stated = stated?;
    let law = match (stated.t_degrees_of_freedom, stated.skewness) {
        (Some(degrees_of_freedom), _) => Marginal::student_t(0.0, 1.0, degrees_of_freedom),
        (None, Some(skewness)) if skewness != 0.0 => {
            // A gamma law that begins 2 ÷ skewness below its mean has this skewness.
            let law = Marginal::gamma(0.0, 1.0, -2.0 / skewness.abs());
            law.map(|law| if skewness < 0.0 { law.mirrored() } else { law })
        }
        _ => return None,
    };
    law.ok().map(|law| Transform::new(&law))
}
