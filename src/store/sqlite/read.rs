//! Reading raw records, complaints, tickets and what hangs on them.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::Value;

use super::document::{TicketDocument, kind};
use super::{SqliteStore, at, count, hash_in, hash_out, limit};
use crate::document::ComplaintDocument;
use crate::merge::{ComplaintKey, TicketKey};
use crate::store::{
    ComplaintHead, ComplaintView, Corpus, CorpusContent, Counters, MergeEvent, MergeKind, Page, QuarantineView,
    RawState, RawView, ReviewView, StoreError, TicketDetail, TicketFilter,
};
use crate::ticket::{Route, Status, Ticket};

const COMPLAINT_COLUMNS: &str = "id, channel, receipt, ticket, raw_id, received_at, erased_at, revision, body";
const TICKET_COLUMNS: &str = "seq, id, version, status, category, district, department, grade, due_at, created_at, complaints, pinned, successor, body, finished_at, recurrence_of";

impl SqliteStore {
    pub(super) fn read_counters(&self) -> Result<Counters, StoreError> {
        let next = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok(Counters {
            raw: next("SELECT coalesce(max(id), 0) + 1 FROM raw_record")?,
            complaint: next("SELECT coalesce(max(id), 0) + 1 FROM complaint")?,
            ticket: next("SELECT coalesce(max(seq), 0) + 1 FROM ticket")?,
        })
    }

    pub(super) fn read_corpus(
        &self,
        after: ComplaintKey,
        most: usize,
        reading: Option<u64>,
        visit: &mut dyn FnMut(Corpus),
    ) -> Result<(), StoreError> {
        // A complaint whose imprint is there is not read.
        let mut statement = self.connection.prepare_cached(
            "SELECT c.id, c.ticket, t.status, t.pinned, t.finished_at, i.body, CASE WHEN i.body IS NULL THEN c.body END,
                 c.channel, c.district, c.category, c.received_at, c.phone_hash, c.id_hash, c.account_hash
             FROM complaint c JOIN ticket t ON t.seq = c.ticket
                 LEFT JOIN imprint i ON i.complaint_id = c.id AND i.reading = ?3
             WHERE c.id > ?1 ORDER BY c.id LIMIT ?2",
        )?;
        let mut rows = statement.query(params![after, limit(most), reading.map(hash_out)])?;
        while let Some(row) = rows.next()? {
            let content = match row.get_ref(5)?.as_blob_or_null().unwrap_or_default() {
                // One that is damaged is none: it is made again from the complaint.
                Some(imprint) => {
                    CorpusContent::Imprint(self.vault.open_unpacked(kind::IMPRINT, imprint).unwrap_or_default())
                }
                None => self.whole_complaint(row)?,
            };
            let status = Status::from_wire(row.get_ref(2)?.as_str().unwrap_or_default());
            visit(Corpus {
                id: row.get(0)?,
                ticket: row.get(1)?,
                open: !status.unwrap_or_default().is_final(),
                pinned: row.get(3)?,
                finished_at: row.get::<_, Option<i64>>(4)?.map(at),
                content,
            });
        }
        Ok(())
    }

    fn whole_complaint(&self, row: &Row<'_>) -> Result<CorpusContent, StoreError> {
        let hash =
            |index: usize| -> rusqlite::Result<Option<u64>> { Ok(row.get::<_, Option<i64>>(index)?.map(hash_in)) };
        let document: ComplaintDocument =
            self.vault.open_document(kind::COMPLAINT, row.get_ref(6)?.as_blob().unwrap_or_default())?;
        Ok(CorpusContent::Whole {
            district: row.get(8)?,
            category: row.get(9)?,
            received_at: at(row.get(10)?),
            reporter_hashes: [hash(11)?, hash(12)?, hash(13)?].into_iter().flatten().collect(),
            complaint: Box::new(document.into_complaint(row.get_ref(7)?.as_str().unwrap_or_default())),
        })
    }

    pub(super) fn read_cannot_links(&self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError> {
        let mut statement = self.connection.prepare("SELECT a, b FROM cannot_link")?;
        let links = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(links)
    }

    pub(super) fn read_latest_raw(
        &self,
        keys: &[(String, String)],
    ) -> Result<HashMap<(String, String), RawView>, StoreError> {
        // In one transaction: taking the lock for each takes as long as the look.
        let _reading = self.connection.unchecked_transaction()?;
        let mut statement = self.connection.prepare_cached(
            "SELECT r.id, r.digest, r.state, r.complaint_id, r.rule, c.receipt, c.erased_at IS NOT NULL
             FROM raw_record r LEFT JOIN complaint c ON c.id = r.complaint_id
             WHERE r.channel = ?1 AND r.record_id = ?2 ORDER BY r.id DESC LIMIT 1",
        )?;
        let mut found = HashMap::new();
        for (channel, record_id) in keys {
            let view = statement
                .query_row(params![channel, record_id], |row| {
                    Ok(RawView {
                        id: row.get(0)?,
                        digest: row.get(1)?,
                        state: RawState::from_name(&row.get::<_, String>(2)?),
                        complaint: row.get(3)?,
                        rule: row.get(4)?,
                        receipt: row.get(5)?,
                        erased: row.get(6)?,
                    })
                })
                .optional()?;
            if let Some(view) = view {
                found.insert((channel.clone(), record_id.clone()), view);
            }
        }
        Ok(found)
    }

    pub(super) fn read_complaints_by_number(
        &self,
        keys: &[(String, String)],
    ) -> Result<HashMap<(String, String), ComplaintHead>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, receipt, ticket, erased_at IS NOT NULL FROM complaint WHERE channel = ?1 AND number = ?2",
        )?;
        let mut found = HashMap::new();
        for (channel, number) in keys {
            if let Some(head) = statement.query_row(params![channel, number], head).optional()? {
                found.insert((channel.clone(), number.clone()), head);
            }
        }
        Ok(found)
    }

    pub(super) fn read_complaint_about(
        &self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError> {
        let by_receipt = self
            .connection
            .query_row(
                "SELECT id, receipt, ticket, erased_at IS NOT NULL FROM complaint WHERE receipt = ?1",
                params![about],
                head,
            )
            .optional()?;
        if by_receipt.is_some() {
            return Ok(by_receipt);
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT id, receipt, ticket, erased_at IS NOT NULL FROM complaint WHERE channel = ?1 AND (number = ?2 OR phone_hash = ?3)
             ORDER BY number = ?2 DESC, id DESC LIMIT 1",
        )?;
        Ok(statement.query_row(params![channel, about, hash_out(phone_hash)], head).optional()?)
    }

    pub(super) fn read_raw_body(&self, raw_id: i64) -> Result<Option<(String, String, Value)>, StoreError> {
        let row = self
            .connection
            .prepare_cached("SELECT channel, record_id, body FROM raw_record WHERE id = ?1")?
            .query_row(params![raw_id], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?)))
            .optional()?;
        row.map(|(channel, record_id, body)| Ok((channel, record_id, self.vault.open_document(kind::RAW, &body)?)))
            .transpose()
    }

    pub(super) fn read_ticket_key(&self, id: &str) -> Result<Option<TicketKey>, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT seq FROM ticket WHERE id = ?1", params![id], |row| row.get(0))
            .optional()?)
    }

    pub(super) fn read_tickets(&self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError> {
        let sql = format!("SELECT {TICKET_COLUMNS} FROM ticket WHERE seq = ?1");
        let mut details = Vec::with_capacity(keys.len());
        for key in keys {
            let found =
                self.connection.prepare_cached(&sql)?.query_row(params![key], |row| Ok(self.ticket(row))).optional()?;
            if let Some(ticket) = found {
                details.push(TicketDetail {
                    key: *key,
                    ticket: ticket?,
                    complaints: self.read_complaints_of(*key, complaints)?,
                });
            }
        }
        Ok(details)
    }

    pub(super) fn read_ticket_list(&self, filter: &TicketFilter, page: Page) -> Result<Vec<TicketDetail>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq FROM ticket WHERE seq < coalesce(?1, 9223372036854775807)
                 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR department = ?3) AND (?4 IS NULL OR district = ?4)
                 AND (?5 IS NULL OR grade = ?5) AND complaints >= ?6 ORDER BY seq DESC LIMIT ?7",
        )?;
        let least = i64::try_from(filter.min_complaints.unwrap_or(0)).unwrap_or(i64::MAX);
        let keys: Vec<TicketKey> = statement
            .query_map(
                params![
                    page.after,
                    filter.status.map(Status::wire),
                    filter.department,
                    filter.district,
                    filter.grade,
                    least,
                    limit(page.limit)
                ],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        self.read_tickets(&keys, 0)
    }

    fn ticket(&self, row: &Row<'_>) -> Result<Ticket, StoreError> {
        let document: TicketDocument = self.vault.open_document(kind::TICKET, &row.get::<_, Vec<u8>>("body")?)?;
        Ok(Ticket {
            id: row.get("id")?,
            version: count(row.get("version")?),
            status: Status::from_wire(&row.get::<_, String>("status")?).unwrap_or_default(),
            point: document.point(),
            route: Route {
                category: row.get("category")?,
                district: row.get("district")?,
                department: row.get("department")?,
                grade: row.get("grade")?,
                due_at: row.get::<_, Option<i64>>("due_at")?.map(at),
                reasons: document.reasons,
            },
            title: document.title,
            text: document.text,
            address: document.address,
            created_at: at(row.get("created_at")?),
            complaints: count(row.get("complaints")?),
            pinned: row.get("pinned")?,
            successor: row.get("successor")?,
            finished_at: row.get::<_, Option<i64>>("finished_at")?.map(at),
            recurrence_of: row.get("recurrence_of")?,
        })
    }

    pub(super) fn read_complaints_of(&self, ticket: TicketKey, most: usize) -> Result<Vec<ComplaintView>, StoreError> {
        let sql = format!("SELECT {COMPLAINT_COLUMNS} FROM complaint WHERE ticket = ?1 ORDER BY id LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![ticket, limit(most)])?;
        let mut complaints = Vec::new();
        while let Some(row) = rows.next()? {
            complaints.push(self.complaint(row)?);
        }
        Ok(complaints)
    }

    pub(super) fn read_complaint(&self, id: ComplaintKey) -> Result<Option<ComplaintView>, StoreError> {
        let sql = format!("SELECT {COMPLAINT_COLUMNS} FROM complaint WHERE id = ?1");
        self.connection
            .prepare_cached(&sql)?
            .query_row(params![id], |row| Ok(self.complaint(row)))
            .optional()?
            .transpose()
    }

    pub(super) fn read_complaint_by_receipt(&self, receipt: &str) -> Result<Option<ComplaintView>, StoreError> {
        let sql = format!("SELECT {COMPLAINT_COLUMNS} FROM complaint WHERE receipt = ?1");
        self.connection
            .prepare_cached(&sql)?
            .query_row(params![receipt], |row| Ok(self.complaint(row)))
            .optional()?
            .transpose()
    }

    pub(super) fn read_last_status(&self, ticket: TicketKey) -> Result<Option<Status>, StoreError> {
        let sql =
            "SELECT status FROM status_update WHERE ticket = ?1 AND verdict = 'accepted' ORDER BY id DESC LIMIT 1";
        let name: Option<String> = self.connection.query_row(sql, params![ticket], |row| row.get(0)).optional()?;
        Ok(name.and_then(|name| Status::from_wire(&name)))
    }

    fn complaint(&self, row: &Row<'_>) -> Result<ComplaintView, StoreError> {
        let channel: String = row.get("channel")?;
        let document: ComplaintDocument = self.vault.open_document(kind::COMPLAINT, &row.get::<_, Vec<u8>>("body")?)?;
        Ok(ComplaintView {
            id: row.get("id")?,
            receipt: row.get("receipt")?,
            ticket: row.get("ticket")?,
            raw_id: row.get("raw_id")?,
            received_at: at(row.get("received_at")?),
            erased: row.get::<_, Option<i64>>("erased_at")?.is_some(),
            revision: row.get("revision")?,
            complaint: document.into_complaint(&channel),
        })
    }

    pub(super) fn read_merge_events(&self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at, kind, complaint_id, from_ticket, to_ticket, actor, settings_version, evidence FROM merge_event
             WHERE from_ticket = ?1 OR to_ticket = ?1 ORDER BY id",
        )?;
        let mut rows = statement.query(params![ticket])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let evidence: Option<Vec<u8>> = row.get(7)?;
            events.push(MergeEvent {
                at: at(row.get(0)?),
                kind: MergeKind::from_name(&row.get::<_, String>(1)?),
                complaint: row.get(2)?,
                from: row.get(3)?,
                to: row.get(4)?,
                actor: row.get(5)?,
                settings_version: row.get(6)?,
                evidence: evidence.map(|evidence| self.vault.open_document(kind::EVIDENCE, &evidence)).transpose()?,
            });
        }
        Ok(events)
    }

    pub(super) fn read_open_reviews(&self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.id, r.complaint_id, c.ticket, r.ticket, r.at, r.answer, r.evidence
             FROM review r JOIN complaint c ON c.id = r.complaint_id
             WHERE r.answer IS NULL AND (?1 IS NULL OR (r.weight, -r.id) < (SELECT weight, -id FROM review WHERE id = ?1))
             ORDER BY r.weight DESC, r.id LIMIT ?2",
        )?;
        let mut rows = statement.query(params![page.after, limit(page.limit)])?;
        let mut reviews = Vec::new();
        while let Some(row) = rows.next()? {
            reviews.push(self.review_view(row)?);
        }
        Ok(reviews)
    }

    pub(super) fn read_answered_reviews(&self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.id, r.complaint_id, c.ticket, r.ticket, r.at, r.answer, r.evidence
             FROM review r JOIN complaint c ON c.id = r.complaint_id
             WHERE r.answer IS NOT NULL AND r.id > coalesce(?1, 0) ORDER BY r.id LIMIT ?2",
        )?;
        let mut rows = statement.query(params![page.after, limit(page.limit)])?;
        let mut reviews = Vec::new();
        while let Some(row) = rows.next()? {
            reviews.push(self.review_view(row)?);
        }
        Ok(reviews)
    }

    pub(super) fn read_review(&self, id: i64) -> Result<Option<ReviewView>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT r.id, r.complaint_id, c.ticket, r.ticket, r.at, r.answer, r.evidence
                 FROM review r JOIN complaint c ON c.id = r.complaint_id WHERE r.id = ?1",
            )?
            .query_row(params![id], |row| Ok(self.review_view(row)))
            .optional()?
            .transpose()
    }

    fn review_view(&self, row: &Row<'_>) -> Result<ReviewView, StoreError> {
        Ok(ReviewView {
            id: row.get(0)?,
            complaint: row.get(1)?,
            current_ticket: row.get(2)?,
            ticket: row.get(3)?,
            at: at(row.get(4)?),
            answer: row.get(5)?,
            evidence: self.vault.open_document(kind::EVIDENCE, &row.get::<_, Vec<u8>>(6)?)?,
        })
    }

    pub(super) fn read_quarantine(&self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT q.raw_id, q.channel, r.record_id, q.at, q.problems, r.body
             FROM quarantine q JOIN raw_record r ON r.id = q.raw_id
             WHERE (?1 IS NULL OR q.channel = ?1) AND q.raw_id > coalesce(?2, 0) ORDER BY q.raw_id LIMIT ?3",
        )?;
        let mut rows = statement.query(params![channel, page.after, limit(page.limit)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(QuarantineView {
                raw_id: row.get(0)?,
                channel: row.get(1)?,
                record_id: row.get(2)?,
                at: at(row.get(3)?),
                problems: self.vault.open_document(kind::PROBLEMS, &row.get::<_, Vec<u8>>(4)?)?,
                body: self.vault.open_document(kind::RAW, &row.get::<_, Vec<u8>>(5)?)?,
            });
        }
        Ok(found)
    }
}

fn head(row: &Row<'_>) -> rusqlite::Result<ComplaintHead> {
    Ok(ComplaintHead { id: row.get(0)?, receipt: row.get(1)?, ticket: row.get(2)?, erased: row.get(3)? })
}
