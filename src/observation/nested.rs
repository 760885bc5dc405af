//! Moments of the first patients of trials, for one size of these or several, in one pass.
//!
//! Sums over patients run on from size to size: what is kept on the way for the first n patients of an arm
//! is, addition by addition, what [`record`](super::record) would add up of a trial of that size alone. Trials are
//! recorded abreast: see [`Rows`].

use super::{Column, MomentsBatch, Recorded, packed};
use crate::cohort::Rows;
use crate::estimand::ARMS;
use crate::random::ABREAST;
use crate::vector::widest;

/// Which moments of trials are recorded, and at which sizes.
#[derive(Debug, Clone)]
pub struct Nesting {
    variables: Vec<usize>,
    pairs: Vec<Pair>,
    /// Patients in each arm, by size.
    sizes: Vec<[usize; ARMS]>,
    /// Rows after which running sums are kept, in ascending order.
    stops: Vec<usize>,
    /// By size: at which stop the sum of each arm is found, and the part of a patient in its mean.
    found_at: Vec<[usize; ARMS]>,
    shares: Vec<[f64; ARMS]>,
}

/// A recorded pair of variables.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// Which of the recorded variables they are.
    numbers: [usize; 2],
    variables: (usize, usize),
    /// Its place among all pairs.
    packed: usize,
    /// Whether it is recorded arm by arm too.
    apart: bool,
}

/// A number for each arm of trials abreast.
type Cells = [[f64; ABREAST]; ARMS];

/// Sums over rows, so far and at each stop.
#[derive(Debug, Clone)]
struct Running {
    sum: Cells,
    kept: Vec<Cells>,
}

/// Running sums of trials abreast.
#[derive(Debug)]
pub struct RunningSums {
    /// By variable: the arms' first patients, provisional means that keep the squares small, whatever the variable's
    /// location.
    first: Vec<Cells>,
    /// By variable: of deviations from these.
    deviations: Vec<Running>,
    /// By pair: of products of deviations.
    products: Vec<Running>,
    /// By variable: how far the means of the size that is being recorded lie from the first patients.
    from_first: Vec<Cells>,
}

impl Nesting {
    /// For trials with arms of these sizes, each with a patient.
    #[must_use]
    pub fn new(recorded: &Recorded, sizes: Vec<[usize; ARMS]>) -> Self {
        let mut stops: Vec<usize> = sizes.iter().flatten().copied().collect();
        stops.sort_unstable();
        stops.dedup();
        let stop = |size: usize| stops.partition_point(|&stop| stop < size);
        let found_at = sizes.iter().map(|sizes| sizes.map(stop)).collect();
        let shares = sizes.iter().map(|sizes| sizes.map(|size| 1.0 / size as f64)).collect();
        let number = |variable: usize| recorded.variables.partition_point(|&known| known < variable);
        let pair = |&(v, w): &(usize, usize)| Pair {
            numbers: [number(v), number(w)],
            variables: (v, w),
            packed: packed(v, w),
            apart: recorded.by_arm.contains(&(v, w)),
        };
        let pairs = recorded.pairs.iter().map(pair).collect();
        Nesting { variables: recorded.variables.clone(), pairs, sizes, stops, found_at, shares }
    }

    /// Rows of a trial that contains all others.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.stops.last().copied().unwrap_or(0)
    }

    /// Room for trials abreast.
    #[must_use]
    pub fn running_sums(&self) -> RunningSums {
        let nothing = [[0.0; ABREAST]; ARMS];
        let running = Running { sum: nothing, kept: vec![nothing; self.stops.len()] };
        RunningSums {
            first: vec![nothing; self.variables.len()],
            from_first: vec![nothing; self.variables.len()],
            deviations: vec![running.clone(); self.variables.len()],
            products: vec![running; self.pairs.len()],
        }
    }

    /// Room for a batch of trials with so many variables at each size.
    #[must_use]
    pub fn batches(&self, variables: usize) -> Vec<MomentsBatch> {
        self.sizes.iter().map(|&sizes| MomentsBatch::new(sizes, variables)).collect()
    }

    /// Adds so many rows, which are those from number `from` on; `values` by variable.
    pub fn add(&self, values: &[Rows], from: usize, rows: usize, running: &mut RunningSums) {
        widest(
            #[inline(always)]
            || self.add_here(values, from, rows, running),
        );
    }

    #[inline(always)]
    fn add_here(&self, values: &[Rows], from: usize, rows: usize, running: &mut RunningSums) {
        let RunningSums { first, deviations, products, .. } = running;
        if from == 0 {
            for (&v, first) in self.variables.iter().zip(&mut *first) {
                *first = values[v].map(|patients| patients[0]);
            }
            for running in deviations.iter_mut().chain(&mut *products) {
                running.sum = [[0.0; ABREAST]; ARMS];
            }
        }
        // One sum at a time: with two in one loop the compiler no longer sees which numbers lie side by side.
        for ((&v, first), running) in self.variables.iter().zip(&*first).zip(deviations) {
            let x = &values[v];
            self.run_on(
                [from, rows],
                running,
                #[inline(always)]
                |row, sum| {
                    for arm in 0..ARMS {
                        for trial in 0..ABREAST {
                            sum[arm][trial] += x[arm][row][trial] - first[arm][trial];
                        }
                    }
                },
            );
        }
        for (pair, running) in self.pairs.iter().zip(products) {
            let (x, y) = (&values[pair.variables.0], &values[pair.variables.1]);
            let [x_first, y_first] = pair.numbers.map(|number| &first[number]);
            self.run_on(
                [from, rows],
                running,
                #[inline(always)]
                |row, sum| {
                    for arm in 0..ARMS {
                        for trial in 0..ABREAST {
                            let from_x = x[arm][row][trial] - x_first[arm][trial];
                            sum[arm][trial] += from_x * (y[arm][row][trial] - y_first[arm][trial]);
                        }
                    }
                },
            );
        }
    }

    /// Adds rows to a sum, and keeps it at each stop.
    #[inline(always)]
    fn run_on(&self, [from, rows]: [usize; 2], running: &mut Running, add: impl Fn(usize, &mut Cells)) {
        let mut sum = running.sum;
        let mut next = 0;
        let passed = self.stops.partition_point(|&stop| stop <= from);
        for (stop, kept) in self.stops[passed..].iter().zip(&mut running.kept[passed..]) {
            let until = stop - from;
            while next < rows.min(until) {
                add(next, &mut sum);
                next += 1;
            }
            if until > rows {
                break;
            }
            *kept = sum;
        }
        running.sum = sum;
    }

    /// Writes the moments of the first patients at each size, as those of trials `to..to + ABREAST` of the batch.
    pub fn record(&self, running: &mut RunningSums, to: usize, batches: &mut [MomentsBatch]) {
        widest(
            #[inline(always)]
            || self.record_here(running, to, batches),
        );
    }

    #[inline(always)]
    fn record_here(&self, running: &mut RunningSums, to: usize, batches: &mut [MomentsBatch]) {
        let RunningSums { first, deviations, products, from_first } = running;
        // Into arrays of their own, which the compiler knows to overlap with nothing.
        for ((found_at, share), batch) in self.found_at.iter().zip(&self.shares).zip(batches) {
            let patients = batch.sizes;
            let of_variables = first.iter().zip(&*deviations).zip(&mut *from_first);
            for (&v, ((first, running), from_first)) in self.variables.iter().zip(of_variables) {
                let columns = &mut batch.mean[v];
                for arm in 0..ARMS {
                    let sums = &running.kept[found_at[arm]][arm];
                    let (mut mean, mut from) = ([0.0; ABREAST], [0.0; ABREAST]);
                    for trial in 0..ABREAST {
                        mean[trial] = first[arm][trial] + sums[trial] * share[arm];
                        from[trial] = mean[trial] - first[arm][trial];
                    }
                    *part(&mut columns[arm], to) = mean;
                    from_first[arm] = from;
                }
            }
            for (pair, running) in self.pairs.iter().zip(&*products) {
                let [from_v, from_w] = pair.numbers.map(|number| &from_first[number]);
                let mut about_mean = [[0.0; ABREAST]; ARMS];
                let mut pooled = [0.0; ABREAST];
                for arm in 0..ARMS {
                    let sums = &running.kept[found_at[arm]][arm];
                    for trial in 0..ABREAST {
                        let of_mean = patients[arm] * (from_v[arm][trial] * from_w[arm][trial]);
                        about_mean[arm][trial] = sums[trial] - of_mean;
                        pooled[trial] += about_mean[arm][trial];
                    }
                }
                *part(&mut batch.pooled[pair.packed], to) = pooled;
                if pair.apart {
                    for (column, about_mean) in batch.by_arm[pair.packed].iter_mut().zip(about_mean) {
                        *part(column, to) = about_mean;
                    }
                }
            }
        }
    }
}

/// The trials abreast from number `to` on.
#[inline(always)]
fn part(column: &mut Column, to: usize) -> &mut [f64; ABREAST] {
    &mut column.as_chunks_mut().0[to / ABREAST]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Layout;
    use crate::observation::record;

    #[test]
    fn each_size_has_the_moments_of_its_own_trial_to_the_last_bit() {
        let sizes = vec![[2, 3, 2, 2], [3, 3, 3, 3], [4, 5, 4, 4]];
        let value = |row: usize, arm: usize, trial: usize| {
            let i = row * ARMS + arm + trial;
            (i * i % 7) as f64 + 0.1
        };
        let x = |from: usize| -> Rows {
            std::array::from_fn(|arm| {
                std::array::from_fn(|row| std::array::from_fn(|trial| value(from + row, arm, trial)))
            })
        };
        let recorded =
            Recorded { variables: vec![0], pairs: vec![(0, 0)], by_arm: vec![(0, 0)], ..Recorded::default() };
        let nesting = Nesting::new(&recorded, sizes.clone());
        assert_eq!(nesting.rows(), 5);
        let (mut running, mut nested) = (nesting.running_sums(), nesting.batches(1));
        // In parts that end at a stop and between stops.
        for rows in [0..1, 1..3, 3..5] {
            nesting.add(&[x(rows.start)], rows.start, rows.len(), &mut running);
        }
        nesting.record(&mut running, ABREAST, &mut nested);
        for (sizes, nested) in sizes.into_iter().zip(nested) {
            let own = Layout::new(sizes.map(|size| size as u64));
            for trial in 0..ABREAST {
                let first = (0..5).flat_map(|row| (0..ARMS).map(move |arm| (row, arm)));
                let own_x: Vec<f64> = first
                    .filter(|&(row, arm)| row < sizes[arm])
                    .map(|(row, arm)| value(row, arm, trial))
                    .collect();
                let mut alone = MomentsBatch::new(sizes, 1);
                record(|_| &own_x, &own, &recorded, &mut alone, 1);
                let at = ABREAST + trial;
                assert_eq!(nested.sizes, alone.sizes);
                assert_eq!(nested.pooled[0][at].to_bits(), alone.pooled[0][1].to_bits());
                for arm in 0..ARMS {
                    assert_eq!(nested.mean[0][arm][at].to_bits(), alone.mean[0][arm][1].to_bits());
                    assert_eq!(nested.by_arm[0][arm][at].to_bits(), alone.by_arm[0][arm][1].to_bits());
                }
            }
        }
    }
}
