//! Channels that are paused: why, sealed.

use super::{Kind, Place, Sealer};
use crate::{PauseRow, StoreError};

pub(crate) struct PauseCells<'r> {
    pub id: i64,
    pub channel: String,
    pub at: i64,
    pub actor: String,
    pub reason: &'r [u8],
}

impl Sealer {
    pub(crate) fn pause_reason(&self, reason: &str) -> Result<Vec<u8>, StoreError> {
        self.text(Kind::Reason, reason)
    }

    pub(crate) fn pause(&self, cells: PauseCells<'_>) -> Result<PauseRow, StoreError> {
        let place = Place { table: "pause", row: cells.id };
        let reason = self.opened_text(place, Kind::Reason, cells.reason)?;
        Ok(PauseRow { channel: cells.channel, at: place.time(cells.at)?, actor: cells.actor, reason })
    }
}
