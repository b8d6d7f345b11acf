//! Deliveries: what is sealed of them, and what their rows mean.

use super::{Kind, Place, Sealer, count_out, ms};
use crate::changes::without_complaint;
use crate::{DeliveryResult, DeliveryRow, DeliveryState, DeliveryView, PendingDelivery, StoreError};
use huiliu_domain::key::{DeliveryKey, TicketKey};

pub(crate) struct SealedDelivery<'a> {
    pub destination: &'a str,
    pub ticket: i64,
    pub ticket_id: &'a str,
    pub version: i64,
    pub message_id: &'a str,
    pub kind: &'a str,
    pub at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedResult {
    pub state: &'static str,
    pub error: Option<Vec<u8>>,
    pub proof: Option<Vec<u8>>,
    pub next_at: Option<i64>,
    pub done: bool,
}

pub(crate) struct DeliveryCells<'r> {
    pub id: i64,
    pub ticket: i64,
    pub ticket_id: String,
    pub version: i64,
    pub message_id: String,
    pub kind: String,
    pub at: i64,
    pub attempts: u32,
    pub is_repeated: bool,
    pub body: &'r [u8],
}

pub(crate) struct DeliveryViewCells<'r> {
    pub id: i64,
    pub destination: String,
    pub ticket_id: String,
    pub version: i64,
    pub message_id: String,
    pub kind: String,
    pub at: i64,
    pub state: &'r str,
    pub attempts: u32,
    pub next_at: i64,
    pub done_at: Option<i64>,
    pub error: Option<&'r [u8]>,
    pub proof: Option<&'r [u8]>,
}

fn place(row: i64) -> Place {
    Place { table: "delivery", row }
}

impl Sealer {
    pub(super) fn new_delivery<'a>(&self, row: &'a DeliveryRow) -> Result<SealedDelivery<'a>, StoreError> {
        Ok(SealedDelivery {
            destination: &row.destination,
            ticket: row.ticket.0,
            ticket_id: &row.ticket_id,
            version: count_out(row.version),
            message_id: &row.message_id,
            kind: &row.kind,
            at: ms(row.at),
            body: self.document(Kind::Delivery, &row.body)?,
        })
    }

    pub(crate) fn delivery_result(&self, result: &DeliveryResult) -> Result<SealedResult, StoreError> {
        let text = |kind, text: &Option<String>| text.as_deref().map(|text| self.text(kind, text)).transpose();
        Ok(SealedResult {
            state: result.state.name(),
            error: text(Kind::Error, &result.error)?,
            proof: text(Kind::Proof, &result.proof)?,
            next_at: result.next_at.map(ms),
            done: result.state != DeliveryState::Pending,
        })
    }

    pub(crate) fn pending_delivery(&self, cells: DeliveryCells<'_>) -> Result<PendingDelivery, StoreError> {
        let place = place(cells.id);
        let body = self.0.open(Kind::Delivery.name(), cells.body).map_err(|error| place.damaged(error))?;
        Ok(PendingDelivery {
            id: DeliveryKey(cells.id),
            ticket: TicketKey(cells.ticket),
            ticket_id: cells.ticket_id,
            version: place.count(cells.version)?,
            message_id: cells.message_id,
            kind: cells.kind,
            at: place.time(cells.at)?,
            attempts: cells.attempts,
            is_repeated: cells.is_repeated,
            body,
        })
    }

    pub(crate) fn delivery_view(&self, cells: DeliveryViewCells<'_>) -> Result<DeliveryView, StoreError> {
        let place = place(cells.id);
        let text = |kind, sealed: Option<&[u8]>| sealed.map(|text| self.opened_text(place, kind, text)).transpose();
        Ok(DeliveryView {
            id: DeliveryKey(cells.id),
            destination: cells.destination,
            ticket_id: cells.ticket_id,
            version: place.count(cells.version)?,
            message_id: cells.message_id,
            kind: cells.kind,
            at: place.time(cells.at)?,
            state: place.name(DeliveryState::from_name(cells.state), cells.state)?,
            attempts: cells.attempts,
            next_at: place.time(cells.next_at)?,
            done_at: cells.done_at.map(|at| place.time(at)).transpose()?,
            last_error: text(Kind::Error, cells.error)?,
            proof: text(Kind::Proof, cells.proof)?,
        })
    }

    /// An event without what it says of an erased complaint. One that cannot be read says nothing any more.
    pub(crate) fn delivery_without(&self, sealed: &[u8], receipt: &str) -> Result<Vec<u8>, StoreError> {
        let event = self.opened(place(0), Kind::Delivery, sealed).unwrap_or_default();
        self.document(Kind::Delivery, &without_complaint(event, receipt))
    }
}
