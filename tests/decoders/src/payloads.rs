//! Payloads of channels and status updates.

use huiliu::forward::wire::v1::read_status_update;
use huiliu_payload::{Charset, Format, FormatKind, MAX_DEPTH, MAX_XML_NODES};
use serde_json::Value;

/// The first byte chooses the encoding, the rest is the payload.
fn parse(kind: FormatKind, bytes: &[u8]) -> Option<Value> {
    let (chosen, payload) = bytes.split_first()?;
    let charsets = [Charset::Auto, Charset::Utf8, Charset::Gb18030, Charset::Utf16Be, Charset::Utf16Le];
    let charset = charsets.get(usize::from(*chosen) % charsets.len()).copied().unwrap_or_default();
    let format = Format { kind, charset };
    let first = format.parse(payload);
    assert_eq!(first, format.parse(payload), "the same bytes, the same result");
    let tree = first.ok()?.tree;
    assert!(depth(&tree) <= MAX_DEPTH + 2, "deeper than the limit");
    Some(tree)
}

fn depth(tree: &Value) -> usize {
    match tree {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn nodes(tree: &Value) -> usize {
    match tree {
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(nodes).sum::<usize>(),
        _ => 1,
    }
}

/// A JSON payload; what is read survives being written and read again, and so does what is salvaged.
pub fn json(bytes: &[u8]) {
    let format = Format::new(FormatKind::Json);
    if let Some(tree) = format.salvage(bytes, &|_| true) {
        assert!(depth(&tree) <= MAX_DEPTH + 2, "deeper than the limit");
        assert!(format.parse(tree.to_string().as_bytes()).is_ok(), "salvaged and read again");
    }
    if let Some(tree) = parse(FormatKind::Json, bytes) {
        let written = tree.to_string();
        let again = Format::new(FormatKind::Json).parse(written.as_bytes()).map(|parsed| parsed.tree);
        assert_eq!(again.map(|again| again.to_string()), Ok(written), "written and read again");
    }
}

/// A payload of several parts, with what its `Content-Type` says of them on the first line; the document holds at most what was sent, in
/// base64, and as much again.
pub fn multipart(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
    let (line, payload) = bytes.split_at(end);
    let content_type = std::str::from_utf8(line).ok().map(str::trim);
    let format = Format::new(FormatKind::Xml);
    let first = format.parse_as(payload, content_type);
    assert_eq!(first, format.parse_as(payload, content_type), "the same bytes, the same result");
    if let Ok(parsed) = first {
        assert!(text_bytes(&parsed.tree) <= 16 * payload.len() + 16, "grown");
    }
}

/// Bytes of all texts of a tree.
fn text_bytes(tree: &Value) -> usize {
    match tree {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(fields) => fields.values().map(text_bytes).sum(),
        _ => 0,
    }
}

/// An XML payload; a small document cannot become a large tree.
pub fn xml(bytes: &[u8]) {
    if let Some(tree) = parse(FormatKind::Xml, bytes) {
        assert!(nodes(&tree) <= 2 * MAX_XML_NODES && nodes(&tree) <= 4 * bytes.len() + 4, "grown");
    }
}

/// A form.
pub fn form(bytes: &[u8]) {
    parse(FormatKind::Form, bytes);
}

/// A status update from a platform; what passes has a known status and a usable time.
pub fn status_update(bytes: &[u8]) {
    match read_status_update(bytes) {
        Ok(update) => {
            assert!(
                update.status.map_or(update.act.is_some(), |status| {
                    huiliu::ticket::Status::SET_BY_PLATFORMS.contains(&status)
                }),
                "a status that none may set passed"
            );
            assert!(update.ticket_id.len() <= bytes.len() && !update.update_id.is_empty());
        }
        Err(reasons) => assert!(!reasons.is_empty(), "refused without a reason"),
    }
}
