//! Power and the width of intervals by formula, for trials whose variables are jointly normal within arms.

use super::contrast::weight_over_sizes;
use crate::estimand::ARMS;
use crate::stats::quadrature::GaussLegendre;
use crate::stats::{beta, chi_squared, noncentral_f, student_t};
use std::sync::LazyLock;

/// The distribution of the trial's variables within arms.
#[derive(Debug, Clone)]
pub struct Normal {
    /// Patients in each arm.
    pub sizes: [f64; ARMS],
    /// Mean of each variable in each arm.
    pub mean: Vec<[f64; ARMS]>,
    /// Covariance matrix of the variables in each arm.
    pub covariance: [Vec<Vec<f64>>; ARMS],
}

/// What a formula says of the power, or of another probability.
#[derive(Debug, Clone, PartialEq)]
pub enum PowerFormula {
    /// The power, exactly.
    Exact {
        /// The power.
        power: f64,
        /// The formula in words.
        formula: &'static str,
    },
    /// The power by an approximation.
    Approximate {
        /// The power.
        power: f64,
        /// The formula in words, and what makes it approximate.
        formula: &'static str,
    },
    /// No formula.
    None {
        /// Why there is none.
        why: &'static str,
    },
}

/// What is known of an analysis in normal data, given the covariates that it adjusts for.
///
/// Each estimate is normal about the contrast of the combination's means, with the residual variance times what the
/// analysis's squared standard error is a multiple of; the residual variance that the analysis reports is the true one
/// times χ² over its degrees of freedom, independent of the estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalTheory {
    /// Variables and their weights in what is compared.
    pub combination: Vec<(usize, f64)>,
    /// The covariates that all of this is given.
    pub given: Vec<usize>,
    /// The true residual variance.
    pub residual_variance: f64,
}

/// Nodes of the integral over covariate imbalance; 64 leave an error below 1e-12.
const NODES: usize = 64;

/// The rule, made once: its nodes cost more than the integral.
static RULE: LazyLock<GaussLegendre> = LazyLock::new(|| GaussLegendre::new(NODES));

/// Relative difference up to which variances count as equal.
const EQUAL: f64 = 1e-12;

const UNEQUAL: &str =
    "variances differ between arms, so the pooled t statistic has no noncentral t distribution";

impl Normal {
    /// Whether a variable's variance is the same in all arms.
    #[must_use]
    pub fn has_equal_variances(&self, variable: usize) -> bool {
        common(&std::array::from_fn(|arm| self.covariance[arm][variable][variable])).is_some()
    }

    /// Power of the two-sided t test of a contrast of cell means of a linear combination
    /// of variables, with pooled variance: noncentral F with 1 and N − 4 degrees of freedom.
    #[must_use]
    pub fn contrast_power(
        &self,
        combination: &[(usize, f64)],
        weights: &[f64; ARMS],
        alpha: f64,
    ) -> PowerFormula {
        let Some(variance) = self.common_variance(combination) else {
            return PowerFormula::None { why: UNEQUAL };
        };
        let truth = self.contrast_of_combination(combination, weights);
        let degrees_of_freedom = self.pooled_degrees_of_freedom();
        let noncentrality = truth * truth / (variance * weight_over_sizes(weights, &self.sizes));
        PowerFormula::Exact {
            power: two_sided_power(noncentrality, degrees_of_freedom, alpha),
            formula: "noncentral F, 1 and N − 4 degrees of freedom",
        }
    }

    /// Power of the two-sided t test of a contrast of adjusted means.
    ///
    /// Given the covariates the t statistic is noncentral with noncentrality reduced by their
    /// imbalance: δ²(1 − B) with B ~ Beta(p/2, (N − 4 − p + 1)/2), since the imbalance is
    /// Hotelling's T². The power is the expectation over B; putting only the reduced residual
    /// variance into the noncentral F, as is usual, gives too much in small trials.
    /// Source: Shieh (2020), Psychometrika 85:101 (the distribution of the imbalance).
    #[must_use]
    pub fn adjusted_power(
        &self,
        outcome: usize,
        covariates: &[usize],
        weights: &[f64; ARMS],
        alpha: f64,
    ) -> PowerFormula {
        let adjusted = match self.adjusted(outcome, covariates, weights) {
            Ok(adjusted) => adjusted,
            Err(none) => return none,
        };
        let df = adjusted.degrees_of_freedom;
        let critical = student_t::isf(alpha / 2.0, df);
        let noncentrality = adjusted.truth * adjusted.truth / adjusted.variance;
        let power =
            adjusted.over_part(|part| noncentral_f::sf(critical * critical, 1.0, df, noncentrality * part));
        PowerFormula::Exact { power, formula: "noncentral F, averaged over the covariates' chance imbalance" }
    }

    /// The probability that the confidence interval of a contrast of cell means of a linear combination of variables, with
    /// pooled variance, is at most ± `most` wide; it misses with probability `miss`.
    #[must_use]
    pub fn contrast_narrow(
        &self,
        combination: &[(usize, f64)],
        weights: &[f64; ARMS],
        most: f64,
        miss: f64,
    ) -> PowerFormula {
        let Some(variance) = self.common_variance(combination) else {
            return PowerFormula::None { why: UNEQUAL };
        };
        let variance = variance * weight_over_sizes(weights, &self.sizes);
        PowerFormula::Exact {
            power: narrow(most, variance, self.pooled_degrees_of_freedom(), miss),
            formula: "the residual variance is χ² with N − 4 degrees of freedom",
        }
    }

    /// The same of a contrast of adjusted means, whose variance the covariates' imbalance makes larger.
    #[must_use]
    pub fn adjusted_narrow(
        &self,
        outcome: usize,
        covariates: &[usize],
        weights: &[f64; ARMS],
        most: f64,
        miss: f64,
    ) -> PowerFormula {
        match self.adjusted(outcome, covariates, weights) {
            Ok(adjusted) => PowerFormula::Exact {
                power: adjusted
                    .over_imbalance(|variance| narrow(most, variance, adjusted.degrees_of_freedom, miss)),
                formula: "the residual variance is χ², averaged over the covariates' chance imbalance",
            },
            Err(none) => none,
        }
    }

    /// What is known of contrasts of cell means of a linear combination of variables with pooled variance, or why
    /// nothing is.
    pub(super) fn theory_of_contrasts(
        &self,
        combination: &[(usize, f64)],
    ) -> Result<NormalTheory, &'static str> {
        let residual_variance = self.common_variance(combination).ok_or(UNEQUAL)?;
        Ok(NormalTheory { combination: combination.to_vec(), given: Vec::new(), residual_variance })
    }

    /// What is known of contrasts of adjusted means, or why nothing is.
    pub(super) fn theory_of_adjusted(
        &self,
        outcome: usize,
        covariates: &[usize],
    ) -> Result<NormalTheory, &'static str> {
        let residual_variance = self.common_residual(outcome, covariates)?;
        Ok(NormalTheory { combination: vec![(outcome, 1.0)], given: covariates.to_vec(), residual_variance })
    }

    /// The contrast of the means of a linear combination of variables.
    #[must_use]
    pub fn contrast_of_combination(&self, combination: &[(usize, f64)], weights: &[f64; ARMS]) -> f64 {
        combination.iter().map(|&(v, factor)| factor * self.contrast_of_means(v, weights)).sum()
    }

    /// The distribution of a contrast of adjusted means, or why there is none.
    pub(super) fn adjusted(
        &self,
        outcome: usize,
        covariates: &[usize],
        weights: &[f64; ARMS],
    ) -> Result<Adjusted, PowerFormula> {
        let residual = self.common_residual(outcome, covariates).map_err(|why| PowerFormula::None { why })?;
        let pooled = self.pooled_degrees_of_freedom();
        Ok(Adjusted {
            truth: self.contrast_of_means(outcome, weights),
            variance: residual * weight_over_sizes(weights, &self.sizes),
            degrees_of_freedom: pooled - covariates.len() as f64,
            covariates: covariates.len() as f64,
            pooled,
        })
    }

    /// The residual variance of the outcome on the covariates, if it and the slopes are the same in all arms.
    fn common_residual(&self, outcome: usize, covariates: &[usize]) -> Result<f64, &'static str> {
        let regressions: [Option<(f64, Vec<f64>)>; ARMS] =
            std::array::from_fn(|arm| self.regression(outcome, covariates, arm));
        let [Some(first), others @ ..] = &regressions else {
            return Err("the covariates are collinear");
        };
        let same_slopes = others.iter().flatten().all(|(_, slopes)| {
            slopes.iter().zip(&first.1).all(|(a, b)| (a - b).abs() <= EQUAL * a.abs().max(b.abs()).max(EQUAL))
        });
        let residuals: [f64; ARMS] =
            std::array::from_fn(|arm| regressions[arm].as_ref().map_or(f64::NAN, |(residual, _)| *residual));
        common(&residuals).filter(|_| same_slopes).ok_or(
            "slopes or residual variances differ between arms, so the common-slope t statistic has no known distribution",
        )
    }

    /// Power of Welch's test, approximated by a noncentral t with Satterthwaite's degrees of
    /// freedom at the true variances.
    #[must_use]
    pub fn welch_power(&self, outcome: usize, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        let parts: [f64; ARMS] = std::array::from_fn(|arm| {
            weights[arm] * weights[arm] * self.covariance[arm][outcome][outcome] / self.sizes[arm]
        });
        let variance: f64 = parts.iter().sum();
        let spread: f64 = parts.iter().zip(&self.sizes).map(|(part, size)| part * part / (size - 1.0)).sum();
        let truth = self.contrast_of_means(outcome, weights);
        PowerFormula::Approximate {
            power: two_sided_power(truth * truth / variance, variance * variance / spread, alpha),
            formula: "noncentral F with Satterthwaite's degrees of freedom at the true variances",
        }
    }

    /// Degrees of freedom of a variance pooled over the arms.
    fn pooled_degrees_of_freedom(&self) -> f64 {
        self.sizes.iter().sum::<f64>() - ARMS as f64
    }

    fn contrast_of_means(&self, variable: usize, weights: &[f64; ARMS]) -> f64 {
        (0..ARMS).map(|arm| weights[arm] * self.mean[variable][arm]).sum()
    }

    /// The variance of a linear combination of variables, if it is the same in all arms.
    fn common_variance(&self, combination: &[(usize, f64)]) -> Option<f64> {
        common(&std::array::from_fn(|arm| self.variance_of(combination, arm)))
    }

    fn variance_of(&self, combination: &[(usize, f64)], arm: usize) -> f64 {
        let covariance = &self.covariance[arm];
        combination
            .iter()
            .flat_map(|&(v, a)| combination.iter().map(move |&(w, b)| a * b * covariance[v][w]))
            .sum()
    }

    /// Residual variance and slopes of the outcome on the covariates within one arm.
    fn regression(&self, outcome: usize, covariates: &[usize], arm: usize) -> Option<(f64, Vec<f64>)> {
        let covariance = &self.covariance[arm];
        let matrix: Vec<Vec<f64>> =
            covariates.iter().map(|&v| covariates.iter().map(|&w| covariance[v][w]).collect()).collect();
        let products: Vec<f64> = covariates.iter().map(|&v| covariance[v][outcome]).collect();
        let slopes = crate::stats::cholesky::solve(&matrix, &products)?;
        let explained: f64 = slopes.iter().zip(&products).map(|(slope, product)| slope * product).sum();
        Some((covariance[outcome][outcome] - explained, slopes))
    }
}

/// The common value of four variances, if they are equal and above zero.
fn common(variances: &[f64; ARMS]) -> Option<f64> {
    let first = variances[0];
    let equal = variances.iter().all(|v| (v - first).abs() <= EQUAL * first.abs());
    (equal && first > 0.0).then_some(first)
}

/// Power of the two-sided t test at noncentrality δ².
fn two_sided_power(noncentrality: f64, degrees_of_freedom: f64, alpha: f64) -> f64 {
    let critical = student_t::isf(alpha / 2.0, degrees_of_freedom);
    noncentral_f::sf(critical * critical, 1.0, degrees_of_freedom, noncentrality)
}

/// P(t·s ≤ most), where s² is the estimate of `variance`.
fn narrow(most: f64, variance: f64, degrees_of_freedom: f64, miss: f64) -> f64 {
    let t = student_t::isf(miss / 2.0, degrees_of_freedom);
    chi_squared::cdf(degrees_of_freedom * most * most / (t * t * variance), degrees_of_freedom)
}

/// The distribution of a contrast of adjusted means, given the covariates' imbalance B.
#[derive(Debug, Clone, Copy)]
pub(super) struct Adjusted {
    /// Its mean.
    pub truth: f64,
    /// Its variance without imbalance; with it, divided by 1 − B.
    pub variance: f64,
    /// Of the residual variance.
    pub degrees_of_freedom: f64,
    covariates: f64,
    pooled: f64,
}

impl Adjusted {
    /// E[power at the contrast's variance].
    pub fn over_imbalance(&self, power: impl Fn(f64) -> f64) -> f64 {
        self.over_part(|part| power(self.variance / part))
    }

    /// E[power at 1 − B], B ~ Beta(p/2, (pooled − p + 1)/2).
    fn over_part(&self, power: impl Fn(f64) -> f64) -> f64 {
        if self.covariates == 0.0 {
            return power(1.0);
        }
        let (a, b) = (self.covariates / 2.0, (self.pooled - self.covariates + 1.0) / 2.0);
        // B = s² takes the singularity at 0 away; beyond the upper limit there is less than 1e-16.
        let limit = beta::isf(1e-16, a, b).sqrt();
        let power_at = |s: f64| {
            let imbalance = s * s;
            let power = power(1.0 - imbalance);
            2.0 * s * beta::density(imbalance, a, b) * power
        };
        RULE.integrate(power_at, 0.0, limit)
    }
}
