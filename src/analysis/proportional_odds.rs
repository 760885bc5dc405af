//! Proportional odds: an outcome in ordered steps, as a global perceived effect.
//!
//! Cells and covariates with common slopes on the scale of cumulative log odds, with a cutpoint between any two values
//! that occur; values that nobody has need none. What is told are contrasts of the arms' log odds of
//! a higher value: one number for all cutpoints, which is right if the effect shifts them all alike. A
//! contrast above 0 means higher values.
//!
//! Source: McCullagh (1980), J. R. Stat. Soc. B 42:109.

use super::closed_form::{Normal, PowerFormula};
use super::cumulative::MOST_CATEGORIES;
use super::log_odds::LogOdds;
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "proportional_odds",
    summary: "proportional odds: log odds ratios of a higher value of an outcome in steps; likelihood-ratio tests, profile \
              likelihood limits",
    reference: "McCullagh (1980), J. R. Stat. Soc. B 42:109",
    design: Design::Trial,
    family: Family::ProportionalOdds,
    takes: &[Field::Covariates],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| {
        Estimator::Patients(Box::new(ProportionalOdds {
            outcome: context.outcome,
            covariates: context.covariates.clone(),
            confidence_level: context.settings.confidence_level,
        }))
    },
};

/// Proportional odds of one outcome.
#[derive(Debug, Clone)]
pub struct ProportionalOdds {
    outcome: usize,
    covariates: Vec<usize>,
    confidence_level: f64,
}

impl Analysis for ProportionalOdds {
    fn degrees_of_freedom(&self, _: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(f64::INFINITY)
    }

    fn variables(&self) -> Vec<usize> {
        self.covariates.iter().copied().chain(std::iter::once(self.outcome)).collect()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for proportional odds" }
    }
}

impl OfPatients for ProportionalOdds {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(ProportionalOddsWorker {
            outcome: self.outcome,
            values: Levels::default(),
            log_odds: LogOdds::new(&self.covariates, self.confidence_level),
        })
    }
}

/// The values that occur, in ascending order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Levels {
    values: [f64; MOST_CATEGORIES],
    count: usize,
}

impl Levels {
    /// Takes a value among them. None if there are too many.
    pub fn add(&mut self, value: f64) -> Option<()> {
        let place = self.place(value);
        if place < self.count && self.values[place] == value {
            return Some(());
        }
        if self.count == MOST_CATEGORIES {
            return None;
        }
        self.values.copy_within(place..self.count, place + 1);
        self.values[place] = value;
        self.count += 1;
        Some(())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many are below a value.
    pub fn place(&self, value: f64) -> usize {
        self.values[..self.count].partition_point(|&known| known < value)
    }
}

#[derive(Debug)]
struct ProportionalOddsWorker {
    outcome: usize,
    values: Levels,
    log_odds: LogOdds,
}

impl Worker for ProportionalOddsWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let outcome = patients.column(self.outcome);
        self.values = Levels::default();
        for &row in patients.rows() {
            self.values.add(outcome[row as usize]).ok_or(Failure::TooManyValues)?;
        }
        let values = &self.values;
        let of_arm =
            |arm: usize| patients.arm(arm).iter().map(|&row| values.place(outcome[row as usize]) as u8);
        self.log_odds.fit(patients, values.count(), of_arm, fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_occur_are_in_order_and_not_too_many() {
        let mut levels = Levels::default();
        for value in [3.0, -1.0, 3.0, 0.5, -1.0] {
            levels.add(value).unwrap();
        }
        assert_eq!((levels.count(), levels.place(-1.0), levels.place(0.5), levels.place(3.0)), (3, 0, 1, 2));
        let more = (4..=20).all(|value| levels.add(f64::from(value)).is_some());
        assert!(more && levels.count() == 20 && levels.add(0.0).is_none() && levels.add(7.0).is_some());
    }
}
