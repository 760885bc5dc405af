//! The draws of a batch of trials, and the moments that they make.

use super::TherapistStatistics;
use crate::engine::statistics::{LEADING_WORDS, draw_words, product_of_rows, scale_row};
use crate::estimand::ARMS;
use crate::observation::{BATCH, Column, MomentsBatch, packed};
use crate::random::StandardNormal;
use crate::vector::{add_product, add_scaled, widest};

/// Buffers of one thread.
#[derive(Debug)]
pub(in crate::engine) struct DrawnOfTherapists {
    words: Vec<[u64; BATCH]>,
    outside: [u32; BATCH],
    /// By row: standard normal numbers of the arms' means.
    means: Vec<[Column; ARMS]>,
    /// By contrast, by row: the same of the contrasts.
    contrasts: Vec<Vec<Column>>,
    /// Bartlett's factor of the rest, packed, and what Σ's makes of it.
    bartlett: Vec<Column>,
    scaled: Vec<Column>,
    /// By outcome that has slopes, by therapist.
    slopes: Vec<Vec<Column>>,
    /// By row: one contrast.
    values: Vec<Column>,
}

/// A column of nothing.
const ZEROS: Column = [0.0; BATCH];

impl TherapistStatistics {
    pub(in crate::engine) fn drawn(&self) -> DrawnOfTherapists {
        let rows = self.rows.len();
        let words = LEADING_WORDS + rows + self.contrasts.len();
        DrawnOfTherapists {
            words: vec![[0; BATCH]; words.max(self.slopes.therapists)],
            outside: [0; BATCH],
            means: vec![[ZEROS; ARMS]; rows],
            contrasts: vec![vec![ZEROS; rows]; self.contrasts.len()],
            bartlett: vec![ZEROS; rows * (rows + 1) / 2],
            scaled: vec![ZEROS; rows * (rows + 1) / 2],
            slopes: vec![vec![ZEROS; self.slopes.therapists]; self.slopes.keys.len()],
            values: vec![ZEROS; rows],
        }
    }

    /// Draws replicates `first..first + trials` into the batch.
    pub(in crate::engine) fn simulate(
        &self,
        drawn: &mut DrawnOfTherapists,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        widest(
            #[inline(always)]
            || {
                batch.trials = trials;
                self.draw(drawn, first, trials);
                self.place_means(drawn, trials, batch);
                self.place_rest(drawn, trials, batch);
                self.place_contrasts(drawn, trials, batch);
            },
        );
    }

    /// By row: four numbers of means, the words of χ², those beside the diagonal of Bartlett's factor, the contrasts.
    #[inline(always)]
    fn draw(&self, drawn: &mut DrawnOfTherapists, first: u64, trials: usize) {
        let DrawnOfTherapists { words, outside, means, contrasts, bartlett, slopes, .. } = drawn;
        let normal = StandardNormal::new();
        for &number in &self.drawn {
            let row = &self.rows[number];
            let before_contrasts = LEADING_WORDS + number;
            let words = &mut words[..before_contrasts + contrasts.len()];
            draw_words(&row.key, first, trials, words);
            for (words, column) in words.iter().zip(&mut means[number]) {
                normal.fill(&words[..trials], &mut column[..trials], outside);
            }
            let diagonal = &mut bartlett[packed(number, number)];
            for trial in 0..trials {
                diagonal[trial] = row.rest.sample(words[ARMS][trial], words[ARMS + 1][trial]).sqrt();
            }
            for (left, words) in words[LEADING_WORDS..before_contrasts].iter().enumerate() {
                let column = &mut bartlett[packed(number, left)];
                normal.fill(&words[..trials], &mut column[..trials], outside);
            }
            for (words, columns) in words[before_contrasts..].iter().zip(&mut *contrasts) {
                normal.fill(&words[..trials], &mut columns[number][..trials], outside);
            }
        }
        for (key, columns) in self.slopes.keys.iter().zip(slopes) {
            let words = &mut words[..columns.len()];
            draw_words(key, first, trials, words);
            for (words, column) in words.iter().zip(columns) {
                normal.fill(&words[..trials], &mut column[..trials], outside);
            }
        }
    }

    /// The arms' means, but for what contrasts tell of the therapists' levels.
    #[inline(always)]
    fn place_means(&self, drawn: &DrawnOfTherapists, trials: usize, batch: &mut MomentsBatch) {
        for &number in &self.recorded {
            let row = &self.rows[number];
            for arm in 0..ARMS {
                let mean = &mut batch.mean[row.variable][arm][..trials];
                mean.fill(row.mean[arm]);
                add_combined(&self.of_means[number * ARMS + arm], drawn.means.as_flattened(), 1.0, mean);
                if let Some((slope, sd)) = self.slopes.of_rows[number] {
                    add_combined(&self.slopes.of_means[arm], &drawn.slopes[slope], sd, mean);
                }
            }
        }
    }

    /// The products within arms, but for those of contrasts.
    #[inline(always)]
    fn place_rest(&self, drawn: &mut DrawnOfTherapists, trials: usize, batch: &mut MomentsBatch) {
        let DrawnOfTherapists { bartlett, scaled, .. } = drawn;
        for &number in &self.recorded {
            scale_row(number, |source| self.own[number][source], bartlett, scaled, trials);
        }
        for &[one, other] in &self.pairs {
            let out = &mut batch.pooled[packed(self.rows[one].variable, self.rows[other].variable)];
            product_of_rows(one, other, scaled, trials, out);
        }
    }

    /// The contrasts, their products, and what they tell of the means.
    #[inline(always)]
    fn place_contrasts(&self, drawn: &mut DrawnOfTherapists, trials: usize, batch: &mut MomentsBatch) {
        let DrawnOfTherapists { contrasts, slopes, values, .. } = drawn;
        for (number, (contrast, normals)) in self.contrasts.iter().zip(&*contrasts).enumerate() {
            for &row in &self.recorded {
                let value = &mut values[row][..trials];
                value.fill(0.0);
                add_combined(&contrast.factor[row], normals, 1.0, value);
                if let Some((slope, sd)) = self.slopes.of_rows[row] {
                    add_combined(&self.slopes.of_contrasts[number], &slopes[slope], sd, value);
                }
                // An analysis of the arms alone has no room for contrasts, and other directions have none.
                let variable = self.rows[row].variable;
                if let Some(column) = batch.between[variable].get_mut(number) {
                    column[..trials].copy_from_slice(value);
                }
                self.add_levels(row, number, normals, trials, &mut batch.mean[variable]);
            }
            for &[one, other] in &self.pairs {
                let out = &mut batch.pooled[packed(self.rows[one].variable, self.rows[other].variable)];
                add_product(&values[one][..trials], &values[other][..trials], &mut out[..trials]);
            }
        }
    }

    /// Adds to the means of a variable what a contrast tells of the therapists' levels.
    #[inline(always)]
    fn add_levels(
        &self,
        row: usize,
        number: usize,
        normals: &[Column],
        trials: usize,
        mean: &mut [Column; ARMS],
    ) {
        let contrast = &self.contrasts[number];
        if contrast.of_means == [0.0; ARMS] || contrast.levels[row].iter().all(|&weight| weight == 0.0) {
            return;
        }
        let mut level = ZEROS;
        add_combined(&contrast.levels[row], normals, 1.0, &mut level[..trials]);
        for (mean, &moved) in mean.iter_mut().zip(&contrast.of_means) {
            add_scaled(moved, &level[..trials], &mut mean[..trials]);
        }
    }
}

/// Adds columns, each times its weight and all of them times a factor.
#[inline(always)]
fn add_combined(weights: &[f64], columns: &[Column], factor: f64, values: &mut [f64]) {
    for (&weight, column) in weights.iter().zip(columns) {
        add_scaled(factor * weight, &column[..values.len()], values);
    }
}
