//! City packs: their files and the reasons why they went live, sealed.

use super::{Kind, Place, Sealer, ms};
use crate::{LivePack, PackCause, PackVersion, StoreError};

pub(crate) struct SealedPack {
    pub at: i64,
    pub content: Vec<u8>,
    pub reason: Vec<u8>,
}

pub(crate) struct PackCells<'r> {
    pub number: i64,
    pub version: String,
    pub digest: &'r [u8],
    pub at: i64,
    pub actor: String,
    pub cause: &'r str,
    pub reason: &'r [u8],
    pub size_bytes: i64,
}

impl Sealer {
    pub(crate) fn pack(&self, pack: &LivePack) -> Result<SealedPack, StoreError> {
        let content = self.0.seal(Kind::Pack.name(), &pack.content).map_err(StoreError::unavailable)?;
        Ok(SealedPack { at: ms(pack.at), content, reason: self.text(Kind::Reason, &pack.reason)? })
    }

    pub(crate) fn pack_version(&self, cells: PackCells<'_>) -> Result<PackVersion, StoreError> {
        let place = Place { table: "pack_version", row: cells.number };
        Ok(PackVersion {
            number: cells.number,
            version: cells.version,
            digest: cells.digest.try_into().map_err(|error| place.damaged(error))?,
            at: place.time(cells.at)?,
            actor: cells.actor,
            cause: place.name(PackCause::from_name(cells.cause), cells.cause)?,
            reason: self.opened_text(place, Kind::Reason, cells.reason)?,
            size_bytes: place.count(cells.size_bytes)?,
        })
    }

    pub(crate) fn pack_files(&self, row: i64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let place = Place { table: "pack_content", row };
        self.0.open(Kind::Pack.name(), sealed).map_err(|error| place.damaged(error))
    }
}
