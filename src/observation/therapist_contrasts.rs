//! What therapists' patients say about the variance between therapists, where the same numbers of patients see each
//! therapist in every trial.
//!
//! In come, for each therapist, the patients of each arm; out come contrasts of the therapists' sums that are
//! independent of each other and of the arms' means. With X the arms and Z the therapists of patients, as indicators,
//! G = Zᵀ(I − P)Z with P the projection on X has eigenvectors u and eigenvalues d. Of an outcome y with variance σ² of
//! the residuals and τ² between therapists, each z = uᵀZᵀ(I − P)y ÷ √d has mean 0 and variance σ² + dτ², all are
//! independent, and Σz² is a part of the sum of squares within arms, whose rest knows no therapists. Together with the
//! arms' means these are sufficient for a random intercept, in designs that are balanced and in others, and there are
//! fewer of them than therapists.
//!
//! Source: Olsen, Seely, Birkes (1976), Ann. Statist. 4:878.

use super::{Column, MomentsBatch};
use crate::assignment::{Layout, NOBODY, TherapistAssignment};
use crate::estimand::ARMS;
use crate::scenario::{Scenario, resolve};
use crate::stats::eigen;

/// The most therapists for whom contrasts are found.
pub const MOST_THERAPISTS: usize = 64;

/// An eigenvalue up to this part of a caseload is zero.
const NOTHING: f64 = 1e-9;

/// Contrasts between therapists.
#[derive(Debug, Clone, PartialEq)]
pub struct TherapistContrasts {
    /// Patients in each arm.
    pub sizes: [f64; ARMS],
    /// By contrast, in descending order: d, how much of the variance between therapists is in it.
    pub information: Vec<f64>,
    /// By contrast: (XᵀX)⁻¹XᵀZu·√d. A level of the therapists that moves z by d moves the arms' means by this.
    pub of_means: Vec<[f64; ARMS]>,
    /// (XᵀX)⁻¹XᵀZZᵀX(XᵀX)⁻¹: covariance of the arms' means for one unit of τ².
    pub shared: [[f64; ARMS]; ARMS],
    /// By contrast: what each therapist's sum counts, u ÷ √d.
    weights: Vec<Vec<f64>>,
    /// By therapist: patients in each arm.
    cells: Vec<[f64; ARMS]>,
}

impl TherapistContrasts {
    /// Of trials of a checked scenario in which who treats whom is the same every time and all patients are analysed; none
    /// elsewhere.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Option<Self> {
        if resolve::sizes_vary(scenario) {
            return None;
        }
        let layout = Layout::of(scenario);
        // Which seed does not matter where chance decides nothing.
        let cells = TherapistAssignment::new(scenario, 0)?.fixed_cells(&layout)?;
        Self::new(&cells, layout.sizes())
    }

    /// For so many patients of each therapist in each arm, and so many in each arm in all. None where the therapists
    /// are too many, or where nothing tells their variance from anything else.
    #[must_use]
    pub fn new(cells: &[[u32; ARMS]], sizes: [usize; ARMS]) -> Option<Self> {
        if cells.len() > MOST_THERAPISTS || sizes.contains(&0) {
            return None;
        }
        let cells: Vec<[f64; ARMS]> = cells.iter().map(|cell| cell.map(f64::from)).collect();
        let sizes = sizes.map(|size| size as f64);
        let seen = |t: usize| cells[t].iter().sum::<f64>();
        let within = |t: usize, s: usize| -> f64 {
            let common: f64 = (0..ARMS).map(|arm| cells[t][arm] * cells[s][arm] / sizes[arm]).sum();
            if t == s { seen(t) - common } else { -common }
        };
        let therapists = cells.len();
        let matrix: Vec<Vec<f64>> =
            (0..therapists).map(|t| (0..therapists).map(|s| within(t, s)).collect()).collect();
        let largest = (0..therapists).map(seen).fold(0.0, f64::max);
        // What rounding leaves outside the diagonal is about this; less would ask for rotations to no end.
        let (values, vectors) = eigen::decompose_to(&matrix, 1e-28 * (largest * largest));
        let mut order: Vec<usize> = (0..therapists).filter(|&k| values[k] > NOTHING * largest).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        // Σ over therapists of what each adds to an arm's mean.
        let mean_of = |of_therapist: &dyn Fn(usize) -> f64| -> [f64; ARMS] {
            std::array::from_fn(|arm| {
                (0..therapists).map(|t| cells[t][arm] * of_therapist(t)).sum::<f64>() / sizes[arm]
            })
        };
        let information: Vec<f64> = order.iter().map(|&k| values[k]).collect();
        let root = |k: usize| values[k].sqrt();
        let weights =
            order.iter().map(|&k| (0..therapists).map(|t| vectors[t][k] / root(k)).collect()).collect();
        // What rounding leaves where therapists have the same share of each arm.
        let moved = |of_mean: f64, k: usize| if of_mean.abs() > NOTHING * root(k) { of_mean } else { 0.0 };
        let of_mean = |k: usize| mean_of(&|t| vectors[t][k] * root(k)).map(|mean| moved(mean, k));
        let of_means = order.iter().map(|&k| of_mean(k)).collect();
        let shared = std::array::from_fn(|arm| mean_of(&|t| cells[t][arm] / sizes[arm]));
        (!information.is_empty()).then_some(TherapistContrasts {
            sizes,
            information,
            of_means,
            shared,
            weights,
            cells,
        })
    }

    /// How many contrasts there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.information.len()
    }

    /// By contrast: what each therapist's sum counts.
    #[must_use]
    pub fn weights(&self) -> &[Vec<f64>] {
        &self.weights
    }

    /// By therapist: patients in each arm.
    #[must_use]
    pub fn cells(&self) -> &[[f64; ARMS]] {
        &self.cells
    }

    /// The same with therapists who see nobody left out: their numbers are then those of data in which they do not occur.
    #[must_use]
    pub fn of_those_who_see_patients(mut self) -> Self {
        let seen: Vec<bool> = self.cells.iter().map(|cell| *cell != [0.0; ARMS]).collect();
        for weights in &mut self.weights {
            retain(weights, &seen);
        }
        retain(&mut self.cells, &seen);
        self
    }

    /// Whether they are for these patients, each with an arm and a therapist.
    #[must_use]
    pub fn suit(&self, arms: &[u8], therapists: &[u32]) -> bool {
        let mut cells = vec![[0.0; ARMS]; self.cells.len()];
        let mut sizes = [0.0; ARMS];
        for (&arm, &therapist) in arms.iter().zip(therapists) {
            let arm = usize::from(arm) % ARMS;
            sizes[arm] += 1.0;
            match cells.get_mut(therapist as usize) {
                Some(cell) => cell[arm] += 1.0,
                None if therapist == NOBODY => {}
                None => return false,
            }
        }
        cells == self.cells && sizes == self.sizes
    }

    /// Writes a trial's contrasts of a variable as those of trial number `trial` of the batch, whose means are known.
    ///
    /// `values` are by patient; arms and therapists are those that the contrasts are for. The patients of one arm are added
    /// up in their order, whatever patients of other arms lie between them.
    pub fn record(
        &self,
        variable: usize,
        values: &[f64],
        (arms, therapists): (&[u8], &[u32]),
        batch: &mut MomentsBatch,
        trial: usize,
    ) {
        // The last is for patients of nobody.
        let mut by_arm = [[0.0; ARMS]; MOST_THERAPISTS + 1];
        for ((&value, &arm), &therapist) in values.iter().zip(arms).zip(therapists) {
            by_arm[(therapist as usize).min(MOST_THERAPISTS)][usize::from(arm) % ARMS] += value;
        }
        let mean = &batch.mean[variable];
        let mut sums = [0.0; MOST_THERAPISTS];
        for ((sum, by_arm), cell) in sums.iter_mut().zip(&by_arm).zip(&self.cells) {
            for arm in 0..ARMS {
                *sum += by_arm[arm] - cell[arm] * mean[arm][trial];
            }
        }
        for (column, weights) in batch.between[variable].iter_mut().zip(&self.weights) {
            column[trial] = weights.iter().zip(&sums).map(|(weight, sum)| weight * sum).sum();
        }
    }

    /// Room for the contrasts of a batch of trials.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        vec![[f64::NAN; super::BATCH]; self.count()]
    }
}

/// Keeps the values that are marked.
fn retain<T>(values: &mut Vec<T>, marked: &[bool]) {
    let mut marked = marked.iter();
    values.retain(|_| marked.next() == Some(&true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Recorded, record};

    /// Four therapists with two patients of each arm.
    #[test]
    fn crossed_and_balanced_therapists_are_compared_by_their_own_means() {
        let contrasts = TherapistContrasts::new(&[[2; ARMS]; 4], [8; ARMS]).unwrap();
        assert_eq!(contrasts.count(), 3);
        for (d, of_means) in contrasts.information.iter().zip(&contrasts.of_means) {
            assert!((d - 8.0).abs() < 1e-12);
            assert!(of_means.iter().all(|shift| shift.abs() < 1e-12));
        }
        assert!(contrasts.shared.as_flattened().iter().all(|covariance| (covariance - 0.25).abs() < 1e-15));
    }

    /// Twelve patients of three therapists: the squares of the contrasts, and what is left, are the sums of squares
    /// of least squares with and without therapists.
    #[test]
    fn contrasts_take_out_of_the_sum_of_squares_what_therapists_explain() {
        let layout = Layout::new([3; ARMS]);
        let arms: Vec<usize> = (0..12).map(|row| row % ARMS).collect();
        let therapists: Vec<u32> = vec![0, 1, 0, 2, 0, 0, 1, 1, 2, 2, 2, 0];
        let y: Vec<f64> = (0..12).map(|k| f64::from(k * k % 17)).collect();
        let mut cells = [[0; ARMS]; 3];
        arms.iter().zip(&therapists).for_each(|(&arm, &t)| cells[t as usize][arm] += 1);
        let contrasts = TherapistContrasts::new(&cells, [3; ARMS]).unwrap();
        let mut batch = MomentsBatch::new([3; ARMS], 1);
        let recorded = Recorded { variables: vec![0], pairs: vec![(0, 0)], ..Recorded::default() };
        record(|_| &y, &layout, &recorded, &mut batch, 0);
        batch.between[0] = contrasts.columns();
        let of_rows: Vec<u8> = arms.iter().map(|&arm| arm as u8).collect();
        contrasts.record(0, &y, (&of_rows, &therapists), &mut batch, 0);
        let explained: f64 = batch.between[0].iter().map(|column| column[0] * column[0]).sum();
        // Least squares of the deviations from arms' means on the therapists' indicators less their parts in arms,
        // two of the three: by the normal equations.
        let mean = |arm: usize| (0..3).map(|row| y[row * ARMS + arm]).sum::<f64>() / 3.0;
        let indicator = |t: usize, row: usize| {
            f64::from(u8::from(therapists[row] == t as u32)) - f64::from(cells[t][arms[row]]) / 3.0
        };
        let product =
            |t: usize, s: usize| -> f64 { (0..12).map(|k| indicator(t, k) * indicator(s, k)).sum() };
        let with_y = |t: usize| -> f64 { (0..12).map(|k| indicator(t, k) * (y[k] - mean(arms[k]))).sum() };
        let determinant = product(0, 0) * product(1, 1) - product(0, 1) * product(0, 1);
        let b = [
            (product(1, 1) * with_y(0) - product(0, 1) * with_y(1)) / determinant,
            (product(0, 0) * with_y(1) - product(0, 1) * with_y(0)) / determinant,
        ];
        let by_least_squares = b[0] * with_y(0) + b[1] * with_y(1);
        assert_eq!(contrasts.count(), 2);
        assert!((explained - by_least_squares).abs() < 1e-10 * explained, "{explained} {by_least_squares}");
    }

    /// Three therapists, of whom the second sees nobody.
    #[test]
    fn contrasts_suit_patients_in_the_same_cells_and_no_others() {
        let cells = [[2, 1, 1, 2], [0; ARMS], [1, 2, 2, 1]];
        let contrasts = TherapistContrasts::new(&cells, [3; ARMS]).unwrap();
        let arms: Vec<u8> = (0..12).map(|row| (row % ARMS) as u8).collect();
        let therapists = [0, 0, 0, 0, 0, 2, 2, 0, 2, 2, 2, 2];
        assert!(contrasts.suit(&arms, &therapists));
        assert!(!contrasts.suit(&arms[..11], &therapists[..11]));
        for (patient, other) in [(0, 2), (0, 1), (0, 3), (0, NOBODY)] {
            let mut others = therapists;
            others[patient] = other;
            assert!(!contrasts.suit(&arms, &others), "{other}");
        }
        let seen = contrasts.clone().of_those_who_see_patients();
        let renumbered = therapists.map(|therapist| therapist / 2);
        assert!(seen.suit(&arms, &renumbered) && !seen.suit(&arms, &therapists));
        let y: Vec<f64> = (0..12).map(|k| f64::from(k * k % 17)).collect();
        let recorded = |contrasts: &TherapistContrasts, therapists: &[u32]| {
            let mut batch = MomentsBatch::new([3; ARMS], 1);
            let recorded = Recorded { variables: vec![0], ..Recorded::default() };
            record(|_| &y, &Layout::new([3; ARMS]), &recorded, &mut batch, 0);
            batch.between[0] = contrasts.columns();
            contrasts.record(0, &y, (&arms, therapists), &mut batch, 0);
            batch.between[0].iter().map(|column| column[0].to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(recorded(&contrasts, &therapists), recorded(&seen, &renumbered));
    }

    #[test]
    fn therapists_of_one_arm_each_tell_nothing_of_their_variance() {
        let own = |t: usize| std::array::from_fn(|arm| if arm == t { 5 } else { 0 });
        assert_eq!(TherapistContrasts::new(&[own(0), own(1), own(2), own(3)], [5; ARMS]), None);
    }
}
