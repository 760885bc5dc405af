//! How many digits of a number are printed.
//!
//! A simulated number is known to about its Monte Carlo standard error, so it is
//! printed to the first digit of that (two, if the first is a 1). What is exact is
//! printed to six significant digits.

use crate::result::Measure;

/// What stands where there is no number.
pub const NOTHING: &str = "–";

/// A simulated number as `value ±mcse`.
#[must_use]
pub fn measure(measure: &Measure) -> String {
    with_mcse(measure, false)
}

/// A simulated probability as `value ±mcse`; never shown as 0 or 1.
#[must_use]
pub fn probability(measure: &Measure) -> String {
    with_mcse(measure, true)
}

fn with_mcse(measure: &Measure, probability: bool) -> String {
    let Some(value) = measure.value else { return NOTHING.to_owned() };
    match measure.mcse.filter(|mcse| mcse.is_finite() && *mcse > 0.0) {
        None => exact(value),
        Some(mcse) => {
            let decimals = decimals(mcse);
            let shown = if probability { bounded(value, decimals) } else { fixed(value, decimals) };
            format!("{shown} ±{}", fixed(mcse, decimals))
        }
    }
}

/// Decimal places that a Monte Carlo standard error supports.
fn decimals(mcse: f64) -> usize {
    let magnitude = libm::floor(libm::log10(mcse));
    let leading = mcse / libm::pow(10.0, magnitude);
    let digits = if leading < 1.95 { 1.0 } else { 0.0 };
    (digits - magnitude).clamp(0.0, 12.0) as usize
}

/// A probability that is known exactly, to four decimal places.
#[must_use]
pub fn exact_probability(value: f64) -> String {
    if value == 0.0 || value == 1.0 { exact(value) } else { bounded(value, 4) }
}

/// An exact number, to six significant digits without trailing zeros.
#[must_use]
pub fn exact(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-5..1e9).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    let magnitude = libm::floor(libm::log10(value.abs()));
    let text = fixed(value, (5.0 - magnitude).clamp(0.0, 12.0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A percentage of a simulated probability, as in `59.8 % (±0.5)`.
#[must_use]
pub fn percent(measure: &Measure) -> String {
    let Some(value) = measure.value else { return NOTHING.to_owned() };
    let mcse = 100.0 * measure.mcse.unwrap_or(0.0);
    let decimals = decimals(mcse.max(1e-3)).min(2);
    let percentage = 100.0 * value;
    let smallest = libm::pow(10.0, -(decimals as f64));
    if value < 1.0 && percentage > 100.0 - smallest / 2.0 || value == 1.0 {
        return format!("more than {} %", fixed(100.0 - smallest, decimals));
    }
    format!("{} % (±{})", fixed(percentage, decimals), fixed(mcse, decimals))
}

/// Fixed decimals, never `-0.00`.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

/// Fixed decimals of a probability, with `<` and `>` where rounding would reach 0 or 1.
fn bounded(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let smallest = libm::pow(10.0, -(decimals as f64));
    if decimals > 0 && text.starts_with('1') {
        format!(">{}", fixed(1.0 - smallest, decimals))
    } else if decimals > 0 && text.chars().all(|c| c == '0' || c == '.') {
        format!("<{}", fixed(smallest, decimals))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: f64, mcse: f64) -> Measure {
        Measure { value: Some(value), mcse: Some(mcse), why: None }
    }

    #[test]
    fn digits_follow_the_mcse() {
        assert_eq!(measure(&of(-12.515_83, 0.0155)), "-12.516 ±0.015");
        assert_eq!(measure(&of(1.545_83, 0.0023)), "1.546 ±0.002");
        assert_eq!(measure(&of(123.456, 41.0)), "123 ±41");
        assert_eq!(measure(&of(-0.000_04, 0.003)), "0.000 ±0.003");
        assert_eq!(measure(&of(0.25, 0.0)), "0.25");
        assert_eq!(measure(&of(0.5, 0.009_96)), "0.500 ±0.010");
        assert_eq!(measure(&Measure::default()), NOTHING);
    }

    #[test]
    fn probabilities_are_not_rounded_to_certainty() {
        assert_eq!(probability(&of(0.999_96, 0.0002)), ">0.9999 ±0.0002");
        assert_eq!(probability(&of(0.000_01, 0.0002)), "<0.0001 ±0.0002");
        // Every trial of a run is not every trial.
        assert_eq!(probability(&of(1.0, 0.000_07)), ">0.99999 ±0.00007");
        assert_eq!(probability(&of(0.0, 0.000_07)), "<0.00001 ±0.00007");
        assert_eq!(probability(&of(0.597_8, 0.0049)), "0.598 ±0.005");
        assert_eq!(exact_probability(0.999_999_9), ">0.9999");
        assert_eq!(exact_probability(0.0672), "0.0672");
    }

    #[test]
    fn exact_numbers_are_short() {
        assert_eq!(exact(29.800_000_000_000_004), "29.8");
        assert_eq!(exact(-12.5), "-12.5");
        assert_eq!(exact(100.0), "100");
        assert_eq!(exact(1e-9), "1.000e-9");
        assert_eq!(exact(0.0), "0");
    }

    #[test]
    fn percentages_for_sentences() {
        assert_eq!(percent(&of(0.5978, 0.0049)), "59.8 % (±0.5)");
        assert_eq!(percent(&of(1.0, 0.000_07)), "more than 99.99 %");
        assert_eq!(percent(&of(0.067, 0.0025)), "6.7 % (±0.2)");
    }
}
