//! A scenario to start from.
//!
//! In comes a name; out comes the text of a small, valid scenario in which every
//! common field is present and explained.

const TEXT: &str = include_str!("template.json");

/// The text of a scenario to start from, called `name`.
#[must_use]
pub fn starting_scenario(name: &str) -> String {
    let quoted = serde_json::Value::from(name).to_string();
    TEXT.replacen("\"my-trial\"", &quoted, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    #[test]
    fn it_is_valid_as_it_stands() {
        let scenario =
            read(&starting_scenario("knee-2027"), "init", &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.name, "knee-2027");
        assert!(starting_scenario("a\"b").contains(r#""a\"b""#));
    }
}
