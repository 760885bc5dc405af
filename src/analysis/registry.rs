//! The list of analyses: one line each.

/// The names of all methods, in the order of the registry.
pub const METHODS: &[&str] = &["anova", "ancova", "change", "welch"];

/// The JSON Schema of an analysis's `method`: one of the registered names.
pub(crate) fn method_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": METHODS })
}
