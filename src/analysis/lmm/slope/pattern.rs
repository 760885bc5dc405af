//! What the covariance of a therapist's two effects may be, and the parameters that give it.
//!
//! A therapist's intercept b₀ and slope b₁ on the context, coded −½ and +½, are b₀ − b₁/2 with the
//! reference level and b₀ + b₁/2 with the other. The covariance of these two relative to σ², Λ, is given
//! by λ = (Λ₁₁, Λ₂₂, Λ₁₂); it is quadratic in parameters θ of any sign, so that it is a covariance
//! whatever they are. Source: Bates, Mächler, Bolker, Walker (2015), J. Stat. Softw. 67(1), for the
//! relative covariance factor.

/// Which covariances there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::analysis::lmm) enum Pattern {
    /// Any: Λ = LLᵀ with L = (θ₁ 0; θ₂ θ₃).
    Correlated,
    /// Intercept and slope are independent, with the variances θ₁² and θ₂².
    Independent,
}

/// The most parameters.
pub(super) const MOST: usize = 3;

/// What stands for zero in θ: its square, times the patients of any therapist, is beyond rounding.
const ZERO: f64 = 1e-6;

impl Pattern {
    /// How many parameters.
    pub fn dimension(self) -> usize {
        match self {
            Pattern::Correlated => 3,
            Pattern::Independent => 2,
        }
    }

    /// Where the search begins: a sixteenth of the residual variance with either level, two thirds of it
    /// in common.
    pub fn start(self) -> [f64; MOST] {
        match self {
            Pattern::Correlated => [0.25, 0.17, 0.18],
            Pattern::Independent => [0.23, 0.2, 0.0],
        }
    }

    /// λ.
    pub fn covariance(self, [a, b, c]: [f64; MOST]) -> [f64; 3] {
        match self {
            Pattern::Correlated => [a * a, b * b + c * c, a * b],
            Pattern::Independent => {
                let [by_intercept, by_slope] = [a * a, 0.25 * b * b];
                let own = by_intercept + by_slope;
                [own, own, by_intercept - by_slope]
            }
        }
    }

    /// Derivatives of λ by each parameter.
    pub fn first(self, [a, b, c]: [f64; MOST]) -> [[f64; 3]; MOST] {
        match self {
            Pattern::Correlated => [[2.0 * a, 0.0, b], [0.0, 2.0 * b, a], [0.0, 2.0 * c, 0.0]],
            Pattern::Independent => [[2.0 * a; 3], [0.5 * b, 0.5 * b, -0.5 * b], [0.0; 3]],
        }
    }

    /// Second derivatives of λ, times a gradient by λ.
    pub fn second(self, [f, g, h]: [f64; 3]) -> [[f64; MOST]; MOST] {
        match self {
            Pattern::Correlated => [[2.0 * f, h, 0.0], [h, 2.0 * g, 0.0], [0.0, 0.0, 2.0 * g]],
            Pattern::Independent => {
                [[2.0 * (f + g + h), 0.0, 0.0], [0.0, 0.5 * (f + g - h), 0.0], [0.0; MOST]]
            }
        }
    }

    /// Parameters moved to where the search begins, those at which the likelihood bends the wrong way.
    pub fn off_saddle(self, mut theta: [f64; MOST], bends_down: [bool; MOST]) -> [f64; MOST] {
        for (k, start) in self.start().into_iter().enumerate() {
            if bends_down[k] && theta[k].abs() < start {
                theta[k] = start;
            }
        }
        theta
    }

    /// Parameters that count as zero, made zero; those beside which none is left too.
    pub fn rounded(self, mut theta: [f64; MOST]) -> [f64; MOST] {
        let is_zero = |value: f64| value.abs() <= ZERO;
        match self {
            Pattern::Correlated => {
                theta[2] = if is_zero(theta[2]) { 0.0 } else { theta[2] };
                if theta.iter().all(|&value| is_zero(value)) { [0.0; MOST] } else { theta }
            }
            Pattern::Independent => theta.map(|value| if is_zero(value) { 0.0 } else { value }),
        }
    }

    /// Which parameters are not at the boundary: there the covariance is singular, and parameters at it
    /// are taken for known.
    pub fn free(self, theta: [f64; MOST]) -> [bool; MOST] {
        match self {
            Pattern::Correlated => {
                let any = theta != [0.0; MOST];
                [any, any, theta[2] != 0.0]
            }
            Pattern::Independent => [theta[0] != 0.0, theta[1] != 0.0, false],
        }
    }

    /// Whether the covariance is singular.
    pub fn is_boundary(self, theta: [f64; MOST]) -> bool {
        self.free(theta)[..self.dimension()].contains(&false) || theta[0] == 0.0
    }

    /// Directions in which Λ changes with each of its linear parameters, as λ.
    pub fn basis(self) -> &'static [[f64; 3]] {
        match self {
            Pattern::Correlated => &[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Pattern::Independent => &[[1.0, 1.0, 1.0], [0.25, 0.25, -0.25]],
        }
    }
}

/// Variances of intercept and slope, and their covariance, from the variances with either level.
pub(super) fn of_intercept_and_slope([reference, other, both]: [f64; 3]) -> [f64; 3] {
    [0.25 * (reference + other + 2.0 * both), reference + other - 2.0 * both, 0.5 * (other - reference)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_covariance() {
        let theta = [0.4, -0.3, 0.2];
        let gradient = [0.7, -1.1, 0.3];
        for pattern in [Pattern::Correlated, Pattern::Independent] {
            let moved = |k: usize, by: f64| {
                let mut theta = theta;
                theta[k] += by;
                theta
            };
            for k in 0..pattern.dimension() {
                let [above, below] = [1e-5, -1e-5].map(|by| pattern.covariance(moved(k, by)));
                let [first_above, first_below] = [1e-5, -1e-5].map(|by| pattern.first(moved(k, by)));
                for entry in 0..3 {
                    let slope = (above[entry] - below[entry]) / 2e-5;
                    assert!((slope - pattern.first(theta)[k][entry]).abs() < 1e-9);
                }
                for j in 0..pattern.dimension() {
                    let slope: f64 = (0..3)
                        .map(|entry| gradient[entry] * (first_above[j][entry] - first_below[j][entry]) / 2e-5)
                        .sum();
                    assert!((slope - pattern.second(gradient)[j][k]).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn intercept_and_slope_come_back() {
        let [intercept, slope, both] =
            of_intercept_and_slope(Pattern::Independent.covariance([0.3, 0.5, 0.0]));
        assert!((intercept - 0.09).abs() < 1e-15 && (slope - 0.25).abs() < 1e-15 && both == 0.0);
    }
}
