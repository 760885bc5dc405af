//! Rank-sum tests of one trial in full: what is too slow for each of many simulated trials.

use super::Dataset;
use super::result::RankSumRow;
use crate::analysis::RankSum;
use crate::estimand::Estimand;

/// One row for each estimand of an analysis by `wilcoxon`.
pub(super) fn rank_sums(id: &str, data: &Dataset, outcome: usize, estimands: &[Estimand]) -> Vec<RankSumRow> {
    let column = &data.columns[outcome];
    let there = column.iter().zip(&data.arms).filter(|(value, _)| !value.is_nan());
    let values: Vec<(f64, u8)> = there.map(|(value, arm)| (*value, *arm)).collect();
    let row = |estimand: &Estimand| {
        let RankSum { u, p_uncorrected, p_exact, shift } = RankSum::new(&values, &estimand.weights)?;
        Some(RankSumRow {
            analysis: id.to_owned(),
            estimand: estimand.id.clone(),
            u,
            p_uncorrected,
            p_exact,
            hodges_lehmann: shift,
        })
    };
    estimands.iter().filter_map(row).collect()
}
