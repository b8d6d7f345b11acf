//! `application/x-www-form-urlencoded`, with the character encoding of the channel.

use serde_json::{Map, Value};

use crate::{Charset, PayloadError, decode};

/// Reads a form body into an object of strings; a repeated name becomes an array of strings.
///
/// Rule: WHATWG URL standard §5.1, with percent-decoded bytes decoded as `charset` (legacy callers send GBK).
///
/// # Errors
/// [`PayloadError::Undecodable`] when the decoded bytes are not text; [`PayloadError::Malformed`] for a percent sign that
/// is not followed by two hexadecimal digits.
pub fn parse_form(body: &[u8], charset: Charset) -> Result<Value, PayloadError> {
    let mut fields = Map::new();
    for pair in body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = field_text(halves.next().unwrap_or_default(), charset)?;
        let value = field_text(halves.next().unwrap_or_default(), charset)?;
        insert_repeatable(&mut fields, name, Value::String(value));
    }
    Ok(Value::Object(fields))
}

/// Adds a value to an object; a name that is already there turns into an array.
pub(crate) fn insert_repeatable(fields: &mut Map<String, Value>, name: String, value: Value) {
    match fields.get_mut(&name) {
        None => {
            fields.insert(name, value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(first) => {
            let earlier = first.take();
            *first = Value::Array(vec![earlier, value]);
        }
    }
}

fn field_text(raw: &[u8], charset: Charset) -> Result<String, PayloadError> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex_digit), rest.next().and_then(hex_digit)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => {
                    return Err(PayloadError::Malformed {
                        format: "form",
                        what: "a % that is not followed by two hexadecimal digits".to_owned(),
                        line: 0,
                        column: 0,
                    });
                }
            },
            plain => plain,
        });
    }
    decode(&bytes, charset).map(|decoded| decoded.text)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_repeat_and_bytes_are_decoded_once() {
        let form = parse_form(b"from=%2B86138&body=%E8%B7%AF+%E7%81%AF&a=1&a=2&flag", Charset::Utf8).unwrap();
        assert_eq!(form, json!({"from": "+86138", "body": "路 灯", "a": ["1", "2"], "flag": ""}));
    }

    #[test]
    fn gbk_forms_are_read_as_gbk() {
        assert_eq!(parse_form(b"t=%C2%B7%B5%C6", Charset::Gb18030).unwrap(), json!({"t": "路灯"}));
    }

    #[test]
    fn a_dangling_percent_sign_is_refused() {
        assert!(matches!(parse_form(b"a=%4", Charset::Utf8), Err(PayloadError::Malformed { format: "form", .. })));
    }
}
