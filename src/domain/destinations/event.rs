//! An event that waits, as expressions and templates of a destination see it.

use huiliu_expression::{Context, Shape, Variables};
use serde_json::{Value, json};

use super::Parcel;

/// The variables: `ticket` and `event` as filters have them, with what the feed gets of further fields; `message_id`, the
/// idempotency key; and `sequence`, the number of the delivery.
pub(super) fn variables(of_feeds: &Variables) -> Variables {
    of_feeds.clone().with("message_id", Shape::Single).with("sequence", Shape::Single)
}

/// What they are for one event.
///
/// # Errors
/// It is no event.
pub(super) fn context(parcel: Parcel<'_>) -> Result<Context, String> {
    let event: Value =
        serde_json::from_slice(parcel.event).map_err(|error| format!("the event is not readable: {error}"))?;
    let ticket = event.get("data").unwrap_or(&Value::Null);
    let word = ticket.pointer("/change/event").unwrap_or(&Value::Null);
    let (id, sequence) = (json!(parcel.message_id), json!(parcel.delivery.0));
    Ok(Context::new([("ticket", ticket), ("event", word), ("message_id", &id), ("sequence", &sequence)]))
}
