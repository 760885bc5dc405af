//! An answer as JSON, every number whole.

use serde::Serialize;

/// Pretty JSON with a stable order of keys and a newline at the end.
pub(super) fn render(answer: &impl Serialize) -> String {
    // An answer is plain data with text keys: this cannot fail, and if it did an empty object
    // would be refused by every reader.
    let json = serde_json::to_string_pretty(answer).unwrap_or_else(|_| "{}".to_owned());
    json + "\n"
}
