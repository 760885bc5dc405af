//! What four means with their intervals say: standard deviations, effects and the power that follows.
//!
//! In come the arms as a paper states them; out come each arm's standard deviation, the
//! eight contrasts with their standard errors, once from the means as printed and, where
//! these are not in the middle of their intervals, once from the middles.

use super::power::{Adjustment, Test};
use super::readings::Frame;
use super::{ArmSummary, Dispersion};
use crate::estimand::standardised::partial_eta_squared_of_f;
use crate::estimand::{ARMS, ESTIMANDS, WEIGHTS, contrast};
use crate::stats::{chi_squared, student_t};

/// Means, worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Means {
    /// The standard deviation within each arm that its spread implies.
    pub sds: [f64; ARMS],
    /// Pooled over the arms by their degrees of freedom.
    pub pooled_sd: f64,
    /// The pooled standard deviation if the intervals were computed from one variance for all arms; none
    /// without intervals, or where that is taken already, as for adjusted means.
    pub if_one_variance: Option<f64>,
    /// p value of Bartlett's test that all arms have the same.
    pub equal_sds_p: f64,
    /// How far each mean lies from the centre of its interval, where that is more than rounding.
    pub off_centre: [Option<f64>; ARMS],
    /// The effects: as printed, then from the centres if these differ.
    pub versions: Vec<Version>,
}

/// The effects by one set of means.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Whether these are the centres of the intervals, not the means as printed.
    pub centres: bool,
    /// The four means.
    pub means: [f64; ARMS],
    /// The contrasts, in the order of the estimands.
    pub effects: Vec<Estimated>,
}

/// One contrast of the means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// Its place among the estimands.
    pub index: usize,
    /// Its value on the outcome's scale: a raw difference.
    pub value: f64,
    /// Its standard error from the pooled standard deviation.
    pub se: f64,
    /// Its interval, at level 1 − alpha.
    pub interval: [f64; 2],
    /// In pooled standard deviations.
    pub d: f64,
    /// √(λ/N), where λ is the noncentrality at these arm sizes.
    pub f: f64,
    /// Partial η² by this f.
    pub partial_eta_squared: f64,
    /// Power with the stated patients, if this were the truth.
    pub power: f64,
    /// Patients in all that the power needs, if this were the truth; none if too many or no effect.
    pub needed: Option<u64>,
    /// Whether the stated power follows.
    pub reproduces: Option<bool>,
    /// The limit of the interval that is nearer to 0, and the power with the stated patients if that were
    /// the truth; none if the interval includes 0.
    pub at_nearer_limit: Option<(f64, f64)>,
}

/// Works means out; their patients are stated.
pub(super) fn means(frame: &Frame<'_>, arms: &[ArmSummary; ARMS]) -> Means {
    let sizes = frame.sizes.unwrap_or([2; ARMS]);
    let dfs = sizes.map(|size| size as f64 - 1.0);
    let df: f64 = dfs.iter().sum();
    let pool = |sds: [f64; ARMS]| (dfs.iter().zip(sds).map(|(df, sd)| df * sd * sd).sum::<f64>() / df).sqrt();
    let adjusted = frame.means_are_adjusted();
    // An adjusted mean has the residual variance of all arms, less a degree of freedom for the baseline.
    let df_of_interval = |arm: usize| if adjusted { df - 1.0 } else { dfs[arm] };
    let sds: [f64; ARMS] = std::array::from_fn(|arm| arms[arm].sd(sizes[arm], df_of_interval(arm)));
    let pooled = pool(sds);
    let has_interval = arms.iter().any(|arm| matches!(arm.dispersion, Dispersion::Interval { .. }));
    let if_one_variance =
        (has_interval && !adjusted).then(|| pool(std::array::from_fn(|arm| arms[arm].sd(sizes[arm], df))));
    let off_centre: [Option<f64>; ARMS] = std::array::from_fn(|arm| arms[arm].off_centre());
    let printed: [f64; ARMS] = std::array::from_fn(|arm| arms[arm].mean);
    let mut versions = vec![version(frame, sizes, pooled, printed, false)];
    if off_centre.iter().any(Option::is_some) {
        let centres = std::array::from_fn(|arm| arms[arm].centre().unwrap_or(printed[arm]));
        versions.push(version(frame, sizes, pooled, centres, true));
    }
    let equal_sds_p = bartlett(&sds, &dfs, pooled);
    Means { sds, pooled_sd: pooled, if_one_variance, equal_sds_p, off_centre, versions }
}

/// p value of Bartlett's test of equal variances. Source: Bartlett (1937), Proc. R. Soc. A 160:268.
fn bartlett(sds: &[f64; ARMS], dfs: &[f64; ARMS], pooled: f64) -> f64 {
    let df: f64 = dfs.iter().sum();
    let groups = ARMS as f64;
    let logs: f64 = dfs.iter().zip(sds).map(|(df, sd)| df * 2.0 * libm::log(sd / pooled)).sum();
    let correction = 1.0 + (dfs.iter().map(|df| 1.0 / df).sum::<f64>() - 1.0 / df) / (3.0 * (groups - 1.0));
    chi_squared::sf(-logs / correction, groups - 1.0)
}

fn version(frame: &Frame<'_>, sizes: [u64; ARMS], sd: f64, means: [f64; ARMS], centres: bool) -> Version {
    let df = sizes.iter().sum::<u64>() as f64 - ARMS as f64;
    let patients = df + ARMS as f64;
    let lost_to_baseline = f64::from(frame.means_are_adjusted());
    let critical = student_t::isf(0.5 * frame.alpha, df - lost_to_baseline);
    let of = |index: usize| {
        let weights = &WEIGHTS[index];
        let value = contrast(weights, &means);
        let unit: f64 = weights.iter().zip(sizes).map(|(weight, size)| weight * weight / size as f64).sum();
        let se = sd * unit.sqrt();
        let f = value.abs() / (se * patients.sqrt());
        let test = frame.test_of_means(index, value / sd);
        let power = test.power(sizes, frame.alpha);
        let interval = [value - critical * se, value + critical * se];
        let nearer = if value > 0.0 { interval[0] } else { interval[1] };
        let at_nearer_limit = (nearer * value > 0.0)
            .then(|| (nearer, frame.test_of_means(index, nearer / sd).power(sizes, frame.alpha)));
        Estimated {
            index,
            value,
            se,
            interval,
            d: value / sd,
            f,
            partial_eta_squared: partial_eta_squared_of_f(f),
            power,
            needed: (value != 0.0).then(|| test.patients_for(frame.target, frame.alpha)).flatten(),
            reproduces: frame.reproduces(Some(power), |sizes| test.power(sizes, frame.alpha)),
            at_nearer_limit,
        }
    };
    Version { centres, means, effects: (0..ESTIMANDS).map(of).collect() }
}

impl Frame<'_> {
    /// Whether the means, and so their spread, are adjusted for the baseline.
    pub fn means_are_adjusted(&self) -> bool {
        self.claim.adjusted == Some(true)
    }

    /// The test of a contrast of `d` standard deviations of the means.
    fn test_of_means(&self, index: usize, d: f64) -> Test {
        match self.claim.correlation.filter(|_| self.means_are_adjusted()) {
            // Their spread is what the baseline leaves.
            Some(r) => {
                Test::Contrast { index, d: d * (1.0 - r * r).sqrt(), adjustment: Adjustment::Covariate(r) }
            }
            None => Test::Contrast { index, d, adjustment: Adjustment::None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.2.2: `bartlett.test` of four samples with these variances; see `tests/reference/claims/`.
    #[test]
    fn equal_standard_deviations_are_no_news() {
        let p = bartlett(&[8.0; 4], &[28.0; 4], 8.0);
        assert!((p - 1.0).abs() < 1e-12, "{p}");
    }
}
