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

/// A JSON payload; what is read survives being written and read again.
pub fn json(bytes: &[u8]) {
    if let Some(tree) = parse(FormatKind::Json, bytes) {
        let written = tree.to_string();
        let again = Format::new(FormatKind::Json).parse(written.as_bytes()).map(|parsed| parsed.tree);
        assert_eq!(again.map(|again| again.to_string()), Ok(written), "written and read again");
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
                huiliu::ticket::Status::SET_BY_PLATFORMS.contains(&update.status),
                "a status that none may set passed"
            );
            assert!(update.ticket_id.len() <= bytes.len() && !update.update_id.is_empty());
        }
        Err(reasons) => assert!(!reasons.is_empty(), "refused without a reason"),
    }
}
