//! The OpenAPI document of the admin API, from one table of its operations.

use serde_json::{Map, Value, json};

/// Method, path, role, summary, query parameters, members of the request body.
type Operation =
    (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const OPERATIONS: [Operation; 23] = [
    ("get", "/openapi.json", "none", "This document.", &[], &[]),
    (
        "get",
        "/tickets",
        "viewer",
        "Tickets, newest first.",
        &["after", "limit", "status", "department", "district", "grade", "min_complaints"],
        &[],
    ),
    (
        "get",
        "/tickets/{id}",
        "viewer",
        "One ticket with its complaints, merge events and evidence. Contacts are masked below operator.",
        &[],
        &[],
    ),
    (
        "post",
        "/tickets/{id}/pin",
        "operator",
        "Pin or unpin a ticket: nothing joins a pinned one by itself.",
        &[],
        &["pinned"],
    ),
    (
        "post",
        "/tickets/{id}/merge",
        "operator",
        "Put all complaints of this ticket to another, which answers for it from then on.",
        &[],
        &["into"],
    ),
    (
        "post",
        "/complaints/{receipt}/split",
        "operator",
        "Take a complaint out of its ticket; the pair never merges again by itself.",
        &[],
        &[],
    ),
    (
        "post",
        "/complaints/{receipt}/move",
        "operator",
        "Put a complaint to another ticket; it never joins what it left by itself.",
        &[],
        &["into"],
    ),
    (
        "post",
        "/tickets/{id}/undo",
        "operator",
        "Take back what a person decided last on this ticket: merge, split, move, pin or unpin.",
        &[],
        &[],
    ),
    (
        "get",
        "/explain",
        "viewer",
        "Why two complaints, by their receipt numbers, are or are not one matter by the settings of now.",
        &["a", "b"],
        &[],
    ),
    (
        "get",
        "/reviews",
        "viewer",
        "Open questions whether two belong together, the heaviest first.",
        &["after", "limit"],
        &[],
    ),
    ("post", "/reviews/{id}", "operator", "Answer a question.", &[], &["same"]),
    (
        "get",
        "/quarantine",
        "operator",
        "Records that could not be mapped, with all their problems.",
        &["after", "limit", "channel"],
        &[],
    ),
    (
        "get",
        "/quarantine/{raw_id}",
        "operator",
        "One record that could not be mapped, whole: also a page that could not be read.",
        &[],
        &[],
    ),
    (
        "post",
        "/quarantine/{raw_id}/replay",
        "operator",
        "Map a record again, optionally with mended content.",
        &[],
        &["record"],
    ),
    ("post", "/quarantine/replay", "operator", "Map all quarantined records (of a channel) again.", &["channel"], &[]),
    (
        "get",
        "/warnings",
        "operator",
        "Warnings of accepted records, grouped by channel, field and what they say, with samples; `after` is the `last` of a group.",
        &["after", "limit", "channel", "field"],
        &[],
    ),
    (
        "get",
        "/source-files",
        "viewer",
        "Files that were read as sources, newest first: sheets, rows and what became of them. Names are masked below operator.",
        &["after", "limit", "channel"],
        &[],
    ),
    (
        "get",
        "/replies",
        "viewer",
        "Replies by state: pending, sent, dead (default), no_route.",
        &["after", "limit", "state"],
        &[],
    ),
    ("post", "/replies/{id}/retry", "operator", "Try a reply again.", &[], &[]),
    ("get", "/channels", "viewer", "Channels with lag, last error and alarms.", &[], &[]),
    ("get", "/ledger", "viewer", "The ledger: what was received and what became of it.", &[], &[]),
    (
        "post",
        "/pack/reload",
        "admin",
        "Check the city pack whole and make it live; a faulty one changes nothing.",
        &[],
        &[],
    ),
    (
        "post",
        "/erase",
        "admin",
        "Erase one citizen's personal data; counts stay.",
        &[],
        &["phone", "id_number", "receipt_number"],
    ),
];

/// The document.
#[must_use]
pub fn openapi() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for (method, path, role, summary, query, members) in OPERATIONS {
        let entry = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
        if let Some(entry) = entry.as_object_mut() {
            entry.insert(method.to_owned(), operation(path, role, summary, query, members));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Huiliu admin API", "version": "1", "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "servers": [{ "url": "/api/v1" }],
        "paths": paths,
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
    })
}

fn operation(path: &str, role: &str, summary: &str, query: &[&str], members: &[&str]) -> Value {
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(query.iter().map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } })));
    let error = json!({ "description": "Refused; the body says why in English and Chinese.", "content": { "application/json": { "schema": {
        "type": "object", "properties": { "error": { "type": "string" }, "error_zh": { "type": "string" } },
    } } } });
    let mut operation = json!({
        "summary": summary,
        "description": format!("Role: {role}."),
        "parameters": parameters,
        "security": if role == "none" { json!([]) } else { json!([{ "token": [] }]) },
        "responses": {
            "200": { "description": "Done.", "content": { "application/json": { "schema": { "type": "object" } } } },
            "4XX": error,
        },
    });
    if let (false, Some(operation)) = (members.is_empty(), operation.as_object_mut()) {
        let properties: Map<String, Value> = members.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        operation.insert(
            "requestBody".to_owned(),
            json!({ "content": { "application/json": { "schema": { "type": "object", "properties": properties } } } }),
        );
    }
    operation
}
