//! How many digits of a number are printed.
//!
//! In comes a number with its Monte Carlo standard error; out comes text. A
//! simulated number is known to about that error, so it is printed to the first
//! digit of it (two, if the first is a 1). What is exact is printed to six
//! significant digits. Rounding never turns a probability into 0 or 1.

use crate::result::Measure;
use crate::scenario::words::thousands;

/// What stands where there is no number.
pub const NOTHING: &str = "–";

/// Beyond these decimal places numbers are written with a power of ten.
const MOST_DECIMALS: i32 = 9;

/// A simulated number as `value ±mcse`.
#[must_use]
pub fn measure(measure: &Measure) -> String {
    with_mcse(measure, to_place)
}

/// A simulated probability as `value ±mcse`. What was seen in no trial, or in all, is not
/// shown as 0 or 1 but by the bound that it allows, as in `<0.0003`.
#[must_use]
pub fn probability(measure: &Measure) -> String {
    match never_or_always(measure) {
        Some((Seen::Never, bound, decimals)) => format!("<{}", fixed(bound, decimals)),
        Some((Seen::Always, bound, decimals)) => format!(">{}", fixed(1.0 - bound, decimals)),
        None => simulated_probability(measure),
    }
}

fn simulated_probability(measure: &Measure) -> String {
    with_mcse(measure, |value, place| bounded(value, to_decimals(place)))
}

/// A simulated probability as a percentage for a sentence, as in `59.8 % (±0.5)`.
#[must_use]
pub fn percent(measure: &Measure) -> String {
    let Some(value) = measure.value else { return NOTHING.to_owned() };
    let percentage = |share: f64, decimals: usize| fixed(100.0 * share, decimals.saturating_sub(2));
    match never_or_always(measure) {
        Some((Seen::Never, bound, decimals)) => {
            return format!("less than {} %", percentage(bound, decimals));
        }
        Some((Seen::Always, bound, decimals)) => {
            return format!("more than {} %", percentage(1.0 - bound, decimals));
        }
        None => {}
    }
    let Some(mcse) = positive(measure.mcse) else { return format!("{} %", exact(100.0 * value)) };
    let decimals = to_decimals(place(100.0 * mcse)).min(2);
    let smallest = libm::pow(10.0, -(decimals as f64));
    let percentage = 100.0 * value;
    if percentage > 100.0 - smallest / 2.0 {
        format!("more than {} %", fixed(100.0 - smallest, decimals))
    } else if percentage < smallest / 2.0 {
        format!("less than {} %", fixed(smallest, decimals))
    } else {
        format!("{} % (±{})", fixed(percentage, decimals), fixed(100.0 * mcse, decimals))
    }
}

/// A probability by formula, to four decimal places. What is no claim at all is 0; what is nearly certain may be 1 to the
/// last digit, or not, by the luck of rounding, and is shown alike.
#[must_use]
pub fn exact_probability(value: f64) -> String {
    if value == 0.0 { exact(value) } else { bounded(value, 4) }
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
    let text = fixed(value, to_decimals(5 - magnitude(value.abs())));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Fixed decimals, never `-0.00`.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if is_zero(rest) => rest.to_owned(),
        _ => text,
    }
}

/// Fixed decimals, or what stands where there is no number.
#[must_use]
pub fn optional(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |value| fixed(value, decimals))
}

/// A whole number with thousands apart, as in `10,000`.
#[must_use]
pub fn whole(value: u64) -> String {
    thousands(value)
}

fn with_mcse(measure: &Measure, shown: impl Fn(f64, i32) -> String) -> String {
    let Some(value) = measure.value else { return NOTHING.to_owned() };
    match positive(measure.mcse) {
        None => exact(value),
        Some(mcse) if place(mcse) > MOST_DECIMALS => format!("{} ±{mcse:.0e}", exact(value)),
        Some(mcse) => {
            let place = place(mcse);
            format!("{} ±{}", shown(value, place), to_place(mcse, place))
        }
    }
}

/// What all simulated trials agree on.
enum Seen {
    Never,
    Always,
}

/// What was seen in no trial or in all, the 95 % bound of its probability's distance from 0
/// or 1 (three divided by the number of trials, rounded up to one digit), and its decimals.
///
/// Source: Hanley, Lippman-Hand (1983), JAMA 249:1743.
fn never_or_always(measure: &Measure) -> Option<(Seen, f64, usize)> {
    let seen = match measure.value? {
        0.0 => Seen::Never,
        1.0 => Seen::Always,
        _ => return None,
    };
    // There the standard error is √½ divided by the number of trials.
    let bound = 3.0 * std::f64::consts::SQRT_2 * positive(measure.mcse)?;
    let magnitude = magnitude(bound).min(-1);
    let step = libm::pow(10.0, f64::from(magnitude));
    let rounded = libm::ceil(bound / step - 0.02) * step;
    (rounded < 1.0).then_some((seen, rounded, to_decimals(-magnitude)))
}

/// A Monte Carlo standard error that says something.
fn positive(mcse: Option<f64>) -> Option<f64> {
    mcse.filter(|mcse| mcse.is_finite() && *mcse > 0.0)
}

/// The decimal place that a Monte Carlo standard error supports: 2 for hundredths,
/// −2 for hundreds.
fn place(mcse: f64) -> i32 {
    let magnitude = magnitude(mcse);
    let leading = mcse / libm::pow(10.0, f64::from(magnitude));
    if leading < 1.95 { 1 - magnitude } else { -magnitude }
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    libm::floor(libm::log10(value)) as i32
}

fn to_decimals(place: i32) -> usize {
    usize::try_from(place).unwrap_or(0)
}

/// Rounds to a decimal place, on either side of the point.
fn to_place(value: f64, place: i32) -> String {
    if place >= 0 {
        return fixed(value, to_decimals(place));
    }
    let step = libm::pow(10.0, f64::from(-place));
    fixed(libm::round(value / step) * step, 0)
}

/// Fixed decimals of a probability, with `<` and `>` where rounding would reach 0 or 1.
fn bounded(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let smallest = libm::pow(10.0, -(decimals as f64));
    if decimals > 0 && text.starts_with('1') {
        format!(">{}", fixed(1.0 - smallest, decimals))
    } else if decimals > 0 && is_zero(&text) {
        format!("<{}", fixed(smallest, decimals))
    } else {
        text
    }
}

fn is_zero(text: &str) -> bool {
    text.chars().all(|c| c == '0' || c == '.')
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
        assert_eq!(measure(&of(123.456, 41.0)), "120 ±40");
        assert_eq!(measure(&of(-0.000_04, 0.003)), "0.000 ±0.003");
        assert_eq!(measure(&of(0.5, 0.009_96)), "0.500 ±0.010");
    }

    #[test]
    fn large_errors_take_digits_before_the_point() {
        assert_eq!(measure(&of(123_456.0, 1234.0)), "123500 ±1200");
        assert_eq!(measure(&of(-3.0, 700.0)), "0 ±700");
        assert_eq!(measure(&of(41.7, 1.2)), "41.7 ±1.2");
    }

    #[test]
    fn tiny_and_missing_errors_do_not_invent_digits() {
        assert_eq!(measure(&of(0.25, 0.0)), "0.25");
        assert_eq!(measure(&of(0.25, f64::NAN)), "0.25");
        assert_eq!(measure(&of(0.25, 3e-15)), "0.25 ±3e-15");
        assert_eq!(measure(&Measure { value: Some(2.0), mcse: None, why: None }), "2");
        assert_eq!(measure(&Measure::default()), NOTHING);
        assert_eq!(probability(&Measure::default()), NOTHING);
    }

    #[test]
    fn probabilities_are_not_rounded_to_certainty() {
        assert_eq!(probability(&of(0.999_96, 0.0002)), ">0.9999 ±0.0002");
        assert_eq!(probability(&of(0.000_01, 0.0002)), "<0.0001 ±0.0002");
        // Every trial of a run is not every trial.
        let mcse = crate::summary::proportion_mcse(0.0, 10_000.0);
        assert_eq!(probability(&of(1.0, mcse)), ">0.9997");
        assert_eq!(probability(&of(0.0, mcse)), "<0.0003");
        assert_eq!(probability(&of(0.0, crate::summary::proportion_mcse(0.0, 40.0))), "<0.08");
        assert_eq!(probability(&of(0.597_8, 0.0049)), "0.598 ±0.005");
        assert_eq!(exact_probability(0.999_999_9), ">0.9999");
        assert_eq!(exact_probability(0.0672), "0.0672");
        assert_eq!(exact_probability(1.0), ">0.9999");
        assert_eq!(exact_probability(0.0), "0");
    }

    #[test]
    fn exact_numbers_are_short() {
        assert_eq!(exact(29.800_000_000_000_004), "29.8");
        assert_eq!(exact(-12.5), "-12.5");
        assert_eq!(exact(100.0), "100");
        assert_eq!(exact(1e-9), "1.000e-9");
        assert_eq!(exact(0.0), "0");
        assert_eq!(exact(-0.0), "0");
    }

    #[test]
    fn percentages_for_sentences() {
        assert_eq!(percent(&of(0.5978, 0.0049)), "59.8 % (±0.5)");
        assert_eq!(percent(&of(1.0, 0.000_07)), "more than 99.97 %");
        assert_eq!(percent(&of(0.0, 0.000_07)), "less than 0.03 %");
        assert_eq!(percent(&of(0.067, 0.0025)), "6.7 % (±0.2)");
        assert_eq!(percent(&Measure::default()), NOTHING);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(whole), ["0", "999", "1,000", "1,234,567"]);
    }
}
