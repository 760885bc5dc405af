//! The widest vector instructions that the machine has.
//!
//! The kernels of the replicate loop are loops over columns with a fixed order
//! of additions. Compiled for any vector width they give the same bits: nothing
//! is reassociated and no multiply-add is fused. They are compiled for the
//! baseline, for AVX2 and for AVX-512, and the best one is picked at run time.

/// Adds `weight` times a column to another; nothing for a weight of 0, whose column may be empty.
#[inline(always)]
pub(crate) fn add_scaled(weight: f64, column: &[f64], values: &mut [f64]) {
    if weight != 0.0 {
        for (value, z) in values.iter_mut().zip(column) {
            *value += weight * z;
        }
    }
}

/// Adds the product of two columns to another.
#[inline(always)]
pub(crate) fn add_product(one: &[f64], other: &[f64], values: &mut [f64]) {
    for ((value, a), b) in values.iter_mut().zip(one).zip(other) {
        *value += a * b;
    }
}

/// Runs `work` with the widest instructions. Worth it for loops, not for single numbers.
///
/// `work` is best nothing but a call of a function that is always inlined. With the loop itself
/// in the closure the compiler no longer knows that what it captured does not overlap: a trial
/// by sufficient statistics took twice as long, one of patients half as long again.
#[inline(always)]
pub(crate) fn widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
