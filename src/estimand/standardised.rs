//! Standardised effects of a contrast of the four arms: d, f and partial η², and what each is of the others.
//!
//! A contrast δ = Σ w·μ of arm means with standard deviation σ within the arms has
//! d = δ/σ and f = σ_m/σ, where σ_m is the standard deviation, over the four arms, of the parts
//! of the arm means that belong to the contrast, w·δ/Σw². So f = |d| / (2√Σw²): |d|/2 for a main
//! effect, |d|/4 for the interaction (d then is the difference of differences ÷ σ), |d|/√8 for two
//! arms of the four. Partial η² = f²/(1 + f²), and with equal arms of N patients in all the
//! noncentrality of the contrast's F test is N·f².
//!
//! Source: Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd ed., ch. 8 (f eq. 8.2.1,
//! η² eq. 8.2.19).

use super::ARMS;

/// Cohen's f of a contrast whose value is `d` standard deviations.
#[must_use]
pub fn f_of_d(d: f64, weights: &[f64; ARMS]) -> f64 {
    d.abs() / twice_length(weights)
}

/// The size of a contrast in standard deviations, if its Cohen's f is `f`.
#[must_use]
pub fn d_of_f(f: f64, weights: &[f64; ARMS]) -> f64 {
    f * twice_length(weights)
}

/// Partial η²: the effect's share of what is neither error nor another effect.
#[must_use]
pub fn partial_eta_squared_of_f(f: f64) -> f64 {
    f * f / (1.0 + f * f)
}

/// Cohen's f, if partial η² is `eta_squared`, at least 0 and below 1.
#[must_use]
pub fn f_of_partial_eta_squared(eta_squared: f64) -> f64 {
    (eta_squared / (1.0 - eta_squared)).sqrt()
}

/// Noncentrality of the F test of an effect of size `f` with `patients` in equal arms.
#[must_use]
pub fn noncentrality(f: f64, patients: f64) -> f64 {
    patients * f * f
}

/// 2√Σw².
fn twice_length(weights: &[f64; ARMS]) -> f64 {
    2.0 * weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimand::{WEIGHTS, contrast};

    /// σ_m/σ from cell means, as Cohen defines it: the root mean square of the cells' own parts.
    fn by_definition(parts: [f64; ARMS], sd: f64) -> f64 {
        (parts.iter().map(|part| part * part).sum::<f64>() / ARMS as f64).sqrt() / sd
    }

    #[test]
    fn f_is_that_of_the_cell_parts() {
        let (means, sd) = ([20.0, 21.0, 23.0, 29.0], 5.0);
        let grand = means.iter().sum::<f64>() / 4.0;
        let context = [0.5 * (means[0] + means[1]), 0.5 * (means[2] + means[3])];
        let treatment = [0.5 * (means[0] + means[2]), 0.5 * (means[1] + means[3])];
        let of_context = std::array::from_fn(|arm| context[arm / 2] - grand);
        let of_treatment = std::array::from_fn(|arm| treatment[arm % 2] - grand);
        let of_both = std::array::from_fn(|arm| means[arm] - context[arm / 2] - treatment[arm % 2] + grand);
        for (weights, parts) in WEIGHTS.iter().zip([of_context, of_treatment, of_both]) {
            let d = contrast(weights, &means) / sd;
            assert!((f_of_d(d, weights) - by_definition(parts, sd)).abs() < 1e-15);
            assert!((d_of_f(f_of_d(d, weights), weights) - d.abs()).abs() < 1e-15);
        }
    }

    #[test]
    fn factors_are_those_of_the_text() {
        for (index, factor) in [(0, 2.0), (1, 2.0), (2, 4.0), (3, 8.0_f64.sqrt()), (7, 8.0_f64.sqrt())] {
            assert!((d_of_f(1.0, &WEIGHTS[index]) - factor).abs() < 1e-15);
        }
    }

    /// Cohen (1988), § 8.2.3: f of .10, .25 and .40 are η² of .0099, .0588 and .1379.
    #[test]
    fn cohens_small_medium_and_large_effects() {
        for (f, eta_squared) in [(0.10, 0.0099), (0.25, 0.0588), (0.40, 0.1379)] {
            assert!((partial_eta_squared_of_f(f) - eta_squared).abs() < 5e-5);
            assert!((f_of_partial_eta_squared(partial_eta_squared_of_f(f)) - f).abs() < 1e-15);
        }
    }
}
