//! Does each source belong to something?
//!
//! In comes a scenario; out come findings about keys of `sources` that are not
//! JSON pointers to a field of the scenario, its defaults included.

use crate::scenario::finding::Finding;
use crate::scenario::{Scenario, canonical, pointer, words};
use serde_json::Value;

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    if scenario.sources.is_empty() {
        return Vec::new();
    }
    let complete = canonical::complete(scenario);
    let canonical = canonical::canonical(scenario);
    let known = |key: &String| complete.pointer(key).or_else(|| canonical.pointer(key)).is_some();
    let mut all = Vec::new();
    let strangers: Vec<&String> = scenario.sources.keys().filter(|key| !known(key)).collect();
    if !strangers.is_empty() {
        pointers(&complete, "", &mut all);
    }
    strangers.into_iter().map(|key| finding(key, &all)).collect()
}

fn finding(key: &str, all: &[String]) -> Finding {
    let allowed = "the JSON pointer of a field of this scenario, as in `/alpha`";
    Finding::name(pointer::child("/sources", key), format!("a source for {}", words::quoted(key)), allowed)
        .maybe_help(words::did_you_mean(key, all))
}

/// The pointers of everything inside a value.
pub(super) fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let mut child = |pointer: String, value: &Value| {
        pointers(value, &pointer, all);
        all.push(pointer);
    };
    match value {
        Value::Object(object) if at != "/sources" => {
            object.iter().for_each(|(name, value)| child(pointer::child(at, name), value));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| child(pointer::item(at, index), value));
        }
        _ => {}
    }
}
