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

/// A file that is named, not as an option.
pub(super) fn file(name: &str) -> String {
    match name.starts_with('-') && name.len() > 1 {
        true => quoted(&format!("./{name}")),
        false => quoted(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_through_a_shell() {
        assert_eq!(quoted("/alpha=0.01"), "/alpha=0.01");
        assert_eq!(quoted("my file's.json"), r"'my file'\''s.json'");
        assert_eq!(["-", "-x.json", "a.json"].map(file), ["-", "./-x.json", "a.json"]);
    }
}
