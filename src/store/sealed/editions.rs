//! Editions of reports: the names and contents of their files, sealed.

use super::{Kind, Place, Sealer};
use crate::{EditionFile, StoreError};

pub(crate) struct SealedFile {
    pub format: String,
    pub name: Vec<u8>,
    pub body: Vec<u8>,
}

pub(crate) struct EditionFileCells<'r> {
    pub id: i64,
    pub format: String,
    pub name: &'r [u8],
    pub body: &'r [u8],
}

impl Sealer {
    pub(crate) fn edition_file(&self, file: &EditionFile) -> Result<SealedFile, StoreError> {
        let body = self.0.seal(Kind::Edition.name(), &file.content).map_err(StoreError::unavailable)?;
        Ok(SealedFile { format: file.format.clone(), name: self.text(Kind::EditionName, &file.name)?, body })
    }

    pub(crate) fn opened_edition_file(&self, cells: EditionFileCells<'_>) -> Result<EditionFile, StoreError> {
        let place = Place { table: "edition_file", row: cells.id };
        let content = self.0.open(Kind::Edition.name(), cells.body).map_err(|error| place.damaged(error))?;
        Ok(EditionFile { format: cells.format, name: self.opened_text(place, Kind::EditionName, cells.name)?, content })
    }

    /// A time of a row of editions or boards.
    pub(crate) fn edition_time(table: &'static str, row: i64, ms: i64) -> Result<jiff::Timestamp, StoreError> {
        Place { table, row }.time(ms)
    }
}
