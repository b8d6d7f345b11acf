//! `multipart/related` around a document: MTOM/XOP and SOAP with attachments (RFC 2387, RFC 2045 §6, XOP 1.0 §3).
//!
//! The document is the part that `start` names, else the first; what it refers to by `cid:` becomes the part's bytes in base64, as they
//! would stand in a document without attachments. Where the boundary is not said (a file), the first line is it.

use base64::Engine as _;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::Value;

use crate::PayloadError;

/// Most parts of a payload.
pub const MAX_PARTS: usize = 1_000;
/// Most bytes of a part's header.
const MAX_HEADER_BYTES: usize = 16 << 10;
/// Longest boundary, in bytes (RFC 2046 §5.1.1).
const MAX_BOUNDARY_BYTES: usize = 70;

/// Base64 as mail has it: with or without padding.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent));

/// A payload of several parts.
pub(crate) struct Related {
    /// The document.
    pub root: Vec<u8>,
    /// The parts with their Content-ID, without angle brackets.
    others: Vec<(String, Vec<u8>)>,
    /// Most bytes that may be put into the document.
    most: usize,
}

/// Takes a payload apart; `None` where it is of one part.
///
/// # Errors
/// [`PayloadError::Malformed`] when there is no part, or too many.
pub(crate) fn related(bytes: &[u8], content_type: Option<&str>) -> Result<Option<Related>, PayloadError> {
    let declared = content_type.filter(|kind| starts_with_ignoring_case(kind, "multipart/"));
    let boundary = declared.and_then(|kind| parameter(kind, "boundary")).or_else(|| first_line(bytes));
    let Some(boundary) = boundary.filter(|boundary| (1..=MAX_BOUNDARY_BYTES).contains(&boundary.len())) else {
        return Ok(None);
    };
    let mut parts = Vec::new();
    for part in split(bytes, &boundary) {
        if parts.len() >= MAX_PARTS {
            return Err(malformed("more than 1000 parts"));
        }
        parts.push(Part::read(part).ok_or_else(|| malformed("a part has no header"))?);
    }
    let start = declared.and_then(|kind| parameter(kind, "start")).map(|start| bare(&start).to_owned());
    let root = start.and_then(|start| parts.iter().position(|part| part.id == start)).unwrap_or(0);
    if parts.is_empty() {
        return Err(malformed("no part"));
    }
    let root = parts.remove(root).bytes;
    let others = parts.into_iter().map(|part| (part.id, part.bytes)).collect();
    Ok(Some(Related { root, others, most: bytes.len().saturating_mul(2) }))
}

fn malformed(what: &str) -> PayloadError {
    PayloadError::Malformed { format: "multipart", what: what.to_owned(), line: 0, column: 0 }
}

impl Related {
    /// Puts the parts where the document refers to them. A reference to what is not there, or beyond the limit, stays.
    pub(crate) fn resolve(&self, tree: &mut Value) {
        let mut left = self.most;
        self.resolve_within(tree, &mut left);
    }

    fn resolve_within(&self, tree: &mut Value, left: &mut usize) {
        if let Some(part) = reference(tree).and_then(|id| self.others.iter().find(|(own, _)| *own == id))
            && let Some(rest) = left.checked_sub(part.1.len().saturating_mul(4) / 3)
        {
            *left = rest;
            *tree = Value::String(STANDARD.encode(&part.1));
            return;
        }
        match tree {
            Value::Array(items) => items.iter_mut().for_each(|item| self.resolve_within(item, left)),
            Value::Object(members) => members.values_mut().for_each(|member| self.resolve_within(member, left)),
            _ => {}
        }
    }
}

/// The Content-ID that an element refers to: by an `Include` inside it, or by its own `href`.
fn reference(tree: &Value) -> Option<String> {
    let only = |tree: &'_ Value, name: &str| -> Option<Value> {
        tree.as_object().filter(|members| members.len() == 1)?.get(name).cloned()
    };
    let href = only(tree, "Include").and_then(|include| only(&include, "@href")).or_else(|| only(tree, "@href"))?;
    let id = href.as_str()?.trim().strip_prefix("cid:")?.to_owned();
    // RFC 2392: the id is percent-encoded.
    Some(String::from_utf8_lossy(&crate::form::percent_decoded(id.replace('+', "%2B").as_bytes())).into_owned())
}

struct Part {
    id: String,
    bytes: Vec<u8>,
}

impl Part {
    /// Reads a part: header, empty line, content. `None` without an empty line.
    fn read(part: &[u8]) -> Option<Self> {
        let (head, content) = header_and_content(part)?;
        let head = String::from_utf8_lossy(head).replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
        let field = |name: &str| {
            let mut fields = head.lines().filter_map(|line| line.split_once(':'));
            fields.find(|(own, _)| own.trim().eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.trim())
        };
        let bytes = match field("content-transfer-encoding").to_ascii_lowercase().as_str() {
            "base64" => {
                let digits: Vec<u8> = content.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                LENIENT.decode(digits).unwrap_or_else(|_not_base64| content.to_vec())
            }
            "quoted-printable" => quoted_printable(content),
            _ => content.to_vec(),
        };
        Some(Self { id: bare(field("content-id")).to_owned(), bytes })
    }
}

fn header_and_content(part: &[u8]) -> Option<(&[u8], &[u8])> {
    // A part without a header begins with the empty line.
    for ending in [&b"\r\n"[..], b"\n"] {
        if let Some(content) = part.strip_prefix(ending) {
            return Some((&[], content));
        }
    }
    let found = |ending: &[u8]| find(part.get(..MAX_HEADER_BYTES).unwrap_or(part), ending).map(|at| (at, ending.len()));
    let (at, length) = [found(b"\r\n\r\n"), found(b"\n\n")].into_iter().flatten().min()?;
    Some((part.get(..at)?, part.get(at + length..)?))
}

/// The parts between the lines of the boundary. The last may lack its end: what follows it is its own.
fn split<'bytes>(bytes: &'bytes [u8], boundary: &str) -> Vec<&'bytes [u8]> {
    let mark = format!("--{boundary}").into_bytes();
    let mut parts = Vec::new();
    let (mut began, mut from) = (None, 0);
    while let Some(at) = bytes.get(from..).and_then(|rest| find(rest, &mark)).map(|at| from + at) {
        from = at + mark.len();
        let at_line = at == 0 || bytes.get(at - 1) == Some(&b'\n');
        let after = bytes.get(from..).unwrap_or_default();
        let last = after.starts_with(b"--");
        let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line_ends = last || matches!(after.get(blanks..), Some([b'\n', ..] | [b'\r', b'\n', ..] | []));
        if !(at_line && line_ends) {
            continue;
        }
        if let Some(began) = began.take() {
            parts.push(trim_line_end(bytes.get(began..at).unwrap_or_default()));
        }
        if last || parts.len() > MAX_PARTS {
            return parts;
        }
        let line = after.iter().position(|byte| *byte == b'\n').map_or(after.len(), |end| end + 1);
        began = Some(from + line);
    }
    parts.extend(began.and_then(|began| bytes.get(began..)));
    parts
}

fn trim_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

/// The boundary of a payload that begins with one.
fn first_line(bytes: &[u8]) -> Option<String> {
    let line = bytes.trim_ascii_start().strip_prefix(b"--")?;
    let end = line.iter().take(MAX_BOUNDARY_BYTES + 3).position(|byte| *byte == b'\n')?;
    let boundary = std::str::from_utf8(line.get(..end)?).ok()?.trim_end();
    (!boundary.is_empty()).then(|| boundary.to_owned())
}

/// A parameter of a header field, with or without quotation marks.
fn parameter(field: &str, name: &str) -> Option<String> {
    let mut rest = field;
    while let Some((_, after)) = rest.split_once(';') {
        let (own, value) = after.trim_start().split_once('=')?;
        let value = value.trim_start();
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if own.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim_end().to_owned());
        }
        rest = after;
    }
    None
}

fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.trim_start().get(..prefix.len()).is_some_and(|own| own.eq_ignore_ascii_case(prefix))
}

/// RFC 2045 §6.7; what is no escape stays.
fn quoted_printable(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len());
    let mut rest = content;
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => rest = after,
            (b'=', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digits = [*high, *low];
                bytes.extend(std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok()));
                rest = after;
            }
            _ => bytes.push(*byte),
        }
    }
    bytes
}

#[cfg(test)]
mod tests;
