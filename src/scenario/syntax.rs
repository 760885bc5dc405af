//! From text to JSON, or the one place where the text stops being JSON.
//!
//! In comes text; out comes a JSON value, or a [`Problem`] that says in the
//! user's words what stands there and what should. `serde_json` decides what is
//! JSON (and limits the depth); this file only translates what it says.

use super::locate::Lines;
use super::words;
use crate::error::Problem;
use serde_json::Value;

/// Reads JSON.
pub(super) fn parse(text: &str) -> Result<Value, Box<Problem>> {
    serde_json::from_str(text).map_err(|error| Box::new(translate(text, &error)))
}

fn translate(text: &str, error: &serde_json::Error) -> Problem {
    let lines = Lines::of(text);
    let offset = (lines.start(error.line()) + error.column()).saturating_sub(1).min(text.len());
    let offset = (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if error.is_eof() {
        return truncated(text, &lines);
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let (at, found, allowed, help) = explain(text, offset, message);
    let mut problem = Problem::new("", found, allowed);
    problem.help = help;
    problem.position = Some(lines.position(at));
    problem
}

/// Where, what was found, what is allowed, and advice.
type Explanation = (usize, String, String, Option<String>);

fn explain(text: &str, offset: usize, message: &str) -> Explanation {
    let here = character(text, offset);
    let say = |found: String, allowed: &str, help: Option<&str>| {
        (offset, found, allowed.to_owned(), help.map(str::to_owned))
    };
    match message {
        "expected `:`" => say(here, "`:` between a field's name and its value", None),
        "expected `,` or `]`" => say(here, "`,` before the next item of the list, or `]` at its end", None),
        "expected `,` or `}`" => {
            say(here, "`,` before the next field, or `}` at the end of the object", None)
        }
        "trailing comma" => say(
            "a comma after the last item".to_owned(),
            "a comma between items only",
            Some("remove the comma"),
        ),
        "trailing characters" => {
            say(format!("{here} after the end of the scenario"), "one JSON object and nothing after it", None)
        }
        "key must be a string" => {
            let decimals = decimal_comma(text, offset);
            let allowed = "a field's name in double quotes";
            match decimals {
                Some((start, number)) => {
                    let help = format!("write {}", number.replace(',', "."));
                    (start, words::quoted(&number), "a number with a decimal point".to_owned(), Some(help))
                }
                None => say(here, allowed, not_json(text, offset)),
            }
        }
        "recursion limit exceeded" => say(
            "lists and objects nested more than 127 deep".to_owned(),
            "the fields of a scenario, which are at most a few levels deep",
            None,
        ),
        "number out of range" => number(text, offset, "a number between -1.7e308 and 1.7e308"),
        "invalid number" => number(text, offset, "a number as JSON writes it, as in 0.5, -3 or 2e6"),
        "expected value" | "expected ident" => value(text, offset),
        message if message.starts_with("control character") => say(
            "a line break, a tab or another control character inside a text".to_owned(),
            "text on one line, with \\n for a line break and \\t for a tab",
            Some("is a closing double quote missing?"),
        ),
        _ => say(
            "an escape that JSON does not know".to_owned(),
            "\\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four digits",
            None,
        ),
    }
}

/// A number that JSON does not accept, from its first character on.
fn number(text: &str, offset: usize, allowed: &str) -> Explanation {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let (start, token) = token(text, offset, part);
    (start, token, allowed.to_owned(), None)
}

/// Something that is not the start of a JSON value.
fn value(text: &str, offset: usize) -> Explanation {
    let (start, token) = token(text, offset, |c: char| c.is_ascii_alphanumeric() || c == '_');
    let help = not_json(text, start);
    let allowed = "a number, a text in double quotes, a list, an object, true, false or null";
    (start, token, allowed.to_owned(), help.map(str::to_owned))
}

/// What people write that is not JSON, though other formats know it.
fn not_json(text: &str, offset: usize) -> Option<&'static str> {
    Some(match text.get(offset..).unwrap_or_default() {
        rest if rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#') => {
            "JSON has no comments; put words into `notes`"
        }
        rest if rest.starts_with('\'') => "JSON knows double quotes only",
        rest if rest.starts_with([
            '\u{2018}', '\u{2019}', '\u{201A}', '\u{201C}', '\u{201D}', '\u{201E}', '\u{00AB}', '\u{00BB}',
        ]) =>
        {
            "use straight quotes, as in \"pain\""
        }
        rest if rest.starts_with(',') => "there is a comma too many: remove one",
        rest if rest.starts_with('}') || rest.starts_with(']') => "is there a comma too many before it?",
        rest if rest.starts_with("NaN") || rest.starts_with("Inf") => "every number of a scenario is finite",
        rest if rest.starts_with('.') || rest.starts_with('+') => "a number begins with a digit or `-`",
        rest if rest.starts_with(char::is_alphabetic) => "text stands in double quotes",
        _ => return None,
    })
}

/// The number before an offset if it has a decimal comma, as in `0,05`, and where it starts. Inside a list these are two
/// numbers, and right; where a field's name is due nothing else can be meant.
fn decimal_comma(text: &str, offset: usize) -> Option<(usize, String)> {
    let is_digit = |c: char| c.is_ascii_digit();
    let after = text.get(offset..)?;
    let decimals =
        after.get(..after.find(|c| !is_digit(c)).unwrap_or(after.len())).filter(|one| !one.is_empty())?;
    let before = text.get(..offset)?.strip_suffix(',')?;
    let whole = before.get(before.trim_end_matches(is_digit).len()..).filter(|one| !one.is_empty())?;
    let whole_from = before.len() - whole.len();
    let start = if before.get(..whole_from)?.ends_with('-') { whole_from - 1 } else { whole_from };
    Some((start, format!("{},{decimals}", before.get(start..)?)))
}

/// The run of characters of one kind around an offset, and where it starts.
fn token(text: &str, offset: usize, part: fn(char) -> bool) -> (usize, String) {
    let before = text.get(..offset).unwrap_or_default();
    let start = before.trim_end_matches(part).len();
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
    match rest.get(..end) {
        Some(token) if !token.is_empty() => (start, words::quoted(token)),
        _ => (offset, character(text, offset)),
    }
}

fn character(text: &str, offset: usize) -> String {
    match text.get(offset..).and_then(|rest| rest.chars().next()) {
        Some('`') => "a backquote".to_owned(),
        Some('\n' | '\r') => "the end of the line".to_owned(),
        Some(c) => words::quoted(&c.to_string()),
        None => "the end of the file".to_owned(),
    }
}

/// Text that stops before everything that was opened is closed.
fn truncated(text: &str, lines: &Lines) -> Problem {
    let (inside, opened, closing) = match innermost(text) {
        Some((at, b'{')) => ("an object", at, "`}`"),
        Some((at, b'[')) => ("a list", at, "`]`"),
        Some((at, _)) => ("a text", at, "a closing double quote"),
        None => ("a value", 0, "the rest of it"),
    };
    let (line, column) = lines.position(opened);
    let mut problem = Problem::new("", format!("the file ends in the middle of {inside}"), closing)
        .help(format!("{inside} that begins at {line}:{column} is not closed; was the file cut off?"));
    problem.position = Some(lines.position(text.trim_end().len()));
    problem
}

/// The innermost object, list or text that is still open at the end.
fn innermost(text: &str) -> Option<(usize, u8)> {
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let in_text = matches!(open.last(), Some((_, b'"')));
        match byte {
            b'\\' if in_text => _ = bytes.next(),
            b'"' if in_text => _ = open.pop(),
            b'"' => open.push((at, byte)),
            b'{' | b'[' if !in_text => open.push((at, byte)),
            b'}' | b']' if !in_text => _ = open.pop(),
            _ => {}
        }
    }
    open.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Problem {
        *parse(text).expect_err("not JSON")
    }

    #[test]
    fn a_truncated_text_says_what_is_open() {
        let found = |text| problem(text).found;
        assert_eq!(found("{\"a\": {\"b\": 1}, "), "the file ends in the middle of an object");
        assert_eq!(found("{\"a\": [1, 2"), "the file ends in the middle of a list");
        assert_eq!(found("{\"a\": \"b\\\""), "the file ends in the middle of a text");
        assert_eq!(problem("{\n\"a\": 1,\n").position, Some((2, 8)));
    }

    #[test]
    fn what_is_to_be_written_is_said() {
        for (text, help) in [
            ("{\"a\": 0,05}", "write 0.05"),
            ("{\"a\": -12,5, \"b\": 1}", "write -12.5"),
            ("{\u{201C}a\u{201D}: 1}", "use straight quotes"),
            ("{\"a\": \u{201E}b\u{201C}}", "use straight quotes"),
            ("{\"a\": 1,, \"b\": 2}", "remove one"),
            ("{\"a\": [1,, 2]}", "remove one"),
        ] {
            let told = problem(text).help.unwrap_or_default();
            assert!(told.contains(help), "{text}: {told}");
        }
        // Nothing to say is not an empty line.
        assert_eq!(problem("{1: 2}").help, None);
    }

    #[test]
    fn each_mistake_is_named_where_it_is() {
        let cases = [
            ("{\"a\" 1}", (1, 6), "`1`", "`:`"),
            ("{\"a\": 1e999}", (1, 7), "`1e999`", "1.7e308"),
            ("{\"a\": 01}", (1, 7), "`01`", "a number as JSON"),
            ("{\"a\": .5}", (1, 7), "`.`", "a number"),
            ("{\"a\": NaN}", (1, 7), "`NaN`", "a number"),
            ("{\"a\": tru}", (1, 7), "`tru`", "true"),
            ("{\"a\": 1,}", (1, 9), "comma", "between"),
            ("{\"a\": [1,]}", (1, 10), "comma", "between"),
            ("{\"a\": 1,, \"b\": 2}", (1, 9), "`,`", "a field's name"),
            ("{\"a\": 0,05}", (1, 7), "`0,05`", "decimal point"),
            ("{\"a\": -12,5, \"b\": 1}", (1, 7), "`-12,5`", "decimal point"),
            ("{\u{201C}a\u{201D}: 1}", (1, 2), "`\u{201C}`", "double quotes"),
            ("{a: 1}", (1, 2), "`a`", "double quotes"),
            ("{\"a\": 1} x", (1, 10), "`x` after the end", "nothing after"),
            ("{\"a\": [1 2]}", (1, 10), "`2`", "`,`"),
            ("{\"ä\": 'x'}", (1, 7), "`'`", "a text in double quotes"),
            ("{\"a\": \"x\ny\"}", (1, 9), "line break", "one line"),
            ("{\"a\": \"\\q\"}", (1, 9), "escape", "\\n"),
        ];
        for (text, position, found, allowed) in cases {
            let problem = problem(text);
            assert!(problem.found.contains(found), "{text}: {problem}");
            assert!(problem.allowed.contains(allowed), "{text}: {problem}");
            assert_eq!(problem.position, Some(position), "{text}: {problem}");
        }
    }
}
