//! Performance measures and their Monte Carlo standard errors.
//!
//! Formulas: Morris, White, Crowther (2019), "Using simulation studies to
//! evaluate statistical methods", Stat. Med. 38:2074, Table 6. Where that table
//! assumes normal estimates (the empirical standard error) the fourth moment is
//! used instead, which is the same for normal estimates and right for others.
//! Type S and type M: Gelman, Carlin (2014), Perspect. Psychol. Sci. 9:641.

use super::AnalysisSums;
use super::sums::EstimandSums;
use crate::result::Measure;

/// Everything that is reported for one analysis and one estimand.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// Mean of the estimates.
    pub mean_estimate: Measure,
    /// Mean of the estimates minus the truth.
    pub bias: Measure,
    /// Standard deviation of the estimates.
    pub empirical_se: Measure,
    /// Root mean squared standard error reported by the analysis.
    pub model_se: Measure,
    /// Root mean squared half-width of the confidence interval.
    pub half_width: Measure,
    /// Share of intervals that contain the truth.
    pub coverage: Measure,
    /// Share of trials that claim an effect, among those with an answer.
    pub power: Measure,
    /// Share of trials that claim an effect, among all.
    pub power_failures_as_no_claim: Measure,
    /// Share of claims with the wrong sign.
    pub type_s: Measure,
    /// Mean exaggeration of claims.
    pub type_m: Measure,
    /// Standardised mean difference with Hedges' correction.
    pub hedges_g: Measure,
    /// Partial η² of the contrast.
    pub partial_eta_squared: Measure,
    /// Trials without an answer.
    pub failures: u64,
}

/// Which measures mean something for an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applies {
    /// Whether its estimates are differences of means, which can be standardised.
    pub standardised: bool,
    /// Whether partial η² can be told.
    pub eta_squared: bool,
    /// Whether a claim can be wrong in sign and too large in size.
    pub sign_and_size: bool,
}

/// Why there is no standardised difference.
const NO_MEANS: &str = "the estimand is no difference of means";

/// Why claims have no errors of sign and size.
const NO_SIGN: &str = "what is claimed is not a difference from 0, so it has no sign or size to get wrong";

impl Measures {
    /// The measures of estimand number `estimand`.
    ///
    /// `pooled_df` are the degrees of freedom of the pooled within-arm standard
    /// deviation, for Hedges' correction, if it is not made trial by trial.
    #[must_use]
    pub fn new(
        sums: &AnalysisSums,
        estimand: usize,
        truth: f64,
        pooled_df: Option<f64>,
        applies: Applies,
    ) -> Self {
        let failures = sums.failed.iter().sum();
        let trials = sums.answered as f64;
        let all = trials + failures as f64;
        let sums = &sums.estimands[estimand];
        let Some(spread) = Spread::new(sums, trials) else {
            return Self::without_answers(failures, all, applies);
        };
        // An estimand without a truth was held against 0.
        let base = if truth.is_finite() { truth } else { 0.0 };
        let against_truth =
            |measure: Measure| if truth.is_finite() { measure } else { Measure::undefined(NO_TRUTH) };
        Measures {
            mean_estimate: measure(base + spread.mean, spread.sd() / trials.sqrt()),
            bias: against_truth(measure(spread.mean, spread.sd() / trials.sqrt())),
            empirical_se: measure(spread.sd(), spread.mcse_of_sd(trials)),
            model_se: root_mean_square(&sums.variance, trials),
            half_width: root_mean_square(&sums.half_width, trials),
            coverage: against_truth(proportion(trials - sums.missed(), trials)),
            power: proportion(sums.significant(), trials),
            power_failures_as_no_claim: proportion(sums.significant(), all),
            type_s: if applies.sign_and_size { type_s(sums, truth) } else { Measure::undefined(NO_SIGN) },
            type_m: if applies.sign_and_size { type_m(sums, truth) } else { Measure::undefined(NO_SIGN) },
            hedges_g: if applies.standardised {
                scaled_mean(&sums.standardised, trials, pooled_df.map_or(1.0, hedges_correction))
            } else {
                Measure::undefined(NO_MEANS)
            },
            partial_eta_squared: if applies.eta_squared {
                scaled_mean(&sums.eta_squared, trials, 1.0)
            } else {
                Measure::undefined("the analysis has no pooled residual variance")
            },
            failures,
        }
    }

    fn without_answers(failures: u64, all: f64, applies: Applies) -> Self {
        let nothing = || Measure::undefined("fewer than two trials gave an answer");
        let of_claims = || if applies.sign_and_size { nothing() } else { Measure::undefined(NO_SIGN) };
        Measures {
            mean_estimate: nothing(),
            bias: nothing(),
            empirical_se: nothing(),
            model_se: nothing(),
            half_width: nothing(),
            coverage: nothing(),
            power: nothing(),
            power_failures_as_no_claim: if all > 0.0 { proportion(0.0, all) } else { nothing() },
            type_s: of_claims(),
            type_m: of_claims(),
            hedges_g: if applies.standardised { nothing() } else { Measure::undefined(NO_MEANS) },
            partial_eta_squared: nothing(),
            failures,
        }
    }
}

/// A proportion with its Monte Carlo standard error ([`proportion_mcse`]); `of` is above 0.
#[must_use]
pub fn proportion(count: f64, of: f64) -> Measure {
    Measure { value: Some(count / of), mcse: Some(proportion_mcse(count, of)), why: None }
}

/// Monte Carlo standard error of a proportion: √(p(1 − p)/n).
///
/// At 0 and 1, where that is zero although the proportion is not known exactly, it
/// is Wilson's with z = 1: the same formula at (count + ½)/(n + 1).
#[must_use]
pub fn proportion_mcse(count: f64, of: f64) -> f64 {
    if count <= 0.0 || count >= of {
        return wilson_mcse(count, of);
    }
    let p = count / of;
    (p * (1.0 - p) / of).sqrt()
}

/// Wilson-type standard error of a proportion, above zero at every count.
#[must_use]
pub(crate) fn wilson_mcse(count: f64, of: f64) -> f64 {
    let p = (count + 0.5) / (of + 1.0);
    (p * (1.0 - p) / (of + 1.0)).sqrt()
}

/// Central moments of the estimates.
struct Spread {
    mean: f64,
    /// With divisor n − 1.
    variance: f64,
    /// Fourth central moment with divisor n.
    fourth: f64,
}

impl Spread {
    fn new(sums: &EstimandSums, trials: f64) -> Option<Self> {
        if trials < 2.0 {
            return None;
        }
        let [m1, m2, m3, m4] = sums.deviation.map(|sum| sum / trials);
        let squared = m1 * m1;
        let variance = (m2 - squared) * trials / (trials - 1.0);
        let fourth = m4 - 4.0 * m1 * m3 + 6.0 * squared * m2 - 3.0 * squared * squared;
        Some(Spread { mean: m1, variance: variance.max(0.0), fourth })
    }

    fn sd(&self) -> f64 {
        self.variance.sqrt()
    }

    /// Delta method on Var(S²) = (μ₄ − σ⁴)/n.
    fn mcse_of_sd(&self, trials: f64) -> f64 {
        let variance_of_variance = (self.fourth - self.variance * self.variance).max(0.0) / trials;
        variance_of_variance.sqrt() / (2.0 * self.sd())
    }
}

/// Root of the mean of squares, from the first two power sums of these squares.
fn root_mean_square(squares: &[f64; 2], trials: f64) -> Measure {
    let mean = squares[0] / trials;
    let variance = sample_variance(squares, trials);
    measure(mean.sqrt(), (variance / (4.0 * trials * mean)).sqrt())
}

fn type_s(sums: &EstimandSums, truth: f64) -> Measure {
    match claims(sums, truth) {
        Ok(claims) => proportion(sums.wrong_sign(), claims),
        Err(why) => Measure::undefined(why),
    }
}

fn type_m(sums: &EstimandSums, truth: f64) -> Measure {
    match claims(sums, truth) {
        Ok(claims) if claims < 2.0 => Measure::undefined("fewer than two trials were significant"),
        Ok(claims) => scaled_mean(&sums.magnitude, claims, 1.0 / truth.abs()),
        Err(why) => Measure::undefined(why),
    }
}

/// The number of claims, if errors of sign and magnitude are defined.
fn claims(sums: &EstimandSums, truth: f64) -> Result<f64, &'static str> {
    if !truth.is_finite() {
        Err(NO_TRUTH)
    } else if truth == 0.0 {
        Err("the truth is 0, so there is no right sign or size")
    } else if sums.significant() == 0.0 {
        Err("no trial was significant")
    } else {
        Ok(sums.significant())
    }
}

/// J = Γ(m/2)/(√(m/2)·Γ((m − 1)/2)), which makes the standardised difference unbiased.
/// Source: Hedges (1981), J. Educ. Stat. 6:107, equation 6e. It needs two degrees of freedom.
#[must_use]
pub fn hedges_correction(df: f64) -> f64 {
    libm::exp(libm::lgamma(df / 2.0) - libm::lgamma((df - 1.0) / 2.0) - 0.5 * libm::log(df / 2.0))
}

/// Mean of a quantity from its first two power sums, times a factor.
fn scaled_mean(sums: &[f64; 2], trials: f64, factor: f64) -> Measure {
    measure(factor * sums[0] / trials, factor * (sample_variance(sums, trials) / trials).sqrt())
}

fn sample_variance(sums: &[f64; 2], trials: f64) -> f64 {
    let mean = sums[0] / trials;
    ((sums[1] / trials - mean * mean) * trials / (trials - 1.0)).max(0.0)
}

/// Why nothing can be held against the truth.
const NO_TRUTH: &str = "the truth is not defined";

/// A measure; what is not finite becomes undefined.
fn measure(value: f64, mcse: f64) -> Measure {
    if value.is_finite() {
        Measure { value: Some(value), mcse: mcse.is_finite().then_some(mcse), why: None }
    } else {
        Measure::undefined("not finite")
    }
}
