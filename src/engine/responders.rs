//! The truth of differences of shares: who responds in each arm, of a large population.
//!
//! In come a scenario's population and what counts as a response; out come the contrasts of the
//! four shares of responders, each patient seen in all four arms, with Monte Carlo standard errors.

use super::truth::{CHUNKS, LAST, Truths};
use super::virtual_trial::VirtualTrial;
use crate::analysis::Responds;
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS};

/// The truths of outcome number `outcome`, whose baseline is variable `baseline`.
pub(super) fn truths(
    population: &VirtualTrial,
    outcome: usize,
    baseline: Option<usize>,
    responds: Responds,
) -> Truths {
    let mut columns = population.columns();
    let patients = columns.arms.len();
    let mut response = [const { Vec::new() }; ARMS].map(|_: Vec<f64>| vec![0.0; patients]);
    // As measured, then before anything is.
    let mut sums = [[[0.0; 2]; ESTIMANDS]; 2];
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
            for (weights, [sum, squares]) in WEIGHTS.iter().zip(sums) {
                for patient in 0..patients {
                    let contrast: f64 = (0..ARMS).map(|arm| weights[arm] * response[arm][patient]).sum();
                    *sum += contrast;
                    *squares += contrast * contrast;
                }
            }
        }
    }
    let count = (CHUNKS * patients as u64) as f64;
    let mean = |[sum, _]: [f64; 2]| sum / count;
    let mcse = |[sum, squares]: [f64; 2]| {
        let mean = sum / count;
        ((squares / count - mean * mean).max(0.0) / count).sqrt()
    };
    Truths {
        value: sums[0].map(mean).to_vec(),
        mcse: Some(sums[0].map(mcse).to_vec()),
        latent: sums[1].map(mean).to_vec(),
    }
}
