//! What people do: clerks split, merge, answer reviews and mend records, an admin erases, citizens rate.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use huiliu::desk::{Acted, Action, Erased, Replayed};
use huiliu::engine::Engine;
use huiliu::key::ReviewKey;
use huiliu::store::{Page, QuarantineView};
use huiliu::ticket::Status;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::book::Named;
use crate::disk::Platter;
use crate::sources::{CHANNELS, Entry, is_complaint};
use crate::world::{Shared, World};

/// Acts now and then while there is trouble.
pub async fn people(world: Shared, engine: Arc<Engine>, platter: Platter) {
    loop {
        sleep(Duration::from_millis(2_300)).await;
        if !world.lock().troubled {
            return;
        }
        if let Some(action) = draw_action(&world) {
            world.note(|| format!("person: {action:?}"));
            let acted = engine.desk.act(action, "sim", &engine.supervisor.pack().rules).await;
            world.lock().acted += u64::from(acted.is_ok());
            world.note(|| format!("person: {acted:?}"));
        }
        if world.fault("citizen: rates", 200) {
            rate(&mut world.lock());
        }
        if world.fault("source: states something later", 150) {
            state_later(&mut world.lock());
        }
        if world.fault("person: replays", 200) {
            replay(&world, &engine, &platter).await;
        }
        if world.fault("person: erases", 15) {
            erase(&world, &engine, &platter).await;
        }
    }
}

fn draw_action(world: &Shared) -> Option<Action> {
    let mut world = world.lock();
    if world.fault("person: answers a review", 60) {
        let review = i64::try_from(world.dice.below(6) + 1).unwrap_or(1);
        return Some(Action::Review { review: ReviewKey(review), same: world.dice.chance(500) });
    }
    if !world.dice.chance(150) {
        return None;
    }
    let tickets: Vec<String> = world.queues.book.tickets.keys().cloned().collect();
    let mut ticket = || tickets.get(world.dice.below(tickets.len())).cloned();
    let (one, other) = (ticket()?, ticket()?);
    let number = world.dice.below(40) + 1;
    let receipt = format!("SM261120{number:07}");
    Some(match world.dice.below(5) {
        0 => Action::Split { receipt },
        1 => Action::Merge { from: one, into: other },
        2 => Action::Move { receipt, into: other },
        3 => Action::Undo { ticket: one },
        _ => Action::Pin { ticket: one, pinned: world.dice.chance(500) },
    })
}

/// A citizen who was told that all is done says what that was like, on the channel of the complaint.
fn rate(world: &mut World) {
    let is_final = |status: &str| Status::from_wire(status).is_some_and(Status::is_final);
    let mut told: Vec<Named> = world
        .sources
        .replies
        .iter()
        .filter(|(_, replies)| replies.iter().any(|(_, status)| is_final(status)))
        .map(|(named, _)| named.clone())
        .collect();
    told.sort();
    let Some((channel, about)) = told.get(world.dice.below(told.len())).cloned() else { return };
    let rating = if world.dice.chance(700) { "不满意" } else { "满意" };
    let now_ms = world.ms();
    let entries = world.sources.of(&channel);
    let seq = u64::try_from(entries.len()).unwrap_or(0) + 1;
    // It stands in its source behind what was there.
    let at_ms = entries.iter().map(|entry| entry.at_ms).max().unwrap_or(0).max(now_ms);
    let number = format!("R{seq}");
    let body = json!({ "number": number, "about": about, "rating": rating });
    entries.push(Entry { seq, number, body, at_ms, done: false });
    world.note(|| format!("citizen: {channel} {about} is rated {rating}"));
}

/// A source urges, withdraws or closes a complaint that it has delivered or will deliver; the message has an id of its own, or that of
/// the complaint.
fn state_later(world: &mut World) {
    let channel = CHANNELS[world.dice.below(CHANNELS.len())];
    let numbers: Vec<String> = world
        .sources
        .of(channel)
        .iter()
        .filter(|entry| is_complaint(&entry.body))
        .map(|entry| entry.number.clone())
        .collect();
    let Some(about) = numbers.get(world.dice.below(numbers.len())).cloned() else { return };
    let stated = ["催办", "撤单", "办结"][world.dice.below(3)];
    let own_id = world.dice.chance(500);
    let words = ["", "请尽快"][world.dice.below(2)];
    let now_ms = world.ms();
    let entries = world.sources.of(channel);
    let seq = u64::try_from(entries.len()).unwrap_or(0) + 1;
    let at_ms = entries.iter().map(|entry| entry.at_ms).max().unwrap_or(0).max(now_ms);
    let number = if own_id { format!("S{seq}") } else { about.clone() };
    let body = json!({ "number": number, "about": about, "stated": stated, "words": words });
    entries.push(Entry { seq, number, body, at_ms, done: false });
    world.note(|| format!("source: {channel} states {stated} of {about}"));
}

/// A clerk looks at what is in quarantine, mends a record or not, and has it mapped again.
async fn replay(world: &Shared, engine: &Engine, platter: &Platter) {
    let listed = platter.lock().unwrap_or_else(PoisonError::into_inner).quarantine(None, Page::first(Page::MAX));
    let (view, mended) = {
        let mut world = world.lock();
        let Ok(mut listed) = listed else {
            world.violation("the store cannot be read: the quarantine");
            return;
        };
        let at = world.dice.below(listed.len());
        if listed.is_empty() {
            return;
        }
        let view = listed.swap_remove(at);
        let mended = mend(&mut world, &view);
        (view, mended)
    };
    world.note(|| format!("person: replays {} {} with {mended:?}", view.channel, view.record_id));
    let pack = engine.supervisor.pack();
    let Some(record) = pack.map_kept(&view.channel, view.record_id, mended.unwrap_or(view.body), view.at) else {
        return;
    };
    let released = engine.desk.replay(view.raw_id, record, "sim", &pack.rules).await;
    world.lock().acted += u64::from(released.is_ok());
    world.note(|| format!("person: replayed {released:?}"));
    if matches!(released, Ok(Replayed::Released(_))) {
        world.lock().seen("record: left quarantine");
    }
}

/// A rating only has to wait for its complaint; a complaint without words gets some.
fn mend(world: &mut World, view: &QuarantineView) -> Option<Value> {
    if view.body["rating"].is_string() || view.body["stated"].is_string() || world.dice.chance(300) {
        return None;
    }
    let mut body = view.body.clone();
    (body["title"], body["text"]) = (json!("补上的标题"), json!("坐席补记：来电人反映斥山街道路灯不亮。"));
    world.queues.book.mended.insert((view.channel.clone(), view.record_id.clone()));
    Some(body)
}

/// An admin erases what a citizen said, as the law lets citizens ask.
async fn erase(world: &Shared, engine: &Engine, platter: &Platter) {
    let receipt = format!("SM261120{:07}", world.lock().dice.below(20) + 1);
    let Some((named, _)) = find(world, platter, &receipt) else { return };
    world.lock().queues.book.to_be_erased.insert(named.clone());
    let action = Action::Erase { hashes: Vec::new(), receipt: Some(receipt.clone()) };
    let erased = engine.desk.act(action, "sim", &engine.supervisor.pack().rules).await;
    world.lock().acted += u64::from(erased.is_ok());
    world.note(|| format!("person: erased {receipt} {named:?}: {erased:?}"));
    // The version after it: one of an update in the same transaction may have been written with the words just before.
    if let (Ok(Acted::Erased(Erased { erased: 1, .. })), Some((_, ticket))) = (erased, find(world, platter, &receipt)) {
        world.lock().queues.book.erased.insert(named, ticket);
    }
}

/// A complaint by its receipt number: its channel and number, and its ticket with its version.
fn find(world: &Shared, platter: &Platter, receipt: &str) -> Option<(Named, (String, u64))> {
    let found = (|| {
        let mut store = platter.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(view) = store.complaints_by_receipt(&[receipt])?.pop() else { return Ok(None) };
        let ticket = store.tickets(&[view.ticket], 1)?.pop().map(|detail| (detail.ticket.id, detail.ticket.version));
        Ok(ticket.map(|ticket| ((view.complaint.channel, view.complaint.number), ticket)))
    })();
    found.unwrap_or_else(|error: huiliu::store::StoreError| {
        world.lock().violation(format!("the store cannot be read: {error}"));
        None
    })
}
