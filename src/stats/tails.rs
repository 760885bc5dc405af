//! Both tails of a distribution from the one that was computed, without leaving the exponent range.

use libm::{exp, log, log1p};

/// Which tail a probability belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// P(X ≤ x).
    Lower,
    /// P(X > x).
    Upper,
}

impl Side {
    /// The complementary tail.
    pub(crate) fn other(self) -> Self {
        match self {
            Side::Lower => Side::Upper,
            Side::Upper => Side::Lower,
        }
    }
}

/// A tail probability to be inverted, always the smaller of the two.
///
/// `1 − p` is exact for p ≥ ½, so the switch costs no digit, whereas inverting a tail close to one
/// would lose all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// The tail that has the probability.
    pub(crate) side: Side,
    /// The probability, in (0, ½].
    pub(crate) probability: f64,
}

impl Target {
    /// The target for probability `p` in tail `side`; `p` strictly between 0 and 1.
    pub(crate) fn new(p: f64, side: Side) -> Self {
        if p <= 0.5 {
            Target { side, probability: p }
        } else {
            Target { side: side.other(), probability: 1.0 - p }
        }
    }

    /// As [`Target::new`] for any `p`. Where there is nothing to invert, the answer itself: an end of the
    /// `support` at 0 and 1, NaN outside of them.
    pub(crate) fn within(p: f64, side: Side, support: (f64, f64)) -> Result<Self, f64> {
        if !(0.0..=1.0).contains(&p) {
            Err(f64::NAN)
        } else if p == 0.0 || p == 1.0 {
            Err(if (p == 0.0) == (side == Side::Lower) { support.0 } else { support.1 })
        } else {
            Ok(Target::new(p, side))
        }
    }

    /// The standard normal deviate that has this probability in this tail.
    pub(crate) fn normal_deviate(&self) -> f64 {
        match self.side {
            Side::Lower => super::normal::quantile(self.probability),
            Side::Upper => super::normal::isf(self.probability),
        }
    }
}

/// One tail, as `exp(log_scale) · factor`, and how fast the lower tail grows, as
/// `exp(log_scale) · rate = x · density(x)` (the derivative with respect to log x, or to log odds).
///
/// The scale is kept as a logarithm so that Newton's method sees a slope where the probability itself
/// underflows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tails {
    pub(crate) side: Side,
    pub(crate) log_scale: f64,
    pub(crate) factor: f64,
    pub(crate) rate: f64,
}

impl Tails {
    /// A tail that is exactly zero: the point lies at an end of the support.
    pub(crate) fn empty(side: Side) -> Self {
        Tails { side, log_scale: f64::NEG_INFINITY, factor: 1.0, rate: 0.0 }
    }

    /// The probability in the tail that was computed.
    pub(crate) fn value(&self) -> f64 {
        let value =
            if self.log_scale < -600.0 { exp(self.log_value()) } else { exp(self.log_scale) * self.factor };
        // Rounding may step above one; NaN must pass through.
        if value > 1.0 { 1.0 } else { value }
    }

    /// Logarithm of the probability in the tail that was computed.
    pub(crate) fn log_value(&self) -> f64 {
        self.log_scale + log(self.factor)
    }

    /// Probability in the tail `side`.
    pub(crate) fn probability(&self, side: Side) -> f64 {
        if side == self.side { self.value() } else { 1.0 - self.value() }
    }

    /// x · density(x).
    pub(crate) fn growth(&self) -> f64 {
        exp(self.log_scale + log(self.rate))
    }

    /// Logarithm of (tail probability / target), and its derivative with respect to log x.
    pub(crate) fn log_error(&self, target: &Target) -> (f64, f64) {
        let sign = match target.side {
            Side::Lower => 1.0,
            Side::Upper => -1.0,
        };
        if target.side == self.side {
            (self.log_value() - log(target.probability), sign * self.rate / self.factor)
        } else {
            let complement = self.value();
            let error = log1p(-complement) - log(target.probability);
            (error, sign * self.growth() / (1.0 - complement))
        }
    }
}
