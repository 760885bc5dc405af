//! The truth of differences of percentage changes from baseline.
//!
//! In come a scenario's population and the outcome; out come the contrasts of the four arms' mean percentage
//! changes over the patients with a baseline above zero, each seen in all four arms, with Monte Carlo
//! standard errors. Where baselines near zero occur no mean exists, and the standard error says as much.

use super::contrasts::{CHUNKS, Contrasts, LAST, Truths};
use crate::analysis::percent_change;
use crate::engine::patients::virtual_trial::VirtualTrial;
use crate::estimand::ARMS;

/// The truths of outcome number `outcome`, whose baseline is variable `baseline`.
pub(super) fn truths(population: &VirtualTrial, outcome: usize, baseline: usize) -> Truths {
    let mut columns = population.columns();
    let mut changes: [Vec<f64>; ARMS] = Default::default();
    // As measured, then before anything is.
    let mut sums = [Contrasts::default(), Contrasts::default()];
    for chunk in 0..CHUNKS {
        population.draw(LAST - chunk, &mut columns);
        for (kind, sums) in sums.iter_mut().enumerate() {
            for (arm, changes) in changes.iter_mut().enumerate() {
                match kind {
                    0 => population.potential(arm, &mut columns),
                    _ => population.latent(arm, &mut columns),
                }
                let before = &columns.cohort.patients.measured[baseline];
                let both = columns.outcomes[outcome].iter().zip(before);
                let change = both.map(|(&after, &before)| percent_change(after, before));
                changes.clear();
                // Who has no percentage has none in any arm.
                changes.extend(change.filter(|change| !change.is_nan()));
            }
            sums.add(std::array::from_fn(|arm| changes[arm].as_slice()));
        }
    }
    let [measured, latent] = sums;
    Truths { value: measured.means(), mcse: Some(measured.mcses()), latent: latent.means() }
}
