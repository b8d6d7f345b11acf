//! Photos that a handler takes: kept with the record of a complaint behind the ticket, so that they go when its data is erased.

use super::step::Step;
use crate::store::{FileRow, HandlerLinks, StoreError};
use crate::ticket::{AnswerFile, StatusUpdate};

/// The first number of a photo of a handler among the files of a record; those that came with the record have lower ones.
const FIRST_NUMBER: u16 = 10_000;

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

/// Adds photos to an update, each under its address; gives what is to be kept once the update is accepted. Without a complaint whose data is
/// there, nothing is kept.
pub(super) fn attach(
    step: &mut Step<'_>,
    update: &mut StatusUpdate,
    (photos, links): (&[HandlerPhoto], &HandlerLinks),
) -> Result<Vec<FileRow>, StoreError> {
    let Some(key) = step.view.ticket_key(&update.ticket_id)?.filter(|_| !photos.is_empty()) else {
        return Ok(Vec::new());
    };
    let members = step.view.members(key)?;
    let Some(raw) = members.iter().find(|member| !member.erased).map(|member| member.raw_id) else {
        return Ok(Vec::new());
    };
    let known = step.view.last_file(raw)?.map_or(FIRST_NUMBER, |last| last.saturating_add(1).max(FIRST_NUMBER));
    let files: Vec<FileRow> = (known..u16::MAX)
        .zip(photos)
        .map(|(number, photo)| FileRow {
            raw,
            number,
            name: format!("{}-{number}.{}", update.ticket_id, photo.ending),
            media_type: photo.media_type.to_owned(),
            bytes: photo.bytes.clone(),
        })
        .collect();
    update.attachments.extend(files.iter().map(|file| AnswerFile {
        url: links.photo_address(file.raw, file.number),
        name: Some(file.name.clone()),
        media_type: Some(file.media_type.clone()),
    }));
    Ok(files)
}
