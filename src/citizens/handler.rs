//! The page of a handler: the matter, how long there is, "called", "met", and the result. The token stands in the address alone, and goes on to
//! nobody: the page has no links to elsewhere and tells nobody where it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, Limited};
use huiliu_domain::catalogue::say;
use huiliu_domain::page::is_from_here;
use multer::Multipart;
use serde_json::{Value, json};

use crate::api::{NoAnswer, path};
use crate::visitor::Visitor;
use crate::{Site, page};

/// Largest body of what a handler says: three photos of 5 MiB, and words.
const MAX_BODY_BYTES: usize = (3 * (5 << 20)) + (64 << 10);
/// Most parts that are looked at.
const MAX_PARTS: usize = 16;
/// The fields that are handed on.
const FIELDS: [&str; 6] = ["what", "once", "ticket", "at", "words", "days"];
/// What can be said.
const WHAT: [&str; 5] = ["called", "met", "resolved", "extension", "returned"];

/// What somebody has filled in.
#[derive(Default)]
struct Filled {
    fields: BTreeMap<&'static str, String>,
    photos: Vec<String>,
}

pub(crate) async fn open(State(site): State<Arc<Site>>, visitor: Visitor, Path(token): Path<String>) -> Response {
    shown(&site, (&visitor, StatusCode::OK), &token, (&Filled::default(), "", "")).await
}

pub(crate) async fn say(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // Who has the token needs no other page to use it: a page that has got hold of one does not have it used by a handler's own browser.
    if !is_from_here(&parts.headers, site.public_url.as_deref()) {
        let said = say!(in visitor.locale; "handler-elsewhere");
        return plain(&site, (&visitor, StatusCode::FORBIDDEN), &say!(in visitor.locale; "citizens-refused"), &said);
    }
    let filled = match read(parts.headers.get(CONTENT_TYPE), body).await {
        Ok(filled) => filled,
        Err(Unread::TooLarge) => {
            let said = say!(in visitor.locale; "handler-too-large");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return plain(&site, (&visitor, status), &say!(in visitor.locale; "citizens-refused"), &said);
        }
        Err(Unread::NoForm) => {
            let wrong = say!(in visitor.locale; "handler-unreadable");
            return shown(&site, (&visitor, StatusCode::BAD_REQUEST), &token, (&Filled::default(), "", &wrong)).await;
        }
    };
    let field = |name| filled.fields.get(name).map(String::as_str).unwrap_or_default();
    let document = json!({
        "what": field("what"), "once": field("once"), "ticket": field("ticket"), "at": field("at"), "words": field("words"),
        "days": field("days"),
        "photos": filled.photos,
    });
    match site.api.post(&visitor, address(&token), &document).await {
        Ok(told) if told["void"].is_string() => void(&site, &visitor, &told),
        Ok(told) => noted(&site, &visitor, &token, (field("what"), &told)).await,
        Err(NoAnswer::Refused(refused)) => {
            let said = (&filled, "", refused.said(visitor.locale));
            page::again_after(shown(&site, (&visitor, refused.status), &token, said).await, refused.after)
        }
        Err(reason) => trouble(&site, &visitor, &reason),
    }
}

fn address(token: &str) -> String {
    format!("/handlers/v1{}", path([token]))
}

/// The page after something was said.
async fn noted(site: &Site, visitor: &Visitor, token: &str, (what, told): (&str, &Value)) -> Response {
    let locale = visitor.locale;
    let verdict = told["verdict"].as_str().unwrap_or_default();
    if what == "returned" && matches!(verdict, "accepted" | "repeated") {
        let (heading, said) = (say!(in locale; "handler-gave-back"), say!(in locale; "handler-gave-back-do"));
        return plain(site, (visitor, StatusCode::OK), &heading, &said);
    }
    let said = match verdict {
        "accepted" if what == "extension" => say!(in locale; "handler-asked"),
        "submitted" => say!(in locale; "handler-submitted"),
        "late" => say!(in locale; "handler-late"),
        "repeated" => say!(in locale; "handler-repeated"),
        _ => say!(in locale; "handler-noted"),
    };
    if matches!(told["ticket_status"].as_str(), Some("resolved" | "closed" | "rejected")) {
        let (heading, said) = (say!(in locale; "handler-done"), say!(in locale; "handler-done-do"));
        return plain(site, (visitor, StatusCode::OK), &heading, &said);
    }
    shown(site, (visitor, StatusCode::OK), token, (&Filled::default(), &said, "")).await
}

async fn shown(
    site: &Site,
    (visitor, status): (&Visitor, StatusCode),
    token: &str,
    (filled, said, wrong): (&Filled, &str, &str),
) -> Response {
    let matter = match site.api.get(visitor, address(token)).await {
        Ok(matter) if matter["void"].is_string() => return void(site, visitor, &matter),
        Ok(matter) => matter,
        Err(reason) => return trouble(site, visitor, &reason),
    };
    let photos: Vec<String> =
        (0..matter["photos"].as_u64().unwrap_or_default()).map(|at| path(["h", token, &at.to_string()])).collect();
    let view = json!({
        "matter": matter, "action": path(["h", token]), "photos": photos, "said": said, "wrong": wrong, "before": filled.fields,
    });
    let title = say!(in visitor.locale; "handler-matter");
    page::show((visitor, status), &(site.zone)(), ("handler.html", &title), &view)
}

/// A link that holds no more.
fn void(site: &Site, visitor: &Visitor, told: &Value) -> Response {
    let locale = visitor.locale;
    let (heading, said) = match told["void"].as_str().unwrap_or_default() {
        "expired" => (say!(in locale; "handler-expired"), say!(in locale; "handler-expired-do")),
        "merged" => (say!(in locale; "handler-merged"), say!(in locale; "handler-merged-do")),
        "finished" => (say!(in locale; "handler-finished"), say!(in locale; "handler-finished-do")),
        _ => (say!(in locale; "handler-handed-over"), say!(in locale; "handler-handed-over-do")),
    };
    plain(site, (visitor, StatusCode::GONE), &heading, &said)
}

/// A link that was never one sounds the same whatever it is.
fn trouble(site: &Site, visitor: &Visitor, reason: &NoAnswer) -> Response {
    if *reason != NoAnswer::NotFound {
        return page::trouble(visitor, &(site.zone)(), reason);
    }
    let locale = visitor.locale;
    let (heading, said) = (say!(in locale; "handler-unknown"), say!(in locale; "handler-unknown-do"));
    plain(site, (visitor, StatusCode::NOT_FOUND), &heading, &said)
}

fn plain(site: &Site, (visitor, status): (&Visitor, StatusCode), heading: &str, said: &str) -> Response {
    page::plain((visitor, status), &(site.zone)(), (heading, said), false)
}

/// Why what was sent is not read.
enum Unread {
    /// It is too large, or did not come whole.
    TooLarge,
    /// It is not what the page sends.
    NoForm,
}

/// Reads what the page sends.
async fn read(kind: Option<&HeaderValue>, body: Body) -> Result<Filled, Unread> {
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|_cut| Unread::TooLarge)?.to_bytes();
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind.to_str().ok()?).ok()).ok_or(Unread::NoForm)?;
    let filled = parts(body, boundary).await.map_err(|_unread| Unread::NoForm)?;
    // A browser gives these back as they stood in the page.
    let has_said = filled.fields.get("what").is_some_and(|what| WHAT.contains(&what.as_str()));
    let has_number = filled.fields.get("once").is_some_and(|once| !once.is_empty());
    if has_said && has_number { Ok(filled) } else { Err(Unread::NoForm) }
}

async fn parts(body: Bytes, boundary: String) -> Result<Filled, multer::Error> {
    let mut filled = Filled::default();
    let mut parts = Multipart::new(stream::once(async move { Ok::<Bytes, std::convert::Infallible>(body) }), boundary);
    for _ in 0..MAX_PARTS {
        let Some(part) = parts.next_field().await? else { break };
        let name = part.name().unwrap_or_default().to_owned();
        let content = part.bytes().await?;
        if name == "photo" {
            // A page sends an empty part where no photo was chosen.
            filled.photos.extend((!content.is_empty()).then(|| STANDARD.encode(&content)));
        } else if let Some(name) = FIELDS.iter().find(|known| **known == name) {
            filled.fields.insert(name, String::from_utf8_lossy(&content).into_owned());
        }
    }
    Ok(filled)
}
