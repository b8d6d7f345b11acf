//! Events of tickets, and the messages each of them becomes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::mask::{mask_name, mask_phone, mask_text};
use super::ticket_v1::{ChangeV1, ComplaintV1, PlaceV1, ReporterV1, TicketV1};
use crate::complaint::Reporter;
use crate::mapping::{Contact, Pack};
use crate::store::{ComplaintView, OutboxRow, TicketDetail};
use huiliu_expression::Context;

/// Most complaints shown in one message, besides the one it is about.
pub const MAX_COMPLAINTS_SHOWN: usize = 20;

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It was made.
    Created,
    /// A complaint joined it.
    Joined,
    /// A complaint of it was changed by its source.
    Amended,
    /// A complaint was taken out of it, or it was made by that.
    Split,
    /// It was absorbed by another ticket.
    Absorbed,
    /// Its status changed.
    Status,
    /// A share of the time allowed has passed.
    Reminder,
    /// A citizen said how satisfied they are.
    Rated,
    /// It was opened again.
    Reopened,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Joined,
        Self::Amended,
        Self::Split,
        Self::Absorbed,
        Self::Status,
        Self::Reminder,
        Self::Rated,
        Self::Reopened,
    ];

    /// First word of the routing key.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Joined => "joined",
            Self::Amended => "amended",
            Self::Split => "split",
            Self::Absorbed => "absorbed",
            Self::Status => "status",
            Self::Reminder => "reminder",
            Self::Rated => "rated",
            Self::Reopened => "reopened",
        }
    }

    /// CloudEvents type.
    #[must_use]
    pub fn event_type(self) -> String {
        format!("huiliu.ticket.{}.v1", self.word())
    }
}

/// One event of one ticket; the ticket already has the version that the event gave it.
#[derive(Debug)]
pub struct Event<'a> {
    /// What happened.
    pub kind: EventKind,
    /// The ticket and its first complaints.
    pub detail: &'a TicketDetail,
    /// The complaint it is about, when that is not among the first.
    pub about: Option<&'a ComplaintView>,
    /// What changed.
    pub change: ChangeV1,
    /// When.
    pub at: Timestamp,
}

/// The messages of an event: one for the public exchange, one for every feed that wants it.
#[must_use]
pub fn messages(event: &Event<'_>, pack: &Pack, exchange: &str, feeds_exchange: &str) -> Vec<OutboxRow> {
    let route = &event.detail.ticket.route;
    let key = format!(
        "{}.{}.{}.{}",
        event.kind.word(),
        key_word(&route.district),
        key_word(&route.department),
        key_word(&route.grade)
    );
    let id = format!("{}.{}", event.detail.ticket.id, event.detail.ticket.version);
    let row = |exchange: &str, routing_key: String, message_id: String, data: Value| OutboxRow {
        ticket: event.detail.key,
        version: event.detail.ticket.version,
        exchange: exchange.to_owned(),
        routing_key,
        kind: event.kind.event_type(),
        at: event.at,
        ticket_id: event.detail.ticket.id.clone(),
        body: envelope(event, pack, &message_id, data),
        message_id,
    };
    let public = document(event, pack, Contact::Masked, false);
    let mut rows = Vec::new();
    for (feed, filter) in pack.city.feeds.iter().zip(&pack.feed_filters) {
        let name = feed.name.get_ref();
        let word = Value::String(event.kind.word().to_owned());
        let context = || Context::new([("ticket", &public), ("event", &word)]);
        // A filter that fails lets the message through, masked: a platform can ignore a message, but not miss one.
        let wanted =
            filter.as_ref().map_or(Some(true), |filter| filter.eval(&context()).ok().map(|found| found.is_true()));
        if wanted != Some(false) {
            let mut data = match wanted {
                Some(_) => document(event, pack, feed.contact, feed.secret),
                None if feed.contact == Contact::Full => public.clone(),
                None => document(event, pack, feed.contact, false),
            };
            feed.without.iter().for_each(|path| remove_member(&mut data, path));
            rows.push(row(feeds_exchange, format!("{name}.{key}"), format!("{id}.{name}"), data));
        }
    }
    rows.insert(0, row(exchange, key, id, public));
    rows
}

/// A code as one word of a routing key: dots and blanks would make it several.
fn key_word(code: &str) -> String {
    let word: String = code.chars().map(|c| if c == '.' || c.is_whitespace() { '-' } else { c }).take(60).collect();
    if word.is_empty() { "none".to_owned() } else { word }
}

fn envelope(event: &Event<'_>, pack: &Pack, id: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("/huiliu/{}", pack.city.code),
        "type": event.kind.event_type(),
        "subject": event.detail.ticket.id,
        "time": rfc3339(event.at, &zone(pack)),
        "datacontenttype": "application/json",
        "data": data,
    })
}

fn zone(pack: &Pack) -> TimeZone {
    pack.city.time_zone().unwrap_or(TimeZone::UTC)
}

fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn document(event: &Event<'_>, pack: &Pack, contact: Contact, secret: bool) -> Value {
    let ticket = &event.detail.ticket;
    let zone = zone(pack);
    let text = |text: &str| if contact == Contact::Full { text.to_owned() } else { mask_text(text) };
    let shown = event.detail.complaints.iter().take(MAX_COMPLAINTS_SHOWN).chain(event.about);
    let mut complaints: Vec<ComplaintV1> = Vec::new();
    for view in shown {
        if !complaints.iter().any(|known| known.receipt_number == view.receipt) {
            complaints.push(complaint(view, &zone, contact, secret));
        }
    }
    let point = ticket.point;
    let place = (ticket.address.is_some() || point.is_some()).then(|| PlaceV1 {
        address: ticket.address.as_deref().map(text),
        lat: point.map(|point| point.lat),
        lng: point.map(|point| point.lng),
    });
    let name = |found: Option<&str>, code: &str| found.unwrap_or(code).to_owned();
    let (routing, route) = (&pack.routing, &ticket.route);
    let mut change = event.change.clone();
    change.event = event.kind.word().to_owned();
    change.note = change.note.as_deref().map(text);
    let document = TicketV1 {
        ticket_id: ticket.id.clone(),
        version: ticket.version,
        status: ticket.status.wire().to_owned(),
        category: route.category.clone(),
        category_name: name(routing.category_name(&route.category), &route.category),
        district: route.district.clone(),
        district_name: name(routing.district_name(&route.district), &pack.city.name),
        department: route.department.clone(),
        department_name: name(routing.department_name(&route.department), &route.department),
        grade: route.grade.clone(),
        due_at: route.due_at.map(|due_at| rfc3339(due_at, &zone)),
        reasons: route.reasons.clone(),
        title: text(&ticket.title),
        text: text(&ticket.text),
        place,
        created_at: rfc3339(ticket.created_at, &zone),
        complaint_count: ticket.complaints,
        complaints,
        successor: ticket.successor.clone(),
        recurrence_of: ticket.recurrence_of.clone(),
        change,
    };
    serde_json::to_value(document).unwrap_or_default()
}

fn complaint(view: &ComplaintView, zone: &TimeZone, contact: Contact, secret: bool) -> ComplaintV1 {
    let complaint = &view.complaint;
    let text = |text: &str| if contact == Contact::Full { text.to_owned() } else { mask_text(text) };
    ComplaintV1 {
        receipt_number: view.receipt.clone(),
        channel: complaint.channel.clone(),
        source_number: complaint.number.clone(),
        kind: complaint.kind.wire().to_owned(),
        title: text(&complaint.title),
        text: text(&complaint.text),
        received_at: rfc3339(view.received_at, zone),
        reporter: reporter(&complaint.reporter, contact, secret),
        address: complaint.place.address.as_deref().map(text),
        attachments: complaint.attachments.iter().map(|attachment| attachment.url.clone()).collect(),
        publish: complaint.publish,
    }
}

/// The reporter as far as a feed may know: never the identity number, nothing of those who asked for secrecy unless the feed
/// has explicit permission, no name of those who want to stay anonymous.
fn reporter(reporter: &Reporter, contact: Contact, secret: bool) -> Option<ReporterV1> {
    if contact == Contact::None || (reporter.secret && !secret) {
        return None;
    }
    let name = reporter.name.as_ref().filter(|_| !reporter.anonymous);
    let masked = contact == Contact::Masked;
    let shown = ReporterV1 {
        name: name.map(|name| if masked { mask_name(name) } else { name.clone() }),
        phone: reporter.phone.as_ref().map(|phone| if masked { mask_phone(phone) } else { phone.clone() }),
        masked,
    };
    (shown.name.is_some() || shown.phone.is_some()).then_some(shown)
}

/// Removes a member by its dotted path, in every item of lists on the way.
fn remove_member(value: &mut Value, path: &str) {
    match (value, path.split_once('.')) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| remove_member(item, path)),
        (Value::Object(members), None) => drop(members.shift_remove(path)),
        (Value::Object(members), Some((first, rest))) => {
            if let Some(inner) = members.get_mut(first) {
                remove_member(inner, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_removed_by_path_through_lists() {
        let mut value = json!({"a": 1, "list": [{"b": 1, "c": 2}, {"b": 3}]});
        remove_member(&mut value, "list.b");
        remove_member(&mut value, "a");
        assert_eq!(value, json!({"list": [{"c": 2}, {}]}));
    }

    #[test]
    fn secrecy_outranks_a_feed_without_permission() {
        let citizen = Reporter {
            name: Some("张三".into()),
            phone: Some("13800001111".into()),
            secret: true,
            ..Reporter::default()
        };
        assert_eq!(reporter(&citizen, Contact::Full, false), None);
        assert_eq!(reporter(&citizen, Contact::Full, true).unwrap().phone.unwrap(), "13800001111");
        let anonymous = Reporter { anonymous: true, secret: false, ..citizen };
        assert_eq!(reporter(&anonymous, Contact::Full, false).unwrap().name, None);
    }
}
