//! What the life of one matter is told from, and who was not answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Contents, Kept, KeptReply, Model, kept};
use crate::{
    AnswerLedger, AskedView, DeliveryView, LastSaid, Lives, MessageView, Occurrence, OccurrenceKind, OutboxRow, Page,
    ReminderView, ReplyState, ReplyTimes, StatusRow, StoreError, Unanswered, UnansweredView, UpdateView, WarningRow,
};
use huiliu_domain::key::{ComplaintKey, DeliveryKey, RawKey, ReplyKey, TicketKey};
use huiliu_domain::ticket::{Act, Status, Ticket};

impl Contents {
    /// Notes what happened, and lets go of what is beyond the limit of its subject.
    pub(super) fn happen(&mut self, mut row: Occurrence) {
        row.at = kept(row.at);
        let of = (row.kind, row.subject);
        let number = self.occurrences.last().map_or(0, |(number, _)| *number) + 1;
        self.occurrences.push((number, row));
        let same = |(_, row): &(i64, Occurrence)| (row.kind, row.subject) == of;
        if self.occurrences.iter().filter(|row| same(row)).count() > Occurrence::MAX_OF_A_KIND
            && let Some(oldest) = self.occurrences.iter().position(same)
        {
            self.occurrences.remove(oldest);
        }
    }

    /// What was said goes; that it happened stays.
    pub(super) fn forget_occurrences(&mut self, kind: OccurrenceKind, is_meant: impl Fn(i64) -> bool) {
        for (_, row) in self.occurrences.iter_mut().filter(|(_, row)| row.kind == kind && is_meant(row.subject)) {
            row.details = Value::Null;
        }
    }

    pub(super) fn erase_occurrences(&mut self, complaint: ComplaintKey, tickets: &BTreeSet<TicketKey>) {
        let replies: BTreeSet<i64> =
            self.replies.iter().filter(|(_, reply)| reply.row.complaint == complaint).map(|(key, _)| key.0).collect();
        let records: BTreeSet<i64> =
            self.raw.iter().filter(|(_, raw)| raw.complaint == Some(complaint)).map(|(key, _)| key.0).collect();
        let attempts = self.occurrences.iter().map(|(_, row)| row);
        let deliveries: BTreeSet<i64> = attempts
            .filter(|row| row.kind == OccurrenceKind::DeliveryAttempt)
            .map(|row| row.subject)
            .filter(|subject| self.is_delivery_of(DeliveryKey(*subject), tickets))
            .collect();
        self.forget_occurrences(OccurrenceKind::ReplyAttempt, |subject| replies.contains(&subject));
        self.forget_occurrences(OccurrenceKind::SetAside, |subject| records.contains(&subject));
        self.forget_occurrences(OccurrenceKind::DeliveryAttempt, |subject| deliveries.contains(&subject));
        for kind in
            [OccurrenceKind::UpdateRefused, OccurrenceKind::Rerouted, OccurrenceKind::Act, OccurrenceKind::Waiting]
        {
            self.forget_occurrences(kind, |subject| tickets.contains(&TicketKey(subject)));
        }
    }

    /// The complaints behind finished tickets with those.
    fn behind_finished(&self) -> impl Iterator<Item = (&Kept, &Ticket)> {
        let finished = |ticket: &&Ticket| ticket.status.is_final() && ticket.status != Status::Absorbed;
        self.complaints
            .values()
            .filter_map(move |complaint| Some((complaint, self.tickets.get(&complaint.row.ticket).filter(finished)?)))
    }

    /// The reply that came nearest to answering a complaint since its ticket was finished.
    fn nearest(&self, complaint: &Kept, ticket: &Ticket) -> Option<(ReplyKey, ReplyState)> {
        let answers = |reply: &KeptReply| {
            (reply.row.complaint, reply.row.ticket) == (complaint.row.id, complaint.row.ticket)
                && reply.row.status.is_final()
                && reply.row.status != Status::Absorbed
                && ticket.finished_at.is_none_or(|at| reply.row.at >= at)
        };
        let found = self.replies.iter().filter(|(_, reply)| answers(reply));
        found
            .map(|(key, reply)| (*key, reply.state))
            .max_by_key(|(key, state)| (matches!(state, ReplyState::Sent | ReplyState::Told), *key))
    }

    pub(super) fn answer_ledger(&self, sends: &dyn Fn(&str) -> bool) -> AnswerLedger {
        let finished = |ticket: &&Ticket| ticket.status.is_final() && ticket.status != Status::Absorbed;
        let mut ledger = AnswerLedger {
            finished: self.tickets.values().filter(finished).map(|ticket| ticket.complaints).sum(),
            ..AnswerLedger::default()
        };
        for (complaint, ticket) in self.behind_finished() {
            let reply = self.nearest(complaint, ticket).map(|(_, state)| state);
            let sends = sends(&complaint.row.complaint.channel);
            ledger.add(Unanswered::of(reply, complaint.state, complaint.erased, sends), 1);
        }
        ledger
    }

    pub(super) fn unanswered(&self, sends: &dyn Fn(&str) -> bool) -> Vec<UnansweredView> {
        let view = |(complaint, ticket): (&Kept, &Ticket)| {
            let reply = self.nearest(complaint, ticket);
            let (state, sends) = (reply.map(|(_, state)| state), sends(&complaint.row.complaint.channel));
            let reason = Unanswered::of(state, complaint.state, complaint.erased, sends)?;
            Some(UnansweredView {
                complaint: complaint.row.id,
                receipt: complaint.row.receipt.clone(),
                channel: complaint.row.complaint.channel.clone(),
                ticket_id: ticket.id.clone(),
                finished_at: ticket.finished_at,
                reason,
                reply: reply.map(|(key, _)| key),
            })
        };
        self.behind_finished().filter_map(view).collect()
    }

    fn update_view(&self, place: usize, row: &StatusRow) -> UpdateView {
        let erased = self.erased_statuses.contains(&place);
        let update = &row.update;
        let shown = |text: &str| if erased { String::new() } else { text.to_owned() };
        let results = if erased { Vec::new() } else { update.results.clone() };
        UpdateView {
            platform: shown(&update.platform),
            sent_by: update.sent_by().filter(|_| !erased),
            update_id: shown(&update.update_id),
            sequence: update.sequence,
            verdict: row.verdict,
            received_at: kept(row.received_at),
            said: LastSaid {
                status: update.status,
                occurred_at: kept(update.occurred_at),
                result: update.result.clone(),
                department: update.department.clone(),
                person: update.person.clone(),
                attachments: update.attachments.clone(),
            },
            results: results.into_iter().map(|own| (own.receipt, own.text)).collect(),
            satisfaction: update.satisfaction.filter(|_| !erased),
            due_at: update.due_at.filter(|_| !erased),
            act: update.act.as_ref().map(Act::kind).filter(|_| !erased),
        }
    }
}

/// The last of rows, in their order.
fn latest<T>(mut rows: Vec<T>, limit: usize) -> Vec<T> {
    rows.drain(..rows.len().saturating_sub(limit));
    rows
}

fn message((row, published_at): &(OutboxRow, Option<jiff::Timestamp>)) -> MessageView {
    MessageView {
        version: row.version,
        exchange: row.exchange.clone(),
        routing_key: row.routing_key.clone(),
        message_id: row.message_id.clone(),
        kind: row.kind.clone(),
        at: row.at,
        published_at: *published_at,
    }
}

impl Lives for Model {
    fn messages_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<MessageView>, StoreError> {
        let contents = self.contents();
        let found = contents.outbox.values().filter(|(row, _)| row.ticket == ticket).map(message);
        Ok(latest(found.collect(), limit))
    }

    fn deliveries_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<DeliveryView>, StoreError> {
        Ok(latest(self.contents().deliveries_of(ticket), limit))
    }

    fn updates_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<UpdateView>, StoreError> {
        let contents = self.contents();
        let found = contents.statuses.iter().enumerate().filter(|(_, row)| row.ticket == ticket);
        Ok(latest(found.map(|(place, row)| contents.update_view(place, row)).collect(), limit))
    }

    fn reminders_of(&mut self, ticket: TicketKey) -> Result<Vec<ReminderView>, StoreError> {
        let contents = self.contents();
        let found = contents.reminders.values().filter(|(row, _)| row.ticket == ticket);
        Ok(found.map(|(row, sent)| ReminderView { percent: row.percent, at: row.at, sent: *sent }).collect())
    }

    fn reviews_of(&mut self, complaint: ComplaintKey) -> Result<Vec<AskedView>, StoreError> {
        let contents = self.contents();
        let keys = contents.reviews.iter().filter(|(_, (row, _))| row.complaint == complaint).map(|(key, _)| *key);
        let view = |key| {
            let review = contents.review(key)?;
            Some(AskedView { review, answered: contents.reviewers.get(&key).cloned() })
        };
        Ok(keys.filter_map(view).collect())
    }

    fn warnings_of(&mut self, records: &[RawKey]) -> Result<Vec<WarningRow>, StoreError> {
        let contents = self.contents();
        Ok(contents.warnings.values().filter(|row| records.contains(&row.raw_id)).cloned().collect())
    }

    fn versions_of(&mut self, records: &[RawKey]) -> Result<Vec<(RawKey, String)>, StoreError> {
        let contents = self.contents();
        let found: BTreeMap<RawKey, String> =
            records.iter().filter_map(|key| Some((*key, contents.raw.get(key)?.settings_version.clone()))).collect();
        Ok(found.into_iter().collect())
    }

    fn reply_times(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyTimes>, StoreError> {
        let contents = self.contents();
        let found = contents.replies.iter().filter(|(_, reply)| reply.row.complaint == complaint);
        let times = |(key, reply): (&ReplyKey, &KeptReply)| ReplyTimes {
            reply: *key,
            key: reply.row.key.clone(),
            done_at: reply.done_at,
            next_at: (reply.state == ReplyState::Pending).then_some(reply.next_at),
        };
        Ok(found.map(times).collect())
    }

    fn occurrences(&mut self, kind: OccurrenceKind, subjects: &[i64]) -> Result<Vec<Occurrence>, StoreError> {
        let contents = self.contents();
        let meant = |row: &&Occurrence| row.kind == kind && subjects.contains(&row.subject);
        Ok(contents.occurrences.iter().map(|(_, row)| row).filter(meant).cloned().collect())
    }

    fn notices(&mut self, page: Page) -> Result<Vec<(i64, Occurrence)>, StoreError> {
        let contents = self.contents();
        let before = page.after.unwrap_or(i64::MAX);
        let meant = |(number, row): &&(i64, Occurrence)| row.kind == OccurrenceKind::Notice && *number < before;
        Ok(contents.occurrences.iter().rev().filter(meant).take(page.limit).cloned().collect())
    }
}
