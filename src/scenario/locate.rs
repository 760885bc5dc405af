//! Where in the text each field stands.
//!
//! In comes the text of a scenario that is valid JSON; out come the line and
//! column of every name and value by JSON pointer, and the names that an object
//! has twice (which JSON readers silently resolve in favour of the last).

use super::pointer;
use super::words;
use crate::error::Problem;
use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::collections::HashMap;

/// Turns byte offsets of a text into lines and columns, both from 1; a column is
/// one Unicode character.
///
/// Characters are counted in advance up to every [`STEP`]th byte: ten megabytes on
/// one line with a mistake in every field must not be counted from the start each
/// time.
pub(super) struct Lines<'t> {
    text: &'t [u8],
    starts: Vec<usize>,
    characters: Vec<usize>,
}

/// Bytes between two places up to which the characters are known.
const STEP: usize = 1024;

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        for piece in text.as_bytes().chunks(STEP) {
            characters.push(characters.last().copied().unwrap_or_default() + count(piece));
        }
        Lines { text: text.as_bytes(), starts, characters }
    }

    /// Line and column of a byte offset.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        (line, self.characters_before(offset) - self.characters_before(self.start(line)) + 1)
    }

    fn characters_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let step = offset / STEP;
        self.characters[step] + count(&self.text[step * STEP..offset])
    }

    /// Byte offset of the start of a line.
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }
}

/// Characters that begin in these bytes of UTF-8.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

/// Offsets of one field: its name, if it has one, and its value.
#[derive(Debug, Clone, Copy)]
struct Place {
    name: Option<usize>,
    value: usize,
}

/// The places of all fields of one text.
pub(super) struct Locations<'t> {
    lines: Lines<'t>,
    places: HashMap<String, Place>,
    duplicates: Vec<Problem>,
}

impl<'t> Locations<'t> {
    /// The places in a text. Text that is not JSON has none.
    pub(super) fn of(text: &'t str) -> Self {
        let mut locations =
            Locations { lines: Lines::of(text), places: HashMap::new(), duplicates: Vec::new() };
        if let Some(root) = tree(text) {
            locations.visit(&root, String::new(), None);
        }
        locations
    }

    /// Line and column of a field's name.
    pub(super) fn name(&self, pointer: &str) -> Option<(usize, usize)> {
        let place = self.places.get(pointer)?;
        Some(self.lines.position(place.name.unwrap_or(place.value)))
    }

    /// Line and column of a field's value; for a field that the text does not have,
    /// of the nearest thing that would contain it.
    pub(super) fn value(&self, pointer: &str) -> Option<(usize, usize)> {
        let mut at = Some(pointer);
        while let Some(pointer) = at {
            if let Some(place) = self.places.get(pointer) {
                return Some(self.lines.position(place.value));
            }
            at = pointer::parent(pointer);
        }
        None
    }

    /// One problem for each name that comes a second time in its object.
    pub(super) fn duplicates(&self) -> &[Problem] {
        &self.duplicates
    }

    fn visit(&mut self, value: &ast::Value, pointer: String, name: Option<usize>) {
        match value {
            ast::Value::Object(object) => self.visit_object(object, &pointer),
            ast::Value::Array(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    self.visit(element, pointer::item(&pointer, index), None);
                }
            }
            _ => {}
        }
        self.places.insert(pointer, Place { name, value: value.start() });
    }

    fn visit_object(&mut self, object: &ast::Object, pointer: &str) {
        let mut first_seen: HashMap<&str, usize> = HashMap::new();
        for property in &object.properties {
            let (name, start) = (property.name.as_str(), property.name.start());
            let child = pointer::child(pointer, name);
            match first_seen.get(name) {
                Some(first) => {
                    let duplicate = self.duplicate(&child, name, *first, start);
                    self.duplicates.push(duplicate);
                }
                None => _ = first_seen.insert(name, start),
            }
            self.visit(&property.value, child, Some(start));
        }
    }

    fn duplicate(&self, pointer: &str, name: &str, first: usize, second: usize) -> Problem {
        let (line, column) = self.lines.position(first);
        let found = format!("{} a second time; the first is at {line}:{column}", words::quoted(name));
        let mut problem = Problem::new(pointer, found, "each field once").help("remove one of the two");
        problem.position = Some(self.lines.position(second));
        problem
    }
}

/// The syntax tree of strict JSON.
fn tree(text: &str) -> Option<ast::Value<'_>> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    parse_to_ast(text, &CollectOptions::default(), &strict).ok()?.value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_have_lines_and_columns_of_characters() {
        let locations = Locations::of("{\n  \"ä\": {\"b\": [1, 2]}\n}");
        assert_eq!(locations.name("/ä"), Some((2, 3)));
        assert_eq!(locations.value("/ä"), Some((2, 8)));
        assert_eq!(locations.value("/ä/b/1"), Some((2, 18)));
        assert_eq!(locations.value("/ä/c/d"), Some((2, 8)));
        assert_eq!(locations.value(""), Some((1, 1)));
    }

    #[test]
    fn columns_are_right_far_into_a_long_line() {
        let text = format!("x\n{}!", "ä".repeat(5000));
        assert_eq!(Lines::of(&text).position(text.len() - 1), (2, 5001));
        assert_eq!(Lines::of(&text).position(text.len() + 9), (2, 5002));
    }

    #[test]
    fn whatever_is_json_has_places() {
        for text in [
            "{\"a\\u00e9\\ud83d\\ude00\": -0.0e-7}",
            "[1E+2,\r\n\t-0, \"\\/\\b\\f\u{7f}\u{2028}\"]",
            "  null  ",
            "\"\\u0000\"",
            "{\"\": {\"/~\": []}}",
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
            assert!(tree(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_second_time_names_both_places() {
        let locations = Locations::of("{\"a\": 1,\n \"a\": 2}");
        let [duplicate] = locations.duplicates() else { panic!("one duplicate") };
        assert_eq!(duplicate.position, Some((2, 2)));
        assert!(duplicate.found.contains("1:2"), "{}", duplicate.found);
    }
}
