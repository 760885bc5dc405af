//! The nearest matrix that can be a correlation matrix.
//!
//! In comes a symmetric matrix with ones on the diagonal; out comes the nearest in
//! the Frobenius norm that is positive definite, by alternating projections with
//! Dykstra's correction (Higham 2002, IMA J. Numer. Anal. 22:329).

use crate::stats::eigen;

/// The least eigenvalue of the answer, so that it can be factored.
const LEAST: f64 = 1e-8;

/// The nearest correlation matrix.
#[must_use]
pub fn nearest_correlation(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let order = matrix.len();
    let mut now = matrix.to_vec();
    let mut correction = vec![vec![0.0; order]; order];
    for _ in 0..1000 {
        let corrected = each(order, |i, j| now[i][j] - correction[i][j]);
        let projected = eigen::with_least_eigenvalue(&corrected, LEAST);
        correction = each(order, |i, j| projected[i][j] - corrected[i][j]);
        let next = each(order, |i, j| if i == j { 1.0 } else { projected[i][j] });
        let change = next.iter().flatten().zip(now.iter().flatten()).map(|(a, b)| (a - b).abs());
        let largest = change.fold(0.0, f64::max);
        now = next;
        if largest < 1e-12 {
            break;
        }
    }
    now
}

fn each(order: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    (0..order).map(|i| (0..order).map(|j| entry(i, j)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example() {
        let matrix = vec![vec![1.0, 1.0, 0.0], vec![1.0, 1.0, 1.0], vec![0.0, 1.0, 1.0]];
        let nearest = nearest_correlation(&matrix);
        // Higham 2002, section 4: to the four digits printed.
        assert!((nearest[0][1] - 0.7607).abs() < 5e-5, "{nearest:?}");
        assert!((nearest[0][2] - 0.1573).abs() < 5e-5, "{nearest:?}");
        assert_eq!(nearest[1][1], 1.0);
    }

    #[test]
    fn what_can_be_stays() {
        let matrix = vec![vec![1.0, 0.3], vec![0.3, 1.0]];
        let nearest = nearest_correlation(&matrix);
        assert!((nearest[0][1] - 0.3).abs() < 1e-12);
    }
}
