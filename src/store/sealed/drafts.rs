//! Drafts of the city pack: their names and files, sealed.

use super::{Kind, Place, Sealer, ms};
use crate::{Draft, DraftContent, StoreError};

pub(crate) struct SealedDraft {
    pub at: i64,
    pub content: Vec<u8>,
    pub size_bytes: i64,
}

pub(crate) struct DraftCells<'r> {
    pub id: i64,
    pub revision: i64,
    pub base: i64,
    pub label: &'r [u8],
    pub size_bytes: i64,
    pub created: (i64, String),
    pub changed: (i64, String),
}

impl Sealer {
    pub(crate) fn draft_content(&self, content: &DraftContent) -> Result<SealedDraft, StoreError> {
        let sealed = self.0.seal(Kind::Pack.name(), &content.content).map_err(StoreError::unavailable)?;
        let size_bytes = i64::try_from(content.content.len()).unwrap_or(i64::MAX);
        Ok(SealedDraft { at: ms(content.at), content: sealed, size_bytes })
    }

    pub(crate) fn draft_label(&self, label: &str) -> Result<Vec<u8>, StoreError> {
        self.text(Kind::Reason, label)
    }

    pub(crate) fn draft(&self, cells: DraftCells<'_>) -> Result<Draft, StoreError> {
        let place = Place { table: "pack_draft", row: cells.id };
        Ok(Draft {
            id: cells.id,
            revision: cells.revision,
            base: cells.base,
            label: self.opened_text(place, Kind::Reason, cells.label)?,
            size_bytes: place.count(cells.size_bytes)?,
            created_at: place.time(cells.created.0)?,
            created_by: cells.created.1,
            changed_at: place.time(cells.changed.0)?,
            changed_by: cells.changed.1,
        })
    }

    pub(crate) fn draft_files(&self, row: i64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let place = Place { table: "pack_draft", row };
        self.0.open(Kind::Pack.name(), sealed).map_err(|error| place.damaged(error))
    }
}
