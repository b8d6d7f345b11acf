//! The JSON forms of the admin API.

use huiliu_adapter_api::Delivery;
use serde_json::{Value, json};

use crate::channels::RunningChannel;
use crate::city::Names;
use crate::mapping::{Broken, broken_of};
use crate::mask::{mask_name, mask_phone, mask_text};
use crate::store::{
    ComplaintView, Ledger, MergeEvent, QuarantineView, ReplyView, ReviewView, SourceFileView, SourceSheet,
    TicketDetail, WarningGroup, WarningSample,
};

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
        "address": complaint.place.address.as_deref().map(text), "raw_id": view.raw_id.0, "publish": complaint.publish,
        "district": complaint.place.district, "street": complaint.place.street, "community": complaint.place.community,
        "point": complaint.place.point.map(|point| json!({ "lat": point.lat, "lng": point.lng })),
        "occurred_at": complaint.occurred_at, "source_received_at": complaint.received_at,
        "source_deadline": complaint.source_deadline,
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

/// Longest text of an unreadable record that is listed whole, in bytes: a page that could not be read is one record.
const MAX_LISTED_TEXT_BYTES: usize = 64 << 10;
/// Characters that are shown of the beginning of an unreadable record.
const BEGINNING_CHARS: usize = 500;

/// A quarantined record with all its problems. One that could not be read has what an operator needs to find out why: the
/// reason, its size and how it begins.
pub(super) fn quarantine(view: &QuarantineView) -> Value {
    let broken = broken_of(&view.body);
    let is_listed = broken.is_none_or(|broken| broken.text.len() <= MAX_LISTED_TEXT_BYTES);
    let broken = broken.map(|Broken { text, zh, en }| {
        let beginning: String = text.chars().take(BEGINNING_CHARS).collect();
        json!({ "zh": zh, "en": en, "size_bytes": text.len(), "beginning": mask_text(&beginning) })
    });
    let mut document = quarantined(view);
    if let Some(members) = document.as_object_mut() {
        members.insert("broken".to_owned(), json!(broken));
        if !is_listed {
            members.insert("record".to_owned(), Value::Null);
        }
    }
    document
}

/// A quarantined record whole.
pub(super) fn quarantined(view: &QuarantineView) -> Value {
    json!({
        "raw_id": view.raw_id.0, "channel": view.channel, "record_id": view.record_id, "at": view.at,
        "problems": view.problems, "record": view.body,
    })
}

/// Warnings that say the same of one field of a channel.
pub(super) fn warning(group: &WarningGroup) -> Value {
    let sample =
        |sample: &WarningSample| json!({ "raw_id": sample.raw_id.0, "value": sample.value.as_deref().map(mask_text) });
    json!({
        "last": group.last, "channel": group.channel, "field": group.field, "place": group.place,
        "zh": mask_text(&group.zh), "en": mask_text(&group.en), "count": group.count, "last_at": group.last_at,
        "samples": group.samples.iter().map(sample).collect::<Vec<_>>(),
    })
}

/// A source file; its name in full, or masked.
pub(super) fn source_file(view: &SourceFileView, names: bool) -> Value {
    let name = |name: &str| if names { name.to_owned() } else { mask_name(name) };
    let sheet = |sheet: &SourceSheet| {
        let (zh, en) = sheet.left_out.clone().unzip();
        json!({ "name": name(&sheet.name), "rows": sheet.rows, "left_out_zh": zh, "left_out": en })
    };
    let counts = &view.counts;
    json!({
        "id": view.id, "channel": view.channel, "name": name(&view.name), "size_bytes": view.size_bytes,
        "modified_at": view.modified_at, "begun_at": view.begun_at, "finished_at": view.finished_at,
        "state": view.state.name(), "rows": view.rows, "taken": counts.taken, "amended": counts.amended,
        "repeated": counts.repeated, "set_aside": counts.set_aside, "discarded": counts.discarded,
        "sheets": view.sheets.iter().map(sheet).collect::<Vec<_>>(), "failure": view.failure.as_deref().map(mask_text),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::RawKey;

    fn aside(body: Value) -> Value {
        let view = QuarantineView {
            raw_id: RawKey(1),
            channel: "generic".to_owned(),
            record_id: "1".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            problems: json!([]),
            source_file: None,
            body,
        };
        quarantine(&view)
    }

    fn broken(text: &str) -> Value {
        json!({ "huiliu:broken": { "text": text, "reason": "the text is cut at byte 7" } })
    }

    #[test]
    fn an_unreadable_record_is_listed_with_its_reason_size_and_beginning() {
        let listed = aside(broken("{\"tel\": \"13800001111\", \"text\": \"路"));
        let expected = json!({
            "zh": "the text is cut at byte 7", "en": "the text is cut at byte 7", "size_bytes": 35, "beginning": "{\"tel\": \"138****1111\", \"text\": \"路",
        });
        assert_eq!(listed["broken"], expected);
        assert!(listed["record"].is_object(), "whole, to be mended");
    }

    #[test]
    fn a_page_that_could_not_be_read_is_not_listed_whole() {
        let listed = aside(broken(&"路".repeat(100_000)));
        assert_eq!((&listed["record"], &listed["broken"]["size_bytes"]), (&Value::Null, &json!(300_000)));
        assert_eq!(listed["broken"]["beginning"].as_str().unwrap().chars().count(), BEGINNING_CHARS);
    }

    #[test]
    fn a_record_that_could_be_read_is_listed_as_it_is() {
        let listed = aside(json!({ "text": "路灯不亮" }));
        assert_eq!((&listed["record"], &listed["broken"]), (&json!({ "text": "路灯不亮" }), &Value::Null));
    }
}
