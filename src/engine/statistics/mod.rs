//! The engine that draws the sufficient statistics of a trial instead of its patients.
//!
//! For jointly normal variables with fixed arm sizes the arm means are
//! independent of the within-arm cross-products; the means are normal, the
//! pooled cross-products Wishart with N − 4 degrees of freedom (Anderson 2003,
//! "An introduction to multivariate statistical analysis", theorem 3.3.2). A
//! Wishart matrix is L·T·Tᵀ·Lᵀ with L the Cholesky factor of the covariance and T
//! lower triangular, standard normal below and χ on the diagonal (Bartlett 1933).
//! The cost of a trial does not depend on the number of patients. Where these share therapists it is [`therapists`] who
//! matter.

pub(super) mod split;
pub(super) mod therapists;

use crate::cohort::Variable;
use crate::engine::plan::Plan;
use crate::estimand::ARMS;
use crate::observation::{BATCH, Column, MomentsBatch, packed};
use crate::random::{ChiSquared, Lanes, Stage, StandardNormal, StreamKey};
use crate::vector::{add_product, add_scaled, widest};
use split::Split;

/// What is the same for all trials.
#[derive(Debug, Clone)]
pub(super) struct StatisticsEngine {
    /// Rows to draw, one per needed source.
    rows: Vec<Row>,
    /// Standard errors of the arm means of each variable.
    mean_se: Vec<[f64; ARMS]>,
    /// Arm by arm, when an analysis needs it or variances differ.
    split: Option<Split>,
}

/// The draws of one source: its arm means and its row of T.
#[derive(Debug, Clone)]
struct Row {
    source: usize,
    key: StreamKey,
    diagonal: ChiSquared,
}

/// Drawn statistics of a batch, reused from batch to batch.
#[derive(Debug)]
pub(super) struct Drawn {
    words: Vec<[u64; BATCH]>,
    outside: [u32; BATCH],
    /// Standardised arm means of each source.
    means: Vec<[Column; ARMS]>,
    /// Words of the diagonal of T, by source.
    diagonal: Vec<[[u64; BATCH]; 2]>,
    /// Rows of T, packed.
    factor: Vec<Column>,
    /// Rows of S·L·T for the recorded variables, packed.
    scaled: Vec<Column>,
    split: split::Scratch,
}

/// Replicates whose generators step together; it divides the batch.
const SIDE_BY_SIDE: usize = 16;

/// Words that are taken before all others: four of means, two of χ².
pub(super) const LEADING_WORDS: usize = ARMS + 2;

impl StatisticsEngine {
    pub(super) fn new(plan: &Plan, seed: u64) -> Self {
        let pooled_df = plan.layout.patients() - ARMS;
        let rows = plan
            .needed_sources()
            .into_iter()
            .map(|source| Row {
                source,
                key: StreamKey::new(seed, Stage::Statistics, &plan.variables[source].name, 0),
                diagonal: ChiSquared::new((pooled_df - source) as u64),
            })
            .collect();
        let sizes = plan.layout.sizes();
        let mean_se = plan
            .variables
            .iter()
            .map(|variable| std::array::from_fn(|arm| variable.sd[arm] / (sizes[arm] as f64).sqrt()))
            .collect();
        StatisticsEngine { rows, mean_se, split: Split::new(plan, seed) }
    }

    pub(super) fn drawn(&self, plan: &Plan) -> Drawn {
        let variables = plan.variables.len();
        let packed_length = variables * (variables + 1) / 2;
        Drawn {
            words: vec![[0; BATCH]; LEADING_WORDS + variables],
            outside: [0; BATCH],
            means: vec![[[0.0; BATCH]; ARMS]; variables],
            diagonal: vec![[[0; BATCH]; 2]; variables],
            factor: vec![[0.0; BATCH]; packed_length],
            scaled: vec![[0.0; BATCH]; packed_length],
            split: split::Scratch::new(variables),
        }
    }

    /// Draws replicates `first..first + trials` into the batch.
    pub(super) fn simulate(
        &self,
        plan: &Plan,
        drawn: &mut Drawn,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        self.draw(drawn, first, trials);
        self.scale(plan, drawn, first, trials, batch);
    }

    /// Draws what does not depend on the number of patients.
    pub(super) fn draw(&self, drawn: &mut Drawn, first: u64, trials: usize) {
        widest(
            #[inline(always)]
            || self.draw_here(first, trials, drawn),
        );
    }

    #[inline(always)]
    fn draw_here(&self, first: u64, trials: usize, drawn: &mut Drawn) {
        // A loop: `for_each` is a function of its own, which knows nothing of the widest instructions.
        for row in &self.rows {
            row.draw(first, trials, drawn);
        }
    }

    /// Makes of what was drawn the moments of trials of the engine's size.
    pub(super) fn scale(
        &self,
        plan: &Plan,
        drawn: &mut Drawn,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        widest(
            #[inline(always)]
            || self.scale_here(plan, drawn, first, trials, batch),
        );
    }

    #[inline(always)]
    fn scale_here(
        &self,
        plan: &Plan,
        drawn: &mut Drawn,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        batch.trials = trials;
        for row in &self.rows {
            row.place_diagonal(trials, drawn);
        }
        for &v in &plan.recorded.variables {
            self.place_means(v, &plan.variables[v], drawn, trials, &mut batch.mean[v]);
        }
        match &self.split {
            Some(split) if split.replaces_pooled() => split.fill_unequal(plan, drawn, first, trials, batch),
            split => {
                // With the standard deviation of the first arm.
                let Drawn { factor, scaled, .. } = &mut *drawn;
                for &v in &plan.recorded.variables {
                    let Variable { sd, loadings, .. } = &plan.variables[v];
                    scale_row(v, |source| sd[0] * loadings[source], factor, scaled, trials);
                }
                for &(v, w) in &plan.recorded.pairs {
                    product_of_rows(v, w, scaled, trials, &mut batch.pooled[packed(v, w)]);
                }
                if let Some(split) = split {
                    split.divide_pooled(plan, drawn, first, trials, batch);
                }
            }
        }
    }

    #[inline(always)]
    fn place_means(
        &self,
        v: usize,
        variable: &Variable,
        drawn: &Drawn,
        trials: usize,
        out: &mut [Column; ARMS],
    ) {
        for (arm, column) in out.iter_mut().enumerate() {
            column[..trials].fill(variable.mean[arm]);
            for (&loading, means) in variable.loadings.iter().zip(&drawn.means) {
                add_scaled(self.mean_se[v][arm] * loading, &means[arm][..trials], &mut column[..trials]);
            }
        }
    }
}

impl Row {
    /// Draws the row for a batch: four arm means, the words of χ on the diagonal, then the normals
    /// to its left.
    #[inline(always)]
    fn draw(&self, first: u64, trials: usize, drawn: &mut Drawn) {
        draw_words(&self.key, first, trials, &mut drawn.words[..LEADING_WORDS + self.source]);
        let normal = StandardNormal::new();
        let Drawn { words, outside, means, factor, diagonal, .. } = drawn;
        for (arm, column) in means[self.source].iter_mut().enumerate() {
            normal.fill(&words[arm][..trials], &mut column[..trials], outside);
        }
        for (kept, words) in diagonal[self.source].iter_mut().zip(&words[ARMS..LEADING_WORDS]) {
            kept[..trials].copy_from_slice(&words[..trials]);
        }
        for left in 0..self.source {
            let column = &mut factor[packed(self.source, left)];
            normal.fill(&words[LEADING_WORDS + left][..trials], &mut column[..trials], outside);
        }
    }

    /// χ on the diagonal, whose degrees of freedom are those of the trial's size.
    #[inline(always)]
    fn place_diagonal(&self, trials: usize, drawn: &mut Drawn) {
        let Drawn { diagonal, factor, .. } = drawn;
        let [normal_words, uniform_words] = &diagonal[self.source];
        let words = normal_words[..trials].iter().zip(&uniform_words[..trials]);
        for (slot, (&a, &b)) in factor[packed(self.source, self.source)].iter_mut().zip(words) {
            *slot = self.diagonal.sample(a, b).sqrt();
        }
    }
}

/// The first words of replicates `first..first + trials`, a column for each.
#[inline(always)]
pub(super) fn draw_words(key: &StreamKey, first: u64, trials: usize, words: &mut [[u64; BATCH]]) {
    for (group, first) in (0..trials.div_ceil(SIDE_BY_SIDE)).zip((first..).step_by(SIDE_BY_SIDE)) {
        let mut lanes = Lanes::<SIDE_BY_SIDE>::of_replicates(key, first);
        for column in &mut *words {
            if let Some(part) = column.as_chunks_mut().0.get_mut(group) {
                lanes.step_into(part);
            }
        }
    }
}

/// Row number `row` of the triangular matrix of these weights, by source, times Bartlett's factor.
#[inline(always)]
pub(super) fn scale_row(
    row: usize,
    weight: impl Fn(usize) -> f64,
    factor: &[Column],
    scaled: &mut [Column],
    trials: usize,
) {
    for left in 0..=row {
        let out = &mut scaled[packed(row, left)][..trials];
        out.fill(0.0);
        for source in left..=row {
            add_scaled(weight(source), &factor[packed(source, left)][..trials], out);
        }
    }
}

/// The product of two rows of a triangular matrix.
#[inline(always)]
pub(super) fn product_of_rows(v: usize, w: usize, scaled: &[Column], trials: usize, out: &mut Column) {
    let out = &mut out[..trials];
    out.fill(0.0);
    for k in 0..=v.min(w) {
        add_product(&scaled[packed(v, k)][..trials], &scaled[packed(w, k)][..trials], out);
    }
}
