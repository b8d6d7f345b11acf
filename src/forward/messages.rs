//! Events of tickets, and the messages each of them becomes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::FileAddresses;
use super::confidential::{count, gone};
use super::standing::{Standing, standing};
use super::wire::v1::{Audience, TICKET_SCHEMA, event_type, left, rfc3339, ticket_document, without_matter};
use crate::city::{Carrier, Contact, Feed, Feeds};
use crate::store::{ComplaintView, DeliveryRow, OutboxRow, TicketDetail};
use crate::ticket::{Change, EventKind, RouteKey};

/// Most complaints shown in one message, besides the one it is about.
pub const MAX_COMPLAINTS_SHOWN: usize = 20;
/// Most gateways that an event counts; a source can write any number.
const MAX_HOPS: u64 = 99;

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
    /// Where the ticket was, when this event changed that.
    pub former: Option<RouteKey>,
    /// When.
    pub at: Timestamp,
    /// The trace that it belongs to, where one was given.
    pub trace: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// A ticket as it is told to a reader that does not have it: as a new one.
    #[must_use]
    pub fn to_newcomer(detail: &'a TicketDetail, at: Timestamp) -> Self {
        let (kind, change) = (EventKind::Created, Change::default());
        Self { kind, detail, about: None, change, former: None, at, trace: None }
    }
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

/// What is told of an event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Messages {
    /// By AMQP: one for the public exchange, and one more under the key that the ticket leaves; then one for every feed that wants
    /// the event, or no longer has the ticket.
    pub outbox: Vec<OutboxRow>,
    /// By other ways: one for every feed and destination that wants the event, or no longer has the ticket.
    pub deliveries: Vec<DeliveryRow>,
    /// To nobody: the feeds whose people see the ticket at the console, each with whether it leaves them.
    pub shown: Vec<(String, bool)>,
}

impl Messages {
    /// What of them goes to one feed or destination.
    #[must_use]
    pub fn only_for(mut self, name: &str, outlets: &Outlets) -> Self {
        let is_for = |row: &OutboxRow| {
            row.exchange == outlets.feeds && row.routing_key.split('.').next().is_some_and(|feed| feed == name)
        };
        self.outbox.retain(is_for);
        self.deliveries.retain(|row| row.destination == name);
        self.shown.retain(|(feed, _)| feed == name);
        self
    }

    /// Whether nobody is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outbox.is_empty() && self.deliveries.is_empty() && self.shown.is_empty()
    }
}

/// The messages of an event.
#[must_use]
pub fn messages(event: &Event<'_>, feeds: &Feeds, outlets: &Outlets) -> Messages {
    let ticket = &event.detail.ticket;
    let (now, word) = (RouteKey::from(&ticket.route), event.kind.word());
    let former = event.former.as_ref().map(places).filter(|former| *former != places(&now));
    let id = format!("{}.{}", ticket.id, ticket.version);
    let is_new = ticket.version == 1 && event.kind != EventKind::Created;
    let public = ticket_document(event, feeds, &Audience::public(&feeds.public_shows, is_new || former.is_some()));
    let key = format!("{word}.{}", places(&now));
    let mut outbox = Vec::new();
    // What waits for a person is told to nobody but those who may see it.
    let is_held = ticket.hold.is_some();
    let (is_secret, was_secret) = secrecy(event, feeds);
    if is_secret {
        outbox.extend(count(event, feeds, outlets).filter(|_| !is_held));
    } else if !is_held {
        outbox.push(row(event, feeds, event.kind, (&outlets.tickets, key, id.clone()), public.clone()));
    }
    if let Some(former) = former.filter(|_| !is_held && !was_secret) {
        // Whole, as the stream shows it anyway: of two messages with one version either may be applied.
        let key = format!("{}.{former}", EventKind::Left.word());
        let to = (outlets.tickets.as_str(), key, format!("{id}-{}", EventKind::Left.word()));
        let data = if is_secret { gone(event, feeds, public.clone()) } else { left(public.clone()) };
        outbox.push(row(event, feeds, EventKind::Left, to, data));
    }
    let (mut deliveries, mut shown) = (Vec::new(), Vec::new());
    for feed in feeds.feeds.iter().filter(|feed| feed.held || !is_held) {
        let (name, standing) = (feed.name.as_str(), standing(feed, event, &public, &feeds.confidential));
        let kind = match standing {
            Standing::Gets | Standing::Unsure => event.kind,
            Standing::Loses => EventKind::Left,
            Standing::None => continue,
        };
        if feed.carrier == Carrier::Console {
            shown.push((name.to_owned(), kind == EventKind::Left));
            continue;
        }
        let entered = is_new || ticket.is_with(name) == Some(false);
        let files = outlets.files.as_ref().filter(|_| feed.files).map(|files| (files, name));
        let (contact, secret, shown) = (feed.contact, feed.secret, feed.show.as_slice());
        let audience = Audience { contact, secret, files, shown, extra: true, entered };
        let mut data = match standing {
            Standing::Unsure if contact == Contact::Full => public.clone(),
            Standing::Unsure => ticket_document(event, feeds, &Audience { secret: false, files: None, ..audience }),
            Standing::Loses if is_secret => gone(event, feeds, public.clone()),
            Standing::Loses => without_matter(public.clone()),
            Standing::Gets | Standing::None => ticket_document(event, feeds, &audience),
        };
        leave_out(&mut data, &feed.without);
        let at = match (standing, &event.former) {
            (Standing::Loses, Some(former)) if is_secret => places(former),
            _ => places(&now),
        };
        let key = format!("{name}.{}.{at}", kind.word());
        let message = row(event, feeds, kind, (&outlets.feeds, key, format!("{id}.{name}")), data);
        match feed.carrier {
            Carrier::Amqp => outbox.push(message),
            Carrier::Http | Carrier::Sent => deliveries.push(delivery(name, message)),
            Carrier::Console => {}
        }
    }
    Messages { outbox, deliveries, shown }
}

/// A ticket as a feed's people may know it, as it is now: what they would be told of it if it came to them.
#[must_use]
pub fn document_for(feed: &Feed, detail: &TicketDetail, feeds: &Feeds, at: Timestamp) -> Value {
    let event = Event::to_newcomer(detail, at);
    let (contact, secret, shown) = (feed.contact, feed.secret, feed.show.as_slice());
    let audience = Audience { contact, secret, files: None, shown, extra: false, entered: false };
    let mut data = ticket_document(&event, feeds, &audience);
    leave_out(&mut data, &feed.without);
    data
}

/// Whether the matter of an event is of a confidential kind, and whether it was before the event.
fn secrecy(event: &Event<'_>, feeds: &Feeds) -> (bool, bool) {
    let is_secret = feeds.confidential.covers(&event.detail.ticket.route.category);
    let former = event.former.as_ref().map(|former| feeds.confidential.covers(&former.category));
    (is_secret, former.unwrap_or(is_secret))
}

/// A message to an exchange, under a routing key, with an id.
fn row(
    event: &Event<'_>,
    feeds: &Feeds,
    kind: EventKind,
    (exchange, routing_key, message_id): (&str, String, String),
    data: Value,
) -> OutboxRow {
    OutboxRow {
        ticket: event.detail.key,
        version: event.detail.ticket.version,
        exchange: exchange.to_owned(),
        routing_key,
        kind: event_type(kind),
        at: event.at,
        ticket_id: event.detail.ticket.id.clone(),
        body: envelope(event, feeds, (kind, &message_id), data),
        message_id,
    }
}

/// The words of a routing key that say where a ticket is.
fn places(key: &RouteKey) -> String {
    format!("{}.{}.{}", key_word(&key.district), key_word(&key.department), key_word(&key.grade))
}

/// Removes the members that a feed does not get. What is left out of the ticket's place is not to be read off its complaints.
fn leave_out(data: &mut Value, without: &[String]) {
    for path in without {
        remove_member(data, path);
        if path == "place" || path.starts_with("place.") {
            remove_member(data, &format!("complaints.{path}"));
        }
    }
}

/// A message that does not go by AMQP.
fn delivery(destination: &str, message: OutboxRow) -> DeliveryRow {
    let OutboxRow { ticket, version, message_id, kind, at, ticket_id, body, .. } = message;
    DeliveryRow { destination: destination.to_owned(), ticket, ticket_id, version, message_id, kind, at, body }
}

/// The feeds and destinations that messages go to, each with whether the message says that the ticket leaves it.
pub fn feeds_of<'a>(messages: &'a Messages, outlets: &'a Outlets) -> impl Iterator<Item = (&'a str, bool)> {
    let to_feeds = messages.outbox.iter().filter(|message| message.exchange == outlets.feeds);
    let by_amqp = to_feeds.filter_map(|message| Some((message.routing_key.split('.').next()?, &message.kind)));
    let others = messages.deliveries.iter().map(|delivery| (delivery.destination.as_str(), &delivery.kind));
    let left = event_type(EventKind::Left);
    let shown = messages.shown.iter().map(|(feed, leaves)| (feed.as_str(), *leaves));
    by_amqp.chain(others).map(move |(feed, kind)| (feed, *kind == left)).chain(shown)
}

/// A code as one word of a routing key: dots and blanks would make it several.
fn key_word(code: &str) -> String {
    let word: String = code.chars().map(|c| if c == '.' || c.is_whitespace() { '-' } else { c }).take(60).collect();
    if word.is_empty() { "none".to_owned() } else { word }
}

fn envelope(event: &Event<'_>, feeds: &Feeds, (kind, id): (EventKind, &str), data: Value) -> Value {
    let mut envelope = json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("/huiliu/{}", feeds.city_code),
        "type": event_type(kind),
        "subject": event.detail.ticket.id,
        "time": rfc3339(event.at, &feeds.zone),
        "datacontenttype": "application/json",
        "dataschema": TICKET_SCHEMA,
        "traceparent": traceparent(event, feeds),
    });
    if let Some(members) = envelope.as_object_mut() {
        let hops = hops(event);
        members.extend((hops > 0).then(|| ("hops".to_owned(), json!(hops))));
        members.insert("data".to_owned(), data);
    }
    envelope
}

/// How many gateways the matter has passed through: the most of its complaints, by their extra field `hops`. It says nothing of what a
/// complaint says, and goes to those too who do not see further fields: without it two gateways would hand on a confidential matter
/// for ever.
fn hops(event: &Event<'_>) -> u64 {
    let complaints = event.detail.complaints.iter().chain(event.about);
    let extra = complaints.flat_map(|view| &view.complaint.extra);
    let counted = extra.filter(|(name, _)| name == "hops").filter_map(|(_, hops)| hops.trim().parse().ok());
    counted.max().unwrap_or(0).min(MAX_HOPS)
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
