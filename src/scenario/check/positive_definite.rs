//! Can these correlations hold together?
//!
//! In comes a symmetric matrix with ones on its diagonal; out comes the first
//! variable that does not go with those before it (the end of the smallest
//! leading block that is not positive definite), and the range in which one of
//! its correlations would have to lie, given the others. By Cholesky.

use crate::stats::cholesky::{self, dot, forward};

/// The smallest share of a variable's variance that the variables before it must
/// leave over. Rounding errors are far below it, real correlations far above.
const LEAST_REMAINDER: f64 = 1e-12;

/// The Cholesky factor of as much of a matrix as is positive definite.
pub(super) struct Leading {
    rows: Vec<Vec<f64>>,
}

impl Leading {
    /// Factors the matrix up to the first variable that fails.
    pub(super) fn of(matrix: &[Vec<f64>]) -> Self {
        Leading { rows: cholesky::leading_factor(matrix, LEAST_REMAINDER) }
    }

    /// How many variables go together: all, or the index of the first that does not.
    pub(super) fn size(&self) -> usize {
        self.rows.len()
    }

    /// The open range in which the correlation of the next variable with variable
    /// `which` must lie, when `row` holds its correlations with all; none if the
    /// others alone cannot hold.
    pub(super) fn range(&self, row: &[f64], which: usize) -> Option<(f64, f64)> {
        let size = self.size();
        let mut others = row[..size].to_vec();
        others[which] = 0.0;
        let mut unit = vec![0.0; size];
        unit[which] = 1.0;
        // With L the factor, u = L⁻¹ e and v = L⁻¹ r, the explained variance is
        // |v + x u|², a parabola in the correlation x; it must stay below 1.
        let (fixed, moving) = (forward(&self.rows, &others), forward(&self.rows, &unit));
        let (square, cross) = (dot(&moving, &moving), dot(&fixed, &moving));
        let discriminant = cross * cross - square * (dot(&fixed, &fixed) - 1.0);
        if discriminant.is_nan() || discriminant <= 0.0 {
            return None;
        }
        let root = libm::sqrt(discriminant);
        Some((((-cross - root) / square).max(-1.0), ((-cross + root) / square).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(ab: f64, ac: f64, bc: f64) -> Vec<Vec<f64>> {
        vec![vec![1.0, ab, ac], vec![ab, 1.0, bc], vec![ac, bc, 1.0]]
    }

    #[test]
    fn what_can_hold_together_is_whole() {
        assert_eq!(Leading::of(&three(0.5, 0.5, 0.5)).size(), 3);
        assert_eq!(Leading::of(&three(0.9, 0.9, -0.9)).size(), 2);
        assert_eq!(Leading::of(&three(1.0, 0.0, 0.0)).size(), 1);
        assert_eq!(Leading::of(&three(f64::NAN, 0.0, 0.0)).size(), 1);
    }

    #[test]
    fn the_range_is_the_textbook_one() {
        // r_bc lies within r_ab r_ac ± √((1 − r_ab²)(1 − r_ac²)).
        let matrix = three(0.9, 0.8, -0.5);
        let (low, high) = Leading::of(&matrix).range(&matrix[2], 1).unwrap();
        let half = ((1.0 - 0.81_f64) * (1.0 - 0.64)).sqrt();
        assert!((low - (0.72 - half)).abs() < 1e-14 && (high - (0.72 + half)).abs() < 1e-14);
    }

    #[test]
    fn others_that_fail_by_themselves_leave_no_range() {
        let matrix = vec![
            vec![1.0, 0.0, 0.0, 0.9],
            vec![0.0, 1.0, 0.0, 0.9],
            vec![0.0, 0.0, 1.0, 0.1],
            vec![0.9, 0.9, 0.1, 1.0],
        ];
        let leading = Leading::of(&matrix);
        assert_eq!(leading.size(), 3);
        assert_eq!(leading.range(&matrix[3], 2), None);
        assert!(leading.range(&matrix[3], 0).is_some());
    }
}
