//! What the city sent and what it received, with the time of the city: all that the truth may read.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::book::Step;
use super::outside::Call;

/// Everything, in order.
#[derive(Default)]
pub(super) struct Log {
    pub entries: Vec<(Timestamp, Entry)>,
    /// The complaints that were handed in.
    pub complaints: Vec<Complaint>,
    /// How many updates handlers sent from their phones.
    pub on_phones: usize,
    /// How many updates were sent at the console.
    pub at_console: usize,
}

/// A complaint that was handed in.
pub(super) struct Complaint {
    /// The matter it is about.
    pub matter: usize,
    pub item: usize,
    pub way: usize,
    pub number: String,
    pub name: String,
    pub phone: String,
    /// What the call that answers it holds.
    pub answer: Option<(&'static str, String)>,
}

/// One thing.
pub(super) enum Entry {
    /// A complaint was handed in.
    Reported(usize),
    /// An event came on a feed.
    Event { feed: String, event: Value },
    /// A platform reported a status; the mark is in the words for the citizen, and in no others.
    Status { ticket: String, status: &'static str, mark: String },
    /// A platform did something.
    Act { ticket: String, kind: &'static str, unit: String },
    /// Somebody rated the result of a complaint, by its receipt number.
    Rated { receipt: String, step: Step },
    /// An answer was approved.
    Approved { ticket: String },
    /// An answer was sent back.
    SentBack { ticket: String },
    /// What the public sees.
    Bulletin(String),
    /// The gateway called a system.
    Called(Call),
}

impl Log {
    /// Everything as lines of JSON, to look into.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(at, entry): &(Timestamp, Entry)| {
            let said = match entry {
                Entry::Reported(index) => {
                    json!({ "reported": self.complaints.get(*index).map(|complaint| &complaint.number) })
                }
                Entry::Event { feed, event } => json!({ "feed": feed, "event": event }),
                Entry::Status { ticket, status, .. } => json!({ "ticket": ticket, "status": status }),
                Entry::Act { ticket, kind, unit } => json!({ "ticket": ticket, "act": kind, "unit": unit }),
                Entry::Rated { receipt, step } => json!({ "receipt": receipt, "rating": step.code() }),
                Entry::Approved { ticket } => json!({ "ticket": ticket, "review": "approved" }),
                Entry::SentBack { ticket } => json!({ "ticket": ticket, "review": "sent back" }),
                Entry::Bulletin(page) => json!({ "bulletin": page }),
                Entry::Called(call) => json!({ "called": call.path, "body": call.body }),
            };
            json!({ "at": at.to_string(), "said": said }).to_string()
        };
        self.entries.iter().map(line).collect()
    }

    pub(super) fn note(&mut self, at: Timestamp, entry: Entry) {
        self.entries.push((at, entry));
    }
}

/// A text in a document.
pub(super) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
