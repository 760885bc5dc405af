//! Does a column look normal?
//!
//! The omnibus test of skewness and kurtosis. Sources: D'Agostino, Pearson (1973), Biometrika
//! 60:613; D'Agostino (1970), Biometrika 57:679; Anscombe, Glynn (1983), Biometrika 70:227.

/// Fewest values for which the test means something.
const FEWEST: usize = 20;

/// The test's p value; none with fewer than 20 values, or where they do not differ.
#[must_use]
pub fn omnibus(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let moment = |power: i32| values.iter().map(|value| powi(value - mean, power)).sum::<f64>() / n;
    let variance = moment(2);
    if values.len() < FEWEST || variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let skewness = z_of_skewness(n, moment(3) / libm::pow(variance, 1.5));
    let kurtosis = z_of_kurtosis(n, moment(4) / (variance * variance));
    // The upper tail of χ² with two degrees of freedom.
    Some(libm::exp(-0.5 * (skewness * skewness + kurtosis * kurtosis)))
}

fn powi(base: f64, power: i32) -> f64 {
    (0..power).fold(1.0, |product, _| product * base)
}

fn z_of_skewness(n: f64, skewness: f64) -> f64 {
    let y = skewness * ((n + 1.0) * (n + 3.0) / (6.0 * (n - 2.0))).sqrt();
    let fourth = 3.0 * (n * n + 27.0 * n - 70.0) * (n + 1.0) * (n + 3.0)
        / ((n - 2.0) * (n + 5.0) * (n + 7.0) * (n + 9.0));
    let squared = (2.0 * (fourth - 1.0)).sqrt() - 1.0;
    let scaled = y / (2.0 / (squared - 1.0)).sqrt();
    libm::asinh(scaled) / (0.5 * libm::log(squared)).sqrt()
}

fn z_of_kurtosis(n: f64, kurtosis: f64) -> f64 {
    let expected = 3.0 * (n - 1.0) / (n + 1.0);
    let variance = 24.0 * n * (n - 2.0) * (n - 3.0) / ((n + 1.0) * (n + 1.0) * (n + 3.0) * (n + 5.0));
    let x = (kurtosis - expected) / variance.sqrt();
    let third = 6.0 * (n * n - 5.0 * n + 2.0) / ((n + 7.0) * (n + 9.0))
        * (6.0 * (n + 3.0) * (n + 5.0) / (n * (n - 2.0) * (n - 3.0))).sqrt();
    let a = 6.0 + 8.0 / third * (2.0 / third + (1.0 + 4.0 / (third * third)).sqrt());
    let denominator = 1.0 + x * (2.0 / (a - 4.0)).sqrt();
    let root = libm::cbrt((1.0 - 2.0 / a) / denominator);
    (1.0 - 2.0 / (9.0 * a) - root) / (2.0 / (9.0 * a)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARES: f64 = 0.14527885132570745;
    const LOGARITHMS: f64 = 0.0009413726306560055;
    const SINES: f64 = 0.00260923966429304;

    /// scipy.stats.normaltest 1.17.1: p values.
    #[test]
    fn p_values_are_those_of_scipy() {
        let squares: Vec<f64> = (1..=30).map(|k| f64::from(k * k)).collect();
        let logarithms: Vec<f64> = (1..=40).map(|k| libm::log(f64::from(k))).collect();
        let sines: Vec<f64> = (1..=25).map(|k| libm::sin(f64::from(k))).collect();
        for (values, expected) in [(squares, SQUARES), (logarithms, LOGARITHMS), (sines, SINES)] {
            let p = omnibus(&values).expect("enough values");
            assert!((p / expected - 1.0).abs() < 1e-9, "{p} for {expected}");
        }
        assert_eq!(omnibus(&[1.0; 40]), None);
        assert_eq!(omnibus(&[1.0, 2.0, 3.0]), None);
    }
}
