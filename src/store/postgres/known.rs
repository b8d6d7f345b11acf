//! The look-ups of a step. Each answers a whole slice with one statement, or two.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::cells::{COMPLAINT, EVENT, FILE, QUARANTINE, REPLY, REVIEW, TICKET, complaint, event, file, finished};
use super::cells::{cell, mark, quarantined, raw, reply, review, ticket};
use super::link::Parameter;
use super::{PostgresStore, limit};
use crate::sealed::{Mark, Place, StatementCells, UndecidedCells, hash_out, ms};
use crate::{
    ComplaintHead, ComplaintView, FileHead, FileMark, Known, LastSaid, MergeEvent, QuarantineView, RawContent, RawView,
    ReplyView, ReviewView, StatementRow, StatusKnown, StoreError, TicketDetail, UndecidedView,
};
use huiliu_domain::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::ticket::{Answer, Status};

const LATEST_RAW: &str =
    "SELECT k.place, r.id, r.digest, r.state, r.complaint_id, r.rule, c.receipt, c.erased_at IS NOT NULL, r.source_file
    FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k(channel, mark, place)
        CROSS JOIN LATERAL (SELECT * FROM raw_record l WHERE l.channel = k.channel AND l.record_mark = k.mark
            ORDER BY l.id DESC LIMIT 1) r
        LEFT JOIN complaint c ON c.id = r.complaint_id";
const RAW_WITH_CONTENT: &str =
    "SELECT k.place, r.id, r.digest, r.state, r.complaint_id, r.rule, c.receipt, c.erased_at IS NOT NULL, r.source_file
    FROM unnest($1::text[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS k(channel, mark, digest, place)
        CROSS JOIN LATERAL (SELECT * FROM raw_record l WHERE l.channel = k.channel AND l.record_mark = k.mark
            AND l.digest = k.digest ORDER BY l.id DESC LIMIT 1) r
        LEFT JOIN complaint c ON c.id = r.complaint_id";
const CAME_WITH: &str = "SELECT 1 FROM raw_record
    WHERE complaint_id = $1 AND source_file = $2 AND state IN ('complaint', 'amendment') LIMIT 1";
const HEADS: &str = "SELECT c.id, c.receipt, c.ticket, c.erased_at IS NOT NULL, k.place
    FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k(channel, mark, place)
        JOIN complaint c ON c.channel = k.channel AND c.number_mark = k.mark";
const SHOWN: &str = "FROM unnest($1::bigint[]) AS k(key)
    CROSS JOIN LATERAL (SELECT * FROM complaint m WHERE m.ticket = k.key ORDER BY m.id LIMIT $2) c";
const STATUSES: &str = "SELECT
        (SELECT max(s.sequence) FROM status_update s WHERE s.ticket = k.ticket AND s.platform_mark = k.platform
             AND s.verdict IN ('accepted', 'submitted')),
        EXISTS (SELECT 1 FROM status_update s WHERE s.ticket = k.ticket AND s.platform_mark = k.platform
             AND s.update_mark = k.update)
    FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS k(ticket, platform, update, place)
    ORDER BY k.place";
const LAST_STATUSES: &str = "SELECT s.ticket, s.status, s.id FROM unnest($1::bigint[]) AS k(ticket)
    CROSS JOIN LATERAL (SELECT * FROM status_update l WHERE l.ticket = k.ticket AND l.verdict = 'accepted'
        AND l.status <> 'act' ORDER BY l.id DESC LIMIT 1) s";
const LAST_SAID: &str = "SELECT id, status, occurred_at, body FROM status_update
    WHERE ticket = $1 AND verdict = 'accepted' AND status <> 'act' ORDER BY id DESC LIMIT 1";
const PERSON: &str = "SELECT id FROM complaint WHERE phone_hash = ANY($1)
    UNION SELECT id FROM complaint WHERE id_hash = ANY($1) ORDER BY id";
const STATEMENTS: &str = "SELECT s.id, s.complaint_id, s.raw_id, s.mark, s.kind, s.at, s.received_at, s.body
    FROM statement s WHERE s.complaint_id = ANY($1) ORDER BY s.id";

impl Known for PostgresStore {
    fn latest_raw(&mut self, records: &[(String, String)]) -> Result<HashMap<(String, String), RawView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let channels: Vec<&str> = records.iter().map(|(channel, _)| channel.as_str()).collect();
        let marks = records.iter().map(|(channel, id)| sealer.record_mark(channel, id)).collect::<Vec<_>>();
        let read = |row: &Row| Ok((place(row, 0)?, sealer.raw_view(raw(row)?)?));
        let found = link.all(LATEST_RAW, &[&channels, &slices(&marks)], read)?;
        Ok(found.into_iter().filter_map(|(at, view)| Some((records.get(at)?.clone(), view))).collect())
    }

    fn raw_with_content(&mut self, records: &[RawContent]) -> Result<HashMap<RawContent, RawView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let channels: Vec<&str> = records.iter().map(|(channel, ..)| channel.as_str()).collect();
        let marks = records.iter().map(|(channel, id, _)| sealer.record_mark(channel, id)).collect::<Vec<_>>();
        let digests: Vec<&[u8]> = records.iter().map(|(.., digest)| digest.as_slice()).collect();
        let read = |row: &Row| Ok((place(row, 0)?, sealer.raw_view(raw(row)?)?));
        let found = link.all(RAW_WITH_CONTENT, &[&channels, &slices(&marks), &digests], read)?;
        Ok(found.into_iter().filter_map(|(at, view)| Some((records.get(at)?.clone(), view))).collect())
    }

    fn came_with(&mut self, complaint: ComplaintKey, file: FileMark) -> Result<bool, StoreError> {
        Ok(!self.link.rows(CAME_WITH, &[&complaint.0, &hash_out(file.0)])?.is_empty())
    }

    fn heads_by_number(
        &mut self,
        numbers: &[(String, String)],
    ) -> Result<HashMap<(String, String), ComplaintHead>, StoreError> {
        let Self { link, sealer, .. } = self;
        let channels: Vec<&str> = numbers.iter().map(|(channel, _)| channel.as_str()).collect();
        let marks = numbers.iter().map(|(channel, number)| sealer.number_mark(channel, number)).collect::<Vec<_>>();
        let found = link.all(HEADS, &[&channels, &slices(&marks)], |row| Ok((place(row, 4)?, head(row)?)))?;
        Ok(found.into_iter().filter_map(|(at, head)| Some((numbers.get(at)?.clone(), head))).collect())
    }

    fn complaint_about(
        &mut self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError> {
        let sql = "SELECT id, receipt, ticket, erased_at IS NOT NULL FROM complaint WHERE receipt = $1";
        if let Some(head) = self.link.all(sql, &[&about], head)?.pop() {
            return Ok(Some(head));
        }
        let sql = "SELECT id, receipt, ticket, erased_at IS NOT NULL FROM complaint
            WHERE channel = $1 AND (number_mark = $2 OR phone_hash = $3) ORDER BY (number_mark = $2) DESC, id DESC LIMIT 1";
        let mark = self.sealer.number_mark(channel, about);
        Ok(self.link.all(sql, &[&channel, &mark.as_slice(), &hash_out(phone_hash)], head)?.pop())
    }

    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError> {
        let Self { link, sealer, .. } = self;
        let numbers: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let sql = format!("SELECT {TICKET} FROM ticket t WHERE t.seq = ANY($1)");
        let read = |row: &Row| {
            let cells = ticket(row)?;
            let key = TicketKey(cells.key);
            Ok((key, TicketDetail { key, ticket: sealer.ticket(cells)?, complaints: Vec::new() }))
        };
        let mut found: HashMap<TicketKey, TicketDetail> = link.all(&sql, &[&numbers], read)?.into_iter().collect();
        if complaints > 0 && !found.is_empty() {
            // By number alone: a ticket of many thousands is not read for its first few.
            let sql = format!("SELECT {COMPLAINT} {SHOWN}");
            let shown = link.all(&sql, &[&numbers, &limit(complaints)], |row| sealer.complaint(complaint(row, 0)?))?;
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
        let sql = "SELECT id, seq FROM ticket WHERE id = ANY($1)";
        let found = self.link.all(sql, &[&ids], |row| Ok((cell(row, 0)?, TicketKey(cell(row, 1)?))))?;
        Ok(found.into_iter().collect())
    }

    fn complaints(&mut self, keys: &[ComplaintKey]) -> Result<Vec<ComplaintView>, StoreError> {
        let numbers: Vec<i64> = keys.iter().map(|key| key.0).collect();
        self.views("c.id = ANY($1)", &numbers)
    }

    fn complaints_by_receipt(&mut self, receipts: &[&str]) -> Result<Vec<ComplaintView>, StoreError> {
        self.views("c.receipt = ANY($1)", &receipts)
    }

    fn members(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        self.views("c.ticket = $1", &ticket.0)
    }

    fn statements_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<StatementRow>, StoreError> {
        let Self { link, sealer, .. } = self;
        let numbers: Vec<i64> = complaints.iter().map(|key| key.0).collect();
        link.all(STATEMENTS, &[&numbers], |row| {
            sealer.statement(StatementCells {
                id: cell(row, 0)?,
                complaint: cell(row, 1)?,
                raw: cell(row, 2)?,
                mark: mark(row, 3)?,
                kind: cell(row, 4)?,
                at: cell(row, 5)?,
                received_at: cell(row, 6)?,
                body: cell(row, 7)?,
            })
        })
    }

    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("SELECT {EVENT} FROM merge_event WHERE from_ticket = $1 OR to_ticket = $1 ORDER BY id");
        link.all(&sql, &[&ticket.0], |row| sealer.merge_event(event(row)?))
    }

    fn review(&mut self, key: ReviewKey) -> Result<Option<ReviewView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("{REVIEW} WHERE r.id = $1");
        Ok(link.all(&sql, &[&key.0], |row| sealer.review(review(row)?))?.pop())
    }

    fn quarantined(&mut self, raw: RawKey) -> Result<Option<QuarantineView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("{QUARANTINE} WHERE q.raw_id = $1");
        Ok(link.all(&sql, &[&raw.0], |row| sealer.quarantined(quarantined(row)?))?.pop())
    }

    fn undecided(&mut self, after: RawKey, most: usize) -> Result<Vec<UndecidedView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = "SELECT id, channel, label, digest, received_at, body, source_file FROM raw_record
            WHERE state = 'received' AND id > $1 ORDER BY id LIMIT $2";
        link.all(sql, &[&after.0, &limit(most)], |row| {
            sealer.undecided(UndecidedCells {
                id: cell(row, 0)?,
                channel: cell(row, 1)?,
                label: cell(row, 2)?,
                digest: mark(row, 3)?,
                received_at: cell(row, 4)?,
                body: cell(row, 5)?,
                source_file: cell(row, 6)?,
            })
        })
    }

    fn statuses_known(&mut self, updates: &[(TicketKey, &str, &str)]) -> Result<Vec<StatusKnown>, StoreError> {
        let Self { link, sealer, .. } = self;
        let tickets: Vec<i64> = updates.iter().map(|(ticket, ..)| ticket.0).collect();
        let platforms: Vec<Mark> = updates.iter().map(|(_, platform, _)| sealer.platform_mark(platform)).collect();
        let marks: Vec<Mark> = updates.iter().map(|(.., update)| sealer.update_mark(update)).collect();
        link.all(STATUSES, &[&tickets, &slices(&platforms), &slices(&marks)], |row| {
            Ok(StatusKnown { newest_sequence: cell(row, 0)?, repeated: cell(row, 1)? })
        })
    }

    fn last_statuses(&mut self, tickets: &[TicketKey]) -> Result<HashMap<TicketKey, Status>, StoreError> {
        let numbers: Vec<i64> = tickets.iter().map(|key| key.0).collect();
        let found = self.link.all(LAST_STATUSES, &[&numbers], |row| {
            let place = Place { table: "status_update", row: cell(row, 2)? };
            Ok((TicketKey(cell(row, 0)?), place.status(cell(row, 1)?)?))
        })?;
        Ok(found.into_iter().collect())
    }

    fn last_said(&mut self, ticket: TicketKey) -> Result<Option<LastSaid>, StoreError> {
        let Self { link, sealer, .. } = self;
        let read = |row: &Row| sealer.last_said((cell(row, 0)?, cell(row, 1)?), cell(row, 2)?, cell(row, 3)?);
        Ok(link.all(LAST_SAID, &[&ticket.0], read)?.pop())
    }

    fn answer_of_reply(&mut self, key: ReplyKey) -> Result<Option<Answer>, StoreError> {
        self.answer("SELECT id, body FROM reply WHERE id = $1", key.0)
    }

    fn reply_view(&mut self, key: ReplyKey) -> Result<Option<ReplyView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("{REPLY} WHERE r.id = $1");
        Ok(link.all(&sql, &[&key.0], |row| sealer.reply_view(reply(row)?))?.pop())
    }

    fn files_of_records(&mut self, records: &[RawKey]) -> Result<Vec<FileHead>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("SELECT {FILE} FROM file f WHERE f.raw_id = ANY($1) ORDER BY f.raw_id, f.number");
        let records: Vec<i64> = records.iter().map(|raw| raw.0).collect();
        link.all(&sql, &[&records], |row| sealer.file_head(file(row)?))
    }

    fn last_answer(&mut self, complaint: ComplaintKey) -> Result<Option<Answer>, StoreError> {
        let sql = "SELECT r.id, r.body FROM reply r JOIN complaint c ON c.id = r.complaint_id
             WHERE r.complaint_id = $1 AND c.erased_at IS NULL ORDER BY r.id DESC LIMIT 1";
        self.answer(sql, complaint.0)
    }

    fn complaints_of_person(&mut self, hashes: &[u64]) -> Result<Vec<ComplaintKey>, StoreError> {
        let hashes: Vec<i64> = hashes.iter().map(|hash| hash_out(*hash)).collect();
        self.link.all(PERSON, &[&hashes], |row| Ok(ComplaintKey(cell(row, 0)?)))
    }

    fn finished_before(&mut self, time: Timestamp, most: usize) -> Result<Vec<ComplaintKey>, StoreError> {
        let sql = format!(
            "SELECT c.id FROM complaint c JOIN ticket t ON t.seq = c.ticket
             WHERE c.erased_at IS NULL AND c.received_at < $1 AND t.status IN ({})
                 AND NOT EXISTS (SELECT 1 FROM reply r WHERE r.complaint_id = c.id AND r.state IN ('pending', 'held'))
             ORDER BY c.id LIMIT $2",
            finished()
        );
        self.link.all(&sql, &[&ms(time), &limit(most)], |row| Ok(ComplaintKey(cell(row, 0)?)))
    }
}

impl PostgresStore {
    /// The complaints of which something is so, in the order of their numbers.
    fn views(&mut self, condition: &str, parameter: Parameter<'_>) -> Result<Vec<ComplaintView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("SELECT {COMPLAINT} FROM complaint c WHERE {condition} ORDER BY c.id");
        link.all(&sql, &[parameter], |row| sealer.complaint(complaint(row, 0)?))
    }

    /// What the reply tells whose number and body a statement gives.
    fn answer(&mut self, sql: &str, key: i64) -> Result<Option<Answer>, StoreError> {
        let Self { link, sealer, .. } = self;
        Ok(link.all(sql, &[&key], |row| sealer.answer(cell(row, 0)?, cell(row, 1)?))?.pop())
    }
}

/// Marks as an array of bytes.
pub(super) fn slices(marks: &[Mark]) -> Vec<&[u8]> {
    marks.iter().map(Mark::as_slice).collect()
}

/// Place in the slice that was asked for; PostgreSQL counts from one.
fn place(row: &Row, index: usize) -> Result<usize, StoreError> {
    let place: i64 = cell(row, index)?;
    Ok(usize::try_from(place - 1).unwrap_or(usize::MAX))
}

fn head(row: &Row) -> Result<ComplaintHead, StoreError> {
    Ok(ComplaintHead {
        id: ComplaintKey(cell(row, 0)?),
        receipt: cell(row, 1)?,
        ticket: TicketKey(cell(row, 2)?),
        erased: cell(row, 3)?,
    })
}
