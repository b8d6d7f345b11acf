//! Tokens, examination and repair, erasure, sealing again.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, TransactionBehavior, params};
use serde_json::json;

use super::document::{SEALED, TicketDocument, kind};
use super::{SqliteStore, at, hash_out, limit, ms};
use crate::complaint::{Complaint, Reporter};
use crate::document::ComplaintDocument;
use crate::merge::Evidence;
use crate::store::{Finding, FindingState, StoreError, TokenRow, Vault};

/// What stands in place of an erased text.
const ERASED: &str = "（个人信息已删除）";

/// Table, row and new sealed content of evidence.
type Worded = (&'static str, i64, Vec<u8>);

impl SqliteStore {
    pub(super) fn write_settings_version(
        &mut self,
        version: &str,
        city: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO settings_version (version, city, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.connection.execute(sql, params![version, city, ms(at)])?;
        Ok(())
    }

    pub(super) fn read_tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT name, role, hash, created_at FROM token ORDER BY name")?;
        let rows = statement.query_map([], |row| {
            Ok(TokenRow { name: row.get(0)?, role: row.get(1)?, hash: row.get(2)?, created_at: at(row.get(3)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn write_token(&mut self, token: &TokenRow) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO token (name, role, hash, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE SET role = excluded.role, hash = excluded.hash, created_at = excluded.created_at",
            params![token.name, token.role, token.hash, ms(token.created_at)],
        )?;
        Ok(())
    }

    pub(super) fn delete_token(&mut self, name: &str) -> Result<bool, StoreError> {
        Ok(self.connection.execute("DELETE FROM token WHERE name = ?1", params![name])? > 0)
    }

    pub(super) fn run_examination(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        let mut findings = vec![self.examine_file()?, self.examine_ledger()?];
        findings.extend(self.examine_orphans()?);
        findings.push(self.examine_ticket_counts(repair)?);
        findings.push(self.examine_outbox()?);
        findings.push(self.examine_answers()?);
        findings.push(self.examine_seals()?);
        Ok(findings)
    }

    fn examine_file(&self) -> Result<Finding, StoreError> {
        let said: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(match said.as_str() {
            "ok" => fine("database file", "intact"),
            other => wrong("database file", format!("damaged: {other}; restore a backup, or use sqlite3 .recover")),
        })
    }

    fn examine_ledger(&mut self) -> Result<Finding, StoreError> {
        let ledger = self.read_ledger()?;
        let equation = format!(
            "received {} = complaints {} + amendments {} + follow-ups {} + quarantined {} + discarded {}; complaints stored {} = in tickets {}",
            ledger.received,
            ledger.complaint_records,
            ledger.amendments,
            ledger.follow_ups,
            ledger.quarantined,
            ledger.discarded,
            ledger.complaints,
            ledger.complaints_in_tickets
        );
        Ok(if ledger.balances() {
            fine("ledger", &equation)
        } else {
            wrong("ledger", format!("does not balance: {equation}"))
        })
    }

    fn examine_orphans(&self) -> Result<Vec<Finding>, StoreError> {
        const CHECKS: [(&str, &str); 7] = [
            (
                "complaints without ticket",
                "SELECT count(*) FROM complaint c WHERE NOT EXISTS (SELECT 1 FROM ticket t WHERE t.seq = c.ticket)",
            ),
            (
                "complaints in absorbed tickets",
                "SELECT count(*) FROM complaint c JOIN ticket t ON t.seq = c.ticket WHERE t.status = 'absorbed'",
            ),
            (
                "complaints without raw record",
                "SELECT count(*) FROM complaint c WHERE NOT EXISTS (SELECT 1 FROM raw_record r WHERE r.id = c.raw_id)",
            ),
            (
                "raw records without their complaint",
                "SELECT count(*) FROM raw_record r WHERE r.state IN ('complaint', 'amendment') AND NOT EXISTS (SELECT 1 FROM complaint c WHERE c.id = r.complaint_id)",
            ),
            (
                "quarantine entries without raw record",
                "SELECT count(*) FROM quarantine q WHERE NOT EXISTS (SELECT 1 FROM raw_record r WHERE r.id = q.raw_id AND r.state = 'quarantined')",
            ),
            (
                "quarantined records without entry",
                "SELECT count(*) FROM raw_record r WHERE r.state = 'quarantined' AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = r.id)",
            ),
            (
                "replies without complaint",
                "SELECT count(*) FROM reply r WHERE NOT EXISTS (SELECT 1 FROM complaint c WHERE c.id = r.complaint_id)",
            ),
        ];
        CHECKS
            .iter()
            .map(|(check, sql)| {
                let rows: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
                Ok(match rows {
                    0 => fine(check, "none"),
                    rows => wrong(check, format!("{rows} row(s); restore a backup or report this as a defect")),
                })
            })
            .collect()
    }

    fn examine_ticket_counts(&mut self, repair: bool) -> Result<Finding, StoreError> {
        const DIFFERENT: &str =
            "status <> 'absorbed' AND complaints <> (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq)";
        let rows: i64 =
            self.connection
                .query_row(&format!("SELECT count(*) FROM ticket WHERE {DIFFERENT}"), [], |row| row.get(0))?;
        if rows == 0 {
            return Ok(fine("complaint counts of tickets", "agree"));
        }
        if !repair {
            return Ok(wrong(
                "complaint counts of tickets",
                format!("{rows} ticket(s) count wrongly; run with --repair"),
            ));
        }
        let sql = format!(
            "UPDATE ticket SET complaints = (SELECT count(*) FROM complaint c WHERE c.ticket = ticket.seq) WHERE {DIFFERENT}"
        );
        self.connection.execute(&sql, [])?;
        Ok(Finding {
            check: "complaint counts of tickets",
            message: format!("{rows} ticket(s) counted again"),
            state: FindingState::Repaired,
        })
    }

    fn examine_outbox(&self) -> Result<Finding, StoreError> {
        let ahead: i64 = self.connection.query_row(
            "SELECT count(*) FROM outbox o LEFT JOIN ticket t ON t.seq = o.ticket WHERE t.seq IS NULL OR o.version > t.version",
            [],
            |row| row.get(0),
        )?;
        Ok(match ahead {
            0 => fine("outbox against tickets", "agree"),
            rows => wrong(
                "outbox against tickets",
                format!("{rows} message(s) speak of a ticket or version that does not exist"),
            ),
        })
    }

    fn examine_answers(&self) -> Result<Finding, StoreError> {
        let unanswered: i64 = self.connection.query_row(
            "SELECT count(*) FROM complaint c JOIN ticket t ON t.seq = c.ticket
             WHERE t.status IN ('rejected', 'resolved', 'closed')
                 AND NOT EXISTS (SELECT 1 FROM reply r WHERE r.complaint_id = c.id AND r.status IN ('rejected', 'resolved', 'closed'))",
            [],
            |row| row.get(0),
        )?;
        Ok(match unanswered {
            0 => fine("answers", "every complaint behind a finished ticket has a reply"),
            rows => wrong(
                "answers",
                format!("{rows} complaint(s) behind finished tickets have no reply; report this as a defect"),
            ),
        })
    }

    fn examine_seals(&self) -> Result<Finding, StoreError> {
        for (table, key, column, kind) in SEALED {
            let mut statement =
                self.connection.prepare(&format!("SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Err(error) = self.vault.check(kind, row.get_ref(1)?.as_blob().unwrap_or_default()) {
                    let id: i64 = row.get(0)?;
                    let mend = match kind {
                        kind::IMPRINT => "it is made again when the gateway is started",
                        _ => "check the key file, or restore a backup",
                    };
                    return Ok(wrong("sealed content", format!("{table} {id}: {error}; {mend}")));
                }
            }
        }
        Ok(fine("sealed content", "all of it opens"))
    }

    pub(super) fn erase_personal_data(
        &mut self,
        hashes: &[u64],
        receipt: Option<&str>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut ids = Vec::new();
        for hash in hashes {
            let mut statement =
                self.connection.prepare_cached("SELECT id FROM complaint WHERE phone_hash = ?1 OR id_hash = ?1")?;
            ids.extend(
                statement
                    .query_map(params![hash_out(*hash)], |row| row.get::<_, i64>(0))?
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
        if let Some(receipt) = receipt {
            let sql = "SELECT id FROM complaint WHERE receipt = ?1";
            ids.extend(self.connection.query_row(sql, params![receipt], |row| row.get::<_, i64>(0)).optional()?);
        }
        ids.sort_unstable();
        ids.dedup();
        for id in &ids {
            self.erase_complaint(*id, now)?;
        }
        self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        Ok(ids.len())
    }

    pub(super) fn erase_old_personal_data(
        &mut self,
        before: Timestamp,
        most: usize,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let ids: Vec<i64> = self
            .connection
            .prepare_cached(
                "SELECT c.id FROM complaint c JOIN ticket t ON t.seq = c.ticket
                 WHERE c.erased_at IS NULL AND c.received_at < ?1 AND t.status IN ('rejected', 'resolved', 'closed')
                     AND NOT EXISTS (SELECT 1 FROM reply r WHERE r.complaint_id = c.id AND r.state = 'pending')
                 ORDER BY c.id LIMIT ?2",
            )?
            .query_map(params![ms(before), limit(most)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        ids.iter().try_for_each(|id| self.erase_complaint(*id, now))?;
        Ok(ids.len())
    }

    /// Replaces everything of one complaint that could tell who the citizen is. Numbers, routing, times, merge events and
    /// counts stay. A ticket that shows this complaint's text loses it too.
    fn erase_complaint(&mut self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        let Some(view) = self.read_complaint(id)? else { return Ok(()) };
        let shown_by_ticket =
            self.read_tickets(&[view.ticket], 1)?.pop().filter(|t| t.ticket.text == view.complaint.text);
        let erased = Complaint {
            channel: view.complaint.channel.clone(),
            number: view.complaint.number.clone(),
            kind: view.complaint.kind,
            title: ERASED.to_owned(),
            text: ERASED.to_owned(),
            reporter: Reporter { anonymous: true, secret: true, ..Reporter::default() },
            occurred_at: view.complaint.occurred_at,
            received_at: view.complaint.received_at,
            ..Complaint::default()
        };
        let body = self.vault.seal_document(kind::COMPLAINT, &ComplaintDocument::from(&erased))?;
        let raw = self.vault.seal_document(kind::RAW, &json!({ "erased": true }))?;
        let reply = self.vault.seal_document(kind::REPLY, &json!({ "erased": true }))?;
        let evidence = self.evidence_without_words(id)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("DELETE FROM imprint WHERE complaint_id = ?1", params![id])?;
        for (table, row, evidence) in &evidence {
            transaction.execute(&format!("UPDATE {table} SET evidence = ?2 WHERE id = ?1"), params![row, evidence])?;
        }
        transaction.execute(
            "UPDATE complaint SET body = ?2, phone_hash = NULL, id_hash = NULL, account_hash = NULL, erased_at = ?3 WHERE id = ?1",
            params![id, body, ms(now)],
        )?;
        transaction.execute(
            "UPDATE raw_record SET body = ?2, digest = zeroblob(16) WHERE complaint_id = ?1",
            params![id, raw],
        )?;
        transaction
            .execute("UPDATE reply SET body = ?2 WHERE complaint_id = ?1 AND state <> 'pending'", params![id, reply])?;
        transaction.execute("UPDATE review SET answer = coalesce(answer, 0) WHERE complaint_id = ?1", params![id])?;
        transaction
            .execute("DELETE FROM outbox WHERE ticket = ?1 AND published_at IS NOT NULL", params![view.ticket])?;
        if let Some(mut detail) = shown_by_ticket {
            (detail.ticket.title, detail.ticket.text) = (ERASED.to_owned(), ERASED.to_owned());
            detail.ticket.address = None;
            let sealed = self.vault.seal_document(kind::TICKET, &TicketDocument::of(&detail.ticket))?;
            transaction.execute("UPDATE ticket SET body = ?2 WHERE seq = ?1", params![view.ticket, sealed])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The evidence in which a complaint has a part, without names and passages: the weights stay.
    fn evidence_without_words(&self, complaint: i64) -> Result<Vec<Worded>, StoreError> {
        let mut found = Vec::new();
        for (table, sql) in [
            (
                "merge_event",
                "SELECT id, evidence FROM merge_event WHERE evidence IS NOT NULL AND (complaint_id = ?1 OR
                     to_ticket = (SELECT ticket FROM complaint WHERE id = ?1))",
            ),
            (
                "review",
                "SELECT id, evidence FROM review WHERE complaint_id = ?1 OR
                     ticket = (SELECT ticket FROM complaint WHERE id = ?1)",
            ),
        ] {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![complaint])?;
            while let Some(row) = rows.next()? {
                let (row_id, sealed): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let evidence: Evidence = self.vault.open_document(kind::EVIDENCE, &sealed)?;
                found.push((table, row_id, self.vault.seal_document(kind::EVIDENCE, &evidence.without_words())?));
            }
        }
        Ok(found)
    }

    pub(super) fn reseal_rows(&mut self, most: usize) -> Result<usize, StoreError> {
        let mut done = 0;
        let current = self.vault.current_key().to_be_bytes();
        for (table, key, column, kind) in SEALED {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let old: Vec<(i64, Vec<u8>)> = transaction
                .prepare(&format!("SELECT {key}, {column} FROM {table} WHERE substr({column}, 1, 2) <> ?1 LIMIT ?2"))?
                .query_map(params![current, limit(most - done)], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            for (id, sealed) in &old {
                let again = self.vault.reseal(kind, sealed)?;
                transaction
                    .execute(&format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1"), params![id, again])?;
            }
            transaction.commit()?;
            done += old.len();
            if done >= most {
                break;
            }
        }
        debug_assert!(Vault::key_of(&current) == Some(self.vault.current_key()), "the key number leads the content");
        Ok(done)
    }
}

fn fine(check: &'static str, message: &str) -> Finding {
    Finding { check, message: message.to_owned(), state: FindingState::Fine }
}

fn wrong(check: &'static str, message: String) -> Finding {
    Finding { check, message, state: FindingState::Wrong }
}
