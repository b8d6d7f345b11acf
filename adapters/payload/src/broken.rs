//! An entry of a payload that could not be read, beside others that could.

use serde_json::{Value, json};

/// The member under which such an entry stands in a tree.
const BROKEN: &str = "huiliu:broken";

/// The entry: its text, and why it could not be read.
#[must_use]
pub fn entry(text: &str, reason: &str) -> Value {
    json!({ BROKEN: { "text": text, "reason": reason } })
}

/// Text and reason of an entry that could not be read; `None` for any other tree.
#[must_use]
pub fn parts(tree: &Value) -> Option<(&str, &str)> {
    let broken = tree.get(BROKEN)?;
    Some((broken.get("text")?.as_str()?, broken.get("reason")?.as_str()?))
}
