//! Whether a feed gets an event. A filter chooses tickets; when it no longer chooses one that the feed has, the feed is told so once.

use huiliu_expression::{Context, Expression};
use serde_json::Value;

use super::Event;
use crate::city::{Confidential, Feed};
use crate::ticket::EventKind;

/// How a feed stands to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It gets the event.
    Gets,
    /// Its filter fails: it gets the event, masked. A platform can ignore a message, but not miss one.
    Unsure,
    /// It has the ticket, and its filter wants no event of it any more.
    Loses,
    /// The event is not for it.
    None,
}

/// How a feed stands to an event, of which this would be shown to everybody. What is of a confidential kind is for those who are named,
/// whatever others' filters want.
pub(super) fn standing(feed: &Feed, event: &Event<'_>, public: &Value, confidential: &Confidential) -> Standing {
    let ticket = &event.detail.ticket;
    if !confidential.lets_feed(&feed.name, &ticket.route.category) {
        return if ticket.is_with(&feed.name) == Some(true) { Standing::Loses } else { Standing::None };
    }
    let Some(filter) = &feed.filter else { return Standing::Gets };
    match wants(filter, public, event.kind) {
        None => Standing::Unsure,
        Some(true) => Standing::Gets,
        Some(false) if event.detail.ticket.is_with(&feed.name) != Some(true) => Standing::None,
        Some(false) if selects_events(filter.source()) || wants_another(filter, public) => Standing::None,
        Some(false) => Standing::Loses,
    }
}

fn wants(filter: &Expression, ticket: &Value, kind: EventKind) -> Option<bool> {
    let word = Value::from(kind.word());
    filter.eval(&Context::new([("ticket", ticket), ("event", &word)])).ok().map(|found| found.is_true())
}

/// Whether a filter wants events of another kind of a ticket as it is now.
fn wants_another(filter: &Expression, public: &Value) -> bool {
    let mut ticket = public.clone();
    EventKind::ALL.iter().filter(|kind| **kind != EventKind::Left).any(|kind| {
        if let Some(word) = ticket.pointer_mut("/change/event") {
            *word = Value::from(kind.word());
        }
        wants(filter, &ticket, *kind) != Some(false)
    })
}

/// Whether a filter looks at what an event changed, besides its kind, or at its version: then it says nothing of the ticket, and
/// that it is false for one event does not mean that the ticket has left.
fn selects_events(source: &str) -> bool {
    let rest = source.replace("change.event", "");
    rest.contains("change") || rest.contains("version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_on_what_changed_choose_events() {
        for source in ["ticket.change.percent_of_time >= 80", "ticket['change']['note']", "ticket.version == 1"] {
            assert!(selects_events(source), "{source}");
        }
        for source in ["ticket.grade == 'red'", "event == 'created'", "ticket.change.event == 'created'"] {
            assert!(!selects_events(source), "{source}");
        }
    }
}
