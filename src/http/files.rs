//! `/files/<record>/<number>`: files that citizens sent, for platforms that were given an address. The signature in the address is
//! the authorization; the feed that it was written for must still have permission.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use huiliu_adapter_api::RefusalCode;
use serde::Deserialize;

use super::Site;
use super::auth::Role;
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::audit::{Actor, AuditAction};
use crate::forward::{AddressError, Asked};
use crate::key::RawKey;
use crate::store::FileView;

/// What an address says behind its path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Address {
    feed: String,
    until: i64,
    signature: String,
}

/// Gives one file.
pub(super) async fn file(
    State(site): State<Arc<Site>>,
    Path((raw, number)): Path<(i64, u16)>,
    Query(address): Query<Address>,
) -> Result<Response, Problem> {
    let asked = Asked { feed: address.feed, raw: RawKey(raw), number, until: address.until };
    let addresses = site.files.as_ref().ok_or_else(Problem::not_found)?;
    addresses.check(&asked, &address.signature, site.clock.now()).map_err(refused)?;
    if !site.rules().feeds.get(&asked.feed).is_some_and(|feed| feed.files) {
        let en = "the feed has no permission to fetch files any more";
        return Err(Problem::new(RefusalCode::Forbidden, "该订阅流已无权获取附件", en));
    }
    let found = site.reader.ask(move |store| store.file(RawKey(raw), number)).await?;
    let file = found.ok_or_else(Problem::not_found)?;
    let feed = Actor::new(asked.feed.clone(), Role::Platform.name());
    site.note(site.entry(AuditAction::FetchFile, feed).about("record", [raw]).about("file", [number])).await?;
    tracing::info!(feed = asked.feed, record = raw, number, "A file was fetched.");
    Ok(answer(file))
}

fn refused(error: AddressError) -> Problem {
    let zh = match error {
        AddressError::Forged => "地址无效",
        AddressError::Expired => "地址已过期，请用该工单较新的消息中的地址",
    };
    Problem::new(RefusalCode::Forbidden, zh, error.to_string())
}

/// The content, to be saved and not shown: what a citizen sends may be a page with scripts.
fn answer(file: FileView) -> Response {
    let media_type = HeaderValue::from_str(&file.head.media_type);
    let media_type = media_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (headers, file.bytes).into_response()
}
