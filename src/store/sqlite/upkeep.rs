//! Tokens, settings, examination, published messages, sealing again.

use jiff::Timestamp;
use rusqlite::{TransactionBehavior, params};

use super::audit::append_one;
use super::cells::blob;
use super::{SqliteStore, limit};
use crate::examination::SEALED;
use crate::sealed::{PauseCells, Place, ms};
use crate::{Finding, PauseRow, StoreError, StoreSize, TokenRow, Upkeep};
use huiliu_domain::audit::AuditEntry;

impl Upkeep for SqliteStore {
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        self.all("SELECT name, role, hash, created_at FROM token ORDER BY name", [], |row| {
            let created_at = Timestamp::from_millisecond(row.get(3)?);
            let created_at = created_at.map_err(|error| Place { table: "token", row: 0 }.damaged(error))?;
            Ok(TokenRow { name: row.get(0)?, role: row.get(1)?, hash: row.get(2)?, created_at })
        })
    }

    fn put_token(&mut self, token: &TokenRow, entry: &AuditEntry) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO token (name, role, hash, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE SET role = excluded.role, hash = excluded.hash, created_at = excluded.created_at",
            params![token.name, token.role, token.hash, ms(token.created_at)],
        )?;
        append_one(&transaction, &self.sealer, entry)?;
        Ok(transaction.commit()?)
    }

    fn remove_token(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let removed = transaction.execute("DELETE FROM token WHERE name = ?1", params![name])? > 0;
        if removed {
            append_one(&transaction, &self.sealer, entry)?;
        }
        transaction.commit()?;
        Ok(removed)
    }

    fn pauses(&mut self) -> Result<Vec<PauseRow>, StoreError> {
        self.all("SELECT id, channel, at, actor, reason FROM pause ORDER BY channel", [], |row| {
            let (channel, actor) = (row.get(1)?, row.get(3)?);
            self.sealer.pause(PauseCells { id: row.get(0)?, channel, at: row.get(2)?, actor, reason: blob(row, 4)? })
        })
    }

    fn pause(&mut self, pause: &PauseRow, entry: &AuditEntry) -> Result<bool, StoreError> {
        let reason = self.sealer.pause_reason(&pause.reason)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let paused = transaction.execute(
            "INSERT INTO pause (channel, at, actor, reason) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![pause.channel, ms(pause.at), pause.actor, reason],
        )? > 0;
        if paused {
            append_one(&transaction, &self.sealer, entry)?;
        }
        transaction.commit()?;
        Ok(paused)
    }

    fn resume(&mut self, channel: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let resumed = transaction.execute("DELETE FROM pause WHERE channel = ?1", params![channel])? > 0;
        if resumed {
            append_one(&transaction, &self.sealer, entry)?;
        }
        transaction.commit()?;
        Ok(resumed)
    }

    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        self.run_examination(repair)
    }

    fn size(&mut self) -> Result<StoreSize, StoreError> {
        let Some(path) = self.connection.path().filter(|path| !path.is_empty()) else {
            return Ok(StoreSize::default());
        };
        // The log is not there before the first write and after the last connection.
        let bytes = |path: &str| std::fs::metadata(path).map_or(0, |file| file.len());
        Ok(StoreSize { database_bytes: bytes(path), log_bytes: bytes(&format!("{path}-wal")) })
    }

    fn forget_published(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(self.connection.execute("DELETE FROM outbox WHERE published_at < ?1", params![ms(before)])?)
    }

    fn forget_warnings(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(self.connection.execute("DELETE FROM warning WHERE at < ?1", params![ms(before)])?)
    }

    fn forget_source_files(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(self.connection.execute("DELETE FROM source_file WHERE last_at < ?1", params![ms(before)])?)
    }

    fn reseal(&mut self, most: usize) -> Result<usize, StoreError> {
        let mut done = 0;
        let current = self.sealer.current_prefix();
        for (table, key, column, kind) in SEALED {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let old: Vec<(i64, Vec<u8>)> = transaction
                .prepare(&format!("SELECT {key}, {column} FROM {table} WHERE substr({column}, 1, 2) <> ?1 LIMIT ?2"))?
                .query_map(params![current, limit(most - done)], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            for (id, sealed) in &old {
                let again = self.sealer.reseal(Place { table, row: *id }, kind, sealed)?;
                transaction
                    .execute(&format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1"), params![id, again])?;
            }
            transaction.commit()?;
            done += old.len();
            if done >= most {
                break;
            }
        }
        Ok(done)
    }
}
