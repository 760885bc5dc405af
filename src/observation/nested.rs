//! Moments of the first patients of a trial, for several sizes of it in one pass.
//!
//! Sums over patients run on from size to size: what is kept on the way for the first n patients of an arm
//! is, addition by addition, what a trial of that size alone would add up.

use super::{BATCH, MomentsBatch, Recorded, first_row, packed};
use crate::assignment::Layout;
use crate::estimand::ARMS;
use crate::vector::widest;

/// Which sizes a trial is looked at.
#[derive(Debug, Clone)]
pub struct Nesting {
    sizes: Vec<[usize; ARMS]>,
    /// Rows after which running sums are kept, in ascending order.
    stops: Vec<usize>,
    /// By size: at which stop the sum of each arm is found.
    found_at: Vec<[usize; ARMS]>,
}

/// What running sums of a batch of trials were at each stop.
#[derive(Debug)]
pub struct RunningSums {
    /// A column of trials by quantity (first the variables, then the pairs), stop and arm.
    sums: Vec<f64>,
    /// The arms' first patients, provisional means: a column by variable and arm.
    first: Vec<f64>,
    /// One trial's sums of one quantity, after each row.
    rows: Vec<[f64; ARMS]>,
}

/// From one column to the next: a batch, and a little more, as columns that lie a power of two apart would share the
/// same few places of the cache.
const STRIDE: usize = BATCH + 8;

/// Number `number` of some columns, for so many trials.
#[inline(always)]
fn column_of(columns: &[f64], number: usize, trials: usize) -> &[f64] {
    &columns[number * STRIDE..][..trials]
}

impl Nesting {
    /// For trials with arms of these sizes, each with a patient.
    #[must_use]
    pub fn new(sizes: Vec<[usize; ARMS]>) -> Self {
        let mut stops: Vec<usize> = sizes.iter().flatten().copied().collect();
        stops.sort_unstable();
        stops.dedup();
        let stop = |size: usize| stops.partition_point(|&stop| stop < size);
        let found_at = sizes.iter().map(|sizes| sizes.map(stop)).collect();
        Nesting { sizes, stops, found_at }
    }

    /// The layout of a trial that contains all others: every arm as large as the largest.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new([self.stops.last().copied().unwrap_or(0) as u64; ARMS])
    }

    /// Room for a batch.
    #[must_use]
    pub fn running_sums(&self, recorded: &Recorded) -> RunningSums {
        let quantities = recorded.variables.len() + recorded.pairs.len();
        RunningSums {
            sums: vec![0.0; STRIDE * ARMS * quantities * self.stops.len()],
            first: vec![0.0; STRIDE * ARMS * recorded.variables.len()],
            rows: vec![[0.0; ARMS]; self.stops.last().copied().unwrap_or(0)],
        }
    }

    /// Adds up a trial of the largest layout as number `trial` of the batch; `column(v)` holds variable v.
    pub fn record<'a>(
        &self,
        column: impl Fn(usize) -> &'a [f64],
        recorded: &Recorded,
        running: &mut RunningSums,
        trial: usize,
    ) {
        widest(
            #[inline(always)]
            || self.record_here(&column, recorded, running, trial),
        );
    }

    #[inline(always)]
    fn record_here<'a>(
        &self,
        column: &impl Fn(usize) -> &'a [f64],
        recorded: &Recorded,
        running: &mut RunningSums,
        trial: usize,
    ) {
        let RunningSums { sums, first, rows } = running;
        let whole = rows.len() * ARMS;
        let of_quantity = STRIDE * ARMS * self.stops.len();
        let mut kept = sums.chunks_exact_mut(of_quantity);
        // The sums after every row are kept at first: a loop that stopped at each size would spend more on stopping.
        for ((&v, kept), first) in
            recorded.variables.iter().zip(&mut kept).zip(first.chunks_exact_mut(STRIDE * ARMS))
        {
            let x = &column(v)[..whole];
            let (x_first, mut sums) = (first_row(x), [0.0; ARMS]);
            for arm in 0..ARMS {
                first[arm * STRIDE + trial] = x_first[arm];
            }
            for (row, slot) in x.chunks_exact(ARMS).zip(rows.iter_mut()) {
                for arm in 0..ARMS {
                    sums[arm] += row[arm] - x_first[arm];
                }
                *slot = sums;
            }
            self.keep(rows, trial, kept);
        }
        for (&(v, w), kept) in recorded.pairs.iter().zip(&mut kept) {
            let (x, y) = (&column(v)[..whole], &column(w)[..whole]);
            let (x_first, y_first, mut sums) = (first_row(x), first_row(y), [0.0; ARMS]);
            for ((x, y), slot) in x.chunks_exact(ARMS).zip(y.chunks_exact(ARMS)).zip(rows.iter_mut()) {
                for arm in 0..ARMS {
                    sums[arm] += (x[arm] - x_first[arm]) * (y[arm] - y_first[arm]);
                }
                *slot = sums;
            }
            self.keep(rows, trial, kept);
        }
    }

    /// Takes the sums after the last row of each size.
    #[inline(always)]
    fn keep(&self, rows: &[[f64; ARMS]], trial: usize, kept: &mut [f64]) {
        for (&stop, columns) in self.stops.iter().zip(kept.chunks_exact_mut(STRIDE * ARMS)) {
            let sums = rows[stop - 1];
            for arm in 0..ARMS {
                columns[arm * STRIDE + trial] = sums[arm];
            }
        }
    }

    /// The moments of the first patients of so many trials, for one of the sizes.
    pub fn moments(
        &self,
        size: usize,
        recorded: &Recorded,
        running: &RunningSums,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        widest(
            #[inline(always)]
            || self.moments_here(size, recorded, running, trials.min(BATCH), batch),
        );
    }

    #[inline(always)]
    fn moments_here(
        &self,
        size: usize,
        recorded: &Recorded,
        running: &RunningSums,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        batch.sizes = self.sizes[size].map(|size| size as f64);
        batch.trials = trials;
        let (variables, stops) = (recorded.variables.len(), self.stops.len());
        let sums = |quantity: usize, arm: usize| {
            let stop = self.found_at[size][arm];
            column_of(&running.sums, (quantity * stops + stop) * ARMS + arm, trials)
        };
        let first = |variable: usize, arm: usize| column_of(&running.first, variable * ARMS + arm, trials);
        let position = |v: usize| recorded.variables.partition_point(|&known| known < v);
        // The same operations as in a trial of its own, trials side by side.
        for (number, &v) in recorded.variables.iter().enumerate() {
            for arm in 0..ARMS {
                let (first, sums, patients) = (first(number, arm), sums(number, arm), batch.sizes[arm]);
                let mean = &mut batch.mean[v][arm][..trials];
                for trial in 0..trials {
                    mean[trial] = first[trial] + sums[trial] / patients;
                }
            }
        }
        for (number, &(v, w)) in recorded.pairs.iter().enumerate() {
            let apart = recorded.by_arm.contains(&(v, w));
            let [of_v, of_w] = [position(v), position(w)];
            let mut pooled = [0.0; BATCH];
            for arm in 0..ARMS {
                let (first_v, first_w) = (first(of_v, arm), first(of_w, arm));
                let (mean_v, mean_w) = (&batch.mean[v][arm][..trials], &batch.mean[w][arm][..trials]);
                let (products, patients) = (sums(variables + number, arm), batch.sizes[arm]);
                let mut about_mean = [0.0; BATCH];
                let (pooled, about_mean) = (&mut pooled[..trials], &mut about_mean[..trials]);
                for trial in 0..trials {
                    let (from_v, from_w) = (mean_v[trial] - first_v[trial], mean_w[trial] - first_w[trial]);
                    about_mean[trial] = products[trial] - patients * (from_v * from_w);
                    pooled[trial] += about_mean[trial];
                }
                if apart {
                    batch.by_arm[packed(v, w)][arm][..trials].copy_from_slice(about_mean);
                }
            }
            batch.pooled[packed(v, w)][..trials].copy_from_slice(&pooled[..trials]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::record;

    #[test]
    fn each_size_has_the_moments_of_its_own_trial_to_the_last_bit() {
        let sizes = vec![[2, 3, 2, 2], [3, 3, 3, 3], [4, 5, 4, 4]];
        let nesting = Nesting::new(sizes.clone());
        let layout = nesting.layout();
        assert_eq!(layout.sizes(), [5; ARMS]);
        let x: Vec<f64> = (0..20).map(|i| f64::from(i * i % 7) + 0.1).collect();
        let recorded =
            Recorded { variables: vec![0], pairs: vec![(0, 0)], by_arm: vec![(0, 0)], ..Recorded::default() };
        let mut running = nesting.running_sums(&recorded);
        nesting.record(|_| &x, &recorded, &mut running, 1);
        for (number, sizes) in sizes.into_iter().enumerate() {
            let own = Layout::new(sizes.map(|size| size as u64));
            let first = (0..5).flat_map(|row| (0..ARMS).map(move |arm| (row, arm)));
            let own_x: Vec<f64> =
                first.filter(|&(row, arm)| row < sizes[arm]).map(|(row, arm)| x[row * ARMS + arm]).collect();
            let (mut alone, mut nested) = (MomentsBatch::new(sizes, 1), MomentsBatch::new([0; ARMS], 1));
            record(|_| &own_x, &own, &recorded, &mut alone, 1);
            nesting.moments(number, &recorded, &running, 2, &mut nested);
            assert_eq!(nested.sizes, alone.sizes);
            assert_eq!(nested.pooled[0][1].to_bits(), alone.pooled[0][1].to_bits());
            for arm in 0..ARMS {
                assert_eq!(nested.mean[0][arm][1].to_bits(), alone.mean[0][arm][1].to_bits());
                assert_eq!(nested.by_arm[0][arm][1].to_bits(), alone.by_arm[0][arm][1].to_bits());
            }
        }
    }
}
