//! `application/x-www-form-urlencoded`, with the character encoding of the channel.

use encoding_rs::Encoding;
use serde_json::{Map, Value};

use crate::encoding::decode_as;
use crate::{Charset, PayloadError, guess};

/// Reads a form body into an object of strings; a repeated name becomes an array of strings.
///
/// Rule: WHATWG URL standard §5.1, with percent-decoded bytes decoded as `charset` (legacy callers send GBK). A percent sign that is
/// not followed by two hexadecimal digits stays as it is; `%uXXXX` is the UTF-16 unit that JavaScript's `escape` writes so. What is
/// damaged becomes U+FFFD, field by field.
///
/// # Errors
/// [`PayloadError::Undecodable`] when a field is more damage than text.
pub fn parse_form(body: &[u8], charset: Charset) -> Result<Value, PayloadError> {
    // A short field that was cut may be text in GB18030 by chance: the whole form says what it is.
    let whole = guess(&percent_decoded(body));
    let mut fields = Map::new();
    for pair in body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = field_text(halves.next().unwrap_or_default(), charset, whole)?;
        let value = field_text(halves.next().unwrap_or_default(), charset, whole)?;
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

fn field_text(raw: &[u8], charset: Charset, whole: &'static Encoding) -> Result<String, PayloadError> {
    let (mut text, mut units) = (String::new(), Vec::new());
    let mut rest = raw;
    while let Some(at) = rest.windows(2).position(|two| two == b"%u") {
        let (before, escape) = rest.split_at(at);
        let Some(unit) = utf16_unit(escape) else {
            let (marks, after) = rest.split_at(at + 2);
            flush(&mut units, &mut text);
            text.push_str(&run_text(marks, charset, whole)?);
            rest = after;
            continue;
        };
        if !before.is_empty() {
            flush(&mut units, &mut text);
            text.push_str(&run_text(before, charset, whole)?);
        }
        units.push(unit);
        rest = escape.get(6..).unwrap_or_default();
    }
    flush(&mut units, &mut text);
    text.push_str(&run_text(rest, charset, whole)?);
    Ok(text)
}

fn flush(units: &mut Vec<u16>, text: &mut String) {
    text.push_str(&String::from_utf16_lossy(units));
    units.clear();
}

/// `%uXXXX` at the beginning.
fn utf16_unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.get(2..6)?;
    digits.iter().try_fold(0_u16, |unit, digit| Some(unit << 4 | u16::from(hex_digit(*digit)?)))
}

fn run_text(raw: &[u8], charset: Charset, whole: &'static Encoding) -> Result<String, PayloadError> {
    let bytes = percent_decoded(raw);
    let cut = std::str::from_utf8(&bytes).is_err_and(|error| error.error_len().is_none());
    let encoding = if charset == Charset::Auto && cut { whole } else { charset.resolve(&bytes) };
    decode_as(&bytes, encoding).map(|decoded| decoded.text)
}

pub(crate) fn percent_decoded(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [byte, after @ ..] = rest {
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
        bytes.push(match (escaped, byte) {
            (Some((high, low)), _) => high << 4 | low,
            (None, b'+') => b' ',
            (None, plain) => *plain,
        });
    }
    bytes
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
    fn bytes_that_nobody_percent_encoded_are_read_as_well() {
        let wanted = json!({"编号": "路灯 1", "t": "灯"});
        assert_eq!(parse_form("编号=路灯+1&t=%E7%81%AF".as_bytes(), Charset::Auto).unwrap(), wanted);
        let gbk = b"\xB1\xE0\xBA\xC5=\xC2\xB7\xB5\xC6+1&t=%B5%C6";
        for charset in [Charset::Gb18030, Charset::Auto] {
            assert_eq!(parse_form(gbk, charset).unwrap(), wanted, "{charset:?}");
        }
    }

    #[test]
    fn what_is_damaged_costs_its_field() {
        for (body, expected) in [
            (&b"a=%4&b=1"[..], json!({"a": "%4", "b": "1"})),
            (b"a=50%&b=100%25", json!({"a": "50%", "b": "100%"})),
            (b"a=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE&b=%E8%B7", json!({"a": "路灯不亮", "b": "\u{FFFD}"})),
            (b"a=%C2%B7%B5&b=%B5%C6", json!({"a": "路\u{FFFD}", "b": "灯"})),
            (
                b"a=%u8DEF%u706F!&b=%uD83D%uDC4F&c=%uD83D&d=%u8D&e=%un",
                json!({"a": "路灯!", "b": "👏", "c": "\u{FFFD}", "d": "%u8D", "e": "%un"}),
            ),
            (b"a=%00&b=%0D%0A", json!({"a": "\0", "b": "\r\n"})),
        ] {
            assert_eq!(parse_form(body, Charset::Auto), Ok(expected));
        }
    }
}
