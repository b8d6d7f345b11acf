//! What leaves on behalf of a ticket by other ways than AMQP.

use jiff::Timestamp;
use serde_json::{Value, json};

use huiliu_domain::complaint::ERASED;
use huiliu_domain::key::TicketKey;

/// An event for one destination.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRow {
    /// Name of the feed or destination.
    pub destination: String,
    /// Ticket it speaks of.
    pub ticket: TicketKey,
    /// Id of the ticket.
    pub ticket_id: String,
    /// Version of the ticket.
    pub version: u64,
    /// Idempotency key: the same whenever it is delivered.
    pub message_id: String,
    /// Event type.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// The CloudEvent.
    pub body: Value,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// To be delivered, now or later.
    Pending,
    /// The other side has it: it said so.
    Sent,
    /// Given up; a person has to see to it.
    Dead,
}

impl DeliveryState {
    /// All states with their names.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Pending, "pending"), (Self::Sent, "sent"), (Self::Dead, "dead")];

    /// Name in the store, the API and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("pending", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

/// How an attempt to deliver ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryResult {
    /// How the delivery stands now.
    pub state: DeliveryState,
    /// Why it was not taken, where it was not.
    pub error: Option<String>,
    /// What the other side answered.
    pub proof: Option<String>,
    /// When it is tried again. Without it that time stays.
    pub next_at: Option<Timestamp>,
}

/// What of an event stays when the complaint with this receipt number is erased: that it happened, to which ticket, and what it
/// says of others. What nobody has judged goes.
pub(crate) fn without_complaint(mut event: Value, receipt: &str) -> Value {
    const KEPT: [&str; 20] = [
        "ticket_id",
        "version",
        "status",
        "category",
        "category_name",
        "district",
        "district_name",
        "department",
        "department_name",
        "grade",
        "due_at",
        "created_at",
        "complaint_count",
        "successor",
        "recurrence_of",
        "title",
        "text",
        "reasons",
        "complaints",
        "change",
    ];
    let Some(members) = event.get_mut("data").and_then(Value::as_object_mut) else { return json!({ "erased": true }) };
    let others_first = members.get("complaints").and_then(|complaints| complaints.get(0)).is_some_and(|first| {
        first.get("receipt_number").and_then(Value::as_str).is_some_and(|number| number != receipt)
    });
    for (name, value) in members.iter_mut() {
        match (name.as_str(), value) {
            ("title" | "text", words) if !others_first => *words = json!(ERASED),
            ("complaints", Value::Array(complaints)) => {
                complaints.iter_mut().for_each(|complaint| forget_one(complaint, receipt));
            }
            // They may quote an address.
            ("reasons", reasons) => *reasons = json!([]),
            ("change", Value::Object(change)) => drop(change.shift_remove("note")),
            _ => {}
        }
    }
    members.retain(|name, _| KEPT.contains(&name.as_str()));
    event
}

/// Takes the words and names out of a complaint that is the erased one, or may be.
fn forget_one(complaint: &mut Value, receipt: &str) {
    let Some(members) = complaint.as_object_mut() else { return };
    if members.get("receipt_number").and_then(Value::as_str).is_some_and(|number| number != receipt) {
        return;
    }
    members.retain(|name, _| {
        matches!(
            name.as_str(),
            "receipt_number" | "channel" | "source_number" | "kind" | "title" | "text" | "received_at" | "publish"
        )
    });
    for (name, value) in members.iter_mut() {
        match name.as_str() {
            "title" | "text" => *value = json!(ERASED),
            "source_number" => *value = json!(""),
            "publish" => *value = json!(false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Value {
        let one = |receipt: &str, text: &str| json!({ "receipt_number": receipt, "source_number": "n1", "text": text, "reporter": { "name": text } });
        json!({ "id": "T1.2.county", "data": {
            "ticket_id": "T1", "text": "first", "place": { "address": "of one of them" }, "new": "not judged",
            "complaints": [one("R1", "first"), one("R2", "second")], "change": { "event": "joined", "note": "of one" },
        } })
    }

    #[test]
    fn of_an_event_that_waits_only_the_erased_complaint_goes() {
        let left = without_complaint(event(), "R2");
        assert_eq!((&left["id"], &left["data"]["text"]), (&json!("T1.2.county"), &json!("first")));
        assert_eq!(left["data"]["complaints"][0], event()["data"]["complaints"][0]);
        let second = json!({ "receipt_number": "R2", "source_number": "", "text": ERASED });
        assert_eq!(left["data"]["complaints"][1], second);
        let gone = without_complaint(event(), "R1");
        assert_eq!((&gone["data"]["text"], &gone["data"]["complaints"][1]["text"]), (&json!(ERASED), &json!("second")));
        for left in [left, gone] {
            let data = &left["data"];
            assert!(data.get("place").is_none() && data.get("new").is_none() && data["change"].get("note").is_none());
            assert_eq!(data["change"]["event"], "joined");
        }
    }

    #[test]
    fn an_event_that_does_not_say_whose_words_it_has_loses_them_all() {
        let mut nameless = event();
        for complaint in nameless["data"]["complaints"].as_array_mut().unwrap() {
            complaint.as_object_mut().unwrap().shift_remove("receipt_number");
        }
        let text = without_complaint(nameless, "R2").to_string();
        assert!(!text.contains("first") && !text.contains("second"), "{text}");
        assert_eq!(without_complaint(json!("damaged"), "R1"), json!({ "erased": true }));
    }
}
