//! Four numbers at a time, with the widest instructions that the machine has.
//!
//! The kernels of the replicate loop are loops over columns with a fixed order
//! of additions. Compiled for any vector width they give the same bits: nothing
//! is reassociated and no multiply-add is fused. They are compiled twice, for
//! the baseline and for AVX2, and the better one is picked at run time.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// Runs `work` with the widest instructions. Worth it for loops, not for single numbers.
#[inline(always)]
pub(crate) fn widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Numbers in a [`Four`].
pub(crate) const FOUR: usize = 4;

/// Four numbers with arithmetic element by element.
///
/// Written element by element in the loop itself, the compiler takes the elements
/// apart and vectorises nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Four([f64; FOUR]);

impl Four {
    /// The same number four times.
    #[inline(always)]
    pub fn all(value: f64) -> Self {
        Four([value; FOUR])
    }

    /// Four neighbours in a column.
    #[inline(always)]
    pub fn load(column: &[f64], first: usize) -> Self {
        match column[first..].first_chunk() {
            Some(chunk) => Four(*chunk),
            None => Four([f64::NAN; FOUR]),
        }
    }

    /// The absolute values.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Four(self.0.map(f64::abs))
    }

    /// 1 where greater than the other, else 0.
    #[inline(always)]
    pub fn above(self, other: Self) -> Self {
        Four(std::array::from_fn(|k| f64::from(u8::from(self.0[k] > other.0[k]))))
    }

    /// The first of them.
    #[inline(always)]
    pub fn first(self) -> f64 {
        self.0[0]
    }

    /// The sum, in a fixed order.
    #[inline(always)]
    pub fn sum(self) -> f64 {
        (self.0[0] + self.0[1]) + (self.0[2] + self.0[3])
    }
}

macro_rules! elementwise {
    ($($operation:ident $method:ident),*) => {$(
        impl $operation for Four {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Four(std::array::from_fn(|k| self.0[k].$method(other.0[k])))
            }
        }
    )*};
}

elementwise!(Add add, Sub sub, Mul mul, Div div);

impl AddAssign for Four {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elementwise_arithmetic() {
        let column = [1.0, -2.0, 3.0, -4.0, 5.0];
        let a = Four::load(&column, 0);
        let b = Four::load(&column, 1);
        assert_eq!((a * a + b - Four::all(1.0)).0, [-2.0, 6.0, 4.0, 20.0]);
        assert_eq!(a.abs().above(Four::all(2.0)).0, [0.0, 0.0, 1.0, 1.0]);
        assert_eq!((b / Four::all(2.0)).sum(), 1.0);
    }
}
