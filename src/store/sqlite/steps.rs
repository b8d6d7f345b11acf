//! Writing steps, and what the desk reads when it starts.

use rusqlite::{TransactionBehavior, params};

use super::cells::{optional_blob, text};
use super::scribe::forget_log;
use super::write::write;
use super::{SqliteStore, limit};
use crate::sealed::{CorpusCells, hash_out};
use crate::{Changes, Corpus, Counters, Steps, StoreError};
use huiliu_domain::key::{ComplaintKey, DecisionKey, RawKey, TicketKey};

impl Steps for SqliteStore {
    fn counters(&mut self) -> Result<Counters, StoreError> {
        let next = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok(Counters {
            raw: RawKey(next("SELECT coalesce(max(id), 0) + 1 FROM raw_record")?),
            complaint: ComplaintKey(next("SELECT coalesce(max(id), 0) + 1 FROM complaint")?),
            ticket: TicketKey(next("SELECT coalesce(max(seq), 0) + 1 FROM ticket")?),
            decision: DecisionKey(next("SELECT coalesce(max(decision), 0) + 1 FROM merge_event")?),
        })
    }

    fn corpus(
        &mut self,
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
             WHERE c.id > ?1 AND c.erased_at IS NULL ORDER BY c.id LIMIT ?2",
        )?;
        let mut rows = statement.query(params![after.0, limit(most), reading.map(hash_out)])?;
        while let Some(row) = rows.next()? {
            visit(self.sealer.corpus(CorpusCells {
                id: row.get(0)?,
                ticket: row.get(1)?,
                status: text(row, 2)?,
                pinned: row.get(3)?,
                finished_at: row.get(4)?,
                imprint: optional_blob(row, 5)?,
                body: optional_blob(row, 6)?,
                channel: text(row, 7)?,
                district: row.get(8)?,
                category: row.get(9)?,
                received_at: row.get(10)?,
                hashes: [row.get(11)?, row.get(12)?, row.get(13)?],
            })?);
        }
        Ok(())
    }

    fn cannot_links(&mut self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError> {
        self.all("SELECT a, b FROM cannot_link", [], |row| Ok((ComplaintKey(row.get(0)?), ComplaintKey(row.get(1)?))))
    }

    fn write_ahead(&mut self, part: Changes) -> Result<(), StoreError> {
        match &self.scribe {
            Some(scribe) => scribe.write_ahead(part)?,
            None => self.ahead.push(part),
        }
        Ok(())
    }

    fn commit(&mut self, rest: Changes) -> Result<(), StoreError> {
        if let Some(scribe) = &self.scribe {
            return scribe.commit(rest);
        }
        let mut parts = std::mem::take(&mut self.ahead);
        parts.push(rest);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        parts.iter().try_for_each(|part| write(&transaction, &self.sealer, &self.sealer.changes(part)?))?;
        transaction.commit()?;
        if parts.iter().any(|part| !part.erased.is_empty()) {
            forget_log(&self.connection);
        }
        Ok(())
    }

    fn abandon(&mut self) {
        self.ahead.clear();
        if let Some(scribe) = &self.scribe {
            scribe.abandon();
        }
    }

    /// Commits a filled table, then an empty one.
    fn probe(&mut self, bytes: u32) -> Result<(), StoreError> {
        self.connection.execute("INSERT INTO probe VALUES (zeroblob(?1))", params![bytes])?;
        self.connection.execute("DELETE FROM probe", [])?;
        Ok(())
    }
}
