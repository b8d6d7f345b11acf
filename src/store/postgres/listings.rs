//! What people look through, page by page.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::{first, only, readable};
use super::cells::{FILE, RECORD, REPLY, REVIEW, cell, file, record, reply, review};
use super::link::{Link, Parameter};
use super::{PostgresStore, count, limit};
use crate::sealed::ms;
use crate::{
    AnswerLedger, FileHead, FileView, LOOKED_BACK, Lately, Ledger, Listed, Listings, Numbers, Page, QuarantineView,
    QueueCounts, RawState, RecordView, ReplyState, ReplyView, ReviewView, SourceFileView, StoreError, TicketFilter,
    TicketPart, Unanswered, UnansweredView, WarningGroup,
};
use huiliu_domain::key::{ComplaintKey, RawKey, TicketKey};
use huiliu_domain::people::Reach;

/// Replies that a person has to give. Of an erased citizen nothing is left by which to reach him.
const BY_HAND: &str =
    "FROM reply r JOIN complaint c ON c.id = r.complaint_id WHERE r.state = 'by_hand' AND c.erased_at IS NULL";

/// Open questions whether a complaint belongs to a ticket, or a complaint of it to another.
const OPEN_OF_TICKET: &str = "SELECT v.id FROM review v WHERE v.ticket = $1 AND v.answer IS NULL
    UNION SELECT v.id FROM complaint m JOIN review v ON v.complaint_id = m.id
    WHERE m.ticket = $1 AND v.answer IS NULL";

impl Listings for PostgresStore {
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<TicketPart, StoreError> {
        self.part(filter, page)
    }

    fn beyond(&mut self, reach: &Reach, tickets: &[TicketKey]) -> Result<BTreeSet<TicketKey>, StoreError> {
        self.tickets_beyond(reach, tickets)
    }

    fn within(&mut self, list: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError> {
        self.numbers(list, reach, page)
    }

    fn lately(&mut self, since: Timestamp, reach: &Reach) -> Result<Lately, StoreError> {
        self.since(since, reach)
    }

    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let Some(after) = page.after else {
            return self.reviews("r.answer IS NULL ORDER BY r.weight DESC, r.id", &[], page.limit);
        };
        let weight = "(SELECT s.weight FROM review s WHERE s.id = $1)";
        let which = format!(
            "r.answer IS NULL AND r.weight <= {weight} AND (r.weight < {weight} OR r.id > $1) ORDER BY r.weight DESC, r.id"
        );
        self.reviews(&which, &[&after], page.limit)
    }

    fn open_reviews_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<ReviewView>, StoreError> {
        self.reviews(&format!("r.id IN ({OPEN_OF_TICKET}) ORDER BY r.weight DESC, r.id"), &[&ticket.0], most)
    }

    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("{REVIEW} WHERE r.answer IS NOT NULL AND r.id > $1 ORDER BY r.id LIMIT $2");
        let after = page.after.unwrap_or(0);
        link.all(&sql, &[&after, &limit(page.limit)], |row| sealer.review(review(row)?))
    }

    fn quarantine(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError> {
        self.list_quarantined(channel, page)
    }

    fn warnings(
        &mut self,
        channel: Option<&str>,
        field: Option<&str>,
        page: Page,
    ) -> Result<Vec<WarningGroup>, StoreError> {
        self.warning_groups(channel, field, page)
    }

    fn source_files(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<SourceFileView>, StoreError> {
        self.list_source_files(channel, page)
    }

    fn list_replies(&mut self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError> {
        let sql = format!("{REPLY} WHERE r.state = $1 AND r.id < $2 ORDER BY r.id DESC");
        let before = page.after.unwrap_or(i64::MAX);
        self.snapshot(|Self { link, sealer, .. }| {
            let read = |row: &Row| sealer.reply_view(reply(row)?);
            readable(link, &sql, &[&state.name(), &before], page.limit, read)
        })
    }

    fn files_of(&mut self, complaint: ComplaintKey) -> Result<Vec<FileHead>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!(
            "SELECT {FILE} FROM file f JOIN raw_record r ON r.id = f.raw_id WHERE r.complaint_id = $1
             ORDER BY f.raw_id, f.number"
        );
        link.all(&sql, &[&complaint.0], |row| sealer.file_head(file(row)?))
    }

    fn file(&mut self, raw: RawKey, number: u16) -> Result<Option<FileView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("SELECT {FILE}, f.body FROM file f WHERE f.raw_id = $1 AND f.number = $2");
        let read = |row: &Row| sealer.file(file(row)?, cell(row, 5)?);
        Ok(link.all(&sql, &[&raw.0, &i64::from(number)], read)?.pop())
    }

    fn record(&mut self, raw: RawKey) -> Result<Option<RecordView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("SELECT {RECORD} FROM raw_record WHERE id = $1");
        Ok(link.all(&sql, &[&raw.0], |row| sealer.record(record(row)?))?.pop())
    }

    fn records_of(&mut self, complaint: ComplaintKey) -> Result<Vec<RecordView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("SELECT {RECORD} FROM raw_record WHERE complaint_id = $1 ORDER BY id");
        link.all(&sql, &[&complaint.0], |row| sealer.record(record(row)?))
    }

    fn latest_records(&mut self, channel: Option<&str>, most: usize) -> Result<Vec<RecordView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!(
            "SELECT {RECORD} FROM raw_record r
             WHERE id > (SELECT coalesce(max(id), 0) FROM raw_record) - $2 AND state <> $3
                 AND ($1::text IS NULL OR channel = $1)
                 AND NOT EXISTS (SELECT 1 FROM complaint c WHERE c.id = r.complaint_id AND c.erased_at IS NOT NULL)
             ORDER BY id DESC"
        );
        let parameters: [Parameter<'_>; 3] = [&channel, &LOOKED_BACK, &RawState::Erased.name()];
        readable(link, &sql, &parameters, most, |row| sealer.record(record(row)?))
    }

    fn replies_of(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("{REPLY} WHERE r.complaint_id = $1 ORDER BY r.id");
        link.all(&sql, &[&complaint.0], |row| sealer.reply_view(reply(row)?))
    }

    fn answer_ledger(&mut self, sends: &dyn Fn(&str) -> bool) -> Result<AnswerLedger, StoreError> {
        self.kept_answer_ledger(sends)
    }

    fn unanswered(
        &mut self,
        reason: Option<Unanswered>,
        sends: &dyn Fn(&str) -> bool,
        page: Page,
    ) -> Result<Vec<UnansweredView>, StoreError> {
        self.list_unanswered(reason, sends, page)
    }

    fn overdue_clocks(&mut self, now: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "SELECT clock, count(*) FROM clock_due WHERE due_at < $1 GROUP BY clock";
        let found = self.link.all(sql, &[&ms(now)], |row| Ok((cell(row, 0)?, count(cell(row, 1)?))))?;
        Ok(found.into_iter().collect())
    }

    fn ledger(&mut self) -> Result<Ledger, StoreError> {
        // As of one moment: other connections write meanwhile.
        self.snapshot(|store| {
            let link = &mut store.link;
            let tickets = "FROM ticket WHERE status <> 'absorbed'";
            let mut ledger = Ledger {
                complaints: counted(link, "SELECT count(*) FROM complaint")?,
                complaints_in_tickets: counted(
                    link,
                    &format!("SELECT coalesce(sum(complaints), 0)::bigint {tickets}"),
                )?,
                tickets: counted(link, &format!("SELECT count(*) {tickets}"))?,
                ..Ledger::default()
            };
            let by_state = link.all("SELECT state, count(*) FROM raw_record GROUP BY state", &[], |row| {
                Ok((RawState::from_name(cell(row, 0)?), count(cell(row, 1)?)))
            })?;
            for (state, records) in by_state {
                ledger.add(state, records);
            }
            Ok(ledger)
        })
    }

    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError> {
        let link = &mut self.link;
        Ok(QueueCounts {
            outbox: counted(link, "SELECT count(*) FROM outbox WHERE published_at IS NULL")?,
            replies_pending: counted(link, "SELECT count(*) FROM reply WHERE state = 'pending'")?,
            replies_dead: counted(link, "SELECT count(*) FROM reply WHERE state = 'dead'")?,
            replies_held: counted(link, "SELECT count(*) FROM reply WHERE state = 'held'")?,
            replies_by_hand: counted(link, &format!("SELECT count(*) {BY_HAND}"))?,
            by_hand_since: since(link, &format!("SELECT r.at {BY_HAND} ORDER BY r.id LIMIT 1"))?,
            reviews: counted(link, "SELECT count(*) FROM review WHERE answer IS NULL")?,
            quarantine: counted(link, "SELECT count(*) FROM quarantine")?,
            outbox_since: since(link, "SELECT at FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 1")?,
            replies_since: since(link, "SELECT at FROM reply WHERE state = 'pending' ORDER BY id LIMIT 1")?,
        })
    }
}

impl PostgresStore {
    /// Some questions, as far as they can be read.
    fn reviews(
        &mut self,
        which: &str,
        parameters: &[Parameter<'_>],
        most: usize,
    ) -> Result<Vec<ReviewView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("{REVIEW} WHERE {which}");
        readable(link, &sql, parameters, most, |row| sealer.review(review(row)?))
    }
}

fn counted(link: &mut Link, sql: &str) -> Result<u64, StoreError> {
    Ok(count(only(link, sql, &[])?))
}

/// A time that is there or not.
fn since(link: &mut Link, sql: &str) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = first(link, sql, &[])?;
    Ok(at.and_then(|at| Timestamp::from_millisecond(at).ok()))
}
