//! Simulated channels: one that is read by watermark, one whose records are signed, one that is pushed to.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Delivery, Factory, Opening, Outcome, OutcomeState, Position, Problems, RawRecord,
    Receipt, Records, Reply, Sent, WayBack,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::world::Shared;

/// Channels of the pack.
pub const CHANNELS: [&str; 3] = ["watermark", "signing", "pushing"];

/// One record, or a newer version of one, that a source will deliver.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Place in the source, from 1.
    pub seq: u64,
    /// The source's number.
    pub number: String,
    pub body: Value,
    /// When it is there, in milliseconds since the beginning.
    pub at_ms: i64,
    /// Signed, or acknowledged to its caller: it does not come again.
    pub done: bool,
}

/// A call of somebody who pushes.
pub struct Call {
    pub id: u64,
    pub entries: Vec<Entry>,
    pub answer: oneshot::Sender<()>,
}

/// All sources.
#[derive(Default)]
pub struct Sources {
    pub entries: BTreeMap<&'static str, Vec<Entry>>,
    /// Replies that reached a citizen: status by channel and number, in order, with their keys.
    pub replies: HashMap<(String, String), Vec<(String, String)>>,
    pub waiting: VecDeque<Call>,
    /// Calls whose records were handed to the gateway.
    pub open: HashMap<u64, oneshot::Sender<()>>,
    pub next_call: u64,
}

impl Sources {
    /// Connections of callers do not outlive the gateway.
    pub fn forget_calls(&mut self) {
        self.waiting.clear();
        self.open.clear();
    }

    pub fn of(&mut self, channel: &str) -> &mut Vec<Entry> {
        let channel = CHANNELS.into_iter().find(|known| *known == channel).unwrap_or("watermark");
        self.entries.entry(channel).or_default()
    }
}

/// Digest under which the store keeps a record.
pub fn digest(body: &Value) -> [u8; 16] {
    let hash = ring::digest::digest(&ring::digest::SHA256, body.to_string().as_bytes());
    hash.as_ref().first_chunk().copied().unwrap_or_default()
}

/// Whether a record is a complaint by the pack of the simulation.
pub fn is_complaint(body: &Value) -> bool {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let states_later = !text("rating").is_empty() || !text("stated").is_empty();
    !states_later && text("title") != "测试" && !(text("title").is_empty() && text("text").is_empty())
}

/// Makes simulated channels.
#[derive(Debug)]
pub struct SimulatedFactory;

impl Factory for SimulatedFactory {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        Ok(Arc::new(Simulated { channel: opening.channel.to_owned() }))
    }
}

struct Simulated {
    channel: String,
}

fn records(entries: &[Entry]) -> Vec<RawRecord> {
    entries.iter().map(|entry| RawRecord::new(entry.number.clone(), entry.body.clone())).collect()
}

impl Simulated {
    /// What there is, in order: records after `after` that are not done.
    fn available(&self, world: &Shared, after: u64, limit: usize) -> (Vec<Entry>, bool) {
        let mut world = world.lock();
        let now_ms = world.ms();
        let there = |entry: &&Entry| entry.seq > after && entry.at_ms <= now_ms && !entry.done;
        let mut found: Vec<Entry> =
            world.sources.of(&self.channel).iter().filter(there).take(limit + 1).cloned().collect();
        let more = found.len() > limit;
        found.truncate(limit);
        (found, more)
    }

    async fn waiting_call(world: &Shared) -> Call {
        loop {
            if let Some(call) = world.lock().sources.waiting.pop_front() {
                return call;
            }
            world.calls().notified().await;
        }
    }

    /// Everything of the batch that was acknowledged must be in the store, word for word.
    fn check_stored(&self, world: &Shared, receipt: &Receipt, outcomes: &[Outcome]) -> Vec<u64> {
        let mut world = world.lock();
        let entries: Vec<(u64, String, Value)> =
            serde_json::from_value(receipt.0["entries"].clone()).unwrap_or_default();
        for (_, number, body) in &entries {
            if !world.holds(&self.channel, number, digest(body)) {
                world.violation(format!("P1: {} {number} was confirmed to its source but is not stored", self.channel));
            }
        }
        for ((_, number, body), outcome) in entries.iter().zip(outcomes).filter(|((.., body), _)| is_complaint(body)) {
            let clashes = |(_, other, of_other): &(u64, String, Value)| {
                other == number && of_other != body && is_complaint(of_other)
            };
            let is_aside = matches!(outcome.state, OutcomeState::Quarantined { .. });
            let clashes = entries.iter().any(clashes);
            if is_aside && clashes {
                world.seen("record: set aside beside another of its page");
            }
            let version = ((self.channel.clone(), number.clone()), digest(body));
            world.queues.book.note_aside(version, is_aside, clashes);
        }
        for outcome in outcomes {
            let rates = entries.iter().any(|(_, number, body)| {
                *number == outcome.id && (body["rating"].is_string() || body["stated"].is_string())
            });
            if let (Some(told), false) = (told_receipt(outcome), rates) {
                world.queues.book.note_receipt((self.channel.clone(), outcome.id.clone()), told);
            }
        }
        entries.into_iter().map(|(seq, ..)| seq).collect()
    }
}

fn told_receipt(outcome: &Outcome) -> Option<&str> {
    match &outcome.state {
        OutcomeState::Accepted { receipt_number }
        | OutcomeState::Amended { receipt_number }
        | OutcomeState::FollowUp { receipt_number } => Some(receipt_number),
        OutcomeState::Repeated { receipt_number } => receipt_number.as_deref(),
        _ => None,
    }
}

fn receipt(entries: &[Entry], call: Option<u64>) -> Receipt {
    let entries: Vec<_> = entries.iter().map(|entry| json!([entry.seq, entry.number, entry.body])).collect();
    Receipt(json!({ "entries": entries, "call": call }))
}

#[async_trait]
impl Adapter for Simulated {
    fn delivery(&self) -> Delivery {
        if self.channel == "pushing" { Delivery::Pushed } else { Delivery::Pulled }
    }

    async fn pull(&self, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let world = Shared::current();
        if self.channel == "pushing" {
            let call = Self::waiting_call(&world).await;
            world.step(|| format!("pushing: call {} with {} records", call.id, call.entries.len())).await;
            let (records, receipt) = (records(&call.entries), receipt(&call.entries, Some(call.id)));
            world.lock().sources.open.insert(call.id, call.answer);
            return Ok(Batch { calls: vec![records.len()], records, receipt, ..Batch::default() });
        }
        world.step(|| format!("{}: pull after {position:?}", self.channel)).await;
        if world.fault("source: does not answer", 40) {
            tokio::time::sleep(Duration::from_secs(3)).await;
            return Err(AdapterError::transient("no answer"));
        }
        let after = position.and_then(|position| position.0.as_u64()).unwrap_or(0);
        let after = if self.channel == "signing" { 0 } else { after };
        let (mut found, more) = self.available(&world, after, limit);
        let last = found.last().map(|entry| entry.seq);
        if world.fault("source: delivers again", 60) {
            let mut world = world.lock();
            let earlier: Vec<Entry> =
                world.sources.of(&self.channel).iter().filter(|entry| entry.seq <= after).cloned().collect();
            // Its present version: a source that forgets amendments is another fault than one that repeats itself.
            let pick = world.dice.below(earlier.len());
            if let Some(number) = earlier.get(pick).map(|entry| entry.number.clone())
                && found.len() < limit
                && found.iter().all(|entry| entry.number != number)
                && let Some(newest) = earlier.iter().rev().find(|entry| entry.number == number)
            {
                found.push(newest.clone());
            }
        }
        let position = last.filter(|_| self.channel == "watermark").map(|last| Position(json!(last)));
        Ok(Batch { records: records(&found), receipt: receipt(&found, None), position, more, ..Batch::default() })
    }

    async fn confirm(&self, receipt: &Receipt, outcomes: &[Outcome]) -> Result<(), AdapterError> {
        let world = Shared::current();
        world.step(|| format!("{}: confirm", self.channel)).await;
        let done = self.check_stored(&world, receipt, outcomes);
        if self.channel == "watermark" {
            return Ok(());
        }
        if self.channel == "signing" && world.fault("source: confirm fails", 60) {
            if world.lock().dice.chance(500) {
                return Err(AdapterError::transient("not signed"));
            }
            sign(&world, &self.channel, &done);
            return Err(AdapterError::transient("signed, but the answer was lost"));
        }
        sign(&world, &self.channel, &done);
        if let Some(answer) = receipt.0["call"].as_u64().and_then(|call| world.lock().sources.open.remove(&call)) {
            let _ = answer.send(());
        }
        Ok(())
    }

    fn abandon(&self, receipt: &Receipt) {
        let world = Shared::current();
        if let Some(call) = receipt.0["call"].as_u64() {
            world.lock().sources.open.remove(&call);
        }
    }

    fn way_back(&self) -> WayBack {
        WayBack::OwnRecords
    }

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        let world = Shared::current();
        world.step(|| format!("{}: reply {} {}", self.channel, reply.key, reply.status)).await;
        if world.fault("reply: fails", 150) {
            return Err(AdapterError::transient("no answer"));
        }
        {
            let mut world = world.lock();
            let key = (self.channel.clone(), reply.source_number.clone());
            let told = world.sources.replies.entry(key).or_default();
            told.push((reply.key.clone(), reply.status.clone()));
            let times = told.iter().filter(|(key, _)| *key == reply.key).count();
            // Once more for each crash or lost answer between the reply and its note: more often is a loop.
            if times > 12 {
                world.violation(format!("P5: {} {} was told {times} times", self.channel, reply.key));
            }
        }
        // The gateway may also die between the reply and its note.
        world.step(|| format!("{}: replied", self.channel)).await;
        if world.fault("reply: succeeds but says it failed", 40) {
            return Err(AdapterError::transient("the answer was lost"));
        }
        Ok(Sent::Taken)
    }

    fn read_file(&self, _path: &Path) -> Result<Records, AdapterError> {
        Err(AdapterError::refused("there are no files here"))
    }
}

fn sign(world: &Shared, channel: &str, done: &[u64]) {
    let mut world = world.lock();
    for entry in world.sources.of(channel).iter_mut().filter(|entry| done.contains(&entry.seq)) {
        entry.done = true;
    }
}
