//! What happened to a ticket or complaint that their own rows do not keep, for whoever asks later how it came about.

use serde_json::{Value, json};

use super::job::Job;
use super::step::Step;
use crate::key::TicketKey;
use crate::store::{ComplaintView, Occurrence, OccurrenceKind, StoreError};
use crate::ticket::{EventKind, Route};

/// How an update is named that could not be read, where others are refused by the name of a [`Refusal`](super::Refusal).
const UNREADABLE: &str = "unreadable";

/// A status update that could not be read, although the ticket that it was about stands in it.
#[derive(Debug, Clone)]
pub struct UnreadableUpdate {
    /// Id of the ticket, as it stands there.
    pub ticket_id: String,
    /// The platform, where that can be read.
    pub platform: Option<String>,
    /// The user of the broker that sent it, where the broker says so.
    pub sent_by: Option<String>,
    /// Why it could not be read.
    pub reasons: Vec<String>,
}

impl Job for UnreadableUpdate {
    type Answer = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), StoreError> {
        let Some(key) = step.view.ticket_key(&self.ticket_id)? else { return Ok(()) };
        step.view.note_occurrence(Occurrence {
            kind: OccurrenceKind::UpdateRefused,
            subject: key.0,
            at: step.now,
            outcome: UNREADABLE.to_owned(),
            details: json!({ "platform": self.platform, "sent_by": self.sent_by, "reason": self.reasons.join("; ") }),
        });
        Ok(())
    }
}

/// Notes that a loaded ticket goes elsewhere with an event: where it was, where it is, and why each.
pub(super) fn rerouted(step: &mut Step<'_>, key: TicketKey, left: &Route, kind: EventKind) {
    let Some(detail) = step.view.loaded(key) else { return };
    let details = json!({
        "from": route(left), "to": route(&detail.ticket.route), "event": kind.word(), "version": detail.ticket.version,
    });
    let outcome = kind.word().to_owned();
    let (kind, at) = (OccurrenceKind::Rerouted, step.now);
    step.view.note_occurrence(Occurrence { kind, subject: key.0, at, outcome, details });
}

fn route(route: &Route) -> Value {
    let Route { category, district, department, basis, grade, due_at, reasons } = route;
    json!({
        "category": category, "district": district, "department": department, "basis": basis, "grade": grade, "due_at": due_at,
        "reasons": reasons,
    })
}

/// Notes that a reply, by the key that its channel knows it by, is to somebody who joined late.
pub(super) fn told_late(step: &mut Step<'_>, view: &ComplaintView, (reply, ticket): (&str, &str)) {
    step.view.note_occurrence(Occurrence {
        kind: OccurrenceKind::ToldLate,
        subject: view.id.0,
        at: step.now,
        outcome: OccurrenceKind::ToldLate.name().to_owned(),
        details: json!({ "key": reply, "ticket": ticket }),
    });
}
