//! Numbers as people type them.

/// A count such as `10000`, `10_000`, `10,000`, `1e6` or `100k`.
pub(super) fn count(text: &str) -> Result<u64, String> {
    let plain: String = text.chars().filter(|&c| c != '_' && c != ',').collect();
    let (digits, factor) = match plain.to_ascii_lowercase() {
        lower if lower.ends_with('k') => (lower[..lower.len() - 1].to_owned(), 1e3),
        lower if lower.ends_with('m') => (lower[..lower.len() - 1].to_owned(), 1e6),
        lower => (lower, 1.0),
    };
    if let (Ok(whole), true) = (digits.parse::<u64>(), factor == 1.0) {
        return Ok(whole);
    }
    let allowed = "a whole number such as 10000, 10_000, 1e6 or 100k is needed";
    let value = digits.parse::<f64>().map_err(|_| allowed.to_owned())? * factor;
    if value >= 0.0 && value.fract() == 0.0 && value <= 9e15 {
        Ok(value as u64)
    } else {
        Err(allowed.to_owned())
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

#[cfg(test)]
mod tests {
    use super::{above_zero, count, finite};

    #[test]
    fn counts_as_people_type_them() {
        for (text, value) in [("10000", 10_000), ("10_000", 10_000), ("10,000", 10_000), ("1e6", 1_000_000)] {
            assert_eq!(count(text), Ok(value));
        }
        assert_eq!(count("100k"), Ok(100_000));
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
