//! Queues.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::{Contents, KeptReply, Model, kept};
use crate::{
    DueAlarm, DueReminder, Occurrence, OccurrenceKind, PendingMessage, PendingReply, Queues, ReplyState, StoreError,
};
use huiliu_domain::key::ReplyKey;

/// Most due replies of one channel at a time.
const OF_A_CHANNEL: usize = 8;

impl Queues for Model {
    fn position(&mut self, channel: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.contents().positions.get(channel).cloned())
    }

    fn pending_messages(
        &mut self,
        after: i64,
        limit: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError> {
        let contents = self.contents();
        let (mut found, mut last) = (Vec::new(), None);
        let waiting = contents.outbox.iter().filter(|(id, (_, published))| **id > after && published.is_none());
        for (id, (row, _)) in waiting.take(limit) {
            last = Some(*id);
            let mut message = PendingMessage {
                id: *id,
                ticket: row.ticket,
                ticket_id: row.ticket_id.clone(),
                version: row.version,
                exchange: row.exchange.clone(),
                routing_key: row.routing_key.clone(),
                message_id: row.message_id.clone(),
                kind: row.kind.clone(),
                at: row.at,
                body: Vec::new(),
            };
            if wanted(&message) {
                message.body = row.body.to_string().into_bytes();
                found.push(message);
            }
        }
        Ok((found, last))
    }

    fn mark_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError> {
        let mut contents = self.contents();
        for id in ids {
            if let Some((_, published)) = contents.outbox.get_mut(id) {
                *published = Some(kept(at));
            }
        }
        Ok(())
    }

    fn due_replies(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PendingReply>, StoreError> {
        let contents = self.contents();
        let pending: Vec<(ReplyKey, &KeptReply)> = contents
            .replies
            .iter()
            .filter(|(_, reply)| reply.state == ReplyState::Pending)
            .map(|(key, reply)| (*key, reply))
            .collect();
        let earlier_waits = |key: ReplyKey, reply: &KeptReply| {
            pending.iter().any(|(other, earlier)| *other < key && earlier.row.complaint == reply.row.complaint)
        };
        let mut due: Vec<_> = pending
            .iter()
            .filter(|(key, reply)| reply.next_at <= now && !earlier_waits(*key, reply))
            .copied()
            .collect();
        due.sort_by_key(|(key, reply)| (reply.next_at, *key));
        let mut of_channel: BTreeMap<&str, usize> = BTreeMap::new();
        due.retain(|(_, reply)| {
            let taken = of_channel.entry(&reply.row.channel).or_default();
            *taken += 1;
            *taken <= OF_A_CHANNEL
        });
        Ok(due.into_iter().filter_map(|(key, reply)| contents.pending(key, reply)).take(limit).collect())
    }

    fn mark_reply(
        &mut self,
        key: ReplyKey,
        state: ReplyState,
        error: Option<&str>,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut contents = self.contents();
        contents.happen(Occurrence::attempt(OccurrenceKind::ReplyAttempt, key.0, state.name(), error, now));
        if let Some(reply) = contents.replies.get_mut(&key) {
            reply.attempts += 1;
            reply.done_at = (state != ReplyState::Pending).then(|| kept(now));
            (reply.state, reply.last_error) = (state, error.map(str::to_owned));
            reply.next_at = next_at.map_or(reply.next_at, kept);
        }
        Ok(())
    }

    fn due_reminders(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueReminder>, StoreError> {
        let contents = self.contents();
        let mut due: Vec<_> =
            contents.reminders.iter().filter(|(_, (reminder, sent))| !sent && reminder.at <= now).collect();
        due.sort_by_key(|(key, (reminder, _))| (reminder.at, **key));
        let reminders = due.into_iter().take(limit).map(|(key, (reminder, _))| DueReminder {
            id: *key,
            ticket: reminder.ticket,
            percent: reminder.percent,
        });
        Ok(reminders.collect())
    }

    fn due_alarms(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueAlarm>, StoreError> {
        let contents = self.contents();
        let mut due: Vec<_> = contents.alarms.iter().filter(|(_, at)| **at <= now).collect();
        due.sort_by_key(|(key, at)| (**at, (*key).clone()));
        let alarms = due.into_iter().take(limit);
        Ok(alarms.map(|((ticket, clock), _)| DueAlarm { ticket: *ticket, clock: clock.clone() }).collect())
    }

    fn notices_on(&mut self, addressee: &str, day: Date) -> Result<u32, StoreError> {
        let contents = self.contents();
        let last = contents.notice_counts.get(addressee).filter(|(last, _)| *last == day);
        Ok(last.map_or(0, |(_, count)| *count))
    }
}

impl Contents {
    fn pending(&self, key: ReplyKey, reply: &KeptReply) -> Option<PendingReply> {
        let complaint = self.view(self.complaints.get(&reply.row.complaint)?);
        Some(PendingReply {
            id: key,
            key: reply.row.key.clone(),
            channel: reply.row.channel.clone(),
            status: reply.row.status,
            attempts: reply.attempts,
            answer: reply.row.answer.clone(),
            record: self.raw.get(&complaint.raw_id).map_or(Value::Null, |raw| raw.body.clone()),
            complaint,
        })
    }
}
