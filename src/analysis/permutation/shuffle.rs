//! Labels dealt anew within cells, again and again.
//!
//! A cell holds the patients of one block and one group of arms. To deal its labels is to draw the
//! patients of each arm but the largest, one after the other without putting back; the largest arm has
//! the rest. Each deal starts from where the last one left, which is as good as any other start. Nothing
//! is allocated.

use crate::estimand::ARMS;
use crate::random::WordStream;

/// Part of a statistic by which rounding may move it: the same labels in another order must count as
/// equal.
const ROUNDING: f64 = 1e-9;

/// Part of the mean square below which a variance is what rounding leaves of zero.
const NOTHING: f64 = 1e-13;

/// Patients of one block in arms whose labels are permuted.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Where they begin among the values.
    first: usize,
    /// How many are in each arm.
    counts: [usize; ARMS],
    /// The arm with most.
    largest: usize,
    total: Sums,
}

/// Sum of values and of their squares.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    values: f64,
    squares: f64,
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, value: f64) {
        self.values += value;
        self.squares += value * value;
    }
}

/// Values cell by cell.
#[derive(Debug, Default)]
pub(super) struct Shuffle {
    values: Vec<f64>,
    cells: Vec<Cell>,
    /// Patients whose labels cannot differ, arm by arm.
    kept: [Sums; ARMS],
    sizes: [f64; ARMS],
}

/// A contrast of means and its squared standard error.
#[derive(Debug, Clone, Copy)]
struct Statistic {
    contrast: f64,
    variance: f64,
}

impl Statistic {
    /// Whether |t| is at least as large as another one, rounding apart. Without any division, as a
    /// variance may be zero.
    fn reaches(&self, other: &Statistic) -> bool {
        let (one, two) = (self.contrast * self.contrast, other.contrast * other.contrast);
        one * other.variance >= two * self.variance * (1.0 - ROUNDING)
    }
}

impl Shuffle {
    /// Puts together who can be permuted: block by block (`order` has block, place and arm), and within a
    /// block the arms of each group.
    pub fn record(&mut self, order: &[(u32, u32, u8)], residuals: &[f64], groups: &[&[usize]]) {
        self.values.clear();
        self.cells.clear();
        // At most one cell for each patient, so that no later trial needs more room.
        self.cells.reserve(order.len());
        self.kept = [Sums::default(); ARMS];
        self.sizes = [0.0; ARMS];
        for block in order.chunk_by(|one, other| one.0 == other.0) {
            for group in groups {
                let first = self.values.len();
                let mut counts = [0; ARMS];
                let mut total = Sums::default();
                for &(_, place, arm) in block.iter().filter(|(_, _, arm)| group.contains(&usize::from(*arm)))
                {
                    let value = residuals[place as usize];
                    counts[usize::from(arm)] += 1;
                    total.add(value);
                    self.values.push(value);
                }
                (0..ARMS).for_each(|arm| self.sizes[arm] += counts[arm] as f64);
                let largest = (0..ARMS).max_by_key(|&arm| counts[arm]).unwrap_or(0);
                if counts[largest] < self.values.len() - first {
                    self.cells.push(Cell { first, counts, largest, total });
                } else {
                    self.kept[largest].values += total.values;
                    self.kept[largest].squares += total.squares;
                    self.values.truncate(first);
                }
            }
        }
    }

    /// How many of so many deals have a |t| of at least that of the labels as they are.
    pub fn count(&mut self, weights: &[f64; ARMS], deals: u64, words: &mut WordStream) -> u64 {
        let observed = self.statistic(weights, &self.observed());
        let mut extreme = 0;
        for _ in 0..deals {
            let sums = self.deal(words);
            extreme += u64::from(self.statistic(weights, &sums).reaches(&observed));
        }
        extreme
    }

    /// Sums of the arms as they are: within a cell patients come arm by arm.
    fn observed(&self) -> [Sums; ARMS] {
        let mut sums = self.kept;
        for cell in &self.cells {
            let mut next = cell.first;
            for arm in 0..ARMS {
                for value in &self.values[next..next + cell.counts[arm]] {
                    sums[arm].add(*value);
                }
                next += cell.counts[arm];
            }
        }
        sums
    }

    /// Deals the labels of all cells.
    fn deal(&mut self, words: &mut WordStream) -> [Sums; ARMS] {
        let mut sums = self.kept;
        for cell in &self.cells {
            let size: usize = cell.counts.iter().sum();
            let values = &mut self.values[cell.first..cell.first + size];
            let (mut next, mut rest) = (0, cell.total);
            for arm in (0..ARMS).filter(|&arm| arm != cell.largest) {
                let mut drawn = Sums::default();
                for _ in 0..cell.counts[arm] {
                    let chosen = next + words.below((size - next) as u64) as usize;
                    values.swap(next, chosen);
                    drawn.add(values[next]);
                    next += 1;
                }
                sums[arm].values += drawn.values;
                sums[arm].squares += drawn.squares;
                rest.values -= drawn.values;
                rest.squares -= drawn.squares;
            }
            sums[cell.largest].values += rest.values;
            sums[cell.largest].squares += rest.squares;
        }
        sums
    }

    /// The contrast of means with separate variances.
    #[inline(always)]
    fn statistic(&self, weights: &[f64; ARMS], sums: &[Sums; ARMS]) -> Statistic {
        let (mut contrast, mut variance, mut scale) = (0.0, 0.0, 0.0);
        for arm in 0..ARMS {
            if weights[arm] != 0.0 {
                let (size, Sums { values, squares }) = (self.sizes[arm], sums[arm]);
                let weight = weights[arm] * weights[arm] / (size * (size - 1.0));
                contrast += weights[arm] * values / size;
                variance += weight * (squares - values * values / size);
                scale += weight * squares;
            }
        }
        Statistic { contrast, variance: if variance > NOTHING * scale { variance } else { 0.0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimand::WEIGHTS;
    use crate::random::{Stage, Words};

    /// Each split of 2 and 3 of five patients in the first
    /// block and of 1 and 1 in the second is equally likely. χ² with 19 degrees of freedom over 100,000
    /// deals, rejected above its 1 − 10⁻⁶ quantile, 63.2.
    #[test]
    fn every_deal_within_blocks_is_equally_likely() {
        let mut shuffle = Shuffle::default();
        let order = [(1, 0, 0), (1, 1, 0), (1, 3, 2), (1, 4, 2), (1, 5, 2), (2, 2, 0), (2, 6, 2), (3, 7, 2)];
        let values = [1.0, 2.0, 32.0, 4.0, 8.0, 16.0, 64.0, 128.0];
        shuffle.record(&order, &values, &[&[0, 2]]);
        assert_eq!(shuffle.observed()[0].values, 35.0);
        let mut words = Words::new(1, Stage::Analysis, "test").of(0);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..100_000 {
            let sums = shuffle.deal(&mut words);
            assert_eq!(sums[0].values + sums[2].values, 255.0);
            assert_eq!(sums[0].squares + sums[2].squares, 21845.0);
            *counts.entry(sums[0].values as u64).or_insert(0_u32) += 1;
        }
        let deviation = |&count: &u32| (f64::from(count) - 5000.0) * (f64::from(count) - 5000.0) / 5000.0;
        let statistic: f64 = counts.values().map(deviation).sum();
        assert!(counts.len() == 20 && statistic < 63.2, "{}: {statistic}", counts.len());
    }

    /// The share of deals is that among all deals, counted one by one, with and without ties; 5 standard
    /// errors, a false-alarm rate of 6e-7 each.
    #[test]
    fn the_share_of_extreme_deals_is_that_of_all_deals() {
        let weights = WEIGHTS[3];
        let order: Vec<(u32, u32, u8)> = (0..8).map(|k| (0, k, if k < 4 { 0 } else { 2 })).collect();
        for (stream, values) in
            [[1.5, -0.2, 0.4, 2.2, 3.1, 1.9, -1.0, 2.8], [0.0, 1.0, 0.0, 1.0, 2.0, 1.0, 1.0, 2.0]]
                .into_iter()
                .enumerate()
        {
            let mut shuffle = Shuffle::default();
            shuffle.record(&order, &values, &[&[0, 2]]);
            let observed = shuffle.statistic(&weights, &shuffle.observed());
            let (mut extreme, mut all) = (0.0, 0.0);
            for choice in (0_u32..256).filter(|choice| choice.count_ones() == 4) {
                let mut sums = [Sums::default(); ARMS];
                for (k, value) in values.iter().enumerate() {
                    sums[if choice >> k & 1 == 1 { 2 } else { 0 }].add(*value);
                }
                all += 1.0;
                extreme += f64::from(u8::from(shuffle.statistic(&weights, &sums).reaches(&observed)));
            }
            assert!(all == 70.0 && extreme > 2.0 && extreme < 70.0, "{extreme} of {all}");
            let (share, deals) = (extreme / all, 40_000);
            let mut words = Words::new(7, Stage::Analysis, "test").of(stream as u64);
            let counted = shuffle.count(&weights, deals, &mut words) as f64 / deals as f64;
            let error = (share * (1.0 - share) / deals as f64).sqrt();
            assert!((counted - share).abs() < 5.0 * error, "{counted} for {share}");
        }
    }
}
