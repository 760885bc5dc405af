//! Effects of the context that are greater in the hands of some therapists than of others.
//!
//! In come contrasts between therapists and how much of the context there is in each arm; out comes how one unit of a
//! therapist's effect moves the arms' means, the contrasts, and what of the residuals within arms no contrast tells. With
//! h a patient's context and Z the therapists as indicators, what the columns of diag(h)Z have beside their means in arms
//! and the contrasts are directions of their own: the eigenvectors w of its products Q, each moved by √q·w.

use crate::estimand::ARMS;
use crate::observation::TherapistContrasts;
use crate::random::{Stage, StreamKey};
use crate::response;
use crate::scenario::{Scenario, resolve};
use crate::stats::eigen;
use indexmap::IndexSet;

/// An eigenvalue up to this part of the largest that there can be is zero.
const NOTHING: f64 = 1e-9;

/// What is the same for all trials.
#[derive(Debug, Clone, Default)]
pub(super) struct Slopes {
    /// Where the therapists' effects on each outcome come from.
    pub keys: Vec<StreamKey>,
    /// By row: which of these it has, and with which SD.
    pub of_rows: Vec<Option<(usize, f64)>>,
    pub therapists: usize,
    /// By arm, by therapist: how far one unit of effect moves the mean.
    pub of_means: Vec<Vec<f64>>,
    /// By contrast and by other direction, by therapist: the same of these.
    pub of_contrasts: Vec<Vec<f64>>,
}

impl Slopes {
    /// Of rows with these slopes, by the outcome whose they are, and SD; none where nothing is recorded of a row. What they
    /// move is the design's: the same whichever outcomes are recorded.
    pub fn new(
        contrasts: &TherapistContrasts,
        scenario: &Scenario,
        slopes: &[Option<(String, f64)>],
        seed: u64,
    ) -> Self {
        let names: IndexSet<&str> = slopes.iter().flatten().map(|(name, _)| name.as_str()).collect();
        if !response::has_context_slopes(scenario) {
            return Slopes { of_rows: vec![None; slopes.len()], ..Slopes::default() };
        }
        let of_row = |slope: &Option<(String, f64)>| {
            slope.as_ref().and_then(|(name, sd)| Some((names.get_index_of(name.as_str())?, *sd)))
        };
        let key =
            |name: &&str| StreamKey::new(seed, Stage::Statistics, &format!("therapists/{name} effect"), 0);
        let (level, _) = resolve::perception(scenario);
        Slopes {
            keys: names.iter().map(key).collect(),
            of_rows: slopes.iter().map(of_row).collect(),
            ..Slopes::moving(contrasts, &std::array::from_fn(|arm| level[arm / 2]))
        }
    }

    /// For so much of the context in each arm.
    fn moving(contrasts: &TherapistContrasts, level: &[f64; ARMS]) -> Self {
        let (cells, sizes) = (contrasts.cells(), contrasts.sizes);
        let therapists = cells.len();
        // Products within arms of a column of Z, or of diag(h)Z, with one of diag(h)Z.
        let product = |t: usize, s: usize, h: &dyn Fn(usize) -> f64| -> f64 {
            let of_arm = |arm: usize| {
                let own = if t == s { cells[t][arm] } else { 0.0 };
                h(arm) * (own - cells[t][arm] * cells[s][arm] / sizes[arm])
            };
            (0..ARMS).map(of_arm).sum()
        };
        let once = |arm: usize| level[arm];
        let twice = |arm: usize| level[arm] * level[arm];
        let of_contrast = |weights: &Vec<f64>| -> Vec<f64> {
            let moved =
                |s: usize| weights.iter().enumerate().map(|(t, weight)| weight * product(t, s, &once)).sum();
            (0..therapists).map(moved).collect()
        };
        let mut of_contrasts: Vec<Vec<f64>> = contrasts.weights().iter().map(of_contrast).collect();
        let untold = |t: usize, s: usize| {
            product(t, s, &twice) - of_contrasts.iter().map(|moved| moved[t] * moved[s]).sum::<f64>()
        };
        let rest: Vec<Vec<f64>> =
            (0..therapists).map(|t| (0..therapists).map(|s| untold(t, s)).collect()).collect();
        let largest = (0..therapists).map(|t| product(t, t, &twice)).fold(0.0, f64::max);
        let (values, vectors) = eigen::decompose_to(&rest, 1e-28 * (largest * largest));
        for k in (0..therapists).filter(|&k| values[k] > NOTHING * largest) {
            of_contrasts.push(vectors.iter().map(|entries| values[k].sqrt() * entries[k]).collect());
        }
        let of_mean =
            |arm: usize| cells.iter().map(|cell| level[arm] * cell[arm] / sizes[arm]).collect::<Vec<f64>>();
        Slopes { therapists, of_means: (0..ARMS).map(of_mean).collect(), of_contrasts, ..Slopes::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::{Layout, NOBODY};
    use crate::observation::{MomentsBatch, Recorded, record};

    /// Crossed and uneven therapists, and one who treats one arm only: what their effects do to means, contrasts and
    /// squares within arms is what the patients' values say.
    #[test]
    fn effects_of_therapists_move_what_patients_say() {
        let layout = Layout::new([6; ARMS]);
        let mut arms = vec![0; layout.patients()];
        layout.write_arms(&mut arms);
        let therapists: Vec<u32> = (0..layout.patients())
            .map(|k| match arms[k] {
                3 if k < ARMS * 3 => 3,
                1 if k < ARMS => NOBODY,
                _ => [0, 0, 0, 1, 1, 2][(k / ARMS + usize::from(arms[k])) % 6],
            })
            .collect();
        let mut cells = [[0; ARMS]; 4];
        for (&arm, &therapist) in arms.iter().zip(&therapists) {
            if let Some(cell) = cells.get_mut(therapist as usize) {
                cell[usize::from(arm)] += 1;
            }
        }
        let contrasts = TherapistContrasts::new(&cells, layout.sizes()).unwrap();
        let level = [0.2, 0.2, 1.1, 1.1];
        let slopes = Slopes::moving(&contrasts, &level);
        assert!(slopes.of_contrasts.len() > contrasts.count());
        let recorded = Recorded { variables: vec![0], pairs: vec![(0, 0)], ..Recorded::default() };
        for effects in [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, -2.0, 0.0], [0.5, -1.0, 1.5, 3.0]] {
            let moved =
                |by: &[f64]| -> f64 { by.iter().zip(effects).map(|(moved, effect)| moved * effect).sum() };
            let of_patient = |(&arm, &therapist): (&u8, &u32)| {
                effects.get(therapist as usize).map_or(0.0, |effect| effect * level[usize::from(arm)])
            };
            let values: Vec<f64> = arms.iter().zip(&therapists).map(of_patient).collect();
            let mut batch = MomentsBatch::new(layout.sizes(), 1);
            batch.between[0] = contrasts.columns();
            record(|_| &values, &layout, &recorded, &mut batch, 0);
            contrasts.record(0, &values, (&arms, &therapists), &mut batch, 0);
            for arm in 0..ARMS {
                assert!((batch.mean[0][arm][0] - moved(&slopes.of_means[arm])).abs() < 1e-14);
            }
            for (column, by) in batch.between[0].iter().zip(&slopes.of_contrasts) {
                assert!((column[0] - moved(by)).abs() < 1e-13);
            }
            let squares: f64 = slopes.of_contrasts.iter().map(|by| moved(by) * moved(by)).sum();
            assert!((batch.pooled[0][0] - squares).abs() < 1e-12);
        }
    }
}
