//! A broker with the guarantees of AMQP 0-9-1 and all the ways in which they disappoint.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use huiliu::forward::{AmqpError, Broker, Confirm, Publisher, QueueLengths, Received, Updates};
use huiliu::store::PendingMessage;
use serde_json::Value;
use tokio::sync::watch;

use crate::book::Book;
use crate::evaluation::Evaluations;
use crate::routes::Routes;
use crate::world::{Shared, World};

/// What the queues hold, and what consumers have seen.
#[derive(Default)]
pub struct Queues {
    /// Ids of messages that are in a queue.
    pub delivered: HashSet<String>,
    /// Version and id of the last message of a ticket in a queue.
    last: HashMap<(String, String), (u64, String)>,
    /// What the public stream has told.
    pub book: Book,
    /// What it has told of ratings.
    pub evaluations: Evaluations,
    /// Where tickets went.
    pub routes: Routes,
    /// Status updates that wait.
    pub updates: VecDeque<Vec<u8>>,
    /// How many were given and not acknowledged.
    pub given: usize,
    /// Dead letters: reasons.
    pub dead: Vec<String>,
    /// Somebody has deleted the exchange.
    pub exchange_gone: bool,
}

fn lost() -> AmqpError {
    AmqpError::Lost("cut".to_owned())
}

impl World {
    /// A message reaches its queue.
    fn deliver(&mut self, message: &PendingMessage) {
        let feed = message.exchange.contains("feeds");
        let queue = match feed {
            true => message.routing_key.split('.').next().unwrap_or_default().to_owned(),
            false => "public".to_owned(),
        };
        let last = self.queues.last.get(&(queue.clone(), message.ticket_id.clone()));
        let (version, id) = last.cloned().unwrap_or_default();
        let again = id == message.message_id;
        // Under the key that a ticket leaves goes one more message of the version, after the other.
        let leaves = !feed && message.message_id.ends_with("-left") && message.version == version;
        let next = if feed { message.version > version } else { leaves || message.version == version + 1 };
        if !again && !next {
            self.violation(format!("order: {queue} got {} after {id}", message.message_id));
        }
        self.note(|| format!("    {queue} holds {}", message.message_id));
        self.queues
            .last
            .insert((queue.clone(), message.ticket_id.clone()), (message.version, message.message_id.clone()));
        self.queues.delivered.insert(message.message_id.clone());
        let Ok(event) = serde_json::from_slice::<Value>(&message.body) else { return };
        let of = (message.ticket_id.as_str(), message.version);
        self.queues.routes.note(&queue, of, (&message.routing_key, &message.message_id), &event["data"]);
        if message.routing_key.starts_with("left.") {
            self.seen("ticket: left a routing key");
        } else if message.routing_key.contains(".left.") {
            self.seen("ticket: left a feed");
        }
        if !feed {
            self.queues.evaluations.note(&message.ticket_id, message.version, &event["data"]);
            self.queues.book.note_event(&message.ticket_id, message.version, &event["data"]);
            for (kind, seen) in [
                ("assigned", "ticket: assigned"),
                ("escalated", "ticket: escalated"),
                ("whistled", "ticket: units were called"),
                ("responded", "ticket: a unit came"),
                ("scored", "ticket: a unit was scored"),
            ] {
                if event["data"]["change"]["event"] == kind {
                    self.seen(seen);
                }
            }
            if event["data"]["change"]["event"] == "reopened" && event["data"]["change"]["satisfaction"].is_string() {
                self.seen("ticket: reopened by a citizen");
            }
        }
    }
}

/// The broker of a world.
pub struct SimulatedBroker(pub Shared);

#[async_trait]
impl Broker for SimulatedBroker {
    async fn publisher(&self, _feeds: Vec<String>) -> Result<Box<dyn Publisher>, AmqpError> {
        self.0.step(|| "broker: connect".to_owned()).await;
        if self.0.fault("broker: does not answer", 100) {
            tokio::time::sleep(Duration::from_secs(10)).await;
            return Err(lost());
        }
        self.0.lock().queues.exchange_gone = false;
        let (blocked, watched) = watch::channel(false);
        Ok(Box::new(SimulatedPublisher { world: self.0.clone(), blocked, watched, connected: true }))
    }

    async fn updates(&self) -> Result<Box<dyn Updates>, AmqpError> {
        self.0.step(|| "broker: connect for updates".to_owned()).await;
        if self.0.fault("broker: does not answer", 100) {
            return Err(lost());
        }
        Ok(Box::new(SimulatedUpdates { world: self.0.clone(), open: VecDeque::new() }))
    }

    fn shown(&self) -> String {
        "simulated".to_owned()
    }
}

struct SimulatedPublisher {
    world: Shared,
    blocked: watch::Sender<bool>,
    watched: watch::Receiver<bool>,
    connected: bool,
}

impl SimulatedPublisher {
    fn cut(&mut self) -> AmqpError {
        self.connected = false;
        lost()
    }

    /// The fate of one message; `None` when the connection is cut.
    fn take(&self, message: &PendingMessage) -> Option<(bool, bool)> {
        let mut world = self.world.lock();
        if world.fault("broker: cut while publishing", 8) {
            if world.dice.chance(500) {
                world.deliver(message);
            }
            return None;
        }
        // Publishing to an exchange that is not there closes the channel.
        if world.queues.exchange_gone && !message.exchange.contains("feeds") {
            return None;
        }
        if world.fault("broker: nack", 15) {
            return Some((false, false));
        }
        if world.fault("broker: returned", 15) {
            return Some((true, true));
        }
        world.deliver(message);
        Some((true, false))
    }
}

#[async_trait]
impl Publisher for SimulatedPublisher {
    async fn declare(&mut self, _feeds: Vec<String>) -> Result<(), AmqpError> {
        self.world.step(|| "broker: declare".to_owned()).await;
        if !self.connected || self.world.fault("broker: cut before publishing", 10) {
            return Err(self.cut());
        }
        self.world.lock().queues.exchange_gone = false;
        Ok(())
    }

    async fn publish(&mut self, messages: &[PendingMessage]) -> Result<Vec<Confirm>, AmqpError> {
        self.world.step(|| format!("broker: publish {}", messages.len())).await;
        if !self.connected || self.world.fault("broker: cut before publishing", 10) {
            return Err(self.cut());
        }
        if self.world.fault("broker: blocked", 10) {
            self.blocked.send_replace(true);
            tokio::time::sleep(Duration::from_secs(75)).await;
            self.blocked.send_replace(false);
        }
        let (mut confirms, mut returned) = (Vec::new(), Vec::new());
        for message in messages {
            let Some((acknowledged, comes_back)) = self.take(message) else { return Err(self.cut()) };
            confirms.push(Confirm { acknowledged, returned: None });
            returned.extend(comes_back.then(|| message.message_id.clone()));
        }
        // As lapin does: a returned message is handed out with whichever confirm is resolved next.
        for id in returned {
            let at = self.world.lock().dice.below(confirms.len());
            let free =
                confirms.iter().cycle().skip(at).take(confirms.len()).position(|confirm| confirm.returned.is_none());
            let at = free.map_or(at, |after| (at + after) % confirms.len());
            if let Some(confirm) = confirms.get_mut(at) {
                confirm.returned = Some(id);
            }
        }
        if self.world.fault("broker: slow confirm", 15) {
            tokio::time::sleep(Duration::from_secs(40)).await;
        }
        self.world.step(|| "broker: confirms".to_owned()).await;
        Ok(confirms)
    }

    async fn lengths(&mut self) -> Result<QueueLengths, AmqpError> {
        if self.connected { Ok(QueueLengths::default()) } else { Err(lost()) }
    }

    fn blocked(&self) -> watch::Receiver<bool> {
        self.watched.clone()
    }

    fn connected(&self) -> bool {
        self.connected
    }

    async fn close(&mut self) {
        self.connected = false;
    }
}

/// Updates that are given together.
const PREFETCH: usize = 8;

struct SimulatedUpdates {
    world: Shared,
    /// Given and not acknowledged.
    open: VecDeque<Vec<u8>>,
}

#[async_trait]
impl Updates for SimulatedUpdates {
    async fn next(&mut self) -> Result<Vec<Received>, AmqpError> {
        while self.world.lock().queues.updates.is_empty() {
            self.world.updates().notified().await;
        }
        self.world.step(|| "updates are fetched".to_owned()).await;
        let mut world = self.world.lock();
        let count = world.queues.updates.len().min(PREFETCH);
        let given: Vec<_> = world.queues.updates.drain(..count).collect();
        for update in &given {
            world.note(|| format!("update: {}", String::from_utf8_lossy(update)));
        }
        world.queues.given += given.len();
        self.open.extend(given.iter().cloned());
        Ok(given.into_iter().map(|body| Received { body, ..Received::default() }).collect())
    }

    async fn dead_letter(&mut self, reasons: &[String]) -> Result<(), AmqpError> {
        self.world.step(|| format!("update refused: {reasons:?}")).await;
        self.world.lock().queues.dead.push(reasons.join("; "));
        Ok(())
    }

    async fn acknowledge(&mut self) -> Result<(), AmqpError> {
        self.world.step(|| "update acknowledged".to_owned()).await;
        if self.world.fault("status: cut before acknowledging", 40) {
            return Err(lost());
        }
        if self.open.pop_front().is_some() {
            self.world.lock().queues.given -= 1;
        }
        Ok(())
    }

    async fn close(&mut self) {}
}

/// What was not acknowledged goes back to the front of its queue.
impl Drop for SimulatedUpdates {
    fn drop(&mut self) {
        let mut world = self.world.lock();
        world.queues.given -= self.open.len();
        for update in self.open.drain(..).rev() {
            world.queues.updates.push_front(update);
        }
    }
}
