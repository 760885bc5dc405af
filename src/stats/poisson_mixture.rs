//! Sums Σ Pois(k; mean) · T(shape + j) over j = 0, 1, …, k = offset + j: noncentral distributions as
//! mixtures of central ones whose tail T is an incomplete gamma or beta function.
//!
//! With D(s) the difference of successive tails, `lower(s) − lower(s + 1) = D(s)`, the recurrence of the
//! lower tail towards smaller shapes, and that of the upper tail towards larger ones, only adds positive
//! numbers and is stable without bound; in the other direction it cancels. So the tail is evaluated once,
//! at the end of the range of terms that matter, and carried from there in the stable direction, as a
//! multiple of D, which neither overflows nor underflows. The range is found around a bound of the largest
//! term, hence the cost grows with √mean and not with the mean (after Benton and Krishnamoorthy, 2003,
//! Computational Statistics & Data Analysis 43, 249, who sum both ways from the Poisson mode).

use super::special::log_poisson;
use super::tails::{Side, Tails};
use libm::{floor, sqrt};

/// Terms smaller than this fraction of the sum, or of the largest term, are left out.
const NEGLIGIBLE: f64 = 1e-19;

/// A stop, not a tolerance: the number of terms is about 20 √mean.
const MOST_TERMS: u32 = 100_000_000;

/// The mixture: Poisson weights of index k = offset + j, tails of shape `shape` + j.
pub(crate) struct Mixture<R, D> {
    /// Poisson mean, > 0.
    pub(crate) mean: f64,
    /// Index of the first term, 0 or ½.
    pub(crate) offset: f64,
    /// Shape of the first term.
    pub(crate) shape: f64,
    /// D(s + 1) / D(s).
    pub(crate) ratio: R,
    /// ln D(s).
    pub(crate) log_difference: D,
}

/// The largest j at which Pois(k) · D(shape + j) still grows, for
/// D(s + 1) / D(s) = (gain + slope · s) / (s + 1).
pub(crate) fn product_mode(mean: f64, offset: f64, shape: f64, gain: f64, slope: f64) -> f64 {
    // mean (gain + slope (shape + j)) = (j + 1 + offset)(shape + j + 1), a quadratic in j.
    let linear = shape + 2.0 + offset - mean * slope;
    let constant = (1.0 + offset) * (shape + 1.0) - mean * (gain + slope * shape);
    let discriminant = linear * linear - 4.0 * constant;
    if discriminant <= 0.0 {
        return 0.0;
    }
    let root = sqrt(discriminant);
    let mode = if linear > 0.0 { -2.0 * constant / (linear + root) } else { 0.5 * (root - linear) };
    floor(mode.max(0.0))
}

impl<R: Fn(f64) -> f64, D: Fn(f64) -> f64> Mixture<R, D> {
    /// Logarithm of weight times D at term j.
    fn log_weight(&self, j: f64) -> f64 {
        log_poisson(j + self.offset, self.mean) + (self.log_difference)(self.shape + j)
    }

    /// The lower tail. `mode`: whole, not below the index of the largest term; `start(s)`: lower(s) / D(s).
    pub(crate) fn lower(&self, mode: f64, start: impl Fn(f64) -> f64) -> Tails {
        let mut j = mode;
        // Weight · D and the Poisson weight alone, relative to the mode. Since lower(s) and lower(s) / D(s)
        // both fall with s, each bounds the terms above the mode.
        let mut weight = 1.0;
        let mut poisson = 1.0;
        for _ in 0..MOST_TERMS {
            let step = self.mean / (j + 1.0 + self.offset);
            let next = weight * step * (self.ratio)(self.shape + j);
            // Left before the step and not after it: at a tiny x the next weight may underflow, and the
            // way back would start from nothing.
            if next < NEGLIGIBLE || poisson * step < NEGLIGIBLE {
                break;
            }
            weight = next;
            poisson *= step;
            j += 1.0;
        }
        let mut multiple = start(self.shape + j);
        let mut sum = weight * multiple;
        let mut rate = weight * (self.shape + j);
        while j > 0.0 {
            let ratio = (self.ratio)(self.shape + j - 1.0);
            multiple = 1.0 + multiple * ratio;
            weight *= (j + self.offset) / (self.mean * ratio);
            j -= 1.0;
            let term = weight * multiple;
            sum += term;
            rate += weight * (self.shape + j);
            if j < mode && term < NEGLIGIBLE * sum {
                break;
            }
        }
        Tails { side: Side::Lower, log_scale: self.log_weight(mode), factor: sum, rate }
    }

    /// The upper tail. `mode`: whole, not above the index of the largest term; `start(s)`: upper(s) / D(s).
    pub(crate) fn upper(&self, mode: f64, start: impl Fn(f64) -> f64) -> Tails {
        let mut j = mode;
        let mut weight = 1.0;
        let mut poisson = 1.0;
        while j > 0.0 {
            let step = (j + self.offset) / self.mean;
            let next = weight * step / (self.ratio)(self.shape + j - 1.0);
            if next < NEGLIGIBLE || poisson * step < NEGLIGIBLE {
                break;
            }
            weight = next;
            poisson *= step;
            j -= 1.0;
        }
        let mut multiple = start(self.shape + j);
        let mut sum = weight * multiple;
        let mut rate = weight * (self.shape + j);
        for _ in 0..MOST_TERMS {
            let ratio = (self.ratio)(self.shape + j);
            multiple = (multiple + 1.0) / ratio;
            weight *= self.mean / (j + 1.0 + self.offset) * ratio;
            j += 1.0;
            let term = weight * multiple;
            sum += term;
            rate += weight * (self.shape + j);
            if j > mode && term < NEGLIGIBLE * sum {
                break;
            }
        }
        Tails { side: Side::Upper, log_scale: self.log_weight(mode), factor: sum, rate }
    }
}
