//! The index of words: made in blocks beside the steps, from the texts. What a step changes is noted, what it erases goes with its
//! block, in the same transaction.
//!
//! A block is made in three parts, so that no step waits for texts to be read: that it is being made is noted, so that changes are;
//! its texts are read as of one moment; its buckets are written, and the changes of before that moment forgotten. A block that lost a
//! text to an erasure meanwhile is left to the next time. Until its buckets are there a search reads its texts.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::cells::{COMPLAINT, blob, complaint};
use super::{SqliteStore, count};
use crate::sealed::{BlockReading, Sealer};
use crate::words::{BLOCK, Places, Postings, block_of};
use crate::{StoreError, WordsIndexed};

/// The lowest and the highest complaint. Asked for in one they would be looked for in all rows.
pub(super) const ENDS: &str = "SELECT (SELECT min(id) FROM complaint), (SELECT max(id) FROM complaint)";
/// Buckets of a block.
const BUCKETS: i64 = 256;

/// Notes that a complaint is there, or has changed, where its block was made before.
pub(super) fn note_change(tx: &Transaction<'_>, complaint: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO word_change (complaint_id) SELECT ?1
        WHERE EXISTS (SELECT 1 FROM word_block WHERE block = ?2)";
    tx.prepare_cached(sql)?.execute(params![complaint, block_of(complaint)])?;
    Ok(())
}

/// First and last complaint of a block.
fn range(block: i64) -> (i64, i64) {
    (block * BLOCK, block * BLOCK + BLOCK - 1)
}

/// Takes the block of a complaint away: it is made again without what was erased.
pub(super) fn forget_block(tx: &Transaction<'_>, complaint: i64) -> Result<(), StoreError> {
    let block = block_of(complaint);
    if tx.prepare_cached("DELETE FROM word_block WHERE block = ?1")?.execute(params![block])? == 0 {
        return Ok(());
    }
    let sql = "DELETE FROM word_bucket WHERE id BETWEEN ?1 AND ?2";
    tx.prepare_cached(sql)?.execute(params![block * BUCKETS, block * BUCKETS + BUCKETS - 1])?;
    let sql = "DELETE FROM word_change WHERE complaint_id BETWEEN ?1 AND ?2";
    tx.prepare_cached(sql)?.execute(range(block))?;
    Ok(())
}

/// Reads the texts of a block.
fn read_block(connection: &Connection, sealer: &Sealer, block: i64) -> Result<BlockReading, StoreError> {
    let sql = format!("SELECT {COMPLAINT} FROM complaint c WHERE c.id BETWEEN ?1 AND ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(range(block))?;
    let mut reading = BlockReading::default();
    while let Some(row) = rows.next()? {
        sealer.read_words(complaint(row, 0)?, &mut reading);
    }
    Ok(reading)
}

/// How many complaints of each block are not indexed as they are now; where none of a block is, its whole size is counted.
fn not_indexed(connection: &Connection) -> Result<BTreeMap<i64, u64>, StoreError> {
    let ends: (Option<i64>, Option<i64>) =
        connection.prepare_cached(ENDS)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = ends else { return Ok(BTreeMap::new()) };
    let mut statement = connection.prepare_cached("SELECT block FROM word_block WHERE made")?;
    let made: BTreeSet<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached("SELECT complaint_id FROM word_change")?;
    let mut waiting: BTreeMap<i64, u64> = BTreeMap::new();
    for changed in statement.query_map([], |row| row.get(0))? {
        *waiting.entry(block_of(changed?)).or_default() += 1;
    }
    for block in (block_of(first)..=block_of(last)).filter(|block| !made.contains(block)) {
        let complaints = last.min(block * BLOCK + BLOCK - 1) - first.max(block * BLOCK) + 1;
        waiting.insert(block, count(complaints));
    }
    Ok(waiting)
}

impl SqliteStore {
    /// Makes the block that most complaints wait for.
    pub(super) fn index_a_block(&mut self, least: u64) -> Result<WordsIndexed, StoreError> {
        let waiting = not_indexed(&self.connection)?;
        let left: u64 = waiting.values().sum();
        let next = waiting.iter().max_by_key(|(block, complaints)| (**complaints, **block));
        let Some((block, complaints)) = next.filter(|_| left >= least.max(1)) else {
            return Ok(WordsIndexed { indexed: 0, left });
        };
        let block = *block;
        let sql = "INSERT INTO word_block (block, made) VALUES (?1, 0) ON CONFLICT DO NOTHING";
        self.connection.prepare_cached(sql)?.execute(params![block])?;
        let (reading, last_change) = {
            let _snapshot = self.connection.unchecked_transaction()?;
            let sql = "SELECT coalesce(max(id), 0) FROM word_change WHERE complaint_id BETWEEN ?1 AND ?2";
            let last: i64 = self.connection.prepare_cached(sql)?.query_row(range(block), |row| row.get(0))?;
            (read_block(&self.connection, &self.sealer, block)?, last)
        };
        let buckets = self.sealer.buckets(&reading)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "UPDATE word_block SET made = 1 WHERE block = ?1";
        if transaction.prepare_cached(sql)?.execute(params![block])? == 0 {
            return Ok(WordsIndexed { indexed: 0, left });
        }
        for bucket in buckets {
            let sql = "INSERT INTO word_bucket (id, body) VALUES (?1, ?2)
                ON CONFLICT (id) DO UPDATE SET body = excluded.body";
            let id = block * BUCKETS + i64::from(bucket.bucket);
            transaction.prepare_cached(sql)?.execute(params![id, bucket.body])?;
        }
        let sql = "DELETE FROM word_change WHERE complaint_id BETWEEN ?1 AND ?2 AND id <= ?3";
        let (first, last) = range(block);
        transaction.prepare_cached(sql)?.execute(params![first, last, last_change])?;
        for damaged in &reading.damaged {
            // A search that comes by reads it, and says which one it is.
            note_change(&transaction, *damaged)?;
        }
        transaction.commit()?;
        Ok(WordsIndexed { indexed: reading.complaints, left: left - complaints })
    }

    /// The complaints of a block that can have all these tokens, the latest changes included; none where it was not made.
    pub(super) fn candidates(&self, block: i64, tokens: &[(u8, u32)]) -> Result<Option<Places>, StoreError> {
        let mut found: Option<Places> = None;
        for (bucket, hash) in tokens {
            let id = block * BUCKETS + i64::from(*bucket);
            let mut statement = self.connection.prepare_cached("SELECT body FROM word_bucket WHERE id = ?1")?;
            let mut rows = statement.query(params![id])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let places = self.sealer.places(id, blob(row, 0)?, *hash)?;
            match &mut found {
                Some(found) => found.keep(&places),
                None => found = Some(places),
            }
            if found.as_ref().is_some_and(Places::is_empty) {
                break;
            }
        }
        if let Some(found) = &mut found {
            self.changed(block)?.into_iter().for_each(|complaint| found.insert(complaint));
        }
        Ok(found)
    }

    /// The complaints of a block that came or changed since it was made.
    fn changed(&self, block: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT complaint_id FROM word_change WHERE complaint_id BETWEEN ?1 AND ?2";
        self.all(sql, range(block), |row| Ok(row.get(0)?))
    }

    /// The first block whose lists are not those of its texts; what changed since it was made is left out on both sides.
    pub(super) fn wrong_block(&self) -> Result<Option<i64>, StoreError> {
        let blocks: Vec<i64> =
            self.all("SELECT block FROM word_block WHERE made ORDER BY block", [], |row| Ok(row.get(0)?))?;
        for block in blocks {
            let mut expected = self.sealer.postings(&read_block(&self.connection, &self.sealer, block)?);
            let mut kept = Postings::default();
            let sql = "SELECT id, body FROM word_bucket WHERE id BETWEEN ?1 AND ?2";
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![block * BUCKETS, block * BUCKETS + BUCKETS - 1])?;
            let mut buckets = 0;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                let bucket = u8::try_from(id.rem_euclid(BUCKETS)).unwrap_or_default();
                self.sealer.read_bucket((id, bucket), blob(row, 1)?, &mut kept)?;
                buckets += 1;
            }
            for complaint in self.changed(block)? {
                expected.remove(complaint);
                kept.remove(complaint);
            }
            if kept != expected || buckets != BUCKETS {
                return Ok(Some(block));
            }
        }
        let stray =
            "SELECT id / 256 FROM word_bucket WHERE NOT EXISTS (SELECT 1 FROM word_block WHERE block = id / 256)";
        Ok(self.connection.query_row(&format!("{stray} LIMIT 1"), [], |row| row.get(0)).optional()?)
    }

    /// Takes the whole index away; it is made again beside.
    pub(super) fn forget_words(&self) -> Result<(), StoreError> {
        let sql = "DELETE FROM word_block; DELETE FROM word_bucket; DELETE FROM word_change;";
        Ok(self.connection.execute_batch(&format!("BEGIN IMMEDIATE; {sql} COMMIT;"))?)
    }
}
