//! Photos that a handler takes: kept with the record of a complaint behind the ticket, so that they go when its data is erased; and from
//! wherever that complaint went meanwhile, when nobody is left behind the ticket.

use std::collections::BTreeSet;

use super::status::Refusal;
use super::step::Step;
use super::view::View;
use crate::key::{ComplaintKey, TicketKey};
use crate::store::{FileRow, HandlerLinks, StoreError};
use crate::ticket::{AnswerFile, StatusUpdate};

/// The first number of a photo of a handler among the files of a record; those that came with the record have lower ones.
pub(crate) const FIRST_PHOTO_NUMBER: u16 = 10_000;
/// Most photos of handlers that are kept with a record, and so of a ticket: also of answers that wait for approval, and of those sent back.
const MAX_PHOTOS: u16 = 60;

/// A photo, written anew without what it tells beside the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerPhoto {
    /// Its media type.
    pub media_type: &'static str,
    /// The ending of its name.
    pub ending: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
}

/// Adds photos to an update, each under its address; gives what is to be kept once the update is accepted, or refuses them where too many are
/// kept. Without a complaint whose data is there, nothing is kept.
pub(super) fn attach(
    step: &mut Step<'_>,
    update: &mut StatusUpdate,
    (photos, links): (&[HandlerPhoto], &HandlerLinks),
) -> Result<Result<Vec<FileRow>, Refusal>, StoreError> {
    let Some(key) = step.view.ticket_key(&update.ticket_id)?.filter(|_| !photos.is_empty()) else {
        return Ok(Ok(Vec::new()));
    };
    let members = step.view.members(key)?;
    let Some(raw) = members.iter().find(|member| !member.erased).map(|member| member.raw_id) else {
        return Ok(Ok(Vec::new()));
    };
    let known =
        step.view.last_file(raw)?.map_or(FIRST_PHOTO_NUMBER, |last| last.saturating_add(1).max(FIRST_PHOTO_NUMBER));
    let room = usize::from((FIRST_PHOTO_NUMBER + MAX_PHOTOS).saturating_sub(known));
    if photos.len() > room {
        return Ok(Err(Refusal::TooManyPhotos(MAX_PHOTOS)));
    }
    let files: Vec<FileRow> = (known..u16::MAX)
        .zip(photos)
        .map(|(number, photo)| FileRow {
            raw,
            number,
            name: format!("{}{number}.{}", of_ticket(&update.ticket_id), photo.ending),
            media_type: photo.media_type.to_owned(),
            bytes: photo.bytes.clone(),
        })
        .collect();
    update.attachments.extend(files.iter().map(|file| AnswerFile {
        url: links.photo_address(file.raw, file.number),
        name: Some(file.name.clone()),
        media_type: Some(file.media_type.clone()),
    }));
    Ok(Ok(files))
}

/// What the name of a photo begins with, by its ticket.
fn of_ticket(id: &str) -> String {
    format!("{id}-")
}

/// Lets go of the photos of a ticket behind which the data of nobody is left: those that are kept with complaints that were on it before.
pub(super) fn forget(view: &mut View<'_>, key: TicketKey) -> Result<(), StoreError> {
    if view.members(key)?.iter().any(|member| !member.erased) {
        return Ok(());
    }
    let Some(name) = view.loaded(key).map(|detail| of_ticket(&detail.ticket.id)) else { return Ok(()) };
    let events = view.merge_events(key)?.into_iter().filter(|event| event.from == Some(key));
    let gone: BTreeSet<ComplaintKey> = events.filter_map(|event| event.complaint).collect();
    for complaint in gone {
        view.forget_files(complaint, |file| file.number >= FIRST_PHOTO_NUMBER && file.name.starts_with(&name))?;
    }
    Ok(())
}
