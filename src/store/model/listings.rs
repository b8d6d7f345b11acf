//! Listings.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Contents, KeptReply, Model, kept};
use crate::views::reaches;
use crate::{
    AnswerLedger, Came, FileHead, FileRow, FileView, LOOKED_BACK, Lately, Ledger, Listed, Listings, NewRaw, Numbers,
    Page, QuarantineView, QueueCounts, RawState, RecordView, ReplyState, ReplyView, ReviewView, SourceFileView,
    StoreError, TicketDetail, TicketFilter, TicketPart, Unanswered, UnansweredView, WarningGroup,
};
use huiliu_domain::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::Status;

const HOUR_MS: i64 = 3_600_000;

impl Contents {
    /// Open reviews behind one, the heaviest first.
    pub(super) fn open(&self, after: Option<i64>) -> Vec<ReviewView> {
        let heavier = after.and_then(|after| Some((self.reviews.get(&ReviewKey(after))?.0.evidence.weight, after)));
        let mut open: Vec<ReviewView> =
            self.reviews.keys().filter_map(|key| self.review(*key)).filter(|view| view.answer.is_none()).collect();
        let later = |view: &ReviewView, (weight, id): (f64, i64)| {
            view.evidence.weight < weight || view.evidence.weight == weight && view.id.0 > id
        };
        open.retain(|view| match (after, heavier) {
            (None, _) => true,
            (Some(_), Some(after)) => later(view, after),
            (Some(_), None) => false,
        });
        open.sort_by(|a, b| b.evidence.weight.total_cmp(&a.evidence.weight).then(a.id.cmp(&b.id)));
        open
    }
}

impl Listings for Model {
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<TicketPart, StoreError> {
        let contents = self.contents();
        let before = page.after.map_or(TicketKey::MAX, TicketKey);
        let listed = contents.tickets.iter().rev().filter(|(key, ticket)| {
            **key < before && filter.fits(ticket, &contents.channels(**key).collect::<Vec<_>>())
        });
        let details = listed.take(page.limit.saturating_add(1)).map(|(key, ticket)| TicketDetail {
            key: *key,
            ticket: ticket.clone(),
            complaints: Vec::new(),
        });
        let mut part = TicketPart { tickets: details.collect(), next: None };
        if part.tickets.len() > page.limit {
            part.tickets.truncate(page.limit);
            part.next = part.tickets.last().map(|last| last.key.0);
        }
        Ok(part)
    }

    fn beyond(&mut self, reach: &Reach, tickets: &[TicketKey]) -> Result<BTreeSet<TicketKey>, StoreError> {
        let contents = self.contents();
        let is_beyond = |key: &TicketKey| {
            let channels: Vec<&str> = contents.channels(*key).collect();
            contents.tickets.get(key).is_some_and(|ticket| !reaches(reach, ticket, &channels))
        };
        Ok(tickets.iter().copied().filter(is_beyond).collect())
    }

    fn within(&mut self, list: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError> {
        Ok(self.contents().numbers(list, reach, page))
    }

    fn lately(&mut self, since: Timestamp, reach: &Reach) -> Result<Lately, StoreError> {
        let contents = self.contents();
        let hour = |at: Timestamp| {
            let passed = at.as_millisecond() - since.as_millisecond();
            (passed >= 0).then(|| u32::try_from(passed / HOUR_MS).unwrap_or(u32::MAX))
        };
        let is_within = |ticket: TicketKey| contents.is_within(reach, ticket);
        let mut came: BTreeMap<(u32, String), (u64, u64)> = BTreeMap::new();
        for kept in contents.complaints.values().filter(|kept| is_within(kept.row.ticket)) {
            let Some(hour) = hour(super::kept(kept.row.received_at)) else { continue };
            let counted = came.entry((hour, kept.row.complaint.channel.clone())).or_default();
            counted.0 += 1;
            let first = contents.complaints.values().find(|first| first.row.ticket == kept.row.ticket);
            counted.1 += u64::from(first.is_some_and(|first| first.row.id < kept.row.id));
        }
        let mut answered: BTreeMap<(u32, String), u64> = BTreeMap::new();
        let is_answer = |reply: &&KeptReply| matches!(reply.state, ReplyState::Sent | ReplyState::Told);
        for reply in contents.replies.values().filter(is_answer).filter(|reply| is_within(reply.row.ticket)) {
            if let Some(hour) = reply.done_at.and_then(hour) {
                *answered.entry((hour, reply.row.channel.clone())).or_default() += 1;
            }
        }
        let mut left: BTreeMap<u32, u64> = BTreeMap::new();
        for (_, published) in contents.outbox.values().filter(|(message, _)| is_within(message.ticket)) {
            if let Some(hour) = published.and_then(hour) {
                *left.entry(hour).or_default() += 1;
            }
        }
        let counted = |((hour, channel), (complaints, joined))| Came { hour, channel, complaints, joined };
        Ok(Lately {
            came: came.into_iter().map(counted).collect(),
            answered: answered.into_iter().map(|((hour, channel), count)| (hour, channel, count)).collect(),
            left: left.into_iter().collect(),
            cut: false,
        })
    }

    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let mut open = self.contents().open(page.after);
        open.truncate(page.limit);
        Ok(open)
    }

    fn open_reviews_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<ReviewView>, StoreError> {
        let mut open = self.open_reviews(Page::first(usize::MAX))?;
        open.retain(|view| view.ticket == ticket || view.current_ticket == ticket);
        open.truncate(most);
        Ok(open)
    }

    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let contents = self.contents();
        let after = ReviewKey(page.after.unwrap_or(0));
        let views = contents.reviews.keys().filter(|key| **key > after).filter_map(|key| contents.review(*key));
        Ok(views.filter(|view| view.answer.is_some()).take(page.limit).collect())
    }

    fn quarantine(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError> {
        let contents = self.contents();
        let after = RawKey(page.after.unwrap_or(0));
        let keys = contents
            .quarantine
            .iter()
            .filter(|(key, row)| **key > after && channel.is_none_or(|channel| channel == row.channel));
        Ok(keys.filter_map(|(key, _)| contents.quarantined(*key)).take(page.limit).collect())
    }

    fn warnings(
        &mut self,
        channel: Option<&str>,
        field: Option<&str>,
        page: Page,
    ) -> Result<Vec<WarningGroup>, StoreError> {
        Ok(self.contents().warning_groups(channel, field, page))
    }

    fn source_files(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<SourceFileView>, StoreError> {
        Ok(self.contents().source_files(channel, page))
    }

    fn list_replies(&mut self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError> {
        let contents = self.contents();
        let before = page.after.unwrap_or(i64::MAX);
        let listed = contents.replies.iter().rev().filter(|(key, reply)| key.0 < before && reply.state == state);
        Ok(listed.filter_map(|(key, reply)| contents.reply_view(*key, reply)).take(page.limit).collect())
    }

    fn files_of(&mut self, complaint: ComplaintKey) -> Result<Vec<FileHead>, StoreError> {
        let contents = self.contents();
        let of = |raw: RawKey| contents.raw.get(&raw).and_then(|raw| raw.complaint) == Some(complaint);
        Ok(contents.files.values().filter(|file| of(file.raw)).map(head).collect())
    }

    fn file(&mut self, raw: RawKey, number: u16) -> Result<Option<FileView>, StoreError> {
        let contents = self.contents();
        Ok(contents.files.get(&(raw, number)).map(|file| FileView { head: head(file), bytes: file.bytes.clone() }))
    }

    fn record(&mut self, raw: RawKey) -> Result<Option<RecordView>, StoreError> {
        let contents = self.contents();
        Ok(contents.raw.get(&raw).map(|raw| contents.record(raw)))
    }

    fn records_of(&mut self, complaint: ComplaintKey) -> Result<Vec<RecordView>, StoreError> {
        let contents = self.contents();
        let records = contents.raw.values().filter(|raw| raw.complaint == Some(complaint));
        Ok(records.map(|raw| contents.record(raw)).collect())
    }

    fn latest_records(&mut self, channel: Option<&str>, most: usize) -> Result<Vec<RecordView>, StoreError> {
        let contents = self.contents();
        let newest = contents.raw.keys().next_back().map_or(0, |key| key.0);
        let is_erased = |complaint: &ComplaintKey| contents.complaints.get(complaint).is_some_and(|kept| kept.erased);
        let is_wanted = |raw: &&NewRaw| {
            raw.id.0 > newest - LOOKED_BACK
                && raw.state != RawState::Erased
                && !raw.complaint.as_ref().is_some_and(is_erased)
                && channel.is_none_or(|channel| raw.channel == channel)
        };
        let records = contents.raw.values().rev().filter(is_wanted).take(most);
        Ok(records.map(|raw| contents.record(raw)).collect())
    }

    fn replies_of(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyView>, StoreError> {
        let contents = self.contents();
        let replies = contents.replies.iter().filter(|(_, reply)| reply.row.complaint == complaint);
        Ok(replies.filter_map(|(key, reply)| contents.reply_view(*key, reply)).collect())
    }

    fn answer_ledger(&mut self, sends: &dyn Fn(&str) -> bool) -> Result<AnswerLedger, StoreError> {
        Ok(self.contents().answer_ledger(sends))
    }

    fn unanswered(
        &mut self,
        reason: Option<Unanswered>,
        sends: &dyn Fn(&str) -> bool,
        page: Page,
    ) -> Result<Vec<UnansweredView>, StoreError> {
        let views = self.contents().unanswered(sends);
        let after = ComplaintKey(page.after.unwrap_or(0));
        let meant = |view: &UnansweredView| view.complaint > after && reason.is_none_or(|reason| reason == view.reason);
        Ok(views.into_iter().filter(meant).take(page.limit).collect())
    }

    fn overdue_clocks(&mut self, now: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut found = BTreeMap::new();
        for ticket in self.contents().tickets.values() {
            for run in ticket.overdue_clocks(now) {
                *found.entry(run.clock.clone()).or_default() += 1;
            }
        }
        Ok(found)
    }

    fn ledger(&mut self) -> Result<Ledger, StoreError> {
        let contents = self.contents();
        let standing = || contents.tickets.values().filter(|ticket| ticket.status != Status::Absorbed);
        let mut ledger = Ledger {
            complaints: count(contents.complaints.len()),
            complaints_in_tickets: standing().map(|ticket| ticket.complaints).sum(),
            tickets: count(standing().count()),
            ..Ledger::default()
        };
        contents.raw.values().for_each(|raw| ledger.add(Some(raw.state), 1));
        Ok(ledger)
    }

    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError> {
        let contents = self.contents();
        let replies = |state| count(contents.replies.values().filter(|reply| reply.state == state).count());
        let unpublished = || contents.outbox.values().filter(|(_, published)| published.is_none());
        let mut pending = contents.replies.values().filter(|reply| reply.state == ReplyState::Pending);
        let left = |reply: &&KeptReply| reply.state == ReplyState::ByHand;
        let erased = |reply: &KeptReply| contents.complaints.get(&reply.row.complaint).is_none_or(|c| c.erased);
        let by_hand = contents.replies.values().filter(left).filter(|reply| !erased(reply));
        Ok(QueueCounts {
            outbox: count(unpublished().count()),
            replies_pending: replies(ReplyState::Pending),
            replies_dead: replies(ReplyState::Dead),
            replies_held: replies(ReplyState::Held),
            replies_by_hand: count(by_hand.clone().count()),
            by_hand_since: by_hand.map(|reply| kept(reply.row.at)).next(),
            reviews: count(contents.reviews.values().filter(|(_, answer)| answer.is_none()).count()),
            quarantine: count(contents.quarantine.len()),
            outbox_since: unpublished().next().map(|(message, _)| kept(message.at)),
            replies_since: pending.next().map(|reply| kept(reply.row.at)),
        })
    }
}

pub(super) fn head(file: &FileRow) -> FileHead {
    FileHead {
        raw: file.raw,
        number: file.number,
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size_bytes: count(file.bytes.len()),
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Contents {
    /// The channels by which the complaints of a ticket came; one can come twice.
    pub(super) fn channels(&self, ticket: TicketKey) -> impl Iterator<Item = &str> {
        let of = self.complaints.values().filter(move |kept| kept.row.ticket == ticket);
        of.map(|kept| kept.row.complaint.channel.as_str())
    }

    /// Whether a ticket lies in a reach; what is not there lies in a whole one only.
    pub(super) fn is_within(&self, reach: &Reach, key: TicketKey) -> bool {
        let channels: Vec<&str> = self.channels(key).collect();
        let is_there = self.tickets.get(&key).map(|ticket| reaches(reach, ticket, &channels));
        is_there.unwrap_or_else(|| reach.is_whole())
    }

    fn record(&self, raw: &NewRaw) -> RecordView {
        RecordView {
            raw_id: raw.id,
            channel: raw.channel.clone(),
            record_id: self.label(raw),
            state: raw.state,
            received_at: kept(raw.received_at),
            body: raw.body.clone(),
        }
    }

    pub(super) fn reply_view(&self, key: ReplyKey, reply: &KeptReply) -> Option<ReplyView> {
        Some(ReplyView {
            id: key,
            channel: reply.row.channel.clone(),
            receipt: self.complaints.get(&reply.row.complaint)?.row.receipt.clone(),
            ticket_id: self.tickets.get(&reply.row.ticket)?.id.clone(),
            status: reply.row.status,
            state: reply.state,
            attempts: reply.attempts,
            last_error: reply.last_error.clone(),
            told: reply.told.clone(),
            at: reply.row.at,
        })
    }
}
