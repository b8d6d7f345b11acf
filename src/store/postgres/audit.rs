//! The audit log: entries are appended to their chain inside the transaction of what they tell of.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::{first, only};
use super::cells::cell;
use super::link::Link;
use super::{PostgresStore, limit};
use crate::contract::MAX_AUDIT_LOOKED_AT;
use crate::sealed::{AuditCells, Chain, Link as ChainLink, SealedAudit, Sealer, ms};
use crate::{Audit, AuditFilter, AuditPart, Page, StoreError};
use huiliu_domain::audit::{AuditBreak, AuditCheck, AuditEntry, Checkpoint};

const ENDS: &str = "SELECT begins_after, before_link, last, last_link, seal FROM audit_chain";
const WRITE_ENDS: &str = "INSERT INTO audit_chain (id, begins_after, before_link, last, last_link, seal)
    VALUES (1, $1, $2, $3, $4, $5)
    ON CONFLICT (id) DO UPDATE SET begins_after = excluded.begins_after, before_link = excluded.before_link,
        last = excluded.last, last_link = excluded.last_link, seal = excluded.seal";
const THERE: &str = "SELECT number, link, (SELECT min(number) FROM audit) FROM audit ORDER BY number DESC LIMIT 1";
const APPEND: &str = "INSERT INTO audit (number, at, body, link)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])";
/// Between which numbers a time lies, from the index of times alone.
const BETWEEN: &str = "SELECT coalesce(min(number), 1), coalesce(max(number), 0) FROM audit WHERE at >= $1 AND at < $2";
const THROUGH: &str = "SELECT max(number) FROM audit
    WHERE number < coalesce((SELECT min(number) FROM audit WHERE at >= $1), $2)";
/// Entries that are looked at together.
const TOGETHER: usize = 1_000;

/// Where the log begins and ends.
enum Ends {
    /// As it was written.
    Whole(Chain),
    /// Not as it was written: what is there instead.
    Forged(Chain),
}

/// A link of the chain; of one that is none, an empty one.
fn chain_link(row: &Row, index: usize) -> Result<ChainLink, StoreError> {
    Ok(cell::<&[u8]>(row, index)?.try_into().unwrap_or_default())
}

impl Ends {
    fn chain(&self) -> Chain {
        match self {
            Self::Whole(chain) | Self::Forged(chain) => *chain,
        }
    }

    fn read(link: &mut Link, sealer: &Sealer) -> Result<Self, StoreError> {
        let found = link.all(ENDS, &[], |row| {
            let (begins_after, last) = (cell(row, 0)?, cell(row, 2)?);
            let (before_link, last_link) = (chain_link(row, 1)?, chain_link(row, 3)?);
            Ok((Chain { begins_after, before_link, last, last_link }, chain_link(row, 4)?))
        })?;
        match found.first() {
            Some((chain, seal)) if sealer.audit_seal(chain) == *seal => Ok(Self::Whole(*chain)),
            _ => Ok(Self::Forged(what_is_there(link)?)),
        }
    }

    /// Writes new ends. The keyed hash of forged ones stays wrong: what was done to them is not covered up by going on.
    fn write(&self, link: &mut Link, sealer: &Sealer, chain: &Chain) -> Result<(), StoreError> {
        let seal = if matches!(self, Self::Whole(_)) { sealer.audit_seal(chain) } else { ChainLink::default() };
        let Chain { begins_after, before_link, last, last_link } = chain;
        let cells = [before_link.as_slice(), last_link.as_slice(), seal.as_slice()];
        let [before_link, last_link, seal] = &cells;
        link.run(WRITE_ENDS, &[begins_after, before_link, last, last_link, seal])?;
        Ok(())
    }
}

/// Where the entries that are there begin and end.
fn what_is_there(link: &mut Link) -> Result<Chain, StoreError> {
    let last = link.all(THERE, &[], |row| {
        let begins_after = cell::<i64>(row, 2)? - 1;
        Ok(Chain { begins_after, last: cell(row, 0)?, last_link: chain_link(row, 1)?, ..Chain::EMPTY })
    })?;
    Ok(last.first().copied().unwrap_or(Chain::EMPTY))
}

/// Writes the ends of a log without entries, into tables that were just made.
pub(super) fn write_first_ends(link: &mut Link, sealer: &Sealer) -> Result<(), StoreError> {
    Ends::Whole(Chain::EMPTY).write(link, sealer, &Chain::EMPTY)
}

/// Appends entries. The connection is in a transaction that writes.
pub(super) fn append(link: &mut Link, sealer: &Sealer, entries: &[SealedAudit]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let ends = Ends::read(link, sealer)?;
    let mut chain = ends.chain();
    // Behind the end there is nothing, unless somebody has put it there: that stays, and shows.
    let highest: Option<i64> = first(link, "SELECT max(number) FROM audit", &[])?.flatten();
    chain.last = chain.last.max(highest.unwrap_or(0));
    let (mut numbers, mut links) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
    for entry in entries {
        let number = chain.last + 1;
        let next = sealer.audit_link(&chain.last_link, number, entry.at, &entry.content);
        numbers.push(number);
        links.push(next.to_vec());
        (chain.last, chain.last_link) = (number, next);
    }
    let times: Vec<i64> = entries.iter().map(|entry| entry.at).collect();
    let bodies: Vec<&[u8]> = entries.iter().map(|entry| entry.body.as_slice()).collect();
    link.run(APPEND, &[&numbers, &times, &bodies, &links])?;
    ends.write(link, sealer, &chain)
}

/// Appends one entry of what was done in this transaction.
pub(super) fn append_one(link: &mut Link, sealer: &Sealer, entry: &AuditEntry) -> Result<(), StoreError> {
    append(link, sealer, &[sealer.audit_entry(entry)?])
}

fn cells(row: &Row) -> Result<AuditCells<'_>, StoreError> {
    Ok(AuditCells { number: cell(row, 0)?, at: cell(row, 1)?, body: cell(row, 2)?, link: cell(row, 3)? })
}

/// A walk along the chain.
struct Walk<'a> {
    sealer: &'a Sealer,
    chain: &'a Chain,
    known: &'a [Checkpoint],
    number: i64,
    link: ChainLink,
}

impl Walk<'_> {
    /// Goes on to the next entry; what is wrong with it.
    fn step(&mut self, cells: &AuditCells<'_>) -> Option<(i64, AuditBreak)> {
        if cells.number > self.chain.last || cells.number <= self.number {
            return Some((cells.number, AuditBreak::Changed));
        }
        if cells.number > self.number + 1 {
            return Some((self.number + 1, AuditBreak::Missing));
        }
        let Ok(content) = self.sealer.audit_content(cells) else {
            return Some((cells.number, AuditBreak::Unreadable));
        };
        self.link = self.sealer.audit_link(&self.link, cells.number, cells.at, &content);
        if self.link != *cells.link {
            return Some((cells.number, AuditBreak::Changed));
        }
        self.number = cells.number;
        let contradicts = |known: &&Checkpoint| known.number == self.number && known.link != self.link;
        self.known.iter().find(contradicts).map(|known| (known.number, AuditBreak::NotOfCheckpoint))
    }

    /// What is wrong with the end.
    fn end(&self) -> Option<(i64, AuditBreak)> {
        if self.number < self.chain.last {
            return Some((self.number + 1, AuditBreak::CutOff));
        }
        if self.link != self.chain.last_link {
            return Some((self.number, AuditBreak::EndsForged));
        }
        let beyond = self.known.iter().find(|checkpoint| checkpoint.number > self.chain.last);
        beyond.map(|checkpoint| (checkpoint.number, AuditBreak::NotOfCheckpoint))
    }
}

/// Looks at every entry in its order; what is wrong with the first that is.
fn walk(link: &mut Link, mut walk: Walk<'_>, check: &mut AuditCheck) -> Result<(), StoreError> {
    let sql = "SELECT number, at, body, link FROM audit WHERE number > $1 ORDER BY number LIMIT $2";
    let mut after = i64::MIN;
    loop {
        let rows = link.rows(sql, &[&after, &limit(TOGETHER)])?;
        for row in &rows {
            let cells = cells(row)?;
            check.entries += 1;
            after = cells.number;
            check.broken = walk.step(&cells);
            if check.broken.is_some() {
                return Ok(());
            }
        }
        if rows.len() < TOGETHER {
            check.broken = walk.end();
            return Ok(());
        }
    }
}

impl PostgresStore {
    /// Between which numbers the entries of a time are.
    fn numbers_of_time(&mut self, filter: &AuditFilter, (from, to): (i64, i64)) -> Result<(i64, i64), StoreError> {
        if filter.from.is_none() && filter.to.is_none() {
            return Ok((0, i64::MAX));
        }
        let found = self.link.all(BETWEEN, &[&from, &to], |row| Ok((cell(row, 0)?, cell(row, 1)?)))?;
        Ok(found.first().copied().unwrap_or((1, 0)))
    }
}

impl Audit for PostgresStore {
    fn note_audit(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let sealed = entries.iter().map(|entry| self.sealer.audit_entry(entry)).collect::<Result<Vec<_>, _>>()?;
        self.transaction(|store| append(&mut store.link, &store.sealer, &sealed))
    }

    fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<AuditPart, StoreError> {
        let (behind, order) = if filter.newest_first { ("<", "DESC") } else { (">", "ASC") };
        let start = if filter.newest_first { i64::MAX } else { 0 };
        let time = (filter.from.map_or(i64::MIN, ms), filter.to.map_or(i64::MAX, ms));
        let (low, high) = self.numbers_of_time(filter, time)?;
        let sql = format!(
            "SELECT number, at, body, link FROM audit WHERE number {behind} $1 AND number BETWEEN $5 AND $6
             AND at >= $2 AND at < $3 ORDER BY number {order} LIMIT $4"
        );
        let (mut part, mut looked_at, mut after) = (AuditPart::default(), 0, page.after.unwrap_or(start));
        let mut last = None;
        loop {
            let wanted = TOGETHER.min(MAX_AUDIT_LOOKED_AT + 1 - looked_at);
            let rows = self.link.rows(&sql, &[&after, &time.0, &time.1, &limit(wanted), &low, &high])?;
            for row in &rows {
                if part.entries.len() == page.limit || looked_at == MAX_AUDIT_LOOKED_AT {
                    part.next = last;
                    return Ok(part);
                }
                let view = self.sealer.audit_view(&cells(row)?)?;
                (looked_at, last, after) = (looked_at + 1, Some(view.number), view.number);
                part.entries.extend(Some(view).filter(|view| filter.wants(&view.entry)));
            }
            if rows.len() < wanted {
                return Ok(part);
            }
        }
    }

    fn check_audit(&mut self, known: &[Checkpoint]) -> Result<AuditCheck, StoreError> {
        // As of one moment, so that what is appended meanwhile is not half seen.
        self.snapshot(|PostgresStore { link, sealer, .. }| {
            let ends = Ends::read(link, sealer)?;
            let forged = matches!(ends, Ends::Forged(_)).then_some((0, AuditBreak::EndsForged));
            let chain = ends.chain();
            let end = Checkpoint { number: chain.last, link: chain.last_link };
            let mut check = AuditCheck { entries: 0, begins_after: chain.begins_after, end, broken: forged };
            if forged.is_none() {
                let (number, before) = (chain.begins_after, chain.before_link);
                walk(link, Walk { sealer, chain: &chain, known, number, link: before }, &mut check)?;
            }
            Ok(check)
        })
    }

    fn audit_end(&mut self) -> Result<Checkpoint, StoreError> {
        let chain = Ends::read(&mut self.link, &self.sealer)?.chain();
        Ok(Checkpoint { number: chain.last, link: chain.last_link })
    }

    fn forget_audit(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.transaction(|PostgresStore { link, sealer, .. }| {
            let ends = Ends::read(link, sealer)?;
            let chain = ends.chain();
            let through: Option<i64> = only(link, THROUGH, &[&ms(before), &(chain.last + 1)])?;
            let Some(through) = through else { return Ok(0) };
            let found = link.all("SELECT link FROM audit WHERE number = $1", &[&through], |row| chain_link(row, 0))?;
            let before_link = found.first().copied().unwrap_or_default();
            let removed = link.run("DELETE FROM audit WHERE number <= $1", &[&through])?;
            ends.write(link, sealer, &Chain { begins_after: through, before_link, ..chain })?;
            Ok(usize::try_from(removed).unwrap_or(usize::MAX))
        })
    }
}
