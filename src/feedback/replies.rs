//! Replies are delivered through the adapters, each channel at its own pace, again and again until taken or given up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use huiliu_adapter_api::{AdapterError, Reply, ReplyFile, ReplyPerson, Sent};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::channels::Supervisor;
use crate::clock::{Clock, stopped, stopped_for};
use crate::key::ReplyKey;
use crate::mapping::{Channel, Off, ReplyWay};
use crate::mask::mask_text;
use crate::pack::Pack;
use crate::store::{ByHandReason, PendingReply, ReplyState, StoreError, StoreHandle};
use crate::telemetry::Metrics;
use crate::ticket::AnswerFile;

/// Most replies taken at a time.
const MAX_AT_ONCE: usize = 128;
/// Attempts before a reply is given up: with the waits of [`retry_wait`] about two days.
const MAX_ATTEMPTS: u32 = 30;
/// How often the replies are looked at when nothing rings.
const IDLE_LOOK: Duration = Duration::from_secs(2);
/// Longest time one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long an attempt may still take while stopping. One that is broken off is made again at the next start, with the same key.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// The wait before attempt `attempts + 1`: 5 s doubling to 2 hours.
#[must_use]
pub fn retry_wait(attempts: u32) -> Duration {
    let doubled = 5_u64.saturating_mul(1 << attempts.min(12));
    Duration::from_secs(doubled.min(7_200))
}

/// Delivers replies until told to stop.
#[derive(Debug)]
pub struct ReplySender {
    /// For adapters and the live pack.
    pub supervisor: Arc<Supervisor>,
    /// The replies.
    pub store: StoreHandle,
    /// Rung when there may be new ones.
    pub bell: Arc<Notify>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
}

/// How an attempt ended.
#[derive(Debug, Clone)]
struct Attempt {
    state: ReplyState,
    error: Option<String>,
    next_at: Option<Timestamp>,
}

/// An attempt whose result is to be stored.
#[derive(Debug, Clone)]
struct AttemptResult {
    reply: ReplyKey,
    attempt: Attempt,
    at: Timestamp,
}

impl ReplySender {
    /// Works until `stop` turns true; attempts under way are finished, if they are soon.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        // Results that the store did not take. Nothing more is sent before they are in: a reply whose sending is forgotten
        // would be sent again and again for as long as the disk is full.
        let mut unstored = Vec::new();
        while !*stop.borrow() {
            let sent = match self.store_results(&mut unstored).await {
                Ok(()) => self.send_due(&mut unstored, &stop).await,
                Err(error) => Err(error),
            };
            match sent {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!(%error, "Replies wait until the store works again."),
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = self.bell.notified(), if unstored.is_empty() => {}
                () = self.clock.pause(IDLE_LOOK) => {}
            }
        }
        if let Err(error) = self.store_results(&mut unstored).await {
            tracing::error!(%error, replies = unstored.len(), "The results of replies could not be stored; they are sent again.");
        }
    }

    /// Sends what is due; the number of replies.
    async fn send_due(
        &self,
        unstored: &mut Vec<AttemptResult>,
        stop: &watch::Receiver<bool>,
    ) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let due = match self.store.ask(move |store| store.due_replies(now, MAX_AT_ONCE)).await {
            // It would hold up all others for ever: a person has to see to it.
            Err(StoreError::Damaged { table: "reply", row, reason }) => {
                tracing::error!(reply = row, reason, "A reply cannot be read; it is given up, and listed as dead.");
                let attempt = dead(format!("its content cannot be read: {reason}"));
                unstored.push(AttemptResult { reply: ReplyKey(row), attempt, at: now });
                return Ok(1);
            }
            due => due?,
        };
        let count = due.len();
        *unstored = self.deliver(due, stop).await;
        Ok(count)
    }

    /// One reply after the other within a channel, all channels side by side; gives the results that could not be stored.
    async fn deliver(&self, due: Vec<PendingReply>, stop: &watch::Receiver<bool>) -> Vec<AttemptResult> {
        let mut by_channel: BTreeMap<String, Vec<PendingReply>> = BTreeMap::new();
        for reply in due {
            by_channel.entry(reply.channel.clone()).or_default().push(reply);
        }
        let channels = by_channel.into_values().map(|replies| async {
            for reply in replies {
                if *stop.borrow() {
                    break;
                }
                if let Some(unstored) = self.deliver_one(reply, stop.clone()).await {
                    return Some(unstored);
                }
            }
            None
        });
        join_all(channels).await.into_iter().flatten().collect()
    }

    async fn deliver_one(&self, pending: PendingReply, mut stop: watch::Receiver<bool>) -> Option<AttemptResult> {
        let mut attempt = tokio::select! {
            biased;
            attempt = self.attempt(&pending) => attempt,
            () = stopped_for(&mut stop, STOP_GRACE) => return None,
        };
        self.metrics.reply(attempt.state);
        attempt.error = attempt.error.as_deref().map(mask_text);
        if attempt.state == ReplyState::Dead {
            tracing::warn!(
                channel = pending.channel,
                reply = pending.id.0,
                error = attempt.error,
                "A reply was given up; it is in the list of dead replies."
            );
        }
        let result = AttemptResult { reply: pending.id, attempt, at: self.clock.now() };
        self.store_result(&result).await.is_err().then_some(result)
    }

    async fn store_results(&self, unstored: &mut Vec<AttemptResult>) -> Result<(), StoreError> {
        while let Some(result) = unstored.last() {
            self.store_result(result).await?;
            unstored.pop();
        }
        Ok(())
    }

    async fn store_result(&self, result: &AttemptResult) -> Result<(), StoreError> {
        let AttemptResult { reply, attempt: Attempt { state, error, next_at }, at } = result.clone();
        self.store.ask(move |store| store.mark_reply(reply, state, error.as_deref(), next_at, at)).await
    }

    async fn attempt(&self, pending: &PendingReply) -> Attempt {
        let off = || Off::of(&self.supervisor.pack().channels, &pending.channel).unwrap_or(Off::SwitchedOff);
        let Some(running) = self.supervisor.channel(&pending.channel) else {
            return self.again(pending, &off().to_string());
        };
        let carrier = match &running.channel.reply_way {
            ReplyWay::Own => running.clone(),
            ReplyWay::ByHand => return by_hand(pending, ByHandReason::BySetting),
            ReplyWay::Through(_) if pending.complaint.complaint.reporter.phone.is_none() => {
                return by_hand(pending, ByHandReason::NoTelephone);
            }
            ReplyWay::Through(other) => match self.supervisor.channel(other.get_ref()) {
                Some(carrier) => carrier,
                None => return self.again(pending, &off().to_string()),
            },
        };
        let reply = match compose(pending, &running.channel, &carrier.channel, &self.supervisor.pack()) {
            Ok(reply) => reply,
            Err(reason) => return dead(reason),
        };
        carrier.pace.ready().await;
        match tokio::time::timeout(ATTEMPT_TIMEOUT, carrier.channel.adapter.reply(&reply)).await {
            Ok(Ok(Sent::Taken)) => Attempt { state: ReplyState::Sent, error: None, next_at: None },
            Ok(Ok(Sent::NoRoute)) => by_hand(pending, ByHandReason::NoWayBack),
            Ok(Err(AdapterError::Transient { reason, .. } | AdapterError::Misconfigured { reason })) => {
                self.again(pending, &reason)
            }
            Ok(Err(AdapterError::Refused { reason } | AdapterError::Gone { reason })) => dead(reason),
            Err(_elapsed) => self.again(pending, "no result in time"),
        }
    }

    fn again(&self, pending: &PendingReply, reason: &str) -> Attempt {
        if pending.attempts + 1 >= MAX_ATTEMPTS {
            return dead(format!("given up after {MAX_ATTEMPTS} attempts: {reason}"));
        }
        let wait = SignedDuration::try_from(retry_wait(pending.attempts)).unwrap_or(SignedDuration::from_hours(2));
        let next_at = self.clock.now().saturating_add(wait).ok();
        Attempt { state: ReplyState::Pending, error: Some(reason.to_owned()), next_at }
    }
}

fn dead(reason: String) -> Attempt {
    Attempt { state: ReplyState::Dead, error: Some(reason), next_at: None }
}

/// A person has to tell the citizen, where the status is one that has to be told.
fn by_hand(pending: &PendingReply, reason: ByHandReason) -> Attempt {
    let state = if pending.status.is_final() { ReplyState::ByHand } else { ReplyState::NoRoute };
    Attempt { state, error: Some(reason.sentence().to_owned()), next_at: None }
}

/// The reply of a channel as another, or itself, carries it. What the other does not know of stays out.
fn compose(pending: &PendingReply, channel: &Channel, carrier: &Channel, pack: &Pack) -> Result<Reply, String> {
    let gives_phone = channel.reply.as_ref().is_some_and(|rule| rule.person_phone);
    let file = |file: &AnswerFile| ReplyFile {
        url: file.url.clone(),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
    };
    let reply = Reply {
        key: pending.key.clone(),
        source_number: pending.complaint.complaint.number.clone(),
        receipt_number: pending.complaint.receipt.clone(),
        status: pending.status.wire().to_owned(),
        status_zh: pending.status.zh().to_owned(),
        text: pending.answer.text.clone(),
        department: pending.answer.department.clone(),
        person: pending.answer.person.as_ref().map(|person| ReplyPerson {
            name: person.name.clone(),
            unit: person.unit.clone(),
            phone: person.phone.clone().filter(|_| gives_phone),
        }),
        attachments: pending.answer.attachments.iter().map(file).collect(),
        at: pending.answer.at.to_string(),
        phone: pending.complaint.complaint.reporter.phone.clone(),
        record: pending.record.clone(),
    };
    channel.told_by(carrier, reply, &pack.city.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_two_hours_and_stay_there() {
        let waits: Vec<u64> = [0, 1, 5, 10, 11, 29].map(|attempts| retry_wait(attempts).as_secs()).to_vec();
        assert_eq!(waits, [5, 10, 160, 5_120, 7_200, 7_200]);
    }
}
