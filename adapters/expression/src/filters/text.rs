//! Cleaning of text.

use std::cell::RefCell;
use std::collections::HashMap;

use minijinja::Value;
use regex::{Regex, RegexBuilder};

use crate::{Fault, MAX_OUTPUT_BYTES, MAX_REGEX_BYTES};

/// Most regular expressions kept compiled per thread.
const MAX_CACHED_REGEXES: usize = 256;

/// Ends of lines made `\n`, Excel's `_x000D_` and control characters removed, white space (also U+3000) trimmed at both
/// ends and around line breaks, at most one empty line in a row.
pub(crate) fn clean(text: &str) -> String {
    let unified = text.replace("_x000D_", "").replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = Vec::new();
    for line in unified.split('\n') {
        let line: String = line.chars().filter(|c| *c == '\t' || !(c.is_control() || *c == '\u{FEFF}')).collect();
        let line = line.trim();
        if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Full-width ASCII (U+FF01 to U+FF5E) and the ideographic space become their half-width forms.
pub(crate) fn halfwidth(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// Longest HTML that is read, in bytes; what follows is left out. Complaints are cut at 20,000 characters.
const MAX_HTML_BYTES: usize = 1 << 20;

pub(crate) fn from_html(text: &str) -> String {
    let text = text.get(..text.floor_char_boundary(MAX_HTML_BYTES)).unwrap_or_default();
    clean(&nanohtml2text::html2text(&only_whole_tags(text)))
}

/// A `<` that begins no tag is written as text: nothing but `>` closes it, it closes before the next `<`, and its quotes are
/// closed in it. The reader of HTML looks for the end of a tag up to the end of the text, so that many open ones would take
/// time with the square of their number.
fn only_whole_tags(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for (index, part) in text.split('<').enumerate() {
        if index > 0 {
            let inside = part.split_once('>').map(|(inside, _)| inside);
            let closed =
                inside.is_some_and(|inside| ['"', '\''].iter().all(|quote| inside.matches(*quote).count() % 2 == 0));
            whole.push_str(if closed || part.starts_with("!--") { "<" } else { "&lt;" });
        }
        whole.push_str(part);
    }
    whole
}

/// Percent-decoding of UTF-8; `+` is a space. Bytes that are not UTF-8 are a fault.
pub(crate) fn urldecode(text: &str) -> Result<String, Fault> {
    let form = huiliu_payload::parse_form(
        format!("v={}", text.replace('&', "%26").replace('=', "%3D")).as_bytes(),
        huiliu_payload::Charset::Utf8,
    );
    form.ok()
        .and_then(|form| form.get("v").and_then(|v| v.as_str().map(str::to_owned)))
        .ok_or_else(|| Fault::new("不是有效的 URL 编码（UTF-8）", "not valid percent-encoded UTF-8").with_value(text))
}

/// Percent-encoding of everything but unreserved characters (RFC 3986 §2.3).
pub(crate) fn urlencode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// The first match: the named group number, else group 1 where the pattern has one, else the whole match.
pub(crate) fn first_match(text: &str, pattern: &str, group: Option<usize>) -> Result<Value, Fault> {
    let regex = regex(pattern)?;
    let group = group.unwrap_or(usize::from(regex.captures_len() > 1));
    Ok(match regex.captures(text).and_then(|found| found.get(group)) {
        Some(found) => Value::from(found.as_str()),
        None => Value::from(""),
    })
}

pub(crate) fn replace_all(text: &str, pattern: &str, with: &str) -> Result<String, Fault> {
    Ok(regex(pattern)?.replace_all(text, with).into_owned())
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
    static REGEXES: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

/// Compiles a pattern within [`MAX_REGEX_BYTES`], or finds it compiled. Matching is linear in the text.
pub(crate) fn regex(pattern: &str) -> Result<Regex, Fault> {
    if let Some(known) = REGEXES.with_borrow(|regexes| regexes.get(pattern).cloned()) {
        return Ok(known);
    }
    let regex = RegexBuilder::new(pattern).size_limit(MAX_REGEX_BYTES).build().map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim().to_owned();
        Fault::new(format!("正则表达式有误：{reason}"), format!("bad regular expression: {reason}"))
    })?;
    REGEXES.with_borrow_mut(|regexes| {
        if regexes.len() >= MAX_CACHED_REGEXES {
            regexes.clear();
        }
        regexes.insert(pattern.to_owned(), regex.clone());
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
    fn html_becomes_lines() {
        let text = from_html("<p>三盏路灯&nbsp;不亮</p><p>请<b>尽快</b>处理</p>");
        assert!(text.starts_with("三盏路灯") && text.ends_with("请尽快处理"), "{text}");
        assert!(text.contains('\n') && !text.contains('<'), "{text}");
    }

    #[test]
    fn open_tags_are_text_and_take_no_time() {
        assert_eq!(from_html("水深<30厘米，<b>请</b>处理<a href=\""), "水深<30厘米，请处理<a href=\"");
        for part in ["<x", "<a href=", "<a href=\">", "<script>", "<!--", "<![CDATA[", "<b ", "</", "&lt;<"] {
            let text = from_html(&part.repeat(200_000));
            assert!(text.len() <= 4 << 20, "{part}");
        }
    }

    #[test]
    fn url_coding_goes_both_ways() {
        assert_eq!(urldecode("%E8%B7%AF+a%26b"), Ok("路 a&b".to_owned()));
        assert_eq!(urlencode("路 a"), "%E8%B7%AF%20a");
        assert!(urldecode("%E8").is_err());
    }
}
