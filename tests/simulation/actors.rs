//! Who acts on the gateway: callers that push, a platform that works on tickets, and chance.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use huiliu::channels::PackChange;
use huiliu::engine::Engine;
use huiliu::pack::Pack;
use huiliu::store::PackCause;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::sources::{Call, Entry};
use crate::world::{Shared, World};

/// Pushes what is there until it is acknowledged, some records a call, as callers do that follow the contract.
pub async fn call(world: Shared) {
    loop {
        let (call, answered) = {
            let mut world = world.lock();
            let now_ms = world.ms();
            let most = 1 + world.dice.below(3);
            // One version of a record after the other: a caller sends an amendment when the record has been taken.
            let mut entries: Vec<Entry> = Vec::new();
            for entry in world.sources.of("pushing").iter().filter(|entry| entry.at_ms <= now_ms && !entry.done) {
                if entries.len() < most && entries.iter().all(|taken| taken.number != entry.number) {
                    entries.push(entry.clone());
                }
            }
            let (answer, answered) = oneshot::channel();
            world.sources.next_call += 1;
            let id = world.sources.next_call;
            (Call { id, entries, answer }, answered)
        };
        if call.entries.is_empty() {
            sleep(Duration::from_millis(700)).await;
            continue;
        }
        world.lock().sources.waiting.push_back(call);
        world.calls().notify_one();
        // Acknowledged, refused or silence: the loop looks again at what is not done.
        drop(tokio::time::timeout(Duration::from_secs(30), answered).await);
        sleep(Duration::from_millis(200)).await;
    }
}

/// What the platform has said of tickets: per ticket its counter and the status with it.
pub type Said = BTreeMap<String, Vec<(i64, &'static str)>>;

/// What stands for a status that was not set: an act alone.
pub const ACT: &str = "act";
/// Units that are given tickets, and called.
const UNITS: [&str; 4] = ["housing", "water", "urban-management", "heating"];

fn unit(world: &mut World) -> &'static str {
    UNITS.get(world.dice.below(UNITS.len())).copied().unwrap_or_default()
}

/// What the platform does with a ticket besides setting its status. Of what cannot be done as the ticket stands it hears, and goes on.
fn act(world: &mut World) -> Value {
    let (unit, other) = (unit(world), unit(world));
    // Few are called, so that who is called also comes, and gets marks.
    let called = UNITS.get(world.dice.below(2)).copied().unwrap_or_default();
    match world.dice.below(8) {
        0 | 1 => json!({ "kind": "assign", "unit": unit, "co_units": [other] }),
        2 => json!({ "kind": "escalate" }),
        3 | 4 => json!({ "kind": "whistle", "units": [called] }),
        5 => json!({ "kind": "respond", "unit": called }),
        _ => json!({ "kind": "score", "unit": called, "speed": 5, "quality": 1 }),
    }
}

/// Works on tickets it has heard of; when the trouble is over it resolves what is open.
pub async fn platform(world: Shared, said: Arc<std::sync::Mutex<Said>>) {
    const STATES: [&str; 6] = ["accepted", "in_progress", "resolved", "closed", "reopened", "rejected"];
    loop {
        sleep(Duration::from_millis(1_500)).await;
        let mut world_now = world.lock();
        let troubled = world_now.troubled;
        let tickets: Vec<(String, String)> =
            world_now.queues.book.tickets.iter().map(|(id, told)| (id.clone(), told.status.clone())).collect();
        let mut chosen: Vec<(String, &str)> = Vec::new();
        if troubled {
            let (ticket, state) = (world_now.dice.below(tickets.len()), world_now.dice.below(STATES.len() + 3));
            if let Some((id, _)) = tickets.get(ticket) {
                chosen.push((id.clone(), STATES.get(state).copied().unwrap_or(ACT)));
            }
        } else if world_now.queues.updates.is_empty() {
            let open = |status: &str| !matches!(status, "resolved" | "closed" | "rejected" | "absorbed");
            chosen.extend(tickets.iter().filter(|(_, status)| open(status)).map(|(id, _)| (id.clone(), "resolved")));
        }
        for (ticket, status) in chosen {
            let mut said = said.lock().expect("nobody panics here");
            let history = said.entry(ticket.clone()).or_default();
            let sequence = i64::try_from(history.len()).unwrap_or(0) + 1;
            history.push((sequence, status));
            let mut update = json!({
                "update_id": format!("u{sequence}"), "platform": "command", "ticket_id": ticket, "sequence": sequence,
                "status": status, "occurred_at": world_now.now().to_string(), "result": "已处理",
            });
            if status == ACT {
                (update["status"], update["act"]) = (Value::Null, act(&mut world_now));
            } else if status == "in_progress" {
                // Of a ticket that is being handled it can always be said.
                update["act"] = json!({ "kind": "assign", "unit": unit(&mut world_now) });
            }
            let body = update.to_string().into_bytes();
            world_now.note(|| format!("platform: {ticket} {sequence} {status}"));
            if world_now.fault("status: sent twice and out of order", 100) {
                let waiting = world_now.queues.updates.len();
                // A status that comes before an older one replaces it; an act replaces nothing.
                let at = if status == ACT { waiting } else { world_now.dice.below(waiting + 1) };
                world_now.queues.updates.insert(at, body.clone());
            }
            world_now.queues.updates.push_back(body);
        }
        drop(world_now);
        world.updates().notify_one();
    }
}

/// Reloads, clock jumps, a deleted exchange.
pub async fn chance(world: Shared, engine: Arc<Engine>, packs: [Arc<Pack>; 2]) {
    loop {
        sleep(Duration::from_millis(2_500)).await;
        if !world.lock().troubled {
            return;
        }
        if world.fault("settings: reload", 60) {
            let pack = packs.get(world.lock().dice.below(2)).map(Arc::clone);
            if let Some(pack) = pack {
                let reloaded = engine.supervisor.put_live(pack, PackChange::of("sim-admin", PackCause::Reload)).await;
                world.note(|| format!("reload: {}", reloaded.is_ok()));
            }
        }
        for (fault, sign) in [("clock: jumped on", 1), ("clock: jumped back", -1)] {
            if world.fault(fault, 20) {
                let mut world = world.lock();
                let by = i64::try_from(world.dice.below(600_000)).unwrap_or(0);
                world.jump(sign * by);
            }
        }
        if world.fault("broker: exchange gone", 30) {
            world.lock().queues.exchange_gone = true;
        }
    }
}
