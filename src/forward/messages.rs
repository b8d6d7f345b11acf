//! Events of tickets, and the messages each of them becomes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::FileAddresses;
use super::wire::v1::{Audience, TICKET_SCHEMA, event_type, rfc3339, ticket_document};
use crate::city::{Contact, Feeds};
use crate::store::{ComplaintView, OutboxRow, TicketDetail};
use crate::ticket::{Change, EventKind};
use huiliu_expression::Context;

/// Most complaints shown in one message, besides the one it is about.
pub const MAX_COMPLAINTS_SHOWN: usize = 20;

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
    pub change: Change,
    /// When.
    pub at: Timestamp,
    /// The trace that it belongs to, where one was given.
    pub trace: Option<&'a str>,
}

/// Where messages go, and how files are addressed in them.
#[derive(Debug, Clone)]
pub struct Outlets {
    /// The public stream.
    pub tickets: String,
    /// The exchange in front of the feeds' queues.
    pub feeds: String,
    /// Addresses of files, where platforms can reach this gateway.
    pub files: Option<FileAddresses>,
}

/// The messages of an event: one for the public exchange, one for every feed that wants it.
#[must_use]
pub fn messages(event: &Event<'_>, feeds: &Feeds, outlets: &Outlets) -> Vec<OutboxRow> {
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
        kind: event_type(event.kind),
        at: event.at,
        ticket_id: event.detail.ticket.id.clone(),
        body: envelope(event, feeds, &message_id, data),
        message_id,
    };
    let public = ticket_document(event, feeds, &Audience::public(&feeds.public_shows));
    let mut rows = Vec::new();
    for feed in &feeds.feeds {
        let (name, filter) = (&feed.name, &feed.filter);
        let word = Value::String(event.kind.word().to_owned());
        let context = || Context::new([("ticket", &public), ("event", &word)]);
        // A filter that fails lets the message through, masked: a platform can ignore a message, but not miss one.
        let wanted =
            filter.as_ref().map_or(Some(true), |filter| filter.eval(&context()).ok().map(|found| found.is_true()));
        if wanted != Some(false) {
            let files = outlets.files.as_ref().filter(|_| feed.files).map(|files| (files, name.as_str()));
            let audience =
                Audience { contact: feed.contact, secret: feed.secret, files, shown: &feed.show, extra: true };
            let mut data = match wanted {
                Some(_) => ticket_document(event, feeds, &audience),
                None if feed.contact == Contact::Full => public.clone(),
                None => ticket_document(event, feeds, &Audience { secret: false, files: None, ..audience }),
            };
            for path in &feed.without {
                remove_member(&mut data, path);
                // What is left out of the ticket's place is not to be read off its complaints.
                if path == "place" || path.starts_with("place.") {
                    remove_member(&mut data, &format!("complaints.{path}"));
                }
            }
            rows.push(row(&outlets.feeds, format!("{name}.{key}"), format!("{id}.{name}"), data));
        }
    }
    rows.insert(0, row(&outlets.tickets, key, id, public));
    rows
}

/// The feeds that messages go to.
pub fn feeds_of<'a>(messages: &'a [OutboxRow], outlets: &'a Outlets) -> impl Iterator<Item = &'a str> {
    let to_feeds = messages.iter().filter(|message| message.exchange == outlets.feeds);
    to_feeds.filter_map(|message| message.routing_key.split('.').next())
}

/// A code as one word of a routing key: dots and blanks would make it several.
fn key_word(code: &str) -> String {
    let word: String = code.chars().map(|c| if c == '.' || c.is_whitespace() { '-' } else { c }).take(60).collect();
    if word.is_empty() { "none".to_owned() } else { word }
}

fn envelope(event: &Event<'_>, feeds: &Feeds, id: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("/huiliu/{}", feeds.city_code),
        "type": event_type(event.kind),
        "subject": event.detail.ticket.id,
        "time": rfc3339(event.at, &feeds.zone),
        "datacontenttype": "application/json",
        "dataschema": TICKET_SCHEMA,
        "traceparent": traceparent(event, feeds),
        "data": data,
    })
}

/// The trace that was given, else one that is made from the event: the same input gives the same output, so no chance is in it.
fn traceparent(event: &Event<'_>, feeds: &Feeds) -> String {
    if let Some(trace) = event.trace {
        return trace.to_owned();
    }
    let of = format!("{}\n{}\n{}", feeds.city_code, event.detail.ticket.id, event.detail.ticket.version);
    let digest = ring::digest::digest(&ring::digest::SHA256, of.as_bytes());
    let mut hex = String::with_capacity(64);
    digest.as_ref().iter().for_each(|byte| hex.push_str(&format!("{byte:02x}")));
    format!("00-{}-{}-01", hex.get(..32).unwrap_or_default(), hex.get(32..48).unwrap_or_default())
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
}
