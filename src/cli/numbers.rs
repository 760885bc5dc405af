//! Numbers as people type them.

use std::ops::RangeInclusive;

/// What a count is.
const WHOLE: &str = "a whole number such as 10000, 10_000, 1e6 or 100k is needed";

/// A count such as `10000`, `10_000`, `10,000`, `1e6` or `100k`.
pub(super) fn count(text: &str) -> Result<u64, String> {
    // A comma elsewhere is a decimal comma: 12,5 patients are not 125.
    let mut groups = text.split(',');
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    if text.contains(',')
        && !(matches!(first.len(), 1..=3)
            && is_digits(first)
            && groups.all(|one| one.len() == 3 && is_digits(one)))
    {
        return Err(format!("a comma separates thousands, as in 10,000; {WHOLE}"));
    }
    let plain: String = text.chars().filter(|&c| c != '_' && c != ',').collect();
    let (digits, factor) = match plain.to_ascii_lowercase() {
        lower if lower.ends_with('k') => (lower[..lower.len() - 1].to_owned(), 1e3),
        lower if lower.ends_with('m') => (lower[..lower.len() - 1].to_owned(), 1e6),
        lower => (lower, 1.0),
    };
    if let (Ok(whole), true) = (digits.parse::<u64>(), factor == 1.0) {
        return Ok(whole);
    }
    let value = digits.parse::<f64>().map_err(|_| WHOLE.to_owned())? * factor;
    if value >= 0.0 && value.fract() == 0.0 && value <= 9e15 {
        Ok(value as u64)
    } else {
        Err(WHOLE.to_owned())
    }
}

/// A number that is one: neither infinite nor `nan`.
pub(super) fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| "a number is needed".to_owned())
}

/// A finite number above 0.
pub(super) fn above_zero(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number above 0 is needed".to_owned())
}

/// A count within `range`.
pub(super) fn count_in(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| {
        let outside = || format!("a whole number from {} to {} is needed", range.start(), range.end());
        Some(count(text)?).filter(|value| range.contains(value)).ok_or_else(outside)
    }
}

/// How many threads.
pub(super) fn threads(text: &str) -> Result<u16, String> {
    let number = count(text).ok().filter(|number| (1..=1024).contains(number));
    number.map(|number| number as u16).ok_or_else(|| "a whole number from 1 to 1024 is needed".to_owned())
}

/// A seed is taken as it is typed: it is no count, and whoever quotes it must find it again.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// A probability or another share, such as `0.8` or `80%`; which ones make sense is for the question to say.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').map(str::trim_end);
    let number = percent.unwrap_or(text).parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| "a number such as 0.8 or 80% is needed".to_owned())?;
    Ok(if percent.is_some() { number / 100.0 } else { number })
}

#[cfg(test)]
mod tests {
    use super::{above_zero, count, count_in, finite, seed, share};

    #[test]
    fn shares_and_counts_within_a_range_as_people_type_them() {
        for (text, value) in [("0.8", 0.8), ("80%", 0.8), ("80 %", 0.8), ("7%", 0.07), ("1", 1.0)] {
            assert_eq!(share(text), Ok(value), "{text}");
        }
        for text in ["", "%", "eighty", "nan", "inf%"] {
            assert!(share(text).is_err(), "{text}");
        }
        let resamples = count_in(19..=1_000_000);
        assert_eq!([resamples("1e4"), resamples("10k"), resamples("19")], [Ok(10_000), Ok(10_000), Ok(19)]);
        for text in ["18", "2e6"] {
            assert!(resamples(text).is_err_and(|why| why.contains("from 19 to 1000000")), "{text}");
        }
        assert_eq!(seed("0"), Ok(0));
        assert!(seed("-1").is_err_and(|why| why.contains("a whole number from 0")));
    }

    #[test]
    fn counts_as_people_type_them() {
        for (text, value) in [("10000", 10_000), ("10_000", 10_000), ("10,000", 10_000), ("1e6", 1_000_000)] {
            assert_eq!(count(text), Ok(value));
        }
        assert_eq!(count("100k"), Ok(100_000));
        assert_eq!(count("1,234,567"), Ok(1_234_567));
        for text in ["12,5", "1,20", "0,8", "1,2345", "1234,567", "1,,000", ",500", "1,000.5", "1,000k"] {
            assert!(count(text).is_err(), "{text}");
        }
        assert_eq!(count("18446744073709551615"), Ok(u64::MAX));
        for text in ["", "-1", "2.5", "many", "1e300", "nan", "inf", "k"] {
            assert!(count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert_eq!((finite("-1.5"), above_zero("2e-3")), (Ok(-1.5), Ok(0.002)));
        for text in ["nan", "NaN", "inf", "-inf", "infinity", "1e400", "", "x"] {
            assert!(finite(text).is_err() && above_zero(text).is_err(), "{text}");
        }
        assert!(above_zero("0").is_err() && above_zero("-1").is_err());
    }
}
