//! What is to be expected of a trial given what it has shown so far.
//!
//! From an interim look the trial goes on as from its start: only the place is another.
//!
//! Source: Jennison, Turnbull (2000), section 10.2; Müller, Schäfer (2001), Biometrics 57:886.

use super::boundaries::Boundaries;
use super::passage::{Passage, Place};
use libm::sqrt;

impl Boundaries {
    /// The probability that a later look claims a benefit under a drift, given Z at a look (from 0). From the
    /// last look on, 0; NaN for a look that there is not.
    ///
    /// With the drift that was planned it is the usual conditional power, with Z/√t that under the trend so far.
    #[must_use]
    pub fn conditional_power(&self, look: usize, z: f64, drift: f64) -> f64 {
        later_claims(self.followed(), look, z, drift)
    }

    /// The probability without an effect that a later look claims a benefit, given Z at a look (from 0). A new
    /// design for the rest of the trial, whatever has been seen, keeps the level if it has this one.
    #[must_use]
    pub fn conditional_rejection(&self, look: usize, z: f64) -> f64 {
        later_claims(&self.level, look, z, 0.0)
    }
}

fn later_claims(passage: &Passage, look: usize, z: f64, drift: f64) -> f64 {
    let looks = passage.looks();
    if look >= looks || !z.is_finite() || !drift.is_finite() {
        return f64::NAN;
    }
    let time = passage.time(look);
    let start = Place { time, position: z * sqrt(time) };
    let later = look + 1..looks;
    let times: Vec<f64> = later.clone().map(|look| passage.time(look)).collect();
    let (lower, upper): (Vec<f64>, Vec<f64>) = later.map(|look| passage.bounds(look)).unzip();
    let rest = Passage::through(start, &times, &lower, &upper, drift, 0.0);
    (0..times.len()).map(|look| rest.above(look, upper[look], drift)).sum()
}
