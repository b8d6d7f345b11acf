//! The documents of one step, sealed before its transaction begins, on two threads when there are many.

use serde::Serialize;

use super::document::{TicketDocument, kind};
use crate::document::ComplaintDocument;
use crate::store::{Changes, StoreError, Vault};

/// Fewest messages of a step for which a second thread is worth its start.
const MANY: usize = 16;

/// The sealed documents of a step, in the order of its rows.
pub(super) struct Sealed {
    pub raw: Vec<Vec<u8>>,
    pub complaints: Vec<Vec<u8>>,
    pub tickets: Vec<Vec<u8>>,
    pub outbox: Vec<Vec<u8>>,
}

impl Sealed {
    /// Seals what a step writes many of.
    ///
    /// # Errors
    /// A document cannot be sealed.
    pub(super) fn of(changes: &Changes, vault: &Vault) -> Result<Self, StoreError> {
        let records = || -> Result<_, StoreError> {
            let raw = all(vault, kind::RAW, changes.raw.iter().map(|raw| &raw.body))?;
            let complaints = changes.complaints.iter().map(|row| ComplaintDocument::from(&row.complaint));
            Ok((raw, all(vault, kind::COMPLAINT, complaints)?))
        };
        let tickets = || -> Result<_, StoreError> {
            let tickets = changes.tickets.iter().map(|(_, ticket)| TicketDocument::of(ticket));
            let outbox = changes.outbox.iter().map(|row| &row.body);
            Ok((all(vault, kind::TICKET, tickets)?, all(vault, kind::OUTBOX, outbox)?))
        };
        let (records, tickets) = if changes.outbox.len() < MANY {
            (records(), tickets())
        } else {
            std::thread::scope(|scope| {
                let beside = scope.spawn(records);
                let tickets = tickets();
                (beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), tickets)
            })
        };
        let ((raw, complaints), (tickets, outbox)) = (records?, tickets?);
        Ok(Self { raw, complaints, tickets, outbox })
    }
}

fn all(vault: &Vault, kind: &str, documents: impl Iterator<Item = impl Serialize>) -> Result<Vec<Vec<u8>>, StoreError> {
    documents.map(|document| vault.seal_document(kind, &document)).collect()
}
