//! Distributions of single variables, reached from normal scores.
//!
//! In comes a law with the mean and standard deviation of the variable itself; out
//! comes its value at each standard normal score, rising with the score, so that
//! normal scores with a correlation make variables with one (a Gaussian copula).
//! Each law has a file; nothing here knows scenarios.

mod beta;
mod categorical;
mod empirical;
mod gamma;
mod hermite;
mod log_normal;
mod nearest;
mod norta;
mod student_t;
mod transform;
mod truncated_normal;

pub use nearest::nearest_correlation;
pub use norta::{Range, Scale, correlation, latent, stated};
pub use transform::Transform;
pub use truncated_normal::parent_of_truncated;

use std::fmt::Debug;
use std::sync::Arc;

/// The distribution of one variable.
#[derive(Debug, Clone)]
pub struct Marginal {
    mean: f64,
    sd: f64,
    shape: Shape,
}

/// How values come from scores.
#[derive(Debug, Clone)]
enum Shape {
    /// mean + SD·score.
    Normal,
    /// A smooth rising function of the score.
    Smooth(Arc<dyn Quantile>),
    /// A value for each interval between limits of the score.
    Steps(Steps),
}

/// A smooth law.
trait Quantile: Debug + Send + Sync {
    /// The value at a standard normal score.
    fn at(&self, score: f64) -> f64;
}

/// A law with separate values.
#[derive(Debug, Clone, PartialEq)]
struct Steps {
    /// Values in ascending order.
    values: Vec<f64>,
    /// Scores at which one value gives way to the next, one fewer than values.
    limits: Vec<f64>,
}

/// A mean and standard deviation that a law cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// Whether the mean is at fault; else the standard deviation.
    pub mean: bool,
    /// What is allowed, in words.
    pub allowed: String,
}

impl Unreachable {
    fn mean(allowed: String) -> Self {
        Unreachable { mean: true, allowed }
    }

    fn sd(allowed: String) -> Self {
        Unreachable { mean: false, allowed }
    }
}

/// The smallest SD of a law with limits, as a share of how far it reaches from these: with less, numbers no longer tell
/// its shape.
const LEAST_SD: f64 = 1e-4;

/// That an SD is large enough for a law that reaches so far.
fn within_reach(sd: f64, reach: f64) -> Result<(), Unreachable> {
    let least = LEAST_SD * reach;
    if sd >= least && least > 0.0 && least.is_finite() {
        return Ok(());
    }
    Err(Unreachable::sd(format!("an SD of at least {least} with this mean and these limits")))
}

impl Marginal {
    /// Normal.
    #[must_use]
    pub fn normal(mean: f64, sd: f64) -> Self {
        Marginal { mean, sd, shape: Shape::Normal }
    }

    fn smooth(mean: f64, sd: f64, law: impl Quantile + 'static) -> Self {
        Marginal { mean, sd, shape: Shape::Smooth(Arc::new(law)) }
    }

    /// Values with their shares; limits follow from the shares.
    fn steps(values: Vec<f64>, shares: &[f64]) -> Self {
        let mean: f64 = values.iter().zip(shares).map(|(value, share)| value * share).sum();
        let variance: f64 =
            values.iter().zip(shares).map(|(value, share)| share * (value - mean) * (value - mean)).sum();
        let limits = categorical::limits(shares);
        Marginal { mean, sd: variance.sqrt(), shape: Shape::Steps(Steps { values, limits }) }
    }

    /// Its mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Its standard deviation.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// Whether it is normal.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        matches!(self.shape, Shape::Normal)
    }

    /// The value at a standard normal score.
    #[must_use]
    pub fn at(&self, score: f64) -> f64 {
        match &self.shape {
            Shape::Normal => self.mean + self.sd * score,
            Shape::Smooth(law) => law.at(score),
            Shape::Steps(steps) => steps.at(score),
        }
    }

    /// The same distribution reflected about its mean. Steps stay as they are.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self.shape {
            Shape::Smooth(law) => Marginal::smooth(self.mean, self.sd, Mirrored { law, about: self.mean }),
            _ => self,
        }
    }
}

impl Steps {
    fn at(&self, score: f64) -> f64 {
        let step = self.limits.partition_point(|limit| *limit <= score);
        self.values.get(step).copied().unwrap_or(f64::NAN)
    }
}

/// A smooth law reflected about a point.
#[derive(Debug)]
struct Mirrored {
    law: Arc<dyn Quantile>,
    about: f64,
}

impl Quantile for Mirrored {
    fn at(&self, score: f64) -> f64 {
        2.0 * self.about - self.law.at(-score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{normal, quadrature::GaussLegendre};

    /// Mean and SD by quadrature over the scores, and over the limits of steps.
    fn moments(marginal: &Marginal) -> (f64, f64) {
        let rule = GaussLegendre::new(30);
        let integral =
            |f: &dyn Fn(f64) -> f64| rule.integrate_composite(|z| f(z) * normal::density(z), -9.5, 9.5, 60);
        let mean = integral(&|z| marginal.at(z));
        let variance = integral(&|z| (marginal.at(z) - mean) * (marginal.at(z) - mean));
        (mean, variance.sqrt())
    }

    fn smooth() -> Vec<(&'static str, Marginal)> {
        let reach = |marginal: Result<Marginal, Unreachable>| marginal.expect("within reach");
        vec![
            ("truncated below", reach(Marginal::truncated_normal(55.0, 14.0, Some(30.0), None))),
            ("truncated above", reach(Marginal::truncated_normal(-3.0, 2.0, None, Some(0.0)))),
            ("truncated twice", reach(Marginal::truncated_normal(60.0, 15.0, Some(30.0), Some(100.0)))),
            ("nearly exponential", reach(Marginal::truncated_normal(10.0, 9.9, Some(0.0), None))),
            ("nearly uniform", reach(Marginal::truncated_normal(0.5, 0.288, Some(0.0), Some(1.0)))),
            ("hardly truncated", reach(Marginal::truncated_normal(50.0, 1.0, Some(0.0), Some(100.0)))),
            ("tilted", reach(Marginal::truncated_normal(0.1, 0.09, Some(0.0), Some(1.0)))),
            ("log-normal", reach(Marginal::log_normal(17.0, 10.0, 0.0))),
            ("log-normal from -5", reach(Marginal::log_normal(17.0, 30.0, -5.0))),
            ("gamma", reach(Marginal::gamma(17.0, 10.0, 0.0))),
            ("gamma with a peak at 0", reach(Marginal::gamma(3.0, 4.0, 0.0))),
            ("gamma mirrored", reach(Marginal::gamma(17.0, 10.0, 0.0)).mirrored()),
            ("beta", reach(Marginal::beta(17.0, 10.0, 0.0, 52.0))),
            ("beta, U-shaped", reach(Marginal::beta(0.5, 0.4, 0.0, 1.0))),
            ("t", reach(Marginal::student_t(5.0, 2.0, 12.0))),
        ]
    }

    #[test]
    fn means_and_sds_are_those_of_the_variable_itself() {
        for (name, marginal) in smooth() {
            let (mean, sd) = moments(&marginal);
            assert!((mean - marginal.mean()).abs() < 2e-9 * marginal.sd(), "{name}: mean {mean}");
            // Beyond a score of 9.5 lies what is left out of heavy tails.
            assert!((sd / marginal.sd() - 1.0).abs() < 2e-8, "{name}: sd {sd}");
        }
    }

    #[test]
    fn values_rise_with_the_score_within_their_limits() {
        for (name, marginal) in smooth() {
            let transform = Transform::new(&marginal);
            let mut values: Vec<f64> = (-12_000..=12_000).map(|k| f64::from(k) / 1000.0).collect();
            transform.apply(&mut values);
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{name}");
            assert!(values.iter().all(|value| value.is_finite()), "{name}");
        }
        let mut ends = [-40.0, 40.0];
        Transform::new(&smooth()[12].1).apply(&mut ends);
        assert!(ends[0] >= 0.0 && ends[1] <= 52.0);
    }

    #[test]
    fn tables_are_within_a_billionth() {
        for (name, marginal) in smooth() {
            let transform = Transform::new(&marginal);
            for k in -7000..=7000 {
                let score = f64::from(k) / 1000.0 + 1.7e-4;
                let mut values = [score];
                transform.apply(&mut values);
                let exact = marginal.at(score);
                let scale = marginal.sd().max((exact - marginal.mean()).abs());
                let error = (values[0] - exact).abs() / scale;
                assert!(error < 1e-9, "{name} at {score}: {} for {exact}, {error:e}", values[0]);
            }
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let said = |marginal: Result<Marginal, Unreachable>| marginal.expect_err("out of reach");
        let wrong = said(Marginal::truncated_normal(50.0, 25.0, Some(30.0), None));
        assert!(!wrong.mean && wrong.allowed.contains("below 19.98"), "{wrong:?}");
        assert!(said(Marginal::truncated_normal(20.0, 5.0, Some(30.0), None)).mean);
        let wrong = said(Marginal::truncated_normal(0.5, 0.29, Some(0.0), Some(1.0)));
        assert!(wrong.allowed.contains("below 0.288"), "{wrong:?}");
        assert!(said(Marginal::log_normal(-1.0, 2.0, 0.0)).mean);
        assert!(said(Marginal::gamma(3.0, 2.0, 3.0)).mean);
        let wrong = said(Marginal::beta(26.0, 26.0, 0.0, 52.0));
        assert!(wrong.allowed.contains("up to 25.98"), "{wrong:?}");
        assert!(said(Marginal::beta(60.0, 5.0, 0.0, 52.0)).mean);
    }

    #[test]
    fn steps_have_their_shares() {
        let risk = Marginal::categorical(&[0.31, 0.40, 0.29]);
        assert!((risk.mean() - 0.98).abs() < 1e-15);
        let limit = normal::quantile(0.31);
        assert_eq!([limit - 1e-9, limit + 1e-9, 3.0].map(|score| risk.at(score)), [0.0, 1.0, 2.0]);
        let pilot = Marginal::empirical(&[3.0, 1.0, 1.0, 7.0]);
        assert_eq!(pilot.mean(), 3.0);
        assert_eq!([-1.0, -0.1, 0.1, 0.6, 0.7].map(|score| pilot.at(score)), [1.0, 1.0, 3.0, 3.0, 7.0]);
        let mut values = [-1.0, -0.1, 0.1, 0.6, 0.7];
        Transform::new(&pilot).apply(&mut values);
        assert_eq!(values, [1.0, 1.0, 3.0, 3.0, 7.0]);
    }

    /// mpmath 1.4 with 60 digits: the parent from closed-form moments, quantiles by bisection.
    #[test]
    fn truncated_normals_meet_multiple_precision() {
        let cases = [
            (
                (22.0, 6.0, Some(15.0), None),
                [
                    15.011_630_928_053,
                    16.449_376_073_296,
                    20.425_089_100_754,
                    23.711_165_719_532,
                    37.685_786_769_24,
                    61.404_784_833_618,
                ],
            ),
            // The parent's mean is 3.6 of its SDs above the upper limit.
            (
                (20.0, 6.0, Some(0.0), Some(27.0)),
                [
                    0.343_537_993_425,
                    13.784_163_433_969,
                    21.693_263_425_381,
                    24.131_537_842_16,
                    26.818_257_875_215,
                    26.999_749_620_786,
                ],
            ),
            (
                (14.0, 7.5, Some(0.0), Some(27.0)),
                [
                    0.049_621_560_026,
                    5.190_677_208_763,
                    14.205_210_498_701,
                    18.897_653_235_845,
                    26.347_814_901_882,
                    26.999_082_708_741,
                ],
            ),
            // The parent's mean is 6.5 of its SDs below the limit.
            (
                (20.0, 4.9, Some(15.0), None),
                [
                    15.006_898_627_824,
                    15.880_578_758_73,
                    18.513_022_043_189,
                    20.928_725_460_485,
                    33.567_527_594_413,
                    62.889_838_418_733,
                ],
            ),
            (
                (-3.0, 2.0, None, Some(0.0)),
                [
                    -10.288_894_171_583,
                    -5.068_526_590_894,
                    -2.711_508_219_87,
                    -1.712_982_655_982,
                    -0.143_697_029_26,
                    -0.000_203_497_669_017_897_77,
                ],
            ),
        ];
        for ((mean, sd, min, max), expected) in cases {
            let law = Marginal::truncated_normal(mean, sd, min, max).expect("within reach");
            for (score, expected) in [-3.0, -1.0, 0.0, 0.5, 2.0, 4.0].into_iter().zip(expected) {
                let error = (law.at(score) - expected).abs() / sd;
                assert!(error < 1e-12, "{mean} {sd} at {score}: {error:.1e}");
            }
        }
    }
}
