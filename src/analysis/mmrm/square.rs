//! Small symmetric matrices of visits. Their order is known when the program is compiled.

/// Row by row, both triangles.
pub(super) type Square<const V: usize> = [[f64; V]; V];

/// Share of a diagonal entry that must be left by the visits before, or the last digits are all that
/// tells a visit from those before.
const LEAST_LEFT: f64 = 1e-13;

/// Adds a multiple of a vector to another.
#[inline(always)]
pub(super) fn add_scaled<const V: usize>(to: &mut [f64; V], factor: f64, from: &[f64; V]) {
    for k in 0..V {
        to[k] += factor * from[k];
    }
}

/// A product.
#[inline(always)]
pub(super) fn times<const V: usize>(one: &Square<V>, other: &Square<V>) -> Square<V> {
    let mut product = [[0.0; V]; V];
    for row in 0..V {
        for k in 0..V {
            add_scaled(&mut product[row], one[row][k], &other[k]);
        }
    }
    product
}

/// ABA, for symmetric matrices.
#[inline(always)]
pub(super) fn sandwich<const V: usize>(outer: &Square<V>, inner: &Square<V>) -> Square<V> {
    times(&times(outer, inner), outer)
}

/// Σ of products of all entries.
#[inline(always)]
pub(super) fn product_trace<const V: usize>(one: &Square<V>, other: &Square<V>) -> f64 {
    one.as_flattened().iter().zip(other.as_flattened()).map(|(a, b)| a * b).sum()
}

/// xᵀAx.
#[inline(always)]
pub(super) fn form<const N: usize>(matrix: &Square<N>, vector: &[f64; N]) -> f64 {
    let line = |row: &[f64; N]| -> f64 { row.iter().zip(vector).map(|(a, b)| a * b).sum() };
    matrix.iter().zip(vector).map(|(row, weight)| weight * line(row)).sum()
}

/// Adds a multiple of a matrix to another.
#[inline(always)]
pub(super) fn add<const V: usize>(to: &mut Square<V>, factor: f64, from: &Square<V>) {
    for row in 0..V {
        add_scaled(&mut to[row], factor, &from[row]);
    }
}

/// The inverse of the rows and columns of these visits, zeros elsewhere, and the determinant over the
/// product of the diagonal, which neither overflows nor underflows. None if they are not positive
/// definite.
#[inline(always)]
pub(super) fn inverse<const V: usize>(matrix: &Square<V>, visits: usize) -> Option<(Square<V>, f64)> {
    let is_in = |visit: usize| visits >> visit & 1 == 1;
    // A visit that is not asked for is independent of the others, with a variance of 1.
    let mut factor = [[0.0; V]; V];
    let mut determinant = 1.0;
    for row in 0..V {
        factor[row][row] = 1.0;
        if !is_in(row) {
            continue;
        }
        let mut pivot = matrix[row][row];
        for column in 0..row {
            if is_in(column) {
                let mut value = matrix[row][column];
                for k in 0..column {
                    value -= factor[row][k] * factor[column][k];
                }
                factor[row][column] = value * factor[column][column];
                pivot -= factor[row][column] * factor[row][column];
            }
        }
        if pivot.is_nan() || pivot <= LEAST_LEFT * matrix[row][row] {
            return None;
        }
        determinant *= pivot / matrix[row][row];
        factor[row][row] = 1.0 / pivot.sqrt();
    }
    // L⁻¹, and L⁻ᵀL⁻¹.
    let mut half = [[0.0; V]; V];
    for column in 0..V {
        half[column][column] = factor[column][column];
        for row in column + 1..V {
            let mut value = 0.0;
            for k in column..row {
                value -= factor[row][k] * half[k][column];
            }
            half[row][column] = value * factor[row][row];
        }
    }
    let mut inverse = [[0.0; V]; V];
    for k in (0..V).filter(|&k| is_in(k)) {
        for row in 0..=k {
            add_scaled(&mut inverse[row], half[k][row], &half[k]);
        }
    }
    Some((inverse, determinant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_of_some_visits_is_that_of_their_rows_and_columns() {
        let matrix = [[4.0, 1.0, 2.0], [1.0, 3.0, 0.5], [2.0, 0.5, 5.0]];
        let (all, determinant) = inverse(&matrix, 0b111).unwrap();
        let identity = times(&matrix, &all);
        for row in 0..3 {
            for column in 0..3 {
                let expected = f64::from(u8::from(row == column));
                assert!((identity[row][column] - expected).abs() < 1e-15);
            }
        }
        // 4(15 − 0.25) − 1(5 − 1) + 2(0.5 − 6), over 4 · 3 · 5.
        assert!((determinant - 44.0 / 60.0).abs() < 1e-15);
        let (some, determinant) = inverse(&matrix, 0b101).unwrap();
        assert!((determinant - 16.0 / 20.0).abs() < 1e-15);
        let expected = [[5.0 / 16.0, 0.0, -0.125], [0.0; 3], [-0.125, 0.0, 0.25]];
        assert!(some.as_flattened().iter().zip(expected.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-15));
        assert!(inverse(&[[1.0, 2.0], [2.0, 1.0]], 0b11).is_none());
    }
}
