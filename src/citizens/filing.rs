//! Filing: at a point with a QR code, by hand, or at a desk for somebody.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use huiliu_domain::catalogue::say;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

use crate::api::{NoAnswer, Refused, address, path};
use crate::visitor::Visitor;
use crate::{Site, filled, page};

/// Bytes of a form beside its photos.
const MAX_FIELDS_BYTES: usize = 256 << 10;
/// After how many seconds a form that takes nothing now is looked at again.
const CLOSED_RETRY_S: HeaderValue = HeaderValue::from_static("300");

/// Where somebody files.
enum Place {
    /// By hand.
    Nowhere,
    Point(String),
    Desk(String),
}

impl Place {
    /// Where its form is sent.
    fn action(&self) -> String {
        match self {
            Self::Nowhere => path(["f"]),
            Self::Point(point) => path(["f", point]),
            Self::Desk(channel) => path(["d", channel]),
        }
    }
}

/// What a page of a form shows.
struct Asked {
    channel: String,
    form: Value,
    point: Value,
    /// Whether it takes nothing now.
    is_paused: bool,
}

pub(crate) async fn blank(state: State<Arc<Site>>, visitor: Visitor) -> Response {
    open(&state, &visitor, Place::Nowhere).await
}

pub(crate) async fn at_point(state: State<Arc<Site>>, visitor: Visitor, Path(point): Path<String>) -> Response {
    open(&state, &visitor, Place::Point(point)).await
}

pub(crate) async fn at_desk(state: State<Arc<Site>>, visitor: Visitor, Path(channel): Path<String>) -> Response {
    open(&state, &visitor, Place::Desk(channel)).await
}

pub(crate) async fn file(state: State<Arc<Site>>, visitor: Visitor, request: Request) -> Response {
    send(&state, &visitor, Place::Nowhere, request).await
}

pub(crate) async fn file_at_point(
    state: State<Arc<Site>>,
    visitor: Visitor,
    Path(point): Path<String>,
    request: Request,
) -> Response {
    send(&state, &visitor, Place::Point(point), request).await
}

pub(crate) async fn file_at_desk(
    state: State<Arc<Site>>,
    visitor: Visitor,
    Path(channel): Path<String>,
    request: Request,
) -> Response {
    send(&state, &visitor, Place::Desk(channel), request).await
}

async fn open(site: &Site, visitor: &Visitor, place: Place) -> Response {
    match asked(site, visitor, &place).await {
        // What was typed before a pause comes back with its form; a form that is opened now is not filled in for nothing.
        Ok(Asked { is_paused: true, form, .. }) => closed(site, visitor, &form),
        Ok(asked) => form_page(site, (visitor, StatusCode::OK), &place, &asked, (BTreeMap::new(), "")),
        Err(reason) => page::trouble(visitor, &(site.zone)(), &reason),
    }
}

async fn send(site: &Site, visitor: &Visitor, place: Place, request: Request) -> Response {
    let asked = match asked(site, visitor, &place).await {
        Ok(asked) => asked,
        Err(reason) => return page::trouble(visitor, &(site.zone)(), &reason),
    };
    let (parts, body) = request.into_parts();
    let Some(body) = whole(body, &asked.form).await else {
        let (zh, en) = (
            "内容或照片太大，或没有发完。请减少照片后再试。",
            "The text or the photos are too large, or did not come whole.",
        );
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        let refused = Refused { status, zh: zh.to_owned(), en: en.to_owned(), after: None };
        return page::trouble(visitor, &(site.zone)(), &NoAnswer::Refused(refused));
    };
    let kind = parts.headers.get(CONTENT_TYPE).cloned();
    let to = address(["forms", &asked.channel, "complaints"]);
    match site.api.forward(visitor, to, (kind.clone(), body.clone())).await {
        Ok(filed) => {
            let receipt = filed["receipt_number"].as_str().unwrap_or_default();
            let view = json!({ "filed": filed, "again": place.action(), "at": path(["q", receipt]) });
            let title = asked.form["title"].as_str().unwrap_or_default();
            page::show((visitor, StatusCode::OK), &(site.zone)(), ("filed.html", title), &view)
        }
        Err(NoAnswer::Refused(refused)) => {
            let before = filled::read(kind.as_ref(), &body).await;
            let said = (before, refused.said(visitor.locale));
            page::again_after(form_page(site, (visitor, refused.status), &place, &asked, said), refused.after)
        }
        Err(reason) => page::trouble(visitor, &(site.zone)(), &reason),
    }
}

/// The form that is meant, and the point.
async fn asked(site: &Site, visitor: &Visitor, place: &Place) -> Result<Asked, NoAnswer> {
    let listed = site.api.get(visitor, address(["forms"])).await?;
    let forms = listed["forms"].as_array().cloned().unwrap_or_default();
    let mut meant = forms.iter().filter(|form| match place {
        Place::Desk(channel) => form["for_staff"] == true && form["id"] == **channel,
        Place::Point(_) => form["for_staff"] == false && form["has_points"] == true,
        Place::Nowhere => form["for_staff"] == false,
    });
    let meant = meant.next().ok_or(NoAnswer::NotFound)?;
    let (channel, is_paused) = (meant["id"].as_str().ok_or(NoAnswer::NotFound)?.to_owned(), meant["paused"] == true);
    let form = site.api.get(visitor, address(["forms", &channel])).await?;
    let point = match place {
        Place::Point(point) => site.api.get(visitor, address(["forms", &channel, "points", point])).await?,
        Place::Nowhere | Place::Desk(_) => Value::Null,
    };
    Ok(Asked { channel, form, point, is_paused })
}

/// The page of a form that takes nothing now.
fn closed(site: &Site, visitor: &Visitor, form: &Value) -> Response {
    let said = say!(in visitor.locale; "citizens-closed");
    let title = form["title"].as_str().unwrap_or_default();
    let page = page::plain((visitor, StatusCode::SERVICE_UNAVAILABLE), &(site.zone)(), (title, &said), false);
    page::again_after(page, Some(CLOSED_RETRY_S))
}

/// The body of a form, where it is not larger than what the form asks for.
async fn whole(body: Body, form: &Value) -> Option<Bytes> {
    let number = |name: &str| form[name].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
    let most = number("photos").saturating_mul(number("photo_bytes")).saturating_add(MAX_FIELDS_BYTES);
    Some(Limited::new(body, most).collect().await.ok()?.to_bytes())
}

fn form_page(
    site: &Site,
    (visitor, status): (&Visitor, StatusCode),
    place: &Place,
    asked: &Asked,
    (mut before, wrong): (BTreeMap<&'static str, String>, &str),
) -> Response {
    let id = before.entry("id").or_default();
    if id.is_empty() {
        *id = new_id();
    }
    let groups = groups(&asked.form);
    let mib = asked.form["photo_bytes"].as_u64().unwrap_or_default() >> 20;
    let view = json!({
        "form": asked.form, "point": asked.point, "action": place.action(), "groups": groups, "mib": mib, "before": before,
        "wrong": wrong,
    });
    let title = asked.form["title"].as_str().unwrap_or_default();
    page::show((visitor, status), &(site.zone)(), ("form.html", title), &view)
}

/// The categories below what they are listed under, in the city's order.
fn groups(form: &Value) -> Vec<(String, Vec<Value>)> {
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    for category in form["categories"].as_array().into_iter().flatten() {
        let name = category["group"].as_str().unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, categories)) => categories.push(category.clone()),
            None => groups.push((name.to_owned(), vec![category.clone()])),
        }
    }
    groups
}

/// What tells one form from all others: sent twice it is the same complaint.
fn new_id() -> String {
    let mut bytes = [0; 16];
    // Without random numbers the form has no number of its own, and is filed all the same.
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => URL_SAFE_NO_PAD.encode(bytes),
        Err(_) => String::new(),
    }
}
