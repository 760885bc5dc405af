//! The result as JSON, every number whole.

use crate::result::RunResult;

/// Pretty JSON with a stable order of keys and a newline at the end.
pub(super) fn render(result: &RunResult) -> String {
    // A result is plain data with text keys: this cannot fail, and if it did an empty object
    // would be refused by every reader.
    let json = serde_json::to_string_pretty(result).unwrap_or_else(|_| "{}".to_owned());
    json + "\n"
}
