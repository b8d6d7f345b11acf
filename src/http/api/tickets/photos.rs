//! Photos of a ticket: those that handlers took, of what was said of it, and those that came with its complaints.

use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::AuditAction;
use crate::desk::FIRST_PHOTO_NUMBER;
use crate::http::Site;
use crate::http::caller::Clerk;
use crate::http::extract::{Nothing, Path, Query};
use crate::http::picture::{KINDS, Picture};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::{RawKey, TicketKey};
use crate::store::{ComplaintView, HandlerLinks, Store, StoreError, Verdict};
use crate::ticket::Status;

/// Most status updates of a ticket that are looked through: the latest.
pub(super) const MAX_UPDATES: usize = 200;
/// Most pictures of the complaints of a ticket.
const MAX_PICTURES: usize = 100;

/// A photo that a handler took.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "HandlerPhoto")]
pub(in crate::http) struct PhotoDocument {
    /// Number of the record with which it is kept.
    #[schemars(example = 17)]
    record: i64,
    /// Its number there.
    #[schemars(example = 10_000)]
    number: u16,
    /// When it came.
    at: Timestamp,
    /// The status that was set with it; null: none was.
    #[schemars(extend("type" = ["string", "null"]), example = &"resolved")]
    status: Option<&'static str>,
    /// Whether it came with an answer that waited for approval then: no citizen saw it by that.
    #[schemars(example = false)]
    submitted: bool,
}

/// A picture that came with a complaint.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ComplaintPicture")]
pub(in crate::http) struct PictureDocument {
    /// Receipt number of the complaint.
    receipt_number: String,
    /// Number of the record with which it came.
    #[schemars(example = 17)]
    record: i64,
    /// Its number there.
    #[schemars(example = 0)]
    number: u16,
    /// Name that its sender gave it.
    #[schemars(example = &"现场.jpg")]
    name: String,
}

/// The pictures that came with complaints, at most 100 of them.
///
/// # Errors
/// The store cannot be read.
pub(super) fn of_complaints(
    store: &mut dyn Store,
    complaints: &[ComplaintView],
) -> Result<Vec<PictureDocument>, StoreError> {
    let mut found = Vec::new();
    for view in complaints.iter().filter(|view| !view.erased) {
        let pictures = store
            .files_of(view.id)?
            .into_iter()
            .filter(|file| file.number < FIRST_PHOTO_NUMBER && KINDS.contains(&file.media_type.as_str()));
        found.extend(pictures.map(|file| PictureDocument {
            receipt_number: view.receipt.clone(),
            record: file.raw.0,
            number: file.number,
            name: file.name,
        }));
        if found.len() >= MAX_PICTURES {
            break;
        }
    }
    found.truncate(MAX_PICTURES);
    Ok(found)
}

/// The photos of a ticket, in the order in which they came, as far as they are kept.
///
/// # Errors
/// The store cannot be read, or what was said is damaged.
pub(super) fn of_ticket(
    store: &mut dyn Store,
    links: Option<&HandlerLinks>,
    key: TicketKey,
) -> Result<Vec<PhotoDocument>, StoreError> {
    let Some(links) = links else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for update in store.updates_of(key, MAX_UPDATES)? {
        let photos = update.said.attachments.iter().filter_map(|file| links.photo_at(&file.url));
        found.extend(photos.map(|(record, number)| PhotoDocument {
            record: record.0,
            number,
            at: update.received_at,
            status: update.said.status.map(Status::wire),
            submitted: update.verdict == Verdict::Submitted,
        }));
    }
    let mut records: Vec<RawKey> = found.iter().map(|photo| RawKey(photo.record)).collect();
    records.sort_unstable();
    records.dedup();
    let kept = store.files_of_records(&records)?;
    found.retain(|photo| kept.iter().any(|file| (file.raw.0, file.number) == (photo.record, photo.number)));
    Ok(found)
}

/// A photo.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http::api) struct PhotoPath {
    /// Id of the ticket.
    #[schemars(regex(pattern = "^[^./]"))]
    #[schemars(example = &"RC-20261122-000001")]
    id: String,
    /// Number of the record.
    #[schemars(example = 17)]
    record: i64,
    /// Number of the photo there.
    #[schemars(example = 10_000)]
    number: u16,
}

pub(in crate::http::api) async fn one(
    Clerk(caller): Clerk,
    State(site): State<Arc<Site>>,
    Path(PhotoPath { id, record, number }): Path<PhotoPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Picture, Problem> {
    let (sight, links) = (Sight::of(&site, &caller), site.links.clone());
    let ticket = id.clone();
    let found = site.reader.ask(move |store| {
        let Some(key) = store.ticket_keys(&[&id])?.remove(&id) else { return Ok(false) };
        if !sight.sees(store, key)? {
            return Ok(false);
        }
        let photos = of_ticket(store, links.as_ref(), key)?;
        if photos.iter().any(|photo| (photo.record, photo.number) == (record, number)) {
            return Ok(true);
        }
        let complaints = store.members(key)?;
        let pictures = of_complaints(store, &complaints)?;
        Ok(pictures.iter().any(|picture| (picture.record, picture.number) == (record, number)))
    });
    if !found.await? {
        return Err(Problem::not_found());
    }
    let entry = site.entry(AuditAction::FetchFile, caller.actor()).about("ticket", [&ticket]);
    site.note(entry.about("record", [record]).about("file", [number])).await?;
    Picture::of(&site, RawKey(record), number).await
}
