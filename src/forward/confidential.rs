//! What everybody hears of matters of a confidential kind: that there was one more on a day, and, where they had a ticket before it
//! became such a matter, that it is theirs no longer.

use serde_json::{Value, json};

use super::messages::{Event, Outlets};
use super::wire::v1::{CONFIDENTIAL_SCHEMA, CONFIDENTIAL_TYPE, ConfidentialCountV1, rfc3339, without_matter};
use crate::city::Feeds;
use crate::store::OutboxRow;
use crate::ticket::{EventKind, RouteKey};

/// The routing key of counts.
const KEY: &str = "confidential";

/// What the public stream says of a confidential matter, once: that it came, on its day. Neither id nor time lead to the ticket.
pub(super) fn count(event: &Event<'_>, feeds: &Feeds, outlets: &Outlets) -> Option<OutboxRow> {
    let ticket = &event.detail.ticket;
    if event.kind != EventKind::Created && ticket.version != 1 {
        return None;
    }
    let day = event.at.to_zoned(feeds.zone.clone()).date();
    let begin = day.to_zoned(feeds.zone.clone()).map_or(event.at, |midnight| midnight.timestamp());
    let message_id = format!("{KEY}-{day}-{}", unknowable(event, feeds));
    let data = ConfidentialCountV1 { day: day.to_string(), count: 1 };
    let body = json!({
        "specversion": "1.0",
        "id": message_id,
        "source": format!("/huiliu/{}", feeds.city_code),
        "type": CONFIDENTIAL_TYPE,
        "time": rfc3339(begin, &feeds.zone),
        "datacontenttype": "application/json",
        "dataschema": CONFIDENTIAL_SCHEMA,
        "data": data,
    });
    Some(OutboxRow {
        ticket: event.detail.key,
        version: ticket.version,
        exchange: outlets.tickets.clone(),
        routing_key: KEY.to_owned(),
        message_id,
        kind: CONFIDENTIAL_TYPE.to_owned(),
        at: begin,
        ticket_id: String::new(),
        body,
    })
}

/// The same word for the same event, which nobody can make who does not know what the citizen wrote: ids of tickets can be counted through.
fn unknowable(event: &Event<'_>, feeds: &Feeds) -> String {
    let ticket = &event.detail.ticket;
    let known = [&feeds.city_code, &ticket.id, &ticket.title, &ticket.text, &ticket.created_at.to_string()];
    let complaints = event.detail.complaints.iter().chain(event.about);
    let written = complaints.flat_map(|view| [&view.receipt, &view.complaint.number, &view.complaint.text]);
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for word in known.into_iter().chain(written) {
        context.update(word.as_bytes());
        context.update(b"\0");
    }
    context.finish().as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The document by which a ticket leaves readers who had it before it became a confidential matter: where it was, and nothing of what
/// it is.
pub(super) fn gone(event: &Event<'_>, feeds: &Feeds, public: Value) -> Value {
    let mut document = without_matter(public);
    let (Some(former), Some(members)) = (&event.former, document.as_object_mut()) else { return document };
    let RouteKey { category, district, department, grade } = former;
    let names = &feeds.names;
    let named = [
        ("category", category, names.category(category)),
        ("district", district, names.district(district)),
        ("department", department, names.department(department)),
    ];
    for (member, code, name) in named {
        members.insert(member.to_owned(), json!(code));
        members.insert(format!("{member}_name"), json!(name.unwrap_or(code)));
    }
    members.insert("grade".to_owned(), json!(grade));
    for of_now in ["due_at", "hold", "successor", "recurrence_of"] {
        members.shift_remove(of_now);
    }
    document
}
