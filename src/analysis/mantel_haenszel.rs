//! Common odds ratios of responding over strata, by Mantel and Haenszel.
//!
//! For each factor a stratum is a level of the other factor, within the levels of the covariates that are named as
//! `strata`. Of the table with a responders and b others at the second level, c and d at the first, n in all:
//! R = Σ ad/n, S = Σ bc/n, the common odds ratio R/S. The variance of its logarithm is Robins, Breslow and
//! Greenland's, with P = (a + d)/n and Q = (b + c)/n: Σ P·ad/n ÷ 2R² + Σ (P·bc + Q·ad)/n ÷ 2RS + Σ Q·bc/n ÷ 2S².
//! It holds for a few large strata and for many small ones. The test is Cochran's, Mantel's and Haenszel's, without
//! correction for continuity: (Σ a − E a)² ÷ Σ var a, χ² with one degree of freedom.
//!
//! Sources: Mantel, Haenszel (1959), J. Natl. Cancer Inst. 22:719; Robins, Breslow, Greenland (1986), Biometrics
//! 42:311.

use super::closed_form::{Normal, PowerFormula};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::responders::Responders;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;
use crate::stats::normal;
use std::cmp::Ordering;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "mantel_haenszel",
    summary: "Mantel–Haenszel: log of the common odds ratio of each factor over the levels of the other and strata; \
              Cochran–Mantel–Haenszel test without correction for continuity",
    reference: "Mantel, Haenszel (1959), J. Natl. Cancer Inst. 22:719; Robins, Breslow, Greenland (1986), Biometrics 42:311",
    design: Design::Trial,
    family: Family::CommonOddsRatios,
    takes: &[Field::Responder, Field::Strata],
    needs: &[Field::Responder],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| {
        Estimator::Patients(Box::new(MantelHaenszel {
            responders: Responders::new(context),
            strata: context.strata.clone(),
        }))
    },
};

/// Arms at the first and the second level of each factor, at each level of the other.
pub(crate) const PAIRS: [[[usize; 2]; 2]; 2] = [[[0, 2], [1, 3]], [[0, 1], [2, 3]]];

/// Common odds ratios for one outcome.
#[derive(Debug, Clone)]
pub struct MantelHaenszel {
    responders: Responders,
    strata: Vec<usize>,
}

impl Analysis for MantelHaenszel {
    fn degrees_of_freedom(&self, _: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(f64::INFINITY)
    }

    fn variables(&self) -> Vec<usize> {
        self.responders.variables_beside(&self.strata)
    }

    fn outcome(&self) -> usize {
        self.responders.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for common odds ratios" }
    }
}

impl OfPatients for MantelHaenszel {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(MantelHaenszelWorker { model: self.clone(), patients: Vec::new() })
    }
}

#[derive(Debug)]
struct MantelHaenszelWorker {
    model: MantelHaenszel,
    /// Row, arm and response of each patient, those of a stratum side by side.
    patients: Vec<(u32, u8, bool)>,
}

/// Sums over tables.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// R and S.
    products: [f64; 2],
    /// Σ P·ad/n, Σ (P·bc + Q·ad)/n, Σ Q·bc/n.
    spread: [f64; 3],
    /// Responders at the second level beyond what is expected, and the variance.
    beyond: f64,
    variance: f64,
}

impl Sums {
    /// Adds a table of others and responders at the first level and at the second.
    fn add(&mut self, [[d, c], [b, a]]: [[f64; 2]; 2]) {
        let (second, first) = (a + b, c + d);
        let all = first + second;
        // A stratum without patients at one of the levels tells nothing.
        if first == 0.0 || second == 0.0 {
            return;
        }
        let (with, against) = (a * d / all, b * c / all);
        let (p, q) = ((a + d) / all, (b + c) / all);
        self.products[0] += with;
        self.products[1] += against;
        self.spread[0] += p * with;
        self.spread[1] += p * against + q * with;
        self.spread[2] += q * against;
        let responders = a + c;
        self.beyond += a - second * responders / all;
        self.variance += second * first * responders * (b + d) / (all * all * (all - 1.0));
    }

    fn log_odds_ratio(&self) -> f64 {
        libm::log(self.products[0] / self.products[1])
    }

    fn variance_of_log(&self) -> f64 {
        let [r, s] = self.products;
        let [both, mixed, neither] = self.spread;
        both / (2.0 * r * r) + mixed / (2.0 * r * s) + neither / (2.0 * s * s)
    }
}

impl Worker for MantelHaenszelWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        if patients.sizes().contains(&0.0) {
            return Err(Failure::Singular);
        }
        let MantelHaenszelWorker { model, patients: all } = self;
        all.clear();
        for arm in 0..ARMS {
            let responses = model.responders.of_arm(patients, arm);
            let rows = patients.arm(arm).iter().zip(responses);
            all.extend(rows.map(|(&row, responds)| (row, arm as u8, responds > 0.0)));
        }
        let order = |one: u32, other: u32| {
            let mut strata = model.strata.iter().map(|&variable| {
                let column = patients.column(variable);
                column[one as usize].total_cmp(&column[other as usize])
            });
            strata.find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
        };
        if !model.strata.is_empty() {
            // Only counted within a stratum, so their order there does not matter.
            all.sort_unstable_by(|one, other| order(one.0, other.0));
        }
        let mut sums = [Sums::default(); 2];
        for stratum in all.chunk_by(|one, other| order(one.0, other.0) == Ordering::Equal) {
            let mut counts = [[0.0; 2]; ARMS];
            for &(_, arm, responds) in stratum {
                counts[usize::from(arm)][usize::from(responds)] += 1.0;
            }
            for (sums, pairs) in sums.iter_mut().zip(PAIRS) {
                pairs.into_iter().for_each(|pair| sums.add(pair.map(|arm| counts[arm])));
            }
        }
        for (estimand, sums) in sums.iter().enumerate() {
            if sums.products.contains(&0.0) || sums.variance <= 0.0 {
                return Err(Failure::Separation);
            }
            fits.set(estimand, sums.log_odds_ratio(), sums.variance_of_log(), f64::INFINITY);
            let statistic = sums.beyond * sums.beyond / sums.variance;
            fits.set_p(estimand, 2.0 * normal::sf(statistic.sqrt()));
        }
        Ok(())
    }
}
