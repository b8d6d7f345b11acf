//! Expressions and templates of channel files, over a record of the fuzzer's own.

use std::sync::{Arc, LazyLock};

use huiliu_expression::{Context, Escape, Language, MAX_OUTPUT_BYTES};
use serde_json::{Value, json};

static LANGUAGE: LazyLock<Language> = LazyLock::new(|| Language::new(jiff::tz::TimeZone::UTC, Arc::default()));

/// A line with an expression or template, and after it the record as JSON (or, if it is none, as text). What compiles ends
/// within its fuel and its size, and gives the same twice.
pub fn expression(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (source, record) = text.split_once('\n').unwrap_or((&text, "{}"));
    let record: Value = serde_json::from_str(record).unwrap_or_else(|_not_json| json!(record));
    let context = Context::of("record", &record);
    if let Ok(expression) = LANGUAGE.expression(source, &["record"]) {
        let first = expression.eval(&context).map(|found| found.value);
        assert_eq!(first, expression.eval(&context).map(|found| found.value), "the same record, the same value");
        if let Ok(value) = first {
            assert!(value.to_string().len() <= 64 * MAX_OUTPUT_BYTES, "a value without bounds");
        }
    }
    for escape in [Escape::None, Escape::Json, Escape::Xml] {
        if let Ok(template) = LANGUAGE.template(source, &["record"], escape)
            && let Ok(rendered) = template.render(&context)
        {
            assert!(rendered.len() <= MAX_OUTPUT_BYTES, "a text without bounds");
        }
    }
}
