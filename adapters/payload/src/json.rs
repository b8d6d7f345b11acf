//! JSON (RFC 8259), with limits, and without losing digits. What is damaged is mended only after it could not be read strictly.

mod mend;
mod salvage;
mod tree;

use serde_json::Value;

use tree::Tree;

pub(crate) use salvage::salvaged;

use crate::{MAX_DEPTH, PayloadError};

/// Most values in a JSON document. A value takes about a hundred bytes of memory, and two of the document.
pub const MAX_JSON_NODES: usize = 300_000;

/// At least as many as there are values in a document: whatever begins one, outside of strings.
fn nodes_of(text: &str) -> usize {
    let (mut nodes, mut in_string, mut escaped) = (1, false, false);
    for byte in text.bytes() {
        nodes += usize::from(!in_string && matches!(byte, b',' | b'[' | b'{' | b':'));
        in_string ^= byte == b'"' && !escaped;
        escaped = in_string && byte == b'\\' && !escaped;
    }
    nodes
}

/// Reads one document; where it is damaged, what [`mend`] makes of it. A whole number that no machine number holds exactly becomes
/// text with all its digits: order numbers of twenty digits are sent as numbers. Lists and objects under a
/// name that stands twice are both kept. Also gives whether it was mended.
pub(crate) fn read_json(text: &str) -> Result<(Value, bool), PayloadError> {
    let text = unwrapped(text);
    let strict = read_bounded(text);
    let (tree, mended) = match strict {
        Err(PayloadError::Malformed { .. }) => (read_bounded(&mend::mended(text)).or(strict)?, true),
        other => (other?, false),
    };
    Ok((without_nil(tree, text), mended))
}

#[cfg(test)]
fn parse_json(text: &str) -> Result<Value, PayloadError> {
    read_json(text).map(|(tree, _)| tree)
}

/// The document without what is put around it for browsers: a call (JSONP), or a prefix that keeps it from being run as a script.
fn unwrapped(text: &str) -> &str {
    let trimmed = text.trim();
    for prefix in [")]}',", ")]}'", "while(1);", "for(;;);"] {
        if let Some(rest) = trimmed.strip_prefix(prefix) {
            return rest;
        }
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.$".contains(c);
    let called = trimmed.trim_start_matches("/**/").trim_start().trim_start_matches(is_name).trim_start();
    let inner = called.strip_prefix('(').and_then(|rest| rest.trim_end_matches(';').trim_end().strip_suffix(')'));
    inner.filter(|_| !trimmed.starts_with(['{', '[', '"', '('])).unwrap_or(text)
}

/// Reads one document strictly, within the limits.
fn read_bounded(text: &str) -> Result<Value, PayloadError> {
    if text.len() > MAX_JSON_NODES && nodes_of(text) > MAX_JSON_NODES {
        return Err(PayloadError::TooDeep { format: "JSON" });
    }
    let tree = read(text)?;
    if depth_of(&tree) > MAX_DEPTH {
        return Err(PayloadError::TooDeep { format: "JSON" });
    }
    if has_long_numbers(&tree) { read(&long_numbers_quoted(text)) } else { Ok(tree) }
}

fn read(text: &str) -> Result<Value, PayloadError> {
    serde_json::from_str(text).map(|Tree(tree)| tree).map_err(|error| {
        let what = error.to_string();
        match what.strip_prefix("recursion limit exceeded") {
            Some(_) => PayloadError::TooDeep { format: "JSON" },
            None => PayloadError::Malformed {
                format: "JSON",
                what: what.split(" at line ").next().unwrap_or_default().to_owned(),
                line: error.line(),
                column: error.column(),
            },
        }
    })
}

/// The byte at which strict reading fails; `None` where it does not.
fn offset_of_error(text: &str) -> Option<usize> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    Some(offset_of(&error, text))
}

/// The byte of a text that an error is about.
fn offset_of(error: &serde_json::Error, text: &str) -> usize {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    before + error.column().saturating_sub(1)
}

/// The tree with null where a bridge from XML has written an element that is nil as an object: `{"@nil": "true"}`,
/// `{"$": {"xsi:nil": "1"}}`.
fn without_nil(mut tree: Value, text: &str) -> Value {
    fn replace(tree: &mut Value) {
        match tree {
            Value::Array(items) => items.iter_mut().for_each(replace),
            Value::Object(_) if is_nil(tree) => *tree = Value::Null,
            Value::Object(fields) => fields.values_mut().for_each(replace),
            _ => {}
        }
    }
    if text.contains("nil\"") {
        replace(&mut tree);
    }
    tree
}

/// Whether an object says nothing but that it is nil.
fn is_nil(tree: &Value) -> bool {
    let Some((key, value)) =
        tree.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.iter().next())
    else {
        return false;
    };
    let says_so = match value {
        Value::Bool(said) => *said,
        Value::String(said) => matches!(said.trim(), "true" | "1"),
        Value::Number(said) => said.as_u64() == Some(1),
        Value::Object(_) => {
            return matches!(key.as_str(), "$" | "_attributes" | "attributes" | "@attributes") && is_nil(value);
        }
        _ => false,
    };
    let attribute = key.trim_start_matches(['@', '-', '_']);
    says_so && (attribute.ends_with(":nil") || (attribute == "nil" && key != "nil"))
}

/// Depth in levels; recursion is bounded by serde_json's own limit of 128.
pub(crate) fn depth_of(tree: &Value) -> usize {
    match tree {
        Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth_of).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether a number is beyond what 64 bits hold exactly.
fn has_long_numbers(tree: &Value) -> bool {
    match tree {
        Value::Array(items) => items.iter().any(has_long_numbers),
        Value::Object(fields) => fields.values().any(has_long_numbers),
        // 2^63: below it, every whole number was read as one.
        Value::Number(number) => number.is_f64() && number.as_f64().is_some_and(|value| value.abs() >= 9.2e18),
        _ => false,
    }
}

/// The document with quotes around whole numbers that 64 bits do not hold.
fn long_numbers_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 64);
    let (mut in_string, mut escaped) = (false, false);
    let mut number = String::new();
    for c in text.chars().chain(['\n']) {
        if !in_string && (c.is_ascii_digit() || "+-.eE".contains(c)) && !(number.is_empty() && c.is_ascii_alphabetic())
        {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            let whole = !number.contains(['.', 'e', 'E']);
            let fits = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
            let quotes = if whole && !fits { "\"" } else { "" };
            quoted.extend([quotes, &number, quotes]);
            number.clear();
        }
        quoted.push(c);
        in_string ^= c == '"' && !escaped;
        escaped = in_string && c == '\\' && !escaped;
    }
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn malformed_json_says_where() {
        let error = parse_json("{\n \"a\": }").unwrap_err();
        assert_eq!(error.to_string(), "not well-formed JSON: expected value at line 2, column 7");
    }

    #[test]
    fn damage_inside_strings_is_mended() {
        for (text, wanted) in [
            ("[{\"a\":\"b\nc\"},{\"a\":\"\\ud83d\"}]", json!([{"a": "b\nc"}, {"a": "\u{FFFD}"}])),
            ("{\"a\":1,\"a\":2,}", json!({"a": 2})),
            ("{\"a\":NaN,\"b\":20261120000000000001,}", json!({"a": null, "b": "20261120000000000001"})),
        ] {
            assert_eq!(parse_json(text), Ok(wanted));
        }
        let error = parse_json("[{\"a\":\"b\nc\"},x]").unwrap_err().to_string();
        assert!(error.contains("control character"), "the first damage is told: {error}");
    }

    #[test]
    fn what_is_put_around_a_document_for_browsers_is_taken_off() {
        for text in ["cb({\"a\":1});", "/**/ jQuery_1.x([1]) ;", ")]}',\n{\"a\":1}", "while(1);[1]"] {
            let wanted = if text.contains('a') && text.contains('{') { json!({"a": 1}) } else { json!([1]) };
            assert_eq!(parse_json(text), Ok(wanted), "{text}");
        }
        for text in ["(1)", "cb(", "cb(1)(2)", "\"cb(1)\"x", "1(2)x"] {
            assert!(parse_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nil_of_bridges_from_xml_is_null() {
        let text = r##"{"a":{"@nil":"true"},"b":{"@xsi:nil":true},"c":{"$":{"xsi:nil":"1"}},"d":{"-i:nil":1},"e":{"nil":true},"f":{"@nil":"true","#text":"x"},"g":{"@nil":"false"}}"##;
        let wanted = json!({"a": null, "b": null, "c": null, "d": null, "e": {"nil": true}, "f": {"@nil": "true", "#text": "x"}, "g": {"@nil": "false"}});
        assert_eq!(parse_json(text), Ok(wanted));
    }

    #[test]
    fn deep_json_is_refused_at_both_limits() {
        for levels in [65, 100_000] {
            let deep = "[".repeat(levels) + &"]".repeat(levels);
            assert_eq!(parse_json(&deep), Err(PayloadError::TooDeep { format: "JSON" }));
        }
    }

    #[test]
    fn many_small_values_are_refused_and_long_texts_are_not() {
        let small = format!("[{}1]", "1,".repeat(MAX_JSON_NODES));
        assert_eq!(parse_json(&small), Err(PayloadError::TooDeep { format: "JSON" }));
        let text = json!({ "text": ",[{".repeat(MAX_JSON_NODES) });
        assert_eq!(parse_json(&text.to_string()), Ok(text));
    }

    #[test]
    fn no_digit_of_a_long_number_is_lost() {
        let tree = parse_json(
            r#"{"号":20261120000000000001,"b":[-99999999999999999999,1e30,0.1],"c":"1 99999999999999999999 \\","d":18446744073709551615}"#,
        );
        let wanted = json!({
            "号": "20261120000000000001", "b": ["-99999999999999999999", 1e30, 0.1], "c": "1 99999999999999999999 \\",
            "d": 18_446_744_073_709_551_615_u64,
        });
        assert_eq!(tree, Ok(wanted));
    }
}
