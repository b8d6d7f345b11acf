//! Listings.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Contents, KeptReply, Model, kept};
use crate::{
    AnswerLedger, FileHead, FileRow, FileView, Ledger, Listings, NewRaw, Page, QuarantineView, QueueCounts, RecordView,
    ReplyState, ReplyView, ReviewView, SourceFileView, StoreError, TicketDetail, TicketFilter, Unanswered,
    UnansweredView, WarningGroup,
};
use huiliu_domain::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::ticket::{Status, Ticket};

impl Listings for Model {
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<Vec<TicketDetail>, StoreError> {
        let contents = self.contents();
        let before = page.after.map_or(TicketKey::MAX, TicketKey);
        let listed = contents.tickets.iter().rev().filter(|(key, ticket)| **key < before && fits(filter, ticket));
        let details = listed.take(page.limit).map(|(key, ticket)| TicketDetail {
            key: *key,
            ticket: ticket.clone(),
            complaints: Vec::new(),
        });
        Ok(details.collect())
    }

    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let contents = self.contents();
        let after =
            page.after.and_then(|after| Some((contents.reviews.get(&ReviewKey(after))?.0.evidence.weight, after)));
        let mut open: Vec<ReviewView> = contents
            .reviews
            .keys()
            .filter_map(|key| contents.review(*key))
            .filter(|view| view.answer.is_none())
            .collect();
        let later = |view: &ReviewView, (weight, id): (f64, i64)| {
            view.evidence.weight < weight || view.evidence.weight == weight && view.id.0 > id
        };
        open.retain(|view| match (page.after, after) {
            (None, _) => true,
            (Some(_), Some(after)) => later(view, after),
            (Some(_), None) => false,
        });
        open.sort_by(|a, b| b.evidence.weight.total_cmp(&a.evidence.weight).then(a.id.cmp(&b.id)));
        open.truncate(page.limit);
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

fn fits(filter: &TicketFilter, ticket: &Ticket) -> bool {
    let is = |wanted: &Option<String>, code: &str| wanted.as_deref().is_none_or(|wanted| wanted == code);
    filter.status.is_none_or(|status| status == ticket.status)
        && is(&filter.department, &ticket.route.department)
        && is(&filter.district, &ticket.route.district)
        && is(&filter.grade, &ticket.route.grade)
        && ticket.complaints >= filter.min_complaints.unwrap_or(0)
        && (!filter.waits || ticket.waits().is_some())
        && filter.waits_in.as_deref().is_none_or(|list| ticket.waits().is_some_and(|(_, code, _)| code == list))
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
