//! A scenario as text for people: what fits on a line stands on one.

use crate::scenario::Scenario;
use serde_json::Value;

/// Columns of a line.
const WIDTH: usize = 110;

/// Columns of a line with an object in an object.
const NESTED_WIDTH: usize = 80;

/// The scenario as JSON, with a line end.
#[must_use]
pub fn render(scenario: &Scenario) -> String {
    let value = serde_json::to_value(scenario).unwrap_or_default();
    let mut text = String::new();
    write(&value, 0, 0, true, &mut text);
    text.push('\n');
    text
}

/// Writes a value that begins at column `column` of a line indented by `indent`. The outermost value is
/// always opened.
fn write(value: &Value, indent: usize, column: usize, open: bool, text: &mut String) {
    let line = on_a_line(value);
    let nested = value.as_object().is_some_and(|fields| fields.values().any(Value::is_object));
    let width = if nested { NESTED_WIDTH } else { WIDTH };
    // One column for the comma.
    if !open && column + line.chars().count() < width {
        text.push_str(&line);
        return;
    }
    let inner = indent + 2;
    let margin = " ".repeat(inner);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push_str("{\n");
            for (number, (name, value)) in fields.iter().enumerate() {
                let name = Value::from(name.as_str()).to_string();
                text.push_str(&format!("{margin}{name}: "));
                write(value, inner, inner + name.chars().count() + 2, false, text);
                text.push_str(if number + 1 < fields.len() { ",\n" } else { "\n" });
            }
            text.push_str(&format!("{}}}", " ".repeat(indent)));
        }
        Value::Array(items) if items.iter().all(|item| item.is_number() || item.is_string()) => {
            text.push_str("[\n");
            let mut reached = WIDTH;
            for (number, item) in items.iter().enumerate() {
                let item = on_a_line(item) + if number + 1 < items.len() { "," } else { "" };
                if reached + 1 + item.chars().count() > WIDTH {
                    text.push_str(if number == 0 { "" } else { "\n" });
                    text.push_str(&margin);
                    reached = inner;
                } else {
                    text.push(' ');
                    reached += 1;
                }
                reached += item.chars().count();
                text.push_str(&item);
            }
            text.push_str(&format!("\n{}]", " ".repeat(indent)));
        }
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for (number, item) in items.iter().enumerate() {
                text.push_str(&margin);
                write(item, inner, inner, false, text);
                text.push_str(if number + 1 < items.len() { ",\n" } else { "\n" });
            }
            text.push_str(&format!("{}]", " ".repeat(indent)));
        }
        _ => text.push_str(&line),
    }
}

/// Everything on one line.
fn on_a_line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), on_a_line(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(on_a_line).collect();
            format!("[{}]", items.join(", "))
        }
        // 55.0 is 55.
        Value::Number(number) => {
            let whole = number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < 1e15);
            whole
                .filter(|_| number.is_f64())
                .map_or_else(|| number.to_string(), |value| format!("{:.0}", value + 0.0))
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{canonical, library, read};

    #[test]
    fn what_is_written_is_read_as_the_same_trial() {
        for embedded in library::all() {
            let scenario = read(embedded.text, embedded.name, &[]).expect("valid");
            // Visits are outcomes of their own once they are read.
            if scenario.response.visits.is_some() {
                continue;
            }
            let text = render(&scenario);
            let again = read(&text, embedded.name, &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(canonical::hash(&again), canonical::hash(&scenario), "{}", embedded.name);
            assert_eq!(render(&again), text);
        }
    }

    #[test]
    fn long_lists_are_filled_and_short_things_stay_together() {
        let list: Value = (1000..1100).collect();
        let value = serde_json::json!({"a": {"x": 1.0, "y": -0.0}, "list": list});
        let mut text = String::new();
        write(&value, 0, 0, true, &mut text);
        assert!(text.contains("\"a\": {\"x\": 1, \"y\": 0}"), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH) && text.lines().count() < 14,
            "{text}"
        );
    }
}
