//! The look-ups of a step. Each answers a whole slice with one statement, or two.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Params, Row, params};

use super::cells::{COMPLAINT, EVENT, FILE, QUARANTINE, REPLY, REVIEW, TICKET, blob, complaint, event, finished, list};
use super::cells::{file, quarantined, raw, reply, review, text, ticket};
use super::{SqliteStore, limit};
use crate::sealed::{Place, StatementCells, UndecidedCells, hash_out, ms};
use crate::{
    ComplaintHead, ComplaintView, FileHead, FileMark, Known, LastSaid, MergeEvent, QuarantineView, RawContent, RawView,
    ReplyView, ReviewView, StatementRow, StatusKnown, StoreError, TicketDetail, UndecidedView,
};
use huiliu_domain::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::ticket::{Answer, Status};

pub(super) const LATEST_RAW: &str =
    "SELECT k.key, r.id, r.digest, r.state, r.complaint_id, r.rule, c.receipt, c.erased_at IS NOT NULL, r.source_file
            FROM json_each(?1) k
                JOIN raw_record r ON r.id = (SELECT max(id) FROM raw_record
                    WHERE channel = k.value ->> 0 AND record_mark = unhex(k.value ->> 1))
                LEFT JOIN complaint c ON c.id = r.complaint_id";
pub(super) const RAW_WITH_CONTENT: &str =
    "SELECT k.key, r.id, r.digest, r.state, r.complaint_id, r.rule, c.receipt, c.erased_at IS NOT NULL, r.source_file
            FROM json_each(?1) k
                JOIN raw_record r ON r.id = (SELECT max(id) FROM raw_record
                    WHERE channel = k.value ->> 0 AND record_mark = unhex(k.value ->> 1) AND digest = unhex(k.value ->> 2))
                LEFT JOIN complaint c ON c.id = r.complaint_id";
pub(super) const CAME_WITH: &str = "SELECT 1 FROM raw_record
            WHERE complaint_id = ?1 AND source_file = ?2 AND state IN ('complaint', 'amendment') LIMIT 1";
pub(super) const HEADS: &str = "SELECT c.id, c.receipt, c.ticket, c.erased_at IS NOT NULL, k.key FROM json_each(?1) k
            JOIN complaint c ON c.channel = k.value ->> 0 AND c.number_mark = unhex(k.value ->> 1)";
pub(super) const STATUSES: &str = "SELECT
                (SELECT max(sequence) FROM status_update WHERE ticket = k.value ->> 0 AND platform_mark = unhex(k.value ->> 1)
                     AND verdict IN ('accepted', 'submitted')),
                EXISTS (SELECT 1 FROM status_update WHERE ticket = k.value ->> 0 AND platform_mark = unhex(k.value ->> 1)
                     AND update_mark = unhex(k.value ->> 2))
            FROM json_each(?1) k ORDER BY k.key";
pub(super) const LAST_STATUSES: &str =
    "SELECT s.ticket, s.status, s.id FROM json_each(?1) k JOIN status_update s ON s.id =
            (SELECT max(id) FROM status_update WHERE ticket = k.value AND verdict = 'accepted' AND status <> 'act')";
pub(super) const PERSON: &str = "SELECT id FROM complaint WHERE phone_hash IN (SELECT value FROM json_each(?1))
            UNION SELECT id FROM complaint WHERE id_hash IN (SELECT value FROM json_each(?1)) ORDER BY id";
pub(super) const STATEMENTS: &str = "SELECT s.id, s.complaint_id, s.raw_id, s.mark, s.kind, s.at, s.received_at, s.body
            FROM statement s WHERE s.complaint_id IN (SELECT value FROM json_each(?1)) ORDER BY s.id";

impl Known for SqliteStore {
    fn latest_raw(&mut self, records: &[(String, String)]) -> Result<HashMap<(String, String), RawView>, StoreError> {
        let asked: Vec<(&str, String)> = records
            .iter()
            .map(|(channel, id)| (channel.as_str(), hex(&self.sealer.record_mark(channel, id))))
            .collect();
        let found =
            self.all(LATEST_RAW, params![list(&asked)?], |row| Ok((place(row, 0)?, self.sealer.raw_view(raw(row)?)?)))?;
        Ok(found.into_iter().filter_map(|(at, view)| Some((records.get(at)?.clone(), view))).collect())
    }

    fn raw_with_content(&mut self, records: &[RawContent]) -> Result<HashMap<RawContent, RawView>, StoreError> {
        let asked: Vec<(&str, String, String)> = records
            .iter()
            .map(|(channel, id, digest)| (channel.as_str(), hex(&self.sealer.record_mark(channel, id)), hex(digest)))
            .collect();
        let found = self.all(RAW_WITH_CONTENT, params![list(&asked)?], |row| {
            Ok((place(row, 0)?, self.sealer.raw_view(raw(row)?)?))
        })?;
        Ok(found.into_iter().filter_map(|(at, view)| Some((records.get(at)?.clone(), view))).collect())
    }

    fn came_with(&mut self, complaint: ComplaintKey, file: FileMark) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(CAME_WITH)?;
        Ok(statement.exists(params![complaint.0, hash_out(file.0)])?)
    }

    fn heads_by_number(
        &mut self,
        numbers: &[(String, String)],
    ) -> Result<HashMap<(String, String), ComplaintHead>, StoreError> {
        let asked: Vec<(&str, String)> = numbers
            .iter()
            .map(|(channel, number)| (channel.as_str(), hex(&self.sealer.number_mark(channel, number))))
            .collect();
        let found = self.all(HEADS, params![list(&asked)?], |row| Ok((place(row, 4)?, head(row)?)))?;
        Ok(found.into_iter().filter_map(|(at, head)| Some((numbers.get(at)?.clone(), head))).collect())
    }

    fn complaint_about(
        &mut self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError> {
        let sql = "SELECT id, receipt, ticket, erased_at IS NOT NULL FROM complaint WHERE receipt = ?1";
        if let Some(head) = self.all(sql, params![about], head)?.pop() {
            return Ok(Some(head));
        }
        let sql = "SELECT id, receipt, ticket, erased_at IS NOT NULL FROM complaint
            WHERE channel = ?1 AND (number_mark = ?2 OR phone_hash = ?3) ORDER BY number_mark = ?2 DESC, id DESC LIMIT 1";
        Ok(self.all(sql, params![channel, self.sealer.number_mark(channel, about), hash_out(phone_hash)], head)?.pop())
    }

    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError> {
        let numbers = list(&keys.iter().map(|key| key.0).collect::<Vec<_>>())?;
        let sql = format!("SELECT {TICKET} FROM ticket WHERE seq IN (SELECT value FROM json_each(?1))");
        let mut found: HashMap<TicketKey, TicketDetail> = HashMap::with_capacity(keys.len());
        for (key, ticket) in self.all(&sql, params![numbers], |row| {
            let cells = ticket(row)?;
            Ok((TicketKey(cells.key), self.sealer.ticket(cells)?))
        })? {
            found.insert(key, TicketDetail { key, ticket, complaints: Vec::new() });
        }
        if complaints > 0 && !found.is_empty() {
            // By number alone: a ticket of many thousands is not read for its first few.
            let sql = format!(
                "SELECT {COMPLAINT} FROM json_each(?1) k JOIN complaint c
                     ON c.id IN (SELECT id FROM complaint WHERE ticket = k.value ORDER BY id LIMIT ?2)"
            );
            let shown = self.all(&sql, params![numbers, limit(complaints)], |row| self.view(row))?;
            for view in shown {
                if let Some(detail) = found.get_mut(&view.ticket) {
                    detail.complaints.push(view);
                }
            }
        }
        for detail in found.values_mut() {
            detail.complaints.sort_by_key(|view| view.id);
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }

    fn ticket_keys(&mut self, ids: &[&str]) -> Result<HashMap<String, TicketKey>, StoreError> {
        let sql = "SELECT id, seq FROM ticket WHERE id IN (SELECT value FROM json_each(?1))";
        let found = self.all(sql, params![list(&ids)?], |row| Ok((row.get(0)?, TicketKey(row.get(1)?))))?;
        Ok(found.into_iter().collect())
    }

    fn complaints(&mut self, keys: &[ComplaintKey]) -> Result<Vec<ComplaintView>, StoreError> {
        let numbers = list(&keys.iter().map(|key| key.0).collect::<Vec<_>>())?;
        let sql = format!(
            "SELECT {COMPLAINT} FROM complaint c WHERE c.id IN (SELECT value FROM json_each(?1)) ORDER BY c.id"
        );
        self.all(&sql, params![numbers], |row| self.view(row))
    }

    fn complaints_by_receipt(&mut self, receipts: &[&str]) -> Result<Vec<ComplaintView>, StoreError> {
        let sql = format!(
            "SELECT {COMPLAINT} FROM complaint c WHERE c.receipt IN (SELECT value FROM json_each(?1)) ORDER BY c.id"
        );
        self.all(&sql, params![list(&receipts)?], |row| self.view(row))
    }

    fn members(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        let sql = format!("SELECT {COMPLAINT} FROM complaint c WHERE c.ticket = ?1 ORDER BY c.id");
        self.all(&sql, params![ticket.0], |row| self.view(row))
    }

    fn statements_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<StatementRow>, StoreError> {
        let numbers = list(&complaints.iter().map(|key| key.0).collect::<Vec<_>>())?;
        self.all(STATEMENTS, params![numbers], |row| {
            self.sealer.statement(StatementCells {
                id: row.get(0)?,
                complaint: row.get(1)?,
                raw: row.get(2)?,
                mark: row.get(3)?,
                kind: text(row, 4)?,
                at: row.get(5)?,
                received_at: row.get(6)?,
                body: blob(row, 7)?,
            })
        })
    }

    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        let sql = format!("SELECT {EVENT} FROM merge_event WHERE from_ticket = ?1 OR to_ticket = ?1 ORDER BY id");
        self.all(&sql, params![ticket.0], |row| self.sealer.merge_event(event(row)?))
    }

    fn review(&mut self, key: ReviewKey) -> Result<Option<ReviewView>, StoreError> {
        let sql = format!("{REVIEW} WHERE r.id = ?1");
        Ok(self.all(&sql, params![key.0], |row| self.sealer.review(review(row)?))?.pop())
    }

    fn quarantined(&mut self, raw: RawKey) -> Result<Option<QuarantineView>, StoreError> {
        let sql = format!("{QUARANTINE} WHERE q.raw_id = ?1");
        Ok(self.all(&sql, params![raw.0], |row| self.sealer.quarantined(quarantined(row)?))?.pop())
    }

    fn undecided(&mut self, after: RawKey, most: usize) -> Result<Vec<UndecidedView>, StoreError> {
        let sql = "SELECT id, channel, label, digest, received_at, body, source_file FROM raw_record
            WHERE state = 'received' AND id > ?1 ORDER BY id LIMIT ?2";
        self.all(sql, params![after.0, limit(most)], |row| {
            self.sealer.undecided(UndecidedCells {
                id: row.get(0)?,
                channel: row.get(1)?,
                label: blob(row, 2)?,
                digest: row.get(3)?,
                received_at: row.get(4)?,
                body: blob(row, 5)?,
                source_file: row.get(6)?,
            })
        })
    }

    fn statuses_known(&mut self, updates: &[(TicketKey, &str, &str)]) -> Result<Vec<StatusKnown>, StoreError> {
        let asked: Vec<(i64, String, String)> = updates
            .iter()
            .map(|(ticket, platform, update)| {
                (ticket.0, hex(&self.sealer.platform_mark(platform)), hex(&self.sealer.update_mark(update)))
            })
            .collect();
        self.all(STATUSES, params![list(&asked)?], |row| {
            Ok(StatusKnown { newest_sequence: row.get(0)?, repeated: row.get(1)? })
        })
    }

    fn last_statuses(&mut self, tickets: &[TicketKey]) -> Result<HashMap<TicketKey, Status>, StoreError> {
        let numbers = list(&tickets.iter().map(|key| key.0).collect::<Vec<_>>())?;
        let found = self.all(LAST_STATUSES, params![numbers], |row| {
            let place = Place { table: "status_update", row: row.get(2)? };
            Ok((TicketKey(row.get(0)?), place.status(text(row, 1)?)?))
        })?;
        Ok(found.into_iter().collect())
    }

    fn last_said(&mut self, ticket: TicketKey) -> Result<Option<LastSaid>, StoreError> {
        let sql = "SELECT id, status, occurred_at, body FROM status_update WHERE id =
                (SELECT max(id) FROM status_update WHERE ticket = ?1 AND verdict = 'accepted' AND status <> 'act')";
        let said = self.all(sql, params![ticket.0], |row| {
            self.sealer.last_said((row.get(0)?, text(row, 1)?), row.get(2)?, blob(row, 3)?)
        })?;
        Ok(said.into_iter().next())
    }

    fn answer_of_reply(&mut self, key: ReplyKey) -> Result<Option<Answer>, StoreError> {
        let sql = "SELECT id, body FROM reply WHERE id = ?1";
        Ok(self.all(sql, params![key.0], |row| self.sealer.answer(row.get(0)?, blob(row, 1)?))?.pop())
    }

    fn reply_view(&mut self, key: ReplyKey) -> Result<Option<ReplyView>, StoreError> {
        let sql = format!("{REPLY} WHERE r.id = ?1");
        Ok(self.all(&sql, params![key.0], |row| self.sealer.reply_view(reply(row)?))?.pop())
    }

    fn files_of_records(&mut self, records: &[RawKey]) -> Result<Vec<FileHead>, StoreError> {
        let sql = format!(
            "SELECT {FILE} FROM file f WHERE f.raw_id IN (SELECT value FROM json_each(?1)) ORDER BY f.raw_id, f.number"
        );
        let records = list(&records.iter().map(|raw| raw.0).collect::<Vec<_>>())?;
        self.all(&sql, params![records], |row| self.sealer.file_head(file(row)?))
    }

    fn last_answer(&mut self, complaint: ComplaintKey) -> Result<Option<Answer>, StoreError> {
        let sql = "SELECT r.id, r.body FROM reply r JOIN complaint c ON c.id = r.complaint_id
             WHERE r.complaint_id = ?1 AND c.erased_at IS NULL ORDER BY r.id DESC LIMIT 1";
        Ok(self.all(sql, params![complaint.0], |row| self.sealer.answer(row.get(0)?, blob(row, 1)?))?.pop())
    }

    fn complaints_of_person(&mut self, hashes: &[u64]) -> Result<Vec<ComplaintKey>, StoreError> {
        let hashes = list(&hashes.iter().map(|hash| hash_out(*hash)).collect::<Vec<_>>())?;
        self.all(PERSON, params![hashes], |row| Ok(ComplaintKey(row.get(0)?)))
    }

    fn finished_before(&mut self, time: Timestamp, most: usize) -> Result<Vec<ComplaintKey>, StoreError> {
        let sql = format!(
            "SELECT c.id FROM complaint c JOIN ticket t ON t.seq = c.ticket
             WHERE c.erased_at IS NULL AND c.received_at < ?1 AND t.status IN ({})
                 AND NOT EXISTS (SELECT 1 FROM reply r WHERE r.complaint_id = c.id AND r.state IN ('pending', 'held'))
             ORDER BY c.id LIMIT ?2",
            finished()
        );
        self.all(&sql, params![ms(time), limit(most)], |row| Ok(ComplaintKey(row.get(0)?)))
    }
}

impl SqliteStore {
    /// Every row of a statement.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// At most `most` rows that can be read, of a query without a limit of its own. One that is damaged is stepped over, so that it keeps
    /// nobody from the others: it is said in the log, and named by an examination of the store.
    pub(super) fn readable<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        most: usize,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while found.len() < most
            && let Some(row) = rows.next()?
        {
            match read(row) {
                Err(error) if error.is_damage() => {
                    tracing::error!(%error, "A row of a listing cannot be read; it is left out.");
                }
                row => found.push(row?),
            }
        }
        Ok(found)
    }

    fn view(&self, row: &Row<'_>) -> Result<ComplaintView, StoreError> {
        self.sealer.complaint(complaint(row, 0)?)
    }
}

/// Bytes as `unhex` of SQL reads them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Place in the slice that was asked for.
fn place(row: &Row<'_>, index: usize) -> Result<usize, StoreError> {
    Ok(usize::try_from(row.get::<_, i64>(index)?).unwrap_or(usize::MAX))
}

fn head(row: &Row<'_>) -> Result<ComplaintHead, StoreError> {
    Ok(ComplaintHead {
        id: ComplaintKey(row.get(0)?),
        receipt: row.get(1)?,
        ticket: TicketKey(row.get(2)?),
        erased: row.get(3)?,
    })
}
