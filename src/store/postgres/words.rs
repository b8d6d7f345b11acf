//! The index of words: made in blocks beside the steps, from the texts. What a step changes is noted, what it erases goes with its
//! block, in the same transaction.
//!
//! A block is made in three parts, so that no step waits for texts to be read: that it is being made is noted, so that changes are;
//! its texts are read as of one moment; its buckets are written, and the changes of before that moment forgotten. A block that lost a
//! text to an erasure meanwhile is left to the next time. Until its buckets are there a search reads its texts.
//!
//! Steps go on beside this on other connections. One that looked for the block before it was noted, and commits after its texts were read,
//! would be missed: but whoever writes waits for whoever else does.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio_postgres::Row;

use super::asking::{first, numbers};
use super::cells::{COMPLAINT, cell, complaint};
use super::link::{Link, Order, Parameter};
use super::lives::each;
use super::{PostgresStore, count};
use crate::sealed::{BlockReading, Sealer};
use crate::words::{BLOCK, Places, Postings, block_of};
use crate::{StoreError, WordsIndexed};

/// The lowest and the highest complaint.
pub(super) const ENDS: &str = "SELECT (SELECT min(id) FROM complaint), (SELECT max(id) FROM complaint)";
/// Buckets of a block.
const BUCKETS: i64 = 256;

/// Notes that complaints are there, or have changed, where their blocks were made before.
pub(super) fn note_changes<'a>(complaints: Vec<i64>) -> Option<Order<'a>> {
    let blocks: Vec<i64> = complaints.iter().map(|complaint| block_of(*complaint)).collect();
    (!complaints.is_empty()).then(|| Order {
        sql: "INSERT INTO word_change (complaint_id) SELECT k.complaint
            FROM unnest($1::bigint[], $2::bigint[]) AS k(complaint, block)
            WHERE EXISTS (SELECT 1 FROM word_block b WHERE b.block = k.block)",
        parameters: vec![Box::new(complaints), Box::new(blocks)],
    })
}

/// First and last complaint of a block.
fn range(block: i64) -> (i64, i64) {
    (block * BLOCK, block * BLOCK + BLOCK - 1)
}

/// First and last bucket of a block.
fn buckets(block: i64) -> (i64, i64) {
    (block * BUCKETS, block * BUCKETS + BUCKETS - 1)
}

/// Takes the block of a complaint away: it is made again without what was erased.
pub(super) fn forget_block(link: &mut Link, complaint: i64) -> Result<(), StoreError> {
    let block = block_of(complaint);
    let ((first, last), (first_bucket, last_bucket)) = (range(block), buckets(block));
    if link.run("DELETE FROM word_block WHERE block = $1", &[&block])? == 0 {
        return Ok(());
    }
    link.run("DELETE FROM word_bucket WHERE id BETWEEN $1 AND $2", &[&first_bucket, &last_bucket])?;
    link.run("DELETE FROM word_change WHERE complaint_id BETWEEN $1 AND $2", &[&first, &last])?;
    Ok(())
}

/// Reads the texts of a block.
fn read_block(link: &mut Link, sealer: &Sealer, block: i64) -> Result<BlockReading, StoreError> {
    let sql = format!("SELECT {COMPLAINT} FROM complaint c WHERE c.id BETWEEN $1 AND $2");
    let (first, last) = range(block);
    let mut reading = BlockReading::default();
    for row in &link.rows(&sql, &[&first, &last])? {
        sealer.read_words(complaint(row, 0)?, &mut reading);
    }
    Ok(reading)
}

/// The lowest and the highest complaint, where there are any.
pub(super) fn ends(link: &mut Link, sql: &str, parameters: &[Parameter<'_>]) -> Result<Option<(i64, i64)>, StoreError> {
    let read = |row: &Row| Ok(cell::<Option<i64>>(row, 0)?.zip(cell(row, 1)?));
    Ok(link.all(sql, parameters, read)?.into_iter().flatten().next())
}

/// How many complaints of each block are not indexed as they are now; where none of a block is, its whole size is counted.
fn not_indexed(link: &mut Link) -> Result<BTreeMap<i64, u64>, StoreError> {
    let Some((first, last)) = ends(link, ENDS, &[])? else { return Ok(BTreeMap::new()) };
    let made: BTreeSet<i64> = numbers(link, "SELECT block FROM word_block WHERE made", &[])?.into_iter().collect();
    let mut waiting: BTreeMap<i64, u64> = BTreeMap::new();
    let changed = format!("SELECT complaint_id / {BLOCK}, count(*) FROM word_change GROUP BY 1");
    for (block, complaints) in link.all(&changed, &[], |row| Ok((cell::<i64>(row, 0)?, count(cell(row, 1)?))))? {
        waiting.insert(block, complaints);
    }
    for block in (block_of(first)..=block_of(last)).filter(|block| !made.contains(block)) {
        let complaints = last.min(block * BLOCK + BLOCK - 1) - first.max(block * BLOCK) + 1;
        waiting.insert(block, count(complaints));
    }
    Ok(waiting)
}

impl PostgresStore {
    /// Makes the block that most complaints wait for.
    pub(super) fn index_a_block(&mut self, least: u64) -> Result<WordsIndexed, StoreError> {
        let waiting = not_indexed(&mut self.link)?;
        let left: u64 = waiting.values().sum();
        let next = waiting.iter().max_by_key(|(block, complaints)| (**complaints, **block));
        let Some((block, complaints)) = next.filter(|_| left >= least.max(1)) else {
            return Ok(WordsIndexed { indexed: 0, left });
        };
        let block = *block;
        self.note_block(block)?;
        let (first, last) = range(block);
        let (reading, changes) = self.snapshot(|store| {
            let sql = "SELECT id FROM word_change WHERE complaint_id BETWEEN $1 AND $2";
            let changes = numbers(&mut store.link, sql, &[&first, &last])?;
            Ok((read_block(&mut store.link, &store.sealer, block)?, changes))
        })?;
        let sealed = self.sealer.buckets(&reading)?;
        let ids: Vec<i64> = sealed.iter().map(|bucket| block * BUCKETS + i64::from(bucket.bucket)).collect();
        let bodies: Vec<&[u8]> = each(&sealed, |bucket| bucket.body.as_slice());
        let is_made = self.transaction(|store| {
            let link = &mut store.link;
            if link.run("UPDATE word_block SET made = TRUE WHERE block = $1", &[&block])? == 0 {
                return Ok(false);
            }
            let sql = "INSERT INTO word_bucket (id, body) SELECT k.id, k.body FROM unnest($1::bigint[], $2::bytea[]) AS k(id, body)
                ON CONFLICT (id) DO UPDATE SET body = excluded.body";
            link.run(sql, &[&ids, &bodies])?;
            link.run("DELETE FROM word_change WHERE id = ANY($1)", &[&changes])?;
            // A search that comes by reads what is damaged, and says which one it is.
            link.run_all(note_changes(reading.damaged.clone()).as_slice())?;
            Ok(true)
        })?;
        if !is_made {
            return Ok(WordsIndexed { indexed: 0, left });
        }
        Ok(WordsIndexed { indexed: reading.complaints, left: left - complaints })
    }

    /// Notes that a block is being made, between steps.
    fn note_block(&mut self, block: i64) -> Result<(), StoreError> {
        if first::<i64>(&mut self.link, "SELECT block FROM word_block WHERE block = $1", &[&block])?.is_some() {
            return Ok(());
        }
        let sql = "INSERT INTO word_block (block, made) VALUES ($1, FALSE) ON CONFLICT DO NOTHING";
        self.transaction(|store| store.link.run(sql, &[&block]).map(drop))
    }

    /// The complaints of a block that can have all these tokens, the latest changes included; none where it was not made.
    pub(super) fn candidates(&mut self, block: i64, tokens: &[(u8, u32)]) -> Result<Option<Places>, StoreError> {
        let Self { link, sealer, .. } = self;
        let wanted: BTreeSet<i64> = tokens.iter().map(|(bucket, _)| block * BUCKETS + i64::from(*bucket)).collect();
        let wanted: Vec<i64> = wanted.into_iter().collect();
        let rows = link.rows("SELECT id, body FROM word_bucket WHERE id = ANY($1)", &[&wanted])?;
        let read = |row| Ok((cell::<i64>(row, 0)?, cell::<&[u8]>(row, 1)?));
        let bodies = rows.iter().map(read).collect::<Result<HashMap<_, _>, StoreError>>()?;
        let mut found: Option<Places> = None;
        for (bucket, hash) in tokens {
            let id = block * BUCKETS + i64::from(*bucket);
            let Some(body) = bodies.get(&id) else { return Ok(None) };
            let places = sealer.places(id, body, *hash)?;
            match &mut found {
                Some(found) => found.keep(&places),
                None => found = Some(places),
            }
            if found.as_ref().is_some_and(Places::is_empty) {
                break;
            }
        }
        if let Some(found) = &mut found {
            changed(link, block)?.into_iter().for_each(|complaint| found.insert(complaint));
        }
        Ok(found)
    }

    /// The first block whose lists are not those of its texts; what changed since it was made is left out on both sides.
    pub(super) fn wrong_block(&mut self) -> Result<Option<i64>, StoreError> {
        let blocks = numbers(&mut self.link, "SELECT block FROM word_block WHERE made ORDER BY block", &[])?;
        for block in blocks {
            if self.snapshot(|store| store.is_wrong(block))? {
                return Ok(Some(block));
            }
        }
        let stray = format!(
            "SELECT id / {BUCKETS} FROM word_bucket w
             WHERE NOT EXISTS (SELECT 1 FROM word_block b WHERE b.block = w.id / {BUCKETS}) LIMIT 1"
        );
        first(&mut self.link, &stray, &[])
    }

    fn is_wrong(&mut self, block: i64) -> Result<bool, StoreError> {
        let Self { link, sealer, .. } = self;
        let mut expected = sealer.postings(&read_block(link, sealer, block)?);
        let mut kept = Postings::default();
        let (first, last) = buckets(block);
        let rows = link.rows("SELECT id, body FROM word_bucket WHERE id BETWEEN $1 AND $2", &[&first, &last])?;
        for row in &rows {
            let id: i64 = cell(row, 0)?;
            let bucket = u8::try_from(id.rem_euclid(BUCKETS)).unwrap_or_default();
            sealer.read_bucket((id, bucket), cell(row, 1)?, &mut kept)?;
        }
        for complaint in changed(link, block)? {
            expected.remove(complaint);
            kept.remove(complaint);
        }
        Ok(kept != expected || i64::try_from(rows.len()) != Ok(BUCKETS))
    }

    /// Takes the whole index away; it is made again beside.
    pub(super) fn forget_words(&mut self) -> Result<(), StoreError> {
        self.transaction(|store| {
            store.link.batch("DELETE FROM word_block; DELETE FROM word_bucket; DELETE FROM word_change")
        })
    }
}

/// The complaints of a block that came or changed since it was made.
fn changed(link: &mut Link, block: i64) -> Result<Vec<i64>, StoreError> {
    let (first, last) = range(block);
    numbers(link, "SELECT complaint_id FROM word_change WHERE complaint_id BETWEEN $1 AND $2", &[&first, &last])
}
