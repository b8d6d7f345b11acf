//! What people look through, page by page.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::cells::{FILE, RECORD, REPLY, REVIEW, blob};
use super::cells::{file, record, reply, review, text};
use super::{SqliteStore, count, limit};
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
pub(super) const OPEN_OF_TICKET: &str =
    "SELECT v.id FROM review v INDEXED BY review_open_of_ticket WHERE v.ticket = ?1 AND v.answer IS NULL
    UNION SELECT v.id FROM complaint m JOIN review v INDEXED BY review_by_complaint ON v.complaint_id = m.id
    WHERE m.ticket = ?1 AND v.answer IS NULL";

impl Listings for SqliteStore {
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
        let sql = format!(
            "{REVIEW} WHERE r.answer IS NULL
                 AND (?1 IS NULL OR (r.weight, -r.id) < (SELECT weight, -id FROM review WHERE id = ?1))
             ORDER BY r.weight DESC, r.id"
        );
        self.readable(&sql, params![page.after], page.limit, |row| self.sealer.review(review(row)?))
    }

    fn open_reviews_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<ReviewView>, StoreError> {
        let sql = format!("{REVIEW} WHERE r.id IN ({OPEN_OF_TICKET}) ORDER BY r.weight DESC, r.id");
        self.readable(&sql, params![ticket.0], most, |row| self.sealer.review(review(row)?))
    }

    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let sql = format!("{REVIEW} WHERE r.answer IS NOT NULL AND r.id > coalesce(?1, 0) ORDER BY r.id LIMIT ?2");
        self.all(&sql, params![page.after, limit(page.limit)], |row| self.sealer.review(review(row)?))
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
        let sql = format!("{REPLY} WHERE r.state = ?1 AND r.id < coalesce(?2, 9223372036854775807) ORDER BY r.id DESC");
        self.readable(&sql, params![state.name(), page.after], page.limit, |row| self.sealer.reply_view(reply(row)?))
    }

    fn files_of(&mut self, complaint: ComplaintKey) -> Result<Vec<FileHead>, StoreError> {
        let sql = format!(
            "SELECT {FILE} FROM file f JOIN raw_record r ON r.id = f.raw_id WHERE r.complaint_id = ?1
             ORDER BY f.raw_id, f.number"
        );
        self.all(&sql, params![complaint.0], |row| self.sealer.file_head(file(row)?))
    }

    fn file(&mut self, raw: RawKey, number: u16) -> Result<Option<FileView>, StoreError> {
        let sql = format!("SELECT {FILE}, f.body FROM file f WHERE f.raw_id = ?1 AND f.number = ?2");
        Ok(self.all(&sql, params![raw.0, number], |row| self.sealer.file(file(row)?, blob(row, 5)?))?.pop())
    }

    fn record(&mut self, raw: RawKey) -> Result<Option<RecordView>, StoreError> {
        let sql = format!("SELECT {RECORD} FROM raw_record WHERE id = ?1");
        Ok(self.all(&sql, params![raw.0], |row| self.sealer.record(record(row)?))?.pop())
    }

    fn records_of(&mut self, complaint: ComplaintKey) -> Result<Vec<RecordView>, StoreError> {
        let sql = format!("SELECT {RECORD} FROM raw_record WHERE complaint_id = ?1 ORDER BY id");
        self.all(&sql, params![complaint.0], |row| self.sealer.record(record(row)?))
    }

    fn latest_records(&mut self, channel: Option<&str>, most: usize) -> Result<Vec<RecordView>, StoreError> {
        let sql = format!(
            "SELECT {RECORD} FROM raw_record
             WHERE id > (SELECT coalesce(max(id), 0) FROM raw_record) - ?2 AND state <> ?3 AND (?1 IS NULL OR channel = ?1)
                 AND NOT EXISTS (SELECT 1 FROM complaint c WHERE c.id = complaint_id AND c.erased_at IS NOT NULL)
             ORDER BY id DESC"
        );
        let parameters = params![channel, LOOKED_BACK, RawState::Erased.name()];
        self.readable(&sql, parameters, most, |row| self.sealer.record(record(row)?))
    }

    fn replies_of(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyView>, StoreError> {
        let sql = format!("{REPLY} WHERE r.complaint_id = ?1 ORDER BY r.id");
        self.all(&sql, params![complaint.0], |row| self.sealer.reply_view(reply(row)?))
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
        let sql = "SELECT clock, count(*) FROM clock_due WHERE due_at < ?1 GROUP BY clock";
        let found = self.all(sql, params![ms(now)], |row| Ok((row.get(0)?, count(row.get(1)?))))?;
        Ok(found.into_iter().collect())
    }

    fn ledger(&mut self) -> Result<Ledger, StoreError> {
        // In one transaction: other connections write meanwhile.
        let reading = self.connection.unchecked_transaction()?;
        let number = |sql: &str| reading.query_row(sql, [], |row| row.get::<_, i64>(0)).map(count);
        let mut ledger = Ledger {
            complaints: number("SELECT count(*) FROM complaint")?,
            complaints_in_tickets: number(
                "SELECT coalesce(sum(complaints), 0) FROM ticket INDEXED BY ticket_due WHERE status <> 'absorbed'",
            )?,
            tickets: number("SELECT count(*) FROM ticket INDEXED BY ticket_due WHERE status <> 'absorbed'")?,
            ..Ledger::default()
        };
        let by_state = self.all("SELECT state, count(*) FROM raw_record GROUP BY state", [], |row| {
            Ok((RawState::from_name(text(row, 0)?), count(row.get(1)?)))
        })?;
        for (state, records) in by_state {
            ledger.add(state, records);
        }
        Ok(ledger)
    }

    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError> {
        let number = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(count);
        let since = |sql: &str| -> Result<Option<Timestamp>, StoreError> {
            let at = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).optional()?;
            Ok(at.and_then(|at| Timestamp::from_millisecond(at).ok()))
        };
        Ok(QueueCounts {
            outbox: number("SELECT count(*) FROM outbox WHERE published_at IS NULL")?,
            replies_pending: number("SELECT count(*) FROM reply WHERE state = 'pending'")?,
            replies_dead: number("SELECT count(*) FROM reply WHERE state = 'dead'")?,
            replies_held: number("SELECT count(*) FROM reply WHERE state = 'held'")?,
            replies_by_hand: number(&format!("SELECT count(*) {BY_HAND}"))?,
            by_hand_since: since(&format!("SELECT r.at {BY_HAND} ORDER BY r.id LIMIT 1"))?,
            reviews: number("SELECT count(*) FROM review WHERE answer IS NULL")?,
            quarantine: number("SELECT count(*) FROM quarantine")?,
            outbox_since: since("SELECT at FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 1")?,
            replies_since: since("SELECT at FROM reply WHERE state = 'pending' ORDER BY id LIMIT 1")?,
        })
    }
}
