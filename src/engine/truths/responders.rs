//! The truth of differences of shares: who responds in each arm, of a large population.
//!
//! In come a scenario's population and what counts as a response; out come the contrasts of the
//! four shares of responders, each patient seen in all four arms, with Monte Carlo standard errors.

use super::contrasts::{CHUNKS, Contrasts, LAST, Truths};
use crate::analysis::Responds;
use crate::engine::patients::virtual_trial::VirtualTrial;
use crate::estimand::ARMS;

/// The truths of outcome number `outcome`, whose baseline is variable `baseline`.
pub(super) fn truths(
    population: &VirtualTrial,
    outcome: usize,
    baseline: Option<usize>,
    responds: Responds,
) -> Truths {
    let mut columns = population.columns();
    let patients = columns.arms.len();
    let mut response: [Vec<f64>; ARMS] = std::array::from_fn(|_| vec![0.0; patients]);
    // As measured, then before anything is.
    let mut sums = [Contrasts::default(), Contrasts::default()];
    for chunk in 0..CHUNKS {
        population.draw(LAST - chunk, &mut columns);
        for (kind, sums) in sums.iter_mut().enumerate() {
            for (arm, response) in response.iter_mut().enumerate() {
                match kind {
                    0 => population.potential(arm, &mut columns),
                    _ => population.latent(arm, &mut columns),
                }
                let before = baseline.map(|variable| &columns.cohort.patients.measured[variable]);
                for (patient, slot) in response.iter_mut().enumerate() {
                    let before = before.map_or(0.0, |before| before[patient]);
                    *slot = f64::from(u8::from(responds.says(columns.outcomes[outcome][patient], before)));
                }
            }
            sums.add(std::array::from_fn(|arm| response[arm].as_slice()));
        }
    }
    let [measured, latent] = sums;
    Truths { value: measured.means(), mcse: Some(measured.mcses()), latent: latent.means() }
}
