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

#[cfg(test)]
mod tests {
    use super::count;

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
}
