//! Within-arm cross-products arm by arm, for the engine of sufficient statistics.
//!
//! With equal variances the pooled Wishart matrix is drawn first and divided over
//! the arms on demand, from streams of its own, so that adding an analysis that
//! looks at the arms apart changes nothing for the others. The shares are
//! matrix-variate Dirichlet: with independent Wishart matrices Sₐ on nₐ − 1
//! degrees of freedom and S = ΣSₐ = LLᵀ, the matrices L⁻¹SₐL⁻ᵀ are independent of
//! S (Olkin, Rubin 1964, Ann. Math. Stat. 35:261). With unequal variances the
//! arms' own matrices are used as they are, and pooled by summing.

use super::plan::Plan;
use super::statistics::Drawn;
use crate::cohort::Variable;
use crate::estimand::ARMS;
use crate::observation::{MomentsBatch, packed};
use crate::random::{ChiSquared, Lanes, Stage, StandardNormal, StreamKey};

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

/// One trial's triangular factors and solutions, reused from trial to trial.
#[derive(Debug)]
pub(super) struct Scratch {
    /// T of each arm, packed.
    arm: [Vec<f64>; ARMS],
    /// Sum of the arms' matrices, then its Cholesky factor, packed.
    total: Vec<f64>,
    /// Of the two variables of a pair.
    solution: [Vec<f64>; 2],
}

impl Scratch {
    pub(super) fn new(variables: usize) -> Self {
        let packed_length = variables * (variables + 1) / 2;
        Scratch {
            arm: std::array::from_fn(|_| vec![0.0; packed_length]),
            total: vec![0.0; packed_length],
            solution: std::array::from_fn(|_| vec![0.0; variables]),
        }
    }
}

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
    pub(super) fn divide_pooled(
        &self,
        plan: &Plan,
        drawn: &mut Drawn,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        let Drawn { scaled, split: scratch, .. } = drawn;
        for trial in 0..trials {
            self.draw(first + trial as u64, scratch);
            scratch.factor_total(self.rows.len());
            for &(v, w) in &plan.recorded.by_arm {
                let different = usize::from(v != w);
                for (which, variable) in [v, w].into_iter().enumerate().take(1 + different) {
                    for (k, slot) in scratch.solution[which][..=variable].iter_mut().enumerate() {
                        *slot = scaled[packed(variable, k)][trial];
                    }
                    scratch.solve_transposed(which, variable);
                }
                for arm in 0..ARMS {
                    batch.by_arm[packed(v, w)][arm][trial] = scratch.product(arm, v, w);
                }
            }
        }
    }

    /// Cross-products of arms with unequal variances: arm by arm, and pooled.
    pub(super) fn fill_unequal(
        &self,
        plan: &Plan,
        drawn: &mut Drawn,
        first: u64,
        trials: usize,
        batch: &mut MomentsBatch,
    ) {
        let scratch = &mut drawn.split;
        for trial in 0..trials {
            self.draw(first + trial as u64, scratch);
            for &(v, w) in &plan.recorded.pairs {
                let mut pooled = 0.0;
                for arm in 0..ARMS {
                    let product = (0..=w)
                        .map(|k| self.entry(plan, scratch, arm, v, k) * self.entry(plan, scratch, arm, w, k))
                        .sum::<f64>();
                    batch.by_arm[packed(v, w)][arm][trial] = product;
                    pooled += product;
                }
                batch.pooled[packed(v, w)][trial] = pooled;
            }
        }
    }

    /// Entry (v, k) of S·L·T in one arm.
    fn entry(&self, plan: &Plan, scratch: &Scratch, arm: usize, v: usize, k: usize) -> f64 {
        let variable = &plan.variables[v];
        let mixed: f64 =
            (k..=v).map(|source| variable.loadings[source] * scratch.arm[arm][packed(source, k)]).sum();
        variable.sd[arm] * mixed
    }

    /// Draws T of every arm for one replicate.
    fn draw(&self, replicate: u64, scratch: &mut Scratch) {
        let normal = StandardNormal::new();
        for (source, row) in self.rows.iter().enumerate() {
            let mut lanes = Lanes::of_keys(&row.keys, replicate);
            let (normal_words, uniform_words) = (lanes.step(), lanes.step());
            for arm in 0..ARMS {
                let diagonal = row.diagonal[arm]
                    .map_or(0.0, |chi| chi.sample(normal_words[arm], uniform_words[arm]).sqrt());
                scratch.arm[arm][packed(source, source)] = diagonal;
            }
            for left in 0..source {
                let words = lanes.step();
                for arm in 0..ARMS {
                    // Beyond an arm's degrees of freedom its factor has no column.
                    let exists = left < self.degrees_of_freedom[arm];
                    scratch.arm[arm][packed(source, left)] =
                        if exists { normal.sample(words[arm]) } else { 0.0 };
                }
            }
        }
    }
}

impl Scratch {
    /// Cholesky's factor of the sum of the arms' matrices.
    fn factor_total(&mut self, order: usize) {
        for row in 0..order {
            for column in 0..=row {
                let mut value: f64 = self
                    .arm
                    .iter()
                    .map(|t| (0..=column).map(|k| t[packed(row, k)] * t[packed(column, k)]).sum::<f64>())
                    .sum();
                for k in 0..column {
                    value -= self.total[packed(row, k)] * self.total[packed(column, k)];
                }
                self.total[packed(row, column)] =
                    if row == column { value.sqrt() } else { value / self.total[packed(column, column)] };
            }
        }
    }

    /// Solves Lᵀq = r in place, r and q of length v + 1.
    fn solve_transposed(&mut self, which: usize, v: usize) {
        let solution = &mut self.solution[which];
        for row in (0..=v).rev() {
            let mut value = solution[row];
            for k in row + 1..=v {
                value -= self.total[packed(k, row)] * solution[k];
            }
            solution[row] = value / self.total[packed(row, row)];
        }
    }

    /// (Tᵀq) · (Tᵀr) for one arm, q and r the solutions of variables v and w, v ≥ w.
    fn product(&self, arm: usize, v: usize, w: usize) -> f64 {
        let entry = |which: usize, variable: usize, column: usize| -> f64 {
            let solution = &self.solution[which];
            (column..=variable).map(|k| self.arm[arm][packed(k, column)] * solution[k]).sum()
        };
        let product = |column: usize| {
            let one = entry(0, v, column);
            one * if v == w { one } else { entry(1, w, column) }
        };
        (0..=w).map(product).sum()
    }
}
