//! A city in which nothing fails and time passes when a test says so: for what happens at a certain time.

use std::sync::PoisonError;
use std::time::Duration;

use huiliu::config::RetentionSettings;
use huiliu::engine::Engine;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::disk::Platter;
use crate::run::{Town, platter};
use crate::sources::Entry;
use crate::world::Shared;

/// Longer than any part of the gateway waits before it looks again at sources, updates or deadlines.
const LOOK: Duration = Duration::from_secs(20);

/// A city without faults.
pub struct Quiet {
    town: Town,
    world: Shared,
    platter: Platter,
    retention: RetentionSettings,
}

impl Quiet {
    pub fn new(retention: RetentionSettings) -> Self {
        let world = Shared::new(1, false);
        {
            let mut world = world.lock();
            world.troubled = false;
            world.queues.book.events = Some(Vec::new());
        }
        Self { town: Town::load(), world, platter: platter(), retention }
    }

    /// A gateway's life, over what earlier ones have left.
    pub fn gateway<T>(&self, told: impl AsyncFnOnce(&Engine) -> T) -> T {
        self.town.quiet(&self.world, &self.platter, self.retention, told)
    }

    /// What the clock says.
    pub fn now(&self) -> Timestamp {
        self.world.lock().now()
    }

    /// The clock goes on by this much, and everything that is due then is done.
    pub async fn pass(&self, time: SignedDuration) {
        self.world.lock().jump(i64::try_from(time.as_millis()).unwrap());
        sleep(LOOK).await;
    }

    /// A record comes in, with these members beside its number; when it has been taken.
    async fn hand_in(&self, number: &str, members: &Value) {
        let mut body = json!({ "number": number });
        for (name, value) in members.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        {
            let mut world = self.world.lock();
            let at_ms = world.ms();
            let entries = world.sources.of("watermark");
            let seq = u64::try_from(entries.len()).unwrap() + 1;
            entries.push(Entry { seq, number: number.to_owned(), body, at_ms, done: false });
        }
        sleep(LOOK).await;
    }

    /// A citizen says how an earlier complaint was handled.
    pub async fn rate(&self, number: &str, about: &str, rating: &str) {
        self.hand_in(number, &json!({ "about": about, "rating": rating })).await;
    }

    /// A complaint comes in; when it has been taken, its ticket's id.
    pub async fn complain(&self, number: &str, complaint: Value) -> String {
        self.hand_in(number, &complaint).await;
        let named = ("watermark".to_owned(), number.to_owned());
        let homes = self.world.lock().queues.book.homes();
        homes.get(&named).and_then(|home| home.first()).map(|(_, ticket)| ticket.clone()).unwrap()
    }

    /// The platform says something of a ticket; when it has been applied.
    pub async fn say(&self, ticket: &str, sequence: i64, status: &str, due_at: Option<Timestamp>) {
        let update = json!({
            "update_id": format!("u{sequence}"), "platform": "command", "ticket_id": ticket, "sequence": sequence,
            "status": status, "occurred_at": self.now().to_string(), "result": "已处理",
            "due_at": due_at.map(|at| at.to_string()),
        });
        self.world.lock().queues.updates.push_back(update.to_string().into_bytes());
        self.world.updates().notify_one();
        sleep(LOOK).await;
        assert_eq!(self.world.lock().queues.dead, Vec::<String>::new(), "the update is good");
    }

    /// The events of a ticket so far, oldest first.
    pub fn events(&self, ticket: &str) -> Vec<Value> {
        let world = self.world.lock();
        let events = world.queues.book.events.iter().flatten();
        events.filter(|event| event["ticket_id"] == ticket).cloned().collect()
    }

    /// Shares of the time of which a ticket was reminded, in percent, in their order.
    pub fn reminders(&self, ticket: &str) -> Vec<u64> {
        let events = self.events(ticket);
        let of_reminders = events.iter().filter(|event| event["change"]["event"] == "reminder");
        of_reminders.map(|event| event["change"]["percent_of_time"].as_u64().unwrap()).collect()
    }

    /// Grade and deadline as the last event tells them.
    pub fn route(&self, ticket: &str) -> (String, Timestamp) {
        let last = self.events(ticket).pop().unwrap();
        (last["grade"].as_str().unwrap().to_owned(), last["due_at"].as_str().unwrap().parse().unwrap())
    }

    /// Receipt number of a complaint, as the public stream tells it.
    pub fn receipt(&self, number: &str) -> String {
        let homes = self.world.lock().queues.book.homes();
        let named = ("watermark".to_owned(), number.to_owned());
        homes.get(&named).and_then(|home| home.first()).map(|(receipt, _)| receipt.clone()).unwrap()
    }

    /// How many messages are stored that were published; they are gone afterwards.
    pub fn forget_published(&self) -> usize {
        let later = self.now() + SignedDuration::from_hours(1);
        self.platter.lock().unwrap_or_else(PoisonError::into_inner).forget_published(later).unwrap()
    }

    /// What is stored of a complaint: whether it was erased, and its text.
    pub fn stored(&self, number: &str) -> (bool, String) {
        let mut store = self.platter.lock().unwrap_or_else(PoisonError::into_inner);
        let key = ("watermark".to_owned(), number.to_owned());
        let head = store.heads_by_number(std::slice::from_ref(&key)).unwrap().remove(&key).unwrap();
        let view = store.complaints(&[head.id]).unwrap().remove(0);
        (view.erased, view.complaint.text)
    }
}
