//! Small symmetric matrices of covariates and outcome, of trials side by side, with the covariates taken out.
//!
//! With M = LDLᵀ, L having a diagonal of ones and the outcome coming last, the last row of L⁻¹ is (−b, 1), b the slopes on
//! the covariates: the last of D is the residual sum of squares, and what L⁻¹ makes of a contrast of means ends in the
//! contrast of the adjusted ones.

use super::{LANES, Lanes};
use crate::analysis::matrix::LEAST_LEFT;

/// Entries of each trial. Of a symmetric matrix the lower triangle counts.
pub(super) type Square<const N: usize> = [[Lanes; N]; N];

/// L and D.
pub(super) struct Elimination<const N: usize> {
    /// L below its diagonal.
    lower: Square<N>,
    /// D.
    pub own: [Lanes; N],
    /// 1/D of the covariates; not a number from the first on that tells nothing new.
    pub inverse: [Lanes; N],
}

impl<const N: usize> Elimination<N> {
    /// Of M.
    #[inline(always)]
    pub fn new(matrix: &Square<N>) -> Self {
        let mut lower = [[[0.0; LANES]; N]; N];
        let (mut own, mut inverse) = ([[0.0; LANES]; N], [[0.0; LANES]; N]);
        for row in 0..N {
            own[row] = matrix[row][row];
            // L times D, as long as it is not divided by D.
            for column in 0..row {
                lower[row][column] = matrix[row][column];
                for k in 0..column {
                    for trial in 0..LANES {
                        lower[row][column][trial] -= lower[row][k][trial] * lower[column][k][trial];
                    }
                }
            }
            for column in 0..row {
                for trial in 0..LANES {
                    let scaled = lower[row][column][trial];
                    lower[row][column][trial] = scaled * inverse[column][trial];
                    own[row][trial] -= scaled * lower[row][column][trial];
                }
            }
            for trial in 0..LANES {
                let tells = own[row][trial] > LEAST_LEFT * matrix[row][row][trial];
                inverse[row][trial] = if tells { 1.0 / own[row][trial] } else { f64::NAN };
            }
        }
        Elimination { lower, own, inverse }
    }

    /// Turns b into L⁻¹b.
    #[inline(always)]
    pub fn forward(&self, b: &mut [Lanes; N]) {
        for row in 0..N {
            for k in 0..row {
                for trial in 0..LANES {
                    b[row][trial] -= self.lower[row][k][trial] * b[k][trial];
                }
            }
        }
    }

    /// L⁻¹AL⁻ᵀ.
    #[inline(always)]
    pub fn of_both_sides(&self, matrix: &Square<N>) -> Square<N> {
        let mut half = *matrix;
        for row in 0..N {
            for column in 0..row {
                half[column][row] = matrix[row][column];
            }
        }
        for row in 0..N {
            for k in 0..row {
                for column in 0..N {
                    for trial in 0..LANES {
                        half[row][column][trial] -= self.lower[row][k][trial] * half[k][column][trial];
                    }
                }
            }
        }
        for row in 0..N {
            for column in 0..=row {
                for k in 0..column {
                    for trial in 0..LANES {
                        half[row][column][trial] -= half[row][k][trial] * self.lower[column][k][trial];
                    }
                }
            }
        }
        half
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two covariates and an outcome: D and L⁻¹AL⁻ᵀ by hand.
    #[test]
    fn covariates_are_taken_out() {
        let all = |number: f64| [number; LANES];
        let matrix = [[4.0, 0.0, 0.0], [2.0, 5.0, 0.0], [8.0, 8.0, 30.0]].map(|row| row.map(all));
        let of = Elimination::new(&matrix);
        // L is (1), (1/2, 1), (2, 1, 1).
        assert_eq!(of.own, [4.0, 4.0, 10.0].map(all));
        let mut b = [2.0, 5.0, 11.0].map(all);
        of.forward(&mut b);
        assert_eq!(b, [2.0, 4.0, 3.0].map(all));
        let taken_out = of.of_both_sides(&matrix);
        for row in 0..3 {
            for column in 0..=row {
                let expected = if row == column { of.own[row] } else { all(0.0) };
                assert_eq!(taken_out[row][column], expected);
            }
        }
    }

    #[test]
    fn a_covariate_that_repeats_another_leaves_no_number() {
        let mut matrix =
            [[3.0, 0.0, 0.0], [3.0, 3.0, 0.0], [1.0, 1.0, 2.0]].map(|row| row.map(|x| [x; LANES]));
        matrix[1][1][0] = 4.0;
        let own = Elimination::new(&matrix).own[2];
        assert!(own[0].is_finite() && own[1..].iter().all(|left| left.is_nan()));
    }
}
