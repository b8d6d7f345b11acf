//! The JSON forms of the admin API.

use huiliu_adapter_api::Delivery;
use serde_json::{Value, json};

use crate::channels::RunningChannel;
use crate::city::Names;
use crate::mask::{mask_name, mask_phone, mask_text};
use crate::store::{ComplaintView, Ledger, MergeEvent, QuarantineView, ReplyView, ReviewView, TicketDetail};

/// A ticket without its complaints.
pub(super) fn ticket(detail: &TicketDetail, names: &Names) -> Value {
    let (ticket, route) = (&detail.ticket, &detail.ticket.route);
    json!({
        "key": detail.key.0, "id": ticket.id, "version": ticket.version, "status": ticket.status.wire(),
        "status_zh": ticket.status.zh(), "title": mask_text(&ticket.title), "category": route.category,
        "category_name": names.category(&route.category), "district": route.district,
        "district_name": names.district(&route.district), "department": route.department,
        "department_name": names.department(&route.department), "grade": route.grade,
        "due_at": route.due_at, "created_at": ticket.created_at, "complaints": ticket.complaints,
        "pinned": ticket.pinned, "successor": ticket.successor, "recurrence_of": ticket.recurrence_of,
    })
}

/// A complaint; with `contacts` its reporter in full, else masked.
pub(super) fn complaint(view: &ComplaintView, contacts: bool) -> Value {
    let complaint = &view.complaint;
    let reporter = &complaint.reporter;
    let hidden = reporter.secret && !contacts;
    let nameless = hidden || (reporter.anonymous && !contacts);
    let text = |text: &str| if contacts { text.to_owned() } else { mask_text(text) };
    let name =
        reporter.name.as_ref().filter(|_| !nameless).map(|name| if contacts { name.clone() } else { mask_name(name) });
    let phone = reporter
        .phone
        .as_ref()
        .filter(|_| !hidden)
        .map(|phone| if contacts { phone.clone() } else { mask_phone(phone) });
    json!({
        "receipt_number": view.receipt, "channel": complaint.channel, "source_number": complaint.number,
        "kind": complaint.kind.wire(), "kind_zh": complaint.kind.zh(), "title": text(&complaint.title),
        "text": text(&complaint.text), "received_at": view.received_at, "revision": view.revision, "erased": view.erased,
        "reporter": { "name": name, "phone": phone, "anonymous": reporter.anonymous, "secret": reporter.secret },
        "address": complaint.place.address.as_deref().map(text), "raw_id": view.raw_id.0,
    })
}

/// A merge event with its evidence.
pub(super) fn merge_event(event: &MergeEvent) -> Value {
    json!({
        "at": event.at, "kind": event.kind.name(), "complaint": event.complaint.map(|key| key.0), "from": event.from.map(|key| key.0),
        "to": event.to.0,
        "actor": event.actor, "settings_version": event.settings_version, "evidence": event.evidence,
        "card": event.evidence.as_ref().map(crate::merge::Evidence::card),
    })
}

/// A review.
pub(super) fn review(view: &ReviewView) -> Value {
    json!({
        "id": view.id.0, "complaint": view.complaint.0, "current_ticket": view.current_ticket.0, "ticket": view.ticket.0,
        "at": view.at, "answer": view.answer, "evidence": view.evidence, "card": view.evidence.card(),
    })
}

/// A quarantined record with all its problems.
pub(super) fn quarantine(view: &QuarantineView) -> Value {
    json!({
        "raw_id": view.raw_id.0, "channel": view.channel, "record_id": view.record_id, "at": view.at,
        "problems": view.problems, "record": view.body,
    })
}

/// A reply.
pub(super) fn reply(view: &ReplyView) -> Value {
    json!({
        "id": view.id.0, "channel": view.channel, "receipt_number": view.receipt, "ticket": view.ticket_id,
        "status": view.status.wire(), "state": view.state.name(), "attempts": view.attempts,
        "last_error": view.last_error, "at": view.at,
    })
}

/// A channel with its lag and last error.
pub(super) fn channel(running: &RunningChannel, now: jiff::Timestamp) -> Value {
    let health = running.health.snapshot();
    let lag_s = health.last_success_at.map(|at| now.duration_since(at).as_secs());
    json!({
        "id": running.channel.id, "name": running.channel.name, "adapter": running.channel.adapter_name,
        "pushed": running.channel.adapter.delivery() == Delivery::Pushed, "lag_s": lag_s, "health": health,
    })
}

/// The ledger.
pub(super) fn ledger(ledger: &Ledger) -> Value {
    json!({
        "received": ledger.received, "complaint_records": ledger.complaint_records, "amendments": ledger.amendments,
        "follow_ups": ledger.follow_ups, "quarantined": ledger.quarantined, "discarded": ledger.discarded,
        "complaints": ledger.complaints, "complaints_in_tickets": ledger.complaints_in_tickets,
        "tickets": ledger.tickets, "balances": ledger.balances(),
    })
}
