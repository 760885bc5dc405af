//! Shares of patients to whom something happens, where what it depends on has no formula.
//!
//! In come a scenario and what is recorded of its patients; out come the limits with which the stated shares are
//! those of a large population, the same for every seed of a run.

use super::virtual_trial::VirtualTrial;
use crate::assignment::Layout;
use crate::error::Result;
use crate::estimand::ARMS;
use crate::observation::{Happening, ObservationModel, Seen};
use crate::scenario::Scenario;

/// Patients of an arm in a chunk.
const ARM: u64 = 1024;

/// Chunks of patients: 65,536 patients in all, each in every arm. As only the variable is drawn and not the rest of the
/// propensity, the standard error of a share is less than 0.002.
const CHUNKS: u64 = 16;

/// Seed of the population's streams.
const SEED: u64 = 0x7368_6172_6573;

/// Sets the limits that wait for a population, if any do.
pub(super) fn settle(scenario: &Scenario, observation: &mut ObservationModel) -> Result<()> {
    let waiting = [Happening::Event, Happening::Missing].into_iter().filter(|kind| observation.waits(*kind));
    let waiting: Vec<Happening> = waiting.collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let mut population = VirtualTrial::waiting(scenario, Layout::new([ARM; ARMS]), SEED)?;
    let mut columns = population.columns();
    for kind in waiting {
        let mut seen = Seen::default();
        for chunk in 0..CHUNKS {
            population.draw(chunk, &mut columns);
            for arm in 0..ARMS {
                population.latent(arm, &mut columns);
                population.see(kind, &mut columns, &mut seen);
            }
        }
        population.observation.settle(kind, seen);
    }
    observation.take_limits(&population.observation);
    Ok(())
}
