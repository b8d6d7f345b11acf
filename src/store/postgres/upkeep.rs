//! Tokens, settings, examination, published messages, sealing again.

use jiff::Timestamp;

use super::asking::only;
use super::audit::append_one;
use super::cells::cell;
use super::link::Parameter;
use super::{PostgresStore, count, limit};
use crate::examination::SEALED;
use crate::sealed::{PauseCells, Place, ms};
use crate::{Finding, PauseRow, StoreError, StoreSize, TokenRow, Upkeep};
use huiliu_domain::audit::AuditEntry;

const WRITE_TOKEN: &str = "INSERT INTO token (name, role, hash, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, hash = excluded.hash, created_at = excluded.created_at";
const PAUSES: &str = "SELECT id, channel, at, actor, reason FROM pause ORDER BY channel";
const WRITE_PAUSE: &str =
    "INSERT INTO pause (channel, at, actor, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
/// What the tables take, with their indexes; the log is that of the whole server, and not this store's.
const SIZE: &str = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";

impl PostgresStore {
    fn forget(&mut self, sql: &str, before: Timestamp) -> Result<usize, StoreError> {
        Ok(usize::try_from(self.link.run(sql, &[&ms(before)])?).unwrap_or(usize::MAX))
    }

    /// Does something, and says so in the audit log where something was done.
    fn noted(&mut self, sql: &str, parameters: &[Parameter<'_>], entry: &AuditEntry) -> Result<bool, StoreError> {
        self.transaction(|PostgresStore { link, sealer, .. }| {
            let is_done = link.run(sql, parameters)? > 0;
            if is_done {
                append_one(link, sealer, entry)?;
            }
            Ok(is_done)
        })
    }
}

impl Upkeep for PostgresStore {
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        self.link.all("SELECT name, role, hash, created_at FROM token ORDER BY name", &[], |row| {
            let created_at = Timestamp::from_millisecond(cell(row, 3)?);
            let created_at = created_at.map_err(|error| Place { table: "token", row: 0 }.damaged(error))?;
            Ok(TokenRow { name: cell(row, 0)?, role: cell(row, 1)?, hash: cell(row, 2)?, created_at })
        })
    }

    fn put_token(&mut self, token: &TokenRow, entry: &AuditEntry) -> Result<(), StoreError> {
        let TokenRow { name, role, hash, created_at } = token;
        self.noted(WRITE_TOKEN, &[name, role, hash, &ms(*created_at)], entry)?;
        Ok(())
    }

    fn remove_token(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.noted("DELETE FROM token WHERE name = $1", &[&name], entry)
    }

    fn pauses(&mut self) -> Result<Vec<PauseRow>, StoreError> {
        let Self { link, sealer, .. } = self;
        link.all(PAUSES, &[], |row| {
            sealer.pause(PauseCells {
                id: cell(row, 0)?,
                channel: cell(row, 1)?,
                at: cell(row, 2)?,
                actor: cell(row, 3)?,
                reason: cell(row, 4)?,
            })
        })
    }

    fn pause(&mut self, pause: &PauseRow, entry: &AuditEntry) -> Result<bool, StoreError> {
        let reason = self.sealer.pause_reason(&pause.reason)?;
        self.noted(WRITE_PAUSE, &[&pause.channel, &ms(pause.at), &pause.actor, &reason], entry)
    }

    fn resume(&mut self, channel: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.noted("DELETE FROM pause WHERE channel = $1", &[&channel], entry)
    }

    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        self.run_examination(repair)
    }

    fn size(&mut self) -> Result<StoreSize, StoreError> {
        Ok(StoreSize { database_bytes: count(only(&mut self.link, SIZE, &[])?), log_bytes: 0 })
    }

    fn forget_published(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.forget("DELETE FROM outbox WHERE published_at < $1", before)
    }

    fn forget_warnings(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.forget("DELETE FROM warning WHERE at < $1", before)
    }

    fn forget_source_files(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.forget("DELETE FROM source_file WHERE last_at < $1", before)
    }

    fn reseal(&mut self, most: usize) -> Result<usize, StoreError> {
        let mut done = 0;
        let current = self.sealer.current_prefix();
        for (table, key, column, kind) in SEALED {
            let left = limit(most - done);
            done += self.transaction(|PostgresStore { link, sealer, .. }| {
                let sql = format!("SELECT {key}, {column} FROM {table} WHERE substr({column}, 1, 2) <> $1 LIMIT $2");
                let again = link.all(&sql, &[&current.as_slice(), &left], |row| {
                    let place = Place { table, row: cell(row, 0)? };
                    Ok((place.row, sealer.reseal(place, kind, cell(row, 1)?)?))
                })?;
                let (rows, sealed): (Vec<i64>, Vec<Vec<u8>>) = again.into_iter().unzip();
                let sql = format!(
                    "UPDATE {table} t SET {column} = k.sealed FROM unnest($1::bigint[], $2::bytea[]) AS k(row, sealed)
                     WHERE t.{key} = k.row"
                );
                link.run(&sql, &[&rows, &sealed])?;
                Ok(rows.len())
            })?;
            if done >= most {
                break;
            }
        }
        Ok(done)
    }
}
