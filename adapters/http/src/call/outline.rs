//! What an answer was, for operators: its members and codes, never what a citizen wrote.

use serde_json::Value;

/// Most members that are shown.
const MAX_MEMBERS: usize = 12;
/// Longest code that is shown, in characters.
const MAX_CODE_CHARS: usize = 24;
/// Longest words of the source that are shown, in characters.
const MAX_WORDS_CHARS: usize = 80;
/// Digits in a row from which on they are hidden: telephone and identity numbers are longer than codes.
const MAX_DIGITS: usize = 6;

/// Members in which sources say what is wrong.
const WORDS: [&str; 10] =
    ["msg", "message", "error", "errmsg", "errormsg", "error_description", "reason", "desc", "info", "resultmsg"];

/// An answer in a few words: `{code: 500, msg: "系统繁忙", data: null}`.
pub(super) fn outline(tree: &Value) -> String {
    match tree {
        Value::Object(members) => {
            let shown: Vec<String> = members
                .iter()
                .take(MAX_MEMBERS)
                .map(|(name, value)| format!("{}: {}", cut(name, MAX_CODE_CHARS), member(name, value)))
                .collect();
            let more = if members.len() > MAX_MEMBERS { ", …" } else { "" };
            format!("{{{}{more}}}", shown.join(", "))
        }
        other => member("", other),
    }
}

fn member(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => without_digits(&number.to_string()),
        Value::String(text) if WORDS.contains(&name.to_ascii_lowercase().as_str()) => {
            format!("\"{}\"", without_digits(&cut(text, MAX_WORDS_CHARS)))
        }
        Value::String(text) if is_code(text) => format!("\"{}\"", without_digits(text)),
        Value::String(text) => format!("text of {} characters", text.chars().count()),
        Value::Array(items) => format!("list of {}", items.len()),
        Value::Object(members) => format!("object of {}", members.len()),
    }
}

fn is_code(text: &str) -> bool {
    text.len() <= MAX_CODE_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte))
}

fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

/// The text with long rows of digits hidden.
fn without_digits(text: &str) -> String {
    let (mut shown, mut digits) = (String::new(), String::new());
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        shown.push_str(if digits.len() > MAX_DIGITS { "***" } else { &digits });
        digits.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_are_shown_and_contents_are_not() {
        for (tree, wanted) in [
            (
                json!({ "code": "SN0006", "msg": "系统繁忙\n请联系13800001111", "data": null, "ok": false }),
                "{code: \"SN0006\", msg: \"系统繁忙请联系***\", data: null, ok: false}",
            ),
            (
                json!({ "name": "张三", "phone": "13800001111", "n": 500 }),
                "{name: text of 2 characters, phone: \"***\", n: 500}",
            ),
            (json!({ "rows": [1, 2], "page": { "a": 1 } }), "{rows: list of 2, page: object of 1}"),
            (json!("路灯不亮"), "text of 4 characters"),
            (json!(13_800_001_111_u64), "***"),
        ] {
            assert_eq!(outline(&tree), wanted);
        }
        let many: serde_json::Map<String, Value> = (0..20).map(|n| (format!("m{n}"), json!(n))).collect();
        assert!(outline(&Value::Object(many)).ends_with(", …}"));
    }
}
