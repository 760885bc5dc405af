//! What names may look like.
//!
//! In comes a pattern of the scenario's JSON Schema; out comes how to check it
//! and how to say it. Three patterns are in use; a test over the whole schema
//! fails when a fourth appears, so no regular expressions are needed.

/// A rule for names.
pub(super) struct Pattern {
    /// As the JSON Schema writes it.
    pub regex: &'static str,
    /// In words.
    pub words: &'static str,
    first: fn(char) -> bool,
    rest: fn(char) -> bool,
}

/// A column of the data: factors, levels, covariates and outcomes.
pub(super) const COLUMN: Pattern = Pattern {
    regex: "^[a-z][a-z0-9_]*$",
    words: "a name of lower-case letters, digits and `_`, beginning with a letter",
    first: |c| c.is_ascii_lowercase(),
    rest: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
};

/// An analysis.
const ANALYSIS: Pattern = Pattern {
    regex: "^[a-z][a-z0-9_-]*$",
    words: "a name of lower-case letters, digits, `_` and `-`, beginning with a letter",
    first: |c| c.is_ascii_lowercase(),
    rest: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-',
};

/// A scenario, and so a part of file names.
const SCENARIO: Pattern = Pattern {
    regex: "^[A-Za-z0-9][A-Za-z0-9._-]*$",
    words: "a name of letters, digits, `.`, `_` and `-`, beginning with a letter or digit",
    first: |c| c.is_ascii_alphanumeric(),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
};

impl Pattern {
    /// The rule that a JSON Schema means.
    pub(super) fn of(regex: &str) -> Option<Pattern> {
        [COLUMN, ANALYSIS, SCENARIO].into_iter().find(|pattern| pattern.regex == regex)
    }

    /// Whether a name keeps to the rule.
    pub(super) fn accepts(&self, name: &str) -> bool {
        let mut characters = name.chars();
        characters.next().is_some_and(self.first) && characters.all(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_their_rule() {
        assert!(COLUMN.accepts("pain_0"));
        for bad in ["", "0pain", "Pain", "pain-0", "päin", "_pain"] {
            assert!(!COLUMN.accepts(bad), "{bad}");
        }
        assert!(ANALYSIS.accepts("ancova-2"));
        assert!(SCENARIO.accepts("Fuentes-2014.v1_b"));
        assert!(!SCENARIO.accepts("../x"));
    }
}
