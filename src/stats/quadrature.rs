//! Gauss–Legendre quadrature: fixed, composite and adaptive.

use core::f64::consts::PI;
use libm::cos;

/// Nodes and weights of the Gauss–Legendre rule on [−1, 1].
///
/// A rule of order n integrates polynomials up to degree 2n − 1 exactly. All integrators take finite
/// limits in either order and integrands that are smooth between them; an integrand that is NaN anywhere
/// gives NaN.
#[derive(Clone, Debug)]
pub struct GaussLegendre {
    nodes: Vec<f64>,
    weights: Vec<f64>,
}

/// Pₙ(x) and Pₙ₋₁(x) for 0 ≤ x ≤ 1 by the three-term recurrence on differences, whose small quantity 1 − x
/// is exact near 1, where the nodes crowd.
fn legendre(order: usize, x: f64) -> (f64, f64) {
    let distance = 1.0 - x;
    let (mut before, mut value) = (1.0, x);
    let mut difference = -distance;
    for k in 1..order {
        let k = k as f64;
        difference = (k * difference - (2.0 * k + 1.0) * distance * value) / (k + 1.0);
        before = value;
        value += difference;
    }
    (value, before)
}

impl GaussLegendre {
    /// The rule of the given order; an order of 0 is taken as 1. Newton's method from Tricomi's
    /// approximation cos(π (i − ¼) / (n + ½)); the weights 2 / ((1 − x²) P′ₙ(x)²) (DLMF 3.5.21) are
    /// corrected for the rounding of the node, to which they react with 1 / (1 − x²). Nodes and weights
    /// are within a few units in the last place for orders up to several hundred.
    pub fn new(order: usize) -> Self {
        let order = order.max(1);
        let n = order as f64;
        let mut nodes = vec![0.0; order];
        let mut weights = vec![0.0; order];
        for i in 0..order.div_ceil(2) {
            let central = 2 * i + 1 == order;
            let mut x = if central { 0.0 } else { cos(PI * (i as f64 + 0.75) / (n + 0.5)) };
            for _ in 0..20 {
                let (value, slope) = value_and_slope(order, x);
                let next = x - value / slope;
                if central || next == x {
                    break;
                }
                x = next;
            }
            let (value, slope) = value_and_slope(order, x);
            let spread = (1.0 - x) * (1.0 + x);
            // The exact node is x − value / slope; d ln weight / dx = −2x / (1 − x²) at a node.
            let rounding = value / slope;
            let weight = 2.0 / (spread * slope * slope) * (1.0 + 2.0 * x * rounding / spread);
            if let (Some(node), Some(slot)) = (nodes.get_mut(i), weights.get_mut(i)) {
                *node = -x;
                *slot = weight;
            }
            let mirror = order - 1 - i;
            if let (Some(node), Some(slot)) = (nodes.get_mut(mirror), weights.get_mut(mirror)) {
                *node = x;
                *slot = weight;
            }
        }
        GaussLegendre { nodes, weights }
    }

    /// Nodes in increasing order.
    pub fn nodes(&self) -> &[f64] {
        &self.nodes
    }

    /// Weights, in the order of the nodes; their sum is 2.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// ∫ f from `a` to `b` by one application of the rule.
    pub fn integrate(&self, f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
        let middle = 0.5 * a + 0.5 * b;
        let half_width = 0.5 * b - 0.5 * a;
        let terms = self.nodes.iter().zip(&self.weights);
        half_width * terms.map(|(node, weight)| weight * f(middle + half_width * node)).sum::<f64>()
    }

    /// ∫ f from `a` to `b`, the rule applied to `panels` parts of equal width (0 is taken as 1).
    pub fn integrate_composite(&self, f: impl Fn(f64) -> f64, a: f64, b: f64, panels: usize) -> f64 {
        let panels = panels.max(1);
        let limit = |k: usize| {
            if k == panels { b } else { a + (b - a) * (k as f64 / panels as f64) }
        };
        (0..panels).map(|k| self.integrate(&f, limit(k), limit(k + 1))).sum()
    }

    /// ∫ f from `a` to `b`, parts being halved until the rule on a part and on its halves differ by at most
    /// `tolerance` times the integral of |f| found so far, or 40 times over.
    ///
    /// The difference overestimates the error of the halves by far, so the result is usually good to the
    /// rounding error long before `tolerance` is. A hump so narrow that no node of the first two halves
    /// sees it is missed: split such a range beforehand.
    pub fn integrate_adaptive(&self, f: impl Fn(f64) -> f64, a: f64, b: f64, tolerance: f64) -> f64 {
        const DEEPEST: u32 = 40;
        let whole = self.integrate(&f, a, b);
        let mut size = whole.abs();
        let mut total = 0.0;
        let mut pending = vec![(a, b, whole, 0)];
        while let Some((start, end, coarse, depth)) = pending.pop() {
            let middle = 0.5 * start + 0.5 * end;
            let left = self.integrate(&f, start, middle);
            let right = self.integrate(&f, middle, end);
            size = size.max(left.abs() + right.abs()).max(total);
            let difference = (left + right - coarse).abs();
            // No refinement removes a NaN.
            let settled = difference <= tolerance * size || difference.is_nan();
            if settled || depth >= DEEPEST {
                total += left + right;
            } else {
                pending.push((middle, end, right, depth + 1));
                pending.push((start, middle, left, depth + 1));
            }
        }
        total
    }
}

/// Pₙ(x) and P′ₙ(x) for 0 ≤ x < 1.
fn value_and_slope(order: usize, x: f64) -> (f64, f64) {
    let (value, before) = legendre(order, x);
    (value, order as f64 * (before - x * value) / ((1.0 - x) * (1.0 + x)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use libm::{exp, sqrt};

    #[test]
    fn known_rules() {
        assert_eq!(GaussLegendre::new(0).nodes(), [0.0]);
        assert_eq!(GaussLegendre::new(1).weights(), [2.0]);
        let rule = GaussLegendre::new(3);
        assert!((rule.nodes()[2] - sqrt(0.6)).abs() < 2e-16);
        assert!((rule.weights()[0] - 5.0 / 9.0).abs() < 2e-16);
        assert!((rule.weights()[1] - 8.0 / 9.0).abs() < 2e-16);
    }

    #[test]
    fn outermost_node_and_weight_of_order_one_hundred() {
        // mpmath, 40 digits.
        let rule = GaussLegendre::new(100);
        assert!((rule.nodes()[99] / 0.999_713_726_773_441_3 - 1.0).abs() < 3e-16);
        assert!((rule.weights()[99] / 0.000_734_634_490_505_671_7 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn polynomials_are_exact() {
        for order in [2, 7, 20, 64, 201] {
            let rule = GaussLegendre::new(order);
            let degree = 2 * order - 2;
            let integral = rule.integrate(|x| libm::pow(x, degree as f64), -1.0, 1.0);
            assert!((integral * (degree + 1) as f64 / 2.0 - 1.0).abs() < 1e-13, "{order}");
            assert!((rule.weights().iter().sum::<f64>() - 2.0).abs() < 1e-14);
        }
    }

    #[test]
    fn composite_and_adaptive() {
        let rule = GaussLegendre::new(16);
        let bell = |x: f64| exp(-0.5 * x * x);
        let exact = sqrt(2.0 * PI);
        assert!((rule.integrate_composite(bell, -40.0, 40.0, 20) / exact - 1.0).abs() < 1e-14);
        assert!((rule.integrate_adaptive(bell, -40.0, 40.0, 1e-12) / exact - 1.0).abs() < 1e-14);
        let root = rule.integrate_adaptive(sqrt, 0.0, 1.0, 1e-12);
        assert!((root - 2.0 / 3.0).abs() < 1e-12, "{root}");
        assert!(rule.integrate_adaptive(|_| f64::NAN, 0.0, 1.0, 1e-12).is_nan());
        assert!((rule.integrate(|x| x, 1.0, 0.0) + 0.5).abs() < 1e-16);
    }
}
