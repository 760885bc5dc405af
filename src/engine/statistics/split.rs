//! Within-arm cross-products arm by arm, for the engine of sufficient statistics.
//!
//! With equal variances the pooled Wishart matrix is drawn first and divided over
//! the arms on demand, from streams of its own, so that adding an analysis that
//! looks at the arms apart changes nothing for the others. The shares are
//! matrix-variate Dirichlet: with independent Wishart matrices Sₐ on nₐ − 1
//! degrees of freedom and S = ΣSₐ = LLᵀ, the matrices L⁻¹SₐL⁻ᵀ are independent of
//! S (Olkin, Rubin 1964, Ann. Math. Stat. 35:261). With unequal variances the
//! arms' own matrices are used as they are, and pooled by summing.

use super::{Drawn, draw_words, product_of_rows};
use crate::cohort::Variable;
use crate::engine::plan::Plan;
use crate::estimand::ARMS;
use crate::observation::{BATCH, Column, MomentsBatch, packed};
use crate::random::{ChiSquared, Stage, StandardNormal, StreamKey};
use crate::vector::{add_product, add_scaled};

/// How the arms' Wishart matrices are drawn.
#[derive(Debug, Clone)]
pub(super) struct Split {
    unequal_variances: bool,
    /// One per source, in order.
    rows: Vec<ArmRows>,
    degrees_of_freedom: [usize; ARMS],
}

/// The four arms' rows of T for one source.
#[derive(Debug, Clone)]
struct ArmRows {
    keys: [StreamKey; ARMS],
    /// None where the arm has too few patients for this diagonal entry.
    diagonal: [Option<ChiSquared>; ARMS],
}

/// Triangular factors and solutions of a batch, reused from batch to batch.
#[derive(Debug)]
pub(super) struct Scratch {
    words: Vec<[u64; BATCH]>,
    outside: [u32; BATCH],
    /// T of each arm, packed.
    arm: [Vec<Column>; ARMS],
    /// Cholesky's factor of the sum of the arms' matrices, packed.
    total: Vec<Column>,
    /// Of the two variables of a pair.
    solution: [Vec<Column>; 2],
}

/// A column of nothing.
const ZEROS: Column = [0.0; BATCH];

impl Scratch {
    pub(super) fn new(variables: usize) -> Self {
        let packed_length = variables * (variables + 1) / 2;
        Scratch {
            words: vec![[0; BATCH]; OF_DIAGONAL + variables],
            outside: [0; BATCH],
            arm: std::array::from_fn(|_| vec![ZEROS; packed_length]),
            total: vec![ZEROS; packed_length],
            solution: std::array::from_fn(|_| vec![ZEROS; variables]),
        }
    }
}

/// Words of a diagonal entry, which come first.
const OF_DIAGONAL: usize = 2;

impl Split {
    /// The split that the plan needs, if it needs one.
    pub(super) fn new(plan: &Plan, seed: u64) -> Option<Self> {
        let recorded = &plan.recorded;
        // Asked of every variable of the scenario, recorded or not: otherwise one more analysis
        // would change how the numbers of the others are drawn.
        let unequal_variances = plan.variables.iter().any(Variable::is_heteroscedastic);
        let apart = recorded.by_arm.iter().map(|(v, _)| v).max();
        let last = if unequal_variances { recorded.variables.last() } else { apart }?;
        let degrees_of_freedom = plan.layout.sizes().map(|size| size - 1);
        let rows = (0..=*last)
            .map(|source| ArmRows {
                keys: std::array::from_fn(|arm| {
                    StreamKey::new(seed, Stage::Split, &plan.variables[source].name, arm as u32)
                }),
                diagonal: degrees_of_freedom
                    .map(|df| (df > source).then(|| ChiSquared::new((df - source) as u64))),
            })
            .collect();
        Some(Split { unequal_variances, rows, degrees_of_freedom })
    }

    /// Whether the arms' own matrices take the place of the pooled one.
    pub(super) fn replaces_pooled(&self) -> bool {
        self.unequal_variances
    }

    /// Divides the pooled cross-products of the pairs recorded by arm.
    #[inline(always)]
    pub(super) fn divide_pooled(
        &self,
        plan: &Plan,
        drawn: &mut Drawn,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        let Drawn { scaled, split: scratch, .. } = drawn;
        self.draw(first, trials, scratch);
        scratch.factor_total(self.rows.len(), trials);
        for &(v, w) in &plan.recorded.by_arm {
            scratch.solve_transposed(0, v, scaled, trials);
            if v != w {
                scratch.solve_transposed(1, w, scaled, trials);
            }
            for arm in 0..ARMS {
                scratch.product(arm, v, w, trials, &mut batch.by_arm[packed(v, w)][arm]);
            }
        }
    }

    /// Cross-products of arms with unequal variances: arm by arm, and pooled.
    #[inline(always)]
    pub(super) fn fill_unequal(
        &self,
        plan: &Plan,
        drawn: &mut Drawn,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        let scratch = &mut drawn.split;
        self.draw(first, trials, scratch);
        for &(v, w) in &plan.recorded.pairs {
            let pooled = &mut batch.pooled[packed(v, w)];
            pooled[..trials].fill(0.0);
            for arm in 0..ARMS {
                let product = &mut batch.by_arm[packed(v, w)][arm];
                product[..trials].fill(0.0);
                for k in 0..=w {
                    let one = scratch.entry(plan, arm, v, k, trials);
                    let other = scratch.entry(plan, arm, w, k, trials);
                    add_product(&one[..trials], &other[..trials], &mut product[..trials]);
                }
                for trial in 0..trials {
                    pooled[trial] += product[trial];
                }
            }
        }
    }

    /// Draws T of every arm.
    #[inline(always)]
    fn draw(&self, first: u64, trials: usize, scratch: &mut Scratch) {
        let Scratch { words, outside, arm: factors, .. } = scratch;
        let normal = StandardNormal::new();
        for (source, row) in self.rows.iter().enumerate() {
            for (arm, factor) in factors.iter_mut().enumerate() {
                let words = &mut words[..OF_DIAGONAL + source];
                draw_words(&row.keys[arm], first, trials, words);
                let diagonal = &mut factor[packed(source, source)];
                match &row.diagonal[arm] {
                    None => diagonal[..trials].fill(0.0),
                    Some(chi_squared) => {
                        for trial in 0..trials {
                            diagonal[trial] = chi_squared.sample(words[0][trial], words[1][trial]).sqrt();
                        }
                    }
                }
                for (left, words) in words[OF_DIAGONAL..].iter().enumerate() {
                    let column = &mut factor[packed(source, left)][..trials];
                    // Beyond an arm's degrees of freedom its factor has no column.
                    if left < self.degrees_of_freedom[arm] {
                        normal.fill(&words[..trials], column, outside);
                    } else {
                        column.fill(0.0);
                    }
                }
            }
        }
    }
}

impl Scratch {
    /// Cholesky's factor of the sum of the arms' matrices.
    #[inline(always)]
    fn factor_total(&mut self, order: usize, trials: usize) {
        for row in 0..order {
            for column in 0..=row {
                let mut value = ZEROS;
                for factor in &self.arm {
                    let mut own = ZEROS;
                    product_of_rows(row, column, factor, trials, &mut own);
                    for trial in 0..trials {
                        value[trial] += own[trial];
                    }
                }
                for k in 0..column {
                    let (a, b) = (&self.total[packed(row, k)], &self.total[packed(column, k)]);
                    for trial in 0..trials {
                        value[trial] -= a[trial] * b[trial];
                    }
                }
                let own = self.total[packed(column, column)];
                for trial in 0..trials {
                    value[trial] =
                        if row == column { value[trial].sqrt() } else { value[trial] / own[trial] };
                }
                self.total[packed(row, column)] = value;
            }
        }
    }

    /// Solves Lᵀq = r for row `v` of the scaled factor.
    #[inline(always)]
    fn solve_transposed(&mut self, which: usize, v: usize, scaled: &[Column], trials: usize) {
        let solution = &mut self.solution[which];
        for row in (0..=v).rev() {
            let mut value = scaled[packed(v, row)];
            for k in row + 1..=v {
                let (a, b) = (&self.total[packed(k, row)], &solution[k]);
                for trial in 0..trials {
                    value[trial] -= a[trial] * b[trial];
                }
            }
            let own = &self.total[packed(row, row)];
            for trial in 0..trials {
                solution[row][trial] = value[trial] / own[trial];
            }
        }
    }

    /// (Tᵀq) · (Tᵀr) for one arm, q and r the solutions of variables v and w, v ≥ w.
    #[inline(always)]
    fn product(&self, arm: usize, v: usize, w: usize, trials: usize, out: &mut Column) {
        out[..trials].fill(0.0);
        for column in 0..=w {
            let one = self.transposed(arm, 0, v, column, trials);
            let other = if v == w { one } else { self.transposed(arm, 1, w, column, trials) };
            add_product(&one[..trials], &other[..trials], &mut out[..trials]);
        }
    }

    /// Entry `column` of Tᵀq.
    #[inline(always)]
    fn transposed(&self, arm: usize, which: usize, variable: usize, column: usize, trials: usize) -> Column {
        let mut sum = ZEROS;
        for k in column..=variable {
            let (t, q) = (&self.arm[arm][packed(k, column)], &self.solution[which][k]);
            add_product(&t[..trials], &q[..trials], &mut sum[..trials]);
        }
        sum
    }

    /// Entry (v, k) of S·L·T in one arm.
    #[inline(always)]
    fn entry(&self, plan: &Plan, arm: usize, v: usize, k: usize, trials: usize) -> Column {
        let variable = &plan.variables[v];
        let mut mixed = ZEROS;
        for source in k..=v {
            let t = &self.arm[arm][packed(source, k)];
            add_scaled(variable.loadings[source], &t[..trials], &mut mixed[..trials]);
        }
        for trial in 0..trials {
            mixed[trial] *= variable.sd[arm];
        }
        mixed
    }
}
