//! Photos: those that citizens sent, for who has a link that holds; and those that handlers took, for who has their address.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;

use super::{Turn, document, links, open};
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::extract::Path;
use crate::http::picture::Picture;
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
) -> Result<Picture, Problem> {
    let opened = open(&site, &token).await?.map_err(|_void| Problem::not_found())?;
    let feed = opened.feed().ok_or_else(Problem::not_found)?;
    let shown = document::photos(&opened.detail, feed);
    let (raw, number) = *shown.get(place).ok_or_else(Problem::not_found)?;
    let entry = opened.entry(&site, AuditAction::FetchFile).about("record", [raw]).about("file", [number]);
    site.note(entry).await?;
    Picture::of(&site, raw, number).await
}

pub(in crate::http) async fn taken_photo(
    _: Turn,
    State(site): State<Arc<Site>>,
    Path(TakenPath { raw, number, tag }): Path<TakenPath>,
) -> Result<Picture, Problem> {
    let raw = RawKey(raw);
    if !links(&site)?.opens_photo(raw, number, &tag) {
        return Err(Problem::not_found());
    }
    Picture::of(&site, raw, number).await
}
