//! One answer from several completed data sets.
//!
//! With estimates Q and variances U of m completed data sets, the estimate is the mean of Q, and its
//! variance T = Ū + (1 + 1/m)B, B the variance of Q (Rubin 1987, section 3.1). Degrees of freedom:
//! Barnard, Rubin (1999), Biometrika 86:948, which never exceed those of complete data.

/// What several completed data sets say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// Mean of the estimates.
    pub estimate: f64,
    /// Mean of their variances.
    pub within: f64,
    /// Variance of the estimates.
    pub between: f64,
    /// Variance of the estimate.
    pub total: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// Relative increase of the variance due to missing values.
    pub relative_increase: f64,
    /// Fraction of information about the estimand that is missing.
    pub missing_information: f64,
}

/// Pools what two or more completed data sets say; `complete_df` are the degrees of freedom of one.
#[must_use]
pub fn pool(estimates: &[f64], variances: &[f64], complete_df: f64) -> Pooled {
    let count = estimates.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let (estimate, within) = (mean(estimates), mean(variances));
    let between =
        estimates.iter().map(|one| (one - estimate) * (one - estimate)).sum::<f64>() / (count - 1.0);
    let added = (1.0 + 1.0 / count) * between;
    let total = within + added;
    let share = added / total;
    let observed = (complete_df + 1.0) / (complete_df + 3.0) * complete_df * (1.0 - share);
    // 1/ν = 1/ν_m + 1/ν_obs with ν_m = (m − 1)/share², which is infinite where all estimates agree.
    let df = 1.0 / (share * share / (count - 1.0) + 1.0 / observed);
    let relative_increase = added / within;
    let missing_information = (relative_increase + 2.0 / (df + 3.0)) / (relative_increase + 1.0);
    Pooled { estimate, within, between, total, df, relative_increase, missing_information }
}
