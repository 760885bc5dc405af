//! Every measure of every analysis, for several scenarios with the same random numbers.

use super::{Keeper, Together};
use crate::analysis::Fits;
use crate::engine::assemble::Finished;
use crate::engine::family::Family;
use crate::engine::plan::Plan;
use crate::engine::{Progress, RunOptions};
use crate::error::Result;
use crate::result::RunResult;
use crate::scenario::Scenario;
use crate::summary::{AnalysisSums, BlockSums, FamilyCounts, MergeTree};

/// What was found of several scenarios.
#[derive(Debug, Clone, PartialEq)]
pub struct Runs {
    /// One result for each, in order.
    pub results: Vec<RunResult>,
    /// Whether the smaller trials were the first patients of the larger ones.
    pub nested: bool,
}

/// Simulates scenarios with the same random numbers, by one engine; each has the result of a run of its own.
///
/// Those that differ in the number of patients only take one pass, and about as long as a run of the largest.
///
/// # Errors
/// `Usage` if there are no replicates or the engine asked for does not fit every scenario.
pub fn run_together(
    scenarios: &[Scenario],
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Runs> {
    let together = Together::new(scenarios, options, true)?;
    let plans = &together.plans;
    let mut merged: Vec<MergeTree<Vec<AnalysisSums>>> = plans.iter().map(|_| MergeTree::new()).collect();
    let mut families: Vec<Option<FamilyCounts>> = plans.iter().map(counts).collect();
    let take = |block: Vec<Kept>| {
        for ((tree, family), (sums, counts)) in merged.iter_mut().zip(&mut families).zip(block) {
            family.iter_mut().zip(&counts).for_each(|(family, counts)| family.add(counts));
            tree.push(sums);
        }
        Ok(())
    };
    together.simulate(options, || Sums::new(plans), take, progress)?;
    let result =
        |(((scenario, plan), tree), family): (((_, _), &MergeTree<Vec<AnalysisSums>>), &Option<_>)| {
            let finished = Finished {
                scenario,
                options,
                plan,
                engine: together.engine(),
                engine_why: together.engine_why.clone(),
                sums: &tree.total().unwrap_or_default(),
                family: family.as_ref(),
                controls: None,
                replicates: options.replicates,
                precision: None,
            };
            finished.result()
        };
    let results = scenarios.iter().zip(plans).zip(&merged).zip(&families).map(result).collect();
    Ok(Runs { results, nested: together.is_nested() })
}

fn counts(plan: &Plan) -> Option<FamilyCounts> {
    plan.family.as_ref().map(Family::counts)
}

/// Of one point.
type Kept = (Vec<AnalysisSums>, Option<FamilyCounts>);

/// The sums of a block, by point.
struct Sums {
    points: Vec<(Vec<BlockSums>, Option<FamilyCounts>)>,
}

impl Sums {
    fn new(plans: &[Plan]) -> Self {
        let sums = |plan: &Plan| {
            let sums = plan.analyses.iter().map(|planned| BlockSums::new(planned.estimands.len()));
            (sums.collect(), counts(plan))
        };
        Sums { points: plans.iter().map(sums).collect() }
    }
}

impl Keeper for Sums {
    type Kept = Vec<Kept>;

    fn take(&mut self, point: usize, plan: &Plan, fits: &mut [Fits], trials: usize) {
        let (sums, counts) = &mut self.points[point];
        if let (Some(family), Some(counts)) = (&plan.family, counts) {
            family.judge(fits, trials, counts);
        }
        for ((planned, fits), sums) in plan.analyses.iter().zip(fits).zip(sums) {
            sums.add(fits, &planned.target);
        }
    }

    fn block(&mut self) -> Vec<Kept> {
        let take = |(sums, counts): &mut (Vec<BlockSums>, Option<FamilyCounts>)| {
            let kept = sums.iter_mut().map(BlockSums::take).collect();
            let nothing = counts.as_ref().map(FamilyCounts::nothing_yet);
            (kept, std::mem::replace(counts, nothing))
        };
        self.points.iter_mut().map(take).collect()
    }
}
