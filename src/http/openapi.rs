//! The OpenAPI document, from the table of routes and the types that its handlers read and give.

mod examples;
mod words;

use aide::axum::routing::ApiMethodDocs;
use aide::openapi::{ApiKeyLocation, Info, License, OpenApi, ReferenceOr, SecurityScheme, Server};
use serde_json::{Value, json};

use super::{export, server};

/// Name of the scheme of access tokens.
pub(super) const TOKEN_SCHEME: &str = "token";
/// Name of the scheme of channels that ask for an API key.
pub(super) const CHANNEL_KEY_SCHEME: &str = "channel_key";

/// The document.
#[must_use]
pub fn openapi() -> Value {
    let mut document = OpenApi {
        info: Info {
            title: "Huiliu API".to_owned(),
            version: "1".to_owned(),
            description: Some(
                "Endpoints of channels, health, and the admin API. Every refusal is a problem document (RFC 9457) with the number \
                 of the request, which is also in the header x-request-id. Lists are pages: `next` of one is `after` of the next."
                    .to_owned(),
            ),
            license: Some(License {
                name: "Apache-2.0".to_owned(),
                identifier: Some("Apache-2.0".to_owned()),
                ..License::default()
            }),
            ..Info::default()
        },
        servers: vec![Server { url: "/".to_owned(), ..Server::default() }],
        ..OpenApi::default()
    };
    drop(server::routes(server::Door::Whole).finish_api(&mut document));
    let components = document.components.get_or_insert_default();
    let token = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: None,
        description: Some("An access token, made with `huiliu token new`.".to_owned()),
        extensions: Default::default(),
    };
    let key = SecurityScheme::ApiKey {
        location: ApiKeyLocation::Header,
        name: "x-api-key".to_owned(),
        description: Some(
            "The key of the channel; other channels sign their requests, or carry a secret of their own.".to_owned(),
        ),
        extensions: Default::default(),
    };
    components.security_schemes.insert(TOKEN_SCHEME.to_owned(), ReferenceOr::Item(token));
    components.security_schemes.insert(CHANNEL_KEY_SCHEME.to_owned(), ReferenceOr::Item(key));
    let mut document = serde_json::to_value(document).unwrap_or_else(|_| json!({}));
    plain_enums(&mut document);
    export::describe(&mut document);
    examples::put_in(&mut document);
    document
}

/// Says choices among words as `enum`: generators of clients make nothing useful of `oneOf` with a `const` each.
fn plain_enums(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(plain_enums),
        Value::Object(members) => {
            let choices = members.get("oneOf").and_then(Value::as_array);
            let words: Option<Vec<Value>> =
                choices.and_then(|choices| choices.iter().map(|choice| choice.get("const").cloned()).collect());
            if let Some(words) = words {
                members.remove("oneOf");
                members.insert("type".to_owned(), json!("string"));
                members.insert("enum".to_owned(), Value::Array(words));
            }
            members.values_mut().for_each(plain_enums);
        }
        _ => {}
    }
}

/// Endpoints of channels: what they read and give is a matter of the city pack.
pub(super) fn pushed(id: &str) -> ApiMethodDocs {
    let in_path = |name: &str, what: &str| json!({ "name": name, "in": "path", "required": true, "description": what, "schema": { "type": "string" } });
    let mut parameters = vec![in_path("channel", "Id of the channel.")];
    if id.ends_with("Path") {
        parameters.push(in_path("rest", "A path that the channel's settings may look at."));
    }
    let refused = json!({
        "description": "Refused.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    let sent = json!({ "description": "Whatever the format of the channel's file reads." });
    let answer = json!({
        "description": "Whatever the template of the channel's file writes. Without one: `code`, 0, and in `outcomes` what became of each record.",
    });
    let outcome = json!({ "id": "2611220001", "state": "accepted", "receipt_number": "RC2611220000001" });
    let operation = json!({
        "operationId": id, "tags": ["channels"],
        "summary": "Hand in records; they are stored when the answer comes.",
        "description": "What is sent, and what comes back, has the format of the channel: JSON as here, XML or a form. A body may be packed (content-encoding: gzip).",
        "parameters": parameters, "security": [{ CHANNEL_KEY_SCHEME: [] }],
        "requestBody": { "required": true, "content": {
            "application/json": { "schema": sent, "example": [{ "number": "2611220001", "kind": "投诉", "title": "路灯不亮", "text": "青鱼滩路路灯不亮。" }] },
        } },
        "responses": {
            "200": { "description": "Stored. The channel's file says in `[settings.answer]` what comes back, and in which media type.", "content": {
                "application/json": { "schema": answer, "example": { "code": 0, "outcomes": [outcome] } },
            } },
            "4XX": refused, "5XX": refused,
        },
    });
    ApiMethodDocs::new("post", serde_json::from_value(operation).unwrap_or_default())
}
