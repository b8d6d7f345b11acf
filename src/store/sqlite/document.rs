//! The sealed documents inside rows.

use serde::{Deserialize, Serialize};

use crate::complaint::Point;
use crate::ticket::Ticket;

/// Kinds of sealed content; the names are authenticated and never change.
pub(super) mod kind {
    pub const RAW: &str = "raw";
    pub const COMPLAINT: &str = "complaint";
    pub const TICKET: &str = "ticket";
    pub const EVIDENCE: &str = "evidence";
    pub const PROBLEMS: &str = "problems";
    pub const OUTBOX: &str = "outbox";
    pub const STATUS: &str = "status";
    pub const REPLY: &str = "reply";
    pub const IMPRINT: &str = "imprint";
}

/// Every sealed column: table, key column, column, kind.
pub(super) const SEALED: [(&str, &str, &str, &str); 10] = [
    ("raw_record", "id", "body", kind::RAW),
    ("complaint", "id", "body", kind::COMPLAINT),
    ("ticket", "seq", "body", kind::TICKET),
    ("merge_event", "id", "evidence", kind::EVIDENCE),
    ("review", "id", "evidence", kind::EVIDENCE),
    ("quarantine", "raw_id", "problems", kind::PROBLEMS),
    ("outbox", "id", "body", kind::OUTBOX),
    ("status_update", "id", "body", kind::STATUS),
    ("reply", "id", "body", kind::REPLY),
    ("imprint", "complaint_id", "body", kind::IMPRINT),
];

/// What a ticket row seals.
#[derive(Serialize, Deserialize)]
pub(super) struct TicketDocument {
    pub title: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lat: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lng: Option<f64>,
    #[serde(default)]
    pub reasons: Vec<String>,
}

impl TicketDocument {
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self {
            title: ticket.title.clone(),
            text: ticket.text.clone(),
            address: ticket.address.clone(),
            lat: ticket.point.map(|point| point.lat),
            lng: ticket.point.map(|point| point.lng),
            reasons: ticket.route.reasons.clone(),
        }
    }

    pub(super) fn point(&self) -> Option<Point> {
        self.lat.zip(self.lng).map(|(lat, lng)| Point { lat, lng })
    }
}
