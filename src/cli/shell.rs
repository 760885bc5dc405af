//! Words as a shell takes them back.

/// A word in quotes where it needs them.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_through_a_shell() {
        assert_eq!(quoted("/alpha=0.01"), "/alpha=0.01");
        assert_eq!(quoted("my file's.json"), r"'my file'\''s.json'");
    }
}
