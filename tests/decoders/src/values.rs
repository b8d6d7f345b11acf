//! Single values: what a filter makes of a text of the fuzzer's own.

use std::sync::{Arc, LazyLock};

use huiliu::mapping::number;
use huiliu_expression::{Context, Expression, GivenTime, Language};
use serde_json::{Value, json};

/// Filters that read one value; the first byte of an input chooses one.
const FILTERS: [&str; 7] = ["datetime", "phone", "number", "idnumber", "html", "flag", "urldecode"];

static EXPRESSIONS: LazyLock<Vec<(&str, Expression)>> = LazyLock::new(|| {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap_or(jiff::tz::TimeZone::UTC);
    let language = Language::new(zone, Arc::default());
    let compile = |name| language.expression(&format!("record | {name}"), &["record"]).ok().map(|e| (name, e));
    FILTERS.into_iter().filter_map(compile).collect()
});

/// The first byte chooses a filter, the rest is its value. What it gives has the shape that the filter promises, and where it
/// gives nothing, it says so. The value is tried as a number of a complaint as well.
///
/// # Panics
/// A promise is broken.
pub fn values(bytes: &[u8]) {
    let Some((chosen, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    let Some((name, expression)) = EXPRESSIONS.get(usize::from(*chosen) % FILTERS.len()) else { return };
    let found = expression.eval(&Context::of("record", &json!(text)));
    assert!(found.is_ok(), "{name} ended the evaluation");
    let Ok(found) = found else { return };
    let again = expression.eval(&Context::of("record", &json!(text))).map(|again| again.value);
    assert_eq!(again.as_ref(), Ok(&found.value), "the same text, the same value");
    if found.value == json!("") {
        assert!(text.trim().is_empty() || *name == "html" || !found.notices.is_empty(), "{name}: none without a word");
    } else {
        assert!(has_shape(name, &found.value), "{name} gave {}", found.value);
    }
    if let Ok(Some(number)) = number::read(&text, []) {
        assert_eq!(number::bare(&number), number, "a number that changes when it is read again");
    }
}

fn has_shape(name: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match name {
        "datetime" => {
            let zone = jiff::tz::TimeZone::UTC;
            let years = 1969..=2101;
            GivenTime::read(text)
                .and_then(|given| given.beginning(&zone))
                .is_some_and(|at| years.contains(&at.to_zoned(zone.clone()).year()))
        }
        "phone" => digits == text.len() && (3..=13).contains(&digits),
        "number" => value.as_f64().is_some_and(f64::is_finite),
        "idnumber" => matches!(text.len(), 15 | 18) && digits >= 15,
        "flag" => value.is_boolean(),
        _ => value.is_string(),
    }
}
