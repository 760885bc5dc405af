//! Small symmetric matrices of the effects of a model, with a last row for the outcome.
//!
//! Their order is fixed when the program is compiled, one copy for each number of covariates: loops
//! of four or five steps are unrolled, which made the mixed model three times as fast. Only the
//! effects are factored and solved for; the last row is there for what is to be explained.

/// Row by row; the lower triangle counts. The last row and column belong to the outcome.
pub(super) type Matrix<const N: usize> = [[f64; N]; N];

/// A worker whose matrices have room for the cells, so many covariates, and the outcome.
macro_rules! by_covariates {
    ($covariates:expr, $worker:ident, $model:expr) => {
        match $covariates {
            0 => Box::new($worker::<5>::new($model)),
            1 => Box::new($worker::<6>::new($model)),
            2 => Box::new($worker::<7>::new($model)),
            3 => Box::new($worker::<8>::new($model)),
            4 => Box::new($worker::<9>::new($model)),
            5 => Box::new($worker::<10>::new($model)),
            6 => Box::new($worker::<11>::new($model)),
            7 => Box::new($worker::<12>::new($model)),
            _ => Box::new($worker::<{ ARMS + MOST_COVARIATES + 1 }>::new($model)),
        }
    };
}
pub(super) use by_covariates;

/// Share of a diagonal entry that must be left by the columns before, or a column tells nothing new.
pub(super) const LEAST_LEFT: f64 = 1e-11;

/// Cholesky's factor of all rows but the last, the diagonal inverted. None if a column tells nothing
/// new.
#[inline(always)]
pub(super) fn factor<const N: usize>(matrix: &Matrix<N>) -> Option<Matrix<N>> {
    let mut factor = [[0.0; N]; N];
    for row in 0..N - 1 {
        for column in 0..row {
            let mut value = matrix[row][column];
            for k in 0..column {
                value -= factor[row][k] * factor[column][k];
            }
            factor[row][column] = value * factor[column][column];
        }
        let mut pivot = matrix[row][row];
        for k in 0..row {
            pivot -= factor[row][k] * factor[row][k];
        }
        if pivot.is_nan() || pivot <= LEAST_LEFT * matrix[row][row] {
            return None;
        }
        factor[row][row] = 1.0 / pivot.sqrt();
    }
    Some(factor)
}

/// L⁻¹b, the last entry 0.
#[inline(always)]
pub(super) fn forward<const N: usize>(factor: &Matrix<N>, mut b: [f64; N]) -> [f64; N] {
    for row in 0..N - 1 {
        for k in 0..row {
            b[row] -= factor[row][k] * b[k];
        }
        b[row] *= factor[row][row];
    }
    b[N - 1] = 0.0;
    b
}

/// L⁻ᵀb, the last entry 0.
#[inline(always)]
pub(super) fn backward<const N: usize>(factor: &Matrix<N>, mut b: [f64; N]) -> [f64; N] {
    for row in (0..N - 1).rev() {
        for k in row + 1..N - 1 {
            b[row] -= factor[k][row] * b[k];
        }
        b[row] *= factor[row][row];
    }
    b[N - 1] = 0.0;
    b
}

/// Adds a multiple of xxᵀ, the lower triangle.
#[inline(always)]
pub(super) fn add_square<const N: usize>(matrix: &mut Matrix<N>, x: &[f64; N], times: f64) {
    for row in 0..N {
        for column in 0..=row {
            matrix[row][column] += times * x[row] * x[column];
        }
    }
}

/// Σ of products.
#[inline(always)]
pub(super) fn dot<const N: usize>(one: &[f64; N], other: &[f64; N]) -> f64 {
    let mut sum = 0.0;
    for k in 0..N {
        sum += one[k] * other[k];
    }
    sum
}

/// The matrix, of which the lower triangle counts, times a vector.
#[inline(always)]
pub(super) fn times<const N: usize>(matrix: &Matrix<N>, vector: &[f64; N]) -> [f64; N] {
    let mut product = [0.0; N];
    for row in 0..N {
        for column in 0..N {
            let entry = if column <= row { matrix[row][column] } else { matrix[column][row] };
            product[row] += entry * vector[column];
        }
    }
    product
}

/// L⁻¹AL⁻ᵀ, both triangles, without the outcome's row and column.
#[inline(always)]
pub(super) fn whiten<const N: usize>(factor: &Matrix<N>, matrix: &Matrix<N>) -> Matrix<N> {
    let mut half = [[0.0; N]; N];
    // Rows of AL⁻ᵀ are L⁻¹ times the rows of A.
    for row in 0..N - 1 {
        let mut full = [0.0; N];
        for column in 0..N - 1 {
            full[column] = if column <= row { matrix[row][column] } else { matrix[column][row] };
        }
        half[row] = forward(factor, full);
    }
    let mut white = [[0.0; N]; N];
    for column in 0..N - 1 {
        let mut entries = [0.0; N];
        for row in 0..N - 1 {
            entries[row] = half[row][column];
        }
        let solved = forward(factor, entries);
        for row in 0..N - 1 {
            white[row][column] = solved[row];
        }
    }
    white
}

/// LAL' for a matrix with both triangles, without the outcome's row and column.
pub(super) fn unwhiten<const N: usize>(factor: &Matrix<N>, matrix: &Matrix<N>) -> Matrix<N> {
    let entry = |row: usize, k: usize| if row == k { 1.0 / factor[row][row] } else { factor[row][k] };
    let mut half = [[0.0; N]; N];
    let mut full = [[0.0; N]; N];
    for row in 0..N - 1 {
        for column in 0..N - 1 {
            half[row][column] = (0..=row).map(|k| entry(row, k) * matrix[k][column]).sum();
        }
    }
    for row in 0..N - 1 {
        for column in 0..N - 1 {
            full[row][column] = (0..=column).map(|k| half[row][k] * entry(column, k)).sum();
        }
    }
    full
}

/// Sum of the diagonal, without the outcome's entry.
#[inline(always)]
pub(super) fn trace<const N: usize>(matrix: &Matrix<N>) -> f64 {
    let mut sum = 0.0;
    for k in 0..N - 1 {
        sum += matrix[k][k];
    }
    sum
}

/// Σ of products of all entries: the trace of the product of two symmetric matrices with both
/// triangles filled and nothing of the outcome.
#[inline(always)]
pub(super) fn product_trace<const N: usize>(one: &Matrix<N>, other: &Matrix<N>) -> f64 {
    let mut sum = 0.0;
    for row in 0..N - 1 {
        sum += dot(&one[row], &other[row]);
    }
    sum
}

/// Σ of the squares of a symmetric matrix's entries, the lower triangle given, without the outcome's.
pub(super) fn squared_norm<const N: usize>(lower: &Matrix<N>) -> f64 {
    let mut sum = 0.0;
    for row in 0..N - 1 {
        for column in 0..row {
            sum += 2.0 * lower[row][column] * lower[row][column];
        }
        sum += lower[row][row] * lower[row][row];
    }
    sum
}

/// Each entry times a number.
pub(super) fn scaled<const N: usize>(matrix: &Matrix<N>, factor: f64) -> Matrix<N> {
    matrix.map(|row| row.map(|entry| factor * entry))
}
