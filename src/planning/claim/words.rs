//! The words of a claim, taken apart.

/// One `WORD=VALUE`, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item<'t> {
    /// All of it.
    pub text: &'t str,
    /// Before the first `=`, without spaces around; empty if there is no `=`.
    pub word: &'t str,
    /// After it.
    pub value: &'t str,
}

/// Takes text apart at commas that stand in no brackets: `(28.0, 34.0)` stays together.
pub(super) fn items(text: &str) -> Vec<Item<'_>> {
    let mut depth = 0_i32;
    text.split(|c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth <= 0
    })
    .map(str::trim)
    .filter(|item| !item.is_empty())
    .map(|text| {
        let (word, value) = text.split_once('=').unwrap_or(("", text));
        Item { text, word: word.trim(), value: value.trim() }
    })
    .collect()
}

/// A finite number, with a minus sign of either kind.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = text.trim().replace('−', "-");
    // `inf`, `nan` and `1e5` are no numbers of a paper, but for the last.
    let fits = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    plain.parse::<f64>().ok().filter(|value| fits && value.is_finite())
}

/// How many decimals a number was stated with.
pub(super) fn decimals(text: &str) -> usize {
    let mantissa = text.trim().split(['e', 'E']).next().unwrap_or_default();
    mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// A number in a sentence, to six significant digits.
pub(super) fn shown(value: f64) -> String {
    rounded(value, 6).to_string()
}

/// A number to so many significant digits: 10.8, not 10.800000000000001.
pub(super) fn rounded(value: f64, digits: usize) -> f64 {
    let after_the_first = digits.saturating_sub(1);
    // A sum with zero, so that nothing is −0.
    format!("{value:.after_the_first$e}").parse().unwrap_or(value) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_brackets_do_not_part() {
        let text = "SL=31.0 (28.0, 34.0) n=29, f = 0.27,,";
        let words: Vec<_> = items(text).into_iter().map(|item| (item.word, item.value)).collect();
        assert_eq!(words, [("SL", "31.0 (28.0, 34.0) n=29"), ("f", "0.27")]);
    }

    #[test]
    fn numbers_are_finite_and_know_their_decimals() {
        assert_eq!((number(".27"), number("−3.5"), number("1e3")), (Some(0.27), Some(-3.5), Some(1000.0)));
        for text in ["", "inf", "nan", "1e999", "0,5", "two"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!([shown(0.1 + 0.2), shown(1234.5678), shown(-0.0)], ["0.3", "1234.57", "0"]);
        assert_eq!([decimals("0.80"), decimals("12"), decimals("1.5e2")], [2, 0, 1]);
    }
}
