//! Two-sided critical values of t at one level for many degrees of freedom, by interpolation.

use super::isf;
use core::f64::consts::PI;
use libm::cos;

/// Number of Chebyshev coefficients of a piece.
const TERMS: usize = 16;

/// The last coefficients of a piece stay below this fraction of its smallest value, else it is split.
const TAIL: f64 = 2e-14;

/// Bisections before a piece is accepted as it is: for levels so small that the quantile itself is
/// not accurate to `TAIL`.
const DEEPEST: u32 = 10;

/// Values that are found side by side.
const SIDE_BY_SIDE: usize = 16;

/// A Chebyshev series in 1/df.
#[derive(Clone, Debug)]
struct Piece {
    /// Largest 1/df of the piece.
    end: f64,
    middle: f64,
    per_half_width: f64,
    coefficients: [f64; TERMS],
}

impl Piece {
    /// Interpolates the critical value at the Chebyshev points; also returns whether the series has
    /// converged.
    fn fit(tail: f64, start: f64, end: f64) -> (Self, bool) {
        let middle = 0.5 * (start + end);
        let half_width = 0.5 * (end - start);
        let mut values = [0.0; TERMS];
        let mut smallest = f64::INFINITY;
        for (k, value) in values.iter_mut().enumerate() {
            let inverse = middle + half_width * cosine(2 * k + 1);
            *value = isf(tail, 1.0 / inverse);
            smallest = smallest.min(*value);
        }
        let mut coefficients = [0.0; TERMS];
        for (j, coefficient) in coefficients.iter_mut().enumerate() {
            let scale = if j == 0 { 1.0 } else { 2.0 } / TERMS as f64;
            let products = values.iter().enumerate().map(|(k, value)| value * cosine(j * (2 * k + 1)));
            *coefficient = scale * products.sum::<f64>();
        }
        let converged = coefficients.iter().rev().take(3).all(|c| c.abs() <= TAIL * smallest.abs());
        let per_half_width = if half_width > 0.0 { 1.0 / half_width } else { 0.0 };
        (Piece { end, middle, per_half_width, coefficients }, converged)
    }

    fn is_finite(&self) -> bool {
        self.coefficients.iter().all(|coefficient| coefficient.is_finite())
    }

    /// Clenshaw's recurrence, at several points side by side.
    #[inline(always)]
    fn at<const POINTS: usize>(&self, inverse: [f64; POINTS]) -> [f64; POINTS] {
        let (mut x, mut next, mut after) = ([0.0; POINTS], [0.0; POINTS], [0.0; POINTS]);
        for point in 0..POINTS {
            x[point] = (inverse[point] - self.middle) * self.per_half_width;
        }
        let [constant, rest @ ..] = &self.coefficients;
        for coefficient in rest.iter().rev() {
            for point in 0..POINTS {
                // Grouped so that only one product and one sum wait for the step before.
                let this = 2.0 * x[point] * next[point] + (coefficient - after[point]);
                after[point] = next[point];
                next[point] = this;
            }
        }
        let mut value = [0.0; POINTS];
        for point in 0..POINTS {
            value[point] = x[point] * next[point] - after[point] + constant;
        }
        value
    }
}

/// cos(m π / (2 TERMS)).
fn cosine(m: usize) -> f64 {
    cos(m as f64 * PI / (2 * TERMS) as f64)
}

/// The upper α/2 quantile of Student's t as a fast function of the degrees of freedom.
///
/// Built once per simulation, asked for every simulated trial. The quantile is a smooth function of 1/df,
/// also at 1/df = 0, so Chebyshev series in 1/df converge quickly; the range is halved until 16 terms are
/// enough.
#[derive(Clone, Debug)]
pub struct CriticalValue {
    alpha: f64,
    df_min: f64,
    df_max: f64,
    pieces: Vec<Piece>,
}

impl CriticalValue {
    /// For the two-sided level `alpha` in (0, 1) and degrees of freedom from `df_min` > 0 to `df_max`
    /// (∞ allowed); `None` for other arguments, and if a critical value in the range exceeds `f64`.
    /// Takes well below a millisecond for the usual levels.
    pub fn new(alpha: f64, df_min: f64, df_max: f64) -> Option<Self> {
        let level = alpha > 0.0 && alpha < 1.0;
        let range = df_min > 0.0 && df_min.is_finite() && df_max >= df_min;
        if !level || !range {
            return None;
        }
        let mut pieces = Vec::new();
        let mut pending = vec![(1.0 / df_max, 1.0 / df_min, 0)];
        while let Some((start, end, depth)) = pending.pop() {
            let (piece, converged) = Piece::fit(0.5 * alpha, start, end);
            if !piece.is_finite() {
                return None;
            }
            if converged || depth >= DEEPEST {
                pieces.push(piece);
            } else {
                let middle = 0.5 * (start + end);
                pending.push((middle, end, depth + 1));
                pending.push((start, middle, depth + 1));
            }
        }
        Some(CriticalValue { alpha, df_min, df_max, pieces })
    }

    /// The upper α/2 quantile at `df`. Relative error below 1e-12 in the range given to [`Self::new`], at
    /// the cost of one division and 16 multiplications; outside of it the value of [`isf`], at its cost.
    /// NaN where that is.
    pub fn at(&self, df: f64) -> f64 {
        match self.piece(df) {
            Some(index) => {
                let [value] = self.pieces[index].at([1.0 / df]);
                value
            }
            None => isf(0.5 * self.alpha, df),
        }
    }

    /// Writes the values at several degrees of freedom, as [`Self::at`] has them to the last bit. Neighbours on one
    /// piece, as those of a simulation usually are, cost a third.
    #[inline(always)]
    pub fn fill(&self, df: &[f64], out: &mut [f64]) {
        let (groups, rest) = df.as_chunks::<SIDE_BY_SIDE>();
        let (slots, last) = out.as_chunks_mut::<SIDE_BY_SIDE>();
        for (df, slot) in groups.iter().zip(slots) {
            // Pieces lie in order: where the least and the largest are on one, all are.
            let (mut least, mut largest) = (f64::INFINITY, 0.0);
            for &df in df {
                least = if df < least { df } else { least };
                largest = if df > largest { df } else { largest };
            }
            match self.piece(least) {
                Some(index) if self.piece(largest) == Some(index) => {
                    *slot = self.pieces[index].at(df.map(|df| 1.0 / df));
                }
                _ => *slot = df.map(|df| self.at(df)),
            }
        }
        rest.iter().zip(last).for_each(|(&df, slot)| *slot = self.at(df));
    }

    /// The piece that has a value for these degrees of freedom, if one has.
    #[inline(always)]
    fn piece(&self, df: f64) -> Option<usize> {
        let inside = df >= self.df_min && df <= self.df_max;
        let index = self.pieces.partition_point(|piece| piece.end < 1.0 / df);
        (inside && index < self.pieces.len()).then_some(index)
    }

    /// The two-sided level.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(alpha: f64, df_min: f64, df_max: f64) -> f64 {
        let critical = CriticalValue::new(alpha, df_min, df_max).unwrap();
        let points = 3001;
        let last = if df_max.is_finite() { df_max } else { 1e12 };
        let log_ratio = libm::log(last / df_min);
        let mut worst: f64 = 0.0;
        for i in 0..=points {
            let df = (df_min * libm::exp(log_ratio * f64::from(i) / f64::from(points))).clamp(df_min, last);
            let exact = isf(0.5 * alpha, df);
            worst = worst.max((critical.at(df) / exact - 1.0).abs());
        }
        println!("{alpha} {df_min} {df_max}: {} pieces, {worst:e}", critical.pieces.len());
        worst
    }

    #[test]
    fn agrees_with_the_quantile_on_a_dense_grid() {
        for alpha in [0.2, 0.1, 0.05, 0.025, 0.01, 0.001, 1e-6, 0.9] {
            assert!(worst(alpha, 1.0, 400.0) < 1e-12, "{alpha}");
            assert!(worst(alpha, 1.0, f64::INFINITY) < 1e-12, "{alpha}");
        }
        assert!(worst(1e-30, 1.0, 1e3) < 1e-12);
        assert!(worst(0.05, 38.0, 78.0) < 1e-12);
        assert!(worst(0.05, 0.5, 1e6) < 1e-12);
        assert!(worst(0.05, 12.0, 12.0) < 1e-12);
    }

    #[test]
    fn many_at_once_are_the_same_to_the_last_bit() {
        let critical = CriticalValue::new(0.05, 0.5, 400.0).unwrap();
        assert!(critical.pieces.len() > 1);
        // On one piece, on several, beyond the range, and not a whole number of groups.
        let df: Vec<f64> = (0..61)
            .map(|k| match k {
                0..24 => 100.0 + f64::from(k),
                24..48 => 0.4 + 0.3 * f64::from(k - 24),
                _ => f64::from(k) * 9.0,
            })
            .collect();
        let mut values = vec![0.0; df.len()];
        critical.fill(&df, &mut values);
        for (df, value) in df.iter().zip(values) {
            assert_eq!(value.to_bits(), critical.at(*df).to_bits(), "{df}");
        }
    }

    #[test]
    fn outside_the_range_and_invalid_arguments() {
        let critical = CriticalValue::new(0.05, 10.0, 20.0).unwrap();
        assert_eq!(critical.at(5.0), isf(0.025, 5.0));
        assert!(critical.at(f64::NAN).is_nan() && critical.at(-1.0).is_nan());
        assert_eq!(critical.alpha(), 0.05);
        assert!(CriticalValue::new(0.0, 1.0, 2.0).is_none());
        assert!(CriticalValue::new(0.05, 3.0, 2.0).is_none());
        assert!(CriticalValue::new(0.05, 0.0, 2.0).is_none());
        assert!(CriticalValue::new(1e-300, 0.1, 2.0).is_none());
    }
}
