//! Cleaning of text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use crate::{Fault, MAX_OUTPUT_BYTES, MAX_REGEX_BYTES};

/// Most regular expressions kept compiled per thread.
const MAX_CACHED_REGEXES: usize = 256;

/// Ends of lines made `\n`, Excel's `_x000D_`, control characters and invisible marks removed, white space (also U+3000)
/// trimmed at both ends and around line breaks, at most one empty line in a row.
pub(crate) fn clean(text: &str) -> String {
    let unified = text.replace("_x000D_", "").replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = Vec::new();
    for line in unified.split('\n') {
        let line: String = line.chars().filter(|c| *c == '\t' || !(c.is_control() || is_invisible(*c))).collect();
        let line = line.trim();
        if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Marks that are not seen and are no part of what is written: byte order mark, zero-width space, word joiner, soft hyphen,
/// direction marks. Not the joiners U+200C and U+200D, which make emoji and some scripts what they are.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// One line as filters of a single value read it: half-width, without invisible marks, white space of any kind one blank.
pub(crate) fn plain(text: &str) -> String {
    let seen: String = halfwidth(text)
        .chars()
        .filter(|c| !(is_invisible(*c) || matches!(c, '\u{200C}' | '\u{200D}')))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Full-width ASCII (U+FF01 to U+FF5E) and the ideographic space become their half-width forms.
#[must_use]
pub fn halfwidth(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// Percent-decoding of UTF-8; `+` is a space. Bytes that are not UTF-8 are a fault.
pub(crate) fn urldecode(text: &str) -> Result<String, Fault> {
    let form = huiliu_payload::parse_form(
        format!("v={}", text.replace('&', "%26").replace('=', "%3D")).as_bytes(),
        huiliu_payload::Charset::Utf8,
    );
    form.ok()
        .and_then(|form| form.get("v").and_then(|v| v.as_str().map(str::to_owned)))
        .filter(|decoded| text.contains(char::REPLACEMENT_CHARACTER) || !decoded.contains(char::REPLACEMENT_CHARACTER))
        .ok_or_else(|| Fault::new("不是有效的 URL 编码（UTF-8）", "not valid percent-encoded UTF-8").with_value(text))
}

/// Percent-encoding of everything but unreserved characters (RFC 3986 §2.3).
pub(crate) fn urlencode(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(*byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// Percent-encoding as forms have it, and Java's `URLEncoder` (WHATWG URL standard §5.2): a space is `+`.
pub(crate) fn form_urlencode(bytes: &[u8]) -> String {
    urlencode(bytes).replace("%20", "+").replace("%2A", "*").replace('~', "%7E")
}

/// The first match: the named group number, else group 1 where the pattern has one, else the whole match.
pub(crate) fn first_match(text: &str, regex: &Regex, group: Option<usize>) -> String {
    let group = group.unwrap_or(usize::from(regex.captures_len() > 1));
    regex.captures(text).and_then(|found| found.get(group)).map_or_else(String::new, |found| found.as_str().to_owned())
}

/// Jinja's `replace`, its result at most [`MAX_OUTPUT_BYTES`].
pub(crate) fn replace_bounded(text: &str, from: &str, to: &str) -> Result<String, Fault> {
    let hits = if from.is_empty() { text.chars().count() + 1 } else { text.matches(from).count() };
    if text.len() + hits.saturating_mul(to.len()) > MAX_OUTPUT_BYTES {
        return Err(Fault::new("替换后的文本过长", "the text would become too long"));
    }
    Ok(text.replace(from, to))
}

thread_local! {
    static REGEXES: RefCell<HashMap<String, Rc<Regex>>> = RefCell::new(HashMap::new());
}

/// Compiles a pattern within [`MAX_REGEX_BYTES`], or finds it compiled. Matching is linear in the text. Shared, because a clone of
/// a `Regex` would begin with an empty cache.
pub(crate) fn regex(pattern: &str) -> Result<Rc<Regex>, Fault> {
    if let Some(known) = REGEXES.with_borrow(|regexes| regexes.get(pattern).map(Rc::clone)) {
        return Ok(known);
    }
    let regex = RegexBuilder::new(pattern).size_limit(MAX_REGEX_BYTES).build().map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim().to_owned();
        Fault::new(format!("正则表达式有误\n原文：{reason}"), format!("bad regular expression: {reason}"))
    })?;
    let regex = Rc::new(regex);
    REGEXES.with_borrow_mut(|regexes| {
        if regexes.len() >= MAX_CACHED_REGEXES {
            regexes.clear();
        }
        regexes.insert(pattern.to_owned(), Rc::clone(&regex));
    });
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dirt_of_real_exports_is_removed() {
        assert_eq!(clean("\r\n\t\u{3000}路灯_x000D_\r\n\n\n不亮\u{200}\u{7}\u{3000}"), "路灯\n\n不亮\u{200}");
        assert_eq!(halfwidth("ＡＢＣ　１２３，"), "ABC 123,");
    }

    #[test]
    fn url_coding_goes_both_ways() {
        assert_eq!(urldecode("%E8%B7%AF+a%26b"), Ok("路 a&b".to_owned()));
        assert_eq!(urlencode("路 a".as_bytes()), "%E8%B7%AF%20a");
        assert!(urldecode("%E8").is_err());
    }
}
