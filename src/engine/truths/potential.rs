//! What each patient of a large population would have in each arm, in categories.
//!
//! In come a scenario's population and how an outcome is put in categories (who responds, or which value it is);
//! out come everybody's four categories, their covariates and their stratum.

use super::contrasts::{CHUNKS, LAST};
use crate::analysis::{Levels, MOST_CATEGORIES, Observations, Responds};
use crate::engine::patients::virtual_trial::{TrialColumns, VirtualTrial};
use crate::estimand::ARMS;
use std::collections::BTreeMap;

/// How an outcome is put in categories.
#[derive(Debug, Clone, Copy)]
pub(super) enum Classes {
    /// Whether a patient responds, by the outcome and the variable that is its baseline.
    Response(Responds, Option<usize>),
    /// By its values, in their order.
    Values,
}

/// What a population is asked.
pub(super) struct Asked<'a> {
    pub population: &'a VirtualTrial,
    /// Number of the outcome.
    pub outcome: usize,
    pub classes: Classes,
    /// The variables that are adjusted for, and those whose values make strata.
    pub covariates: &'a [usize],
    pub strata: &'a [usize],
    /// Writes the column of a variable.
    pub column: &'a dyn Fn(usize, &TrialColumns, &mut [f64]),
    /// Patients planned in each arm.
    pub sizes: [f64; ARMS],
}

/// The population, before or after anything is measured.
#[derive(Debug, Default)]
pub(super) struct Potential {
    /// Everybody's category in each arm.
    pub patients: Vec<[u8; ARMS]>,
    /// How many categories there are.
    pub categories: usize,
    /// Everybody's stratum, if there are any.
    pub strata: Vec<usize>,
    /// How many covariates a patient has.
    pub covariates: usize,
    /// Covariates about their means, those of a patient side by side.
    values: Vec<f64>,
    /// Share of the trial's patients that is planned in each arm.
    pub shares: [f64; ARMS],
    /// Without covariates: shares by arm and category.
    counts: [[f64; MOST_CATEGORIES]; ARMS],
    /// How many patients are looked at.
    pub seen: usize,
}

impl Potential {
    /// Draws it. None if an outcome has more values than categories can be.
    pub fn draw(asked: &Asked<'_>, latent: bool) -> Option<Self> {
        let Asked { population, covariates, sizes, .. } = asked;
        let mut columns = population.columns();
        let chunk_size = columns.arms.len();
        let all: f64 = sizes.iter().sum();
        let mut potential = Potential {
            covariates: covariates.len(),
            shares: sizes.map(|size| size / all),
            ..Potential::default()
        };
        let (mut levels, mut found): (Levels, Vec<f64>) = (Levels::default(), Vec::new());
        let (mut keys, mut known): (Vec<Vec<u64>>, BTreeMap<Vec<u64>, usize>) = (Vec::new(), BTreeMap::new());
        let mut room = vec![0.0; chunk_size];
        for chunk in 0..CHUNKS {
            population.draw(LAST - chunk, &mut columns);
            let first = potential.patients.len();
            potential.patients.resize(first + chunk_size, [0; ARMS]);
            for arm in 0..ARMS {
                match latent {
                    true => population.latent(arm, &mut columns),
                    false => population.potential(arm, &mut columns),
                }
                let values = &columns.outcomes[asked.outcome];
                for (patient, of) in potential.patients[first..].iter_mut().enumerate() {
                    of[arm] = match asked.classes {
                        Classes::Response(responds, baseline) => {
                            let before = baseline
                                .map_or(0.0, |variable| columns.cohort.patients.measured[variable][patient]);
                            u8::from(responds.says(values[patient], before))
                        }
                        Classes::Values => number(&mut found, &mut levels, values[patient])?,
                    };
                }
            }
            potential.values.resize((first + chunk_size) * covariates.len(), 0.0);
            for (k, &variable) in covariates.iter().enumerate() {
                (asked.column)(variable, &columns, &mut room);
                for (patient, &value) in room.iter().enumerate() {
                    potential.values[(first + patient) * covariates.len() + k] = value;
                }
            }
            if !asked.strata.is_empty() {
                keys.clear();
                keys.resize(chunk_size, Vec::new());
                for &variable in asked.strata {
                    (asked.column)(variable, &columns, &mut room);
                    keys.iter_mut().zip(&room).for_each(|(key, value)| key.push(value.to_bits()));
                }
                for key in keys.drain(..) {
                    let next = known.len();
                    potential.strata.push(*known.entry(key).or_insert(next));
                }
            }
        }
        potential.categories = if found.is_empty() { 2 } else { levels.count() };
        if !found.is_empty() {
            // From the order in which values were met to their own.
            let rank: Vec<u8> = found.iter().map(|&value| levels.place(value) as u8).collect();
            potential.patients.iter_mut().flatten().for_each(|one| *one = rank[usize::from(*one)]);
        }
        potential.finish();
        Some(potential)
    }

    /// How many patients there are.
    pub fn count(&self) -> f64 {
        self.patients.len() as f64
    }

    /// A patient's covariates.
    pub fn of(&self, patient: usize) -> &[f64] {
        &self.values[patient * self.covariates..(patient + 1) * self.covariates]
    }

    fn finish(&mut self) {
        self.seen = self.patients.len();
        for k in 0..self.covariates {
            let column = self.values.iter().skip(k).step_by(self.covariates);
            let mean = column.sum::<f64>() / self.patients.len() as f64;
            self.values.iter_mut().skip(k).step_by(self.covariates).for_each(|value| *value -= mean);
        }
        for of in &self.patients {
            for (arm, &category) in of.iter().enumerate() {
                self.counts[arm][usize::from(category)] += self.shares[arm];
            }
        }
    }
}

/// The number of a value among those that were met so far.
fn number(found: &mut Vec<f64>, levels: &mut Levels, value: f64) -> Option<u8> {
    if let Some(known) = found.iter().position(|known| *known == value) {
        return Some(known as u8);
    }
    levels.add(value)?;
    found.push(value);
    Some((found.len() - 1) as u8)
}

impl Observations for Potential {
    fn visit(&self, mut each: impl FnMut(usize, usize, f64, &[f64])) {
        if self.covariates == 0 {
            for (arm, counts) in self.counts.iter().enumerate() {
                for (category, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
                    each(arm, category, count, &[]);
                }
            }
            return;
        }
        for (patient, of) in self.patients[..self.seen].iter().enumerate() {
            for (arm, &category) in of.iter().enumerate() {
                each(arm, category.into(), self.shares[arm], self.of(patient));
            }
        }
    }
}
