//! City packs that went live.

use tokio_postgres::Row;

use super::asking::only;
use super::audit::append_one;
use super::cells::cell;
use super::link::{Link, Parameter};
use super::{PostgresStore, limit};
use crate::contract::MAX_KEPT_PACKS;
use crate::sealed::{PackCells, SealedPack};
use crate::{LivePack, PackCause, PackVersion, Packs, Page, StoreError};
use huiliu_domain::audit::AuditEntry;

const VERSION: &str = "SELECT number, version, digest, at, actor, cause, reason, size_bytes FROM pack_version";
const LAST: &str = "SELECT number, digest FROM pack_version ORDER BY number DESC LIMIT 1";
const NOTE: &str = "INSERT INTO settings_version (version, city, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const WRITE: &str = "INSERT INTO pack_version (digest, version, size_bytes, at, actor, cause, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number";
const BEYOND: &str = "DELETE FROM pack_content WHERE digest NOT IN
    (SELECT digest FROM pack_version GROUP BY digest ORDER BY max(number) DESC LIMIT $1)";
const CONTENT: &str =
    "SELECT c.id, c.body FROM pack_version v JOIN pack_content c ON c.digest = v.digest WHERE v.number = $1";

fn cells(row: &Row) -> Result<PackCells<'_>, StoreError> {
    Ok(PackCells {
        number: cell(row, 0)?,
        version: cell(row, 1)?,
        digest: cell(row, 2)?,
        at: cell(row, 3)?,
        actor: cell(row, 4)?,
        cause: cell(row, 5)?,
        reason: cell(row, 6)?,
        size_bytes: cell(row, 7)?,
    })
}

/// Writes a version, and its files where they are not there.
fn write(link: &mut Link, pack: &LivePack, sealed: &SealedPack) -> Result<i64, StoreError> {
    let digest = pack.digest.as_slice();
    let sql = "INSERT INTO pack_content (digest, body) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    link.run(sql, &[&digest, &sealed.content])?;
    let size_bytes = i64::try_from(pack.content.len()).unwrap_or(i64::MAX);
    let cause = pack.cause.name();
    let number =
        only(link, WRITE, &[&digest, &pack.version, &size_bytes, &sealed.at, &pack.actor, &cause, &sealed.reason])?;
    link.run(BEYOND, &[&limit(MAX_KEPT_PACKS)])?;
    Ok(number)
}

impl PostgresStore {
    fn some_packs(&mut self, which: &str, parameters: &[Parameter<'_>]) -> Result<Vec<PackVersion>, StoreError> {
        let Self { link, sealer, .. } = self;
        link.all(&format!("{VERSION} {which}"), parameters, |row| sealer.pack_version(cells(row)?))
    }
}

impl Packs for PostgresStore {
    fn note_live_pack(&mut self, pack: &LivePack, entry: &AuditEntry) -> Result<i64, StoreError> {
        let sealed = self.sealer.pack(pack)?;
        self.transaction(|PostgresStore { link, sealer, .. }| {
            link.run(NOTE, &[&pack.version, &pack.city, &sealed.at])?;
            let last = link.all(LAST, &[], |row| {
                let digest: &[u8] = cell(row, 1)?;
                Ok((cell::<i64>(row, 0)?, digest == pack.digest.as_slice()))
            })?;
            let number = match last.first() {
                Some((number, true)) if pack.cause != PackCause::Rollback => *number,
                _ => write(link, pack, &sealed)?,
            };
            append_one(link, sealer, &entry.clone().about("pack", [number]))?;
            Ok(number)
        })
    }

    fn pack_versions(&mut self, page: Page) -> Result<Vec<PackVersion>, StoreError> {
        let before = page.after.unwrap_or(i64::MAX);
        self.some_packs("WHERE number < $1 ORDER BY number DESC LIMIT $2", &[&before, &limit(page.limit)])
    }

    fn pack_version(&mut self, number: i64) -> Result<Option<PackVersion>, StoreError> {
        Ok(self.some_packs("WHERE number = $1", &[&number])?.pop())
    }

    fn pack_named(&mut self, version: &str) -> Result<Option<PackVersion>, StoreError> {
        Ok(self.some_packs("WHERE version = $1 ORDER BY number DESC LIMIT 1", &[&version])?.pop())
    }

    fn pack_content(&mut self, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let Self { link, sealer, .. } = self;
        Ok(link.all(CONTENT, &[&number], |row| sealer.pack_files(cell(row, 0)?, cell(row, 1)?))?.pop())
    }
}
