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

use crate::assignment::Layout;
use crate::cohort::Variable;
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

    /// Writes each patient's value in the arm they are in, in the order of `layout`.
    pub fn reveal(&self, sources: &[Vec<f64>], layout: &Layout, out: &mut [f64]) {
        widest(
            #[inline(always)]
            || self.reveal_here(sources, layout, out),
        );
    }

    #[inline(always)]
    fn reveal_here(&self, sources: &[Vec<f64>], layout: &Layout, out: &mut [f64]) {
        let mut terms = self.terms.iter();
        if let Some(&(source, weight)) = terms.next() {
            combine(&sources[source], layout, out, |_, z, arm| self.mean[arm] + weight[arm] * z);
        }
        for &(source, weight) in terms {
            combine(&sources[source], layout, out, |before, z, arm| before + weight[arm] * z);
        }
    }
}

/// Applies `value(before, source, arm)` to every patient.
#[inline(always)]
fn combine(source: &[f64], layout: &Layout, out: &mut [f64], value: impl Fn(f64, f64, usize) -> f64) {
    let full = layout.full_rows() * ARMS;
    let (rows, tail) = out.split_at_mut(full);
    for (row, z) in rows.chunks_exact_mut(ARMS).zip(source[..full].chunks_exact(ARMS)) {
        for arm in 0..ARMS {
            row[arm] = value(row[arm], z[arm], arm);
        }
    }
    for ((slot, &z), &arm) in tail.iter_mut().zip(&source[full..]).zip(layout.tail_arms()) {
        *slot = value(*slot, z, usize::from(arm));
    }
}
