//! Stage: what a kept record becomes. A complaint is routed, compared and put on a ticket; new content amends the complaint that
//! is there; what a citizen says of an earlier one reaches its ticket.

mod amend;
mod doubt;

use std::sync::Arc;

use serde_json::{Value, json};

use super::echo::{echo, known_there};
use super::follow_ups::follow_up;
use super::holds::announce;
use super::prepare::Prepared;
use super::rewards::happened;
use super::statements::{beside, stated};
use super::step::{SELF, Step};
use super::view::{Origin, Placed};
use super::watch::look;
use crate::complaint::{Attachment, AttachmentSource, Complaint, ComplaintState, MAX_ATTACHMENTS};
use crate::handling::escalate;
use crate::key::{RawKey, TicketKey};
use crate::mapping::{Mapped, Normalized, Warning};
use crate::merge::{Decision, Zone};
use crate::rewards::Happening;
use crate::store::{ComplaintHead, ComplaintRow, ComplaintView, MergeKind, RawState, StoreError};
use crate::ticket::{Change, EventKind};

/// Decides what a kept record becomes, and writes all of it but the record itself.
pub(super) fn place(
    step: &mut Step<'_>,
    of: Origin<'_>,
    record: &Normalized,
    prepared: Option<&Prepared>,
) -> Result<Placed, StoreError> {
    // Before anything else: what we made elsewhere is ours, whatever else its record says.
    let Some(answered) = &record.applied.answered else { return place_own(step, of, record, prepared) };
    if !is_its_own(step, of.channel, record)?
        && let Some(placed) = echo(step, answered)?
    {
        return Ok(placed);
    }
    let placed = place_own(step, of, record, prepared)?;
    if let Some(head) = placed.complaint.as_ref().filter(|_| placed.state == RawState::Complaint) {
        known_there(step, answered, head.ticket)?;
    }
    Ok(placed)
}

/// Whether a record is of a complaint that its channel has brought.
fn is_its_own(step: &mut Step<'_>, channel: &str, record: &Normalized) -> Result<bool, StoreError> {
    let Mapped::Complaint(complaint) = &record.applied.mapped else { return Ok(false) };
    Ok(step.view.head(&(channel.to_owned(), complaint.number.clone()))?.is_some())
}

/// Decides a record that is of its system's own.
fn place_own(
    step: &mut Step<'_>,
    of: Origin<'_>,
    record: &Normalized,
    prepared: Option<&Prepared>,
) -> Result<Placed, StoreError> {
    match &record.applied.mapped {
        Mapped::Discarded(rule) => Ok(Placed::discarded(rule)),
        Mapped::Quarantined => Ok(Placed::quarantined(problems(&record.applied.warnings))),
        Mapped::FollowUp(said) => Ok(match follow_up(step, said)? {
            Some(head) => Placed::on(RawState::FollowUp, head),
            None => Placed::quarantined(nothing_to_follow()),
        }),
        Mapped::Stated => stated(step, of, &record.applied.statements),
        Mapped::Complaint(complaint) => {
            let mut own = None;
            let read = match prepared {
                Some(read) => read,
                None => own.insert(Prepared::new(complaint, step.state.vault(), &step.rules, step.now)),
            };
            let files = attachments(step, of.raw_id, record)?;
            let placed = if files.is_empty() {
                place_complaint(step, of, complaint, read)?
            } else {
                let mut complaint = Complaint::clone(complaint);
                complaint.attachments.extend(files);
                complaint.attachments.truncate(MAX_ATTACHMENTS);
                place_complaint(step, of, &complaint, read)?
            };
            beside(step, of, placed, &record.applied.statements)
        }
    }
}

/// The files that a record brought: now, or when it was kept.
fn attachments(step: &mut Step<'_>, raw: RawKey, record: &Normalized) -> Result<Vec<Attachment>, StoreError> {
    let attachment = |number: u16, name: &str, media_type: &str| Attachment {
        source: AttachmentSource::File { raw, number, media_type: media_type.to_owned() },
        name: (!name.is_empty()).then(|| name.to_owned()),
    };
    if step.view.is_kept_now(raw) {
        let files = record.files.iter().zip(0..);
        return Ok(files.map(|(file, number)| attachment(number, &file.name, file.media_type)).collect());
    }
    let files = step.view.files_of_record(raw)?;
    Ok(files.iter().map(|file| attachment(file.number, &file.name, &file.media_type)).collect())
}

fn place_complaint(
    step: &mut Step<'_>,
    of: Origin<'_>,
    complaint: &Complaint,
    read: &Prepared,
) -> Result<Placed, StoreError> {
    let raw_id = of.raw_id;
    let known = step.view.head(&(of.channel.to_owned(), complaint.number.clone()))?;
    Ok(match known {
        // Erased for good: the source's copy does not bring it back.
        Some(head) if head.erased => Placed::erased(),
        Some(head) => match doubt::doubt(step, of, head.id, complaint)? {
            Some(doubt) => Placed::quarantined(doubt::doubtful_number(doubt, &complaint.number)),
            None => {
                let changed = amend::amend(step, &head, raw_id, complaint, read)?;
                Placed { unchanged: !changed, ..Placed::on(RawState::Amendment, head) }
            }
        },
        None => Placed::on(RawState::Complaint, accept(step, raw_id, complaint, read)?),
    })
}

/// All problems of a record, as they are kept.
pub(super) fn problems(warnings: &[Warning]) -> Value {
    Value::Array(warnings.iter().map(Warning::to_value).collect())
}

fn nothing_to_follow() -> Value {
    json!([{
        "field": "follow_up.about", "zh": "找不到这条评价所指、且由同一人提出的诉求",
        "en": "no complaint is known that this is about and that is of the same citizen",
    }])
}

/// A new complaint: compared, put on a ticket.
fn accept(
    step: &mut Step<'_>,
    raw_id: RawKey,
    complaint: &Complaint,
    read: &Prepared,
) -> Result<ComplaintHead, StoreError> {
    let decision = step.state.decide(&read.reading, &step.rules);
    // Everything that may fail is read before anything changes.
    // A candidate that cannot be read is none: the complaint gets a ticket of its own.
    let joined = readable(joinable(step, &decision))?;
    let again = match decision.recurs {
        Some(finished) => readable(step.view.ticket(finished).map(|found| found.map(|found| found.ticket.id.clone())))?,
        None => None,
    };
    let id = step.next_complaint();
    let view = ComplaintView {
        id,
        receipt: step.rules.numbering.receipt(id, step.now),
        ticket: joined.unwrap_or_else(|| step.open_ticket()),
        raw_id,
        received_at: read.reading.received_at,
        erased: false,
        revision: 1,
        state: ComplaintState::Open,
        complaint: complaint.clone(),
    };
    step.view.add_complaint(row(&view, read, raw_id), view.clone());
    match joined {
        Some(ticket) => join(step, ticket, &view, read, &decision),
        None => open(step, &view, read, again, &decision),
    }
    let head = ComplaintHead { id, receipt: view.receipt.clone(), ticket: view.ticket, erased: false };
    step.state.insert_decided(id, head.ticket, &read.reading.profile, decision);
    step.note_imprint(id, &read.reading.profile);
    look(step, &view, &read.reading.route)?;
    happened(step, &view, (Happening::Accepted, 0))?;
    if joined.is_some() {
        happened(step, &view, (Happening::Joined, 0))?;
    }
    Ok(head)
}

/// What was looked for, if it can be read.
fn readable<T>(found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(error) if error.is_damage() => {
            tracing::error!(%error, "A ticket that a complaint might join cannot be read.");
            Ok(None)
        }
        found => found,
    }
}

/// The ticket that a complaint joins by itself: chosen by the decision, and still one that can be joined.
fn joinable(step: &mut Step<'_>, decision: &Decision) -> Result<Option<TicketKey>, StoreError> {
    let (Zone::Auto, Some(ticket)) = (decision.zone, decision.ticket) else { return Ok(None) };
    let open = step.view.ticket(ticket)?.is_some_and(|found| !found.ticket.status.is_final() && !found.ticket.pinned);
    Ok(open.then_some(ticket))
}

fn row(view: &ComplaintView, read: &Prepared, raw_id: RawKey) -> ComplaintRow {
    ComplaintRow {
        id: view.id,
        receipt: view.receipt.clone(),
        raw_id,
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

/// A complaint gets a ticket of its own.
fn open(step: &mut Step<'_>, view: &ComplaintView, read: &Prepared, again: Option<String>, decision: &Decision) {
    if let Some(detail) = step.view.change(view.ticket) {
        let ticket = &mut detail.ticket;
        (ticket.title, ticket.text) = (view.complaint.title.clone(), view.complaint.text.clone());
        (ticket.address, ticket.point) = (view.complaint.place.address.clone(), view.complaint.place.point);
        (ticket.route, ticket.complaints, ticket.recurrence_of) = (read.reading.route.clone(), 1, again);
    }
    step.view.show(view);
    step.tag(view.ticket, view);
    step.plan_reminders(view.ticket);
    let change = Change { receipt: Some(view.receipt.clone()), ..Change::default() };
    let doubtful = decision.ticket.is_some() && decision.evidence.is_some();
    announce(step, view.ticket, change, doubtful);
    if let (Some(ticket), Some(evidence)) = (decision.ticket, &decision.evidence) {
        step.ask(view.id, ticket, evidence.clone());
    }
}

/// A complaint joins an open ticket.
fn join(step: &mut Step<'_>, key: TicketKey, view: &ComplaintView, read: &Prepared, decision: &Decision) {
    let rules = Arc::clone(&step.rules);
    let mut more_urgent = false;
    if let Some(detail) = step.view.change(key) {
        let ticket = &mut detail.ticket;
        ticket.complaints += 1;
        more_urgent = escalate(ticket, &read.reading.route, &rules.grades);
        if ticket.address.is_none() {
            ticket.address.clone_from(&view.complaint.place.address);
        }
        ticket.point = ticket.point.or(view.complaint.place.point);
    }
    step.view.show(view);
    step.tag(key, view);
    step.joined.insert((key, view.id));
    if more_urgent {
        step.plan_reminders(key);
    }
    let decided = step.decision(MergeKind::Auto, SELF);
    step.note(decided, Some(view.id), (None, key), decision.evidence.clone());
    let change = Change { receipt: Some(view.receipt.clone()), ..Change::default() };
    step.tell(key, EventKind::Joined, Some(view), change);
}
