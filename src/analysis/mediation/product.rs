//! Quantiles of the product of two independent normal variables.
//!
//! In units of both standard deviations, P(XY ≤ w) = ∫ φ(x − δ)·Φ(±(w/x − ε)) dx, + where x > 0, X being the
//! one with the larger standardised mean δ. The integral is taken from 0 to either side by the
//! double-exponential rule: at 0 the integrand is flat, but on a scale that shrinks with w. Far from 0
//! only one side counts. Nodes and φ do not depend on w and are kept while w is sought.
//!
//! Sources: MacKinnon et al. (2007), Behav. Res. Methods 39:384; Takahasi, Mori (1974), Publ. RIMS 9:721.

use crate::stats::normal;

/// Standard deviations beyond which nothing counts.
const FAR: f64 = 8.5;

/// Step of the double-exponential rule, and steps to either side of its middle: a probability is then wrong by
/// less than 2e-11, whatever the means.
const STEP: f64 = 0.035;
const STEPS: i32 = 110;

/// Steps after which a quantile is good enough, come what may.
const MOST_STEPS: usize = 60;

/// Relative size of the last step.
const CLOSE: f64 = 1e-12;

/// Room for the nodes.
#[derive(Debug, Clone)]
pub(super) struct ProductOfNormals {
    /// The rule on (0, 1): node, its distance from 1, weight.
    rule: Vec<[f64; 3]>,
    /// x and φ(x − δ)·weight.
    nodes: Vec<[f64; 2]>,
}

impl ProductOfNormals {
    /// The rule, ready.
    pub fn new() -> Self {
        let node = |step: i32| {
            let t = STEP * f64::from(step);
            let (argument, slope) = (libm::sinh(t), libm::cosh(t));
            // ½(1 + tanh(π/2 sinh t)), so written that it keeps its digits near 0.
            let small = 1.0 / (1.0 + libm::exp(core::f64::consts::PI * argument.abs()));
            let (node, rest) = if step < 0 { (small, 1.0 - small) } else { (1.0 - small, small) };
            [node, rest, STEP * core::f64::consts::PI * slope * node * rest]
        };
        let rule: Vec<[f64; 3]> = (-STEPS..=STEPS).map(node).collect();
        ProductOfNormals { nodes: Vec::with_capacity(2 * rule.len()), rule }
    }

    /// Limits that a product of independent normal variables with these means and standard deviations
    /// lies beyond with probability `miss`, half on either side.
    pub fn limits(&mut self, a: (f64, f64), b: (f64, f64), miss: f64) -> [f64; 2] {
        let (one, other) = (a.0 / a.1, b.0 / b.1);
        let (delta, epsilon) = if one.abs() >= other.abs() { (one, other) } else { (other, one) };
        // A product of two negatives is a product.
        let (delta, epsilon) = if delta < 0.0 { (-delta, -epsilon) } else { (delta, epsilon) };
        self.place(delta);
        let scale = a.1 * b.1;
        [miss / 2.0, 1.0 - miss / 2.0].map(|p| scale * self.quantile(p, delta, epsilon))
    }

    /// Places the nodes for X with mean `delta` ≥ 0.
    fn place(&mut self, delta: f64) {
        self.nodes.clear();
        let sides = [((delta - FAR).max(0.0), delta + FAR), ((delta - FAR).min(0.0), 0.0)];
        for (start, end) in sides.into_iter().filter(|(start, end)| start < end) {
            for &[node, rest, weight] in &self.rule {
                // From the end that may be 0, near which nodes need all their digits.
                let x = if end > 0.0 { start + (end - start) * node } else { start * rest };
                self.nodes.push([x, normal::density(x - delta) * (end - start) * weight]);
            }
        }
    }

    /// P(XY ≤ w) and the density there.
    fn probability(&self, w: f64, epsilon: f64) -> (f64, f64) {
        let (mut below, mut density) = (0.0, 0.0);
        for &[x, weight] in &self.nodes {
            let z = w / x - epsilon;
            below += weight * normal::cdf(z * x.signum());
            density += weight * normal::density(z) / x.abs();
        }
        (below, density)
    }

    /// Newton's steps, kept within bounds that close in.
    fn quantile(&self, p: f64, delta: f64, epsilon: f64) -> f64 {
        let sd = (delta * delta + epsilon * epsilon + 1.0).sqrt();
        let reach = (delta + FAR) * (epsilon.abs() + FAR);
        let (mut low, mut high) = (-reach, reach);
        let mut w = delta * epsilon + normal::quantile(p) * sd;
        for _ in 0..MOST_STEPS {
            let (below, density) = self.probability(w, epsilon);
            if below > p {
                high = w;
            } else {
                low = w;
            }
            let next = w - (below - p) / density;
            let next = if next > low && next < high { next } else { 0.5 * (low + high) };
            let step = (next - w).abs();
            w = next;
            if step <= CLOSE * sd {
                break;
            }
        }
        w
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Standardised means, and quantiles at 2.5 and 97.5 %: mpmath with 30 digits, the integral taken over
    /// the other variable; the first also from the density K₀(|w|)/π.
    const QUANTILES: [([f64; 2], [f64; 2]); 10] = [
        ([0.0, 0.0], [-2.181_948_983_966_4, 2.181_948_983_966_4]),
        ([0.0, 1.0], [-3.082_584_681_471_0, 3.082_584_681_471_0]),
        ([1.0, 1.0], [-1.725_393_299_290_8, 5.310_611_420_281_9]),
        ([2.0, 0.5], [-3.305_450_983_876_5, 6.207_132_961_408_2]),
        ([5.0, -2.0], [-21.720_021_945_023, -0.190_872_659_946_53]),
        ([9.0, 0.1], [-16.914_557_693_920, 18.776_918_751_556]),
        ([12.0, 3.0], [12.300_415_474_895, 61.031_612_604_525]),
        ([0.3, -0.2], [-2.470_694_445_171_7, 2.165_242_841_064_4]),
        ([30.0, -25.0], [-827.949_395_634_01, -674.843_991_060_21]),
        ([3.0, 3.0], [1.924_981_562_490_0, 18.807_326_084_809]),
    ];

    #[test]
    fn quantiles_are_those_of_mpmath() {
        let mut product = ProductOfNormals::new();
        for ([delta, epsilon], expected) in QUANTILES {
            // In other units, and with either variable first.
            for (a, b) in [((2.0 * delta, 2.0), (3.0 * epsilon, 3.0)), ((-6.0 * epsilon, 6.0), (-delta, 1.0))]
            {
                let limits = product.limits(a, b, 0.05);
                for (ours, theirs) in limits.into_iter().zip(expected) {
                    let error =
                        (ours / 6.0 - theirs).abs() / (delta * delta + epsilon * epsilon + 1.0).sqrt();
                    assert!(error < 1e-10, "{delta} {epsilon}: {ours} for {theirs}, {error:e}");
                }
            }
        }
    }
}
