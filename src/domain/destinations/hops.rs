//! How far a matter has been handed on: gateways that send to each other would send for ever where nobody keeps a mark.

use serde_json::Value;

/// Most gateways that a matter passes through on its way. One that comes back to where it began is told apart before, by its mark;
/// this ends circles of which nobody kept the mark.
pub const MAX_HOPS: u64 = 8;

/// How many gateways the matter of an event has passed through, this one included.
///
/// # Errors
/// It has gone far enough.
pub(super) fn counted(event: &Value) -> Result<u64, String> {
    let hops = event.get("hops").and_then(Value::as_u64).unwrap_or(0) + 1;
    match hops > MAX_HOPS {
        true => Err(format!("it has passed through {MAX_HOPS} gateways already; it goes in a circle")),
        false => Ok(hops),
    }
}
