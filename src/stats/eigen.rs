//! Eigenvalues of small symmetric matrices by Jacobi's rotations.

/// The nearest symmetric matrix whose eigenvalues are at least `least`: the same eigenvectors, the
/// smaller eigenvalues raised. Jacobi's method in cyclic order (Golub, Van Loan 2013, "Matrix
/// Computations", 8.5).
#[must_use]
pub fn with_least_eigenvalue(matrix: &[Vec<f64>], least: f64) -> Vec<Vec<f64>> {
    let (values, vectors) = decompose(matrix);
    let order = matrix.len();
    let entry = |i: usize, j: usize| -> f64 {
        (0..order).map(|k| vectors[i][k] * values[k].max(least) * vectors[j][k]).sum()
    };
    (0..order).map(|i| (0..order).map(|j| entry(i.min(j), i.max(j))).collect()).collect()
}

/// Eigenvalues, and the eigenvectors as columns, of a matrix whose entries are about 1.
#[must_use]
pub fn decompose(matrix: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
    decompose_to(matrix, 1e-30)
}

/// The same for any matrix, until the squares of the entries below the diagonal add up to less than `negligible`.
#[must_use]
pub fn decompose_to(matrix: &[Vec<f64>], negligible: f64) -> (Vec<f64>, Vec<Vec<f64>>) {
    let order = matrix.len();
    let mut a = matrix.to_vec();
    let mut vectors: Vec<Vec<f64>> =
        (0..order).map(|i| (0..order).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect();
    for _ in 0..60 {
        let outside: f64 =
            (0..order).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if outside < negligible {
            break;
        }
        for p in 0..order {
            for q in p + 1..order {
                if a[p][q] != 0.0 {
                    rotate(&mut a, &mut vectors, p, q);
                }
            }
        }
    }
    ((0..order).map(|i| a[i][i]).collect(), vectors)
}

/// Makes entry (p, q) zero.
fn rotate(a: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let size = 1.0 / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta < 0.0 { -size } else { size };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for row in a.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    for k in 0..a.len() {
        (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]);
    }
    for row in vectors.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tridiagonal_matrix_has_known_eigenvalues() {
        // 2 − 2·cos(kπ ÷ 6), k = 1 … 5.
        let entry = |i: usize, j: usize| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix: Vec<Vec<f64>> = (0..5).map(|i| (0..5).map(|j| entry(i, j)).collect()).collect();
        let (mut values, _) = decompose(&matrix);
        values.sort_by(f64::total_cmp);
        for (k, value) in values.iter().enumerate() {
            let expected = 2.0 - 2.0 * libm::cos((k + 1) as f64 * std::f64::consts::PI / 6.0);
            assert!((value - expected).abs() < 1e-14, "{value}");
        }
        let same = with_least_eigenvalue(&matrix, 0.0);
        for (row, expected) in same.iter().zip(&matrix) {
            assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14));
        }
    }
}
