//! Photos: those that citizens sent, for who has a link that holds; and those that handlers took, for who has their address. Either is
//! written anew as a picture before it is shown: what a browser gets is one, whatever was sent.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Response};
use huiliu_photo::read;
use serde::Deserialize;

use super::{Turn, document, links, open};
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::key::RawKey;

/// A photo of a citizen.
#[derive(Deserialize)]
pub(in crate::http) struct PhotoPath {
    token: String,
    /// Its place among those that the page shows, from 0.
    place: usize,
}

/// A photo of a handler.
#[derive(Deserialize)]
pub(in crate::http) struct TakenPath {
    raw: i64,
    number: u16,
    tag: String,
}

pub(in crate::http) async fn photo(
    _: Turn,
    State(site): State<Arc<Site>>,
    Path(PhotoPath { token, place }): Path<PhotoPath>,
) -> Result<Response, Problem> {
    let opened = open(&site, &token).await?.map_err(|_void| Problem::not_found())?;
    let feed = opened.feed().ok_or_else(Problem::not_found)?;
    let shown = document::photos(&opened.detail, feed);
    let (raw, number) = *shown.get(place).ok_or_else(Problem::not_found)?;
    let entry = opened.entry(&site, AuditAction::FetchFile).about("record", [raw]).about("file", [number]);
    site.note(entry).await?;
    picture(&site, raw, number).await
}

pub(in crate::http) async fn taken_photo(
    _: Turn,
    State(site): State<Arc<Site>>,
    Path(TakenPath { raw, number, tag }): Path<TakenPath>,
) -> Result<Response, Problem> {
    let raw = RawKey(raw);
    if !links(&site)?.opens_photo(raw, number, &tag) {
        return Err(Problem::not_found());
    }
    picture(&site, raw, number).await
}

async fn picture(site: &Site, raw: RawKey, number: u16) -> Result<Response, Problem> {
    let found = site.reader.ask(move |store| store.file(raw, number)).await?;
    let photo = found.and_then(|file| read(file.bytes.into()).ok()).ok_or_else(Problem::not_found)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(photo.media_type())),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, photo.bytes).into_response())
}
