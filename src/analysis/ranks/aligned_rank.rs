//! Aligned rank transform: an effect tested by ranks, the other effects taken away before.
//!
//! For each of the main effects and the interaction: from every outcome its cell's mean is taken
//! away and the cell's estimated effect of that one kind put back, all from equally weighted cell means;
//! what results is rounded to 9 decimals, so that equal values are equal, and ranked with midranks; and
//! the same effect is tested in an analysis of variance of the ranks, F on 1 and N − 4 degrees of
//! freedom.
//!
//! The contrast of those ranks estimates nothing that the population has: it changes with the other
//! arms, with their sizes and with what was aligned. So what is estimated is the difference of means, with
//! the standard error and the interval of an analysis of variance, and only the p value is that of the
//! ranks. Its null is no effect of that kind, all arms having the same distribution about their means. The
//! two can differ at the margin, as any two tests do.
//!
//! Sources: Higgins, Tashtoush (1994), Nonlinear World 1:201; Wobbrock et al. (2011), Proc. ACM CHI
//! 2011:143.

use super::ties::Ties;
use crate::analysis::closed_form::{Normal, PowerFormula};
use crate::analysis::contrast::CellMeans;
use crate::analysis::patients::{Patients, Worker};
use crate::analysis::registry::{Design, Entry};
use crate::analysis::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, FACTORIAL, Family, WEIGHTS};
use crate::stats::student_t;

/// The registry's line.
pub(in crate::analysis) const ENTRY: Entry = Entry {
    name: "aligned_rank",
    summary: "aligned rank transform: main effects and interaction tested by ranks, estimated by means",
    reference: "Higgins, Tashtoush (1994), Nonlinear World 1:201; Wobbrock et al. (2011), Proc. ACM CHI 2011:143",
    design: Design::Trial,
    family: Family::FactorialDifferences,
    takes: &[],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| Estimator::Patients(Box::new(AlignedRank { outcome: context.outcome })),
};

/// Values per unit to which aligned outcomes are rounded.
const STEPS: f64 = 1e9;

/// The aligned rank transform of one outcome.
#[derive(Debug, Clone, Copy)]
pub struct AlignedRank {
    outcome: usize,
}

impl Analysis for AlignedRank {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(sizes.iter().sum::<f64>() - ARMS as f64)
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.outcome]
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for a test of aligned ranks" }
    }
}

impl OfPatients for AlignedRank {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(AlignedRankWorker { model: *self, ties: Ties::default() })
    }
}

/// The analysis with its buffers.
#[derive(Debug)]
struct AlignedRankWorker {
    model: AlignedRank,
    ties: Ties,
}

impl AlignedRankWorker {
    /// Mean ranks of the cells, and the variance about them.
    fn ranks(&self, sizes: [f64; ARMS]) -> CellMeans {
        let midranks = || {
            let mut before = 0.0;
            self.ties.all().iter().map(move |tied| {
                let counts = tied.map(f64::from);
                let count: f64 = counts.iter().sum();
                let midrank = before + 0.5 * (count + 1.0);
                before += count;
                (midrank, counts)
            })
        };
        let mut mean = [0.0; ARMS];
        for (midrank, counts) in midranks() {
            (0..ARMS).for_each(|arm| mean[arm] += counts[arm] * midrank);
        }
        (0..ARMS).for_each(|arm| mean[arm] /= sizes[arm]);
        let mut squares = 0.0;
        for (midrank, counts) in midranks() {
            squares +=
                (0..ARMS).map(|arm| counts[arm] * (midrank - mean[arm]) * (midrank - mean[arm])).sum::<f64>();
        }
        let mut cells = CellMeans { sizes, mean, variance: f64::NAN };
        cells.variance = squares / cells.df();
        cells
    }
}

impl Worker for AlignedRankWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let outcome = patients.column(self.model.outcome);
        let of_arm = |arm: usize| patients.arm(arm).iter().map(|&row| outcome[row as usize]);
        let cells = CellMeans::new(of_arm)?;
        fits.outcome_variance[0] = cells.variance;
        for (estimand, weights) in WEIGHTS[..FACTORIAL].iter().enumerate() {
            let (estimate, variance) = cells.contrast(weights);
            // A contrast w adds w·estimate ÷ Σw² to each cell: half the difference of two levels to either
            // side of their mean, a quarter of the interaction.
            let length: f64 = weights.iter().map(|weight| weight * weight).sum();
            let aligned = (0..ARMS).flat_map(|arm| {
                let shift = weights[arm] * estimate / length - cells.mean[arm];
                of_arm(arm).map(move |value| (((value + shift) * STEPS).round(), arm as u8))
            });
            self.ties.sort(aligned);
            let (rank_estimate, rank_variance) = self.ranks(cells.sizes).contrast(weights);
            if rank_variance <= 0.0 {
                return Err(Failure::Singular);
            }
            fits.set(estimand, estimate, variance, cells.df());
            fits.set_p(estimand, student_t::p_value(rank_estimate / rank_variance.sqrt(), cells.df()));
        }
        Ok(())
    }
}
