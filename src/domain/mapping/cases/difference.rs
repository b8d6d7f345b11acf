//! What a case expected beside what was made.

use std::fmt::Write as _;

use serde_json::Value;

/// Adds what differs, each with its path, what was expected (-) and what was made (+).
pub(super) fn compare(difference: &mut String, path: &str, expected: &Value, made: &Value) {
    match (expected, made) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                compare(
                    difference,
                    &format!("{path}.{key}"),
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                );
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(difference, &format!("{path}[{index}]"), a, b);
            }
        }
        (a, b) if a == b => {}
        (a, b) => {
            let _ = writeln!(difference, "  {path}\n    - {a}\n    + {b}");
        }
    }
}
