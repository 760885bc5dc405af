//! The standard normal distribution function from a table: for sums over very many values, where a few units in the
//! ninth place do not matter and the time does.

use super::normal;
use std::sync::LazyLock;

/// Points per unit.
const PER_UNIT: usize = 32;

/// Beyond ± this the function is 0 or 1 to within 1e-15.
const END: f64 = 8.0;

/// Points of the table.
const POINTS: usize = 2 * 8 * PER_UNIT + 1;

/// Made once per process.
static TABLE: LazyLock<NormalTable> = LazyLock::new(|| {
    let point = |number: usize| number as f64 / PER_UNIT as f64 - END;
    let values = |number| [normal::cdf(point(number)), normal::density(point(number)) / PER_UNIT as f64];
    NormalTable { points: std::array::from_fn(values) }
});

/// Φ and φ at equally spaced points; between them by Hermite's cubic, which is off by at most max |Φ⁗| h⁴ ÷ 384 < 2e-9.
#[derive(Debug)]
pub struct NormalTable {
    /// Φ, and φ times the distance of points.
    points: [[f64; 2]; POINTS],
}

impl NormalTable {
    /// The table.
    #[must_use]
    pub fn get() -> &'static NormalTable {
        &TABLE
    }

    /// Φ(x).
    #[inline(always)]
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        let place = (x + END) * PER_UNIT as f64;
        if place <= 0.0 {
            return 0.0;
        }
        let below = (place as usize).min(POINTS);
        let (Some([low, low_slope]), Some([high, high_slope])) =
            (self.points.get(below), self.points.get(below + 1))
        else {
            return 1.0;
        };
        let s = place - below as f64;
        let rise = high - low;
        let (start, end) = (low_slope - rise, rise - high_slope);
        low + s * (rise + (1.0 - s) * (start * (1.0 - s) + end * s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_right_to_nine_places() {
        let table = NormalTable::get();
        for step in -100_000..=100_000 {
            let x = f64::from(step) * 9.3e-5;
            let error = (table.cdf(x) - normal::cdf(x)).abs();
            assert!(error < 2e-9, "{x}: off by {error}");
        }
        assert_eq!([table.cdf(f64::NEG_INFINITY), table.cdf(f64::INFINITY), table.cdf(0.0)], [0.0, 1.0, 0.5]);
    }
}
