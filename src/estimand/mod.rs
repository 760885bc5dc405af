//! What is asked of the trial: contrasts of the four arm means, and their names.
//!
//! In come the two factors; out come eight [`Estimand`]s with ids that scripts
//! can rely on, weights over the arms, and a definition in words. An analysis that
//! asks something else of the same arms has estimands of another [`Family`].
//! Nothing here knows how an estimand is estimated.
//!
//! Arms are always in the order reference + reference, reference + second,
//! second + reference, second + second: index = context level × 2 + treatment
//! level. For the standard factors that is SL, AL, SE, AE.

mod family;
mod number_needed;
pub mod standardised;

pub use family::{Family, of_analysis};
pub use number_needed::{NumberNeeded, has_number_needed};

use crate::scenario::{Factor, Scenario, resolve};

/// Number of arms.
pub const ARMS: usize = 4;

/// Number of estimands.
pub const ESTIMANDS: usize = 8;

/// One contrast of the four arm means.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimand {
    /// Its id, stable for scripts, as in `alliance_at_sham`.
    pub id: String,
    /// Weights of the four arm means.
    pub weights: [f64; ARMS],
    /// What it is, in words.
    pub definition: String,
}

/// Weights of the eight estimands over the arms, in the order of [`estimands`].
pub const WEIGHTS: [[f64; ARMS]; ESTIMANDS] = [
    [-0.5, -0.5, 0.5, 0.5],
    [-0.5, 0.5, -0.5, 0.5],
    [1.0, -1.0, -1.0, 1.0],
    [-1.0, 0.0, 1.0, 0.0],
    [0.0, -1.0, 0.0, 1.0],
    [-1.0, 1.0, 0.0, 0.0],
    [0.0, 0.0, -1.0, 1.0],
    [-1.0, 0.0, 0.0, 1.0],
];

/// How many of the estimands are of the two factors together: the main effects and the interaction.
pub const FACTORIAL: usize = 3;

/// Those that compare two samples of patients: all but the interaction.
pub const TWO_SAMPLES: [usize; ESTIMANDS - 1] = [0, 1, 3, 4, 5, 6, 7];

/// Σ weights · values of the arms; what rounding leaves of zero is zero.
#[must_use]
pub fn contrast(weights: &[f64; ARMS], values: &[f64; ARMS]) -> f64 {
    let parts: [f64; ARMS] = std::array::from_fn(|arm| weights[arm] * values[arm]);
    let (sum, size) = (parts.iter().sum::<f64>(), parts.iter().map(|part| part.abs()).sum::<f64>());
    // Means of .1, .2, .2, .3 have no interaction, though the sum leaves 3e-17.
    if sum.abs() <= 1e-14 * size { 0.0 } else { sum }
}

/// The eight estimands of a 2×2 trial, named after its factors and levels.
///
/// `factors` are the context and the treatment, each with two levels, as every
/// checked scenario has them.
#[must_use]
pub fn estimands(factors: &[Factor]) -> Vec<Estimand> {
    let (context, treatment) = (&factors[0], &factors[1]);
    let (a, b) = (&context.id, &treatment.id);
    let ([a0, a1], [b0, b1]) = (levels(context), levels(treatment));
    let names = [
        (
            a.clone(),
            format!("main effect of {a}: {a1} minus {a0}, averaged over {b0} and {b1} with equal weights"),
        ),
        (
            b.clone(),
            format!("main effect of {b}: {b1} minus {b0}, averaged over {a0} and {a1} with equal weights"),
        ),
        (
            "interaction".to_owned(),
            format!("difference of differences: effect of {b} when {a1} minus effect of {b} when {a0}"),
        ),
        (format!("{a}_at_{b0}"), format!("simple effect of {a} with {b0}: {a1} minus {a0}")),
        (format!("{a}_at_{b1}"), format!("simple effect of {a} with {b1}: {a1} minus {a0}")),
        (format!("{b}_at_{a0}"), format!("simple effect of {b} with {a0}: {b1} minus {b0}")),
        (format!("{b}_at_{a1}"), format!("simple effect of {b} with {a1}: {b1} minus {b0}")),
        ("joint".to_owned(), format!("both together: {a1} with {b1} minus {a0} with {b0}")),
    ];
    names
        .into_iter()
        .zip(WEIGHTS)
        .map(|((id, definition), weights)| Estimand { id, weights, definition })
        .collect()
}

/// The id of the one estimand of a study without assignment.
pub const EXPOSURE_SLOPE: &str = "exposure_slope";

/// What is asked of a scenario's study: eight contrasts in a trial, one slope without assignment.
#[must_use]
pub fn of_study(scenario: &Scenario) -> Vec<Estimand> {
    match resolve::exposure(scenario) {
        Some(rating) => vec![Estimand {
            id: EXPOSURE_SLOPE.to_owned(),
            weights: [0.0; ARMS],
            definition: format!(
                "change of the outcome per point of {}; its truth is the causal one: if what patients perceive \
                 were changed by as much",
                rating.id
            ),
        }],
        None => estimands(&scenario.factors),
    }
}

/// The four arms' ids, in arm order: `SL`, `AL`, `SE`, `AE` for the standard
/// factors, else `level1_level2`.
#[must_use]
pub fn arm_ids(factors: &[Factor]) -> [String; ARMS] {
    if is_standard(factors) { ["SL", "AL", "SE", "AE"].map(str::to_owned) } else { long_arm_ids(factors) }
}

/// The four arms' ids as `level1_level2`, in arm order.
#[must_use]
pub fn long_arm_ids(factors: &[Factor]) -> [String; ARMS] {
    let (context, treatment) = (levels(&factors[0]), levels(&factors[1]));
    std::array::from_fn(|arm| format!("{}_{}", context[arm / 2], treatment[arm % 2]))
}

fn levels(factor: &Factor) -> [&str; 2] {
    [&factor.levels[0], &factor.levels[1]]
}

fn is_standard(factors: &[Factor]) -> bool {
    levels(&factors[0]) == ["limited", "enhanced"] && levels(&factors[1]) == ["sham", "active"]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contrast_sums_to_zero() {
        for weights in WEIGHTS {
            assert_eq!(weights.iter().sum::<f64>(), 0.0);
        }
    }
}
