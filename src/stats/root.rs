//! A safeguarded Newton solver for quantiles, and a solver for functions without a derivative.
//!
//! Quantiles are found where the logarithm of a tail probability meets a logarithm: far out, where the
//! probability is 1e-300 and its derivative as small, the logarithm is still a smooth function of moderate
//! slope.

use libm::{asinh, cosh, exp, sinh, sqrt};

/// The coordinate in which Newton's steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinate {
    /// u = ln x, for x > 0: tails that are powers of x become straight lines.
    Logarithm,
    /// u = arsinh x, for all real x: linear near 0, logarithmic far out.
    InverseHyperbolicSine,
}

impl Coordinate {
    /// The point `step` further along the coordinate. Short steps are written so that the rounding error
    /// is relative to x and not to the coordinate, which can be several hundred.
    fn shift(self, x: f64, step: f64) -> f64 {
        match self {
            Coordinate::Logarithm => x * exp(step),
            Coordinate::InverseHyperbolicSine if step.abs() > 1.0 => sinh(asinh(x) + step),
            Coordinate::InverseHyperbolicSine => x * cosh(step) + hypotenuse_of_one(x) * sinh(step),
        }
    }

    fn middle(self, low: f64, high: f64) -> f64 {
        match self {
            Coordinate::Logarithm => sqrt(low) * sqrt(high),
            Coordinate::InverseHyperbolicSine => sinh(0.5 * asinh(low) + 0.5 * asinh(high)),
        }
    }

    fn start_of_range(self) -> f64 {
        match self {
            Coordinate::Logarithm => 0.0,
            Coordinate::InverseHyperbolicSine => f64::NEG_INFINITY,
        }
    }

    fn bounds(self) -> (f64, f64) {
        match self {
            Coordinate::Logarithm => (f64::from_bits(1), f64::MAX),
            Coordinate::InverseHyperbolicSine => (-f64::MAX, f64::MAX),
        }
    }
}

/// √(1 + x²), which cannot overflow.
fn hypotenuse_of_one(x: f64) -> f64 {
    if x.abs() > 1.0 {
        let inverse = 1.0 / x;
        x.abs() * sqrt(1.0 + inverse * inverse)
    } else {
        sqrt(1.0 + x * x)
    }
}

/// The zero of a monotone function by Newton's method inside a shrinking bracket.
///
/// `function` returns its value and its derivative with respect to the coordinate (d/d ln x or
/// d/d arsinh x); the sign of the derivative, also of a zero, tells whether it rises or falls.
/// A step that leaves the bracket is replaced, and so is one that follows a step that did not halve the
/// value: by bisection once both ends are known, before that by a move of at most 40 along the coordinate.
/// Iteration ends with the first step below 1e-10: by quadratic convergence the point then has the
/// accuracy of `function`. If the zero lies beyond the range of `f64`, the result is ∞, or 0 (−∞ for the
/// hyperbolic coordinate); where `function` is NaN the result is NaN.
pub fn solve(coordinate: Coordinate, start: f64, function: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (first, last) = coordinate.bounds();
    let (mut low, mut high) = (first, last);
    let mut x = if start > low && start < high { start } else { coordinate.middle(low, high) };
    let mut previous = f64::INFINITY;
    for _ in 0..300 {
        let (value, slope) = function(x);
        if value.is_nan() {
            return f64::NAN;
        }
        if value == 0.0 {
            return x;
        }
        if (value > 0.0) == slope.is_sign_positive() {
            high = x;
        } else {
            low = x;
        }
        let step = -value / slope;
        let newton = coordinate.shift(x, step);
        if step.abs() <= 1e-10 {
            return newton;
        }
        let enclosed = low > first && high < last;
        let size = value.abs();
        let progress = size <= 0.5 * previous || size < 1e-3 || !enclosed;
        let inside = |point: f64| point > low && point < high;
        x = if inside(newton) && progress {
            previous = size;
            newton
        } else {
            previous = f64::INFINITY;
            let bounded = coordinate.shift(x, step.clamp(-40.0, 40.0));
            if !enclosed && inside(bounded) { bounded } else { coordinate.middle(low, high) }
        };
        if high - low <= 0.5 * f64::EPSILON * low.abs().max(high.abs()) {
            break;
        }
    }
    if high == last {
        f64::INFINITY
    } else if low == first {
        coordinate.start_of_range()
    } else {
        x
    }
}

/// The zero of a continuous function between `low` and `high`, without its derivative.
///
/// Inverse quadratic interpolation where three points allow it, else bisection (Chandrupatla, 1997, Advances in
/// Engineering Software 28, 145): the function is never asked outside of the bracket, and no more than a few
/// times as often as by bisection. The bracket shrinks to the rounding of the zero or to `tolerance`, which
/// matters for a zero near 0. NaN where the function has the same sign at both ends, or is NaN.
pub fn enclosed(low: f64, high: f64, tolerance: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (mut a, mut b) = (high, low);
    let (mut at_a, mut at_b) = (function(a), function(b));
    if at_a.is_nan() || at_b.is_nan() || (at_a > 0.0 && at_b > 0.0) || (at_a < 0.0 && at_b < 0.0) {
        return f64::NAN;
    }
    if at_a == 0.0 || at_b == 0.0 {
        return if at_a == 0.0 { a } else { b };
    }
    // The zero lies between the newest point a and b; c is the point before them.
    let mut share = 0.5;
    for _ in 0..300 {
        let x = a + share * (b - a);
        let at_x = function(x);
        if at_x.is_nan() {
            return f64::NAN;
        }
        let (c, at_c);
        if (at_x > 0.0) == (at_a > 0.0) {
            (c, at_c) = (a, at_a);
        } else {
            (c, at_c) = (b, at_b);
            (b, at_b) = (a, at_a);
        }
        (a, at_a) = (x, at_x);
        let (best, at_best) = if at_a.abs() < at_b.abs() { (a, at_a) } else { (b, at_b) };
        let least = (2.0 * f64::EPSILON * best.abs() + 0.5 * tolerance) / (b - a).abs();
        if at_best == 0.0 || least > 0.5 {
            return best;
        }
        let (along, across) = ((a - b) / (c - b), (at_a - at_b) / (at_c - at_b));
        let smooth = across * across < along && (1.0 - across) * (1.0 - across) < 1.0 - along;
        share = if smooth {
            at_a / (at_b - at_a) * at_c / (at_b - at_c)
                + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
        } else {
            0.5
        };
        share = share.clamp(least, 1.0 - least);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use libm::log;

    #[test]
    fn finds_zeros_far_from_the_start() {
        let root = solve(Coordinate::Logarithm, 1.0, |x| (log(x) + 600.0, 1.0));
        assert!((root / exp(-600.0) - 1.0).abs() < 1e-12);
        let root = solve(Coordinate::InverseHyperbolicSine, 0.0, |x| (x + 3e80, hypotenuse_of_one(x)));
        assert!((root / -3e80 - 1.0).abs() < 1e-12, "{root}");
    }

    #[test]
    fn falling_functions_and_nan() {
        let root = solve(Coordinate::Logarithm, 1e-5, |x| (2.0 - x * x, -2.0 * x * x));
        assert!((root - sqrt(2.0)).abs() < 1e-15);
        assert!(solve(Coordinate::Logarithm, 1.0, |_| (f64::NAN, 1.0)).is_nan());
    }

    #[test]
    fn enclosed_zeros_are_found_in_few_steps_and_never_looked_for_outside() {
        let calls = core::cell::Cell::new(0);
        let counted = |low: f64, high: f64, function: &dyn Fn(f64) -> f64| {
            calls.set(0);
            enclosed(low, high, 0.0, |x| {
                assert!((low..=high).contains(&x));
                calls.set(calls.get() + 1);
                function(x)
            })
        };
        assert!((counted(0.0, 10.0, &|x| exp(x) - 2.0) - core::f64::consts::LN_2).abs() < 1e-15);
        assert!(calls.get() < 20, "{}", calls.get());
        assert!((counted(-3.0, 8.0, &|x| 5.0 - x * x * x) - libm::cbrt(5.0)).abs() < 1e-15);
        assert!(calls.get() < 20, "{}", calls.get());
        // A step is found by halving.
        assert!((counted(0.0, 1.0, &|x| if x < 0.3 { -1.0 } else { 1.0 }) - 0.3).abs() < 1e-15);
        assert_eq!(counted(2.0, 5.0, &|x| x - 5.0), 5.0);
        assert!(counted(0.0, 1.0, &|x| x + 1.0).is_nan() && counted(0.0, 1.0, &|_| f64::NAN).is_nan());
    }

    #[test]
    fn zeros_beyond_the_range() {
        let above = solve(Coordinate::Logarithm, 1.0, |x| (log(x) - 800.0, 1.0));
        assert_eq!(above, f64::INFINITY);
        let below = solve(Coordinate::Logarithm, 1.0, |x| (log(x) + 800.0, 1.0));
        assert_eq!(below, 0.0);
        let below = solve(Coordinate::InverseHyperbolicSine, 1.0, |x| (asinh(x) + 800.0, 1.0));
        assert_eq!(below, f64::NEG_INFINITY);
    }
}
