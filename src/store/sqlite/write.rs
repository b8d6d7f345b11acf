//! One step of the pipeline in one transaction.

use rusqlite::{Transaction, TransactionBehavior, params};

use super::document::{TicketDocument, kind};
use super::{SqliteStore, hash_out, ms};
use crate::document::ComplaintDocument;
use crate::merge::TicketKey;
use crate::store::{
    Amendment, Changes, ComplaintRow, ImprintRow, MergeEvent, NewRaw, OutboxRow, Release, ReplyRow, ReplyState,
    StatusRow, StoreError, Vault,
};
use crate::ticket::Ticket;

/// What a probe writes: more than most steps do.
const PROBE_BYTES: i64 = 1 << 20;

impl SqliteStore {
    /// Commits a filled table, then an empty one.
    pub(super) fn write_probe(&mut self) -> Result<(), StoreError> {
        self.connection.execute("INSERT INTO probe VALUES (zeroblob(?1))", params![PROBE_BYTES])?;
        self.connection.execute("DELETE FROM probe", [])?;
        Ok(())
    }

    /// Writes a step in one transaction of this connection.
    pub(super) fn write_parts(&mut self, parts: &[Changes]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        parts.iter().try_for_each(|part| write(&transaction, &self.vault, part))?;
        transaction.commit()?;
        Ok(())
    }
}

/// Writes part of a step into its transaction.
pub(super) fn write(transaction: &Transaction<'_>, vault: &Vault, changes: &Changes) -> Result<(), StoreError> {
    let writer = Writer { tx: transaction, vault };
    changes.raw.iter().try_for_each(|raw| writer.raw(raw))?;
    changes.complaints.iter().try_for_each(|row| writer.complaint(row))?;
    changes.amendments.iter().try_for_each(|amendment| writer.amendment(amendment))?;
    changes.imprints.iter().try_for_each(|row| writer.imprint(row))?;
    changes.tickets.iter().try_for_each(|(key, ticket)| writer.ticket(*key, ticket))?;
    for (complaint, ticket) in &changes.moves {
        writer.run("UPDATE complaint SET ticket = ?2 WHERE id = ?1", params![complaint, ticket])?;
    }
    changes.merge_events.iter().try_for_each(|event| writer.merge_event(event))?;
    for link in &changes.cannot_links {
        let (a, b) = (link.a.min(link.b), link.a.max(link.b));
        let sql = "INSERT INTO cannot_link (a, b, at, actor) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        writer.run(sql, params![a, b, ms(link.at), link.actor])?;
    }
    for (a, b) in &changes.lifted_links {
        writer.run("DELETE FROM cannot_link WHERE a = ?1 AND b = ?2", params![a.min(b), a.max(b)])?;
    }
    writer.reviews(changes)?;
    writer.quarantine(changes)?;
    changes.outbox.iter().try_for_each(|row| writer.outbox(row))?;
    changes.statuses.iter().try_for_each(|row| writer.status(row))?;
    changes.replies.iter().try_for_each(|row| writer.reply(row))?;
    for (id, at) in &changes.retried_replies {
        let sql = "UPDATE reply SET state = 'pending', attempts = 0, next_at = ?2, done_at = NULL WHERE id = ?1 AND state <> 'sent'";
        writer.run(sql, params![id, ms(*at)])?;
    }
    writer.reminders(changes)?;
    for (channel, value, at) in &changes.positions {
        let sql = "INSERT INTO position (channel, value, at) VALUES (?1, ?2, ?3)
            ON CONFLICT (channel) DO UPDATE SET value = excluded.value, at = excluded.at";
        writer.run(sql, params![channel, value.to_string(), ms(*at)])?;
    }
    Ok(())
}

struct Writer<'a> {
    tx: &'a Transaction<'a>,
    vault: &'a Vault,
}

impl Writer<'_> {
    fn run(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), StoreError> {
        self.tx.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    }

    fn raw(&self, raw: &NewRaw) -> Result<(), StoreError> {
        let body = self.vault.seal_document(kind::RAW, &raw.body)?;
        self.run(
            "INSERT INTO raw_record (id, channel, record_id, digest, state, complaint_id, rule, received_at, settings_version, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                raw.id, raw.channel, raw.record_id, raw.digest, raw.state.name(), raw.complaint, raw.rule,
                ms(raw.received_at), raw.settings_version, body
            ],
        )
    }

    fn complaint(&self, row: &ComplaintRow) -> Result<(), StoreError> {
        let body = self.vault.seal_document(kind::COMPLAINT, &ComplaintDocument::from(&row.complaint))?;
        self.run(
            "INSERT INTO complaint (id, channel, number, receipt, revision, raw_id, ticket, district, category, received_at,
                 phone_hash, id_hash, account_hash, body)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                row.id, row.complaint.channel, row.complaint.number, row.receipt, row.raw_id, row.ticket, row.district,
                row.category, ms(row.received_at), row.phone_hash.map(hash_out), row.id_hash.map(hash_out),
                row.account_hash.map(hash_out), body
            ],
        )
    }

    fn amendment(&self, amendment: &Amendment) -> Result<(), StoreError> {
        let row = &amendment.row;
        let body = self.vault.seal_document(kind::COMPLAINT, &ComplaintDocument::from(&row.complaint))?;
        self.run(
            "UPDATE complaint SET revision = revision + 1, raw_id = ?2, district = ?3, category = ?4, phone_hash = ?5,
                 id_hash = ?6, account_hash = ?7, body = ?8 WHERE id = ?1",
            params![
                row.id,
                row.raw_id,
                row.district,
                row.category,
                row.phone_hash.map(hash_out),
                row.id_hash.map(hash_out),
                row.account_hash.map(hash_out),
                body
            ],
        )
    }

    fn imprint(&self, row: &ImprintRow) -> Result<(), StoreError> {
        // Mostly hashes, which cannot be packed.
        let body = self.vault.seal_unpacked(kind::IMPRINT, &row.body)?;
        let sql = "INSERT INTO imprint (complaint_id, reading, body) VALUES (?1, ?2, ?3)
            ON CONFLICT (complaint_id) DO UPDATE SET reading = excluded.reading, body = excluded.body";
        self.run(sql, params![row.complaint, hash_out(row.reading), body])
    }

    fn ticket(&self, key: TicketKey, ticket: &Ticket) -> Result<(), StoreError> {
        let body = self.vault.seal_document(kind::TICKET, &TicketDocument::of(ticket))?;
        let route = &ticket.route;
        self.run(
            "INSERT INTO ticket (seq, id, version, status, category, district, department, grade, due_at, created_at,
                 complaints, pinned, successor, body, finished_at, recurrence_of)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT (seq) DO UPDATE SET version = excluded.version, status = excluded.status,
                 category = excluded.category, district = excluded.district, department = excluded.department,
                 grade = excluded.grade, due_at = excluded.due_at, complaints = excluded.complaints,
                 pinned = excluded.pinned, successor = excluded.successor, body = excluded.body,
                 finished_at = excluded.finished_at",
            params![
                key,
                ticket.id,
                i64::try_from(ticket.version).unwrap_or(i64::MAX),
                ticket.status.wire(),
                route.category,
                route.district,
                route.department,
                route.grade,
                route.due_at.map(ms),
                ms(ticket.created_at),
                i64::try_from(ticket.complaints).unwrap_or(i64::MAX),
                ticket.pinned,
                ticket.successor,
                body,
                ticket.finished_at.map(ms),
                ticket.recurrence_of
            ],
        )
    }

    fn merge_event(&self, event: &MergeEvent) -> Result<(), StoreError> {
        let evidence =
            event.evidence.as_ref().map(|evidence| self.vault.seal_document(kind::EVIDENCE, evidence)).transpose()?;
        self.run(
            "INSERT INTO merge_event (at, kind, complaint_id, from_ticket, to_ticket, actor, settings_version, evidence)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                ms(event.at), event.kind.name(), event.complaint, event.from, event.to, event.actor,
                event.settings_version, evidence
            ],
        )
    }

    fn reviews(&self, changes: &Changes) -> Result<(), StoreError> {
        for review in &changes.reviews {
            let evidence = self.vault.seal_document(kind::EVIDENCE, &review.evidence)?;
            self.run(
                "INSERT INTO review (complaint_id, ticket, weight, at, evidence) SELECT ?1, ?2, ?3, ?4, ?5
                 WHERE NOT EXISTS (SELECT 1 FROM review WHERE complaint_id = ?1 AND ticket = ?2)",
                params![review.complaint, review.ticket, review.evidence.weight, ms(review.at), evidence],
            )?;
        }
        for (id, same, actor, at) in &changes.review_answers {
            let sql = "UPDATE review SET answer = ?2, actor = ?3, answered_at = ?4 WHERE id = ?1 AND answer IS NULL";
            self.run(sql, params![id, same, actor, ms(*at)])?;
        }
        Ok(())
    }

    fn quarantine(&self, changes: &Changes) -> Result<(), StoreError> {
        for row in &changes.quarantine {
            let problems = self.vault.seal_document(kind::PROBLEMS, &row.problems)?;
            self.run(
                "INSERT INTO quarantine (raw_id, channel, at, problems) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (raw_id) DO UPDATE SET problems = excluded.problems",
                params![row.raw_id, row.channel, ms(row.at), problems],
            )?;
        }
        for release in &changes.released {
            self.run("DELETE FROM quarantine WHERE raw_id = ?1", params![release.raw_id])?;
            let sql =
                "UPDATE raw_record SET state = ?2, complaint_id = ?3, rule = ?4, settings_version = ?5 WHERE id = ?1";
            let Release { raw_id, state, complaint, rule, settings_version } = release;
            self.run(sql, params![raw_id, state.name(), complaint, rule, settings_version])?;
        }
        Ok(())
    }

    fn outbox(&self, row: &OutboxRow) -> Result<(), StoreError> {
        let body = self.vault.seal_document(kind::OUTBOX, &row.body)?;
        self.run(
            "INSERT INTO outbox (ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.ticket,
                row.ticket_id,
                i64::try_from(row.version).unwrap_or(i64::MAX),
                row.exchange,
                row.routing_key,
                row.message_id,
                row.kind,
                ms(row.at),
                body
            ],
        )
    }

    fn status(&self, row: &StatusRow) -> Result<(), StoreError> {
        let body = self.vault.seal_document(kind::STATUS, &row.body)?;
        self.run(
            "INSERT INTO status_update (ticket, platform, sequence, update_id, status, verdict, occurred_at, received_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.ticket, row.platform, row.sequence, row.update_id, row.status.wire(), row.verdict.name(),
                ms(row.occurred_at), ms(row.received_at), body
            ],
        )
    }

    fn reply(&self, row: &ReplyRow) -> Result<(), StoreError> {
        let body = self.vault.seal_document(kind::REPLY, &row.body)?;
        self.run(
            "INSERT INTO reply (key, complaint_id, ticket, channel, status, state, attempts, at, next_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?7, ?8) ON CONFLICT (key) DO NOTHING",
            params![
                row.key,
                row.complaint,
                row.ticket,
                row.channel,
                row.status.wire(),
                ReplyState::Pending.name(),
                ms(row.at),
                body
            ],
        )
    }

    fn reminders(&self, changes: &Changes) -> Result<(), StoreError> {
        for ticket in &changes.replanned {
            self.run("DELETE FROM reminder WHERE ticket = ?1 AND sent = 0", params![ticket])?;
        }
        for reminder in &changes.reminders {
            let sql = "INSERT INTO reminder (ticket, percent, at, sent) VALUES (?1, ?2, ?3, 0)";
            self.run(sql, params![reminder.ticket, reminder.percent, ms(reminder.at)])?;
        }
        for id in &changes.reminded {
            self.run("UPDATE reminder SET sent = 1 WHERE id = ?1", params![id])?;
        }
        Ok(())
    }
}
