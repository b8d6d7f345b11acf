//! Stage: matters that were finished before the gateway knew of them are taken in: no events, no replies, no clocks; merging knows
//! them as it knows its own finished ones.

use serde_json::Value;

use super::prepare::Prepared;
use super::step::Step;
use crate::complaint::ComplaintState;
use crate::key::TicketKey;
use crate::mapping::Past;
use crate::store::{ComplaintRow, ComplaintView, NewRaw, RawState, StoreError};

/// A record of a finished matter.
#[derive(Debug, Clone)]
pub struct PastRecord {
    /// The adapter's id of the record.
    pub record_id: String,
    /// The record.
    pub body: Value,
    /// Digest of its content.
    pub digest: [u8; 16],
    /// What was read of it.
    pub past: Past,
}

/// What became of a record of a finished matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastFate {
    /// It was taken in.
    Taken,
    /// It was taken in before.
    Repeated,
    /// A complaint with its number is there that came by its channel: what is handled, or was handled here, is no history.
    Live,
    /// Its data was erased.
    Erased,
}

/// Takes finished matters in; what became of each, in their order.
pub(super) fn take_past(
    step: &mut Step<'_>,
    channel: &str,
    records: &[PastRecord],
) -> Result<Vec<PastFate>, StoreError> {
    let fates = records.iter().map(|record| take_one(step, channel, record)).collect();
    // What was finished too long ago for a recurrence is known to the store alone, as after a start.
    step.forget();
    fates
}

fn take_one(step: &mut Step<'_>, channel: &str, record: &PastRecord) -> Result<PastFate, StoreError> {
    let past = &record.past;
    if let Some(head) = step.view.head(&(channel.to_owned(), past.complaint.number.clone()))? {
        let known = step.view.complaint(head.id)?;
        return Ok(match known {
            _ if head.erased => PastFate::Erased,
            Some(view) if view.state == ComplaintState::Past => PastFate::Repeated,
            Some(_) | None => PastFate::Live,
        });
    }
    let read = Prepared::new(&past.complaint, step.state.vault(), &step.rules, past.received_at);
    let (raw_id, id, ticket) = (step.next_raw(), step.next_complaint(), step.open_ticket());
    let view = ComplaintView {
        id,
        receipt: step.rules.numbering.receipt(id, step.now),
        ticket,
        raw_id,
        received_at: past.received_at,
        erased: false,
        revision: 1,
        state: ComplaintState::Open,
        complaint: past.complaint.clone(),
    };
    step.view.keep_past(NewRaw {
        id: raw_id,
        channel: channel.to_owned(),
        record_id: record.record_id.clone(),
        digest: step.state.vault().mark("content", &[&record.digest]),
        state: RawState::Complaint,
        complaint: Some(id),
        rule: None,
        received_at: step.now,
        settings_version: step.rules.version.clone(),
        source_file: None,
        body: record.body.clone(),
    });
    step.view.add_complaint(row(&view, &read), view.clone());
    step.view.set_state(id, ComplaintState::Past)?;
    finished(step, ticket, &view, &read, past);
    step.index_as(id, ticket, &read.reading.profile);
    step.state.finish_ticket(ticket, past.finished_at);
    Ok(PastFate::Taken)
}

fn row(view: &ComplaintView, read: &Prepared) -> ComplaintRow {
    ComplaintRow {
        id: view.id,
        receipt: view.receipt.clone(),
        raw_id: view.raw_id,
        ticket: view.ticket,
        district: read.reading.district.clone(),
        category: read.reading.route.category.clone(),
        received_at: view.received_at,
        phone_hash: read.hashes.phone,
        id_hash: read.hashes.id_number,
        account_hash: read.hashes.account,
        complaint: view.complaint.clone(),
    }
}

/// The ticket of a finished matter. Nobody was sent it, so that nobody but people speaks of it.
fn finished(step: &mut Step<'_>, key: TicketKey, view: &ComplaintView, read: &Prepared, past: &Past) {
    let Some(detail) = step.view.change(key) else { return };
    let (ticket, complaint) = (&mut detail.ticket, &view.complaint);
    ticket.version = 1;
    ticket.status = past.status;
    ticket.created_at = past.received_at;
    ticket.finished_at = Some(past.finished_at);
    ticket.sent_to = Some(Vec::new());
    ticket.complaints = 1;
    ticket.route = read.reading.route.clone();
    (ticket.title, ticket.text) = (complaint.title.clone(), complaint.text.clone());
    (ticket.address, ticket.point) = (complaint.place.address.clone(), complaint.place.point);
    step.view.show(view);
}

/// Finished matters of a channel.
pub(super) struct TakePast {
    pub channel: String,
    pub records: Vec<PastRecord>,
}

impl super::job::Job for TakePast {
    type Answer = Vec<PastFate>;

    fn run(&self, step: &mut Step<'_>) -> Result<Self::Answer, StoreError> {
        take_past(step, &self.channel, &self.records)
    }
}
