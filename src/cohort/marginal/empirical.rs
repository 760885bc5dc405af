//! Values that were measured in other patients, each as likely as it was there.

use super::Marginal;

impl Marginal {
    /// One of these values; NaN among them is left out.
    #[must_use]
    pub fn empirical(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let one = 1.0 / sorted.len() as f64;
        let (mut distinct, mut shares): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        for value in sorted {
            match (distinct.last(), shares.last_mut()) {
                (Some(last), Some(share)) if *last == value => *share += one,
                _ => {
                    distinct.push(value);
                    shares.push(one);
                }
            }
        }
        Marginal::steps(distinct, &shares)
    }
}
