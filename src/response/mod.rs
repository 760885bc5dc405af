//! What would happen to each patient in each arm, and what the trial reveals.
//!
//! In come a variable and the patients' sources; out comes the value of every
//! patient in the arm they are in. Every patient has a value under each of the
//! four arms, from the same sources; the truth of an estimand is a contrast of
//! their means. Nothing here knows of analyses.

mod decomposition;
mod effects;
mod model;
mod particular;
mod residual;
mod spread;
mod therapists;

pub use decomposition::{PARTS, Parts, decompose};
pub use effects::{EFFECTS, Effects, Particular};
pub use model::{OutcomeModel, ResponseColumns, ResponseModel};

pub use spread::{Source, spread};
pub use therapists::{context_slope, has_context_slopes};

use crate::cohort::{Rows, Variable};
use crate::estimand::ARMS;
use crate::vector::widest;

/// A variable as a sum of weighted sources, arm by arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Revealer {
    mean: [f64; ARMS],
    /// Source and its weight in each arm, zero weights left out.
    terms: Vec<(usize, [f64; ARMS])>,
}

impl Revealer {
    /// The plan for one variable.
    #[must_use]
    pub fn new(variable: &Variable) -> Self {
        let terms = variable
            .loadings
            .iter()
            .enumerate()
            .filter(|&(_, &loading)| loading != 0.0)
            .map(|(source, &loading)| (source, variable.sd.map(|sd| sd * loading)))
            .collect();
        Revealer { mean: variable.mean, terms }
    }

    /// Writes each patient's value in the arm they are in, for so many rows; `sources` by number.
    pub fn reveal(&self, sources: &[Rows], rows: usize, out: &mut Rows) {
        widest(
            #[inline(always)]
            || self.reveal_here(sources, rows, out),
        );
    }

    #[inline(always)]
    fn reveal_here(&self, sources: &[Rows], rows: usize, out: &mut Rows) {
        for arm in 0..ARMS {
            let out = out[arm][..rows].as_flattened_mut();
            let mut terms = self
                .terms
                .iter()
                .map(|(source, weight)| (weight[arm], sources[*source][arm][..rows].as_flattened()));
            if let Some((weight, source)) = terms.next() {
                let mean = self.mean[arm];
                out.iter_mut().zip(source).for_each(|(value, z)| *value = mean + weight * z);
            }
            for (weight, source) in terms {
                out.iter_mut().zip(source).for_each(|(value, z)| *value += weight * z);
            }
        }
    }
}
