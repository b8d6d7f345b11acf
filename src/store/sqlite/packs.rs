//! City packs that went live.

use rusqlite::{OptionalExtension as _, Params, Row, Transaction, TransactionBehavior, params};

use super::audit::append_one;
use super::cells::{blob, text};
use super::{SqliteStore, limit};
use crate::contract::MAX_KEPT_PACKS;
use crate::sealed::{PackCells, SealedPack};
use crate::{LivePack, PackCause, PackVersion, Packs, Page, StoreError};
use huiliu_domain::audit::AuditEntry;

const VERSION: &str = "SELECT number, version, digest, at, actor, cause, reason, size_bytes FROM pack_version";

fn cells<'r>(row: &'r Row<'_>) -> Result<PackCells<'r>, StoreError> {
    Ok(PackCells {
        number: row.get(0)?,
        version: row.get(1)?,
        digest: blob(row, 2)?,
        at: row.get(3)?,
        actor: row.get(4)?,
        cause: text(row, 5)?,
        reason: blob(row, 6)?,
        size_bytes: row.get(7)?,
    })
}

/// Writes a version, and its files where they are not there.
fn write(tx: &Transaction<'_>, pack: &LivePack, sealed: &SealedPack) -> Result<i64, StoreError> {
    let sql = "INSERT INTO pack_content (digest, body) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
    tx.execute(sql, params![pack.digest, sealed.content])?;
    let size_bytes = i64::try_from(pack.content.len()).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO pack_version (digest, version, size_bytes, at, actor, cause, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![pack.digest, pack.version, size_bytes, sealed.at, pack.actor, pack.cause.name(), sealed.reason],
    )?;
    let number = tx.last_insert_rowid();
    let sql = "DELETE FROM pack_content WHERE digest NOT IN
        (SELECT digest FROM pack_version GROUP BY digest ORDER BY max(number) DESC LIMIT ?1)";
    tx.execute(sql, params![limit(MAX_KEPT_PACKS)])?;
    Ok(number)
}

impl SqliteStore {
    fn one_pack(&mut self, condition: &str, parameters: impl Params) -> Result<Option<PackVersion>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{VERSION} {condition}"))?;
        let mut rows = statement.query(parameters)?;
        rows.next()?.map(|row| self.sealer.pack_version(cells(row)?)).transpose()
    }
}

impl Packs for SqliteStore {
    fn note_live_pack(&mut self, pack: &LivePack, entry: &AuditEntry) -> Result<i64, StoreError> {
        let sealed = self.sealer.pack(pack)?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "INSERT INTO settings_version (version, city, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![pack.version, pack.city, sealed.at])?;
        let sql = "SELECT number, digest FROM pack_version ORDER BY number DESC LIMIT 1";
        let last: Option<(i64, Vec<u8>)> = tx.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let number = match last {
            Some((number, digest)) if digest == pack.digest && pack.cause != PackCause::Rollback => number,
            _ => write(&tx, pack, &sealed)?,
        };
        append_one(&tx, &self.sealer, &entry.clone().about("pack", [number]))?;
        tx.commit()?;
        Ok(number)
    }

    fn pack_versions(&mut self, page: Page) -> Result<Vec<PackVersion>, StoreError> {
        let sql = format!("{VERSION} WHERE number < ?1 ORDER BY number DESC LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![page.after.unwrap_or(i64::MAX), limit(page.limit)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.sealer.pack_version(cells(row)?)?);
        }
        Ok(found)
    }

    fn pack_version(&mut self, number: i64) -> Result<Option<PackVersion>, StoreError> {
        self.one_pack("WHERE number = ?1", params![number])
    }

    fn pack_named(&mut self, version: &str) -> Result<Option<PackVersion>, StoreError> {
        self.one_pack("WHERE version = ?1 ORDER BY number DESC LIMIT 1", params![version])
    }

    fn pack_content(&mut self, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql =
            "SELECT c.id, c.body FROM pack_version v JOIN pack_content c ON c.digest = v.digest WHERE v.number = ?1";
        let found: Option<(i64, Vec<u8>)> =
            self.connection.query_row(sql, params![number], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        found.map(|(row, sealed)| self.sealer.pack_files(row, &sealed)).transpose()
    }
}
