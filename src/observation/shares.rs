//! Shares of variables whose law has no formula: what they depend on is looked at in a large population.
//!
//! In come the patients of a population as they would be in each arm; out come the limits of the propensities that
//! depend on selected patients, or on outcomes that are not normal. Events come first: what is missing may depend on
//! values that events have changed.

use super::law::Law;
use super::model::{Before, ObservationColumns, ObservationModel, On, Purpose, standardised};
use super::propensity::Laws;
use crate::estimand::ARMS;

/// What happens to patients, in the order in which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Intercurrent events.
    Event,
    /// Missing values.
    Missing,
}

/// What was seen of the variables on which something depends: by event or reason and by arm, in standard deviations
/// from the mean.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    values: Vec<[Vec<f64>; ARMS]>,
}

impl ObservationModel {
    /// Whether shares of this kind wait for a population.
    #[must_use]
    pub fn waits(&self, kind: Happening) -> bool {
        match kind {
            Happening::Event => self.events.iter().any(|event| event.waits),
            Happening::Missing => self.missing.iter().any(|reason| reason.waits),
        }
    }

    /// Looks at patients of whom everybody is in one arm: `values` holds their outcomes before any event.
    pub fn see(
        &self,
        kind: Happening,
        arms: &[u8],
        before: &Before<'_>,
        columns: &mut ObservationColumns,
        values: &mut [Vec<f64>],
        seen: &mut Seen,
    ) {
        let things: Vec<(bool, Option<On>)> = match kind {
            Happening::Event => self.events.iter().map(|event| (event.waits, event.on)).collect(),
            Happening::Missing => self.missing.iter().map(|reason| (reason.waits, reason.on)).collect(),
        };
        if kind == Happening::Missing {
            self.happen(Purpose::Data, arms, before, columns, values);
        }
        seen.values.resize_with(things.len(), Default::default);
        for (by_arm, (_, on)) in seen.values.iter_mut().zip(&things).filter(|(_, (waits, _))| *waits) {
            // What is measured before treatment is the same in every arm.
            let is_outcome = matches!(on, Some(On::Outcome(_)));
            for (patient, &arm) in arms.iter().enumerate().filter(|(_, arm)| is_outcome || **arm == 0) {
                by_arm[usize::from(arm) % ARMS].push(standardised(*on, patient, arms, before, values));
            }
        }
    }

    /// Sets the limits that waited, from what was seen.
    pub fn settle(&mut self, kind: Happening, seen: Seen) {
        let laws = seen.values.into_iter().map(|by_arm| {
            let [first, others @ ..] = by_arm;
            match others.iter().all(Vec::is_empty) {
                true => Laws::Same(Law::of_patients(first)),
                false => {
                    let [second, third, fourth] = others;
                    Laws::ByArm([first, second, third, fourth].map(Law::of_patients))
                }
            }
        });
        match kind {
            Happening::Event => {
                for (event, laws) in self.events.iter_mut().zip(laws).filter(|(event, _)| event.waits) {
                    event.settle(&laws, false);
                }
            }
            Happening::Missing => {
                for (reason, laws) in self.missing.iter_mut().zip(laws).filter(|(reason, _)| reason.waits) {
                    reason.settle(&laws, false);
                }
            }
        }
    }

    /// Takes over the limits of the same scenario's model whose shares no longer wait.
    pub fn take_limits(&mut self, settled: &Self) {
        for (event, settled) in self.events.iter_mut().zip(&settled.events) {
            (event.limits, event.waits) = (settled.limits, settled.waits);
        }
        for (reason, settled) in self.missing.iter_mut().zip(&settled.missing) {
            reason.limits.clone_from(&settled.limits);
            reason.waits = settled.waits;
        }
    }
}
