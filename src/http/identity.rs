//! Every request has a number: in its answer (`x-request-id`, and in problem documents), and in the log.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use huiliu_adapter_api::Refusal;
use ring::rand::{SecureRandom as _, SystemRandom};
use tracing::Instrument as _;

use super::Site;
use super::audited::Identity;
use super::pages::ToldByPage;
use super::problem::Reasons;
use crate::mask::mask_text;

/// The header with the number of a request, of the caller's own choice or made here.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest number of a caller's own choice, in characters.
const MAX_ID_CHARS: usize = 64;
/// Lines in the log about refused requests, in a minute: strangers must not fill the disk.
const MAX_LINES_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);

/// The number of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbered(pub String);

/// Whether one more refusal may be written into the log.
pub(super) type RefusalLines = Arc<DefaultDirectRateLimiter>;

/// All lines of a minute are still free.
pub(super) fn refusal_lines() -> RefusalLines {
    Arc::new(RateLimiter::direct(Quota::per_minute(MAX_LINES_PER_MINUTE)))
}

/// Numbers a request. Neither its path nor its query is logged: both may name a citizen.
pub(super) async fn identified(
    State((lines, site)): State<(RefusalLines, Arc<Site>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let chosen = given(request.headers());
    // The audit log outlives an erasure: a number that may be a citizen's does not go there.
    let audited = chosen.as_ref().is_none_or(|id| mask_text(id) == *id);
    let id = chosen.unwrap_or_else(new_id);
    let address = site.doorkeeper.proxies.address(request.extensions(), request.headers());
    let identity = Arc::new(Identity { request: audited.then(|| id.clone()), address, ..Identity::default() });
    request.extensions_mut().insert(identity);
    request.extensions_mut().insert(Numbered(id.clone()));
    let span = tracing::info_span!("request", request_id = id);
    let mut response = answered(State((lines, site)), request, next).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Writes what a refused request is told, and notes that it was refused.
pub(super) async fn answered(
    State((lines, site)): State<(RefusalLines, Arc<Site>)>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let identity = request.extensions().get::<Arc<Identity>>().cloned().unwrap_or_default();
    let Numbered(id) = request.extensions().get().cloned().unwrap_or_default();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        site.note_refusal(refusal.code, &identity, &route).await;
        if response.extensions_mut().remove::<ToldByPage>().is_none() {
            tell(&mut response, &refusal, &id);
        }
        if refusal.code.status().is_server_error() || lines.check().is_ok() {
            let (code, status) = (refusal.code.name(), refusal.code.status().as_u16());
            tracing::info!(request_id = id, %method, route, status, code, "A request was refused.");
        }
    }
    response
}

/// Writes the document of a refusal.
fn tell(response: &mut Response, refusal: &Refusal, id: &str) {
    let mut document = refusal.document(Some(id));
    if let (Some(Reasons(reasons)), Some(members)) =
        (response.extensions_mut().remove::<Reasons>(), document.as_object_mut())
    {
        members.insert("reasons".to_owned(), reasons.into());
    }
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(document.to_string());
}

fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    ((1..=MAX_ID_CHARS).contains(&id.len()) && id.chars().all(is_plain)).then(|| id.to_owned())
}

fn new_id() -> String {
    let mut bytes = [0; 8];
    // Without random numbers requests share a number, and are answered all the same.
    let _shared = SystemRandom::new().fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}
