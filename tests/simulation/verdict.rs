//! What must hold when a run ends.

use std::collections::HashMap;

use huiliu::store::sqlite::SqliteStore;
use huiliu::store::{FindingState, Page, ReplyState, Store as _, TicketFilter};
use huiliu::ticket::Status;

use crate::actors::Said;
use crate::sources::{CHANNELS, digest};
use crate::world::World;

/// What is still to do; empty when everything is stored, published, applied and answered.
pub fn unfinished(world: &mut World, store: &mut SqliteStore) -> Vec<String> {
    let mut waits = Vec::new();
    for channel in CHANNELS {
        for entry in world.sources.of(channel).clone() {
            if !world.stored.contains(&(channel.to_owned(), entry.number.clone(), digest(&entry.body))) {
                waits.push(format!("{channel} {} is not stored", entry.number));
            } else if channel != "watermark" && !entry.done {
                waits.push(format!("{channel} {} is not confirmed", entry.number));
            }
        }
    }
    let Ok(counts) = store.queue_counts() else { return vec!["the store cannot be read".to_owned()] };
    if counts.outbox > 0 {
        waits.push(format!("{} messages are not published", counts.outbox));
    }
    if counts.replies_pending > 0 {
        waits.push(format!("{} replies are not sent", counts.replies_pending));
    }
    let updates = world.queues.updates.len() + world.queues.given;
    if updates > 0 {
        waits.push(format!("{updates} updates are not applied"));
    }
    for ticket in tickets(store) {
        if !ticket.1.is_final() && ticket.1 != Status::Absorbed {
            waits.push(format!("{} is {:?}", ticket.0, ticket.1));
        }
    }
    waits
}

fn tickets(store: &mut SqliteStore) -> Vec<(String, Status, u64, i64)> {
    let page = Page::first(Page::MAX);
    let found = store.list_tickets(&TicketFilter::default(), page).unwrap_or_default();
    found.into_iter().map(|view| (view.ticket.id, view.ticket.status, view.ticket.version, view.key)).collect()
}

/// Safety at the end: the store is whole, the public stream has told it all, every citizen is answered.
pub fn judge(world: &mut World, store: &mut SqliteStore, said: &Said) {
    for finding in store.examine(false).unwrap_or_default() {
        if finding.state == FindingState::Wrong {
            world.violation(format!("doctor: {}: {}", finding.check, finding.message));
        }
    }
    let dead: HashMap<String, usize> = store
        .list_replies(ReplyState::Dead, Page::first(Page::MAX))
        .unwrap_or_default()
        .into_iter()
        .fold(HashMap::new(), |mut dead, reply| {
            *dead.entry(reply.receipt).or_default() += 1;
            dead
        });
    for (id, status, version, key) in tickets(store) {
        match world.queues.tickets.get(&id).cloned() {
            Some((told, seen)) if seen == version && told == status.wire() => {}
            told => world.violation(format!("P1: {id} is {status:?} in version {version}, the stream says {told:?}")),
        }
        let newest = said.get(&id).and_then(|history| history.last());
        if let Some((_, newest)) = newest
            && status != Status::Absorbed
            && status.wire() != *newest
        {
            // An absorbed ticket that was set free again has missed what was said meanwhile.
            let refused = world.queues.dead.iter().any(|reason| reason.contains("absorbed"));
            if !refused {
                world.violation(format!("status: {id} is {status:?}, but the platform said {newest} last"));
            }
        }
        if !status.is_final() {
            continue;
        }
        for view in store.complaints_of(key).unwrap_or_default() {
            let told = world.sources.replies.get(&(view.complaint.channel.clone(), view.complaint.number.clone()));
            let answered =
                told.into_iter().flatten().any(|(_, status)| Status::from_wire(status).is_some_and(Status::is_final));
            if !answered && !dead.contains_key(&view.receipt) {
                world.violation(format!("P5: {} of {id} was never answered", view.receipt));
            }
        }
    }
    for reason in world.queues.dead.clone() {
        if !reason.contains("absorbed") {
            world.violation(format!("a good update was refused: {reason}"));
        }
    }
}
