//! What is said of bytes that are not in the declared format: often they are something else altogether.

use crate::{MAX_DEPTH, PayloadError, guess};

/// Characters of the beginning that are looked at.
const HEAD_CHARS: usize = 4_000;
/// Longest title of a web page in a message, in characters.
const MAX_TITLE_CHARS: usize = 40;

/// What arrived in place of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// Nothing, or nothing but white space.
    Nothing,
    /// A web page: a login, an error of a proxy or of a server.
    Page {
        /// Its title; empty where it has none.
        title: String,
    },
}

/// What arrived instead, where it is something else than a damaged payload.
#[must_use]
pub fn instead(bytes: &[u8]) -> Option<Instead> {
    let (decoded, ..) = guess(bytes).decode(bytes);
    let text = decoded.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Some(Instead::Nothing);
    }
    let head: String = text.chars().take(HEAD_CHARS).collect();
    let lower = head.to_ascii_lowercase();
    // A text of a record may hold markup.
    let is_markup = lower.starts_with('<');
    let is_page = is_markup && ["<!doctype html", "<html", "<head", "<body"].iter().any(|mark| lower.contains(mark));
    is_page.then(|| Instead::Page { title: title(&head, &lower) })
}

fn title(head: &str, lower: &str) -> String {
    // Lowercase ASCII has the same places.
    let inside = lower.find("<title").and_then(|begin| {
        let from = begin + lower.get(begin..)?.find('>')? + 1;
        let rest = head.get(from..)?;
        rest.find('<').and_then(|end| rest.get(..end))
    });
    let words: Vec<&str> = inside.unwrap_or_default().split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(MAX_TITLE_CHARS).collect()
}

/// Why bytes cannot be read, in words for operators: what arrived instead, else the error.
#[must_use]
pub fn unreadable(bytes: &[u8], error: &PayloadError) -> String {
    match instead(bytes) {
        Some(Instead::Nothing) => format!(
            "内容是空的，请核对地址和参数，或请来源查明 (the body is empty: check address and parameters, or ask the source; {error})"
        ),
        Some(Instead::Page { title }) => format!(
            "收到的是网页（标题：{title}）而不是数据，可能是登录页或出错页；请核对地址、登录凭据和代理 (a web page came in place of data, perhaps a login or an error: check address, credentials and proxy; {error})"
        ),
        None => match seems(bytes) {
            Some((zh, en)) => {
                format!("{}；收到的像是{zh} ({error}; what came seems to be {en})", in_chinese(error))
            }
            None => format!("{} ({error})", in_chinese(error)),
        },
    }
}

/// What bytes in no declared format seem to be, in both languages; by their beginning.
fn seems(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins: &[(&[u8], &str, &str)] = &[
        (b"\x1f\x8b", "压缩内容（gzip）；请加 Content-Encoding: gzip", "packed with gzip: send Content-Encoding: gzip"),
        (b"PK\x03\x04", "ZIP 或 Excel 文件", "a ZIP or Excel file"),
        (b"\xd0\xcf\x11\xe0", "旧版 Excel 或 Word 文件", "an old Excel or Word file"),
        (b"%PDF", "PDF 文件", "a PDF"),
        (b"--", "多部分表单（multipart）", "a multipart form"),
        (b"<", "XML", "XML"),
    ];
    if let Some((_, zh, en)) = begins.iter().find(|(begin, ..)| bytes.trim_ascii_start().starts_with(begin)) {
        return Some((zh, en));
    }
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let first = text.lines().next().unwrap_or_default();
    let are_lines = text.lines().count() > 1 && first.starts_with('{') && first.trim_end().ends_with('}');
    if are_lines {
        return Some(("每行一条的 JSON（JSON Lines）；请放到一个数组里", "JSON lines: put them into one array"));
    }
    let is_form = !text.starts_with(['{', '[', '"'])
        && first.split('&').all(|pair| pair.split_once('=').is_some_and(|(name, _)| is_name(name)));
    is_form.then_some(("表单（a=1&b=2）", "a form (a=1&b=2)"))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-[]%+".contains(&byte))
}

fn in_chinese(error: &PayloadError) -> String {
    match error {
        PayloadError::Malformed { format, line: 0, .. } => format!("内容不是合法的 {format}"),
        PayloadError::Malformed { format, line, column, .. } => {
            format!("内容不是合法的 {format}：第 {line} 行第 {column} 列读不下去")
        }
        PayloadError::TooDeep { format } => format!("{format} 嵌套超过 {MAX_DEPTH} 层，或元素太多"),
        PayloadError::FileOnly { format } => format!("{format} 是文件的格式，不能用于报文"),
        PayloadError::Undecodable { charset, count, offset } => {
            format!("按 {charset} 解码时有 {count} 处读不出，第一处在第 {offset} 字节附近；请核对 [format] encoding")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_nothing_are_told_from_damaged_payloads() {
        let page = |title: &str| Some(Instead::Page { title: title.to_owned() });
        for (bytes, wanted) in [
            ("", Some(Instead::Nothing)),
            ("\u{feff} \r\n", Some(Instead::Nothing)),
            ("<!DOCTYPE html><html><head><TITLE>\n 统一认证  登录</TITLE>", page("统一认证 登录")),
            ("<html><body>502</body></html>", page("")),
            ("<title", None),
            ("{\"text\": \"<html><body>\"", None),
            ("<r><a>", None),
        ] {
            assert_eq!(instead(bytes.as_bytes()), wanted, "{bytes}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_both_languages() {
        let error = crate::Format::new(crate::FormatKind::Json).parse(b"a=1&b=2").unwrap_err();
        let said = unreadable(b"a=1&b=2", &error);
        assert!(said.starts_with("内容不是合法的 JSON：第 1 行") && said.contains("not well-formed JSON"), "{said}");
        for (bytes, wanted) in [
            (&b"a=1&b=2"[..], "表单"),
            (b"data=%7B%7D", "表单"),
            (b"<a>1</a>", "XML"),
            (b"{\"a\":1}\n{\"a\":2}\n", "JSON Lines"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"--x\r\nContent-Disposition: form-data\r\n", "multipart"),
            (b"PK\x03\x04", "Excel"),
        ] {
            assert!(unreadable(bytes, &error).contains(wanted), "{}", unreadable(bytes, &error));
        }
        assert!(!unreadable(b"{\"a\": x}", &error).contains("像是"));
    }
}
