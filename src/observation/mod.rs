//! What is recorded of a trial: all that an analysis may see.
//!
//! In come the patients' outcomes; out comes what a data manager receives of them
//! ([`ObservationModel`]), and of that the moments of the recorded variables
//! ([`MomentsBatch`]). Nothing here knows truths.

mod complete;
mod instrument;
mod law;
mod model;
mod moments;
mod nested;
mod propensity;
mod rating;
mod shares;
mod therapist_contrasts;
mod trial_set;

pub use complete::Complete;
pub use instrument::Scale;
pub use law::Law;
pub use model::{Before, ObservationColumns, ObservationModel, Purpose};
pub use moments::{BATCH, Column, MomentsBatch, packed};
pub use nested::{Nesting, RunningSums};
pub use propensity::{Laws, Limits, Propensity};
pub use rating::RatingModel;
pub use shares::{Happening, Seen};
pub use therapist_contrasts::{MOST_THERAPISTS, TherapistContrasts};
pub use trial_set::TrialSet;

use crate::assignment::Layout;
use crate::estimand::ARMS;
use crate::vector::widest;

/// Which moments of which variables are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// Variables whose arm means are recorded, in ascending order.
    pub variables: Vec<usize>,
    /// Pairs (v, w), v ≥ w, whose pooled cross-products are recorded.
    pub pairs: Vec<(usize, usize)>,
    /// Those of the pairs that are recorded arm by arm too.
    pub by_arm: Vec<(usize, usize)>,
    /// Variables whose contrasts between therapists are recorded, in ascending order.
    pub between: Vec<usize>,
    /// Variables of which a patient may lack some, but not all; empty if there are none.
    pub any_of: Vec<usize>,
}

/// Records the moments of one trial as number `trial` of the batch.
///
/// `column(v)` holds variable v in the order of `layout`. One pass: sums of
/// deviations from each arm's first patient, a provisional mean that keeps the
/// squares small, whatever the variable's location.
pub fn record<'a>(
    column: impl Fn(usize) -> &'a [f64],
    layout: &Layout,
    recorded: &Recorded,
    batch: &mut MomentsBatch,
    trial: usize,
) {
    widest(
        #[inline(always)]
        || record_here(&column, layout, recorded, batch, trial),
    );
}

#[inline(always)]
fn record_here<'a>(
    column: &impl Fn(usize) -> &'a [f64],
    layout: &Layout,
    recorded: &Recorded,
    batch: &mut MomentsBatch,
    trial: usize,
) {
    for &v in &recorded.variables {
        let values = column(v);
        batch.set_means(v, trial, first_row(values), deviations(values, layout));
    }
    for &(v, w) in &recorded.pairs {
        let (x, y) = (column(v), column(w));
        let apart = recorded.by_arm.contains(&(v, w));
        batch.set_products((v, w), trial, [first_row(x), first_row(y)], cross_products(x, y, layout), apart);
    }
}

/// Records the moments of one trial, of the patients in whom every recorded variable is there.
///
/// `column(v)` holds variable v, not a number where it is missing; `complete` is room for a list
/// of patients. The order of additions is that of [`record`], so that a trial in which nothing is
/// missing has the same moments.
pub fn record_complete<'a>(
    column: impl Fn(usize) -> &'a [f64],
    arms: &[u8],
    recorded: &Recorded,
    complete: &mut Complete,
    batch: &mut MomentsBatch,
) {
    complete.list(arms, recorded, &column);
    batch.sizes = complete.sizes();
    batch.trials = 1;
    record_listed(column, recorded, complete, batch, 0);
}

/// The same of patients who are listed already, as number `trial` of a batch that has their sizes.
pub fn record_listed<'a>(
    column: impl Fn(usize) -> &'a [f64],
    recorded: &Recorded,
    complete: &Complete,
    batch: &mut MomentsBatch,
    trial: usize,
) {
    // An arm without patients has a mean of 0 ÷ 0: the analysis then gives no answer.
    let provisional = |values: &[f64]| -> [f64; ARMS] {
        std::array::from_fn(|arm| complete.arm(arm).first().map_or(0.0, |&row| values[row as usize]))
    };
    for &v in &recorded.variables {
        let values = column(v);
        let start = provisional(values);
        let sums = complete.sum_by_arm(|arm, row| values[row] - start[arm]);
        batch.set_means(v, trial, start, sums);
    }
    for &(v, w) in &recorded.pairs {
        let (x, y) = (column(v), column(w));
        let (x_start, y_start) = (provisional(x), provisional(y));
        let products = complete.sum_by_arm(|arm, row| (x[row] - x_start[arm]) * (y[row] - y_start[arm]));
        let apart = recorded.by_arm.contains(&(v, w));
        batch.set_products((v, w), trial, [x_start, y_start], products, apart);
    }
}

/// Σ (x − x of the arm's first patient), arm by arm.
#[inline(always)]
fn deviations(x: &[f64], layout: &Layout) -> [f64; ARMS] {
    let first = first_row(x);
    let mut sums = [0.0; ARMS];
    let (rows, tail) = x.split_at(layout.full_rows() * ARMS);
    for row in rows.chunks_exact(ARMS) {
        for arm in 0..ARMS {
            sums[arm] += row[arm] - first[arm];
        }
    }
    for (&value, &arm) in tail.iter().zip(layout.tail_arms()) {
        sums[usize::from(arm)] += value - first[usize::from(arm)];
    }
    sums
}

/// Σ (x − first x)(y − first y), arm by arm.
#[inline(always)]
fn cross_products(x: &[f64], y: &[f64], layout: &Layout) -> [f64; ARMS] {
    let (x_first, y_first) = (first_row(x), first_row(y));
    let mut sums = [0.0; ARMS];
    let full = layout.full_rows() * ARMS;
    for (x_row, y_row) in x[..full].chunks_exact(ARMS).zip(y[..full].chunks_exact(ARMS)) {
        for arm in 0..ARMS {
            sums[arm] += (x_row[arm] - x_first[arm]) * (y_row[arm] - y_first[arm]);
        }
    }
    for ((&x_value, &y_value), &arm) in x[full..].iter().zip(&y[full..]).zip(layout.tail_arms()) {
        let arm = usize::from(arm);
        sums[arm] += (x_value - x_first[arm]) * (y_value - y_first[arm]);
    }
    sums
}

fn first_row(x: &[f64]) -> [f64; ARMS] {
    [x[0], x[1], x[2], x[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_a_small_trial_by_hand() {
        let layout = Layout::new([2, 3, 2, 2]);
        let x = vec![1.0, 2.0, 3.0, 4.0, 3.0, 4.0, 5.0, 6.0, 6.0];
        let recorded =
            Recorded { variables: vec![0], pairs: vec![(0, 0)], by_arm: vec![(0, 0)], ..Recorded::default() };
        let mut batch = MomentsBatch::new(layout.sizes(), 1);
        record(|_| &x, &layout, &recorded, &mut batch, 5);
        assert_eq!([0, 1, 2, 3].map(|arm: usize| batch.mean[0][arm][5]), [2.0, 4.0, 4.0, 5.0]);
        assert_eq!([0, 1, 2, 3].map(|arm: usize| batch.by_arm[0][arm][5]), [2.0, 8.0, 2.0, 2.0]);
        assert_eq!(batch.pooled[0][5], 14.0);
    }
}
