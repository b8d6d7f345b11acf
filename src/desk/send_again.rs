//! Stage: a ticket is told to one feed or destination as it is now: to one that is new, or that lost it.

use std::sync::Arc;

use super::action::Acted;
use super::step::Step;
use crate::complaint::ComplaintState;
use crate::forward::{Event, feeds_of, messages};
use crate::store::StoreError;

/// Writes the ticket for one reader, if it is one that the reader gets. Nothing about the ticket changes: its version stays, and with
/// it the id of the message, by which a reader that has it already knows it again.
pub(super) fn send_again(step: &mut Step<'_>, ticket: &str, to: &str) -> Result<Acted, StoreError> {
    let rules = Arc::clone(&step.rules);
    if rules.feeds.get(to).is_none() {
        return Ok(Acted::unknown("没有这个订阅流或投送目的地", "there is no feed or destination of this name"));
    }
    let Some(key) = step.view.ticket_key(ticket)? else {
        return Ok(Acted::unknown("没有这张工单", "there is no such ticket"));
    };
    step.view.ticket(key)?;
    let (outlets, at) = (step.outlets, step.now);
    let Some(detail) = step.view.change(key) else {
        return Ok(Acted::unknown("没有这张工单", "there is no such ticket"));
    };
    if detail.complaints.iter().all(|view| view.state == ComplaintState::Past) {
        return Ok(Acted::refused(
            "这是接入前已办结的历史事项，不发送",
            "it was finished before the gateway knew of it, and is told to nobody",
        ));
    }
    if detail.ticket.hold.is_some() && rules.feeds.get(to).is_some_and(|feed| !feed.held) {
        return Ok(Acted::refused(
            "这张工单在等待分派，不发送",
            "the ticket waits to be dispatched, and is told to nobody yet",
        ));
    }
    let event = Event::to_newcomer(detail, at);
    let told = messages(&event, &rules.feeds, outlets).only_for(to, outlets);
    if told.is_empty() || feeds_of(&told, outlets).any(|(_, leaves)| leaves) {
        return Ok(Acted::refused("按其 filter，它不接收这张工单", "by its filter it does not get this ticket"));
    }
    detail.ticket.note_sent(to);
    let id = detail.ticket.id.clone();
    step.view.note_told(key, told);
    Ok(Acted::Done(vec![id]))
}
