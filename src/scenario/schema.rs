//! The JSON Schemas of scenarios and results, for editors and for the reader.
//!
//! In come the Rust types, which are the only definition of both formats; out
//! come JSON Schemas (draft 2020-12).

use super::{SCHEMA, Scenario};
use crate::data::{ANALYSIS_SCHEMA, TrialAnalysis};
use crate::result::{self, RunResult};
use serde_json::{Map, Value};

/// The JSON Schema of a scenario.
#[must_use]
pub fn scenario_schema() -> Value {
    titled(schemars::schema_for!(Scenario), SCHEMA, "A scenario of trialliance")
}

/// The JSON Schema of a run's result.
#[must_use]
pub fn result_schema() -> Value {
    titled(schemars::schema_for!(RunResult), result::SCHEMA, "A result of trialliance")
}

/// The JSON Schema of the analysis of one trial.
#[must_use]
pub fn analysis_schema() -> Value {
    titled(schemars::schema_for!(TrialAnalysis), ANALYSIS_SCHEMA, "An analysis by trialliance")
}

fn titled(schema: schemars::Schema, id: &str, title: &str) -> Value {
    let mut head = Map::new();
    let mut body = schema.to_value();
    if let Some(body) = body.as_object_mut() {
        head.extend(body.shift_remove_entry("$schema"));
        head.insert("$id".to_owned(), id.into());
        head.insert("title".to_owned(), title.into());
        body.shift_remove("title");
        head.extend(std::mem::take(body));
    }
    Value::Object(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_say_what_they_are() {
        for (schema, id) in [
            (scenario_schema(), SCHEMA),
            (result_schema(), result::SCHEMA),
            (analysis_schema(), ANALYSIS_SCHEMA),
        ] {
            assert_eq!(schema["$id"], id);
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            assert!(schema["title"].as_str().is_some_and(|title| title.contains("trialliance")));
            assert!(schema["properties"].is_object());
        }
    }

    #[test]
    fn every_field_of_a_scenario_is_described() {
        fn walk(schema: &Value, path: &str) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{path}/{name} has no description");
            }
            for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
                walk(definition, name);
            }
        }
        walk(&scenario_schema(), "");
    }
}
