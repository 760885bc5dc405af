//! Does the JSON have the shape of a scenario?
//!
//! In comes any JSON value; out comes everything in it that the JSON Schema of
//! [`Scenario`](super::Scenario) does not allow: unknown and missing fields,
//! wrong types, numbers out of range, words that are not in a list. What one
//! field means for another is not looked at here.

use super::finding::{Consequence, Finding};
use super::pattern::Pattern;
use super::schema_words::{allows_type, describe, names, options};
use super::{pointer, schema, words};
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// With more findings than this, a text is hardly meant as a scenario: names are no
/// longer guessed, and what its fields mean for each other is not looked at.
pub(super) const MANY: usize = 1000;

/// The scenario's JSON Schema, generated once.
pub(super) fn scenario_schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(schema::scenario_schema)
}

/// Everything in `value` that is not of a scenario's shape.
pub(super) fn check(value: &Value) -> Vec<Finding> {
    let root = scenario_schema();
    let mut walk = Walk { root, findings: Vec::new() };
    walk.value(root, value, "");
    walk.findings
}

struct Walk<'s> {
    root: &'s Value,
    findings: Vec<Finding>,
}

impl<'s> Walk<'s> {
    /// Chooses the alternative by the value's JSON type, so that messages stay
    /// about what the user meant.
    fn value(&mut self, schema: &'s Value, value: &Value, pointer: &str) {
        let fitting: Vec<&Value> =
            options(self.root, schema).into_iter().filter(|option| allows_type(option, value)).collect();
        let names = names(&fitting);
        match (fitting.as_slice(), value) {
            ([], _) => {
                let finding = Finding::value(pointer, words::found(value), describe(self.root, schema));
                self.findings.push(finding.help_with_type(value));
            }
            (_, Value::String(text)) if names.contains(&text.as_str()) => {}
            (_, Value::String(text)) if !names.is_empty() => {
                let finding = Finding::value(pointer, words::found(value), words::choice(&names));
                self.findings.push(finding.maybe_help(words::did_you_mean(text, &names)));
            }
            ([option, ..], Value::Object(object)) => self.object(option, object, pointer),
            ([option, ..], Value::Array(items)) => self.list(option, items, pointer),
            ([option, ..], Value::Number(_)) => self.number(option, value, pointer),
            ([option, ..], Value::String(text)) => self.text(option, text, pointer),
            _ => {}
        }
    }

    fn object(&mut self, schema: &'s Value, object: &Map<String, Value>, pointer: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let mut misspelt = Vec::new();
        for (name, value) in object {
            let child = pointer::child(pointer, name);
            match (known.and_then(|known| known.get(name)), others) {
                (None, Some(Value::Bool(false))) => {
                    misspelt.extend(self.unknown(known, object, &child, name));
                }
                (Some(field), _) | (None, Some(field)) => self.field(schema, field, value, &child, name),
                (None, None) => {}
            }
        }
        self.missing(schema, object, &misspelt, pointer);
        let count = object.len() as u64;
        if u64_keyword(schema, "minProperties").is_some_and(|least| count < least) {
            self.findings.push(Finding::value(pointer, "an empty object", "at least one entry"));
        }
        if let Some(most) = u64_keyword(schema, "maxProperties").filter(|most| count > *most) {
            let (found, allowed) =
                (format!("{count} entries"), format!("at most {} entries", words::thousands(most)));
            self.findings.push(Finding::value(pointer, found, allowed).then(Consequence::Stop));
        }
    }

    /// A field's value. An optional number of the wrong type can be left out for
    /// the checks that come after.
    fn field(&mut self, parent: &'s Value, schema: &'s Value, value: &Value, pointer: &str, name: &str) {
        let before = self.findings.len();
        self.value(schema, value, pointer);
        let required = parent.get("required").and_then(Value::as_array);
        let optional = required.is_none_or(|required| !required.iter().any(|field| field == name));
        if optional && !value.is_number() && self.is_number(schema) {
            for finding in self.findings.iter_mut().skip(before).filter(|f| f.pointer() == pointer) {
                finding.consequence = Consequence::Drop;
            }
        }
    }

    /// A field that the format does not know; gives back the field that was meant.
    fn unknown(
        &mut self,
        known: Option<&'s Map<String, Value>>,
        object: &Map<String, Value>,
        pointer: &str,
        name: &str,
    ) -> Option<&'s str> {
        let all: Vec<&'s str> = known.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let absent: Vec<&'s str> = all.iter().copied().filter(|field| !object.contains_key(*field)).collect();
        let finding =
            Finding::name(pointer, format!("an unknown field {}", words::quoted(name)), words::choice(&all));
        if self.findings.len() > MANY {
            self.findings.push(finding);
            return None;
        }
        let meant = words::nearest(name, &absent);
        let help = words::did_you_mean(name, &absent).or_else(|| words::did_you_mean(name, &all));
        let meant_is_number = meant.and_then(|meant| known?.get(meant)).map(|schema| self.is_number(schema));
        // What stands under a wrong name is not known to later checks, which would
        // miss it; a number that is missing is easily kept apart from that.
        let consequence = if meant_is_number == Some(false) { Consequence::Stop } else { Consequence::Drop };
        self.findings.push(finding.maybe_help(help).then(consequence));
        meant.and_then(|meant| all.into_iter().find(|field| *field == meant))
    }

    fn missing(&mut self, schema: &'s Value, object: &Map<String, Value>, misspelt: &[&str], pointer: &str) {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let absent = |name: &&str| !object.contains_key(*name) && !misspelt.contains(name);
        for name in required.filter_map(Value::as_str).filter(absent) {
            let allowed = schema.get("properties").and_then(|fields| fields.get(name));
            let allowed = allowed.map_or_else(String::new, |field| describe(self.root, field));
            self.findings.push(Finding::value(pointer::child(pointer, name), "nothing", allowed));
        }
    }

    fn list(&mut self, schema: &'s Value, items: &[Value], pointer: &str) {
        let count = items.len() as u64;
        let few = u64_keyword(schema, "minItems").is_some_and(|least| count < least);
        let many = u64_keyword(schema, "maxItems").is_some_and(|most| count > most);
        if few || many {
            let finding = Finding::value(pointer, words::list_of(items.len()), describe(self.root, schema));
            self.findings.push(finding.then(Consequence::Stop));
        }
        if let Some(schema) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.value(schema, item, &pointer::item(pointer, index));
            }
        }
    }

    fn number(&mut self, schema: &'s Value, value: &Value, pointer: &str) {
        let Some(number) = value.as_f64() else { return };
        let bound = |keyword| schema.get(keyword).and_then(Value::as_f64);
        let outside = bound("minimum").is_some_and(|least| number < least)
            || bound("maximum").is_some_and(|most| number > most)
            || bound("exclusiveMinimum").is_some_and(|least| number <= least)
            || bound("exclusiveMaximum").is_some_and(|most| number >= most);
        if outside {
            let finding = Finding::value(pointer, words::found(value), describe(self.root, schema));
            let is_share = bound("minimum").or(bound("exclusiveMinimum")) == Some(0.0)
                && bound("maximum").or(bound("exclusiveMaximum")) == Some(1.0);
            let is_percentage = is_share && (2.0..=100.0).contains(&number);
            self.findings.push(
                finding
                    .maybe_help(is_percentage.then(|| {
                        format!("did you mean {}? it is a share, not a percentage", number / 100.0)
                    })),
            );
        }
    }

    fn text(&mut self, schema: &'s Value, text: &str, pointer: &str) {
        let pattern = schema.get("pattern").and_then(Value::as_str).and_then(Pattern::of);
        let short =
            u64_keyword(schema, "minLength").is_some_and(|least| (text.chars().count() as u64) < least);
        if short || pattern.is_some_and(|pattern| !pattern.accepts(text)) {
            let found = if text.is_empty() { "empty text".to_owned() } else { words::found(&text.into()) };
            self.findings.push(Finding::value(pointer, found, describe(self.root, schema)));
        }
    }

    fn is_number(&self, schema: &Value) -> bool {
        options(self.root, schema).iter().any(|option| allows_type(option, &Value::from(1)))
    }
}

impl Finding {
    /// Advice for a number in quotes, the most common wrong type.
    fn help_with_type(self, value: &Value) -> Self {
        match value.as_str().and_then(|text| text.trim().parse::<f64>().ok()) {
            Some(number) if number.is_finite() => self.help("a number stands without quotes"),
            Some(_) => self.help("every number of a scenario is finite"),
            None => self,
        }
    }
}

fn u64_keyword(schema: &Value, keyword: &str) -> Option<u64> {
    schema.get(keyword).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keywords that the walk follows.
    const FOLLOWED: [&str; 20] = [
        "$ref",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "enum",
        "const",
        "anyOf",
        "oneOf",
        "items",
        "minItems",
        "maxItems",
        "minLength",
        "minProperties",
        "maxProperties",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ];
    /// Keywords that only explain.
    const EXPLAINING: [&str; 7] = ["$schema", "$id", "$defs", "title", "description", "default", "format"];

    fn visit(schema: &Value, see: &mut impl FnMut(&Map<String, Value>)) {
        let Some(object) = schema.as_object() else { return };
        see(object);
        for (keyword, value) in object {
            match keyword.as_str() {
                "properties" | "$defs" => {
                    value.as_object().into_iter().flat_map(Map::values).for_each(|child| visit(child, see));
                }
                "anyOf" | "oneOf" => {
                    value.as_array().into_iter().flatten().for_each(|child| visit(child, see));
                }
                "items" | "additionalProperties" => visit(value, see),
                _ => {}
            }
        }
    }

    #[test]
    fn the_walk_knows_every_keyword_of_the_schema() {
        visit(scenario_schema(), &mut |schema| {
            for (keyword, value) in schema {
                let known = FOLLOWED.contains(&keyword.as_str()) || EXPLAINING.contains(&keyword.as_str());
                assert!(known, "the reader does not know the keyword {keyword}: {value}");
                match keyword.as_str() {
                    "pattern" => assert!(value.as_str().and_then(Pattern::of).is_some(), "pattern {value}"),
                    "format" => assert!(value == "double" || value == "uint64", "format {value}"),
                    "additionalProperties" => assert!(value.is_object() || *value == false, "{value}"),
                    "$ref" | "anyOf" | "oneOf" => {
                        let alone = schema
                            .keys()
                            .all(|other| other == keyword || EXPLAINING.contains(&other.as_str()));
                        assert!(
                            alone,
                            "{keyword} has neighbours that the reader does not follow: {schema:?}"
                        );
                    }
                    _ => {}
                }
            }
            let unsigned = schema.get("format").is_some_and(|format| format == "uint64");
            assert!(!unsigned || schema.contains_key("minimum"), "an unsigned number needs its minimum");
        });
    }

    #[test]
    fn something_else_than_an_object_is_one_finding() {
        for value in [Value::Null, Value::from(5), Value::from("x"), serde_json::json!([])] {
            let findings = check(&value);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(findings[0].problem.allowed, "an object");
        }
    }
}
