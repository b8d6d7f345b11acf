//! Writing one part of a step.

use jiff::civil::Date;
use serde_json::json;

use super::{Contents, Kept, KeptReply, kept};
use crate::{
    AlarmPlan, AlertChange, Amendment, Changes, ComplaintRow, FileRow, NewRaw, OccurrenceKind, OutboxRow, Placement,
    RawState, ReminderRow, ReplyRow, ReplyState, RetriedReply, ReviewAnswer, ReviewRow, SightingRow, StatementRow,
    StoreError, ToldReply, TopicComplaint, TopicRow,
};
use huiliu_domain::complaint::ComplaintState;
use huiliu_domain::key::{ReminderKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::ticket::Ticket;

fn conflict(what: String) -> StoreError {
    StoreError::Conflict { source: what.into() }
}

impl Contents {
    pub(super) fn write(&mut self, part: Changes) -> Result<(), StoreError> {
        part.raw.into_iter().try_for_each(|raw| self.write_raw(raw))?;
        part.files.into_iter().try_for_each(|file| self.write_file(file))?;
        for seen in part.seen_again {
            if let Some(raw) = self.raw.get_mut(&seen.raw_id) {
                raw.source_file = Some(seen.file);
            }
        }
        part.complaints.iter().try_for_each(|row| self.write_complaint(row))?;
        part.amendments.into_iter().for_each(|row| self.amend(row));
        part.statements.into_iter().for_each(|row| self.note_statement(row));
        part.ratings.into_iter().for_each(|row| self.note_rating(row));
        part.call_backs.into_iter().for_each(|change| self.change_call_back(change));
        self.watch((part.sightings, part.alerts), (part.topics, part.topic_complaints));
        part.put_off_topics.into_iter().for_each(|(topic, at)| self.put_off_topic(topic, at));
        part.rewards.into_iter().for_each(|change| self.reward(change));
        for (complaint, state) in part.states {
            if let Some(found) = self.complaints.get_mut(&complaint) {
                found.state = state;
            }
        }
        for row in part.imprints {
            self.imprints.insert(row.complaint, (row.reading, row.body));
        }
        part.tickets.into_iter().try_for_each(|(key, ticket)| self.write_ticket(key, ticket))?;
        for (complaint, ticket) in part.moves {
            if let Some(found) = self.complaints.get_mut(&complaint) {
                found.row.ticket = ticket;
            }
        }
        for mut event in part.merge_events {
            event.at = kept(event.at);
            self.events.push(event);
        }
        self.cannot_links.extend(part.cannot_links.iter().map(|link| (link.a.min(link.b), link.a.max(link.b))));
        for (a, b) in part.lifted_links {
            self.cannot_links.remove(&(a.min(b), a.max(b)));
        }
        part.reviews.into_iter().for_each(|row| self.ask(row));
        part.review_answers.into_iter().for_each(|answer| self.answer(answer));
        for mut row in part.quarantine {
            row.at = self.quarantine.get(&row.raw_id).map_or(kept(row.at), |known| known.at);
            self.quarantine.insert(row.raw_id, row);
        }
        part.placed.into_iter().for_each(|placement| self.place(placement));
        part.warnings.into_iter().for_each(|row| self.warn(row));
        part.outbox.into_iter().for_each(|row| self.publish(row));
        part.deliveries.into_iter().for_each(|row| self.deliver(row));
        for row in part.foreign_numbers {
            let _stays_the_first = self.note_foreign(row);
        }
        self.statuses.extend(part.statuses);
        part.replies.into_iter().for_each(|row| self.reply(row));
        part.occurrences.into_iter().for_each(|row| self.happen(row));
        part.facts.iter().for_each(|fact| self.count(fact));
        part.retried_replies.into_iter().for_each(|retried| self.retry(retried));
        part.told_replies.into_iter().for_each(|told| self.note_told(told));
        self.reminders.retain(|_, (reminder, sent)| *sent || !part.replanned.contains(&reminder.ticket));
        part.reminders.into_iter().for_each(|reminder| self.plan_reminder(reminder));
        for key in part.reminded {
            if let Some((_, sent)) = self.reminders.get_mut(&key) {
                *sent = true;
            }
        }
        part.alarms.into_iter().for_each(|plan| self.plan_alarms(plan));
        part.noticed.into_iter().for_each(|noticed| self.count_notice(noticed));
        self.let_go(&part.erased, &part.files_gone);
        part.source_files.into_iter().for_each(|row| self.note_source_file(row));
        self.positions.extend(part.positions.into_iter().map(|(channel, value, _)| (channel, value)));
        part.audit.iter().for_each(|entry| self.note_audit(entry));
        Ok(())
    }

    /// What was seen, told of, and made a topic.
    fn watch(
        &mut self,
        (sightings, alerts): (Vec<SightingRow>, Vec<AlertChange>),
        (topics, tickets): (Vec<TopicRow>, Vec<TopicComplaint>),
    ) {
        sightings.into_iter().for_each(|row| self.note_sighting(row));
        alerts.into_iter().for_each(|change| self.change_alert(change));
        topics.into_iter().for_each(|row| self.write_topic(row));
        tickets.into_iter().for_each(|row| self.write_topic_complaint(row));
    }

    fn plan_reminder(&mut self, reminder: ReminderRow) {
        let key = self.reminders.keys().next_back().map_or(ReminderKey(1), |key| key.next());
        self.reminders.insert(key, (ReminderRow { at: kept(reminder.at), ..reminder }, false));
    }

    fn count_notice(&mut self, (addressee, day): (String, Date)) {
        let (last, count) = self.notice_counts.entry(addressee).or_insert((day, 0));
        *count = if *last == day { *count + 1 } else { 1 };
        *last = day;
    }

    fn plan_alarms(&mut self, plan: AlarmPlan) {
        self.alarms.retain(|(ticket, _), _| *ticket != plan.ticket);
        self.alarms.extend(plan.alarms.into_iter().map(|(clock, at)| ((plan.ticket, clock), kept(at))));
    }

    fn write_raw(&mut self, mut raw: NewRaw) -> Result<(), StoreError> {
        raw.received_at = kept(raw.received_at);
        if raw.state == RawState::Erased {
            raw.body = json!({ "erased": true });
            self.unlabelled.insert(raw.id);
        }
        match self.raw.insert(raw.id, raw) {
            Some(other) => Err(conflict(format!("raw record {} is there", other.id))),
            None => Ok(()),
        }
    }

    fn write_file(&mut self, file: FileRow) -> Result<(), StoreError> {
        match self.files.insert((file.raw, file.number), file) {
            Some(other) => Err(conflict(format!("file {} of raw record {} is there", other.number, other.raw))),
            None => Ok(()),
        }
    }

    fn write_complaint(&mut self, row: &ComplaintRow) -> Result<(), StoreError> {
        let same = |known: &Kept| {
            let (known, new) = (&known.row, &row.complaint);
            known.id == row.id
                || known.receipt == row.receipt
                || (&known.complaint.channel, &known.complaint.number) == (&new.channel, &new.number)
        };
        if self.complaints.values().any(same) {
            return Err(conflict(format!("complaint {} is there", row.id)));
        }
        let row = ComplaintRow { received_at: kept(row.received_at), ..row.clone() };
        self.complaints.insert(row.id, Kept { row, revision: 1, erased: false, state: ComplaintState::Open });
        Ok(())
    }

    fn amend(&mut self, new: Amendment) {
        let Some(found) = self.complaints.get_mut(&new.id) else { return };
        found.revision += 1;
        found.row = ComplaintRow {
            raw_id: new.raw_id,
            district: new.district,
            category: new.category,
            phone_hash: new.phone_hash,
            id_hash: new.id_hash,
            account_hash: new.account_hash,
            complaint: new.complaint,
            ..found.row.clone()
        };
    }

    fn note_statement(&mut self, mut row: StatementRow) {
        (row.at, row.received_at) = (kept(row.at), kept(row.received_at));
        let is_same = |known: &StatementRow| (known.complaint, known.mark) == (row.complaint, row.mark);
        if !self.statements.iter().any(is_same) {
            self.statements.push(row);
        }
    }

    fn write_ticket(&mut self, key: TicketKey, mut ticket: Ticket) -> Result<(), StoreError> {
        ticket.created_at = kept(ticket.created_at);
        ticket.finished_at = ticket.finished_at.map(kept);
        ticket.route.due_at = ticket.route.due_at.map(kept);
        if let Some(known) = self.tickets.get(&key) {
            // What a ticket is made with stays.
            ticket.id.clone_from(&known.id);
            ticket.created_at = known.created_at;
            ticket.recurrence_of.clone_from(&known.recurrence_of);
        } else if self.tickets.values().any(|other| other.id == ticket.id) {
            return Err(conflict(format!("ticket {} is there", ticket.id)));
        }
        self.tickets.insert(key, ticket);
        Ok(())
    }

    /// The first answer counts.
    fn answer(&mut self, answer: ReviewAnswer) {
        let Some((_, known)) = self.reviews.get_mut(&answer.review) else { return };
        if known.is_none() {
            *known = Some(answer.same);
            self.reviewers.insert(answer.review, (answer.actor, kept(answer.at)));
        }
    }

    fn ask(&mut self, mut row: ReviewRow) {
        row.at = kept(row.at);
        let asked = |(known, _): &(ReviewRow, _)| known.complaint == row.complaint && known.ticket == row.ticket;
        if !self.reviews.values().any(asked) {
            let key = self.reviews.keys().next_back().map_or(ReviewKey(1), |key| key.next());
            self.reviews.insert(key, (row, None));
        }
    }

    fn place(&mut self, placement: Placement) {
        let Placement { raw_id, state, complaint, rule, settings_version } = placement;
        if state != RawState::Quarantined {
            self.quarantine.remove(&raw_id);
        }
        if state == RawState::Erased {
            self.files.retain(|(of, _), _| *of != raw_id);
            self.warnings.retain(|_, warning| warning.raw_id != raw_id);
            self.forget_occurrences(OccurrenceKind::SetAside, |subject| subject == raw_id.0);
        }
        let Some(raw) = self.raw.get_mut(&raw_id) else { return };
        (raw.state, raw.complaint, raw.rule, raw.settings_version) = (state, complaint, rule, settings_version);
        if state == RawState::Erased {
            raw.body = json!({ "erased": true });
            self.unlabelled.insert(raw_id);
        }
    }

    fn publish(&mut self, mut row: OutboxRow) {
        row.at = kept(row.at);
        self.last_message += 1;
        self.outbox.insert(self.last_message, (row, None));
    }

    fn reply(&mut self, mut row: ReplyRow) {
        row.at = kept(row.at);
        if self.replies.values().any(|known| known.row.key == row.key) {
            return;
        }
        let key = self.replies.keys().next_back().map_or(ReplyKey(1), |key| key.next());
        let next_at = row.at;
        let (state, attempts, last_error, told, erased) = (row.first_state(), 0, row.held.clone(), None, false);
        self.replies.insert(key, KeptReply { row, state, attempts, next_at, done_at: None, last_error, told, erased });
    }

    /// What a citizen was told is not sent again, and of an erased one nothing is left to send.
    fn retry(&mut self, retried: RetriedReply) {
        let found = self.replies.get_mut(&retried.reply);
        if let Some(found) = found.filter(|found| !is_told(found.state) && !found.erased) {
            (found.state, found.attempts, found.next_at) = (ReplyState::Pending, 0, kept(retried.at));
            found.done_at = None;
            if let Some(answer) = retried.answer {
                found.row.answer = answer;
            }
        }
    }

    /// Only what is left to people is told by them.
    fn note_told(&mut self, row: ToldReply) {
        let found = self.replies.get_mut(&row.reply);
        if let Some(found) = found.filter(|found| ReplyState::LEFT_TO_PEOPLE.contains(&found.state)) {
            found.done_at = Some(kept(row.told.at));
            (found.state, found.told) = (ReplyState::Told, Some(row.told));
        }
    }
}

fn is_told(state: ReplyState) -> bool {
    matches!(state, ReplyState::Sent | ReplyState::Told)
}
