//! Cholesky's factorisation of small matrices, outside of the replicate loop.

/// The lower factor L with LLᵀ = `matrix`, row k holding k + 1 entries; `None` if the
/// matrix is not positive definite.
///
/// Source: Golub, Van Loan (2013), "Matrix computations", section 4.2.
#[must_use]
pub fn factor(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let rows = leading_factor(matrix, 0.0);
    (rows.len() == matrix.len()).then_some(rows)
}

/// As many rows of the factor as there are before a squared diagonal entry that is not above
/// `least`: the factor of the largest leading block whose variables each have that much left.
#[must_use]
pub fn leading_factor(matrix: &[Vec<f64>], least: f64) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (row, entries) in matrix.iter().enumerate() {
        let mut current = forward(&rows, &entries[..row]);
        let pivot = entries[row] - dot(&current, &current);
        if pivot.is_nan() || pivot <= least {
            break;
        }
        current.push(pivot.sqrt());
        rows.push(current);
    }
    rows
}

/// The solution y of L·y = `right`.
#[must_use]
pub fn forward(rows: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let mut solution: Vec<f64> = Vec::with_capacity(right.len() + 1);
    for (row, value) in rows.iter().zip(right) {
        let known = dot(row, &solution);
        solution.push((value - known) / row[solution.len()]);
    }
    solution
}

/// The solution x of `matrix`·x = `right`; `None` if the matrix is not positive definite.
#[must_use]
pub fn solve(matrix: &[Vec<f64>], right: &[f64]) -> Option<Vec<f64>> {
    let rows = factor(matrix)?;
    let mut solution = forward(&rows, right);
    for row in (0..rows.len()).rev() {
        let known: f64 = (row + 1..rows.len()).map(|k| rows[k][row] * solution[k]).sum();
        solution[row] = (solution[row] - known) / rows[row][row];
    }
    Some(solution)
}

/// Σ of products, as far as the shorter one goes.
#[must_use]
pub fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_system_known_by_hand() {
        let matrix = vec![vec![4.0, 2.0], vec![2.0, 5.0]];
        assert_eq!(factor(&matrix).unwrap(), [vec![2.0], vec![1.0, 2.0]]);
        assert_eq!(solve(&matrix, &[8.0, 12.0]).unwrap(), [1.0, 2.0]);
        assert!(factor(&[vec![1.0, 2.0], vec![2.0, 1.0]]).is_none());
        assert_eq!(leading_factor(&[vec![1.0, 2.0], vec![2.0, 1.0]], 0.0), [vec![1.0]]);
    }
}
