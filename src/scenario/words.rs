//! The words in which values and names are spoken of in messages.
//!
//! In come names and JSON values; out come lower-case fragments for people.

use serde_json::Value;

/// The longest piece of the user's own text that a message repeats.
const LONGEST_QUOTE: usize = 40;

/// What was found, as in `-5`, `text "abc"` or `a list of 3`.
pub(crate) fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("text \"{}\"", shortened(text)),
        Value::Array(items) => list_of(items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A list and its length.
pub(crate) fn list_of(count: usize) -> String {
    if count == 0 { "an empty list".to_owned() } else { format!("a list of {}", thousands(count as u64)) }
}

/// A name as written, in backquotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", shortened(name))
}

/// Several names, as in `a`, `b` and `c`.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A choice among names, as in one of `a`, `b`.
pub(crate) fn choice<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => "none, as there is none".to_owned(),
        [only] => quoted(only.as_ref()),
        _ => {
            let quoted: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
            format!("one of {}", quoted.join(", "))
        }
    }
}

/// A whole number with commas between thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The candidate that was probably meant, if one is near enough.
pub(crate) fn nearest<'a, S: AsRef<str>>(name: &str, candidates: &'a [S]) -> Option<&'a str> {
    if name.len() > 200 {
        return None;
    }
    let wanted = name.to_lowercase();
    candidates
        .iter()
        .map(|candidate| {
            let candidate = candidate.as_ref();
            (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, candidate)| *distance <= candidate.len().max(wanted.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Advice that names the candidate that was probably meant.
pub(crate) fn did_you_mean<S: AsRef<str>>(name: &str, candidates: &[S]) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

fn shortened(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars().take(LONGEST_QUOTE) {
        match character {
            '\'' | '"' | '\\' => kept.push(character),
            _ => kept.extend(character.escape_debug()),
        }
    }
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_ignores_case_and_gives_up_on_strangers() {
        assert_eq!(nearest("basline", &["mean", "baseline"]), Some("baseline"));
        assert_eq!(nearest("sl", &["AL", "SL"]), Some("SL"));
        assert_eq!(nearest("temperature", &["mean", "baseline"]), None);
    }

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(thousands(1_000_000), "1,000,000");
        assert_eq!(thousands(117), "117");
    }

    #[test]
    fn long_or_strange_text_is_shortened_and_escaped() {
        assert_eq!(found(&Value::from("a\nb")), "text \"a\\nb\"");
        assert!(found(&Value::from("x".repeat(1000))).chars().count() < 60);
    }
}
