//! What a piece of the JSON Schema allows, for the walk and in words.
//!
//! In come parts of the schema; out come their alternatives without references,
//! which JSON types they allow, and fragments such as `a number above 0`.

use super::pattern::Pattern;
use super::words;
use serde_json::Value;

/// The alternatives of a schema: references followed, `anyOf` and `oneOf` opened.
pub(super) fn options<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#'));
        return target.map_or_else(Vec::new, |target| options(root, target));
    }
    match schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
        Some(alternatives) => alternatives.iter().flat_map(|one| options(root, one)).collect(),
        None => vec![schema],
    }
}

/// Whether a schema without alternatives allows values of this JSON type.
pub(super) fn allows_type(schema: &Value, value: &Value) -> bool {
    types(schema).iter().any(|allowed| match (*allowed, value) {
        ("null", Value::Null)
        | ("boolean", Value::Bool(_))
        | ("number", Value::Number(_))
        | ("string", Value::String(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_)) => true,
        ("integer", Value::Number(number)) => number.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    })
}

/// The words among which a schema lets one choose.
pub(super) fn names<'s>(options: &[&'s Value]) -> Vec<&'s str> {
    let listed = |option: &&'s Value| option.get("enum").and_then(Value::as_array);
    options
        .iter()
        .flat_map(|option| {
            option
                .get("const")
                .into_iter()
                .chain(listed(option).into_iter().flatten())
                .filter_map(Value::as_str)
        })
        .collect()
}

/// What a schema allows, in words. That `null` stands for leaving a field out is
/// not said.
pub(super) fn describe(root: &Value, schema: &Value) -> String {
    let options = options(root, schema);
    let names = names(&options);
    if !names.is_empty() {
        return words::choice(&names);
    }
    let words: Vec<String> = options
        .iter()
        .flat_map(|option| types(option).into_iter().map(|kind| describe_type(root, option, kind)))
        .filter(|words| !words.is_empty())
        .collect();
    words.join(" or ")
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn describe_type(root: &Value, schema: &Value, kind: &str) -> String {
    match kind {
        "number" => format!("a number{}", range(schema)),
        "integer" => format!("a whole number{}", range(schema)),
        "string" => {
            let pattern = schema.get("pattern").and_then(Value::as_str).and_then(Pattern::of);
            pattern.map_or("text", |pattern| pattern.words).to_owned()
        }
        "boolean" => "true or false".to_owned(),
        "array" => describe_list(root, schema),
        "object" => match schema.get("additionalProperties") {
            Some(entry @ Value::Object(_)) => {
                format!("an object with {} for each name", describe(root, entry))
            }
            _ => "an object".to_owned(),
        },
        _ => String::new(),
    }
}

fn describe_list(root: &Value, schema: &Value) -> String {
    let count = |keyword| schema.get(keyword).and_then(Value::as_u64);
    let what = match schema.get("items").map(|items| describe(root, items)) {
        Some(item) if item == "text" => " texts",
        Some(item) if item.starts_with("a name") => " names",
        _ => "",
    };
    match (count("minItems"), count("maxItems")) {
        (Some(least), Some(most)) if least == most => format!("a list of {least}{what}"),
        (Some(least), Some(most)) => format!("a list of {least} to {}{what}", words::thousands(most)),
        (Some(least), None) => format!("a list of at least {least}{what}"),
        (None, Some(most)) => format!("a list of at most {}{what}", words::thousands(most)),
        (None, None) if what.is_empty() => "a list".to_owned(),
        (None, None) => format!("a list of{what}"),
    }
}

/// The bounds of a number, as in ` above 0` or ` from 2 to 1,000,000`.
fn range(schema: &Value) -> String {
    let bound = |keyword| {
        schema.get(keyword).and_then(Value::as_f64).map(|bound| {
            if bound.fract() == 0.0 && bound >= 0.0 {
                words::thousands(bound as u64)
            } else {
                bound.to_string()
            }
        })
    };
    match (bound("exclusiveMinimum"), bound("exclusiveMaximum"), bound("minimum"), bound("maximum")) {
        (Some(low), Some(high), ..) => format!(" above {low} and below {high}"),
        (Some(low), _, _, Some(high)) => format!(" above {low} and up to {high}"),
        (Some(low), ..) => format!(" above {low}"),
        (_, _, Some(low), Some(high)) => format!(" from {low} to {high}"),
        (_, Some(high), Some(low), _) => format!(" of at least {low} and below {high}"),
        (_, _, Some(low), _) => format!(" of at least {low}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ranges_read_like_sentences() {
        let say = |schema: Value| describe(&schema, &schema);
        assert_eq!(say(json!({"type": "number", "exclusiveMinimum": 0.0})), "a number above 0");
        assert_eq!(
            say(json!({"type": "integer", "minimum": 2, "maximum": 1_000_000})),
            "a whole number from 2 to 1,000,000"
        );
        assert_eq!(
            say(json!({"type": ["number", "null"], "exclusiveMinimum": -1.0, "exclusiveMaximum": 1.0})),
            "a number above -1 and below 1"
        );
        assert_eq!(
            say(json!({"type": "number", "exclusiveMinimum": 0.0, "maximum": 1.0})),
            "a number above 0 and up to 1"
        );
        assert_eq!(
            say(json!({"type": "number", "minimum": 0.5, "exclusiveMaximum": 1.0})),
            "a number of at least 0.5 and below 1"
        );
        assert_eq!(say(json!({"enum": ["a", "b"], "type": "string"})), "one of `a`, `b`");
        assert_eq!(
            say(json!({"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}})),
            "a list of 2 texts"
        );
    }
}
