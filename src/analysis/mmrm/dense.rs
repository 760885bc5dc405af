//! Symmetric matrices of all effects at all visits, row by row in one slice, in buffers of the caller.
//!
//! All loops add multiples of rows to rows: these are vectorised and give the same bits for any width.

/// Share of a diagonal entry that must be left by the effects before, or an effect cannot be told from
/// them.
const LEAST_LEFT: f64 = 1e-11;

#[inline(always)]
fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

/// The inverse of Cholesky's lower factor, zeros above, into `inverse`, and the logarithm of the
/// determinant. Of the matrix the lower triangle counts; it is written over. None if it is not positive
/// definite.
#[inline(always)]
pub(super) fn inverse_factor(order: usize, matrix: &mut [f64], inverse: &mut [f64]) -> Option<f64> {
    // Mirrored: rows of the upper factor are what is subtracted from the rows below.
    for row in 0..order {
        for column in row + 1..order {
            matrix[row * order + column] = matrix[column * order + row];
        }
    }
    let mut log_determinant = 0.0;
    inverse[..order * order].fill(0.0);
    for row in 0..order {
        let (above, below) = matrix.split_at_mut((row + 1) * order);
        // What the diagonal was before anything was subtracted is kept below the diagonal's column 0.
        let line = &mut above[row * order..];
        let pivot = line[row];
        let first = if row == 0 { pivot } else { line[0] };
        if pivot.is_nan() || pivot <= LEAST_LEFT * first {
            return None;
        }
        log_determinant += libm::log(pivot);
        let scale = 1.0 / pivot.sqrt();
        line[row..].iter_mut().for_each(|entry| *entry *= scale);
        for (k, next) in below.chunks_exact_mut(order).enumerate() {
            let k = row + 1 + k;
            if row == 0 {
                next[0] = next[k];
            }
            add_scaled(&mut next[k..], -line[k], &line[k..]);
        }
        let (done, rest) = inverse.split_at_mut(row * order);
        let new = &mut rest[..order];
        for (k, earlier) in done.chunks_exact(order).enumerate() {
            add_scaled(&mut new[..=k], -matrix[k * order + row], &earlier[..=k]);
        }
        new[row] = 1.0;
        new[..=row].iter_mut().for_each(|entry| *entry *= scale);
    }
    Some(log_determinant)
}

/// The lower triangle of L⁻ᵀL⁻¹, from L⁻¹.
#[inline(always)]
pub(super) fn inverse(order: usize, factor: &[f64], inverse: &mut [f64]) {
    inverse[..order * order].fill(0.0);
    for k in 0..order {
        let line = &factor[k * order..][..=k];
        for row in 0..=k {
            add_scaled(&mut inverse[row * order..][..=row], line[row], &line[..=row]);
        }
    }
}

/// L⁻¹b.
#[inline(always)]
pub(super) fn forward(order: usize, factor: &[f64], b: &[f64], out: &mut [f64]) {
    for row in 0..order {
        let products = factor[row * order..][..=row].iter().zip(b).map(|(l, b)| l * b);
        out[row] = products.sum();
    }
}

/// L⁻ᵀb.
#[inline(always)]
pub(super) fn backward(order: usize, factor: &[f64], b: &[f64], out: &mut [f64]) {
    out[..order].fill(0.0);
    for row in 0..order {
        add_scaled(&mut out[..=row], b[row], &factor[row * order..][..=row]);
    }
}

/// The lower triangle of L⁻¹AL⁻ᵀ, row after row without gaps, entries off the diagonal times √2: so
/// that the trace of a product is the Σ of products. Both triangles of A count. `half` is room for two
/// matrices.
#[inline(always)]
pub(super) fn whiten(order: usize, factor: &[f64], matrix: &[f64], half: &mut [f64], out: &mut [f64]) {
    let (half, turned) = half.split_at_mut(order * order);
    half.fill(0.0);
    for row in 0..order {
        let line = &mut half[row * order..][..order];
        for k in 0..=row {
            add_scaled(line, factor[row * order + k], &matrix[k * order..][..order]);
        }
    }
    for row in 0..order {
        for column in 0..order {
            turned[column * order + row] = half[row * order + column];
        }
    }
    let mut start = 0;
    for row in 0..order {
        let line = &mut out[start..=start + row];
        line.fill(0.0);
        for k in 0..=row {
            add_scaled(line, factor[row * order + k], &turned[k * order..][..=row]);
        }
        line[..row].iter_mut().for_each(|entry| *entry *= core::f64::consts::SQRT_2);
        start += row + 1;
    }
}

/// Σ of products, eight sums side by side: a single one would wait for each addition.
#[inline(always)]
pub(super) fn dot(one: &[f64], other: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let ((these, rest), (those, others)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    for (these, those) in these.iter().zip(those) {
        for k in 0..8 {
            lanes[k] += these[k] * those[k];
        }
    }
    let rest: f64 = rest.iter().zip(others).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f64>() + rest
}

/// Solves Ax = b for a positive definite matrix, of which the lower triangle counts, with room for L⁻¹.
/// False if it is not positive definite.
pub(super) fn solve(
    order: usize,
    matrix: &mut [f64],
    factor: &mut [f64],
    b: &mut [f64],
    room: &mut [f64],
) -> bool {
    if inverse_factor(order, matrix, factor).is_none() {
        return false;
    }
    forward(order, factor, b, room);
    backward(order, factor, room, b);
    true
}
