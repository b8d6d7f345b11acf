//! Numbers of other systems: a keyed hash for looking them up, sealed for being shown.

use super::{Kind, Mark, Place, Sealer, ms};
use crate::{DeliveredEvent, ForeignNumber, StoreError};
use huiliu_domain::key::TicketKey;

pub(crate) struct SealedForeignNumber<'a> {
    pub destination: &'a str,
    pub ticket: i64,
    pub number_mark: Mark,
    pub at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct ForeignNumberCells<'r> {
    pub id: i64,
    pub destination: String,
    pub ticket: i64,
    pub at: i64,
    pub body: &'r [u8],
}

impl Sealer {
    pub(crate) fn new_foreign_number<'a>(&self, row: &'a ForeignNumber) -> Result<SealedForeignNumber<'a>, StoreError> {
        Ok(SealedForeignNumber {
            destination: &row.destination,
            ticket: row.ticket.0,
            number_mark: self.foreign_mark(&row.number),
            at: ms(row.at),
            body: self.text(Kind::ForeignNumber, &row.number)?,
        })
    }

    /// The mark of another system's number. That it is the same elsewhere is no secret: a person looks for it everywhere.
    pub(crate) fn foreign_mark(&self, number: &str) -> Mark {
        self.mark("foreign", &[number.as_bytes()])
    }

    pub(crate) fn foreign_number(&self, cells: ForeignNumberCells<'_>) -> Result<ForeignNumber, StoreError> {
        let place = Place { table: "foreign_number", row: cells.id };
        Ok(ForeignNumber {
            destination: cells.destination,
            ticket: TicketKey(cells.ticket),
            number: self.opened_text(place, Kind::ForeignNumber, cells.body)?,
            at: place.time(cells.at)?,
        })
    }

    pub(crate) fn delivered_event(
        &self,
        (id, done_at, body): (i64, Option<i64>, &[u8]),
    ) -> Result<DeliveredEvent, StoreError> {
        let place = Place { table: "delivery", row: id };
        let body = self.0.open(Kind::Delivery.name(), body).map_err(|error| place.damaged(error))?;
        Ok(DeliveredEvent { at: done_at.map(|at| place.time(at)).transpose()?, body })
    }
}
