//! Two samples by their ranks.
//!
//! With Y₁ and Y₂ from two samples of n₁ and n₂ patients, θ = P(Y₂ > Y₁) + ½P(Y₂ = Y₁), the probability
//! that the second is superior, is estimated by the share θ̂ of pairs. n₁n₂θ̂ is Mann and Whitney's
//! statistic: under the null of equal distributions its mean is n₁n₂/2 and its variance, with t the
//! numbers of patients who share a value, n₁n₂/12·(N + 1 − Σ(t³ − t)/(N(N − 1))). Without the null the
//! variance of θ̂ is S₁²/n₁ + S₂²/n₂, S² being the variance of a sample's placements: the share of the
//! other sample below each value, half of those equal to it; with Satterthwaite's degrees of freedom.
//!
//! Where the samples do not overlap, placements do not vary. The variance is then that of
//! Hanley and McNeil, for a θ half a pair from its bound.
//!
//! Sources: Lehmann (1975), "Nonparametrics", section 1.5; DeLong, DeLong, Clarke-Pearson (1988),
//! Biometrics 44:837; Brunner, Munzel (2000), Biom. J. 42:17; Hanley, McNeil (1982), Radiology 143:29;
//! Newcombe (2006), Stat. Med. 25:559.

use super::ties::Tied;
use crate::estimand::ARMS;
use crate::stats::student_t;

/// Which sample the patients of each arm belong to: the first, the second, or none.
pub(super) type Samples = [Option<usize>; ARMS];

/// The samples that a contrast of arms compares: those with weights below and above zero.
pub(super) fn samples(weights: &[f64; ARMS]) -> Samples {
    weights.map(|weight| (weight != 0.0).then(|| usize::from(weight > 0.0)))
}

/// What the ranks of two samples say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison {
    pub sizes: [f64; 2],
    /// n₁n₂(θ̂ − ½).
    pub excess: f64,
    /// Variance of that under the null of equal distributions.
    pub null_variance: f64,
    /// S²/n of each sample's placements; not a number with a single patient.
    parts: [f64; 2],
}

/// A variance and what its degrees of freedom follow from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Uncertainty {
    pub variance: f64,
    /// Σ part² ÷ the part's degrees of freedom.
    squares: f64,
}

impl Uncertainty {
    /// Adds another one's, each scaled by a weight.
    pub fn add(&mut self, weight: f64, other: Uncertainty) {
        let square = weight * weight;
        self.variance += square * other.variance;
        self.squares += square * square * other.squares;
    }

    /// Satterthwaite's degrees of freedom; infinite where nothing was estimated.
    pub fn degrees_of_freedom(&self) -> f64 {
        if self.squares > 0.0 { self.variance * self.variance / self.squares } else { f64::INFINITY }
    }
}

impl Comparison {
    /// Compares two samples of patients in groups of the same value.
    pub fn new(groups: &[Tied], samples: &Samples) -> Self {
        let count = |tied: &Tied| {
            let mut counts = [0.0; 2];
            for (sample, count) in samples.iter().zip(tied) {
                if let Some(sample) = sample {
                    counts[*sample] += f64::from(*count);
                }
            }
            counts
        };
        let mut sizes = [0.0; 2];
        let (mut excess, mut ties) = (0.0, 0.0);
        for tied in groups {
            let [first, second] = count(tied);
            // Twice the pairs that the second sample wins so far, less those that it loses: whole numbers.
            excess += second * sizes[0] - first * sizes[1];
            sizes = [sizes[0] + first, sizes[1] + second];
            let all = first + second;
            ties += all * all * all - all;
        }
        let [n1, n2] = sizes;
        let all = n1 + n2;
        let null_variance = n1 * n2 / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
        let excess = 0.5 * excess;
        let superiority = 0.5 + excess / (n1 * n2);
        let (mut below, mut squares) = ([0.0; 2], [0.0; 2]);
        for tied in groups {
            let counts = count(tied);
            for sample in 0..2 {
                let other = 1 - sample;
                let placement = (below[other] + 0.5 * counts[other]) / sizes[other];
                let mean = if sample == 1 { superiority } else { 1.0 - superiority };
                squares[sample] += counts[sample] * (placement - mean) * (placement - mean);
            }
            below = [below[0] + counts[0], below[1] + counts[1]];
        }
        let part = |sample: usize| squares[sample] / (sizes[sample] - 1.0) / sizes[sample];
        Comparison { sizes, excess, null_variance: null_variance.max(0.0), parts: [part(0), part(1)] }
    }

    /// How many pairs of patients there are.
    pub fn pairs(&self) -> f64 {
        self.sizes[0] * self.sizes[1]
    }

    /// θ̂ − ½.
    pub fn superiority(&self) -> f64 {
        self.excess / self.pairs()
    }

    /// The variance of θ̂. A sample of one patient has no variance of its own: then it is that under the
    /// null.
    pub fn uncertainty(&self) -> Uncertainty {
        let [n1, n2] = self.sizes;
        if n1 < 2.0 || n2 < 2.0 {
            return Uncertainty {
                variance: self.null_variance / (self.pairs() * self.pairs()),
                squares: 0.0,
            };
        }
        if self.excess.abs() >= 0.5 * self.pairs() {
            let (sizes, all) = (if self.excess > 0.0 { [n1, n2] } else { [n2, n1] }, n1 + n2);
            let variance = hanley_mcneil(1.0 - 0.5 / self.pairs(), sizes);
            return Uncertainty { variance, squares: variance * variance / (all - 2.0) };
        }
        let [one, other] = self.parts;
        Uncertainty { variance: one + other, squares: one * one / (n1 - 1.0) + other * other / (n2 - 1.0) }
    }
}

/// Variance of θ̂ by formula.
fn hanley_mcneil(superiority: f64, [n1, n2]: [f64; 2]) -> f64 {
    let square = superiority * superiority;
    let two_above = superiority / (2.0 - superiority);
    let two_below = 2.0 * square / (1.0 + superiority);
    let sum = superiority * (1.0 - superiority)
        + (n2 - 1.0) * (two_above - square)
        + (n1 - 1.0) * (two_below - square);
    sum / (n1 * n2)
}

/// Limits of θ − ½: those of log odds of θ̂, by the delta method, turned back. So they stay within
/// ±½, and in small samples they cover θ more often than their level, where limits of θ̂ itself cover it less
/// often. Samples that do not overlap have no log odds: one limit is the bound, the other the θ from
/// which an estimate at the bound is just as far as the quantile times Hanley and McNeil's standard error.
pub(super) fn limits(superiority: f64, uncertainty: &Uncertainty, sizes: [f64; 2], miss: f64) -> [f64; 2] {
    let quantile = student_t::isf(0.5 * miss, uncertainty.degrees_of_freedom());
    if superiority.abs() >= 0.5 {
        let [n1, n2] = sizes;
        let limit = least_superior(quantile, if superiority > 0.0 { [n1, n2] } else { [n2, n1] }) - 0.5;
        return if superiority > 0.0 { [limit, 0.5] } else { [-0.5, -limit] };
    }
    let theta = 0.5 + superiority;
    let half = quantile * uncertainty.variance.sqrt() / (theta * (1.0 - theta));
    let centre = libm::log(theta / (1.0 - theta));
    [centre - half, centre + half].map(|log_odds| 0.5 * libm::tanh(0.5 * log_odds))
}

/// The least θ that goes with an estimate of 1, by halving (Newcombe 2006, Stat. Med. 25:559).
fn least_superior(quantile: f64, sizes: [f64; 2]) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-12 {
        let middle = 0.5 * (low + high);
        let is_too_far = 1.0 - middle > quantile * hanley_mcneil(middle, sizes).sqrt();
        if is_too_far { low = middle } else { high = middle }
    }
    low
}
