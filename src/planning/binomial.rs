//! What so many successes in so many trials show of a probability.

use crate::stats::beta;

/// The least number of successes in `trials` trials that shows, at this confidence, that the probability of a
/// success is at least `target`: P(X ≥ x | target) ≤ 1 − confidence.
///
/// Exact, by the binomial distribution: P(X ≥ x) = I(target; x, trials − x + 1). `None` if no number would.
pub(super) fn least_successes(trials: u64, target: f64, confidence: f64) -> Option<u64> {
    let shows = |successes: u64| upper_tail(successes, trials, target) <= 1.0 - confidence;
    if !shows(trials) {
        return None;
    }
    let (mut not, mut enough) = (0, trials);
    while enough - not > 1 {
        let middle = not + (enough - not) / 2;
        if shows(middle) {
            enough = middle;
        } else {
            not = middle;
        }
    }
    Some(enough)
}

/// P(X ≥ successes).
fn upper_tail(successes: u64, trials: u64, probability: f64) -> f64 {
    match successes {
        0 => 1.0,
        _ => beta::cdf(probability, successes as f64, (trials - successes) as f64 + 1.0),
    }
}

/// The lower limit of the one-sided interval for a probability.
///
/// Source: Clopper, Pearson (1934), Biometrika 26:404.
pub(super) fn lower_limit(successes: u64, trials: u64, confidence: f64) -> f64 {
    match successes {
        0 => 0.0,
        _ => beta::quantile(1.0 - confidence, successes as f64, (trials - successes) as f64 + 1.0),
    }
}

/// Wilson's interval for a probability with the critical value `z`.
///
/// Source: Wilson (1927), J. Am. Stat. Assoc. 22:209.
pub(super) fn wilson(successes: f64, trials: f64, z: f64) -> [f64; 2] {
    let (p, z2) = (successes / trials, z * z);
    let centre = (p + z2 / (2.0 * trials)) / (1.0 + z2 / trials);
    let half = z / (1.0 + z2 / trials) * (p * (1.0 - p) / trials + z2 / (4.0 * trials * trials)).sqrt();
    // None and all reach the ends, of which rounding would leave a rest.
    let low = if successes <= 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes >= trials { 1.0 } else { (centre + half).min(1.0) };
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values by R: `qbinom(.01, 10000, .8, lower.tail = FALSE) + 1` and
    /// `binom.test(812, 1000, alternative = "greater", conf.level = .99)$conf.int[1]`.
    #[test]
    fn limits_are_those_of_r() {
        assert_eq!(least_successes(10_000, 0.8, 0.99), Some(8094));
        assert_eq!(least_successes(20, 0.8, 0.99), None);
        assert_eq!(least_successes(21, 0.8, 0.99), Some(21));
        assert!((lower_limit(812, 1000, 0.99) - 0.781_533_832_762_46).abs() < 1e-9);
        // prop.test(812, 1000, correct = FALSE)$conf.int
        let [low, high] = wilson(812.0, 1000.0, 1.959_963_984_540_054);
        assert!(
            (low - 0.786_606_812_589).abs() < 1e-9 && (high - 0.835_005_290_116).abs() < 1e-9,
            "{low} {high}"
        );
    }
}
