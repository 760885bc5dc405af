//! How a trial passes through its looks: the density of the statistic while the trial goes on.
//!
//! With independent increments B(t) = Z√t is a Brownian motion with drift θ, seen at times t₁ < … < t_K = 1:
//! B(t) − B(s) is normal with mean θ(t − s) and variance t − s. The density of B(tₖ) where the trial has not
//! stopped before is the one at tₖ₋₁, cut off at the boundaries, folded with that normal. So it is carried
//! from look to look on a grid.
//!
//! The density between two boundaries is smooth on the scale of the increments' standard deviation: panels
//! of Gauss–Legendre nodes in proportion to it give 1e-12 with fewer nodes than Simpson's rule needs for
//! 1e-7. Probabilities under another drift need no new grid: the likelihood ratio of a path depends on its
//! last point alone, exp((θ − θ₀)B − (θ² − θ₀²)t/2).
//!
//! Source: Armitage, McPherson, Rowe (1969), J. R. Stat. Soc. A 132:235; Jennison, Turnbull (2000), Group
//! Sequential Methods with Applications to Clinical Trials, chapter 19.

use crate::stats::normal;
use crate::stats::quadrature::GaussLegendre;
use crate::stats::root::{Coordinate, solve};
use libm::{ceil, exp, log, sqrt};
use std::borrow::Cow;

/// Beyond this many standard deviations nothing is left: 2Φ(−10) = 2e-23, little even of what
/// O'Brien and Fleming's boundaries spend at first.
const NOTHING_BEYOND: f64 = 10.0;
/// Paths that end at a point were within so many standard deviations of the bridge to it; relative to the density
/// there, 2e-17 is left out.
const BRIDGE: f64 = 8.5;
/// Nodes of a panel.
const ORDER: usize = 16;
/// The width of a panel over the width of what is integrated.
const PANEL: f64 = 5.0;
/// So little is spent without regard to earlier looks, which errs on the safe side and by less than this.
const NEGLIGIBLE: f64 = 1e-17;
/// 1 / √(2π).
const INVERSE_SQRT_TWO_PI: f64 = 0.398_942_280_401_432_7;

/// How far a drift may be from that of the grid, on which its probabilities are reckoned. A drift of 8 has a
/// power of 1 − 1e-9 in a fixed trial.
pub(super) const REACH: f64 = 8.0;

/// Where a trial is: the information fraction and B.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub time: f64,
    pub position: f64,
}

/// The beginning of a trial.
pub(super) const BEGINNING: Place = Place { time: 0.0, position: 0.0 };

/// The trials that have gone on up to a time: probability masses on a grid of B.
#[derive(Debug, Clone)]
struct GoingOn {
    time: f64,
    position: Vec<f64>,
    mass: Vec<f64>,
}

/// A trial's looks and boundaries, with the densities before each look.
#[derive(Debug, Clone)]
pub(super) struct Passage {
    start: Place,
    /// The drift of the grid.
    drift: f64,
    reach: f64,
    times: Vec<f64>,
    /// Boundaries of Z at the looks so far; between them the trial goes on.
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// Before each look so far, and before the next one.
    before: Vec<GoingOn>,
    rule: GaussLegendre,
}

/// A probability with the first two moments of B on it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Moments {
    pub probability: f64,
    pub first: f64,
    pub second: f64,
}

impl Passage {
    /// A trial at its start, with looks at `times` and no boundaries yet; probabilities are reckoned on a grid
    /// for `drift` and are accurate for drifts within `reach` of it.
    pub fn new(start: Place, times: &[f64], drift: f64, reach: f64) -> Self {
        let before = GoingOn { time: start.time, position: vec![start.position], mass: vec![1.0] };
        Passage {
            start,
            drift,
            reach,
            times: times.to_vec(),
            lower: Vec::with_capacity(times.len()),
            upper: Vec::with_capacity(times.len()),
            before: vec![before],
            rule: GaussLegendre::new(ORDER),
        }
    }

    /// A trial that passes through all its looks with these boundaries of Z.
    pub fn through(
        start: Place,
        times: &[f64],
        lower: &[f64],
        upper: &[f64],
        drift: f64,
        reach: f64,
    ) -> Self {
        let mut passage = Passage::new(start, times, drift, reach);
        lower.iter().zip(upper).for_each(|(&low, &high)| passage.go_on(low, high));
        passage
    }

    /// The same passage if its grid serves `drift`, else one that does.
    pub fn serving(&self, drift: f64) -> Cow<'_, Self> {
        if (drift - self.drift).abs() <= self.reach {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Passage::through(self.start, &self.times, &self.lower, &self.upper, drift, 0.0))
    }

    /// How many looks have boundaries.
    pub fn looks(&self) -> usize {
        self.upper.len()
    }

    /// The lower and the upper boundary of Z at a look.
    pub fn bounds(&self, look: usize) -> (f64, f64) {
        (self.lower[look], self.upper[look])
    }

    /// The information fraction at a look.
    pub fn time(&self, look: usize) -> f64 {
        self.times[look]
    }

    /// Gives the next look its boundaries of Z, and the trial goes on between them.
    pub fn go_on(&mut self, lower: f64, upper: f64) {
        let look = self.looks();
        let time = self.times[look];
        self.lower.push(lower);
        self.upper.push(upper);
        let Some(&next) = self.times.get(look + 1) else { return };
        let (root, elapsed) = (sqrt(time), time - self.start.time);
        let centre = self.start.position + self.drift * elapsed;
        let half_width = NOTHING_BEYOND * sqrt(elapsed) + self.reach * elapsed;
        let low = (lower * root).max(centre - half_width);
        let high = (upper * root).min(centre + half_width);
        let mut going_on = GoingOn { time, position: Vec::new(), mass: Vec::new() };
        // A drift that is no number leaves none.
        if low < high && (high - low).is_finite() {
            let before = &self.before[look];
            // The density varies on the scale of the increment before, what it is folded with on that of the
            // increment after; their product on the scale of both together.
            let (gap, gap_after) = (time - before.time, next - time);
            let scale = sqrt(gap * gap_after / (gap + gap_after));
            let panels = ceil((high - low) / (PANEL * scale)).max(1.0);
            let half = 0.5 * (high - low) / panels;
            for panel in 0..panels as usize {
                let middle = low + half * (2 * panel + 1) as f64;
                for (node, weight) in self.rule.nodes().iter().zip(self.rule.weights()) {
                    let position = middle + half * node;
                    going_on.position.push(position);
                    going_on.mass.push(half * weight * self.density(before, time, position));
                }
            }
        }
        self.before.push(going_on);
    }

    /// The density of B at `time` where the trial has gone on until `before`, under the grid's drift.
    fn density(&self, before: &GoingOn, time: f64, position: f64) -> f64 {
        let (Some(&first), Some(&last)) = (before.position.first(), before.position.last()) else {
            return 0.0;
        };
        let gap = time - before.time;
        // Paths that end here were close to the bridge between the start and here.
        let share = (before.time - self.start.time) / (time - self.start.time);
        let bridge = self.start.position + share * (position - self.start.position);
        let (bridge, near) = (bridge.clamp(first, last), BRIDGE * sqrt(share * gap));
        let from = before.position.partition_point(|&other| other < bridge - near);
        let to = before.position.partition_point(|&other| other <= bridge + near);
        let target = position - self.drift * gap;
        let half_precision = -0.5 / gap;
        let places = before.position[from..to].iter().zip(&before.mass[from..to]);
        let folded: f64 = places
            .map(|(other, mass)| mass * exp(half_precision * (target - other) * (target - other)))
            .sum();
        folded * INVERSE_SQRT_TWO_PI / sqrt(gap)
    }

    /// The sum, over trials that have gone on until before the look, of what `part` says given the mean and
    /// standard deviation of B at the look, under a drift that the grid serves.
    fn sum<const N: usize>(&self, look: usize, drift: f64, part: impl Fn(f64, f64) -> [f64; N]) -> [f64; N] {
        if !drift.is_finite() {
            return [f64::NAN; N];
        }
        let before = &self.before[look];
        let gap = self.times[look] - before.time;
        let (tilt, sd) = (drift - self.drift, sqrt(gap));
        let elapsed = before.time - self.start.time;
        let constant = 0.5 * (drift + self.drift) * tilt * elapsed;
        // Where trials with this drift are.
        let centre = self.start.position + drift * elapsed;
        let near = NOTHING_BEYOND * sqrt(elapsed);
        let from = before.position.partition_point(|&position| position < centre - near);
        let to = before.position.partition_point(|&position| position <= centre + near);
        let mut total = [0.0; N];
        for (&position, &mass) in before.position[from..to].iter().zip(&before.mass[from..to]) {
            let ratio = exp(tilt * (position - self.start.position) - constant);
            let parts = part(position + drift * gap, sd);
            total.iter_mut().zip(parts).for_each(|(sum, term)| *sum += mass * ratio * term);
        }
        total
    }

    /// The probability of reaching a look with Z above `z`.
    pub fn above(&self, look: usize, z: f64, drift: f64) -> f64 {
        let bound = z * sqrt(self.times[look]);
        let [probability] = self.sum(look, drift, |mean, sd| [normal::sf((bound - mean) / sd)]);
        probability
    }

    /// The probability of reaching a look with Z below `z`.
    pub fn below(&self, look: usize, z: f64, drift: f64) -> f64 {
        let bound = z * sqrt(self.times[look]);
        let [probability] = self.sum(look, drift, |mean, sd| [normal::cdf((bound - mean) / sd)]);
        probability
    }

    /// The probability of reaching a look with Z above `z`, with the moments of B there.
    pub fn moments_above(&self, look: usize, z: f64, drift: f64) -> Moments {
        let bound = z * sqrt(self.times[look]);
        let [probability, first, second] = self.sum(look, drift, |mean, sd| {
            let x = (bound - mean) / sd;
            let (tail, edge) = (normal::sf(x), sd * normal::density(x));
            // At an infinite boundary nothing is left of the edge.
            let at_edge = if edge > 0.0 { edge * (bound + mean) } else { 0.0 };
            [tail, mean * tail + edge, (mean * mean + sd * sd) * tail + at_edge]
        });
        Moments { probability, first, second }
    }

    /// The probability of reaching a look with Z below `z`, with the moments of B there.
    pub fn moments_below(&self, look: usize, z: f64, drift: f64) -> Moments {
        let bound = z * sqrt(self.times[look]);
        let [probability, first, second] = self.sum(look, drift, |mean, sd| {
            let x = (bound - mean) / sd;
            let (tail, edge) = (normal::cdf(x), sd * normal::density(x));
            let at_edge = if edge > 0.0 { edge * (bound + mean) } else { 0.0 };
            [tail, mean * tail - edge, (mean * mean + sd * sd) * tail - at_edge]
        });
        Moments { probability, first, second }
    }

    /// The z above which the next look is reached with probability `target` under the grid's drift: ∞ if the
    /// target is 0, `None` if the next look is not reached with so much probability.
    pub fn point_above(&self, target: f64) -> Option<f64> {
        self.point(target, 1.0)
    }

    /// The z below which the next look is reached with probability `target` under the grid's drift: −∞ if the
    /// target is 0, `None` if the next look is not reached with so much probability.
    pub fn point_below(&self, target: f64) -> Option<f64> {
        self.point(target, -1.0)
    }

    /// The z beyond which, upwards (`side` 1) or downwards (`side` −1), the next look is reached with
    /// probability `target`.
    fn point(&self, target: f64, side: f64) -> Option<f64> {
        let look = self.looks();
        let (time, before) = (self.times[look], &self.before[look]);
        if target >= before.mass.iter().sum() {
            return None;
        }
        // Without regard to earlier looks it would be here: not nearer, as they only take away.
        let elapsed = time - self.start.time;
        let mean = side * (self.start.position + self.drift * elapsed) / sqrt(time);
        let alone = mean + sqrt(elapsed / time) * normal::isf(target.max(0.0));
        if target < NEGLIGIBLE || before.mass.len() == 1 {
            return Some(side * alone);
        }
        let found = solve(Coordinate::InverseHyperbolicSine, alone, |point| {
            let bound = side * point * sqrt(time);
            let [tail, density] = self.sum(look, self.drift, |mean, sd| {
                let x = side * (bound - mean) / sd;
                [normal::sf(x), normal::density(x) / sd]
            });
            (log(tail / target), -density * sqrt(time) / tail * sqrt(1.0 + point * point))
        });
        found.is_finite().then_some(side * found)
    }
}
