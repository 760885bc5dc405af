//! JSON pointers (RFC 6901), the way this crate names a place in a scenario.
//!
//! In come pointers and the names of fields; out come other pointers. `~1` in a
//! pointer stands for a slash in a name and `~0` for a tilde.

/// The pointer to a field, or to a list's item, below `pointer`.
pub(crate) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The pointer to an item of the list at `pointer`.
pub(crate) fn item(pointer: &str, index: usize) -> String {
    format!("{pointer}/{index}")
}

/// The pointer to what contains `pointer`; none for the whole scenario.
pub(crate) fn parent(pointer: &str) -> Option<&str> {
    pointer.rfind('/').map(|slash| &pointer[..slash])
}

/// The names along a pointer, without escapes.
pub(crate) fn names(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
}

/// Whether `pointer` is `ancestor` or lies below it.
pub(crate) fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the text is a JSON pointer to something below the whole scenario.
pub(crate) fn is_valid(text: &str) -> bool {
    let tilde_is_escape = |(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'0' | b'1'));
    text.starts_with('/') && text.match_indices('~').all(tilde_is_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_there_and_back() {
        let pointer = child("/sources", "/a~b");
        assert_eq!(pointer, "/sources/~1a~0b");
        assert_eq!(names(&pointer), ["sources", "/a~b"]);
        assert_eq!(parent(&pointer), Some("/sources"));
    }

    #[test]
    fn a_longer_name_is_not_below_a_shorter_one() {
        assert!(is_within("/design/n_per_arm", "/design"));
        assert!(is_within("/design", "/design"));
        assert!(!is_within("/designs", "/design"));
        assert!(is_within("/design", ""));
    }

    #[test]
    fn a_pointer_starts_with_a_slash_and_knows_two_escapes() {
        assert!(is_valid("/a~0~1"));
        assert!(!is_valid("a"));
        assert!(!is_valid("/a~"));
        assert!(!is_valid("/a~2"));
    }
}
