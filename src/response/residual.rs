//! The shape of what nothing else explains of an outcome.
//!
//! In comes a shape; out comes, for the outcome's own source, standard normal as it
//! was drawn, the source with heavy tails or skewed, with mean 0 and SD 1 as
//! before.

use crate::cohort::marginal::{Marginal, Transform};
use crate::scenario::ResidualShape;

/// From normal scores to the stated shape; none for the normal one.
pub(super) fn shape(stated: Option<ResidualShape>) -> Option<Transform> {
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
