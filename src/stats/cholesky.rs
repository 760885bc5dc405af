//! Cholesky's factorisation of small matrices, outside of the replicate loop.

/// The lower factor L with LLᵀ = `matrix`, row k holding k + 1 entries; `None` if the
/// matrix is not positive definite.
///
/// Source: Golub, Van Loan (2013), "Matrix computations", section 4.2.
#[must_use]
pub fn factor(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (row, entries) in matrix.iter().enumerate() {
        let mut current: Vec<f64> = Vec::with_capacity(row + 1);
        for column in 0..row {
            let known: f64 = (0..column).map(|k| current[k] * rows[column][k]).sum();
            current.push((entries[column] - known) / rows[column][column]);
        }
        let pivot = entries[row] - current.iter().map(|value| value * value).sum::<f64>();
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        current.push(pivot.sqrt());
        rows.push(current);
    }
    Some(rows)
}

/// The solution x of `matrix`·x = `right`; `None` if the matrix is not positive definite.
#[must_use]
pub fn solve(matrix: &[Vec<f64>], right: &[f64]) -> Option<Vec<f64>> {
    let rows = factor(matrix)?;
    let mut solution = right.to_vec();
    for row in 0..rows.len() {
        let known: f64 = (0..row).map(|k| rows[row][k] * solution[k]).sum();
        solution[row] = (solution[row] - known) / rows[row][row];
    }
    for row in (0..rows.len()).rev() {
        let known: f64 = (row + 1..rows.len()).map(|k| rows[k][row] * solution[k]).sum();
        solution[row] = (solution[row] - known) / rows[row][row];
    }
    Some(solution)
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
    }
}
