//! The audit log: entries are appended to their chain inside the transaction of what they tell of.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use super::cells::blob;
use super::{SqliteStore, limit};
use crate::contract::MAX_AUDIT_LOOKED_AT;
use crate::sealed::{AuditCells, Chain, Link, SealedAudit, Sealer, ms};
use crate::{Audit, AuditFilter, AuditPart, Page, StoreError};
use huiliu_domain::audit::{AuditBreak, AuditCheck, AuditEntry, Checkpoint};

/// Where the log begins and ends.
enum Ends {
    /// As it was written.
    Whole(Chain),
    /// Not as it was written: what is there instead.
    Forged(Chain),
}

impl Ends {
    fn chain(self) -> Chain {
        match self {
            Self::Whole(chain) | Self::Forged(chain) => chain,
        }
    }

    fn read(connection: &Connection, sealer: &Sealer) -> Result<Self, StoreError> {
        let sql = "SELECT begins_after, before_link, last, last_link, seal FROM audit_chain";
        let found = connection
            .prepare_cached(sql)?
            .query_row([], |row| {
                let link = |index: usize| row.get(index).map(|link: Vec<u8>| Link::try_from(link).unwrap_or_default());
                let (begins_after, last) = (row.get(0)?, row.get(2)?);
                let chain = Chain { begins_after, before_link: link(1)?, last, last_link: link(3)? };
                Ok((chain, link(4)?))
            })
            .optional()?;
        match found {
            Some((chain, seal)) if sealer.audit_seal(&chain) == seal => Ok(Self::Whole(chain)),
            _ => Ok(Self::Forged(what_is_there(connection)?)),
        }
    }

    /// Writes new ends. The keyed hash of forged ones stays wrong: what was done to them is not covered up by going on.
    fn write(&self, tx: &Connection, sealer: &Sealer, chain: &Chain) -> Result<(), StoreError> {
        let seal = if matches!(self, Self::Whole(_)) { sealer.audit_seal(chain) } else { Link::default() };
        let sql = "INSERT OR REPLACE INTO audit_chain (id, begins_after, before_link, last, last_link, seal)
            VALUES (1, ?1, ?2, ?3, ?4, ?5)";
        let Chain { begins_after, before_link, last, last_link } = chain;
        tx.prepare_cached(sql)?.execute(params![begins_after, before_link, last, last_link, seal])?;
        Ok(())
    }
}

/// Where the entries that are there begin and end.
fn what_is_there(connection: &Connection) -> Result<Chain, StoreError> {
    let sql = "SELECT number, link, (SELECT min(number) FROM audit) FROM audit ORDER BY number DESC LIMIT 1";
    let last = connection.query_row(sql, [], |row| {
        let link = Link::try_from(row.get::<_, Vec<u8>>(1)?).unwrap_or_default();
        let begins_after = row.get::<_, i64>(2)? - 1;
        Ok(Chain { begins_after, last: row.get(0)?, last_link: link, ..Chain::EMPTY })
    });
    Ok(last.optional()?.unwrap_or(Chain::EMPTY))
}

/// Appends entries. The connection is in a transaction that writes.
pub(super) fn append(tx: &Connection, sealer: &Sealer, entries: &[SealedAudit]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let ends = Ends::read(tx, sealer)?;
    let (Ends::Whole(mut chain) | Ends::Forged(mut chain)) = ends;
    // Behind the end there is nothing, unless somebody has put it there: that stays, and shows.
    let highest: Option<i64> = tx.prepare_cached("SELECT max(number) FROM audit")?.query_row([], |row| row.get(0))?;
    chain.last = chain.last.max(highest.unwrap_or(0));
    let mut insert = tx.prepare_cached("INSERT INTO audit (number, at, body, link) VALUES (?1, ?2, ?3, ?4)")?;
    for entry in entries {
        let number = chain.last + 1;
        let link = sealer.audit_link(&chain.last_link, number, entry.at, &entry.content);
        insert.execute(params![number, entry.at, entry.body, link])?;
        (chain.last, chain.last_link) = (number, link);
    }
    ends.write(tx, sealer, &chain)
}

/// Appends one entry of what was done in this transaction.
pub(super) fn append_one(tx: &Connection, sealer: &Sealer, entry: &AuditEntry) -> Result<(), StoreError> {
    append(tx, sealer, &[sealer.audit_entry(entry)?])
}

fn cells<'r>(row: &'r Row<'_>) -> Result<AuditCells<'r>, StoreError> {
    Ok(AuditCells { number: row.get(0)?, at: row.get(1)?, body: blob(row, 2)?, link: blob(row, 3)? })
}

impl SqliteStore {
    /// Looks at every entry in its order; what is wrong with the first that is.
    fn walk(&self, chain: &Chain, known: &[Checkpoint], check: &mut AuditCheck) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("SELECT number, at, body, link FROM audit ORDER BY number")?;
        let mut rows = statement.query([])?;
        let (mut number, mut link) = (chain.begins_after, chain.before_link);
        let is_known = |number: i64, link: &Link| {
            known.iter().all(|checkpoint| checkpoint.number != number || checkpoint.link == *link)
        };
        while let Some(row) = rows.next()? {
            let cells = cells(row)?;
            check.entries += 1;
            let wrong = if cells.number > chain.last || cells.number <= number {
                Some((cells.number, AuditBreak::Changed))
            } else if cells.number > number + 1 {
                Some((number + 1, AuditBreak::Missing))
            } else {
                match self.sealer.audit_content(&cells) {
                    Err(_) => Some((cells.number, AuditBreak::Unreadable)),
                    Ok(content) => {
                        link = self.sealer.audit_link(&link, cells.number, cells.at, &content);
                        let fits = link == *cells.link;
                        (!fits).then_some((cells.number, AuditBreak::Changed))
                    }
                }
            };
            if wrong.is_some() {
                check.broken = wrong;
                return Ok(());
            }
            number = cells.number;
            if !is_known(number, &link) {
                check.broken = Some((number, AuditBreak::NotOfCheckpoint));
                return Ok(());
            }
        }
        check.broken = match () {
            () if number < chain.last => Some((number + 1, AuditBreak::CutOff)),
            () if link != chain.last_link => Some((number, AuditBreak::EndsForged)),
            () => {
                let beyond = known.iter().find(|checkpoint| checkpoint.number > chain.last);
                beyond.map(|checkpoint| (checkpoint.number, AuditBreak::NotOfCheckpoint))
            }
        };
        Ok(())
    }
}

impl Audit for SqliteStore {
    fn note_audit(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let sealed = entries.iter().map(|entry| self.sealer.audit_entry(entry)).collect::<Result<Vec<_>, _>>()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        append(&transaction, &self.sealer, &sealed)?;
        Ok(transaction.commit()?)
    }

    fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<AuditPart, StoreError> {
        let (behind, order) = if filter.newest_first { ("<", "DESC") } else { (">", "ASC") };
        let start = if filter.newest_first { i64::MAX } else { 0 };
        let (from, to) = (filter.from.map_or(i64::MIN, ms), filter.to.map_or(i64::MAX, ms));
        let (low, high) = if filter.from.is_none() && filter.to.is_none() {
            (0, i64::MAX)
        } else {
            // Between which numbers the time lies, from the index of times alone.
            let sql = "SELECT coalesce(min(number), 1), coalesce(max(number), 0) FROM audit WHERE at >= ?1 AND at < ?2";
            self.connection.prepare_cached(sql)?.query_row(params![from, to], |row| Ok((row.get(0)?, row.get(1)?)))?
        };
        // The plus keeps the index of times out of it: all that it finds would be sorted for one page.
        let sql = format!(
            "SELECT number, at, body, link FROM audit WHERE number {behind} ?1 AND number BETWEEN ?5 AND ?6
             AND +at >= ?2 AND +at < ?3 ORDER BY number {order} LIMIT ?4"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let most = limit(MAX_AUDIT_LOOKED_AT + 1);
        let after = page.after.unwrap_or(start);
        let mut rows = statement.query(params![after, from, to, most, low, high])?;
        let (mut part, mut looked_at, mut last) = (AuditPart::default(), 0, None);
        while let Some(row) = rows.next()? {
            if part.entries.len() == page.limit || looked_at == MAX_AUDIT_LOOKED_AT {
                part.next = last;
                break;
            }
            let view = self.sealer.audit_view(&cells(row)?)?;
            (looked_at, last) = (looked_at + 1, Some(view.number));
            part.entries.extend(Some(view).filter(|view| filter.wants(&view.entry)));
        }
        Ok(part)
    }

    fn check_audit(&mut self, known: &[Checkpoint]) -> Result<AuditCheck, StoreError> {
        // In one transaction, so that what is appended meanwhile is not half seen.
        let _reading = self.connection.unchecked_transaction()?;
        let ends = Ends::read(&self.connection, &self.sealer)?;
        let forged = matches!(ends, Ends::Forged(_)).then_some((0, AuditBreak::EndsForged));
        let chain = ends.chain();
        let end = Checkpoint { number: chain.last, link: chain.last_link };
        let mut check = AuditCheck { entries: 0, begins_after: chain.begins_after, end, broken: forged };
        if forged.is_none() {
            self.walk(&chain, known, &mut check)?;
        }
        Ok(check)
    }

    fn audit_end(&mut self) -> Result<Checkpoint, StoreError> {
        let chain = Ends::read(&self.connection, &self.sealer)?.chain();
        Ok(Checkpoint { number: chain.last, link: chain.last_link })
    }

    fn forget_audit(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ends = Ends::read(&transaction, &self.sealer)?;
        let (Ends::Whole(chain) | Ends::Forged(chain)) = ends;
        let sql =
            "SELECT max(number) FROM audit WHERE number < (SELECT coalesce(min(number), ?2) FROM audit WHERE at >= ?1)";
        let through: Option<i64> = transaction.query_row(sql, params![ms(before), chain.last + 1], |row| row.get(0))?;
        let Some(through) = through else { return Ok(0) };
        let sql = "SELECT link FROM audit WHERE number = ?1";
        let before_link: Link = transaction.query_row(sql, params![through], |row| row.get(0))?;
        let removed = transaction.execute("DELETE FROM audit WHERE number <= ?1", params![through])?;
        ends.write(&transaction, &self.sealer, &Chain { begins_after: through, before_link, ..chain })?;
        transaction.commit()?;
        Ok(removed)
    }
}
